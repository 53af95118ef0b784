// SPDX-License-Identifier: GPL-2.0-only
#include "livecode.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <Zydis/Zydis.h>

#define PAGE_BYTES	4096ull
#define MSR_SPEC_CTRL	0x48
#define MSR_PRED_CMD	0x49
#define MSR_FLUSH_CMD	0x10b
#define MSR_MCU_OPT_CTRL 0x123
#define MSR_LSTAR	0xc0000082
#define VISITED		(1u << 13)

struct symbol {
	uint64_t address;
	char name[512];
};

struct page {
	uint64_t address;
	uint8_t bytes[PAGE_BYTES];
	struct page *next;
};

struct range {
	uint64_t begin;
	uint64_t end;
};

struct live {
	int kcore;
	Elf64_Phdr *segments;
	unsigned int segment_count;
	uint64_t begin;
	uint64_t end;
	struct symbol *symbols;
	unsigned int symbol_count;
	struct page *pages;
	struct range *blacklist;
	unsigned int blacklist_count;
	ZydisDecoder decoder;
	char returns[512];
	struct {
		unsigned int walk;
		struct live_place place;
	} visited[VISITED];
	unsigned int walk;
};

struct step {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	struct live_place place;
	uint64_t events;
	/* Target of a relative call or jump, or 0 */
	uint64_t target;
};

/* What a broken stack calls; behind the call there may be no code. */
#define NO_RETURN "__stack_chk_fail"
/* A debug kernel calls it only to report a fault of the module. */
#define UBSAN "__ubsan_handle_"

/* Symbols of the kernel itself that code of modules calls or jumps to */
static const char *const kernel_symbols[] = {
	"clear_bhb_loop", "entry_ibpb", "write_ibpb", "__x86_return_thunk",
	"its_return_thunk", "retbleed_return_thunk", "srso_return_thunk",
	"srso_alias_return_thunk", "call_depth_return_thunk", NO_RETURN,
};

static bool is_ubsan(const char *name)
{
	return !strncmp(name, UBSAN, strlen(UBSAN));
}

static bool is_kernel_symbol(const char *name)
{
	size_t i;

	if (is_ubsan(name))
		return true;
	for (i = 0; i < sizeof(kernel_symbols) / sizeof(*kernel_symbols); i++)
		if (*name == *kernel_symbols[i] &&
		    !strcmp(name, kernel_symbols[i]))
			return true;
	return false;
}

static bool add_symbol(struct live *live, uint64_t address, const char *name)
{
	struct symbol *more = realloc(live->symbols, (live->symbol_count + 1) *
				      sizeof(*more));

	if (!more)
		return false;
	live->symbols = more;
	more += live->symbol_count++;
	more->address = address;
	snprintf(more->name, sizeof(more->name), "%s", name);
	return true;
}

/* "ffffffffc0000000 t name", and of a module "\t[module]" behind it */
static bool read_symbol(struct live *live, char *line, const char *owner)
{
	char *name = line + 19, *end;
	bool wanted;

	if (strlen(line) < 20)
		return true;
	end = name + strcspn(name, "\t\n");
	wanted = !strcmp(end, owner);
	*end = 0;
	return !(wanted || is_kernel_symbol(name)) ||
	       add_symbol(live, strtoull(line, NULL, 16), name);
}

/* The lines of /proc/kallsyms that a caller can want */
static char *kallsyms_lines;

static bool is_wanted(char *line)
{
	char *end = strchr(line, '\n');
	bool wanted;

	if (!end || end < line + 20 || end[-1] == ']')
		return end && end[-1] == ']';
	*end = 0;
	wanted = is_kernel_symbol(line + 19);
	*end = '\n';
	return wanted;
}

/* The kernel takes long to write them, so they are read once for all modules. */
static bool read_kallsyms(void)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512];
	size_t size;
	FILE *lines;

	lines = file ? open_memstream(&kallsyms_lines, &size) : NULL;
	while (lines && fgets(line, sizeof(line), file))
		if (is_wanted(line))
			fputs(line, lines);
	if (file)
		fclose(file);
	return lines && !fclose(lines);
}

