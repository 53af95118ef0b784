#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The 300 programs in the TEA language, compiled with and without -O when the
# tests were built, on each backend there is: message, stack, text and steps as
# in user space.

here=$(cd "$(dirname "$0")" && pwd)
number=0
failed=0

# check BACKEND FILE
check()
{
	number=$((number + 1))
	said=$("$here/../tea/conform" --backend "$1" "$here/lang/$2.txt" 2>&1)
	last=$(printf '%s\n' "$said" | tail -n 1)
	if [ "$last" = "300 passed, 0 failed" ]; then
		echo "ok $number - $1: 300 programs, $2"
		return
	fi
	printf '%s\n' "$said" | tail -n 10 | sed 's/^/# /'
	echo "not ok $number - $1: 300 programs, $2"
	failed=1
}

echo "TAP version 13"
backends=soft
if teavmx info | grep -q '^vmx *ready'; then
	backends="soft vmx"
fi
for backend in $backends; do
	check "$backend" plain
	check "$backend" short
done
echo "1..$number"
[ $failed = 0 ]
