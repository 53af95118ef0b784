// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libteavmx does for raw VMs without asking the kernel: the walk through
 * page tables, and the instructions it does for a guest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>

#include <userspace/lib/access.h>
#include <userspace/lib/transfer.h>

#include "kselftest_harness.h"

#define RAM_SIZE	0x40000
#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

#define RIGHTS_16	0x9b
#define RIGHTS_32	0xc09b
#define RIGHTS_64	0xa09b
#define PE		0x1
#define PG		0x80000000
#define PSE		0x10
#define PAE		0x20
#define LA57		0x1000
#define LMA		0x500

static uint8_t ram[RAM_SIZE];
static struct teavmx_register registers[256];
static struct teavmx_error failure;

/* errno that every access to RAM fails with */
static int unread;

static int ram_access(uint64_t address, size_t size)
{
	if (unread)
		return teavmx_fail(&failure, TEAVMX_REQUEST, unread, NULL,
				   "cannot be read");
	if (address <= RAM_SIZE && size <= RAM_SIZE - address)
		return 0;
	return teavmx_fail(&failure, TEAVMX_REQUEST, ERANGE, NULL,
			   "not in RAM");
}

static int ram_read(void *data, uint64_t address, void *bytes, size_t size)
{
	(void)data;
	if (ram_access(address, size))
		return -1;
	memcpy(bytes, ram + address, size);
	return 0;
}

static int ram_write(void *data, uint64_t address, const void *bytes,
		     size_t size)
{
	(void)data;
	if (ram_access(address, size))
		return -1;
	memcpy(ram + address, bytes, size);
	return 0;
}

static struct teavmx_guest guest = {
	.read = ram_read,
	.write = ram_write,
	.error = &failure,
	.registers = registers,
};

static void set(uint32_t number, uint64_t value)
{
	size_t i;

	for (i = 0; i < guest.count; i++)
		if (registers[i].number == number)
			break;
	if (i == guest.count)
		guest.count++;
	registers[i] = (struct teavmx_register){ number, value };
}

/* A guest without paging that executes code of this width */
static void start(unsigned int bits)
{
	memset(ram, 0, sizeof(ram));
	memset(&failure, 0, sizeof(failure));
	guest.count = 0;
	set(REGS_CS_RIGHTS, bits == 64 ? RIGHTS_64 :
			    bits == 32 ? RIGHTS_32 : RIGHTS_16);
	set(REGS_CR0, bits == 16 ? 0 : PE);
	set(REGS_EFER, bits == 64 ? LMA : 0);
	set(REGS_RIP, 0x1000);
	set(REGS_RFLAGS, 0x202);
}

static void put(uint64_t address, uint64_t value, size_t size)
{
	memcpy(ram + address, &value, size);
}

static uint64_t changed(const struct teavmx_changes *changes, uint32_t number)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		if (changes->registers[i].number == number)
			return changes->registers[i].value;
	return teavmx_guest_reg(&guest, number);
}

/* Where it leads, or all ones with the failure noted */
static uint64_t translate(uint64_t linear)
{
	uint64_t physical;

	return teavmx_guest_translate(&guest, linear, &physical) ? UINT64_MAX :
								   physical;
}

TEST(no_paging)
{
	start(16);
	EXPECT_EQ(0x12345, translate(0x12345));
	EXPECT_EQ(0x5, translate(0x100000005));
}

TEST(paging_32)
{
	start(32);
	set(REGS_CR0, PE | PG);
	set(REGS_CR3, 0x2018);
	put(0x2000 + 4 * 1, 0x3003, 4);
	put(0x3000 + 4 * 2, 0xabcde003, 4);
	put(0x2000 + 4 * 3, 0x12c56083, 4);
	EXPECT_EQ(0xabcde123, translate(0x402123));
	EXPECT_EQ(UINT64_MAX, translate(0x403123));
	EXPECT_EQ(EFAULT, failure.error);
	EXPECT_EQ(EFAULT, errno);
	/* Without PSE the bit for a large page is nothing. */
	EXPECT_EQ(UINT64_MAX, translate(0xc12345));
	set(REGS_CR4, PSE);
	EXPECT_EQ(0x2b12c12345 & ~0x3fffffULL, translate(0xc12345) & ~0x3fffffULL);
	EXPECT_EQ(0x12345, translate(0xc12345) & 0x3fffff);
}

