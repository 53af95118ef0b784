#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module is loaded and unloaded while clients use it, as often as the environment's
# RELOADS says; and it cannot be unloaded while VMs exist, but when their owners were
# killed it can.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=/usr/share/teavmx/examples
reloads=${RELOADS:-5}
backend=soft

# clients: use the module for as long as there is the file, whether it is loaded or not
clients()
{
	while [ -e "$work/go" ]; do
		teavmx run --quiet --backend $backend $examples/hello.cup
		teavmx list
		teavmx monitor --for 1 --count 3
		teavmx stat
	done >/dev/null 2>&1
}

# unloads: a client may hold the module for a moment
# shellcheck disable=SC2317 # called through within
unloads()
{
	rmmod teavmx 2>"$work/ktap.seen"
}

reload()
{
	modprobe teavmx audit=1 &&
		teavmx run --quiet --backend $backend $examples/hello.cup >"$work/ktap.seen" 2>&1 &&
		within 20 unloads
}

reload_all()
{
	for round in $(seq "$reloads"); do
		reload && continue
		echo "# in round $round:"
		sed 's/^/# /' "$work/ktap.seen"
		return 1
	done
}

# owner COMMAND...: it is killed later
owner()
{
	"$@" >/dev/null 2>&1 </dev/null &
	owners="$owners $!"
}

everything()
{
	owners=
	owner teavmx run --backend soft $examples/loop.cup
	owner teavmx run --backend $backend $examples/loop.cup
	owner teavmx run --backend $backend "$work/sleep.cup"
	owner teavmx run --backend $backend --lossless $examples/loop.cup
	owner teavmx monitor
	owner teavmx record -o "$work/recording"
	owner teavmx stat --interval 1
	owner teavmx top --batch
	within 20 shows '^VMs *4 ' teavmx info
}

# shellcheck disable=SC2317 # called through within
gone()
{
	! cat /proc/[0-9]*/comm 2>/dev/null | grep -q '^teavmx' &&
		[ ! -e /sys/module/teavmx ] && ! grep -q '^teavmx ' /proc/modules
}

ktap_start
printf 'l: pushls 0x7fff\npopsm 0\ngoto l\n' | tea as -o "$work/sleep.cup" -
modprobe teavmx audit=1
! has_vmx || backend=vmx
rmmod teavmx

: >"$work/go"
clients &
first=$!
clients &
second=$!
reload_all
ktap_result $? "loaded and unloaded $reloads times under clients"
rm "$work/go"
wait $first $second

modprobe teavmx audit=1
everything
ktap_result $? "owners run"
rmmod teavmx 2>/dev/null
ktap_same "rmmod is refused meanwhile" "1|4" \
	"$?|$(teavmx info | sed -n 's/^VMs *\([0-9]*\) .*/\1/p')"
# shellcheck disable=SC2086 # a list
kill -KILL $owners
within 20 unloads
ktap_result $? "rmmod succeeds after all owners were killed"
within 20 gone
ktap_result $? "nothing is left"
ktap_finish
