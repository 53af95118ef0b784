// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The generated header has numbers only; the names here are those of the spec,
 * and the assertions make a new attribute without a name fail to build.
 */
#include <assert.h>
#include <stdio.h>

#include "internal.h"

#define COUNT(names)	(sizeof(names) / sizeof((names)[0]))

static const char *const info_names[] = {
	[TEAVMX_A_INFO_VERSION] = "version",
	[TEAVMX_A_INFO_VMX] = "vmx",
	[TEAVMX_A_INFO_VMX_MISSING] = "vmx-missing",
	[TEAVMX_A_INFO_VMS] = "vms",
	[TEAVMX_A_INFO_MAX_VMS] = "max-vms",
	[TEAVMX_A_INFO_MAX_VCPUS] = "max-vcpus",
	[TEAVMX_A_INFO_LOG_SIZE] = "log-size",
	[TEAVMX_A_INFO_VMX_CPUS] = "vmx-cpus",
	[TEAVMX_A_INFO_VMX_MODE] = "vmx-mode",
	[TEAVMX_A_INFO_CPU] = "cpu",
	[TEAVMX_A_INFO_INSTANCE] = "instance",
};

static_assert(COUNT(info_names) == TEAVMX_A_INFO_MAX + 1,
	      "every attribute of the set info has its name here");

static const char *const vm_names[] = {
	[TEAVMX_A_VM_ID] = "id",
	[TEAVMX_A_VM_FLAGS] = "flags",
	[TEAVMX_A_VM_OWNER] = "owner",
	[TEAVMX_A_VM_VCPUS] = "vcpus",
	[TEAVMX_A_VM_FIRST_SEQ] = "first-seq",
	[TEAVMX_A_VM_NEXT_SEQ] = "next-seq",
	[TEAVMX_A_VM_PAD] = "pad",
	[TEAVMX_A_VM_MEMORY] = "memory",
	[TEAVMX_A_VM_MEMORY_USED] = "memory-used",
	[TEAVMX_A_VM_HOST_REASONS] = "host-reasons",
	[TEAVMX_A_VM_HOST_EXCEPTIONS] = "host-exceptions",
	[TEAVMX_A_VM_CPUID] = "cpuid",
	[TEAVMX_A_VM_MSR] = "msr",
};

static_assert(COUNT(vm_names) == TEAVMX_A_VM_MAX + 1,
	      "every attribute of the set vm has its name here");

static const char *const write_names[] = {
	[TEAVMX_A_VMCS_WRITE_FIELD] = "field",
	[TEAVMX_A_VMCS_WRITE_VALUE] = "value",
	[TEAVMX_A_VMCS_WRITE_PAD] = "pad",
};

static_assert(COUNT(write_names) == TEAVMX_A_VMCS_WRITE_MAX + 1,
	      "every attribute of the set vmcs-write has its name here");

static const char *const vcpu_names[] = {
	[TEAVMX_A_VCPU_VM_ID] = "vm-id",
	[TEAVMX_A_VCPU_ID] = "id",
	[TEAVMX_A_VCPU_BACKEND] = "backend",
	[TEAVMX_A_VCPU_STATE] = "state",
	[TEAVMX_A_VCPU_PID] = "pid",
	[TEAVMX_A_VCPU_STACK_SIZE] = "stack-size",
	[TEAVMX_A_VCPU_PROGRAM] = "program",
	[TEAVMX_A_VCPU_ARGUMENTS] = "arguments",
	[TEAVMX_A_VCPU_MESSAGE] = "message",
	[TEAVMX_A_VCPU_STEPS] = "steps",
	[TEAVMX_A_VCPU_STACK] = "stack",
	[TEAVMX_A_VCPU_PORT] = "port",
	[TEAVMX_A_VCPU_EXIT] = "exit",
	[TEAVMX_A_VCPU_VMCS_WRITE] = "vmcs-write",
	[TEAVMX_A_VCPU_NEXT_SEQ] = "next-seq",
	[TEAVMX_A_VCPU_PAD] = "pad",
	[TEAVMX_A_VCPU_STOP] = "stop",
	[TEAVMX_A_VCPU_ANSWER] = "answer",
	[TEAVMX_A_VCPU_BOUND_EXITS] = "bound-exits",
	[TEAVMX_A_VCPU_BOUND_TIME] = "bound-time",
	[TEAVMX_A_VCPU_BOUND_STEPS] = "bound-steps",
	[TEAVMX_A_VCPU_DEBUG] = "debug",
	[TEAVMX_A_VCPU_UNTIL] = "until",
};

static_assert(COUNT(vcpu_names) == TEAVMX_A_VCPU_MAX + 1,
	      "every attribute of the set vcpu has its name here");

static const char *const event_names[] = {
	[TEAVMX_A_EVENT_VM_ID] = "vm-id",
	[TEAVMX_A_EVENT_SEQ] = "seq",
	[TEAVMX_A_EVENT_RECORD] = "record",
	[TEAVMX_A_EVENT_PAD] = "pad",
};

