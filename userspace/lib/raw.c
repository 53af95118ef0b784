// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"

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
	return teavmx_call(teavmx, message, "set %s of VM %u", NULL, what, vm);
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

int teavmx_program_reasons(struct teavmx *teavmx, uint32_t vm,
			   const uint8_t reasons[TEAVMX_HOST_REASONS_SIZE])
{
	struct nl_msg *message = set_request(teavmx, vm, 0);

	if (!message)
		return -1;
	nla_put(message, TEAVMX_A_VM_PROGRAM_REASONS, TEAVMX_HOST_REASONS_SIZE,
		reasons);
	return set_call(teavmx, message, "the exits for its program", vm);
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

/* The stop, TEAVMX_STOP_NONE when the vCPU has exited, -1 while it runs */
static int stop_of(uint32_t state, uint32_t stop)
{
	if (state == TEAVMX_VCPU_STATE_EXITED)
		return TEAVMX_STOP_NONE;
	return state == TEAVMX_VCPU_STATE_PAUSED ? (int)stop : -1;
}

struct stop_wait {
	struct teavmx *teavmx;
	uint32_t vcpu;
	int64_t end;
	void (*each)(const struct teavmx_record *record, void *data);
	void *data;
	struct teavmx_record *exit;
	int stop;
	int asked;
	uint64_t next_seq;
	bool drained;
};

/*
 * The record of the stop may be among the lost ones; if it is not, then it follows, and
 * the exit of the stop in front of it. Records from @next_seq on are later than the state.
 */
static int stop_wait_ask(struct stop_wait *wait, uint32_t vm)
{
	uint32_t state, stop;
	struct teavmx_vm now;

	if (teavmx_vm_get(wait->teavmx, vm, &now) ||
	    teavmx_vcpu_state(wait->teavmx, vm, wait->vcpu, &state, &stop))
		return TEAVMX_FOLLOW_FAILED;
	wait->asked = stop_of(state, stop);
	wait->next_seq = now.next_seq;
	wait->drained = false;
	if (wait->exit)
		memset(wait->exit, 0, sizeof(*wait->exit));
	return TEAVMX_FOLLOW_ON;
}

/* What the synchronization has brought is delivered before the next wait. */
static int stop_wait_synced(void *data)
{
	struct stop_wait *wait = data;

	wait->drained = true;
	return TEAVMX_FOLLOW_ON;
}

static int stop_wait_check(void *data)
{
	const struct stop_wait *wait = data;

	return wait->stop < 0 ? TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_END;
}

static int stop_wait_poll(int fd, void *data)
{
	struct stop_wait *wait = data;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct teavmx_error *error = &wait->teavmx->error;
	int64_t left = wait->end < 0 ? TEAVMX_SYNC_MS : wait->end - now_ms();
	int ready;

	if (wait->drained && wait->asked >= 0) {
		wait->stop = wait->asked;
		return TEAVMX_FOLLOW_ON;
	}
	if (left <= 0) {
		teavmx_fail(error, TEAVMX_REQUEST, ETIME, NULL,
			    "the vCPU did not stop in time");
		errno = ETIME;
		return TEAVMX_FOLLOW_FAILED;
	}
	ready = poll(&poll_fd, 1,
		     (int)(left < TEAVMX_SYNC_MS ? left : TEAVMX_SYNC_MS));
	if (ready < 0) {
		teavmx_fail(error, TEAVMX_REQUEST, errno, NULL,
			    "cannot wait for events: %s", strerror(errno));
		errno = error->error;
		return TEAVMX_FOLLOW_FAILED;
	}
	return ready ? TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_SYNC;
}

static int stop_wait_record(const struct teavmx_record *record, void *data)
{
	struct stop_wait *wait = data;

	if (wait->each)
		wait->each(record, wait->data);
	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		return stop_wait_ask(wait, record->vm);
	if (wait->asked >= 0 && record->seq >= wait->next_seq)
		wait->stop = wait->asked;
	if (record->vcpu != wait->vcpu)
		return TEAVMX_FOLLOW_ON;
	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT && wait->exit) {
		*wait->exit = *record;
		wait->exit->bytes = NULL;
		wait->exit->size = 0;
		wait->exit->snapshot = NULL;
	}
	if (record->type == TEAVMX_EVENT_TYPE_STATE) {
		wait->stop = stop_of(record->state, record->stop);
		wait->asked = -1;
	}
	return TEAVMX_FOLLOW_ON;
}

int teavmx_wait_stop(struct teavmx *teavmx, uint32_t vcpu, int timeout,
		     void (*each)(const struct teavmx_record *record,
				  void *data),
		     void *data, struct teavmx_record *exit)
{
	static const struct teavmx_follower follower = {
		.check = stop_wait_check,
		.record = stop_wait_record,
		.wait = stop_wait_poll,
		.synced = stop_wait_synced,
	};
	struct stop_wait wait = {
		.teavmx = teavmx,
		.vcpu = vcpu,
		.end = timeout < 0 ? -1 : now_ms() + timeout,
		.each = each,
		.data = data,
		.exit = exit,
		.stop = -1,
		.asked = -1,
	};

	if (exit)
		memset(exit, 0, sizeof(*exit));
	return teavmx_follow(teavmx, &follower, &wait) ? -1 : wait.stop;
}
