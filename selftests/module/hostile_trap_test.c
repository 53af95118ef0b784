// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that are known to have stopped or misled hypervisors, each with the end that
 * the SDM expects. Those that do not end by themselves are stopped by their bounds.
 */
#include <errno.h>
#include <unistd.h>

#define RAW_FIXTURE	trap
#define RAW_MEMORY	0x200000

#include "raw_fixture.h"

#define VECTOR(number)		((number) * 4)
#define DATA			0x6000
#define IDT			0x9000
#define BOUND_NS		200000
#define BOUND_EXITS		1000
/* So long a guest without bounds runs before it is paused */
#define REQUEST_US		20000
#define LEVEL_3			3
/* MSRs that guests have; IA32_TSC_AUX needs a processor that has it. */
#define MSRS			24
#define RIGHTS_3		0x60

static void show_stop(struct raw_data *self, int stop)
{
	printf("# %s, %s at %llx\n", expect_stop(stop),
	       expect_reason(self->exit.reason),
	       (unsigned long long)self->exit.rip);
}

/* Runs it for a while; it must not have stopped by itself before. */
static bool runs_on(struct raw_data *self)
{
	const struct teavmx_run run = {
		.time = BOUND_NS,
		.exits = BOUND_EXITS,
	};
	int stop = raw_run(self, &run);

	if (stop == TEAVMX_STOP_TIME || stop == TEAVMX_STOP_EXITS)
		return true;
	show_stop(self, stop);
	return false;
}

/* Without bounds it stops when that is requested; then it runs until its VM goes. */
static bool ends_on_request(struct raw_data *self)
{
	int stop;

	if (raw_say(self, teavmx_vcpu_run(self->teavmx, self->vm.id,
					  self->vcpu.id)))
		return false;
	usleep(REQUEST_US);
	if (raw_say(self, teavmx_vcpu_pause(self->teavmx, self->vm.id,
					    self->vcpu.id)))
		return false;
	stop = raw_wait(self);
	if (stop != TEAVMX_STOP_REQUEST) {
		show_stop(self, stop);
		return false;
	}
	return !raw_say(self, teavmx_vcpu_run(self->teavmx, self->vm.id,
					      self->vcpu.id)) &&
	       !raw_say(self, teavmx_vm_del(self->teavmx, self->vm.id));
}

static bool ends_with(struct raw_data *self, uint32_t reason)
{
	int stop = raw_go(self);

	if (stop == TEAVMX_STOP_EXIT && self->exit.reason == reason)
		return true;
	show_stop(self, stop);
	return false;
}

/* Handlers of real mode are at the address of their vector, times 16, from here on. */
#define HANDLERS	0x3000
#define HANDLER(vector)	(HANDLERS + (vector) * 16)

static int put_handler(struct raw_data *self, unsigned int vector,
		       struct snippet code)
{
	const uint32_t at = HANDLER(vector);

	return raw_put(self, VECTOR(vector), &at, sizeof(at)) ||
	       raw_put(self, at, code.bytes, code.size);
}

#define LOAD_16(text)							\
	({								\
		const struct snippet code_ = SNIPPET(16, text);		\
									\
		raw_load(self, TEAVMX_MODE_REAL, code_.bytes, code_.size); \
	})
#define LOAD_64(text)							\
	({								\
		const struct snippet code_ = SNIPPET(64, text);		\
									\
		raw_load(self, TEAVMX_MODE_LONG, code_.bytes, code_.size); \
	})

/*
 * The handler of debug exceptions begins with a breakpoint, so the delivery of one
 * raises the next, without end and without an instruction in between.
 */
TEST_F(trap, debug_exception_in_its_own_handler)
{
	ASSERT_EQ(0, LOAD_16("int1; hlt"));
	ASSERT_EQ(0, put_handler(self, 1, SNIPPET(16, "nop; iretw")));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR0, HANDLER(1)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x402));
	EXPECT_TRUE(runs_on(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x400));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, RAW_CODE + 1));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_HLT));
}

