#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# gdb itself as the client of the stub, with a target that is no VM. No module.

# shellcheck disable=SC2154,SC2016 # ktap.sh sets work and here; gdb has variables, too
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

stub=$here/gdb_fake_stub

# client COMMAND...: runs gdb with these commands; its output is in out
client()
{
	for command; do
		shift
		set -- "$@" -ex "$command"
	done
	timeout 60 gdb -nx -batch -ex "set width 0" -ex "set confirm off" "$@" </dev/null \
		>"$work/out" 2>&1
}

# mode MODE COMMAND...: with a new target in that mode
mode()
{
	bits=$1
	shift
	client "target remote | exec $stub $bits $work/code" "$@"
}

# shown NAME LINE...: passes if the output has these lines, in this order
shown()
{
	name=$1
	shift
	printf '%s\n' "$@" >"$work/wanted"
	# what of the output is among the lines wanted
	grep -Fx -f "$work/wanted" "$work/out" >"$work/seen"
	if cmp -s "$work/wanted" "$work/seen"; then
		ktap_result 0 "$name"
	else
		ktap_differs "$name" "$(cat "$work/wanted")" "$(cat "$work/out")"
	fi
}

ktap_start

command -v gdb >/dev/null || {
	ktap_skip "gdb as a client" "gdb is not installed"
	ktap_finish
}

# three instructions, a write of RAX, three, a change of mode, one, a loop
printf '\000\000\000\360\000\000\000\362\000\361' >"$work/code"

mode 64 'p/x $rbx' 'p $rip' 'p $cr4' 'p/x $fs_base' 'p/x $gdtr_base' 'p $efer' 'info threads'
shown "64-bit mode: registers" '$1 = 0x3' '$2 = (void (*)()) 0x0' '$3 = [ VME PVI PAE ]' \
	'$4 = 0x51' '$5 = 0x60' '$6 = [ LMA ]' \
	'* 1    Thread 1 (state of 1) 0x0000000000000000 in ?? ()' \
	'  2    Thread 2 (state of 2) 0x0000000000000000 in ?? ()'
mode 32 'p/x $ebx' 'p $cr0' 'p/x $fs_base' 'show architecture' 'p $rbx'
shown "32-bit mode: registers" '$1 = 0x3' '$2 = [ PE ]' '$3 = 0x51' \
	'The target architecture is set to "auto" (currently "i386").' '$4 = void'
mode 16 'p/x $ebx' 'p $cr0' 'show architecture' 'x/i 0'
shown "16-bit mode: registers" '$1 = 0x3' '$2 = [ ]' \
	'The target architecture is set to "auto" (currently "i8086").' \
	"=> 0x0:	add    %al,(%bx,%si)"

for bits in 16 32 64; do
	mode "$bits" 'set $xmm1.v4_int32[2] = 77' 'p $xmm1.v4_int32' 'set $st0 = 1.5' 'p $st0' \
		'set $mxcsr = 0x1f80' 'p $mxcsr' 'set $cr2 = 0x1234' 'p/x $cr2' \
		'set var *(int *)0x100 = 0x12345678' 'x/4xb 0x100' 'x/xb 0x10000'
	shown "$bits-bit mode: changes" '$1 = {0, 0, 77, 0}' '$2 = 1.5' \
		'$3 = [ IM DM ZM OM UM PM RC=0 ]' '$4 = 0x1234' \
		"0x100:	0x78	0x56	0x34	0x12" "0x10000:	Cannot access memory at address 0x10000"
done

mode 64 'hbreak *2' 'continue' 'delete' 'set $rax = 9' 'watch *(long *)0x2000' 'continue' 'delete' \
	'thread 2' 'stepi' 'break *9' 'continue'
shown "breakpoints and a watchpoint" "Hardware assisted breakpoint 1 at 0x2" \
	"Thread 1 hit Breakpoint 1, 0x0000000000000002 in ?? ()" \
	"Hardware watchpoint 2: *(long *)0x2000" \
	"Thread 1 hit Hardware watchpoint 2: *(long *)0x2000" \
	"Old value = 0" "New value = 9" "0x0000000000000004 in ?? ()" "Breakpoint 3 at 0x9" \
	"Thread 1 hit Breakpoint 3, 0x0000000000000009 in ?? ()"

mode 32 'stepi 8'
shown "a change of mode is reported" \
	"vCPU 1 is in 64-bit mode now, but gdb has the registers of 32-bit mode." \
	"To see those of 64-bit mode, type:" "  disconnect" "  set architecture auto" \
	"  target remote | teavmx gdb -" \
	"If the VM ends with this connection, start the stub with --mode instead."

mode 64 'monitor hello' 'detach'
shown "monitor, detach" "thread 1: hello" "[Inferior 1 (Remote target) detached]"

# The last lines of a session in which another one is made
"$stub" 32 "$work/code" "$work/socket" 2>"$work/log" &
server=$!
within 10 test -S "$work/socket"
ktap_same "only the owner may connect" 600 "$(stat -c %a "$work/socket")"
client "target remote $work/socket" "break *5" "continue" \
	"shell timeout 60 gdb -nx -batch -ex 'target remote $work/socket' </dev/null" \
	'p $eip'
shown "a second client: the first one continues" \
	"Thread 1 hit Breakpoint 1, 0x00000005 in ?? ()" '$1 = (void (*)()) 0x5'
contains "a second client is refused" "$work/log" "log: a second client is refused: the VM has one already"
# gdb ends a stub that it has started itself, so that one may log no more.
client "target remote $work/socket" "detach"
within 10 grep -q 'log: the client has detached; the VM runs' "$work/log"
ktap_result $? "detach is logged"
client "target remote $work/socket" "stepi 3" "disconnect" "set architecture auto" \
	"target remote $work/socket" 'p $rip' kill
shown "after a change of mode, what the message has is typed" "  target remote $work/socket" \
	'$1 = (void (*)()) 0x8' "[Inferior 1 (Remote target) killed]"
wait $server
ktap_same "kill ends the stub" 3 $?
contains "kill is logged" "$work/log" "log: the client has removed the VM"
test ! -e "$work/socket"
ktap_result $? "the socket is removed"

touch "$work/file"
"$stub" 32 "$work/code" "$work/file" 2>"$work/log"
ktap_same "a file of that name: status" 1 $?
contains "a file of that name" "$work/log" "cannot listen on '$work/file': a file of this name exists; remove it"
"$stub" 32 "$work/code" localhost:none 2>"$work/log"
ktap_same "a port that is none: status" 1 $?
"$stub" 32 "$work/code" 0 2>"$work/log" &
server=$!
within 10 grep -q remote "$work/log"
client "$(head -n 1 "$work/log")" kill
wait $server
ktap_same "TCP, at a port that the kernel chooses" 3 $?
matches "TCP: on the loopback interface" "$work/log" '^target remote 127\.0\.0\.1:[0-9]+$'
ktap_finish
