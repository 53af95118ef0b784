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
 * In own mode every online CPU is in VMX root operation while a VM with a vCPU
 * of the vmx back end exists. So kvm_intel must not be loaded meanwhile, and
 * whenever a CPU or the machine stops it must leave root operation first, as
 * INIT is blocked there: hotplug, suspend, reboot and, in emergency.c, a crash.
 */

static char *mode = "share";
module_param_named(vmx, mode, charp, 0444);
MODULE_PARM_DESC(vmx,
		 "share: enter VMX operation for each guest run; own: remain in it while VMs exist (default: share)");

/* Guards users. It is taken before cpus_read_lock(). */
static DEFINE_MUTEX(own_lock);
/*
 * Number of VMs that need root operation to be held. Writers hold own_lock and
 * cpus_read_lock(), so own_online() may read it under cpus_write_lock().
 */
static unsigned int users;
static int hotplug_state;
/*
 * The machine stops or starts another kernel, so no CPU may be held any more. The
 * flag is written before the IPI that releases all CPUs, and read with interrupts off.
 */
static bool own_stopping;

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

	*err = READ_ONCE(own_stopping) ? -ESHUTDOWN : vmx_cpu_hold();
}

static const char *own_refused(int err)
{
	switch (err) {
	case -EBUSY:
		return "vmx=own: another hypervisor holds VMX on a CPU; unload it or use vmx=share";
	case -ESHUTDOWN:
		return "vmx=own: the machine is being stopped";
	case -EACCES:
		return "vmx=own: KVM uses enlightened VMCSs of Hyper-V on a CPU; unload kvm_intel";
	default:
		return "vmx=own: a CPU cannot enter VMX operation; use vmx=share";
	}
}

/* Holds all online CPUs, or none when one of them cannot be held. */
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
 * vmx_own_get() - hold every online CPU in root operation
 * @extack: receives a message on failure
 *
 * Each success is undone by one vmx_own_put(). In share mode both do nothing.
 *
 * Context: may sleep.
 *
 * Return: 0, -EBUSY when kvm is loaded or another hypervisor uses VMX, -EACCES
 * when KVM uses enlightened VMCSs of Hyper-V, -EOPNOTSUPP when a CPU differs
 * from the others, -ESHUTDOWN when the machine is being stopped, or -EIO when VMXON
 * fails.
 */
