// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the emulator goes through instructions: addresses, accesses to memory
 * without RAM, iterations, vectors, segment registers, what is refused.
 * emulate_native_test.c has the results of arithmetic.
 */
#include <errno.h>
#include <stdlib.h>

#include "emulate_machine.h"
#include "kselftest_harness.h"

/* The code ends with the last canonical address: what is next is no matter. */
TEST(end_of_the_lower_half)
{
	start_paging(PAGING_LONG, 0);
	put(TOP + 8 * 255, TABLES | 7, 8);
	put(TABLES + 8 * 511, DIRECTORY | 7, 8);
	put(DIRECTORY + 8 * 511, TABLE | 7, 8);
	put(TABLE + 8 * 511, 0x6007, 8);
	put(0x6fff, 0x6e, 1);
	set(TEAVMX_REG_RSI, PAGE);
	set(TEAVMX_REG_RIP, 0x7fffffffffff);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0x800000000000, get(TEAVMX_REG_RIP));
	EXPECT_EQ(1, element_count);
}

/* What the processor does beside going on to the next instruction */
TEST(advance)
{
	start(16);
	set_segment(TEAVMX_REG_CS, 0, 0xffff, RIGHTS_16);
	set(TEAVMX_REG_RIP, 0xffff);
	put(0xffff, 0xa5f3, 2);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0x10001, get(TEAVMX_REG_RIP));

	start(32);
	set_segment(TEAVMX_REG_CS, 0x2000, 0xffffffff, RIGHTS_32);
	set(TEAVMX_REG_RIP, 0xffffffff);
	put(0x1fff, 0x6e, 1);
	set(TEAVMX_REG_RFLAGS, 0x10302);
	set(TEAVMX_REG_INTERRUPTIBILITY, 0x9);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0, get(TEAVMX_REG_RIP));
	EXPECT_EQ(0x302, get(TEAVMX_REG_RFLAGS));
	EXPECT_EQ(0x8, get(TEAVMX_REG_INTERRUPTIBILITY));
	EXPECT_EQ(PENDING_STEP, get(TEAVMX_REG_PENDING_DEBUG));
}

/* Iterations before a fault are done, and only those. */
TEST(repeat_until_a_fault)
{
	start_paging(PAGING_PAE, 0);
	map(PAGING_PAE, PAGE, PAGE, 0);
	set(TEAVMX_REG_RDI, PAGE - 3);
	set(TEAVMX_REG_RCX, 10);
	CODE_IS("\xf3\x6c");
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(PF, emulator.fault.vector);
	EXPECT_EQ(PAGE, get(TEAVMX_REG_CR2));
	EXPECT_EQ(7, get(TEAVMX_REG_RCX));
	EXPECT_EQ(PAGE, get(TEAVMX_REG_RDI));
	EXPECT_EQ(CODE, get(TEAVMX_REG_RIP));
	EXPECT_EQ(3, element_count);
	EXPECT_EQ(0x636261, at(PAGE - 3, 3));
	map(PAGING_PAE, PAGE, PAGE, 7);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0, get(TEAVMX_REG_RCX));
	EXPECT_EQ(10, element_count);
	EXPECT_EQ(CODE + 2, get(TEAVMX_REG_RIP));
}

TEST(repeat_in_parts)
{
	start(16);
	set(TEAVMX_REG_ES + 1, OUTSIDE);
	set(TEAVMX_REG_RDI, 0x7fffe);
	set(TEAVMX_REG_RCX, 0x30005);
	set(TEAVMX_REG_RAX, 'x');
	emulator.limit = 3;
	CODE_IS("\xf3\xaa");
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_TRUE(emulator.unfinished);
	/* The offset wraps in its segment, and the count has 16 bits. */
	EXPECT_EQ(0x30002, get(TEAVMX_REG_RCX));
	EXPECT_EQ(0x70001, get(TEAVMX_REG_RDI));
	EXPECT_EQ(OUTSIDE + 0xfffe, accesses[0].address);
	EXPECT_EQ(OUTSIDE, accesses[2].address);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_FALSE(emulator.unfinished);
	EXPECT_EQ(5, access_count);
	EXPECT_EQ(0x30000, get(TEAVMX_REG_RCX));
}

