// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each access to CR3 exits, without a host program that wants these exits. It is so on
 * processors whose controls for it cannot be 0, where the module executes the
 * instructions. Needs VMX and a module loaded with vmx_break=1.
 */
#include <stdlib.h>

#include <uapi/vmcs.h>

#include "machine.h"

/* CR3-load exiting and CR3-store exiting */
#define CR3_EXITS	0x18000

static int cr3_exits(struct teavmx *teavmx, uint32_t vm, struct teavmx_vcpu *vcpu)
{
	struct teavmx_vmcs_write controls = { VMCS_FIELD_PRIMARY_CONTROLS, CR3_EXITS };
	struct teavmx_vmcs_write *fields = NULL;
	int i, count = teavmx_vmcs_get(teavmx, vm, vcpu->id, &fields);

	for (i = 0; i < count; i++)
		if (fields[i].field == controls.field)
			controls.value |= fields[i].value;
	free(fields);
	if (count < 0 || teavmx_vcpu_kill(teavmx, vm, vcpu->id))
		return -1;
	teavmx_vcpu_clear(vcpu);
	return teavmx_raw_vcpu_new_with(teavmx, vm, &controls, 1, vcpu);
}

#define RAW_PREPARE	cr3_exits(self->teavmx, self->vm.id, &self->vcpu)
#include "policy_fixture.h"

#define LOAD_CR3(bits, value) \
	run_with_rax(self, value, SNIPPET(bits, "mov %%" CR3_FROM_##bits ", %%cr3"))
#define CR3_FROM_16	"eax"
#define CR3_FROM_32	"eax"
#define CR3_FROM_64	"rax"

#define CR4_PCIDE	0x20000
#define CR3_NO_FLUSH	0x8000000000000000ULL

TEST_F(policy, cr3_is_written_and_read)
{
	ASSERT_EQ(0, real_handlers(self));
	EXPECT_OUTCOME(0, RAX_16(0x12345018, "mov %%eax, %%cr3; mov %%cr3, %%ebx"));
	EXPECT_REG(RBX, 0x12345018);
	EXPECT_SEEN(CR3, 0x12345018);
	EXPECT_EQ(2, raw_exits(self, VMX_EXIT_CR_ACCESS));
}

TEST_F(policy, cr3_too_wide_is_a_fault)
{
	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	EXPECT_OUTCOME(GP, LOAD_CR3(64, 1ULL << 52 | PML4));
	EXPECT_OUTCOME(GP, LOAD_CR3(64, CR3_NO_FLUSH | PML4));
	EXPECT_REG(CR3, PML4);
	EXPECT_OUTCOME(0, LOAD_CR3(64, PML4 | 0x18));
	EXPECT_REG(CR3, PML4 | 0x18);
}

/* Bit 63 is about translations of the PCID, and is not stored. */
TEST_F(policy, cr3_with_a_pcid)
{
	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	if (!machine_cpu_has("pcid"))
		SKIP(return, "this CPU has no PCIDs");
	ASSERT_EQ(0, RAX_64(CR4_PAE | CR4_PCIDE, "mov %%rax, %%cr4"));
	EXPECT_OUTCOME(0, LOAD_CR3(64, CR3_NO_FLUSH | PML4 | 5));
	EXPECT_REG(CR3, PML4 | 5);
	EXPECT_OUTCOME(GP, LOAD_CR3(64, CR3_NO_FLUSH | 1ULL << 52 | PML4));
	EXPECT_REG(CR3, PML4 | 5);
}

#define OTHER_PDPT	0x9000
#define OTHER_DIRECTORY	0xa000
#define OTHER_ADDRESS	0x200000

/* Tables that map the RAM a second time, at OTHER_ADDRESS */
static int write_other_tables(struct raw_data *self)
{
	static const uint64_t pdpt = OTHER_DIRECTORY | 1, pages[] = { 0x83, 0x83 };

	return raw_put(self, OTHER_PDPT, &pdpt, sizeof(pdpt)) ||
	       raw_put(self, OTHER_DIRECTORY, pages, sizeof(pages));
}

TEST_F(policy, cr3_of_pae_paging_brings_its_pdptes)
{
	static const uint64_t bad = OTHER_DIRECTORY | 1 | 1ULL << 63;
	static const uint32_t mark = 0x600df00d;

	ASSERT_EQ(0, travel(self, STAGE_PAE));
	ASSERT_EQ(0, write_handlers(self, 8, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_BASE, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, VECTORS * 8 - 1));
	ASSERT_EQ(0, write_other_tables(self));
	ASSERT_EQ(0, raw_put(self, TRIP, &mark, sizeof(mark)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSI, OTHER_ADDRESS + TRIP));
	EXPECT_OUTCOME(0, run_with_rax(self, OTHER_PDPT,
				       SNIPPET(32, "mov %%eax, %%cr3; mov (%%esi), %%ebx")));
	EXPECT_REG(RBX, mark);
	EXPECT_SEEN(CR3, OTHER_PDPT);
	/* Those that are not valid are not loaded, and CR3 remains, too. */
	ASSERT_EQ(0, raw_put(self, PDPT, &bad, sizeof(bad)));
	EXPECT_OUTCOME(GP, LOAD_CR3(32, PDPT));
	EXPECT_REG(CR3, OTHER_PDPT);
	EXPECT_OUTCOME(0, run_with_rax(self, 0, SNIPPET(32, "mov (%%esi), %%ebx")));
	EXPECT_REG(RBX, mark);
}

TEST_HARNESS_MAIN
