#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The 300 programs in the TEA language, compiled with and without -O when the
# tests were built, on each backend there is: message, stack, text and steps as
# in user space.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

# check BACKEND FILE
check()
{
	"$here/../tea/conform" --backend "$1" "$here/lang/$2.txt" >"$work/out" 2>&1 ||
		tail -n 10 "$work/out" | sed 's/^/# /'
	ktap_same "$1: 300 programs, $2" "300 passed, 0 failed" "$(tail -n 1 "$work/out")"
}

ktap_start
backends=soft
! has_vmx || backends="soft vmx vmx-jit"
for backend in $backends; do
	check "$backend" plain
	check "$backend" short
done
ktap_finish
