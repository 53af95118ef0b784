// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uapi/regs.h>
#include <userspace/common/tea_file.h>

#include "choice.h"
#include "command.h"
#include "dump.h"
#include "firmware.h"
#include "first_fault.h"
#include "guest.h"
#include "interrupt.h"
#include "output.h"
#include "reg_word.h"
#include "route_word.h"
#include "vmcs_word.h"

#define PAGE_SIZE		4096ULL
#define REAL_MODE_END		0x100000ULL
#define REAL_MEMORY		REAL_MODE_END
#define REAL_LOAD		0x7c00ULL
#define REAL_VECTORS_END	0x400ULL
#define FLAT_MEMORY		(16ULL << 20)
#define FLAT_LOAD		0x100000ULL
/*
 * Bytes of stack of a vCPU; in real mode there is little room below a payload.
 */
#define REAL_STACK		0x400ULL
#define FLAT_STACK		0x1000ULL

/* An address or size that was not given */
#define NOT_GIVEN		UINT64_MAX

#define FIT_HINT \
	"link it to a lower address (ld -Ttext=0x7c00), or make a flat binary of it (objcopy -O binary) and see --mode, --load and --memory"

#define REGISTERS_MAX		64
#define BREAKS_MAX		16
#define WRITES_MAX		64

struct raw {
	const char *path;
	const uint8_t *file;
	size_t size;
	int mode;
	uint64_t memory;
	uint64_t load;
	uint64_t entry;
	unsigned long long vcpus;
	unsigned long long exit_port;
	unsigned long long debug_port;
	bool is_elf;
	bool guest_status;
	bool quiet;
	const char *register_words[REGISTERS_MAX];
	struct teavmx_register registers[REGISTERS_MAX];
	size_t register_count;
	struct teavmx_breakpoint breaks[BREAKS_MAX];
	size_t break_count;
	struct teavmx_vmcs_write writes[WRITES_MAX];
	size_t write_count;
	struct route_words routes;
	bool paused;
	bool detach;
	bool lossless;
	/* Name of an option that needs this program while the payload runs */
	const char *attended;
	struct guest guest;
};

static const char *const modes[] = {
	[TEAVMX_MODE_REAL] = "real",
	[TEAVMX_MODE_PROTECTED] = "protected",
	[TEAVMX_MODE_LONG] = "long",
};

static int raw_fail(const struct raw *raw)
{
	return output_failure(teavmx_error(raw->guest.teavmx), NULL);
}

/* Page tables and stacks are at the end of RAM, unless in real mode. */
static uint64_t usable(const struct raw *raw)
{
	uint64_t taken = TEAVMX_TABLES_SIZE + raw->vcpus * FLAT_STACK;

	if (raw->mode == TEAVMX_MODE_REAL)
		return raw->memory;
	return raw->memory > taken ? raw->memory - taken : 0;
}

static int check_elf(struct raw *raw)
{
	struct teavmx_error error, other;
	unsigned int bits;
	uint64_t entry;

	if (raw->load != NOT_GIVEN)
		return command_usage(&command_raw,
				     "--load: an ELF file has its own load addresses");
	if (teavmx_elf_check(raw->file, raw->size, usable(raw), &entry, &bits,
			     &error))
		return cli_error(CLI_FAILED,
				 teavmx_elf_check(raw->file, raw->size, UINT64_MAX,
						  &entry, &bits, &other) ? NULL : FIT_HINT,
				 "%s: %s", raw->path, error.message);
	if (raw->entry == NOT_GIVEN)
		raw->entry = entry;
	if (raw->mode != TEAVMX_MODE_REAL &&
	    bits != (raw->mode == TEAVMX_MODE_LONG ? 64 : 32))
		return cli_error(CLI_FAILED,
				 "a flat binary can: objcopy -O binary FILE.elf FILE.bin",
				 "%s: %u-bit code cannot begin in %s mode",
				 raw->path, bits, modes[raw->mode]);
	return CLI_OK;
}

