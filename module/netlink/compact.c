// SPDX-License-Identifier: GPL-2.0-only
#include "compact.h"
#include "../event/log.h"
#include "../vmx/exit.h"

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include <uapi/compact.h>
#include <uapi/vmx_exit_fields.h>

static_assert(TEAVMX_COMPACT_BYTES == EVENT_BYTES);
static_assert(sizeof(struct teavmx_compact) ==
	      offsetofend(struct teavmx_compact, exit));
static_assert(sizeof(struct teavmx_compact_exit) == 5 * sizeof(u64) + 8 * sizeof(u32));

#define HAS(name)	BIT_ULL(TEAVMX_A_RECORD_##name)
#define HAS_ALWAYS	(HAS(SEQ) | HAS(TIME) | HAS(TYPE) | HAS(VCPU_ID))
#define HAS_EXIT	(HAS(REASON) | HAS(QUALIFICATION) | HAS(RIP) | \
			 HAS(CPU_ID) | HAS(GUEST_TICKS))

static const u64 has_field[] = {
	HAS(INSTRUCTION_LENGTH),
	HAS(INSTRUCTION_INFO),
	HAS(GUEST_LINEAR),
	HAS(GUEST_PHYSICAL),
	HAS(INTR_INFO),
	HAS(INTR_ERROR_CODE),
	HAS(IDT_VECTORING_INFO),
	HAS(IDT_VECTORING_ERROR_CODE),
};

static_assert(BIT(ARRAY_SIZE(has_field) - 1) == VMX_FIELD_VECTORING_ERROR);

static u64 has_of_fields(u32 fields)
{
	u64 has = 0;

	for (; fields; fields &= fields - 1)
		has |= has_field[__ffs(fields)];
	return has;
}

static __always_inline void fill_exit(struct teavmx_compact *to,
				      const struct vmx_exit *exit, u8 pid)
{
	u64 value;
	bool has_value = vmx_exit_value(exit, &value);

	to->has = HAS_ALWAYS | HAS_EXIT | has_of_fields(exit->fields) |
		  (has_value ? HAS(VALUE) : 0) | (pid ? HAS(PID) : 0);
	to->cpu = exit->cpu;
	to->exit = (struct teavmx_compact_exit){
		.qualification = exit->qualification,
		.rip = exit->rip,
		.value = has_value ? value : 0,
		.guest_physical = exit->gpa,
		.guest_linear = exit->linear,
		.reason = exit->reason,
		.instruction_length = exit->length,
		.instruction_info = exit->info,
		.intr_info = exit->intr_info,
		.intr_error_code = exit->intr_error,
		.idt_vectoring_info = exit->vectoring,
		.idt_vectoring_error_code = exit->vectoring_error,
		.guest_ticks = exit->guest_ticks,
	};
}

static void fill_state(struct teavmx_compact *to,
		       const struct event_state *state)
{
	to->has |= HAS(STATE);
	to->state.state = state->state;
	switch (state->state) {
	case TEAVMX_VCPU_STATE_PAUSED:
		to->has |= HAS(STOP);
		to->state.stop = state->stop;
		break;
	case TEAVMX_VCPU_STATE_SLEEPING:
	case TEAVMX_VCPU_STATE_WAITING:
		to->has |= HAS(PORT);
		to->state.port = state->port;
		break;
	}
}

static void fill_request(struct teavmx_compact *to,
			 const struct event_request *request)
{
	to->has |= HAS(PID) | HAS(PORT) | HAS(REQUEST) | HAS(ACCESS_SIZE);
	to->request.request = request->number;
	to->request.port = request->port;
	to->request.access_size = request->size;
	if (!request->write)
		return;
	to->has |= HAS(VALUE);
	to->request.value = request->value;
}

static void fill_text(struct teavmx_compact *to, const struct event_text *text)
{
	to->text.size = text->size;
	memcpy(to->text.bytes, text->bytes, text->size);
}

/**
 * compact_can() - is a record sent in the format compact?
 * @cursor: the record
 *
 * Return: false for one that has attributes which struct teavmx_compact has not.
 */
