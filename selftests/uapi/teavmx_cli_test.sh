#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What teavmx answers without a module, as a table: arguments, exit status,
# first line on standard error. Mistakes are found before a request is sent.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

check()
{
	arguments=$1
	# shellcheck disable=SC2086
	"$TEAVMX" $arguments >out 2>err </dev/null
	got=$?
	ktap_same "teavmx $arguments" "$2|$3" "$got|$(head -n 1 err)"
}

ktap_start
cd "$work" || exit 1
printf 'aT\0\11\0\0\0\0\0\0\123' >ok.cup
printf '\220\220\220\220\220\220\220\220\220\220\364' >flat.bin
: >empty

while IFS='|' read -r arguments status line; do
	check "$arguments" "$status" "$line"
done <<'TABLE'
help|0|
--help|0|
-h|0|
help run|0|
help monitor|0|
help record|0|
help report|0|
help diff|0|
help list|0|
help kill|0|
help info|0|
help version|0|
help caps|0|
run --help|0|
run -h|0|
monitor --help|0|
list --help|0|
kill --help|0|
info --help|0|
version --help|0|
caps --help|0|
caps -h|0|
doctor --help|0|
help doctor|0|
vmcs --help|0|
help vmcs|0|
regs --help|0|
help regs|0|
mem --help|0|
help mem|0|
inject --help|0|
help inject|0|
step --help|0|
help step|0|
continue --help|0|
help continue|0|
pause --help|0|
help pause|0|
snapshot --help|0|
help snapshot|0|
reset --help|0|
help reset|0|
clone --help|0|
help clone|0|
profile --help|0|
help profile|0|
dirty --help|0|
help dirty|0|
break --help|0|
help break|0|
gdb --help|0|
help gdb|0|
route --help|0|
help route|0|
slots --help|0|
help slots|0|
send --help|0|
help send|0|
map --help|0|
help map|0|
export --help|0|
help export|0|
feed --help|0|
help feed|0|
gallery --help|0|
help gallery|0|
gallery --list|0|
gallery --list --json|0|
gallery cpiud|2|teavmx: gallery: unknown payload 'cpiud', did you mean 'cpuid'?
gallery --list frobnicate|2|teavmx: gallery: unknown payload 'frobnicate'
gallery hlt getsec|2|teavmx: gallery: no payload provokes GETSEC: the emulated processor has no SMX
--version|0|
version|0|
version -j|0|
help help|0|
help rum|2|teavmx: unknown verb 'rum', did you mean 'run'?
rum|2|teavmx: unknown verb 'rum', did you mean 'run'?
lst|2|teavmx: unknown verb 'lst', did you mean 'list'?
selftets|2|teavmx: unknown verb 'selftets', did you mean 'selftest'?
mon|2|teavmx: unknown verb 'mon'
frobnicate|2|teavmx: unknown verb 'frobnicate'
--frob|2|teavmx: unknown option '--frob', expected a verb first
-j list|2|teavmx: unexpected word 'list', expected the verb before -j
list vm|2|teavmx: list: unexpected word 'vm'
info now|2|teavmx: info: unexpected word 'now'
info --jsno|2|teavmx: info: unknown option '--jsno', did you mean '--json'?
info --json=1|2|teavmx: info: option '--json' takes no value
info -x|2|teavmx: info: unknown option '-x'
run|2|teavmx: run: expected an object FILE
run --json|2|{"error":{"code":2,"message":"run: expected an object FILE","hint":"see 'teavmx help run'"}}
run --bakend soft ok.cup|2|teavmx: run: unknown option '--bakend', did you mean '--backend'?
run --backend hard ok.cup|2|teavmx: run: --backend: expected vmx or soft, got 'hard'
run --backend|2|teavmx: run: option '--backend' needs a value
run --engine fast ok.cup|2|teavmx: run: --engine: expected interp or jit, got 'fast'
run --stack 0 ok.cup|2|teavmx: run: --stack: expected 1 to 65535, got '0'
run --stack 65536 ok.cup|2|teavmx: run: --stack: expected 1 to 65535, got '65536'
run --stack 1k ok.cup|2|teavmx: run: --stack: expected 1 to 65535, got '1k'
run --pid 0 ok.cup|2|teavmx: run: --pid: expected 1 to 255, got '0'
run --pid 256 ok.cup|2|teavmx: run: --pid: expected 1 to 255, got '256'
run ok.cup 256|2|teavmx: run: argument '256': not from -128 to 255, write w:256 for two bytes
run ok.cup w:x|2|teavmx: run: argument 'w:x': expected w: and an integer from -32768 to 65535
run missing.cup|1|teavmx: missing.cup: No such file or directory
run .|1|teavmx: .: Is a directory
kill|2|teavmx: kill: expected VM or VM.VCPU
kill 0|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got '0'
kill all|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got 'all'
kill 1.|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got '1.'
kill 1.2 3|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got '1.2 3'
kill 1 2 3|2|teavmx: kill: unexpected word '3'
kill -1|2|teavmx: kill: unknown option '-1'
monitor now|2|teavmx: monitor: unexpected word 'now'
monitor --vm 0|2|teavmx: monitor: --vm: expected the number of a VM, got '0'
monitor --count 0|2|teavmx: monitor: --count: expected a number from 1, got '0'
monitor --for 0|2|teavmx: monitor: --for: expected 1 to 1000000000 seconds, such as 1 or 5s, got '0'
stat --vcpus|2|teavmx: stat: --vcpus: expected --costs or --reset with it
stat --costs --interval 1|2|teavmx: stat: --interval: goes with neither --costs nor --reset: use 'teavmx top'
top --help|0|
top|2|teavmx: top: not at a terminal: expected --batch
top --json|2|{"error":{"code":2,"message":"top: --json: expected --batch with it","hint":"see 'teavmx help top'"}}
top --sort sizes|2|teavmx: top: unknown order 'sizes', expected exits, time or number
top --cost price|2|teavmx: top: unknown cost 'price', expected guest, handler or delivery
top --delay 0|2|teavmx: top: --delay: expected 1 to 1000000 seconds, such as 1 or 5s, got '0'
top --vm 0|2|teavmx: top: --vm: expected the number of a VM, got '0'
top --reason a;b|2|teavmx: top: --reason: expected a part of a reason's name
top 1|2|teavmx: top: unexpected word '1'
stat 99|2|teavmx: stat: unexpected word '99'; --vm VM chooses one VM
monitor --type stat|2|teavmx: monitor: unknown type of event 'stat', did you mean 'state'?
monitor --type state,|2|teavmx: monitor: unknown type of event ''
monitor --reason cpuid,hlr|2|teavmx: monitor: unknown exit reason 'HLR', did you mean 'HLT'?
monitor --reason 999|2|teavmx: monitor: unknown exit reason '999'
monitor --for soon|2|teavmx: monitor: --for: expected 1 to 1000000000 seconds, such as 1 or 5s, got 'soon'
caps now|2|teavmx: caps: unexpected word 'now'
caps --cpu|2|teavmx: caps: option '--cpu' needs a value
caps --cpu all|2|teavmx: caps: --cpu: expected the number of a CPU, got 'all'
caps --cpu -1|2|teavmx: caps: --cpu: expected the number of a CPU, got '-1'
caps --cpu 4294967296|2|teavmx: caps: --cpu: expected the number of a CPU, got '4294967296'
caps --cpus 1|2|teavmx: caps: unknown option '--cpus', did you mean '--cpu'?
caps --long=1|2|teavmx: caps: option '--long' takes no value
cap|2|teavmx: unknown verb 'cap', did you mean 'caps'?
doctor a b|2|teavmx: doctor: unexpected word 'b'
doctor --caps=x|2|teavmx: doctor: --caps needs the file of a dump
doctor --cap|2|teavmx: doctor: option '--caps' needs a value
doctor none|2|teavmx: none: No such file or directory
doctor .|2|teavmx: .: not a regular file
doctor empty|2|teavmx: empty: no VMCS dump
doctor ok.cup|2|teavmx: ok.cup: no VMCS dump: line 1: no VMCS field is called 'aT'
vmc 1.1|2|teavmx: unknown verb 'vmc', did you mean 'vmcs'?
vmcs|2|teavmx: vmcs: expected VM.VCPU
vmcs 1|2|teavmx: vmcs: expected VM.VCPU, got VM '1' alone
vmcs 1.0|2|teavmx: vmcs: expected VM.VCPU with numbers from 1, got '1.0'
vmcs x 1|2|teavmx: vmcs: expected VM.VCPU with numbers from 1, got 'x.1'
vmcs 4294967296.1|2|teavmx: vmcs: expected VM.VCPU with numbers from 1, got '4294967296.1'
vmcs 00000000000000000001.1|2|teavmx: vmcs: expected VM.VCPU with numbers from 1, got '00000000000000000001.1'
vmcs 1.1 1|2|teavmx: vmcs: unexpected word '1'
vmcs --lnog 1.1|2|teavmx: vmcs: unknown option '--lnog', did you mean '--long'?
regs|2|teavmx: regs: expected VM.VCPU
regs 1.1.1|2|teavmx: regs: expected VM.VCPU with numbers from 1, got '1.1.1'
regs 1 1 rax|2|teavmx: regs: expected NAME=VALUE, got 'rax'
regs 1.1 =5|2|teavmx: regs: unknown register ''
regs 1.1 rxa=5|2|teavmx: regs: unknown register 'rxa', did you mean 'rax'?
regs 1.1 rax=1 cs.bsae=5|2|teavmx: regs: unknown register 'cs.bsae', did you mean 'cs.base'?
regs 1.1 rax=|2|teavmx: regs: rax: expected a number of 64 bits, got ''
regs 1.1 rax=-1|2|teavmx: regs: rax: expected a number of 64 bits, got '-1'
regs 1.1 rax=0x10000000000000000|2|teavmx: regs: rax: expected a number of 64 bits, got '0x10000000000000000'
regs 1.1 fpu.104=1|2|teavmx: regs: expected fpu.0 to fpu.103, got 'fpu.104'
mem|2|teavmx: mem: expected VM
mem 1.1 read 0|2|teavmx: mem: expected the number of a VM, got '1.1'
mem 1|2|teavmx: mem: expected read or write
mem 1 raed 0|2|teavmx: mem: unknown action 'raed', did you mean 'read'?
mem 1 dump 0|2|teavmx: mem: unknown action 'dump', expected read or write
mem 1 read|2|teavmx: mem: expected an ADDRESS
mem 1 read here|2|teavmx: mem: expected an ADDRESS, got 'here'
mem 1 read 0 0|2|teavmx: mem: expected a size from 1 to 1G, got '0'
mem 1 read 0 2G|2|teavmx: mem: expected a size from 1 to 1G, got '2G'
mem 1 read 0 K|2|teavmx: mem: expected a size from 1 to 1G, got 'K'
mem 1 read 0 1025M|2|teavmx: mem: expected a size from 1 to 1G, got '1025M'
mem 1 read 0 1 2|2|teavmx: mem: unexpected word '2'
mem 1 read 0xffffffffffffffff 2|2|teavmx: mem: 0xffffffffffffffff and 2 bytes go beyond the last address
mem 1 read 0 --linear 0|2|teavmx: mem: --linear: expected the number of a vCPU, got '0'
mem 1 write 0|2|teavmx: mem: expected bytes in hexadecimal, or @FILE
mem 1 write 0 90 9|2|teavmx: mem: expected bytes of two hexadecimal digits each or @FILE, got '9'
mem 1 write 0 0x90|2|teavmx: mem: expected bytes of two hexadecimal digits each or @FILE, got '0x90'
mem 1 write 0 @ok.cup more|2|teavmx: mem: unexpected word 'more'
mem 1 write 0 @missing|1|teavmx: missing: No such file or directory
mem 1 write 0 @-|1|teavmx: -: the file is empty
mem 1 write 0 @.|1|teavmx: .: Is a directory
mem 1 write 0 90 --raw|2|teavmx: mem: --raw: goes with read only
inject 1.1|2|teavmx: inject: expected a VECTOR
inject 1.1 256|2|teavmx: inject: expected a vector from 0 to 255, got '256'
inject 1.1 pg|2|teavmx: inject: unknown exception 'pg', did you mean 'gp'?
inject 1.1 fault|2|teavmx: inject: unknown exception 'fault'
inject 1.1 pf 0|2|teavmx: inject: unexpected word '0'
inject 1.1 pf --type expection|2|teavmx: inject: unknown type 'expection', did you mean 'exception'?
inject 1.1 pf --error 0x100000000|2|teavmx: inject: --error: expected a number of 32 bits, got '0x100000000'
inject 1.1 3 --length 16|2|teavmx: inject: --length: expected 0 to 15, got '16'
inject 1.1 pf --length 2|2|teavmx: inject: --length: only software interrupts and exceptions have one
step 1|2|teavmx: step: expected VM.VCPU, got VM '1' alone
step 1.1 0|2|teavmx: step: expected a number of instructions from 1, got '0'
step 1 1 2 3|2|teavmx: step: unexpected word '3'
step 1.1 --answer yes|2|teavmx: step: --answer: expected a number, such as --answer=0, got 'yes'
continue 1.1 1|2|teavmx: continue: unexpected word '1'
continue 1.1 --exits 0|2|teavmx: continue: --exits: expected a number from 1, got '0'
continue 1.1 --steps few|2|teavmx: continue: --steps: expected a number from 1, got 'few'
continue 1.1 --time 5|2|teavmx: continue: --time: expected a time such as 50us, 10ms or 1s, got '5'
continue 1.1 --time 0s|2|teavmx: continue: --time: expected a time such as 50us, 10ms or 1s, got '0s'
continue 1.1 --time 18446744074s|2|teavmx: continue: --time: expected a time such as 50us, 10ms or 1s, got '18446744074s'
pause|2|teavmx: pause: expected VM.VCPU
pause 1.1 1|2|teavmx: pause: unexpected word '1'
snapshot|2|teavmx: snapshot: expected VM
snapshot 1 1|2|teavmx: snapshot: unexpected word '1'
reset|2|teavmx: reset: expected VM
reset 1 1|2|teavmx: reset: unexpected word '1'
clone|2|teavmx: clone: expected VM
clone 1 1|2|teavmx: clone: unexpected word '1'
profile|2|teavmx: profile: expected VM
profile 1 1|2|teavmx: profile: unexpected word '1'
profile --interval 10 1|2|teavmx: profile: --interval: expected 1 to 9 seconds, such as 1 or 5s, got '10'
profile --rows 0 1|2|teavmx: profile: --rows: expected 1 to 4294967295, got '0'
profile --count x 1|2|teavmx: profile: --count: expected 1 to 4294967295, got 'x'
dirty|2|teavmx: dirty: expected VM
dirty 1 1|2|teavmx: dirty: unexpected word '1'
gdb|2|teavmx: gdb: expected an ADDRESS
gdb 1234|2|teavmx: gdb: expected VM
gdb 1234 x|2|teavmx: gdb: expected the number of a VM, got 'x'
gdb - 1 --mode 63|2|teavmx: gdb: --mode: expected 16, 32 or 64, got '63'
gdb - 1 2|2|teavmx: gdb: unexpected word '2'
break|2|teavmx: break: expected VM.VCPU
break 1 --kind write|2|teavmx: break: expected VM.VCPU, got VM '1' alone
break 1.1 --size 4|2|teavmx: break: expected an ADDRESS with --size
break 1.1 main|2|teavmx: break: expected an ADDRESS, got 'main'
break 1.1 0 0|2|teavmx: break: unexpected word '0'
break 1.1 0 --kind wriet|2|teavmx: break: unknown kind 'wriet', did you mean 'write'?
break 1.1 0 --kind read|2|teavmx: break: unknown kind 'read', expected instruction, write, access, page-execute, page-write, page-access, tea-code or tea-stack
break 1.1 0 --size 3|2|teavmx: break: --size: expected 1, 2, 4 or 8, got '3'
break 1.1 0 --size 4|2|teavmx: break: --size: goes with --kind write or access
break 1.1 --delete --kind write|2|teavmx: break: expected an ADDRESS with --kind
route|2|teavmx: route: expected VM
route 0|2|teavmx: route: expected the number of a VM, got '0'
route 1 CPUD|2|teavmx: route: unknown exit reason 'CPUD', did you mean 'CPUID'?
route 1 35|2|teavmx: route: unknown exit reason '35'
route 1 cpuid=guest|2|teavmx: route: unknown route 'guest', expected host, builtin or raw
route 1 cpuid=raw|2|teavmx: route: CPUID=raw: 'teavmx raw' answers only IO_INSTRUCTION and EPT_VIOLATION
route 1 pauses=host|2|teavmx: route: unknown exit reason 'PAUSES', did you mean 'PAUSE'?
route 1 rdmsr=raw|2|teavmx: route: MSR_READ=raw: 'teavmx raw' answers only IO_INSTRUCTION and EPT_VIOLATION
monitor --reason rdmsx|2|teavmx: monitor: unknown exit reason 'RDMSX', did you mean 'RDMSR'?
route 1 10=hots|2|teavmx: route: unknown route 'hots', did you mean 'host'?
route 1 --exceptions pf,32|2|teavmx: route: expected a vector from 0 to 31, got '32'
route 1 --exceptions pf,|2|teavmx: route: expected a vector from 0 to 31, got ''
raw --help|0|
help raw|0|
raw|2|teavmx: raw: expected a payload FILE
raw a b|2|teavmx: raw: unexpected word 'b'
raw --mode virtual a|2|teavmx: raw: --mode: expected real, protected or long, got 'virtual'
raw --memory 0 a|2|teavmx: raw: --memory: expected a multiple of 4K from 4K to 1G, such as 64K or 16M, got '0'
raw --memory 5000 a|2|teavmx: raw: --memory: expected a multiple of 4K from 4K to 1G, such as 64K or 16M, got '5000'
raw --memory 1G4K a|2|teavmx: raw: --memory: expected a multiple of 4K from 4K to 1G, such as 64K or 16M, got '1G4K'
raw --memory 1025M a|2|teavmx: raw: --memory: expected a multiple of 4K from 4K to 1G, such as 64K or 16M, got '1025M'
raw --memory 99999999999G a|2|teavmx: raw: --memory: expected a multiple of 4K from 4K to 1G, such as 64K or 16M, got '99999999999G'
raw --vcpus 0 a|2|teavmx: raw: --vcpus: expected 1 to 8, got '0'
raw --vcpus 9 a|2|teavmx: raw: --vcpus: expected 1 to 8, got '9'
raw --load 1G a|2|teavmx: raw: --load: expected an address below 1G, got '1G'
raw --entry x a|2|teavmx: raw: --entry: expected an address below 1G, got 'x'
raw --exit-port 65536 a|2|teavmx: raw: --exit-port: expected a port, got '65536'
raw --debug-port -1 a|2|teavmx: raw: --debug-port: expected a port, got '-1'
raw --timeout 0 a|2|teavmx: raw: --timeout: expected seconds, got '0'
raw --exitport 1 a|2|teavmx: raw: unknown option '--exitport', did you mean '--exit-port'?
raw --reg rax flat.bin|2|teavmx: raw: expected NAME=VALUE, got 'rax'
raw --write GUEST_CS_AR_BITES=1 flat.bin|2|teavmx: raw: unknown VMCS field 'GUEST_CS_AR_BITES', did you mean 'GUEST_CS_LIMIT'?
raw --write guest_cs_ar_bytes=1 --reg rxa=1 flat.bin|2|teavmx: raw: unknown register 'rxa', did you mean 'rax'?
raw --reg rxa=1 flat.bin|2|teavmx: raw: unknown register 'rxa', did you mean 'rax'?
raw --reg cp=1 flat.bin|2|teavmx: raw: unknown register 'cp', did you mean 'cs'?
raw --reg rax=-1 flat.bin|2|teavmx: raw: rax: expected a number of 64 bits, got '-1'
raw --reg rbx=1 -r rax=0x100000000 flat.bin|2|teavmx: raw: rax: 0x100000000 is wider than its 32 bits in real mode
raw --reg rip=0x100000000 --mode protected flat.bin|2|teavmx: raw: rip: 0x100000000 is wider than its 32 bits in protected mode
raw --reg ds=0x10000 --mode long flat.bin|2|teavmx: raw: ds: 0x10000 is wider than its 16 bits in long mode
raw --reg cs.limit=0x100000000 --mode long flat.bin|2|teavmx: raw: cs.limit: 0x100000000 is wider than its 32 bits in long mode
raw --reg gdtr.limit=0x10000 flat.bin|2|teavmx: raw: gdtr.limit: 0x10000 is wider than its 16 bits in real mode
raw --reg r8=1 flat.bin|2|teavmx: raw: r8: there is no such register in real mode
raw --reg cr8=1 --mode protected flat.bin|2|teavmx: raw: cr8: there is no such register in protected mode
raw ok.cup|1|teavmx: ok.cup: a TEA object file, which holds no x86 code
raw missing.bin|1|teavmx: missing.bin: No such file or directory
raw .|1|teavmx: .: this is a folder, expected a file with a payload in it
raw --memory 4K flat.bin|1|teavmx: flat.bin: 11 bytes at 0x7c00 do not fit into the 4096 bytes of RAM that are free
raw --mode long --memory 16K --load 0 flat.bin|1|teavmx: long mode needs 24K of RAM, and 4K more for each vCPU but the first; --memory gives 16384 bytes
raw --mode protected --memory 20K --load 0 flat.bin|1|teavmx: protected mode needs 24K of RAM, and 4K more for each vCPU but the first; --memory gives 20480 bytes
raw --mode protected --memory 24K --vcpus 2 --load 0 flat.bin|1|teavmx: protected mode needs 24K of RAM, and 4K more for each vCPU but the first; --memory gives 24576 bytes
raw --mode long --memory 24K --load 4K flat.bin|1|teavmx: flat.bin: 11 bytes at 0x1000 do not fit into the 4096 bytes of RAM that are free
raw --memory 4K --vcpus 8 --load 0 flat.bin|1|teavmx: the stacks of 8 vCPUs need 8192 bytes of RAM, --memory gives 4096
raw --memory 4K --vcpus 4 --load 4K flat.bin|1|teavmx: flat.bin: 11 bytes at 0x1000 do not fit into the 4096 bytes of RAM that are free
raw --entry 1M flat.bin|1|teavmx: entry 0x100000 lies outside of the 1048576 bytes of RAM
raw --memory 2M --entry 1M flat.bin|1|teavmx: entry 0x100000: real mode reaches 1 MiB only
selftest --share --json|2|{"error":{"code":2,"message":"selftest: --share: does not go with --json","hint":"see 'teavmx help selftest'"}}
run --feed f --detach ok.cup|2|teavmx: run: --feed: does not go with --detach, see 'teavmx feed'
run --repeat 2 --detach ok.cup|2|teavmx: run: --repeat: does not go with --detach, as teavmx ends before the program
run --repeat 2 --feed f ok.cup|2|teavmx: run: --repeat: does not go with --feed, as each run begins without serial input
run --repeat 0 ok.cup|2|teavmx: run: --repeat: expected 1 to 1000000000, got '0'
map|2|teavmx: map: expected an object FILE
map --engine fast ok.cup|2|teavmx: map: --engine: expected interp or jit, got 'fast'
map ok.cup x|2|teavmx: map: unexpected word 'x'; the arguments of each run are a line of standard input
map missing.cup|1|teavmx: missing.cup: No such file or directory
map --time 0 ok.cup|2|teavmx: map: --time: expected 1 to 86400000, got '0'
run --host-port 0xf000=1 --detach ok.cup|2|teavmx: run: --host-port, --host-ports: do not go with --detach
run --host-ports cat --detach ok.cup|2|teavmx: run: --host-port, --host-ports: do not go with --detach
run --dump-stack --detach ok.cup|2|teavmx: run: --dump-stack: does not go with --detach, as teavmx ends before the program
raw --exit-port 0xf4 --detach flat.bin|2|teavmx: raw: --exit-port: does not go with --detach, as teavmx ends before the payload
raw --detach --debug-port 0xe9 flat.bin|2|teavmx: raw: --debug-port: does not go with --detach, as teavmx ends before the payload
raw --timeout 5 --detach flat.bin|2|teavmx: raw: --timeout: does not go with --detach, as teavmx ends before the payload
raw --paused --guest-status --detach flat.bin|2|teavmx: raw: --guest-status: does not go with --detach, as teavmx ends before the payload
raw --route io_instruction=raw --detach flat.bin|2|teavmx: raw: --route IO_INSTRUCTION=raw: does not go with --detach, as no device answers
run --host-port 0xf000 ok.cup|2|teavmx: run: --host-port: expected PORT=VALUE, got '0xf000'
run --host-port 1=1 ok.cup|2|teavmx: run: --host-port: expected PORT=VALUE with a port from 0xf000 to 0xffff, got '1=1'
run --host-port 0xf000=x ok.cup|2|teavmx: run: --host-port: expected PORT=VALUE with a value from 0 to 0xffff, got '0xf000=x'
run --slot 12=ok.cup ok.cup|2|teavmx: run: expected N=FILE with a slot from 0 to 11, got '12=ok.cup'
run --slot ok.cup ok.cup|2|teavmx: run: expected N=FILE with a slot from 0 to 11, got 'ok.cup'
run --slot 0=missing.cup ok.cup|1|teavmx: missing.cup: No such file or directory
slots|2|teavmx: slots: expected VM
slots 0|2|teavmx: slots: expected the number of a VM, got '0'
slots all|2|teavmx: slots: expected the number of a VM, got 'all'
slots 1 ok.cup|2|teavmx: slots: expected N=FILE with a slot from 0 to 11, got 'ok.cup'
slots 1 -1=ok.cup|2|teavmx: slots: unknown option '-1'
slots 1 12=ok.cup|2|teavmx: slots: expected N=FILE with a slot from 0 to 11, got '12=ok.cup'
slots 1 0=.|1|teavmx: .: Is a directory
slots 1 0=empty|1|teavmx: empty: expected an object file of 1 to 65541 bytes
slots --stack 0 1 0=ok.cup|2|teavmx: slots: --stack: expected 1 to 65535, got '0'
slots --host-ports 1|2|teavmx: slots: --host-ports: goes with new only
send|2|teavmx: send: expected VM
send 1|2|teavmx: send: expected a packet in hexadecimal: address, length, data
send 1 2|2|teavmx: send: expected bytes of two hexadecimal digits each, got '2'
send 1 0x02|2|teavmx: send: expected bytes of two hexadecimal digits each, got '0x02'
send 1 0102030405060708090a0b|2|teavmx: send: expected a packet of at most 10 bytes
send --backend hard 1 02|2|teavmx: send: --backend: expected vmx or soft, got 'hard'
send --engine fast 1 02|2|teavmx: send: --engine: expected interp or jit, got 'fast'
feed|2|teavmx: feed: expected VM
feed all|2|teavmx: feed: expected the number of a VM, got 'all'
feed 1 a b|2|teavmx: feed: unexpected word 'b'
feed 1 missing|1|teavmx: missing: No such file or directory
record|2|teavmx: record: expected --output FILE
record -o|2|teavmx: record: option '--output' needs a value
record -o -|2|teavmx: record: --output: expected a file, not standard output
record -o a.rec now|2|teavmx: record: unexpected word 'now'
record -o a.rec --vm 0|2|teavmx: record: --vm: expected the number of a VM, got '0'
record -o a.rec --from 1|2|teavmx: record: --from: expected --vm with it, as every VM counts by itself
report|2|teavmx: report: expected a recording FILE
report a b|2|teavmx: report: one FILE at a time, 'b' is one too many
report --rows 0 a|2|teavmx: report: --rows: expected 1 to 10000, got '0'
report missing.rec|1|teavmx: missing.rec: No such file or directory
report ok.cup|1|teavmx: ok.cup: not a recording of teavmx
report /dev/null|1|teavmx: /dev/null: empty
diff|2|teavmx: diff: expected two recordings, A and B
diff a|2|teavmx: diff: expected two recordings, A and B
diff a b c|2|teavmx: diff: expected two recordings, A and B
diff ok.cup ok.cup|1|teavmx: ok.cup: not a recording of teavmx
export|2|teavmx: export: expected a recording FILE
export missing|2|teavmx: export: expected --perfetto or --html, with the file to write
export a b --html c|2|teavmx: export: one FILE at a time, 'b' is one too many
export --html|2|teavmx: export: option '--html' needs a value
export missing --html out|1|teavmx: missing: No such file or directory
monitor --from 1|2|teavmx: monitor: --from: expected --vm with it, as every VM counts by itself
TABLE

