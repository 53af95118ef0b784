#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "teavmx selftest" on this machine: the table, the report, and its manners.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

# plant: names, addresses and numbers that a report must not have, where it could find
# them. Those of the log are in lines with the module's name. No word of them is a word
# of the report.
plant()
{
	host=$(hostname)
	cp /etc/passwd passwd
	hostname plantedhost.example.net
	echo 'planteduser:x:1000:1000::/srv/plantedhome:/bin/sh' >>/etc/passwd
	echo 4f1e0000planted0machine0id000000 >/etc/machine-id
	while read -r line; do
		echo "teavmx: of a test: $line" >/dev/kmsg
	done <<-EOF
		on PlantedHost, plantedhost.example.net, by planteduser and plantedsudo
		/srv/plantedhome/a /home/plantedother/b 4f1e0000planted0machine0id000000
		GS_BASE from 0xffff888012345678 to ffffffffc0dec0de, page 0x10a2b4000
		52:54:00:ab:cd:ef 192.168.77.13 fe80::5054:ff:feab:cdef
		4c4c4544-0034-4810-8036-b4c04f503732 Serial Number: PLANTED-5N1
		field 0x4012 (value 0xb6a1edfa), 2 failures
	EOF
}

uproot()
{
	hostname "$host"
	cp passwd /etc/passwd
	rm -f /etc/machine-id
}

planted='[Pp]lanted|PLANTED|example\.net|ffff888012345678|c0dec0de|10a2b4000|:ab:cd:|[0-9]\.77\.|fe80|5054|4c4c4544|4f1e0000'

ktap_start
cd "$work" || exit 1
trap 'uproot; rm -rf "$work"' EXIT
plant
SUDO_USER=plantedsudo teavmx selftest --share >shared 2>err
status=$?
uproot
lacks "a shared report has no name, no address and no serial number" shared "$planted"
for text in 'of a test: on [host], [host], by [user] and [user]' \
	'of a test: [home folder]/a /home/[user]/b [machine id]' \
	'of a test: GS_BASE from [address] to [address], page [address]' \
	'of a test: [MAC address] [IP address] [IP address]' \
	'of a test: [UUID] Serial Number: [serial number]' \
	'of a test: field 0x4012 (value 0xb6a1edfa), 2 failures' \
	"kernel: $(uname -r)" "kernel build: $(uname -v)" "CPUs: $(nproc)" "audit=Y" \
	"module: $(teavmx info | sed -n 's/^module *//p')" 'stepping: '; do
	contains "a shared report has $text" shared "$text"
done
# shellcheck disable=SC2016 # backquotes are part of the text
ktap_same "a shared report is between backquotes" '```text ```' \
	"$(sed -n '1p;$p' shared | tr '\n' ' ' | sed 's/ $//')"
ktap_same "a shared report is no file" "" "$(ls teavmx-report.txt 2>/dev/null)"
if ! has_vmx; then
	ktap_same "without VMX: a shared report, status 3" 3 $status
	contains "without VMX: the reason is in it" shared \
		"unusable: $(teavmx info | sed -n 's/^vmx *not available: //p')"
	teavmx selftest >out 2>err
	ktap_same "without VMX: status 3" 3 $?
	ktap_finish
fi
ktap_same "with --share every check passes" 0 $status
sed -n '/ fail /s/^/# /p' shared
matches "a shared report counts" shared '^[0-9]+ passed, 0 failed, [0-9]+ skipped$'
matches "a shared report has the holder of VMX" shared '^VMX held by [a-z]+: [0-9]+ CPU'

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

teavmx selftest --share --report file.txt >shared 2>err
ktap_same "a shared report can be a file, too" 0 $?
contains "the shared report has a head" shared "teavmx selftest"
contains "and so has the file" file.txt "teavmx selftest"

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
