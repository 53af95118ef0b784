// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/teavmx.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "gen.h"

#include <uapi/teavmx.h>

/* Common nested types */
const struct nla_policy teavmx_cpuid_nl_policy[TEAVMX_A_CPUID_EDX + 1] = {
	[TEAVMX_A_CPUID_LEAF] = { .type = NLA_U32, },
	[TEAVMX_A_CPUID_SUBLEAF] = { .type = NLA_U32, },
	[TEAVMX_A_CPUID_EAX] = { .type = NLA_U32, },
	[TEAVMX_A_CPUID_EBX] = { .type = NLA_U32, },
	[TEAVMX_A_CPUID_ECX] = { .type = NLA_U32, },
	[TEAVMX_A_CPUID_EDX] = { .type = NLA_U32, },
};

const struct nla_policy teavmx_new_vm_nl_policy[TEAVMX_A_NEW_VM_PAD + 1] = {
	[TEAVMX_A_NEW_VM_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[TEAVMX_A_NEW_VM_MEMORY] = { .type = NLA_U64, },
};

const struct nla_policy teavmx_register_nl_policy[TEAVMX_A_REGISTER_PAD + 1] = {
	[TEAVMX_A_REGISTER_NUMBER] = { .type = NLA_U32, },
	[TEAVMX_A_REGISTER_VALUE] = { .type = NLA_U64, },
};

const struct nla_policy teavmx_vm_msr_nl_policy[TEAVMX_A_VM_MSR_PAD + 1] = {
	[TEAVMX_A_VM_MSR_NUMBER] = { .type = NLA_U32, },
	[TEAVMX_A_VM_MSR_VALUE] = { .type = NLA_U64, },
};

const struct nla_policy teavmx_vmcs_field_nl_policy[TEAVMX_A_VMCS_FIELD_PAD + 1] = {
	[TEAVMX_A_VMCS_FIELD_ENCODING] = { .type = NLA_U32, },
	[TEAVMX_A_VMCS_FIELD_VALUE] = { .type = NLA_U64, },
};

/* TEAVMX_CMD_INFO_GET - do */
const struct nla_policy teavmx_info_get_nl_policy[TEAVMX_A_INFO_VERSION + 1] = {
	[TEAVMX_A_INFO_VERSION] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* TEAVMX_CMD_VM_NEW - do */
const struct nla_policy teavmx_vm_new_nl_policy[TEAVMX_A_VM_MEMORY + 1] = {
	[TEAVMX_A_VM_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[TEAVMX_A_VM_MEMORY] = { .type = NLA_U64, },
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
const struct nla_policy teavmx_vcpu_new_nl_policy[TEAVMX_A_VCPU_ENGINE + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_BACKEND] = NLA_POLICY_MAX(NLA_U32, 1),
	[TEAVMX_A_VCPU_PID] = NLA_POLICY_MIN(NLA_U8, 1),
	[TEAVMX_A_VCPU_STACK_SIZE] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_PROGRAM] = { .type = NLA_BINARY, },
	[TEAVMX_A_VCPU_ARGUMENTS] = { .type = NLA_BINARY, },
	[TEAVMX_A_VCPU_VMCS_WRITE] = NLA_POLICY_NESTED(teavmx_vmcs_field_nl_policy),
	[TEAVMX_A_VCPU_DEBUG] = { .type = NLA_FLAG, },
	[TEAVMX_A_VCPU_NEW_VM] = NLA_POLICY_NESTED(teavmx_new_vm_nl_policy),
	[TEAVMX_A_VCPU_RUN] = { .type = NLA_FLAG, },
	[TEAVMX_A_VCPU_SLICE] = { .type = NLA_FLAG, },
	[TEAVMX_A_VCPU_KEEP] = { .type = NLA_FLAG, },
	[TEAVMX_A_VCPU_ENGINE] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* TEAVMX_CMD_VCPU_RUN - do */
const struct nla_policy teavmx_vcpu_run_nl_policy[TEAVMX_A_VCPU_BATCH + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_ANSWER] = { .type = NLA_U64, },
	[TEAVMX_A_VCPU_BOUND_EXITS] = { .type = NLA_U64, },
	[TEAVMX_A_VCPU_BOUND_TIME] = { .type = NLA_U64, },
	[TEAVMX_A_VCPU_BOUND_STEPS] = { .type = NLA_U64, },
	[TEAVMX_A_VCPU_UNTIL] = NLA_POLICY_MAX(NLA_U32, 2),
	[TEAVMX_A_VCPU_RESUME] = { .type = NLA_FLAG, },
	[TEAVMX_A_VCPU_SLICE] = { .type = NLA_FLAG, },
	[TEAVMX_A_VCPU_ARGUMENTS] = { .type = NLA_BINARY, },
	[TEAVMX_A_VCPU_RESET] = { .type = NLA_FLAG, },
	[TEAVMX_A_VCPU_BATCH] = NLA_POLICY_MIN(NLA_U32, 1),
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

/* TEAVMX_CMD_CAPS_GET - do */
const struct nla_policy teavmx_caps_get_nl_policy[TEAVMX_A_CAPS_CPU_ID + 1] = {
	[TEAVMX_A_CAPS_CPU_ID] = { .type = NLA_U32, },
};

/* TEAVMX_CMD_VM_SET - do */
const struct nla_policy teavmx_vm_set_nl_policy[TEAVMX_A_VM_PROGRAM_REASONS + 1] = {
	[TEAVMX_A_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VM_HOST_REASONS] = { .type = NLA_BINARY, },
	[TEAVMX_A_VM_HOST_EXCEPTIONS] = { .type = NLA_U32, },
	[TEAVMX_A_VM_CPUID] = NLA_POLICY_NESTED(teavmx_cpuid_nl_policy),
	[TEAVMX_A_VM_MSR] = NLA_POLICY_NESTED(teavmx_vm_msr_nl_policy),
	[TEAVMX_A_VM_PROGRAM_REASONS] = { .type = NLA_BINARY, },
};

/* TEAVMX_CMD_MEM_READ - do */
const struct nla_policy teavmx_mem_read_nl_policy[TEAVMX_A_MEMORY_VCPU_ID + 1] = {
	[TEAVMX_A_MEMORY_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MEMORY_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MEMORY_ADDRESS] = { .type = NLA_U64, },
	[TEAVMX_A_MEMORY_SIZE] = { .type = NLA_U32, },
};

/* TEAVMX_CMD_MEM_WRITE - do */
const struct nla_policy teavmx_mem_write_nl_policy[TEAVMX_A_MEMORY_VCPU_ID + 1] = {
	[TEAVMX_A_MEMORY_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MEMORY_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MEMORY_ADDRESS] = { .type = NLA_U64, },
	[TEAVMX_A_MEMORY_DATA] = { .type = NLA_BINARY, },
};

/* TEAVMX_CMD_REGS_GET - do */
const struct nla_policy teavmx_regs_get_nl_policy[TEAVMX_A_REGISTERS_VCPU_ID + 1] = {
	[TEAVMX_A_REGISTERS_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_REGISTERS_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_REGS_SET - do */
const struct nla_policy teavmx_regs_set_nl_policy[TEAVMX_A_REGISTERS_REGISTER + 1] = {
	[TEAVMX_A_REGISTERS_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_REGISTERS_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_REGISTERS_REGISTER] = NLA_POLICY_NESTED(teavmx_register_nl_policy),
};

/* TEAVMX_CMD_VCPU_PAUSE - do */
const struct nla_policy teavmx_vcpu_pause_nl_policy[TEAVMX_A_VCPU_ID + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VMCS_GET - do */
const struct nla_policy teavmx_vmcs_get_nl_policy[TEAVMX_A_VMCS_VCPU_ID + 1] = {
	[TEAVMX_A_VMCS_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VMCS_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_INJECT - do */
const struct nla_policy teavmx_inject_nl_policy[TEAVMX_A_INJECT_INSTRUCTION_LENGTH + 1] = {
	[TEAVMX_A_INJECT_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_INJECT_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_INJECT_VECTOR] = { .type = NLA_U8, },
	[TEAVMX_A_INJECT_TYPE] = { .type = NLA_U8, },
	[TEAVMX_A_INJECT_ERROR_CODE] = { .type = NLA_U32, },
	[TEAVMX_A_INJECT_INSTRUCTION_LENGTH] = { .type = NLA_U8, },
};

/* TEAVMX_CMD_BREAK_SET - do */
const struct nla_policy teavmx_break_set_nl_policy[TEAVMX_A_BREAKPOINT_SIZE + 1] = {
	[TEAVMX_A_BREAKPOINT_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_BREAKPOINT_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_BREAKPOINT_KIND] = NLA_POLICY_MAX(NLA_U32, 7),
	[TEAVMX_A_BREAKPOINT_ADDRESS] = { .type = NLA_U64, },
	[TEAVMX_A_BREAKPOINT_SIZE] = { .type = NLA_U8, },
};

/* TEAVMX_CMD_BREAK_CLEAR - do */
const struct nla_policy teavmx_break_clear_nl_policy[TEAVMX_A_BREAKPOINT_ADDRESS + 1] = {
	[TEAVMX_A_BREAKPOINT_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_BREAKPOINT_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_BREAKPOINT_KIND] = NLA_POLICY_MAX(NLA_U32, 7),
	[TEAVMX_A_BREAKPOINT_ADDRESS] = { .type = NLA_U64, },
};

/* TEAVMX_CMD_SLOT_SET - do */
const struct nla_policy teavmx_slot_set_nl_policy[TEAVMX_A_MACHINE_STACK_SIZE + 1] = {
	[TEAVMX_A_MACHINE_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MACHINE_SLOT_NUMBER] = { .type = NLA_U8, },
	[TEAVMX_A_MACHINE_PROGRAM] = { .type = NLA_BINARY, },
	[TEAVMX_A_MACHINE_STACK_SIZE] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_SLOT_GET - do */
const struct nla_policy teavmx_slot_get_nl_policy[TEAVMX_A_MACHINE_VM_ID + 1] = {
	[TEAVMX_A_MACHINE_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_PACKET_SEND - do */
const struct nla_policy teavmx_packet_send_nl_policy[TEAVMX_A_MACHINE_ENGINE + 1] = {
	[TEAVMX_A_MACHINE_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MACHINE_PACKET] = { .type = NLA_BINARY, },
	[TEAVMX_A_MACHINE_BACKEND] = NLA_POLICY_MAX(NLA_U32, 1),
	[TEAVMX_A_MACHINE_ENGINE] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* TEAVMX_CMD_SERIAL_WRITE - do */
const struct nla_policy teavmx_serial_write_nl_policy[TEAVMX_A_MACHINE_DATA + 1] = {
	[TEAVMX_A_MACHINE_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MACHINE_DATA] = { .type = NLA_BINARY, },
};

/* TEAVMX_CMD_PORT_ANSWER - do */
const struct nla_policy teavmx_port_answer_nl_policy[TEAVMX_A_MACHINE_VALUE + 1] = {
	[TEAVMX_A_MACHINE_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MACHINE_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MACHINE_REQUEST] = { .type = NLA_U32, },
	[TEAVMX_A_MACHINE_VALUE] = { .type = NLA_U16, },
};

/* TEAVMX_CMD_SUBSCRIBE - do */
const struct nla_policy teavmx_subscribe_nl_policy[TEAVMX_A_EVENT_FORMAT + 1] = {
	[TEAVMX_A_EVENT_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_EVENT_SEQ] = { .type = NLA_U64, },
	[TEAVMX_A_EVENT_TYPES] = NLA_POLICY_MASK(NLA_U32, 0x3fff),
	[TEAVMX_A_EVENT_REASONS] = { .type = NLA_BINARY, },
	[TEAVMX_A_EVENT_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_EVENT_EVERY] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_EVENT_NEW_ONLY] = { .type = NLA_FLAG, },
	[TEAVMX_A_EVENT_FORMAT] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* TEAVMX_CMD_BREAK_GET - do */
const struct nla_policy teavmx_break_get_nl_policy[TEAVMX_A_BREAKPOINT_NEXT + 1] = {
	[TEAVMX_A_BREAKPOINT_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_BREAKPOINT_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_BREAKPOINT_NEXT] = { .type = NLA_U64, },
};

/* TEAVMX_CMD_MEM_MAP - do */
const struct nla_policy teavmx_mem_map_nl_policy[TEAVMX_A_MEMORY_VM_ID + 1] = {
	[TEAVMX_A_MEMORY_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VCPU_MAP - do */
const struct nla_policy teavmx_vcpu_map_nl_policy[TEAVMX_A_VCPU_ID + 1] = {
	[TEAVMX_A_VCPU_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VM_SNAPSHOT - do */
const struct nla_policy teavmx_vm_snapshot_nl_policy[TEAVMX_A_VM_ID + 1] = {
	[TEAVMX_A_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VM_RESET - do */
const struct nla_policy teavmx_vm_reset_nl_policy[TEAVMX_A_VM_ID + 1] = {
	[TEAVMX_A_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_VM_CLONE - do */
const struct nla_policy teavmx_vm_clone_nl_policy[TEAVMX_A_VM_FLAGS + 1] = {
	[TEAVMX_A_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_VM_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* TEAVMX_CMD_MEM_DIRTY - do */
const struct nla_policy teavmx_mem_dirty_nl_policy[TEAVMX_A_MEMORY_ADDRESS + 1] = {
	[TEAVMX_A_MEMORY_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_MEMORY_ADDRESS] = { .type = NLA_U64, },
};

/* TEAVMX_CMD_STATS_GET - do */
const struct nla_policy teavmx_stats_get_nl_policy[TEAVMX_A_STATS_NEXT + 1] = {
	[TEAVMX_A_STATS_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_STATS_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_STATS_NEXT] = { .type = NLA_U32, },
};

/* TEAVMX_CMD_STATS_RESET - do */
const struct nla_policy teavmx_stats_reset_nl_policy[TEAVMX_A_STATS_VCPU_ID + 1] = {
	[TEAVMX_A_STATS_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_STATS_VCPU_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* TEAVMX_CMD_PROFILE_GET - do */
const struct nla_policy teavmx_profile_get_nl_policy[TEAVMX_A_PROFILE_NEXT + 1] = {
	[TEAVMX_A_PROFILE_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TEAVMX_A_PROFILE_NEXT] = { .type = NLA_U32, },
};

/* Ops table for teavmx */
const struct genl_ops teavmx_nl_ops[36] = {
	{
		.cmd		= TEAVMX_CMD_INFO_GET,
		.doit		= teavmx_nl_info_get_doit,
		.policy		= teavmx_info_get_nl_policy,
		.maxattr	= TEAVMX_A_INFO_VERSION,
	},
	{
		.cmd		= TEAVMX_CMD_VM_NEW,
		.doit		= teavmx_nl_vm_new_doit,
		.policy		= teavmx_vm_new_nl_policy,
		.maxattr	= TEAVMX_A_VM_MEMORY,
	},
	{
		.cmd		= TEAVMX_CMD_VM_DEL,
		.doit		= teavmx_nl_vm_del_doit,
		.policy		= teavmx_vm_del_nl_policy,
		.maxattr	= TEAVMX_A_VM_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VM_GET,
		.doit		= teavmx_nl_vm_get_doit,
		.dumpit		= teavmx_nl_vm_get_dumpit,
		.policy		= teavmx_vm_get_nl_policy,
		.maxattr	= TEAVMX_A_VM_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_NEW,
		.doit		= teavmx_nl_vcpu_new_doit,
		.policy		= teavmx_vcpu_new_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ENGINE,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_RUN,
		.doit		= teavmx_nl_vcpu_run_doit,
		.policy		= teavmx_vcpu_run_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_BATCH,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_KILL,
		.doit		= teavmx_nl_vcpu_kill_doit,
		.policy		= teavmx_vcpu_kill_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_GET,
		.doit		= teavmx_nl_vcpu_get_doit,
		.dumpit		= teavmx_nl_vcpu_get_dumpit,
		.policy		= teavmx_vcpu_get_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_EVENT_GET,
		.doit		= teavmx_nl_event_get_doit,
		.policy		= teavmx_event_get_nl_policy,
		.maxattr	= TEAVMX_A_EVENT_SEQ,
	},
	{
		.cmd		= TEAVMX_CMD_CAPS_GET,
		.doit		= teavmx_nl_caps_get_doit,
		.policy		= teavmx_caps_get_nl_policy,
		.maxattr	= TEAVMX_A_CAPS_CPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VM_SET,
		.doit		= teavmx_nl_vm_set_doit,
		.policy		= teavmx_vm_set_nl_policy,
		.maxattr	= TEAVMX_A_VM_PROGRAM_REASONS,
	},
	{
		.cmd		= TEAVMX_CMD_MEM_READ,
		.doit		= teavmx_nl_mem_read_doit,
		.policy		= teavmx_mem_read_nl_policy,
		.maxattr	= TEAVMX_A_MEMORY_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_MEM_WRITE,
		.doit		= teavmx_nl_mem_write_doit,
		.policy		= teavmx_mem_write_nl_policy,
		.maxattr	= TEAVMX_A_MEMORY_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_REGS_GET,
		.doit		= teavmx_nl_regs_get_doit,
		.policy		= teavmx_regs_get_nl_policy,
		.maxattr	= TEAVMX_A_REGISTERS_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_REGS_SET,
		.doit		= teavmx_nl_regs_set_doit,
		.policy		= teavmx_regs_set_nl_policy,
		.maxattr	= TEAVMX_A_REGISTERS_REGISTER,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_PAUSE,
		.doit		= teavmx_nl_vcpu_pause_doit,
		.policy		= teavmx_vcpu_pause_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VMCS_GET,
		.doit		= teavmx_nl_vmcs_get_doit,
		.policy		= teavmx_vmcs_get_nl_policy,
		.maxattr	= TEAVMX_A_VMCS_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_INJECT,
		.doit		= teavmx_nl_inject_doit,
		.policy		= teavmx_inject_nl_policy,
		.maxattr	= TEAVMX_A_INJECT_INSTRUCTION_LENGTH,
	},
	{
		.cmd		= TEAVMX_CMD_BREAK_SET,
		.doit		= teavmx_nl_break_set_doit,
		.policy		= teavmx_break_set_nl_policy,
		.maxattr	= TEAVMX_A_BREAKPOINT_SIZE,
	},
	{
		.cmd		= TEAVMX_CMD_BREAK_CLEAR,
		.doit		= teavmx_nl_break_clear_doit,
		.policy		= teavmx_break_clear_nl_policy,
		.maxattr	= TEAVMX_A_BREAKPOINT_ADDRESS,
	},
	{
		.cmd		= TEAVMX_CMD_SLOT_SET,
		.doit		= teavmx_nl_slot_set_doit,
		.policy		= teavmx_slot_set_nl_policy,
		.maxattr	= TEAVMX_A_MACHINE_STACK_SIZE,
	},
	{
		.cmd		= TEAVMX_CMD_SLOT_GET,
		.doit		= teavmx_nl_slot_get_doit,
		.policy		= teavmx_slot_get_nl_policy,
		.maxattr	= TEAVMX_A_MACHINE_VM_ID,
	},
	{
		.cmd		= TEAVMX_CMD_PACKET_SEND,
		.doit		= teavmx_nl_packet_send_doit,
		.policy		= teavmx_packet_send_nl_policy,
		.maxattr	= TEAVMX_A_MACHINE_ENGINE,
	},
	{
		.cmd		= TEAVMX_CMD_SERIAL_WRITE,
		.doit		= teavmx_nl_serial_write_doit,
		.policy		= teavmx_serial_write_nl_policy,
		.maxattr	= TEAVMX_A_MACHINE_DATA,
	},
	{
		.cmd		= TEAVMX_CMD_PORT_ANSWER,
		.doit		= teavmx_nl_port_answer_doit,
		.policy		= teavmx_port_answer_nl_policy,
		.maxattr	= TEAVMX_A_MACHINE_VALUE,
	},
	{
		.cmd		= TEAVMX_CMD_SUBSCRIBE,
		.doit		= teavmx_nl_subscribe_doit,
		.policy		= teavmx_subscribe_nl_policy,
		.maxattr	= TEAVMX_A_EVENT_FORMAT,
	},
	{
		.cmd		= TEAVMX_CMD_BREAK_GET,
		.doit		= teavmx_nl_break_get_doit,
		.policy		= teavmx_break_get_nl_policy,
		.maxattr	= TEAVMX_A_BREAKPOINT_NEXT,
	},
	{
		.cmd		= TEAVMX_CMD_MEM_MAP,
		.doit		= teavmx_nl_mem_map_doit,
		.policy		= teavmx_mem_map_nl_policy,
		.maxattr	= TEAVMX_A_MEMORY_VM_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VCPU_MAP,
		.doit		= teavmx_nl_vcpu_map_doit,
		.policy		= teavmx_vcpu_map_nl_policy,
		.maxattr	= TEAVMX_A_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VM_SNAPSHOT,
		.doit		= teavmx_nl_vm_snapshot_doit,
		.policy		= teavmx_vm_snapshot_nl_policy,
		.maxattr	= TEAVMX_A_VM_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VM_RESET,
		.doit		= teavmx_nl_vm_reset_doit,
		.policy		= teavmx_vm_reset_nl_policy,
		.maxattr	= TEAVMX_A_VM_ID,
	},
	{
		.cmd		= TEAVMX_CMD_VM_CLONE,
		.doit		= teavmx_nl_vm_clone_doit,
		.policy		= teavmx_vm_clone_nl_policy,
		.maxattr	= TEAVMX_A_VM_FLAGS,
	},
	{
		.cmd		= TEAVMX_CMD_MEM_DIRTY,
		.doit		= teavmx_nl_mem_dirty_doit,
		.policy		= teavmx_mem_dirty_nl_policy,
		.maxattr	= TEAVMX_A_MEMORY_ADDRESS,
	},
	{
		.cmd		= TEAVMX_CMD_STATS_GET,
		.doit		= teavmx_nl_stats_get_doit,
		.policy		= teavmx_stats_get_nl_policy,
		.maxattr	= TEAVMX_A_STATS_NEXT,
	},
	{
		.cmd		= TEAVMX_CMD_STATS_RESET,
		.doit		= teavmx_nl_stats_reset_doit,
		.policy		= teavmx_stats_reset_nl_policy,
		.maxattr	= TEAVMX_A_STATS_VCPU_ID,
	},
	{
		.cmd		= TEAVMX_CMD_PROFILE_GET,
		.doit		= teavmx_nl_profile_get_doit,
		.policy		= teavmx_profile_get_nl_policy,
		.maxattr	= TEAVMX_A_PROFILE_NEXT,
	},
};
