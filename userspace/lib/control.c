// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the capability MSRs mean, from the tables of uapi/vmx_caps.h. The kernel
 * is not needed for it.
 */
#include <uapi/vmx_caps.h>

#include "teavmx.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

enum layout {
	CONTROL32,
	CONTROL64,
	PLAIN,
};

struct bit {
	const char *name;
	const char *text;
};

struct source {
	struct teavmx_group group;
	enum layout layout;
	uint32_t msr;
	uint32_t true_msr;
	const struct bit *bits;
};

struct number {
	const char *name;
	const char *text;
	uint32_t msr;
	unsigned int low;
	unsigned int high;
};

#define BIT_ROW(row_name, row_bit, row_text) \
	[row_bit] = { .name = #row_name, .text = (row_text) },
#define BITS_ROW(row_name, title, table, msr, true_msr, layout) \
	[VMX_GROUP_##row_name] = { table(BIT_ROW) },
#define BITS_OF_CONTROL32	32
#define BITS_OF_CONTROL64	64
#define BITS_OF_PLAIN		64
#define SOURCE_ROW(row_name, row_title, table, row_msr, row_true, row_layout) \
	[VMX_GROUP_##row_name] = { \
		.group = { \
			.name = #row_name, \
			.title = (row_title), \
			.bits = BITS_OF_##row_layout, \
			.control = row_layout != PLAIN, \
		}, \
		.layout = row_layout, \
		.msr = VMX_MSR_##row_msr, \
		.true_msr = VMX_MSR_##row_true, \
		.bits = bits[VMX_GROUP_##row_name], \
	},
#define NUMBER_ROW(row_name, row_msr, row_low, row_high, row_text) \
	{ #row_name, row_text, VMX_MSR_##row_msr, row_low, row_high },
#define MSR_CASE(name, number, text) \
	case VMX_MSR_##name: return #name;

static const struct bit bits[VMX_GROUP_COUNT][64] = {
	VMX_GROUP_TABLE(BITS_ROW)
};

static const struct source sources[] = {
	VMX_GROUP_TABLE(SOURCE_ROW)
};

static const struct number numbers[] = {
	VMX_NUMBER_TABLE(NUMBER_ROW)
};

const char *teavmx_msr_name(uint32_t number)
{
	switch (number) {
	VMX_MSR_TABLE(MSR_CASE)
	}
	return NULL;
}

const struct teavmx_group *teavmx_group(unsigned int group)
{
	return group < COUNT(sources) ? &sources[group].group : NULL;
}

const struct teavmx_msr *teavmx_caps_msr(const struct teavmx_caps *caps,
					 uint32_t number)
{
	size_t i;

	for (i = 0; i < caps->count; i++)
		if (caps->msrs[i].number == number)
			return &caps->msrs[i];
	return NULL;
}

static uint64_t mask_of(const struct number *number)
{
	uint64_t mask = UINT64_MAX >> (63 - (number->high - number->low));

	return mask << number->low;
}

static bool in_a_number(uint32_t msr, unsigned int bit)
{
	size_t i;

	for (i = 0; i < COUNT(numbers); i++)
		if (numbers[i].msr == msr && mask_of(&numbers[i]) >> bit & 1)
			return true;
	return false;
}

static void control_read(const struct teavmx_caps *caps, const struct source *source,
			 unsigned int bit, struct teavmx_control *control)
{
	const struct teavmx_msr *old = teavmx_caps_msr(caps, source->msr);
	const struct teavmx_msr *msr = teavmx_caps_msr(caps, source->true_msr);

	control->can_be_0 = true;
	if (!msr)
		msr = old;
	if (!msr)
		return;
	if (old && old->has_used) {
		control->has_used = true;
		control->used = old->used >> bit & 1;
	}
	switch (source->layout) {
	case CONTROL32:
		control->can_be_0 = !(msr->value >> bit & 1);
		control->can_be_1 = msr->value >> (32 + bit) & 1;
		break;
	case CONTROL64:
		control->can_be_1 = msr->value >> bit & 1;
		break;
	case PLAIN:
		control->can_be_1 = msr->value >> bit & 1;
		control->can_be_0 = !control->can_be_1;
		break;
	}
}

bool teavmx_control_get(const struct teavmx_caps *caps, unsigned int group,
			unsigned int bit, struct teavmx_control *control)
{
	const struct source *source;

	*control = (struct teavmx_control){ 0 };
	if (group >= COUNT(sources) || bit >= sources[group].group.bits)
		return false;
	source = &sources[group];
	control_read(caps, source, bit, control);
	control->name = source->bits[bit].name;
	control->text = source->bits[bit].text;
	return control->name ||
	       (control->can_be_1 && !in_a_number(source->msr, bit));
}

bool teavmx_number_get(const struct teavmx_caps *caps, unsigned int index,
		       struct teavmx_number *number)
{
	const struct teavmx_msr *msr;

	*number = (struct teavmx_number){ 0 };
	if (index >= COUNT(numbers))
		return false;
	number->name = numbers[index].name;
	number->text = numbers[index].text;
	msr = teavmx_caps_msr(caps, numbers[index].msr);
	if (!msr)
		return true;
	number->present = true;
	number->value = (msr->value & mask_of(&numbers[index])) >>
			numbers[index].low;
	return true;
}
