/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VCPU_H
#define _TEAVMX_VCPU_H

#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "backend/backend.h"
#include "event.h"
#include "payload/host_ports.h"
#include "payload/port_queue.h"
#include "memory/space.h"
#include "stats.h"
#include "vm.h"
#include "tea/interp.h"
#include "vmx/exit.h"
#include "vmx/raw/inject.h"

struct nlattr;
struct payload_arguments;
struct payload_run;
struct guest_display;
struct vcpu_debug;
struct vmx_vcpu;

/* Bits of teavmx_vcpu.requests, by which other threads command the vCPU's. */
#define VCPU_REQUEST_KILL 0
#define VCPU_REQUEST_RUN 1
#define VCPU_REQUEST_PAUSE 2

/**
 * struct teavmx_vcpu - one vCPU: a TEA process, or a processor of a raw VM
 * @vm: its VM; set once
 * @id: number in the VM; set once
 * @apic_id: initial APIC ID, 0 to 7, in a raw VM; set once
 * @pid: process number, 0 in a raw VM; set once
 * @backend: how it runs; set once
 * @stack_size: TEA stack in bytes; set once
 * @return_size: bytes of the return value that the program declares; set once
 * @requests: VCPU_REQUEST_*; any thread may set a bit, atomically
 * @lock: guards @state, @stop, @port, @message, @message_size, @host_request and
 *	the end of @guest
 * @state: enum teavmx_vcpu_state; 0 while the vCPU is created
 * @stop: enum teavmx_stop: vcpu_result.stop of the last pause
 * @port: port that holds it while sleeping or waiting
 * @message_size: 0 until there is an exit message
 * @message: the exit message
 * @stack_copy: the final stack, process.sp bytes
 * @task: its thread, or NULL before it needs one
 * @runner: the process whose request runs the guest now, or NULL; guarded by
 *	vm->lock
 * @handed: result of the last guest run in a request, from which the thread
 *	goes on
 * @takes_over: the next run goes on from @handed. The request writes both before
 *	VCPU_REQUEST_RUN and wake_up_process(); a request under vm->lock may change
 *	them while the vCPU is stopped
 * @done: completed when the exit message has been published
 * @started: it was run or killed since it was created or reset; guarded by
 *	vm->lock
 * @engine: enum teavmx_engine: how its program is executed. The runner of the guest
 *	changes it to TEAVMX_ENGINE_INTERP if the translation does not fit
 * @translated: the program has been translated
 * @translation_size: bytes of guest memory for the translation
 * @keep: its memory remains when its program ends, unless that is by a kill; read it
 *	after the state
 * @resumed: the last VCPU_RUN continues a run; set before its thread is woken
 * @space: its memory; the thread frees it at exit
 * @process: registers. With the vmx back end the current ones are in guest
 *	memory while the process lives, and these are those of the launch; the
 *	final ones are copied here
 * @process_page: page of guest memory with its registers (vmx), else NULL; set once
 * @guest: the current registers in guest memory (vmx), else NULL
 * @display: characters for the display in guest memory (vmx), else NULL
 * @displayed: number of them that have an event
 * @host_request: its last access to a host port
 * @waiter: entry in the VM's queue of threads that wait for a port to change
 * @debug: state of a process under a debugger, else NULL; set once
 * @bounds: when it pauses by itself; the thread counts them down
 * @away: ns that the last run has spent at ports (soft)
 * @vmx: the part of the VMX engine, or NULL
 * @injections: events that wait for a vCPU of a raw VM; they outlive @vmx
 * @vmcs_writes: VMCS fields to overwrite, until the back end takes them over
 * @vmcs_write_count: number of @vmcs_writes
 * @stats: exit counters
 * @batch: events that are not yet in the log
 */
struct teavmx_vcpu {
	struct teavmx_vm *vm;
	u32 id;
	u8 pid;
	u8 apic_id;
	const struct backend_ops *backend;
	u32 stack_size;
	u32 return_size;
	unsigned long requests;
	spinlock_t lock;
	u8 state;
	u8 stop;
	u16 port;
	u8 message_size;
	u8 message[TEA_MESSAGE_MAX];
	u8 *stack_copy;
	struct task_struct *task;
	struct task_struct *runner;
	struct vcpu_result handed;
	bool takes_over;
	struct completion done;
	bool started;
	u8 engine;
	bool translated;
	u32 translation_size;
	bool keep;
	bool resumed;
	struct teavmx_space space;
	struct tea_process process;
	void *process_page;
	struct tea_process *guest;
	const struct guest_display *display;
	u32 displayed;
	struct host_request host_request;
	struct port_waiter waiter;
	struct vcpu_debug *debug;
	struct vcpu_bounds bounds;
	u64 away;
	struct vmx_vcpu *vmx;
	struct inject_queue injections;
	struct vmcs_write *vmcs_writes;
	unsigned int vmcs_write_count;
	struct teavmx_stats stats;
	struct event_batch batch;
};

