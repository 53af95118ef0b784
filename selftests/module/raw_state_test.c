// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers that a VM exit leaves alone: each vCPU of a raw VM has its own, and
 * the host's are as before. What of the host's is not this process's own is
 * compared by the module (audit=1).
 */
#include <stdio.h>
#include <stdlib.h>

#include "expect.h"
#include "guest.h"

#define MEMORY		0x1000000

/* Words of the XSAVE area (SDM "XSAVE Area") */
#define WORD_ST0	4
#define WORD_XMM0	20
#define WORD_XSTATE_BV	64
#define WORD_YMM0	72

#define CR4_OSFXSR	0x200
#define CR4_OSXMMEXCPT	0x400
#define CR4_OSXSAVE	0x40000
#define CR4_PAE		0x20
#define XCR0_AVX	7
#define EFER_LONG	0x500
#define EFER_SCE	1

FIXTURE(state)
{
	struct teavmx *teavmx;
	struct guest guest;
};

FIXTURE_SETUP(state)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, guest_new(&self->guest, self->teavmx, MEMORY));
	ASSERT_EQ(0, guest_add(&self->guest, TEAVMX_MODE_LONG));
	ASSERT_EQ(1, guest_add(&self->guest, TEAVMX_MODE_LONG));
}

FIXTURE_TEARDOWN(state)
{
	guest_free(&self->guest);
	teavmx_close(self->teavmx);
}

static int load_and_run(struct guest *guest, const uint8_t *code,
			const uint8_t *end)
{
	if (guest_load(guest, code, end) || guest_start(guest))
		return -1;
	return guest_wait_all(guest) ? 0 : -1;
}

static uint64_t fpu_word(struct guest *guest, uint32_t n, uint32_t word)
{
	return guest_get(guest, n, TEAVMX_REG_FPU + word);
}

/* RSI in every half of every XMM register, counted up, so that none is alike */
#define FILL_XMM							\
	".macro fill r\n"						\
	"	movq	%rsi, %xmm\\r\n"				\
	"	punpcklqdq	%xmm\\r, %xmm\\r\n"			\
	"	inc	%rsi\n"						\
	".endm\n"							\
	".irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"		\
	"	fill	\\r\n"						\
	".endr\n"							\
	".purgem fill\n"

/* Then looks again and again whether they are still there: 1 in RAX if so. */
GUEST_PAYLOAD(code_keep_xmm,
	"	mov	%rsi, %r12\n"
	"	fninit\n"
	"	mov	%rsi, 0x40000(,%rsi,8)\n"
	"	fildll	0x40000(,%rsi,8)\n"
	FILL_XMM
	"	mov	$100000, %ecx\n"
	"1:	pause\n"
	"	mov	%r12, %rsi\n"
	".macro check r\n"
	"	movq	%xmm\\r, %rax\n"
	"	cmp	%rax, %rsi\n"
	"	jne	2f\n"
	"	inc	%rsi\n"
	".endm\n"
	".irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	check	\\r\n"
	".endr\n"
	".purgem check\n"
	"	dec	%ecx\n"
	"	jnz	1b\n"
	"	mov	$1, %eax\n"
	"	hlt\n"
	"2:	mov	$2, %eax\n"
	"	hlt");

#define CHECKS	200

/*
 * This process's own vector registers, x87 and MXCSR, for a while in which
 * nothing else uses them: all the time there are interrupts, and guests.
 */
