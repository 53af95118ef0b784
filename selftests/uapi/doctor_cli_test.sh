#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx doctor FILE: exit status, findings and notes of good and bad dumps.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

# doctor STATUS NAME OPTION...: judge the file "dump"
doctor()
{
	wanted=$1
	name=$2
	shift 2
	"$TEAVMX" doctor dump "$@" >out 2>err </dev/null
	ktap_same "$name: status" "$wanted" $?
}

# prints FILE TEXT: is the text a part of what was printed?
prints()
{
	contains "$name: $2" "$1" "$2"
}

# What KVM of Linux 6.12 logs of an entry with a bad CS
kvm_log()
{
	sed 's/^/[  812.301754] kvm_intel: /' <<-'LOG'
	VMCS 00000000b5d2d5c3, last attempted VM-entry on CPU 1
	*** Guest State ***
	CR0: actual=0x0000000080000031, shadow=0x0000000080000031, gh_mask=fffffffffffefff7
	CR4: actual=0x0000000000002020, shadow=0x0000000000000020, gh_mask=fffffffffffef871
	CR3 = 0x0000000000001000
	RSP = 0x0000000000002000  RIP = 0x0000000000001000
	RFLAGS=0x00000002         DR7 = 0x0000000000000400
	Sysenter RSP=0000000000000000 CS:RIP=0000:0000000000000000
	CS:   sel=0x0008, attr=0x00093, limit=0x000fffff, base=0x0000000000000000
	DS:   sel=0x0010, attr=0x00093, limit=0x000fffff, base=0x0000000000000000
	SS:   sel=0x0010, attr=0x00093, limit=0x000fffff, base=0x0000000000000000
	ES:   sel=0x0010, attr=0x00093, limit=0x000fffff, base=0x0000000000000000
	FS:   sel=0x0010, attr=0x00093, limit=0x000fffff, base=0x0000000000000000
	GS:   sel=0x0010, attr=0x00093, limit=0x000fffff, base=0x0000000000000000
	GDTR:                           limit=0x0000ffff, base=0x0000000000000000
	LDTR: sel=0x0000, attr=0x00082, limit=0x0000ffff, base=0x0000000000000000
	IDTR:                           limit=0x0000ffff, base=0x0000000000000000
	TR:   sel=0x0000, attr=0x0008b, limit=0x0000ffff, base=0x0000000000000000
	EFER= 0x0000000000000000 (effective)
	DebugCtl = 0x0000000000000000  DebugExceptions = 0x0000000000000000
	Interruptibility = 00000000  ActivityState = 00000000
	*** Host State ***
	RIP = 0xffffffffc09f5d50  RSP = 0xffffaf7c80a4fd18
	CS=0010 SS=0018 DS=0000 ES=0000 FS=0000 GS=0000 TR=0040
	FSBase=00007f1f6d5406c0 GSBase=ffff94553bd00000 TRBase=fffffe0000003000
	GDTBase=fffffe0000001000 IDTBase=fffffe0000000000
	CR0=0000000080050033 CR3=000000010a2ec000 CR4=0000000000372ee0
	Sysenter RSP=fffffe0000003000 CS:RIP=0010:ffffffff9c001850
	*** Control State ***
	CPUBased=0xb5a06dfa SecondaryExec=0x00000002 TertiaryExec=0x0000000000000000
	PinBased=0x0000007f EntryControls=000011ff ExitControls=00036fff
	ExceptionBitmap=00060042 PFECmask=00000000 PFECmatch=00000000
	VMEntry: intr_info=00000000 errcode=00000000 ilen=00000000
	VMExit: intr_info=00000000 errcode=00000000 ilen=00000000
	        reason=80000021 qualification=0000000000000000
	IDTVectoring: info=00000000 errcode=00000000
	TSC Offset = 0xffffff3d1d3e6b2c
	EPT pointer = 0x000000010a2f901e
	LOG
}

rule="finding: guest CS access rights 0x93: not a code segment (SDM: Checks on Guest Segment Registers)"

ktap_start
cd "$work" || exit 1

kvm_log >dump
doctor 6 "KVM, 6.12"
prints out "dump 1, line 2, format kvm: "
prints out "the processor reported: exit reason 0x80000021: VM entry failed: invalid guest state"
prints out "$rule"
prints out "not checked without IA32_VMX_CR0_FIXED0: guest CR0 CR0_FIXED"
prints out "not checked without LINK_POINTER: VMCS link pointer ADDRESS_ALIGNMENT"
ktap_same "$name: nothing to note" "" "$(cat err)"

