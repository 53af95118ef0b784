// SPDX-License-Identifier: LGPL-2.1-or-later
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/teavmx.yaml */
#include "name.h"

static const struct attribute cpu_attributes[] = {
	[TEAVMX_A_CPU_ID] = { "id", NULL },
	[TEAVMX_A_CPU_VMX_HOLDER] = { "vmx-holder", NULL },
};

static const struct attribute_set cpu_set = {
	.attributes = cpu_attributes,
	.count = COUNT(cpu_attributes),
};

static const struct attribute info_attributes[] = {
	[TEAVMX_A_INFO_VERSION] = { "version", NULL },
	[TEAVMX_A_INFO_VMX] = { "vmx", NULL },
	[TEAVMX_A_INFO_VMX_MISSING] = { "vmx-missing", NULL },
	[TEAVMX_A_INFO_VMS] = { "vms", NULL },
	[TEAVMX_A_INFO_MAX_VMS] = { "max-vms", NULL },
	[TEAVMX_A_INFO_MAX_VCPUS] = { "max-vcpus", NULL },
	[TEAVMX_A_INFO_LOG_SIZE] = { "log-size", NULL },
	[TEAVMX_A_INFO_VMX_CPUS] = { "vmx-cpus", NULL },
	[TEAVMX_A_INFO_VMX_MODE] = { "vmx-mode", NULL },
	[TEAVMX_A_INFO_CPU] = { "cpu", &cpu_set },
	[TEAVMX_A_INFO_INSTANCE] = { "instance", NULL },
	[TEAVMX_A_INFO_TSC_KHZ] = { "tsc-khz", NULL },
};

static const struct attribute_set info_set = {
	.attributes = info_attributes,
	.count = COUNT(info_attributes),
};

static const struct attribute cpuid_attributes[] = {
	[TEAVMX_A_CPUID_LEAF] = { "leaf", NULL },
	[TEAVMX_A_CPUID_SUBLEAF] = { "subleaf", NULL },
	[TEAVMX_A_CPUID_EAX] = { "eax", NULL },
	[TEAVMX_A_CPUID_EBX] = { "ebx", NULL },
	[TEAVMX_A_CPUID_ECX] = { "ecx", NULL },
	[TEAVMX_A_CPUID_EDX] = { "edx", NULL },
};

static const struct attribute_set cpuid_set = {
	.attributes = cpuid_attributes,
	.count = COUNT(cpuid_attributes),
};

static const struct attribute vm_msr_attributes[] = {
	[TEAVMX_A_VM_MSR_NUMBER] = { "number", NULL },
	[TEAVMX_A_VM_MSR_VALUE] = { "value", NULL },
	[TEAVMX_A_VM_MSR_PAD] = { "pad", NULL },
};

static const struct attribute_set vm_msr_set = {
	.attributes = vm_msr_attributes,
	.count = COUNT(vm_msr_attributes),
};

static const struct attribute vm_attributes[] = {
	[TEAVMX_A_VM_ID] = { "id", NULL },
	[TEAVMX_A_VM_FLAGS] = { "flags", NULL },
	[TEAVMX_A_VM_OWNER] = { "owner", NULL },
	[TEAVMX_A_VM_VCPUS] = { "vcpus", NULL },
	[TEAVMX_A_VM_FIRST_SEQ] = { "first-seq", NULL },
	[TEAVMX_A_VM_NEXT_SEQ] = { "next-seq", NULL },
	[TEAVMX_A_VM_PAD] = { "pad", NULL },
	[TEAVMX_A_VM_MEMORY] = { "memory", NULL },
	[TEAVMX_A_VM_MEMORY_USED] = { "memory-used", NULL },
	[TEAVMX_A_VM_HOST_REASONS] = { "host-reasons", NULL },
	[TEAVMX_A_VM_HOST_EXCEPTIONS] = { "host-exceptions", NULL },
	[TEAVMX_A_VM_CPUID] = { "cpuid", &cpuid_set },
	[TEAVMX_A_VM_MSR] = { "msr", &vm_msr_set },
	[TEAVMX_A_VM_PROGRAM_REASONS] = { "program-reasons", NULL },
};

