// SPDX-License-Identifier: GPL-2.0-only
/*
 * How libteavmx answers exits of raw guests: accesses to memory without RAM,
 * INS and OUTS, in one piece and in two halves, and exceptions for the guest.
 * The test takes the kernel's place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>

#include <userspace/lib/internal.h>
#include <userspace/lib/guest.h>

#include "kselftest_harness.h"

#define RAM_SIZE	0x40000
#define OUTSIDE		0xfee00000
#define CODE		0x1000
#define VM_ID		7
#define VCPU		3

#define RIGHTS_16	0x9b
#define RIGHTS_32	0xc09b
#define DATA_16		0x93
#define DATA_32		0xc093
#define PE		0x1
#define DE		0x8

static uint8_t ram[RAM_SIZE];
static struct emulator_registers cpu;
static struct teavmx *handle;
/* errno that every access to RAM fails with */
static int unread;
/* Another vCPU changes a byte of the instruction after so many fetches. */
static unsigned int fetches_left;
static uint64_t changed_at;
static uint8_t changed_to;
/* What the library requested from the kernel */
static struct teavmx_inject injected;
static unsigned int inject_count;
static struct teavmx_run ran;
static unsigned int run_count;
static unsigned int write_count;
static unsigned int registers_count;
/* What the devices were given */
static struct teavmx_mmio accesses[8];
static unsigned int access_count;
static char sent[32];
static unsigned int sent_count;
static unsigned int sent_until;
static unsigned int sent_readable;
static uint32_t received;

static int fake_regs_get(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			 struct teavmx_register **registers)
{
	struct teavmx_register *to;
	uint32_t i;

	(void)teavmx;
	(void)vm;
	(void)vcpu;
	registers_count++;
	to = calloc(EMULATOR_REGS + TEAVMX_REG_FPU_WORDS, sizeof(*to));
	*registers = to;
	for (i = 0; i < EMULATOR_REGS; i++)
		to[i] = (struct teavmx_register){ i, cpu.reg[i] };
	for (i = 0; i < TEAVMX_REG_FPU_WORDS; i++)
		to[EMULATOR_REGS + i] =
			(struct teavmx_register){ TEAVMX_REG_FPU + i,
						  cpu.fpu[i] };
	return EMULATOR_REGS + TEAVMX_REG_FPU_WORDS;
}

static int fake_regs_set(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			 const struct teavmx_register *registers, size_t count)
{
	size_t i;

	(void)teavmx;
	if (vm != VM_ID || vcpu != VCPU)
		return -1;
	for (i = 0; i < count; i++)
		if (registers[i].number < EMULATOR_REGS)
			cpu.reg[registers[i].number] = registers[i].value;
	return 0;
}

static int ram_access(struct teavmx *teavmx, uint64_t address, size_t size)
{
	if (unread)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, unread,
				   NULL, "cannot be read");
	if (address <= RAM_SIZE && size <= RAM_SIZE - address)
		return 0;
	return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ERANGE, NULL,
			   "not in RAM");
}

static int fake_mem_read(struct teavmx *teavmx, uint32_t vm, uint64_t address,
			 void *data, size_t size)
{
	(void)vm;
	if (ram_access(teavmx, address, size))
		return -1;
	memcpy(data, ram + address, size);
	if (address == CODE && fetches_left && !--fetches_left)
		ram[changed_at] = changed_to;
	return 0;
}

static int fake_mem_write(struct teavmx *teavmx, uint32_t vm, uint64_t address,
			  const void *data, size_t size)
{
	(void)vm;
	if (ram_access(teavmx, address, size))
		return -1;
	memcpy(ram + address, data, size);
	write_count++;
	return 0;
}

static int fake_inject(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_inject *event)
{
	(void)teavmx;
	(void)vm;
	(void)vcpu;
	injected = *event;
	inject_count++;
	return 1;
}

static int fake_run(struct teavmx *teavmx, uint32_t vm, uint32_t id,
		    const struct teavmx_run *run)
{
	(void)teavmx;
	(void)vm;
	(void)id;
	ran = *run;
	run_count++;
	return 0;
}

