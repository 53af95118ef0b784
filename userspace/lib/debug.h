/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_DEBUG_H
#define TEAVMX_DEBUG_H

/**
 * DOC: TEA processes that are debugged
 *
 * A vCPU created with teavmx_program.debug is ready, before its first
 * instruction, and pauses between two TEA instructions: after teavmx_run.steps
 * of them, where teavmx_run.until is met, at a breakpoint
 * (TEAVMX_BREAKPOINT_KIND_TEA_CODE, 32 of them), when a watched byte of its
 * stack changes (TEAVMX_BREAKPOINT_KIND_TEA_STACK, 8 of them), by
 * teavmx_vcpu_pause(), even while it waits on a port, and before its end
 * (TEAVMX_STOP_ENDED; the next run has the exit message sent). While it is ready
 * or paused its registers (TEAVMX_REG_TEA in uapi/regs.h) and its stack may be
 * read, and, before the end, changed. teavmx.h includes this header, and its
 * conventions hold here.
 */

/**
 * teavmx_stack_read() - Read the stack of a process that is debugged.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: its vCPU, ready or paused
 * @at: first byte, counted from the bottom
 * @data: receives the bytes
 * @size: how many; bytes above the top of the stack can be read, too
 *
 * Return: 0 or -1.
 */
int teavmx_stack_read(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      uint32_t at, void *data, size_t size);

/**
 * teavmx_stack_write() - Change the stack of a process that is debugged.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: its vCPU, ready or paused
 * @at: first byte, counted from the bottom
 * @data: the bytes
 * @size: how many
 *
 * Return: 0 or -1.
 */
int teavmx_stack_write(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       uint32_t at, const void *data, size_t size);

#endif