static bool read_symbols(struct live *live, const char *module)
{
	char line[512], owner[128];
	bool good = kallsyms_lines || read_kallsyms();
	FILE *file = good ? fmemopen(kallsyms_lines, strlen(kallsyms_lines), "r") : NULL;

	snprintf(owner, sizeof(owner), "\t[%s]\n", module);
	while (good && file && fgets(line, sizeof(line), file))
		good = read_symbol(live, line, owner);
	if (file)
		fclose(file);
	return good && live->symbol_count;
}

/* Where the module's code is; its other parts may follow it. */
static bool read_range(struct live *live, const char *module)
{
	char line[1024], name[128];
	FILE *file = fopen("/proc/modules", "r");
	uint64_t size, address;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%127s %" SCNu64 " %*s %*s %*s %" SCNx64, name,
			   &size, &address) == 3 && !strcmp(name, module)) {
			live->begin = address;
			live->end = address + size;
		}
	if (file)
		fclose(file);
	return live->begin;
}

static bool read_segments(struct live *live)
{
	Elf64_Ehdr header;
	size_t size;

	live->kcore = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (live->kcore < 0 ||
	    pread(live->kcore, &header, sizeof(header), 0) != sizeof(header))
		return false;
	live->segment_count = header.e_phnum;
	size = header.e_phnum * sizeof(*live->segments);
	live->segments = malloc(size);
	return live->segments &&
	       pread(live->kcore, live->segments, size, header.e_phoff) ==
	       (ssize_t)size;
}

struct live *live_open(const char *module)
{
	struct live *live = calloc(1, sizeof(*live));
	const char *missing = NULL;

	if (!live)
		return NULL;
	live->kcore = -1;
	if (!read_range(live, module))
		missing = "is not in /proc/modules";
	else if (!read_symbols(live, module))
		missing = "has no symbols in /proc/kallsyms";
	else if (!read_segments(live))
		missing = "cannot be read through /proc/kcore";
	if (missing) {
		printf("# %s %s\n", module, missing);
		live_close(live);
		return NULL;
	}
	ZydisDecoderInit(&live->decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	return live;
}

void live_close(struct live *live)
{
	struct page *page;

	if (!live)
		return;
	while ((page = live->pages)) {
		live->pages = page->next;
		free(page);
	}
	if (live->kcore >= 0)
		close(live->kcore);
	free(live->blacklist);
	free(live->segments);
	free(live->symbols);
	free(live);
}

uint64_t live_symbol(const struct live *live, const char *name)
{
	unsigned int i;

	for (i = 0; i < live->symbol_count; i++)
		if (!strcmp(live->symbols[i].name, name))
			return live->symbols[i].address;
	return 0;
}

/* "" where no function begins */
static const char *symbol_at(const struct live *live, uint64_t address)
{
	unsigned int i;

	for (i = 0; i < live->symbol_count; i++)
		if (live->symbols[i].address == address)
			return live->symbols[i].name;
	return "";
}

static bool is_inside(const struct live *live, uint64_t address)
{
	return address >= live->begin && address < live->end;
}

static off_t offset_of(const struct live *live, uint64_t address)
{
	const Elf64_Phdr *segment = live->segments;

	for (; segment < live->segments + live->segment_count; segment++)
		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_memsz)
			return segment->p_offset + (address - segment->p_vaddr);
	return -1;
}

static const uint8_t *page_of(struct live *live, uint64_t address)
{
	struct page *page;
	off_t offset;

	address &= ~(PAGE_BYTES - 1);
	for (page = live->pages; page; page = page->next)
		if (page->address == address)
			return page->bytes;
	offset = offset_of(live, address);
	page = calloc(1, sizeof(*page));
	if (!page || offset < 0 ||
	    pread(live->kcore, page->bytes, PAGE_BYTES, offset) !=
	    (ssize_t)PAGE_BYTES) {
		free(page);
		return NULL;
	}
	page->address = address;
	page->next = live->pages;
	live->pages = page;
	return page->bytes;
}

static bool read_code(struct live *live, uint64_t address, uint8_t *bytes,
		      size_t size)
{
	const uint8_t *page;

	for (; size; size--, address++) {
		page = page_of(live, address);
		if (!page)
			return false;
		*bytes++ = page[address % PAGE_BYTES];
	}
	return true;
}

static bool decode(struct live *live, uint64_t rip, struct step *step)
{
	uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];

	return read_code(live, rip, bytes, sizeof(bytes)) &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeFull(&live->decoder, bytes,
						   sizeof(bytes), &step->insn,
						   step->operands));
}