static bool own_registers_stay(unsigned long loops)
{
	static const uint64_t pattern = 0x5a5a1234deadbeef;
	static const uint32_t mxcsr = 0x7f80;
	static const uint16_t control = 0x027f;
	uint64_t after[32] = { };
	uint32_t mxcsr_after = 0, usual_mxcsr = 0x1f80;
	uint16_t control_after = 0;
	double pi = 0;
	int i;

	asm volatile(".irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		     "	movq	%[pattern], %%xmm\\r\n"
		     "	punpcklqdq	%%xmm\\r, %%xmm\\r\n"
		     ".endr\n"
		     "	ldmxcsr	%[mxcsr]\n"
		     "	fninit\n"
		     "	fldcw	%[control]\n"
		     "	fldpi\n"
		     "1:	pause\n"
		     "	dec	%[loops]\n"
		     "	jnz	1b\n"
		     "	fstpl	%[pi]\n"
		     "	fnstcw	%[control_after]\n"
		     "	fninit\n"
		     "	stmxcsr	%[mxcsr_after]\n"
		     "	ldmxcsr	%[usual_mxcsr]\n"
		     ".irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		     "	movdqu	%%xmm\\r, 16*\\r(%[after])\n"
		     ".endr\n"
		     : [loops] "+r" (loops), [pi] "=m" (pi),
		       [control_after] "=m" (control_after),
		       [mxcsr_after] "=m" (mxcsr_after)
		     : [pattern] "r" (pattern), [mxcsr] "m" (mxcsr),
		       [control] "m" (control), [after] "r" (after),
		       [usual_mxcsr] "m" (usual_mxcsr)
		     : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
		       "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
		       "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	for (i = 0; i < 32; i++)
		if (after[i] != pattern)
			printf("# xmm%d is 0x%llx\n", i / 2,
			       (unsigned long long)after[i]);
	for (i = 0; i < 32 && after[i] == pattern; i++)
		;
	if (i < 32 || mxcsr_after != mxcsr || control_after != control ||
	    pi < 3.14159 || pi > 3.1416) {
		printf("# mxcsr 0x%x, control word 0x%x, pi %f\n", mxcsr_after,
		       control_after, pi);
		return false;
	}
	return true;
}

TEST_F(state, vector_registers_are_their_own)
{
	struct guest *guest = &self->guest;
	int rounds = 0;
	bool stay = true;
	uint32_t n, i;

	ASSERT_EQ(0, guest_load(guest, code_keep_xmm, code_keep_xmm_end));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RSI, 0x1100));
	ASSERT_EQ(0, guest_set(guest, 1, TEAVMX_REG_RSI, 0x2200));
	ASSERT_EQ(0, guest_start(guest));
	while (stay && rounds++ < CHECKS)
		stay = own_registers_stay(20000);
	EXPECT_TRUE(stay);
	ASSERT_TRUE(guest_wait_all(guest));
	for (n = 0; n < 2; n++) {
		uint64_t first = n ? 0x2200 : 0x1100;

		EXPECT_GUEST_REG(guest, n, RAX, 1);
		for (i = 0; i < 32; i++)
			EXPECT_EQ(first + i / 2,
				  fpu_word(guest, n, WORD_XMM0 + i));
		/* 0x1100 and 0x2200 as x87 numbers: 2^12 and 2^13 times 1.0625 */
		EXPECT_EQ(0x8800000000000000, fpu_word(guest, n, WORD_ST0));
		EXPECT_EQ(n ? 0x400c : 0x400b,
			  fpu_word(guest, n, WORD_ST0 + 1));
	}
}

/* What the host program wrote arrives, what the guest wrote comes back. */
GUEST_PAYLOAD(code_add_xmm,
	"	paddq	%xmm3, %xmm15\n"
	"	hlt\n"
	"	paddq	%xmm15, %xmm15\n"
	"	hlt");

TEST_F(state, vector_registers_are_set_and_survive_a_stop)
{
	const struct teavmx_register list[] = {
		{ TEAVMX_REG_FPU + WORD_XMM0 + 6, 0x1111111111111111 },
		{ TEAVMX_REG_FPU + WORD_XMM0 + 7, 0x2222222222222222 },
		{ TEAVMX_REG_FPU + WORD_XMM0 + 30, 0x3333333333333333 },
		{ TEAVMX_REG_FPU + WORD_XMM0 + 31, 0x4444444444444444 },
		{ TEAVMX_REG_FPU + WORD_XSTATE_BV, 3 },
		{ TEAVMX_REG_FPU + 3, 0x9f80 },
	};
	const struct teavmx_run answer = { .answered = true };
	struct guest *guest = &self->guest;

	ASSERT_EQ(0, teavmx_regs_set(self->teavmx, guest->vm.id,
				     guest->vcpu[0].id, list, 6));
	ASSERT_EQ(0, load_and_run(guest, code_add_xmm, code_add_xmm_end));
	EXPECT_EQ(0x4444444444444444, fpu_word(guest, 0, WORD_XMM0 + 30));
	EXPECT_EQ(0x6666666666666666, fpu_word(guest, 0, WORD_XMM0 + 31));
	EXPECT_EQ(0, fpu_word(guest, 1, WORD_XMM0 + 30));
	EXPECT_EQ(0x9f80, (uint32_t)fpu_word(guest, 0, 3));
	EXPECT_EQ(0x1f80, (uint32_t)fpu_word(guest, 1, 3));
	ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, guest->vm.id,
					  guest->vcpu[0].id, &answer));
	ASSERT_STOP(EXIT, guest_wait(guest, 0));
	EXPECT_EQ(0x8888888888888888, fpu_word(guest, 0, WORD_XMM0 + 30));
	EXPECT_EQ(0xcccccccccccccccc, fpu_word(guest, 0, WORD_XMM0 + 31));
}

