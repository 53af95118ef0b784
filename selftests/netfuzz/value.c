// SPDX-License-Identifier: GPL-2.0-only
#include "value.h"

#include <string.h>

#include <selftests/module/guest_payload.h>
#include <uapi/regs.h>
#include <uapi/tea.h>
#include <uapi/teavmx.h>

#include "programs.h"

#define PROGRAM(name)	{ program_##name, sizeof(program_##name) }
#define MAX_PROGRAM	4096
/* Of every number, so few are not one that a request expects. */
#define ODD_PERCENT	4

/*
 * None runs without an end, as the callers would have no time to themselves. Some do with
 * bits flipped.
 */
static const struct {
	const uint8_t *bytes;
	size_t size;
} programs[] = {
	PROGRAM(count), PROGRAM(countdown), PROGRAM(echo),
	PROGRAM(read), PROGRAM(read_ports), PROGRAM(host_read),
	PROGRAM(host_read), PROGRAM(host_read), PROGRAM(host_read),
	PROGRAM(host_read), PROGRAM(host_read), PROGRAM(host_write), PROGRAM(sleep), PROGRAM(nap),
	PROGRAM(chatter), PROGRAM(divide), PROGRAM(recursion), PROGRAM(argument),
	PROGRAM(exit), PROGRAM(relay), PROGRAM(wait), PROGRAM(give),
	PROGRAM(take), PROGRAM(leave), PROGRAM(push_loop), PROGRAM(quiet),
};

/* What a raw guest executes at the start of its RAM or where MEM_WRITE puts it */
GUEST_PAYLOAD(code_exits,
	".code16\n"
	"1:	cpuid\n"
	"	out	%al, $0x80\n"
	"	in	$0x80, %ax\n"
	"	rdmsr\n"
	"	jmp	1b");
GUEST_PAYLOAD(code_stores,
	".code16\n"
	"1:	mov	%ax, (%bx)\n"
	"	add	$64, %bx\n"
	"	hlt\n"
	"	jmp	1b");
GUEST_PAYLOAD(code_waits,
	".code16\n"
	"1:	pause\n"
	"	inc	%cx\n"
	"	jnz	1b\n"
	"	hlt");

static bool has_vmx;

void value_set_vmx(bool usable)
{
	has_vmx = usable;
}

void value_any(struct chance *chance, uint8_t *bytes)
{
	uint64_t value = UINT64_C(1) << chance_below(chance, 64);

	switch (chance_below(chance, 6)) {
	case 0:
		value = chance_below(chance, 4);
		break;
	case 1:
		value--;
		break;
	case 2:
		value = -value;
		break;
	case 3:
		value = chance_next(chance);
		break;
	case 4:
		value += chance_below(chance, 3);
		break;
	}
	memcpy(bytes, &value, sizeof(value));
}

bool value_needs_vmx(uint8_t command)
{
	switch (command) {
	case TEAVMX_CMD_VM_SET:
	case TEAVMX_CMD_MEM_MAP:
	case TEAVMX_CMD_MEM_DIRTY:
	case TEAVMX_CMD_VCPU_MAP:
	case TEAVMX_CMD_VMCS_GET:
	case TEAVMX_CMD_INJECT:
	case TEAVMX_CMD_VM_SNAPSHOT:
	case TEAVMX_CMD_VM_RESET:
	case TEAVMX_CMD_VM_CLONE:
		return true;
	default:
		return false;
	}
}

bool value_useful(uint8_t command)
{
	return has_vmx || !value_needs_vmx(command);
}

/* Commands that act on raw VMs, or on processes that are debugged */
static bool command_is_raw(const struct grammar_command *command)
{
	static const char *const sets[] = { "memory", "registers",
					    "breakpoint" };
	unsigned int i;

	for (i = 0; i < COUNT(sets); i++)
		if (!strcmp(command->set->name, sets[i]))
			return true;
	return value_needs_vmx(command->number);
}

unsigned int value_vm(struct request *request)
{
	bool tea = !strcmp(request->command->set->name, "machine");
	unsigned int first = chance_below(&request->chance, OBJECTS_VMS);
	bool any = chance_percent(&request->chance, 15);
	unsigned int i;

	any |= !tea && !command_is_raw(request->command);
	for (i = 0; i < 2 * OBJECTS_VMS; i++) {
		struct object_vm vm = objects_vm((first + i) % OBJECTS_VMS);

		if (vm.id && (any || i >= OBJECTS_VMS || vm.raw != tea))
			return (first + i) % OBJECTS_VMS;
	}
	return first;
}