/* At level 3, with a stack on which the exception's frame is not aligned either */
TEST_F(trap, alignment_check_in_its_own_delivery)
{
	static const uint64_t gate = RAW_CODE | 0x08ULL << 16 | 0xeeULL << 40;
	const struct snippet code = SNIPPET(32, "mov 0x6001, %%eax; hlt");
	uint32_t i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_PROTECTED, code.bytes,
			      code.size));
	/* The code is conforming: the handler runs at level 3 too. */
	for (i = 0; i < 32; i++)
		ASSERT_EQ(0, raw_put(self, IDT + i * 8, &gate, sizeof(gate)));
	ASSERT_EQ(0, raw_put(self, RAW_TABLES + 8,
			     &(uint64_t){ 0x00cf9f000000ffff }, 8));
	const struct teavmx_register list[] = {
		{ TEAVMX_REG_IDTR_BASE, IDT },
		{ TEAVMX_REG_IDTR_LIMIT, 255 },
		{ TEAVMX_REG_CR0, raw_get(self, TEAVMX_REG_CR0) | 0x40000 },
		{ TEAVMX_REG_RFLAGS, 0x40202 },
		{ TEAVMX_REG_CS, 0x08 | LEVEL_3 },
		{ TEAVMX_REG_CS_RIGHTS, 0xc09f },
		{ TEAVMX_REG_SS, 0x10 | LEVEL_3 },
		{ TEAVMX_REG_SS_RIGHTS, 0xc093 | RIGHTS_3 },
		{ TEAVMX_REG_RSP, RAW_STACK - 1 },
	};

	ASSERT_EQ(0, raw_say(self, raw_set_all(self, list, COUNT(list))));
	EXPECT_TRUE(runs_on(self));
	EXPECT_EQ(RAW_CODE, raw_get(self, TEAVMX_REG_RIP));
	EXPECT_TRUE(ends_on_request(self));
}

/*
 * A data breakpoint on the operand of MOV SS is due after the INT that follows: its
 * handler is interrupted before its first instruction. Bochs forgets the breakpoint.
 */
TEST_F(trap, breakpoint_on_mov_ss_before_int)
{
	const uint16_t zero = 0;
	uint16_t frame[3] = { };

	ASSERT_EQ(0, LOAD_16("mov 0x6000, %%ss; int $0x20; hlt"));
	ASSERT_EQ(0, raw_put(self, DATA, &zero, sizeof(zero)));
	ASSERT_EQ(0, put_handler(self, 1, SNIPPET(16, "nop; hlt")));
	ASSERT_EQ(0, put_handler(self, 0x20, SNIPPET(16, "nop; hlt")));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR0, DATA));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x400 | 2 | 7 << 16));
	ASSERT_TRUE(ends_with(self, VMX_EXIT_HLT));
	if (machine_is_bochs() && self->exit.rip == HANDLER(0x20) + 1)
		return;
	EXPECT_REG(RIP, HANDLER(1) + 1);
	ASSERT_EQ(0, raw_read(self, raw_seen(self, TEAVMX_REG_RSP), frame,
			      sizeof(frame)));
	EXPECT_EQ(HANDLER(0x20), frame[0]);
}

/*
 * Exits in the shadow of MOV SS, with a single step pending. MOV SS and what follows
 * it raise one debug exception, so there are 12.
 */
TEST_F(trap, exits_in_the_shadow_of_mov_ss)
{
	ASSERT_EQ(0, LOAD_16("mov %%ss, %%di\n"
			     "mov %%di, %%ss; cpuid\n"
			     "mov $0x277, %%ecx\n"
			     "mov %%di, %%ss; rdmsr\n"
			     "mov %%di, %%ss; mov %%cr0, %%eax\n"
			     "mov %%di, %%ss; mov %%dr7, %%eax\n"
			     "mov %%di, %%ss; mov %%eax, %%dr7\n"
			     "mov %%di, %%ss; pause\n"
			     "mov %%di, %%ss; sti\n"
			     "mov %%di, %%ss; hlt\n"
			     "pushw $2; popfw; hlt"));
	ASSERT_EQ(0, put_handler(self, 1, SNIPPET(16, "nop; inc %%si; iretw")));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSI, 0));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 0x302));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_HLT));
	EXPECT_REG(RSI, 12);
}

/* SWAPGS is counted; the host's GS is compared by the audit. */
TEST_F(trap, swapgs_many_times)
{
	ASSERT_EQ(0, LOAD_64("mov $1001, %%ecx\n"
			     "1: swapgs; dec %%ecx; jnz 1b\n"
			     "rdmsr; hlt"));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_GS_BASE, 0x1234));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_KERNEL_GS_BASE, 0x5678));
	/* There is no MSR 0, and no handler. */
	EXPECT_TRUE(ends_with(self, VMX_EXIT_TRIPLE_FAULT));
	EXPECT_REG(GS_BASE, 0x5678);
	EXPECT_REG(KERNEL_GS_BASE, 0x1234);
}