TEST_F(state, what_was_read_can_be_written_back)
{
	struct teavmx_register *registers = NULL;
	struct guest *guest = &self->guest;
	int count;

	count = teavmx_regs_get(self->teavmx, guest->vm.id, guest->vcpu[0].id,
				&registers);
	ASSERT_LT(TEAVMX_REG_FPU_WORDS, count);
	EXPECT_EQ(0, teavmx_regs_set(self->teavmx, guest->vm.id,
				     guest->vcpu[0].id, registers, count)) {
		TH_LOG("%s", teavmx_error(self->teavmx)->message);
	}
	free(registers);
}

GUEST_PAYLOAD(code_fill_ymm,
	"	vmovdqu	0x40000, %ymm9\n"
	"	vpaddq	%xmm9, %xmm9, %xmm10\n"
	"	hlt");

TEST_F(state, high_halves_of_ymm)
{
	static const uint64_t values[4] = { 1, 2, 3, 4 };
	struct guest *guest = &self->guest;
	uint32_t n, i;

	for (n = 0; n < 2; n++) {
		const struct teavmx_register list[] = {
			{ TEAVMX_REG_CR4, CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT |
				    CR4_OSXSAVE },
			{ TEAVMX_REG_XCR0, XCR0_AVX },
		};

		if (!machine_cpu_has("avx"))
			SKIP(return, "this CPU has no AVX, or its kernel does not use it");
		ASSERT_EQ(0, teavmx_regs_set(self->teavmx, guest->vm.id,
					     guest->vcpu[n].id, list, 2)) {
			TH_LOG("%s", teavmx_error(self->teavmx)->message);
		}
	}
	ASSERT_EQ(0, teavmx_mem_write(self->teavmx, guest->vm.id, GUEST_DATA,
				      values, sizeof(values)));
	ASSERT_EQ(0,
		  guest_set(guest, 1, TEAVMX_REG_FPU + WORD_XSTATE_BV,
			    XCR0_AVX));
	ASSERT_EQ(0, guest_set(guest, 1, TEAVMX_REG_FPU + WORD_YMM0 + 20, 77));
	ASSERT_EQ(0, load_and_run(guest, code_fill_ymm, code_fill_ymm_end));
	for (n = 0; n < 2; n++) {
		for (i = 0; i < 2; i++) {
			EXPECT_EQ(values[i],
				  fpu_word(guest, n, WORD_XMM0 + 18 + i));
			EXPECT_EQ(values[2 + i],
				  fpu_word(guest, n, WORD_YMM0 + 18 + i));
			EXPECT_EQ(2 * values[i],
				  fpu_word(guest, n, WORD_XMM0 + 20 + i));
			/* A VEX instruction clears the half it does not write. */
			EXPECT_EQ(0, fpu_word(guest, n, WORD_YMM0 + 20 + i));
		}
	}
}

GUEST_PAYLOAD(code_swapgs,
	"	mov	$1000, %ecx\n"
	"1:	swapgs\n"
	"	pause\n"
	"	swapgs\n"
	"	dec	%ecx\n"
	"	jnz	1b\n"
	"	swapgs\n"
	"	hlt");

TEST_F(state, swapgs)
{
	struct guest *guest = &self->guest;
	uint32_t n;

	for (n = 0; n < 2; n++) {
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_KERNEL_GS_BASE,
				       0x7000 + n));
		ASSERT_EQ(0,
			  guest_set(guest, n, TEAVMX_REG_GS_BASE, 0x9000 + n));
	}
	ASSERT_EQ(0, load_and_run(guest, code_swapgs, code_swapgs_end));
	for (n = 0; n < 2; n++) {
		EXPECT_GUEST_REG(guest, n, KERNEL_GS_BASE, 0x9000 + n);
		EXPECT_GUEST_REG(guest, n, GS_BASE, 0x7000 + n);
	}
}

