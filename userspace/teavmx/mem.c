// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "hexdump.h"
#include "output.h"
#include "target.h"

#define SIZE_DEFAULT	256
#define PAGE_SIZE	4096

struct mem {
	uint32_t vm;
	uint32_t linear_vcpu;
	bool write;
	bool raw;
	uint64_t address;
	size_t size;
	unsigned char *bytes;
};

/*
 * Addresses are guest-physical, or linear ones of the vCPU with these
 * registers.
 */
struct view {
	struct teavmx *teavmx;
	uint32_t vm;
	struct teavmx_register *registers;
	size_t count;
};

/*
 * Each page is translated, as pages that follow each other may be mapped
 * anywhere.
 */
static int move_linear(const struct view *view, const struct mem *mem)
{
	size_t done, piece;

	for (done = 0; done < mem->size; done += piece) {
		uint64_t linear = mem->address + done;
		unsigned char *bytes = mem->bytes + done;
		uint64_t physical;
		int err;

		piece = PAGE_SIZE - linear % PAGE_SIZE;
		if (piece > mem->size - done)
			piece = mem->size - done;
		if (teavmx_translate(view->teavmx, view->vm, view->registers,
				     view->count, linear, &physical))
			return -1;
		err = mem->write ?
		      teavmx_mem_write(view->teavmx, view->vm, physical, bytes,
				       piece) :
		      teavmx_mem_read(view->teavmx, view->vm, physical, bytes,
				      piece);
		if (err)
			return -1;
	}
	return 0;
}

static int mem_move(struct teavmx *teavmx, const struct mem *mem)
{
	struct view view = { .teavmx = teavmx, .vm = mem->vm };
	int count, err;

	if (!mem->linear_vcpu && mem->write)
		return teavmx_mem_write(teavmx, mem->vm, mem->address,
					mem->bytes, mem->size);
	if (!mem->linear_vcpu)
		return teavmx_mem_read(teavmx, mem->vm, mem->address,
				       mem->bytes, mem->size);
	count = teavmx_regs_get(teavmx, mem->vm, mem->linear_vcpu,
				&view.registers);
	if (count < 0)
		return -1;
	view.count = (size_t)count;
	err = move_linear(&view, mem);
	free(view.registers);
	return err;
}

static void mem_show(const struct mem *mem)
{
	if (cli_json)
		tea_json_print(json_pack("{s:I, s:o, s:o}", "vm",
					 (json_int_t)mem->vm, "address",
					 json_u64(mem->address), "data",
					 tea_json_hex(mem->bytes, mem->size)),
			       stdout);
	else if (mem->raw)
		fwrite(mem->bytes, 1, mem->size, stdout);
	else
		hexdump_print(mem->bytes, mem->size, mem->address, stdout);
}

static bool goes_beyond(const struct mem *mem, const struct teavmx_vm *vm)
{
	return mem->address >= vm->memory ||
	       mem->size > vm->memory - mem->address;
}

/*
 * The RAM is compared before the memory for a read is allocated, of which there may
 * be less. A VM of TEA programs has no RAM, and the module refuses the request, for
 * which there need not be memory.
 */
static int mem_prepare(struct teavmx *teavmx, struct mem *mem)
{
	struct teavmx_vm vm;

	if (mem->write)
		return CLI_OK;
	if (teavmx_vm_get(teavmx, mem->vm, &vm))
		return output_failure(teavmx_error(teavmx), NULL);
	if (!mem->linear_vcpu && vm.memory && goes_beyond(mem, &vm))
		return cli_error(CLI_FAILED, NULL,
				 "VM %u has %llu bytes of RAM: %zu bytes at 0x%llx go beyond it",
				 mem->vm, (unsigned long long)vm.memory,
				 mem->size, (unsigned long long)mem->address);
	mem->bytes = malloc(mem->size);
	if (!mem->bytes && !vm.memory) {
		mem->size = 1;
		mem->bytes = malloc(mem->size);
	}
	return mem->bytes ? CLI_OK :
	       cli_error(CLI_FAILED, NULL, "out of memory");
}

static int mem_access(struct teavmx *teavmx, void *state)
{
	struct mem *mem = state;
	const struct target target = { mem->vm, mem->linear_vcpu };
	int status = mem_prepare(teavmx, mem);

	if (status)
		return status;
	if (mem_move(teavmx, mem))
		return target_failure(teavmx, &target);
	if (!mem->write)
		mem_show(mem);
	return CLI_OK;
}

/* The bytes of all arguments are written as one block. */
static int take_hex(int argc, char **argv, struct mem *mem)
{
	size_t room = 0;
	size_t size;
	int i;

	for (i = optind; i < argc; i++)
		room += strlen(argv[i]) / 2;
	mem->bytes = malloc(room + 1);
	if (!mem->bytes)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	for (; optind < argc; optind++) {
		size = cli_hex(argv[optind], mem->bytes + mem->size,
			       room - mem->size);
		if (!size)
			return command_usage(&command_mem,
					     "expected bytes of two hexadecimal digits each or @FILE, got '%s'",
					     argv[optind]);
		mem->size += size;
	}
	return CLI_OK;
}

