// SPDX-License-Identifier: GPL-2.0-only
/* The model runs the cases as well: what it says is compared with elsewhere. */
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "model.h"

static int model_open(void)
{
	return 0;
}

static int model_run_case(const struct conform_case *test,
			  struct conform_result *result)
{
	static struct model model;

	if (model_launch(&model, CONFORM_PID, test->file, test->file_size,
			 test->arguments, test->argument_size,
			 CONFORM_STACK)) {
		snprintf(result->trouble, sizeof(result->trouble),
			 "out of memory");
		return -1;
	}
	if (model_run(&model, test->steps + 1) != MODEL_EXITED)
		model_kill(&model);

	result->message_size = model_message(&model, result->message);
	result->stack_size = model.sp;
	memcpy(result->stack, model.stack, model.sp);
	result->text_size = model.text_size;
	memcpy(result->text, model.text, model.text_size);
	result->steps = model.steps;
	model_free(&model);
	return 0;
}

static void model_close(void)
{
}

const struct conform_home conform_home_model = {
	.name = "model",
	.open = model_open,
	.run = model_run_case,
	.close = model_close,
};