static const struct attribute_set vm_set = {
	.attributes = vm_attributes,
	.count = COUNT(vm_attributes),
};

static const struct attribute exit_attributes[] = {
	[TEAVMX_A_EXIT_REASON] = { "reason", NULL },
	[TEAVMX_A_EXIT_COUNT] = { "count", NULL },
	[TEAVMX_A_EXIT_PAD] = { "pad", NULL },
};

static const struct attribute_set exit_set = {
	.attributes = exit_attributes,
	.count = COUNT(exit_attributes),
};

static const struct attribute vmcs_field_attributes[] = {
	[TEAVMX_A_VMCS_FIELD_ENCODING] = { "encoding", NULL },
	[TEAVMX_A_VMCS_FIELD_VALUE] = { "value", NULL },
	[TEAVMX_A_VMCS_FIELD_PAD] = { "pad", NULL },
};

static const struct attribute_set vmcs_field_set = {
	.attributes = vmcs_field_attributes,
	.count = COUNT(vmcs_field_attributes),
};

static const struct attribute new_vm_attributes[] = {
	[TEAVMX_A_NEW_VM_FLAGS] = { "flags", NULL },
	[TEAVMX_A_NEW_VM_MEMORY] = { "memory", NULL },
	[TEAVMX_A_NEW_VM_PAD] = { "pad", NULL },
};

static const struct attribute_set new_vm_set = {
	.attributes = new_vm_attributes,
	.count = COUNT(new_vm_attributes),
};

static const struct attribute fact_attributes[] = {
	[TEAVMX_A_FACT_NUMBER] = { "number", NULL },
	[TEAVMX_A_FACT_VALUE] = { "value", NULL },
	[TEAVMX_A_FACT_PAD] = { "pad", NULL },
};

static const struct attribute_set fact_set = {
	.attributes = fact_attributes,
	.count = COUNT(fact_attributes),
};

static const struct attribute record_attributes[] = {
	[TEAVMX_A_RECORD_SEQ] = { "seq", NULL },
	[TEAVMX_A_RECORD_TIME] = { "time", NULL },
	[TEAVMX_A_RECORD_TYPE] = { "type", NULL },
	[TEAVMX_A_RECORD_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_RECORD_MESSAGE] = { "message", NULL },
	[TEAVMX_A_RECORD_TEXT] = { "text", NULL },
	[TEAVMX_A_RECORD_REASON] = { "reason", NULL },
	[TEAVMX_A_RECORD_QUALIFICATION] = { "qualification", NULL },
	[TEAVMX_A_RECORD_RIP] = { "rip", NULL },
	[TEAVMX_A_RECORD_INTR_INFO] = { "intr-info", NULL },
	[TEAVMX_A_RECORD_GUEST_PHYSICAL] = { "guest-physical", NULL },
	[TEAVMX_A_RECORD_INSTRUCTION_ERROR] = { "instruction-error", NULL },
	[TEAVMX_A_RECORD_CPU_ID] = { "cpu-id", NULL },
	[TEAVMX_A_RECORD_STATE] = { "state", NULL },
	[TEAVMX_A_RECORD_PORT] = { "port", NULL },
	[TEAVMX_A_RECORD_PID] = { "pid", NULL },
	[TEAVMX_A_RECORD_PAD] = { "pad", NULL },
	[TEAVMX_A_RECORD_NAME] = { "name", NULL },
	[TEAVMX_A_RECORD_BEFORE] = { "before", NULL },
	[TEAVMX_A_RECORD_AFTER] = { "after", NULL },
	[TEAVMX_A_RECORD_VALUE] = { "value", NULL },
	[TEAVMX_A_RECORD_INSTRUCTION_LENGTH] = { "instruction-length", NULL },
	[TEAVMX_A_RECORD_INSTRUCTION_INFO] = { "instruction-info", NULL },
	[TEAVMX_A_RECORD_IDT_VECTORING_INFO] = { "idt-vectoring-info", NULL },
	[TEAVMX_A_RECORD_IDT_VECTORING_ERROR_CODE] = { "idt-vectoring-error-code", NULL },
	[TEAVMX_A_RECORD_INTR_ERROR_CODE] = { "intr-error-code", NULL },
	[TEAVMX_A_RECORD_GUEST_LINEAR] = { "guest-linear", NULL },
	[TEAVMX_A_RECORD_STOP] = { "stop", NULL },
	[TEAVMX_A_RECORD_REQUEST] = { "request", NULL },
	[TEAVMX_A_RECORD_ACCESS_SIZE] = { "access-size", NULL },
	[TEAVMX_A_RECORD_VMCS_FIELD] = { "vmcs-field", &fact_set },
	[TEAVMX_A_RECORD_WORD] = { "word", &fact_set },
	[TEAVMX_A_RECORD_MSR] = { "msr", &fact_set },
	[TEAVMX_A_RECORD_LAST] = { "last", NULL },
	[TEAVMX_A_RECORD_GUEST_TICKS] = { "guest-ticks", NULL },
};

