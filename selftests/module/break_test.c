// SPDX-License-Identifier: GPL-2.0-only
/* Breakpoints of raw VMs, and steps that the guest must not notice. */
#include "raw_fixture.h"

#define CODE	RAW_CODE
#define STACK	RAW_STACK
#define TABLES	RAW_TABLES

#define FLAG_TF	0x100

/* Step by step to the first exit for us; how many it took, or -1. */
static int step_to_exit(struct raw_data *self)
{
	int steps = 0;
	int stop;

	while ((stop = raw_steps(self, 1)) == TEAVMX_STOP_STEPS) {
		if (raw_get(self, TEAVMX_REG_RFLAGS) & FLAG_TF) {
			printf("# TF shows at 0x%llx\n",
			       (unsigned long long)raw_get(self,
							   TEAVMX_REG_RIP));
			return -1;
		}
		steps++;
	}
	if (stop == TEAVMX_STOP_EXIT)
		return steps;
	printf("# stop: %s\n", expect_stop(stop));
	return -1;
}

static int bset(struct raw_data *self, uint32_t kind, uint64_t address,
		int size)
{
	const struct teavmx_breakpoint breakpoint = {
		.kind = kind,
		.address = address,
		.size = (uint8_t)size,
	};

	return teavmx_break_set(self->teavmx, self->vm.id, self->vcpu.id,
				&breakpoint);
}

static int bclear(struct raw_data *self, uint32_t kind, uint64_t address)
{
	const struct teavmx_breakpoint breakpoint = {
		.kind = kind,
		.address = address,
	};

	return teavmx_break_clear(self->teavmx, self->vm.id, self->vcpu.id,
				  &breakpoint);
}

#define AT(kind, address) bset(self, TEAVMX_BREAKPOINT_KIND_##kind, address, 0)

/* The same bytes in every mode */
GUEST_PAYLOAD(code_inc_loop,
	"1:\tinc\t%eax\n"
	"\tinc\t%eax\n"
	"\tjmp\t1b");

TEST_F(raw, instruction_in_each_mode)
{
	static const enum teavmx_mode modes[] = {
		TEAVMX_MODE_REAL, TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
	};
	size_t i;
	int round;

	ASSERT_EQ(0, AT(INSTRUCTION, CODE + 2));
	for (i = 0; i < COUNT(modes); i++) {
		ASSERT_EQ(0, raw_load(self, modes[i], PAYLOAD(code_inc_loop)));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
		for (round = 0; round < 3; round++) {
			ASSERT_STOP(BREAKPOINT, raw_go(self));
			ASSERT_REG(RIP, CODE + 2);
			ASSERT_REG(RAX, 1 + 2 * round);
			ASSERT_REG(DR7, 0x400);
			ASSERT_EQ(0,
				  raw_get(self, TEAVMX_REG_RFLAGS) & 0x10000);
		}
	}
}

GUEST_PAYLOAD(code_three_incs,
	"\tinc\t%eax\n"
	"\tinc\t%eax\n"
	"\tinc\t%eax\n"
	"\thlt");

TEST_F(raw, steps_and_instruction_breakpoints)
{
	int stop;

	ASSERT_EQ(0,
		  raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_three_incs)));
	ASSERT_EQ(0, AT(INSTRUCTION, CODE + 2));
	stop = raw_steps(self, 1);
	EXPECT_REG(RIP, CODE + 2);
	/* The emulator gives both in one exception. */
	if (stop == TEAVMX_STOP_STEPS)
		stop = raw_steps(self, 1);
	ASSERT_STOP(BREAKPOINT, stop);
	EXPECT_REG(RIP, CODE + 2);
	ASSERT_STOP(STEPS, raw_steps(self, 1));
	EXPECT_REG(RIP, CODE + 4);
	ASSERT_STOP(EXIT, raw_go(self));
}

GUEST_PAYLOAD(code_cpuid_loop,
	"1:\tcpuid\n"
	"\tjmp\t1b");

