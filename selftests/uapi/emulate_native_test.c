// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulator against the processor that the test runs on: each instruction in
 * each of its forms, with random operands, gives the same registers, memory and
 * defined flags.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include <userspace/lib/emulate/emulate.h>

#include "emulate_native.h"
#include "kselftest_harness.h"

#define ROUNDS		2000
#define SECONDS		240
#define STRING_ROUNDS	400
#define TABLES_SIZE	0x4000

#define CF	0x1u
#define PF	0x4u
#define AF	0x10u
#define ZF	0x40u
#define SF	0x80u
#define DF	0x400u
#define OF	0x800u
#define STATUS	(CF | PF | AF | ZF | SF | OF)
#define FLAGS	(STATUS | DF)

/* The parts of an instruction beside its size: M is memory, R a register */
enum shape {
	M,
	M_R,
	R_M,
	M_I,
	M_CL,
	M_ONE,
	M_R_I,
	M_R_CL,
	R_M_I,
	R_R_M,
	R_M_R,
	/* The source has fewer bytes than the destination. */
	R_M1,
	R_M2,
	R_M4,
};

/* What decides which flags are defined */
enum defined {
	FIXED,
	SHIFT,
	ROTATE,
	DOUBLE,
};

struct form {
	ZydisMnemonic mnemonic;
	enum shape shape;
	/* Sizes of the operand, a bit each: 1, 2, 4, 8 bytes */
	unsigned int sizes;
	uint32_t undefined;
	enum defined defined;
	bool lock;
};

#define ALL	(1 | 2 | 4 | 8)
#define WORDS	(2 | 4 | 8)
#define WIDE	(4 | 8)

