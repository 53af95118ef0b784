#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The host is suspended to RAM while guests run, a few times. All CPUs but one go
# offline, which INIT does not reach in VMX operation, and the last one is reset.

# shellcheck disable=SC2317 # functions are called through others
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/host.sh
. "$(dirname "$0")/host.sh"

backend=soft
! has_vmx || backend=vmx

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
if ! can_suspend; then
	ktap_skip "suspend" "this machine cannot be suspended to RAM"
	ktap_finish
fi
first=$(detach --backend $backend $examples/loop.cup)
vms="$first $(detach --backend $backend $examples/loop.cup)"
vms="$vms $(detach --backend soft $examples/loop.cup)"
ktap_same "three guests run" 3 "$(echo "$vms" | wc -w)"
round "first time"
round "second time"
round "third time"
for vm in $vms; do
	teavmx kill "$vm"
done
ktap_finish