TEST_F(raw, emulated_instruction)
{
	int round;

	ASSERT_EQ(0,
		  raw_load(self, TEAVMX_MODE_LONG, PAYLOAD(code_cpuid_loop)));
	ASSERT_EQ(0, AT(INSTRUCTION, CODE));
	for (round = 0; round < 3; round++) {
		ASSERT_STOP(BREAKPOINT, raw_go(self));
		ASSERT_REG(RIP, CODE);
	}
	ASSERT_STOP(STEPS, raw_steps(self, 1));
	ASSERT_REG(RIP, CODE + 2);
}

GUEST_PAYLOAD(code_data,
	".code16\n"
	"\tmov\t%ax, 0x4000\n"
	"\tmov\t0x4002, %ax\n"
	"\tmov\t%al, 0x4006\n"
	"\thlt");

TEST_F(raw, reads_and_writes)
{
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_data)));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4002, 2));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000, 2));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, CODE + 3);
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(HLT, self->exit.reason);

	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_ACCESS, 0x4002, 2));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_ACCESS, 0x4004, 4));
	ASSERT_EQ(0, bclear(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, CODE + 6);
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, CODE + 9);
	ASSERT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
					self->vcpu.id, NULL));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(EXIT, raw_go(self));
}

/* #DB: counts */
GUEST_PAYLOAD(code_count,
	".code16\n"
	"\tinc\t%bx\n"
	"\tiret");

/* Addresses of the breakpoints that were hit, one digit each, without the rest */
static unsigned int hits(struct raw_data *self)
{
	struct teavmx_breakpoint *list;
	int count = teavmx_break_list(self->teavmx, self->vm.id, self->vcpu.id,
				      &list);
	unsigned int found = 0;
	int i;

	for (i = 0; i < count; i++)
		if (list[i].hit)
			found = found << 4 | (list[i].address & 0xf);
	if (count >= 0)
		free(list);
	return found;
}

TEST_F(raw, which_was_hit)
{
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_data)));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4001, 1));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_ACCESS, 0x4002, 2));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4006, 1));
	EXPECT_EQ(0, hits(self));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_EQ(0x1, hits(self));
	ASSERT_STOP(BREAKPOINT, raw_steps(self, 1));
	EXPECT_EQ(0x2, hits(self));
	ASSERT_STOP(BREAKPOINT, raw_steps(self, 1));
	EXPECT_EQ(0x6, hits(self));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_EQ(0, hits(self));
	/* Two by one instruction */
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000, 1));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(BREAKPOINT, raw_steps(self, 1));
	EXPECT_EQ(0x10, hits(self));
}

TEST_F(raw, beside_the_guests_own)
{
	static const uint16_t vector[2] = { 0x2000, 0 };

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_data)));
	ASSERT_EQ(0, raw_put(self, 4, vector, sizeof(vector)));
	ASSERT_EQ(0, raw_put(self, 0x2000, PAYLOAD(code_count)));
	/* The guest watches the first word for writes, we the third. */
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR0, 0x4000));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x50401));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RBX, 0));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4006, 2));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, CODE + 9);
	EXPECT_REG(RBX, 1);
	EXPECT_REG(DR7, 0x50401);
	EXPECT_EQ(1, raw_get(self, TEAVMX_REG_DR6) & 15);
	EXPECT_REG(DR1, 0);
	/* Three are left, one of which is ours. */
	ASSERT_EQ(0, AT(INSTRUCTION, 0x5000));
	ASSERT_EQ(0, AT(INSTRUCTION, 0x5001));
	EXPECT_EQ(-1, AT(INSTRUCTION, 0x5002));
	EXPECT_REFUSED(ENOSPC, self->teavmx, "four debug registers");
}

