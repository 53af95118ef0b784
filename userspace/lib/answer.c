// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "internal.h"

struct exchange {
	struct teavmx *teavmx;
	const struct teavmx_record *exit;
	const struct teavmx_answers *answers;
	void *data;
};

static int go_on(const struct exchange *exchange, bool answered, uint64_t value)
{
	struct teavmx_run run = { .answered = answered, .answer = value };

	return teavmx_vcpu_run_with(exchange->teavmx, exchange->exit->vm,
				    exchange->exit->vcpu, &run) ? -1 : 1;
}

static uint32_t ask(const struct exchange *exchange, uint16_t port,
		    unsigned int size)
{
	uint32_t value = UINT32_MAX;

	if (exchange->answers->in)
		value = exchange->answers->in(exchange->data,
					      exchange->exit->vcpu, port, size);
	return size < 4 ? value & ((1u << 8 * size) - 1) : value;
}

static bool tell(const struct exchange *exchange, uint16_t port,
		 unsigned int size, uint32_t value)
{
	return !exchange->answers->out ||
	       exchange->answers->out(exchange->data, exchange->exit->vcpu,
				      port, size, value);
}

/* Those after an element that ends it all are not moved. */
static bool transfer_elements(const struct exchange *exchange,
			      struct teavmx_transfer *transfer)
{
	bool on = true;
	size_t i;

	for (i = 0; i < transfer->count && on; i++) {
		uint8_t *at = transfer->data + i * transfer->size;
		uint32_t value = 0;

		if (transfer->in) {
			value = ask(exchange, transfer->port, transfer->size);
			memcpy(at, &value, transfer->size);
		} else {
			memcpy(&value, at, transfer->size);
			on = tell(exchange, transfer->port, transfer->size,
				  value);
		}
	}
	transfer->count = i;
	return on;
}

static int answer_string(const struct exchange *exchange)
{
	uint32_t vm = exchange->exit->vm;
	uint32_t vcpu = exchange->exit->vcpu;
	struct teavmx_transfer transfer;
	bool on;

	if (teavmx_transfer_begin(exchange->teavmx, vm, vcpu, exchange->exit,
				  &transfer))
		return -1;
	on = transfer_elements(exchange, &transfer);
	if (teavmx_transfer_end(exchange->teavmx, vm, vcpu, &transfer))
		return -1;
	return on ? go_on(exchange, false, 0) : 0;
}

static int out_value(const struct exchange *exchange, unsigned int size,
		     uint32_t *value)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(exchange->teavmx, exchange->exit->vm,
				    exchange->exit->vcpu, &registers);

	if (count < 0)
		return -1;
	*value = (uint32_t)teavmx_reg_get(registers, (size_t)count, REGS_RAX);
	if (size < 4)
		*value &= (1u << 8 * size) - 1;
	free(registers);
	return 0;
}

static int answer_port(const struct exchange *exchange)
{
	struct teavmx_qual_io io =
		teavmx_qual_io(exchange->exit->qualification);
	uint32_t value;

	if (io.string)
		return answer_string(exchange);
	if (io.in)
		return go_on(exchange, true, ask(exchange, io.port, io.size));
	if (out_value(exchange, io.size, &value))
		return -1;
	return tell(exchange, io.port, io.size, value) ?
	       go_on(exchange, true, 0) : 0;
}

static int answer_memory(const struct exchange *exchange)
{
	uint32_t vm = exchange->exit->vm;
	uint32_t vcpu = exchange->exit->vcpu;
	struct teavmx_mmio mmio;

	if (teavmx_mmio_decode(exchange->teavmx, vm, vcpu, exchange->exit,
			       &mmio))
		return -1;
	if (!mmio.write)
		mmio.value = UINT64_MAX;
	if (exchange->answers->memory)
		exchange->answers->memory(exchange->data, vcpu, &mmio);
	if (teavmx_mmio_finish(exchange->teavmx, vm, vcpu, &mmio))
		return -1;
	return go_on(exchange, false, 0);
}

static int answer_other(const struct exchange *exchange)
{
	enum teavmx_answer answer = TEAVMX_ANSWER_STAY;

	if (exchange->answers->other)
		answer = exchange->answers->other(exchange->data,
						  exchange->exit);
	if (answer == TEAVMX_ANSWER_STAY)
		return 0;
	return go_on(exchange, answer == TEAVMX_ANSWER_DONE, 0);
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
