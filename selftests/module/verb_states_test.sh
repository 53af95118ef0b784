#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every verb that takes a VM or a vCPU, in every state of a vCPU of each kind: its exit
# status and the first line that it prints, which are in the table verb_states.  No
# verb may take longer than ten seconds; those that wait until a vCPU stops are
# interrupted after one second.  Processes run on the vmx back end where there is VMX,
# else on the soft one; raw guests need VMX.

# shellcheck disable=SC2154,SC2317 # verbs.sh sets n and v; make_STATE is called by its name
# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/verbs.sh
. "$(dirname "$0")/verbs.sh"

# program NAME LINE...: an assembled program
program()
{
	name=$1
	shift
	printf '%s\n' "$@" | "$TEA" as -o "$work/$name.cup" -
}

# in_state STATE: waits until a line of the list has it
in_state()
{
	within 10 shows " $1 " teavmx list
}

# process NAME STATE: a detached process of this program, in that state
process()
{
	v=$(teavmx run --backend "$backend" --detach "$work/$1.cup")
	n=${v%.*}
	in_state "$2"
}

# debugged NAME COMMANDS STATE: a process in the debugger that has executed them
debugged()
{
	mkfifo "$work/commands"
	teavmx debug --backend "$backend" "$work/$1.cup" <"$work/commands" >"$work/debugger" 2>&1 &
	job=$!
	exec 5>"$work/commands"
	rm "$work/commands"
	printf '%b' "$2" >&5
	in_state "$3"
	n=$(teavmx __complete vms | tail -n 1)
	v=$n.1
}

# attended ARGUMENT...: a payload that teavmx raw attends
attended()
{
	: >"$work/text"
	teavmx raw "$@" >"$work/text" 2>&1 </dev/null &
	job=$!
	within 10 test -s "$work/text"
	n=$(teavmx __complete vms | tail -n 1)
	v=$n.1
}

# payload NAME ARGUMENT...: a raw VM that no program attends
payload()
{
	name=$1
	shift
	v=$(teavmx raw --detach "$@" "$work/$name.bin")
	n=${v%.*}
}

# An interrupt does not end shutdown, so the entry fails.
fails_entry()
{
	teavmx inject "$v" 0x20 >/dev/null && teavmx continue "$v" --detach && in_state paused
}

make_tea_running() { process loop running; }
make_tea_waiting() { process read waiting; }
make_tea_sleeping() { process sleep sleeping; }
make_tea_paused() { process loop running && teavmx pause "$v" >/dev/null; }
make_tea_stepped() { make_tea_paused && teavmx step "$v" >/dev/null; }
make_tea_exited() { process exit exited; }
make_tea_killed() { process loop running && teavmx kill "$v" && in_state exited; }
make_tea_gone() { process loop running && teavmx kill "$n"; }
make_tea_debugged_ready() { debugged loop "" ready; }
make_tea_debugged_running() { debugged loop "continue\n" running; }
make_tea_debugged_waiting() { debugged read "continue\n" waiting; }
make_tea_debugged_sleeping() { debugged sleep "continue\n" sleeping; }
make_tea_debugged_stepped() { debugged "${1:-loop}" "stepi\n" paused; }
make_tea_debugged_at_break() { debugged loop "break 1\ncontinue\n" paused; }
make_tea_debugged_ended() { make_tea_debugged_stepped exit && teavmx continue "$v" >/dev/null; }

make_raw_ready() { payload spin --paused; }
make_raw_running() { payload spin; }
make_raw_paused() { make_raw_running && teavmx pause "$v" >/dev/null; }
make_raw_stepped() { make_raw_ready && teavmx step "$v" >/dev/null; }
make_raw_at_exit() { payload halt && in_state paused; }
make_raw_at_break() { payload spin --break 0x7c00 && in_state paused; }
make_raw_triple_fault() { payload fault --reg idtr.limit=0 && in_state paused; }
make_raw_failed_entry() { payload spin --paused --reg activity=2 && fails_entry; }
make_raw_killed() { make_raw_running && teavmx kill "$v" && in_state exited; }
make_raw_gone() { make_raw_running && teavmx kill "$n"; }
make_raw_attended_ready() { attended --paused "$work/spin.bin"; }
make_raw_attended_running() { make_raw_attended_ready && teavmx continue "$v" --detach; }
make_raw_unattended() { attended --paused "$work/out.bin" && kill -STOP "$job" && teavmx continue "$v" --detach && in_state paused; }

# unmake: removes what make_STATE left
unmake()
{
	teavmx kill --if-exists "$n"
	if [ -n "$job" ]; then
		exec 5>&-
		kill -CONT "$job"
		kill -INT "$job"
		wait "$job"
		job=
	fi
	n=
} 2>/dev/null