TEST_F(raw, pages)
{
	struct teavmx_vm vm;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_data)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0x1234));
	ASSERT_EQ(0, AT(PAGE_WRITE, 0x4000));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REASON(EPT_VIOLATION, self->exit.reason);
	EXPECT_EQ(0x4000, self->exit.guest_physical);
	EXPECT_REG(RIP, CODE);
	EXPECT_EQ(0, raw_word(self, 0x4000));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, CODE + 6);
	EXPECT_EQ(0x1234, raw_word(self, 0x4000));
	ASSERT_STOP(EXIT, raw_go(self));

	ASSERT_EQ(0, AT(PAGE_ACCESS, 0x4000));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE + 3));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, CODE + 3);
	EXPECT_EQ(1, self->exit.qualification & 7);
	ASSERT_EQ(0, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS, 0x4000));
	ASSERT_EQ(0, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_WRITE, 0x4000));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(0x2000, vm.memory_used);
}

GUEST_PAYLOAD(code_two_incs,
	"\tinc\t%eax\n"
	"\tinc\t%eax\n"
	"\thlt");

TEST_F(raw, page_execution)
{
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_two_incs)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
	ASSERT_EQ(0, AT(PAGE_EXECUTE, CODE));
	for (i = 0; i < 3; i++) {
		ASSERT_STOP(BREAKPOINT, raw_go(self));
		EXPECT_REG(RIP, CODE + 2 * i);
		EXPECT_REG(RAX, i);
	}
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(HLT, self->exit.reason);
}

/* The same bytes in protected mode, with EBX */
GUEST_PAYLOAD(code_wide,
	"\tmov\t%ax, (%rbx)\n"
	"\tmov\t2(%rbx), %cx\n"
	"\tmov\t%al, 6(%rbx)\n"
	"\thlt");

static const enum teavmx_mode wide_modes[] = {
	TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
};

#define WIDE_MODES COUNT(wide_modes)

TEST_F(raw, reads_and_writes_in_other_modes)
{
	size_t i;

	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000, 2));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_ACCESS, 0x4002, 2));
	for (i = 0; i < WIDE_MODES; i++) {
		ASSERT_EQ(0, raw_load(self, wide_modes[i], PAYLOAD(code_wide)));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RBX, 0x4000));
		ASSERT_STOP(BREAKPOINT, raw_go(self));
		EXPECT_REG(RIP, CODE + 3);
		ASSERT_STOP(BREAKPOINT, raw_go(self));
		EXPECT_REG(RIP, CODE + 7);
		ASSERT_STOP(EXIT, raw_go(self));
		EXPECT_REASON(HLT, self->exit.reason);
	}
}

TEST_F(raw, pages_in_other_modes)
{
	size_t i;

	ASSERT_EQ(0, AT(PAGE_WRITE, 0x4000));
	for (i = 0; i < WIDE_MODES; i++) {
		ASSERT_EQ(0, raw_load(self, wide_modes[i], PAYLOAD(code_wide)));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RBX, 0x4000));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0x1234 + i));
		ASSERT_STOP(BREAKPOINT, raw_go(self));
		EXPECT_REG(RIP, CODE);
		EXPECT_EQ(0x4000, self->exit.guest_physical);
		EXPECT_EQ(2, self->exit.qualification & 7);
		ASSERT_STOP(BREAKPOINT, raw_go(self));
		EXPECT_REG(RIP, CODE + 7);
		EXPECT_EQ(0x1234 + i, raw_word(self, 0x4000));
		ASSERT_STOP(EXIT, raw_go(self));
		EXPECT_REASON(HLT, self->exit.reason);
	}
}

/* The processor's own walk through the guest's page tables is an access. */
TEST_F(raw, a_page_of_page_tables)
{
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_LONG, PAYLOAD(code_wide)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RBX, 0x4000));
	ASSERT_EQ(0,
		  AT(PAGE_ACCESS, raw_get(self, TEAVMX_REG_CR3) & ~0xfffULL));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REASON(EPT_VIOLATION, self->exit.reason);
	EXPECT_REG(RIP, CODE);
	/* A translation, and not a page that the translation led to */
	EXPECT_EQ(0x80, self->exit.qualification & 0x180);
	ASSERT_STOP(STEPS, raw_steps(self, 1));
	EXPECT_REG(RIP, CODE + 3);
	ASSERT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
					self->vcpu.id, NULL));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(HLT, self->exit.reason);
}