for arguments in "raw --reg foo flat.bin" "raw --reg foo=1 flat.bin" "regs 1.1 foo=1"; do
	# shellcheck disable=SC2086
	"$TEAVMX" $arguments >out 2>err </dev/null
	ktap_same "teavmx $arguments: where the names are" \
		"2|see 'teavmx help regs' for the names" "$?|$(sed -n 2p err)"
done
"$TEAVMX" raw ok.cup >out 2>err </dev/null
ktap_same "teavmx raw ok.cup: what to use" \
	"run it with 'teavmx run'; to execute its bytes as x86 code, give --mode" \
	"$(sed -n 2p err)"
# A 32-bit ELF file of four bytes at 0x8048000
{
	printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0'
	printf '\0\200\4\10\64\0\0\0\0\0\0\0\0\0\0\0\64\0\40\0\1\0\0\0\0\0\0\0'
	printf '\1\0\0\0\0\0\0\0\0\200\4\10\0\200\4\10\4\0\0\0\4\0\0\0\5\0\0\0\1\0\0\0'
} >high.elf
head -c 60 high.elf >short.elf
for arguments in high.elf "--mode real high.elf"; do
	# shellcheck disable=SC2086
	"$TEAVMX" raw $arguments >out 2>err </dev/null
	ktap_same "teavmx raw $arguments: what to do" \
		"1|link it to a lower address (ld -Ttext=0x7c00), or make a flat binary of it (objcopy -O binary) and see --mode, --load and --memory" \
		"$?|$(sed -n 2p err)"
