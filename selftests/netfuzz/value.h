/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VALUE_H
#define VALUE_H

/* What the attributes of a request hold, as far as the specification leaves it open. */

#include "request.h"

/**
 * value_any() - a number of up to 8 bytes, often at a limit of something
 * @chance: what decides
 * @bytes: receives it
 */
void value_any(struct chance *chance, uint8_t *bytes);

/**
 * value_vm() - choose a VM that the command can act on, if there is one
 * @request: the request, with its command
 *
 * Return: its place among the objects.
 */
unsigned int value_vm(struct request *request);

/**
 * value_wanted() - does a request have an attribute?
 * @request: the request
 * @attribute: attribute of the outermost level
 *
 * Return: true if it does.
 */
bool value_wanted(struct request *request,
		  const struct grammar_attribute *attribute);

/**
 * value_put() - add an attribute that is no nest
 * @request: the request
 * @attribute: the attribute
 */
void value_put(struct request *request,
	       const struct grammar_attribute *attribute);

/**
 * value_set_vmx() - the programs of TEA processes run in VMX guests too
 * @usable: whether VMX can be used here
 */
void value_set_vmx(bool usable);

/**
 * value_needs_vmx() - does a command succeed only with raw VMs, which only VMX runs?
 * @command: enum teavmx_cmd
 *
 * Return: true if it does.
 */
bool value_needs_vmx(uint8_t command);

/**
 * value_useful() - can a command succeed here?
 * @command: enum teavmx_cmd
 *
 * Return: false if it always is refused.
 */
bool value_useful(uint8_t command);

#endif
