/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_BACKEND_H
#define _TEAVMX_BACKEND_H

#include <linux/types.h>

#include <uapi/teavmx.h>

struct audit;
struct netlink_ext_ack;
struct teavmx_vcpu;
struct vmx_exit;
struct vmx_fastpath;
struct vmx_snapshot;

/**
 * struct vmcs_write - a VMCS field and its value
 * @field: encoding
 * @value: value to write, or that was read
 */
struct vmcs_write {
	u32 field;
	u64 value;
};

/**
 * struct vcpu_bounds - when a vCPU pauses by itself
 * @exits: VMX exits left, 0 for any number
 * @time: guest time left, in ns or, after bound(), in the unit of the back end;
 *	0 for any
 * @steps: instructions left, 0 for any number
 * @until: enum tea_debug_until, for a process under a debugger
 */
struct vcpu_bounds {
	u64 exits;
	u64 time;
	u64 steps;
	u32 until;
};

/**
 * enum vcpu_result_kind - what follows a guest run
 * @VCPU_CONTINUES: the next guest run, unless there is a reason to pause
 * @VCPU_EXIT: the payload has to handle vcpu_result.exit
 * @VCPU_FAILED: the VM entry failed; the payload decides what that means
 * @VCPU_PAUSED: the vCPU cannot continue before VCPU_RUN, for vcpu_result.stop
 * @VCPU_BROKEN: the engine cannot run this vCPU any more
 * @VCPU_ENDED: the program ended with vcpu_result.code
 * @VCPU_THREAD: only the vCPU's thread can go on. Nothing is to be recorded yet,
 *	unless there is an exit; the next run, in the thread, has the result, and
 *	vcpu_result.stop again
 */
enum vcpu_result_kind {
	VCPU_CONTINUES,
	VCPU_EXIT,
	VCPU_FAILED,
	VCPU_PAUSED,
	VCPU_BROKEN,
	VCPU_ENDED,
	VCPU_THREAD,
};

/**
 * struct vcpu_result - the result of a guest run
 * @kind: what follows
 * @stop: enum teavmx_stop: the reason to pause, TEAVMX_STOP_NONE for none
 * @code: exit code of the program (VCPU_ENDED)
 * @fastpath: VMX exits of the run that were answered without an end of it,
 *	NULL for a back end without VMX
 * @exit: the VMX exit that ended the run, or the failed VM entry, NULL when
 *	there was none
 * @snapshot: the VMCS of a VM entry that failed, or that from before the first
 *	entry of a vCPU with vmcs-write; NULL for none; valid with @exit
 * @audit: host state around the run, NULL when it is not compared
 *
 * All zeros before the run. The pointers are valid until the next run of the
 * same vCPU.
 */
struct vcpu_result {
	enum vcpu_result_kind kind;
	u8 stop;
	u8 code;
	const struct vmx_fastpath *fastpath;
	const struct vmx_exit *exit;
	const struct vmx_snapshot *snapshot;
	const struct audit *audit;
};

/**
 * vcpu_reached() - record that a bound or a breakpoint was reached
 * @result: of the run
 * @stop: enum teavmx_stop. The first one is kept, but a breakpoint replaces any
 */
static inline void vcpu_reached(struct vcpu_result *result, u8 stop)
{
	if (!result->stop || stop == TEAVMX_STOP_BREAKPOINT)
		result->stop = stop;
}

/**
 * vcpu_stop() - record that the vCPU has to pause
 * @result: of the run
 * @stop: enum teavmx_stop; it replaces a bound, but not a breakpoint
 */
static inline void vcpu_stop(struct vcpu_result *result, u8 stop)
{
	result->kind = VCPU_PAUSED;
	if (result->stop != TEAVMX_STOP_BREAKPOINT)
		result->stop = stop;
}

/**
 * vcpu_end() - record that the program has ended
 * @result: of the run
 * @code: exit code
 */
static inline void vcpu_end(struct vcpu_result *result, u8 code)
{
	result->kind = VCPU_ENDED;
	result->code = code;
}

/**
 * struct backend_ops - a way to run a payload
 * @id: enum teavmx_backend
 * @missing: why it cannot be used here, a message; NULL when it can
 * @create: allocate the back end's part of a vCPU whose payload is loaded;
 *	called with vm->lock held. 0, or a negative errno with everything freed again
 *	and perhaps a message in @extack
 * @bound: check that it can enforce these bounds, and convert the time to its
 *	own unit. 0, or -EOPNOTSUPP with a message
 * @enter: prepare runs in the process that calls it, each of them at most so many
 *	cycles of the TSC long. False when the guest cannot run there; NULL when it never can
 * @run: execute the guest for a bounded time and fill a result of all zeros;
 *	called by the vCPU's thread, or after @enter; may sleep
 * @leave: after one or more runs: the caller, which made them, makes none for
 *	now. NULL when nothing is to be done
 * @reset: take the vCPU back to what @create has made of it; it does not run
 * @destroy: undo @create; also after a @create that failed or was not called
 */
struct backend_ops {
	u32 id;
	const char *(*missing)(void);
	int (*create)(struct teavmx_vcpu *vcpu,
		      struct netlink_ext_ack *extack);
	int (*bound)(struct teavmx_vcpu *vcpu, struct vcpu_bounds *bounds,
		     const char **refused);
	bool (*enter)(struct teavmx_vcpu *vcpu, u64 cycles);
	void (*run)(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
	void (*leave)(struct teavmx_vcpu *vcpu);
	void (*reset)(struct teavmx_vcpu *vcpu);
	void (*destroy)(struct teavmx_vcpu *vcpu);
};

extern const struct backend_ops soft_backend;
extern const struct backend_ops vmx_backend;

const struct backend_ops *backend_find(u32 id);

#endif
