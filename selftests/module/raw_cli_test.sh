#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx raw: payloads in each mode, its devices, how payloads end, bad input.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

payload=$here/payload
hello="hello from the bare processor"

# raw ARGUMENT...: teavmx raw, which must not last long
raw()
{
	timeout 60 teavmx raw "$@" >"$work/out" 2>"$work/err" <"$input"
}

# says NAME TEXT: standard error has it
says()
{
	contains "$1" "$work/err" "$2"
}

# refused NAME STATUS LINE ARGUMENT...
refused()
{
	name=$1
	status=$2
	line=$3
	shift 3
	raw "$@"
	ktap_same "refused: $name" "$status|$line|" \
		"$?|$(head -n 1 "$work/err")|$(cat "$work/out")"
}

ktap_start

needs_vmx "raw payloads"
input=/dev/null

while IFS='|' read -r name arguments; do
	# shellcheck disable=SC2086
	(cd "$payload" && raw --quiet $arguments)
	ktap_same "hello: $name" "0|$hello|" \
		"$?|$(cat "$work/out")|$(cat "$work/err")"
done <<'TABLE'
real mode|hello-16.bin
protected mode|--mode protected hello-32.bin
long mode|--mode long hello-64.bin
ELF, 32 bits|hello-32.elf
ELF, 64 bits|hello-64.elf
ELF in real mode|--mode real hello-16.elf
little RAM|--memory 32K hello-16.bin
much RAM|--memory 1G --mode long hello-64.bin
elsewhere|--mode long --memory 64K --load 0x2000 hello-64.bin
behind the first bytes|--load 0x7bfc --entry 0x7bfc hello-16.bin
high in real mode|--load 0xf0000 hello-16.bin
the last page of RAM|--memory 8K --load 0x1f00 hello-16.bin
TABLE

raw "$payload/hello-16.bin"
says "says how it ended" "vCPU 1 ended it with value 0"
says "counts exits" "vCPU 1: VMX exit 30 IO_INSTRUCTION: 61 times"

raw "$payload/value-16.bin"
ktap_same "a value that is not 0: status" 6 $?
raw --guest-status "$payload/value-16.bin"
ktap_same "--guest-status" 70 $?
raw --exit-port 0x3f8 --guest-status --timeout 20 "$payload/hello-16.bin"
ktap_same "--exit-port: the first byte for it ends it" 104 $?
raw --exit-port 0x3ff --guest-status --timeout 20 "$payload/value-16.bin"
ktap_same "--exit-port: the usual one ends nothing then" 0 $?
says "--exit-port: it is empty" "nothing is at port 0xf4:"
raw --debug-port 0x3f8 --quiet "$payload/hello-16.bin"
ktap_same "--debug-port" "0|$hello" "$?|$(cat "$work/out")"

timeout 60 teavmx raw --quiet "$payload/hello-16.bin" >&- 2>"$work/err" <&-
ktap_same "no standard input and output" \
	"1|teavmx: standard output: Bad file descriptor" \
	"$?|$(cat "$work/err")"
timeout 60 teavmx raw --quiet "$payload/hello-16.bin" >"$work/out" 2>&- <&-
ktap_same "no standard error" "0|$hello" "$?|$(cat "$work/out")"

printf abcdefgh >"$work/input"
input=$work/input
raw "$payload/devices-16.bin"
ktap_same "devices: status and text" "0|rep dabcd good" \
	"$?|$(paste -sd ' ' "$work/out")"
says "devices: an empty port is reported" "nothing is at port 0x80: "
ktap_same "devices: and only once" 1 "$(grep -c 'port 0x80' "$work/err")"
says "devices: memory beyond RAM is reported" "nothing is at 0x100000: "
ktap_same "devices: and only once" 1 "$(grep -c 'beyond RAM' "$work/err")"
says "devices: HLT" "the vCPU halted"
input=/dev/null

