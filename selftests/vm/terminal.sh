# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Standard input of the machine, and terminals in it: --shell and --attach.  The
# programs are vmwatch, which passes input on, and vmterm, one for each terminal.
# shellcheck disable=SC2154 # vmrun sets what this file uses
# shellcheck disable=SC2034 # and uses what this file sets

# Ctrl-] leaves the terminal with this status.
left=130

input=0
watch_options=()
standard_input=0

check_terminal()
{
	if [ -n "$attach" ]; then
		[ "$shell" = 0 ] || usage_error "--attach opens a terminal in a machine that" \
			"runs, --shell starts a machine: give one of them"
		[ ${#command[@]} = 0 ] ||
			usage_error "--attach opens a shell and takes no COMMAND"
	elif [ "$shell" = 0 ]; then
		[ ${#command[@]} -gt 0 ] || usage_error "no COMMAND given, and no --shell"
	elif [ ${#command[@]} = 0 ]; then
		command=(/bin/sh)
	fi
	if [ "$shell" = 1 ] && [ "$machine" = kvm-in-bochs ]; then
		usage_error "--shell: kvm-in-bochs has no terminal, use bochs, qemu or nested"
	fi
	if { [ "$shell" = 1 ] || [ -n "$attach" ]; } && ! { [ -t 0 ] && [ -t 1 ]; }; then
		usage_error "--shell and --attach, and so 'make shell', need a terminal;" \
			"without one: selftests/vm/vmrun [--copy FILE] -- sh -c 'modprobe teavmx; ...'"
	fi
	[ -n "$timeout" ] || timeout=$((shell ? 0 : 300))
}

# Input costs a serial port, so a machine that reads nothing has none.
choose_input()
{
	if [ "$machine" = kvm-in-bochs ]; then
		[ /dev/stdin -ef /dev/null ] ||
			say "note: standard input is not passed into kvm-in-bochs"
		return
	fi
	if [ "$shell" = 1 ]; then
		exec {standard_input}</dev/null
	elif [ /dev/stdin -ef /dev/null ] || ! [ -e /dev/stdin ]; then
		return
	fi
	input=1
	watch_options=(-i "$run")
	printf '%s\n' "${command[*]}" >"$run/command"
}

# vmterm runs in the background, since bash waits for one in the foreground before it
# acts on a signal. It says how to end the machine once it takes Ctrl-C itself: bash may
# miss a signal that comes just before it waits.
show_terminal()
{
	local status=0

	say "the machine boots (half a minute for Bochs); 'vmrun --attach' opens another" \
		"terminal in it"
	[ "${command[*]}" != /bin/sh ] ||
		say "in it: 'modprobe teavmx', then 'teavmx gallery' or 'teavmx run" \
			"/usr/share/teavmx/examples/hello.cup'"
	"$vmdir/vmterm" command "$run" <&0 &
	terminal=$!
	wait "$terminal" || status=$?
	terminal=
	[ $status != $left ] || exit $left
}

# The folder of the run to attach to
find_run()
{
	local dir pid found=()

	for dir in "$vmdir"/run.*.*; do
		pid=${dir#"$vmdir/run."}
		pid=${pid%%.*}
		if [ -S "$dir/terminals" ] && [ -d "/proc/$pid" ] &&
			{ [ "$attach" = only ] || [ "$attach" = "$pid" ]; }; then
			found+=("$dir")
		fi
	done
	case ${#found[@]} in
	0)
		[ "$attach" = only ] || die "--attach: no machine of vmrun $attach takes terminals"
		die "--attach: no machine runs that takes terminals; start one: make shell"
		;;
	1) echo "${found[0]}" ;;
	*)
		say "--attach: several machines run, choose one:"
		for dir in "${found[@]}"; do
			pid=${dir#"$vmdir/run."}
			say "  --attach=${pid%%.*}: $(cat "$dir/command")"
		done
		exit 2
		;;
	esac
}

attach_terminal()
{
	local dir

	dir=$(find_run) || exit
	exec "$vmdir/vmterm" shell "$dir"
}