/* A port may end it all: no element after that one is moved. */
TEST(repeat_stopped_by_a_port)
{
	start(32);
	memcpy(ram + PAGE, "hello", 5);
	set(TEAVMX_REG_RSI, PAGE + 4);
	set(TEAVMX_REG_RCX, 5);
	set(TEAVMX_REG_RFLAGS, 0x202 | DF);
	elements_until = 2;
	CODE_IS("\xf3\x6e");
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_TRUE(emulator.stopped);
	EXPECT_EQ(3, get(TEAVMX_REG_RCX));
	EXPECT_EQ('o', elements[0]);
	EXPECT_EQ('l', elements[1]);
}

/* An access of 4 bytes, and its linear address with known registers */
struct address_row {
	const char *name;
	unsigned int bits;
	const char *code;
	unsigned int length;
	uint64_t linear;
};

#define ADDRESS(name, bits, code, linear) \
	{ name, bits, code, sizeof(code) - 1, linear }

static const struct address_row address_rows[] = {
	ADDRESS("ds:[bx+si+0xf9e]", 16, "\x66\x89\x80\x9e\x0f", 0x14ffe),
	ADDRESS("ss:[bp+di+0x8fe]", 16, "\x66\x89\x83\xfe\x08", 0x25ffe),
	ADDRESS("ds:[0x2ffe]", 16, "\x66\x89\x06\xfe\x2f", 0x12ffe),
	ADDRESS("ss:[bp-2]", 16, "\x66\x89\x46\xfe", 0x24ffe),
	ADDRESS("the offset wraps", 16, "\x66\x89\x87\xfe\xdf", 0x11ffe),
	ADDRESS("ds:[eax-2]", 32, "\x89\x40\xfe", 0x11ffe),
	ADDRESS("fs:[eax-2]", 32, "\x64\x89\x40\xfe", 0x31ffe),
	ADDRESS("ss:[ebp+0xffe]", 32, "\x89\x85\xfe\x0f\0\0", 0x25ffe),
	ADDRESS("ds:[0x12ffe]", 32, "\x89\x05\xfe\x2f\x01\0", 0x22ffe),
	ADDRESS("ds:[eax+ecx*4+0x3fe]", 32, "\x89\x84\x88\xfe\x03\0\0",
		0x12ffe),
	ADDRESS("ss:[esp-2]", 32, "\x89\x44\x24\xfe", 0x27ffe),
	ADDRESS("ds:[ecx*8+0x7fe]", 32, "\x89\x04\xcd\xfe\x07\0\0", 0x11ffe),
	ADDRESS("mov ds:[0x5ffe], eax", 32, "\xa3\xfe\x5f\0\0", 0x15ffe),
	ADDRESS("[rip+0xff8]", 64, "\x89\x05\xf8\x0f\0\0", 0x1ffe),
	ADDRESS("[r12+r13-2]", 64, "\x43\x89\x44\x2c\xfe", 0x12ffe),
	ADDRESS("fs:[r13-2]", 64, "\x64\x41\x89\x45\xfe", 0x39ffe),
	ADDRESS("mov [moffs64], eax", 64, "\xa3\xfe\x5f\x03\0\0\0\0\0",
		0x35ffe),
	ADDRESS("stosd", 32, "\xab", 0x30ffe),
	ADDRESS("movsd", 32, "\xa5", 0x30ffe),
};