static const struct attribute_set record_set = {
	.attributes = record_attributes,
	.count = COUNT(record_attributes),
};

static const struct attribute vcpu_attributes[] = {
	[TEAVMX_A_VCPU_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_VCPU_ID] = { "id", NULL },
	[TEAVMX_A_VCPU_BACKEND] = { "backend", NULL },
	[TEAVMX_A_VCPU_STATE] = { "state", NULL },
	[TEAVMX_A_VCPU_PID] = { "pid", NULL },
	[TEAVMX_A_VCPU_STACK_SIZE] = { "stack-size", NULL },
	[TEAVMX_A_VCPU_PROGRAM] = { "program", NULL },
	[TEAVMX_A_VCPU_ARGUMENTS] = { "arguments", NULL },
	[TEAVMX_A_VCPU_MESSAGE] = { "message", NULL },
	[TEAVMX_A_VCPU_STEPS] = { "steps", NULL },
	[TEAVMX_A_VCPU_STACK] = { "stack", NULL },
	[TEAVMX_A_VCPU_PORT] = { "port", NULL },
	[TEAVMX_A_VCPU_EXIT] = { "exit", &exit_set },
	[TEAVMX_A_VCPU_VMCS_WRITE] = { "vmcs-write", &vmcs_field_set },
	[TEAVMX_A_VCPU_NEXT_SEQ] = { "next-seq", NULL },
	[TEAVMX_A_VCPU_PAD] = { "pad", NULL },
	[TEAVMX_A_VCPU_STOP] = { "stop", NULL },
	[TEAVMX_A_VCPU_ANSWER] = { "answer", NULL },
	[TEAVMX_A_VCPU_BOUND_EXITS] = { "bound-exits", NULL },
	[TEAVMX_A_VCPU_BOUND_TIME] = { "bound-time", NULL },
	[TEAVMX_A_VCPU_BOUND_STEPS] = { "bound-steps", NULL },
	[TEAVMX_A_VCPU_DEBUG] = { "debug", NULL },
	[TEAVMX_A_VCPU_UNTIL] = { "until", NULL },
	[TEAVMX_A_VCPU_RESUME] = { "resume", NULL },
	[TEAVMX_A_VCPU_NEW_VM] = { "new-vm", &new_vm_set },
	[TEAVMX_A_VCPU_RUN] = { "run", NULL },
	[TEAVMX_A_VCPU_SLICE] = { "slice", NULL },
	[TEAVMX_A_VCPU_STOP_EXIT] = { "stop-exit", &record_set },
	[TEAVMX_A_VCPU_KEEP] = { "keep", NULL },
	[TEAVMX_A_VCPU_RESET] = { "reset", NULL },
	[TEAVMX_A_VCPU_FD] = { "fd", NULL },
	[TEAVMX_A_VCPU_BATCH] = { "batch", NULL },
	[TEAVMX_A_VCPU_RESULT] = { "result", NULL },
	[TEAVMX_A_VCPU_ENGINE] = { "engine", NULL },
};