static void put_number(struct request *request,
		       const struct grammar_attribute *attribute, uint64_t value)
{
	static const size_t sizes[] = {
		[GRAMMAR_U8] = 1, [GRAMMAR_U16] = 2, [GRAMMAR_U32] = 4,
		[GRAMMAR_U64] = 8,
	};

	if (chance_percent(&request->chance, ODD_PERCENT))
		value_any(&request->chance, (uint8_t *)&value);
	request_put(request, attribute->type, &value, sizes[attribute->kind]);
}

static void put_vm_id(struct request *request,
		      const struct grammar_attribute *attribute)
{
	put_number(request, attribute, request->vm.id);
}

static void put_vcpu_id(struct request *request,
			const struct grammar_attribute *attribute)
{
	unsigned int highest = request->vm.vcpus;
	unsigned int below = chance_below(&request->chance, 3);

	put_number(request, attribute, highest > below ? highest - below : 1);
}

static void put_program(struct request *request,
			const struct grammar_attribute *attribute)
{
	unsigned int i = chance_below(&request->chance, COUNT(programs));
	uint8_t bytes[MAX_PROGRAM];
	size_t size = programs[i].size;

	if (chance_percent(&request->chance, 1)) {
		static const uint8_t large[60000];

		request_put(request, attribute->type, large, sizeof(large));
		return;
	}
	memcpy(bytes, programs[i].bytes, size);
	if (chance_percent(&request->chance, 15))
		bytes[chance_below(&request->chance, size)] ^=
			1 << chance_below(&request->chance, 8);
	request_put(request, attribute->type, bytes, size);
}

static void put_arguments(struct request *request,
			  const struct grammar_attribute *attribute)
{
	uint64_t bytes = chance_next(&request->chance);

	request_put(request, attribute->type, &bytes,
		    chance_below(&request->chance, 5));
}

static void put_packet(struct request *request,
		       const struct grammar_attribute *attribute)
{
	struct chance *chance = &request->chance;
	uint8_t packet[TEA_PACKET_MAX + 1] = {
		TEA_ADDRESS_DEFAULT, 2, TEA_CMD_VM_KILL,
		1 + chance_below(chance, 8),
	};

	if (chance_percent(chance, 80)) {
		packet[2] = TEA_CMD_VM_RUN;
		packet[3] = (uint8_t)chance_below(chance, 8);
		packet[4] = chance_below(chance, 4);
		packet[5] = 1 + chance_below(chance, 8);
		packet[1] = 3 + (packet[3] & TEA_RUN_PID ? 1 : 0);
	}
	if (chance_percent(chance, 15))
		packet[chance_below(chance, sizeof(packet))] ^=
			(uint8_t)chance_next(chance);
	request_put(request, attribute->type, packet,
		    packet[1] <= 8 ? packet[1] + 2 : 5);
}

static void put_memory(struct request *request,
		       const struct grammar_attribute *attribute)
{
	unsigned int shift = chance_percent(&request->chance, 3) ? 18 :
			     1 + chance_below(&request->chance, 9);

	put_number(request, attribute, UINT64_C(0x1000) << shift);
}

static void put_address(struct request *request,
			const struct grammar_attribute *attribute)
{
	struct chance *chance = &request->chance;
	uint64_t page = chance_below(chance, 8) * 0x1000;

	/* It is that of a process, in its code or on its stack. */
	if (!request->vm.raw) {
		put_number(request, attribute, chance_below(chance, 100));
		return;
	}
	put_number(request, attribute, page +
		   (chance_percent(chance, 30) ? chance_below(chance, 0x1000) :
		    0));
}

static void put_size(struct request *request,
		     const struct grammar_attribute *attribute)
{
	struct chance *chance = &request->chance;

	if (attribute->kind == GRAMMAR_U8)
		put_number(request, attribute, 1 << chance_below(chance, 4));
	else
		put_number(request, attribute,
			   chance_below(chance, request->vm.raw ? 5000 : 30));
}

static void put_bitmap(struct request *request,
		       const struct grammar_attribute *attribute)
{
	uint8_t bitmap[TEAVMX_HOST_REASONS_SIZE] = { 0 };
	unsigned int i = chance_below(&request->chance, 12);

	while (i--) {
		unsigned int bit = chance_below(&request->chance, 70);

		bitmap[bit / 8] |= 1 << bit % 8;
	}
	request_put(request, attribute->type, bitmap, sizeof(bitmap));
}

#define NUMBER_OF(name, number, text, field)	number,

static void put_register(struct request *request,
			 const struct grammar_attribute *attribute)
{
	static const uint32_t numbers[] = {
		TEAVMX_REG_GENERAL(NUMBER_OF)
		TEAVMX_REG_CONTROL(NUMBER_OF)
		TEAVMX_REG_SEGMENTS(NUMBER_OF)
	};
	static const uint32_t tea[] = { TEAVMX_REG_TEA(NUMBER_OF) };
	unsigned int i = chance_below(&request->chance, COUNT(numbers));

	put_number(request, attribute, request->vm.raw ? numbers[i] :
		   tea[i % COUNT(tea)]);
}