TEST(addresses)
{
	size_t i;

	for (i = 0; i < ROWS(address_rows); i++) {
		const struct address_row *row = &address_rows[i];
		bool string = row->length == 1;

		start(row->bits);
		set(TEAVMX_REG_RAX, 0x2000);
		set(TEAVMX_REG_RCX, 0x300);
		set(TEAVMX_REG_RBX, 0x4000);
		set(TEAVMX_REG_RSP, 0x8000);
		set(TEAVMX_REG_RBP, 0x5000);
		set(TEAVMX_REG_RSI, 0x60);
		set(TEAVMX_REG_RDI, string ? 0x7fe : 0x700);
		set(TEAVMX_REG_R12, 0x9000);
		set(TEAVMX_REG_R13, 0xa000);
		set(TEAVMX_REG_DS_BASE, 0x10000);
		set(TEAVMX_REG_SS_BASE, 0x20000);
		set(TEAVMX_REG_FS_BASE, 0x30000);
		set(TEAVMX_REG_ES_BASE, 0x30800);
		memset(ram + row->linear, 0x5a, 4);
		put(0x10060, 0x12345678, 4);
		code(row->code, row->length);
		EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator))
			TH_LOG("%s: %s", row->name, failure.message);
		EXPECT_NE(0x5a5a5a5a, at(row->linear, 4))
			TH_LOG("%s", row->name);
		EXPECT_EQ(CODE + row->length, get(TEAVMX_REG_RIP));
	}
}

/* What reaches memory without RAM, in 16-bit and 32-bit code too */
struct outside_row {
	const char *name;
	unsigned int bits;
	const char *code;
	unsigned int length;
	/* what is read, all ones where the code writes only */
	uint64_t value;
	unsigned int count;
	unsigned int size;
	/* of the last access */
	bool write;
	uint64_t written;
	uint32_t number;
	uint64_t result;
};

#define OUTSIDE_ROW(name, bits, code, value, count, size, written, number, result) \
	{ name, bits, code, sizeof(code) - 1, value, count, size, \
	  (written) != NOT_WRITTEN, written, number, result }
#define NOT_WRITTEN 0xdeadULL
/* Byte n of register r is 0x10 * r + n */
#define BEFORE(r) (0x0706050403020100ULL + (r) * 0x1010101010101010ULL)

