# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # ktap.sh sets work
#
# Sourced by the tests of the verbs that work on vCPUs of raw VMs.

# verb ARGUMENT...: teavmx with these. One that would never end is interrupted.
verb()
{
	timeout -s INT 20 teavmx "$@" >"$work/out" 2>"$work/err" </dev/null
}

# prints NAME STATUS LINES ARGUMENT...: lines with "|" between
prints()
{
	name=$1
	wanted=$2\|$3
	shift 3
	verb "$@"
	got=$?
	ktap_same "$name" "$wanted" \
		"$got|$(cat "$work/out" "$work/err" | paste -sd '|')"
}

# fails NAME STATUS PATTERN ARGUMENT...: nothing on standard output
fails()
{
	name=$1
	status=$2
	pattern=$3
	shift 3
	verb "$@"
	ktap_same "$name: status" "$status|" "$?|$(cat "$work/out")"
	matches "$name: the reason" "$work/err" "$pattern"
}

# vm [VCPUS]: a new raw VM of 1 MiB
vm()
{
	n=$(./raw_vm 0x100000 "${1:-1}") && v=$n.1
}

# run_at ADDRESS HEX: have this code at an address, and go on there
run_at()
{
	teavmx mem "$n" write "$1" "$2" && teavmx regs "$v" rip="$1"
}

cd "$(dirname "$0")" || exit 1
