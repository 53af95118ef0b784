#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "teavmx selftest" on this machine: the table, the report, and its manners.

# shellcheck disable=SC2154 # ktap.sh sets work
# shellcheck source=selftests/tea/ktap.sh
. "$(dirname "$0")/../tea/ktap.sh"

ktap_start
cd "$work" || exit 1
if ! teavmx info | grep -q '^vmx *ready'; then
	teavmx selftest >out 2>err
	ktap_same "without VMX: status 3" 3 $?
	ktap_finish
fi

teavmx selftest >out 2>err
ktap_same "every check passes" 0 $?
sed 's/^/# /' out err
grep -qE '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' out
ktap_result $? "it counts"
for row in capabilities "root operation" "TEA program" "real mode" \
	"protected mode" "long mode" "exit CPUID" "exit EPT_VIOLATION" \
	"inject an interrupt" "preemption timer" "number of exits" \
	"beside KVM" "host state"; do
	grep -qE "^$row +(pass|skip) " out
	ktap_result $? "the table has $row"
done
grep -qx 'kernel: '"$(uname -r)" teavmx-report.txt
ktap_result $? "the report tells of the kernel"
grep -qE '^0x480 BASIC ' teavmx-report.txt
ktap_result $? "the report has the capabilities"
! grep -qiE 'ffff[0-9a-f]{12}' teavmx-report.txt
ktap_result $? "the report has no address of the kernel"
! grep -qwF "$(uname -n)" teavmx-report.txt
ktap_result $? "the report has no name of a host"

# With KVM beside, where there is one
if modprobe kvm_intel 2>err; then
	beside=pass
else
	beside=skip
	sed 's/^/# /' err
fi
teavmx selftest --json --report other.txt >out 2>err
ktap_same "as JSON" 0 $?
grep -q "\"name\":\"beside KVM\",\"result\":\"$beside\"" out
ktap_result $? "beside KVM: $beside"
[ $beside = skip ] || rmmod kvm_intel kvm
grep ' FAIL ' other.txt | sed 's/^/# /'
ktap_result "$([ -s other.txt ]; echo $?)" "the report goes where it was asked for"
[ "$(head -c 1 out)" = "{" ] && [ "$(wc -l <out)" = 1 ]
ktap_result $? "one JSON object"
teavmx selftest --report /nonexistent/report >out 2>err
ktap_same "a report that cannot be written: status 1" 1 $?
grep -q 'nonexistent' err
ktap_result $? "and the file is named"
ktap_finish
