#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What KVM logs when the entry of its guest fails, and what teavmx doctor
# finds in it, with and without the capabilities of this machine.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

cd "$(dirname "$0")" || exit 1

rule="finding: guest CS access rights 0xc093: not a code segment (SDM: Checks on Guest Segment Registers)"

# reason: why there is no KVM whose guest can be broken, or nothing
reason()
{
	if ! has_vmx; then
		echo "no VMX here"
	elif ! modprobe kvm_intel unrestricted_guest=0 \
		emulate_invalid_guest_state=0 dump_invalid_vmcs=1 \
		2>"$work/err"; then
		echo "no kvm_intel here: $(head -n 1 "$work/err")"
	elif [ ! -e /dev/kvm ]; then
		echo "no /dev/kvm"
	fi
}

# prints NAME TEXT: what was printed has the text
prints()
{
	contains "$1" "$work/out" "$2"
}

ktap_start
why=$(reason)
if [ -n "$why" ]; then
	ktap_skip "dump of KVM" "$why"
	ktap_finish
fi
ktap_same "the guest is not entered" "the entry failed: 0x80000021" \
	"$(./kvm_broken 2>&1)"
rmmod kvm_intel kvm
dmesg >"$work/log"

teavmx doctor "$work/log" >"$work/out" 2>"$work/err"
ktap_same "status" 6 $?
ktap_same "every line can be read" "" "$(cat "$work/err")"
prints "the rule" "$rule"
prints "the outcome" "exit reason 0x80000021"
prints "what is not checked" "not checked without IA32_VMX_CR0_FIXED0: guest CR0 CR0_FIXED"

teavmx caps --json >"$work/caps"
teavmx doctor "$work/log" --caps "$work/caps" >"$work/out" 2>"$work/err"
ktap_same "with capabilities: status" 6 $?
prints "with capabilities: the rule" "$rule"
ktap_same "with capabilities: one finding" 1 "$(grep -c '^finding' "$work/out")"
lacks "with capabilities: no MSR is missing" "$work/out" 'without IA32_'
sed 's/^/# /' "$work/out"
grep 'kvm_intel' "$work/log" | head -n 3 | sed 's/^/# /'

teavmx doctor >"$work/out" 2>"$work/err"
ktap_same "this machine: status" 0 $?
prints "this machine: CPU" "CPU         ok       has VMX"
prints "this machine: module" "module      ok       version "

ktap_finish
