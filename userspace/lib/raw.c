// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* So often a silent stream is compared with the log. */
#define SYNC_MS		1000
#define SMALL_ROOM	96
/* Room for an entry of a table */
#define CPUID_ROOM	64
#define MSR_ROOM	32

static struct nl_msg *set_request(struct teavmx *teavmx, uint32_t vm,
				  size_t size)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_VM_SET, 0,
				 SMALL_ROOM + size);
	if (message)
		nla_put_u32(message, TEAVMX_A_VM_ID, vm);
	return message;
}

static int set_call(struct teavmx *teavmx, struct nl_msg *message,
		    const char *what, uint32_t vm)
{
	char words[96];

	snprintf(words, sizeof(words), "set %s of VM %u", what, vm);
	return teavmx_call(teavmx, message, words, NULL);
}

int teavmx_host_reasons(struct teavmx *teavmx, uint32_t vm,
			const uint8_t reasons[TEAVMX_HOST_REASONS_SIZE])
{
	struct nl_msg *message = set_request(teavmx, vm, 0);

	if (!message)
		return -1;
	nla_put(message, TEAVMX_A_VM_HOST_REASONS, TEAVMX_HOST_REASONS_SIZE,
		reasons);
	return set_call(teavmx, message, "the exits for the host program", vm);
}

int teavmx_host_exceptions(struct teavmx *teavmx, uint32_t vm,
			   uint32_t vectors)
{
	struct nl_msg *message = set_request(teavmx, vm, 0);

	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_VM_HOST_EXCEPTIONS, vectors);
	return set_call(teavmx, message, "the exceptions for the host program",
			vm);
}

static int put_cpuid(struct nl_msg *message, const struct teavmx_cpuid *entry)
{
	struct nlattr *nest;

	nest = nla_nest_start(message, TEAVMX_A_VM_CPUID | NLA_F_NESTED);
	if (!nest || nla_put_u32(message, TEAVMX_A_CPUID_LEAF, entry->leaf) ||
	    nla_put_u32(message, TEAVMX_A_CPUID_EAX, entry->eax) ||
	    nla_put_u32(message, TEAVMX_A_CPUID_EBX, entry->ebx) ||
	    nla_put_u32(message, TEAVMX_A_CPUID_ECX, entry->ecx) ||
	    nla_put_u32(message, TEAVMX_A_CPUID_EDX, entry->edx))
		return -1;
	if (entry->has_subleaf &&
	    nla_put_u32(message, TEAVMX_A_CPUID_SUBLEAF, entry->subleaf))
		return -1;
	nla_nest_end(message, nest);
	return 0;
}

int teavmx_cpuid_set(struct teavmx *teavmx, uint32_t vm,
		     const struct teavmx_cpuid *table, size_t count)
{
	struct nl_msg *message = set_request(teavmx, vm, count * CPUID_ROOM);
	size_t i;

	if (!message)
		return -1;
	for (i = 0; i < count; i++)
		put_cpuid(message, &table[i]);
	return set_call(teavmx, message, "the CPUID table", vm);
}

int teavmx_msr_keep(struct teavmx *teavmx, uint32_t vm,
		    const struct teavmx_register *msrs, size_t count)
{
	struct nl_msg *message = set_request(teavmx, vm, count * MSR_ROOM);
	size_t i;

	if (!message)
		return -1;
	for (i = 0; i < count; i++)
		teavmx_put_pair(message, TEAVMX_A_VM_MSR,
				TEAVMX_A_VM_MSR_NUMBER, msrs[i].number,
				TEAVMX_A_VM_MSR_VALUE, msrs[i].value);
	return set_call(teavmx, message, "the MSRs", vm);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The stop, TEAVMX_STOP_NONE when it has exited, -1 while it runs on */
static int stop_of(uint32_t state, uint32_t stop)
{
	if (state == TEAVMX_VCPU_STATE_EXITED)
		return TEAVMX_STOP_NONE;
	return state == TEAVMX_VCPU_STATE_PAUSED ? (int)stop : -1;
}

/* The stop may be among records that are gone. */
static int ask_stop(struct teavmx *teavmx, uint32_t vm, uint32_t id, int *stop)
{
	struct teavmx_vcpu vcpu;

	if (teavmx_vcpu_get(teavmx, vm, id, &vcpu))
		return -1;
	*stop = stop_of(vcpu.state, vcpu.stop);
	teavmx_vcpu_clear(&vcpu);
	return 0;
}

static int wait_for_events(struct teavmx *teavmx, int64_t end)
{
	struct pollfd poll_fd = { .fd = teavmx_event_fd(teavmx),
				  .events = POLLIN };
	int64_t left = end < 0 ? SYNC_MS : end - now_ms();
	int ready;

	if (left <= 0) {
		teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ETIME, NULL,
			    "the vCPU did not stop in time");
		errno = ETIME;
		return -1;
	}
	ready = poll(&poll_fd, 1, (int)(left < SYNC_MS ? left : SYNC_MS));
	if (ready < 0) {
		teavmx_fail(&teavmx->error, TEAVMX_REQUEST, errno, NULL,
			    "cannot wait for events: %s", strerror(errno));
		errno = teavmx->error.error;
		return -1;
	}
	return ready ? 0 : teavmx_event_sync(teavmx);
}

/* @stop stays -1 unless the record tells of one. */
static int look(struct teavmx *teavmx, uint32_t vcpu,
		const struct teavmx_record *record, struct teavmx_record *exit,
		int *stop)
{
	if (record->type == TEAVMX_RECORD_LOST)
		return ask_stop(teavmx, record->vm, vcpu, stop);
	if (record->vcpu != vcpu)
		return 0;
	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT && exit) {
		*exit = *record;
		exit->bytes = NULL;
		exit->size = 0;
	}
	if (record->type == TEAVMX_EVENT_TYPE_STATE)
		*stop = stop_of(record->state, record->stop);
	return 0;
}

int teavmx_wait_stop(struct teavmx *teavmx, uint32_t vcpu, int timeout,
		     void (*each)(const struct teavmx_record *record,
				  void *data),
		     void *data, struct teavmx_record *exit)
{
	int64_t end = timeout < 0 ? -1 : now_ms() + timeout;
	struct teavmx_record record;
	int stop = -1;
	int err;

	if (exit)
		memset(exit, 0, sizeof(*exit));
	while (stop < 0) {
		err = teavmx_event_next(teavmx, &record);
		if (err > 0) {
			if (each)
				each(&record, data);
			err = look(teavmx, vcpu, &record, exit, &stop);
		} else if (!err) {
			err = wait_for_events(teavmx, end);
		}
		if (err < 0)
			return -1;
	}
	return stop;
}