GUEST_PAYLOAD(code_syscall,
	"	syscall\n"
	"0:	hlt");

#define HANDLER		0x5000
#define STAR		(0x08ULL << 32 | 0x10ULL << 48)

/* Each has a handler of its own; RCX is where it came from. */
TEST_F(state, syscall)
{
	static const uint8_t hlt = 0xf4;
	struct guest *guest = &self->guest;
	uint32_t n;

	for (n = 0; n < 2; n++) {
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_EFER,
				       EFER_LONG | EFER_SCE));
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_STAR, STAR));
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_LSTAR,
				       HANDLER + 0x100 * n));
		ASSERT_EQ(0,
			  guest_set(guest, n, TEAVMX_REG_FMASK, n ? 0x1 : 0x4));
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_RFLAGS, 0x207));
		ASSERT_EQ(0, teavmx_mem_write(self->teavmx, guest->vm.id,
					      HANDLER + 0x100 * n, &hlt, 1));
	}
	ASSERT_EQ(0, load_and_run(guest, code_syscall, code_syscall_end));
	for (n = 0; n < 2; n++) {
		EXPECT_GUEST_REG(guest, n, RIP, HANDLER + 0x100 * n);
		EXPECT_GUEST_REG(guest, n, RCX, GUEST_CODE + 2);
		EXPECT_GUEST_REG(guest, n, RFLAGS, n ? 0x206 : 0x203);
		EXPECT_GUEST_REG(guest, n, CS, 8);
		EXPECT_GUEST_REG(guest, n, SS, 0x10);
	}
}

GUEST_PAYLOAD(code_cr2,
	"	mov	$1000, %ecx\n"
	"1:	pause\n"
	"	mov	%cr2, %rax\n"
	"	cmp	%rax, %rbx\n"
	"	jne	2f\n"
	"	dec	%ecx\n"
	"	jnz	1b\n"
	"	inc	%rax\n"
	"	mov	%rax, %cr2\n"
	"2:	hlt");

TEST_F(state, cr2)
{
	struct guest *guest = &self->guest;
	uint32_t n;

	for (n = 0; n < 2; n++) {
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_RBX, 0x123450 + n));
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_CR2, 0x123450 + n));
	}
	ASSERT_EQ(0, load_and_run(guest, code_cr2, code_cr2_end));
	for (n = 0; n < 2; n++)
		EXPECT_GUEST_REG(guest, n, CR2, 0x123451 + n);
}

GUEST_PAYLOAD(code_watched,
	"	incl	0x40000\n"
	"	incl	0x40100\n"
	"	hlt");

#define DB_VECTOR	1
/* Breakpoint 0 on writes of four bytes; bit 10 is always 1 */
#define DR7_WRITE_0	(0x1 | 0x1 << 16 | 0x3 << 18 | 0x400)

TEST_F(state, debug_registers)
{
	struct guest *guest = &self->guest;
	struct teavmx_record exit;
	uint32_t n;

	ASSERT_EQ(0, teavmx_host_exceptions(self->teavmx, guest->vm.id,
					    1 << DB_VECTOR));
	for (n = 0; n < 2; n++) {
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_DR0,
				       GUEST_DATA + 0x100 * n));
		ASSERT_EQ(0, guest_set(guest, n, TEAVMX_REG_DR7, DR7_WRITE_0));
	}
	ASSERT_EQ(0, load_and_run(guest, code_watched, code_watched_end));
	for (n = 0; n < 2; n++) {
		ASSERT_EQ(0, guest_last_exit(guest, n, &exit));
		EXPECT_REASON(EXCEPTION_NMI, exit.reason);
		EXPECT_EQ(DB_VECTOR, exit.intr_info & 0xff);
		EXPECT_EQ(1, exit.qualification & 0xf);
		EXPECT_EQ(GUEST_CODE + 7 * (n + 1),
			  guest_get(guest, n, TEAVMX_REG_RIP));
		EXPECT_GUEST_REG(guest, n, DR0, GUEST_DATA + 0x100 * n);
	}
}

TEST_HARNESS_MAIN