static void put_msr(struct request *request,
		    const struct grammar_attribute *attribute)
{
	static const uint32_t numbers[] = { 0x8b, 0xce, 0x17a, 0x1a0, 0x19c,
					    0x3a, 0x10, 0xc0000080, 0x1d9 };

	put_number(request, attribute,
		   numbers[chance_below(&request->chance, COUNT(numbers))]);
}

static void put_small(struct request *request,
		      const struct grammar_attribute *attribute)
{
	put_number(request, attribute, chance_below(&request->chance, 12));
}

static void put_power(struct request *request,
		      const struct grammar_attribute *attribute)
{
	put_number(request, attribute,
		   1 << chance_below(&request->chance, 17));
}

/* The number of the first request of a vCPU to its host */
static void put_host_request(struct request *request,
			     const struct grammar_attribute *attribute)
{
	put_number(request, attribute,
		   chance_percent(&request->chance, 70) ? 1 :
		   chance_below(&request->chance, 4));
}

static void put_code(struct request *request,
		     const struct grammar_attribute *attribute)
{
	const struct snippet codes[] = {
		{ PAYLOAD(code_exits) }, { PAYLOAD(code_stores) },
		{ PAYLOAD(code_waits) },
	};
	unsigned int i = chance_below(&request->chance, COUNT(codes));

	request_put(request, attribute->type, codes[i].bytes, codes[i].size);
}

static void put_serial(struct request *request,
		       const struct grammar_attribute *attribute)
{
	uint8_t bytes[TEAVMX_SERIAL_MAX + 1];

	memset(bytes, 'a', sizeof(bytes));
	request_put(request, attribute->type, bytes,
		    chance_percent(&request->chance, 80) ?
		    chance_below(&request->chance, 40) :
		    chance_below(&request->chance, sizeof(bytes) + 1));
}

static void put_backend(struct request *request,
			const struct grammar_attribute *attribute)
{
	put_number(request, attribute,
		   has_vmx && (request->vm.raw ||
			       chance_percent(&request->chance, 50)) ?
		   TEAVMX_BACKEND_VMX : TEAVMX_BACKEND_SOFT);
}

/* Half of the kinds are for raw VMs, the others for processes. */
static void put_kind(struct request *request,
		     const struct grammar_attribute *attribute)
{
	struct chance *chance = &request->chance;

	put_number(request, attribute, request->vm.raw ?
		   chance_below(chance, TEAVMX_BREAKPOINT_KIND_TEA_CODE) :
		   TEAVMX_BREAKPOINT_KIND_TEA_CODE + chance_below(chance, 2));
}

static void put_engine(struct request *request,
		       const struct grammar_attribute *attribute)
{
	put_number(request, attribute,
		   has_vmx && chance_percent(&request->chance, 30) ?
		   TEAVMX_ENGINE_JIT : TEAVMX_ENGINE_INTERP);
}

/* An attribute without a set here is the same in all of them. */
static const struct rule {
	const char *set;
	const char *attribute;
	void (*put)(struct request *request,
		    const struct grammar_attribute *attribute);
} rules[] = {
	{ "vm", "id", put_vm_id },
	{ NULL, "vm-id", put_vm_id },
	{ "vcpu", "id", put_vcpu_id },
	{ NULL, "vcpu-id", put_vcpu_id },
	{ NULL, "program", put_program },
	{ NULL, "arguments", put_arguments },
	{ NULL, "packet", put_packet },
	{ NULL, "memory", put_memory },
	{ NULL, "address", put_address },
	{ NULL, "size", put_size },
	{ NULL, "host-reasons", put_bitmap },
	{ NULL, "program-reasons", put_bitmap },
	{ NULL, "reasons", put_bitmap },
	{ "registers", "number", put_register },
	{ "vm", "number", put_msr },
	{ NULL, "slot-number", put_small },
	{ NULL, "request", put_host_request },
	{ NULL, "cpu-id", put_small },
	{ NULL, "pid", put_small },
	{ NULL, "seq", put_small },
	{ NULL, "next", put_small },
	{ NULL, "every", put_small },
	{ NULL, "batch", put_small },
	{ NULL, "bound-exits", put_power },
	{ NULL, "bound-time", put_power },
	{ NULL, "bound-steps", put_power },
	{ NULL, "stack-size", put_power },
	{ "machine", "data", put_serial },
	{ "memory", "data", put_code },
	{ NULL, "backend", put_backend },
	{ NULL, "engine", put_engine },
	{ NULL, "kind", put_kind },
};

