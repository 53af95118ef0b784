// SPDX-License-Identifier: GPL-2.0-only
#include "objects.h"

#include <stdatomic.h>
#include <unistd.h>

/* A VM in one word: its number, above whether it is raw and its vCPUs */
#define RAW		0x100u
#define VCPUS		0xffu
#define ID_SHIFT	32

static atomic_ullong vms[OBJECTS_VMS];
/* Each descriptor plus 1 */
static atomic_int files[OBJECTS_FILES];

static struct object_vm vm_unpack(uint64_t word)
{
	return (struct object_vm){ word >> ID_SHIFT, word & RAW, word & VCPUS };
}

static uint64_t vm_pack(struct object_vm vm)
{
	return (uint64_t)vm.id << ID_SHIFT | (vm.raw ? RAW : 0) | vm.vcpus;
}

struct object_vm objects_vm(unsigned int place)
{
	return vm_unpack(atomic_load(&vms[place]));
}

uint32_t objects_put_vm(unsigned int place, struct object_vm vm)
{
	return vm_unpack(atomic_exchange(&vms[place], vm_pack(vm))).id;
}

void objects_vcpu(uint32_t id, uint32_t vcpu)
{
	unsigned int i;

	for (i = 0; i < OBJECTS_VMS; i++) {
		unsigned long long before = atomic_load(&vms[i]);
		struct object_vm vm = vm_unpack(before);

		if (vm.id != id || vcpu > VCPUS)
			continue;
		vm.vcpus = (uint8_t)vcpu;
		/* If another caller has changed the place, that holds. */
		atomic_compare_exchange_strong(&vms[i], &before, vm_pack(vm));
	}
}

void objects_forget_vm(uint32_t id)
{
	unsigned int i;

	for (i = 0; i < OBJECTS_VMS; i++) {
		unsigned long long before = atomic_load(&vms[i]);

		if (vm_unpack(before).id == id)
			atomic_compare_exchange_strong(&vms[i], &before, 0);
	}
}

bool objects_has_vm(uint32_t id)
{
	unsigned int i;

	for (i = 0; i < OBJECTS_VMS; i++)
		if (objects_vm(i).id == id)
			return true;
	return false;
}

unsigned int objects_vms(void)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < OBJECTS_VMS; i++)
		count += objects_vm(i).id != 0;
	return count;
}

int objects_file(unsigned int place)
{
	return atomic_load(&files[place]) - 1;
}

void objects_put_file(unsigned int place, int fd)
{
	int before = atomic_exchange(&files[place], fd + 1) - 1;

	if (before >= 0)
		close(before);
}
