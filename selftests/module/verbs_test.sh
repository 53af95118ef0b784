#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The verbs that look into a stopped vCPU of a raw VM, change it and let it run:
# what they print, and their exit statuses. Needs VMX.

# shellcheck disable=SC2154 # verbs.sh sets n and v
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/verbs.sh
. "$(dirname "$0")/verbs.sh"

ktap_start

needs_vmx verbs

vm 1
ktap_result $? "a raw VM"

# mem
prints "mem write" 0 "" mem "$n" write 0x500 48656c6c 6f00 FF
prints "mem read" 0 \
	"000004ff  00 48 65 6c 6c 6f 00 ff  00 00                    |.Hello....||00000509" \
	mem "$n" read 0x4ff 10
# The emulator's columns are those of hexdump -C.
teavmx mem "$n" read 0 4K >"$work/dump"
teavmx mem "$n" read 0 4K --raw | hexdump -C >"$work/wanted"
cmp -s "$work/dump" "$work/wanted"
ktap_result $? "mem read: as hexdump -C"
prints "mem --json" 0 "{\"vm\":$n,\"address\":\"0x500\",\"data\":\"48656c6c6f\"}" \
	mem "$n" read 0x500 5 --json
teavmx mem "$n" read 0 4K --raw >&- 2>"$work/err"
ktap_same "mem read --raw without standard output" \
	"1|teavmx: standard output" "$?|$(sed 's/: [A-Zn].*//' "$work/err")"
head -c 100000 /dev/urandom >"$work/random"
verb mem "$n" write 0x10001 "@$work/random"
ktap_same "mem write @FILE" "0||" "$?|$(cat "$work/out")|$(cat "$work/err")"
teavmx mem "$n" read 0x10001 100000 --raw | cmp -s - "$work/random"
ktap_result $? "mem read --raw: the same bytes"
printf abc | teavmx mem "$n" write 0x600 @-
prints "mem write @-" 0 "{\"vm\":$n,\"address\":\"0x600\",\"data\":\"616263\"}" \
	mem "$n" read 0x600 3 -j
prints "mem read: the last byte" 0 "000fffff  00                                                |.||00100000" \
	mem "$n" read 0xfffff 1
fails "mem read beyond RAM" 1 '^teavmx: .*' mem "$n" read 0xfffff 2
fails "mem read of more than RAM" 1 \
	"^teavmx: VM $n has 1048576 bytes of RAM: 1073741824 bytes at 0x5000 go beyond it\$" \
	mem "$n" read 0x5000 1G
fails "mem write beyond RAM" 1 '^teavmx: .*' mem "$n" write 0x100000 00
prints "mem read --linear in real mode" 0 "00000600  61 62 63                                          |abc||00000603" \
	mem "$n" read 0x600 3 --linear 1

# regs
verb regs "$v"
ktap_same "regs: status" 0 $?
matches "regs: a plain one" "$work/out" '  rip 0x0000000000000000$'
matches "regs: flags" "$work/out" '^  rflags +0x0000000000000202  IF$'
matches "regs: a segment" "$work/out" '^  cs   0000 0000000000000000 0000ffff 000[0-9a-f]{2} code rx, accessed, dpl 0, 16-bit$'
prints "regs: set" 0 "" regs "$v" rax=0x1122334455667788 rbx=7 cs.base=0x10
verb regs "$v"
matches "regs: they are set" "$work/out" '^  rax 0x1122334455667788 .*'
matches "regs: a hidden part, too" "$work/out" '^  cs   0000 0000000000000010 '
prints "regs: set back" 0 "" regs "$v" rax=0 rbx=0 cs.base=0
fails "regs: a bit that CR0 lacks" 1 '^teavmx: .*' regs "$v" rbx=1 cr0=0x90
fails "regs: a refused value" 1 ': the address is not canonical \(attribute register lstar\)$' \
	regs "$v" rbx=1 lstar=0x8000000000000000 star=1
fails "regs: a refused word of the FPU" 1 '\(attribute register fpu.3\)$' \
	regs "$v" rbx=1 fpu.3=0xffffffff