TEST(paging_pae)
{
	start(32);
	set(REGS_CR0, PE | PG);
	set(REGS_CR4, PAE);
	set(REGS_CR3, 0x2020);
	/* The entry on top has reserved bits where others have PS. */
	put(0x2020 + 8 * 3, 0x3081, 8);
	put(0x3000 + 8 * 511, 0x4003, 8);
	put(0x4000 + 8 * 1, 0x8000000765432003, 8);
	put(0x3000 + 8 * 2, 0x80000009a0000083, 8);
	EXPECT_EQ(0x765432abc, translate(0xffe01abc));
	EXPECT_EQ(0x9a0012345, translate(0xc0412345));
	EXPECT_EQ(UINT64_MAX, translate(0x1000));
}

static void long_paging(void)
{
	start(64);
	set(REGS_CR0, PE | PG);
	set(REGS_CR4, PAE);
	set(REGS_CR3, 0x2fff & ~0xfffULL);
	put(0x2000 + 8 * 511, 0x3003, 8);
	put(0x3000 + 8 * 510, 0x4003, 8);
	put(0x4000 + 8 * 1, 0x5003, 8);
	put(0x5000 + 8 * 2, 0x123456003, 8);
	put(0x4000 + 8 * 2, 0x40000083, 8);
	put(0x3000 + 8 * 1, 0x1c0000083, 8);
}

TEST(paging_long)
{
	long_paging();
	EXPECT_EQ(0x123456789, translate(0xffffffff80202789));
	EXPECT_EQ(0x40012345, translate(0xffffffff80412345));
	EXPECT_EQ(0x1c1234567, translate(0xffffff8041234567));
	EXPECT_EQ(UINT64_MAX, translate(0xffffffff80203000));
	EXPECT_EQ(UINT64_MAX, translate(0x0000ffff80202789));
	EXPECT_NE(NULL, strstr(failure.message, "not canonical"));
	put(0x5000 + 8 * 2, 0xfffffffff003, 8);
	put(0x4000 + 8 * 1, 0xfffffffff003, 8);
	EXPECT_EQ(UINT64_MAX, translate(0xffffffff80202789));
	EXPECT_NE(NULL, strstr(failure.message, "not in RAM"));
}

TEST(paging_five_levels)
{
	long_paging();
	set(REGS_CR4, PAE | LA57);
	set(REGS_CR3, 0x6000);
	put(0x6000 + 8 * 255, 0x2003, 8);
	EXPECT_EQ(0x123456789, translate(0x00ffffff80202789));
	EXPECT_EQ(UINT64_MAX, translate(0x01ffffff80202789));
}

/* Code that crosses into a page that lies elsewhere */
TEST(read_across_pages)
{
	uint8_t bytes[4];

	long_paging();
	put(0x5000 + 8 * 2, 0x10003, 8);
	put(0x5000 + 8 * 3, 0x8003, 8);
	put(0x10ffe, 0x2211, 2);
	put(0x8000, 0x4433, 2);
	ASSERT_EQ(0, teavmx_guest_read(&guest, 0xffffffff80202ffe, bytes, 4));
	EXPECT_EQ(0, memcmp(bytes, "\x11\x22\x33\x44", 4));
	EXPECT_EQ(-1, teavmx_guest_read(&guest, 0xffffffff80203ffe, bytes, 4));
}