static const struct attribute_set vcpu_set = {
	.attributes = vcpu_attributes,
	.count = COUNT(vcpu_attributes),
};

static const struct attribute event_attributes[] = {
	[TEAVMX_A_EVENT_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_EVENT_SEQ] = { "seq", NULL },
	[TEAVMX_A_EVENT_RECORD] = { "record", &record_set },
	[TEAVMX_A_EVENT_PAD] = { "pad", NULL },
	[TEAVMX_A_EVENT_TYPES] = { "types", NULL },
	[TEAVMX_A_EVENT_REASONS] = { "reasons", NULL },
	[TEAVMX_A_EVENT_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_EVENT_EVERY] = { "every", NULL },
	[TEAVMX_A_EVENT_NEW_ONLY] = { "new-only", NULL },
	[TEAVMX_A_EVENT_FORMAT] = { "format", NULL },
	[TEAVMX_A_EVENT_COMPACT] = { "compact", NULL },
	[TEAVMX_A_EVENT_VMS_LOST] = { "vms-lost", NULL },
};

static const struct attribute_set event_set = {
	.attributes = event_attributes,
	.count = COUNT(event_attributes),
};

static const struct attribute msr_attributes[] = {
	[TEAVMX_A_MSR_NUMBER] = { "number", NULL },
	[TEAVMX_A_MSR_VALUE] = { "value", NULL },
	[TEAVMX_A_MSR_USED] = { "used", NULL },
	[TEAVMX_A_MSR_PAD] = { "pad", NULL },
};

static const struct attribute_set msr_set = {
	.attributes = msr_attributes,
	.count = COUNT(msr_attributes),
};

static const struct attribute caps_attributes[] = {
	[TEAVMX_A_CAPS_CPU_ID] = { "cpu-id", NULL },
	[TEAVMX_A_CAPS_MSR] = { "msr", &msr_set },
};

static const struct attribute_set caps_set = {
	.attributes = caps_attributes,
	.count = COUNT(caps_attributes),
};

static const struct attribute memory_attributes[] = {
	[TEAVMX_A_MEMORY_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_MEMORY_ADDRESS] = { "address", NULL },
	[TEAVMX_A_MEMORY_SIZE] = { "size", NULL },
	[TEAVMX_A_MEMORY_DATA] = { "data", NULL },
	[TEAVMX_A_MEMORY_PAD] = { "pad", NULL },
	[TEAVMX_A_MEMORY_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_MEMORY_FD] = { "fd", NULL },
	[TEAVMX_A_MEMORY_PAGES] = { "pages", NULL },
};

static const struct attribute_set memory_set = {
	.attributes = memory_attributes,
	.count = COUNT(memory_attributes),
};

static const struct attribute register_attributes[] = {
	[TEAVMX_A_REGISTER_NUMBER] = { "number", NULL },
	[TEAVMX_A_REGISTER_VALUE] = { "value", NULL },
	[TEAVMX_A_REGISTER_PAD] = { "pad", NULL },
};

static const struct attribute_set register_set = {
	.attributes = register_attributes,
	.count = COUNT(register_attributes),
};

static const struct attribute registers_attributes[] = {
	[TEAVMX_A_REGISTERS_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_REGISTERS_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_REGISTERS_REGISTER] = { "register", &register_set },
};

static const struct attribute_set registers_set = {
	.attributes = registers_attributes,
	.count = COUNT(registers_attributes),
};

static const struct attribute vmcs_attributes[] = {
	[TEAVMX_A_VMCS_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_VMCS_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_VMCS_FIELD] = { "field", &vmcs_field_set },
};

static const struct attribute_set vmcs_set = {
	.attributes = vmcs_attributes,
	.count = COUNT(vmcs_attributes),
};

