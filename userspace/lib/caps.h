/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_CAPS_H
#define TEAVMX_CAPS_H

/**
 * DOC: The VMX capabilities of a CPU
 *
 * The capability MSRs of each CPU as the module has read them, and what their
 * bits mean. teavmx.h includes this header, and its conventions hold here.
 */

/**
 * struct teavmx_msr - One VMX capability MSR.
 * @number: its number
 * @value: what RDMSR returned on that CPU
 * @used: bits that the module sets in the controls that the MSR describes
 * @has_used: @used is known
 */
struct teavmx_msr {
	uint32_t number;
	uint64_t value;
	uint32_t used;
	bool has_used;
};

/** TEAVMX_MSRS_MAX - most capability MSRs of a CPU */
#define TEAVMX_MSRS_MAX	32

/**
 * struct teavmx_caps - What VMX can do on one CPU.
 * @cpu: number of the CPU
 * @missing: why there are no MSRs, empty when there are
 * @count: entries in @msrs
 * @msrs: the capability MSRs that the CPU has
 */
struct teavmx_caps {
	uint32_t cpu;
	char missing[128];
	size_t count;
	struct teavmx_msr msrs[TEAVMX_MSRS_MAX];
};

/**
 * teavmx_caps_get() - Get the VMX capabilities of one CPU.
 * @teavmx: handle
 * @cpu: the CPU
 * @caps: receives them
 *
 * Return: 0 or -1.
 */
int teavmx_caps_get(struct teavmx *teavmx, uint32_t cpu,
		    struct teavmx_caps *caps);

/**
 * teavmx_caps_list() - Get the VMX capabilities of every CPU that is online.
 * @teavmx: handle
 * @caps: receives an array for free(); NULL when there is none
 *
 * Return: number of CPUs, or -1.
 */
int teavmx_caps_list(struct teavmx *teavmx, struct teavmx_caps **caps);

/**
 * teavmx_caps_msr() - One MSR among the capabilities of a CPU.
 * @caps: capabilities
 * @number: number of the MSR
 *
 * Return: the MSR, NULL when the CPU does not have it.
 */
const struct teavmx_msr *teavmx_caps_msr(const struct teavmx_caps *caps,
					 uint32_t number);

/**
 * teavmx_msr_name() - Name of a capability MSR.
 * @number: its number
 *
 * Return: the SDM's name, NULL for an unknown number.
 */
const char *teavmx_msr_name(uint32_t number);

/**
 * struct teavmx_group - Bits that one capability MSR describes.
 * @name: short name
 * @title: heading for users
 * @bits: how many bits there are
 * @control: the bits are controls; else they are capabilities
 */
struct teavmx_group {
	const char *name;
	const char *title;
	unsigned int bits;
	bool control;
};

/**
 * teavmx_group() - A group of bits.
 * @group: from 0
 *
 * Return: the group, NULL after the last one.
 */
const struct teavmx_group *teavmx_group(unsigned int group);

/**
 * struct teavmx_control - What one CPU can do with one bit of a group.
 * @name: name of the bit, NULL when it has no known meaning
 * @text: what it does when it is 1, NULL likewise
 * @can_be_0: the control can be 0; of a capability, the CPU lacks it
 * @can_be_1: the control can be 1; of a capability, the CPU has it
 * @used: the module sets the control
 * @has_used: @used is known
 */
struct teavmx_control {
	const char *name;
	const char *text;
	bool can_be_0;
	bool can_be_1;
	bool used;
	bool has_used;
};

/**
 * teavmx_control_get() - Get one bit of a group.
 * @caps: capabilities of a CPU
 * @group: group, from 0
 * @bit: bit number, from 0
 * @control: receives it
 *
 * A control word whose MSR the CPU does not have can only be 0.
 *
 * Return: true when the bit is worth showing: it has a name, or can be 1
 * although it has none.
 */
bool teavmx_control_get(const struct teavmx_caps *caps, unsigned int group,
			unsigned int bit, struct teavmx_control *control);

/**
 * struct teavmx_number - A number in a capability MSR.
 * @name: its name
 * @text: description for users
 * @value: its value
 * @present: the CPU has the MSR
 */
struct teavmx_number {
	const char *name;
	const char *text;
	uint64_t value;
	bool present;
};

/**
 * teavmx_number_get() - Get one number of the capability MSRs.
 * @caps: capabilities of a CPU
 * @index: which, from 0
 * @number: receives it
 *
 * Return: false after the last number.
 */
bool teavmx_number_get(const struct teavmx_caps *caps, unsigned int index,
		       struct teavmx_number *number);

#endif
