// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gallery of exits: each payload of gallery/ runs in a raw VM of its own,
 * and the first exit that it causes must be the one of its row in
 * gallery/table.c, decoded as written there. Exits that the host causes, by its
 * interrupts, NMIs and timer, do not count. In the end comes a table of all
 * exit reasons. Needs VMX, and vmx_break=1 for the rows that write the VMCS.
 *
 * gallery_test PAYLOAD... runs only these. gallery_test --document copies
 * Documentation/exits.rst from standard input to standard output, with a
 * new table of the rows.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gallery/document.h"
#include "gallery/gallery.h"
#include "kselftest.h"
#include "machine.h"

#define DIRECTORY	"gallery/"
#define DOCUMENT	DIRECTORY "exits.rst"
#define PATIENCE_MS	10000
#define CODE_MAX	(PAYLOAD_DATA - PAYLOAD_ADDRESS)
#define VCPU		1
#define HLT		0xf4
#define MESSAGE_SIZE	1024
#define TEXT		256
/* On the emulated host; there are more. */
#define PROVOKED_MIN	45

/* All reasons, as a list of numbers */
#define NUMBER(name, number, text)	(number),
static const uint16_t reasons[] = { VMX_EXIT_REASONS_TABLE(NUMBER) };

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* What a row came to */
enum outcome {
	OUTCOME_NOT_RUN,
	OUTCOME_RIGHT,
	OUTCOME_WRONG,
	OUTCOME_SKIPPED,
};

struct result {
	enum outcome outcome;
	const char *why;
	char words[TEXT];
};

struct code {
	size_t size;
	uint8_t bytes[CODE_MAX];
};

/* As much as RAM, and all written, so that no exit has to provide a page */
static uint8_t memory[PAYLOAD_MEMORY];

/* The log of one run */
struct seen {
	const struct gallery_row *row;
	bool found;
	uint32_t reason;
	char words[TEXT];
};

static struct teavmx_caps caps;
static struct teavmx_vmcs_write *usual;
static int usual_count;
static bool can_write;

static int fail(struct teavmx *teavmx)
{
	printf("# %s\n", teavmx_error(teavmx)->message);
	return -1;
}

static int read_code(const char *payload, struct code *code)
{
	char name[64];
	FILE *file;

	snprintf(name, sizeof(name), DIRECTORY "%s.bin", payload);
	file = fopen(name, "re");
	if (!file) {
		printf("# %s: %s\n", name, strerror(errno));
		return -1;
	}
	code->size = fread(code->bytes, 1, sizeof(code->bytes), file);
	fclose(file);
	return code->size ? 0 : -1;
}

/* Exits that come by themselves */
static bool is_of_host(const struct teavmx_record *record)
{
	struct teavmx_event_info event;

	switch (record->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_EXTERNAL_INTERRUPT:
	case VMX_EXIT_PREEMPTION_TIMER:
		return true;
	case VMX_EXIT_EXCEPTION_NMI:
		event = teavmx_event_info(record->intr_info);
		return event.type == VMX_INTR_TYPE_NMI;
	default:
		return false;
	}
}

static void see(const struct teavmx_record *record, void *data)
{
	struct seen *seen = data;
	uint32_t reason = record->reason & VMX_EXIT_BASIC_MASK;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT || seen->found)
		return;
	if (is_of_host(record) && reason != seen->row->reason)
		return;
	seen->found = true;
	seen->reason = reason;
	teavmx_decode_exit(record, seen->words, sizeof(seen->words));
}

static uint64_t usual_value(uint32_t field)
{
	int i;

	for (i = 0; i < usual_count; i++)
		if (usual[i].field == field)
			return usual[i].value;
	return 0;
}

static int put_writes(struct nl_msg *message, const struct gallery_row *row)
{
	const struct gallery_write *write = row->writes;

	for (; write < row->writes + GALLERY_WRITES && write->field; write++) {
		uint64_t value = write->clear == ~0ULL ?
				 0 : usual_value(write->field);
		struct nlattr *nest;

		value = (value & ~write->clear) | write->set;
		value |= pages_address(write->page);
		nest = nla_nest_start(message, TEAVMX_A_VCPU_VMCS_WRITE |
					       NLA_F_NESTED);
		if (!nest ||
		    nla_put_u32(message, TEAVMX_A_VMCS_FIELD_ENCODING,
				write->field) ||
		    nla_put_u64(message, TEAVMX_A_VMCS_FIELD_VALUE, value))
			return -1;
		nla_nest_end(message, nest);
	}
	return 0;
}