sed 's/kvm_intel: //' dump >dump61
mv dump61 dump
doctor 6 "KVM, 6.1"
prints out "$rule"

doctor 6 "JSON" --json
prints out '"findings":[{"field":"GUEST_CS_ACCESS_RIGHTS","encoding":18454,"value":"0x93","rule":"NOT_CODE_SEGMENT"'
prints out '"exit_reason":2147483681'
prints out '"missing":"IA32_VMX_CR0_FIXED0"'
prints out '"notes":[]'

{ cat dump; kvm_log | sed 's/0x00093/0x0009b/'; } >both
mv both dump
doctor 6 "two dumps"
prints err "dump: line 40: another dump begins here"
prints out "dump 2, line 40, format kvm: "

kvm_log | head -n 20 >dump
doctor 0 "cut off"
prints err "dump: line 20: the dump of line 2 has no host state: it is cut off"
prints out "not checked without PRIMARY_CONTROLS"
matches "cut off: how much was checked" out '^[0-9]+ rules checked, [0-9]+ NOT, for lack of [0-9]+ values$'
ktap_same "cut off: this is the last line" "$(tail -n 1 out)" "$(grep 'rules checked' out)"

kvm_log | sed '/RSP = /s/ RIP = 0x.*/  RIP = 0x00000/' >dump
doctor 6 "cut in a line"
prints err "dump: line 6: GUEST_RIP: the line is cut off or garbled here"
prints out "$rule"

kvm_log | sed 's/sel=0x0008/sel=0x12345/; s/CR3 = 0x/CR3 = 0x1/' >dump
doctor 6 "large numbers"
prints err "dump: line 5: GUEST_CR3: the number is too large"
prints err "dump: line 9: GUEST_CS_SELECTOR: 0x12345 is too large for a field of 16 bits"
prints out "$rule"

kvm_log | sed '1,22d' >dump
doctor 0 "cut at the beginning"
prints err "dump: line 16: the dump of line 1 has no guest state: it is cut off"
prints out "no rule that could be checked is broken"

printf '%s\n' '# by hand' 'guest_cs_access_rights = 0x93' '0x6820: 2' \
	'VMCS_FIELD_GUEST_CR0 49' 'ENTRY_CONTROLS 0x11ff' \
	'SECONDARY_CONTROLS 2' 'PRIMARY_CONTROLS 0x80000000' \
	'GUEST_CRO 1' 'VPID' 'VPID x' >dump
doctor 6 "list"
prints out "dump 1, line 2, format list: 6 VMCS fields, 0 capability MSRs"
prints out "$rule"
prints err "dump: line 8: no VMCS field is called 'GUEST_CRO', did you mean 'GUEST_CR0'?"
prints err "dump: line 9: VPID: the value is missing"
prints err "dump: line 10: VPID: 'x' is no number of at most 64 bits"

# The names that <asm/vmx.h> of Linux has, where they differ
while read -r encoding other; do
	printf '%s 0\n%s 0\n' "$encoding" "$other" >dump
	"$TEAVMX" doctor dump 2>&1 >out </dev/null |
		grep -q '^dump: line 2: another dump begins here$' || echo "$other"