raw --quiet --mode long --vcpus 3 "$payload/vcpus-64.bin"
ktap_same "three vCPUs: status, each once" "0|012" \
	"$?|$(grep -o . "$work/out" | sort | tr -d '\n')"
raw --quiet --mode long --vcpus 1 --timeout 2 "$payload/vcpus-64.bin"
ktap_same "one that waits for others: timeout" 7 $?

raw --mode protected "$payload/fault-32.bin"
ktap_same "triple fault: status" 6 $?
says "triple fault: cause" \
	"vCPU 1: ended by VMX exit 2: fault while a double fault was delivered (rip 0x100005,"
says "triple fault: registers" "rbx 0x600d"
says "triple fault: the instruction" "instruction at rip: "
says "triple fault: the first exception" "first exception: "
# the first file with the name of a library is taken, and is none
mkdir "$work/libraries"
library=$(tr -sc 'A-Za-z0-9.' '\n' <"$(command -v teavmx)" |
	grep -F 'libZydis.so.' | head -n 1)
echo >"$work/libraries/$library"
(
	export LD_LIBRARY_PATH="$work/libraries"
	raw --mode protected "$payload/fault-32.bin"
)
says "without libzydis: a warning" "teavmx: warning: cannot decode an instruction: $work/libraries/$library: "
says "without libzydis: what helps" ": install this library"
ktap_same "without libzydis: the registers, no instruction, one warning" "1 0 1" \
	"$(grep -c 'rbx 0x600d' "$work/err") $(
		grep -c 'instruction at rip' "$work/err") $(
		grep -c 'warning' "$work/err")"

raw --mode long --quiet "$payload/operands-64.bin"
ktap_same "instructions on memory beyond RAM" "0|" "$?|$(cat "$work/out")"
raw --mode protected --quiet "$payload/faults-32.bin"
ktap_same "exceptions of operands: status" 0 $?
line=0
while IFS='|' read -r name wanted; do
	line=$((line + 1))
	ktap_same "exceptions of operands: $name" "$wanted" \
		"$(sed -n "${line}s/ $//p" "$work/out")"
done <<'TABLE'
page rights|P2 P3 P3 P7 P5 P7 -
accessed and dirty flags|e7 a7 e7
segments|G0 G0 G0 - G0
breakpoints|D1 - D1 D1 - D1 D1 D1 D1 D1 -
single steps|3 3 3 1 1
TABLE
raw --mode long --quiet "$payload/canonical-64.bin"
ktap_same "instructions that end the canonical addresses" "0|GyGyGyGyGy" \
	"$?|$(cat "$work/out")"
raw --quiet "$payload/edges-16.bin"
ktap_same "operands that leave their segment in real mode" "0|GGG-" \
	"$?|$(cat "$work/out")"

# fild dword [0x30000000]
printf '\333\005\0\0\0\060' >"$work/fild"
raw --mode protected "$work/fild"
ktap_same "an instruction that is not emulated: status" 6 $?
says "an instruction that is not emulated: its name" \
	"cannot emulate 'fild [0x30000000]' at rip 0x100000"
says "an instruction that is not emulated: registers" "rsi 0x"
# lidt [0x100009]; ud2; an IDT at 1 GiB
printf '\017\001\035\011\0\020\0\017\013\377\377\0\0\0\100' >"$work/idt"
raw --mode protected "$work/idt"
ktap_same "an IDT beyond RAM: status" 6 $?
says "an IDT beyond RAM: cause" "the access belongs to the delivery of an event"

# out %al,$0xf4; mov %r15b,%al; out %al,$0xf4
printf '\346\364' >"$work/al"
printf '\104\210\370\346\364' >"$work/r15"
raw --guest-status --reg rbx=1 --reg rax=42 "$work/al"
ktap_same "--reg: the payload finds it" 42 $?
raw --guest-status --reg r15=77 --mode long "$work/r15"
ktap_same "--reg: also where only long mode has it" 77 $?
raw --guest-status --mode protected --vcpus 2 --reg rax=5 "$work/al"
ktap_same "--reg: each vCPU has it" 5 $?
raw --reg rflags=0 "$work/al"
ktap_same "--reg: what no processor takes: status" 6 $?
says "--reg: what no processor takes: why" "bit 1 must be 1"

