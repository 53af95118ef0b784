# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests share in which the host holds VMX, or is suspended: guests in the
# background, which hypervisor holds VMX, what the kernel has logged.

# shellcheck disable=SC2034 # for the tests, as cpu1 and cpus are
examples=/usr/share/teavmx/examples
# shellcheck disable=SC2034
cpu1=/sys/devices/system/cpu/cpu1/online
# shellcheck disable=SC2034
cpus=$(cat /sys/devices/system/cpu/online)
alarm=/sys/class/rtc/rtc0/wakealarm

# held_by WHO CPUS: only WHO holds VMX, on CPUS
held_by()
{
	held=$(teavmx info | sed -n 's/^held by  *//p')
	[ "$held" = "$1 on CPU $2" ]
}

# holder NAME WHO CPUS: becomes so, as VMs are freed a moment after the request
holder()
{
	within 5 held_by "$2" "$3"
	ktap_same "$1" "$2 on CPU $3" "$held"
}

# detach ARGUMENT...: prints the number of the VM
detach()
{
	teavmx run --detach "$@" | sed 's/\..*//'
}

# steps_of VM
steps_of()
{
	teavmx list | awk -v vm="$1" '$1 == vm && $5 == "running" { print $6 }'
}

# advances VM STEPS: it has executed more than so many
advances()
{
	now=$(steps_of "$1")
	[ "${now:-0}" -gt "$2" ]
}

# mark, said PATTERN: what the kernel's log says since
mark()
{
	marks=$((${marks:-0} + 1))
	echo "teavmx selftest mark $marks." >/dev/kmsg
}

said()
{
	dmesg | awk -v mark="teavmx selftest mark $marks." \
		'found; index($0, mark) { found = 1 }' | grep -qE -- "$1"
}

can_suspend()
{
	grep -qw mem /sys/power/state && [ -e $alarm ]
}

# Bochs wakes up by itself at once.
to_ram()
{
	echo 0 >$alarm
	echo +2 >$alarm
	echo mem >/sys/power/state
}