/* While one vCPU steps over a page's breakpoint, another one hits it. */
TEST_F(raw, pages_of_two_vcpus)
{
	struct teavmx_vcpu other;
	struct teavmx_record exit;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_data)));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &other));
	ASSERT_EQ(0, teavmx_mode_enter(self->teavmx, self->vm.id, other.id,
				       TEAVMX_MODE_REAL, CODE, STACK, TABLES));
	ASSERT_EQ(0, AT(PAGE_WRITE, 0x4000));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	ASSERT_STOP(STEPS, raw_steps(self, 1));
	EXPECT_REG(RIP, CODE + 3);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, other.id));
	EXPECT_STOP(BREAKPOINT, teavmx_wait_stop(self->teavmx, other.id,
						 RAW_PATIENCE_MS, NULL, NULL,
						 &exit));
	EXPECT_EQ(CODE, exit.rip);
	teavmx_vcpu_clear(&other);
}

TEST_F(raw, refusals)
{
	EXPECT_EQ(-1, bset(self, 99, 0, 0));
	EXPECT_EQ(-1, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4001, 2));
	EXPECT_REFUSED(EINVAL, self->teavmx, "multiple of the size");
	EXPECT_EQ(-1, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000, 3));
	EXPECT_REFUSED(EINVAL, self->teavmx, "1, 2, 4 or 8");
	EXPECT_EQ(-1, bset(self, TEAVMX_BREAKPOINT_KIND_INSTRUCTION, 0, 2));
	EXPECT_REFUSED(EINVAL, self->teavmx, "no size");
	EXPECT_EQ(-1, AT(PAGE_WRITE, 0x4001));
	EXPECT_REFUSED(EINVAL, self->teavmx, "4096");
	EXPECT_EQ(-1, AT(PAGE_WRITE, RAW_MEMORY));
	EXPECT_REFUSED(ERANGE, self->teavmx, "outside");
	EXPECT_EQ(-1, AT(PAGE_WRITE, ~0xfffULL));
	EXPECT_REFUSED(ERANGE, self->teavmx, "outside");
	EXPECT_EQ(-1, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_WRITE, 0x4000));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no such breakpoint");
	EXPECT_EQ(-1, bclear(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no such breakpoint");
	EXPECT_EQ(0, AT(PAGE_WRITE, 0x4000));
	EXPECT_EQ(-1, AT(PAGE_WRITE, 0x4000));
	EXPECT_REFUSED(EEXIST, self->teavmx, "already");
	EXPECT_EQ(0, AT(WRITE, 0x4000));
	EXPECT_EQ(-1, AT(WRITE, 0x4000));
	EXPECT_REFUSED(EEXIST, self->teavmx, "already");
	EXPECT_EQ(0, AT(WRITE, 0x4001));
	EXPECT_EQ(0, AT(WRITE, 0x4002));
	EXPECT_EQ(0, AT(WRITE, 0x4003));
	EXPECT_EQ(-1, AT(WRITE, 0x4004));
	EXPECT_REFUSED(ENOSPC, self->teavmx, "four debug registers");
	EXPECT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
					self->vcpu.id, NULL));
	EXPECT_EQ(-1, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_WRITE, 0x4000));
	EXPECT_EQ(0, AT(WRITE, 0x4004));
}

static int blist(struct raw_data *self, uint32_t vcpu,
		 struct teavmx_breakpoint **list)
{
	return teavmx_break_list(self->teavmx, self->vm.id, vcpu, list);
}

