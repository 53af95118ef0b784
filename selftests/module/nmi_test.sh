#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# NMIs that hit a guest get to the host: one CPU requests a backtrace of the other,
# or of all others, by NMI, while guests that never end keep both busy.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

requested=20

nmis()
{
	awk '$1 == "NMI:" { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i }
		END { print sum + 0 }' /proc/interrupts
}

loop()
{
	teavmx run --json /usr/share/teavmx/examples/loop.cup \
		>"$work/$1" 2>/dev/null &
	pids="$pids $!"
}

# shellcheck disable=SC2317 # called through within
two_running()
{
	shows running teavmx list && [ "$(grep -c running "$work/ktap.seen")" = 2 ]
}

# how often guests exited with reason 0
exits()
{
	cat "$work/first" "$work/second" |
		sed -n 's/.*{"reason":0,[^}]*"count":\([0-9]*\)}.*/\1/p' |
		awk '{ sum += $1 } END { print sum + 0 }'
}

ktap_start
needs_vmx NMIs
if [ "$(nproc)" -lt 2 ]; then
	ktap_skip "NMIs" "only one CPU: no other one can send it an NMI"
	ktap_finish
fi

echo "nmi_test mark" >/dev/kmsg
loop first
loop second
within 10 two_running
before=$(nmis)
echo 1 >/proc/sys/kernel/sysrq
i=0
while [ $i -lt $requested ]; do
	echo l >/proc/sysrq-trigger
	i=$((i + 1))
done
after=$(nmis)
# shellcheck disable=SC2086
kill -INT $pids
wait

# The requested traces are not failures: they are removed from the log, in which all that
# is trouble would be found otherwise.
dmesg -c >"$work/all"
contains "the log has all of it" "$work/all" "nmi_test mark"
sed '1,/nmi_test mark/d' "$work/all" >"$work/log"
lacks "no trouble among the backtraces" "$work/log" "$(
	sed -n "s/^trouble='\(.*\)'$/\1/p" run | sed 's/Call Trace:|//')"
echo "# $(exits) of $requested NMIs hit a guest"
[ "$(exits)" -gt 0 ]
ktap_result $? "an NMI is an exit with reason 0"
ktap_same "the host took every NMI" $((requested * ($(nproc) - 1))) $((after - before))
ktap_finish
