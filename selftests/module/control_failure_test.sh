#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module is loaded again where a CPU lacks one control of VMX, each one in turn, or
# another property that the engine looks for (a module that was built with INJECT=1).
# Guests of the vmx backend run without it, or are refused with its name; those of the
# soft backend run. With two CPUs the first one then differs from the other one; with
# one, guests run without the controls that they do not need.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

hello=/usr/share/teavmx/examples/hello.cup
payload=$here/payload/hello-16.bin
# VMX_FAIL_CONTROL of module/vmx/fail.h
control=11

# runs_or_is_refused ARGUMENT...: sets ran or refused one higher, or bad
runs_or_is_refused()
{
	said=$(timeout 60 teavmx "$@" 2>&1)
	case $?/$said in
	0/*) ran=$((ran + 1)) ;;
	*'VMX control "'*)
		refused=$((refused + 1))
		echo "$nth $(printf %s "$said" | sed -n 's/.*VMX control "\([^"]*\)".*/\1/p')" >>"$work/names"
		;;
	*"EPT lacks"* | *"disabled by firmware"* | \
	*'differs from the first CPU'*)
		refused=$((refused + 1)) ;;
	*) bad="$bad$nth: $said; " ;;
	esac
}

ktap_start
needs_vmx "a control that is missing"
if [ ! -e /sys/module/teavmx/parameters/fail_step ]; then
	ktap_skip "a control that is missing" "the module was not built with INJECT=1"
	ktap_finish
fi
nth=0
bad=
refused=0
ran=0
while rmmod teavmx; do
	nth=$((nth + 1))
	modprobe teavmx audit=1 fail_step=$control fail_nth=$nth || break
	read -r left </sys/module/teavmx/parameters/fail_nth
	[ "$left" -le 0 ] || break
	echo 0 >/sys/module/teavmx/parameters/fail_step
	runs_or_is_refused run --quiet --backend vmx $hello
	runs_or_is_refused raw --quiet "$payload"
	said=$(teavmx run --quiet --backend soft $hello 2>&1) || bad="$bad$nth, soft: $said; "
done
echo "# $((nth - 1)) properties were missing, $ran guests ran, $refused were refused"
[ "$nth" -gt 30 ]
ktap_result $? "each control is missing once"
[ "$refused" -gt 20 ]
ktap_result $? "guests are refused"
[ "$(nproc)" != 1 ] || [ "$ran" -gt 10 ]
ktap_result $? "one CPU: guests run without what they do not need"
# Guests of both kinds are refused with the name that belongs to what is missing. Each CPU
# in turn lacks the same ones.
ktap_same "each control has a name of its own" "$(sort -u "$work/names" | wc -l)" \
	"$(($(cut -d ' ' -f 2- "$work/names" | sort -u | wc -l) * $(nproc)))"
ktap_same "guests run or are refused with the name of the control" "" "$bad"
ktap_finish
