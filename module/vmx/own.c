// SPDX-License-Identifier: GPL-2.0-only
#include "own.h"
#include "caps.h"
#include "cpu.h"
#include "emergency.h"
#include "../compat.h"
#include "../refuse.h"

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <asm/tlbflush.h>

#include <uapi/teavmx.h>

/*
 * Own mode: root operation is held on every CPU on line while a VM with a
 * vmx vCPU exists. All of this file is what that costs: others must be told
 * to keep away, and every way in which a CPU or the machine can stop must
 * leave root operation first, as it blocks INIT.
 */

static char *mode = "share";
module_param_named(vmx, mode, charp, 0444);
MODULE_PARM_DESC(vmx,
		 "share: take VMX for each stay in a guest; own: hold it while VMs exist (default: share)");

/* Guards users. Taken before cpus_read_lock(). */
static DEFINE_MUTEX(own_lock);
/* VMs that need it held. Also read in hotplug callbacks: see own_online(). */
static unsigned int users;
static int hotplug_state;

bool vmx_own_mode(void)
{
	return !strcmp(mode, "own");
}

static void own_release_cpu(void *unused)
{
	vmx_cpu_release();
}

static void own_hold_cpu(void *data)
{
	int *err = data;

	*err = vmx_cpu_hold();
}

static const char *own_refused(int err)
{
	switch (err) {
	case -EBUSY:
		return "vmx=own: another hypervisor holds VMX on a CPU";
	case -EACCES:
		return "vmx=own: KVM left enlightened VMCSs of Hyper-V on; unload kvm_intel";
	default:
		return "vmx=own: a CPU does not enter VMX operation";
	}
}

/* All CPUs on line or none. */
static int hold_all(struct netlink_ext_ack *extack)
{
	unsigned int cpu;
	int err = 0;

	for_each_online_cpu(cpu) {
		smp_call_function_single(cpu, own_hold_cpu, &err, true);
		if (err)
			break;
	}
	if (!err)
		return 0;

	on_each_cpu(own_release_cpu, NULL, true);
	return refuse(extack, NULL, err, own_refused(err));
}

static int own_hold_all(struct netlink_ext_ack *extack)
{
	if (vmx_emergency_kvm_loaded())
		return refuse(extack, NULL, -EBUSY,
			      "vmx=own: kvm is loaded; unload it or use vmx=share");
	return hold_all(extack);
}

/**
 * vmx_own_get() - hold root operation on every CPU
 * @extack: receives a sentence on failure
 *
 * Nothing to do in share mode.
 *
 * Return: 0, or -EBUSY when somebody else uses VMX.
 */
int vmx_own_get(struct netlink_ext_ack *extack)
{
	int err = 0;

	if (!vmx_own_mode())
		return 0;
	mutex_lock(&own_lock);
	cpus_read_lock();
	if (!users++) {
		/* Now kvm_intel is refused, or kvm is there to be seen. */
		smp_mb();
		err = own_hold_all(extack);
	}
	if (err)
		users--;
	cpus_read_unlock();
	mutex_unlock(&own_lock);
	return err;
}

/**
 * vmx_own_put() - undo one vmx_own_get() that succeeded
 */
void vmx_own_put(void)
{
	if (!vmx_own_mode())
		return;
	mutex_lock(&own_lock);
	cpus_read_lock();
	if (!--users)
		on_each_cpu(own_release_cpu, NULL, true);
	cpus_read_unlock();
	mutex_unlock(&own_lock);
}

/*
 * Hotplug callbacks run on the CPU, under the write side of what
 * vmx_own_get() holds for reading, so users does not change meanwhile. A CPU
 * that cannot be held does not come on line while it would have to be.
 */
static int own_online(unsigned int cpu)
{
	int err = 0;

	local_irq_disable();
	if (users)
		err = vmx_cpu_hold();
	local_irq_enable();
	if (err)
		pr_err("CPU %u stays off line: no VMX operation (%d)\n", cpu,
		       err);
	return err;
}

static int own_offline(unsigned int cpu)
{
	local_irq_disable();
	own_release_cpu(NULL);
	local_irq_enable();
	return 0;
}