/* Each MSR is read, and what was read is written. EDI counts those that exist. */
TEST_F(trap, all_msrs_of_three_ranges)
{
	ASSERT_EQ(0, LOAD_16("xor %%edi, %%edi; xor %%ecx, %%ecx\n"
			     "1: mov $1, %%si; rdmsr; wrmsr; add %%si, %%di\n"
			     "inc %%ecx; cmp $0x2000, %%cx; jb 1b\n"
			     "and $0xe0000000, %%ecx; add $0x40000000, %%ecx\n"
			     "cmp $0x80000000, %%ecx; jne 2f; mov $0xc0000000, %%ecx\n"
			     "2: test %%ecx, %%ecx; jnz 1b; hlt"));
	/* RDMSR and WRMSR have two bytes; what does not exist is not counted. */
	ASSERT_EQ(0, put_handler(self, 13,
				 SNIPPET(16, "mov %%sp, %%bp; xor %%si, %%si\n"
					     "addw $2, (%%bp); iretw")));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_HLT));
	printf("# %llu MSRs\n",
	       (unsigned long long)raw_get(self, TEAVMX_REG_RDI));
	EXPECT_GE(MSRS, raw_seen(self, TEAVMX_REG_RDI));
	EXPECT_LE(MSRS - 1, raw_seen(self, TEAVMX_REG_RDI));
}

/* The page that the code is in goes; the handler's page is the same. */
TEST_F(trap, code_takes_its_own_page_away)
{
	ASSERT_EQ(0, LOAD_64("movq $0, 0x13000; invlpg 0x1000; nop; hlt"));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_TRIPLE_FAULT));
}

/* A table that is not in RAM: the walk ends in an EPT violation. */
TEST_F(trap, page_tables_outside_of_ram)
{
	ASSERT_EQ(0, LOAD_64("movq $0x40000007, 0x12008; mov 0x40000000, %%al; hlt"));
	ASSERT_TRUE(ends_with(self, VMX_EXIT_EPT_VIOLATION));
	EXPECT_EQ(0x40000000, self->exit.guest_physical);
	/* Bit 8: the access was to the page itself, and not to a table. */
	EXPECT_EQ(0x80, self->exit.qualification & 0x180);
}

/* Tables that are the pages which they map: the walk itself changes them. */
TEST_F(trap, page_tables_that_are_their_own_pages)
{
	ASSERT_EQ(0, LOAD_64("movq $0x11027, 0x11008\n"
			     "mov $0x8040201000, %%rbx\n"
			     "1: mov %%rcx, (%%rbx); inc %%rcx; invlpg (%%rbx); jmp 1b"));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_TRIPLE_FAULT));
}

/* Half of the operand is in RAM. The processor writes nothing of it. */
TEST_F(trap, write_across_the_end_of_ram)
{
	uint16_t last = 0;

	ASSERT_EQ(0, LOAD_64("mov $-1, %%eax; mov %%eax, 0x1ffffe; hlt"));
	ASSERT_TRUE(ends_with(self, VMX_EXIT_EPT_VIOLATION));
	EXPECT_EQ(RAW_MEMORY, self->exit.guest_physical & ~0xfffULL);
	ASSERT_EQ(0, raw_read(self, RAW_MEMORY - 2, &last, sizeof(last)));
	EXPECT_EQ(0, last);
}

TEST_F(trap, code_across_the_end_of_ram)
{
	static const uint8_t code[] = { 0x90, 0x90, 0xb8 };

	ASSERT_EQ(0, LOAD_64("mov $0x1ffffd, %%eax; jmp *%%rax"));
	ASSERT_EQ(0, raw_put(self, RAW_MEMORY - sizeof(code), code,
			     sizeof(code)));
	ASSERT_TRUE(ends_with(self, VMX_EXIT_EPT_VIOLATION));
	EXPECT_EQ(RAW_MEMORY, self->exit.guest_physical & ~0xfffULL);
	EXPECT_REG(RIP, RAW_MEMORY - 1);
}

