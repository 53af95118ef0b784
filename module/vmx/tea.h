/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_TEA_H
#define _TEAVMX_VMX_TEA_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "entry.h"
#include "../tea/display.h"
#include "../tea/ports.h"
#include "../tea/guest/vmcall.h"

struct port_gate;
struct space_region;
struct vmx_vcpu;

/**
 * struct vmx_tea - what the fast path needs of a TEA guest
 * @ports: the ports of its VM
 * @gate: keeps the fast path from them
 * @display: characters for the display in guest memory
 * @displayed: number of them that have an event
 * @access: the last access; its process is set once. It is not on the stack, as the
 *	stack protector would call a function that is not noinstr
 */
struct vmx_tea {
	struct tea_ports *ports;
	struct port_gate *gate;
	const struct guest_display *display;
	const u32 *displayed;
	struct tea_access access;
};

/**
 * vmx_tea_access() - which access does a VMCALL of a TEA guest request?
 * @regs: registers of the guest, with the number of an access in RAX
 * @access: receives it, all but the process
 */
static __always_inline void vmx_tea_access(const struct vmx_regs *regs,
					   struct tea_access *access)
{
	access->port = (u16)regs->rdi;
	access->size = regs->rsi == 2 ? 2 : 1;
	access->write = TEA_CALL_SERVICE(regs->rax) == TEA_VMCALL_PORT_WRITE;
	access->value = (u16)regs->rdx;
}

/**
 * vmx_tea_wakes_others() - can processes wait for this access?
 * @access: the access
 *
 * Return: true for a write of a semaphore.
 */
static __always_inline bool
vmx_tea_wakes_others(const struct tea_access *access)
{
	return access->write &&
	       access->port - TEA_PORT_SEMAPHORE < TEA_SEMAPHORES;
}

/**
 * vmx_tea_is_shown() - has the host taken all text that the guest has written?
 * @tea: the guest
 *
 * Otherwise that text could be recorded after an effect of a port access, such as an
 * event of another process that reads the port.
 *
 * Return: true when a port access of the guest may be fast.
 */
static __always_inline bool vmx_tea_is_shown(const struct vmx_tea *tea)
{
	return READ_ONCE(tea->display->written) == *tea->displayed;
}

/**
 * vmx_tea_fast_pid() - read the number of the process on the fast path
 * @tea: the guest
 * @regs: its registers, at a VMCALL
 *
 * That port is not in those that other processes access, too.
 *
 * Context: as vmx_fastpath().
 *
 * Return: true when the VMCALL was such a read and is complete; false when nothing
 * has changed.
 */
static __always_inline bool vmx_tea_fast_pid(const struct vmx_tea *tea,
					     struct vmx_regs *regs)
{
	if (TEA_CALL_SERVICE(regs->rax) != TEA_VMCALL_PORT_READ ||
	    (u16)regs->rdi != TEA_PORT_PROCESS_ID ||
	    regs->rsi != TEA_SIZE_CHAR || !vmx_tea_is_shown(tea))
		return false;
	regs->rdx = tea->access.pid;
	regs->rax = TEA_EXIT_NORMAL;
	return true;
}

bool vmx_tea_fast(struct vmx_tea *tea, struct vmx_regs *regs);
int vmx_tea_remap(struct vmx_vcpu *vmx, const struct space_region *region);
int vmx_tea_unmap(struct vmx_vcpu *vmx, u64 gpa, size_t size);

#endif
