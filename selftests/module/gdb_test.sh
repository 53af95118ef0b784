#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx gdb, with a client that sends one packet after the other: stops, breakpoints in
# RAM, two vCPUs, monitor, and clients that behave badly. Needs VMX. gdb itself is the
# client in selftests/vm/gdb_test.

# shellcheck disable=SC2154 # verbs.sh sets n and v
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/verbs.sh
. "$(dirname "$0")/verbs.sh"

stub=
socket=$work/socket

# payload ARGUMENT...: a VM with a payload that waits; sets n and v
payload()
{
	v=$(teavmx raw --detach --paused "$@" | head -n 1)
	n=${v%.*}
}

# serve [OPTION...]: the stub for it, in the background
serve()
{
	teavmx gdb "$@" "$socket" "$n" 2>"$work/log" &
	stub=$!
	within 10 test -S "$socket"
}

# client LINE...: sends packets; the replies are in replies
client()
{
	printf '%s\n' "$@" | timeout 60 ./gdb_client "$socket" >"$work/replies" 2>&1
}

# replies NAME LINES: what the client received, with "|" between
replies()
{
	ktap_same "$1" "$2" "$(paste -sd '|' "$work/replies")"
}

# ends NAME STATUS: the stub ends by itself
ends()
{
	wait "$stub"
	ktap_same "$1: the stub ends" "$2" $?
	rm -f "$socket"
}

# terminates NAME: the stub ends by SIGTERM
terminates()
{
	kill -TERM "$stub"
	ends "$1" 7
}

# memory ADDRESS SIZE: bytes of RAM as they are
memory()
{
	teavmx mem "$n" read "$1" "$2" --json | sed 's/.*"data":"\([0-9a-f]*\)".*/\1/'
}

# shellcheck disable=SC2317 # called through within
has_breakpoint()
{
	test "$(memory 0x100040 1)" = cc
}

# shellcheck disable=SC2317 # called through within
has_no_breakpoint()
{
	! has_breakpoint
}

# counts ADDRESS: whether the guest changes a variable
# shellcheck disable=SC2317 # called through within
counts()
{
	before=$(memory "$1" 8)
	sleep 0.2
	test "$before" != "$(memory "$1" 8)"
}

