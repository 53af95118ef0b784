// SPDX-License-Identifier: GPL-2.0-only
/* Instructions of raw guests that the module executes, in all modes. */
#include "policy_fixture.h"

TEST_F(policy, control_registers_refuse_bad_bits)
{
	ASSERT_EQ(0, real_handlers(self));
	EXPECT_OUTCOME(GP, RAX_16(CR4_VMXE, "mov %%eax, %%cr4"));
	EXPECT_OUTCOME(0, RAX_16(CR4_DE | CR4_PAE, "mov %%eax, %%cr4"));
	EXPECT_REG(CR4, CR4_DE | CR4_PAE);
	/* Paging without protection, NW without CD */
	EXPECT_OUTCOME(GP, RAX_16(CR0_PG | 0x10, "mov %%eax, %%cr0"));
	EXPECT_OUTCOME(GP, RAX_16(0x20000010, "mov %%eax, %%cr0"));
	EXPECT_OUTCOME(0, RAX_16(0x6000001a, "mov %%eax, %%cr0"));
	EXPECT_REG(CR0, 0x6000001a);
	EXPECT_OUTCOME(0, RUN_16("clts"));
	EXPECT_REG(CR0, 0x60000012);
	EXPECT_OUTCOME(0, RAX_16(0xfff4, "lmsw %%ax"));
	EXPECT_REG(CR0, 0x60000014);
}

TEST_F(policy, debug_registers)
{
	ASSERT_EQ(0, real_handlers(self));
	EXPECT_OUTCOME(0,
		       RAX_16(0x12345678,
			      "mov %%eax, %%dr0; mov %%dr0, %%ebx"));
	EXPECT_REG(RBX, 0x12345678);
	/* DR6 by its other number */
	EXPECT_OUTCOME(0, RAX_16(0, "mov %%eax, %%dr4; mov %%dr6, %%ebx"));
	EXPECT_REG(RBX, 0xffff0ff0);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_CR4, CR4_DE));
	EXPECT_OUTCOME(UD, RUN_16("mov %%eax, %%dr4"));
	/* With GD */
	EXPECT_OUTCOME(DB,
		       RAX_16(0x2000,
			      "mov %%eax, %%dr7; mov %%dr0, %%ebx"));
	EXPECT_REG(DR6, 0xffff2ff0);
	EXPECT_SEEN(DR7, 0x400);
}

TEST_F(policy, instructions_that_a_guest_lacks)
{
	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	EXPECT_OUTCOME(UD, RUN_64("vmxoff"));
	EXPECT_OUTCOME(UD, RUN_64("vmlaunch"));
	EXPECT_OUTCOME(UD, RUN_64("monitor"));
	EXPECT_OUTCOME(UD, RUN_64("mwait"));
	EXPECT_OUTCOME(UD, RUN_64("vmread %%rax, %%rax"));
	EXPECT_OUTCOME(UD, RUN_64("getsec"));
	EXPECT_OUTCOME(GP, RUN_64("rdpmc"));
	/* These two do nothing. */
	EXPECT_OUTCOME(0, RUN_64("wbinvd"));
	EXPECT_OUTCOME(0, RUN_64("invd"));
}

static int step_to(struct raw_data *self, int stage)
{
	if (raw_answer(self, 0) != TEAVMX_STOP_EXIT ||
	    self->exit.reason != VMX_EXIT_IO_INSTRUCTION)
		return -1;
	return (uint8_t)raw_get(self, TEAVMX_REG_RAX) == stage ? 0 : -1;
}

TEST_F(policy, from_real_mode_to_long_mode_and_back)
{
	ASSERT_EQ(0, travel(self, STAGE_PROTECTED));
	EXPECT_SEEN(CR0, 0x11);
	ASSERT_EQ(0, step_to(self, STAGE_PAE));
	EXPECT_SEEN(CR0, CR0_PG | 0x11);
	EXPECT_SEEN(CR4, CR4_PAE);
	EXPECT_SEEN(EFER, 0);
	ASSERT_EQ(0, step_to(self, STAGE_LONG));
	EXPECT_SEEN(EFER, EFER_LME | EFER_LMA);
	EXPECT_EQ(0x2000, raw_seen(self, TEAVMX_REG_CS_RIGHTS) & 0x6000);
	ASSERT_EQ(0, step_to(self, STAGE_REAL));
	EXPECT_SEEN(CR0, 0x10);
	EXPECT_EQ(0,
		  raw_seen(self, TEAVMX_REG_CR4) |
		  raw_seen(self, TEAVMX_REG_EFER));
	EXPECT_EQ(0, outcome(self, raw_run(self, &(struct teavmx_run){
						    .answered = true })));
}

