/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MULTIBOOT_PC_H
#define MULTIBOOT_PC_H

#include <stdbool.h>
#include <stdint.h>

#include <userspace/teavmx/board.h>

#include "apic.h"

/*
 * RAM of the machine. The end of it, of which the program learns nothing, has what the
 * loader passes to the program: a descriptor table, information, the command line.
 */
#define PC_RAM_SIZE	(128u << 20)
#define PC_RAM_USABLE	(PC_RAM_SIZE - 0x10000)
#define PC_TABLES	PC_RAM_USABLE
#define PC_INFO		(PC_TABLES + 0x1000)
#define PC_COMMAND_LINE	(PC_INFO + 0x1000)
#define PC_LINE_MAX	0x1000

/* The memory of the test device, which is not RAM of the guest */
#define PC_TEST_MEMORY		0xff000000ULL
#define PC_TEST_MEMORY_SIZE	0x10000

/**
 * struct pc - the machine that test programs expect, but for its processor
 * @board: serial interface, and the port that ends the program
 * @apic: the local APIC
 * @firmware: item of the configuration device that is selected
 * @firmware_next: byte of it that is read next
 * @echo: what was written to the test device's port
 * @test_memory: the memory of the test device
 * @ram: RAM
 */
struct pc {
	struct board board;
	struct apic apic;
	uint16_t firmware;
	unsigned int firmware_next;
	uint32_t echo;
	uint8_t test_memory[PC_TEST_MEMORY_SIZE];
	uint8_t *ram;
};

/**
 * pc_init() - a machine after reset
 * @pc: the machine
 */
void pc_init(struct pc *pc);

/**
 * pc_in() - read a port
 * @data: the machine
 * @vcpu: number of the processor
 * @port: the port
 * @size: 1, 2 or 4 bytes
 *
 * Return: what is there.
 */
uint32_t pc_in(void *data, uint32_t vcpu, uint16_t port, unsigned int size);

/**
 * pc_out() - write a port
 * @data: the machine
 * @vcpu: number of the processor
 * @port: the port
 * @size: 1, 2 or 4 bytes
 * @value: what to write
 *
 * Return: false when the program has ended.
 */
bool pc_out(void *data, uint32_t vcpu, uint16_t port, unsigned int size,
	    uint32_t value);

/**
 * pc_memory() - access memory that is not RAM
 * @data: the machine
 * @vcpu: number of the processor
 * @mmio: the access
 */
void pc_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio);

/**
 * pc_load() - load a multiboot program and what is passed to it
 * @pc: the machine, with RAM
 * @path: an ELF file for 32 bits with a multiboot header
 * @arguments: command line after the name of the program; ends with NULL
 *
 * It does not return when the file cannot be loaded.
 *
 * Return: address of the first instruction.
 */
uint32_t pc_load(struct pc *pc, const char *path, char **arguments);

#endif
