#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Beside KVM, in share mode: guests of both on the same CPUs at the same time,
# KVM's coming and going, and KVM itself loaded and unloaded meanwhile.

# shellcheck disable=SC2317 # functions are called through others
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

cd "$(dirname "$0")" || exit 1
cpus=$(cat /sys/devices/system/cpu/online)

# A program that counts 256 times to 256 and returns 42, a moment's work
printf 'aT\0\11\1\0\1\0\1\0\44\1\103\0\4\40\44\1\103\0\2\40\1\52\33\0\0\123' >"$work/count.cup"

# reason: why there is no KVM to be beside, or nothing
reason()
{
	if ! has_vmx; then
		echo "no VMX here"
	elif ! modprobe kvm_intel 2>"$work/err"; then
		echo "no kvm_intel here: $(head -n 1 "$work/err")"
	elif [ ! -e /dev/kvm ]; then
		echo "no /dev/kvm"
	fi
}

# tea_guest: one TEA guest from start to end; its result is checked
tea_guest()
{
	teavmx run --quiet "$work/count.cup" >"$work/tea.$1" 2>&1 ||
		return 1
	grep -q 'value 42$' "$work/tea.$1"
}

# tea_guests NAME: one after the other until $work/stop is there; prints how
# many, or what went wrong
tea_guests()
{
	ran=0
	while [ ! -e "$work/stop" ]; do
		if ! tea_guest "$1"; then
			sed 's/^/# /' "$work/tea.$1"
			return 1
		fi
		ran=$((ran + 1))
	done
	echo $ran
}

# beside COMMAND...: runs it with TEA guests beside it all the time. 0 when it
# succeeded and every TEA guest did.
beside()
{
	rm -f "$work/stop"
	tea_guests a >"$work/ran.a" &
	first=$!
	tea_guests b >"$work/ran.b" &
	second=$!
	"$@"
	status=$?
	: >"$work/stop"
	wait $first || status=1
	wait $second || status=1
	echo "# TEA guests meanwhile: $(cat "$work"/ran.* | paste -sd '+')"
	# a success without a single one would be none
	[ "$(grep -cx '[1-9][0-9]*' "$work/ran.a")" = 1 ] || status=1
	return $status
}

two_kvm_guests()
{
	./kvm_guest 100 >"$work/kvm.a" 2>&1 &
	one=$!
	./kvm_guest 100 >"$work/kvm.b" 2>&1 &
	wait $! && wait "$one" && return
	sed 's/^/# /' "$work"/kvm.*
	return 1
}

guests_come_and_go()
{
	for round in $(seq 6); do
		./kvm_guest 3 >"$work/kvm.a" 2>&1 && continue
		echo "# round $round: $(cat "$work/kvm.a")"
		return 1
	done
}

kvm_comes_and_goes()
{
	for round in $(seq 3); do
		rmmod kvm_intel && modprobe kvm_intel &&
			./kvm_guest 3 >"$work/kvm.a" 2>&1 && continue
		echo "# round $round: $(cat "$work/kvm.a")"
		return 1
	done
}

ktap_start
why=$(reason)
if [ -n "$why" ]; then
	ktap_skip "beside KVM" "$why"
	ktap_finish
fi
beside two_kvm_guests
ktap_result $? "two guests of KVM and TEA guests at the same time"
# With vmx=own this VM would have all of them held.
vm=$("$here/raw_vm")
teavmx info >"$work/info"
# KVM of Linux 6.12 holds them as long as it is loaded.
matches "share mode holds nothing for a VM that does not run" "$work/info" \
	'^held by  *(none|other) on CPU '
teavmx kill "$vm"
beside guests_come_and_go
ktap_result $? "guests of KVM come and go beside TEA guests"
beside kvm_comes_and_goes
ktap_result $? "kvm_intel comes and goes beside TEA guests"
rmmod kvm_intel kvm
ktap_result $? "kvm unloads in the end"
ktap_same "VMX is not held then" "none on CPU $cpus" \
	"$(teavmx info | sed -n 's/^held by  *//p')"
ktap_finish