TEST_F(policy, long_mode_is_guarded)
{
	uint64_t error = 1;

	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	/* LME off, PAE off, paging off from 64-bit code, CR3 too wide */
	EXPECT_OUTCOME(GP, wrmsr(self, 0xc0000080, 0));
	ASSERT_EQ(0,
		  teavmx_mem_read(self->teavmx, self->vm.id,
				  raw_get(self, TEAVMX_REG_RSP), &error, 8));
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, wrmsr(self, 0xc0000080, EFER_LME | 0x800));
	EXPECT_REG(EFER, EFER_LME | EFER_LMA | 0x800);
	EXPECT_OUTCOME(GP, RAX_64(0, "mov %%rax, %%cr4"));
	EXPECT_OUTCOME(GP, RAX_64(0x11, "mov %%rax, %%cr0"));
	EXPECT_OUTCOME(GP, RAX_64(1ULL << 63 | PML4, "mov %%rax, %%cr3"));
	EXPECT_OUTCOME(GP, RAX_64(16, "mov %%rax, %%cr8"));
	EXPECT_OUTCOME(0, RAX_64(7, "mov %%rax, %%cr8; mov %%cr8, %%rbx"));
	EXPECT_REG(RBX, 7);
	/* A bit of the upper half */
	EXPECT_OUTCOME(GP, RAX_64(1ULL << 32, "mov %%rax, %%dr7"));
}

TEST_F(policy, bad_pdptes_are_a_fault)
{
	static const uint64_t bad = DIRECTORY | 1 | 1ULL << 63;

	ASSERT_EQ(0, travel(self, STAGE_PAE));
	ASSERT_EQ(0, write_handlers(self, 8, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_BASE, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, VECTORS * 8 - 1));
	ASSERT_EQ(0, raw_put(self, PDPT, &bad, sizeof(bad)));
	/* They are checked when CR3 is written, not with CLTS. */
	EXPECT_OUTCOME(0, RUN_16("clts"));
	EXPECT_OUTCOME(GP, RAX_16(PDPT, "mov %%eax, %%cr3"));
}

#define INVPCID		SNIPPET(64, "invpcid (%%rsi), %%rax")

/* One control is for INVLPG and INVPCID: the other one of them exits as well. */
TEST_F(policy, invlpg_and_invpcid_exit_together)
{
	const uint16_t invlpg = VMX_EXIT_INVLPG, invpcid = VMX_EXIT_INVPCID;
	static const uint64_t descriptor[2];
	uint64_t type;

	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	ASSERT_EQ(0, raw_put(self, STACK, descriptor, sizeof(descriptor)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSI, STACK));
	if (!machine_cpu_has("invpcid"))
		SKIP(return, "this CPU has no INVPCID");
	ASSERT_EQ(0, run_with_rax(self, 2, INVPCID));
	ASSERT_EQ(0, route(self, &invlpg, 1));
	for (type = 0; type <= 3; type++)
		EXPECT_OUTCOME(0, run_with_rax(self, type, INVPCID));
	EXPECT_OUTCOME(GP, run_with_rax(self, 4, INVPCID));
	EXPECT_OUTCOME(GP, run_with_rax(self, 1ULL << 32, INVPCID));
	EXPECT_EQ(6, raw_exits(self, VMX_EXIT_INVPCID));
	EXPECT_EQ(-1, RUN_64("invlpg (%%rsi)"));
	EXPECT_REASON(INVLPG, self->exit.reason);
	ASSERT_EQ(0, route(self, &invpcid, 1));
	EXPECT_OUTCOME(0, RUN_64("invlpg (%%rsi)"));
	EXPECT_EQ(2, raw_exits(self, VMX_EXIT_INVLPG));
	EXPECT_EQ(-1, run_with_rax(self, 2, INVPCID));
	EXPECT_REASON(INVPCID, self->exit.reason);
}

/* Two prefixes, which mean nothing here, make it end at the limit. */
GUEST_PAYLOAD(code_long_cpuid,
	".code16\n"
	"\t.byte\t0x66, 0x66\n"
	"\tcpuid");

GUEST_PAYLOAD(code_nops,
	".code16\n"
	"\tnop\n"
	"\tnop\n"
	"\tnop\n"
	"\tnop");

