#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tracepoints: what a trace shows is what the event stream shows.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

tracing=/sys/kernel/tracing
events=$tracing/events/teavmx
# A buffer, a clock and events of this test alone, which end with it
instance=$tracing/instances/teavmx_test
trap 'rmdir "$instance" 2>/dev/null; rm -rf "$work"' EXIT
code=0x1000

# traced COMMAND...: runs it, and puts the records of the module into trace
traced()
{
	echo >$instance/trace
	echo 1 >$instance/events/teavmx/enable
	"$@"
	echo 0 >$instance/events/teavmx/enable
	cp $instance/trace "$work/trace"
}

# CPUID, which the fast path answers, three times, then HLT
# shellcheck disable=SC2317 # called through traced
run_raw()
{
	n=$(./raw_vm 0x100000) && v=$n.1
	teavmx mem "$n" write "$code" 0fa20fa20fa2f4 &&
		teavmx regs "$v" rip="$code" &&
		teavmx continue "$v"
	teavmx monitor --vm "$n" --from 0 --for 1
	teavmx kill "$n"
} >"$work/out" 2>&1

# A program that exits more often than the log has room, and a reader from number 1 on
# shellcheck disable=SC2317 # called through traced
run_lost()
{
	n=$(./raw_vm 0x100000) && v=$n.1
	teavmx mem "$n" write "$code" bd00100fa24d75fbf4 &&
		teavmx regs "$v" rip="$code" &&
		teavmx continue "$v"
	teavmx monitor --vm "$n" --from 1 --for 1 --type state
	teavmx kill "$n"
} >"$work/out" 2>&1

# trace_exits: reason and RIP of each exit of the raw VM in the trace
trace_exits()
{
	sed -n "s/.*: vmx_exit: vm $n vcpu 1 reason \\([A-Z_]*\\) rip \\(0x[0-9a-f]*\\) .*/\\1 \\2/p" \
		"$work/trace"
}

# stream_exits: the same of the event stream
stream_exits()
{
	sed -n 's/.* vmx-exit [0-9]* \([A-Z_]*\) cpu [0-9]* rip \(0x[0-9a-f]*\) .*/\1 \2/p' "$work/out"
}

ktap_start
while read -r event fields; do
	for field in $fields; do
		matches "$event: field $field" $events/"$event"/format \
			"field:.* $field(\\[\\])?;"
	done
	contains "$event: it is listed" $tracing/available_events "teavmx:$event"
done <<'TABLE'
vmx_entry vm_id vcpu_id rip
vmx_exit vm_id vcpu_id exit_reason guest_rip qualification intr_info error_code
tea_exit vm_id vcpu_id pid code data
vcpu_state vm_id vcpu_id state stop port
event_lost vm_id first last
TABLE
contains "vmx_exit: its reasons have names" $events/vmx_exit/format '{ 10, "CPUID" }'
matches "vcpu_state: its states are numbers" $events/vcpu_state/format '\{ 6, "exited" \}'
needs_vmx "traces of guests"
mkdir $instance || exit 1
# One clock for all CPUs, so that records of a vCPU that moves stay in order
echo global >$instance/trace_clock
traced run_raw
stream_exits >"$work/exits"
matches "the event stream has exits" "$work/exits" '^HLT 0x1006$'
ktap_same "exits of the trace are those of the event stream" "$(stream_exits)" \
	"$(trace_exits)"
ktap_same "exits of the fast path are among them" 3 "$(trace_exits | grep -c CPUID)"
ktap_same "each has its entry" "$(trace_exits | wc -l)" \
	"$(grep -c ": vmx_entry: vm $n vcpu 1 " "$work/trace")"
matches "states have names" "$work/trace" 'vcpu_state: .* state paused stop exit '
traced run_lost
matches "a reader receives a record of lost events" "$work/out" ' lost [0-9]+ events from #[0-9]+ on$'
ktap_same "event_lost: the ranges are those of the records" \
	"$(sed -n 's/.* lost \([0-9]*\) events from #\([0-9]*\) on$/\2 \1/p' "$work/out")" \
	"$(sed -n "s/.*: event_lost: vm $n first \([0-9]*\) last \([0-9]*\)$/\1 \2/p" "$work/trace" |
		while read -r first last; do echo "$first $((last - first + 1))"; done)"
traced teavmx run --quiet /usr/share/teavmx/examples/hello.cup >/dev/null 2>&1
matches "tea_exit: code and data" "$work/trace" \
	'tea_exit: vm [0-9]+ vcpu 1 pid 1 code 0x00 data 00 0c$'
# The kernel waits until each task has passed a point at which it may change its code.
tracer_ends()
{
	vm=$(teavmx run --detach --quiet --backend "$1" /usr/share/teavmx/examples/loop.cup)
	echo function >$instance/current_tracer
	rm -f "$work/nop"
	(echo nop >$instance/current_tracer; : >"$work/nop") &
	within 30 test -e "$work/nop"
	ktap_result $? "$1: the function tracer ends while a guest computes without end"
	teavmx kill "${vm%%.*}"
	wait
}
if [ -e $tracing/available_filter_functions ]; then
	echo vcpu_pause >$instance/set_ftrace_filter
	tracer_ends soft
	tracer_ends vmx
	echo >$instance/set_ftrace_filter
else
	ktap_skip "soft: the function tracer ends while a guest computes without end" \
		"this kernel has none"
	ktap_skip "vmx: the function tracer ends while a guest computes without end" \
		"this kernel has none"
fi
if command -v trace-cmd >/dev/null; then
	trace-cmd list -e '^teavmx' >"$work/list" 2>&1
	trace-cmd record -q -C global -o "$work/trace.dat" -e teavmx \
		teavmx run --quiet /usr/share/teavmx/examples/hello.cup >"$work/record" 2>&1
	trace-cmd report "$work/trace.dat" >"$work/trace" 2>"$work/errors"
fi
decoded()
{
	if command -v trace-cmd >/dev/null; then
		matches "trace-cmd: $1" "$work/$2" "$3"
	else
		ktap_skip "trace-cmd: $1" "trace-cmd is not installed"
	fi
}
decoded "it lists the events" list '^teavmx:vmx_exit$'
decoded "entries" trace ': vmx_entry: +vm [0-9]+ vcpu 1 rip 0x[0-9a-f]+$'
decoded "exits with the reason by name" trace ': vmx_exit: +vm [0-9]+ vcpu 1 reason VMCALL rip '
decoded "states by name" trace ': vcpu_state: +vm [0-9]+ vcpu 1 state exited stop none '
decoded "the end of a program" trace \
	': tea_exit: +vm [0-9]+ vcpu 1 pid 1 code 0x00 data 00 0c$'
ktap_finish
