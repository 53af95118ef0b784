// SPDX-License-Identifier: GPL-2.0-only
#include "emergency.h"
#include "cpu.h"
#include "../compat.h"

#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <asm/reboot.h>
#include <asm/special_insns.h>

/*
 * A CPU in VMX root operation ignores INIT, so it must leave it before the
 * kernel stops it for a crash kernel or an emergency restart. That is done by
 * an NMI, which also comes while interrupts are off: in own mode at any time, in
 * share mode between VMXON and VMXOFF. The kernel then calls its one emergency
 * callback. It is ours as long as kvm_intel is not loaded. KVM sets its own,
 * which executes VMXOFF on every CPU with CR4.VMXE set, so it serves us too.
 */

/*
 * Guards emergency_registered, and the decision at load: kvm is live before its
 * kvm_intel reaches the notifier. So either kvm is found at load, or the notifier
 * waits and then removes what was registered.
 */
static DEFINE_MUTEX(emergency_lock);
static bool emergency_registered;

/*
 * This may run in an NMI, so it takes no lock and prints nothing. The CPU does
 * not return to what it was doing, so nothing is restored. VMXOFF is right
 * whichever hypervisor executed VMXON.
 */
static void emergency_off(void)
{
	if (native_read_cr4() & X86_CR4_VMXE)
		vmx_cpu_off_emergency();
}

static void emergency_register_locked(void)
{
	lockdep_assert_held(&emergency_lock);
	if (!emergency_registered)
		cpu_emergency_register_virt_callback(emergency_off);
	emergency_registered = true;
}

static void emergency_register(void)
{
	mutex_lock(&emergency_lock);
	emergency_register_locked();
	mutex_unlock(&emergency_lock);
}

static void emergency_unregister(void)
{
	mutex_lock(&emergency_lock);
	if (emergency_registered)
		cpu_emergency_unregister_virt_callback(emergency_off);
	emergency_registered = false;
	mutex_unlock(&emergency_lock);
}

/*
 * The kernel has room for one callback, and warns if KVM sets its own while
 * ours is set. So ours is removed before kvm_intel initializes.
 */
static int emergency_module_changes(struct notifier_block *block,
				    unsigned long action, void *data)
{
	const struct module *module = data;
	bool vendor = !strcmp(module->name, "kvm_intel");

	if (action == MODULE_STATE_COMING && vendor)
		emergency_unregister();
	/*
	 * kvm_intel removes its callback when it is unloaded, which is always
	 * before kvm is. If kvm alone was loaded when this module was, no
	 * callback has been set so far.
	 */
	if (action == MODULE_STATE_GOING &&
	    (vendor || !strcmp(module->name, "kvm")))
		emergency_register();
	return NOTIFY_DONE;
}

static struct notifier_block emergency_notifier = {
	.notifier_call = emergency_module_changes,
};

/**
 * vmx_emergency_possible() - does this kernel call an emergency callback?
 *
 * Return: false for a kernel that was built without KVM and so has only an
 * empty function in place of the one that sets the callback.
 */
bool vmx_emergency_possible(void)
{
#ifdef TEAVMX_HAVE_EMERGENCY_STUB
	return false;
#else
	return true;
#endif
}

/**
 * vmx_emergency_kvm_loaded() - is kvm loaded, so that the callback is KVM's?
 *
 * Return: true when it is, with kvm_intel or without.
 */
bool vmx_emergency_kvm_loaded(void)
{
	if (!__symbol_get("kvm_rebooting"))
		return false;
	__symbol_put("kvm_rebooting");
	return true;
}

/**
 * vmx_emergency_init() - have CPUs leave VMX operation before they are stopped
 *
 * Call before a CPU enters root operation.
 *
 * Return: 0 or a negative errno.
 */
int vmx_emergency_init(void)
{
	int err = register_module_notifier(&emergency_notifier);

	if (err)
		return err;
	if (!vmx_emergency_possible())
		pr_warn("this kernel is built without KVM and has no callback for stopping a CPU: a crash kernel may not start while a guest runs\n");
	mutex_lock(&emergency_lock);
	if (!vmx_emergency_kvm_loaded())
		emergency_register_locked();
	mutex_unlock(&emergency_lock);
	return 0;
}

/**
 * vmx_emergency_exit() - undo vmx_emergency_init()
 */
void vmx_emergency_exit(void)
{
	unregister_module_notifier(&emergency_notifier);
	emergency_unregister();
}