static int read_all(FILE *file, struct mem *mem)
{
	size_t room = 0;
	size_t got;

	do {
		if (mem->size == room) {
			unsigned char *larger;

			if (room > TEAVMX_MEMORY_MAX)
				return -EFBIG;
			room = room ? 2 * room : 65536;
			larger = realloc(mem->bytes, room);
			if (!larger)
				return -ENOMEM;
			mem->bytes = larger;
		}
		got = fread(mem->bytes + mem->size, 1, room - mem->size, file);
		mem->size += got;
	} while (got);
	return ferror(file) ? -errno : 0;
}

/* "-" is the standard input */
static int take_file(const char *name, struct mem *mem)
{
	bool standard = !strcmp(name, "-");
	FILE *file = standard ? stdin : fopen(name, "rb");
	int err;

	if (!file)
		return cli_error(CLI_FAILED, NULL, "%s: %s", name,
				 strerror(errno));
	err = read_all(file, mem);
	if (!standard)
		fclose(file);
	if (err)
		return cli_error(CLI_FAILED, NULL, "%s: %s", name,
				 strerror(-err));
	if (!mem->size)
		return cli_error(CLI_FAILED, NULL, "%s: the file is empty",
				 name);
	return CLI_OK;
}

static int take_data(int argc, char **argv, struct mem *mem)
{
	if (optind == argc)
		return command_usage(&command_mem,
				     "expected bytes in hexadecimal, or @FILE");
	if (argv[optind][0] != '@')
		return take_hex(argc, argv, mem);
	optind++;
	return command_end(&command_mem, argc, argv) ?:
	       take_file(argv[optind - 1] + 1, mem);
}

static int take_size(int argc, char **argv, struct mem *mem)
{
	unsigned long long size = SIZE_DEFAULT;

	if (optind < argc && cli_quantity(argv[optind++], cli_sizes, 1,
					  TEAVMX_MEMORY_MAX, &size))
		return command_usage(&command_mem,
				     "expected a size from 1 to 1G, got '%s'",
				     argv[optind - 1]);
	if (command_end(&command_mem, argc, argv))
		return CLI_USAGE;
	mem->size = size;
	return CLI_OK;
}

static int parse_words(int argc, char **argv, struct mem *mem)
{
	static const char *const actions[] = { "read", "write" };
	unsigned long long address;
	int action, status;

	status = target_vm(&command_mem, argc, argv, &mem->vm);
	if (status)
		return status;
	if (optind == argc)
		return command_usage(&command_mem, "expected read or write");
	action = choice_take(&command_mem, "action", argv[optind++], actions,
			     ARRAY_SIZE(actions));
	if (action < 0)
		return CLI_USAGE;
	mem->write = action == 1;
	if (optind == argc)
		return command_usage(&command_mem, "expected an ADDRESS");
	if (cli_number(argv[optind++], 0, ~0ULL, &address))
		return command_usage(&command_mem,
				     "expected an ADDRESS, got '%s'",
				     argv[optind - 1]);
	mem->address = address;
	if (mem->write && mem->raw)
		return command_usage(&command_mem,
				     "--raw: goes with read only");
	status = mem->write ? take_data(argc, argv, mem) :
			      take_size(argc, argv, mem);
	if (!status && mem->address + (mem->size - 1) < mem->address)
		return command_usage(&command_mem,
				     "0x%llx and %zu bytes go beyond the last address",
				     address, mem->size);
	return status;
}

static int mem_option(int option, void *state)
{
	struct mem *mem = state;
	unsigned long long number;

	if (option == 'r') {
		mem->raw = true;
		return CLI_OK;
	}
	if (cli_number(optarg, 1, UINT32_MAX, &number))
		return command_usage(&command_mem,
				     "--linear: expected the number of a vCPU, got '%s'",
				     optarg);
	mem->linear_vcpu = (uint32_t)number;
	return CLI_OK;
}

static int mem_run(int argc, char **argv, void *state)
{
	return parse_words(argc, argv, state) ?: output_with(mem_access, state);
}

static void mem_release(void *state)
{
	struct mem *mem = state;

	free(mem->bytes);
}

static const struct option options[] = {
	{ "linear", required_argument, NULL, 'l' },
	{ "raw", no_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_mem = {
	.name = "mem",
	.synopsis = "[OPTION...] VM read ADDRESS [SIZE] | VM write ADDRESS HEX...|@FILE",
	.summary = "Read or write the RAM of a raw VM.",
	.help =
	"SIZE is 256 if not given, and may end in K, M or G. @- is the standard input.\n\n"
	"  -l, --linear=VCPU  ADDRESS is linear: translate by this vCPU's page tables\n"
	"  -r, --raw          print the bytes as they are\n"
	"  -j, --json         print one JSON object\n"
	"  -h, --help         show this text\n",
	.options = options,
	.state_size = sizeof(struct mem),
	.option = mem_option,
	.run = mem_run,
	.release = mem_release,
};