static_assert(COUNT(event_names) == TEAVMX_A_EVENT_MAX + 1,
	      "every attribute of the set event has its name here");

static const char *const caps_names[] = {
	[TEAVMX_A_CAPS_CPU] = "cpu",
	[TEAVMX_A_CAPS_MISSING] = "missing",
	[TEAVMX_A_CAPS_MSR] = "msr",
};

static_assert(COUNT(caps_names) == TEAVMX_A_CAPS_MAX + 1,
	      "every attribute of the set caps has its name here");

static const char *const cpuid_names[] = {
	[TEAVMX_A_CPUID_LEAF] = "leaf",
	[TEAVMX_A_CPUID_SUBLEAF] = "subleaf",
	[TEAVMX_A_CPUID_EAX] = "eax",
	[TEAVMX_A_CPUID_EBX] = "ebx",
	[TEAVMX_A_CPUID_ECX] = "ecx",
	[TEAVMX_A_CPUID_EDX] = "edx",
};

static_assert(COUNT(cpuid_names) == TEAVMX_A_CPUID_MAX + 1,
	      "every attribute of the set cpuid has its name here");

static const char *const vm_msr_names[] = {
	[TEAVMX_A_VM_MSR_NUMBER] = "number",
	[TEAVMX_A_VM_MSR_VALUE] = "value",
	[TEAVMX_A_VM_MSR_PAD] = "pad",
};

static_assert(COUNT(vm_msr_names) == TEAVMX_A_VM_MSR_MAX + 1,
	      "every attribute of the set vm-msr has its name here");

static const char *const memory_names[] = {
	[TEAVMX_A_MEMORY_VM_ID] = "vm-id",
	[TEAVMX_A_MEMORY_ADDRESS] = "address",
	[TEAVMX_A_MEMORY_SIZE] = "size",
	[TEAVMX_A_MEMORY_DATA] = "data",
	[TEAVMX_A_MEMORY_PAD] = "pad",
	[TEAVMX_A_MEMORY_VCPU] = "vcpu",
};

static_assert(COUNT(memory_names) == TEAVMX_A_MEMORY_MAX + 1,
	      "every attribute of the set memory has its name here");

static const char *const register_names[] = {
	[TEAVMX_A_REGISTER_NUMBER] = "number",
	[TEAVMX_A_REGISTER_VALUE] = "value",
	[TEAVMX_A_REGISTER_PAD] = "pad",
};

static_assert(COUNT(register_names) == TEAVMX_A_REGISTER_MAX + 1,
	      "every attribute of the set register has its name here");

static const char *const registers_names[] = {
	[TEAVMX_A_REGISTERS_VM_ID] = "vm-id",
	[TEAVMX_A_REGISTERS_VCPU] = "vcpu",
	[TEAVMX_A_REGISTERS_REGISTER] = "register",
};

static_assert(COUNT(registers_names) == TEAVMX_A_REGISTERS_MAX + 1,
	      "every attribute of the set registers has its name here");

static const char *const vmcs_names[] = {
	[TEAVMX_A_VMCS_VM_ID] = "vm-id",
	[TEAVMX_A_VMCS_VCPU] = "vcpu",
	[TEAVMX_A_VMCS_FIELD] = "field",
};

static_assert(COUNT(vmcs_names) == TEAVMX_A_VMCS_MAX + 1,
	      "every attribute of the set vmcs has its name here");

static const char *const inject_names[] = {
	[TEAVMX_A_INJECT_VM_ID] = "vm-id",
	[TEAVMX_A_INJECT_VCPU] = "vcpu",
	[TEAVMX_A_INJECT_VECTOR] = "vector",
	[TEAVMX_A_INJECT_TYPE] = "type",
	[TEAVMX_A_INJECT_ERROR_CODE] = "error-code",
	[TEAVMX_A_INJECT_LENGTH] = "length",
	[TEAVMX_A_INJECT_PENDING] = "pending",
};

static_assert(COUNT(inject_names) == TEAVMX_A_INJECT_MAX + 1,
	      "every attribute of the set inject has its name here");

static const char *const breakpoint_names[] = {
	[TEAVMX_A_BREAKPOINT_VM_ID] = "vm-id",
	[TEAVMX_A_BREAKPOINT_VCPU] = "vcpu",
	[TEAVMX_A_BREAKPOINT_KIND] = "kind",
	[TEAVMX_A_BREAKPOINT_ADDRESS] = "address",
	[TEAVMX_A_BREAKPOINT_SIZE] = "size",
	[TEAVMX_A_BREAKPOINT_PAD] = "pad",
};

static_assert(COUNT(breakpoint_names) == TEAVMX_A_BREAKPOINT_MAX + 1,
	      "every attribute of the set breakpoint has its name here");