static int check_flat(struct raw *raw)
{
	if (raw->load == NOT_GIVEN)
		raw->load = raw->mode == TEAVMX_MODE_REAL ? REAL_LOAD :
							    FLAT_LOAD;
	if (raw->entry == NOT_GIVEN)
		raw->entry = raw->load;
	if (raw->load > usable(raw) || raw->size > usable(raw) - raw->load)
		return cli_error(CLI_FAILED, "see --memory and --load",
				 "%s: %zu bytes at 0x%llx do not fit into the %llu bytes of RAM that are free",
				 raw->path, raw->size,
				 (unsigned long long)raw->load,
				 (unsigned long long)usable(raw));
	return CLI_OK;
}

/* Where the stack of the first vCPU begins; those of the others lie below. */
static uint64_t stack_top(const struct raw *raw)
{
	uint64_t top = raw->memory < REAL_MODE_END ? raw->memory :
						     REAL_MODE_END;

	if (raw->mode != TEAVMX_MODE_REAL)
		return raw->memory - TEAVMX_TABLES_SIZE;
	if (!raw->is_elf && raw->load >= 2 * raw->vcpus * REAL_STACK &&
	    raw->load <= top)
		return raw->load & ~0xfULL;
	return top;
}

static int check_room(const struct raw *raw)
{
	uint64_t stacks = raw->vcpus * REAL_STACK;

	if (raw->mode != TEAVMX_MODE_REAL && !usable(raw))
		return cli_error(CLI_FAILED, "see --memory",
				 "%s mode needs 24K of RAM, and 4K more for each vCPU but the first; --memory gives %llu bytes",
				 modes[raw->mode],
				 (unsigned long long)raw->memory);
	if (raw->mode == TEAVMX_MODE_REAL && stack_top(raw) < stacks)
		return cli_error(CLI_FAILED, "see --memory and --vcpus",
				 "the stacks of %llu vCPUs need %llu bytes of RAM, --memory gives %llu",
				 raw->vcpus, (unsigned long long)stacks,
				 (unsigned long long)raw->memory);
	return CLI_OK;
}

/* Registers are checked last, as --mode may follow them on the command line. */
static int check_registers(struct raw *raw)
{
	int status = CLI_OK;
	size_t i;

	for (i = 0; i < raw->register_count && !status; i++) {
		status = reg_word_take(&command_raw, raw->register_words[i],
				       false, &raw->registers[i]);
		if (!status)
			status = reg_word_check(&command_raw, raw->mode,
						modes[raw->mode],
						&raw->registers[i]);
	}
	return status;
}

/*
 * x86 code may begin with the two bytes of the signature, so the whole header is
 * checked, and a mode that the user names is believed.
 */
static int check_not_tea(const struct raw *raw)
{
	const struct tea_file file = {
		.path = raw->path,
		.bytes = (unsigned char *)raw->file,
		.size = raw->size,
	};
	char message[256];

	if (tea_file_check(&file, message, sizeof(message)) != TEA_EXIT_NORMAL)
		return CLI_OK;
	return cli_error(CLI_FAILED,
			 "run it with 'teavmx run'; to execute its bytes as x86 code, give --mode",
			 "%s: a TEA object file, which holds no x86 code",
			 raw->path);
}

static int raw_check(struct raw *raw)
{
	int status = raw->mode < 0 ? check_not_tea(raw) : CLI_OK;

	if (status)
		return status;
	if (raw->mode < 0)
		raw->mode = !raw->is_elf ? TEAVMX_MODE_REAL :
			    raw->file[EI_CLASS] == ELFCLASS64 ?
			    TEAVMX_MODE_LONG : TEAVMX_MODE_PROTECTED;
	if (raw->memory == NOT_GIVEN)
		raw->memory = raw->mode == TEAVMX_MODE_REAL ? REAL_MEMORY :
							      FLAT_MEMORY;
	status = check_registers(raw);
	if (!status)
		status = check_room(raw);
	if (!status)
		status = raw->is_elf ? check_elf(raw) : check_flat(raw);
	if (status)
		return status;
	if (raw->entry >= raw->memory)
		return cli_error(CLI_FAILED, NULL,
				 "entry 0x%llx lies outside of the %llu bytes of RAM",
				 (unsigned long long)raw->entry,
				 (unsigned long long)raw->memory);
	if (raw->mode == TEAVMX_MODE_REAL && raw->entry >= REAL_MODE_END)
		return cli_error(CLI_FAILED, NULL,
				 "entry 0x%llx: real mode reaches 1 MiB only",
				 (unsigned long long)raw->entry);
	return CLI_OK;
}