#define EXPECT_BREAK(one, is, at, bytes)				\
	do {								\
		const struct teavmx_breakpoint *one_ = &(one);		\
									\
		EXPECT_EQ(TEAVMX_BREAKPOINT_KIND_##is, one_->kind);	\
		EXPECT_EQ(at, one_->address);				\
		EXPECT_EQ(bytes, one_->size);				\
	} while (0)

TEST_F(raw, list)
{
	struct teavmx_breakpoint *list;
	struct teavmx_vcpu other;

	ASSERT_EQ(0, blist(self, self->vcpu.id, &list));
	EXPECT_EQ(NULL, list);
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &other));
	ASSERT_EQ(0, AT(PAGE_ACCESS, 0x4000));
	ASSERT_EQ(0, AT(PAGE_EXECUTE, 0x4000));
	ASSERT_EQ(0, AT(INSTRUCTION, CODE));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x5000, 4));
	ASSERT_EQ(0, AT(ACCESS, 0x5000));
	ASSERT_EQ(0, AT(PAGE_WRITE, 0));
	ASSERT_EQ(0, bclear(self, TEAVMX_BREAKPOINT_KIND_INSTRUCTION, CODE));
	ASSERT_EQ(5, blist(self, self->vcpu.id, &list));
	EXPECT_BREAK(list[0], WRITE, 0x5000, 4);
	EXPECT_BREAK(list[1], ACCESS, 0x5000, 1);
	EXPECT_BREAK(list[2], PAGE_WRITE, 0, 0);
	EXPECT_BREAK(list[3], PAGE_EXECUTE, 0x4000, 0);
	EXPECT_BREAK(list[4], PAGE_ACCESS, 0x4000, 0);
	free(list);
	/* Pages are those of all vCPUs. */
	ASSERT_EQ(3, blist(self, other.id, &list));
	EXPECT_BREAK(list[0], PAGE_WRITE, 0, 0);
	free(list);
	ASSERT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
					self->vcpu.id, NULL));
	EXPECT_EQ(0, blist(self, self->vcpu.id, &list));
	teavmx_vcpu_clear(&other);
}

/* One reply has 64 breakpoints at most. */
TEST_F(raw, list_of_many)
{
	struct teavmx_breakpoint *list;
	unsigned int count, i;

	for (count = 0; count < 2 * 64 + 1; count++) {
		ASSERT_EQ(0, AT(PAGE_WRITE, 0x1000 * count));
		ASSERT_EQ(count + 1, blist(self, self->vcpu.id, &list));
		for (i = 0; i <= count; i++)
			EXPECT_BREAK(list[i], PAGE_WRITE, 0x1000 * i, 0);
		free(list);
	}
}

GUEST_PAYLOAD(code_forever,
	"1:\tjmp\t1b");

TEST_F(raw, list_refusals)
{
	struct teavmx_breakpoint *list;

	EXPECT_EQ(-1, blist(self, 99, &list));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no vCPU has this number");
	EXPECT_EQ(NULL, list);
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_forever)));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	EXPECT_EQ(-1, blist(self, self->vcpu.id, &list));
	EXPECT_REFUSED(EBUSY, self->teavmx, "pause it first");
}

static int count_entries(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *attr;
	int left;

	(void)a;
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		*(unsigned int *)data += nla_type(attr) == TEAVMX_A_BREAKPOINT_ENTRY;
	return 0;
}