done
"$TEAVMX" raw short.elf >out 2>err </dev/null
ktap_same "teavmx raw short.elf: no advice" \
	"teavmx: short.elf: an ELF file that is cut short: its program headers are missing" "$(cat err)"
"$TEAVMX" raw --mode long --memory 1G high.elf >out 2>err </dev/null
ktap_same "teavmx raw in another mode: what can begin there" \
	"1|a flat binary can: objcopy -O binary FILE.elf FILE.bin" "$?|$(sed -n 2p err)"
# A register whose name is known is refused later, for its value.
"$TEAVMX" help regs | sed '/^Names/,/^$/!d; s/:.*//; s/,/ /g; s/^ *fpu.*//' >names
for name in $(tr ' ' '\n' <names | grep '^[a-z]'); do
	case $name in each | also | with | and) continue ;; esac
	"$TEAVMX" regs 1.1 "$name=x" 2>err
	ktap_same "help regs: $name is a register" \
		"teavmx: regs: $name: expected a number of 64 bits, got 'x'" "$(head -n 1 err)"
done
if [ -e "$here/../../../uapi/regs.h" ]; then
	missing=$(sed -n 's/^\tX([A-Z0-9_]*, [0-9a-fx]*, "\([^"]*\)".*/\1/p' "$here/../../../uapi/regs.h" |
		while read -r name; do
			case $name in
			[gi]dtr.*) ;;
			*.base | *.limit | *.rights) continue ;;
			esac
			grep -qw -- "$name" names || echo "$name"
		done)
	ktap_same "help regs: every register" "" "$missing"