static uint64_t wrmsr_events(uint64_t ecx)
{
	switch (ecx) {
	case MSR_SPEC_CTRL: return LIVE_SPEC_CTRL;
	case MSR_PRED_CMD: return LIVE_PRED_CMD;
	case MSR_FLUSH_CMD: return LIVE_L1D;
	case MSR_MCU_OPT_CTRL: return LIVE_OPT_CTRL;
	case MSR_LSTAR: return LIVE_WRMSR_LSTAR;
	default: return LIVE_WRMSR_OTHER;
	}
}

/* "call 1f; int3; 1:" jumps over a trap that only a wrong prediction meets. */
static bool is_rsb_call(struct live *live, const struct step *step)
{
	uint64_t next = step->place.rip + step->insn.length;
	uint8_t trap;

	return step->insn.mnemonic == ZYDIS_MNEMONIC_CALL && step->target > next &&
	       step->target - next <= 8 && read_code(live, next, &trap, 1) &&
	       trap == 0xcc;
}

/* The stack pointer goes back by one entry, or by the two of the loop. */
static uint64_t rsb_events(struct live *live, const struct step *step)
{
	struct step next = { .place.rip = step->target };

	if (!decode(live, step->target, &next))
		return 0;
	if (next.insn.mnemonic == ZYDIS_MNEMONIC_ADD &&
	    next.operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	    next.operands[1].imm.value.u == sizeof(uint64_t))
		return LIVE_RSB_ONE;
	return LIVE_RSB_FULL;
}

static uint64_t call_events(struct live *live, const struct step *step)
{
	const char *name = symbol_at(live, step->target);

	if (!step->target)
		return LIVE_RETURN | LIVE_OUTSIDE;
	if (is_rsb_call(live, step))
		return rsb_events(live, step);
	if (!strcmp(name, "clear_bhb_loop"))
		return LIVE_BHB;
	if (!strcmp(name, "entry_ibpb") || !strcmp(name, "write_ibpb"))
		return LIVE_IBPB_CALL;
	if (!strcmp(name, NO_RETURN) || is_ubsan(name))
		return 0;
	return is_inside(live, step->target) ? 0 : LIVE_OUTSIDE;
}

static bool is_leave(const struct live *live, const struct step *step)
{
	return step->insn.mnemonic == ZYDIS_MNEMONIC_RET ||
	       (step->insn.mnemonic == ZYDIS_MNEMONIC_JMP &&
		!is_inside(live, step->target));
}

static uint64_t zeroed(const struct step *step)
{
	const ZydisDecodedOperand *operands = step->operands;

	if (operands[0].type != ZYDIS_OPERAND_TYPE_REGISTER ||
	    operands[1].type != ZYDIS_OPERAND_TYPE_REGISTER ||
	    operands[0].reg.value != operands[1].reg.value)
		return 0;
	return 1ull << (LIVE_ZEROED + ZydisRegisterGetId(operands[0].reg.value));
}

static bool touches_memory(const struct step *step)
{
	unsigned int i;

	for (i = 0; i < step->insn.operand_count_visible; i++)
		if (step->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    step->operands[i].mem.type == ZYDIS_MEMOP_TYPE_MEM)
			return step->insn.mnemonic != ZYDIS_MNEMONIC_NOP;
	return false;
}

static uint64_t events_of(struct live *live, const struct step *step)
{
	switch (step->insn.mnemonic) {
	case ZYDIS_MNEMONIC_VMLAUNCH:
	case ZYDIS_MNEMONIC_VMRESUME: return LIVE_ENTER;
	case ZYDIS_MNEMONIC_VERW:
		return touches_memory(step) ? LIVE_VERW : 0;
	case ZYDIS_MNEMONIC_CPUID: return LIVE_L1D;
	case ZYDIS_MNEMONIC_LFENCE: return LIVE_LFENCE;
	case ZYDIS_MNEMONIC_RDMSR: return LIVE_RDMSR;
	case ZYDIS_MNEMONIC_WRMSR: return wrmsr_events(step->place.ecx);
	case ZYDIS_MNEMONIC_CALL: return call_events(live, step);
	case ZYDIS_MNEMONIC_XOR: return zeroed(step);
	case ZYDIS_MNEMONIC_JMP:
	case ZYDIS_MNEMONIC_RET:
		if (!is_leave(live, step))
			return 0;
		return LIVE_RETURN | (step->place.depth ? 0 : LIVE_LEAVE);
	default: return touches_memory(step) ? LIVE_MEMORY : 0;
	}
}

