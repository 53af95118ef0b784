// SPDX-License-Identifier: GPL-2.0-only
/* Each of the 14 exit codes, with its whole exit message, on each backend */
#define TEA_FIXTURE exits

#include "tea_fixture.h"

#define PID	9
#define DATA_MAX	2

/* Two bytes go on the stack at a time until it is full. */
#define FILL	TEA_OP_PUSHLS, SHORT(0), TEA_OP_GOTO, SHORT(0)

static const struct ending {
	const char *name;
	uint8_t file[24];
	size_t size;
	uint8_t code;
	size_t data;
	uint8_t bytes[DATA_MAX];
} endings[] = {
	{ "normal, no value", FILE_OF(0, 0, TEA_OP_EXIT), 11,
	  TEA_EXIT_NORMAL, 0, { 0 } },
	{ "normal, a char", FILE_OF(1, 0, TEA_OP_PUSHLB, 0xa5, TEA_OP_POPBSA,
				    SHORT(0), TEA_OP_EXIT), 12,
	  TEA_EXIT_NORMAL, 1, { 0xa5 } },
	{ "normal, an int", FILE_OF(2, 0, TEA_OP_PUSHLS, SHORT(0x1234),
				    TEA_OP_POPSSA, SHORT(0), TEA_OP_EXIT), 13,
	  TEA_EXIT_NORMAL, 2, { 0x12, 0x34 } },
	{ "stack underflow", FILE_OF(0, 0, TEA_OP_POPB), 11,
	  TEA_EXIT_STACK_UNDERFLOW, 0, { 0 } },
	{ "stack overflow", FILE_OF(0, 0, FILL), 12,
	  TEA_EXIT_STACK_OVERFLOW, 0, { 0 } },
	{ "stack error", FILE_OF(0, 0, TEA_OP_PUSHLB, 1, TEA_OP_POPBSA,
				 SHORT(200)), 11,
	  TEA_EXIT_STACK_ERROR, 0, { 0 } },
	{ "address range", FILE_OF(0, 0, TEA_OP_GOTO, SHORT(0x100)), 11,
	  TEA_EXIT_ADDRESS_RANGE, 0, { 0 } },
	{ "division by zero", FILE_OF(0, 0, TEA_OP_PUSHLB, 1, TEA_OP_PUSHLB, 0,
				      TEA_OP_DIVB), 11,
	  TEA_EXIT_DIV_BY_ZERO, 0, { 0 } },
	{ "an unknown port", FILE_OF(0, 0, TEA_OP_PUSHMB, SHORT(0x7777)), 11,
	  TEA_EXIT_IO_ERR, 0, { 0 } },
	{ "no host ports", FILE_OF(0, 0, TEA_OP_PUSHMB, SHORT(0xF000)), 11,
	  TEA_EXIT_IO_ERR, 0, { 0 } },
	{ "wrong direction", FILE_OF(0, 0, TEA_OP_PUSHMB,
				     SHORT(TEA_PORT_DISPLAY)), 11,
	  TEA_EXIT_IO_ERR, 0, { 0 } },
	{ "wrong size", FILE_OF(0, 0, TEA_OP_PUSHMS, SHORT(TEA_PORT_SERIAL)),
	  11, TEA_EXIT_IO_ERR, 0, { 0 } },
	{ "a bad value", FILE_OF(0, 0, TEA_OP_PUSHLB, 2, TEA_OP_POPBM,
				 SHORT(TEA_PORT_QUIET)), 11,
	  TEA_EXIT_IO_ERR, 0, { 0 } },
	{ "a bad opcode", FILE_OF(0, 0, 0x54), 11,
	  TEA_EXIT_BAD_OPCODE, 0, { 0 } },
	{ "an argument too few", FILE_OF(0, 1, TEA_OP_EXIT), 11,
	  TEA_EXIT_BAD_STARTUP, 0, { 0 } },
	{ "a wrong version", { 0x61, 0x54, 0, 8, 0, 0, TEA_OP_EXIT }, 11,
	  TEA_EXIT_BAD_VERSION, 0, { 0 } },
	{ "a wrong signature", { 0x54, 0x61, 0, 9, 0, 0, TEA_OP_EXIT }, 11,
	  TEA_EXIT_BAD_CODE, 0, { 0 } },
	{ "a value at exit", FILE_OF(0, 0, TEA_OP_PUSHLB, 1, TEA_OP_EXIT), 11,
	  TEA_EXIT_BAD_RET_VAL, 0, { 0 } },
	{ "three bytes to return", FILE_OF(3, 0, TEA_OP_EXIT), 11,
	  TEA_EXIT_BAD_RET_VAL, 0, { 0 } },
	{ "a short packet", FILE_OF(0, 0, TEA_OP_PUSHLB, 1, TEA_OP_PUSHLB, 1,
				    TEA_OP_POPCMD), 11,
	  TEA_EXIT_BAD_COMMAND, 0, { 0 } },
};

