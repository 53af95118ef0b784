// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "checker.h"
#include "compiler.h"
#include "emitter.h"
#include "generator.h"
#include "parser.h"
#include "peephole.h"
#include "preprocessor.h"

static int write_out(struct cc_compiler *compiler, struct cc_emitter *emitter)
{
	struct report *report = &compiler->report;

	cc_emit_layout(emitter, report);
	if (report->errors)
		return 0;
	compiler->size = cc_emit_object(emitter, compiler->file);
	if (compiler->assembly)
		cc_emit_assembly(emitter, compiler->assembly);
	return compiler->map ? cc_emit_map(emitter, compiler->map) : 0;
}

static int compile_tokens(struct cc_compiler *compiler,
			  const struct cc_token *tokens)
{
	struct report *report = &compiler->report;
	struct cc_unit unit = { 0 };
	struct cc_code code = { 0 };
	struct cc_emitter emitter = {
		.unit = &unit,
		.code = &code,
		.sources = &compiler->sources,
	};
	int error = 0;

	cc_parse(tokens, report, &compiler->arena, &unit);
	/*
	 * Names are not checked after errors, as declarations may be missing.
	 */
	if (report->errors)
		return 0;
	cc_check(&unit, report, &compiler->arena, compiler->wary);
	if (!report->errors)
		cc_generate(&unit, report, &code);
	if (!report->errors) {
		if (compiler->optimise)
			cc_peephole(&code);
		error = write_out(compiler, &emitter);
	}
	cc_emitter_free(&emitter);
	cc_code_free(&code);
	return error;
}

/*
 * Returns the number of the source, after the definitions of the command line
 * are read.
 */
static int open_sources(struct cc_compiler *compiler,
			struct cc_preprocessor *pp)
{
	struct cc_sources *sources = &compiler->sources;
	const char *defines = compiler->defines;
	int file;

	sources->arena = &compiler->arena;
	sources->report = &compiler->report;
	sources->folders = compiler->folders;
	if (compiler->text)
		file = cc_sources_add(sources, compiler->path, compiler->text,
				      compiler->text_size);
	else
		file = cc_sources_open(sources, compiler->path);
	compiler->text = NULL;
	if (file >= 0 && defines) {
		char *copy = strdup(defines);

		if (!copy)
			return -ENOMEM;
		cc_preprocess(pp, cc_sources_add(sources, "<command line>",
						 copy, strlen(copy)));
	}
	return file;
}

int cc_compile(struct cc_compiler *compiler)
{
	struct cc_preprocessor pp = {
		.sources = &compiler->sources,
		.report = &compiler->report,
		.arena = &compiler->arena,
	};
	int file = open_sources(compiler, &pp);
	int error = file < 0 ? file : 0;

	if (!error) {
		cc_preprocess(&pp, file);
		if (compiler->preprocessed && !compiler->report.errors)
			cc_preprocessor_print(&pp, compiler->preprocessed);
		else if (!pp.stopped && !compiler->preprocessed)
			error = compile_tokens(compiler, pp.tokens);
	}
	cc_preprocessor_free(&pp);
	return error;
}

void cc_compiler_free(struct cc_compiler *compiler)
{
	report_free(&compiler->report);
	cc_sources_free(&compiler->sources);
	arena_free(&compiler->arena);
}