/*
 * An emulated instruction and one that does not exit end in the same way. The
 * stack has no page yet, so the fault is delivered again after an exit.
 */
TEST_F(policy, ip_does_not_begin_again_at_the_limit)
{
	uint16_t emulated_frame[3], native_frame[3];

	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, raw_put(self, 0xfffc, PAYLOAD(code_nops)));
	EXPECT_OUTCOME(GP, run_at(self, 0xfffc));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     native_frame, sizeof(native_frame)));
	ASSERT_EQ(0, raw_put(self, 0xfffc, PAYLOAD(code_long_cpuid)));
	EXPECT_OUTCOME(GP, run_at(self, 0xfffc));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     emulated_frame, sizeof(emulated_frame)));
	EXPECT_EQ(native_frame[0], emulated_frame[0]);
	EXPECT_EQ(native_frame[1], emulated_frame[1]);
}

GUEST_PAYLOAD(code_cpuid,
	".code32\n"
	"\tcpuid\n"
	"\thlt");

TEST_F(policy, eip_wraps_at_32_bits)
{
	ASSERT_EQ(0, travel(self, STAGE_PROTECTED));
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_cpuid)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_CS_BASE, CODE + 2));
	ASSERT_EQ(0, run_at(self, 0xfffffffe));
	EXPECT_EQ(0, self->exit.rip);
}

TEST_F(policy, single_step_comes_after_an_emulated_instruction)
{
	uint16_t frame[3];

	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, 0xffff0ff0));
	EXPECT_OUTCOME(DB, RUN_16("cpuid; nop"));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     frame, sizeof(frame)));
	EXPECT_EQ(CODE + 2, frame[0]);
	EXPECT_EQ(0x4000, raw_get(self, TEAVMX_REG_DR6) & 0x4000);
}

/* What waits with HLT for a step comes at once; RIP is behind it. */
TEST_F(policy, single_step_ends_hlt)
{
	const struct teavmx_register again[] = {
		{ TEAVMX_REG_RIP, CODE }, { TEAVMX_REG_RSP, STACK },
		{ TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF },
		{ TEAVMX_REG_INTERRUPTIBILITY, BLOCKED_BY_MOV_SS },
		{ TEAVMX_REG_PENDING_DEBUG, DR6_BS },
	};
	uint16_t frame[3];

	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, DR6_START));
	EXPECT_OUTCOME(DB, RUN_16("hlt; nop"));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     frame, sizeof(frame)));
	EXPECT_EQ(CODE + 1, frame[0]);
	EXPECT_REG(DR6, DR6_START | DR6_BS);
	/* Also where MOV SS held back the trap of the step before. */
	ASSERT_EQ(0, teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id,
				     again, COUNT(again)));
	EXPECT_OUTCOME(DB, outcome(self, raw_go(self)));
	EXPECT_REG(INTERRUPTIBILITY, 0);
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     frame, sizeof(frame)));
	EXPECT_EQ(CODE + 1, frame[0]);
}

/* With branch steps there is no trap, and HLT is the host program's. */
TEST_F(policy, branch_step_does_not_end_hlt)
{
	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DEBUGCTL, DEBUGCTL_BTF));
	EXPECT_OUTCOME(0, RUN_16("hlt; nop"));
	EXPECT_EQ(CODE, self->exit.rip);
}