static int new_vcpu(struct teavmx *teavmx, uint32_t vm,
		    const struct gallery_row *row)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_VCPU_NEW, 0, MESSAGE_SIZE);
	if (!message)
		return -1;
	if (nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm) ||
	    put_writes(message, row)) {
		nlmsg_free(message);
		return -1;
	}
	return teavmx_call(teavmx, message, "create a vCPU", NULL);
}

static int route(struct teavmx *teavmx, struct teavmx_vm *vm,
		 const struct gallery_row *row)
{
	if (row->routed) {
		vm->host_reasons[row->reason / 8] |= 1 << row->reason % 8;
		if (teavmx_host_reasons(teavmx, vm->id, vm->host_reasons))
			return -1;
	}
	if (row->exceptions &&
	    teavmx_host_exceptions(teavmx, vm->id, row->exceptions))
		return -1;
	return 0;
}

static int set_register(struct teavmx *teavmx, uint32_t vm,
			const struct gallery_row *row)
{
	struct teavmx_register *registers, changed;
	int count, err;

	if (!row->number)
		return 0;
	count = teavmx_regs_get(teavmx, vm, VCPU, &registers);
	if (count < 0)
		return -1;
	changed.number = row->number;
	changed.value = teavmx_reg_get(registers, (size_t)count, row->number);
	changed.value = (changed.value & ~row->clear) | row->set;
	err = teavmx_regs_set(teavmx, vm, VCPU, &changed, 1);
	free(registers);
	return err;
}

/*
 * All of RAM. In real mode unexpected interrupts and exceptions end the
 * payload; in the other modes there is no way to deliver them.
 */
static void fill_memory(const struct code *code)
{
	unsigned int i;

	memset(memory, 0, sizeof(memory));
	for (i = 0; i < PAYLOAD_VECTORS; i++) {
		memory[4 * i] = PAYLOAD_HALT & 0xff;
		memory[4 * i + 1] = PAYLOAD_HALT >> 8;
	}
	memory[PAYLOAD_HALT] = HLT;
	memcpy(memory + PAYLOAD_ADDRESS, code->bytes, code->size);
}

static int load(struct teavmx *teavmx, uint32_t vm,
		const struct gallery_row *row, const struct code *code)
{
	fill_memory(code);
	if (!row->own_memory &&
	    teavmx_mem_write(teavmx, vm, 0, memory, sizeof(memory)))
		return -1;
	if (teavmx_mode_enter(teavmx, vm, VCPU, row->mode, PAYLOAD_ADDRESS,
			      PAYLOAD_STACK, PAYLOAD_TABLES))
		return -1;
	return set_register(teavmx, vm, row);
}

static int start(struct teavmx *teavmx, struct teavmx_vm *vm,
		 const struct gallery_row *row, const struct code *code)
{
	const struct teavmx_run how = { .time = row->time };

	if (pages_prepare(code->bytes, code->size, row->data_rights)) {
		printf("# pages of known address: %s\n", strerror(errno));
		return -1;
	}
	if (teavmx_raw_new(teavmx, 0, PAYLOAD_MEMORY, vm) ||
	    route(teavmx, vm, row) || new_vcpu(teavmx, vm->id, row) ||
	    load(teavmx, vm->id, row, code) ||
	    teavmx_vcpu_run_with(teavmx, vm->id, VCPU, &how))
		return fail(teavmx);
	return 0;
}

/* Until it is paused or has exited */
static int wait_end(struct teavmx *teavmx, uint32_t vm)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	long long end = machine_ms() + PATIENCE_MS;
	struct teavmx_vcpu vcpu;
	uint32_t state;

	for (;;) {
		if (teavmx_vcpu_get(teavmx, vm, VCPU, &vcpu))
			return fail(teavmx);
		state = vcpu.state;
		teavmx_vcpu_clear(&vcpu);
		if (state == TEAVMX_VCPU_STATE_PAUSED ||
		    state == TEAVMX_VCPU_STATE_EXITED)
			return 0;
		if (machine_ms() > end) {
			printf("# it is still %s\n", teavmx_state_name(state));
			return -1;
		}
		nanosleep(&nap, NULL);
	}
}