done >wrong <<'NAMES'
0x0000 VIRTUAL_PROCESSOR_ID
0x0002 POSTED_INTR_NV
0x0810 GUEST_INTR_STATUS
0x0812 GUEST_PML_INDEX
0x2004 MSR_BITMAP
0x2006 VM_EXIT_MSR_STORE_ADDR
0x2008 VM_EXIT_MSR_LOAD_ADDR
0x200a VM_ENTRY_MSR_LOAD_ADDR
0x2012 VIRTUAL_APIC_PAGE_ADDR
0x2014 APIC_ACCESS_ADDR
0x2016 POSTED_INTR_DESC_ADDR
0x2018 VM_FUNCTION_CONTROL
0x201c EOI_EXIT_BITMAP0
0x201e EOI_EXIT_BITMAP1
0x2020 EOI_EXIT_BITMAP2
0x2022 EOI_EXIT_BITMAP3
0x202c XSS_EXIT_BITMAP
0x2034 TERTIARY_VM_EXEC_CONTROL
0x2800 VMCS_LINK_POINTER
0x2802 GUEST_IA32_DEBUGCTL
0x2804 GUEST_IA32_PAT
0x2806 GUEST_IA32_EFER
0x2808 GUEST_IA32_PERF_GLOBAL_CTRL
0x280a GUEST_PDPTR0
0x280c GUEST_PDPTR1
0x280e GUEST_PDPTR2
0x2810 GUEST_PDPTR3
0x2814 GUEST_IA32_RTIT_CTL
0x2c00 HOST_IA32_PAT
0x2c02 HOST_IA32_EFER
0x2c04 HOST_IA32_PERF_GLOBAL_CTRL
0x4000 PIN_BASED_VM_EXEC_CONTROL
0x4002 CPU_BASED_VM_EXEC_CONTROL
0x4006 PAGE_FAULT_ERROR_CODE_MASK
0x4008 PAGE_FAULT_ERROR_CODE_MATCH
0x400c VM_EXIT_CONTROLS
0x400e VM_EXIT_MSR_STORE_COUNT
0x4010 VM_EXIT_MSR_LOAD_COUNT
0x4012 VM_ENTRY_CONTROLS
0x4014 VM_ENTRY_MSR_LOAD_COUNT
0x4016 VM_ENTRY_INTR_INFO_FIELD
0x4018 VM_ENTRY_EXCEPTION_ERROR_CODE
0x401a VM_ENTRY_INSTRUCTION_LEN
0x401e SECONDARY_VM_EXEC_CONTROL
0x4400 VM_INSTRUCTION_ERROR
0x4402 VM_EXIT_REASON
0x4404 VM_EXIT_INTR_INFO
0x4406 VM_EXIT_INTR_ERROR_CODE
0x4408 IDT_VECTORING_INFO_FIELD
0x440c VM_EXIT_INSTRUCTION_LEN
0x440e VMX_INSTRUCTION_INFO
0x4814 GUEST_ES_AR_BYTES
0x4816 GUEST_CS_AR_BYTES
0x4818 GUEST_SS_AR_BYTES
0x481a GUEST_DS_AR_BYTES
0x481c GUEST_FS_AR_BYTES
0x481e GUEST_GS_AR_BYTES
0x4820 GUEST_LDTR_AR_BYTES
0x4822 GUEST_TR_AR_BYTES
0x4824 GUEST_INTERRUPTIBILITY_INFO
0x4826 GUEST_ACTIVITY_STATE
0x482e VMX_PREEMPTION_TIMER_VALUE
0x4c00 HOST_IA32_SYSENTER_CS
0x6000 CR0_GUEST_HOST_MASK
0x6002 CR4_GUEST_HOST_MASK
0x6004 CR0_READ_SHADOW
0x6006 CR4_READ_SHADOW
0x6008 CR3_TARGET_VALUE0
0x600a CR3_TARGET_VALUE1
0x600c CR3_TARGET_VALUE2
0x600e CR3_TARGET_VALUE3
0x6822 GUEST_PENDING_DBG_EXCEPTIONS
0x6c10 HOST_IA32_SYSENTER_ESP
0x6c12 HOST_IA32_SYSENTER_EIP
NAMES
ktap_same "list: names of Linux that are not known" "" "$(cat wrong)"
printf '%s\n' 'STATE 1' 'GUEST_AR_BYTES 1' 'guest_cs_ar_bytes 0x93' \
	'GUEST_RFLAGS 2' 'GUEST_CR0 49' 'VM_ENTRY_CONTROLS 0x11ff' \
	'SECONDARY_VM_EXEC_CONTROL 2' 'CPU_BASED_VM_EXEC_CONTROL 0x80000000' >dump
doctor 6 "list with names of Linux"
prints out "$rule"
prints err "dump: line 1: no VMCS field is called 'STATE'"
prints err "dump: line 2: no VMCS field is called 'GUEST_AR_BYTES'"

# HOST_CR4 is wrong as well, but it is of the group that the processor did not name.
printf '%s\n' 'EXIT_REASON 0x80000021' 'GUEST_RFLAGS 0' 'HOST_CR4 0' \
	'EXIT_CONTROLS 0x200' 'GUEST_CR3=0, GUEST_CR4=0' \
	'EXIT_QUALIFICATION 0x20001 out, port 0x2, size 2' \
	'PRIMARY_CONTROLS 0, 0x4002=0' >dump