static const struct outside_row outside_rows[] = {
	OUTSIDE_ROW("mov [bx], ah", 16, "\x88\x27", 0, 1, 1, 0x01,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("mov [bx], cx", 16, "\x89\x0f", 0, 1, 2, 0x1110,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("mov ah, [bx]", 16, "\x8a\x27", 0xab, 1, 1, NOT_WRITTEN,
		    TEAVMX_REG_RAX, 0x070605040302ab00),
	OUTSIDE_ROW("mov cx, [bx]", 16, "\x8b\x0f", 0xabcd, 1, 2, NOT_WRITTEN,
		    TEAVMX_REG_RCX, 0x171615141312abcd),
	OUTSIDE_ROW("mov ecx, [bx]", 16, "\x66\x8b\x0f", 0x89abcdef, 1, 4,
		    NOT_WRITTEN, TEAVMX_REG_RCX, 0x89abcdef),
	OUTSIDE_ROW("or [bx], cx", 16, "\x09\x0f", 0x8000, 2, 2, 0x9110,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("movzx cx, byte [ebx]", 32, "\x66\x0f\xb6\x0b", 0x80, 1, 1,
		    NOT_WRITTEN, TEAVMX_REG_RCX, 0x1716151413120080),
	OUTSIDE_ROW("movsx ecx, word [ebx]", 32, "\x0f\xbf\x0b", 0x8000, 1, 2,
		    NOT_WRITTEN, TEAVMX_REG_RCX, 0xffff8000),
	OUTSIDE_ROW("lock or [ebx], ecx", 32, "\xf0\x09\x0b", 1, 2, 4,
		    0x13121111, TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("xchg [ebx], ecx", 32, "\x87\x0b", 0x77, 2, 4, 0x13121110,
		    TEAVMX_REG_RCX, 0x77),
	OUTSIDE_ROW("inc dword [ebx]", 32, "\xff\x03", 0xffffffff, 2, 4, 0,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("mov [ebx], ss", 32, "\x8c\x13", 0, 1, 2, 0x10,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("smsw [ebx]", 32, "\x0f\x01\x23", 0, 1, 2, 0x1,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("mov [rbx], r15", 64, "\x4c\x89\x3b", 0, 1, 8, BEFORE(15),
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("mov [rbx], dil", 64, "\x40\x88\x3b", 0, 1, 1, 0x70,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("movnti [rbx], ecx", 64, "\x0f\xc3\x0b", 0, 1, 4,
		    0x13121110, TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("movbe [rbx], ecx", 64, "\x0f\x38\xf1\x0b", 0, 1, 4,
		    0x10111213, TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("movsxd rcx, [rbx]", 64, "\x48\x63\x0b", 0x80000000, 1, 4,
		    NOT_WRITTEN, TEAVMX_REG_RCX, 0xffffffff80000000),
	OUTSIDE_ROW("cmp dword [rbx], 1", 64, "\x83\x3b\x01", 1, 1, 4,
		    NOT_WRITTEN, TEAVMX_REG_RFLAGS, 0x246),
	OUTSIDE_ROW("test [rbx], al", 64, "\x84\x03", 1, 1, 1, NOT_WRITTEN,
		    TEAVMX_REG_RFLAGS, 0x246),
	OUTSIDE_ROW("bt dword [rbx], 3", 64, "\x0f\xba\x23\x03", 8, 1, 4,
		    NOT_WRITTEN, TEAVMX_REG_RFLAGS, 0x203),
	OUTSIDE_ROW("setz [rbx]", 64, "\x0f\x94\x03", 0, 1, 1, 0,
		    TEAVMX_REG_RCX, BEFORE(1)),
	OUTSIDE_ROW("lodsd", 64, "\xad", 0x12345678, 1, 4, NOT_WRITTEN,
		    TEAVMX_REG_RAX, 0x12345678),
	OUTSIDE_ROW("jmp [rbx]", 64, "\xff\x23", 0x4321, 1, 8, NOT_WRITTEN,
		    TEAVMX_REG_RIP, 0x4321),
	OUTSIDE_ROW("jmp [ebx]", 32, "\xff\x23", 0x4321, 1, 4, NOT_WRITTEN,
		    TEAVMX_REG_RIP, 0x4321),
	OUTSIDE_ROW("call [ebx]", 32, "\xff\x13", 0x4321, 1, 4, NOT_WRITTEN,
		    TEAVMX_REG_RIP, 0x4321),
	OUTSIDE_ROW("push dword [ebx]", 32, "\xff\x33", 0x4321, 1, 4,
		    NOT_WRITTEN, TEAVMX_REG_RSP, 0x8ffc),
	OUTSIDE_ROW("push word [bx]", 16, "\xff\x37", 0x4321, 1, 2,
		    NOT_WRITTEN, TEAVMX_REG_RSP, 0x8ffe),
	OUTSIDE_ROW("pop dword [ebx]", 32, "\x8f\x03", 0, 1, 4, 0x600d,
		    TEAVMX_REG_RSP, 0x9004),
};

TEST(outside)
{
	size_t i;
	uint32_t number;

	for (i = 0; i < ROWS(outside_rows); i++) {
		const struct outside_row *row = &outside_rows[i];
		const struct teavmx_mmio *last;

		start(row->bits);
		for (number = 0; number < 16; number++)
			set(number, BEFORE(number));
		set(TEAVMX_REG_RBX, row->bits == 16 ? 0 : OUTSIDE);
		set(TEAVMX_REG_RSI, OUTSIDE);
		set(TEAVMX_REG_RSP, 0x9000);
		set(TEAVMX_REG_SS, 0x10);
		put(0x9000, 0x600d, 8);
		if (row->bits == 16)
			set(TEAVMX_REG_DS_BASE, OUTSIDE);
		outside_value = row->value;
		code(row->code, row->length);
		EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator))
			TH_LOG("%s: %s", row->name, failure.message);
		ASSERT_EQ(row->count, access_count)
			TH_LOG("%s", row->name);
		last = &accesses[access_count - 1];
		EXPECT_EQ(OUTSIDE, last->address)
			TH_LOG("%s", row->name);
		EXPECT_EQ(row->size, last->size)
			TH_LOG("%s", row->name);
		EXPECT_EQ(row->write, last->write)
			TH_LOG("%s", row->name);
		if (row->write)
			EXPECT_EQ(row->written, last->value)
				TH_LOG("%s", row->name);
		EXPECT_EQ(row->result, get(row->number))
			TH_LOG("%s", row->name);
	}
}

/* Of an access in two pages, each part goes where its page is. */
TEST(outside_and_ram)
{
	start_paging(PAGING_LONG, 0);
	map(PAGING_LONG, PAGE, PAGE, 7);
	map(PAGING_LONG, PAGE_OUTSIDE, OUTSIDE, 7);
	set(TEAVMX_REG_RBX, PAGE_OUTSIDE - 3);
	set(TEAVMX_REG_RAX, 0x1122334455667788);
	CODE_IS("\x48\x89\x03");
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0x667788, at(PAGE_OUTSIDE - 3, 3));
	/* Devices have no accesses of 5 bytes. */
	ASSERT_EQ(2, access_count);
	EXPECT_EQ(OUTSIDE, accesses[0].address);
	EXPECT_EQ(4, accesses[0].size);
	EXPECT_EQ(0x22334455, accesses[0].value);
	EXPECT_EQ(OUTSIDE + 4, accesses[1].address);
	EXPECT_EQ(1, accesses[1].size);
	EXPECT_EQ(0x11, accesses[1].value);
	/* the last four bytes of a page and the first of another elsewhere */
	start_paging(PAGING_LONG, 0);
	map(PAGING_LONG, PAGE, 0x30000, 7);
	map(PAGING_LONG, PAGE_OUTSIDE, 0x28000, 7);
	set(TEAVMX_REG_RBX, PAGE_OUTSIDE - 2);
	put(0x30ffe, 0x2211, 2);
	put(0x28000, 0x4433, 2);
	CODE_IS("\xf7\x13");
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ((uint16_t)~0x2211, at(0x30ffe, 2));
	EXPECT_EQ((uint16_t)~0x4433, at(0x28000, 2));
}

#define WORD_XMM	20
#define WORD_XSTATE_BV	64
#define WORD_YMM	72

TEST(vectors)
{
	start_paging(PAGING_LONG, 0);
	map(PAGING_LONG, PAGE_OUTSIDE, OUTSIDE, 7);
	set(TEAVMX_REG_RBX, PAGE_OUTSIDE + 1);
	outside_value = 0x1122334455667788;
	emulator.now.fpu[WORD_YMM] = 5;
	CODE_IS("\x0f\x10\x0b");
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(2, access_count);
	EXPECT_EQ(outside_value, emulator.now.fpu[WORD_XMM + 2]);
	EXPECT_EQ(outside_value, emulator.now.fpu[WORD_XMM + 3]);
	EXPECT_EQ(2, emulator.now.fpu[WORD_XSTATE_BV]);
	/* movaps wants alignment */
	CODE_IS("\x0f\x29\x0b");
	set(TEAVMX_REG_RIP, CODE);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(GP, emulator.fault.vector);
	set(TEAVMX_REG_RBX, PAGE_OUTSIDE + 16);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	ASSERT_EQ(4, access_count);
	EXPECT_EQ(OUTSIDE + 24, accesses[3].address);
	EXPECT_EQ(outside_value, accesses[3].value);
	/* movd clears the rest, movsd too */
	CODE_IS("\x66\x0f\x6e\x0b");
	set(TEAVMX_REG_RIP, CODE);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0x55667788, emulator.now.fpu[WORD_XMM + 2]);
	EXPECT_EQ(0, emulator.now.fpu[WORD_XMM + 3]);
	/* vmovups ymm0 */
	CODE_IS("\xc5\xfc\x10\x03");
	set(TEAVMX_REG_RIP, CODE);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(outside_value, emulator.now.fpu[WORD_YMM + 1]);
	EXPECT_EQ(6, emulator.now.fpu[WORD_XSTATE_BV]);
}

TEST(cmpxchg16b)
{
	start_paging(PAGING_LONG, 0);
	set(TEAVMX_REG_RSI, PAGE + 8);
	CODE_IS("\x48\x0f\xc7\x0e");
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(GP, emulator.fault.vector);
	set(TEAVMX_REG_RSI, PAGE);
	put(PAGE, 1, 8);
	put(PAGE + 8, 2, 8);
	set(TEAVMX_REG_RAX, 1);
	set(TEAVMX_REG_RDX, 2);
	set(TEAVMX_REG_RBX, 3);
	set(TEAVMX_REG_RCX, 4);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(3, at(PAGE, 8));
	EXPECT_EQ(4, at(PAGE + 8, 8));
	EXPECT_EQ(0x242, get(TEAVMX_REG_RFLAGS));
	set(TEAVMX_REG_RIP, CODE);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0x202, get(TEAVMX_REG_RFLAGS));
	EXPECT_EQ(3, get(TEAVMX_REG_RAX));
	EXPECT_EQ(4, get(TEAVMX_REG_RDX));
}

#define GDT		0x8000
#define DESCRIPTOR(rights) \
	(0x000f00000000ffffULL | (uint64_t)(rights) << 40)

static int load_segment(uint16_t selector, const char *bytes)
{
	set(TEAVMX_REG_RIP, CODE);
	code(bytes, 2);
	put(PAGE, selector, 2);
	return emulator_run(&emulator);
}

#define MOV_ES		"\x8e\x03"
#define MOV_FS		"\x8e\x23"
#define MOV_SS		"\x8e\x13"

TEST(segment_loads)
{
	start(16);
	set(TEAVMX_REG_RBX, 0x4000);
	put(0x4000, 0x1234, 2);
	code(MOV_ES, 2);
	ram[CODE + 1] = 0x07;
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0x1234, get(TEAVMX_REG_ES));
	EXPECT_EQ(0x12340, get(TEAVMX_REG_ES_BASE));

	start(32);
	set(TEAVMX_REG_RBX, PAGE);
	set(TEAVMX_REG_GDTR_BASE, GDT);
	set(TEAVMX_REG_GDTR_LIMIT, 0x2f);
	set(TEAVMX_REG_LDTR_RIGHTS, UNUSABLE);
	put(GDT + 8, DESCRIPTOR(0xc092) | 0x4567ULL << 16, 8);
	put(GDT + 0x10, DESCRIPTOR(0xc012), 8);
	put(GDT + 0x18, DESCRIPTOR(0xc098), 8);
	put(GDT + 0x20, DESCRIPTOR(0xc0f2), 8);
	put(GDT + 0x28, DESCRIPTOR(0x0090), 8);
	EXPECT_EQ(EMULATOR_DONE, load_segment(8, MOV_ES));
	EXPECT_EQ(8, get(TEAVMX_REG_ES));
	EXPECT_EQ(0xc093, get(TEAVMX_REG_ES_RIGHTS));
	EXPECT_EQ(0xffffffff, get(TEAVMX_REG_ES_LIMIT));
	EXPECT_EQ(0x4567, get(TEAVMX_REG_ES_BASE));
	/* The descriptor was marked as accessed. */
	EXPECT_EQ(0x93, ram[GDT + 8 + 5]);
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0x10, MOV_ES));
	EXPECT_EQ(NP, emulator.fault.vector);
	EXPECT_EQ(0x10, emulator.fault.error);
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0x18, MOV_ES));
	EXPECT_EQ(GP, emulator.fault.vector);
	EXPECT_EQ(0x18, emulator.fault.error);
	EXPECT_EQ(EMULATOR_DONE, load_segment(0x23, MOV_ES));
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0x30, MOV_ES));
	EXPECT_EQ(0x30, emulator.fault.error);
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0xc, MOV_ES));
	EXPECT_EQ(0xc, emulator.fault.error);
	EXPECT_EQ(EMULATOR_DONE, load_segment(2, MOV_ES));
	EXPECT_EQ(UNUSABLE, get(TEAVMX_REG_ES_RIGHTS));
	EXPECT_EQ(0, get(TEAVMX_REG_ES_BASE));
	set(TEAVMX_REG_FS_BASE, 5);
	EXPECT_EQ(EMULATOR_DONE, load_segment(0, MOV_FS));
	EXPECT_EQ(0, get(TEAVMX_REG_FS_BASE));
	EXPECT_EQ(EMULATOR_DONE, load_segment(0x28, MOV_ES));
	EXPECT_EQ(0xfffff, get(TEAVMX_REG_ES_LIMIT));
	/* The stack's segment must be writable and of this level. */
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0, MOV_SS));
	EXPECT_EQ(0, emulator.fault.error);
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0x28, MOV_SS));
	EXPECT_EQ(GP, emulator.fault.vector);
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0x10, MOV_SS));
	EXPECT_EQ(SS, emulator.fault.vector);
	EXPECT_EQ(EMULATOR_FAULT, load_segment(0x23, MOV_SS));
	EXPECT_EQ(0, get(TEAVMX_REG_INTERRUPTIBILITY));
	EXPECT_EQ(EMULATOR_DONE, load_segment(8, MOV_SS));
	EXPECT_EQ(2, get(TEAVMX_REG_INTERRUPTIBILITY));
}