/* The place to go on from is the client's, and may be anything. */
TEST_F(raw, list_from_anywhere)
{
	static const struct {
		uint64_t place;
		unsigned int count;
	} rows[] = {
		{ 0, 3 }, { 1, 2 }, { 4, 2 }, { 4 + 5, 2 }, { 4 + 6, 1 },
		{ 4 + 0x80, 1 }, { 0x1003, 1 }, { 4 + RAW_MEMORY - 0x1000, 1 },
		{ RAW_MEMORY, 0 }, { 4 + RAW_MEMORY, 0 }, { 1ULL << 32, 0 },
		{ INT64_MAX, 0 }, { UINT64_MAX - 0x1000, 0 },
		{ UINT64_MAX - 4, 0 }, { UINT64_MAX, 0 },
	};
	unsigned int count;
	struct teavmx_reply reply = {
		TEAVMX_A_BREAKPOINT_MAX, count_entries, &count,
	};
	struct nl_msg *message;
	size_t i;

	ASSERT_EQ(0, AT(WRITE, 0x5000));
	ASSERT_EQ(0, AT(PAGE_ACCESS, 0));
	ASSERT_EQ(0, AT(PAGE_WRITE, RAW_MEMORY - 0x1000));
	for (i = 0; i < COUNT(rows); i++) {
		message = teavmx_request(self->teavmx, TEAVMX_CMD_BREAK_GET, 0,
					 64);
		nla_put_u32(message, TEAVMX_A_BREAKPOINT_VM_ID, self->vm.id);
		nla_put_u32(message, TEAVMX_A_BREAKPOINT_VCPU_ID,
			    self->vcpu.id);
		nla_put_u64(message, TEAVMX_A_BREAKPOINT_NEXT, rows[i].place);
		count = 0;
		EXPECT_EQ(0, teavmx_call(self->teavmx, message, "list",
					 &reply));
		EXPECT_EQ(rows[i].count, count) {
			TH_LOG("from 0x%llx",
			       (unsigned long long)rows[i].place);
		}
	}
}

GUEST_PAYLOAD(code_mov_ss,
	".code16\n"
	"\tmov\t%ax, %ss\n"
	"\tinc\t%dx\n"
	"\thlt");

/*
 * Where the monitor trap flag makes the steps, MOV SS is one; where RFLAGS.TF
 * does, the trap waits for the instruction after it (SDM "Masking Exceptions and
 * Interrupts When Switching Stacks"), and the two are one. Returns how many
 * steps they are, or -1.
 */
static int steps_of_mov_ss(struct raw_data *self)
{
	if (raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mov_ss)) ||
	    raw_set(self, TEAVMX_REG_RAX, 0) ||
	    raw_steps(self, 1) != TEAVMX_STOP_STEPS)
		return -1;
	switch (raw_get(self, TEAVMX_REG_RIP) - CODE) {
	case 2:
		return 2;
	case 3:
		return 1;
	default:
		return -1;
	}
}

GUEST_PAYLOAD(code_flags,
	".code16\n"
	"\tpushf\n"
	"\tpop\t%bx\n"
	"\tint\t$0x21\n"
	"\tpushf\n"
	"\tpopf\n"
	"\tud2\n"
	"\tsti\n"
	"\tmov\t%ax, %ss\n"
	"\tinc\t%dx\n"
	"\tint3\n"
	"\thlt");

/* CX becomes the flags on the stack. */
GUEST_PAYLOAD(code_look,
	".code16\n"
	"\tpop\t%si\n"
	"\tpop\t%di\n"
	"\tpop\t%cx\n"
	"\tpush\t%cx\n"
	"\tpush\t%di\n"
	"\tpush\t%si\n"
	"\tiret");

/* #UD: returns behind UD2 */
GUEST_PAYLOAD(code_skip_ud2,
	".code16\n"
	"\tpop\t%si\n"
	"\tinc\t%si\n"
	"\tinc\t%si\n"
	"\tpush\t%si\n"
	"\tiret");

