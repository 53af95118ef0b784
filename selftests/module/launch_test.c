// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of good and bad object files, and of programs that fail: the
 * exit messages, on each backend.
 */
#define TEA_FIXTURE launch

#include "tea_fixture.h"

struct launch {
	const char *name;
	uint8_t file[16];
	size_t size;
	size_t arguments;
	uint32_t stack;
	int code;
};

static const struct launch failures[] = {
	{ "empty", { 0 }, 0, 0, 0, TEA_EXIT_BAD_CODE },
	{ "one byte", { 0x61 }, 1, 0, 0, TEA_EXIT_BAD_CODE },
	{ "truncated", { 0x61, 0x54, 0, 9, 0, 0, 0x53, 0, 0, 0 }, 10, 0, 0,
	  TEA_EXIT_BAD_CODE },
	{ "signature", { 0x61, 0x55, 0, 9, 0, 0, 0x53 }, 11, 0, 0,
	  TEA_EXIT_BAD_CODE },
	{ "major", { 0x61, 0x54, 1, 9, 0, 0, 0x53 }, 11, 0, 0,
	  TEA_EXIT_BAD_VERSION },
	{ "minor", { 0x61, 0x54, 0, 8, 0, 0, 0x53 }, 11, 0, 0,
	  TEA_EXIT_BAD_VERSION },
	{ "return size", { 0x61, 0x54, 0, 9, 3, 0, 0x53 }, 11, 0, 0,
	  TEA_EXIT_BAD_RET_VAL },
	{ "too few arguments", { 0x61, 0x54, 0, 9, 0, 2, 0x53 }, 11, 1, 0,
	  TEA_EXIT_BAD_STARTUP },
	{ "too many arguments", { 0x61, 0x54, 0, 9, 0, 0, 0x53 }, 11, 1, 0,
	  TEA_EXIT_BAD_STARTUP },
	{ "too small a stack", { 0x61, 0x54, 0, 9, 2, 2, 0x53 }, 11, 2, 3,
	  TEA_EXIT_BAD_STARTUP },
	{ "signature goes before version", { 0x62, 0x54, 9, 9, 9, 9 }, 11, 0, 0,
	  TEA_EXIT_BAD_CODE },
	{ "version goes before return size", { 0x61, 0x54, 9, 9, 9, 9 }, 11, 0,
	  0, TEA_EXIT_BAD_VERSION },
};

TEST_F(launch, failures)
{
	static const uint8_t arguments[8];
	struct teavmx_vcpu vcpu;
	size_t i;

	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct launch *launch = &failures[i];
		const struct teavmx_program program = {
			.backend = variant->backend,
			.stack_size = launch->stack,
			.program = launch->file,
			.program_size = launch->size,
			.arguments = arguments,
			.argument_size = launch->arguments,
		};

		ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program,
					     &vcpu))
			TH_LOG("%s: %s", launch->name,
			       teavmx_error(self->teavmx)->message);
		EXPECT_EQ(TEAVMX_VCPU_STATE_EXITED, vcpu.state)
			TH_LOG("%s: %s", launch->name,
			       expect_state(vcpu.state));
		EXPECT_EQ(launch->code, machine_code(&vcpu))
			TH_LOG("%s: %s and not %s", launch->name,
			       expect_tea_exit(machine_code(&vcpu)),
			       expect_tea_exit(launch->code));
		EXPECT_EQ(4, vcpu.message_size);
		EXPECT_EQ(0, vcpu.steps);
		EXPECT_EQ(-1, teavmx_vcpu_run(self->teavmx, self->vm, vcpu.id));
		teavmx_vcpu_clear(&vcpu);
	}
}

static int run(struct teavmx *teavmx, uint32_t vm,
	       const struct teavmx_program *program, struct teavmx_vcpu *vcpu)
{
	if (teavmx_vcpu_new(teavmx, vm, program, vcpu))
		return -1;
	if (vcpu->state == TEAVMX_VCPU_STATE_EXITED)
		return 0;
	if (teavmx_vcpu_run(teavmx, vm, vcpu->id))
		return -1;
	return machine_wait(teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED);
}

/* The largest file there is: nops, and an exit as its last byte */
TEST_F_TIMEOUT(launch, the_largest_file, 120)
{
	struct teavmx_program program = {
		.backend = variant->backend,
		.program_size = TEAVMX_PROGRAM_MAX,
	};
	uint8_t *file = calloc(1, TEAVMX_PROGRAM_MAX + 1);
	struct teavmx_vcpu vcpu;

	ASSERT_NE(NULL, file);
	memcpy(file, program_exit, TEA_HEADER_SIZE);
	file[TEAVMX_PROGRAM_MAX - 1] = TEA_OP_EXIT;
	program.program = file;
	ASSERT_EQ(0, run(self->teavmx, self->vm, &program, &vcpu));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
	EXPECT_EQ(TEA_CODE_MAX, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);

	program.program_size++;
	EXPECT_EQ(-1, teavmx_vcpu_new(self->teavmx, self->vm, &program, &vcpu));
	EXPECT_ERROR(E2BIG, self->teavmx);
	EXPECT_STREQ("program", teavmx_error(self->teavmx)->attribute);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message,
			       "at most 65541 bytes"));
	free(file);
}