static int run(struct teavmx *teavmx, const struct gallery_row *row,
	       struct seen *seen)
{
	struct teavmx_vm vm = { 0 };
	static struct code code;
	uint64_t seq = 0;
	int err;

	if (read_code(row->payload, &code))
		return -1;
	err = start(teavmx, &vm, row, &code);
	if (!err)
		err = wait_end(teavmx, vm.id);
	if (!err) {
		do {
			err = teavmx_event_get(teavmx, vm.id, &seq, see, seen);
		} while (err > 0);
	}
	if (vm.id && teavmx_vm_del(teavmx, vm.id))
		return fail(teavmx);
	return err;
}

static bool has_advanced_information(void)
{
	const struct teavmx_msr *found =
		teavmx_caps_msr(&caps, VMX_MSR_EPT_VPID_CAP);

	return found &&
	       found->value & BIT(VMX_EPT_VPID_ADVANCED_EXIT_INFORMATION_BIT);
}

static bool is_right(const struct gallery_row *row, const struct seen *seen)
{
	char words[TEXT];
	bool right = true;

	if (!seen->found) {
		printf("# no exit\n");
		return false;
	}
	if (seen->reason != row->reason) {
		printf("# exit %u %s and not %s\n", seen->reason,
		       vmx_exit_reason_name(seen->reason),
		       vmx_exit_reason_name(row->reason));
		right = false;
	}
	snprintf(words, sizeof(words), "%s%s", row->words,
		 row->advanced && has_advanced_information() ? row->advanced :
							       "");
	if (strcmp(seen->words, words)) {
		printf("# decoded as '%s' and not '%s'\n", seen->words, words);
		right = false;
	}
	return right;
}

static bool has_controls(uint32_t msr, uint32_t controls)
{
	const struct teavmx_msr *found = teavmx_caps_msr(&caps, msr);
	/* The bits that may be 1 are in the high half. */
	uint32_t may = found ? found->value >> 32 : 0;

	return (may & controls) == controls;
}

/* Why a row cannot run, or NULL */
static const char *missing(const struct gallery_row *row)
{
	if (!has_controls(VMX_MSR_PROCBASED_CTLS, row->primary) ||
	    !has_controls(VMX_MSR_PROCBASED_CTLS2, row->secondary))
		return "this CPU lacks a control";
	if (row->writes[0].field && !can_write)
		return "the module was loaded without vmx_break=1";
	if (row->number == TEAVMX_REG_CR4 && row->set & CR4_OSXSAVE &&
	    !machine_cpu_has("xsave"))
		return "the host's kernel does not use XSAVE";
	return NULL;
}

static void test_row(struct teavmx *teavmx, const struct gallery_row *row,
		     struct result *result)
{
	struct seen seen = { .row = row };
	bool right;

	result->why = missing(row);
	if (result->why) {
		result->outcome = OUTCOME_SKIPPED;
		ksft_test_result_skip("%s: %s\n", row->payload, result->why);
		return;
	}
	right = !run(teavmx, row, &seen) && is_right(row, &seen);
	result->outcome = right ? OUTCOME_RIGHT : OUTCOME_WRONG;
	snprintf(result->words, sizeof(result->words), "%s", seen.words);
	ksft_test_result(right, "%s: exit %u %s\n", row->payload, row->reason,
			 vmx_exit_reason_name(row->reason));
}

static const char *why_absent(uint32_t reason)
{
	const struct gallery_absent *absent;

	for (absent = gallery_absent; absent->why; absent++)
		if (absent->reason == reason)
			return absent->why;
	return NULL;
}

/* One line a row: reason, provoked, by what, decoded as or why not */
static bool print_reason(uint32_t reason, const struct result *results)
{
	const struct gallery_row *row;
	const char *why = why_absent(reason);
	bool provoked = false;
	size_t i;

	for (i = 0; gallery_rows[i].payload; i++) {
		row = &gallery_rows[i];
		if (row->reason != reason)
			continue;
		if (results[i].outcome == OUTCOME_RIGHT) {
			printf("# %2u %-20s yes  %s.S (%s)%s%s\n", reason,
			       vmx_exit_reason_name(reason), row->payload,
			       gallery_mode_name(row->mode),
			       *results[i].words ? ": " : "", results[i].words);
			provoked = true;
		} else if (!why) {
			why = results[i].why ? results[i].why :
					       "not as expected";
		}
	}
	if (!provoked)
		printf("# %2u %-20s no   %s\n", reason,
		       vmx_exit_reason_name(reason), why ? why : "?");
	return provoked;
}