static const char *const machine_names[] = {
	[TEAVMX_A_MACHINE_VM_ID] = "vm-id",
	[TEAVMX_A_MACHINE_NUMBER] = "number",
	[TEAVMX_A_MACHINE_PROGRAM] = "program",
	[TEAVMX_A_MACHINE_STACK_SIZE] = "stack-size",
	[TEAVMX_A_MACHINE_SLOT] = "slot",
	[TEAVMX_A_MACHINE_PACKET] = "packet",
	[TEAVMX_A_MACHINE_BACKEND] = "backend",
	[TEAVMX_A_MACHINE_MESSAGE] = "message",
	[TEAVMX_A_MACHINE_VCPU] = "vcpu",
	[TEAVMX_A_MACHINE_NEXT_SEQ] = "next-seq",
	[TEAVMX_A_MACHINE_DATA] = "data",
	[TEAVMX_A_MACHINE_ROOM] = "room",
	[TEAVMX_A_MACHINE_REQUEST] = "request",
	[TEAVMX_A_MACHINE_VALUE] = "value",
	[TEAVMX_A_MACHINE_PAD] = "pad",
};

static_assert(COUNT(machine_names) == TEAVMX_A_MACHINE_MAX + 1,
	      "every attribute of the set machine has its name here");

struct set {
	const char *const *names;
	size_t count;
};

static struct set set_of(uint8_t command)
{
	switch (command) {
	case TEAVMX_CMD_GET_INFO:
		return (struct set){ info_names, COUNT(info_names) };
	case TEAVMX_CMD_VM_NEW:
	case TEAVMX_CMD_VM_DEL:
	case TEAVMX_CMD_VM_GET:
	case TEAVMX_CMD_VM_SET:
		return (struct set){ vm_names, COUNT(vm_names) };
	case TEAVMX_CMD_VCPU_NEW:
	case TEAVMX_CMD_VCPU_RUN:
	case TEAVMX_CMD_VCPU_KILL:
	case TEAVMX_CMD_VCPU_GET:
	case TEAVMX_CMD_VCPU_PAUSE:
		return (struct set){ vcpu_names, COUNT(vcpu_names) };
	case TEAVMX_CMD_EVENT_GET:
	case TEAVMX_CMD_SUBSCRIBE:
		return (struct set){ event_names, COUNT(event_names) };
	case TEAVMX_CMD_GET_CAPS:
		return (struct set){ caps_names, COUNT(caps_names) };
	case TEAVMX_CMD_MEM_READ:
	case TEAVMX_CMD_MEM_WRITE:
		return (struct set){ memory_names, COUNT(memory_names) };
	case TEAVMX_CMD_REGS_GET:
	case TEAVMX_CMD_REGS_SET:
		return (struct set){ registers_names, COUNT(registers_names) };
	case TEAVMX_CMD_VMCS_GET:
		return (struct set){ vmcs_names, COUNT(vmcs_names) };
	case TEAVMX_CMD_INJECT:
		return (struct set){ inject_names, COUNT(inject_names) };
	case TEAVMX_CMD_BREAK_SET:
	case TEAVMX_CMD_BREAK_CLEAR:
		return (struct set){ breakpoint_names,
				     COUNT(breakpoint_names) };
	case TEAVMX_CMD_SLOT_SET:
	case TEAVMX_CMD_SLOT_GET:
	case TEAVMX_CMD_PACKET_SEND:
	case TEAVMX_CMD_SERIAL_FEED:
	case TEAVMX_CMD_PORT_ANSWER:
		return (struct set){ machine_names, COUNT(machine_names) };
	default:
		return (struct set){ NULL, 0 };
	}
}

static struct set set_in(struct set set, int nest)
{
	if (set.names == vcpu_names && nest == TEAVMX_A_VCPU_VMCS_WRITE)
		return (struct set){ write_names, COUNT(write_names) };
	if (set.names == vm_names && nest == TEAVMX_A_VM_CPUID)
		return (struct set){ cpuid_names, COUNT(cpuid_names) };
	if (set.names == vm_names && nest == TEAVMX_A_VM_MSR)
		return (struct set){ vm_msr_names, COUNT(vm_msr_names) };
	if (set.names == registers_names &&
	    nest == TEAVMX_A_REGISTERS_REGISTER)
		return (struct set){ register_names, COUNT(register_names) };
	return (struct set){ NULL, 0 };
}

static int add_name(struct set set, int type, char *name, size_t size)
{
	if (type > 0 && (size_t)type < set.count && set.names[type])
		return snprintf(name, size, "%s", set.names[type]);
	return snprintf(name, size, "%d", type);
}

void teavmx_attribute_name(uint8_t command, int nest, int type, char *name,
			   size_t size)
{
	struct set set = set_of(command);
	int used;

	if (nest) {
		used = add_name(set, nest, name, size);
		if (used < 0 || (size_t)used + 1 >= size)
			return;
		name[used++] = '.';
		name += used;
		size -= (size_t)used;
		set = set_in(set, nest);
	}
	add_name(set, type, name, size);
}
