#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The debugger as a server of the Debug Adapter Protocol, with a client that prints the
# results.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

if ! command -v python3 >/dev/null; then
	ktap_start
	ktap_skip "Debug Adapter Protocol" "the client needs python3"
	ktap_finish
fi
cp "$here/debug/lines.tea" "$work" || exit 1
"$TEA" cc -g "$work/lines.tea" || exit 1
i=0
while [ $i -lt 40 ]; do
	echo 'nop'
	i=$((i + 1))
done >"$work/plain.tas"
printf 'exit\n' >>"$work/plain.tas"
"$TEA" as "$work/plain.tas" || exit 1
PYTHONDONTWRITEBYTECODE=1 python3 "$here/dap_cases.py" "$TEA" "$work"
