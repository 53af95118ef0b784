/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_VCPU_PAGE_H
#define _UAPI_TEAVMX_VCPU_PAGE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: The page of a vCPU
 *
 * VCPU_MAP opens a file of a vCPU of a raw VM. mmap() of the file, of
 * TEAVMX_VCPU_PAGE_SIZE bytes at offset 0 with MAP_SHARED, maps a struct
 * teavmx_vcpu_page. The operations of the file have no argument:
 *
 * TEAVMX_VCPU_CONTINUE reads the answer from the page, completes with it the
 * exit that the vCPU is paused for, and runs the vCPU as VCPU_RUN with slice
 * does; then it writes the next stop to the page. A vCPU that is paused for an
 * exit continues its run, with what is left of the bounds that VCPU_RUN has
 * set; another one begins a run without bounds. When the state in the page is
 * RUNNING afterwards, the thread of the vCPU goes on, and an event reports its
 * stop.
 *
 * TEAVMX_VCPU_SHOW only writes to the page how the vCPU is now.
 *
 * Both return 0, or -1 with errno. ENODEV: the VM was deleted, or the place of
 * the vCPU, which has exited, was needed for another one. EBUSY: the vCPU runs
 * or has exited. EINVAL: the answer does not fit the stop. The message in the
 * page gives the reason, and else the page is as before. With another errno of
 * TEAVMX_VCPU_CONTINUE the vCPU could not get a thread: the answer was taken,
 * and TEAVMX_VCPU_SHOW shows where the vCPU is paused. Its last exit is handled by
 * the next run, for which registers in the page are refused with EBUSY.
 *
 * Who has the descriptor can use it; the operations check no capability.
 */

#define TEAVMX_VCPU_CONTINUE	_IO(0xf5, 0)
#define TEAVMX_VCPU_SHOW	_IO(0xf5, 1)

#define TEAVMX_VCPU_PAGE_SIZE	4096
#define TEAVMX_VCPU_PAGE_VERSION 1

/* Flags of the host program: what TEAVMX_VCPU_CONTINUE reads */
#define TEAVMX_PAGE_ANSWER	0x1
#define TEAVMX_PAGE_REGISTERS	0x2

/* What the module has written: an exit, and the value of its instruction */
#define TEAVMX_PAGE_HAS_EXIT	0x1
#define TEAVMX_PAGE_HAS_VALUE	0x2

/*
 * The general registers of a stopped vCPU. All others, as RSP and RIP, are read
 * and changed by REGS_GET and REGS_SET.
 */
struct teavmx_page_registers {
	__u64 rax;
	__u64 rcx;
	__u64 rdx;
	__u64 rbx;
	__u64 rbp;
	__u64 rsi;
	__u64 rdi;
	__u64 r8;
	__u64 r9;
	__u64 r10;
	__u64 r11;
	__u64 r12;
	__u64 r13;
	__u64 r14;
	__u64 r15;
};

/**
 * struct teavmx_page_exit - the VM exit that a vCPU is paused for
 * @qualification: exit qualification; of I/O it has the port, the size and the
 *	direction (SDM "Exit Qualification for I/O Instructions")
 * @rip: guest RIP
 * @value: what OUT writes, or RAX of VMCALL, with TEAVMX_PAGE_HAS_VALUE; else 0
 * @guest_physical: guest-physical address
 * @linear: guest-linear address
 * @reason: the whole 32-bit exit reason
 * @fields: which of the other fields are defined, enum vmx_exit_field
 *	(uapi/vmx_exit_fields.h); the others are 0
 * @instruction_length: VM-exit instruction length
 * @instruction_info: VM-exit instruction information
 * @intr_info: VM-exit interruption information
 * @intr_error: VM-exit interruption error code
 * @vectoring: IDT-vectoring information
 * @vectoring_error: IDT-vectoring error code
 * @cpu: host CPU
 * @guest_ticks: ticks of the host's time-stamp counter from the entry to the exit, at
 *	most U32_MAX
 */
struct teavmx_page_exit {
	__u64 qualification;
	__u64 rip;
	__u64 value;
	__u64 guest_physical;
	__u64 linear;
	__u32 reason;
	__u32 fields;
	__u32 instruction_length;
	__u32 instruction_info;
	__u32 intr_info;
	__u32 intr_error;
	__u32 vectoring;
	__u32 vectoring_error;
	__u32 cpu;
	__u32 guest_ticks;
};

/**
 * struct teavmx_vcpu_page - what a host program shares with a vCPU
 * @version: TEAVMX_VCPU_PAGE_VERSION
 * @size: bytes of this structure that the module knows
 * @flags: of the host program: TEAVMX_PAGE_ANSWER: the instruction that the
 *	vCPU is paused for is complete, as with the attribute answer of
 *	VCPU_RUN; TEAVMX_PAGE_REGISTERS: the vCPU gets @registers, also in
 *	place of what @answer changes. Other bits are refused
 * @reserved: 0
 * @answer: of the host program: the result of IN or RDMSR
 * @registers: the general registers where the vCPU is ready or paused
 * @state: enum teavmx_vcpu_state
 * @stop: enum teavmx_stop: why it is paused
 * @has: TEAVMX_PAGE_HAS_EXIT: it is paused for @exit; TEAVMX_PAGE_HAS_VALUE
 * @reserved2: 0
 * @exit: the exit
 * @message: why the last operation that failed was refused, a text
 *
 * The module writes all but @flags and @answer, and reads only these two and
 * @registers, once each time. Later versions add fields at the end.
 */
struct teavmx_vcpu_page {
	__u32 version;
	__u32 size;
	__u32 flags;
	__u32 reserved;
	__u64 answer;
	struct teavmx_page_registers registers;
	__u32 state;
	__u32 stop;
	__u32 has;
	__u32 reserved2;
	struct teavmx_page_exit exit;
	char message[160];
};

#endif