/* Every kind of emulated instruction: the trap, and MOV SS blocks no more. */
TEST_F(policy, single_step_comes_after_each_emulated_instruction)
{
	const struct snippet list[] = {
		SNIPPET(16, "cpuid"),
		SNIPPET(16, "rdtsc"),
		SNIPPET(16, "rdmsr"),
		SNIPPET(16, "wrmsr"),
		SNIPPET(16, "wbinvd"),
		SNIPPET(16, "invd"),
		SNIPPET(16, "clts"),
		SNIPPET(16, "lmsw %%ax"),
		SNIPPET(16, "mov %%eax, %%cr0"),
		SNIPPET(16, "mov %%cr3, %%eax"),
		SNIPPET(16, "mov %%eax, %%cr3"),
		SNIPPET(16, "mov %%eax, %%cr4"),
		SNIPPET(16, "mov %%dr0, %%eax"),
		SNIPPET(16, "mov %%eax, %%dr0"),
		SNIPPET(16, "hlt"),
	};
	uint16_t frame[3];
	int vector;
	size_t i;

	ASSERT_EQ(0, real_handlers(self));
	for (i = 0; i < COUNT(list); i++) {
		const struct teavmx_register start[] = {
			{ TEAVMX_REG_RIP, CODE }, { TEAVMX_REG_RSP, STACK },
			{ TEAVMX_REG_RAX, 0 }, { TEAVMX_REG_RDX, 0 }, { TEAVMX_REG_RCX, 0x10 },
			{ TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF },
			{ TEAVMX_REG_INTERRUPTIBILITY, BLOCKED_BY_MOV_SS },
			{ TEAVMX_REG_PENDING_DEBUG, DR6_BS },
			{ TEAVMX_REG_DR6, DR6_START },
		};

		ASSERT_EQ(0, teavmx_regs_set(self->teavmx, self->vm.id,
					     self->vcpu.id, start,
					     COUNT(start)));
		ASSERT_EQ(0, raw_put(self, CODE, list[i].bytes, list[i].size));
		vector = outcome(self, raw_go(self));
		EXPECT_EQ(DB, vector) {
			TH_LOG("instruction %zu: %s", i, expect_outcome(vector));
		}
		ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id,
					     STACK - 6, frame, sizeof(frame)));
		EXPECT_EQ(CODE + list[i].size, frame[0]);
		EXPECT_REG(DR6, DR6_START | DR6_BS);
		EXPECT_SEEN(INTERRUPTIBILITY, 0);
	}
}

/* Bits 3:0 of DR6 are about the last exception, those above stay. */
TEST_F(policy, dr6_tells_of_the_last_breakpoint)
{
	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR0, CODE + 1));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x401));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, DR6_START | DR6_BS | 2));
	EXPECT_OUTCOME(DB, RUN_16("nop; nop"));
	EXPECT_REG(DR6, DR6_START | DR6_BS | 1);
	/* A single step has none of them, and neither has general detect. */
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x400));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, DR6_START | 4));
	EXPECT_OUTCOME(DB, RUN_16("cpuid; nop"));
	EXPECT_REG(DR6, DR6_START | DR6_BS);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x400 | DR7_GD));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, DR6_START | 8));
	EXPECT_OUTCOME(DB, RUN_16("mov %%dr0, %%eax"));
	EXPECT_REG(DR6, DR6_START | DR6_BD);
	/* INT1 leaves all as it is. */
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x400));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, DR6_START | 2));
	EXPECT_OUTCOME(DB, RUN_16("int1"));
	EXPECT_REG(DR6, DR6_START | 2);
}

#define HOLE		0x0000800000000000
#define TOP_PDPT	0x9000
#define TOP_DIRECTORY	0xa000
#define TOP_TABLE	0xb000
#define TOP_PAGE	0xc000

static int map_below_hole(struct raw_data *self)
{
	static const uint64_t entries[] = {
		TOP_PDPT | 3, TOP_DIRECTORY | 3, TOP_TABLE | 3, TOP_PAGE | 3,
	};

	return raw_put(self, PML4 + 255 * 8, &entries[0], 8) ||
	       raw_put(self, TOP_PDPT + 511 * 8, &entries[1], 8) ||
	       raw_put(self, TOP_DIRECTORY + 511 * 8, &entries[2], 8) ||
	       raw_put(self, TOP_TABLE + 511 * 8, &entries[3], 8);
}

static uint64_t pushed_rip(struct raw_data *self)
{
	uint64_t frame[2] = { };

	/* An error code lies below it. */
	teavmx_mem_read(self->teavmx, self->vm.id,
			raw_get(self, TEAVMX_REG_RSP), frame, sizeof(frame));
	return frame[1];
}

/* A processor may be there, and then raises #GP; so may a vCPU. */
TEST_F(policy, rip_can_be_beyond_the_canonical_addresses)
{
	int i, stop;

	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	EXPECT_OUTCOME(GP, run_at(self, HOLE));
	EXPECT_EQ(HOLE, pushed_rip(self));
	EXPECT_OUTCOME(GP, run_at(self, ~HOLE));
	EXPECT_EQ(~HOLE, pushed_rip(self));
	/*
	 * VM entry requires that bits 63:48 are alike. Bochs does not check it,
	 * so there the guest gets a #GP.
	 */
	for (i = 48; i < 64; i += 15) {
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, 1ULL << i));
		stop = raw_go(self);
		if (stop != TEAVMX_STOP_FAIL)
			EXPECT_OUTCOME(GP, outcome(self, stop));
	}
	EXPECT_OUTCOME(GP, run_at(self, HOLE));
}