static const struct attribute inject_attributes[] = {
	[TEAVMX_A_INJECT_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_INJECT_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_INJECT_VECTOR] = { "vector", NULL },
	[TEAVMX_A_INJECT_TYPE] = { "type", NULL },
	[TEAVMX_A_INJECT_ERROR_CODE] = { "error-code", NULL },
	[TEAVMX_A_INJECT_INSTRUCTION_LENGTH] = { "instruction-length", NULL },
	[TEAVMX_A_INJECT_PENDING] = { "pending", NULL },
};

static const struct attribute_set inject_set = {
	.attributes = inject_attributes,
	.count = COUNT(inject_attributes),
};

static const struct attribute breakpoint_entry_attributes[] = {
	[TEAVMX_A_BREAKPOINT_ENTRY_KIND] = { "kind", NULL },
	[TEAVMX_A_BREAKPOINT_ENTRY_ADDRESS] = { "address", NULL },
	[TEAVMX_A_BREAKPOINT_ENTRY_SIZE] = { "size", NULL },
	[TEAVMX_A_BREAKPOINT_ENTRY_PAD] = { "pad", NULL },
	[TEAVMX_A_BREAKPOINT_ENTRY_HIT] = { "hit", NULL },
};

static const struct attribute_set breakpoint_entry_set = {
	.attributes = breakpoint_entry_attributes,
	.count = COUNT(breakpoint_entry_attributes),
};

static const struct attribute breakpoint_attributes[] = {
	[TEAVMX_A_BREAKPOINT_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_BREAKPOINT_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_BREAKPOINT_KIND] = { "kind", NULL },
	[TEAVMX_A_BREAKPOINT_ADDRESS] = { "address", NULL },
	[TEAVMX_A_BREAKPOINT_SIZE] = { "size", NULL },
	[TEAVMX_A_BREAKPOINT_PAD] = { "pad", NULL },
	[TEAVMX_A_BREAKPOINT_ENTRY] = { "entry", &breakpoint_entry_set },
	[TEAVMX_A_BREAKPOINT_NEXT] = { "next", NULL },
};

static const struct attribute_set breakpoint_set = {
	.attributes = breakpoint_attributes,
	.count = COUNT(breakpoint_attributes),
};

static const struct attribute slot_attributes[] = {
	[TEAVMX_A_SLOT_NUMBER] = { "number", NULL },
	[TEAVMX_A_SLOT_SIZE] = { "size", NULL },
	[TEAVMX_A_SLOT_STACK_SIZE] = { "stack-size", NULL },
	[TEAVMX_A_SLOT_HEADER] = { "header", NULL },
};

static const struct attribute_set slot_set = {
	.attributes = slot_attributes,
	.count = COUNT(slot_attributes),
};

static const struct attribute machine_attributes[] = {
	[TEAVMX_A_MACHINE_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_MACHINE_SLOT_NUMBER] = { "slot-number", NULL },
	[TEAVMX_A_MACHINE_PROGRAM] = { "program", NULL },
	[TEAVMX_A_MACHINE_STACK_SIZE] = { "stack-size", NULL },
	[TEAVMX_A_MACHINE_SLOT] = { "slot", &slot_set },
	[TEAVMX_A_MACHINE_PACKET] = { "packet", NULL },
	[TEAVMX_A_MACHINE_BACKEND] = { "backend", NULL },
	[TEAVMX_A_MACHINE_MESSAGE] = { "message", NULL },
	[TEAVMX_A_MACHINE_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_MACHINE_NEXT_SEQ] = { "next-seq", NULL },
	[TEAVMX_A_MACHINE_DATA] = { "data", NULL },
	[TEAVMX_A_MACHINE_ROOM] = { "room", NULL },
	[TEAVMX_A_MACHINE_REQUEST] = { "request", NULL },
	[TEAVMX_A_MACHINE_VALUE] = { "value", NULL },
	[TEAVMX_A_MACHINE_PAD] = { "pad", NULL },
	[TEAVMX_A_MACHINE_ENGINE] = { "engine", NULL },
};

