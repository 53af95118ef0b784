/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_BACKEND_H
#define _TEAVMX_BACKEND_H

#include <linux/types.h>

#include <uapi/teavmx.h>

struct audit;
struct netlink_ext_ack;
struct teavmx_vcpu;
struct vmx_exit;
struct vmx_findings;

/**
 * struct vmcs_write - a VMCS field that a test wants overwritten
 * @field: encoding
 * @value: what to write
 */
struct vmcs_write {
	u32 field;
	u64 value;
};

/**
 * struct vcpu_bounds - when a vCPU pauses by itself
 * @exits: VMX exits left, 0 for any number
 * @time: guest time left, in ns or what the back end counts in, 0 for any
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
 * enum vcpu_result_kind - what comes after a guest run
 * @VCPU_CONTINUES: the next guest run, unless there is a reason to pause
 * @VCPU_EXIT: the payload has to handle vcpu_result.exit
 * @VCPU_FAILED: the VM entry failed; the payload decides what that means
 * @VCPU_PAUSED: the vCPU cannot continue before VCPU_RUN, for vcpu_result.stop
 * @VCPU_BROKEN: the engine cannot run this vCPU any more
 * @VCPU_ENDED: the program ended with vcpu_result.code
 */
enum vcpu_result_kind {
	VCPU_CONTINUES,
	VCPU_EXIT,
	VCPU_FAILED,
	VCPU_PAUSED,
	VCPU_BROKEN,
	VCPU_ENDED,
};

/**
 * struct vcpu_result - what a guest run led to
 * @kind: what comes next
 * @stop: enum teavmx_stop: the reason to pause, TEAVMX_STOP_NONE for none
 * @code: exit code of the program (VCPU_ENDED)
 * @exit: the VMX exit or the failed VM entry, NULL when there was none
 * @findings: why the VM entry failed; valid with @exit
 * @audit: host state around the run, NULL when it is not compared
 *
 * All zeros before the run. What the pointers lead to is valid until the next
 * run of the same vCPU.
 */
struct vcpu_result {
	enum vcpu_result_kind kind;
	u8 stop;
	u8 code;
	const struct vmx_exit *exit;
	const struct vmx_findings *findings;
	const struct audit *audit;
};

/**
 * vcpu_reached() - a bound or a breakpoint was met
 * @result: of the run
 * @stop: enum teavmx_stop; the first one counts, but a breakpoint before all
 */
static inline void vcpu_reached(struct vcpu_result *result, u8 stop)
{
	if (!result->stop || stop == TEAVMX_STOP_BREAKPOINT)
		result->stop = stop;
}

/**
 * vcpu_stop() - the vCPU has to pause
 * @result: of the run
 * @stop: enum teavmx_stop; it counts before a bound, but not before a breakpoint
 */
static inline void vcpu_stop(struct vcpu_result *result, u8 stop)
{
	result->kind = VCPU_PAUSED;
	if (result->stop != TEAVMX_STOP_BREAKPOINT)
		result->stop = stop;
}

/**
 * vcpu_end() - the program has ended
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
 * @missing: why it cannot be used here, one sentence; NULL when it can
 * @create: build what the vCPU needs, after its payload is loaded; called
 *	with vm->lock held. 0, or a negative errno with nothing left behind and
 *	perhaps a message in @extack
 * @bound: can it keep these bounds? Then it converts the time into what it
 *	counts in. 0, or -EOPNOTSUPP with a message
 * @run: execute for a bounded time and report in a result of all zeros; called
 *	by the vCPU's thread only, may sleep
 * @destroy: undo @create; also after a @create that failed or never was
 */
struct backend_ops {
	u32 id;
	const char *(*missing)(void);
	int (*create)(struct teavmx_vcpu *vcpu,
		      struct netlink_ext_ack *extack);
	int (*bound)(struct teavmx_vcpu *vcpu, struct vcpu_bounds *bounds,
		     const char **refused);
	void (*run)(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
	void (*destroy)(struct teavmx_vcpu *vcpu);
};

extern const struct backend_ops soft_backend;
extern const struct backend_ops vmx_backend;

const struct backend_ops *backend_find(u32 id);

#endif
