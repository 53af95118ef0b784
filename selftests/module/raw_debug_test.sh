#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A payload of teavmx raw that is debugged from other terminals: who answers its
# exits, and a whole session. Needs VMX.

# shellcheck disable=SC2154 # verbs.sh sets n and v
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/verbs.sh
. "$(dirname "$0")/verbs.sh"

# starts ARGUMENT...: teavmx raw in the background; sets n and v
starts()
{
	: >"$work/text"
	teavmx raw "$@" >"$work/text" 2>"$work/said" </dev/null &
	raw=$!
	within 10 test -s "$work/text"
	v=$(head -n 1 "$work/text")
	n=${v%.*}
}

# ends NAME STATUS TEXT: Ctrl-C ends it; what it printed after the first line
ends()
{
	kill -INT "$raw"
	wait "$raw"
	ktap_same "$1" "$2|$3" "$?|$(tail -n +2 "$work/text")"
}

# wrote NAME TEXT: what the payload has written by now
wrote()
{
	ktap_same "$1" "$2" "$(tail -n +2 "$work/text")"
}

# outs: the number of exits by OUT and IN that the only VM has made
outs()
{
	teavmx list --json | sed 's/.*"name":"IO_INSTRUCTION","count":\([0-9]*\).*/\1/'
}

# made COUNT: whether that number is larger by now
made()
{
	# shellcheck disable=SC2317 # called through within
	test "$(outs)" -gt "$1"
}

ktap_start

needs_vmx "raw payloads that are debugged"
input="stopped: an exit for the host program: 30 IO_INSTRUCTION: in, port 0x60, size 1, immediate port"
steps="stopped: it has executed as many instructions as allowed"
fault="stopped: an exit for the host program: 2 TRIPLE_FAULT"
first="first exception: hardware exception, vector 6, #UD"

# The session: from real mode to long mode, an answer, a triple fault
starts --paused --break 0x7c08 --break 0x7c60:instruction payload/debug-64.bin
verb list
matches "--paused: it does not run" "$work/out" "^ *$n +1 .* ready "
prints "break: those of --break" 0 \
	"vCPU kind         size address|   1 instruction     - 0x7c08|   1 instruction     - 0x7c60" \
	break "$n"
verb continue "$v"
ktap_same "to the breakpoint" "rip 0x7c08: mov eax, 0x1000" "$(sed -n 2p "$work/out")"
wrote "its devices answer while it is debugged" r
verb continue "$v"
ktap_same "to the other breakpoint" "rip 0x7c60: mov cr0, eax" "$(sed -n 2p "$work/out")"
verb step "$v"
matches "a step switches paging on" "$work/out" '^cr0 0x80000011, was 0x10$'
verb step "$v"
matches "a step enters long mode" "$work/out" '^rip 0x7c6b: xor ebx, ebx$'
matches "a step enters long mode: CS" "$work/out" '^cs.rights 0x2[0-9a-f]+, was '
prints "steps to OUT" 0 "$steps|rip 0x7c6f: out 0xe9, al|rax 0x8000006c, was 0x80000011|rflags 0x246, was 0x286" \
	step "$v" 2
prints "a step across OUT" 0 "$steps|rip 0x7c71: in al, 0x60" step "$v"
wrote "its device has answered" rl
prints "route: to its devices" 0 " 30 IO_INSTRUCTION       raw" \
	route "$n" IO_INSTRUCTION
prints "route: to other clients" 0 "" route "$n" IO_INSTRUCTION=host
prints "an exit for this client" 0 "$input|rip 0x7c71: in al, 0x60" continue "$v"
prints "an answer of this client" 0 "$steps|rip 0x7c73: movzx eax, al|rax 0x80000041, was 0x8000006c" \
	step "$v" --answer 0x41
prints "a register is changed" 0 "" regs "$v" rbx=0x1000
prints "steps to UD2" 0 "$steps|rip 0x7c79: ud2|rax 0x41, was 0x80000041|rbx 0x1041, was 0x1000|rflags 0x206, was 0x246" \
	step "$v" 2
prints "to the triple fault" 0 "$fault|$first|rip 0x7c79: ud2" continue "$v"
prints "pause shows it again, at once" 0 "$fault|rip 0x7c79: ud2" pause "$v"
verb regs "$v"
matches "registers after a triple fault" "$work/out" 'rbx 0x0000000000001041'
verb vmcs "$v"
matches "the VMCS after a triple fault" "$work/out" '^  EXIT_REASON +0x2 +TRIPLE_FAULT$'
prints "memory after a triple fault" 0 "{\"vm\":$n,\"address\":\"0x7c79\",\"data\":\"0f0b\"}" \
	mem "$n" read 0x7c79 2 --linear 1 -j
prints "exceptions are for this client" 0 "" route "$n" --exceptions all
verb continue "$v"
matches "the exception before the triple fault" "$work/out" \
	'^stopped: an exit for the host program: 0 EXCEPTION_NMI: .*#UD'
prints "exceptions are for the guest" 0 "" route "$n" --exceptions none
prints "back to before it" 0 "" regs "$v" rip=0x7c71
prints "routed to its devices again" 0 "" route "$n" IO_INSTRUCTION=raw
prints "its devices answer again" 0 "$fault|$first|rip 0x7c79: ud2" continue "$v"
prints "a step repeats the triple fault" 0 "$fault|$first|rip 0x7c79: ud2" step "$v"
verb continue "$v" --json
matches "a triple fault, --json: the first exception" "$work/out" \
	'"first_exception":\{.*"vector":6'
contains "its devices answer again: a port without a device" "$work/said" \
	"nothing is at port 0x60"