/* An instruction in the last byte below, of which user space sets RIP */
TEST_F(policy, an_answered_instruction_can_end_at_the_hole)
{
	static const struct teavmx_answers answers;
	static const uint8_t outsb = 0x6e;

	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	ASSERT_EQ(0, map_below_hole(self));
	ASSERT_EQ(0, raw_put(self, TOP_PAGE + 0xfff, &outsb, 1));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, HOLE - 1));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSP, STACK));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSI, CODE));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_REASON(IO_INSTRUCTION, self->exit.reason);
	ASSERT_EQ(1, teavmx_answer(self->teavmx, &self->exit, &answers, NULL));
	EXPECT_OUTCOME(GP, outcome(self, raw_wait(self)));
	EXPECT_EQ(HOLE, pushed_rip(self));
}

#define TSS		0xd000
#define CR0_AM		0x40000
#define RFLAGS_AC	0x40000
#define AC		17

/* Level 3, with a TSS for the way to level 0 */
static int enter_level_3(struct raw_data *self, uint64_t flags)
{
	static const uint32_t tss[3] = { 0, STACK, 16 };
	const struct teavmx_register start[] = {
		{ TEAVMX_REG_CS, 0xb }, { TEAVMX_REG_CS_RIGHTS, 0xc0fb },
		{ TEAVMX_REG_SS, 0x13 }, { TEAVMX_REG_SS_RIGHTS, 0xc0f3 },
		{ TEAVMX_REG_DS, 0x13 }, { TEAVMX_REG_DS_RIGHTS, 0xc0f3 },
		{ TEAVMX_REG_TR_BASE, TSS }, { TEAVMX_REG_TR_LIMIT, 0x67 },
		{ TEAVMX_REG_TR_RIGHTS, 0x8b }, { TEAVMX_REG_RFLAGS, flags },
		{ TEAVMX_REG_RIP, CODE }, { TEAVMX_REG_RSP, STACK - 0x100 },
	};

	return raw_put(self, TSS, tss, sizeof(tss)) ||
		teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, start,
				COUNT(start));
}

GUEST_PAYLOAD(code_unaligned,
	".code32\n"
	"\tmov\t0x6001, %eax\n"
	"\tud2");

TEST_F(policy, alignment_checks_of_level_3_are_the_guests)
{
	uint32_t frame[2] = { };

	ASSERT_EQ(0, travel(self, STAGE_PROTECTED));
	ASSERT_EQ(0, write_handlers(self, 8, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_BASE, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, VECTORS * 8 - 1));
	ASSERT_EQ(0,
		  raw_set(self, TEAVMX_REG_CR0,
			  raw_get(self, TEAVMX_REG_CR0) | CR0_AM));
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_unaligned)));
	ASSERT_EQ(0, enter_level_3(self, RFLAGS_SET | RFLAGS_AC));
	EXPECT_OUTCOME(AC, outcome(self, raw_go(self)));
	ASSERT_EQ(0,
		  teavmx_mem_read(self->teavmx, self->vm.id,
				  raw_get(self, TEAVMX_REG_RSP), frame,
				  sizeof(frame)));
	EXPECT_EQ(0, frame[0]);
	EXPECT_EQ(CODE, frame[1]);
}

/* Its handler may use the debug registers, and steps are steps there. */
TEST_F(policy, a_debug_exception_ends_general_detect_and_branch_steps)
{
	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x400 | DR7_GD));
	EXPECT_OUTCOME(DB, RUN_16("nop; nop"));
	EXPECT_EQ(0, raw_get(self, TEAVMX_REG_DR7) & DR7_GD);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x400 | DR7_GD));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DEBUGCTL, DEBUGCTL_BTF));
	EXPECT_OUTCOME(DB, RUN_16("int1"));
	EXPECT_EQ(0, raw_get(self, TEAVMX_REG_DR7) & DR7_GD);
	EXPECT_SEEN(DEBUGCTL, 0);
}

TEST_F(policy, int1_tells_nothing_of_the_step_before)
{
	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET | RFLAGS_TF));
	EXPECT_OUTCOME(DB, RUN_16("nop; nop"));
	EXPECT_EQ(DR6_BS, raw_get(self, TEAVMX_REG_DR6) & DR6_BS);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, 0xffff0ff0));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, RFLAGS_SET));
	EXPECT_OUTCOME(DB, RUN_16("int1"));
	EXPECT_EQ(0, raw_get(self, TEAVMX_REG_DR6) & DR6_BS);
}