/* What an instruction makes of registers with known values */
struct mmio_row {
	const char *name;
	unsigned int bits;
	const char *code;
	unsigned int length;
	bool write;
	unsigned int size;
	/* written, or the answer to the read */
	uint64_t value;
	/* register that changes, and its value */
	uint32_t number;
	uint64_t result;
};

#define WRITE(name, bits, code, size, value) \
	{ name, bits, code, sizeof(code) - 1, true, size, value, \
	  REGS_RBX, BEFORE(3) }
#define READ(name, bits, code, size, value, number, result) \
	{ name, bits, code, sizeof(code) - 1, false, size, value, number, \
	  result }
/* Byte n of register r is 0x10 * r + n */
#define BEFORE(r) (0x0706050403020100ULL + (r) * 0x1010101010101010ULL)

static const struct mmio_row mmio_rows[] = {
	WRITE("mov [bx], al", 16, "\x88\x07", 1, 0x00),
	WRITE("mov [bx+si], ah", 16, "\x88\x20", 1, 0x01),
	WRITE("mov [bx+0x12], dh", 16, "\x88\x77\x12", 1, 0x21),
	WRITE("mov [0x1234], cx", 16, "\x89\x0e\x34\x12", 2, 0x1110),
	WRITE("mov [bp+0x1234], ecx", 16, "\x66\x89\x8e\x34\x12", 4,
	      0x13121110),
	WRITE("mov [eax*2+1], cx", 16, "\x67\x89\x0c\x45\x01\0\0\0", 2, 0x1110),
	WRITE("mov [0x1234], ax", 16, "\xa3\x34\x12", 2, 0x0100),
	WRITE("mov byte es:[di], 0x7f", 16, "\x26\xc6\x05\x7f", 1, 0x7f),
	WRITE("mov word [di], 0x1234", 16, "\xc7\x05\x34\x12", 2, 0x1234),
	WRITE("mov [eax], ecx", 32, "\x89\x08", 4, 0x13121110),
	WRITE("mov [0x12345678], ecx", 32, "\x89\x0d\x78\x56\x34\x12", 4,
	      0x13121110),
	WRITE("mov [bx+di], cl", 32, "\x67\x88\x09", 1, 0x10),
	WRITE("mov [0x1234], cl", 32, "\x67\x88\x0e\x34\x12", 1, 0x10),
	WRITE("mov [ebp+8], cx", 32, "\x66\x89\x4d\x08", 2, 0x1110),
	WRITE("mov dword [esp+4], -1", 32, "\xc7\x44\x24\x04\xff\xff\xff\xff",
	      4, 0xffffffff),
	WRITE("mov [moffs], eax", 32, "\xa3\x78\x56\x34\x12", 4, 0x03020100),
	WRITE("mov [rax], rcx", 64, "\x48\x89\x08", 8, BEFORE(1)),
	WRITE("mov [r8], r15", 64, "\x4d\x89\x38", 8, BEFORE(15)),
	WRITE("mov [rip+1], ecx", 64, "\x89\x0d\x01\0\0\0", 4, 0x13121110),
	WRITE("mov [rax], sil", 64, "\x40\x88\x30", 1, 0x60),
	WRITE("mov [rax], dh", 64, "\x88\x30", 1, 0x21),
	WRITE("mov qword [rax], -2", 64, "\x48\xc7\x00\xfe\xff\xff\xff", 8,
	      0xfffffffffffffffe),
	WRITE("mov [moffs64], al", 64, "\xa2\1\2\3\4\5\6\7\x08", 1, 0x00),
	WRITE("mov [r12+r13*4+0x1000], r9w", 64,
	      "\x66\x47\x89\x8c\xac\0\x10\0\0", 2, 0x9190),
	READ("mov al, [bx]", 16, "\x8a\x07", 1, 0xab, REGS_RAX,
	     0x07060504030201ab),
	READ("mov ah, [bx]", 16, "\x8a\x27", 1, 0xab, REGS_RAX,
	     0x070605040302ab00),
	READ("mov bh, [bx]", 16, "\x8a\x3f", 1, 0xcd, REGS_RBX,
	     0x373635343332cd30),
	READ("mov cx, [bx]", 16, "\x8b\x0f", 2, 0xabcd, REGS_RCX,
	     0x171615141312abcd),
	READ("mov ax, [0x1234]", 16, "\xa1\x34\x12", 2, 0xabcd, REGS_RAX,
	     0x070605040302abcd),
	READ("mov ecx, [eax]", 32, "\x8b\x08", 4, 0xabcdef01, REGS_RCX,
	     0xabcdef01),
	READ("mov al, [moffs]", 32, "\xa0\x78\x56\x34\x12", 1, 0xff, REGS_RAX,
	     0x07060504030201ff),
	READ("movzx ecx, byte [eax]", 32, "\x0f\xb6\x08", 1, 0x80, REGS_RCX,
	     0x80),
	READ("movzx cx, byte [eax]", 32, "\x66\x0f\xb6\x08", 1, 0x80, REGS_RCX,
	     0x1716151413120080),
	READ("movsx ecx, byte [eax]", 32, "\x0f\xbe\x08", 1, 0x80, REGS_RCX,
	     0xffffff80),
	READ("movzx ecx, word [eax]", 32, "\x0f\xb7\x08", 2, 0x8000, REGS_RCX,
	     0x8000),
	READ("movsx rcx, word [rax]", 64, "\x48\x0f\xbf\x08", 2, 0x8000,
	     REGS_RCX, 0xffffffffffff8000),
	READ("movsxd rcx, [rax]", 64, "\x48\x63\x08", 4, 0x80000000, REGS_RCX,
	     0xffffffff80000000),
	READ("mov r10, [rax]", 64, "\x4c\x8b\x10", 8, 0x1122334455667788,
	     REGS_R10, 0x1122334455667788),
	READ("mov ecx, [rax]", 64, "\x8b\x08", 4, 0xffffffff, REGS_RCX,
	     0xffffffff),
	READ("mov dil, [rax]", 64, "\x40\x8a\x38", 1, 0xee, REGS_RDI,
	     0x77767574737271ee),
};