/* What goes to the stack in interrupts and in PUSHF has no TF in it. */
TEST_F(raw, steps_do_not_show)
{
	static const uint16_t vector[2] = { 0x2000, 0 };
	static const uint16_t undefined_vector[2] = { 0x2100, 0 };
	int mov_ss = steps_of_mov_ss(self);

	ASSERT_LT(0, mov_ss);
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_flags)));
	ASSERT_EQ(0, raw_put(self, 0x2000, PAYLOAD(code_look)));
	ASSERT_EQ(0, raw_put(self, 0x2100, PAYLOAD(code_skip_ud2)));
	ASSERT_EQ(0, raw_put(self, 4 * 0x21, vector, sizeof(vector)));
	ASSERT_EQ(0, raw_put(self, 4 * 3, vector, sizeof(vector)));
	ASSERT_EQ(0, raw_put(self, 4 * 6, undefined_vector,
			     sizeof(undefined_vector)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RDX, 0));
	/* 8 here beside MOV SS and INC, 7 twice and 5 in the handlers */
	EXPECT_EQ(8 + mov_ss + 2 * 7 + 5, step_to_exit(self));
	EXPECT_REASON(HLT, self->exit.reason);
	EXPECT_REG(RIP, CODE + PAYLOAD_SIZE(code_flags) - 1);
	EXPECT_EQ(0, raw_get(self, TEAVMX_REG_RBX) & FLAG_TF);
	EXPECT_EQ(0, raw_get(self, TEAVMX_REG_RCX) & FLAG_TF);
	EXPECT_REG(RDX, 1);
	EXPECT_REG(RSP, STACK);
	EXPECT_EQ(0, raw_word(self, STACK - 2) & FLAG_TF);
}

GUEST_PAYLOAD(code_syscall,
	"\tsyscall\n"
	"\thlt");

/* SYSRETQ is to level 3, so there is none. */
GUEST_PAYLOAD(code_entry,
	"\tinc\t%eax\n"
	"\thlt");

TEST_F(raw, steps_over_system_calls)
{
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_LONG, PAYLOAD(code_syscall)));
	ASSERT_EQ(0, raw_put(self, 0x2000, PAYLOAD(code_entry)));
	ASSERT_EQ(0,
		  raw_set(self, TEAVMX_REG_EFER,
			  raw_get(self, TEAVMX_REG_EFER) | 1));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_LSTAR, 0x2000));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_STAR, 0x8ULL << 32));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_FMASK, 0x300));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
	ASSERT_STOP(STEPS, raw_steps(self, 1));
	EXPECT_REG(RIP, 0x2000);
	EXPECT_REG(RCX, CODE + 2);
	EXPECT_EQ(0x202, raw_get(self, TEAVMX_REG_R11) & ~0xd5ULL);
	EXPECT_EQ(1, step_to_exit(self));
	EXPECT_REG(RAX, 1);
}

GUEST_PAYLOAD(code_incs_cpuid,
	"\tinc\t%eax\n"
	"\tinc\t%eax\n"
	"\tcpuid\n"
	"\tinc\t%eax\n"
	"\thlt");

/* A guest that steps itself gets each of its exceptions. */
TEST_F(raw, steps_beside_the_guests_own)
{
	static const uint16_t vector[2] = { 0x2000, 0 };
	int steps = 0;

	ASSERT_EQ(0,
		  raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_incs_cpuid)));
	ASSERT_EQ(0, raw_put(self, 4, vector, sizeof(vector)));
	ASSERT_EQ(0, raw_put(self, 0x2000, PAYLOAD(code_count)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 0x202 | FLAG_TF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RBX, 0));
	/* CPUID writes EBX, so count before it. */
	while (raw_get(self, TEAVMX_REG_RIP) != CODE + 4 && steps < 20) {
		ASSERT_STOP(STEPS, raw_steps(self, 1));
		steps++;
	}
	/* INC, the exception's delivery, INC and IRET there, and INC again. */
	EXPECT_EQ(5, steps);
	EXPECT_REG(RBX, 1);
	ASSERT_STOP(STEPS, raw_steps(self, 3));
	EXPECT_REG(RIP, CODE + 4);
	EXPECT_REG(RBX, 2);
	EXPECT_EQ(0x4000, raw_get(self, TEAVMX_REG_DR6) & 0x4000);
	EXPECT_EQ(FLAG_TF, raw_get(self, TEAVMX_REG_RFLAGS) & FLAG_TF);
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(HLT, self->exit.reason);
}

TEST_HARNESS_MAIN
