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
		return (struct set){ vm_names, COUNT(vm_names) };
	case TEAVMX_CMD_VCPU_NEW:
	case TEAVMX_CMD_VCPU_RUN:
	case TEAVMX_CMD_VCPU_KILL:
	case TEAVMX_CMD_VCPU_GET:
		return (struct set){ vcpu_names, COUNT(vcpu_names) };
	case TEAVMX_CMD_EVENT_GET:
		return (struct set){ event_names, COUNT(event_names) };
	default:
		return (struct set){ NULL, 0 };
	}
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
		set = set.names == vcpu_names &&
		      nest == TEAVMX_A_VCPU_VMCS_WRITE ?
		      (struct set){ write_names, COUNT(write_names) } :
		      (struct set){ NULL, 0 };
	}
	add_name(set, type, name, size);
}
