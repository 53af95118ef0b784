#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The example programs of libteavmx: one loads the shared library, the other one was
# linked with the archive.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

clients=/usr/lib/teavmx/examples
programs=/usr/share/teavmx/examples

# client NAME [ARGUMENT...]: into out and err
client()
{
	name=$1
	shift
	timeout -s KILL 30 "$clients/$name" "$@" >"$work/out" 2>"$work/err" </dev/null
}

ktap_start

client run_program "$programs/hello.cup"
ktap_same "run_program: text, exit message and status" \
	"0|hello, world|exit message 80 1a 01 00 00 0c: Normal|" \
	"$?|$(paste -sd '|' "$work/out")|$(cat "$work/err")"
within 5 no_vms
ktap_result $? "run_program: its VM is removed"

# The pushed bytes end before the operand.
printf 'aT\0\5\0\0\10' >"$work/bad.cup"
client run_program "$work/bad.cup"
ktap_same "run_program: another exit code than 0 is a failure" "1|" "$?|$(cat "$work/err")"
matches "run_program: the exit message has the code" "$work/out" '^exit message 80 1a 01 [^:]*: [A-Z]'

# a number that no VM has had, as the log of one that has ended may still be read
client watch_exits 4000000000
ktap_same "watch_exits: no such VM, status" "5|" "$?|$(cat "$work/out")"
matches "watch_exits: no such VM, message" "$work/err" '^watch_exits: .*no VM has this number'

needs_vmx "watch_exits: exits of a VM"

# CPUID, HLT; VMCALL, HLT
n=$("$here/raw_vm" 0x100000)
v=$n.1
teavmx mem "$n" write 0x1000 0fa2f40f01c1f4
teavmx regs "$v" rip=0x1000
teavmx continue "$v" >"$work/first"
mkfifo "$work/pipe"
timeout -s KILL 60 "$clients/watch_exits" "$n" <"$work/pipe" >"$work/out" 2>"$work/err" &
exec 3>"$work/pipe"
within 20 grep -q HLT "$work/out"
ktap_result $? "watch_exits: exits that were before it began"
matches "watch_exits: reason, number and RIP" "$work/out" \
	'^#[0-9]+ vCPU 1: exit 10 CPUID at 0x1000'
teavmx regs "$v" rip=0x1003
teavmx continue "$v" >"$work/second"
within 20 grep -q VMCALL "$work/out"
ktap_result $? "watch_exits: exits as they happen"
echo >&3
wait $!
ktap_same "watch_exits: a line on standard input ends it" "0|" "$?|$(cat "$work/err")"
exec 3>&-
teavmx kill "$n"

ktap_finish
