/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_EVENT_H
#define TEAVMX_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/teavmx.h>

/* The part of teavmx.h for events, which includes it. */

struct teavmx;
struct teavmx_snapshot;

/** TEAVMX_RECORD_HAS() - does a record have this TEAVMX_A_RECORD attribute? */
#define TEAVMX_RECORD_HAS(record, name) \
	(!!((record)->has & (UINT64_C(1) << TEAVMX_A_RECORD_##name)))

/**
 * struct teavmx_record - One event.
 * @vm: VM it belongs to
 * @type: enum teavmx_event_type
 * @has: bit n set: the record came with attribute n; see TEAVMX_RECORD_HAS()
 * @seq: sequence number; of TEAVMX_EVENT_TYPE_LOST that of the first lost one, and
 *	0 of TEAVMX_EVENT_TYPE_VM_NEW and _VM_END
 * @lost: of TEAVMX_EVENT_TYPE_LOST how many were lost; 0 if @vm is 0, too: then the
 *	last records of @value VMs were lost, which have ended
 * @last: of TEAVMX_EVENT_TYPE_LOST and _VM_END: number of the last record of those
 * @time: ns of CLOCK_MONOTONIC
 * @vcpu: vCPU that the event is about
 * @reason: exit reason with its flags
 * @qualification: exit qualification
 * @rip: guest RIP
 * @intr_info: VM-exit interruption information
 * @guest_physical: guest-physical address
 * @instruction_error: VM-instruction error
 * @cpu: host CPU
 * @state: new state
 * @port: port that a sleeping or waiting vCPU waits on, or that a request is
 *	for, or TEAVMX_NO_PORT
 * @pid: process that the text, packet, reply, request or exit is from
 * @before: value of a host register before a guest run
 * @after: its value after the guest run
 * @value: what a request or OUT writes, or the number of a VMCALL
 * @instruction_length: bytes of the instruction that exited
 * @instruction_info: VM-exit instruction information
 * @idt_vectoring: IDT-vectoring information
 * @idt_error: IDT-vectoring error code
 * @intr_error: VM-exit interruption error code
 * @linear: guest-linear address
 * @guest_ticks: ticks of the host's time-stamp counter from the entry to the exit; see
 *	&struct teavmx_info
 * @stop: enum teavmx_stop, why a vCPU is paused
 * @request: number of a request, for teavmx_port_answer()
 * @access_size: bytes that a request reads or writes, 1 or 2
 * @bytes: message, text or name of a register, followed by a null byte that
 *	does not count
 * @size: bytes in it
 * @refusal: why a packet was refused, or NULL
 * @snapshot: of a failed VM entry the VMCS, the capabilities of the CPU and what
 *	else rules need, for teavmx_doctor(); NULL where the record has none. Of
 *	a vCPU that was made with &struct teavmx_vmcs_write, its first VMX exit
 *	has the snapshot from before the entry
 *
 * What @bytes, @refusal and @snapshot point to is valid as long as the function
 * that delivers the record says.
 */
struct teavmx_record {
	uint32_t vm;
	uint32_t type;
	uint64_t has;
	uint64_t seq;
	uint64_t lost;
	uint64_t last;
	uint64_t time;
	uint32_t vcpu;
	uint32_t reason;
	uint64_t qualification;
	uint64_t rip;
	uint32_t intr_info;
	uint64_t guest_physical;
	uint32_t instruction_error;
	uint32_t cpu;
	uint32_t state;
	int port;
	uint8_t pid;
	uint64_t before;
	uint64_t after;
	uint64_t value;
	uint32_t instruction_length;
	uint32_t instruction_info;
	uint32_t idt_vectoring;
	uint32_t idt_error;
	uint32_t intr_error;
	uint64_t linear;
	uint32_t guest_ticks;
	uint32_t stop;
	uint32_t request;
	uint8_t access_size;
	const uint8_t *bytes;
	size_t size;
	const char *refusal;
	const struct teavmx_snapshot *snapshot;
};

/**
 * teavmx_event_open() - Begin to collect events.
 * @teavmx: handle
 * @buffer: bytes of socket buffer, 0 for the size that the library chooses
 *
 * A caller that must not miss events of a VM calls this before it creates the
 * VM. When the module is unloaded, teavmx_event_next() fails with TEAVMX_ENGINE.
 *
 * Return: 0 or -1.
 */
int teavmx_event_open(struct teavmx *teavmx, int buffer);

/**
 * struct teavmx_event_filter - Which records the kernel sends.
 * @types: bit n: those of type n; 0 for all
 * @vcpu: those of the vCPUs with this number, 0 for all
 * @every: only each n-th VMX exit of a VM that the rest lets pass, 0 for all
 * @has_reasons: of the VMX exits only those whose bit is set in @reasons; without
 *	@types only these
 * @reasons: bit n % 8 of byte n / 8: exit reason n
 *
 * All zeros lets all pass. The types lost, vm-new and vm-end pass each filter.
 */
struct teavmx_event_filter {
	uint32_t types;
	uint32_t vcpu;
	uint32_t every;
	bool has_reasons;
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE];
};

/**
 * teavmx_event_filter() - Choose the filter of the watches that follow.
 * @teavmx: handle with an open stream
 * @filter: the filter; what a new VM recorded before a watch is not filtered
 *
 * Return: 0 or -1.
 */
int teavmx_event_filter(struct teavmx *teavmx,
			const struct teavmx_event_filter *filter);

/**
 * teavmx_event_watch() - Deliver the records of one VM only.
 * @teavmx: handle with an open stream
 * @vm: the VM
 * @seq: first sequence number to deliver, 0 for the oldest in the log
 *
 * Return: 0 or -1. An earlier watch has ended, also with what it did not deliver yet.
 */
int teavmx_event_watch(struct teavmx *teavmx, uint32_t vm, uint64_t seq);

/**
 * teavmx_event_watch_all() - Deliver the records of all VMs from now on.
 * @teavmx: handle with an open stream
 *
 * Return: 0 or -1.
 */
int teavmx_event_watch_all(struct teavmx *teavmx);

/**
 * teavmx_event_fd() - Descriptor that becomes readable when events arrive.
 * @teavmx: handle
 *
 * It is for poll(). Before it waits, a caller calls teavmx_event_next() until
 * that returns 0, as the library may have read records already.
 *
 * Return: the descriptor, -1 before teavmx_event_open().
 */
int teavmx_event_fd(const struct teavmx *teavmx);

/**
 * teavmx_event_next() - The next record, in the order of the VM's sequence.
 * @teavmx: handle
 * @record: receives it; what it points to is valid until the next call
 *
 * One TEAVMX_EVENT_TYPE_LOST is delivered in place of records that left the kernel's
 * log before there was room for them. The function does not wait.
 *
 * Return: 1 with a record, 0 without, or -1.
 */
int teavmx_event_next(struct teavmx *teavmx, struct teavmx_record *record);

/**
 * teavmx_event_sync() - Have the kernel send now what it had no room for.
 * @teavmx: handle with an open stream
 *
 * Return: 0 or -1. teavmx_event_next() then delivers all that the log had.
 */
int teavmx_event_sync(struct teavmx *teavmx);

/**
 * teavmx_event_get() - Read the log of a VM once.
 * @teavmx: handle
 * @vm: the VM
 * @seq: first sequence number to read, 0 for the oldest; receives the number
 *	that follows the last record
 * @each: called for every record; what that points to is valid until it returns.
 *	A number that is missing is that of a record that has left the log
 * @data: passed on to @each
 *
 * Return: number of records, or -1.
 */
int teavmx_event_get(struct teavmx *teavmx, uint32_t vm, uint64_t *seq,
		     void (*each)(const struct teavmx_record *record,
				  void *data), void *data);

/** TEAVMX_SYNC_MS - ms without an event after which teavmx_event_sync() is due */
#define TEAVMX_SYNC_MS	1000

/**
 * enum teavmx_follow - What teavmx_follow() does next.
 * @TEAVMX_FOLLOW_FAILED: end, with an error
 * @TEAVMX_FOLLOW_ON: continue
 * @TEAVMX_FOLLOW_END: end
 * @TEAVMX_FOLLOW_SYNC: teavmx_event_sync(); only from @wait of struct
 *	teavmx_follower
 */
enum teavmx_follow {
	TEAVMX_FOLLOW_FAILED = -1,
	TEAVMX_FOLLOW_ON,
	TEAVMX_FOLLOW_END,
	TEAVMX_FOLLOW_SYNC,
};

/**
 * struct teavmx_follower - Functions that teavmx_follow() calls.
 * @check: before each record and each wait
 * @record: with the next record
 * @wait: when all records were delivered: waits until @fd is readable; after
 *	TEAVMX_SYNC_MS without an event it must return TEAVMX_FOLLOW_SYNC
 * @synced: after teavmx_event_sync(); may be NULL
 *
 * Each returns enum teavmx_follow.
 */
struct teavmx_follower {
	int (*check)(void *data);
	int (*record)(const struct teavmx_record *record, void *data);
	int (*wait)(int fd, void *data);
	int (*synced)(void *data);
};

/**
 * teavmx_follow() - Deliver events until a function ends it.
 * @teavmx: handle with an open stream
 * @follower: the functions
 * @data: passed on to them
 *
 * Return: 0 after TEAVMX_FOLLOW_END, -1 after TEAVMX_FOLLOW_FAILED and when the
 * stream failed.
 */
int teavmx_follow(struct teavmx *teavmx, const struct teavmx_follower *follower,
		  void *data);

#endif
