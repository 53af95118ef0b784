/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTRUDER_H
#define INTRUDER_H

#include <stdint.h>
#include <sys/types.h>

/* Who sends requests without the right to */
enum intruder {
	INTRUDER_NOBODY,
	INTRUDER_ROOT_WITHOUT_CAPABILITIES,
	INTRUDER_USER_NAMESPACE,
	INTRUDER_NET_NAMESPACE,
	INTRUDERS,
};

/**
 * intruder_start() - start a process that sends requests
 * @intruder: who it is
 * @family: number of the netlink family
 * @seed: seed of its requests
 * @requests: how many it sends
 *
 * Its exit status is 0 if none was executed, 4 if it cannot be that user here.
 *
 * Return: the process, -1 on failure.
 */
pid_t intruder_start(enum intruder intruder, int family, uint64_t seed,
		     uint64_t requests);

/**
 * intruder_name() - who an intruder is
 * @intruder: the intruder
 *
 * Return: a description.
 */
const char *intruder_name(enum intruder intruder);

#endif
