// SPDX-License-Identifier: GPL-2.0-only
#include "audit.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/pkru.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

static bool enabled;
module_param_named(audit, enabled, bool, 0444);
MODULE_PARM_DESC(audit,
		 "Compare host state before and after every guest run (default: N)");

static const u32 msr_numbers[] = {
#define AUDIT_NUMBER(name, number) number,
	AUDIT_MSRS(AUDIT_NUMBER)
};

static const char *const names[] = {
#define AUDIT_NAME(name, ...) #name,
	AUDIT_REGISTERS(AUDIT_NAME)
	AUDIT_MSRS(AUDIT_NAME)
};

static_assert(ARRAY_SIZE(names) == AUDIT_ITEMS);

#define FIRST_MSR (AUDIT_ITEMS - ARRAY_SIZE(msr_numbers))

/*
 * The rows of msr_numbers[] that this machine has. audit_init() finds them once
 * at load, so that audit_take() need not expect RDMSR to fault.
 */
static DECLARE_BITMAP(readable, ARRAY_SIZE(msr_numbers));

void audit_init(void)
{
	unsigned int i;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(msr_numbers); i++)
		if (!rdmsrl_safe(msr_numbers[i], &value))
			__set_bit(i, readable);
}

/**
 * audit_create() - allocate the audit of one vCPU
 *
 * Return: the audit, to be freed by kfree(), or NULL when audits are off or
 * there is no memory; all functions below accept NULL.
 */
struct audit *audit_create(void)
{
	return enabled ? kzalloc(sizeof(struct audit), GFP_KERNEL_ACCOUNT) :
			 NULL;
}

static u64 read_cr8_register(void)
{
	u64 value;

	asm volatile("mov %%cr8, %0" : "=r" (value));
	return value;
}

static u16 read_tr(void)
{
	u16 selector;

	asm volatile("str %0" : "=r" (selector));
	return selector;
}

static u16 read_ldtr(void)
{
	u16 selector;

	asm volatile("sldt %0" : "=r" (selector));
	return selector;
}

static void take_controls(u64 *value)
{
	value[AUDIT_CR0] = read_cr0();
	value[AUDIT_CR2] = native_read_cr2();
	value[AUDIT_CR3] = __read_cr3();
	value[AUDIT_CR4] = native_read_cr4();
	value[AUDIT_CR8] = read_cr8_register();
	if (value[AUDIT_CR4] & X86_CR4_OSXSAVE)
		value[AUDIT_XCR0] = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (value[AUDIT_CR4] & X86_CR4_PKE)
		value[AUDIT_PKRU] = read_pkru();
	value[AUDIT_DR0] = native_get_debugreg(0);
	value[AUDIT_DR1] = native_get_debugreg(1);
	value[AUDIT_DR2] = native_get_debugreg(2);
	value[AUDIT_DR3] = native_get_debugreg(3);
	value[AUDIT_DR6] = native_get_debugreg(6);
	value[AUDIT_DR7] = native_get_debugreg(7);
}

static void take_segments(u64 *value)
{
	struct desc_ptr gdt, idt;

	savesegment(cs, value[AUDIT_CS]);
	/*
	 * In 64-bit mode an interrupt may leave SS null, while a VM exit loads
	 * HOST_SS_SELECTOR. Both are valid at privilege level 0, so a null SS
	 * is recorded as the selector that the exit loads.
	 */
	savesegment(ss, value[AUDIT_SS]);
	if (!value[AUDIT_SS])
		value[AUDIT_SS] = __KERNEL_DS;
	savesegment(ds, value[AUDIT_DS]);
	savesegment(es, value[AUDIT_ES]);
	savesegment(fs, value[AUDIT_FS]);
	savesegment(gs, value[AUDIT_GS]);
	value[AUDIT_TR] = read_tr();
	value[AUDIT_LDTR] = read_ldtr();
	native_store_gdt(&gdt);
	store_idt(&idt);
	value[AUDIT_GDT_BASE] = gdt.address;
	value[AUDIT_GDT_LIMIT] = gdt.size;
	value[AUDIT_IDT_BASE] = idt.address;
	value[AUDIT_IDT_LIMIT] = idt.size;
}

static void audit_take(struct audit_state *state)
{
	unsigned int i;

	take_controls(state->value);
	take_segments(state->value);
	for_each_set_bit(i, readable, ARRAY_SIZE(msr_numbers))
		rdmsrl(msr_numbers[i], state->value[FIRST_MSR + i]);
}

/**
 * audit_begin() - record the host's state before a guest run
 * @audit: of the vCPU, or NULL for nothing to do
 *
 * Context: interrupts off until after audit_end(), before VMX root operation
 * is entered.
 */
void audit_begin(struct audit *audit)
{
	if (audit)
		audit_take(&audit->before);
}

/**
 * audit_end() - record the host's state after the guest run
 * @audit: as for audit_begin()
 *
 * Context: interrupts off, VMX root operation left again.
 */
void audit_end(struct audit *audit)
{
	if (audit)
		audit_take(&audit->after);
}

/**
 * audit_next() - find the next item that a guest run changed
 * @audit: of the vCPU, or NULL
 * @change: in: the item to begin with, 0 at first; out: the change found. Add
 *	one to its item to continue
 *
 * Return: true when there is a change.
 */
bool audit_next(const struct audit *audit, struct audit_change *change)
{
	if (!audit)
		return false;
	for (; change->item < AUDIT_ITEMS; change->item++) {
		change->before = audit->before.value[change->item];
		change->after = audit->after.value[change->item];
		if (change->before != change->after)
			return true;
	}
	return false;
}

/**
 * audit_name() - name of an item
 * @item: enum audit_item
 *
 * Return: the name.
 */
const char *audit_name(u32 item)
{
	return names[item];
}