TEST(jumps_beyond_the_limit)
{
	start(32);
	set(TEAVMX_REG_CS_LIMIT, 0x1fff);
	set(TEAVMX_REG_RBX, OUTSIDE);
	outside_value = 0x2000;
	set(TEAVMX_REG_RSP, 0x9000);
	CODE_IS("\xff\x13");
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(GP, emulator.fault.vector);
	EXPECT_EQ(0x9000, get(TEAVMX_REG_RSP));
	outside_value = 0x1fff;
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(CODE + 2, at(0x8ffc, 4));
}

TEST(divide_errors)
{
	start(32);
	set(TEAVMX_REG_RBX, OUTSIDE);
	outside_value = 0;
	CODE_IS("\xf7\x33");
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(DE_VECTOR, emulator.fault.vector);
}

TEST(refused_by_name)
{
	static const struct {
		const char *code;
		unsigned int length;
		const char *text;
	} rows[] = {
		{ "\xdf\x28", 2, "'fild " },
		{ "\x0f\x01\x10", 3, "'lgdt" },
		{ "\xff\x28", 2, "'jmp far" },
		{ "\x0f\x58\x00", 3, "'addps xmm0" },
		{ "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66",
		  15, " 66 66 66" },
		{ "\xf0\x89\x08", 3, "no instruction" },
	};
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		start(32);
		code(rows[i].code, rows[i].length);
		EXPECT_EQ(EMULATOR_FAILED, emulator_run(&emulator));
		EXPECT_EQ(EOPNOTSUPP, failure.error);
		EXPECT_NE(NULL, strstr(failure.message, rows[i].text))
			TH_LOG("%s", failure.message);
		EXPECT_NE(NULL, strstr(failure.message, "rip 0x1000"))
			TH_LOG("%s", failure.message);
	}
}

/* No bytes and no registers lead it astray; the sanitizer watches. */
TEST(random_code)
{
	static const unsigned int widths[] = { 16, 32, 64 };
	unsigned int i, j, done = 0;

	srandom(1);
	for (i = 0; i < 200000; i++) {
		start(widths[i % 3]);
		for (j = 0; j < 18; j++)
			set(j, (uint64_t)random() << (random() % 33));
		set(TEAVMX_REG_RIP, random() % 64 ? CODE : RAM_SIZE - 8);
		set(TEAVMX_REG_DR7, (uint32_t)random());
		set(TEAVMX_REG_CR0,
		    get(TEAVMX_REG_CR0) | (random() % 8 ? 0 : PG));
		for (j = 0; j < 16; j++)
			ram[CODE + j] = (uint8_t)random();
		emulator.limit = 64;
		if (emulator_run(&emulator) == EMULATOR_DONE)
			done++;
	}
	EXPECT_LT(1000, done);
}

TEST_HARNESS_MAIN
