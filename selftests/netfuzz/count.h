/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COUNT_H
#define COUNT_H

/* What was requested and what was answered; any caller counts. */

#include <stdbool.h>
#include <stdint.h>

#include "request.h"

/**
 * count_request() - count a request
 * @request: the request, which is about to be sent
 *
 * Return: the sequence number for its header.
 */
uint32_t count_request(const struct request *request);

/**
 * count_answer() - count an answer
 * @seq: its sequence number
 * @error: errno, 0 for success
 * @message: message of the refusal, or NULL
 */
void count_answer(uint32_t seq, int error, const char *message);

/**
 * count_place() - where the VM of a reply belongs
 * @seq: sequence number of the reply
 *
 * Return: its place among the objects, -1 if it is unknown.
 */
int count_place(uint32_t seq);

/**
 * count_vm() - the VM that a request was about
 * @seq: sequence number of the request
 *
 * Return: its number, 0 if it is unknown.
 */
uint32_t count_vm(uint32_t seq);

/**
 * count_print() - print the tables
 */
void count_print(void);

/**
 * count_sent() - requests so far
 *
 * Return: how many.
 */
uint64_t count_sent(void);

/**
 * count_never() - commands that could have succeeded, and never did without a flaw
 *
 * Prints them.
 *
 * Return: how many.
 */
unsigned int count_never(void);

/**
 * count_mute() - refusals of the module without a message
 *
 * Prints them.
 *
 * Return: how many kinds.
 */
unsigned int count_mute(void);

#endif