static int run(struct teavmx *teavmx, enum teavmx_backend backend,
	       const struct ending *ending, struct teavmx_vcpu *vcpu)
{
	const struct teavmx_program program = {
		.backend = backend,
		.pid = PID,
		.program = ending->file,
		.program_size = ending->size,
	};
	struct teavmx_vm vm;

	if (teavmx_vm_new(teavmx, 0, &vm) ||
	    teavmx_vcpu_new(teavmx, vm.id, &program, vcpu))
		return -1;
	if (vcpu->state == TEAVMX_VCPU_STATE_EXITED)
		return 0;
	return teavmx_vcpu_run(teavmx, vm.id, vcpu->id) ||
	       machine_wait(teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED);
}

/* The message of the vCPU and that of the event are the same one. */
static bool ends(struct teavmx *teavmx, const struct teavmx_vcpu *vcpu,
		 const struct ending *ending)
{
	uint8_t message[TEA_MESSAGE_MAX] = { TEA_CMD_MSG, TEA_MSG_VM_EXIT, PID,
					     ending->code };
	size_t size = TEA_MESSAGE_MIN + ending->data;
	struct machine_record records[2];

	memcpy(message + TEA_MESSAGE_MIN, ending->bytes, ending->data);
	return vcpu->message_size == size &&
	       !memcmp(vcpu->message, message, size) &&
	       machine_records(teavmx, vcpu->vm, TEAVMX_EVENT_TYPE_TEA_EXIT,
			       records, 2) == 1 &&
	       records[0].size == size &&
	       !memcmp(records[0].bytes, message, size);
}

TEST_F_TIMEOUT(exits, each_has_its_message, 120)
{
	struct teavmx_vcpu vcpu;
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		ASSERT_EQ(0, run(self->teavmx, variant->backend, &endings[i],
				 &vcpu));
		EXPECT_TRUE(ends(self->teavmx, &vcpu, &endings[i]))
			TH_LOG("%s: code %d, %zu bytes", endings[i].name,
			       machine_code(&vcpu), vcpu.message_size);
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
		teavmx_vcpu_clear(&vcpu);
	}
}

TEST_F(exits, killed)
{
	static const struct ending loop = {
		.file = FILE_OF(0, 0, TEA_OP_GOTO, SHORT(0)),
		.size = 11,
		.code = TEA_EXIT_KILL,
	};
	const struct teavmx_program program = {
		.backend = variant->backend,
		.pid = PID,
		.program = loop.file,
		.program_size = loop.size,
	};
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, vm.id, &program, &vcpu));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vm.id, vcpu.id));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, vm.id, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TRUE(ends(self->teavmx, &vcpu, &loop));
	teavmx_vcpu_clear(&vcpu);
}

/* No code is without a row above: a new one in the table would be. */
TEST(all_codes_are_here)
{
	unsigned int seen = 1u << TEA_EXIT_KILL;
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		seen |= 1u << endings[i].code;
	EXPECT_EQ((1u << TEA_EXIT_COUNT) - 1, seen);
}

TEST_HARNESS_MAIN
