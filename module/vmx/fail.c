// SPDX-License-Identifier: GPL-2.0-only
#include "fail.h"

#include <linux/module.h>

unsigned int vmx_fail_step;
module_param_named(fail_step, vmx_fail_step, uint, 0600);
MODULE_PARM_DESC(fail_step,
		 "Tests: enum vmx_failure, the kind of step that fails (default: 0, none)");

atomic_t vmx_fail_nth;
module_param_named(fail_nth, vmx_fail_nth.counter, int, 0600);
MODULE_PARM_DESC(fail_nth,
		 "Tests: how many of these steps until one fails; counts down");