static void start_mmio(const struct mmio_row *row)
{
	unsigned int i;

	start(row->bits);
	for (i = 0; i < 16; i++)
		set(i, BEFORE(i));
	memset(ram + 0x1000, 0xcc, 32);
	memcpy(ram + 0x1000, row->code, row->length);
}

TEST(mmio)
{
	struct teavmx_changes changes;
	struct teavmx_insn insn;
	struct teavmx_mmio mmio;
	size_t i;

	for (i = 0; i < ROWS(mmio_rows); i++) {
		const struct mmio_row *row = &mmio_rows[i];

		start_mmio(row);
		EXPECT_EQ(0, teavmx_access_decode(&guest, row->write,
						  0xfee00000, &insn, &mmio))
			TH_LOG("%s: %s", row->name, failure.message);
		EXPECT_EQ(row->size, mmio.size)
			TH_LOG("%s", row->name);
		EXPECT_EQ(0xfee00000, mmio.address);
		EXPECT_EQ(row->write, mmio.write);
		if (row->write)
			EXPECT_EQ(row->value, mmio.value)
				TH_LOG("%s", row->name);
		mmio.value = row->value;
		EXPECT_EQ(0, teavmx_access_finish(&guest, &mmio, &changes));
		EXPECT_EQ(row->result, changed(&changes, row->number))
			TH_LOG("%s", row->name);
		EXPECT_EQ(0x1000 + row->length, changed(&changes, REGS_RIP))
			TH_LOG("%s", row->name);
		EXPECT_EQ(row->write ? 1 : 2, changes.count)
			TH_LOG("%s", row->name);
	}
}

/* Exit qualifications of EPT violations */
#define EPT_READ	0x181
#define EPT_WRITE	0x182
#define EPT_FETCH	0x184
#define EPT_TABLES	0x081

