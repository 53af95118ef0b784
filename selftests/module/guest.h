/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_H
#define GUEST_H

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "guest_payload.h"
#include "machine.h"

/* What the tests of raw VMs share: a VM, its vCPUs, and code for them. */

/* Where guest_add() puts what a vCPU begins with, for each vCPU */
#define GUEST_TABLES	0x10000
#define GUEST_STACKS	0x30000
#define GUEST_CODE	0x1000
/* Free for the tests */
#define GUEST_DATA	0x40000

#define GUEST_PATIENCE_MS	20000

/**
 * struct guest - a raw VM
 * @teavmx: handle, for events too
 * @vm: the VM
 * @count: vCPUs
 * @vcpu: the vCPUs
 */
struct guest {
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	uint32_t count;
	struct teavmx_vcpu vcpu[TEAVMX_RAW_VCPUS_MAX];
};

/**
 * guest_new() - create a raw VM
 * @guest: receives it
 * @teavmx: handle
 * @memory: bytes of RAM
 *
 * Return: 0 or -1.
 */
int guest_new(struct guest *guest, struct teavmx *teavmx, uint64_t memory);

/**
 * guest_free() - delete the VM
 * @guest: the VM
 *
 * Return: 0 or -1.
 */
int guest_free(struct guest *guest);

/**
 * guest_load() - put code into RAM at GUEST_CODE
 * @guest: the VM
 * @code: the code
 * @end: its end
 *
 * Return: 0 or -1.
 */
int guest_load(struct guest *guest, const uint8_t *code, const uint8_t *end);

/**
 * guest_add() - add a vCPU that will begin at GUEST_CODE
 * @guest: the VM
 * @mode: mode to begin in
 *
 * Return: its place in @guest->vcpu, by which the functions here know it, or
 * -1.
 */
int guest_add(struct guest *guest, enum teavmx_mode mode);

/* guest_enter() - let a vCPU that is there begin at GUEST_CODE again */
int guest_enter(struct guest *guest, uint32_t n, enum teavmx_mode mode);

/* guest_set() - set a register; returns 0 or -1 */
int guest_set(struct guest *guest, uint32_t n, uint32_t number,
	      uint64_t value);

/* guest_get() - read a register; all ones after a failure */
uint64_t guest_get(struct guest *guest, uint32_t n, uint32_t number);

/* EXPECT_GUEST_REG() - as EXPECT_REG() of expect.h, which is to be included */
#define EXPECT_GUEST_REG(guest, n, name, value)				\
	EXPECT_VALUE_(0, #name, value, #value,				\
		      guest_get(guest, n, TEAVMX_REG_##name))

/* guest_read32() - read RAM; all ones after a failure */
uint32_t guest_read32(struct guest *guest, uint64_t address);

/* guest_used() - bytes of RAM that have pages */
uint64_t guest_used(struct guest *guest);

/* guest_start() - let all vCPUs run; returns 0 or -1 */
int guest_start(struct guest *guest);

/**
 * guest_wait() - wait until a vCPU is paused or has exited
 * @guest: the VM
 * @n: the vCPU, from 0
 *
 * Polls the vCPU; the records stay where they are.
 *
 * Return: enum teavmx_stop, -1 after twenty seconds or a failure.
 */
int guest_wait(struct guest *guest, uint32_t n);

/* guest_wait_all() - wait for all, true when each is paused for an exit */
bool guest_wait_all(struct guest *guest);

/* guest_exits() - exits of a reason that a vCPU had when it was last seen */
uint64_t guest_exits(const struct guest *guest, uint32_t n, uint32_t reason);

/* guest_last_exit() - the last exit of a vCPU in the VM's log; 0 or -1 */
int guest_last_exit(struct guest *guest, uint32_t n,
		    struct teavmx_record *exit);

/**
 * guest_show_findings() - print what the doctor finds about failed entries of a guest
 * @guest: the guest
 */
void guest_show_findings(struct guest *guest);

#endif
