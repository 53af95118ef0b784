#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A CPU that is unlike the others (the module loaded with vmx_break_cpu=1): guests
# do not run on it, and commands that are given there work.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=/usr/share/teavmx/examples

# detach ARGUMENT...: prints the number of the VM
detach()
{
	teavmx run --detach "$@" | sed 's/\..*//'
}

# allowed VM: the CPUs on which the thread of its first vCPU may run
allowed()
{
	for status in /proc/[0-9]*/status; do
		grep -q "^Name:[[:space:]]*teavmx/$1\\.1\$" "$status" 2>/dev/null &&
			sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "$status"
	done
}

# to_cpu VM MASK: let its thread run on these CPUs only
to_cpu()
{
	for status in /proc/[0-9]*/status; do
		grep -q "^Name:[[:space:]]*teavmx/$1\\.1\$" "$status" 2>/dev/null || continue
		pid=${status#/proc/}
		taskset -p "$2" "${pid%/status}" >/dev/null
	done
}

# shellcheck disable=SC2317 # called through within
four_running()
{
	shows ' running ' teavmx list &&
		[ "$(grep -c ' running ' "$work/ktap.seen")" = 4 ]
}

# shellcheck disable=SC2317 # called through within
has_ended()
{
	! shows "^ *$1 .* running " teavmx list
}

ktap_start
needs_vmx "a CPU unlike the others"
if [ "$(nproc)" != 2 ]; then
	ktap_skip "a CPU unlike the others" "this is for two CPUs"
	ktap_finish
fi

echo "affinity_test mark" >/dev/kmsg
vms=
for _ in 1 2 3 4; do
	vms="$vms $(detach $examples/loop.cup)"
done
within 10 four_running
ktap_result $? "four guests on one of two CPUs all run"
for vm in $vms; do
	case $(allowed "$vm") in 0 | 0-1) ;; *) false ;; esac
	ktap_result $? "VM $vm may use the CPU that is like the first"
done

# The scheduler now has a reason to move it.
first=${vms# }
first=${first%% *}
to_cpu "$first" 3
# shellcheck disable=SC2016 # the inner shell's
taskset 1 sh -c 'i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done'
ktap_same "a busy CPU moves no guest to the other" 4 \
	"$(teavmx list | grep -c ' running ')"
dmesg | sed '1,/affinity_test mark/d' | grep -q 'no VMX operation'
ktap_same "none was refused by a CPU" 1 $?

raw=$(taskset 2 "$here/raw_vm" 2>"$work/err")
ktap_same "a raw vCPU is created from the CPU that is unlike" "0|" "$?|$(cat "$work/err")"
taskset 2 teavmx regs "$raw.1" >"$work/out" 2>"$work/err"
ktap_same "and its registers are read from there" "0|" "$?|$(cat "$work/err")"
matches "all of them" "$work/out" '\<rip\>'
teavmx kill "$raw"

to_cpu "$first" 2
within 10 has_ended "$first"
dmesg | sed '1,/affinity_test mark/d' |
	grep -q "no VMX operation on CPU 1: its VMX capabilities are not those of the other CPUs"
ktap_result $? "a guest that may use no other CPU ends, with the reason"
for vm in $vms; do
	teavmx kill "$vm" 2>/dev/null
done
ktap_finish