static int check_exit(struct teavmx_record exit)
{
	memset(&failure, 0, sizeof(failure));
	exit.type = TEAVMX_EVENT_TYPE_VMX_EXIT;
	return teavmx_access_check(&guest, &exit);
}

TEST(mmio_exits)
{
	struct teavmx_record exit = {
		.reason = VMX_EXIT_EPT_VIOLATION,
		.qualification = EPT_READ,
		.guest_physical = 0xfee00000,
	};

	start(32);
	EXPECT_EQ(0, check_exit(exit));
	exit.qualification = EPT_WRITE;
	EXPECT_EQ(0, check_exit(exit));

	/* the stack of a fault, not what the instruction asked for */
	exit.idt_vectoring = 0x80000306;
	EXPECT_EQ(-1, check_exit(exit));
	EXPECT_EQ(EOPNOTSUPP, failure.error);
	EXPECT_NE(NULL, strstr(failure.message, "event"));
	exit.idt_vectoring = 0x306;
	EXPECT_EQ(0, check_exit(exit));

	exit.qualification = EPT_FETCH;
	EXPECT_EQ(-1, check_exit(exit));
	EXPECT_EQ(EOPNOTSUPP, failure.error);
	exit.qualification = EPT_TABLES;
	EXPECT_EQ(-1, check_exit(exit));
	exit.qualification = EPT_WRITE;
	exit.reason = VMX_EXIT_EPT_MISCONFIG;
	EXPECT_EQ(-1, check_exit(exit));

	/* RAM that the host has no page for, up to its last byte */
	exit.reason = VMX_EXIT_EPT_VIOLATION;
	exit.guest_physical = RAM_SIZE;
	EXPECT_EQ(0, check_exit(exit));
	exit.guest_physical = RAM_SIZE - 1;
	EXPECT_EQ(-1, check_exit(exit));
	EXPECT_EQ(ENOMEM, failure.error);
	EXPECT_NE(NULL, strstr(failure.message, "no memory for the guest's RAM"));
	unread = EIO;
	exit.guest_physical = RAM_SIZE;
	EXPECT_EQ(-1, check_exit(exit));
	EXPECT_EQ(EIO, failure.error);
	unread = 0;
}

TEST(mmio_refused)
{
	static const struct {
		const char *name;
		const char *code;
		unsigned int length;
		bool write;
	} rows[] = {
		{ "add [eax], ecx", "\x01\x08", 2, true },
		{ "mov eax, ecx", "\x89\xc8", 2, true },
		{ "rep stosb", "\xf3\xaa", 2, true },
		{ "rep movsd", "\xf3\xa5", 2, false },
		{ "a write by a read", "\x8b\x08", 2, true },
		{ "a read by a write", "\x89\x08", 2, false },
		{ "group 11 without MOV", "\xc7\x08\0\0\0\0", 6, true },
		{ "push [eax]", "\xff\x30", 2, false },
		{ "movaps xmm0, [eax]", "\x0f\x28\0", 3, false },
		{ "prefixes without end", "\x66\x66\x66\x66\x66\x66\x66\x66"
		  "\x66\x66\x66\x66\x66\x66\x66", 15, true },
	};
	struct teavmx_insn insn;
	struct teavmx_mmio mmio;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		start(32);
		memcpy(ram + 0x1000, rows[i].code, rows[i].length);
		EXPECT_EQ(-1, teavmx_access_decode(&guest, rows[i].write,
						   0xfee00000, &insn, &mmio))
			TH_LOG("%s", rows[i].name);
		EXPECT_EQ(EOPNOTSUPP, failure.error)
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_NE(NULL, strstr(failure.message, " 66 66 66"));
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
	ADDRESS("stosd", 32, "\xab", 0x40ffe),
	ADDRESS("movsd", 32, "\xa5", 0x40ffe),
};