/* 257 times 255 bytes, which is more than one attribute can hold */
TEST_F_TIMEOUT(launch, the_largest_final_stack, 120)
{
	static uint8_t file[TEA_HEADER_SIZE + 257 * 2 + 3];
	const struct teavmx_program program = {
		.backend = variant->backend,
		.program = file,
		.program_size = sizeof(file),
		.stack_size = TEA_STACK_MAX,
	};
	uint8_t *code = file + TEA_HEADER_SIZE;
	struct teavmx_vcpu vcpu;
	int i;

	memcpy(file, program_exit, TEA_HEADER_SIZE);
	for (i = 0; i < 257; i++) {
		*code++ = TEA_OP_PUSHN;
		*code++ = 255;
	}
	*code++ = TEA_OP_INCB;
	*code++ = 1;
	*code = TEA_OP_EXIT;
	ASSERT_EQ(0, run(self->teavmx, self->vm, &program, &vcpu));
	EXPECT_TEA_EXIT(BAD_RET_VAL, machine_code(&vcpu));
	ASSERT_EQ(TEA_STACK_MAX, vcpu.stack_used);
	EXPECT_EQ(1, vcpu.stack[TEA_STACK_MAX - 1]);
	teavmx_vcpu_clear(&vcpu);
}

/* The parts of a program may have any size, and other attributes between. */
TEST_F(launch, many_small_parts)
{
	struct nl_msg *message;
	struct teavmx_vcpu *vcpus;
	size_t i;

	message = teavmx_request(self->teavmx, TEAVMX_CMD_VCPU_NEW, 0, 1024);
	for (i = 0; i < sizeof(program_show); i++) {
		if (i == 5)
			nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, self->vm);
		if (i == 9)
			nla_put_u32(message, TEAVMX_A_VCPU_BACKEND,
				    variant->backend);
		nla_put(message, TEAVMX_A_VCPU_PROGRAM, 1, program_show + i);
	}
	ASSERT_EQ(0, teavmx_call(self->teavmx, message, "do this", NULL));
	ASSERT_EQ(1, teavmx_vcpu_list(self->teavmx, self->vm, &vcpus));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm, vcpus[0].id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpus[0],
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpus[0]));
	ASSERT_EQ(5, vcpus[0].message_size);
	EXPECT_EQ(42, vcpus[0].message[4]);
	teavmx_vcpu_free(vcpus, 1);
}

TEST_F(launch, arguments_lie_on_the_stack)
{
	static const uint8_t file[] = FILE_OF(2, 3, TEA_OP_NOP, TEA_OP_NOP,
					      TEA_OP_NOP, TEA_OP_NOP,
					      TEA_OP_EXIT);
	static const uint8_t arguments[] = { 1, 0x80, 0xff };
	static const uint8_t stack[] = { 0, 0, 1, 0x80, 0xff };
	const struct teavmx_program program = {
		.backend = variant->backend,
		.pid = 200,
		.program = file,
		.program_size = sizeof(file),
		.arguments = arguments,
		.argument_size = sizeof(arguments),
	};
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, run(self->teavmx, self->vm, &program, &vcpu));
	EXPECT_TEA_EXIT(BAD_RET_VAL, machine_code(&vcpu));
	EXPECT_EQ(200, vcpu.pid);
	EXPECT_EQ(200, vcpu.message[2]);
	EXPECT_EQ(5, vcpu.steps);
	ASSERT_EQ(sizeof(stack), vcpu.stack_used);
	EXPECT_EQ(0, memcmp(stack, vcpu.stack, sizeof(stack)));
	teavmx_vcpu_clear(&vcpu);
}

/* As many bytes as one attribute of a reply has room for */
TEST_F_TIMEOUT(launch, a_large_stack, 120)
{
	static const uint8_t file[] = FILE_OF(0, 0, TEA_OP_PUSHN, 250,
					      TEA_OP_GOTO, SHORT(0));
	struct teavmx_program program = {
		.backend = variant->backend,
		.stack_size = TEA_STACK_MAX,
		.program = file,
		.program_size = sizeof(file),
	};
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, run(self->teavmx, self->vm, &program, &vcpu));
	EXPECT_TEA_EXIT(STACK_OVERFLOW, machine_code(&vcpu));
	EXPECT_EQ(TEA_STACK_MAX, vcpu.stack_size);
	/* 262 times 250 bytes fit, and each takes two steps. */
	EXPECT_EQ(2 * (TEA_STACK_MAX / 250) + 1, vcpu.steps);
	EXPECT_EQ(0, vcpu.stack_used);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(launch, errors_of_a_program)
{
	static const struct launch errors[] = {
		{ "opcode", FILE_OF(0, 0, 0x54, 0, 0, 0, 0), 11, 0, 0,
		  TEA_EXIT_BAD_OPCODE },
		{ "end of the code", FILE_OF(0, 0, 0, 0, 0, 0, 0), 11, 0, 0,
		  TEA_EXIT_ADDRESS_RANGE },
		{ "far jump", FILE_OF(0, 0, TEA_OP_GOTO, SHORT(6), 0, 0), 11, 0,
		  0, TEA_EXIT_ADDRESS_RANGE },
		{ "empty stack", FILE_OF(0, 0, TEA_OP_POPB, 0, 0, 0, 0), 11, 0,
		  0, TEA_EXIT_STACK_UNDERFLOW },
		{ "unknown port", FILE_OF(0, 0, TEA_OP_PUSHMB, SHORT(0x7777), 0,
					  0), 11, 0, 0, TEA_EXIT_IO_ERR },
	};
	struct teavmx_vcpu vcpu;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct teavmx_program program = {
			.backend = variant->backend,
			.program = errors[i].file,
			.program_size = errors[i].size,
		};

		ASSERT_EQ(0, run(self->teavmx, self->vm, &program, &vcpu));
		EXPECT_EQ(errors[i].code, machine_code(&vcpu))
			TH_LOG("%s", errors[i].name);
		EXPECT_EQ(0, vcpu.stack_used);
		EXPECT_EQ(4, vcpu.message_size);
		teavmx_vcpu_clear(&vcpu);
	}
}

TEST_HARNESS_MAIN
