#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module is loaded again where a CPU lacks one control of VMX, each one in turn (a
# module that was built with INJECT=1). Guests of the vmx backend run without it, or are
# refused with its name; those of the soft backend run.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

hello=/usr/share/teavmx/examples/hello.cup
# VMX_FAIL_CONTROL of module/vmx/fail.h
control=11

ktap_start
needs_vmx "a control that is missing"
if [ ! -e /sys/module/teavmx/parameters/fail_step ]; then
	ktap_skip "a control that is missing" "the module was not built with INJECT=1"
	ktap_finish
fi
nth=0
bad=
refused=0
while rmmod teavmx; do
	nth=$((nth + 1))
	modprobe teavmx audit=1 fail_step=$control fail_nth=$nth || break
	read -r left </sys/module/teavmx/parameters/fail_nth
	[ "$left" -le 0 ] || break
	echo 0 >/sys/module/teavmx/parameters/fail_step
	said=$(teavmx run --quiet --backend vmx $hello 2>&1)
	case $?/$said in
	0/*) ;;
	*'lacks the VMX control "'* | *'differs from the first CPU'*)
		refused=$((refused + 1)) ;;
	*) bad="$bad$nth: $said; " ;;
	esac
	said=$(teavmx run --quiet --backend soft $hello 2>&1) || bad="$bad$nth, soft: $said; "
done
echo "# $((nth - 1)) controls were missing, $refused times guests were refused"
[ "$nth" -gt 30 ]
ktap_result $? "each control is missing once"
ktap_same "guests run or are refused with the name of the control" "" "$bad"
ktap_finish