fi

# The dynamic linker takes most of the time of a verb that does little.
for program in "$TEA" "$TEAVMX"; do
	ktap_same "${program##*/} needs no shared library but that of C when it starts" \
		"libc.so" "$(LD_TRACE_LOADED_OBJECTS=1 "$(command -v "$program")" |
			sed -n 's/^[[:space:]]*\(lib.*\.so\).* => .*/\1/p')"
done

if [ -e /sys/module/teavmx ]; then
	ktap_skip "without a module" "the module is loaded here"
	ktap_finish
fi

# A machine that could not run the module if it had it says that and offers another.
cause="^teavmx: engine: .*($(uname -r))\|^teavmx: engine: .* $(uname -r)"
step='modprobe teavmx\|insmod build/module/'
if ! grep -qw vmx /proc/cpuinfo && ! grep -qs '/teavmx\.ko' "/lib/modules/$(uname -r)/modules.dep"; then
	cause="^teavmx: engine: this machine cannot run guests in VMX: the processor "
	step='make shell$'
	"$TEAVMX" info >out 2>err </dev/null
	grep -q "$cause.*has no VMX" err
	ktap_result $? "without VMX: the processor is the first cause"
	ktap_same "without VMX: an emulated host is the next step" \
		"for an emulated Intel host, in the sources of teavmx: make shell" \
		"$(tail -n 1 err)"
	"$TEAVMX" doctor >out 2>err </dev/null
	head -n 1 out | grep -q '^CPU  *wrong  *.*has no VMX' &&
		sed -n 2p out | grep -q 'make shell'
	ktap_result $? "without VMX: teavmx doctor has the same at first"
