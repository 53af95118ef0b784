// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "check.h"

static struct teavmx_fact *snapshot_find(const struct teavmx_snapshot *snapshot,
					 uint32_t kind, uint32_t number)
{
	size_t i;

	for (i = 0; i < snapshot->count; i++) {
		const struct teavmx_fact *fact = &snapshot->facts[i];

		if (fact->kind == kind && fact->number == number)
			return (struct teavmx_fact *)fact;
	}
	return NULL;
}

bool teavmx_snapshot_set(struct teavmx_snapshot *snapshot, uint32_t kind,
			 uint32_t number, uint64_t value)
{
	struct teavmx_fact *fact = snapshot_find(snapshot, kind, number);

	if (!fact) {
		if (snapshot->count == TEAVMX_FACTS_MAX)
			return false;
		fact = &snapshot->facts[snapshot->count++];
		fact->kind = kind;
		fact->number = number;
	}
	fact->value = value;
	return true;
}

bool teavmx_snapshot_get(const struct teavmx_snapshot *snapshot, uint32_t kind,
			 uint32_t number, uint64_t *value)
{
	const struct teavmx_fact *fact = snapshot_find(snapshot, kind, number);

	if (fact)
		*value = fact->value;
	return fact;
}

size_t teavmx_snapshot_count(const struct teavmx_snapshot *snapshot,
			     uint32_t kind)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		count += snapshot->facts[i].kind == kind;
	return count;
}

#if defined(__x86_64__)
struct leaf {
	unsigned int eax;
	unsigned int ebx;
	unsigned int ecx;
	unsigned int edx;
};

/* All registers are 0 for a leaf that the CPU does not have. */
static struct leaf cpuid_leaf(unsigned int number, unsigned int subleaf)
{
	struct leaf leaf = { 0 };

	__get_cpuid_count(number, subleaf, &leaf.eax, &leaf.ebx, &leaf.ecx,
			  &leaf.edx);
	return leaf;
}

static void snapshot_word(struct teavmx_snapshot *snapshot, uint32_t word,
			  uint64_t value)
{
	teavmx_snapshot_set(snapshot, TEAVMX_FACT_WORD, word, value);
}

/* SDM "CPUID--CPU Identification" */
void teavmx_snapshot_this_cpu(struct teavmx_snapshot *snapshot)
{
	struct leaf widths = cpuid_leaf(0x80000008, 0);
	struct leaf features = cpuid_leaf(7, 0);
	struct leaf more = features.eax >= 1 ? cpuid_leaf(7, 1) :
					       (struct leaf){ 0 };
	struct leaf perf = cpuid_leaf(10, 0);

	if (widths.eax & 0xff) {
		snapshot_word(snapshot, VMX_WORD_PHYSICAL_BITS,
			      widths.eax & 0xff);
		snapshot_word(snapshot, VMX_WORD_LINEAR_BITS,
			      widths.eax >> 8 & 0xff);
	}
	snapshot_word(snapshot, VMX_WORD_PERF_COUNTERS,
		      (BIT(perf.eax >> 8 & 0x1f) - 1) |
		      ((BIT(perf.edx & 0x1f) - 1) | perf.ecx) << 32);
	snapshot_word(snapshot, VMX_WORD_LAM, more.eax >> 26 & 1);
	snapshot_word(snapshot, VMX_WORD_SGX, features.ebx >> 2 & 1);
	snapshot_word(snapshot, VMX_WORD_RTM, features.ebx >> 11 & 1);
	snapshot_word(snapshot, VMX_WORD_BUS_LOCK_DETECT,
		      features.ecx >> 24 & 1);
}
#else
void teavmx_snapshot_this_cpu(struct teavmx_snapshot *snapshot)
{
	(void)snapshot;
}
#endif