static void note_return(struct live *live, const struct step *step)
{
	const char *name = "RET";

	if (step->insn.mnemonic != ZYDIS_MNEMONIC_RET)
		name = symbol_at(live, step->target);
	snprintf(live->returns, sizeof(live->returns), "%s",
		 *name ? name : "an unknown thunk");
}

static bool can_be_probed(const struct live *live, uint64_t rip)
{
	const struct range *range = live->blacklist;

	for (; range < live->blacklist + live->blacklist_count; range++)
		if (rip >= range->begin && rip < range->end)
			return false;
	return live->blacklist_count;
}

/* Does an instruction call code outside of the module where kprobes may stand? */
static bool calls_probed(const struct live *live, const struct step *step)
{
	return step->events & LIVE_OUTSIDE &&
	       (!step->target || can_be_probed(live, step->target));
}

static bool take_step(struct live *live, const struct live_place *place,
		      struct step *step)
{
	const ZydisDecodedOperand *operand = step->operands;

	step->place = *place;
	step->target = 0;
	if (!decode(live, place->rip, step)) {
		printf("# no instruction at 0x%" PRIx64 "\n", place->rip);
		return false;
	}
	if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	    operand->imm.is_relative)
		ZydisCalcAbsoluteAddress(&step->insn, operand, place->rip,
					 &step->target);
	step->events = events_of(live, step);
	if (can_be_probed(live, place->rip) || calls_probed(live, step))
		step->events |= LIVE_PROBED;
	if (step->events & LIVE_LEAVE)
		note_return(live, step);
	return true;
}

static uint64_t ecx_after(const struct step *step)
{
	const ZydisDecodedOperand *operand = step->operands;
	unsigned int i;

	if (step->insn.mnemonic == ZYDIS_MNEMONIC_CALL)
		return LIVE_UNKNOWN;
	if (step->insn.mnemonic == ZYDIS_MNEMONIC_MOV &&
	    operand[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    operand[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	    operand[0].reg.value == ZYDIS_REGISTER_ECX)
		return (uint32_t)operand[1].imm.value.u;
	for (i = 0; i < step->insn.operand_count; i++, operand++)
		if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE &&
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						     operand->reg.value) ==
		    ZYDIS_REGISTER_RCX)
			return LIVE_UNKNOWN;
	return step->place.ecx;
}

/* Pushes what may be executed next; returns how many, 2 at most, or -1. */
static int successors(struct live *live, const struct step *step,
		      struct live_place *next)
{
	ZydisInstructionCategory category = step->insn.meta.category;
	struct live_place after = step->place;

	after.rip += step->insn.length;
	after.ecx = ecx_after(step);
	next[0] = after;
	next[1] = after;
	next[1].rip = step->target;
	if (category == ZYDIS_CATEGORY_COND_BR)
		return 2;
	if (step->insn.mnemonic == ZYDIS_MNEMONIC_UD2 ||
	    step->insn.mnemonic == ZYDIS_MNEMONIC_INT3 ||
	    !strcmp(symbol_at(live, step->target), NO_RETURN))
		return 0;
	if (is_leave(live, step)) {
		if (!after.depth)
			return 0;
		next[0].rip = after.back[--next[0].depth];
		return 1;
	}
	if (step->insn.mnemonic == ZYDIS_MNEMONIC_JMP) {
		next[0] = next[1];
		return 1;
	}
	if (step->insn.mnemonic != ZYDIS_MNEMONIC_CALL ||
	    !is_inside(live, step->target))
		return 1;
	next[0] = next[1];
	if (step->events & (LIVE_RSB_FULL | LIVE_RSB_ONE))
		return 1;
	if (after.depth == LIVE_DEPTH) {
		printf("# calls nest too deeply at 0x%" PRIx64 "\n", after.rip);
		return -1;
	}
	next[0].back[next[0].depth++] = after.rip;
	return 1;
}

static bool same_place(const struct live_place *a, const struct live_place *b)
{
	return a->rip == b->rip && a->ecx == b->ecx && a->depth == b->depth &&
	       !memcmp(a->back, b->back, a->depth * sizeof(*a->back));
}

