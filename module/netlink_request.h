/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_REQUEST_H
#define _TEAVMX_NETLINK_REQUEST_H

#include <linux/netlink.h>
#include <net/genetlink.h>

struct teavmx_vcpu;
struct teavmx_vm;

/**
 * struct netlink_place - where a dump stands: the next object to show
 * @vm: number of the VM
 * @vcpu: number of the vCPU
 */
struct netlink_place {
	u32 vm;
	u32 vcpu;
};

/* Room for one nested pair of a number and a 64-bit value */
#define NETLINK_PAIR_SIZE \
	(nla_total_size(nla_total_size(sizeof(u32)) + \
			nla_total_size_64bit(sizeof(u64))))

int netlink_check_capable(struct sk_buff *skb, struct netlink_ext_ack *extack);
struct sk_buff *netlink_new_reply(struct genl_info *info, u8 cmd, size_t size,
				  void **header);
int netlink_send_reply(struct sk_buff *skb, void *header,
		       struct genl_info *info, int err);
struct nlattr *netlink_need(struct genl_info *info, int type,
			    const char *missing);
struct teavmx_vm *netlink_get_vm(struct genl_info *info, unsigned int id);
int netlink_with_vcpu(struct genl_info *info, unsigned int vm_id,
		      unsigned int vcpu_id,
		      int (*act)(struct genl_info *info,
				 struct teavmx_vcpu *vcpu));
int netlink_no_vmx(struct genl_info *info, int err);
int netlink_need_stopped(struct genl_info *info, struct teavmx_vcpu *vcpu);
int netlink_put_pair(struct sk_buff *skb, int type, u32 number, u64 value);
struct netlink_place *netlink_dump_place(struct netlink_callback *cb);
void *netlink_put_dump_header(struct sk_buff *skb,
			      struct netlink_callback *cb, u8 cmd);

#endif
