// SPDX-License-Identifier: GPL-2.0-only
#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>

#include "arguments.h"
#include "requests.h"

/* Instructions of one response */
#define INSTRUCTIONS_MAX	4096

/**
 * struct dap_listing - the instructions that are requested
 * @address: where the first one is, or would be
 * @before: how many lie before the beginning of the code
 * @count: number of them
 */
struct dap_listing {
	unsigned int address;
	unsigned int before;
	unsigned int count;
};

static json_t *listing_outside(unsigned int address)
{
	return json_pack("{s:o, s:s, s:s}", "address",
			 json_sprintf("0x%04x", address), "instruction",
			 "(outside of the code)", "presentationHint",
			 "invalid");
}

static json_t *listing_instruction(const struct dap *dap, unsigned int address)
{
	const struct program *program = &dap->debugger.program;
	json_t *parts = program_json(program, address);
	const struct tea_map_line *line;
	json_t *object;

	line = tea_map_line_at(&program->map, address);
	object = json_pack("{s:o, s:O, s:O}", "address",
			   json_sprintf("0x%04x", address), "instruction",
			   json_object_get(parts, "instruction"),
			   "instructionBytes", json_object_get(parts, "bytes"));
	if (line) {
		json_object_set_new(object, "line",
				    json_integer(line->line - 1 +
						 dap->line_base));
		json_object_set_new(object, "location",
				    dap_source(dap, line->file));
	}
	json_decref(parts);
	return object;
}

/* Instructions before an address are found from the beginning of the code. */
static void listing_back(const struct program *program,
			 struct dap_listing *listing, unsigned int back)
{
	unsigned int end = listing->address;
	unsigned int before = 0;
	unsigned int at = 0;

	for (; at < end; at = program_next(program, at))
		before++;
	listing->before = back > before ? back - before : 0;
	listing->address = program_skip(program, 0,
					before > back ? before - back : 0);
}

static int listing_read(const struct dap *dap, const json_t *arguments,
			struct dap_listing *listing)
{
	const struct program *program = &dap->debugger.program;
	unsigned long long address;
	json_int_t offset = 0;
	json_int_t skipped = 0;
	const char *reference;
	json_int_t count;

	if (dap_needed_text(arguments, "memoryReference", &reference) ||
	    dap_number(arguments, "offset", -TEA_CODE_MAX, TEA_CODE_MAX,
		       &offset) ||
	    dap_number(arguments, "instructionOffset", -TEA_CODE_MAX,
		       TEA_CODE_MAX, &skipped) ||
	    dap_needed_number(arguments, "instructionCount", 0,
			      INSTRUCTIONS_MAX, &count))
		return CLI_FAILED;
	if (cli_number(reference, 0, TEA_CODE_MAX, &address))
		return dap_refuse("expected a code address, got '%s'",
				  reference);
	offset += (json_int_t)address;
	offset = offset < 0 ? 0 : offset;
	*listing = (struct dap_listing){
		.address = offset < program->code_size ? (unsigned int)offset :
							 program->code_size,
		.count = (unsigned int)count,
	};
	if (skipped < 0)
		listing_back(program, listing, (unsigned int)-skipped);
	else
		listing->address = program_skip(program, listing->address,
						(unsigned int)skipped);
	return CLI_OK;
}

/* A response has as many instructions as were requested. */
int dap_disassemble(struct dap *dap, const json_t *arguments, json_t **body)
{
	const struct program *program = &dap->debugger.program;
	struct dap_listing listing = { 0 };
	json_t *list;

	if (listing_read(dap, arguments, &listing))
		return CLI_FAILED;
	list = json_array();
	for (; listing.count; listing.count--) {
		if (listing.before) {
			listing.before--;
			json_array_append_new(list, listing_outside(0));
		} else if (listing.address < program->code_size) {
			json_array_append_new(list,
					      listing_instruction(dap,
								  listing.address));
			listing.address = program_next(program,
						       listing.address);
		} else {
			json_array_append_new(list,
					      listing_outside(listing.address++));
		}
	}
	*body = json_pack("{s:o}", "instructions", list);
	return CLI_OK;
}