static void start_address(const struct address_row *row)
{
	start(row->bits);
	set(REGS_RAX, 0x2000);
	set(REGS_RCX, 0x300);
	set(REGS_RBX, 0x4000);
	set(REGS_RSP, 0x8000);
	set(REGS_RBP, 0x5000);
	set(REGS_RSI, 0x60);
	set(REGS_RDI, *row->code == '\xab' || *row->code == '\xa5' ? 0x7fe :
									 0x700);
	set(REGS_R12, 0x9000);
	set(REGS_R13, 0xa000);
	set(REGS_DS_BASE, 0x10000);
	set(REGS_SS_BASE, 0x20000);
	set(REGS_FS_BASE, 0x30000);
	set(REGS_ES_BASE, 0x40800);
	memcpy(ram + 0x1000, row->code, row->length);
}

/* Of an access in two pages an exit tells of one: the other may be RAM. */
TEST(mmio_across_pages)
{
	struct teavmx_insn insn;
	struct teavmx_mmio mmio;
	char words[64];
	size_t i;

	for (i = 0; i < ROWS(address_rows); i++) {
		const struct address_row *row = &address_rows[i];

		start_address(row);
		EXPECT_EQ(-1, teavmx_access_decode(&guest, true, 0xfee00000,
						   &insn, &mmio))
			TH_LOG("%s", row->name);
		EXPECT_EQ(EOPNOTSUPP, failure.error);
		snprintf(words, sizeof(words), "4 bytes at linear address 0x%llx",
			 (unsigned long long)row->linear);
		EXPECT_NE(NULL, strstr(failure.message, words))
			TH_LOG("%s: %s", row->name, failure.message);
	}
	/* the last bytes that are in one page, and a read that is not */
	start_address(&address_rows[5]);
	ram[0x1002] = 0xfc;
	EXPECT_EQ(0, teavmx_access_decode(&guest, true, 0xfee00ffc, &insn,
					  &mmio));
	ram[0x1000] = 0x8b;
	EXPECT_EQ(0, teavmx_access_decode(&guest, false, 0xfee00ffc, &insn,
					  &mmio));
	ram[0x1002] = 0xfd;
	EXPECT_EQ(-1, teavmx_access_decode(&guest, false, 0xfee01000, &insn,
					   &mmio));
}

TEST(stos_and_movs)
{
	struct teavmx_changes changes;
	struct teavmx_insn insn;
	struct teavmx_mmio mmio;

	start(16);
	put(0x1000, 0xab, 1);
	set(REGS_RAX, 0x12345678);
	set(REGS_RDI, 0xafffe);
	ASSERT_EQ(0, teavmx_access_decode(&guest, true, 0xb8000, &insn, &mmio));
	EXPECT_EQ(0x5678, mmio.value);
	EXPECT_EQ(2, mmio.size);
	ASSERT_EQ(0, teavmx_access_finish(&guest, &mmio, &changes));
	EXPECT_EQ(0xa0000, changed(&changes, REGS_RDI));

	/* from memory that is not RAM, downwards */
	start(32);
	put(0x1000, 0xa5, 1);
	set(REGS_RFLAGS, 0x602);
	set(REGS_RSI, 0xb8000);
	set(REGS_RDI, 0x2000);
	set(REGS_ES_BASE, 0x100);
	ASSERT_EQ(0, teavmx_access_decode(&guest, false, 0xb8000, &insn,
					  &mmio));
	mmio.value = 0x11223344;
	ASSERT_EQ(0, teavmx_access_finish(&guest, &mmio, &changes));
	EXPECT_EQ(0, memcmp(ram + 0x2100, "\x44\x33\x22\x11\0", 5));
	EXPECT_EQ(0xb7ffc, changed(&changes, REGS_RSI));
	EXPECT_EQ(0x1ffc, changed(&changes, REGS_RDI));

	/* to it, from another segment */
	start(64);
	put(0x1000, 0xa464, 2);
	put(0x3010, 0x5a, 1);
	set(REGS_FS_BASE, 0x3000);
	set(REGS_DS_BASE, 0x7000);
	set(REGS_RSI, 0x10);
	set(REGS_RDI, 0xb8000);
	ASSERT_EQ(0, teavmx_access_decode(&guest, true, 0xb8000, &insn, &mmio));
	EXPECT_EQ(0x5a, mmio.value);
	EXPECT_EQ(1, mmio.size);
	ASSERT_EQ(0, teavmx_access_finish(&guest, &mmio, &changes));
	EXPECT_EQ(0x11, changed(&changes, REGS_RSI));
	EXPECT_EQ(0xb8001, changed(&changes, REGS_RDI));
	EXPECT_EQ(0x1002, changed(&changes, REGS_RIP));
}