static const struct attribute_set machine_set = {
	.attributes = machine_attributes,
	.count = COUNT(machine_attributes),
};

static const struct attribute cost_attributes[] = {
	[TEAVMX_A_COST_LOWEST] = { "lowest", NULL },
	[TEAVMX_A_COST_HIGHEST] = { "highest", NULL },
	[TEAVMX_A_COST_SUM] = { "sum", NULL },
	[TEAVMX_A_COST_BUCKETS] = { "buckets", NULL },
	[TEAVMX_A_COST_PAD] = { "pad", NULL },
};

static const struct attribute_set cost_set = {
	.attributes = cost_attributes,
	.count = COUNT(cost_attributes),
};

static const struct attribute reason_cost_attributes[] = {
	[TEAVMX_A_REASON_COST_REASON] = { "reason", NULL },
	[TEAVMX_A_REASON_COST_GUEST] = { "guest", &cost_set },
	[TEAVMX_A_REASON_COST_HANDLER] = { "handler", &cost_set },
	[TEAVMX_A_REASON_COST_DELIVERY] = { "delivery", &cost_set },
};

static const struct attribute_set reason_cost_set = {
	.attributes = reason_cost_attributes,
	.count = COUNT(reason_cost_attributes),
};

static const struct attribute stats_attributes[] = {
	[TEAVMX_A_STATS_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_STATS_VCPU_ID] = { "vcpu-id", NULL },
	[TEAVMX_A_STATS_NEXT] = { "next", NULL },
	[TEAVMX_A_STATS_ENTRY] = { "entry", &reason_cost_set },
};

static const struct attribute_set stats_set = {
	.attributes = stats_attributes,
	.count = COUNT(stats_attributes),
};

static const struct attribute profile_attributes[] = {
	[TEAVMX_A_PROFILE_VM_ID] = { "vm-id", NULL },
	[TEAVMX_A_PROFILE_NEXT] = { "next", NULL },
	[TEAVMX_A_PROFILE_EXITS] = { "exits", NULL },
	[TEAVMX_A_PROFILE_BEGUN] = { "begun", NULL },
	[TEAVMX_A_PROFILE_PAD] = { "pad", NULL },
};

static const struct attribute_set profile_set = {
	.attributes = profile_attributes,
	.count = COUNT(profile_attributes),
};

const struct attribute_set *attribute_set_of(uint8_t command)
{
	switch (command) {
	case TEAVMX_CMD_INFO_GET:
		return &info_set;
	case TEAVMX_CMD_VM_NEW:
		return &vm_set;
	case TEAVMX_CMD_VM_DEL:
		return &vm_set;
	case TEAVMX_CMD_VM_GET:
		return &vm_set;
	case TEAVMX_CMD_VCPU_NEW:
		return &vcpu_set;
	case TEAVMX_CMD_VCPU_RUN:
		return &vcpu_set;
	case TEAVMX_CMD_VCPU_KILL:
		return &vcpu_set;
	case TEAVMX_CMD_VCPU_GET:
		return &vcpu_set;
	case TEAVMX_CMD_EVENT_GET:
		return &event_set;
	case TEAVMX_CMD_CAPS_GET:
		return &caps_set;
	case TEAVMX_CMD_VM_SET:
		return &vm_set;
	case TEAVMX_CMD_MEM_READ:
		return &memory_set;
	case TEAVMX_CMD_MEM_WRITE:
		return &memory_set;
	case TEAVMX_CMD_REGS_GET:
		return &registers_set;
	case TEAVMX_CMD_REGS_SET:
		return &registers_set;
	case TEAVMX_CMD_VCPU_PAUSE:
		return &vcpu_set;
	case TEAVMX_CMD_VMCS_GET:
		return &vmcs_set;
	case TEAVMX_CMD_INJECT:
		return &inject_set;
	case TEAVMX_CMD_BREAK_SET:
		return &breakpoint_set;
	case TEAVMX_CMD_BREAK_CLEAR:
		return &breakpoint_set;
	case TEAVMX_CMD_SLOT_SET:
		return &machine_set;
	case TEAVMX_CMD_SLOT_GET:
		return &machine_set;
	case TEAVMX_CMD_PACKET_SEND:
		return &machine_set;
	case TEAVMX_CMD_SERIAL_WRITE:
		return &machine_set;
	case TEAVMX_CMD_PORT_ANSWER:
		return &machine_set;
	case TEAVMX_CMD_SUBSCRIBE:
		return &event_set;
	case TEAVMX_CMD_BREAK_GET:
		return &breakpoint_set;
	case TEAVMX_CMD_MEM_MAP:
		return &memory_set;
	case TEAVMX_CMD_VCPU_MAP:
		return &vcpu_set;
	case TEAVMX_CMD_VM_SNAPSHOT:
		return &vm_set;
	case TEAVMX_CMD_VM_RESET:
		return &vm_set;
	case TEAVMX_CMD_VM_CLONE:
		return &vm_set;
	case TEAVMX_CMD_MEM_DIRTY:
		return &memory_set;
	case TEAVMX_CMD_STATS_GET:
		return &stats_set;
	case TEAVMX_CMD_STATS_RESET:
		return &stats_set;
	case TEAVMX_CMD_PROFILE_GET:
		return &profile_set;
	default:
		return NULL;
	}
}

