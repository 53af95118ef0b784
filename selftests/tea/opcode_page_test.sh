#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The page of instructions has the table of uapi/tea.h.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

page=$here/instructions.rst

ktap_start
"$here/opcode_table" "$page" >"$work/page"
ktap_result $? "the page has its marks"
diff "$page" "$work/page" >"$work/difference"
status=$?
head -n 20 "$work/difference" | sed 's/^/# /'
ktap_result $status "the page is up to date ('make opcode_page' makes it so)"
ktap_same "rows of the page" 84 "$(grep -c '^   \* - [0-9A-F][0-9A-F]$' "$page")"
ktap_finish