verb regs "$v" --json
matches "regs: all or nothing; JSON" "$work/out" '"rbx":"0x0",'
matches "regs --json: decoded" "$work/out" '"rflags":\["IF"\]'
verb regs "$v" cr0=0x80000010
ktap_same "regs: paging without protection: status" 0 $?
matches "regs: paging without protection: a warning" "$work/err" \
	'^teavmx: with these registers, the next VM entry fails$'
matches "regs: paging without protection: the finding" "$work/err" \
	'^finding: guest CR0 0x80000030: CR0.PG needs CR0.PE \(SDM: '
verb regs "$v" cr0=0x80000010 --json
matches "regs: paging without protection, --json" "$work/out" \
	"^\{\"vm\":$n,\"vcpu\":1,\"findings\":\[\{\"field\":\"GUEST_CR0\","
prints "regs: no warning without a finding" 0 "" regs "$v" cr0=0x60000010
prints "regs: a word of the FPU" 0 "" regs "$v" fpu.20=0x1234
verb regs --fpu "$v"
matches "regs --fpu" "$work/out" 'mm0 +0x0*1234$'

# mov ax,0x1234; mov bx,ax; inc bx; mov [0x700],ax; out 0x80,al; in al,0x60;
# hlt; jmp .
run_at 0x7c00 b8341289c343a30007e680e460f4ebfe
ktap_result $? "a payload"
# continue
prints "continue: to an exit" 0 \
	"stopped: an exit for the host program: 30 IO_INSTRUCTION: out, port 0x80, size 1, immediate port, value 0x34|rip 0x7c09: out 0x80, al" \
	continue "$v"
prints "what the payload wrote" 0 "{\"vm\":$n,\"address\":\"0x700\",\"data\":\"3412\"}" \
	mem "$n" read 0x700 2 -j
verb vmcs "$v"
ktap_same "vmcs: status" 0 $?
matches "vmcs: exit reason" "$work/out" '^  EXIT_REASON +0x1e +IO_INSTRUCTION$'
matches "vmcs: exit qualification" "$work/out" '^  EXIT_QUALIFICATION +0x[0-9a-f]+$'
matches "vmcs: decoded" "$work/out" '^      out, port 0x80, size 1, immediate port$'
matches "vmcs: controls" "$work/out" '(^| )HLT_EXITING,'
matches "vmcs: access rights" "$work/out" '^      data rw, accessed, dpl 0, 16-bit$'
for title in "exit information" "guest state" controls; do
	matches "vmcs: $title" "$work/out" "^$title\$"
done
verb vmcs --long "$v"
matches "vmcs --long" "$work/out" '^  0x681e GUEST_RIP                   0x0000000000007c09$'
verb vmcs --json "$v"
matches "vmcs --json" "$work/out" \
	'\{"encoding":17410,"name":"EXIT_REASON","text":"exit reason","area":"exit","value":"0x1e","decoded":\["IO_INSTRUCTION"\]\}'
verb continue "$v"
matches "continue without an answer: again" "$work/out" 'out, port 0x80,'
verb continue "$v" --answer 0 --json
matches "continue --answer: past it" "$work/out" \
	"^\\{\"vm\":$n,\"vcpu\":1,\"stop\":\"exit\",\"exit\":\\{\"reason\":30,\"name\":\"IO_INSTRUCTION\",.*\"direction\":\"in\",\"port\":96,.*\"rip\":\"0x7c0b\",\"instruction\":\"in al, 0x60\"\\}\$"
prints "continue --answer: on to HLT" 0 \
	"stopped: an exit for the host program: 12 HLT|rip 0x7c0d: hlt" \
	continue "$v" --answer 0x41
verb regs "$v"
matches "continue --answer: the value arrives" "$work/out" '^  rax 0x0000000000001241 '