# rows STATE: "VERB|STATUS|LINE" of the table for it, of the backend
rows()
{
	awk -v state="$1" -v backend="$backend" '
	# How exactly a name of the table means the state: 0 does not
	function rank(name, i, as)
	{
		for (i = 1; i <= 2; i++) {
			as = state
			if (i == 2)
				sub(/^tea_/, backend "_", as)
			if (name == as)
				return i + 2
			if (name ~ /_\*$/ && index(as, substr(name, 1, length(name) - 1)) == 1)
				return i
		}
		return 0
	}
	function finish()
	{
		if (verb)
			print verb "|" (twice ? "two rows" : best ? row : "no row")
		best = twice = 0
	}
	/^#/ || !NF { next }
	/^= / { finish(); verb = substr($0, 3); next }
	{
		# The line may have a | of its own.
		end = match($0, /\|[^|]*$/)
		count = split(substr($0, end + 1), names, " ")
		for (n = 1; n <= count; n++) {
			now = rank(names[n])
			if (now && now == best)
				twice = 1
			if (now > best) {
				best = now
				twice = 0
				row = substr($0, 1, end - 1)
			}
		}
	}
	END { finish() }' verb_states
}

# named TEXT: with the number of the VM in place of each @
named()
{
	named=$1
	while case $named in *@*) true ;; *) false ;; esac; do
		named=${named%%@*}$n${named#*@}
	done
}

# has_ended PROCESS: a child of this shell, which may have waited for it already
has_ended()
{
	! grep -qs '^State:.[^Z]' "/proc/$1/status"
}

# is_ready PROCESS: it has ended, or it catches an interrupt
# shellcheck disable=SC2317 # called through within
is_ready()
{
	has_ended "$1" || grep -qs '^SigCgt:.*[2367abef]$' "/proc/$1/status"
}

# until_interrupted WORD...: runs the verb, and interrupts it a second after it is ready for
# that, unless it has ended: a busy machine may begin it late.
until_interrupted()
{
	teavmx "$@" >"$work/out" 2>"$work/err" </dev/null &
	verb_job=$!
	within 10 is_ready $verb_job
	usleep 1000000
	has_ended $verb_job || kill -INT $verb_job
	within 10 has_ended $verb_job || kill -KILL $verb_job
	wait $verb_job
}

# try WORD...: runs the verb; sets got to its exit status and first line
try()
{
	case $1 in
	"~")
		shift
		until_interrupted "$@"
		;;
	*) timeout -s KILL 10 teavmx "$@" >"$work/out" 2>"$work/err" </dev/null ;;
	esac
	got=$?
	line=
	IFS= read -r line <"$work/err" || IFS= read -r line <"$work/out"
	case $line in
	*", CPU "[0-9]*) line="${line%, CPU *}, CPU N)" ;;
	esac
	got="$got|$line"
}

# keeps STATE WORD...: whether it is still that state after the verb; of what inject
# adds, the verbs after it see nothing
keeps()
{
	state=$1
	shift
	[ "$1" != "~" ] || shift
	case "$1 $state" in
	"pause "*running | "pause "*waiting | "pause "*sleeping | "pause "*unattended) false ;;
	"gdb raw_"*running | "gdb "*unattended) false ;;
	"break "*at_break) [ $# -lt 3 ] ;;
	"continue "* | "step "* | "kill "*) false ;;
	esac
}

# all_verbs STATE: each verb of the table in that state
all_verbs()
{
	rows "$1" >"$work/rows"
	while IFS='|' read -r verb status line <&3; do
		[ "$status" != - ] || continue
		if [ -z "$n" ] && ! make_"$1"; then
			ktap_result 1 "$backend $1: the state is reached"
			break
		fi
		named "$status|$line"
		wanted=$named
		named "$verb"
		# shellcheck disable=SC2086
		try $named
		ktap_same "$backend $1: $verb" "$wanted" "$got"
		# shellcheck disable=SC2086
		case $got in
		[067]\|*) keeps "$1" $verb || unmake ;;
		esac
	done 3<"$work/rows"
	[ -z "$n" ] || unmake
}

# the states that make_STATE is for
states()
{
	sed -n "s/^make_\($1_[a-z_]*\)().*/\1/p" verb_states_test.sh
}

ktap_start
job=
n=
program loop "l: nop" "goto l" nop
program read "pushmb 0x0010" popb exit
program sleep "l: pushls 0x7fff" "popsm 0" "goto l"
program exit nop nop nop nop exit
# jmp to itself; hlt, then that; ud2; out 0xe9, al, and again
printf '\353\376' >"$work/spin.bin"
printf '\364\353\376' >"$work/halt.bin"
printf '\017\013' >"$work/fault.bin"
printf '\346\351\353\374' >"$work/out.bin"
backend=soft
! has_vmx || backend=vmx
for state in $(states tea) $(! has_vmx || states raw); do
	all_verbs "$state"
done
ktap_finish
