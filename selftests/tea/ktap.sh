# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the shell tests: KTAP output, the program under test and a folder
# for temporary files.

here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${TEA:-}" ]; then
	TEA=tea
	[ -x "$here/../../tea" ] && TEA=$here/../../tea
fi
export TEA

ktap_number=0
ktap_failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

ktap_start()
{
	echo "TAP version 13"
}

# ktap_result STATUS NAME: "ok" if STATUS is 0
ktap_result()
{
	ktap_number=$((ktap_number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $ktap_number $2"
	else
		echo "not ok $ktap_number $2"
		ktap_failed=$((ktap_failed + 1))
	fi
}

# ktap_skip NAME REASON
ktap_skip()
{
	ktap_number=$((ktap_number + 1))
	echo "ok $ktap_number $1 # SKIP $2"
}

# ktap_same NAME WANTED GOT: passes if the two are equal
ktap_same()
{
	if [ "$2" = "$3" ]; then
		ktap_result 0 "$1"
		return
	fi
	printf '%s\n' "wanted: $2" "got: $3" | sed 's/^/# /'
	ktap_result 1 "$1"
}

# A script that prints no result at all must not pass.
ktap_finish()
{
	echo "1..$ktap_number"
	[ "$ktap_number" -gt 0 ] && [ "$ktap_failed" -eq 0 ]
	exit
}