# a loop: detached, paused, interrupted
run_at 0x7000 ebfe
prints "continue --detach" 0 "" continue "$v" --detach
fails "regs of a running vCPU" 1 '^teavmx: .*' regs "$v"
prints "mem of a running VM" 0 "{\"vm\":$n,\"address\":\"0x7000\",\"data\":\"ebfe\"}" \
	mem "$n" read 0x7000 2 -j
prints "pause" 0 "stopped: as requested|rip 0x7000: jmp 0x7000" pause "$v"
teavmx continue "$v" >"$work/out" 2>"$work/err" </dev/null &
continued=$!
within 5 shows running teavmx list
usleep 200000
kill -INT $continued
wait $continued
ktap_same "Ctrl-C pauses: status 7" "7|stopped: interrupted|rip 0x7000: jmp 0x7000" \
	"$?|$(cat "$work/out" "$work/err" | paste -sd '|')"

# step: mov ax,0x1234; mov bx,ax; inc bx; out 0x80,al; in al,0x60; hlt
teavmx regs "$v" rax=0 rbx=0 rflags=0x202
run_at 0x7300 b8341289c343e680e460f4
prints "step" 0 \
	"stopped: it has executed as many instructions as allowed|rip 0x7303: mov bx, ax|rax 0x1234, was 0x0" \
	step "$v"
verb step "$v" --json
ktap_same "step --json: status" 0 $?
matches "step --json" "$work/out" \
	"^\\{\"vm\":$n,\"vcpu\":1,\"stop\":\"steps\",\"rip\":\"0x7305\",\"instruction\":\"inc bx\",\"changed\":\\{\"rbx\":\\{\"before\":\"0x0\",\"after\":\"0x1234\"\\},\"rip\":\\{\"before\":\"0x7303\",\"after\":\"0x7305\"\\}\\}\\}\$"
prints "step N: an exit comes first" 0 \
	"stopped: an exit for the host program: 30 IO_INSTRUCTION: out, port 0x80, size 1, immediate port, value 0x34|rip 0x7306: out 0x80, al|rbx 0x1235, was 0x1234|rflags 0x206, was 0x202" \
	step "$v" 5
prints "step --answer: past it" 0 \
	"stopped: it has executed as many instructions as allowed|rip 0x7308: in al, 0x60" \
	step "$v" --answer 0
prints "step: to IN" 0 \
	"stopped: an exit for the host program: 30 IO_INSTRUCTION: in, port 0x60, size 1, immediate port|rip 0x7308: in al, 0x60" \
	step "$v"
verb step "$v" --answer 0x41 --json
matches "step --answer --json: the value arrives" "$work/out" \
	'"stop":"steps","rip":"0x730a","instruction":"hlt","changed":\{"rax":\{"before":"0x1234","after":"0x1241"\},'
prints "step: to HLT" 0 "stopped: an exit for the host program: 12 HLT|rip 0x730a: hlt" \
	step "$v" 7

# inject: handlers of 0x20 and 0x21 store a byte: mov byte [0x500],0x77; iret
teavmx mem "$n" write 0x80 0074000010740000
teavmx mem "$n" write 0x7400 c606000577cf
teavmx mem "$n" write 0x7410 c606010588cf
teavmx mem "$n" write 0x500 0000
teavmx regs "$v" rsp=0x7000
run_at 0x7500 90f4
prints "inject" 0 "1 event waiting" inject "$v" 0x20
prints "inject --json" 0 '{"pending":2}' inject "$v" 0x21 --type external --json
prints "inject: the payload goes on" 0 \
	"stopped: an exit for the host program: 12 HLT|rip 0x7501: hlt" continue "$v"
prints "inject: both came" 0 "{\"vm\":$n,\"address\":\"0x500\",\"data\":\"7788\"}" \
	mem "$n" read 0x500 2 -j
fails "inject: no such vCPU" 5 '^teavmx: .*' inject "$n.2" 0x20
fails "inject: an NMI of another vector" 1 '^teavmx: .*' \
	inject "$v" 0x20 --type nmi

