// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "internal.h"

static void copy_string(char *to, size_t size, const struct nlattr *attr)
{
	if (attr)
		snprintf(to, size, "%.*s", nla_len(attr),
			 (const char *)nla_data(attr));
}

static int take_info(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct teavmx_info *info = data;
	const char *mode;

	(void)answer;
	copy_string(info->version, sizeof(info->version),
		    a[TEAVMX_A_INFO_VERSION]);
	copy_string(info->vmx_missing, sizeof(info->vmx_missing),
		    a[TEAVMX_A_INFO_VMX_MISSING]);
	info->vmx = u8_of(a[TEAVMX_A_INFO_VMX]);
	info->vmx_cpus = u32_of(a[TEAVMX_A_INFO_VMX_CPUS]);
	info->vms = u32_of(a[TEAVMX_A_INFO_VMS]);
	info->max_vms = u32_of(a[TEAVMX_A_INFO_MAX_VMS]);
	info->max_vcpus = u32_of(a[TEAVMX_A_INFO_MAX_VCPUS]);
	info->log_size = u32_of(a[TEAVMX_A_INFO_LOG_SIZE]);
	info->instance = u32_of(a[TEAVMX_A_INFO_INSTANCE]);
	info->tsc_khz = u32_of(a[TEAVMX_A_INFO_TSC_KHZ]);
	mode = teavmx_vmx_mode_name(u32_of(a[TEAVMX_A_INFO_VMX_MODE]));
	snprintf(info->vmx_mode, sizeof(info->vmx_mode), "%s", mode ?: "?");
	return 0;
}

int teavmx_get_info(struct teavmx *teavmx, const char *version,
		    struct teavmx_info *info)
{
	struct teavmx_reply reply = { TEAVMX_A_INFO_MAX, take_info, info };
	struct nl_msg *message;

	memset(info, 0, sizeof(*info));
	/* The warning about another version comes with an acknowledgment. */
	message = teavmx_request(teavmx, TEAVMX_CMD_INFO_GET,
				 version ? NLM_F_ACK : 0, 256);
	if (!message)
		return -1;
	if (version)
		nla_put_string(message, TEAVMX_A_INFO_VERSION, version);
	return teavmx_call(teavmx, message, "get the state of the engine", &reply);
}

struct cpu_array {
	struct teavmx_cpu *cpus;
	size_t count;
};

static int add_cpu(struct cpu_array *array, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_CPU_MAX + 1];
	struct teavmx_cpu *grown;

	errno = EPROTO;
	if (nla_parse_nested(a, TEAVMX_A_CPU_MAX, nest, NULL) < 0)
		return -1;
	grown = reallocarray(array->cpus, array->count + 1, sizeof(*grown));
	if (!grown)
		return -1;
	array->cpus = grown;
	grown += array->count++;
	grown->id = u32_of(a[TEAVMX_A_CPU_ID]);
	grown->vmx_holder = u32_of(a[TEAVMX_A_CPU_VMX_HOLDER]);
	return 0;
}

static int take_cpus(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *attr;
	int left;

	(void)a;
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_INFO_CPU && add_cpu(data, attr))
			return -1;
	return 0;
}

int teavmx_cpu_list(struct teavmx *teavmx, struct teavmx_cpu **cpus)
{
	struct cpu_array array = { NULL, 0 };
	struct teavmx_reply reply = { TEAVMX_A_INFO_MAX, take_cpus, &array };
	struct nl_msg *message;

	*cpus = NULL;
	message = teavmx_request(teavmx, TEAVMX_CMD_INFO_GET, 0, 256);
	if (!message)
		return -1;
	if (teavmx_call(teavmx, message, "list the CPUs", &reply)) {
		free(array.cpus);
		return -1;
	}
	*cpus = array.cpus;
	return (int)array.count;
}

static void fill_reasons(struct nlattr *attr,
			 uint8_t reasons[TEAVMX_HOST_REASONS_SIZE])
{
	memset(reasons, 0, TEAVMX_HOST_REASONS_SIZE);
	if (attr)
		nla_memcpy(reasons, attr, TEAVMX_HOST_REASONS_SIZE);
}

static void fill_vm(struct nlattr **a, struct teavmx_vm *vm)
{
	vm->id = u32_of(a[TEAVMX_A_VM_ID]);
	vm->flags = u32_of(a[TEAVMX_A_VM_FLAGS]);
	vm->owner = u32_of(a[TEAVMX_A_VM_OWNER]);
	vm->vcpus = u32_of(a[TEAVMX_A_VM_VCPUS]);
	vm->first_seq = u64_of(a[TEAVMX_A_VM_FIRST_SEQ]);
	vm->next_seq = u64_of(a[TEAVMX_A_VM_NEXT_SEQ]);
	vm->memory = u64_of(a[TEAVMX_A_VM_MEMORY]);
	vm->memory_used = u64_of(a[TEAVMX_A_VM_MEMORY_USED]);
	vm->host_exceptions = u32_of(a[TEAVMX_A_VM_HOST_EXCEPTIONS]);
	fill_reasons(a[TEAVMX_A_VM_HOST_REASONS], vm->host_reasons);
	fill_reasons(a[TEAVMX_A_VM_PROGRAM_REASONS], vm->program_reasons);
}

