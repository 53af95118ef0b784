// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"
#include "netlink/family.h"
#include "memory/pages.h"
#include "payload/tea.h"
#include "vm.h"
#include "vmx/audit.h"
#include "vmx/caps.h"
#include "vmx/cpu.h"
#include "vmx/emergency.h"
#include "vmx/fpu.h"
#include "vmx/own.h"
#include "vmx/raw/cpuid.h"
#include "vmx/raw/exits.h"
#include "vmx/speculation.h"

#include <linux/module.h>
#include <linux/printk.h>

module_param_named(max_vms, vm_limits.vms, uint, 0444);
MODULE_PARM_DESC(max_vms, "VMs at a time (default: 64)");
module_param_named(max_vcpus, vm_limits.vcpus, uint, 0444);
MODULE_PARM_DESC(max_vcpus, "vCPUs in a VM (default: 255)");
module_param_named(max_pages, pages_limits.vm, ulong, 0444);
MODULE_PARM_DESC(max_pages,
		 "Pages of guest memory in a VM (default: 262144, which is 1 GiB)");
module_param_named(max_total_pages, pages_limits.total, ulong, 0444);
MODULE_PARM_DESC(max_total_pages,
		 "Pages of guest memory in all VMs together (default: half of the host's)");
module_param_named(log_size, vm_limits.log, uint, 0444);
MODULE_PARM_DESC(log_size, "Event records kept for a VM (default: 1024)");

/*
 * A host without VMX is no error: vcpu_create() refuses the vmx back end there,
 * and the soft back end works.
 */
static int __init init_vmx(void)
{
	int err;

	if (vmx_caps_init()) {
		pr_info("no VMX: %s; only the soft back end can be used\n",
			vmx_caps_missing());
		return 0;
	}
	audit_init();
	vmx_fpu_init();
	raw_exit_init();
	err = vmx_cpuid_init();
	if (err)
		return err;
	err = vmx_cpu_init();
	if (err)
		goto err_cpu;
	err = vmx_emergency_init();
	if (err)
		goto err_emergency;
	err = vmx_own_init();
	if (err)
		goto err_own;
	speculation_init();
	return 0;

err_own:
	vmx_emergency_exit();
err_emergency:
	vmx_cpu_exit();
err_cpu:
	vmx_cpuid_exit();
	return err;
}

static void exit_vmx(void)
{
	if (vmx_caps_missing())
		return;
	speculation_exit();
	vmx_own_exit();
	vmx_emergency_exit();
	vmx_cpu_exit();
	vmx_cpuid_exit();
}

/* A log has at least so many records. */
#define LOG_SIZE_MIN 32

static int __init teavmx_init(void)
{
	int err;

	if (!vm_limits.vms || !vm_limits.vcpus || !pages_limits.vm ||
	    vm_limits.log < LOG_SIZE_MIN || vm_limits.log > 1 << 20) {
		pr_err("max_vms, max_vcpus and max_pages must be at least 1, log_size from %u to %u\n",
		       LOG_SIZE_MIN, 1 << 20);
		return -EINVAL;
	}
	pages_init();
	err = init_vmx();
	if (err)
		return err;
	err = payload_tea_init();
	if (err)
		goto err_payload;
	err = vm_init();
	if (err)
		goto err_vm;
	err = netlink_init();
	if (err)
		goto err_netlink;
	pr_info("version %s, VMX on %u CPUs\n", TEAVMX_VERSION,
		vmx_caps_cpus());
	return 0;

err_netlink:
	vm_exit();
err_vm:
	payload_tea_exit();
err_payload:
	exit_vmx();
	return err;
}

static void __exit teavmx_exit(void)
{
	netlink_exit();
	vm_exit();
	payload_tea_exit();
	pages_exit();
	exit_vmx();
}

module_init(teavmx_init);
module_exit(teavmx_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The teavmx authors");
MODULE_DESCRIPTION("Small programs in VMX guests, every exit reported");
MODULE_VERSION(TEAVMX_VERSION);