bool compact_can(const struct event_cursor *cursor)
{
	switch (cursor->record->type) {
	case EVENT_FAST_EXITS:
	case TEAVMX_EVENT_TYPE_STATE:
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
	case TEAVMX_EVENT_TYPE_TEA_PACKET:
	case TEAVMX_EVENT_TYPE_TEA_REPLY:
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		return true;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		return !event_log_snapshot(cursor->log, cursor->seq);
	default:
		return false;
	}
}

static void fill_other(struct teavmx_compact *to,
		       const struct event_record *record)
{
	to->has = HAS_ALWAYS;
	to->cpu = 0;
	memset(&to->exit, 0, sizeof(to->exit));
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_STATE:
		fill_state(to, &record->state);
		break;
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		fill_request(to, &record->request);
		break;
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
		to->has |= HAS(MESSAGE);
		fill_text(to, &record->text);
		break;
	case TEAVMX_EVENT_TYPE_TEA_PACKET:
	case TEAVMX_EVENT_TYPE_TEA_REPLY:
		to->has |= HAS(MESSAGE) | HAS(PID);
		fill_text(to, &record->text);
		break;
	default:
		to->has |= HAS(TEXT) | HAS(PID);
		fill_text(to, &record->text);
	}
}

/* Single assignments: an initializer of the whole struct would clear it first. */
static __always_inline void fill_fast_exit(struct teavmx_compact *to,
					   const struct fastpath_exit *from)
{
	struct teavmx_compact_exit *exit = &to->exit;
	bool is_access = from->reason == VMX_EXIT_CR_ACCESS ||
			 from->reason == VMX_EXIT_DR_ACCESS;
	bool is_call = from->reason == VMX_EXIT_VMCALL;

	if (is_call)
		to->has |= HAS(VALUE);
	exit->qualification = is_access ? from->detail : 0;
	exit->rip = from->rip;
	exit->value = is_call ? from->detail : 0;
	exit->guest_physical = 0;
	exit->guest_linear = 0;
	exit->reason = from->reason;
	exit->instruction_length = from->length;
	exit->instruction_info = 0;
	exit->intr_info = 0;
	exit->intr_error_code = 0;
	exit->idt_vectoring_info = 0;
	exit->idt_vectoring_error_code = 0;
}

/**
 * compact_fill_exits() - convert exits that the fast path has answered
 * @to: receives them, all of their bytes
 * @cursor: the first one, in a record of EVENT_FAST_EXITS
 * @count: how many, at most those from the cursor on
 *
 * A flood of exits is made of these, so what they have in common is computed once.
 */
void compact_fill_exits(struct teavmx_compact *to,
			const struct event_cursor *cursor, unsigned int count)
{
	const struct event_record *record = cursor->record;
	const struct event_fast *fast = &record->fast;
	const struct fastpath_exit *from = &fast->exits[cursor->index];
	const u64 has = HAS_ALWAYS | HAS_EXIT | HAS(INSTRUCTION_LENGTH) |
			(record->pid ? HAS(PID) : 0);
	const u64 time = record->time, tsc = fast->tsc;
	const u64 rate = vmx_fastpath_rate();
	const u32 vcpu = record->vcpu;
	const u16 cpu = fast->cpu;
	const u8 pid = record->pid;
	u32 entered = cursor->index ? from[-1].end_low : fast->entered;
	u64 seq = cursor->seq;

	for (; count; count--, from++, to++) {
		to->seq = seq++;
		to->time = vmx_fastpath_time(from, tsc, time, rate);
		to->has = has;
		to->vcpu = vcpu;
		to->cpu = cpu;
		to->type = TEAVMX_EVENT_TYPE_VMX_EXIT;
		to->pid = pid;
		to->exit.guest_ticks = from->tsc_low - entered;
		entered = from->end_low;
		fill_fast_exit(to, from);
	}
}

/**
 * compact_fill() - convert a record
 * @to: receives it, all of its bytes
 * @cursor: the record, one that compact_can() accepts
 */
void compact_fill(struct teavmx_compact *to, const struct event_cursor *cursor)
{
	const struct event_record *record = cursor->record;

	to->seq = cursor->seq;
	to->time = record->time;
	to->vcpu = record->vcpu;
	to->type = event_type(record);
	to->pid = record->pid;
	switch (record->type) {
	case EVENT_FAST_EXITS:
		compact_fill_exits(to, cursor, 1);
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		fill_exit(to, &record->exit, record->pid);
		break;
	default:
		fill_other(to, record);
	}
}
