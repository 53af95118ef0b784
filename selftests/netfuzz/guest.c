// SPDX-License-Identifier: GPL-2.0-only
#include "guest.h"

#include <pthread.h>
#include <stdlib.h>

#include <selftests/module/guest_payload.h>
#include <uapi/teavmx.h>
#include <userspace/lib/teavmx.h>

#include "objects.h"

#define MEMORY		0x40000
#define CODE		0x1000
#define STACK		0x8000
#define TABLES		0x10000
#define VCPUS_MAX	3

/* Its bytes have a meaning in each mode. */
GUEST_PAYLOAD(code_any_mode,
	".code16\n"
	"1:	cpuid\n"
	"	inc	%cx\n"
	"	out	%al, $0x80\n"
	"	in	$0x80, %al\n"
	"	test	$0x40, %cl\n"
	"	jz	1b\n"
	"2:	nop\n"
	"	hlt\n"
	"	jmp	2b");

/*
 * Its socket is open from the first request to the last one. A socket that was opened
 * meanwhile could have the number of one that another caller has closed and still
 * reads, and the library would wait for an answer that this caller has.
 */
static struct teavmx *guest_teavmx;
static pthread_mutex_t guest_lock = PTHREAD_MUTEX_INITIALIZER;

bool guest_begin(void)
{
	guest_teavmx = teavmx_open(NULL);
	return guest_teavmx;
}

void guest_end(void)
{
	teavmx_close(guest_teavmx);
}

static int guest_fill(struct teavmx *teavmx, struct chance *chance, uint32_t vm)
{
	static const enum teavmx_mode modes[] = {
		TEAVMX_MODE_REAL, TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
	};
	unsigned int left = 1 + chance_below(chance, VCPUS_MAX);
	enum teavmx_mode mode = modes[chance_below(chance, 3)];
	struct teavmx_vcpu vcpu;

	if (teavmx_mem_write(teavmx, vm, CODE, PAYLOAD(code_any_mode)))
		return -1;
	while (left--) {
		if (teavmx_raw_vcpu_new(teavmx, vm, &vcpu))
			return -1;
		teavmx_mode_enter(teavmx, vm, vcpu.id, mode, CODE, STACK,
				  TABLES);
		objects_vcpu(vm, vcpu.id);
		teavmx_vcpu_clear(&vcpu);
	}
	return 0;
}

void guest_new(struct chance *chance)
{
	struct object_vm object = { .raw = true };
	struct teavmx_vm vm;
	uint32_t before;

	pthread_mutex_lock(&guest_lock);
	if (!teavmx_raw_new(guest_teavmx, TEAVMX_VM_FLAGS_DETACHED, MEMORY,
			    &vm)) {
		object.id = vm.id;
		before = objects_put_vm(chance_below(chance, OBJECTS_VMS),
					object);
		if (before)
			teavmx_vm_del(guest_teavmx, before);
		guest_fill(guest_teavmx, chance, vm.id);
	}
	pthread_mutex_unlock(&guest_lock);
}

int guest_delete_lost(bool all)
{
	struct teavmx_vm *vms = NULL;
	int count;
	int i;

	pthread_mutex_lock(&guest_lock);
	count = teavmx_vm_list(guest_teavmx, &vms);
	for (i = 0; i < count; i++)
		if (all || !objects_has_vm(vms[i].id))
			teavmx_vm_del(guest_teavmx, vms[i].id);
	pthread_mutex_unlock(&guest_lock);
	free(vms);
	return count;
}