static int prepare_vcpu(struct raw *raw, unsigned int index)
{
	uint64_t size = raw->mode == TEAVMX_MODE_REAL ? REAL_STACK : FLAT_STACK;
	struct guest *guest = &raw->guest;
	const struct teavmx_register hints[] = {
		{ TEAVMX_REG_RDI, index },
		{ TEAVMX_REG_RSI, raw->memory },
	};
	struct teavmx_vcpu vcpu;

	if (teavmx_raw_vcpu_new_with(guest->teavmx, guest->vm, raw->writes,
				     raw->write_count, &vcpu))
		return -1;
	guest->vcpus[index].id = vcpu.id;
	teavmx_vcpu_clear(&vcpu);
	guest->count++;
	if (teavmx_page_open(guest->teavmx, guest->vm, guest->vcpus[index].id,
			     &guest->vcpus[index].page))
		return -1;
	if (teavmx_mode_enter(guest->teavmx, guest->vm,
			      guest->vcpus[index].id,
			      (enum teavmx_mode)raw->mode, raw->entry,
			      stack_top(raw) - index * size,
			      raw->memory - TEAVMX_TABLES_SIZE))
		return -1;
	if (teavmx_regs_set(guest->teavmx, guest->vm, guest->vcpus[index].id,
			    hints, ARRAY_SIZE(hints)))
		return -1;
	return raw->register_count ?
	       teavmx_regs_set(guest->teavmx, guest->vm,
			       guest->vcpus[index].id, raw->registers,
			       raw->register_count) : 0;
}

/* Breakpoints at pages are those of all vCPUs of the VM. */
static bool is_page_kind(uint32_t kind)
{
	return kind >= TEAVMX_BREAKPOINT_KIND_PAGE_EXECUTE &&
	       kind <= TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS;
}

static int prepare_breaks(const struct raw *raw, unsigned int index)
{
	const struct guest *guest = &raw->guest;
	size_t i;

	for (i = 0; i < raw->break_count; i++)
		if ((!index || !is_page_kind(raw->breaks[i].kind)) &&
		    teavmx_break_set(guest->teavmx, guest->vm,
				     guest->vcpus[index].id, &raw->breaks[i]))
			return -1;
	return 0;
}

/* Without this program no device answers, so all exits are for other clients. */
static int prepare_routes(struct raw *raw)
{
	struct guest *guest = &raw->guest;
	struct teavmx_vm vm;

	if (guest_answers(guest, !raw->detach) ||
	    teavmx_vm_get(guest->teavmx, guest->vm, &vm))
		return -1;
	return route_words_apply(guest->teavmx, &raw->routes, &vm);
}

static int raw_load(struct raw *raw)
{
	struct guest *guest = &raw->guest;
	unsigned int bits;
	uint64_t entry;

	if (!raw->is_elf)
		return teavmx_load_flat(guest->teavmx, guest->vm, raw->memory,
					raw->file, raw->size, raw->load);
	return teavmx_load_elf(guest->teavmx, guest->vm, raw->memory,
			       raw->file, raw->size, &entry, &bits);
}

