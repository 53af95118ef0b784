/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM teavmx

#if !defined(_TEAVMX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TEAVMX_TRACE_H

#include <linux/jump_label.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

#include "../vmx/exit.h"
#include "names_gen.h"

#include <uapi/teavmx.h>
#include <uapi/vmx.h>

/*
 * The tracepoints of the module. perf and trace-cmd decode records by the text of
 * TP_printk(), in which all names must therefore stand as literals.
 */

/* Is vmx_entry or vmx_exit enabled? If so, no exit is answered on the fast path. */
DECLARE_STATIC_KEY_FALSE(trace_runs);

int trace_runs_begin(void);
void trace_runs_end(void);

/*
 * A list of names ends with a row without a comma, so that one has to be added. For
 * flags its number has bits that are not printed.
 */
#define TRACE_NAME(name, number, ...)	{ number, #name },
#define TRACE_BIT(name, number, ...)	{ 1UL << number, #name },

#define trace_print_reason(reason)					\
	__print_symbolic((reason) & VMX_EXIT_BASIC_MASK,		\
			 VMX_EXIT_REASONS_TABLE(TRACE_NAME)		\
			 { VMX_EXIT_BASIC_MASK, "unknown" })
#define trace_print_flags(reason)					\
	__print_flags((reason) & ~VMX_EXIT_BASIC_MASK, "|",		\
		      VMX_EXIT_FLAGS_TABLE(TRACE_BIT)			\
		      { VMX_EXIT_BASIC_MASK, "unknown" })

/* Numbers instead of the names of enumerators in the text for perf */
#define TRACE_ENUM(number, name)	TRACE_DEFINE_ENUM(number);
TEAVMX_VCPU_STATE_NAMES(TRACE_ENUM)
TEAVMX_STOP_NAMES(TRACE_ENUM)

#define TRACE_ENUM_NAME(number, name)	{ number, name },

/* Both are bytes, and no enumerator has the number of the last row. */
#define trace_print_state(state)					\
	__print_symbolic(state,						\
			 TEAVMX_VCPU_STATE_NAMES(TRACE_ENUM_NAME)	\
			 { 0xff, "unknown" })
#define trace_print_stop(stop)						\
	__print_symbolic(stop, TEAVMX_STOP_NAMES(TRACE_ENUM_NAME)	\
			 { 0xff, "unknown" })

TRACE_EVENT_FN(vmx_entry,
	TP_PROTO(u32 vm, u32 vcpu, u64 rip),
	TP_ARGS(vm, vcpu, rip),

	TP_STRUCT__entry(
		__field(u32, vm_id)
		__field(u32, vcpu_id)
		__field(u64, rip)
	),

	TP_fast_assign(
		__entry->vm_id = vm;
		__entry->vcpu_id = vcpu;
		__entry->rip = rip;
	),

	TP_printk("vm %u vcpu %u rip 0x%llx", __entry->vm_id, __entry->vcpu_id,
		  __entry->rip),

	trace_runs_begin, trace_runs_end
);

TRACE_EVENT_FN(vmx_exit,
	TP_PROTO(u32 vm, u32 vcpu, const struct vmx_exit *exit),
	TP_ARGS(vm, vcpu, exit),

	TP_STRUCT__entry(
		__field(u32, vm_id)
		__field(u32, vcpu_id)
		__field(u32, exit_reason)
		__field(u32, intr_info)
		__field(u32, error_code)
		__field(u64, guest_rip)
		__field(u64, qualification)
	),

	TP_fast_assign(
		__entry->vm_id = vm;
		__entry->vcpu_id = vcpu;
		__entry->exit_reason = exit->reason;
		__entry->intr_info = exit->intr_info;
		__entry->error_code = exit->intr_error;
		__entry->guest_rip = exit->rip;
		__entry->qualification = exit->qualification;
	),

	TP_printk("vm %u vcpu %u reason %s%s%s rip 0x%llx qualification 0x%016llx intr_info 0x%08x error_code 0x%08x",
		  __entry->vm_id, __entry->vcpu_id,
		  trace_print_reason(__entry->exit_reason),
		  __entry->exit_reason & ~VMX_EXIT_BASIC_MASK ? "|" : "",
		  trace_print_flags(__entry->exit_reason),
		  __entry->guest_rip, __entry->qualification,
		  __entry->intr_info, __entry->error_code),

	trace_runs_begin, trace_runs_end
);

TRACE_EVENT(tea_exit,
	TP_PROTO(u32 vm, u32 vcpu, u8 pid, u8 code, const u8 *data,
		 unsigned int size),
	TP_ARGS(vm, vcpu, pid, code, data, size),

	TP_STRUCT__entry(
		__field(u32, vm_id)
		__field(u32, vcpu_id)
		__field(u8, pid)
		__field(u8, code)
		__dynamic_array(u8, data, size)
	),

	TP_fast_assign(
		__entry->vm_id = vm;
		__entry->vcpu_id = vcpu;
		__entry->pid = pid;
		__entry->code = code;
		memcpy(__get_dynamic_array(data), data, size);
	),

	TP_printk("vm %u vcpu %u pid %u code 0x%02x data %s", __entry->vm_id,
		  __entry->vcpu_id, __entry->pid, __entry->code,
		  __print_hex(__get_dynamic_array(data),
			      __get_dynamic_array_len(data)))
);

TRACE_EVENT(vcpu_state,
	TP_PROTO(u32 vm, u32 vcpu, u8 state, u8 stop, u16 port),
	TP_ARGS(vm, vcpu, state, stop, port),

	TP_STRUCT__entry(
		__field(u32, vm_id)
		__field(u32, vcpu_id)
		__field(u8, state)
		__field(u8, stop)
		__field(u16, port)
	),

	TP_fast_assign(
		__entry->vm_id = vm;
		__entry->vcpu_id = vcpu;
		__entry->state = state;
		/* That of an earlier pause remains in other states. */
		__entry->stop = state == TEAVMX_VCPU_STATE_PAUSED ?
				stop : TEAVMX_STOP_NONE;
		__entry->port = port;
	),

	TP_printk("vm %u vcpu %u state %s stop %s port 0x%04x",
		  __entry->vm_id, __entry->vcpu_id,
		  trace_print_state(__entry->state),
		  trace_print_stop(__entry->stop), __entry->port)
);

TRACE_EVENT(event_lost,
	TP_PROTO(u32 vm, u64 first, u64 last),
	TP_ARGS(vm, first, last),

	TP_STRUCT__entry(
		__field(u32, vm_id)
		__field(u64, first)
		__field(u64, last)
	),

	TP_fast_assign(
		__entry->vm_id = vm;
		__entry->first = first;
		__entry->last = last;
	),

	TP_printk("vm %u first %llu last %llu", __entry->vm_id, __entry->first,
		  __entry->last)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH module/trace
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
