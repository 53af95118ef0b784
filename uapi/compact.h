/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_COMPACT_H
#define _UAPI_TEAVMX_COMPACT_H

#include <linux/types.h>

/**
 * DOC: Compact records
 *
 * SUBSCRIBE with the format compact sends the attribute compact of the set event: an
 * array of struct teavmx_compact, in the order of the numbers, without a record between
 * them. What does not fit into the struct is sent as in the format full, so that the
 * attributes compact and record of a message are in the order of the numbers together.
 * Those are vmx-fail, tea-refused, host-changed, a vmx-exit with a snapshot, and the
 * records without a number.
 */

#define TEAVMX_COMPACT_BYTES 32

/**
 * struct teavmx_compact_exit - what a compact record of type vmx-exit has
 * @qualification: exit qualification
 * @rip: guest RIP
 * @value: what OUT writes, or RAX of VMCALL
 * @guest_physical: guest-physical address
 * @guest_linear: guest-linear address
 * @reason: exit reason, all 32 bits
 * @instruction_length: bytes of the instruction
 * @instruction_info: VM-exit instruction information
 * @intr_info: VM-exit interruption information
 * @intr_error_code: VM-exit interruption error code
 * @idt_vectoring_info: IDT-vectoring information
 * @idt_vectoring_error_code: IDT-vectoring error code
 * @guest_ticks: ticks of the host's time-stamp counter from the entry to the exit, at
 *	most U32_MAX
 *
 * A field whose bit in struct teavmx_compact.has is clear is 0.
 */
struct teavmx_compact_exit {
	__u64 qualification;
	__u64 rip;
	__u64 value;
	__u64 guest_physical;
	__u64 guest_linear;
	__u32 reason;
	__u32 instruction_length;
	__u32 instruction_info;
	__u32 intr_info;
	__u32 intr_error_code;
	__u32 idt_vectoring_info;
	__u32 idt_vectoring_error_code;
	__u32 guest_ticks;
};

/**
 * struct teavmx_compact_state - what a compact record of type state has
 * @state: enum teavmx_vcpu_state
 * @stop: enum teavmx_stop
 * @port: port that the vCPU sleeps or waits on
 */
struct teavmx_compact_state {
	__u32 state;
	__u32 stop;
	__u16 port;
};

/**
 * struct teavmx_compact_request - what a compact record of type port-request has
 * @value: what is written
 * @request: its number
 * @port: the port
 * @access_size: bytes, 1 or 2
 */
struct teavmx_compact_request {
	__u64 value;
	__u32 request;
	__u16 port;
	__u8 access_size;
};

/**
 * struct teavmx_compact_text - what a compact record with a message or text has
 * @size: bytes in @bytes
 * @bytes: them
 */
struct teavmx_compact_text {
	__u8 size;
	__u8 bytes[TEAVMX_COMPACT_BYTES];
};

/**
 * struct teavmx_compact - a record
 * @seq: its number
 * @time: ns of CLOCK_MONOTONIC
 * @has: bit N: the record has attribute N of the set record (TEAVMX_A_RECORD_...)
 * @vcpu: number of the vCPU
 * @cpu: number of the host CPU, of an exit
 * @type: enum teavmx_event_type, which says which of the others is valid
 * @pid: number of the process
 * @exit: vmx-exit
 * @state: state
 * @request: port-request
 * @text: tea-exit, tea-packet, tea-reply, tea-text, tea-serial
 */
struct teavmx_compact {
	__u64 seq;
	__u64 time;
	__u64 has;
	__u32 vcpu;
	__u16 cpu;
	__u8 type;
	__u8 pid;
	union {
		struct teavmx_compact_exit exit;
		struct teavmx_compact_state state;
		struct teavmx_compact_request request;
		struct teavmx_compact_text text;
	};
};

#endif
