// SPDX-License-Identifier: LGPL-2.1-or-later
#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "guest.h"

struct exchange {
	struct teavmx *teavmx;
	const struct teavmx_record *exit;
	const struct teavmx_answers *answers;
	void *data;
};

static int page_run_on(const struct teavmx_answers *answers, bool answered,
		       uint64_t value)
{
	struct teavmx_page *page = answers->page;

	page->shared->flags = answered ? TEAVMX_PAGE_ANSWER : 0;
	page->shared->answer = value;
	if (teavmx_page_continue(page))
		return -1;
	if (answers->slice)
		teavmx_page_slice(page, answers->slice);
	return 1;
}

static int vcpu_run_on(const struct exchange *exchange, bool answered,
		       uint64_t value)
{
	struct teavmx_run run = {
		.answered = answered,
		.answer = value,
		.resume = exchange->answers->resume,
	};
	struct teavmx_slice *slice = exchange->answers->slice;
	struct teavmx *teavmx = exchange->teavmx;
	uint32_t vcpu = exchange->exit->vcpu;
	uint32_t vm = exchange->exit->vm;
	int err;

	if (exchange->answers->page)
		return page_run_on(exchange->answers, answered, value);
	err = slice ? teavmx_vcpu_run_slice(teavmx, vm, vcpu, &run, slice) :
		      teavmx_vcpu_run_with(teavmx, vm, vcpu, &run);
	return err ? -1 : 1;
}

/* The accesses of the emulator go to the devices of the host program. */
static int open_live(const struct exchange *exchange, struct teavmx_live *live)
{
	if (teavmx_live_open(live, exchange->teavmx, exchange->exit->vm,
			     exchange->exit->vcpu))
		return -1;
	live->answers = exchange->answers;
	live->answers_data = exchange->data;
	return 0;
}

static int run_live(const struct exchange *exchange, struct teavmx_live *live)
{
	int result = emulator_run(&live->emulator);
	int err = teavmx_live_commit(live, result);
	bool stopped = live->emulator.stopped;

	/* The devices have the elements before the one that failed. */
	if (result == EMULATOR_FAILED)
		teavmx_live_commit_elements(live);
	teavmx_live_close(live);
	if (err)
		return -1;
	return stopped ? 0 : vcpu_run_on(exchange, false, 0);
}

static int answer_string(const struct exchange *exchange)
{
	struct teavmx_live live;

	if (open_live(exchange, &live))
		return -1;
	return run_live(exchange, &live);
}

static uint32_t exchange_in(const struct exchange *exchange, uint16_t port,
			    unsigned int size)
{
	uint32_t value = UINT32_MAX;

	if (exchange->answers->in)
		value = exchange->answers->in(exchange->data,
					      exchange->exit->vcpu, port, size);
	return size < 4 ? value & ((1u << 8 * size) - 1) : value;
}

static bool exchange_out(const struct exchange *exchange, uint16_t port,
			 unsigned int size, uint32_t value)
{
	return !exchange->answers->out ||
	       exchange->answers->out(exchange->data, exchange->exit->vcpu,
				      port, size, value);
}

static int answer_port(const struct exchange *exchange)
{
	struct teavmx_qual_io io =
		teavmx_qual_io(exchange->exit->qualification);

	if (io.string)
		return answer_string(exchange);
	if (io.in)
		return vcpu_run_on(exchange, true, exchange_in(exchange, io.port, io.size));
	return exchange_out(exchange, io.port, io.size,
			    (uint32_t)exchange->exit->value) ?
	       vcpu_run_on(exchange, true, 0) : 0;
}

static int answer_memory(const struct exchange *exchange)
{
	struct teavmx_live live;

	if (open_live(exchange, &live))
		return -1;
	if (!teavmx_live_check(&live, exchange->exit))
		return run_live(exchange, &live);
	teavmx_live_close(&live);
	return -1;
}

static int answer_other(const struct exchange *exchange)
{
	enum teavmx_answer answer = TEAVMX_ANSWER_STAY;

	if (exchange->answers->other)
		answer = exchange->answers->other(exchange->data,
						  exchange->exit);
	if (answer == TEAVMX_ANSWER_STAY)
		return 0;
	return vcpu_run_on(exchange, answer == TEAVMX_ANSWER_DONE, 0);
}

int teavmx_answer(struct teavmx *teavmx, const struct teavmx_record *exit,
		  const struct teavmx_answers *answers, void *data)
{
	struct exchange exchange = { teavmx, exit, answers, data };

	switch (exit->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_IO_INSTRUCTION:
		return answer_port(&exchange);
	case VMX_EXIT_EPT_VIOLATION:
		return answer_memory(&exchange);
	default:
		return answer_other(&exchange);
	}
}