else
	ktap_skip "without VMX: an emulated host is the next step" "VMX or the module is here"
fi

# A report is shared without an engine, too.
"$TEAVMX" selftest --share >out 2>err </dev/null
ktap_same "without a module: a shared report, status 3" 3 $?
contains "without a module: the report has the kernel" out "kernel: "
contains "without a module: the report has the cause" out \
	"unusable: $(sed -n '1s/^teavmx: //p' err | cut -c 1-40)"
contains "without a module: the report has no module" out "module: none"

# Each verb that needs the engine gives the cause and one next step, and 3.
for verb in "" info caps list monitor "record -o a.rec" "kill 1" "kill 1.1" "run ok.cup" \
	"vmcs 1.1" "regs 1 1" "regs 1.1 cs.base=0 rip=0x7c00" \
	"mem 1 read 0 64K --raw" "mem 1 write 0xff0 EBfe 90 --linear 1" \
	"mem 1 write 0 @ok.cup" "inject 1.1 pf" "inject 1 1 0x20 --type soft-int -l 2" \
	"step 1 1 5 -a 0xff" "continue 1.1 --exits 1 --time 10ms" "pause 1.1" \
	"snapshot 1" "reset 1" "clone 1" "dirty 1" "profile 1" \
	"break 1.1 0x7c00 --kind access --size 4" "break 1.1 --delete" "break 1" "break 1.1" "gdb 0 1" "gdb - 1" "gdb ./socket 1 --once" \
	"route 1" "route 1 in=raw cpuid=host 12=builtin HLT --exceptions pf,6" \
	"raw flat.bin" "raw --mode real ok.cup" "slots 1" "slots new 0=ok.cup 11= -s 9" "send 1 0202 1601" \
	"feed 1" "feed 1 ok.cup" "gallery" "gallery cpuid hlt" "run --feed ok.cup --slot 3=ok.cup ok.cup" \
	"run --host-port 0xffff=65535 --host-ports cat ok.cup" "run --repeat 3 ok.cup" \
	"map ok.cup"; do
	# shellcheck disable=SC2086
	"$TEAVMX" $verb >out 2>err </dev/null
	got=$?
	ktap_same "teavmx $verb: status without a module" 3 "$got"
	ktap_same "teavmx $verb: cause and next step" "2 0" \
		"$(wc -l <err) $(wc -c <out)"
	grep -q "$cause" err
	ktap_result $? "teavmx $verb: names the running kernel, or what the processor lacks"
	tail -n 1 err | grep -q "$step"
	ktap_result $? "teavmx $verb: names the command to run"
done
"$TEAVMX" info --json >out 2>err
grep -q '^{"error":{"code":3,"errno":2,"message":"engine: .*","hint":".*"}}$' err
ktap_result $? "the same as JSON"
ktap_same "no JSON on standard output then" "" "$(cat out)"
"$TEAVMX" help >/dev/full 2>err
ktap_same "a full disk is noticed" "1|teavmx: standard output: No space left on device" \
	"$?|$(cat err)"
for objects in vms vcpus; do
	"$TEAVMX" __complete $objects >out 2>err
	ktap_same "no candidates ($objects) without a module, and no words" \
		"0||" "$?|$(cat out)|$(cat err)"
done
ktap_finish
