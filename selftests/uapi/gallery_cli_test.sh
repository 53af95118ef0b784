#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "teavmx gallery --list", which needs no module: the list has each payload that
# was built, and shows what its source has.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

bin=$here/../../gallery
source=$here/../../../userspace/gallery

ktap_start
cd "$work" || exit 1
"$TEAVMX" gallery --list >list 2>err
ktap_same "the list: nothing is complained about" "0|" "$?|$(cat err)"
ktap_same "the list: fits 80 columns" "" "$(grep '.\{81\}' list)"
"$TEAVMX" __complete payloads >names
ktap_same "completion: the names of the list" "$(cut -d ' ' -f 1 list)" "$(cat names)"
if [ -d "$bin" ]; then
	(cd "$bin" && ls) | sed 's/\.bin$//' | LC_ALL=C sort >built
	ktap_same "the list: each payload that was built" "$(cat built)" \
		"$(LC_ALL=C sort names)"
else
	ktap_skip "the list: each payload that was built" "no $bin here"
fi

"$TEAVMX" gallery --list task_switch >shown
cat >wanted <<'END'
task_switch: exit 9 TASK_SWITCH
  what           A far jump to a TSS descriptor. VMX non-root operation switches
                 no tasks: it exits once the descriptor is found good.
  mode           protected
  set-up         none
  code               lgdt AT(table)
                     ljmp $8, $0
                     .balign 8
                 descriptors:
                     .quad 0
                     /* available 32-bit TSS at 0x9000, limit 0x67 */
                     .quad 0x0000890090000067
                 table:
                     .word 15
                     .long AT(descriptors)
  read           SDM "Treatment of Task Switches"; "Exit Qualification for Task
                 Switches"
END
ktap_same "one payload" "$(cat wanted)" "$(cat shown)"
"$TEAVMX" gallery --list invlpg hlt >shown
ktap_same "several payloads" "hlt: exit 12 HLT|invlpg: exit 14 INVLPG" \
	"$(grep ': exit ' shown | paste -sd '|')"

"$TEAVMX" gallery --list --json >json
ktap_same "JSON: one line" 1 "$(wc -l <json | tr -d ' ')"
for key in payload reason name mode what set_up source sdm expected; do
	ktap_same "JSON: each payload has $key" "$(wc -l <names | tr -d ' ')" \
		"$(grep -o "[{,]\"$key\":" json | wc -l | tr -d ' ')"
done
"$TEAVMX" gallery --list --json invlpg >json
ktap_same "JSON: one payload" '{"payloads":[{"payload":"invlpg","reason":14,"name":"INVLPG","mode":"protected","what":"INVLPG of an address, which is in the qualification.","set_up":"reason routed to the host program, which sets its control","source":"    invlpg 0x12345\n","sdm":"\"Instructions That Cause VM Exits Conditionally\"","expected":"linear address 0x12345"}]}' \
	"$(cat json)"

# A source with a part of its comment missing must not build.
if [ -x "$source/payloads" ]; then
	for part in Set-up What SDM; do
		sed "s/ \\* $part:/ * Other:/" "$source/hlt.S" >hlt.S
		"$source/payloads" "$bin" hlt.S >made 2>err
		ktap_same "a payload without $part is refused" "1|hlt.S: the comment has no $part:" \
			"$?|$(cat err)"
	done
fi
ktap_finish
