#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The text of "teavmx report", of recordings that export_recording.py makes

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

# report ARGUMENT...: into out, with a time zone
report()
{
	TZ=TEST-1:30 "$TEAVMX" report "$@" >out 2>err </dev/null
}

ktap_start
cd "$work" || exit 1
python3 "$here/export_recording.py" small small.rec

report small.rec
ktap_same "status" 0 $?
cat >wanted <<'END'
processor  a CPU, TSC 1000000 kHz
kernel     6.12.0
module     0.1.0
begun      2027-01-15T09:30:00.000000+0130
lasted     0.000040 s
VMs        1 with 2 vCPUs
records    14, lost 5
  tea-text                1
  vmx-exit                6
  state                   5
  vm-new                  1
  vm-end                  1

reason                            exits   share    time    mean     max
CPUID                                 3  50.0 %  13.0us  4.33us  10.0us
HLT                                   2  33.3 %  10.0us  10.0us  10.0us
IO_INSTRUCTION                        1  16.7 %  3.00us  3.00us  3.00us

longest in the host
  10.0us  vm 1.2 #15 vmx-exit 10 CPUID cpu 1 rip 0x1000 qualification 0x0
  10.0us  vm 1.2 #16 vmx-exit 12 HLT cpu 1 rip 0x1000 qualification 0x0

lost
vm 1 #10 to #14
END
report --rows 2 small.rec
ktap_same "the text, with units and an offset from UTC" "$(cat wanted)" "$(cat out)"

# Their texts could control the terminal; the sizes remain.
LC_ALL=C sed "s/a CPU/$(printf '\033')[2J!/; s/hello/$(printf '\033')c$(printf '\177')lo/" \
	small.rec >terminal.rec
report --rows 2 terminal.rec
"$TEAVMX" diff small.rec terminal.rec >>out 2>&1
"$TEAVMX" diff terminal.rec terminal.rec >>out 2>&1
LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177-\377]')" out
ktap_same "no control characters of the processor or a text" 1 $?
matches "they are replaced" out '^processor  .\[2J!, TSC'

python3 "$here/export_recording.py" numbers one.rec
report one.rec
matches "no exit has an end: no time" out '^HLT +2 +40.0 % +- +- +-$'

python3 "$here/export_recording.py" empty empty.rec
report empty.rec
ktap_same "no record: the machine, and that there is none" "0|kernel module begun records|records    none" \
	"$?|$(tail -n 4 out | cut -d ' ' -f 1 | paste -sd ' ')|$(tail -n 1 out)"
report --json empty.rec
contains "no record, as JSON: numbers" out '"lasted_ns":0,"vms":0,"vcpus":0,"records":0,"lost":0'
python3 "$here/export_recording.py" quiet quiet.rec
report quiet.rec
contains "one record: no length is shown as measured" out "lasted     less than 0.000001 s"
python3 "$here/export_recording.py" calls calls.rec
cat >wanted <<'END'
VM 1;VMCALL;0x1000 2
VM 1;VMCALL;port-read;cp 0x0049 1
VM 1;VMCALL;port-write;cp 0x0048 2
END
report --flame calls.rec
ktap_same "--flame: services with their code, and what is none" "$(cat wanted)" "$(sort out)"
ktap_finish