static unsigned int print_coverage(const struct result *results)
{
	unsigned int provoked = 0;
	size_t i;

	for (i = 0; i < COUNT(reasons); i++)
		provoked += print_reason(reasons[i], results);
	printf("# %u of %zu exit reasons provoked\n", provoked,
	       COUNT(reasons));
	return provoked;
}

/* Each reason is in exactly one of the two tables. */
static bool is_complete(void)
{
	const struct gallery_row *row;
	bool complete = true;
	size_t i;

	for (i = 0; i < COUNT(reasons); i++) {
		bool provoked = false;

		for (row = gallery_rows; row->payload; row++)
			provoked |= row->reason == reasons[i];
		if (provoked == !why_absent(reasons[i]))
			continue;
		printf("# %s is in %s table\n",
		       vmx_exit_reason_name(reasons[i]),
		       provoked ? "each" : "no");
		complete = false;
	}
	return complete;
}

static bool read_can_write(void)
{
	FILE *file = fopen("/sys/module/teavmx/parameters/vmx_break", "re");
	int answer;

	if (!file)
		return false;
	answer = fgetc(file);
	fclose(file);
	return answer == 'Y' || answer == '1';
}

/* What the engine writes to the VMCS of a vCPU as it usually is */
static int read_usual(struct teavmx *teavmx)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	if (teavmx_raw_new(teavmx, 0, PAYLOAD_MEMORY, &vm) ||
	    teavmx_raw_vcpu_new(teavmx, vm.id, &vcpu))
		return fail(teavmx);
	teavmx_vcpu_clear(&vcpu);
	usual_count = teavmx_vmcs_get(teavmx, vm.id, VCPU, &usual);
	if (usual_count < 0 || teavmx_vm_del(teavmx, vm.id))
		return fail(teavmx);
	return 0;
}

static bool is_wanted(const char *payload, char **names, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(payload, names[i]))
			return true;
	return !count;
}

static void test_rows(struct teavmx *teavmx, char **names, int count,
		      struct result *results)
{
	size_t i;

	for (i = 0; gallery_rows[i].payload; i++)
		if (is_wanted(gallery_rows[i].payload, names, count))
			test_row(teavmx, &gallery_rows[i], &results[i]);
}

static unsigned int count_rows(char **names, int count)
{
	const struct gallery_row *row;
	unsigned int rows = 0;

	for (row = gallery_rows; row->payload; row++)
		rows += is_wanted(row->payload, names, count);
	return rows;
}

/* The rows, when this machine can run them */
static void test_gallery(char **names, int count)
{
	struct teavmx *teavmx = machine_open();
	unsigned int provoked = 0;
	struct result *results;
	struct teavmx_info info;

	if (teavmx_get_info(teavmx, NULL, &info))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	if (!info.vmx) {
		ksft_set_plan(3);
		ksft_test_result_skip("gallery: %s\n", info.vmx_missing);
		teavmx_close(teavmx);
		return;
	}
	ksft_set_plan(3 + count_rows(names, count));
	can_write = read_can_write();
	results = calloc(count_rows(NULL, 0), sizeof(*results));
	if (!results || teavmx_caps_get(teavmx, 0, &caps) ||
	    read_usual(teavmx))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	test_rows(teavmx, names, count, results);
	if (!count)
		provoked = print_coverage(results);
	if (!count && can_write)
		ksft_test_result(provoked >= PROVOKED_MIN,
				 "at least %u exit reasons are provoked\n",
				 PROVOKED_MIN);
	else
		ksft_test_result_skip("coverage: not all rows were run\n");
	free(results);
	free(usual);
	teavmx_close(teavmx);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--document"))
		return document_write(stdin, stdout) ? 1 : 0;
	ksft_print_header();
	test_gallery(argv + 1, argc - 1);
	ksft_test_result(is_complete(), "every exit reason has its place\n");
	ksft_test_result(!document_check(DOCUMENT),
			 "the documentation has the same table\n");
	ksft_finished();
}