static int raw_prepare(struct raw *raw)
{
	struct teavmx *teavmx = raw->guest.teavmx;
	struct teavmx_vm vm;
	unsigned int i;

	/*
	 * The stream is opened before the VM is created, so that no event is
	 * missed.
	 */
	if (teavmx_event_open(teavmx, 0) ||
	    teavmx_raw_new(teavmx, (raw->detach ? TEAVMX_VM_FLAGS_DETACHED : 0) |
			   (raw->lossless ? TEAVMX_VM_FLAGS_LOSSLESS : 0),
			   raw->memory, &vm))
		return -1;
	raw->guest.vm = vm.id;
	if (teavmx_event_watch(teavmx, vm.id, 1) || raw_load(raw))
		return -1;
	/*
	 * A flat binary that lies in the vector table keeps its own bytes
	 * there.
	 */
	if (raw->mode == TEAVMX_MODE_REAL &&
	    (raw->is_elf || raw->load >= REAL_VECTORS_END) &&
	    firmware_write(teavmx, vm.id, raw->memory, &raw->guest.firmware))
		return -1;
	for (i = 0; i < raw->vcpus; i++)
		if (prepare_vcpu(raw, i) || prepare_breaks(raw, i))
			return -1;
	return prepare_routes(raw);
}

static const char *const ends[] = {
	[GUEST_HALTED] = "halted",
	[GUEST_EXIT_PORT] = "exit-port",
	[GUEST_FAILED] = "entry-failed",
	[GUEST_STUCK] = "stuck",
	[GUEST_KILLED] = "killed",
	[GUEST_TIMEOUT] = "timeout",
	[GUEST_INTERRUPTED] = "interrupted",
};

static int status_of(const struct raw *raw)
{
	const struct guest *guest = &raw->guest;

	switch (guest->end) {
	case GUEST_HALTED:
		return CLI_OK;
	case GUEST_EXIT_PORT:
		if (raw->guest_status)
			return guest->board.exit_value & 0xff;
		return guest->board.exit_value ? CLI_GUEST : CLI_OK;
	case GUEST_TIMEOUT:
	case GUEST_INTERRUPTED:
		return CLI_INTERRUPTED;
	default:
		return CLI_GUEST;
	}
}

static json_t *json_vcpus(const struct guest *guest)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < guest->count; i++) {
		struct teavmx_vcpu vcpu;

		if (teavmx_vcpu_get(guest->teavmx, guest->vm,
				    guest->vcpus[i].id, &vcpu))
			continue;
		json_array_append_new(array, output_json_vcpu(&vcpu));
		teavmx_vcpu_clear(&vcpu);
	}
	return array;
}

/* The exit of the vCPU that could not continue, if that was a triple fault */
static const struct teavmx_record *triple_fault(const struct guest *guest)
{
	size_t i;

	for (i = 0; guest->end == GUEST_STUCK && i < guest->count; i++)
		if (guest->vcpus[i].id == guest->culprit &&
		    guest->vcpus[i].exit.reason == VMX_EXIT_TRIPLE_FAULT)
			return &guest->vcpus[i].exit;
	return NULL;
}

/* A new reference, or NULL */
static json_t *json_first_fault(const struct guest *guest)
{
	const struct teavmx_record *fault = triple_fault(guest);
	struct teavmx_record exit;

	if (!fault || first_fault_find(guest->teavmx, fault, &exit))
		return NULL;
	return output_json_decoded(&exit);
}

static void print_first_fault(const struct guest *guest)
{
	const struct teavmx_record *fault = triple_fault(guest);
	char text[OUTPUT_DECODED_MAX];
	struct teavmx_record exit;

	if (!fault || first_fault_find(guest->teavmx, fault, &exit) ||
	    !teavmx_decode_exit(&exit, text, sizeof(text)))
		return;
	fprintf(stderr, "first exception: %s\n", text);
}

