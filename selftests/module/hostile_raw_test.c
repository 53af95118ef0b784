// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raw guests that do what they can to be a nuisance. Each is stopped or
 * contained, and the next program and the next guest run as if nothing had
 * been; the caller of this program checks the kernel's log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "guest.h"

#define MEMORY		0x1000000
#define SEED		0x7ea0003u

FIXTURE(hostile)
{
	struct teavmx *teavmx;
	struct guest guest;
	uint32_t random;
};

FIXTURE_SETUP(hostile)
{
	self->teavmx = machine_open();
	self->random = SEED;
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, guest_new(&self->guest, self->teavmx, MEMORY));
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

GUEST_PAYLOAD(code_hello,
	".code16\n"
	"	mov	$0x1234, %ax\n"
	"	out	%al, $0xe9\n"
	"	hlt");

static bool raw_works(struct teavmx *teavmx)
{
	const struct teavmx_run answer = { .answered = true };
	struct guest guest;
	bool works;

	if (guest_new(&guest, teavmx, MEMORY))
		return false;
	works = !guest_load(&guest, code_hello, code_hello_end) &&
		!guest_add(&guest, TEAVMX_MODE_REAL) && !guest_start(&guest) &&
		guest_wait_all(&guest) &&
		guest_exits(&guest, 0, VMX_EXIT_IO_INSTRUCTION) == 1 &&
		!teavmx_vcpu_run_with(teavmx, guest.vm.id, guest.vcpu[0].id,
				      &answer) &&
		guest_wait_all(&guest) &&
		guest_exits(&guest, 0, VMX_EXIT_HLT) == 1 &&
		guest_get(&guest, 0, TEAVMX_REG_RAX) == 0x1234;
	return !guest_free(&guest) && works;
}

static bool tea_works(struct teavmx *teavmx)
{
	struct teavmx_vcpu vcpu = { };
	bool works;

	works = !machine_run(teavmx, TEAVMX_BACKEND_VMX, program_show,
			     sizeof(program_show), &vcpu) &&
		machine_code(&vcpu) == 0 && vcpu.steps == 8;
	teavmx_vcpu_clear(&vcpu);
	return works;
}

FIXTURE_TEARDOWN(hostile)
{
	EXPECT_EQ(0, guest_free(&self->guest));
	EXPECT_TRUE(tea_works(self->teavmx));
	EXPECT_TRUE(raw_works(self->teavmx));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	teavmx_close(self->teavmx);
}

GUEST_PAYLOAD(code_triple_fault,
	"	ud2");

TEST_F(hostile, triple_fault)
{
	static const enum teavmx_mode modes[] = {
		TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
	};
	struct guest *guest = &self->guest;
	uint32_t n;

	ASSERT_EQ(0,
		  guest_load(guest, code_triple_fault, code_triple_fault_end));
	for (n = 0; n < 2; n++)
		ASSERT_LE(0, guest_add(guest, modes[n]));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	for (n = 0; n < 2; n++) {
		EXPECT_EQ(1, guest_exits(guest, n, VMX_EXIT_TRIPLE_FAULT));
		/* It comes again, and no further. */
		ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, guest->vm.id,
					     guest->vcpu[n].id));
		ASSERT_STOP(EXIT, guest_wait(guest, n));
	}
}

GUEST_PAYLOAD(code_loop,
	"	cli\n"
	"1:	jmp	1b");

TEST_F(hostile, endless_loop_with_interrupts_off)
{
	struct guest *guest = &self->guest;
	long long begin;
	int i;

	ASSERT_EQ(0, guest_load(guest, code_loop, code_loop_end));
	for (i = 0; i < 4; i++)
		ASSERT_LE(0, guest_add(guest, i % 2 ? TEAVMX_MODE_REAL :
						      TEAVMX_MODE_LONG));
	ASSERT_EQ(0, guest_start(guest));
	usleep(300000);
	begin = machine_ms();
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, guest->vm.id,
					       guest->vcpu[i].id));
		ASSERT_STOP(REQUEST, guest_wait(guest, i));
		EXPECT_GUEST_REG(guest, i, RIP, GUEST_CODE + 1);
		EXPECT_EQ(0, guest_get(guest, i, TEAVMX_REG_RFLAGS) & 0x200);
	}
	EXPECT_GT(5000, machine_ms() - begin);
	/* The VM goes while they run. */
	EXPECT_EQ(0, guest_start(guest));
}