/**
 * struct vcpu_params - the parameters of a new vCPU
 * @backend: how it runs
 * @pid: 1 to 255, or 0 for the lowest free
 * @apic_id: of a raw VM: which of its processors this is, from 0
 * @has_apic_id: @apic_id is set, and no other vCPU has it; else the payload chooses one
 * @engine: enum teavmx_engine
 * @pid_attr: attribute of @pid, for a refusal to name, or NULL
 * @backend_attr: attribute of @backend, for a refusal to name, or NULL
 * @tea_attr: an attribute that only TEA processes have, or NULL
 * @stack_size: 1 to 65535
 * @debug: it runs under a debugger
 * @runs: vcpu_run() follows, and must not fail
 * @slice: vcpu_run_slice() follows before the VM is unlocked
 * @keep: its memory remains when its program ends
 * @program: the object file
 * @program_size: its size in bytes
 * @arguments: argument bytes
 * @argument_size: bytes at @arguments
 * @writes: VMCS fields to break, or NULL; taken over by vcpu_create()
 * @write_count: number of @writes
 */
struct vcpu_params {
	const struct backend_ops *backend;
	u8 pid;
	u8 apic_id;
	bool has_apic_id;
	u8 engine;
	const struct nlattr *pid_attr;
	const struct nlattr *backend_attr;
	const struct nlattr *tea_attr;
	u32 stack_size;
	bool debug;
	bool runs;
	bool slice;
	bool keep;
	const u8 *program;
	size_t program_size;
	const u8 *arguments;
	size_t argument_size;
	struct vmcs_write *writes;
	unsigned int write_count;
};

struct teavmx_vcpu *vcpu_create(struct teavmx_vm *vm, u32 id,
				struct vcpu_params *params,
				struct netlink_ext_ack *extack);
void vcpu_wait_ended(struct teavmx_vcpu *vcpu);
void vcpu_destroy(struct teavmx_vcpu *vcpu);
int vcpu_need_stopped(const struct teavmx_vcpu *vcpu,
		      struct netlink_ext_ack *extack);
int vcpu_need_resettable(const struct teavmx_vcpu *vcpu,
			 struct netlink_ext_ack *extack);
void vcpu_reset(struct teavmx_vcpu *vcpu,
		const struct payload_arguments *arguments);
int vcpu_bound(struct teavmx_vcpu *vcpu, struct payload_run *run,
	       struct netlink_ext_ack *extack);
int vcpu_run(struct teavmx_vcpu *vcpu, const struct vcpu_bounds *bounds,
	     struct netlink_ext_ack *extack);
void vcpu_kick(struct teavmx_vcpu *vcpu);
int vcpu_pause(struct teavmx_vcpu *vcpu);
int vcpu_kill(struct teavmx_vcpu *vcpu);
u8 vcpu_state(const struct teavmx_vcpu *vcpu);

void vcpu_set_state(struct teavmx_vcpu *vcpu, u8 state, u16 port);
bool vcpu_run_waits(const struct teavmx_vcpu *vcpu);
bool vcpu_is_stopped(const struct teavmx_vcpu *vcpu);
bool vcpu_paused_by_exit(const struct teavmx_vcpu *vcpu);

/* The parts of a run, for the vCPU's thread and for vcpu/slice.c */
int vcpu_new_thread(struct teavmx_vcpu *vcpu, struct netlink_ext_ack *extack);
void vcpu_await_record(struct teavmx_vcpu *vcpu);
int vcpu_rewind(struct teavmx_vcpu *vcpu,
		const struct payload_arguments *arguments);
void vcpu_set_bounds(struct teavmx_vcpu *vcpu,
		     const struct vcpu_bounds *bounds);
void vcpu_set_running(struct teavmx_vcpu *vcpu);
void vcpu_begin_or_take(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
void vcpu_step_run(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
void vcpu_leave(struct teavmx_vcpu *vcpu);
void vcpu_set_paused(struct teavmx_vcpu *vcpu, u8 stop);
bool vcpu_finish(struct teavmx_vcpu *vcpu, u8 code);

/*
 * A vCPU's thread sleeps interruptibly, so that it does not count for the load
 * average, and freezable, so that suspend can freeze it without waking it.
 */
#define VCPU_SLEEP (TASK_INTERRUPTIBLE | TASK_FREEZABLE)

/**
 * vcpu_wait() - let the current vCPU's thread sleep until a condition holds
 * @condition: an expression that takes no lock; it includes vcpu_killed()
 *
 * The code that makes the condition true has to call wake_up_process() for this
 * thread afterwards. There is no wait queue, as each wake-up is for one thread.
 * Kernel threads receive no signals, so TASK_INTERRUPTIBLE does not end a wait.
 */
#define vcpu_wait(condition)						\
	do {								\
		might_sleep();						\
		for (;;) {						\
			/* Pairs with the barrier of wake_up_process(). */ \
			set_current_state(VCPU_SLEEP);			\
			if (condition)					\
				break;					\
			schedule();					\
		}							\
		__set_current_state(TASK_RUNNING);			\
	} while (0)

/*
 * Does the current process run the guest within its request, where it must not
 * wait? If so, nothing changes that meanwhile.
 */
static inline bool vcpu_in_slice(const struct teavmx_vcpu *vcpu)
{
	return READ_ONCE(vcpu->runner) == current;
}

static inline bool vcpu_killed(const struct teavmx_vcpu *vcpu)
{
	return test_bit(VCPU_REQUEST_KILL, &vcpu->requests);
}

/*
 * Does a process that ends with this code keep its memory? If the engine has ended it,
 * for a machine check for instance, the memory may be what has failed.
 */
static inline bool vcpu_keeps(const struct teavmx_vcpu *vcpu, u8 code)
{
	return vcpu->keep && !vcpu_killed(vcpu) && code != TEA_EXIT_KILL;
}

#endif
