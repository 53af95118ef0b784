// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/teavmx.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/teavmx.h>

/* Common nested types */
const struct nla_policy teavmx_vmcs_write_nl_policy[TEAVMX_A_VMCS_WRITE_PAD + 1] = {
	[TEAVMX_A_VMCS_WRITE_FIELD] = { .type = NLA_U32, },
	[TEAVMX_A_VMCS_WRITE_VALUE] = { .type = NLA_U64, },
};

/* TEAVMX_CMD_GET_INFO - do */
const struct nla_policy teavmx_get_info_nl_policy[TEAVMX_A_INFO_VERSION + 1] = {
	[TEAVMX_A_INFO_VERSION] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* TEAVMX_CMD_VM_NEW - do */
const struct nla_policy teavmx_vm_new_nl_policy[TEAVMX_A_VM_FLAGS + 1] = {
	[TEAVMX_A_VM_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x1),
};

/* TEAVMX_CMD_VM_DEL - do */
const struct nla_policy teavmx_vm_del_nl_policy[TEAVMX_A_VM_ID + 1] = {
	[TEAVMX_A_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VM_GET - do */
const struct nla_policy teavmx_vm_get_nl_policy[TEAVMX_A_VM_ID + 1] = {
	[TEAVMX_A_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VCPU_NEW - do */
const struct nla_policy teavmx_vcpu_new_nl_policy[TEAVMX_A_VCPU_VMCS_WRITE + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_BACKEND] = NLA_POLICY_MAX(NLA_U32, 1),
	[TEAVMX_A_VCPU_PID] = NLA_POLICY_MIN(NLA_U8, 1),
	[TEAVMX_A_VCPU_STACK_SIZE] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_PROGRAM] = { .type = NLA_BINARY, },
	[TEAVMX_A_VCPU_ARGUMENTS] = { .type = NLA_BINARY, },
	[TEAVMX_A_VCPU_VMCS_WRITE] = NLA_POLICY_NESTED(teavmx_vmcs_write_nl_policy),
};

/* TEAVMX_CMD_VCPU_RUN - do */
const struct nla_policy teavmx_vcpu_run_nl_policy[TEAVMX_A_VCPU_ID + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VCPU_KILL - do */
const struct nla_policy teavmx_vcpu_kill_nl_policy[TEAVMX_A_VCPU_ID + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VCPU_GET - do */
const struct nla_policy teavmx_vcpu_get_nl_policy[TEAVMX_A_VCPU_ID + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_EVENT_GET - do */
const struct nla_policy teavmx_event_get_nl_policy[TEAVMX_A_EVENT_SEQ + 1] = {
	[TEAVMX_A_EVENT_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_EVENT_SEQ] = { .type = NLA_U64, },
};

/* TEAVMX_CMD_GET_CAPS - do */
const struct nla_policy teavmx_get_caps_nl_policy[TEAVMX_A_CAPS_CPU + 1] = {
	[TEAVMX_A_CAPS_CPU] = { .type = NLA_U32, },
};

/* Ops table for teavmx */
const struct genl_ops teavmx_nl_ops[10] = {
	{
		.cmd		= TEAVMX_CMD_GET_INFO,
		.doit		= teavmx_nl_get_info_doit,
		.policy		= teavmx_get_info_nl_policy,
		.maxattr	= TEAVMX_A_INFO_VERSION,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_VM_NEW,
		.doit		= teavmx_nl_vm_new_doit,
		.policy		= teavmx_vm_new_nl_policy,
		.maxattr	= TEAVMX_A_VM_FLAGS,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_VM_DEL,
		.doit		= teavmx_nl_vm_del_doit,
		.policy		= teavmx_vm_del_nl_policy,
		.maxattr	= TEAVMX_A_VM_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_VM_GET,
		.doit		= teavmx_nl_vm_get_doit,
		.dumpit		= teavmx_nl_vm_get_dumpit,
		.policy		= teavmx_vm_get_nl_policy,
		.maxattr	= TEAVMX_A_VM_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_NEW,
		.doit		= teavmx_nl_vcpu_new_doit,
		.policy		= teavmx_vcpu_new_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_VMCS_WRITE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_RUN,
		.doit		= teavmx_nl_vcpu_run_doit,
		.policy		= teavmx_vcpu_run_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_KILL,
		.doit		= teavmx_nl_vcpu_kill_doit,
		.policy		= teavmx_vcpu_kill_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_GET,
		.doit		= teavmx_nl_vcpu_get_doit,
		.dumpit		= teavmx_nl_vcpu_get_dumpit,
		.policy		= teavmx_vcpu_get_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_EVENT_GET,
		.doit		= teavmx_nl_event_get_doit,
		.policy		= teavmx_event_get_nl_policy,
		.maxattr	= TEAVMX_A_EVENT_SEQ,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TEAVMX_CMD_GET_CAPS,
		.doit		= teavmx_nl_get_caps_doit,
		.policy		= teavmx_get_caps_nl_policy,
		.maxattr	= TEAVMX_A_CAPS_CPU,
		.flags		= GENL_ADMIN_PERM,
	},
};