static int take_vm(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	(void)answer;
	fill_vm(a, data);
	return 0;
}

static int new_vm(struct teavmx *teavmx, uint32_t flags, uint64_t memory,
		  struct teavmx_vm *vm)
{
	struct teavmx_reply reply = { TEAVMX_A_VM_MAX, take_vm, vm };
	struct nl_msg *message;

	memset(vm, 0, sizeof(*vm));
	message = teavmx_request(teavmx, TEAVMX_CMD_VM_NEW, 0, 64);
	if (!message)
		return -1;
	if (flags)
		nla_put_u32(message, TEAVMX_A_VM_FLAGS, flags);
	if (memory)
		nla_put_u64(message, TEAVMX_A_VM_MEMORY, memory);
	return teavmx_call(teavmx, message, "create a VM", &reply);
}

int teavmx_vm_new(struct teavmx *teavmx, uint32_t flags, struct teavmx_vm *vm)
{
	return new_vm(teavmx, flags, 0, vm);
}

int teavmx_raw_new(struct teavmx *teavmx, uint32_t flags, uint64_t memory,
		   struct teavmx_vm *vm)
{
	if (!memory || memory % TEAVMX_PAGE_SIZE || memory > TEAVMX_MEMORY_MAX)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EINVAL, NULL,
				   "cannot create a VM: RAM of %llu bytes, expected a multiple of %d up to %d",
				   (unsigned long long)memory, TEAVMX_PAGE_SIZE,
				   TEAVMX_MEMORY_MAX);
	return new_vm(teavmx, flags, memory, vm);
}

static int call_with_id(struct teavmx *teavmx, uint8_t command,
			const char *what, uint32_t id,
			const struct teavmx_reply *reply)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, command, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_VM_ID, id);
	return teavmx_call(teavmx, message, "%s VM %u", reply, what, id);
}

int teavmx_vm_del(struct teavmx *teavmx, uint32_t id)
{
	return call_with_id(teavmx, TEAVMX_CMD_VM_DEL, "remove", id, NULL);
}

int teavmx_vm_get(struct teavmx *teavmx, uint32_t id, struct teavmx_vm *vm)
{
	struct teavmx_reply reply = { TEAVMX_A_VM_MAX, take_vm, vm };

	memset(vm, 0, sizeof(*vm));
	return call_with_id(teavmx, TEAVMX_CMD_VM_GET, "get", id, &reply);
}

int teavmx_vm_snapshot(struct teavmx *teavmx, uint32_t id)
{
	return call_with_id(teavmx, TEAVMX_CMD_VM_SNAPSHOT,
			    "take a snapshot of", id, NULL);
}

int teavmx_vm_reset(struct teavmx *teavmx, uint32_t id)
{
	return call_with_id(teavmx, TEAVMX_CMD_VM_RESET, "reset", id, NULL);
}

int teavmx_vm_clone(struct teavmx *teavmx, uint32_t id, uint32_t flags,
		    struct teavmx_vm *clone)
{
	struct teavmx_reply reply = { TEAVMX_A_VM_MAX, take_vm, clone };
	struct nl_msg *message;

	memset(clone, 0, sizeof(*clone));
	message = teavmx_request(teavmx, TEAVMX_CMD_VM_CLONE, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_VM_ID, id);
	if (flags)
		nla_put_u32(message, TEAVMX_A_VM_FLAGS, flags);
	return teavmx_call(teavmx, message, "clone VM %u", &reply, id);
}

struct vm_array {
	struct teavmx_vm *vms;
	size_t count;
};

static int add_vm(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct vm_array *array = data;
	struct teavmx_vm *grown;

	(void)answer;
	grown = reallocarray(array->vms, array->count + 1, sizeof(*grown));
	if (!grown)
		return -1;
	array->vms = grown;
	fill_vm(a, &grown[array->count++]);
	return 0;
}

static int list_vms_once(struct teavmx *teavmx, struct vm_array *array)
{
	struct teavmx_reply reply = { TEAVMX_A_VM_MAX, add_vm, array };
	struct nl_msg *message;

	array->count = 0;
	message = teavmx_request(teavmx, TEAVMX_CMD_VM_GET, NLM_F_DUMP, 64);
	if (!message)
		return -1;
	return teavmx_call(teavmx, message, "list VMs", &reply);
}

int teavmx_vm_list(struct teavmx *teavmx, struct teavmx_vm **vms)
{
	struct vm_array array = { NULL, 0 };
	int tries = DUMP_TRIES;
	int err;

	do {
		err = list_vms_once(teavmx, &array);
	} while (err > 0 && --tries);
	err = teavmx_dump_end(teavmx, err, "list VMs");
	*vms = NULL;
	if (err < 0 || !array.count) {
		free(array.vms);
		return err < 0 ? -1 : 0;
	}
	*vms = array.vms;
	return (int)array.count;
}
