// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include <userspace/common/cli.h>

#include "problem.h"

static char problem[1024];

int dap_refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	return CLI_FAILED;
}

void dap_problem_sink(const char *message, const char *hint)
{
	(void)hint;
	dap_refuse("%s", message);
}

void dap_problem_forget(void)
{
	problem[0] = '\0';
}

const char *dap_problem(void)
{
	return problem;
}