# An interrupt does not end shutdown: the entry fails.
teavmx regs "$v" activity=2 rip=0x7500 && teavmx inject "$v" 0x20 >/dev/null
verb continue "$v"
ktap_same "a failed entry: status" 6 $?
matches "a failed entry: it stops" "$work/out" '^stopped: VM entry failed$'
matches "a failed entry: the reason" "$work/err" \
	'^teavmx: vCPU 1: .* \(reason 0x80000021, '
matches "a failed entry: the finding" "$work/err" '^finding: '
verb step "$v" --json
ktap_same "a failed entry, --json: status" 6 $?
matches "a failed entry, --json: the finding" "$work/out" \
	'"stop":"fail","findings":\[\{"field":.*"rule":'
matches "a failed entry, --json: the reason" "$work/err" '^\{"error":\{"code":6,'
teavmx regs "$v" activity=0
prints "a failed entry: it can be corrected" 0 \
	"stopped: an exit for the host program: 12 HLT|rip 0x7501: hlt" continue "$v"

# break: nop; nop; mov byte [0x500],0x99; nop; hlt
run_at 0x7600 9090c60600059990f4
prints "break" 0 "" break "$v" 0x7601
verb continue "$v"
ktap_same "break: it is met" "0|rip 0x7601: nop" "$?|$(sed -n 2p "$work/out")"
matches "break: the cause" "$work/out" '^stopped: a breakpoint'
prints "break --delete" 0 "" break "$v" 0x7601 --delete
fails "break --delete: it is gone" 5 '^teavmx: .*' break "$v" 0x7601 --delete
prints "break --kind write" 0 "" break "$v" 0x500 --kind write --size 1
verb continue "$v" --json
ktap_same "break --kind write: status" 0 $?
matches "break --kind write: it is met behind the instruction" "$work/out" \
	'"stop":"breakpoint",.*"rip":"0x7607","instruction":"nop"\}$'
prints "break: of a page" 0 "" break "$v" 0x7000 --kind page-execute
teavmx regs "$v" rip=0x7600
verb continue "$v"
matches "break: of a page: it is met" "$work/out" '^stopped: a breakpoint'
matches "break: of a page: at the instruction" "$work/out" '^rip 0x7600: nop$'
prints "break: the list" 0 \
	"vCPU kind         size address|   1 write           1 0x500| all page-execute    - 0x7000" \
	break "$n"
prints "break: the list of a vCPU, --json" 0 \
	"{\"vm\":$n,\"breakpoints\":[{\"vcpu\":1,\"kind\":\"write\",\"address\":\"0x500\",\"size\":1},{\"vcpu\":null,\"kind\":\"page-execute\",\"address\":\"0x7000\"}]}" \
	break "$v" --json
prints "break --delete: of a page" 0 "" break "$v" 0x7000 --kind page-execute --delete
prints "break --delete: all" 0 "" break "$v" --delete
prints "break: an empty list" 0 "teavmx: no breakpoints" break "$n"
prints "break: an empty list, --json" 0 "{\"vm\":$n,\"breakpoints\":[]}" break "$n" --json
prints "break: none is left" 0 "stopped: an exit for the host program: 12 HLT|rip 0x7608: hlt" \
	continue "$v"

# mem --linear with paging: 0x5000 is at 0x20000, 0x6000 at 0x30000
teavmx mem "$n" write 0x10000 03100100
teavmx mem "$n" write 0x11014 0300020003000300
prints "paging" 0 "" regs "$v" cr3=0x10000 cr0=0x80000011
prints "mem write --linear" 0 "" mem "$n" write 0x5ffe a1a2a3a4 --linear 1
prints "mem write --linear: the first page" 0 \
	"{\"vm\":$n,\"address\":\"0x20ffe\",\"data\":\"a1a2\"}" mem "$n" read 0x20ffe 2 -j
prints "mem write --linear: the second page" 0 \
	"{\"vm\":$n,\"address\":\"0x30000\",\"data\":\"a3a4\"}" mem "$n" read 0x30000 2 -j
prints "mem read --linear" 0 "{\"vm\":$n,\"address\":\"0x5ffe\",\"data\":\"a1a2a3a4\"}" \
	mem "$n" read 0x5ffe 4 --linear 1 -j
