// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "apic.h"

/* SDM "Local APIC Register Address Map" */
#define REGISTER(offset)	((offset) / 16)
#define VERSION			0x30
#define TASK_PRIORITY		0x80
#define END_OF_INTERRUPT	0xb0
#define DESTINATION_FORMAT	0xe0
#define SPURIOUS		0xf0
#define IN_SERVICE		0x100
#define REQUESTED		0x200
#define COMMAND			0x300
#define COMMAND_HIGH		0x310

/* Of an integrated APIC with six entries in its local vector table */
#define VERSION_VALUE		0x50014
#define SPURIOUS_ENABLED	0x100u

#define COMMAND_MODE(value)	((value) >> 8 & 7)
#define MODE_FIXED		0
#define MODE_LOWEST		1
#define MODE_NMI		4
#define COMMAND_BUSY		0x1000u
#define COMMAND_LOGICAL		0x800u
#define COMMAND_TO(value)	((value) >> 18 & 3)
#define TO_SELF			1
#define TO_ALL			2
#define BROADCAST		0xff

#define VECTORS			256
/* Lower vectors are not interrupts (SDM "Valid Interrupt Vectors"). */
#define FIRST_VECTOR		16

void apic_init(struct apic *apic)
{
	memset(apic, 0, sizeof(*apic));
	apic->registers[REGISTER(VERSION)] = VERSION_VALUE;
	apic->registers[REGISTER(DESTINATION_FORMAT)] = UINT32_MAX;
	apic->registers[REGISTER(SPURIOUS)] = 0xff;
}

/* The 256 bits of a set are in eight registers. */
static uint32_t *set_word(struct apic *apic, unsigned int set,
			  unsigned int vector)
{
	return &apic->registers[REGISTER(set) + vector / 32];
}

static int highest(const struct apic *apic, unsigned int set)
{
	int i;

	for (i = VECTORS / 32 - 1; i >= 0; i--) {
		uint32_t word = apic->registers[REGISTER(set) + i];

		if (word)
			return 32 * i + 31 - __builtin_clz(word);
	}
	return -1;
}

int apic_waiting(const struct apic *apic)
{
	uint32_t threshold = apic->registers[REGISTER(TASK_PRIORITY)] >> 4;
	int vector = highest(apic, REQUESTED);
	int served = highest(apic, IN_SERVICE);

	if (served >= 0 && (uint32_t)served >> 4 > threshold)
		threshold = (uint32_t)served >> 4;
	if (!(apic->registers[REGISTER(SPURIOUS)] & SPURIOUS_ENABLED))
		return -1;
	return vector >> 4 > (int)threshold ? vector : -1;
}

int apic_accept(struct apic *apic)
{
	int vector = apic_waiting(apic);

	if (vector >= 0) {
		*set_word(apic, REQUESTED, vector) &= ~(1u << vector % 32);
		*set_word(apic, IN_SERVICE, vector) |= 1u << vector % 32;
	}
	return vector;
}

/* There is one processor: it has the APIC number 0 and no logical one. */
static bool is_addressed(const struct apic *apic, uint32_t command)
{
	uint32_t to = apic->registers[REGISTER(COMMAND_HIGH)] >> 24;

	switch (COMMAND_TO(command)) {
	case 0:
		return !(command & COMMAND_LOGICAL) &&
		       (!to || to == BROADCAST);
	case TO_SELF:
	case TO_ALL:
		return true;
	default:
		return false;
	}
}

static void apic_send(struct apic *apic, uint32_t command)
{
	unsigned int vector = command & 0xff;

	if (!is_addressed(apic, command))
		return;
	switch (COMMAND_MODE(command)) {
	case MODE_FIXED:
	case MODE_LOWEST:
		if (vector >= FIRST_VECTOR)
			*set_word(apic, REQUESTED, vector) |= 1u << vector % 32;
		break;
	case MODE_NMI:
		apic->nmi = true;
		break;
	}
}

uint32_t apic_read(const struct apic *apic, unsigned int offset)
{
	return apic->registers[REGISTER(offset)];
}

void apic_write(struct apic *apic, unsigned int offset, uint32_t value)
{
	int served = highest(apic, IN_SERVICE);

	switch (offset) {
	case END_OF_INTERRUPT:
		if (served >= 0)
			*set_word(apic, IN_SERVICE, served) &= ~(1u << served % 32);
		return;
	case COMMAND:
		value &= ~COMMAND_BUSY;
		apic_send(apic, value);
		break;
	}
	if (offset != VERSION && (offset < IN_SERVICE || offset >= COMMAND))
		apic->registers[REGISTER(offset)] = value;
}