static void print_json(const struct raw *raw)
{
	const struct guest *guest = &raw->guest;
	json_t *object = json_object();

	json_object_set_new(object, "vm", json_integer(guest->vm));
	json_object_set_new(object, "mode", json_string(modes[raw->mode]));
	json_object_set_new(object, "memory", json_integer((json_int_t)raw->memory));
	json_object_set_new(object, "end", json_string(ends[guest->end]));
	if (guest->culprit)
		json_object_set_new(object, "vcpu", json_integer(guest->culprit));
	json_object_set_new(object, "value", guest->end == GUEST_EXIT_PORT ?
			    json_integer(guest->board.exit_value) :
			    json_null());
	json_object_set_new(object, "text",
			    tea_json_text(guest->board.text,
					  guest->board.text_size));
	if (guest->cause[0])
		json_object_set_new(object, "cause", json_string(guest->cause));
	if (guest->culprit && guest->cause[0])
		json_object_set_new(object, "registers",
				    dump_json(guest->teavmx, guest->vm,
					      guest->culprit));
	findings_json(&guest->findings, object);
	json_object_set_new(object, "vcpus", json_vcpus(guest));
	/* This runs the vCPU, so it is the last one. */
	json_object_set_new(object, "first_exception", json_first_fault(guest));
	tea_json_print(object, stdout);
}

static void print_exits(const struct guest *guest)
{
	char prefix[32];
	size_t i;

	for (i = 0; i < guest->count; i++) {
		struct teavmx_vcpu vcpu;

		if (teavmx_vcpu_get(guest->teavmx, guest->vm,
				    guest->vcpus[i].id, &vcpu))
			continue;
		snprintf(prefix, sizeof(prefix), "vCPU %u: ", vcpu.id);
		output_exits(prefix, &vcpu);
		teavmx_vcpu_clear(&vcpu);
	}
}

static void print_cause(const struct raw *raw)
{
	const struct guest *guest = &raw->guest;

	cli_error(CLI_GUEST, NULL, "%s", guest->cause);
	if (cli_json)
		return;
	findings_print(&guest->findings);
	if (guest->culprit)
		dump_print(guest->teavmx, guest->vm, guest->culprit);
}

static void print_end(const struct raw *raw)
{
	const struct guest *guest = &raw->guest;

	switch (guest->end) {
	case GUEST_HALTED:
		fprintf(stderr, "%s halted\n",
			guest->count == 1 ? "the vCPU" : "all vCPUs");
		break;
	case GUEST_EXIT_PORT:
		fprintf(stderr, "vCPU %u ended it with value %u\n",
			guest->culprit, guest->board.exit_value);
		break;
	case GUEST_TIMEOUT:
		fprintf(stderr, "stopped after %llu s\n", guest->seconds);
		break;
	case GUEST_INTERRUPTED:
		fputs("interrupted\n", stderr);
		break;
	default:
		break;
	}
}

static int raw_report(const struct raw *raw)
{
	const struct guest *guest = &raw->guest;

	if (cli_output_error)
		return output_stopped();
	if (guest->board.text_error)
		return cli_error(CLI_FAILED, NULL, "text of the payload: %s",
				 strerror(guest->board.text_error));
	fflush(stdout);
	if (cli_json)
		print_json(raw);
	else if (!raw->quiet)
		print_end(raw);
	if (guest->cause[0])
		print_cause(raw);
	if (!cli_json && !raw->quiet)
		print_exits(guest);
	/* This runs the vCPU, so its exits have been shown. */
	if (!cli_json)
		print_first_fault(guest);
	return status_of(raw);
}

/* The vCPUs for other clients, before the text of the payload */
static void print_vcpus(const struct guest *guest)
{
	json_t *array = cli_json ? json_array() : NULL;
	size_t i;

	for (i = 0; i < guest->count; i++)
		if (array)
			json_array_append_new(array,
					      json_integer(guest->vcpus[i].id));
		else
			printf("%u.%u\n", guest->vm, guest->vcpus[i].id);
	if (array)
		tea_json_print(json_pack("{s:I, s:o}", "vm",
					 (json_int_t)guest->vm, "vcpus", array),
			       stdout);
	fflush(stdout);
}

/* A VM that is detached would remain after a failure. */
static int raw_detach(struct raw *raw)
{
	struct guest *guest = &raw->guest;
	int status;

	if (!raw_prepare(raw) && (raw->paused || !guest_start(guest))) {
		print_vcpus(guest);
		return output_detached(guest->teavmx, guest->vm);
	}
	status = raw_fail(raw);
	if (guest->vm)
		teavmx_vm_del(guest->teavmx, guest->vm);
	return status;
}