#define TWO(name, flags)						\
	{ ZYDIS_MNEMONIC_##name, M_R, ALL, flags, FIXED, false },	\
	{ ZYDIS_MNEMONIC_##name, M_I, ALL, flags, FIXED, false }
#define TWO_AND_BACK(name, flags)					\
	TWO(name, flags),						\
	{ ZYDIS_MNEMONIC_##name, R_M, ALL, flags, FIXED, false }
#define LOCKED(name)							\
	{ ZYDIS_MNEMONIC_##name, M_R, ALL, 0, FIXED, true }
#define ONE(name, flags)						\
	{ ZYDIS_MNEMONIC_##name, M, ALL, flags, FIXED, false }
#define SHIFTS(name, kind)						\
	{ ZYDIS_MNEMONIC_##name, M_I, ALL, 0, kind, false },		\
	{ ZYDIS_MNEMONIC_##name, M_CL, ALL, 0, kind, false },		\
	{ ZYDIS_MNEMONIC_##name, M_ONE, ALL, 0, kind, false }
#define BITS(name)							\
	{ ZYDIS_MNEMONIC_##name, M_R, WORDS, STATUS & ~(CF | ZF), FIXED, false }, \
	{ ZYDIS_MNEMONIC_##name, M_I, WORDS, STATUS & ~(CF | ZF), FIXED, false }
#define FORM(name, shape, sizes, flags)					\
	{ ZYDIS_MNEMONIC_##name, shape, sizes, flags, FIXED, false }
#define CONDITION(name)							\
	FORM(SET ## name, M, 1, 0), FORM(CMOV ## name, R_M, WORDS, 0)

static const struct form forms[] = {
	TWO_AND_BACK(ADD, 0), TWO_AND_BACK(OR, AF), TWO_AND_BACK(ADC, 0),
	TWO_AND_BACK(SBB, 0), TWO_AND_BACK(AND, AF), TWO_AND_BACK(SUB, 0),
	TWO_AND_BACK(XOR, AF), TWO_AND_BACK(CMP, 0), TWO(TEST, AF),
	LOCKED(ADD), LOCKED(SBB), LOCKED(XADD), LOCKED(CMPXCHG),
	ONE(INC, 0), ONE(DEC, 0), ONE(NEG, 0), ONE(NOT, 0),
	FORM(XADD, M_R, ALL, 0), FORM(CMPXCHG, M_R, ALL, 0),
	FORM(XCHG, M_R, ALL, 0),
	FORM(ADCX, R_M, WIDE, 0), FORM(ADOX, R_M, WIDE, 0),
	SHIFTS(ROL, ROTATE), SHIFTS(ROR, ROTATE), SHIFTS(RCL, ROTATE),
	SHIFTS(RCR, ROTATE), SHIFTS(SHL, SHIFT), SHIFTS(SHR, SHIFT),
	SHIFTS(SAR, SHIFT),
	{ ZYDIS_MNEMONIC_SHLD, M_R_I, WORDS, 0, DOUBLE, false },
	{ ZYDIS_MNEMONIC_SHLD, M_R_CL, WORDS, 0, DOUBLE, false },
	{ ZYDIS_MNEMONIC_SHRD, M_R_I, WORDS, 0, DOUBLE, false },
	{ ZYDIS_MNEMONIC_SHRD, M_R_CL, WORDS, 0, DOUBLE, false },
	FORM(SHLX, R_M_R, WIDE, 0), FORM(SHRX, R_M_R, WIDE, 0),
	FORM(SARX, R_M_R, WIDE, 0), FORM(RORX, R_M_I, WIDE, 0),
	BITS(BT), BITS(BTS), BITS(BTR), BITS(BTC),
	FORM(BSF, R_M, WORDS, STATUS & ~ZF), FORM(BSR, R_M, WORDS, STATUS & ~ZF),
	FORM(LZCNT, R_M, WORDS, STATUS & ~(CF | ZF)),
	FORM(TZCNT, R_M, WORDS, STATUS & ~(CF | ZF)),
	FORM(POPCNT, R_M, WORDS, 0),
	FORM(BLSI, R_M, WIDE, AF | PF), FORM(BLSMSK, R_M, WIDE, AF | PF),
	FORM(BLSR, R_M, WIDE, AF | PF), FORM(ANDN, R_R_M, WIDE, AF | PF),
	FORM(BEXTR, R_M_R, WIDE, AF | PF | SF),
	FORM(BZHI, R_M_R, WIDE, AF | PF),
	FORM(PDEP, R_R_M, WIDE, 0), FORM(PEXT, R_R_M, WIDE, 0),
	FORM(CRC32, R_M1, WIDE, 0), FORM(CRC32, R_M2, 4, 0),
	FORM(CRC32, R_M4, 4, 0), FORM(CRC32, R_M, 8, 0),
	FORM(MUL, M, ALL, STATUS & ~(CF | OF)),
	FORM(IMUL, M, ALL, STATUS & ~(CF | OF)),
	FORM(IMUL, R_M, WORDS, STATUS & ~(CF | OF)),
	FORM(IMUL, R_M_I, WORDS, STATUS & ~(CF | OF)),
	FORM(MULX, R_R_M, WIDE, 0),
	FORM(DIV, M, ALL, STATUS), FORM(IDIV, M, ALL, STATUS),
	TWO_AND_BACK(MOV, 0),
	FORM(MOVZX, R_M1, WORDS, 0), FORM(MOVZX, R_M2, WIDE, 0),
	FORM(MOVSX, R_M1, WORDS, 0), FORM(MOVSX, R_M2, WIDE, 0),
	FORM(MOVSXD, R_M4, 8, 0),
	FORM(MOVBE, R_M, WORDS, 0), FORM(MOVBE, M_R, WORDS, 0),
	FORM(MOVNTI, M_R, WIDE, 0),
	FORM(PUSH, M, 2 | 8, 0), FORM(POP, M, 2 | 8, 0),
	CONDITION(O), CONDITION(NO), CONDITION(B), CONDITION(NB),
	CONDITION(Z), CONDITION(NZ), CONDITION(BE), CONDITION(NBE),
	CONDITION(S), CONDITION(NS), CONDITION(P), CONDITION(NP),
	CONDITION(L), CONDITION(NL), CONDITION(LE), CONDITION(NLE),
	FORM(CMPXCHG8B, M, 8, 0), FORM(XLAT, M, 1, 0),
};

static uint8_t tables[TABLES_SIZE];
static uint8_t shadow[NATIVE_DATA_SIZE];
static struct teavmx_error failure;
static unsigned int outside_count;

static uint8_t *place_of(uint64_t address)
{
	if (address < TABLES_SIZE)
		return tables + address;
	if (address - NATIVE_CODE < NATIVE_CODE_SIZE)
		return (uint8_t *)address;
	if (address - NATIVE_DATA < NATIVE_DATA_SIZE)
		return shadow + (address - NATIVE_DATA);
	return NULL;
}

static void copy(bool write, uint8_t *place, void *bytes, size_t size)
{
	if (write)
		memcpy(place, bytes, size);
	else
		memcpy(bytes, place, size);
}

static int fake_ram(void *data, bool write, uint64_t address, void *bytes,
		    size_t size)
{
	(void)data;
	if (!place_of(address) ||
	    (address >= NATIVE_DATA && address < NATIVE_RAM))
		return 1;
	copy(write, place_of(address), bytes, size);
	return 0;
}

static int fake_memory(void *data, struct teavmx_mmio *mmio)
{
	uint8_t *place = place_of(mmio->address);

	(void)data;
	if (!place)
		return -1;
	outside_count++;
	copy(mmio->write, place, &mmio->value, mmio->size);
	return 0;
}

static int fake_port(void *data, bool out, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	(void)data;
	(void)out;
	(void)port;
	(void)size;
	(void)value;
	return -1;
}

static const struct emulator_ops ops = { fake_ram, fake_memory, fake_port };
static struct emulator emulator = { .ops = &ops, .error = &failure };

static uint64_t random_value(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
		0x80000000, 0xffffffff, INT64_MAX, 1ULL << 63, UINT64_MAX,
		UINT64_MAX - 1,
	};
	uint64_t value = (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^
			 (uint64_t)random();

	switch (random() % 4) {
	case 0:
		return edges[random() % (sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return value & 0xff;
	default:
		return value;
	}
}

/* One table on each level, and one page of 1 GiB that is where it is */
static void start(void)
{
	uint64_t entry = 0x2007;

	memset(tables, 0, sizeof(tables));
	memcpy(tables + 0x1000, &entry, sizeof(entry));
	entry = 0x87;
	memcpy(tables + 0x2000, &entry, sizeof(entry));
	memset(&emulator.now, 0, sizeof(emulator.now));
	emulator.now.reg[TEAVMX_REG_CR0] = 0x80000001;
	emulator.now.reg[TEAVMX_REG_CR3] = 0x1000;
	emulator.now.reg[TEAVMX_REG_CR4] = 0x20;
	emulator.now.reg[TEAVMX_REG_EFER] = 0x500;
	emulator.now.reg[TEAVMX_REG_CS_RIGHTS] = 0xa0fb;
	emulator.now.reg[TEAVMX_REG_SS_RIGHTS] = 0xc0f3;
	emulator.now.reg[TEAVMX_REG_RIP] = NATIVE_CODE;
}

/* The name of the form that differs, for the message */
static char name[160];

static void name_code(const uint8_t *code, unsigned int size)
{
	ZydisDisassembledInstruction insn;
	unsigned int i;
	int used;

	name[0] = 0;
	if (ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, 0,
					       code, size, &insn)))
		snprintf(name, sizeof(name), "%s:", insn.text);
	for (i = 0; i < size; i++) {
		used = (int)strlen(name);
		snprintf(name + used, sizeof(name) - used, " %02x", code[i]);
	}
}

static const uint8_t *bytes;
static unsigned int byte_count;

static const char *name_of(void)
{
	name_code(bytes, byte_count);
	return name;
}

static bool differ(const struct native_state *native, uint32_t undefined)
{
	uint64_t flags = emulator.now.reg[TEAVMX_REG_RFLAGS];
	unsigned int i;

	for (i = 0; i < 16; i++)
		if (native->reg[i] != emulator.now.reg[i]) {
			printf("# %s: register %u is 0x%llx, the processor has 0x%llx\n",
			       name_of(), i,
			       (unsigned long long)emulator.now.reg[i],
			       (unsigned long long)native->reg[i]);
			return true;
		}
	if ((native->flags ^ flags) & FLAGS & ~undefined) {
		printf("# %s: RFLAGS is 0x%llx, the processor has 0x%llx, undefined 0x%x\n",
		       name_of(), (unsigned long long)flags,
		       (unsigned long long)native->flags, undefined);
		return true;
	}
	if (memcmp(shadow, (void *)NATIVE_DATA, NATIVE_DATA_SIZE)) {
		printf("# %s: memory differs\n", name_of());
		return true;
	}
	return false;
}

/* 0 the same, 1 different, -1 the processor does not know it */
static int compare(const uint8_t *code, unsigned int size,
		   const struct native_state *before, uint32_t undefined)
{
	struct native_state native = *before;
	enum native_result done;
	int result;

	bytes = code;
	byte_count = size;
	memcpy(shadow, (void *)NATIVE_DATA, NATIVE_DATA_SIZE);
	done = native_run(code, size, &native);
	if (done == NATIVE_UNKNOWN)
		return -1;
	memcpy(emulator.now.reg, before->reg, sizeof(before->reg));
	emulator.now.reg[TEAVMX_REG_RFLAGS] = before->flags;
	emulator.now.reg[TEAVMX_REG_RIP] = NATIVE_CODE;
	result = emulator_run(&emulator);
	if (done == NATIVE_DIVIDE_ERROR) {
		if (result != EMULATOR_FAULT || emulator.fault.vector) {
			printf("# %s: no divide error, but %d\n", name_of(),
			       result);
			return 1;
		}
		return differ(&native, STATUS);
	}
	if (result) {
		printf("# %s: result %d: %s\n", name_of(), result,
		       failure.message);
		return 1;
	}
	if (emulator.now.reg[TEAVMX_REG_RIP] != NATIVE_CODE + size) {
		printf("# %s: the length is wrong\n", name_of());
		return 1;
	}
	return differ(&native, undefined);
}

static ZydisRegister register_of(unsigned int size, unsigned int number)
{
	switch (size) {
	case 1:
		/* AL to BL, then SPL and what follows */
		return ZYDIS_REGISTER_AL + number + (number < 4 ? 0 : 4);
	case 2:
		return ZYDIS_REGISTER_AX + number;
	case 4:
		return ZYDIS_REGISTER_EAX + number;
	default:
		return ZYDIS_REGISTER_RAX + number;
	}
}

/* Neither RBX, which is the address, nor RSP */
static unsigned int pick_register(void)
{
	static const unsigned int numbers[] = { 0, 1, 2, 5, 6, 7, 8, 13, 15 };

	return numbers[random() % (sizeof(numbers) / sizeof(numbers[0]))];
}

static void add_register(ZydisEncoderRequest *request, unsigned int size)
{
	ZydisEncoderOperand *operand =
		&request->operands[request->operand_count++];

	operand->type = ZYDIS_OPERAND_TYPE_REGISTER;
	/* A byte operation without REX can use AH, CH and DH. */
	if (size == 1 && request->operand_count && random() % 4 == 0)
		operand->reg.value = ZYDIS_REGISTER_AH + random() % 3;
	else
		operand->reg.value = register_of(size, pick_register());
}

static void add_memory(ZydisEncoderRequest *request, unsigned int size)
{
	ZydisEncoderOperand *operand =
		&request->operands[request->operand_count++];

	operand->type = ZYDIS_OPERAND_TYPE_MEMORY;
	operand->mem.base = ZYDIS_REGISTER_RBX;
	operand->mem.displacement = random() % 2 ? random() % 256 : -8;
	operand->mem.size = (uint16_t)size;
}

static void add_immediate(ZydisEncoderRequest *request, unsigned int size,
			  bool byte)
{
	ZydisEncoderOperand *operand =
		&request->operands[request->operand_count++];
	int64_t value = (int64_t)random_value();

	operand->type = ZYDIS_OPERAND_TYPE_IMMEDIATE;
	if (byte)
		operand->imm.u = (uint8_t)value;
	else if (size == 1)
		operand->imm.s = (int8_t)value;
	else if (size == 2)
		operand->imm.s = (int16_t)value;
	else
		operand->imm.s = (int32_t)value;
}

static void add_cl(ZydisEncoderRequest *request)
{
	ZydisEncoderOperand *operand =
		&request->operands[request->operand_count++];

	operand->type = ZYDIS_OPERAND_TYPE_REGISTER;
	operand->reg.value = ZYDIS_REGISTER_CL;
}

static bool counts(const struct form *form)
{
	return form->defined != FIXED || form->mnemonic == ZYDIS_MNEMONIC_RORX;
}

static bool is_bit(const struct form *form)
{
	return form->mnemonic >= ZYDIS_MNEMONIC_BT &&
	       form->mnemonic <= ZYDIS_MNEMONIC_BTS;
}

static void add_operands(ZydisEncoderRequest *request,
			 const struct form *form, unsigned int size)
{
	bool byte = counts(form) || is_bit(form);

	switch (form->shape) {
	case M:
		add_memory(request, size);
		break;
	case M_R:
		add_memory(request, size);
		add_register(request, size);
		break;
	case R_M:
		add_register(request, size);
		add_memory(request, size);
		break;
	case M_I:
		add_memory(request, size);
		add_immediate(request, size, byte);
		break;
	case M_CL:
		add_memory(request, size);
		add_cl(request);
		break;
	case M_ONE:
		add_memory(request, size);
		add_immediate(request, size, byte);
		request->operands[1].imm.u = 1;
		break;
	case M_R_I:
		add_memory(request, size);
		add_register(request, size);
		add_immediate(request, size, byte);
		break;
	case M_R_CL:
		add_memory(request, size);
		add_register(request, size);
		add_cl(request);
		break;
	case R_M_I:
		add_register(request, size);
		add_memory(request, size);
		add_immediate(request, size, byte);
		break;
	case R_R_M:
		add_register(request, size);
		add_register(request, size);
		add_memory(request, size);
		break;
	case R_M_R:
		add_register(request, size);
		add_memory(request, size);
		add_register(request, size);
		break;
	case R_M1:
	case R_M2:
	case R_M4:
		add_register(request, size);
		add_memory(request, 1u << (form->shape - R_M1));
		break;
	}
}

/* 0 when this choice of registers cannot be encoded */
static unsigned int encode(const struct form *form, unsigned int size,
			   uint8_t code[ZYDIS_MAX_INSTRUCTION_LENGTH])
{
	ZydisEncoderRequest request = {
		.machine_mode = ZYDIS_MACHINE_MODE_LONG_64,
		.mnemonic = form->mnemonic,
		.prefixes = form->lock ? ZYDIS_ATTRIB_HAS_LOCK : 0,
	};
	ZyanUSize length = ZYDIS_MAX_INSTRUCTION_LENGTH;

	if (form->mnemonic == ZYDIS_MNEMONIC_XLAT) {
		code[0] = 0xd7;
		return 1;
	}
	add_operands(&request, form, size);
	if (!ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(&request, code,
							&length)))
		return 0;
	return (unsigned int)length;
}

/* The count of a shift, or -1 when the instruction has none */
static int count_of(const struct form *form, const uint8_t *code,
		    unsigned int length, unsigned int size,
		    const struct native_state *state)
{
	unsigned int count;

	switch (form->shape) {
	case M_CL:
	case M_R_CL:
		count = state->reg[1] & 0xff;
		break;
	case M_ONE:
		count = 1;
		break;
	default:
		/* A count of 1 has an opcode without an immediate. */
		count = (code[0] & 0xf8) == 0xd0 || code[1] == 0xd0 ||
			code[1] == 0xd1 ? 1 : code[length - 1];
	}
	return (int)(count & (size == 8 ? 63 : 31));
}

/* SDM: OF is defined for a count of 1, CF of SHL and SHR below the size. */
static uint32_t undefined_of(const struct form *form, int count,
			     unsigned int size)
{
	uint32_t undefined = form->undefined;

	if (form->defined == FIXED || !count)
		return undefined;
	if (count != 1)
		undefined |= OF;
	if (form->defined != ROTATE)
		undefined |= AF;
	if (form->defined == SHIFT && count >= (int)(8 * size))
		undefined |= CF;
	return undefined;
}

/* What an instruction uses besides its operands is made fit for it. */
static void random_state(const struct form *form, struct native_state *state)
{
	static const uint64_t near[] = {
		NATIVE_DATA + 0x1000, NATIVE_RAM, NATIVE_RAM + 0x1000,
	};
	uint64_t *data = (uint64_t *)NATIVE_DATA;
	unsigned int i;

	for (i = 0; i < 16; i++)
		state->reg[i] = random_value();
	if (is_bit(form) && form->shape == M_R)
		for (i = 0; i < 16; i++)
			state->reg[i] = (uint64_t)(random() % 0x4000 - 0x2000);
	/* Around the border of RAM, and around borders of pages */
	state->reg[3] = near[random() % 3] + (uint64_t)(random() % 64 - 32);
	state->reg[4] = NATIVE_RAM + 0x1c00;
	state->flags = 0x202 | (random_value() & STATUS);
	for (i = 0; i < 16; i++)
		data[(state->reg[3] - NATIVE_DATA) / 8 + i] = random_value();
}

static void random_data(void)
{
	uint64_t *data = (uint64_t *)NATIVE_DATA;
	unsigned int i;

	for (i = 0; i < NATIVE_DATA_SIZE / sizeof(*data); i++)
		data[i] = random_value();
}

/* Equal memory and registers, as often as different ones */
static void make_equal(const struct form *form, struct native_state *state,
		       const uint8_t *code, unsigned int length)
{
	ZydisDisassembledInstruction insn;
	uint64_t at;

	if (random() % 2 ||
	    (form->mnemonic != ZYDIS_MNEMONIC_CMPXCHG &&
	     form->mnemonic != ZYDIS_MNEMONIC_CMPXCHG8B) ||
	    !ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, 0,
						code, length, &insn)))
		return;
	at = state->reg[3] + (uint64_t)insn.operands[0].mem.disp.value;
	if (form->mnemonic == ZYDIS_MNEMONIC_CMPXCHG) {
		memcpy(&state->reg[0], (void *)at, 8);
		return;
	}
	memcpy(&state->reg[0], (void *)at, 4);
	memcpy(&state->reg[2], (void *)(at + 4), 4);
}

/* Rounds that were compared; -1 after a difference */
static int compare_form(const struct form *form, unsigned int size)
{
	uint8_t code[ZYDIS_MAX_INSTRUCTION_LENGTH];
	struct native_state state;
	int done = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int length = encode(form, size, code);
		int count, same;

		if (!length)
			continue;
		random_state(form, &state);
		if (form->mnemonic == ZYDIS_MNEMONIC_XLAT)
			state.reg[0] &= ~0x80ULL;
		make_equal(form, &state, code, length);
		count = count_of(form, code, length, size, &state);
		if (form->defined == DOUBLE && count > (int)(8 * size))
			continue;
		same = compare(code, length, &state,
			       undefined_of(form, count, size));
		if (same < 0)
			return 0;
		if (same)
			return -1;
		done++;
	}
	return done;
}

FIXTURE(native)
{
};

FIXTURE_SETUP(native)
{
	ASSERT_EQ(0, native_open());
	srandom(1);
	start();
	random_data();
}

FIXTURE_TEARDOWN(native)
{
}

TEST_F_TIMEOUT(native, forms, SECONDS)
{
	unsigned int size, i, compared = 0, lacking = 0;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		for (size = 1; size <= 8; size *= 2) {
			int done;

			if (!(forms[i].sizes & size))
				continue;
			done = compare_form(&forms[i], size);
			EXPECT_LE(0, done);
			if (done > 0)
				compared++;
			else
				lacking++;
		}
	TH_LOG("%u forms compared, %u not known to this processor", compared,
	       lacking);
	/* What every processor with VMX or SVM has */
	EXPECT_LE(250, compared);
	EXPECT_NE(0, outside_count);
}

/* Opcode of the byte form; the next one has the larger sizes */
static const uint8_t strings[] = { 0xa4, 0xa6, 0xaa, 0xac, 0xae };
static const uint8_t repeats[] = { 0, 0xf2, 0xf3 };

static unsigned int encode_string(uint8_t opcode, unsigned int size,
				  uint8_t repeat, bool address_32,
				  uint8_t *code)
{
	unsigned int length = 0;

	if (address_32)
		code[length++] = 0x67;
	if (size == 2)
		code[length++] = 0x66;
	if (repeat)
		code[length++] = repeat;
	if (size == 8)
		code[length++] = 0x48;
	code[length++] = opcode + (size > 1);
	return length;
}

/* Few different bytes, so that comparisons find equal elements too */
static void string_state(struct native_state *state, bool repeated,
			 bool address_32)
{
	uint64_t high = address_32 ? (uint64_t)random() << 32 : 0;
	unsigned int i;

	for (i = 0; i < 16; i++)
		state->reg[i] = random_value();
	memset((void *)NATIVE_DATA, 'a', NATIVE_DATA_SIZE);
	for (i = 0; i < 40; i++)
		((uint8_t *)NATIVE_RAM)[random() % 0x1000 - 0x800] = 'b';
	state->reg[0] = random() % 4 ? 0x6161616161616161 : random_value();
	if (repeated)
		state->reg[1] = (uint64_t)(random() % 24);
	state->reg[1] |= high;
	state->reg[4] = NATIVE_RAM + 0x1c00;
	state->reg[6] = high | (NATIVE_RAM + (uint64_t)(random() % 512 - 256));
	state->reg[7] = high | (NATIVE_RAM + (uint64_t)(random() % 512 - 256));
	state->flags = 0x202 | (random_value() & STATUS) |
		       (random() % 2 ? DF : 0);
}

static int compare_strings(uint8_t opcode, uint8_t repeat, unsigned int size)
{
	uint8_t code[ZYDIS_MAX_INSTRUCTION_LENGTH];
	struct native_state state;
	unsigned int i;

	for (i = 0; i < STRING_ROUNDS; i++) {
		bool address_32 = i & 1;
		unsigned int length = encode_string(opcode, size, repeat,
						    address_32, code);

		string_state(&state, repeat, address_32);
		if (compare(code, length, &state, 0))
			return -1;
	}
	return 0;
}

TEST_F(native, strings)
{
	unsigned int s, r, size;

	for (s = 0; s < sizeof(strings); s++)
		for (r = 0; r < sizeof(repeats); r++)
			for (size = 1; size <= 8; size *= 2)
				EXPECT_EQ(0, compare_strings(strings[s],
							     repeats[r], size));
	EXPECT_NE(0, outside_count);
}

/* The comparison must find what is wrong. */
TEST_F(native, differences_are_found)
{
	static const uint8_t add[] = { 0x01, 0x03 };
	struct native_state state = {
		.reg = { [0] = 1, [3] = NATIVE_DATA },
		.flags = 0x202,
	};
	struct native_state native;

	memset((void *)NATIVE_DATA, 0, 16);
	ASSERT_EQ(0, compare(add, sizeof(add), &state, 0));
	native = state;
	memcpy(native.reg, emulator.now.reg, sizeof(native.reg));
	native.flags = emulator.now.reg[TEAVMX_REG_RFLAGS];
	EXPECT_FALSE(differ(&native, 0));
	native.flags ^= AF;
	EXPECT_TRUE(differ(&native, 0));
	EXPECT_FALSE(differ(&native, AF));
	native.flags ^= AF;
	native.reg[5]++;
	EXPECT_TRUE(differ(&native, 0));
	native.reg[5]--;
	shadow[77]++;
	EXPECT_TRUE(differ(&native, 0));
}

TEST_HARNESS_MAIN
