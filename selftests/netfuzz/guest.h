/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>

#include <selftests/tea/chance.h>

/**
 * guest_begin() - open the connection of the functions below
 *
 * Return: whether it is open; guest_end() closes it.
 */
bool guest_begin(void);

/** guest_end() - close it, after the last request of any caller */
void guest_end(void);

/**
 * guest_new() - put a raw VM whose guests can run in place of another VM
 * @chance: what decides
 *
 * Random registers hardly ever let a guest execute anything.
 */
void guest_new(struct chance *chance);

/**
 * guest_delete_lost() - delete VMs whose numbers nothing has
 * @all: and those that are among the objects
 *
 * An answer that was not read leaves a VM whose number is unknown.
 *
 * Return: how many VMs there were.
 */
int guest_delete_lost(bool all);

#endif