static const char *const backend_names[] = {
	[TEAVMX_BACKEND_VMX] = "vmx",
	[TEAVMX_BACKEND_SOFT] = "soft",
};

const char *teavmx_backend_name(uint32_t value)
{
	return value < COUNT(backend_names) ? backend_names[value] : NULL;
}

static const char *const engine_names[] = {
	[TEAVMX_ENGINE_INTERP] = "interp",
	[TEAVMX_ENGINE_JIT] = "jit",
};

const char *teavmx_engine_name(uint32_t value)
{
	return value < COUNT(engine_names) ? engine_names[value] : NULL;
}

static const char *const state_names[] = {
	[TEAVMX_VCPU_STATE_READY] = "ready",
	[TEAVMX_VCPU_STATE_RUNNING] = "running",
	[TEAVMX_VCPU_STATE_PAUSED] = "paused",
	[TEAVMX_VCPU_STATE_WAITING] = "waiting",
	[TEAVMX_VCPU_STATE_SLEEPING] = "sleeping",
	[TEAVMX_VCPU_STATE_EXITED] = "exited",
};

const char *teavmx_state_name(uint32_t value)
{
	return value < COUNT(state_names) ? state_names[value] : NULL;
}

static const char *const event_type_names[] = {
	[TEAVMX_EVENT_TYPE_TEA_EXIT] = "tea-exit",
	[TEAVMX_EVENT_TYPE_TEA_TEXT] = "tea-text",
	[TEAVMX_EVENT_TYPE_TEA_PACKET] = "tea-packet",
	[TEAVMX_EVENT_TYPE_VMX_EXIT] = "vmx-exit",
	[TEAVMX_EVENT_TYPE_VMX_FAIL] = "vmx-fail",
	[TEAVMX_EVENT_TYPE_STATE] = "state",
	[TEAVMX_EVENT_TYPE_HOST_CHANGED] = "host-changed",
	[TEAVMX_EVENT_TYPE_TEA_SERIAL] = "tea-serial",
	[TEAVMX_EVENT_TYPE_TEA_REPLY] = "tea-reply",
	[TEAVMX_EVENT_TYPE_TEA_REFUSED] = "tea-refused",
	[TEAVMX_EVENT_TYPE_PORT_REQUEST] = "port-request",
	[TEAVMX_EVENT_TYPE_LOST] = "lost",
	[TEAVMX_EVENT_TYPE_VM_NEW] = "vm-new",
	[TEAVMX_EVENT_TYPE_VM_END] = "vm-end",
};

const char *teavmx_event_type_name(uint32_t value)
{
	return value < COUNT(event_type_names) ? event_type_names[value] : NULL;
}