#define teavmx_inject(...)		fake_inject(__VA_ARGS__)
#define teavmx_mem_read(...)		fake_mem_read(__VA_ARGS__)
#define teavmx_mem_write(...)		fake_mem_write(__VA_ARGS__)
#define teavmx_regs_get(...)		fake_regs_get(__VA_ARGS__)
#define teavmx_regs_set(...)		fake_regs_set(__VA_ARGS__)
#define teavmx_vcpu_run_with(...)	fake_run(__VA_ARGS__)
#include <userspace/lib/guest.c>
#include <userspace/lib/answer.c>
#include <userspace/lib/mmio.c>
#include <userspace/lib/transfer.c>
#include <userspace/lib/translate.c>

static uint32_t on_in(void *data, uint32_t vcpu, uint16_t port,
		      unsigned int size)
{
	(void)data;
	(void)vcpu;
	(void)port;
	(void)size;
	return received;
}

static bool on_out(void *data, uint32_t vcpu, uint16_t port, unsigned int size,
		   uint32_t value)
{
	(void)data;
	(void)vcpu;
	(void)port;
	(void)size;
	sent[sent_count++] = (char)value;
	if (sent_count == sent_readable)
		unread = EIO;
	return sent_count != sent_until;
}

static void on_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio)
{
	(void)data;
	(void)vcpu;
	if (!mmio->write)
		mmio->value = 0x1122334455667788;
	accesses[access_count++] = *mmio;
}

static const struct teavmx_answers answers = {
	.in = on_in,
	.out = on_out,
	.memory = on_memory,
};

/* A guest without paging that executes code of this width */
static void start(unsigned int bits)
{
	uint32_t segment;

	memset(ram, 0, sizeof(ram));
	memset(&cpu, 0, sizeof(cpu));
	if (!handle)
		handle = calloc(1, sizeof(*handle));
	memset(&handle->error, 0, sizeof(handle->error));
	inject_count = 0;
	run_count = 0;
	write_count = 0;
	registers_count = 0;
	access_count = 0;
	sent_count = 0;
	sent_until = 0;
	sent_readable = 0;
	received = 0;
	for (segment = TEAVMX_REG_ES; segment <= TEAVMX_REG_GS; segment += 4) {
		cpu.reg[segment + 2] = bits == 16 ? 0xffff : 0xffffffff;
		cpu.reg[segment + 3] = bits == 16 ? DATA_16 : DATA_32;
	}
	cpu.reg[TEAVMX_REG_CS_RIGHTS] = bits == 16 ? RIGHTS_16 : RIGHTS_32;
	cpu.reg[TEAVMX_REG_CR0] = bits == 16 ? 0 : PE;
	cpu.reg[TEAVMX_REG_RIP] = CODE;
	cpu.reg[TEAVMX_REG_RFLAGS] = 0x202;
}

#define CODE_IS(bytes)	memcpy(ram + CODE, bytes, sizeof(bytes) - 1)

/* Exit qualifications of EPT violations */
#define EPT_READ	0x181
#define EPT_WRITE	0x182
#define EPT_FETCH	0x184
#define EPT_TABLES	0x081

static struct teavmx_record violation(uint64_t qualification)
{
	return (struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT,
		.vm = VM_ID,
		.vcpu = VCPU,
		.reason = VMX_EXIT_EPT_VIOLATION,
		.qualification = qualification,
		.guest_physical = OUTSIDE,
	};
}

/* Qualification: size - 1, IN, string, REP, port */
#define OUT(size)	(((size) - 1) | 0x3f80000ULL)
#define IN(size)	(((size) - 1) | 0x8 | 0x3f80000ULL)
#define OUTS(size)	(OUT(size) | 0x10)
#define INS(size)	(IN(size) | 0x10)

static struct teavmx_record port_exit(uint64_t qualification)
{
	return (struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT,
		.vm = VM_ID,
		.vcpu = VCPU,
		.reason = VMX_EXIT_IO_INSTRUCTION,
		.qualification = qualification,
	};
}

static int answer_violation(void)
{
	struct teavmx_record exit = violation(EPT_WRITE);

	return teavmx_answer(handle, &exit, &answers, NULL);
}

static int answer_io(uint64_t qualification)
{
	struct teavmx_record exit = port_exit(qualification);

	return teavmx_answer(handle, &exit, &answers, NULL);
}

