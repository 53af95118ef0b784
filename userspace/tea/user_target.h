/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_USER_TARGET_H
#define TEA_USER_TARGET_H

#include <userspace/common/tea_machine.h>
#include <userspace/debug/target.h>

/**
 * struct user_target - the machine in user space as the target of the debugger
 * @target: the part that the debugger uses
 * @machine: the machine
 * @debug: when the process stops
 * @loaded: @machine has a process
 */
struct user_target {
	struct debug_target target;
	struct tea_machine machine;
	struct tea_debug debug;
	bool loaded;
};

/**
 * user_target_init() - prepare a target without a process
 * @user: the target; release with user_target_release()
 * @file: the object file; it and @args must live as long as @user
 * @args: its arguments
 * @stack_size: bytes of stack
 */
void user_target_init(struct user_target *user, const struct tea_file *file,
		      const struct tea_args *args, unsigned int stack_size);

/**
 * user_target_release() - remove the process, if there is one
 * @user: the target; all zero is allowed
 */
void user_target_release(struct user_target *user);

#endif