static const char *const event_format_names[] = {
	[TEAVMX_EVENT_FORMAT_FULL] = "full",
	[TEAVMX_EVENT_FORMAT_COMPACT] = "compact",
};

const char *teavmx_event_format_name(uint32_t value)
{
	return value < COUNT(event_format_names) ? event_format_names[value] : NULL;
}

static const char *const holder_names[] = {
	[TEAVMX_VMX_HOLDER_NONE] = "none",
	[TEAVMX_VMX_HOLDER_TEAVMX] = "teavmx",
	[TEAVMX_VMX_HOLDER_OTHER] = "other",
};

const char *teavmx_holder_name(uint32_t value)
{
	return value < COUNT(holder_names) ? holder_names[value] : NULL;
}

static const char *const vmx_mode_names[] = {
	[TEAVMX_VMX_MODE_SHARE] = "share",
	[TEAVMX_VMX_MODE_OWN] = "own",
};

const char *teavmx_vmx_mode_name(uint32_t value)
{
	return value < COUNT(vmx_mode_names) ? vmx_mode_names[value] : NULL;
}

static const char *const stop_names[] = {
	[TEAVMX_STOP_NONE] = "none",
	[TEAVMX_STOP_EXIT] = "exit",
	[TEAVMX_STOP_FAIL] = "fail",
	[TEAVMX_STOP_EXITS] = "exits",
	[TEAVMX_STOP_TIME] = "time",
	[TEAVMX_STOP_STEPS] = "steps",
	[TEAVMX_STOP_REQUEST] = "request",
	[TEAVMX_STOP_BREAKPOINT] = "breakpoint",
	[TEAVMX_STOP_WATCH] = "watch",
	[TEAVMX_STOP_ENDED] = "ended",
	[TEAVMX_STOP_PROGRAM] = "program",
};

const char *teavmx_stop_name(uint32_t value)
{
	return value < COUNT(stop_names) ? stop_names[value] : NULL;
}

static const char *const breakpoint_kind_names[] = {
	[TEAVMX_BREAKPOINT_KIND_INSTRUCTION] = "instruction",
	[TEAVMX_BREAKPOINT_KIND_WRITE] = "write",
	[TEAVMX_BREAKPOINT_KIND_ACCESS] = "access",
	[TEAVMX_BREAKPOINT_KIND_PAGE_EXECUTE] = "page-execute",
	[TEAVMX_BREAKPOINT_KIND_PAGE_WRITE] = "page-write",
	[TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS] = "page-access",
	[TEAVMX_BREAKPOINT_KIND_TEA_CODE] = "tea-code",
	[TEAVMX_BREAKPOINT_KIND_TEA_STACK] = "tea-stack",
};

const char *teavmx_breakpoint_kind_name(uint32_t value)
{
	return value < COUNT(breakpoint_kind_names) ? breakpoint_kind_names[value] : NULL;
}

static const char *const tea_service_names[] = {
	[TEAVMX_TEA_SERVICE_PORT_READ] = "port-read",
	[TEAVMX_TEA_SERVICE_PORT_WRITE] = "port-write",
	[TEAVMX_TEA_SERVICE_COMMAND] = "command",
	[TEAVMX_TEA_SERVICE_EXIT] = "exit",
	[TEAVMX_TEA_SERVICE_STOP] = "stop",
	[TEAVMX_TEA_SERVICE_TEXT] = "text",
	[TEAVMX_TEA_SERVICE_TRANSLATED] = "translated",
};

const char *teavmx_tea_service_name(uint32_t value)
{
	return value < COUNT(tea_service_names) ? tea_service_names[value] : NULL;
}

static const char *const until_names[] = {
	[TEAVMX_UNTIL_NONE] = "none",
	[TEAVMX_UNTIL_LEVEL] = "level",
	[TEAVMX_UNTIL_RETURN] = "return",
};

const char *teavmx_until_name(uint32_t value)
{
	return value < COUNT(until_names) ? until_names[value] : NULL;
}
