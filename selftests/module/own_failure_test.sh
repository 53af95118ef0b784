#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A CPU cannot enter VMX operation, and the module was loaded with vmx=own (one that was
# built with INJECT=1): when the first VM is created, when the CPU comes online, and
# after a suspend. Last the module does what it does before the machine stops, while
# programs run: no CPU is held any more until the module is unloaded.

# shellcheck disable=SC2317 # functions are called through others
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/host.sh
. "$(dirname "$0")/host.sh"

parameters=/sys/module/teavmx/parameters
# enum vmx_failure of module/vmx/fail.h
vmxon=1
busy=12
enlightened=13
unlike=14

# fail STEP NTH: the NTH of these steps fails
fail()
{
	echo "$2" >$parameters/fail_nth
	echo "$1" >$parameters/fail_step
}

# failed: it did; no other one does
failed()
{
	echo 0 >$parameters/fail_step
	[ "$(cat $parameters/fail_nth)" -le 0 ]
}

hello()
{
	timeout 60 teavmx run --quiet $examples/hello.cup >"$work/out" 2>"$work/err"
}

runs()
{
	hello
	ktap_same "$1" "0|hello, world" "$?|$(head -n 1 "$work/out")"
	holder "$1, and no CPU is held then" none "$cpus"
}

# test_first_vm STEP NAME MESSAGE: for each CPU
test_first_vm()
{
	for nth in $(seq "$(nproc)"); do
		fail "$1" "$nth"
		hello
		ktap_same "$2 on CPU $((nth - 1)): a guest is refused" "1||1" \
			"$((!!$?))|$(cat "$work/out")|$(grep -c "vmx=own: $3" "$work/err")"
		failed
		ktap_result $? "$2 on CPU $((nth - 1)): it was tried"
		holder "$2 on CPU $((nth - 1)): none is held" none "$cpus"
	done
	runs "$2: a guest runs afterwards"
}

# comes_online STEP NAME ERRNO
comes_online()
{
	echo 0 >$cpu1
	fail "$1" 1
	mark
	! echo 1 2>"$work/err" >$cpu1
	ktap_result $? "$2: the CPU cannot come online"
	ktap_same "$2: it is offline" 0 "$(cat $cpu1)"
	failed
	ktap_result $? "$2: it was tried"
	said "CPU 1 stays offline: it cannot enter VMX operation \(error -$3\)"
	ktap_result $? "$2: the kernel's log has the reason"
	holder "$2: the other one is held" teavmx "0${cpus#0-1}"
	echo 1 >$cpu1
	holder "$2: it comes online afterwards" teavmx "$cpus"
}

test_online()
{
	if [ ! -w $cpu1 ] || [ "$cpus" = 0 ]; then
		ktap_skip "a CPU that cannot be held stays offline" "one CPU"
		return
	fi
	vm=$(detach $examples/loop.cup)
	comes_online $vmxon "VMXON fails" 5
	comes_online $unlike "another processor" 95
	steps=$(steps_of "$vm")
	within 10 advances "$vm" "${steps:-0}"
	ktap_result $? "the guest goes on"
	teavmx kill "$vm"
	runs "CPUs that stayed offline: a guest runs afterwards"
}

# With two CPUs the clocks of the emulator differ after a suspend.
test_resume()
{
	if [ "$cpus" != 0 ] || ! can_suspend; then
		ktap_skip "VMX after a suspend" "two CPUs, or no suspend to RAM"
		return
	fi
	vm=$(detach $examples/loop.cup)
	holder "before a suspend: held" teavmx "$cpus"
	fail $vmxon 1
	mark
	to_ram
	ktap_result $? "suspended"
	failed
	ktap_result $? "resume: it was tried"
	said 'a CPU cannot enter VMX operation after resume: guests there enter it for each run, as with vmx=share'
	ktap_result $? "resume: the kernel's log has the reason"
	holder "resume: not held" none "$cpus"
	steps=$(steps_of "$vm")
	within 10 advances "$vm" "${steps:-0}"
	ktap_result $? "resume: the guest goes on"
	hello
	ktap_same "resume: another guest" "0|hello, world" "$?|$(head -n 1 "$work/out")"
	teavmx kill "$vm"
	runs "after it: a guest runs"
}

test_reboot()
{
	vm=$(detach $examples/loop.cup)
	holder "before a reboot: held" teavmx "$cpus"
	echo 1 >$parameters/fail_reboot
	holder "reboot: not held" none "$cpus"
	steps=$(steps_of "$vm")
	within 10 advances "$vm" "${steps:-0}"
	ktap_result $? "reboot: the guest goes on"
	teavmx kill "$vm"
	within 10 no_vms
	hello
	ktap_same "reboot: a new guest is refused" "1||1" \
		"$((!!$?))|$(cat "$work/out")|$(grep -c 'vmx=own: the machine is being stopped' "$work/err")"
	holder "reboot: still not held" none "$cpus"
}

ktap_start
needs_vmx "a CPU that cannot be held"
if [ ! -e $parameters/fail_step ]; then
	ktap_skip "a CPU that cannot be held" "the module was not built with INJECT=1"
	ktap_finish
fi
test_first_vm $vmxon "VMXON fails" 'a CPU cannot enter VMX operation; use vmx=share'
test_first_vm $busy "CR4.VMXE is set" \
	'another hypervisor holds VMX on a CPU; unload it or use vmx=share'
test_first_vm $enlightened "an enlightened VMCS" \
	'KVM uses enlightened VMCSs of Hyper-V on a CPU; unload kvm_intel'
test_first_vm $unlike "another processor" 'a CPU cannot enter VMX operation; use vmx=share'
test_online
test_resume
test_reboot
ktap_finish