fails "mem read --linear: not mapped" 1 '^teavmx: .*' mem "$n" read 0x7000 1 --linear 1
prints "no paging" 0 "" regs "$v" cr0=0x10 cr3=0

# route: cpuid; ud2
run_at 0x7200 0fa20fa20f0b
verb route "$n"
matches "route: the table" "$work/out" '^ 10 CPUID                builtin$'
matches "route: what nothing else answers" "$work/out" '^ 12 HLT                  host$'
matches "route: exceptions" "$work/out" '^exceptions for the host: none$'
prints "route: change" 0 "" route "$n" cpuid=host --exceptions ud,13
prints "route: show one" 0 " 10 CPUID                host" route "$n" 10
verb route "$n" --json
matches "route --json" "$work/out" '\{"reason":10,"name":"CPUID","route":"host"\}.*"exceptions":\[\{"vector":6,"name":"#UD"\},\{"vector":13,"name":"#GP"\}\]\}$'
prints "route: CPUID exits" 0 "stopped: an exit for the host program: 10 CPUID|rip 0x7200: cpuid" \
	continue "$v"
prints "route: back" 0 "" route "$n" CPUID=builtin
verb continue "$v"
matches "route: CPUID is built in, #UD exits" "$work/out" \
	'^stopped: an exit for the host program: 0 EXCEPTION_NMI: .*#UD'
prints "route: no exceptions" 0 "" route "$n" --exceptions none

# Of what is not there, and of a VM of TEA programs
fails "regs: no such vCPU" 5 '^teavmx: .*' regs "$n.2"
fails "mem: no such VM" 5 '^teavmx: .*' mem 4000000000 read 0
fails "step: no such VM" 5 '^teavmx: .*' step 4000000000.1
fails "pause: no such vCPU" 5 '^teavmx: .*' pause "$n.2"
fails "route: no such VM" 5 '^teavmx: .*' route 4000000000
teavmx run --detach /usr/share/teavmx/examples/hello.cup >"$work/tea"
tea=$(cut -d. -f1 "$work/tea")
fails "break: a VM of TEA programs" 1 'vCPU 1 of VM [0-9]*: .* was not created to be debugged$' break "$tea"
fails "mem: a VM of TEA programs" 1 'not a raw one' mem "$tea" read 0
fails "mem: more than there is memory for, of such a VM" 1 'not a raw one' \
	mem "$tea" read 0x5000 1G
fails "route: a VM of TEA programs" 1 'runs TEA programs' route "$tea"
teavmx kill "$tea"

# A TEA process is paused and goes on as well, but shows no registers.
tea=$(teavmx run --detach /usr/share/teavmx/examples/loop.cup)
prints "pause of a TEA process" 0 "stopped: as requested" pause "$tea"
prints "step of a TEA process" 0 "stopped: it has executed as many instructions as allowed" \
	step "$tea"
prints "continue of a TEA process" 0 "stopped: it has used the time allowed" \
	continue "$tea" --time 1ms
prints "pause of a TEA process that is paused" 0 "stopped: it has used the time allowed" \
	pause "$tea"
prints "continue --steps of a TEA process" 0 \
	"stopped: it has executed as many instructions as allowed" \
	continue "$tea" --steps 5
prints "continue --exits of a TEA process" 0 \
	"stopped: it has made as many exits as allowed" \
	continue "$tea" --exits 1
teavmx continue "$tea" >"$work/out" 2>"$work/err" </dev/null &
continued=$!
within 5 shows running teavmx list
teavmx kill "${tea%.*}"
wait $continued
ktap_same "the end of a TEA process" "0|stopped: the process has ended|" \
	"$?|$(cat "$work/out")|$(cat "$work/err")"

# Killed while continue waits
run_at 0x7000 ebfe
teavmx continue "$v" >"$work/out" 2>"$work/err" </dev/null &
continued=$!
within 5 shows running teavmx list
teavmx kill "$v"
wait $continued
ktap_same "killed meanwhile" "6||teavmx: vCPU $v was killed" \
	"$?|$(cat "$work/out")|$(cat "$work/err")"
