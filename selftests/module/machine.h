/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <sys/types.h>

#include <uapi/tea.h>
#include <userspace/lib/internal.h>

/* program_NAME, an array of the bytes of programs/NAME.tas */
#include "programs.h"

/* What the tests of this folder share: programs, and waiting for their end. */

#define FILE_OF(return_size, arguments, ...) \
	{ TEA_SIGNATURE_0, TEA_SIGNATURE_1, TEA_VERSION_MAJOR, \
	  TEA_VERSION_MINOR, return_size, arguments, __VA_ARGS__ }
/* Two bytes of an initialiser, in the order of TEA */
#define SHORT(value)	(value) >> 8 & 0xff, (value) & 0xff

/* The semaphore of programs/wait.tas */
#define PORT_OF_WAIT	0x0107

/**
 * machine_open() - a handle, or the test ends as failed
 *
 * VMs that an earlier test deleted count for max_vms until they are freed, which the
 * kernel does later. This waits until they are, so that a test can create max_vms.
 *
 * Return: a handle.
 */
struct teavmx *machine_open(void);

/**
 * machine_backend() - the backend to test: vmx where it can run, else soft
 * @teavmx: handle
 *
 * Return: the backend.
 */
enum teavmx_backend machine_backend(struct teavmx *teavmx);

/**
 * machine_new() - create a vCPU
 * @teavmx: handle
 * @vm: VM, or 0 for a new one
 * @backend: backend
 * @program: object file
 * @size: its bytes
 * @vcpu: receives the vCPU
 *
 * Return: 0 or -1.
 */
int machine_new(struct teavmx *teavmx, uint32_t vm, enum teavmx_backend backend,
		const void *program, size_t size, struct teavmx_vcpu *vcpu);

/* machine_start() - as machine_new(), and run it */
int machine_start(struct teavmx *teavmx, uint32_t vm,
		  enum teavmx_backend backend, const void *program, size_t size,
		  struct teavmx_vcpu *vcpu);

/**
 * machine_wait() - wait until a vCPU is in a state
 * @teavmx: handle
 * @vcpu: the vCPU; receives how it is then
 * @state: state
 *
 * Waits for ten seconds, or as many ms as the environment's PATIENCE_MS says.
 *
 * Return: 0, or -1 after that time or on failure.
 */
int machine_wait(struct teavmx *teavmx, struct teavmx_vcpu *vcpu,
		 uint32_t state);

/* machine_run() - as machine_start(), in a VM of its own that is gone at the end */
int machine_run(struct teavmx *teavmx, enum teavmx_backend backend,
		const void *program, size_t size, struct teavmx_vcpu *vcpu);

/**
 * machine_code() - exit code of a vCPU
 * @vcpu: the vCPU
 *
 * Return: the code, -1 when there is no exit message.
 */
int machine_code(const struct teavmx_vcpu *vcpu);

/**
 * machine_vms() - wait until so many VMs are left
 * @teavmx: handle
 * @vms: number
 *
 * Return: true when it came to that within the time of machine_wait().
 */
bool machine_vms(struct teavmx *teavmx, uint32_t vms);

/**
 * machine_threads_max() - read or set how many threads the kernel allows
 * @mode: "r" or "w"
 * @count: receives the number, or gives it; with 1 the kernel creates no further thread
 *
 * Return: 0 or -1.
 */
int machine_threads_max(const char *mode, int *count);

/**
 * machine_counts_memory() - is the size of the kernel's memory a measure of what is lost?
 *
 * Return: false in a debug kernel, where KASAN holds back what is freed. kmemleak finds
 * what is lost there, when the module is unloaded.
 */
bool machine_counts_memory(void);

/**
 * machine_thread() - the thread of a vCPU
 * @vm: VM
 * @vcpu: the vCPU
 *
 * Return: its process number, 0 when there is none.
 */
pid_t machine_thread(uint32_t vm, uint32_t vcpu);

/**
 * machine_pin() - keep a vCPU that has not run yet on one CPU, and this process
 * @vm: VM
 * @vcpu: the vCPU
 * @cpu: the CPU
 *
 * Return: 0 or -1.
 */
int machine_pin(uint32_t vm, uint32_t vcpu, uint32_t cpu);

/**
 * machine_state_of() - what a thread does
 * @thread: its process number
 *
 * Return: the letter that ps shows, or 0.
 */
char machine_state_of(pid_t thread);

/**
 * machine_thread_state() - what a vCPU's thread does
 * @vm: VM
 * @vcpu: the vCPU
 *
 * Return: the letter that ps shows, or 0.
 */
char machine_thread_state(uint32_t vm, uint32_t vcpu);

/**
 * machine_clock_ticks() - does the clock of the machine count ticks of the timer?
 *
 * So it does in a kernel that has no other clock, as the debug kernel in QEMU.
 *
 * Return: true if it is no better than 1 ms.
 */
bool machine_clock_ticks(void);

/** machine_is_bochs() - is the machine one that Bochs emulates? */
bool machine_is_bochs(void);

/**
 * machine_setting() - a number of the environment
 * @name: of the variable
 * @usual: what holds without it
 *
 * Return: the number.
 */
uint64_t machine_setting(const char *name, uint64_t usual);

/**
 * struct machine_record - a record that was kept
 * @vcpu: as of struct teavmx_record, and so on
 * @pid: process
 * @port: port
 * @request: number of a request
 * @access_size: 1 or 2
 * @writes: the request is a write
 * @value: what it writes
 * @size: bytes in @bytes
 * @bytes: text, message or packet
 */
struct machine_record {
	uint32_t vcpu;
	uint8_t pid;
	int port;
	uint32_t request;
	uint8_t access_size;
	bool writes;
	uint64_t value;
	size_t size;
	uint8_t bytes[64];
};

/**
 * machine_records() - the records of one type that the log of a VM holds
 * @teavmx: handle
 * @vm: VM
 * @type: enum teavmx_event_type
 * @records: receives the first ones
 * @max: room there
 *
 * Return: how many there are, perhaps more than @max; -1 on failure.
 */
int machine_records(struct teavmx *teavmx, uint32_t vm, uint32_t type,
		    struct machine_record *records, int max);

/* machine_await() - machine_records(), once there are @count or time is over */
int machine_await(struct teavmx *teavmx, uint32_t vm, uint32_t type,
		  struct machine_record *records, int count);

/**
 * machine_sender() - make a program that sends packets
 * @file: room for it, SENDER_MAX bytes
 * @packets: packets, each behind its number of bytes; 0 ends them
 * @end: TEA_OP_EXIT, or another opcode without operand to go on with
 *
 * Return: its size.
 */
size_t machine_sender(uint8_t *file, const uint8_t *packets, uint8_t end);

#define SENDER_MAX	512

/**
 * machine_cpu_has() - does the kernel list a feature of the processor?
 * @flag: its name in /proc/cpuinfo
 *
 * The kernel leaves out what it does not use: XSAVE, for instance, where the
 * sizes that the processor reports do not agree with each other.
 *
 * Return: true when it does.
 */
bool machine_cpu_has(const char *flag);

/**
 * machine_ms() - the time
 *
 * Return: ms of CLOCK_MONOTONIC.
 */
long long machine_ms(void);

#endif
