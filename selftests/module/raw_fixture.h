/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RAW_FIXTURE_H
#define RAW_FIXTURE_H

/*
 * A raw VM with one vCPU, and what tests do with it. A program may define before
 * it includes this: RAW_FIXTURE, the name of the fixture; RAW_MEMORY, bytes of
 * RAM; RAW_PREPARE, an expression that is 0 when it has prepared self->vcpu;
 * RAW_PATIENCE_MS, for how long raw_wait() waits.
 */
#include <stdlib.h>

#include "expect.h"
#include "guest_payload.h"

#ifndef RAW_FIXTURE
#define RAW_FIXTURE	raw
#endif
#ifndef RAW_MEMORY
#define RAW_MEMORY	0x100000
#endif
#ifndef RAW_PREPARE
#define RAW_PREPARE	0
#endif
#ifndef RAW_PATIENCE_MS
#define RAW_PATIENCE_MS	20000
#endif

/* Where raw_load() puts code and what the mode needs */
#define RAW_CODE	0x1000
#define RAW_STACK	0x8000
#define RAW_TABLES	0x10000

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

#define RAW_DATA_NAME(fixture)	_test_data_##fixture
/* So "struct raw_data" is FIXTURE_DATA() of the fixture. */
#define raw_data	EXPECT_EXPAND(RAW_DATA_NAME, RAW_FIXTURE)

EXPECT_EXPAND(FIXTURE, RAW_FIXTURE)
{
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
	/* of the last stop */
	struct teavmx_record exit;
	/* Exits in the delivery of an event, and which event it was last */
	unsigned int interrupted;
	uint32_t vectoring;
	/* Registers when raw_get() was called last */
	struct teavmx_register *registers;
	int count;
};

EXPECT_EXPAND(FIXTURE_SETUP, RAW_FIXTURE)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, RAW_MEMORY, &self->vm)) {
		TH_LOG("%s", teavmx_error(self->teavmx)->message);
	}
	ASSERT_EQ(0, teavmx_event_watch(self->teavmx, self->vm.id, 0));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
					 &self->vcpu));
	ASSERT_EQ(0, RAW_PREPARE);
}

EXPECT_EXPAND(FIXTURE_TEARDOWN, RAW_FIXTURE)
{
	free(self->registers);
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

/* Prints why a request failed; returns what the request did. */
static inline int raw_say(struct raw_data *self, int err)
{
	if (err < 0)
		printf("# %s\n", teavmx_error(self->teavmx)->message);
	return err;
}

static inline int raw_put(struct raw_data *self, uint64_t address,
			  const void *bytes, size_t size)
{
	return raw_say(self, teavmx_mem_write(self->teavmx, self->vm.id,
					      address, bytes, size));
}

static inline int raw_read(struct raw_data *self, uint64_t address, void *bytes,
			   size_t size)
{
	return raw_say(self, teavmx_mem_read(self->teavmx, self->vm.id, address,
					     bytes, size));
}

static inline uint16_t raw_word(struct raw_data *self, uint64_t address)
{
	uint16_t word = 0xdead;

	raw_read(self, address, &word, sizeof(word));
	return word;
}

static inline int raw_set_all(struct raw_data *self,
			      const struct teavmx_register *list, size_t count)
{
	return teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, list,
			       count);
}

static inline int raw_set(struct raw_data *self, uint32_t number,
			  uint64_t value)
{
	const struct teavmx_register reg = { number, value };

	return raw_set_all(self, &reg, 1);
}

/* A register as it was when raw_get() was called last */
static inline uint64_t raw_seen(struct raw_data *self, uint32_t number)
{
	return teavmx_reg_get(self->registers, self->count, number);
}

/* A register as it is now; all ones after a failure */
static inline uint64_t raw_get(struct raw_data *self, uint32_t number)
{
	free(self->registers);
	self->registers = NULL;
	self->count = raw_say(self, teavmx_regs_get(self->teavmx, self->vm.id,
						    self->vcpu.id,
						    &self->registers));
	return self->count < 0 ? UINT64_MAX : raw_seen(self, number);
}

/* How often the vCPU has exited for a reason so far */
static inline uint64_t raw_exits(struct raw_data *self, uint32_t reason)
{
	struct teavmx_vcpu now = { 0 };
	uint64_t count = 0;
	size_t i;

	if (raw_say(self, teavmx_vcpu_get(self->teavmx, self->vm.id, self->vcpu.id,
					  &now)))
		return UINT64_MAX;
	for (i = 0; i < now.exit_count; i++)
		if (now.exits[i].reason == reason)
			count = now.exits[i].count;
	teavmx_vcpu_clear(&now);
	return count;
}

#define READ_REG(number)	raw_get(self, number)
/* As EXPECT_REG(), but of when raw_get() was called last */
#define EXPECT_SEEN(name, value)					\
	EXPECT_VALUE_(0, #name, value, #value, raw_seen(self, TEAVMX_REG_##name))

/* Code at RAW_CODE, and a vCPU that begins there in a mode */
static inline int raw_load(struct raw_data *self, enum teavmx_mode mode,
			   const void *code, size_t size)
{
	return raw_put(self, RAW_CODE, code, size) ||
	       raw_say(self, teavmx_mode_enter(self->teavmx, self->vm.id,
					       self->vcpu.id, mode, RAW_CODE,
					       RAW_STACK, RAW_TABLES));
}

static inline void raw_see(const struct teavmx_record *record, void *data)
{
	struct raw_data *self = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    !(record->idt_vectoring >> 31))
		return;
	self->interrupted++;
	self->vectoring = record->idt_vectoring;
}

/* Waits for the next stop; an exit is then in self->exit. */
static inline int raw_wait(struct raw_data *self)
{
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				raw_see, self, &self->exit);
}

/* Runs the vCPU to its next stop: enum teavmx_stop, or -1. */
static inline int raw_run(struct raw_data *self, const struct teavmx_run *run)
{
	if (raw_say(self, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
					       self->vcpu.id, run)))
		return -1;
	return raw_wait(self);
}

static inline int raw_go(struct raw_data *self)
{
	return raw_run(self, NULL);
}

static inline int raw_answer(struct raw_data *self, uint64_t value)
{
	const struct teavmx_run run = { .answered = true, .answer = value };

	return raw_run(self, &run);
}

static inline int raw_steps(struct raw_data *self, int count)
{
	const struct teavmx_run run = { .steps = count };

	return raw_run(self, &run);
}

#endif
