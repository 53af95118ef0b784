// SPDX-License-Identifier: GPL-2.0-only
#include "differential.h"

#include <stdarg.h>
#include <string.h>

#include <userspace/common/tea_machine.h>

/**
 * struct both - one program on the interpreter and on the model
 * @machine: the interpreter's machine
 * @text: what it showed
 * @text_size: bytes of it
 * @model: the model
 * @result: what was found
 */
struct both {
	struct tea_machine machine;
	unsigned char text[MODEL_TEXT_MAX];
	size_t text_size;
	struct model model;
	struct differential *result;
};

static int take_text(struct tea_machine *machine, unsigned char character)
{
	struct both *both = (struct both *)machine;

	if (both->text_size == sizeof(both->text))
		return TEA_EXIT_KILL;
	both->text[both->text_size++] = character;
	return 0;
}

static const struct tea_machine_ops machine_ops = {
	.text = take_text,
};

static bool differ(struct both *both, const char *format, ...)
	__attribute__((__format__(printf, 2, 3)));

static bool differ(struct both *both, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(both->result->difference, sizeof(both->result->difference),
		  format, list);
	va_end(list);
	return true;
}

static bool compare_number(struct both *both, const char *name,
			   unsigned long long model,
			   unsigned long long interpreter)
{
	if (model == interpreter)
		return false;
	return differ(both, "%s: model %llu, interpreter %llu, after %llu steps",
		      name, model, interpreter, both->model.steps);
}

static bool compare_bytes(struct both *both, const char *name,
			  const void *model, const void *interpreter,
			  size_t size)
{
	const unsigned char *a = model;
	const unsigned char *b = interpreter;
	size_t i;

	for (i = 0; i < size; i++) {
		if (a[i] != b[i])
			return differ(both,
				      "%s, byte %zu: model %02x, interpreter %02x, after %llu steps",
				      name, i, a[i], b[i], both->model.steps);
	}
	return false;
}

static unsigned int flags_of(const struct model *model)
{
	return (model->negative ? TEA_FLAG_N : 0) |
	       (model->zero ? TEA_FLAG_Z : 0) |
	       (model->carry ? TEA_FLAG_C : 0);
}

/* What is the same to the end: text, ports, steps */
static bool compare_outside(struct both *both)
{
	const struct tea_ports *ports = &both->machine.ports;
	const struct model *model = &both->model;
	unsigned int i;

	for (i = 0; i < 256; i++) {
		if (compare_number(both, "semaphore is full", model->full[i],
				   ports->full[i]))
			return true;
	}
	return compare_number(both, "steps", model->steps,
			      both->machine.process.steps) ||
	       compare_number(both, "text size", model->text_size,
			      both->text_size) ||
	       compare_bytes(both, "text", model->text, both->text,
			     model->text_size) ||
	       compare_bytes(both, "scratch pad", model->pad, ports->pad,
			     sizeof(model->pad)) ||
	       compare_bytes(both, "semaphores", model->semaphore,
			     ports->semaphore, sizeof(model->semaphore)) ||
	       compare_number(both, "quiet", model->quiet, ports->quiet) ||
	       compare_number(both, "address", model->address, ports->address);
}

static bool compare_running(struct both *both)
{
	const struct tea_process *process = &both->machine.process;
	const struct model *model = &both->model;

	return compare_number(both, "sp", model->sp, process->sp) ||
	       compare_number(both, "cp", model->cp, process->cp) ||
	       compare_number(both, "flags", flags_of(model),
			      process->flags) ||
	       compare_bytes(both, "stack", model->stack, process->stack,
			     model->stack_size) ||
	       compare_outside(both);
}

static bool compare_exited(struct both *both)
{
	unsigned char wanted[TEA_MESSAGE_MAX] = { 0 };
	unsigned char got[TEA_MESSAGE_MAX] = { 0 };
	const struct model *model = &both->model;
	size_t wanted_size = model_message(model, wanted);
	size_t got_size = tea_machine_message(&both->machine, got);

	return compare_bytes(both, "message", wanted, got, sizeof(got)) ||
	       compare_number(both, "message size", wanted_size, got_size) ||
	       compare_number(both, "sp", model->sp,
			      both->machine.process.sp) ||
	       compare_bytes(both, "stack", model->stack,
			     both->machine.process.stack, model->sp) ||
	       compare_outside(both);
}

static int launch(struct both *both, const struct bytecode_case *test)
{
	return model_launch(&both->model, DIFFERENTIAL_PID, test->file,
			    test->file_size, test->arguments,
			    test->argument_size, test->stack_size);
}

/* Up to the instruction before the last, and how often each was executed */
static bool compare_before_last(struct both *both, unsigned long long steps)
{
	struct model *model = &both->model;

	while (model->steps + 1 < steps) {
		unsigned int opcode = model->code[model->cp];

		model_step(model);
		if (opcode < TEA_OP_COUNT)
			both->result->executed[opcode]++;
	}
	if (model->steps == steps)
		return false;
	if (tea_machine_run(&both->machine, model->steps) != TEA_RUN_LIMIT)
		return differ(both, "the interpreter exits after %llu steps",
			      both->machine.process.steps);
	return compare_running(both);
}

