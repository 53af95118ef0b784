/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_TEA_H
#define TEAVMX_TEA_H

#include <uapi/tea.h>

/**
 * DOC: The TEA machine of a VM
 *
 * The processes of a VM share program slots, commands, serial input and host
 * ports, which the host program accesses by these functions. See
 * Documentation/tea_machine/index.rst.
 */

/**
 * struct teavmx_slot - A program slot that holds a program.
 * @number: 0 to TEAVMX_SLOTS - 1
 * @size: bytes of the object file
 * @stack_size: bytes of stack of its processes
 * @header: its first bytes
 * @header_size: bytes in @header, fewer than TEA_HEADER_SIZE if the file is
 *	shorter
 */
struct teavmx_slot {
	uint8_t number;
	uint32_t size;
	uint32_t stack_size;
	uint8_t header[TEA_HEADER_SIZE];
	size_t header_size;
};

/**
 * teavmx_slot_set() - Load a program into a slot, or empty it.
 * @teavmx: handle
 * @vm: the VM
 * @number: the slot, 0 to TEAVMX_SLOTS - 1
 * @program: the object file, whose header is checked when it is launched
 * @size: bytes in it, at most TEA_FILE_MAX; 0 empties the slot
 * @stack_size: bytes of stack of its processes, 0 for TEA_STACK_DEFAULT; an empty slot
 *	has none
 *
 * Return: 0 or -1.
 */
int teavmx_slot_set(struct teavmx *teavmx, uint32_t vm, uint8_t number,
		    const void *program, size_t size, uint32_t stack_size);

/**
 * teavmx_slot_list() - Get the slots that hold a program.
 * @teavmx: handle
 * @vm: the VM
 * @slots: room for TEAVMX_SLOTS
 *
 * Return: number of slots, or -1.
 */
int teavmx_slot_list(struct teavmx *teavmx, uint32_t vm,
		     struct teavmx_slot *slots);

/**
 * struct teavmx_launched - The result of a packet.
 * @message: the module's reply to VM_RUN: 15 and the process number
 * @message_size: bytes in it, 0 for VM_KILL
 * @vcpu: the new vCPU, 0 when the packet was not the last of a launch
 * @next_seq: every event of it has this sequence number or a higher one
 */
struct teavmx_launched {
	uint8_t message[2];
	size_t message_size;
	uint32_t vcpu;
	uint64_t next_seq;
};

/**
 * teavmx_packet_send() - Send a packet to the VM module of a VM.
 * @teavmx: handle
 * @vm: the VM
 * @backend: enum teavmx_backend of a process that it launches
 * @engine: enum teavmx_engine of that
 * @packet: address, length, data
 * @size: bytes of it, 3 to TEA_PACKET_MAX
 * @launched: receives the result
 *
 * A process that it launches runs at once.
 *
 * Return: 0 or -1.
 */
int teavmx_packet_send(struct teavmx *teavmx, uint32_t vm,
		       enum teavmx_backend backend, enum teavmx_engine engine,
		       const uint8_t *packet, size_t size,
		       struct teavmx_launched *launched);

/**
 * teavmx_serial_write() - Append bytes to the serial input of a VM.
 * @teavmx: handle
 * @vm: the VM
 * @data: the bytes
 * @size: bytes of it, at most TEAVMX_SERIAL_MAX; 0 only reads the room
 * @room: receives how many further bytes fit now; may be NULL
 *
 * Either all of them are appended or none.
 *
 * Return: 0, or -1; the error is EAGAIN when they do not fit until a process has
 * read some of the input.
 */
int teavmx_serial_write(struct teavmx *teavmx, uint32_t vm, const void *data,
			size_t size, uint32_t *room);

/**
 * teavmx_port_answer() - Answer a process that reads a host port.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: its vCPU
 * @request: number in the record of the request
 * @value: what it reads, 0 to 255 for a char and 0 to 65535 for an int
 *
 * Return: 0 or -1.
 */
int teavmx_port_answer(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       uint32_t request, uint16_t value);

/**
 * teavmx_port_refuse() - Refuse a read of a host port: it ends with IOErr.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: its vCPU
 * @request: number in the record of the request
 *
 * Return: 0 or -1.
 */
int teavmx_port_refuse(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       uint32_t request);

#endif