static int raw_attend(struct raw *raw)
{
	struct guest *guest = &raw->guest;

	guest->held = raw->paused;
	if (raw_prepare(raw))
		return raw_fail(raw);
	if (raw->paused)
		print_vcpus(guest);
	return guest_run(guest) ? raw_fail(raw) : raw_report(raw);
}

static int run_raw(struct raw *raw)
{
	struct guest *guest = &raw->guest;
	int status;

	guest->teavmx = output_open(&status);
	if (!guest->teavmx)
		return status;
	board_init(&guest->board, (uint16_t)raw->exit_port,
		   (uint16_t)raw->debug_port, cli_json);
	interrupt_catch();
	if (isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOLBF, 0);
	status = raw->detach ? raw_detach(raw) : raw_attend(raw);
	board_free(&guest->board);
	teavmx_close(guest->teavmx);
	return status;
}

/* Standard input is for the payload, so the file cannot come from there. */
static int map_file(struct raw *raw)
{
	int fd = open(raw->path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	void *file;

	if (fd < 0 || fstat(fd, &stat))
		return cli_error(CLI_FAILED, NULL, "%s: %s", raw->path,
				 strerror(errno));
	if (!S_ISREG(stat.st_mode) || !stat.st_size) {
		close(fd);
		return cli_error(CLI_FAILED, NULL,
				 "%s: %s, expected a file with a payload in it",
				 raw->path, S_ISDIR(stat.st_mode) ?
				 "this is a folder" : S_ISREG(stat.st_mode) ?
				 "the file is empty" : "this is no regular file");
	}
	raw->size = (size_t)stat.st_size;
	file = mmap(NULL, raw->size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return cli_error(CLI_FAILED, NULL, "%s: %s", raw->path,
				 strerror(errno));
	raw->file = file;
	raw->is_elf = raw->size >= EI_NIDENT && !memcmp(file, ELFMAG, SELFMAG);
	return CLI_OK;
}

static int raw_refuse(const char *option, const char *expected)
{
	return command_usage(&command_raw, "--%s: expected %s, got '%s'",
			     option, expected, optarg);
}

static int take_mode(struct raw *raw)
{
	for (raw->mode = 0; raw->mode < (int)ARRAY_SIZE(modes); raw->mode++)
		if (!strcmp(optarg, modes[raw->mode]))
			return CLI_OK;
	return raw_refuse("mode", "real, protected or long");
}

static int take_memory(struct raw *raw)
{
	unsigned long long size;

	if (cli_quantity(optarg, cli_sizes, 0, UINT64_MAX, &size) || !size || size % PAGE_SIZE ||
	    size > TEAVMX_MEMORY_MAX)
		return raw_refuse("memory",
				  "a multiple of 4K from 4K to 1G, such as 64K or 16M");
	raw->memory = size;
	return CLI_OK;
}

static int take_address(const char *option, uint64_t *address)
{
	unsigned long long value;

	if (cli_quantity(optarg, cli_sizes, 0, UINT64_MAX, &value) || value >= TEAVMX_MEMORY_MAX)
		return raw_refuse(option, "an address below 1G");
	*address = value;
	return CLI_OK;
}

static int take_attended(int option, struct raw *raw)
{
	switch (option) {
	case 'g':
		raw->attended = "guest-status";
		raw->guest_status = true;
		return CLI_OK;
	case 'x':
		raw->attended = "exit-port";
		return cli_number(optarg, 0, UINT16_MAX, &raw->exit_port) ?
		       raw_refuse("exit-port", "a port") : CLI_OK;
	case 'd':
		raw->attended = "debug-port";
		return cli_number(optarg, 0, UINT16_MAX, &raw->debug_port) ?
		       raw_refuse("debug-port", "a port") : CLI_OK;
	default:
		raw->attended = "timeout";
		return cli_number(optarg, 1, 1000000000, &raw->guest.seconds) ?
		       raw_refuse("timeout", "seconds") : CLI_OK;
	}
}

static int take_register(struct raw *raw)
{
	if (raw->register_count == REGISTERS_MAX)
		return command_usage(&command_raw,
				     "--reg: expected %d at most",
				     REGISTERS_MAX);
	raw->register_words[raw->register_count++] = optarg;
	return CLI_OK;
}

/* ADDRESS or ADDRESS:KIND */
static int take_break(struct raw *raw)
{
	size_t size = strcspn(optarg, ":");
	struct teavmx_breakpoint *new;
	unsigned long long number;
	char address[32];
	int kind = 0;

	snprintf(address, sizeof(address), "%.*s", (int)size, optarg);
	if (size >= sizeof(address) || cli_number(address, 0, ~0ULL, &number))
		return raw_refuse("break", "ADDRESS or ADDRESS:KIND");
	if (raw->break_count == BREAKS_MAX)
		return command_usage(&command_raw,
				     "--break: expected %d at most", BREAKS_MAX);
	if (optarg[size])
		kind = choice_take_named(&command_raw, "kind",
					 optarg + size + 1,
					 teavmx_breakpoint_kind_name);
	if (kind < 0)
		return CLI_USAGE;
	new = &raw->breaks[raw->break_count++];
	new->address = number;
	new->kind = (uint32_t)kind;
	return CLI_OK;
}

static int take_write(struct raw *raw)
{
	if (raw->write_count == WRITES_MAX)
		return command_usage(&command_raw,
				     "--write: expected %d at most", WRITES_MAX);
	return vmcs_word_take(&command_raw, optarg,
			      &raw->writes[raw->write_count++]);
}

static int take_route(struct raw *raw)
{
	if (!strchr(optarg, '='))
		return raw_refuse("route", "REASON=host, builtin or raw");
	return route_word_take(&command_raw, optarg, &raw->routes);
}

static int raw_option(int option, void *state)
{
	struct raw *raw = state;

	switch (option) {
	case 'r':
		return take_register(raw);
	case 'b':
		return take_break(raw);
	case 'R':
		return take_route(raw);
	case 'w':
		return take_write(raw);
	case 'p':
		raw->paused = true;
		return CLI_OK;
	case 'D':
		raw->detach = true;
		return CLI_OK;
	case 'L':
		raw->lossless = true;
		return CLI_OK;
	case 'm':
		return take_mode(raw);
	case 'M':
		return take_memory(raw);
	case 'l':
		return take_address("load", &raw->load);
	case 'e':
		return take_address("entry", &raw->entry);
	case 'n':
		return cli_number(optarg, 1, TEAVMX_RAW_VCPUS_MAX, &raw->vcpus) ?
		       raw_refuse("vcpus", "1 to 8") : CLI_OK;
	case 'q':
		raw->quiet = true;
		return CLI_OK;
	default:
		return take_attended(option, raw);
	}
}

static int check_detach(const struct raw *raw)
{
	uint32_t i;

	if (!raw->detach)
		return CLI_OK;
	if (raw->attended)
		return command_usage(&command_raw,
				     "--%s: does not go with --detach, as teavmx ends before the payload",
				     raw->attended);
	for (i = 0; i < ROUTE_REASONS; i++)
		if (raw->routes.request[i] == ROUTE_RAW)
			return command_usage(&command_raw,
					     "--route %s=raw: does not go with --detach, as no device answers",
					     vmx_exit_reason_name(i));
	return CLI_OK;
}

static int raw_run(int argc, char **argv, void *state)
{
	struct raw *raw = state;

	if (optind == argc)
		return command_usage(&command_raw, "expected a payload FILE");
	raw->path = argv[optind++];
	return command_end(&command_raw, argc, argv) ?: check_detach(raw) ?:
	       map_file(raw) ?: raw_check(raw) ?: run_raw(raw);
}

static const struct raw initial = {
	.mode = -1,
	.memory = NOT_GIVEN,
	.load = NOT_GIVEN,
	.entry = NOT_GIVEN,
	.vcpus = 1,
	.exit_port = BOARD_EXIT_PORT,
	.debug_port = BOARD_DEBUG_PORT,
};

static const struct option options[] = {
	{ "mode", required_argument, NULL, 'm' },
	{ "memory", required_argument, NULL, 'M' },
	{ "vcpus", required_argument, NULL, 'n' },
	{ "load", required_argument, NULL, 'l' },
	{ "entry", required_argument, NULL, 'e' },
	{ "reg", required_argument, NULL, 'r' },
	{ "exit-port", required_argument, NULL, 'x' },
	{ "debug-port", required_argument, NULL, 'd' },
	{ "timeout", required_argument, NULL, 't' },
	{ "paused", no_argument, NULL, 'p' },
	{ "break", required_argument, NULL, 'b' },
	{ "route", required_argument, NULL, 'R' },
	{ "detach", no_argument, NULL, 'D' },
	{ "lossless", no_argument, NULL, 'L' },
	{ "write", required_argument, NULL, 'w' },
	{ "guest-status", no_argument, NULL, 'g' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_raw = {
	.name = "raw",
	.synopsis = "[OPTION...] FILE",
	.summary = "Run a flat binary or an ELF file on the bare virtual processor.",
	.help =
	"What the payload writes to the serial interface on port 0x3f8 or to the debug\n"
	"port appears on standard output; the serial interface receives standard input.\n"
	"It ends when it writes to the exit port or when all vCPUs have halted. Every vCPU\n"
	"begins at the entry, with its number from 0 in RDI and the bytes of RAM in RSI.\n\n"
	"  -m, --mode M        real, protected or long; for ELF files protected or long\n"
	"                      by their class, else real\n"
	"  -M, --memory SIZE   RAM from address 0 on, up to 1G, from 4K in real mode (1M if\n"
	"                      not given), else from 24K (16M)\n"
	"  -n, --vcpus N       1 to 8 (1)\n"
	"  -l, --load A        where a flat binary goes (0x7c00 in real mode, else 0x100000)\n"
	"  -e, --entry A       first instruction (of a flat binary, its first byte)\n"
	"  -r, --reg NAME=V    first value of a register, a name of 'teavmx help regs'; may\n"
	"                      be given several times and is the same for each vCPU\n"
	"  -x, --exit-port P   port that ends it (0xf4)\n"
	"  -d, --debug-port P  port whose bytes are text (0xe9)\n"
	"  -t, --timeout SEC   stop it after so many seconds\n"
	"  -p, --paused        print VM.VCPU and run nothing: 'teavmx continue' and the\n"
	"                      other verbs do; the VM remains until Ctrl-C\n"
	"  -b, --break A[:K]   a breakpoint of each vCPU, as 'teavmx break' sets; may be\n"
	"                      given several times\n"
	"  -R, --route R=WHO   who handles an exit, as 'teavmx route' sets; may be given\n"
	"                      several times\n"
	"  -D, --detach        print VM.VCPU and end; the VM remains, without devices\n"
	"  -L, --lossless      wait for slow readers of events, so that they miss none\n"
	"  -w, --write F=V     overwrite a VMCS field before the first VM entry, to see it\n"
	"                      fail; needs the module loaded with vmx_break=1, and can\n"
	"                      crash the host; may be given several times\n"
	"  -g, --guest-status  exit with the value written to the exit port, modulo 256\n"
	"  -q, --quiet         do not show how it ended and its VMX exits\n"
	"  -j, --json          print one JSON object\n"
	"  -h, --help          show this text\n\n"
	"Exit status: 0 if all vCPUs halted or 0 was written to the exit port, 6 with\n"
	"another value, a triple fault, a failed entry or an exit that has no answer, 7\n"
	"after the timeout or Ctrl-C; see 'teavmx help' for the others.\n",
	.options = options,
	.state_size = sizeof(struct raw),
	.initial = &initial,
	.option = raw_option,
	.run = raw_run,
};