# mov $0x0e41,%ax; int $0x10; hlt
printf '\270\101\016\315\020\364' >"$work/bios"
for memory in 1M 64K 2M; do
	raw --memory $memory "$work/bios"
	ktap_same "no firmware, $memory: status" 6 $?
	says "no firmware, $memory: which call, and from where" \
		"vCPU 1: INT 10h: there is no firmware, and the payload has not set this vector (it would return to 0000:7c05)"
done
# ud2
printf '\017\013' >"$work/ud2"
raw "$work/ud2"
says "no firmware: an exception without a handler" \
	"vCPU 1: INT 6h: there is no firmware"
# movw $0x7c0e,0x40; movw $0,0x42; int $0x10; xor %al,%al; out %al,$0xf4
printf '\307\006\100\0\016\174\307\006\102\0\0\0\315\020\060\300\346\364' \
	>"$work/vector"
raw --quiet "$work/vector"
ktap_same "no firmware: a vector of the payload's own" "0|" \
	"$?|$(cat "$work/err")"
# hlt in the vector table, and where the vectors lead
printf '\364' >"$work/hlt"
raw --load 0x80 "$work/hlt"
says "no firmware: a payload in the vector table" "the vCPU halted"
raw --load 0xf0010 "$work/hlt"
says "no firmware: a payload where the vectors would lead" "the vCPU halted"

raw --json "$payload/hello-16.bin"
for part in '"end":"exit-port"' '"vcpu":1,"value":0' "\"text\":\"$hello\\n\"" \
	'"mode":"real"' '"memory":1048576' '"stop":"program"' \
	'"name":"IO_INSTRUCTION","count":61'; do
	contains "--json: $part" "$work/out" "$part"
done
ktap_same "--json: nothing on standard error" "" "$(cat "$work/err")"
raw --json --mode protected "$payload/fault-32.bin"
matches "--json: registers of a triple fault" "$work/out" \
	'"end":"stuck".*"registers":\{.*"rbx":"0x600d"'
matches "--json: its cause is an object too" "$work/err" '^\{"error":\{"code":6,'

# A reader that leaves a payload which writes on: 1: out 0xe9, al; jmp 1b
printf '\260\170\346\351\353\374' >"$work/writes.bin"
{
	timeout -s KILL 60 teavmx raw "$work/writes.bin" 2>"$work/err"
	echo $? >"$work/status"
} | head -c 1 >/dev/null
ktap_same "the reader of the text goes away: status 7 and silence" "7|" \
	"$(cat "$work/status")|$(cat "$work/err")"

# A reader that never reads, and a pipe that is full
mkfifo "$work/full"
# shellcheck disable=SC2217 # it only keeps it open
sleep 200 <"$work/full" &
reader=$!
head -c 65536 /dev/zero >"$work/full"
timeout -s KILL 60 teavmx raw --quiet "$payload/loop-16.bin" >"$work/full" 2>"$work/err" &
pid=$!
sleep 3
kill -INT $pid
wait $pid
ktap_same "Ctrl-C while its reader does not read" "7|teavmx: standard output: its reader does not read" \
	"$?|$(cat "$work/err")"
timeout -s KILL 60 teavmx raw --quiet --timeout 3 "$payload/loop-16.bin" \
	>"$work/full" 2>"$work/err"
ktap_same "--timeout while its reader does not read" "7|teavmx: standard output: its reader does not read" \
	"$?|$(cat "$work/err")"
kill $reader

