#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The host is suspended to RAM while guests run, a few times. All CPUs but one go
# offline, which INIT does not reach in VMX operation, and the last one is reset.

# shellcheck disable=SC2317 # functions are called through others
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=/usr/share/teavmx/examples
alarm=/sys/class/rtc/rtc0/wakealarm
backend=soft
! has_vmx || backend=vmx

# detach BACKEND: a program that never ends; prints the number of its VM
detach()
{
	teavmx run --detach --backend "$1" $examples/loop.cup | sed 's/\..*//'
}

# steps_of VM
steps_of()
{
	teavmx list | awk -v vm="$1" '$1 == vm && $5 == "running" { print $6 }'
}

# advances VM STEPS: it has executed more than so many
advances()
{
	now=$(steps_of "$1")
	[ "${now:-0}" -gt "$2" ]
}

# Bochs wakes up by itself at once.
to_ram()
{
	echo 0 >$alarm
	echo +2 >$alarm
	echo mem >/sys/power/state
}

round()
{
	for vm in $vms; do
		steps_of "$vm" >"$work/steps.$vm"
	done
	to_ram
	ktap_result $? "$1: suspended"
	for vm in $vms; do
		within 10 advances "$vm" "$(cat "$work/steps.$vm")"
		ktap_result $? "$1: VM $((vm - first + 1)) goes on"
	done
	teavmx run --quiet --backend $backend $examples/hello.cup >"$work/out"
	ktap_same "$1: a new program" "0|hello, world" "$?|$(head -n 1 "$work/out")"
}

ktap_start
if ! grep -qw mem /sys/power/state || [ ! -e $alarm ]; then
	ktap_skip "suspend" "this machine cannot be suspended to RAM"
	ktap_finish
fi
first=$(detach $backend)
vms="$first $(detach $backend) $(detach soft)"
ktap_same "three guests run" 3 "$(echo "$vms" | wc -w)"
round "first time"
round "second time"
round "third time"
for vm in $vms; do
	teavmx kill "$vm"
done
ktap_finish