#define FLOOD "100000"

GUEST_PAYLOAD(code_flood,
	"	mov	$" FLOOD ", %ebp\n"
	"1:	xor	%eax, %eax\n"
	"	xor	%ecx, %ecx\n"
	"	cpuid\n"
	"	dec	%ebp\n"
	"	jnz	1b\n"
	"	hlt");

TEST_F_TIMEOUT(hostile, flood_of_exits, 300)
{
	struct guest *guest = &self->guest;
	long long begin = machine_ms();

	ASSERT_EQ(0, guest_load(guest, code_flood, code_flood_end));
	ASSERT_EQ(0, guest_add(guest, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, guest_start(guest));
	while (guest_wait(guest, 0) != TEAVMX_STOP_EXIT)
		ASSERT_GT(10 * GUEST_PATIENCE_MS, machine_ms() - begin);
	EXPECT_EQ(atoi(FLOOD), guest_exits(guest, 0, VMX_EXIT_CPUID));
	EXPECT_EQ(1, guest_exits(guest, 0, VMX_EXIT_HLT));
	printf("# %s exits in %lld ms\n", FLOOD, machine_ms() - begin);
}

/*
 * The tables of vCPU 0 are filled from ESI on with what EBX makes, RDX bytes of
 * them; then everything that reads them is used.
 */
GUEST_PAYLOAD(code_rubbish,
	"1:	imul	$1103515245, %ebx, %ebx\n"
	"	add	$12345, %ebx\n"
	"	mov	%ebx, %eax\n"
	"	shl	$16, %rax\n"
	"	xor	%rbx, %rax\n"
	"	or	%r8, %rax\n"
	"	mov	%rax, (%rsi)\n"
	"	add	$8, %rsi\n"
	"	sub	$8, %edx\n"
	"	jnz	1b\n"
	"	mov	$0xffff, %edx\n"
	"	mov	%rdx, 0x40000\n"
	"	mov	%rdi, 0x40002\n"
	"	lidt	0x40000\n"
	"	lgdt	0x40000\n"
	"	mov	%cr3, %rax\n"
	"	mov	%rax, %cr3\n"
	"	mov	%ebx, %eax\n"
	"	mov	%ebx, %fs\n"
	"	int	$0x80\n"
	"	ltr	%ax\n"
	"	lldt	%ax\n"
	"	push	$8\n"
	"	push	%rbx\n"
	"	lretq");

#define RUBBISH_ROUNDS	60

static int run_rubbish(FIXTURE_DATA(hostile) *self, uint32_t n, int round)
{
	struct guest *guest = &self->guest;
	/* The GDT, or the page tables, or all; sometimes entries are present. */
	const struct teavmx_register list[] = {
		{ TEAVMX_REG_RSI, GUEST_TABLES + (round % 3 == 1 ? 0x1000 : 0) },
		{ TEAVMX_REG_RDI, GUEST_TABLES },
		{ TEAVMX_REG_RDX, round % 3 ? 0x3000 : 0x1000 },
		{ TEAVMX_REG_RBX, next_random(&self->random) },
		{ TEAVMX_REG_R8, round % 2 ? 0x7 : round % 5 ? 0 : 0x8000 },
	};

	if (guest_enter(guest, n, TEAVMX_MODE_LONG) ||
	    teavmx_regs_set(self->teavmx, guest->vm.id, guest->vcpu[n].id, list,
			    sizeof(list) / sizeof(*list)) ||
	    guest_start(guest))
		return -1;
	return guest_wait(guest, n);
}

TEST_F(hostile, rubbish_in_tables)
{
	int stops[TEAVMX_STOP_FAIL + 2] = { };
	struct guest *guest = &self->guest;
	struct teavmx_record exit;
	int round, stop;

	ASSERT_EQ(0, guest_load(guest, code_rubbish, code_rubbish_end));
	ASSERT_EQ(0, guest_add(guest, TEAVMX_MODE_LONG));
	for (round = 0; round < RUBBISH_ROUNDS; round++) {
		stop = run_rubbish(self, 0, round);
		ASSERT_EQ(TEAVMX_STOP_EXIT, stop) {
			guest_last_exit(guest, 0, &exit);
			TH_LOG("round %d: %s, last exit %s", round,
			       expect_stop(stop), expect_reason(exit.reason));
		}
		ASSERT_EQ(0, guest_load(guest, code_rubbish, code_rubbish_end));
		stops[stop]++;
	}
	printf("# %d rounds, the last seed 0x%x: %llu triple faults, %llu EPT violations\n",
	       round, self->random,
	       (unsigned long long)guest_exits(guest, 0, VMX_EXIT_TRIPLE_FAULT),
	       (unsigned long long)guest_exits(guest, 0,
					       VMX_EXIT_EPT_VIOLATION));
}

#define PROGRAMS	1500
#define PROGRAM_BYTES	48
/* So long a program may run before it is paused */
#define PROGRAM_MS	40
#define PROGRAMS_A_VM	50
#define HLT		0xf4

/*
 * Every vector of real mode leads to a HLT, and so does what follows the random
 * bytes: programs end early, and more of them fit into the time.
 */
static int write_program(struct guest *guest, uint32_t *random)
{
	static const uint32_t vector = 0x0f00;
	uint8_t code[256];
	uint32_t table[256];
	int i;

	memset(code, HLT, sizeof(code));
	for (i = 0; i < PROGRAM_BYTES; i++)
		code[i] = (uint8_t)(next_random(random) >> 11);
	for (i = 0; i < 256; i++)
		table[i] = vector;
	return teavmx_mem_write(guest->teavmx, guest->vm.id, 0, table,
				sizeof(table)) ||
	       teavmx_mem_write(guest->teavmx, guest->vm.id, vector, code + 64,
				64) ||
	       teavmx_mem_write(guest->teavmx, guest->vm.id, GUEST_CODE, code,
				sizeof(code));
}

/* Until it stops by itself, or is made to. */
static int run_program(struct guest *guest)
{
	const uint32_t id = guest->vcpu[0].id;
	long long end = machine_ms() + PROGRAM_MS;

	if (teavmx_vcpu_run(guest->teavmx, guest->vm.id, id))
		return -1;
	do {
		teavmx_vcpu_clear(&guest->vcpu[0]);
		if (teavmx_vcpu_get(guest->teavmx, guest->vm.id, id,
				    &guest->vcpu[0]))
			return -1;
		if (guest->vcpu[0].state == TEAVMX_VCPU_STATE_PAUSED)
			return (int)guest->vcpu[0].stop;
	} while (machine_ms() < end);
	teavmx_vcpu_pause(guest->teavmx, guest->vm.id, id);
	return guest_wait(guest, 0);
}

struct outcome {
	unsigned int exits;
	unsigned int pauses;
	unsigned int others;
};

static int run_programs(FIXTURE_DATA(hostile) *self, enum teavmx_mode mode,
			int programs, struct outcome *outcome)
{
	struct guest *guest = &self->guest;
	uint32_t seed;
	int stop;

	for (; programs; programs--) {
		seed = self->random;
		if (write_program(guest, &self->random) ||
		    guest_enter(guest, 0, mode))
			return -1;
		stop = run_program(guest);
		if (stop < 0)
			return -1;
		if (stop == TEAVMX_STOP_EXIT) {
			outcome->exits++;
		} else if (stop == TEAVMX_STOP_REQUEST) {
			outcome->pauses++;
		} else {
			printf("# program of seed 0x%x: stop %s\n", seed,
			       teavmx_stop_name(stop));
			guest_show_findings(guest);
			outcome->others++;
		}
	}
	return 0;
}

static int random_programs(FIXTURE_DATA(hostile) *self, enum teavmx_mode mode,
			   struct outcome *outcome)
{
	struct guest *guest = &self->guest;
	int done;

	printf("# seed 0x%x\n", self->random);
	for (done = 0; done < PROGRAMS; done += PROGRAMS_A_VM) {
		if (guest_free(guest) ||
		    guest_new(guest, self->teavmx, MEMORY) ||
		    guest_add(guest, mode) < 0 ||
		    run_programs(self, mode, PROGRAMS_A_VM, outcome))
			return -1;
	}
	printf("# %d programs: %u stopped by an exit, %u paused, %u otherwise\n",
	       done, outcome->exits, outcome->pauses, outcome->others);
	return 0;
}

TEST_F_TIMEOUT(hostile, random_code_in_real_mode, 600)
{
	struct outcome outcome = { };

	ASSERT_EQ(0, random_programs(self, TEAVMX_MODE_REAL, &outcome));
	EXPECT_EQ(0, outcome.others);
	EXPECT_EQ(PROGRAMS, outcome.exits + outcome.pauses);
}

TEST_F_TIMEOUT(hostile, random_code_in_long_mode, 600)
{
	struct outcome outcome = { };

	ASSERT_EQ(0, random_programs(self, TEAVMX_MODE_LONG, &outcome));
	EXPECT_EQ(0, outcome.others);
	EXPECT_EQ(PROGRAMS, outcome.exits + outcome.pauses);
}

#define REGISTER_ROUNDS	240

/* A value that is likely to be taken, or one of which nothing is known */
static uint64_t random_value(uint32_t *random)
{
	uint64_t wide = (uint64_t)next_random(random) << 32;

	wide |= next_random(random);
	switch (next_random(random) >> 5 & 7) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	case 2:
		return 1ULL << (wide & 63);
	case 3:
		return wide & 0xffff;
	case 4:
		return wide & 0xffffffff;
	case 5:
		return GUEST_CODE + (wide & 0xfff);
	default:
		return wide;
	}
}

