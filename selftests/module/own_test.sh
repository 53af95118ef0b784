#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module loaded with vmx=own: VMX is held on every CPU while a VM with a
# vmx vCPU exists and no other user holds it meanwhile, all or nothing.

# shellcheck disable=SC2317 # functions are called through others
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/host.sh
. "$(dirname "$0")/host.sh"

test_holder()
{
	holder "no VM: not held" none "$cpus"
	teavmx run --quiet $examples/hello.cup >"$work/out"
	ktap_same "a program runs" "0|hello, world" "$?|$(head -n 1 "$work/out")"
	holder "after it: not held" none "$cpus"
	soft=$(detach --backend soft $examples/loop.cup)
	holder "a VM without VMX holds nothing" none "$cpus"
	first=$(detach $examples/loop.cup)
	holder "a guest runs: every CPU is held" teavmx "$cpus"
	second=$(detach $examples/sleep.cup)
	teavmx kill "$first"
	within 5 shows '^VMs *2 ' teavmx info
	holder "one of two VMs is gone: still held" teavmx "$cpus"
	teavmx run --quiet $examples/sum.cup 3 4 5 >"$work/out"
	ktap_same "another program beside it" 12 \
		"$(sed -n 's/.*value //p' "$work/out")"
	teavmx info --json | grep -q '"vmx_mode":"own",.*"vmx_holder":"teavmx"'
	ktap_result $? "info --json shows it too"
}

test_unload()
{
	rmmod teavmx 2>"$work/err"
	ktap_same "rmmod is refused meanwhile" "1|1" \
		"$((!!$?))|$(grep -c '^teavmx ' /proc/modules)"
	holder "and changes nothing" teavmx "$cpus"
}

test_kvm_meanwhile()
{
	if ! modinfo kvm_intel >/dev/null 2>&1; then
		ktap_skip "kvm_intel is refused meanwhile" "no kvm_intel here"
		return
	fi
	mark
	timeout 60 modprobe kvm_intel 2>"$work/err"
	ktap_same "kvm_intel is refused meanwhile" "1|0" \
		"$((!!$?))|$(grep -c '^kvm_intel ' /proc/modules)"
	said 'kvm_intel is not loaded: VMs hold VMX \(vmx=own\)'
	ktap_result $? "the kernel's log has the reason"
	holder "and VMX is where it was" teavmx "$cpus"
	# modprobe loaded what kvm_intel needs
	rmmod kvm 2>/dev/null
}

test_hotplug()
{
	if [ ! -w $cpu1 ] || [ "$cpus" = 0 ]; then
		ktap_skip "a CPU that comes online is held" "one CPU"
		return
	fi
	echo 0 >$cpu1
	holder "an offline CPU is not counted" teavmx "0${cpus#0-1}"
	echo 1 >$cpu1
	holder "a CPU that comes online is held" teavmx "$cpus"
	echo 0 >$cpu1
	teavmx kill "$second"
	holder "the last guest goes while a CPU is offline" none "0${cpus#0-1}"
	echo 1 >$cpu1
	holder "and that CPU comes back free" none "$cpus"
	second=$(detach $examples/sleep.cup)
}

# refused NAME: a guest is refused, with a message, and nothing stays held
refused()
{
	timeout 60 teavmx run $examples/hello.cup >"$work/out" 2>"$work/err"
	ktap_same "$1" "1||1" \
		"$?|$(cat "$work/out")|$(grep -c 'vmx=own: kvm is loaded; unload it or use vmx=share' "$work/err")"
	! teavmx info | grep -q '^held by  *teavmx'
	ktap_result $? "$1: nothing is held"
}

test_kvm_first()
{
	if ! modprobe kvm_intel 2>"$work/err"; then
		ktap_skip "refused while kvm is loaded" "no kvm_intel here"
		return
	fi
	refused "refused while kvm is loaded"
	./kvm_guest 600 >"$work/kvm" 2>&1 &
	guest=$!
	within 10 shows '^held by  *other' teavmx info
	ktap_result $? "a guest of KVM runs: held by another"
	refused "refused while a guest of KVM runs"
	kill -0 $guest && wait $guest
	ktap_result $? "which ends rightly"
	rmmod kvm_intel kvm
	ktap_result $? "kvm can be unloaded"
	teavmx run --quiet $examples/hello.cup >"$work/out"
	ktap_same "and then a program runs" "0|hello, world" \
		"$?|$(head -n 1 "$work/out")"
}

ktap_start
needs_vmx "vmx=own"
cd "$(dirname "$0")" || exit 1
test_holder
test_unload
test_kvm_meanwhile
test_hotplug
teavmx kill "$second"
holder "the last guest is gone: not held" none "$cpus"
teavmx kill "$soft"
test_kvm_first
holder "in the end not held" none "$cpus"
ktap_finish
