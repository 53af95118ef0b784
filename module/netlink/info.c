// SPDX-License-Identifier: GPL-2.0-only
#include "family.h"
#include "gen.h"
#include "request.h"
#include "../vm.h"
#include "../vmx/caps.h"
#include "../vmx/caps_read.h"
#include "../vmx/own.h"
#include "../refuse.h"

#include <linux/cpu.h>
#include <asm/tsc.h>

/* Requests about the module and the CPUs. */

/* Sizes for the reply to INFO_GET: all but the CPUs, and each CPU. */
#define INFO_MESSAGE_SIZE 1024
#define CPU_NEST_SIZE nla_total_size(2 * nla_total_size(sizeof(u32)))

static int put_one_cpu(struct sk_buff *skb, unsigned int cpu)
{
	struct nlattr *nest = nla_nest_start(skb, TEAVMX_A_INFO_CPU);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, TEAVMX_A_CPU_ID, cpu) ||
	    nla_put_u32(skb, TEAVMX_A_CPU_VMX_HOLDER, vmx_own_holder(cpu))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_cpus(struct sk_buff *skb)
{
	unsigned int cpu;
	int err = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		err = put_one_cpu(skb, cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	return err;
}

static int put_info(struct sk_buff *skb)
{
	const char *missing = vmx_caps_missing();

	if (nla_put_string(skb, TEAVMX_A_INFO_VERSION, TEAVMX_VERSION) ||
	    nla_put_u8(skb, TEAVMX_A_INFO_VMX, !missing) ||
	    (missing &&
	     nla_put_string(skb, TEAVMX_A_INFO_VMX_MISSING, missing)) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_VMS, vm_count()) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_MAX_VMS, vm_limits.vms) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_MAX_VCPUS, vm_limits.vcpus) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_LOG_SIZE, vm_limits.log) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_VMX_CPUS, vmx_caps_cpus()) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_VMX_MODE,
			vmx_own_mode() ? TEAVMX_VMX_MODE_OWN :
					 TEAVMX_VMX_MODE_SHARE) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_INSTANCE, netlink_instance) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_TSC_KHZ, tsc_khz))
		return -EMSGSIZE;
	return put_cpus(skb);
}

int teavmx_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *version = netlink_attr(info, TEAVMX_A_INFO_VERSION);
	struct sk_buff *reply;
	void *header;

	if (version && nla_strcmp(version, TEAVMX_VERSION))
		refuse(info->extack, NULL, 0,
		       "module and tool have different versions");
	reply = netlink_new_reply(info, TEAVMX_CMD_INFO_GET,
				  INFO_MESSAGE_SIZE +
				  nr_cpu_ids * CPU_NEST_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	return netlink_send_reply(reply, header, info, put_info(reply));
}

int teavmx_nl_caps_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *cpu = netlink_need(info, TEAVMX_A_CAPS_CPU_ID,
				  "the number of the CPU is missing");
	struct vmx_caps_msrs msrs;
	struct sk_buff *reply;
	void *header;

	if (!cpu)
		return -EINVAL;
	if (vmx_caps_read(nla_get_u32(cpu), &msrs))
		return refuse(info->extack, cpu, -ENOENT,
			      "no CPU with this number is online");
	reply = netlink_new_reply(info, TEAVMX_CMD_CAPS_GET,
				  GENLMSG_DEFAULT_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	return netlink_send_reply(reply, header, info,
				  vmx_caps_put(reply, &msrs));
}