teavmx kill "$n"

# A snapshot, what is written after it, the way back, and another VM of it:
# incb 0x500; hlt; jmp to both
vm 1
teavmx mem "$n" write 0x7c00 fe060005f4ebf9 && teavmx regs "$v" rip=0x7c00
fails "reset: no snapshot" 5 'VM [0-9]*: the VM has no snapshot; take one first$' reset "$n"
fails "clone: no snapshot" 5 'VM [0-9]*: the VM has no snapshot; take one first$' clone "$n"
fails "dirty: no snapshot" 5 'VM [0-9]*: the VM has no snapshot; take one first$' dirty "$n"
prints "snapshot" 0 "" snapshot "$n"
prints "dirty: nothing yet" 0 "" dirty "$n"
prints "dirty: nothing yet, as JSON" 0 "{\"vm\":$n,\"pages\":[]}" dirty "$n" -j
verb continue "$v"
prints "dirty" 0 "0x0" dirty "$n"
prints "dirty as JSON" 0 "{\"vm\":$n,\"pages\":[\"0x0\"]}" dirty "$n" -j
prints "reset" 0 "" reset "$n"
prints "RAM after reset" 0 "{\"vm\":$n,\"address\":\"0x500\",\"data\":\"00\"}" \
	mem "$n" read 0x500 1 -j
verb clone "$n" -j
clone=$(sed -n 's/^{"vm":\([0-9]*\)}$/\1/p' "$work/out")
prints "continue of a clone" 0 "stopped: an exit for the host program: 12 HLT|rip 0x7c04: hlt" \
	continue "$clone.1"
prints "RAM of the clone" 0 "{\"vm\":$clone,\"address\":\"0x500\",\"data\":\"01\"}" \
	mem "$clone" read 0x500 1 -j
prints "RAM of its origin" 0 "{\"vm\":$n,\"address\":\"0x500\",\"data\":\"00\"}" \
	mem "$n" read 0x500 1 -j
verb clone "$n"
matches "clone as text" "$work/out" '^VM [0-9]*$'
teavmx kill "$(sed 's/^VM //' "$work/out")"
teavmx kill "$clone"
run_at 0x7000 ebfe
prints "a vCPU that runs" 0 "" continue "$v" --detach
fails "snapshot: a vCPU runs" 1 'VM [0-9]*: a vCPU of the VM runs; pause it first$' snapshot "$n"
fails "reset: a vCPU runs" 1 'VM [0-9]*: a vCPU of the VM runs; pause it first$' reset "$n"
teavmx kill "$n"
fails "snapshot: no such VM" 5 '^teavmx: .*' snapshot "$n"

# Two vCPUs, one memory
vm 2
teavmx mem "$n" write 0x7c00 c606000501f4 && teavmx regs "$n" 2 rip=0x7c00
prints "a second vCPU" 0 "stopped: an exit for the host program: 12 HLT|rip 0x7c05: hlt" \
	continue "$n" 2
prints "its RAM is that of the first" 0 "{\"vm\":$n,\"address\":\"0x500\",\"data\":\"01\"}" \
	mem "$n" read 0x500 1 -j
# A vCPU that is paused makes no record, however many the first one makes:
# cpuid; jmp to it
run_at 0x7000 0fa2ebfc
prints "a vCPU that makes events" 0 "" continue "$v" --detach
prints "pause of a paused vCPU beside it" 0 \
	"stopped: an exit for the host program: 12 HLT|rip 0x7c05: hlt" pause "$n" 2
for name in "that makes events" "that was paused just now"; do
	verb pause "$v"
	ktap_same "pause of a vCPU $name" "0|stopped: as requested" \
		"$?|$(head -n 1 "$work/out")"
done
verb __complete vcpus
ktap_same "completion of vCPUs" "$n.1 $n.2" "$(paste -sd ' ' "$work/out")"
teavmx kill "$n"
ktap_finish
