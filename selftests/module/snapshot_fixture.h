/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SNAPSHOT_FIXTURE_H
#define SNAPSHOT_FIXTURE_H

/* A raw VM of which snapshots are taken, and what its guest runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "guest.h"

#define MEMORY		0x100000
#define PAGE		4096
#define FRAMES		(MEMORY / PAGE)
#define PATTERN		0xa5
#define OTHER_CODE	0x1800
#define DATA		0x40000
#define KEPT_MSR	0x1234
#define CYCLES		100

FIXTURE(snapshot)
{
	struct teavmx *teavmx;
	struct guest guest;
};

FIXTURE_SETUP(snapshot)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, guest_new(&self->guest, self->teavmx, MEMORY));
}

FIXTURE_TEARDOWN(snapshot)
{
	teavmx_close(self->teavmx);
}

static inline int prepare(struct guest *guest, enum teavmx_mode mode,
			  const uint8_t *code, const uint8_t *end)
{
	return guest_load(guest, code, end) || guest_add(guest, mode) < 0;
}

#define PREPARE(mode, code) \
	prepare(&self->guest, TEAVMX_MODE_##mode, code, code##_end)

static inline int take(struct guest *guest)
{
	return teavmx_vm_snapshot(guest->teavmx, guest->vm.id);
}

static inline int reset(struct guest *guest)
{
	return teavmx_vm_reset(guest->teavmx, guest->vm.id);
}

/* Runs a vCPU to its next stop, and answers the exit that it is paused for. */
static inline int run(struct guest *guest, uint32_t n, bool answered)
{
	const struct teavmx_run how = { .answered = answered };

	if (teavmx_vcpu_run_with(guest->teavmx, guest->vm.id,
				 guest->vcpu[n].id, &how)) {
		printf("# %s\n", teavmx_error(guest->teavmx)->message);
		return -1;
	}
	return guest_wait(guest, n);
}

static inline int put(struct guest *guest, uint64_t address, const void *bytes,
		      size_t size)
{
	return teavmx_mem_write(guest->teavmx, guest->vm.id, address, bytes,
				size);
}

static inline int put32(struct guest *guest, uint64_t address, uint32_t value)
{
	return put(guest, address, &value, sizeof(value));
}

static inline uint8_t *all_ram(struct guest *guest)
{
	uint8_t *ram = malloc(MEMORY);

	if (teavmx_mem_read(guest->teavmx, guest->vm.id, 0, ram, MEMORY))
		memset(ram, 0xee, MEMORY);
	return ram;
}

/* How many registers differ; -1 if there are not the same ones, or none. */
static inline int compare_registers(const struct teavmx_register *a, int a_count,
				    const struct teavmx_register *b, int b_count)
{
	int differ = 0;
	int i;

	if (a_count != b_count || a_count <= 0)
		return -1;
	for (i = 0; i < a_count; i++) {
		if (a[i].value == b[i].value && a[i].number == b[i].number)
			continue;
		printf("# %s (%#x): %#llx, %#llx\n",
		       expect_register(a[i].number), a[i].number,
		       (unsigned long long)a[i].value,
		       (unsigned long long)b[i].value);
		differ++;
	}
	return differ;
}

struct registers {
	struct teavmx_register *list;
	int count;
};

static inline struct registers read_registers(struct guest *guest, uint32_t n)
{
	struct registers registers = { };

	registers.count = teavmx_regs_get(guest->teavmx, guest->vm.id,
					  guest->vcpu[n].id, &registers.list);
	return registers;
}

/* Compares with registers as they are now. */
static inline int differ(struct guest *guest, uint32_t n,
			 const struct registers *before)
{
	struct registers now = read_registers(guest, n);
	int count = compare_registers(before->list, before->count, now.list,
				      now.count);

	free(now.list);
	return count;
}

/* Is the list exactly these pages? */
static inline bool dirty_is(struct guest *guest, const uint64_t *pages, int count)
{
	uint64_t *list;
	int found = teavmx_dirty_list(guest->teavmx, guest->vm.id, &list);
	bool same = found == count;
	int i;

	for (i = 0; same && i < found; i++)
		same = list[i] == pages[i];
	for (i = 0; !same && i < found; i++)
		printf("# written: 0x%llx\n", (unsigned long long)list[i]);
	free(list);
	return same;
}

