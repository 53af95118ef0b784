// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "pc.h"

/* QEMU's devices for test programs (hw/misc/pc-testdev.c, docs/specs/fw_cfg.rst) */
#define EXIT_PORT		0xf4
#define DEBUG_PORT		0xe9
#define TEST_ECHO		0xe0
#define TEST_FLUSH		0xe4
#define FIRMWARE_SELECT		0x510
#define FIRMWARE_DATA		0x511
#define FIRMWARE_RAM_SIZE	0x03
#define FIRMWARE_CPUS		0x05
#define FIRMWARE_CPUS_MAX	0x0f
/* The masks of the interrupt controllers: nothing is connected to them. */
#define PIC_MASK_1		0x21
#define PIC_MASK_2		0xa1

void pc_init(struct pc *pc)
{
	memset(pc, 0, sizeof(*pc));
	board_init(&pc->board, EXIT_PORT, DEBUG_PORT, false);
	apic_init(&pc->apic);
}

static uint64_t firmware_item(uint16_t item)
{
	switch (item) {
	case FIRMWARE_RAM_SIZE:
		return PC_RAM_USABLE;
	case FIRMWARE_CPUS:
	case FIRMWARE_CPUS_MAX:
		return 1;
	default:
		return 0;
	}
}

static uint8_t firmware_byte(struct pc *pc)
{
	unsigned int byte = pc->firmware_next++;

	return byte < 8 ? (uint8_t)(firmware_item(pc->firmware) >> 8 * byte) : 0;
}

uint32_t pc_in(void *data, uint32_t vcpu, uint16_t port, unsigned int size)
{
	struct pc *pc = data;

	switch (port) {
	case TEST_ECHO:
		return pc->echo;
	case FIRMWARE_DATA:
		return firmware_byte(pc);
	case PIC_MASK_1:
	case PIC_MASK_2:
		return 0xff;
	}
	return board_in(&pc->board, vcpu, port, size);
}

bool pc_out(void *data, uint32_t vcpu, uint16_t port, unsigned int size,
	    uint32_t value)
{
	struct pc *pc = data;

	switch (port) {
	case TEST_ECHO:
		pc->echo = value;
		return true;
	case FIRMWARE_SELECT:
		pc->firmware = (uint16_t)value;
		pc->firmware_next = 0;
		return true;
	case TEST_FLUSH:
	case PIC_MASK_1:
	case PIC_MASK_2:
		return true;
	}
	return board_out(&pc->board, vcpu, port, size, value);
}

static bool lies_in(const struct teavmx_mmio *mmio, uint64_t first, uint64_t size)
{
	return mmio->address >= first &&
	       mmio->address - first <= size - mmio->size;
}

static void access_test_memory(struct pc *pc, struct teavmx_mmio *mmio)
{
	uint8_t *place = pc->test_memory + (mmio->address - PC_TEST_MEMORY);

	if (mmio->write) {
		memcpy(place, &mmio->value, mmio->size);
		return;
	}
	mmio->value = 0;
	memcpy(&mmio->value, place, mmio->size);
}

static void access_apic(struct pc *pc, struct teavmx_mmio *mmio)
{
	unsigned int offset = (unsigned int)(mmio->address - APIC_BASE);

	if (!mmio->write)
		mmio->value = apic_read(&pc->apic, offset) >> 8 * (offset % 4);
	else if (offset % 16 == 0)
		apic_write(&pc->apic, offset, (uint32_t)mmio->value);
}

void pc_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio)
{
	struct pc *pc = data;

	if (lies_in(mmio, APIC_BASE, APIC_SIZE))
		access_apic(pc, mmio);
	else if (lies_in(mmio, PC_TEST_MEMORY, PC_TEST_MEMORY_SIZE))
		access_test_memory(pc, mmio);
	else
		board_memory(&pc->board, vcpu, mmio);
}