# command TEXT: the packet of "monitor TEXT"
# shellcheck disable=SC2317 # called in substitutions
command()
{
	printf 'qRcmd,'
	printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

ktap_start

fails "an ADDRESS is missing" 2 '^teavmx: gdb: expected an ADDRESS' gdb
fails "a VM is missing" 2 '^teavmx: gdb: expected VM' gdb 1234
fails "no such VM" 5 '^teavmx: ' gdb "$socket" 77
v=$(teavmx run --backend soft --detach /usr/share/teavmx/examples/hello.cup)
fails "a VM of TEA processes" 1 "^teavmx: VM ${v%.*} has TEA processes, not a raw payload" \
	gdb "$socket" "${v%.*}"
contains "a VM of TEA processes: what debugs it" "$work/err" "debug a TEA program by 'teavmx debug FILE.cup'"
teavmx kill --if-exists "${v%.*}"
needs_vmx "raw payloads that gdb debugs"

# mov word [0xc],0x7c20; mov word [0xe],0; int3; inc bx; nop; hlt; the handler of INT3 at
# 0x7c20: inc cx; iret
printf '\307\006\014\000\040\174\307\006\016\000\000\000\314\103\220\364' >"$work/trap.bin"
printf '\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\220\101\317' >>"$work/trap.bin"
payload "$work/trap.bin"
serve
client '?' qC 'Z0,7c0e,1' 'm7c0c,4' 'vCont;c' p1 p3 'm7c0e,1' 'X7c0d,2:@A' 'm7c0d,2' \
	'z0,7c0e,1' 'm7c0d,2'
replies "a breakpoint in RAM, and INT3 of the guest itself" \
	"T05thread:1;|QC1|OK|cc4390f4|T05thread:1;swbreak:;|01000000|01000000|90|OK|4041|OK|4041"
ktap_same "the breakpoint is removed from RAM" cc4041f4 "$(memory 0x7c0c 4)"
# As the remote protocol of gdb has it: a packet may come twice.
client 'Z0,7c20,1' 'Z0,7c20,1' 'm7c20,1' 'z0,7c20,1' 'z0,7c20,1'
replies "a breakpoint that is set twice is one" "OK|OK|41|OK|E02"
ktap_same "and it is removed from RAM" 41 "$(memory 0x7c20 1)"
client 'Z0,7c20,1'
replies "a breakpoint that the client leaves" OK
ktap_same "a client that leaves: its breakpoint is removed" 41cf "$(memory 0x7c20 2)"
contains "a client that leaves is logged" "$work/log" \
	"teavmx: gdb: the client has left; its breakpoints are removed"
client 'vCont;c' 'qThreadExtraInfo,1'
replies "HLT of the only vCPU is reported" \
	"vCPU 1: VMX exit 12 HLT|T05thread:1;|70617573656420666f7220657869742031322048$(printf LT | od -An -tx1 | tr -d ' \n')"
client k
ends "kill" 0
fails "kill removes the VM" 5 '^teavmx: ' regs "$v"
test ! -e "$socket"
ktap_result $? "the socket is removed"

# mov word [0xc],0x7c20; mov word [0xe],0; INT3 with an operand-size prefix; inc bx; hlt
printf '\307\006\014\000\040\174\307\006\016\000\000\000\146\314\103\364' >"$work/prefix.bin"
tail -c 18 "$work/trap.bin" >>"$work/prefix.bin"
payload "$work/prefix.bin"
serve
client 'Z0,7c0f,1' 'vCont;c' p1 p3 k
replies "INT3 of the guest with a prefix is delivered once" \
	"OK|T05thread:1;swbreak:;|01000000|01000000|closed"
ends "INT3 of the guest with a prefix" 0

# Two vCPUs, of which the first one writes a variable and counts, and the second one counts
payload --mode long --vcpus 2 payload/gdb-64.bin
serve
client qfThreadInfo Hg2 p10 'Z2,100080,8' 'vCont;c:1' 'm100080,8' p10 'z2,100080,8' \
	'Z1,100040,1' 'vCont;c:2' 'z1,100040,1' 'vCont;s:2' p10 'p0' 'P0=8877665544332211' p0 \
	'Z4,100082,4' 'Z4,100088,8' 'Z1,100000,1' 'Z1,100001,1' 'z4,100082,4' 'Z1,100001,1' \
	'Z2,100083,1' 'Z1,100003,1' qC
replies "two vCPUs: a watchpoint, breakpoints, a step" \
	"m1,2|OK|0000100000000000|OK|T05thread:1;watch:100080;|3412000000000000|1d00100000000000|OK|OK|T05thread:2;hwbreak:;|OK|T05thread:2;|4800100000000000|0000000000000000|OK|8877665544332211|OK|OK|OK|E1c|OK|OK|OK|E1c|QC2"
client 'Z4,100082,2' '>vCont;c' '!03' '<' qC
replies "an interrupt pauses both" "OK|T02thread:1;|QC1"
prints "a client that leaves: no breakpoint remains" 0 "teavmx: no breakpoints" break "$n"
client 'Z0,100020,1' 'vCont;c' 'm100020,1' 'vCont;s:1' 'z0,100020,1' 'vCont;s:1'
replies "a breakpoint in RAM is met by one vCPU, the other runs" \
	"OK|T05thread:1;swbreak:;|48|T05thread:1;swbreak:;|OK|T05thread:1;"

# Clients that behave badly
client '!00ff7d24242323246d302c31232b2d2d03474554202f20485454502f312e300d0a' '?' 'Z0,zz,1' \
	'vCont;x' 'm123456789012345678901234567890,1' '!2476436f6e743b63' '?'
replies "garbage: the session continues" "T05thread:1;|E16|E16|E16|T05thread:1;"
client 'Z0,100040,1' 'Z1,100048,1' '>vCont;c:1' "?$work/go" &
first=$!
within 10 counts 0x100088
touch "$work/go"
wait "$first"
rm -f "$work/go"
within 10 has_no_breakpoint
within 10 counts 0x100088
ktap_result $? "a client that dies while a vCPU runs: it runs on"
ktap_same "a client that dies while a vCPU runs: the breakpoint is removed" 48ff "$(memory 0x100040 2)"
client 'Z0,100040,1' "?$work/go" '?' <&- &
first=$!
within 10 has_breakpoint
printf '?\n' | timeout 60 ./gdb_client "$socket" >"$work/second" 2>&1
ktap_same "a second client is refused" closed "$(cat "$work/second")"
contains "a second client is refused: the log" "$work/log" \
	"teavmx: gdb: a second client is refused: the VM has one already"
touch "$work/go"
wait "$first"
replies "a second client is refused: the first one remains" "OK|T05thread:1;"
rm -f "$work/go"
client 'Z0,100040,1' '>vCont;c:1' "?$work/go" '<' &
first=$!
within 10 counts 0x100088
terminates "SIGTERM while a vCPU runs"
touch "$work/go"
wait "$first"
replies "SIGTERM while a vCPU runs: the client" "OK|closed"
ktap_same "SIGTERM while a vCPU runs: the breakpoint is removed" 48ff "$(memory 0x100040 2)"
within 10 counts 0x100088
ktap_result $? "SIGTERM while a vCPU runs: it runs on"

# The signal comes before the stub has read the packet, while it handles it, or after
ended=
for _ in 1 2 3 4 5 6 7 8; do
	serve
	client 'Z0,100040,1' 'Z1,100048,1' '>vCont;c' "^$stub" '<'
	wait "$stub"
	ended="$ended $?:$(memory 0x100040 2):$(teavmx pause "$n.1" >/dev/null; teavmx pause "$n.2" >/dev/null; teavmx break "$n" 2>&1)"
	rm -f "$socket"
done
ktap_same "SIGTERM right after vCont: status 7, and no breakpoint remains" 8 \
	"$(printf %s "$ended" | grep -o '7:48ff:teavmx: no breakpoints' | wc -l)"

# Monitor, and what ends a session
serve --once
client "$(command 'vmcs guest_es_base')" "$(command 'inject')" "$(command 'inject 300')" \
	"$(command 'phys on')" 'm100042,1' 'm1000000,1' "$(command 'phys off')" "$(command 'answer')" \
	"$(command 'exits 0')" "$(command 'nonsense')" "$(command 'vmcs zzz')" D
replies "monitor" "guest state|  GUEST_ES_BASE               0x0|OK|expected a vector, such as 32 or pf, and perhaps an error code|E16|expected a vector, such as 32 or pf, and perhaps an error code|E16|addresses are guest-physical|OK|04|E22|addresses are linear|OK|expected a vCPU that is paused for an exit|E16|expected a number of exits from 1 to 1000|E16|unknown command 'nonsense'; see monitor help|E16|expected the beginning of the name of a field|E16|OK"
ends "--once, after detach" 0
within 10 counts 0x100088 && within 10 counts 0x100090
ktap_result $? "detach: both vCPUs run"
serve
rm -f "$work/go" "$work/replies"
client qC "?$work/go" '>vCont;c' '<' &
first=$!
within 10 test -s "$work/replies"
touch "$work/go"
within 10 counts 0x100088
teavmx kill "$n"
wait "$first"
replies "another process removes the VM" "QC1|W00"
ends "another process removes the VM" 5

# From real mode to long mode and a triple fault; no program answers its exits
payload payload/debug-64.bin
serve
client 'qXfer:features:read:target.xml:0,1' 'Z0,7c63,1' 'vCont;c' "$(command answer)" 'vCont;c' \
	'z0,7c63,1' 'vCont;s' 'vCont;c' "$(command answer)" 'vCont;c' "$(command 'answer 0x41')" \
	'vCont;c'
out="vCPU 1: VMX exit 30 IO_INSTRUCTION: out, port 0xe9, size 1, immediate port|T05thread:1;"
answered="vCPU 1 will continue after the instruction|OK"
replies "into long mode and to a triple fault" "m<|OK|$out|$answered|T05thread:1;swbreak:;|OK|vCPU 1 is in 64-bit mode now, but gdb has the registers of 16-bit mode.|To see those of 64-bit mode, type:|  disconnect|  set architecture auto|  target remote $socket|T05thread:1;|$out|$answered|vCPU 1: VMX exit 30 IO_INSTRUCTION: in, port 0x60, size 1, immediate port|T05thread:1;|$answered|vCPU 1: VMX exit 2 TRIPLE_FAULT|vCPU 1: first exception: hardware exception, vector 6, #UD|T0bthread:1;"
terminates "SIGTERM without a client"
serve --mode 32
client 'qXfer:features:read:target.xml:57,12'
replies "--mode" 'm<architecture>i386'
terminates "--mode"
teavmx kill "$n"
ktap_finish