TEST(answer_an_access)
{
	start(32);
	CODE_IS("\x09\x0b");
	cpu.reg[TEAVMX_REG_RBX] = OUTSIDE;
	cpu.reg[TEAVMX_REG_RCX] = 0x10000001;
	EXPECT_EQ(1, answer_violation());
	ASSERT_EQ(2, access_count);
	EXPECT_FALSE(accesses[0].write);
	EXPECT_TRUE(accesses[1].write);
	EXPECT_EQ(0x55667788 | 0x10000001, accesses[1].value);
	EXPECT_EQ(CODE + 2, cpu.reg[TEAVMX_REG_RIP]);
	EXPECT_EQ(1, run_count);
	/* The kernel must not go past an instruction a second time. */
	EXPECT_FALSE(ran.answered);
	EXPECT_EQ(0, inject_count);
}

/* The exception is injected, RIP stays where it was. */
TEST(answer_with_an_exception)
{
	start(32);
	CODE_IS("\xa5");
	cpu.reg[TEAVMX_REG_RSI] = OUTSIDE;
	cpu.reg[TEAVMX_REG_ES_LIMIT] = 0xfff;
	cpu.reg[TEAVMX_REG_RDI] = 0x2000;
	EXPECT_EQ(1, answer_violation());
	ASSERT_EQ(1, inject_count);
	EXPECT_EQ(13, injected.vector);
	EXPECT_EQ(VMX_INTR_TYPE_HARDWARE_EXCEPTION, injected.type);
	EXPECT_TRUE(injected.has_error);
	EXPECT_EQ(0, injected.error);
	EXPECT_EQ(0, injected.length);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);
	EXPECT_EQ(1, run_count);
	EXPECT_FALSE(ran.answered);

	/* In real mode no exception has an error code. */
	start(16);
	CODE_IS("\x6f");
	cpu.reg[TEAVMX_REG_RSI] = 0xffff;
	EXPECT_EQ(1, answer_io(OUTS(2)));
	EXPECT_EQ(2, inject_count + run_count);
	EXPECT_FALSE(injected.has_error);
	EXPECT_EQ(0, sent_count);
}

TEST(answer_with_a_page_fault)
{
	start(32);
	cpu.reg[TEAVMX_REG_CR0] = PE | 0x80000000;
	cpu.reg[TEAVMX_REG_CR3] = 0x2000;
	cpu.reg[TEAVMX_REG_CR4] = 0x10;
	ram[0x2000] = 0x83;
	CODE_IS("\x6c");
	cpu.reg[TEAVMX_REG_RDI] = 0x400010;
	EXPECT_EQ(1, answer_io(INS(1)));
	EXPECT_EQ(1, inject_count);
	EXPECT_EQ(14, injected.vector);
	EXPECT_EQ(2, injected.error);
	EXPECT_EQ(0x400010, cpu.reg[TEAVMX_REG_CR2]);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);
}