/* What the processor does beside going on to the next instruction */
TEST(advance)
{
	struct teavmx_changes changes = { 0 };

	start(16);
	set(REGS_RIP, 0xffff);
	teavmx_changes_advance(&changes, &guest, 2);
	EXPECT_EQ(0x10001, changed(&changes, REGS_RIP));
	EXPECT_EQ(1, changes.count);

	start(32);
	changes.count = 0;
	set(REGS_RIP, 0xffffffff);
	set(REGS_RFLAGS, 0x10302);
	set(REGS_INTERRUPTIBILITY, 0x9);
	teavmx_changes_advance(&changes, &guest, 1);
	EXPECT_EQ(0, changed(&changes, REGS_RIP));
	EXPECT_EQ(0x302, changed(&changes, REGS_RFLAGS));
	EXPECT_EQ(0x8, changed(&changes, REGS_INTERRUPTIBILITY));
	EXPECT_EQ(0x4000, changed(&changes, REGS_PENDING_DEBUG));

	/* Only branches are steps. */
	changes.count = 0;
	set(REGS_DEBUGCTL, 2);
	teavmx_changes_advance(&changes, &guest, 1);
	EXPECT_EQ(0, changed(&changes, REGS_PENDING_DEBUG));
}

/* Exit qualifications: size - 1, IN, string, REP, port */
#define OUTS(size)	(((size) - 1) | 0x10 | 0x3f80000ULL)
#define INS(size)	(((size) - 1) | 0x18 | 0x3f80000ULL)

TEST(rep_outs)
{
	struct teavmx_transfer transfer;
	struct teavmx_changes changes;

	start(16);
	put(0x1000, 0x6ef3, 2);
	memcpy(ram + 0x2000, "hello", 5);
	set(REGS_DS_BASE, 0x1f00);
	set(REGS_RSI, 0x70100);
	set(REGS_RCX, 0x30005);
	ASSERT_EQ(0, teavmx_transfer_decode(&guest, OUTS(1) | 0x20, &transfer));
	EXPECT_EQ(0x3f8, transfer.port);
	EXPECT_EQ(1, transfer.size);
	ASSERT_EQ(5, transfer.count);
	EXPECT_FALSE(transfer.in);
	EXPECT_EQ(0, memcmp(transfer.data, "hello", 5));
	ASSERT_EQ(0, teavmx_transfer_finish(&guest, &transfer, &changes));
	EXPECT_EQ(0x70105, changed(&changes, REGS_RSI));
	EXPECT_EQ(0x30000, changed(&changes, REGS_RCX));
	EXPECT_EQ(0x1002, changed(&changes, REGS_RIP));

	/* Only a part was moved: the instruction is not done. */
	transfer.count = 2;
	ASSERT_EQ(0, teavmx_transfer_finish(&guest, &transfer, &changes));
	EXPECT_EQ(0x70102, changed(&changes, REGS_RSI));
	EXPECT_EQ(0x30003, changed(&changes, REGS_RCX));
	EXPECT_EQ(0x1000, changed(&changes, REGS_RIP));
	transfer.count = 6;
	EXPECT_EQ(-1, teavmx_transfer_finish(&guest, &transfer, &changes));

	set(REGS_RFLAGS, 0x602);
	set(REGS_RSI, 0x104);
	ASSERT_EQ(0, teavmx_transfer_decode(&guest, OUTS(1) | 0x20, &transfer));
	EXPECT_EQ(0, memcmp(transfer.data, "olleh", 5));
	set(REGS_RFLAGS, 0x202);

	/* The offset wraps in its segment. */
	set(REGS_DS_BASE, 0);
	set(REGS_RSI, 0xffff);
	set(REGS_RCX, 2);
	put(0xffff, 'a', 1);
	put(0, 'b', 1);
	ASSERT_EQ(0, teavmx_transfer_decode(&guest, OUTS(1) | 0x20, &transfer));
	EXPECT_EQ(0, memcmp(transfer.data, "ab", 2));
	ASSERT_EQ(0, teavmx_transfer_finish(&guest, &transfer, &changes));
	EXPECT_EQ(1, changed(&changes, REGS_RSI));
}

