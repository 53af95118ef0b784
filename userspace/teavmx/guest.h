/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_GUEST_RUN_H
#define TEAVMX_GUEST_RUN_H

#include <jansson.h>

#include <userspace/lib/teavmx.h>

#include "board.h"
#include "findings.h"
#include "output.h"

#define GUEST_CAUSE_MAX		1536

/**
 * enum guest_end - how a payload ended
 * @GUEST_RUNS: not yet
 * @GUEST_HALTED: all of its vCPUs halted
 * @GUEST_EXIT_PORT: it wrote to the exit port
 * @GUEST_FAILED: VM entry failed
 * @GUEST_STUCK: an exit that no device answers
 * @GUEST_KILLED: another process killed its vCPU
 * @GUEST_TIMEOUT: the time of --timeout was over
 * @GUEST_INTERRUPTED: the user ended it
 */
enum guest_end {
	GUEST_RUNS,
	GUEST_HALTED,
	GUEST_EXIT_PORT,
	GUEST_FAILED,
	GUEST_STUCK,
	GUEST_KILLED,
	GUEST_TIMEOUT,
	GUEST_INTERRUPTED,
};

/**
 * struct guest_vcpu - a vCPU of a payload
 * @id: its number
 * @runs: it runs, by the records so far
 * @halted: it waits in HLT
 * @next_seq: records of it before this number are already accounted for
 * @exit: its last exit or failed entry
 * @page: the page that is shared with it
 */
struct guest_vcpu {
	uint32_t id;
	bool runs;
	bool halted;
	uint64_t next_seq;
	struct teavmx_record exit;
	struct teavmx_page page;
};

/**
 * struct guest - a payload while it runs
 * @teavmx: handle; its stream watches the VM
 * @vm: the VM
 * @vcpus: its vCPUs
 * @count: how many
 * @board: its devices
 * @seconds: how long it may run, 0 for no limit
 * @deadline: when that is over, in ms of CLOCK_MONOTONIC, or 0
 * @end: how it ended
 * @culprit: vCPU that @cause is about
 * @cause: a message, if it ended in error
 * @findings: why VM entry failed
 * @pausing: vCPUs were requested to pause
 * @firmware: firmware_write() has written its vectors
 * @held: other clients run the vCPUs, and no exit ends the payload
 */
struct guest {
	struct teavmx *teavmx;
	uint32_t vm;
	struct guest_vcpu vcpus[TEAVMX_RAW_VCPUS_MAX];
	size_t count;
	struct board board;
	unsigned long long seconds;
	long long deadline;
	enum guest_end end;
	uint32_t culprit;
	char cause[GUEST_CAUSE_MAX];
	struct findings findings;
	bool pausing;
	bool firmware;
	bool held;
};

/**
 * guest_device_reason() - can the devices answer an exit?
 * @reason: the exit reason, whose upper half is ignored
 *
 * Other clients can route such exits to themselves, and back.
 *
 * Return: true if they can.
 */
bool guest_device_reason(uint32_t reason);

/**
 * guest_answers() - have the module hand exits to the devices, or to other clients
 * @guest: the payload; its VM exists
 * @answers: to the devices
 *
 * Return: 0 or -1.
 */
int guest_answers(struct guest *guest, bool answers);

/**
 * guest_start() - run the vCPUs
 * @guest: the payload; its vCPUs are ready
 *
 * Return: 0, or -1 when a request failed.
 */
int guest_start(struct guest *guest);

/**
 * guest_run() - run the vCPUs and answer their exits until the end
 * @guest: the payload; its vCPUs are ready. With @held they are not run
 *
 * Return: 0, or -1 when a request failed.
 */
int guest_run(struct guest *guest);

#endif