static const struct rule *find_rule(const struct request *request,
				    const struct grammar_attribute *attribute)
{
	const char *set = request->command->set->name;
	unsigned int i;

	for (i = 0; i < COUNT(rules); i++)
		if (!strcmp(rules[i].attribute, attribute->name) &&
		    (!rules[i].set || !strcmp(rules[i].set, set)))
			return &rules[i];
	return NULL;
}

static bool is_named(const struct grammar_attribute *attribute,
		     const char *const *names)
{
	while (*names && strcmp(*names, attribute->name))
		names++;
	return *names;
}

/* A request for a vCPU needs what its kind of VM needs, and nothing else. */
static bool new_vcpu_wants(struct request *request,
			   const struct grammar_attribute *attribute)
{
	static const char *const tea[] = { "program", "arguments", "pid",
					   "stack-size", "debug", "keep",
					   "engine", NULL };
	struct chance *chance = &request->chance;

	if (chance_percent(chance, 5))
		return chance_percent(chance, 50);
	if (attribute->type == TEAVMX_A_VCPU_PROGRAM)
		return !request->vm.raw;
	if (attribute->type == TEAVMX_A_VCPU_VM_ID)
		return request->vm.id;
	if (attribute->type == TEAVMX_A_VCPU_NEW_VM)
		return !request->vm.id;
	if (attribute->type == TEAVMX_A_VCPU_BACKEND)
		return true;
	if (attribute->type == TEAVMX_A_VCPU_SLICE)
		return request->attributes >> TEAVMX_A_VCPU_RUN & 1 &&
		       chance_percent(chance, 50);
	if (attribute->type == TEAVMX_A_VCPU_VMCS_WRITE)
		return chance_percent(chance, 3);
	if (is_named(attribute, tea))
		return !request->vm.raw && chance_percent(chance, 35);
	return chance_percent(chance, 40);
}

static bool run_wants(struct request *request,
		      const struct grammar_attribute *attribute)
{
	static const char *const ids[] = { "vm-id", "id", NULL };
	static const char *const kept[] = { "reset", "batch", "arguments", NULL };
	bool batch = request->density == 60;

	if (is_named(attribute, ids))
		return true;
	/* They belong together, and to a vCPU that was created with keep. */
	if (batch)
		return is_named(attribute, kept) ||
		       chance_percent(&request->chance, 5);
	return chance_percent(&request->chance,
			      request->density > 60 ? 15 : 5);
}

bool value_wanted(struct request *request,
		  const struct grammar_attribute *attribute)
{
	const struct rule *rule = find_rule(request, attribute);
	struct chance *chance = &request->chance;
	bool id = rule && (rule->put == put_vm_id || rule->put == put_vcpu_id);

	switch (request->command->number) {
	case TEAVMX_CMD_VM_NEW:
		return chance_percent(chance, rule ? has_vmx * 48 + 2 : 85);
	case TEAVMX_CMD_VCPU_NEW:
		return new_vcpu_wants(request, attribute);
	case TEAVMX_CMD_VCPU_RUN:
		return run_wants(request, attribute);
	case TEAVMX_CMD_PORT_ANSWER:
	case TEAVMX_CMD_BREAK_SET:
		return chance_percent(chance, 90);
	case TEAVMX_CMD_SUBSCRIBE:
		return chance_percent(chance, id ? 50 : 25);
	case TEAVMX_CMD_MEM_READ:
	case TEAVMX_CMD_MEM_WRITE:
		if (rule && rule->put == put_vcpu_id)
			return chance_percent(chance, request->vm.raw ? 10 : 95);
		break;
	}
	return chance_percent(chance, id ? 98 : request->density);
}

static void put_by_kind(struct request *request,
			const struct grammar_attribute *attribute)
{
	struct chance *chance = &request->chance;
	uint8_t bytes[64];
	uint64_t value;
	unsigned int i;

	switch (attribute->kind) {
	case GRAMMAR_FLAG:
	case GRAMMAR_PAD:
		request_put(request, attribute->type, "", 0);
		return;
	case GRAMMAR_STRING:
	case GRAMMAR_BINARY:
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)chance_next(chance);
		i = chance_below(chance, 20);
		bytes[i] = 0;
		request_put(request, attribute->type, bytes, i + 1);
		return;
	}
	value_any(chance, (uint8_t *)&value);
	if (attribute->flags)
		value = chance_next(chance) & attribute->high;
	else if (attribute->high)
		value = attribute->low + chance_below(chance, attribute->high -
						      attribute->low + 1);
	put_number(request, attribute, value);
}

void value_put(struct request *request,
	       const struct grammar_attribute *attribute)
{
	const struct rule *rule = find_rule(request, attribute);

	if (rule)
		rule->put(request, attribute);
	else
		put_by_kind(request, attribute);
}