TEST(ins)
{
	struct teavmx_transfer transfer;
	struct teavmx_changes changes;

	start(32);
	put(0x1000, 0x6d, 1);
	set(REGS_RFLAGS, 0x602);
	set(REGS_RDI, 0x2000);
	set(REGS_RCX, 7);
	set(REGS_ES_BASE, 0x10);
	ASSERT_EQ(0, teavmx_transfer_decode(&guest, INS(4), &transfer));
	EXPECT_TRUE(transfer.in);
	EXPECT_EQ(4, transfer.size);
	ASSERT_EQ(1, transfer.count);
	memcpy(transfer.data, "abcd", 4);
	ASSERT_EQ(0, teavmx_transfer_finish(&guest, &transfer, &changes));
	EXPECT_EQ(0, memcmp(ram + 0x2010, "abcd\0", 5));
	EXPECT_EQ(0x1ffc, changed(&changes, REGS_RDI));
	EXPECT_EQ(7, changed(&changes, REGS_RCX));
	EXPECT_EQ(0x1001, changed(&changes, REGS_RIP));

	/* into memory that is not there */
	set(REGS_RDI, RAM_SIZE);
	EXPECT_EQ(-1, teavmx_transfer_finish(&guest, &transfer, &changes));

	/* more than fits, upwards */
	set(REGS_RFLAGS, 0x202);
	set(REGS_RDI, 0x2000);
	set(REGS_RCX, 5000);
	put(0x1000, 0x6df3, 2);
	ASSERT_EQ(0, teavmx_transfer_decode(&guest, INS(4) | 0x20, &transfer));
	EXPECT_EQ(TEAVMX_TRANSFER_MAX / 4, transfer.count);
	ASSERT_EQ(0, teavmx_transfer_finish(&guest, &transfer, &changes));
	EXPECT_EQ(0x2000 + TEAVMX_TRANSFER_MAX, changed(&changes, REGS_RDI));
	EXPECT_EQ(5000 - TEAVMX_TRANSFER_MAX / 4, changed(&changes, REGS_RCX));
	EXPECT_EQ(0x1000, changed(&changes, REGS_RIP));
}

TEST(insn_mutations)
{
	static const unsigned int widths[] = { 16, 32, 64 };
	struct teavmx_insn insn;
	unsigned int i, j;

	srandom(1);
	for (i = 0; i < 100000; i++) {
		size_t size = (size_t)random() % 17;
		uint8_t *code = malloc(size + !size);

		ASSERT_NE(NULL, code);
		for (j = 0; j < size; j++)
			code[j] = (uint8_t)random();
		if (teavmx_insn_decode(code, size, widths[i % 3], &insn)) {
			EXPECT_LE(insn.length, size);
			EXPECT_LE(insn.length, TEAVMX_INSN_MAX);
		}
		free(code);
	}
}

TEST_HARNESS_MAIN