ends "Ctrl-C ends it" 7 rl
fails "the VM is gone" 5 '^teavmx: .*' regs "$v"

# The exit port ends nothing.
starts --paused payload/value-16.bin
verb continue "$v"
matches "the exit port" "$work/out" ': out, port 0xf4, '
contains "the exit port: its message" "$work/said" "vCPU 1 wrote 70 to the exit port"
contains "the exit port: how it is continued" "$work/said" \
	"'teavmx route $n IO_INSTRUCTION=raw EPT_VIOLATION=raw'"
prints "after it the exits are for other clients" 0 " 30 IO_INSTRUCTION       host" \
	route "$n" IO_INSTRUCTION
ends "the exit port: the text" 7 "hello from the bare processor"

# Bounds hold across exits that the devices answer: 1: out 0xe9, al; jmp 1b
printf '\260\170\346\351\353\374' >"$work/loop.bin"
starts --paused "$work/loop.bin"
prints "a bound of steps" 0 "$steps|rip 0x7c02: out 0xe9, al" continue "$v" --steps 9
wrote "a bound of steps: the text" xxxx
# An interrupt of the host is an exit as well, at either instruction.
verb continue "$v" --exits 3
ktap_same "a bound of exits" "0|stopped: it has made as many exits as allowed" \
	"$?|$(head -n 1 "$work/out")"
verb continue "$v" --time 1us
ktap_same "a bound of time" "0|stopped: it has used the time allowed" \
	"$?|$(head -n 1 "$work/out")"
ends "bounds: Ctrl-C" 7 "$(tail -n +2 "$work/text")"

# An instruction that the library executes is a step:
# mov ax,0xffff; mov es,ax; mov word es:[0x10],0x4321; inc bx; mov dx,0xe9;
# mov si,0x7c00; outsb; inc bx; hlt
printf '\270\377\377\216\300\046\307\006\020\000\041\103\103\272\351\000\276\000\174\156\103\364' \
	>"$work/beyond.bin"
starts --paused "$work/beyond.bin"
verb step "$v" 2
ktap_same "steps to an access beyond RAM" "rip 0x7c05: mov word ptr es:[0x10], 0x4321" \
	"$(sed -n 2p "$work/out")"
prints "a step across an access beyond RAM" 0 "$steps|rip 0x7c0c: inc bx" step "$v"
verb step "$v" 3
ktap_same "steps to OUTSB" "rip 0x7c13: outsb" "$(sed -n 2p "$work/out")"
verb step "$v" 2
ktap_same "steps across OUTSB" "$steps|rip 0x7c15: hlt" "$(head -n 2 "$work/out" | paste -sd '|')"
kill -INT "$raw"
wait "$raw"

# One that runs by itself is paused, stepped and continued.
: >"$work/text"
teavmx raw "$work/loop.bin" >"$work/text" 2>"$work/said" </dev/null &
raw=$!
within 10 shows 'running|program' teavmx list
n=$(teavmx list | sed -n 's/^ *\([0-9][0-9]*\) .*/\1/p' | tail -n 1)
v=$n.1
verb pause "$v"
ktap_same "pause while its devices answer" "0|stopped: as requested" \
	"$?|$(head -n 1 "$work/out")"
# Its text may arrive later than the pause, but its exits count no further.
exits=$(outs)
sleep 0.3
ktap_same "it remains paused" "$exits" "$(outs)"
for number in 1 2 3 4 5 6 7 8; do
	verb step "$v"
	ktap_same "step $number while its devices answer" "0|$steps" \
		"$?|$(head -n 1 "$work/out")"
done
exits=$(outs)
prints "it continues" 0 "" continue "$v" --detach
within 10 made $((exits + 100))
ktap_result $? "its devices answer again and again"
kill -INT "$raw"
wait "$raw"
ktap_same "it is still alive until Ctrl-C" 7 $?

# --detach
prints "--detach" 0 "$((n + 1)).1" raw --detach --paused --route hlt=host "$work/loop.bin"
n=$((n + 1)) v=$n.1
prints "--detach: no device answers" 0 \
	"stopped: an exit for the host program: 30 IO_INSTRUCTION: out, port 0xe9, size 1, immediate port, value 0x78|rip 0x7c02: out 0xe9, al" \
	continue "$v"
teavmx kill "$n"
prints "--paused --detach --json" 0 "{\"vm\":$((n + 1)),\"vcpus\":[1,2]}" \
	raw --detach --paused --json --vcpus 2 "$work/loop.bin"
teavmx kill $((n + 1))

# Mistakes
while IFS='|' read -r line arguments; do
	# shellcheck disable=SC2086
	verb raw $arguments "$work/loop.bin"
	ktap_same "refused: $arguments" "2|teavmx: raw: $line" \
		"$?|$(head -n 1 "$work/err")"
done <<'TABLE'
--break: expected ADDRESS or ADDRESS:KIND, got 'x'|--break x
unknown kind 'writf', did you mean 'write'?|--break 0x7c00:writf
--route: expected REASON=host, builtin or raw, got 'cpuid'|--route cpuid
unknown exit reason 'PAUSES', did you mean 'PAUSE'?|--route pauses=host
unknown route 'hsot', did you mean 'host'?|--route cpuid=hsot
CPUID=raw: 'teavmx raw' answers only IO_INSTRUCTION and EPT_VIOLATION|--route cpuid=raw
TABLE
verb raw --paused --break 0x7c00:page-write --break 0x7c08:page-write "$work/loop.bin"
ktap_same "a breakpoint that is refused: status" "1|" "$?|$(cat "$work/out")"
ktap_finish