/* Returns whether a place is new, and notes it; -1 when there are too many. */
static int visit(struct live *live, const struct live_place *place)
{
	unsigned int slot = place->rip * 0x9e3779b1u >> 19, tries;

	for (tries = 0; tries < VISITED; tries++, slot++) {
		bool taken;

		slot %= VISITED;
		taken = live->visited[slot].walk == live->walk;
		if (taken && same_place(&live->visited[slot].place, place))
			return 0;
		if (!taken) {
			live->visited[slot].walk = live->walk;
			live->visited[slot].place = *place;
			return 1;
		}
	}
	printf("# more than %u places\n", VISITED);
	return -1;
}

static bool push(struct live_places *places, const struct live_place *place)
{
	if (places->count == LIVE_PLACES) {
		printf("# more than %u places at once\n", LIVE_PLACES);
		return false;
	}
	places->at[places->count++] = *place;
	return true;
}

int live_walk(struct live *live, const struct live_places *from, uint64_t avoid,
	      uint64_t goal, struct live_places *hits)
{
	static struct live_places todo;
	struct live_place place, next[2];
	int found = 0, count, new;
	struct step step;

	todo.count = from->count;
	memcpy(todo.at, from->at, from->count * sizeof(*from->at));
	live->walk++;
	if (hits)
		hits->count = 0;
	while (todo.count) {
		place = todo.at[--todo.count];
		new = visit(live, &place);
		if (new < 0 || (new && !take_step(live, &place, &step)))
			return -1;
		if (!new || step.events & avoid)
			continue;
		count = successors(live, &step, next);
		if (count < 0)
			return -1;
		if (step.events & goal) {
			found++;
			if (hits && count && !push(hits, next))
				return -1;
		}
		while (count--)
			if (!push(&todo, next + count))
				return -1;
	}
	return found;
}

void live_start(uint64_t rip, struct live_places *places)
{
	places->count = 1;
	memset(places->at, 0, sizeof(*places->at));
	places->at[0].rip = rip;
	places->at[0].ecx = LIVE_UNKNOWN;
}

bool live_may(struct live *live, uint64_t rip, uint64_t goal, uint64_t sink)
{
	static struct live_places start;

	live_start(rip, &start);
	return live_walk(live, &start, sink & ~goal, goal, NULL) > 0;
}

bool live_must(struct live *live, uint64_t rip, uint64_t goal, uint64_t sink)
{
	static struct live_places start;

	live_start(rip, &start);
	return live_walk(live, &start, 0, sink, NULL) > 0 &&
	       live_walk(live, &start, goal, sink, NULL) == 0;
}

bool live_between(struct live *live, uint64_t rip, uint64_t first,
		  uint64_t middle, uint64_t sink)
{
	static struct live_places start, firsts, middles;

	live_start(rip, &start);
	return live_walk(live, &start, sink, first, &firsts) > 0 &&
	       live_walk(live, &firsts, first | sink, middle, &middles) > 0 &&
	       live_walk(live, &middles, first, sink, NULL) > 0;
}

bool live_read_blacklist(struct live *live)
{
	FILE *file = fopen("/sys/kernel/debug/kprobes/blacklist", "r");
	struct range range, *more;
	char line[512];
	bool good = file;

	while (good && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "0x%" SCNx64 "-0x%" SCNx64, &range.begin,
			   &range.end) != 2)
			continue;
		more = realloc(live->blacklist, (live->blacklist_count + 1) *
			       sizeof(*more));
		good = more;
		if (!more)
			break;
		live->blacklist = more;
		more[live->blacklist_count++] = range;
	}
	if (file)
		fclose(file);
	return good && live->blacklist_count;
}

const char *live_returns(const struct live *live)
{
	return live->returns;
}

void live_print(struct live *live, uint64_t rip, unsigned int count)
{
	ZydisFormatter formatter;
	struct step step;
	char text[128];

	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
	for (; count && decode(live, rip, &step); count--) {
		ZydisFormatterFormatInstruction(&formatter, &step.insn,
						step.operands,
						step.insn.operand_count_visible,
						text, sizeof(text), rip, NULL);
		printf("# %" PRIx64 "  %s\n", rip, text);
		rip += step.insn.length;
	}
}
