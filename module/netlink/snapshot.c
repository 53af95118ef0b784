// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "request.h"
#include "../memory/ram_snapshot.h"
#include "../payload/payload.h"
#include "../payload/raw_snapshot.h"
#include "../refuse.h"
#include "../vm.h"
#include "../vmx/raw/vm.h"

#include <linux/err.h>
#include <linux/mm.h>

/* Requests about snapshots of raw VMs: VM_SNAPSHOT, VM_RESET, VM_CLONE, MEM_DIRTY. */

#define DIRTY_PAGES (TEAVMX_MEMORY_CHUNK / sizeof(u64))

static int with_raw_vm(struct genl_info *info, unsigned int id,
		       int (*act)(struct genl_info *info, struct teavmx_vm *vm))
{
	struct teavmx_vm *vm = netlink_get_vm(info, id);
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = netlink_need_payload(info, vm, &payload_raw, id) ?: act(info, vm);
	vm_put(vm);
	return netlink_no_vmx(info, err);
}

static int take_snapshot(struct genl_info *info, struct teavmx_vm *vm)
{
	return payload_raw_snapshot_take(vm, info->extack);
}

int teavmx_nl_vm_snapshot_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_raw_vm(info, TEAVMX_A_VM_ID, take_snapshot);
}

static int reset_vm(struct genl_info *info, struct teavmx_vm *vm)
{
	return payload_raw_snapshot_reset(vm, info->extack);
}

int teavmx_nl_vm_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_raw_vm(info, TEAVMX_A_VM_ID, reset_vm);
}

/*
 * The other VM is not locked meanwhile: the snapshot does not change, and no
 * order is defined in which two VMs are locked.
 */
static int clone_vm(struct sk_buff *skb, struct genl_info *info,
		    struct raw_snapshot *snapshot)
{
	struct nlattr *flags = netlink_attr(info, TEAVMX_A_VM_FLAGS);
	const struct vm_owner owner = {
		.port = info->snd_portid,
		.socket = NETLINK_CB(skb).sk,
	};
	struct sk_buff *reply;
	struct teavmx_vm *vm;
	void *header;
	u32 id;
	int err;

	reply = netlink_new_vm_reply(info, TEAVMX_CMD_VM_CLONE, &header);
	if (!reply)
		return -ENOMEM;
	vm = vm_create(flags ? nla_get_u32(flags) : 0, &owner, &payload_raw,
		       payload_raw_snapshot_memory(snapshot), info->extack);
	if (IS_ERR(vm)) {
		nlmsg_free(reply);
		return PTR_ERR(vm);
	}
	id = vm->id;
	err = payload_raw_snapshot_clone(vm, snapshot, info->extack);
	if (err)
		nlmsg_free(reply);
	else
		err = netlink_send_vm(reply, header, info, vm);
	vm_put(vm);
	if (err)
		vm_delete(id);
	return netlink_no_vmx(info, err);
}

static struct raw_snapshot *snapshot_of(struct genl_info *info)
{
	struct teavmx_vm *vm = netlink_get_vm(info, TEAVMX_A_VM_ID);
	struct raw_snapshot *snapshot;
	int err;

	if (IS_ERR(vm))
		return ERR_CAST(vm);
	err = netlink_need_payload(info, vm, &payload_raw, TEAVMX_A_VM_ID);
	snapshot = err ? ERR_PTR(err) :
			 payload_raw_snapshot_get(vm, info->extack);
	vm_put(vm);
	return snapshot;
}

int teavmx_nl_vm_clone_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *flags = netlink_attr(info, TEAVMX_A_VM_FLAGS);
	struct raw_snapshot *snapshot;
	int err;

	err = netlink_check_flags(info, flags, true);
	if (err)
		return err;
	snapshot = snapshot_of(info);
	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);
	err = clone_vm(skb, info, snapshot);
	payload_raw_snapshot_put(snapshot);
	return err;
}

static unsigned int dirty_pages(struct teavmx_ram *ram, u64 gpa, u64 *to)
{
	unsigned int count;

	for (count = 0; count < DIRTY_PAGES && ram_dirty_next(ram, &gpa);
	     count++) {
		to[count] = gpa;
		gpa += PAGE_SIZE;
	}
	return count;
}

static int reply_dirty(struct genl_info *info, struct teavmx_ram *ram, u64 gpa)
{
	unsigned int count;
	struct nlattr *nest;
	struct sk_buff *reply;
	void *header;

	reply = netlink_new_reply(info, TEAVMX_CMD_MEM_DIRTY,
				  nla_total_size(TEAVMX_MEMORY_CHUNK), &header);
	if (!reply)
		return -ENOMEM;
	nest = nla_nest_start_noflag(reply, TEAVMX_A_MEMORY_PAGES);
	if (!nest)
		return netlink_send_reply(reply, header, info, -EMSGSIZE);
	count = dirty_pages(ram, gpa, nla_data(nest));
	skb_put(reply, count * sizeof(u64));
	nla_nest_end(reply, nest);
	return netlink_send_reply(reply, header, info, 0);
}

static int get_dirty(struct genl_info *info, struct teavmx_vm *vm)
{
	struct nlattr *address = netlink_attr(info, TEAVMX_A_MEMORY_ADDRESS);

	if (!vm->raw->snapshot)
		return refuse(info->extack, NULL, -ENOENT,
			      "the VM has no snapshot; take one first");
	return reply_dirty(info, &vm->raw->ram,
			   address ? nla_get_u64(address) : 0);
}

int teavmx_nl_mem_dirty_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_raw_vm(info, TEAVMX_A_MEMORY_VM_ID, get_dirty);
}