TEST_F(trap, pause_without_end)
{
	ASSERT_EQ(0, LOAD_64("1: pause; jmp 1b"));
	EXPECT_TRUE(runs_on(self));
	ASSERT_EQ(0, LOAD_64("cli; 1: pause; jmp 1b"));
	EXPECT_TRUE(runs_on(self));
	EXPECT_TRUE(ends_on_request(self));
}

/* MWAIT would have the processor wait: guests have neither instruction. */
TEST_F(trap, monitor_and_mwait)
{
	ASSERT_EQ(0, LOAD_16("xor %%eax, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx\n"
			     "monitor; mwait; hlt"));
	ASSERT_EQ(0, put_handler(self, 6,
				 SNIPPET(16, "mov %%sp, %%bp; inc %%di\n"
					     "addw $3, (%%bp); iretw")));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RDI, 0));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_HLT));
	EXPECT_REG(RDI, 2);
}

TEST_F(trap, split_locks)
{
	uint32_t counted = 0;

	ASSERT_EQ(0, LOAD_64("mov $1000, %%ecx\n"
			     "1: lock incl 0x603e; dec %%ecx; jnz 1b; hlt"));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_HLT));
	ASSERT_EQ(0, raw_read(self, 0x603e, &counted, sizeof(counted)));
	EXPECT_EQ(1000, counted);
}

TEST_F(trap, no_vectors)
{
	ASSERT_EQ(0, LOAD_16("lidt 0x6000; int3"));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_TRIPLE_FAULT));
}

/* The state of a task goes where the guest wants: the host program switches tasks. */
TEST_F(trap, task_switch_into_page_tables)
{
	static const uint64_t tss = 0x67 | (RAW_TABLES + 0x1000ULL) << 16 |
				    0x89ULL << 40;
	const struct snippet code = SNIPPET(32, "ljmp $0x20, $0");

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_PROTECTED, code.bytes,
			      code.size));
	ASSERT_EQ(0, raw_put(self, RAW_TABLES + 0x20, &tss, sizeof(tss)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_GDTR_LIMIT, 0x27));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_TASK_SWITCH));
}

/* Areas that are not aligned, that are not whole, and that are not valid */
TEST_F(trap, xsave_areas)
{
	uint64_t header[8] = { ~0ULL, ~0ULL };

	if (!machine_cpu_has("xsave"))
		SKIP(return, "the kernel does not use XSAVE");
	ASSERT_EQ(0, LOAD_64("mov %%cr4, %%rax; or $0x40000, %%eax; mov %%rax, %%cr4\n"
			     "mov $-1, %%eax; mov %%eax, %%edx\n"
			     "xsave 0x1fffc0; hlt"));
	ASSERT_TRUE(ends_with(self, VMX_EXIT_EPT_VIOLATION));
	EXPECT_EQ(RAW_MEMORY, self->exit.guest_physical & ~0xfffULL);
	ASSERT_EQ(0, LOAD_64("mov %%cr4, %%rax; or $0x40000, %%eax; mov %%rax, %%cr4\n"
			     "mov $-1, %%eax; mov %%eax, %%edx\n"
			     "xrstor 0x6000; hlt"));
	ASSERT_EQ(0, raw_put(self, DATA + 512, header, sizeof(header)));
	/* #GP without a handler */
	EXPECT_TRUE(ends_with(self, VMX_EXIT_TRIPLE_FAULT));
	ASSERT_EQ(0, LOAD_64("mov %%cr4, %%rax; or $0x40000, %%eax; mov %%rax, %%cr4\n"
			     "xsave 0x6001; hlt"));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_TRIPLE_FAULT));
}

/* An NMI whose handler does not return blocks the next one, however many there are. */
TEST_F(trap, nmis_without_iret)
{
	const struct teavmx_inject nmi = {
		.vector = 2, .type = VMX_INTR_TYPE_NMI,
	};
	int i;

	ASSERT_EQ(0, LOAD_16("nop; hlt"));
	ASSERT_EQ(0, put_handler(self, 2, SNIPPET(16, "nop; inc %%di; 1: hlt; jmp 1b")));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RDI, 0));
	for (i = 0; i < 4; i++)
		ASSERT_LT(0, teavmx_inject(self->teavmx, self->vm.id,
					   self->vcpu.id, &nmi));
	EXPECT_TRUE(ends_with(self, VMX_EXIT_HLT));
	for (i = 0; i < 3; i++)
		ASSERT_STOP(EXIT, raw_answer(self, 0));
	EXPECT_REG(RDI, 1);
}

TEST_HARNESS_MAIN
