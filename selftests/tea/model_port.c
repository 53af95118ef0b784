// SPDX-License-Identifier: GPL-2.0-only
/* The ports of the model */
#include "model.h"

static void outside(struct model *model)
{
	if (model->state == MODEL_RUNNING)
		model->state = MODEL_OUTSIDE;
}

static unsigned int refuse(struct model *model)
{
	model_fail(model, TEA_EXIT_IO_ERR);
	return 0;
}

static unsigned int read_semaphore(struct model *model, unsigned int i)
{
	if (!model->full[i]) {
		outside(model);
		return 0;
	}
	model->full[i] = false;
	return model->semaphore[i];
}

static unsigned int read_pad(struct model *model, unsigned int i,
			     unsigned int size)
{
	if (size == 1)
		return model->pad[i];
	if (i == 255)
		return refuse(model);
	return model->pad[i] * 256 + model->pad[i + 1];
}

static void write_pad(struct model *model, unsigned int i, unsigned int size,
		      unsigned int value)
{
	if (size == 1) {
		model->pad[i] = (unsigned char)value;
		return;
	}
	if (i == 255) {
		refuse(model);
		return;
	}
	model->pad[i] = (unsigned char)(value / 256);
	model->pad[i + 1] = (unsigned char)(value % 256);
}

unsigned int model_read_port(struct model *model, unsigned int port,
			     unsigned int size)
{
	if (port >= 0x0200 && port <= 0x02FF)
		return read_pad(model, port - 0x0200, size);
	if (port >= 0x0100 && port <= 0x01FF && size == 1)
		return read_semaphore(model, port - 0x0100);
	if (port == MODEL_PORT_SERIAL && size == 1) {
		outside(model);
		return 0;
	}
	if (port == 0x0002 && size == 1)
		return model->pid;
	if (port == 0x0015 && size == 1)
		return model->quiet;
	if (port == 0x0080 && size == 1)
		return model->address;
	if (port == 0x0088 && size == 2)
		return TEA_PORT_VERSION_VALUE;
	if (port == 0x0089 && size == 2)
		return TEA_PORT_BUILD_VALUE;
	return refuse(model);
}

static void sleep(struct model *model, unsigned int size, unsigned int value)
{
	/* A byte is signed, and less than no time is no time. */
	if (size == 1 && value >= 128)
		return;
	model->slept += value / 10;
}

static void show(struct model *model, unsigned int value)
{
	if (model->quiet)
		return;
	if (model->text_size == MODEL_TEXT_MAX)
		outside(model);
	else
		model->text[model->text_size++] = (unsigned char)value;
}

static void write_char(struct model *model, unsigned int port,
		       unsigned int value)
{
	if (port == MODEL_PORT_SERIAL) {
		outside(model);
	} else if (port == 0x0011) {
		show(model, value);
	} else if (port == 0x0015 && value <= 1) {
		model->quiet = value;
	} else if (port == 0x0080 && value && value % 2 == 0) {
		model->address = value;
	} else if (port >= 0x0100 && port <= 0x01FF) {
		model->semaphore[port - 0x0100] = (unsigned char)value;
		model->full[port - 0x0100] = true;
	} else {
		refuse(model);
	}
}

void model_write_port(struct model *model, unsigned int port,
		      unsigned int size, unsigned int value)
{
	if (model->state != MODEL_RUNNING)
		return;
	if (port == 0x0000)
		sleep(model, size, value);
	else if (port >= 0x0200 && port <= 0x02FF)
		write_pad(model, port - 0x0200, size, value);
	else if (size == 1)
		write_char(model, port, value);
	else
		refuse(model);
}
