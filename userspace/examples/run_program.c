// SPDX-License-Identifier: BSD-3-Clause
/*
 * usage: run_program FILE
 *
 * Runs a TEA program (an object file of "tea as" or "tea cc") in a VM of its own,
 * prints its text and its exit message, and exits with 0 if its exit code is 0.
 */
#include <stdio.h>

#include <teavmx/teavmx.h>

#define CODE_AT	3

/* What the caller of teavmx_wait_stop() passes on */
struct run {
	bool ended;
	unsigned int code;
};

static void print_record(const struct teavmx_record *record, void *data)
{
	struct run *run = data;
	size_t i;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
		fwrite(record->bytes, 1, record->size, stdout);
		break;
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
		printf("exit message");
		for (i = 0; i < record->size; i++)
			printf(" %02x", record->bytes[i]);
		run->code = record->size > CODE_AT ? record->bytes[CODE_AT] : 1;
		printf(": %s\n", tea_exit_name(run->code));
		run->ended = true;
		break;
	}
}

/*
 * The records before teavmx_event_watch() are read from the VM's log. The VM ends with
 * the handle.
 */
static int run_program(struct teavmx *teavmx, const void *file, size_t size,
		       struct run *run)
{
	struct teavmx_program program = {
		.program = file,
		.program_size = size,
		.run = true,
	};
	struct teavmx_info info;
	struct teavmx_vcpu vcpu;
	int result;

	if (teavmx_get_info(teavmx, NULL, &info))
		return -1;
	program.backend = info.vmx ? TEAVMX_BACKEND_VMX : TEAVMX_BACKEND_SOFT;
	if (teavmx_event_open(teavmx, 0) ||
	    teavmx_vcpu_new(teavmx, 0, &program, &vcpu))
		return -1;
	result = teavmx_event_watch(teavmx, vcpu.vm, 1);
	if (!result)
		result = teavmx_wait_stop(teavmx, vcpu.id, -1, print_record, run,
					  NULL);
	teavmx_vcpu_clear(&vcpu);
	return result;
}

static int print_error(const struct teavmx_error *error)
{
	fprintf(stderr, "run_program: %s\n", error->message);
	if (error->hint[0])
		fprintf(stderr, "run_program: %s\n", error->hint);
	return error->status;
}

int main(int argc, char **argv)
{
	static unsigned char file[TEA_FILE_MAX + 1];
	FILE *from = argc == 2 ? fopen(argv[1], "rb") : NULL;
	struct teavmx_error error;
	struct run run = { 0 };
	struct teavmx *teavmx;
	size_t size;
	int result;

	if (!from) {
		fputs("usage: run_program FILE\n", stderr);
		return 2;
	}
	size = fread(file, 1, sizeof(file), from);
	fclose(from);
	teavmx = teavmx_open(&error);
	if (!teavmx)
		return print_error(&error);
	result = run_program(teavmx, file, size, &run);
	result = result < 0 ? print_error(teavmx_error(teavmx)) :
			      !run.ended || run.code;
	teavmx_close(teavmx);
	return result;
}