/* The image of EFLAGS on the stack: RF is set where the fault is to return. */
TEST_F(policy, faults_set_the_resume_flag)
{
	uint32_t frame[3];

	ASSERT_EQ(0, travel(self, STAGE_PAE));
	ASSERT_EQ(0, write_handlers(self, 8, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_BASE, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, VECTORS * 8 - 1));
	/* VMXOFF is emulated, UD2 is not. */
	EXPECT_OUTCOME(UD, RUN_16("vmxoff"));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 12,
				     frame, sizeof(frame)));
	EXPECT_EQ(CODE, frame[0]);
	EXPECT_EQ(RFLAGS_RF, frame[2] & RFLAGS_RF);
	EXPECT_OUTCOME(UD, RUN_16("ud2"));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 12,
				     frame, sizeof(frame)));
	EXPECT_EQ(RFLAGS_RF, frame[2] & RFLAGS_RF);
	/* int3 is a trap. */
	EXPECT_OUTCOME(3, RUN_16("int3"));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 12,
				     frame, sizeof(frame)));
	EXPECT_EQ(0, frame[2] & RFLAGS_RF);
}

TEST_F(policy, long_mode_wants_a_32_bit_tss)
{
	ASSERT_EQ(0, travel(self, STAGE_PAE));
	ASSERT_EQ(0, write_handlers(self, 8, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_BASE, IDT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, VECTORS * 8 - 1));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, 0x83));
	/* Without paging, LME set; then paging is enabled. */
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_CR0,
			     raw_get(self, TEAVMX_REG_CR0) & ~CR0_PG));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_CR3, PML4));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_EFER, EFER_LME));
	EXPECT_OUTCOME(GP,
		       RAX_16(raw_get(self, TEAVMX_REG_CR0) | CR0_PG,
			      "mov %%eax, %%cr0"));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, 0x8b));
	EXPECT_OUTCOME(0, RUN_16("mov %%eax, %%cr0"));
	EXPECT_EQ(EFER_LMA, raw_get(self, TEAVMX_REG_EFER) & EFER_LMA);
}

static uint64_t first_pdpte(struct raw_data *self)
{
	struct teavmx_vmcs_write *fields = NULL;
	uint64_t value = UINT64_MAX;
	int i, count;

	count = teavmx_vmcs_get(self->teavmx, self->vm.id, self->vcpu.id,
				&fields);
	for (i = 0; i < count; i++)
		if (fields[i].field == VMCS_FIELD_GUEST_PDPTE_0)
			value = fields[i].value;
	free(fields);
	return value;
}

/* What came with a refused CR3 is not left behind. */
TEST_F(policy, refused_registers_change_no_pdpte)
{
	static const uint64_t bad[] = { 0x9000 | 1, 0x9000 | 3 };
	static const uint64_t other = 0x9000 | 1;
	const struct teavmx_register change[] = {
		{ TEAVMX_REG_RBX, 77 }, { TEAVMX_REG_CR3, 0x9800 },
	};

	ASSERT_EQ(0, travel(self, STAGE_PAE));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RBX, 1));
	/* Bit 1 of a PDPTE is reserved. */
	ASSERT_EQ(0, raw_put(self, 0x9800, bad, sizeof(bad)));
	EXPECT_FIELD(GUEST_PDPTE_0, DIRECTORY | 1, first_pdpte(self));
	EXPECT_EQ(-1, teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id,
				      change, COUNT(change)));
	EXPECT_FIELD(GUEST_PDPTE_0, DIRECTORY | 1, first_pdpte(self));
	EXPECT_EQ(1, raw_get(self, TEAVMX_REG_RBX));
	EXPECT_NE(0x9800, raw_get(self, TEAVMX_REG_CR3));
	ASSERT_EQ(0, raw_put(self, 0x9808, &other, sizeof(other)));
	EXPECT_EQ(0, teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id,
				     change, COUNT(change)));
	EXPECT_EQ(other, first_pdpte(self));
}

GUEST_PAYLOAD(code_sti,
	".code16\n"
	"\tcli\n"
	"\tsti\n"
	"\tout\t%al, $0x80\n"
	"\thlt");

TEST_F(policy, blocking_by_sti_ends_with_an_emulated_instruction)
{
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_sti)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(IO_INSTRUCTION, self->exit.reason);
	EXPECT_REG(INTERRUPTIBILITY, 1);
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	EXPECT_REASON(HLT, self->exit.reason);
	EXPECT_REG(INTERRUPTIBILITY, 0);
}

TEST_HARNESS_MAIN