#define DIRTY_IS(guest, ...)						\
	dirty_is(guest, (const uint64_t[]){ __VA_ARGS__ },		\
		 sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* Changes registers of each kind, another time after each HLT. */
GUEST_PAYLOAD(code_state,
	"	mov	%cr4, %rax\n"
	"	or	$0x200, %rax\n"
	"	mov	%rax, %cr4\n"
	"	fninit\n"
	"1:	inc	%rbx\n"
	"	mov	%rbx, 0x40000\n"
	"	fildll	0x40000\n"
	"	movq	%rbx, %xmm5\n"
	"	mov	%rbx, %cr2\n"
	"	mov	%rbx, %dr1\n"
	"	mov	%rbx, %cr8\n"
	"	mov	$0xc0000102, %ecx\n"
	"	mov	%ebx, %eax\n"
	"	xor	%edx, %edx\n"
	"	wrmsr\n"
	"	mov	$0x174, %ecx\n"
	"	mov	%ebx, %eax\n"
	"	wrmsr\n"
	"	push	%rbx\n"
	"	hlt\n"
	"	jmp	1b");

GUEST_PAYLOAD(code_clock,
	".code16\n"
	"	hlt\n"
	/* 2^52 */
	"	mov	$0x10, %ecx\n"
	"	mov	$0x100000, %edx\n"
	"	xor	%eax, %eax\n"
	"	wrmsr\n"
	"	mov	$0x1234, %ecx\n"
	"	wrmsr\n"
	"	hlt");
GUEST_PAYLOAD(code_read_clock,
	".code16\n"
	"	mov	$0x1234, %ecx\n"
	"	rdmsr\n"
	"	mov	%eax, %ebx\n"
	"	rdtsc\n"
	"	hlt");

/* Writes five pages and reads two others; segments of 64 KiB begin at DATA. */
GUEST_PAYLOAD(code_write,
	".code16\n"
	"	mov	$0x4000, %ax\n"
	"	mov	%ax, %ds\n"
	"	movb	$1, 0\n"
	"	mov	0x1000, %al\n"
	"	mov	0x2000, %al\n"
	"	movb	$1, 0x2008\n"
	"	movw	$0x101, 0x4fff\n"
	"	mov	$0x9000, %ax\n"
	"	mov	%ax, %ds\n"
	"	mov	0, %al\n"
	"	movb	$1, 0xfff0\n"
	"	hlt\n");

/*
 * With BX 1 it writes the pattern to all RAM but the page of its code, else it counts
 * in EBP how many bytes have it.
 */
GUEST_PAYLOAD(code_sweep,
	".code16\n"
	"	xor	%ebp, %ebp\n"
	"	mov	$0xa5, %al\n"
	"	xor	%dx, %dx\n"
	"1:	mov	%dx, %es\n"
	"	xor	%di, %di\n"
	"2:	test	%dx, %dx\n"
	"	jnz	3f\n"
	"	cmp	$0x1000, %di\n"
	"	jne	3f\n"
	"	add	%di, %di\n"
	"3:	mov	$0x1000, %cx\n"
	"	test	%bx, %bx\n"
	"	jz	4f\n"
	"	rep stosb\n"
	"	jmp	6f\n"
	"4:	scasb\n"
	"	jne	5f\n"
	"	inc	%ebp\n"
	"5:	loop	4b\n"
	"6:	test	%di, %di\n"
	"	jnz	2b\n"
	"	add	$0x1000, %dx\n"
	"	jnz	1b\n"
	"	hlt");

static inline int sweep(struct guest *guest, int fill)
{
	return guest_set(guest, 0, TEAVMX_REG_RIP, GUEST_CODE) ||
	       guest_set(guest, 0, TEAVMX_REG_RBX, fill) ||
	       run(guest, 0, false) != TEAVMX_STOP_EXIT;
}

#endif
