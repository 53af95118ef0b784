/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * answer_read() - read a message of a socket, if it has one
 * @fd: the socket
 * @family: number of the netlink family
 *
 * Counts the answers in it, and notes the VMs, vCPUs and files that they name.
 *
 * Return: false if there is none.
 */
bool answer_read(int fd, int family);

/**
 * answer_success() - does a message report success or have a reply?
 * @bytes: what was received
 * @size: how much
 *
 * Return: true if a part of it does.
 */
bool answer_success(const void *bytes, size_t size);

#endif