doctor 6 "list with an exit reason"
prints out "the processor reported: exit reason 0x80000021"
prints out "finding: guest RFLAGS 0x0: bit 1 must be 1"
prints err "dump: line 5: GUEST_CR4: a second field in a line is not read"
prints err "dump: line 7: 0x4002: a second field in a line is not read"
grep "line 6:" err
ktap_same "list with an exit reason: the meaning of a value is no field" 1 $?
grep -q "host CR4 0x0:" out
ktap_same "list with an exit reason: the other group" 1 $?

printf 'GUEST_CR0 0x31\nPRIMARY_CONTROLS 0\n' >dump
printf '%s\n' '{"cpus":[{"cpu":0,"msrs":[' \
	'{"number":1158,"name":"CR0_FIXED0","value":2147483681},' \
	'{"number":1159,"name":"CR0_FIXED1","value":4294967295}]}],' \
	'"words":{"PHYSICAL_BITS":46}}' >caps
doctor 6 "capabilities of a file" --caps caps
prints out "finding: guest CR0 0x31: a bit of CR0 has not the value that VMX operation needs"
doctor 2 "no capabilities" --caps dump
prints err "dump: no capability MSRs"

{ cat dump; echo 'IA32_VMX_CR0_FIXED0 0x20'; } >own
mv own dump
doctor 0 "capabilities of a file beside the dump's own" --caps caps
prints err "dump: line 1: the dump has capability MSRs of its own, those of --caps are not used"
doctor 0 "capabilities of a file beside the dump's own in JSON" --caps caps --json
prints out '"line":1,"text":"the dump has capability MSRs of its own, those of --caps are not used"'
name="standard input for both"
"$TEAVMX" doctor - --caps - >out 2>err <dump
ktap_same "$name: status" 2 $?
prints err "teavmx: doctor: FILE and --caps cannot both be standard input"

printf '%s\n' '{"instruction_error":8,"fields":[' \
	'{"name":"EXIT_CONTROLS","value":224255},' \
	'{"name":"HOST_TR_SELECTOR","value":0}]}' >dump
doctor 6 "host state"
prints out "the processor reported: VM-instruction error 8: "
prints out "finding: host TR selector 0x0: must not be null"
ktap_same "$name: nothing about this machine" 0 "$(grep -c '^CPU' out)"

printf '%s\n' '{"instruction_error":4294967304,"fields":[' \
	'{"name":"GUEST_CR0","value":49}]}' >dump
doctor 0 "an error number that is too large"
prints err "dump: line 1: instruction_error is no number of at most 32 bits"
ktap_same "$name: no verdict of the processor" 0 "$(grep -c '^the processor' out)"

printf '{"vm":1,"fields":[{"encoding":18454,"value":147},{"encod' >dump
doctor 0 "JSON that is cut off"
prints err "dump: line 1: "
prints out "format json: 1 VMCS fields"

# A terminal executes ESC, and a cut in a character of two bytes is no UTF-8.
printf '%s\n' '{"fields":[{"name":"GUEST_CR0","value":49}],"words":{' \
	'"\u001b[31mred":1,"123456789012345678901234567890123456789\u00e9":1}}' >dump
doctor 0 "strange bytes"
prints err "dump: line 1: words: '?[31mred' is not known, or has no number"
prints err "dump: line 1: words: '123456789012345678901234567890123456789?' is not"
doctor 0 "strange bytes in JSON" --json
prints out "123456789012345678901234567890123456789?' is not known"

# A path need not be UTF-8, and its notes are shown all the same.
path=$(printf 'dump\377')
printf 'GUEST_CR0 0x31\nVPID\n' >"$path"
"$TEAVMX" doctor --json "$path" >out </dev/null
name="path that is no UTF-8"
ktap_same "$name: status" 0 $?
prints out '"line":2,"text":"VPID: the value is missing"'

# What is done for a line that no note is shown of must be little.
yes 'Nov_abcdefghijklmn host kernel: something' | head -n 200000 >dump
name="large file of anything else"
timeout 10 "$TEAVMX" doctor dump >out 2>&1 </dev/null
ktap_same "$name: status" 2 $?

ktap_finish