# The output of the one before would seem to be its own.
: >"$work/out"
teavmx raw "$payload/loop-16.bin" >"$work/out" 2>"$work/err" &
pid=$!
within 10 shows ! cat "$work/out"
teavmx list >"$work/list"
kill -INT $pid
wait $pid
ktap_same "Ctrl-C: status" 7 $?
says "Ctrl-C: the message" "interrupted"
matches "list: a raw vCPU" "$work/list" '^ *[0-9]+ +1 +- vmx +running +- 1024K RAM$'

# mov ebx,0x200000; until [0x1ff000] is not 0; then each page: mov [ebx],ebx;
# add ebx,4096; jmp
printf '\273\0\0\040\0\200\075\0\360\037\0\0\164\367' >"$work/pages"
printf '\211\033\201\303\0\020\0\0\353\366' >>"$work/pages"
group=$work/groups
mkdir "$group"
if mount -t cgroup2 none "$group" &&
	echo +memory >"$group/cgroup.subtree_control" &&
	mkdir -p "$group/raw" && echo 16M >"$group/raw/memory.max"; then
	# shellcheck disable=SC2016 # the inner shell's
	sh -c 'echo $$ >"$0/raw/cgroup.procs" && exec "$@"' "$group" \
		teavmx raw --mode protected --memory 256M --timeout 60 \
		"$work/pages" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	within 10 shows ' running ' teavmx list
	vm=$(sed -n 's/^ *\([0-9]*\) .* running .*/\1/p' "$work/ktap.seen")
	# The guest's RAM stays that of the group, where no process is left to kill.
	echo $pid >"$group/cgroup.procs"
	teavmx mem "$vm" write 0x1ff000 01
	wait $pid
	ktap_same "no memory for RAM: status" 1 $?
	says "no memory for RAM: cause" "no memory for the guest's RAM at 0x"
else
	ktap_skip "no memory for RAM" "no memory cgroups"
fi
# The thread of the vCPU is in the group until the VM is freed.
within 10 rmdir "$group/raw" 2>/dev/null
umount "$group"

head -c 20000 /dev/zero >"$work/large"
: >"$work/empty"
dd if="$payload/hello-64.elf" of="$work/other.elf" 2>/dev/null
printf '\267' | dd of="$work/other.elf" bs=1 seek=18 conv=notrunc 2>/dev/null
head -c 4100 "$payload/hello-64.elf" >"$work/short.elf"
refused "larger than RAM" 1 \
	"teavmx: $work/large: 20000 bytes at 0x7c00 do not fit into the 32768 bytes of RAM that are free" \
	--memory 32K "$work/large"
refused "ELF of another machine" 1 \
	"teavmx: $work/other.elf: an ELF file for machine 183, expected 62 (x86-64) or 3 (80386)" \
	"$work/other.elf"
refused "ELF that is cut short" 1 \
	"teavmx: $work/short.elf: an ELF file that is cut short: bytes of the segment at 0x100000 are missing" \
	"$work/short.elf"
refused "ELF larger than RAM" 1 \
	"teavmx: $payload/hello-64.elf: an ELF file whose segment of 232 bytes at 0xff000 does not fit into 45056 bytes of RAM" \
	--memory 64K "$payload/hello-64.elf"
refused "ELF in a mode that is not its own" 1 \
	"teavmx: $payload/hello-64.elf: 64-bit code cannot begin in protected mode" \
	--mode protected "$payload/hello-64.elf"
refused "an empty file" 1 \
	"teavmx: $work/empty: the file is empty, expected a file with a payload in it" "$work/empty"
refused "entry outside of RAM" 1 \
	"teavmx: entry 0x200000 lies outside of the 1048576 bytes of RAM" \
	--entry 2M "$payload/hello-16.bin"

timeout 60 teavmx raw --write GUEST_RFLAGS=0 "$payload/hello-16.bin" >out 2>err </dev/null
ktap_same "--write without vmx_break=1: status" 4 $?
matches "--write without vmx_break=1: the message names it" err 'vmx_break=1'
lacks "--write without vmx_break=1: no hint about a container" err container

within 5 no_vms
ktap_result $? "no VM is left"
ktap_finish
