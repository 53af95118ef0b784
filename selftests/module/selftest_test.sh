#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "teavmx selftest" on this machine: the table, the report, and its manners.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

ktap_start
cd "$work" || exit 1
if ! has_vmx; then
	teavmx selftest >out 2>err
	ktap_same "without VMX: status 3" 3 $?
	ktap_finish
fi

teavmx selftest >out 2>err
ktap_same "every check passes" 0 $?
sed 's/^/# /' out err
matches "it counts" out '^[0-9]+ passed, 0 failed, [0-9]+ skipped$'
for row in capabilities "root operation" "TEA program" "real mode" \
	"protected mode" "long mode" "exit CPUID" "exit EPT_VIOLATION" \
	"inject an interrupt" "preemption timer" "number of exits" \
	"beside KVM" "host state"; do
	matches "the table has $row" out "^$row +(pass|skip) "
done
ktap_same "the report names the kernel" "kernel: $(uname -r)" \
	"$(grep '^kernel: ' teavmx-report.txt)"
matches "the report has the capabilities" teavmx-report.txt '^0x480 BASIC '
lacks "the report has no address of the kernel" teavmx-report.txt '[Ff]{4}[0-9a-fA-F]{12}'
# The name may have characters that are special in a pattern.
grep -wF -- "$(uname -n)" teavmx-report.txt >name 2>&1
ktap_same "the report has no name of a host" "1|" "$?|$(cat name)"

# With KVM beside, where there is one
if modprobe kvm_intel 2>err; then
	beside=pass
else
	beside=skip
	sed 's/^/# /' err
fi
teavmx selftest --json --report other.txt >out 2>err
ktap_same "as JSON" 0 $?
contains "beside KVM: $beside" out "\"name\":\"beside KVM\",\"result\":\"$beside\""
[ $beside = skip ] || rmmod kvm_intel kvm
grep ' FAIL ' other.txt | sed 's/^/# /'
ktap_result "$([ -s other.txt ]; echo $?)" "the report is in the file of --report"
[ "$(head -c 1 out)" = "{" ] && [ "$(wc -l <out)" = 1 ]
ktap_result $? "one JSON object"
teavmx selftest --report /nonexistent/report >out 2>err
ktap_same "a report that cannot be written: status 1" 1 $?
contains "and the file is named" err nonexistent
ktap_finish