static bool compare_last(struct both *both, unsigned long long limit)
{
	enum tea_run run;

	model_run(&both->model, limit);
	if (both->model.state == MODEL_OUTSIDE)
		return false;
	run = tea_machine_run(&both->machine, limit);
	if (both->model.state == MODEL_EXITED)
		return run == TEA_RUN_EXITED ? compare_exited(both) :
		       differ(both, "the interpreter does not exit");
	return run == TEA_RUN_LIMIT ? compare_running(both) :
	       differ(both, "the interpreter exits, the model does not");
}

static bool compare_run(struct both *both, const struct bytecode_case *test,
			unsigned long long limit)
{
	unsigned long long steps;

	model_run(&both->model, limit);
	steps = both->model.steps;
	both->result->state = both->model.state;
	both->result->exit_code = both->model.exit_code;
	model_free(&both->model);
	if (launch(both, test))
		return differ(both, "out of memory");
	return compare_before_last(both, steps) || compare_last(both, limit);
}

bool differential_compare(const struct bytecode_case *test,
			  unsigned long long limit,
			  struct differential *result)
{
	static struct both both;
	bool differs;
	int code;

	both.result = result;
	both.text_size = 0;
	result->difference[0] = '\0';
	code = tea_machine_init(&both.machine, &machine_ops, test->file,
				test->file_size, test->arguments,
				test->argument_size, test->stack_size);
	if (!code && result->translate &&
	    tea_machine_translate(&both.machine, true))
		code = -1;
	if (launch(&both, test) || code < 0) {
		differs = differ(&both, "out of memory");
	} else if (code || both.model.state == MODEL_EXITED) {
		result->state = both.model.state;
		result->exit_code = both.model.exit_code;
		differs = compare_exited(&both);
	} else {
		differs = compare_run(&both, test, limit);
	}
	model_free(&both.model);
	tea_machine_destroy(&both.machine);
	return differs;
}

static void print_hex(const unsigned char *bytes, size_t size, FILE *to)
{
	while (size--)
		fprintf(to, "%02x", *bytes++);
}

int differential_vector(const struct bytecode_case *test, const char *set,
			unsigned long long limit, FILE *to)
{
	static struct both both;
	struct model *model = &both.model;
	unsigned char message[TEA_MESSAGE_MAX];

	if (launch(&both, test))
		return -1;
	if (model_run(model, limit) != MODEL_EXITED)
		model_kill(model);
	fprintf(to, "%s.%llu|%u|", set, test->seed,
		test->file[TEA_HEADER_RETURN]);
	print_hex(test->arguments, test->argument_size, to);
	fputc('|', to);
	print_hex(test->file + TEA_HEADER_SIZE,
		  test->file_size - TEA_HEADER_SIZE, to);
	fputc('|', to);
	print_hex(message, model_message(model, message), to);
	fputc('|', to);
	print_hex(model->stack, model->sp, to);
	fputc('|', to);
	print_hex(model->text, model->text_size, to);
	fprintf(to, "|%llu\n", model->steps);
	model_free(model);
	return 0;
}

/* Takes a piece of the code out, if what is left still shows it. */
static bool cut(struct bytecode_case *test, size_t at, size_t size,
		bool (*shows)(const struct bytecode_case *test, void *data),
		void *data)
{
	struct bytecode_case smaller = *test;

	if (at + size > test->file_size)
		return false;
	memmove(smaller.file + at, smaller.file + at + size,
		test->file_size - at - size);
	smaller.file_size -= size;
	if (!shows(&smaller, data))
		return false;
	*test = smaller;
	return true;
}

static bool clear(struct bytecode_case *test, size_t at,
		  bool (*shows)(const struct bytecode_case *test, void *data),
		  void *data)
{
	unsigned char old = test->file[at];

	if (!old)
		return false;
	test->file[at] = 0;
	if (shows(test, data))
		return true;
	test->file[at] = old;
	return false;
}

static void drop_arguments(struct bytecode_case *test,
			   bool (*shows)(const struct bytecode_case *test,
					 void *data), void *data)
{
	struct bytecode_case smaller = *test;

	smaller.argument_size = 0;
	smaller.file[TEA_HEADER_ARGUMENTS] = 0;
	if (shows(&smaller, data))
		*test = smaller;
}

void differential_minimise(struct bytecode_case *test,
			   bool (*shows)(const struct bytecode_case *test,
					 void *data), void *data)
{
	bool smaller = true;
	size_t size, at;

	while (smaller) {
		smaller = false;
		drop_arguments(test, shows, data);
		for (size = test->file_size / 2; size; size /= 2) {
			for (at = TEA_HEADER_SIZE; at < test->file_size; at++)
				while (cut(test, at, size, shows, data))
					smaller = true;
		}
		for (at = TEA_HEADER_SIZE; at < test->file_size; at++)
			smaller |= clear(test, at, shows, data);
	}
}
