/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/teavmx.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_TEAVMX_GEN_H
#define _LINUX_TEAVMX_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/teavmx.h>

/* Common nested types */
extern const struct nla_policy teavmx_cpuid_nl_policy[TEAVMX_A_CPUID_EDX + 1];
extern const struct nla_policy teavmx_new_vm_nl_policy[TEAVMX_A_NEW_VM_PAD + 1];
extern const struct nla_policy teavmx_register_nl_policy[TEAVMX_A_REGISTER_PAD + 1];
extern const struct nla_policy teavmx_vm_msr_nl_policy[TEAVMX_A_VM_MSR_PAD + 1];
extern const struct nla_policy teavmx_vmcs_field_nl_policy[TEAVMX_A_VMCS_FIELD_PAD + 1];

extern const struct nla_policy teavmx_info_get_nl_policy[TEAVMX_A_INFO_VERSION + 1];

extern const struct nla_policy teavmx_vm_new_nl_policy[TEAVMX_A_VM_MEMORY + 1];

extern const struct nla_policy teavmx_vm_del_nl_policy[TEAVMX_A_VM_ID + 1];

extern const struct nla_policy teavmx_vm_get_nl_policy[TEAVMX_A_VM_ID + 1];

extern const struct nla_policy teavmx_vcpu_new_nl_policy[TEAVMX_A_VCPU_ENGINE + 1];

extern const struct nla_policy teavmx_vcpu_run_nl_policy[TEAVMX_A_VCPU_BATCH + 1];

extern const struct nla_policy teavmx_vcpu_kill_nl_policy[TEAVMX_A_VCPU_ID + 1];

extern const struct nla_policy teavmx_vcpu_get_nl_policy[TEAVMX_A_VCPU_ID + 1];

extern const struct nla_policy teavmx_event_get_nl_policy[TEAVMX_A_EVENT_SEQ + 1];

extern const struct nla_policy teavmx_caps_get_nl_policy[TEAVMX_A_CAPS_CPU_ID + 1];

extern const struct nla_policy teavmx_vm_set_nl_policy[TEAVMX_A_VM_PROGRAM_REASONS + 1];

extern const struct nla_policy teavmx_mem_read_nl_policy[TEAVMX_A_MEMORY_VCPU_ID + 1];

extern const struct nla_policy teavmx_mem_write_nl_policy[TEAVMX_A_MEMORY_VCPU_ID + 1];

extern const struct nla_policy teavmx_regs_get_nl_policy[TEAVMX_A_REGISTERS_VCPU_ID + 1];

extern const struct nla_policy teavmx_regs_set_nl_policy[TEAVMX_A_REGISTERS_REGISTER + 1];

extern const struct nla_policy teavmx_vcpu_pause_nl_policy[TEAVMX_A_VCPU_ID + 1];

extern const struct nla_policy teavmx_vmcs_get_nl_policy[TEAVMX_A_VMCS_VCPU_ID + 1];

extern const struct nla_policy teavmx_inject_nl_policy[TEAVMX_A_INJECT_INSTRUCTION_LENGTH + 1];

extern const struct nla_policy teavmx_break_set_nl_policy[TEAVMX_A_BREAKPOINT_SIZE + 1];

extern const struct nla_policy teavmx_break_clear_nl_policy[TEAVMX_A_BREAKPOINT_ADDRESS + 1];

extern const struct nla_policy teavmx_slot_set_nl_policy[TEAVMX_A_MACHINE_STACK_SIZE + 1];

extern const struct nla_policy teavmx_slot_get_nl_policy[TEAVMX_A_MACHINE_VM_ID + 1];

extern const struct nla_policy teavmx_packet_send_nl_policy[TEAVMX_A_MACHINE_ENGINE + 1];

extern const struct nla_policy teavmx_serial_write_nl_policy[TEAVMX_A_MACHINE_DATA + 1];

extern const struct nla_policy teavmx_port_answer_nl_policy[TEAVMX_A_MACHINE_VALUE + 1];

extern const struct nla_policy teavmx_subscribe_nl_policy[TEAVMX_A_EVENT_FORMAT + 1];

extern const struct nla_policy teavmx_break_get_nl_policy[TEAVMX_A_BREAKPOINT_NEXT + 1];

extern const struct nla_policy teavmx_mem_map_nl_policy[TEAVMX_A_MEMORY_VM_ID + 1];

extern const struct nla_policy teavmx_vcpu_map_nl_policy[TEAVMX_A_VCPU_ID + 1];

extern const struct nla_policy teavmx_vm_snapshot_nl_policy[TEAVMX_A_VM_ID + 1];

extern const struct nla_policy teavmx_vm_reset_nl_policy[TEAVMX_A_VM_ID + 1];

extern const struct nla_policy teavmx_vm_clone_nl_policy[TEAVMX_A_VM_FLAGS + 1];

extern const struct nla_policy teavmx_mem_dirty_nl_policy[TEAVMX_A_MEMORY_ADDRESS + 1];

extern const struct nla_policy teavmx_stats_get_nl_policy[TEAVMX_A_STATS_NEXT + 1];

extern const struct nla_policy teavmx_stats_reset_nl_policy[TEAVMX_A_STATS_VCPU_ID + 1];

extern const struct nla_policy teavmx_profile_get_nl_policy[TEAVMX_A_PROFILE_NEXT + 1];

/* Ops table for teavmx */
extern const struct genl_ops teavmx_nl_ops[36];

int teavmx_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_new_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_del_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int teavmx_nl_vcpu_new_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vcpu_run_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vcpu_kill_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vcpu_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vcpu_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int teavmx_nl_event_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_caps_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_set_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_mem_read_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_mem_write_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_regs_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_regs_set_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vcpu_pause_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vmcs_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_inject_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_break_set_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_break_clear_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_slot_set_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_slot_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_packet_send_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_serial_write_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_port_answer_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_subscribe_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_break_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_mem_map_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vcpu_map_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_snapshot_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_reset_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_vm_clone_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_mem_dirty_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info);
int teavmx_nl_profile_get_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _LINUX_TEAVMX_GEN_H */