int vmx_own_get(struct netlink_ext_ack *extack)
{
	int err = 0;

	if (!vmx_own_mode())
		return 0;
	mutex_lock(&own_lock);
	cpus_read_lock();
	if (!users++) {
		/*
		 * users is written before vmx_emergency_kvm_loaded() looks for
		 * kvm. Pairs with the locks that the module loader takes
		 * between making kvm live and calling module_changes() for
		 * kvm_intel: either that sees users, or kvm is found here.
		 */
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
 * Hotplug callbacks run on the CPU in question, under cpus_write_lock(), so
 * users does not change meanwhile. A CPU that cannot be held does not come
 * online while VMs exist: guests may run on every online CPU.
 */
static int own_online(unsigned int cpu)
{
	int err = 0;

	local_irq_disable();
	if (users)
		own_hold_cpu(&err);
	local_irq_enable();
	if (err)
		pr_err("CPU %u stays offline: it cannot enter VMX operation (error %d)\n",
		       cpu, err);
	return err;
}

static int own_offline(unsigned int cpu)
{
	local_irq_disable();
	own_release_cpu(NULL);
	local_irq_enable();
	return 0;
}

/*
 * Suspend takes all CPUs but one offline, which calls own_offline(). The last
 * CPU calls this, with interrupts off.
 */
static int own_suspend(void)
{
	own_release_cpu(NULL);
	return 0;
}

static void own_resume(void)
{
	int err = 0;

	if (users)
		own_hold_cpu(&err);
	if (err)
		pr_err("a CPU cannot enter VMX operation after resume: guests there enter it for each run, as with vmx=share\n");
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

/*
 * Programs still run while devices are stopped after this. VMs of theirs enter VMX
 * for each run, as in share mode, and new ones are refused.
 */
static int own_reboot(struct notifier_block *block, unsigned long action,
		      void *data)
{
	WRITE_ONCE(own_stopping, true);
	on_each_cpu(own_release_cpu, NULL, true);
	return NOTIFY_OK;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = own_reboot,
};

#ifdef TEAVMX_INJECT
/* Tests need a machine that goes on. */
static int own_reboot_set(const char *value,
			  const struct kernel_param *parameter)
{
	own_reboot(NULL, 0, NULL);
	return 0;
}

static const struct kernel_param_ops own_reboot_ops = {
	.set = own_reboot_set,
};

module_param_cb(fail_reboot, &own_reboot_ops, NULL, 0200);
MODULE_PARM_DESC(fail_reboot, "Tests: what is done before the machine stops");
#endif

/*
 * The notifier is called before kvm_intel initializes, so an error stops it
 * from being loaded while CPUs are held. It reads users without own_lock: see
 * vmx_own_get().
 */
static int module_changes(struct notifier_block *block, unsigned long action,
			  void *data)
{
	const struct module *module = data;

	if (action != MODULE_STATE_COMING ||
	    strcmp(module->name, "kvm_intel") || !READ_ONCE(users))
		return NOTIFY_DONE;
	pr_warn("kvm_intel is not loaded: VMs hold VMX (vmx=own); end them or use vmx=share\n");
	return notifier_from_errno(-EBUSY);
}

/*
 * The priority calls this before the notifier of emergency.c, which removes the
 * emergency callback for kvm_intel. It must keep it if kvm_intel is refused.
 */
static struct notifier_block module_notifier = {
	.notifier_call = module_changes,
	.priority = 1,
};

static void own_read_holder(void *data)
{
	u32 *holder = data;

	if (!(cr4_read_shadow() & X86_CR4_VMXE))
		*holder = TEAVMX_VMX_HOLDER_NONE;
	else if (vmx_cpu_held())
		*holder = TEAVMX_VMX_HOLDER_TEAVMX;
	else
		*holder = TEAVMX_VMX_HOLDER_OTHER;
}

/**
 * vmx_own_holder() - which hypervisor is in root operation on a CPU?
 * @cpu: an online CPU; the caller holds cpus_read_lock()
 *
 * Return: enum teavmx_vmx_holder. In share mode it can change at any time.
 */
u32 vmx_own_holder(unsigned int cpu)
{
	u32 holder = TEAVMX_VMX_HOLDER_NONE;

	smp_call_function_single(cpu, own_read_holder, &holder, true);
	return holder;
}

/**
 * vmx_own_init() - register the callbacks of own mode, if it is chosen
 *
 * Call after vmx_cpu_init() and vmx_emergency_init().
 *
 * Return: 0, -EINVAL for an unknown mode, -EOPNOTSUPP when this kernel cannot
 * support own mode, or the errno of a callback that cannot be registered.
 */
int vmx_own_init(void)
{
	int err;

	if (!vmx_own_mode()) {
		if (!strcmp(mode, "share"))
			return 0;
		pr_err("vmx=%s is unknown; use vmx=share or vmx=own\n", mode);
		return -EINVAL;
	}
	if (!vmx_emergency_possible()) {
		pr_err("vmx=own: this kernel is built without KVM and has no callback for stopping a CPU; use vmx=share\n");
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

/* Called when no VM is left, so no CPU is held any more. */
void vmx_own_exit(void)
{
	if (!hotplug_state)
		return;
	teavmx_unregister_syscore(&own_syscore);
	unregister_module_notifier(&module_notifier);
	unregister_reboot_notifier(&reboot_notifier);
	cpuhp_remove_state_nocalls(hotplug_state);
}
