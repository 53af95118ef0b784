/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_RAW_SNAPSHOT_H
#define _TEAVMX_PAYLOAD_RAW_SNAPSHOT_H

#include <linux/types.h>

struct netlink_ext_ack;
struct raw_snapshot;
struct teavmx_vm;

int payload_raw_snapshot_take(struct teavmx_vm *vm,
			      struct netlink_ext_ack *extack);
int payload_raw_snapshot_reset(struct teavmx_vm *vm,
			       struct netlink_ext_ack *extack);
int payload_raw_snapshot_clone(struct teavmx_vm *vm,
			       struct raw_snapshot *snapshot,
			       struct netlink_ext_ack *extack);
u64 payload_raw_snapshot_memory(const struct raw_snapshot *snapshot);
struct raw_snapshot *payload_raw_snapshot_get(struct teavmx_vm *vm,
					      struct netlink_ext_ack *extack);
void payload_raw_snapshot_put(struct raw_snapshot *snapshot);

#endif
