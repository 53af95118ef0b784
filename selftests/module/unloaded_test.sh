#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The messages of teavmx while the module is not loaded, not there, or hidden: each
# cause has its own message and its own next step.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

release=$(uname -r)
modules=/lib/modules

# said NAME LINE1 LINE2 COMMAND...
said()
{
	name=$1
	first=$2
	second=$3
	shift 3
	"$@" >"$work/out" 2>"$work/err" </dev/null
	ktap_same "$name" "3|$first|$second|2 lines|0 bytes" \
		"$?|$(sed -n 1p "$work/err")|$(sed -n 2p "$work/err")|$(wc -l <"$work/err") lines|$(wc -c <"$work/out") bytes"
}

ktap_start
present="teavmx: engine: not loaded (module present for $release)"
for verb in "" info list monitor "kill 1" "run /usr/share/teavmx/examples/hello.cup"; do
	# shellcheck disable=SC2086
	said "not loaded: teavmx $verb" "$present" "try: modprobe teavmx" teavmx $verb
done
said "not loaded, as a user" "$present" "try: sudo modprobe teavmx" \
	su nobody -c "teavmx info"

mv "$modules/$release/modules.dep" "$modules/$release/modules.dep.away"
said "not in modules.dep" \
	"teavmx: engine: not loaded ($modules/$release/updates/teavmx.ko is not in modules.dep)" \
	"try: depmod && modprobe teavmx" teavmx info
mv "$modules/$release/modules.dep.away" "$modules/$release/modules.dep"

build="in the sources of teavmx: make module KERNEL=$release, then insmod build/module/$release/teavmx.ko"
mv "$modules/$release" "$modules/1.2.3-other"
emulated="for an emulated Intel host, in the sources of teavmx: make shell"
headers=/usr/src/linux-headers-$release
if grep -qw vmx /proc/cpuinfo; then
	mkdir -p "$headers"
	: >"$headers/Makefile"
	said "built for another kernel" \
		"teavmx: engine: no module for the running kernel $release (there is $modules/1.2.3-other/updates/teavmx.ko)" \
		"$build" teavmx info
	mv "$modules/1.2.3-other" "$work/away"
	said "not built at all" "teavmx: engine: no module for this kernel ($release)" \
		"$build" teavmx info
	rm -r "$headers"
	said "not built, and it cannot be" \
		"teavmx: engine: no module for this kernel ($release), and no headers to build one" \
		"install the headers of this kernel (linux-headers), or $emulated" teavmx info
else
	mv "$modules/1.2.3-other" "$work/away"
	teavmx info >"$work/out" 2>"$work/err"
	matches "no VMX: the processor is the first cause" "$work/err" \
		'^teavmx: engine: this machine cannot run guests in VMX: the processor .*has no VMX'
	ktap_same "no VMX: the next step" "$emulated" "$(tail -n 1 "$work/err")"
fi
mv "$work/away" "$modules/$release"

teavmx info --json 2>"$work/err" >"$work/out"
ktap_same "as JSON" "3|{\"error\":{\"code\":3,\"errno\":2,\"message\":\"${present#teavmx: }\",\"hint\":\"try: modprobe teavmx\"}}|" \
	"$?|$(cat "$work/err")|$(cat "$work/out")"

teavmx version >"$work/out" 2>&1
ktap_same "version needs no module" "0|module not loaded" "$?|$(tail -n 1 "$work/out")"
teavmx help run >/dev/null 2>&1
ktap_result $? "help needs no module"

modprobe teavmx && {
	said "hidden by a network namespace" \
		"teavmx: engine: the module is loaded, but its family exists only in the initial network namespace" \
		"try it outside of the container or namespace" \
		unshare -n teavmx info
	su nobody -c "teavmx info" >"$work/out" 2>"$work/err"
	ktap_same "a user gets a message about what is missing" \
		"4|teavmx: cannot get the state of the engine: not permitted (needs CAP_SYS_ADMIN)|run it as root, with sudo|" \
		"$?|$(sed -n 1p "$work/err")|$(sed -n 2p "$work/err")|$(cat "$work/out")"
	su nobody -c "teavmx monitor" >"$work/out" 2>"$work/err"
	ktap_same "and so for the events" "4|run it as root, with sudo" \
		"$?|$(sed -n 2p "$work/err")"
	su nobody -c "teavmx version" >"$work/out" 2>"$work/err"
	ktap_same "each user may see the version" "0|module $(cat /sys/module/teavmx/version)" \
		"$?|$(tail -n 1 "$work/out")"
	rmmod teavmx
}
ktap_result $? "the module came and went"

# unloaded_under NAME COMMAND...: while teavmx monitor reads, and COMMAND follows
unloaded_under()
{
	name=$1
	shift
	modprobe teavmx
	# The output of the one before would seem to be its own.
	: >"$work/err"
	teavmx monitor >"$work/out" 2>"$work/err" </dev/null &
	monitor=$!
	within 10 shows listening cat "$work/err"
	rmmod teavmx && "$@"
	wait $monitor
	ktap_same "$name" "3|teavmx: engine: the module was unloaded|start again when it is loaded" \
		"$?|$(sed -n 2p "$work/err")|$(sed -n 3p "$work/err")"
}

: >"$work/err"
modprobe teavmx
teavmx record -o "$work/recording" 2>"$work/err" </dev/null &
recorder=$!
within 10 shows listening cat "$work/err"
rmmod teavmx
wait $recorder
ktap_same "teavmx record ends when the module is unloaded, with a whole recording" "3|0" \
	"$?|$(teavmx report "$work/recording" >"$work/out" 2>&1; echo $?)"

unloaded_under "teavmx monitor ends when the module is unloaded" true
unloaded_under "teavmx monitor ends when the module is loaded again at once" modprobe teavmx
rmmod teavmx
ktap_finish