/* Suspend: the other CPUs went through own_offline(), the last comes here. */
static int own_suspend(void)
{
	own_release_cpu(NULL);
	return 0;
}

static void own_resume(void)
{
	if (users && vmx_cpu_hold())
		pr_err("no VMX operation after resume; guests will be stopped\n");
}

#ifdef TEAVMX_HAVE_REGISTER_SYSCORE
static int syscore_suspend_own(void *unused)
{
	return own_suspend();
}

static void syscore_resume_own(void *unused)
{
	own_resume();
}

static const struct syscore_ops own_syscore_ops = {
	.suspend = syscore_suspend_own,
	.resume = syscore_resume_own,
};

static struct syscore own_syscore = {
	.ops = &own_syscore_ops,
};
#else
static struct syscore_ops own_syscore = {
	.suspend = own_suspend,
	.resume = own_resume,
};
#endif

static int own_reboot(struct notifier_block *block, unsigned long action,
		      void *data)
{
	on_each_cpu(own_release_cpu, NULL, true);
	return NOTIFY_OK;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = own_reboot,
};

/* Before kvm_intel's own code runs, so it never meets VMX taken. */
static int module_changes(struct notifier_block *block, unsigned long action,
			  void *data)
{
	const struct module *module = data;

	if (action != MODULE_STATE_COMING ||
	    strcmp(module->name, "kvm_intel") || !READ_ONCE(users))
		return NOTIFY_DONE;
	pr_warn("kvm_intel is not loaded: VMs hold VMX (vmx=own)\n");
	return notifier_from_errno(-EBUSY);
}

/* Before the notifier of emergency.c, which would give up the callback. */
static struct notifier_block module_notifier = {
	.notifier_call = module_changes,
	.priority = 1,
};

static void own_read_holder(void *data)
{
	u32 *holder = data;

	if (!(cr4_read_shadow() & X86_CR4_VMXE))
		*holder = TEAVMX_VMX_HOLDER_NOBODY;
	else if (vmx_cpu_held())
		*holder = TEAVMX_VMX_HOLDER_TEAVMX;
	else
		*holder = TEAVMX_VMX_HOLDER_OTHER;
}

/**
 * vmx_own_holder() - who is in root operation on a CPU?
 * @cpu: a CPU that is on line; the caller keeps it there
 *
 * Return: enum teavmx_vmx_holder, as of a moment ago.
 */
u32 vmx_own_holder(unsigned int cpu)
{
	u32 holder = TEAVMX_VMX_HOLDER_NOBODY;

	smp_call_function_single(cpu, own_read_holder, &holder, true);
	return holder;
}

/**
 * vmx_own_init() - prepare own mode, if it is chosen
 *
 * Call after vmx_cpu_init() and vmx_emergency_init().
 *
 * Return: 0, -EINVAL for an unknown mode, -EOPNOTSUPP when this kernel cannot
 * have own mode, or what the kernel says.
 */
int vmx_own_init(void)
{
	int err;

	if (!vmx_own_mode()) {
		if (!strcmp(mode, "share"))
			return 0;
		pr_err("vmx=%s is neither share nor own\n", mode);
		return -EINVAL;
	}
	if (!vmx_emergency_possible()) {
		pr_err("vmx=own: this kernel is built without KVM and calls no module when it stops a CPU; use vmx=share\n");
		return -EOPNOTSUPP;
	}
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "x86/teavmx:online",
					own_online, own_offline);
	if (err < 0)
		return err;
	hotplug_state = err;
	err = register_reboot_notifier(&reboot_notifier);
	if (err)
		goto err_reboot;
	err = register_module_notifier(&module_notifier);
	if (err)
		goto err_module;
	teavmx_register_syscore(&own_syscore);
	return 0;

err_module:
	unregister_reboot_notifier(&reboot_notifier);
err_reboot:
	cpuhp_remove_state_nocalls(hotplug_state);
	return err;
}

/* No VM is left, so nothing is held. */
void vmx_own_exit(void)
{
	if (!hotplug_state)
		return;
	teavmx_unregister_syscore(&own_syscore);
	unregister_module_notifier(&module_notifier);
	unregister_reboot_notifier(&reboot_notifier);
	cpuhp_remove_state_nocalls(hotplug_state);
}