TEST(answer_strings)
{
	start(16);
	CODE_IS("\xf3\x6e");
	memcpy(ram + 0x2000, "hello", 5);
	cpu.reg[TEAVMX_REG_RSI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = 5;
	EXPECT_EQ(1, answer_io(OUTS(1)));
	EXPECT_EQ(0, memcmp(sent, "hello", 5));
	EXPECT_EQ(CODE + 2, cpu.reg[TEAVMX_REG_RIP]);

	/* An element that ends it all: the vCPU stays, behind that element. */
	start(16);
	CODE_IS("\xf3\x6e");
	cpu.reg[TEAVMX_REG_RSI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = 5;
	sent_until = 2;
	EXPECT_EQ(0, answer_io(OUTS(1)));
	EXPECT_EQ(0, run_count);
	EXPECT_EQ(3, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(0x2002, cpu.reg[TEAVMX_REG_RSI]);

	/* into memory without RAM */
	start(32);
	CODE_IS("\x6d");
	cpu.reg[TEAVMX_REG_RDI] = OUTSIDE;
	received = 0xabcdef01;
	EXPECT_EQ(1, answer_io(INS(4)));
	ASSERT_EQ(1, access_count);
	EXPECT_EQ(0xabcdef01, accesses[0].value);
}

/* What a device has is not sent again when the answer is tried again. */
TEST(answer_strings_again)
{
	start(16);
	CODE_IS("\xf3\x6e");
	memcpy(ram + 0x2000, "hello", 5);
	cpu.reg[TEAVMX_REG_RSI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = 5;
	cpu.reg[TEAVMX_REG_INTERRUPTIBILITY] = 1;
	sent_readable = 2;
	EXPECT_EQ(-1, answer_io(OUTS(1)));
	EXPECT_EQ(EIO, handle->error.error);
	EXPECT_STREQ("cannot be read", handle->error.message);
	EXPECT_EQ(0, run_count);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);
	EXPECT_EQ(3, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(0x2002, cpu.reg[TEAVMX_REG_RSI]);
	EXPECT_EQ(0x10202, cpu.reg[TEAVMX_REG_RFLAGS]);
	EXPECT_EQ(0, cpu.reg[TEAVMX_REG_INTERRUPTIBILITY]);

	/* Before the first element nothing has changed. */
	cpu.reg[TEAVMX_REG_RFLAGS] = 0x202;
	EXPECT_EQ(-1, answer_io(OUTS(1)));
	EXPECT_EQ(0x202, cpu.reg[TEAVMX_REG_RFLAGS]);
	EXPECT_EQ(3, cpu.reg[TEAVMX_REG_RCX]);

	unread = 0;
	EXPECT_EQ(1, answer_io(OUTS(1)));
	EXPECT_EQ(5, sent_count);
	EXPECT_EQ(0, memcmp(sent, "hello", 5));
	EXPECT_EQ(0, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(CODE + 2, cpu.reg[TEAVMX_REG_RIP]);
}

/* The exit has all that IN and OUT need. */
TEST(answer_ports)
{
	struct teavmx_record exit = port_exit(OUT(1));

	start(32);
	exit.value = 'x';
	EXPECT_EQ(1, teavmx_answer(handle, &exit, &answers, NULL));
	EXPECT_EQ('x', sent[0]);
	EXPECT_TRUE(ran.answered);
	received = 0x1234;
	EXPECT_EQ(1, answer_io(IN(2)));
	EXPECT_EQ(0x1234, ran.answer);
	EXPECT_EQ(2, run_count);
	EXPECT_EQ(0, registers_count);
}

static int check_exit(struct teavmx_record exit)
{
	memset(&handle->error, 0, sizeof(handle->error));
	CODE_IS("\x8a\x03");
	cpu.reg[TEAVMX_REG_RBX] = OUTSIDE;
	cpu.reg[TEAVMX_REG_RIP] = CODE;
	return teavmx_answer(handle, &exit, &answers, NULL);
}

TEST(exits)
{
	struct teavmx_record exit;

	start(32);
	EXPECT_EQ(1, check_exit(violation(EPT_READ)));
	EXPECT_EQ(1, check_exit(violation(EPT_WRITE)));
	/* the stack of a fault, not the access of the instruction */
	exit = violation(EPT_WRITE);
	exit.idt_vectoring = 0x80000306;
	EXPECT_EQ(-1, check_exit(exit));
	EXPECT_EQ(EOPNOTSUPP, handle->error.error);
	EXPECT_NE(NULL, strstr(handle->error.message, "event"));
	exit.idt_vectoring = 0x306;
	EXPECT_EQ(1, check_exit(exit));
	EXPECT_EQ(-1, check_exit(violation(EPT_FETCH)));
	EXPECT_EQ(EOPNOTSUPP, handle->error.error);
	EXPECT_EQ(-1, check_exit(violation(EPT_TABLES)));

	/* RAM that the host has no page for, up to its last byte */
	exit = violation(EPT_READ);
	exit.guest_physical = RAM_SIZE;
	EXPECT_EQ(1, check_exit(exit));
	exit.guest_physical = RAM_SIZE - 1;
	EXPECT_EQ(-1, check_exit(exit));
	EXPECT_EQ(ENOMEM, handle->error.error);
	EXPECT_NE(NULL, strstr(handle->error.message,
			       "no memory for the guest's RAM"));
	unread = EIO;
	exit.guest_physical = RAM_SIZE;
	EXPECT_EQ(-1, check_exit(exit));
	EXPECT_EQ(EIO, handle->error.error);
	unread = 0;
}

static int decode(struct teavmx_mmio *mmio)
{
	struct teavmx_record exit = violation(EPT_WRITE);

	return teavmx_mmio_decode(handle, VM_ID, VCPU, &exit, mmio);
}

static int finish_mmio(const struct teavmx_mmio *mmio)
{
	return teavmx_mmio_finish(handle, VM_ID, VCPU, mmio);
}

/* The two halves of one access */
TEST(mmio)
{
	struct teavmx_mmio mmio;

	start(32);
	CODE_IS("\x8a\x63\x04");
	cpu.reg[TEAVMX_REG_RBX] = OUTSIDE;
	ASSERT_EQ(0, decode(&mmio));
	EXPECT_EQ(OUTSIDE + 4, mmio.address);
	EXPECT_FALSE(mmio.write);
	EXPECT_EQ(1, mmio.size);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);
	mmio.value = 0x5a;
	ASSERT_EQ(0, finish_mmio(&mmio));
	EXPECT_EQ(0x5a00, cpu.reg[TEAVMX_REG_RAX]);
	EXPECT_EQ(CODE + 3, cpu.reg[TEAVMX_REG_RIP]);

	/* a store, and one that is another by then */
	cpu.reg[TEAVMX_REG_RIP] = CODE;
	CODE_IS("\x66\x89\x03");
	ASSERT_EQ(0, decode(&mmio));
	EXPECT_TRUE(mmio.write);
	EXPECT_EQ(2, mmio.size);
	EXPECT_EQ(0x5a00, mmio.value);
	mmio.size = 4;
	EXPECT_EQ(-1, finish_mmio(&mmio));
	EXPECT_EQ(EINVAL, handle->error.error);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);
	mmio.size = 2;
	EXPECT_EQ(0, finish_mmio(&mmio));

	/* from memory without RAM, downwards: RAM is written at the end only */
	start(32);
	CODE_IS("\xf3\xa5");
	cpu.reg[TEAVMX_REG_RFLAGS] = 0x602;
	cpu.reg[TEAVMX_REG_RSI] = OUTSIDE;
	cpu.reg[TEAVMX_REG_RDI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = 2;
	ASSERT_EQ(0, decode(&mmio));
	EXPECT_EQ(0, write_count);
	mmio.value = 0x11223344;
	ASSERT_EQ(0, finish_mmio(&mmio));
	EXPECT_EQ(0, memcmp(ram + 0x2000, "\x44\x33\x22\x11\0", 5));
	EXPECT_EQ(OUTSIDE - 4, cpu.reg[TEAVMX_REG_RSI]);
	EXPECT_EQ(0x1ffc, cpu.reg[TEAVMX_REG_RDI]);
	EXPECT_EQ(1, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);
}

TEST(mmio_refused)
{
	struct teavmx_mmio mmio;

	start(32);
	cpu.reg[TEAVMX_REG_RBX] = OUTSIDE;
	CODE_IS("\x09\x0b");
	EXPECT_EQ(-1, decode(&mmio));
	EXPECT_EQ(EOPNOTSUPP, handle->error.error);
	EXPECT_NE(NULL, strstr(handle->error.message, "more than one access"));
	CODE_IS("\x89\xc8");
	EXPECT_EQ(-1, decode(&mmio));
	EXPECT_NE(NULL, strstr(handle->error.message, "no access"));
	CODE_IS("\xdf\x28\x90");
	EXPECT_EQ(-1, decode(&mmio));
	EXPECT_NE(NULL, strstr(handle->error.message, "fild"));
	CODE_IS("\x6c");
	EXPECT_EQ(-1, decode(&mmio));
	EXPECT_NE(NULL, strstr(handle->error.message, "teavmx_answer()"));
	/* an exception is no access */
	CODE_IS("\x8a\x03");
	cpu.reg[TEAVMX_REG_DS_LIMIT] = 0xffff;
	EXPECT_EQ(-1, decode(&mmio));
	EXPECT_EQ(EFAULT, handle->error.error);
	EXPECT_NE(NULL, strstr(handle->error.message, "exception 13"));
}

static int begin(uint64_t qualification, struct teavmx_transfer *transfer)
{
	struct teavmx_record exit = port_exit(qualification);

	return teavmx_transfer_begin(handle, VM_ID, VCPU, &exit, transfer);
}

static int end_transfer(const struct teavmx_transfer *transfer)
{
	return teavmx_transfer_end(handle, VM_ID, VCPU, transfer);
}

TEST(rep_outs)
{
	struct teavmx_transfer transfer;

	start(16);
	CODE_IS("\xf3\x6e");
	memcpy(ram + 0x2000, "hello", 5);
	cpu.reg[TEAVMX_REG_DS_BASE] = 0x1f00;
	cpu.reg[TEAVMX_REG_RSI] = 0x70100;
	cpu.reg[TEAVMX_REG_RCX] = 0x30005;
	cpu.reg[TEAVMX_REG_RDX] = 0x3f8;
	ASSERT_EQ(0, begin(OUTS(1), &transfer));
	EXPECT_EQ(0x3f8, transfer.port);
	EXPECT_EQ(1, transfer.size);
	ASSERT_EQ(5, transfer.count);
	EXPECT_FALSE(transfer.in);
	EXPECT_EQ(0, memcmp(transfer.data, "hello", 5));
	EXPECT_EQ(0x70100, cpu.reg[TEAVMX_REG_RSI]);

	transfer.count = 6;
	EXPECT_EQ(-1, end_transfer(&transfer));
	EXPECT_EQ(EINVAL, handle->error.error);
	transfer.count = 0;
	EXPECT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(0x30005, cpu.reg[TEAVMX_REG_RCX]);
	/* Only a part was moved: the instruction is not done. */
	transfer.count = 2;
	ASSERT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(0x70102, cpu.reg[TEAVMX_REG_RSI]);
	EXPECT_EQ(0x30003, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);
	transfer.count = 3;
	ASSERT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(0x30000, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(CODE + 2, cpu.reg[TEAVMX_REG_RIP]);

	/* Nothing is left from the beginning. */
	cpu.reg[TEAVMX_REG_RIP] = CODE;
	ASSERT_EQ(0, begin(OUTS(1), &transfer));
	EXPECT_EQ(0, transfer.count);
	EXPECT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(CODE + 2, cpu.reg[TEAVMX_REG_RIP]);

	/* downwards */
	start(16);
	CODE_IS("\xf3\x6e");
	memcpy(ram + 0x2000, "hello", 5);
	cpu.reg[TEAVMX_REG_RFLAGS] = 0x602;
	cpu.reg[TEAVMX_REG_RSI] = 0x2004;
	cpu.reg[TEAVMX_REG_RCX] = 5;
	ASSERT_EQ(0, begin(OUTS(1), &transfer));
	EXPECT_EQ(0, memcmp(transfer.data, "olleh", 5));

	/* The offset wraps in its segment. */
	cpu.reg[TEAVMX_REG_RFLAGS] = 0x202;
	cpu.reg[TEAVMX_REG_RSI] = 0xffff;
	cpu.reg[TEAVMX_REG_RCX] = 2;
	ram[0xffff] = 'a';
	ram[0] = 'b';
	ASSERT_EQ(0, begin(OUTS(1), &transfer));
	EXPECT_EQ(0, memcmp(transfer.data, "ab", 2));
	ASSERT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(1, cpu.reg[TEAVMX_REG_RSI]);
}

TEST(ins)
{
	struct teavmx_transfer transfer;

	start(32);
	CODE_IS("\x6d");
	cpu.reg[TEAVMX_REG_RFLAGS] = 0x602;
	cpu.reg[TEAVMX_REG_RDI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = 7;
	cpu.reg[TEAVMX_REG_ES_BASE] = 0x10;
	ASSERT_EQ(0, begin(INS(4), &transfer));
	EXPECT_TRUE(transfer.in);
	EXPECT_EQ(4, transfer.size);
	ASSERT_EQ(1, transfer.count);
	EXPECT_EQ(0, write_count);
	memcpy(transfer.data, "abcd", 4);
	ASSERT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(0, memcmp(ram + 0x2010, "abcd\0", 5));
	EXPECT_EQ(0x1ffc, cpu.reg[TEAVMX_REG_RDI]);
	EXPECT_EQ(7, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(CODE + 1, cpu.reg[TEAVMX_REG_RIP]);

	/* into memory that is not RAM, and where a fault is */
	cpu.reg[TEAVMX_REG_RIP] = CODE;
	cpu.reg[TEAVMX_REG_RDI] = RAM_SIZE;
	EXPECT_EQ(-1, begin(INS(4), &transfer));
	EXPECT_EQ(EOPNOTSUPP, handle->error.error);
	cpu.reg[TEAVMX_REG_ES_LIMIT] = 0xfff;
	EXPECT_EQ(-1, begin(INS(4), &transfer));
	EXPECT_EQ(EFAULT, handle->error.error);

	/* more than fits, upwards */
	start(32);
	CODE_IS("\xf3\x6d");
	cpu.reg[TEAVMX_REG_RDI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = 5000;
	ASSERT_EQ(0, begin(INS(4), &transfer));
	EXPECT_EQ(TEAVMX_TRANSFER_MAX / 4, transfer.count);
	ASSERT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(0x2000 + TEAVMX_TRANSFER_MAX, cpu.reg[TEAVMX_REG_RDI]);
	EXPECT_EQ(5000 - TEAVMX_TRANSFER_MAX / 4, cpu.reg[TEAVMX_REG_RCX]);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);

	/* Elements before one that faults can be moved. */
	start(32);
	CODE_IS("\xf3\x6d");
	cpu.reg[TEAVMX_REG_RDI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = 10;
	cpu.reg[TEAVMX_REG_ES_LIMIT] = 0x200b;
	ASSERT_EQ(0, begin(INS(4), &transfer));
	EXPECT_EQ(3, transfer.count);
	ASSERT_EQ(0, end_transfer(&transfer));
	EXPECT_EQ(7, cpu.reg[TEAVMX_REG_RCX]);
}

/* REP INSB, of which a byte changes after the elements were checked */
static void change_before_use(uint64_t at, uint8_t to, uint64_t count,
			      struct teavmx_transfer *transfer)
{
	start(32);
	CODE_IS("\xf3\x6c");
	cpu.reg[TEAVMX_REG_RDI] = 0x2000;
	cpu.reg[TEAVMX_REG_RCX] = count;
	begin(INS(1), transfer);
	memset(ram + 0x2000, 0, 3 * TEAVMX_TRANSFER_MAX);
	changed_at = at;
	changed_to = to;
	fetches_left = 1;
}

/* A guest gets no byte of the host program that is not an element. */
TEST(ins_changed_meanwhile)
{
	static const uint8_t zeros[3 * TEAVMX_TRANSFER_MAX];
	struct teavmx_transfer transfer;

	/* into REP INSD */
	change_before_use(CODE + 1, 0x6d, TEAVMX_TRANSFER_MAX, &transfer);
	ASSERT_EQ(TEAVMX_TRANSFER_MAX, transfer.count);
	EXPECT_EQ(-1, end_transfer(&transfer));
	EXPECT_EQ(EINVAL, handle->error.error);
	EXPECT_EQ(0, memcmp(ram + 0x2000, zeros, sizeof(zeros)));
	EXPECT_EQ(0x2000, cpu.reg[TEAVMX_REG_RDI]);
	EXPECT_EQ(CODE, cpu.reg[TEAVMX_REG_RIP]);

	/* into REP OUTSB, and without REP into an element where none is left */
	change_before_use(CODE + 1, 0x6e, 1, &transfer);
	EXPECT_EQ(-1, end_transfer(&transfer));
	EXPECT_EQ(EINVAL, handle->error.error);
	change_before_use(CODE, 0x26, 0, &transfer);
	EXPECT_EQ(-1, end_transfer(&transfer));
	EXPECT_EQ(EINVAL, handle->error.error);
}

TEST(translation)
{
	struct teavmx_register *registers;
	uint64_t physical;
	int count;

	start(32);
	cpu.reg[TEAVMX_REG_CR0] = PE | 0x80000000;
	cpu.reg[TEAVMX_REG_CR3] = 0x2000;
	ram[0x2000] = 0x03;
	ram[0x2001] = 0x30;
	memcpy(ram + 0x3004, "\x03\x50\x34\x12", 4);
	count = fake_regs_get(handle, VM_ID, VCPU, &registers);
	EXPECT_EQ(0, teavmx_translate(handle, VM_ID, registers,
				      (size_t)count, 0x1678, &physical));
	EXPECT_EQ(0x12345678, physical);
	EXPECT_EQ(-1, teavmx_translate(handle, VM_ID, registers,
				       (size_t)count, 0x2000, &physical));
	EXPECT_EQ(EFAULT, handle->error.error);
	/* It leaves no trace. */
	EXPECT_EQ(0x03, ram[0x3004]);
	free(registers);
}

TEST_HARNESS_MAIN