/* One register in @often gets a random value, if that is not refused. */
static void set_at_random(FIXTURE_DATA(hostile) *self,
			  const struct teavmx_register *registers, int count,
			  uint32_t often)
{
	struct guest *guest = &self->guest;
	struct teavmx_register reg;
	uint32_t dice;
	int i;

	for (i = 0; i < count; i++) {
		/* There are far more words of the FPU than other registers. */
		dice = registers[i].number >= TEAVMX_REG_FPU ? 32 * often : often;
		if (next_random(&self->random) >> 7 & (dice - 1))
			continue;
		reg.number = registers[i].number;
		reg.value = random_value(&self->random);
		teavmx_regs_set(guest->teavmx, guest->vm.id, guest->vcpu[0].id,
				&reg, 1);
	}
}

/* In single steps or not: other code reads the state before the entry then. */
static int run_registers(struct guest *guest, int round)
{
	const struct teavmx_run steps = { .steps = 3 };

	if (round & 1 && !teavmx_vcpu_run_with(guest->teavmx, guest->vm.id,
					       guest->vcpu[0].id, &steps))
		guest_wait(guest, 0);
	return run_program(guest);
}

TEST_F_TIMEOUT(hostile, random_registers, 600)
{
	static const enum teavmx_mode modes[] = {
		TEAVMX_MODE_REAL, TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
	};
	static const uint32_t often[] = { 64, 16, 4, 1 };
	int stops[TEAVMX_STOP_PROGRAM + 1] = { };
	struct guest *guest = &self->guest;
	struct teavmx_register *fresh;
	int round, stop, count;

	ASSERT_EQ(0, guest_load(guest, code_hello, code_hello_end));
	ASSERT_EQ(0, guest_add(guest, TEAVMX_MODE_REAL));
	count = teavmx_regs_get(self->teavmx, guest->vm.id, guest->vcpu[0].id,
				&fresh);
	ASSERT_LT(0, count);
	for (round = 0; round < REGISTER_ROUNDS; round++) {
		/* Whatever the state is, all registers can be put right. */
		ASSERT_EQ(0, teavmx_regs_set(self->teavmx, guest->vm.id,
					     guest->vcpu[0].id, fresh, count)) {
			TH_LOG("round %d: %s", round,
			       teavmx_error(self->teavmx)->message);
		}
		ASSERT_EQ(0, guest_enter(guest, 0, modes[round % 3]));
		set_at_random(self, fresh, count, often[round / 3 % 4]);
		stop = run_registers(guest, round);
		ASSERT_LE(0, stop);
		stops[stop]++;
	}
	free(fresh);
	printf("# %d rounds: %d entries failed, %d exits\n", round,
	       stops[TEAVMX_STOP_FAIL], stops[TEAVMX_STOP_EXIT]);
	EXPECT_LT(0, stops[TEAVMX_STOP_FAIL]);
	EXPECT_LT(0, stops[TEAVMX_STOP_EXIT]);
	EXPECT_TRUE(raw_works(self->teavmx));
}

TEST_HARNESS_MAIN
