/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_REQUEST_H
#define _TEAVMX_NETLINK_REQUEST_H

#include <linux/netlink.h>
#include <net/genetlink.h>

struct backend_ops;
struct event_log;
struct payload_ops;
struct teavmx_vcpu;
struct teavmx_vm;

/**
 * struct netlink_place - the place of a dump: the next object to add
 * @vm: number of the VM
 * @vcpu: number of the vCPU; U32_MAX + 1 after the last one
 */
struct netlink_place {
	u32 vm;
	u64 vcpu;
};

/*
 * Calls nla_parse_nested() for an array that has exactly as many elements as
 * the policy, so that neither is read beyond its end.
 */
#define netlink_parse_nest(tb, nest, policy, extack) ({			\
	static_assert(ARRAY_SIZE(tb) == ARRAY_SIZE(policy));		\
	nla_parse_nested(tb, ARRAY_SIZE(policy) - 1, nest, policy,	\
			 extack);					\
})

/* Size of the nest that netlink_put_pair() adds. */
#define NETLINK_PAIR_SIZE \
	(nla_total_size(nla_total_size(sizeof(u32)) + \
			nla_total_size_64bit(sizeof(u64))))

int netlink_check_capable(struct sk_buff *skb, struct netlink_ext_ack *extack);
void netlink_set_maxattr(struct genl_info *info, unsigned int maxattr);
struct nlattr *netlink_attr(const struct genl_info *info, unsigned int type);
struct nlattr *netlink_dump_attr(struct netlink_callback *cb,
				 unsigned int type);
struct sk_buff *netlink_new_reply(struct genl_info *info, u8 cmd, size_t size,
				  void **header);
int netlink_send_reply(struct sk_buff *skb, void *header,
		       struct genl_info *info, int err);
int netlink_send_done(struct sk_buff *skb, void *header,
		      struct genl_info *info, int err);
u8 *netlink_gather_program(struct genl_info *info, int type, size_t *size);
struct nlattr *netlink_need(struct genl_info *info, int type,
			    const char *missing);
int netlink_check_flags(struct genl_info *info, const struct nlattr *flags,
			bool raw);
struct teavmx_vm *netlink_new_vm(struct sk_buff *skb, struct genl_info *info,
				 const struct nlattr *flags,
				 const struct nlattr *memory);
struct sk_buff *netlink_new_vm_reply(struct genl_info *info, u8 cmd,
				     void **header);
int netlink_send_vm(struct sk_buff *reply, void *header,
		    struct genl_info *info, struct teavmx_vm *vm);
struct teavmx_vm *netlink_get_vm(struct genl_info *info, unsigned int id);
struct event_log *netlink_get_log(struct genl_info *info, unsigned int id);
const struct backend_ops *netlink_backend(struct genl_info *info,
					  unsigned int attr);
int netlink_check_backend(struct genl_info *info, unsigned int attr);
u8 netlink_engine(struct genl_info *info, unsigned int attr);
int netlink_check_engine(struct genl_info *info, unsigned int attr,
			 unsigned int backend);
int netlink_need_payload(struct genl_info *info, const struct teavmx_vm *vm,
			 const struct payload_ops *payload, unsigned int id);
struct teavmx_vcpu *netlink_get_vcpu(struct genl_info *info,
				     struct teavmx_vm *vm, unsigned int id);
int netlink_with_vcpu(struct genl_info *info, unsigned int vm_id,
		      unsigned int vcpu_id,
		      int (*act)(struct genl_info *info,
				 struct teavmx_vcpu *vcpu));
int netlink_no_vmx(struct genl_info *info, int err);
int netlink_put_pair(struct sk_buff *skb, int type, u32 number, u64 value);
struct netlink_place *netlink_dump_begin(struct netlink_callback *cb);
void *netlink_put_dump_header(struct sk_buff *skb,
			      struct netlink_callback *cb, u8 cmd);

#endif
