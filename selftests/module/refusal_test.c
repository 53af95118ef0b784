// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every wrong request: each is refused with the errno, with a message,
 * and with the attribute that is to blame.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "expect.h"

#define UNKNOWN		40
#define NO_SUCH_ID	4000000000u

enum kind {
	NONE,
	U8,
	U32,
	U64,
	STRING,
	BYTES,
	PROGRAM,
	FLAG,
	NEST_UNKNOWN,
	NEST_SHORT,
	NEST_WRITE,
	NEST_FLAGS,
	NEST_MEMORY,
};

struct attribute {
	uint16_t type;
	enum kind kind;
	uint64_t value;
	const char *text;
};

struct refusal {
	const char *name;
	uint8_t command;
	struct attribute attributes[6];
	int error;
	const char *blamed;
};

#define TOO_LONG	"0123456789012345678901234567890123456789"
/* Stands for the VM that the test has made */
#define LIVE_VM		UINT64_MAX

#define VM_ID(value)	{ TEAVMX_A_VM_ID, U32, value, NULL }
#define VCPU_VM(value)	{ TEAVMX_A_VCPU_VM_ID, U32, value, NULL }
#define VCPU_ID(value)	{ TEAVMX_A_VCPU_ID, U32, value, NULL }
#define SOFT		{ TEAVMX_A_VCPU_BACKEND, U32, TEAVMX_BACKEND_SOFT, NULL }
#define CODE		{ TEAVMX_A_VCPU_PROGRAM, PROGRAM, 0, NULL }
#define MACHINE_VM(value) { TEAVMX_A_MACHINE_VM_ID, U32, value, NULL }
#define MEMORY_VM(value) { TEAVMX_A_MEMORY_VM_ID, U32, value, NULL }
#define SLOT(value)	{ TEAVMX_A_MACHINE_SLOT_NUMBER, U8, value, NULL }
#define SLOT_CODE	{ TEAVMX_A_MACHINE_PROGRAM, PROGRAM, 0, NULL }
#define PACKET(bytes)	{ TEAVMX_A_MACHINE_PACKET, BYTES, 0, bytes }
#define NEW_VM(kind, value) { TEAVMX_A_VCPU_NEW_VM, kind, value, NULL }
#define RUN		{ TEAVMX_A_VCPU_RUN, FLAG, 0, NULL }
#define STRANGE		{ UNKNOWN, U32, 1, NULL }

static const struct refusal refusals[] = {
	{ "info-get: unknown attribute", TEAVMX_CMD_INFO_GET,
	  { STRANGE }, EINVAL, "40" },
	{ "info-get: version too long", TEAVMX_CMD_INFO_GET,
	  { { TEAVMX_A_INFO_VERSION, STRING, 0, TOO_LONG } }, EINVAL, "version" },
	{ "info-get: answer as request", TEAVMX_CMD_INFO_GET,
	  { { TEAVMX_A_INFO_VMS, U32, 1, NULL } }, EINVAL, "vms" },
	{ "vm-new: unknown attribute", TEAVMX_CMD_VM_NEW,
	  { STRANGE }, EINVAL, "40" },
	{ "vm-new: unknown flag", TEAVMX_CMD_VM_NEW,
	  { { TEAVMX_A_VM_FLAGS, U32, 1ULL << 31, NULL } }, EINVAL, "flags" },
	{ "vm-new: flags too short", TEAVMX_CMD_VM_NEW,
	  { { TEAVMX_A_VM_FLAGS, U8, 1, NULL } }, EINVAL, "flags" },
	{ "vm-new: flags too long", TEAVMX_CMD_VM_NEW,
	  { { TEAVMX_A_VM_FLAGS, U64, 1, NULL } }, EINVAL, "flags" },
	{ "vm-new: chosen id", TEAVMX_CMD_VM_NEW,
	  { VM_ID(5) }, EINVAL, "id" },
	{ "vm-del: no id", TEAVMX_CMD_VM_DEL, { { 0 } }, EINVAL, "id" },
	{ "vm-del: id 0", TEAVMX_CMD_VM_DEL, { VM_ID(0) }, ERANGE, "id" },
	{ "vm-del: no such VM", TEAVMX_CMD_VM_DEL,
	  { VM_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vm-del: unknown attribute", TEAVMX_CMD_VM_DEL,
	  { VM_ID(LIVE_VM), STRANGE }, EINVAL, "40" },
	{ "vm-get: no id", TEAVMX_CMD_VM_GET, { { 0 } }, EINVAL, "id" },
	{ "vm-get: id 0", TEAVMX_CMD_VM_GET, { VM_ID(0) }, ERANGE, "id" },
	{ "vm-get: id too short", TEAVMX_CMD_VM_GET,
	  { { TEAVMX_A_VM_ID, U8, 1, NULL } }, EINVAL, "id" },
	{ "vm-get: no such VM", TEAVMX_CMD_VM_GET,
	  { VM_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vm-get: unknown attribute", TEAVMX_CMD_VM_GET,
	  { VM_ID(LIVE_VM), STRANGE }, EINVAL, "40" },
	{ "vm-snapshot: no id", TEAVMX_CMD_VM_SNAPSHOT,
	  { { 0 } }, EINVAL, "id" },
	{ "vm-snapshot: id 0", TEAVMX_CMD_VM_SNAPSHOT,
	  { VM_ID(0) }, ERANGE, "id" },
	{ "vm-snapshot: no such VM", TEAVMX_CMD_VM_SNAPSHOT,
	  { VM_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vm-snapshot: a VM of TEA programs", TEAVMX_CMD_VM_SNAPSHOT,
	  { VM_ID(LIVE_VM) }, EINVAL, "id" },
	{ "vm-snapshot: flags", TEAVMX_CMD_VM_SNAPSHOT,
	  { VM_ID(LIVE_VM), { TEAVMX_A_VM_FLAGS, U32, 1, NULL } },
	  EINVAL, "flags" },
	{ "vm-reset: no id", TEAVMX_CMD_VM_RESET, { { 0 } }, EINVAL, "id" },
	{ "vm-reset: id 0", TEAVMX_CMD_VM_RESET, { VM_ID(0) }, ERANGE, "id" },
	{ "vm-reset: no such VM", TEAVMX_CMD_VM_RESET,
	  { VM_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vm-reset: a VM of TEA programs", TEAVMX_CMD_VM_RESET,
	  { VM_ID(LIVE_VM) }, EINVAL, "id" },
	{ "vm-clone: no id", TEAVMX_CMD_VM_CLONE, { { 0 } }, EINVAL, "id" },
	{ "vm-clone: id 0", TEAVMX_CMD_VM_CLONE, { VM_ID(0) }, ERANGE, "id" },
	{ "vm-clone: no such VM", TEAVMX_CMD_VM_CLONE,
	  { VM_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vm-clone: a VM of TEA programs", TEAVMX_CMD_VM_CLONE,
	  { VM_ID(LIVE_VM) }, EINVAL, "id" },
	{ "vm-clone: unknown flag", TEAVMX_CMD_VM_CLONE,
	  { VM_ID(LIVE_VM), { TEAVMX_A_VM_FLAGS, U32, 1ULL << 31, NULL } },
	  EINVAL, "flags" },
	{ "vm-clone: chosen memory", TEAVMX_CMD_VM_CLONE,
	  { VM_ID(LIVE_VM), { TEAVMX_A_VM_MEMORY, U64, 4096, NULL } },
	  EINVAL, "memory" },
	{ "mem-dirty: no VM", TEAVMX_CMD_MEM_DIRTY, { { 0 } }, EINVAL, "vm-id" },
	{ "mem-dirty: no such VM", TEAVMX_CMD_MEM_DIRTY,
	  { MEMORY_VM(NO_SUCH_ID) }, ENOENT, "vm-id" },
	{ "mem-dirty: a VM of TEA programs", TEAVMX_CMD_MEM_DIRTY,
	  { MEMORY_VM(LIVE_VM) }, EINVAL, "vm-id" },
	{ "mem-dirty: address too short", TEAVMX_CMD_MEM_DIRTY,
	  { MEMORY_VM(LIVE_VM), { TEAVMX_A_MEMORY_ADDRESS, U32, 0, NULL } },
	  EINVAL, "address" },
	{ "vcpu-new: no VM", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, CODE }, EINVAL, "vm-id" },
	{ "vcpu-new: VM 0", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(0), SOFT, CODE }, ERANGE, "vm-id" },
	{ "vcpu-new: no such VM", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(NO_SUCH_ID), SOFT, CODE }, ENOENT, "vm-id" },
	{ "vcpu-new: no program", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT }, EINVAL, "program" },
	{ "vcpu-new: unknown backend", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), { TEAVMX_A_VCPU_BACKEND, U32, 2, NULL }, CODE },
	  ERANGE, "backend" },
	{ "vcpu-new: unknown engine", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), CODE, { TEAVMX_A_VCPU_ENGINE, U32, 2, NULL } },
	  ERANGE, "engine" },
	{ "vcpu-new: engine too short", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), CODE, { TEAVMX_A_VCPU_ENGINE, U8, 1, NULL } },
	  EINVAL, "engine" },
	{ "vcpu-new: translated on soft", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE,
	    { TEAVMX_A_VCPU_ENGINE, U32, TEAVMX_ENGINE_JIT, NULL } },
	  EOPNOTSUPP, "engine" },
	{ "vcpu-new: pid 0", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE, { TEAVMX_A_VCPU_PID, U8, 0, NULL } },
	  ERANGE, "pid" },
	{ "vcpu-new: pid too long", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE, { TEAVMX_A_VCPU_PID, U32, 300, NULL } },
	  EINVAL, "pid" },
	{ "vcpu-new: stack of 0", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE,
	    { TEAVMX_A_VCPU_STACK_SIZE, U32, 0, NULL } }, ERANGE, "stack-size" },
	{ "vcpu-new: stack of 65536", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE,
	    { TEAVMX_A_VCPU_STACK_SIZE, U32, 65536, NULL } },
	  ERANGE, "stack-size" },
	{ "vcpu-new: chosen id", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE, VCPU_ID(9) }, EINVAL, "id" },
	{ "vcpu-new: unknown attribute", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE, STRANGE }, EINVAL, "40" },
	{ "vcpu-new: vmcs-write without vmx_break", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE,
	    { TEAVMX_A_VCPU_VMCS_WRITE, NEST_WRITE, 0x6820, NULL } },
	  EPERM, "vmcs-write" },
	{ "vcpu-new: unknown attribute in vmcs-write", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE,
	    { TEAVMX_A_VCPU_VMCS_WRITE, NEST_UNKNOWN, 0, NULL } },
	  EINVAL, "vmcs-write.40" },
	{ "vcpu-new: field too short in vmcs-write", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE,
	    { TEAVMX_A_VCPU_VMCS_WRITE, NEST_SHORT, 0, NULL } },
	  EINVAL, "vmcs-write.encoding" },
	{ "vcpu-new: vmcs-write is no nest", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE,
	    { TEAVMX_A_VCPU_VMCS_WRITE, U8, 1, NULL } }, EINVAL, "vmcs-write" },
	{ "vcpu-new: a VM and a new one", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE, NEW_VM(NEST_FLAGS, 0) },
	  EINVAL, "new-vm" },
	{ "vcpu-new: new-vm is no nest", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, CODE, NEW_VM(U32, 0) }, EINVAL, "new-vm" },
	{ "vcpu-new: unknown attribute in new-vm", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, CODE, NEW_VM(NEST_UNKNOWN, 0) }, EINVAL, "new-vm.40" },
	{ "vcpu-new: flags too short in new-vm", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, CODE, NEW_VM(NEST_SHORT, 0) }, EINVAL, "new-vm.flags" },
	{ "vcpu-new: unknown flag in new-vm", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, CODE, NEW_VM(NEST_FLAGS, 1ULL << 31) }, EINVAL, "new-vm.flags" },
	{ "vcpu-new: RAM of 0 bytes in new-vm", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, NEW_VM(NEST_MEMORY, 0) }, EINVAL, "new-vm.memory" },
	{ "vcpu-new: RAM of 6 KiB in new-vm", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, NEW_VM(NEST_MEMORY, 6144) }, EINVAL, "new-vm.memory" },
	{ "vcpu-new: new-vm without a program", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, NEW_VM(NEST_FLAGS, 0), RUN }, EINVAL, "program" },
	{ "vcpu-new: new-vm and a stack of 65536", TEAVMX_CMD_VCPU_NEW,
	  { SOFT, CODE, NEW_VM(NEST_FLAGS, 0), RUN,
	    { TEAVMX_A_VCPU_STACK_SIZE, U32, 65536, NULL } },
	  ERANGE, "stack-size" },
	{ "vcpu-new: run is no flag", TEAVMX_CMD_VCPU_NEW,
	  { VCPU_VM(LIVE_VM), SOFT, CODE, { TEAVMX_A_VCPU_RUN, U32, 1, NULL } },
	  ERANGE, "run" },
	{ "vcpu-run: no VM", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_ID(1) }, EINVAL, "vm-id" },
	{ "vcpu-run: no id", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(LIVE_VM) }, EINVAL, "id" },
	{ "vcpu-run: id 0", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(LIVE_VM), VCPU_ID(0) }, ERANGE, "id" },
	{ "vcpu-run: no such VM", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(NO_SUCH_ID), VCPU_ID(1) }, ENOENT, "vm-id" },
	{ "vcpu-run: no such vCPU", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(LIVE_VM), VCPU_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vcpu-run: unknown attribute", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1), STRANGE }, EINVAL, "40" },
	{ "vcpu-run: batch of 0", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1),
	    { TEAVMX_A_VCPU_BATCH, U32, 0, NULL } }, ERANGE, "batch" },
	{ "vcpu-run: batch too short", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1),
	    { TEAVMX_A_VCPU_BATCH, U8, 1, NULL } }, EINVAL, "batch" },
	{ "vcpu-run: result in a request", TEAVMX_CMD_VCPU_RUN,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1),
	    { TEAVMX_A_VCPU_RESULT, BYTES, 0, "x" } }, EINVAL, "result" },
	{ "vcpu-kill: no VM", TEAVMX_CMD_VCPU_KILL,
	  { VCPU_ID(1) }, EINVAL, "vm-id" },
	{ "vcpu-kill: no id", TEAVMX_CMD_VCPU_KILL,
	  { VCPU_VM(LIVE_VM) }, EINVAL, "id" },
	{ "vcpu-kill: no such VM", TEAVMX_CMD_VCPU_KILL,
	  { VCPU_VM(NO_SUCH_ID), VCPU_ID(1) }, ENOENT, "vm-id" },
	{ "vcpu-kill: no such vCPU", TEAVMX_CMD_VCPU_KILL,
	  { VCPU_VM(LIVE_VM), VCPU_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vcpu-kill: unknown attribute", TEAVMX_CMD_VCPU_KILL,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1), STRANGE }, EINVAL, "40" },
	{ "vcpu-map: no VM", TEAVMX_CMD_VCPU_MAP,
	  { VCPU_ID(1) }, EINVAL, "vm-id" },
	{ "vcpu-map: no id", TEAVMX_CMD_VCPU_MAP,
	  { VCPU_VM(LIVE_VM) }, EINVAL, "id" },
	{ "vcpu-map: no such VM", TEAVMX_CMD_VCPU_MAP,
	  { VCPU_VM(NO_SUCH_ID), VCPU_ID(1) }, ENOENT, "vm-id" },
	{ "vcpu-map: no such vCPU", TEAVMX_CMD_VCPU_MAP,
	  { VCPU_VM(LIVE_VM), VCPU_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vcpu-map: unknown attribute", TEAVMX_CMD_VCPU_MAP,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1), STRANGE }, EINVAL, "40" },
	{ "vcpu-map: answer as request", TEAVMX_CMD_VCPU_MAP,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1), { TEAVMX_A_VCPU_FD, U32, 0, NULL } },
	  EINVAL, "fd" },
	{ "vcpu-get: no VM", TEAVMX_CMD_VCPU_GET,
	  { VCPU_ID(1) }, EINVAL, "vm-id" },
	{ "vcpu-get: no id", TEAVMX_CMD_VCPU_GET,
	  { VCPU_VM(LIVE_VM) }, EINVAL, "id" },
	{ "vcpu-get: no such VM", TEAVMX_CMD_VCPU_GET,
	  { VCPU_VM(NO_SUCH_ID), VCPU_ID(1) }, ENOENT, "vm-id" },
	{ "vcpu-get: no such vCPU", TEAVMX_CMD_VCPU_GET,
	  { VCPU_VM(LIVE_VM), VCPU_ID(NO_SUCH_ID) }, ENOENT, "id" },
	{ "vcpu-get: unknown attribute", TEAVMX_CMD_VCPU_GET,
	  { VCPU_VM(LIVE_VM), VCPU_ID(1), STRANGE }, EINVAL, "40" },
	{ "event-get: no VM", TEAVMX_CMD_EVENT_GET, { { 0 } }, EINVAL, "vm-id" },
	{ "event-get: VM 0", TEAVMX_CMD_EVENT_GET,
	  { { TEAVMX_A_EVENT_VM_ID, U32, 0, NULL } }, ERANGE, "vm-id" },
	{ "event-get: no such VM", TEAVMX_CMD_EVENT_GET,
	  { { TEAVMX_A_EVENT_VM_ID, U32, NO_SUCH_ID, NULL } }, ENOENT, "vm-id" },
	{ "subscribe: VM 0", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_VM_ID, U32, 0, NULL } }, ERANGE, "vm-id" },
	{ "subscribe: no such VM", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_VM_ID, U32, NO_SUCH_ID, NULL } }, ENOENT,
	  "vm-id" },
	{ "subscribe: unknown attribute", TEAVMX_CMD_SUBSCRIBE,
	  { STRANGE }, EINVAL, "40" },
	{ "subscribe: a type that does not exist", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_TYPES, U32, 1ULL << 31, NULL } }, EINVAL, "types" },
	{ "subscribe: no type", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_TYPES, U32, 0, NULL } }, EINVAL, "types" },
	{ "subscribe: a short bitmap of reasons", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_REASONS, BYTES, 0, "\x01\x01" } },
	  EINVAL, "reasons" },
	{ "subscribe: vCPU 0", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_VCPU_ID, U32, 0, NULL } }, ERANGE, "vcpu-id" },
	{ "subscribe: every 0th exit", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_EVERY, U32, 0, NULL } }, ERANGE, "every" },
	{ "subscribe: only new VMs, and an old one", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_VM_ID, U32, LIVE_VM, NULL },
	    { TEAVMX_A_EVENT_NEW_ONLY, FLAG, 0, NULL } }, EINVAL, "new-only" },
	{ "subscribe: only new VMs, from a number", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_SEQ, U64, 1, NULL },
	    { TEAVMX_A_EVENT_NEW_ONLY, FLAG, 0, NULL } }, EINVAL, "new-only" },
	{ "subscribe: records, which it has none of", TEAVMX_CMD_SUBSCRIBE,
	  { { TEAVMX_A_EVENT_VMS_LOST, U64, 1, NULL } }, EINVAL, "vms-lost" },
	{ "event-get: seq too short", TEAVMX_CMD_EVENT_GET,
	  { { TEAVMX_A_EVENT_VM_ID, U32, LIVE_VM, NULL },
	    { TEAVMX_A_EVENT_SEQ, U32, 1, NULL } }, EINVAL, "seq" },
	{ "event-get: unknown attribute", TEAVMX_CMD_EVENT_GET,
	  { { TEAVMX_A_EVENT_VM_ID, U32, LIVE_VM, NULL }, STRANGE },
	  EINVAL, "40" },
	{ "vm-new: RAM of 6 KiB", TEAVMX_CMD_VM_NEW,
	  { { TEAVMX_A_VM_MEMORY, U64, 6144, NULL } }, EINVAL, "memory" },
	{ "vm-new: RAM of 2 GiB", TEAVMX_CMD_VM_NEW,
	  { { TEAVMX_A_VM_MEMORY, U64, 1ULL << 31, NULL } }, EINVAL, "memory" },
	{ "vm-new: a raw VM with host ports", TEAVMX_CMD_VM_NEW,
	  { { TEAVMX_A_VM_FLAGS, U32, TEAVMX_VM_FLAGS_HOST_PORTS, NULL },
	    { TEAVMX_A_VM_MEMORY, U64, 4096, NULL } }, EINVAL, "flags" },
	{ "slot-set: no VM", TEAVMX_CMD_SLOT_SET,
	  { SLOT(0) }, EINVAL, "vm-id" },
	{ "slot-set: VM 0", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(0), SLOT(0) }, ERANGE, "vm-id" },
	{ "slot-set: no such VM", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(NO_SUCH_ID), SLOT(0), SLOT_CODE }, ENOENT, "vm-id" },
	{ "slot-set: no number", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(LIVE_VM), SLOT_CODE }, EINVAL, "slot-number" },
	{ "slot-set: slot 12", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(LIVE_VM), SLOT(12), SLOT_CODE }, ERANGE,
	  "slot-number" },
	{ "slot-set: number too long", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(LIVE_VM),
	    { TEAVMX_A_MACHINE_SLOT_NUMBER, U32, 0, NULL } },
	  EINVAL, "slot-number" },
	{ "slot-set: stack 0", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(LIVE_VM), SLOT(0), SLOT_CODE,
	    { TEAVMX_A_MACHINE_STACK_SIZE, U32, 0, NULL } },
	  ERANGE, "stack-size" },
	{ "slot-set: stack too large", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(LIVE_VM), SLOT(0), SLOT_CODE,
	    { TEAVMX_A_MACHINE_STACK_SIZE, U32, 65536, NULL } },
	  ERANGE, "stack-size" },
	{ "slot-set: stack without a program", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(LIVE_VM), SLOT(0),
	    { TEAVMX_A_MACHINE_STACK_SIZE, U32, 64, NULL } },
	  EINVAL, "stack-size" },
	{ "slot-set: another request's attribute", TEAVMX_CMD_SLOT_SET,
	  { MACHINE_VM(LIVE_VM), SLOT(0),
	    { TEAVMX_A_MACHINE_VALUE, U8, 0, NULL } }, EINVAL, "value" },
	{ "slot-get: no VM", TEAVMX_CMD_SLOT_GET, { { 0 } }, EINVAL, "vm-id" },
	{ "slot-get: no such VM", TEAVMX_CMD_SLOT_GET,
	  { MACHINE_VM(NO_SUCH_ID) }, ENOENT, "vm-id" },
	{ "packet-send: no VM", TEAVMX_CMD_PACKET_SEND,
	  { PACKET("\2\2\26\1") }, EINVAL, "vm-id" },
	{ "packet-send: no such VM", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(NO_SUCH_ID), PACKET("\2\2\26\1") }, ENOENT, "vm-id" },
	{ "packet-send: no packet", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM) }, EINVAL, "packet" },
	{ "packet-send: an empty packet", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET("") }, EINVAL, "packet" },
	{ "packet-send: no data", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET("\2\1") }, EINVAL, "packet" },
	{ "packet-send: too long", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET(TOO_LONG) }, EINVAL, "packet" },
	{ "packet-send: malformed", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET("\2\2\25\3") }, EINVAL, "packet" },
	{ "packet-send: another address", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET("\4\2\26\1") }, EADDRNOTAVAIL,
	  "packet" },
	{ "packet-send: no launch to go on with", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET("\2\3\25\2\1") }, ENOENT, "packet" },
	{ "packet-send: unknown backend", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET("\2\2\26\1"),
	    { TEAVMX_A_MACHINE_BACKEND, U32, 2, NULL } }, ERANGE, "backend" },
	{ "packet-send: unknown engine", TEAVMX_CMD_PACKET_SEND,
	  { MACHINE_VM(LIVE_VM), PACKET("\2\2\26\1"),
	    { TEAVMX_A_MACHINE_ENGINE, U32, 2, NULL } }, ERANGE, "engine" },
	{ "serial-write: no VM", TEAVMX_CMD_SERIAL_WRITE,
	  { { TEAVMX_A_MACHINE_DATA, BYTES, 0, "x" } }, EINVAL, "vm-id" },
	{ "serial-write: no such VM", TEAVMX_CMD_SERIAL_WRITE,
	  { MACHINE_VM(NO_SUCH_ID) }, ENOENT, "vm-id" },
	{ "port-answer: no VM", TEAVMX_CMD_PORT_ANSWER,
	  { { TEAVMX_A_MACHINE_VCPU_ID, U32, 1, NULL } }, EINVAL, "vm-id" },
	{ "port-answer: no vCPU", TEAVMX_CMD_PORT_ANSWER,
	  { MACHINE_VM(LIVE_VM) }, EINVAL, "vcpu-id" },
	{ "port-answer: vCPU 0", TEAVMX_CMD_PORT_ANSWER,
	  { MACHINE_VM(LIVE_VM), { TEAVMX_A_MACHINE_VCPU_ID, U32, 0, NULL } },
	  ERANGE, "vcpu-id" },
	{ "port-answer: no such vCPU", TEAVMX_CMD_PORT_ANSWER,
	  { MACHINE_VM(LIVE_VM), { TEAVMX_A_MACHINE_VCPU_ID, U32, 1, NULL } },
	  ENOENT, "vcpu-id" },
	{ "port-answer: value too long", TEAVMX_CMD_PORT_ANSWER,
	  { MACHINE_VM(LIVE_VM), { TEAVMX_A_MACHINE_VALUE, U32, 1, NULL } },
	  EINVAL, "value" },
};

static void put_nest(struct nl_msg *message, const struct attribute *attribute)
{
	struct nlattr *nest = nla_nest_start(message, attribute->type |
						      NLA_F_NESTED);

	switch (attribute->kind) {
	case NEST_UNKNOWN:
		nla_put_u32(message, UNKNOWN, 1);
		break;
	case NEST_SHORT:
		nla_put_u8(message, TEAVMX_A_VMCS_FIELD_ENCODING, 1);
		break;
	case NEST_WRITE:
		nla_put_u32(message, TEAVMX_A_VMCS_FIELD_ENCODING,
			    (uint32_t)attribute->value);
		nla_put_u64(message, TEAVMX_A_VMCS_FIELD_VALUE, 2);
		break;
	case NEST_FLAGS:
		nla_put_u32(message, TEAVMX_A_NEW_VM_FLAGS,
			    (uint32_t)attribute->value);
		break;
	case NEST_MEMORY:
		nla_put_u64(message, TEAVMX_A_NEW_VM_MEMORY, attribute->value);
		break;
	default:
		break;
	}
	nla_nest_end(message, nest);
}

static void put(struct nl_msg *message, const struct attribute *attribute,
		uint32_t vm)
{
	uint64_t value = attribute->value == LIVE_VM ? vm : attribute->value;

	switch (attribute->kind) {
	case NONE:
		break;
	case U8:
		nla_put_u8(message, attribute->type, (uint8_t)value);
		break;
	case U32:
		nla_put_u32(message, attribute->type, (uint32_t)value);
		break;
	case U64:
		nla_put_u64(message, attribute->type, value);
		break;
	case STRING:
		nla_put_string(message, attribute->type, attribute->text);
		break;
	case BYTES:
		nla_put(message, attribute->type, (int)strlen(attribute->text),
			attribute->text);
		break;
	case FLAG:
		nla_put_flag(message, attribute->type);
		break;
	case PROGRAM:
		nla_put(message, attribute->type, sizeof(program_exit),
			program_exit);
		break;
	default:
		put_nest(message, attribute);
	}
}

FIXTURE(refusal)
{
	struct teavmx *teavmx;
	uint32_t vm;
};

FIXTURE_SETUP(refusal)
{
	struct teavmx_vm vm;

	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	self->vm = vm.id;
}

FIXTURE_TEARDOWN(refusal)
{
	teavmx_close(self->teavmx);
}

static int ask(struct teavmx *teavmx, const struct refusal *refusal,
	       uint32_t vm)
{
	struct nl_msg *message;
	size_t i;

	message = teavmx_request(teavmx, refusal->command, 0, 4096);
	for (i = 0; i < 6; i++)
		put(message, &refusal->attributes[i], vm);
	return teavmx_call(teavmx, message, "do this", NULL);
}

static bool refused_well(const struct teavmx_error *error,
			 const struct refusal *refusal)
{
	const char *words = "cannot do this: ";
	bool well = true;

	if (error->error != refusal->error) {
		printf("# %s: errno %d and not %d\n", refusal->name, error->error,
		       refusal->error);
		well = false;
	}
	if (strcmp(error->attribute, refusal->blamed)) {
		printf("# %s: attribute '%s' and not '%s'\n", refusal->name,
		       error->attribute, refusal->blamed);
		well = false;
	}
	/* The text of the errno alone is no message of the kernel. */
	if (strncmp(error->message, words, strlen(words)) ||
	    !error->message[strlen(words)] ||
	    !strcmp(error->message + strlen(words), strerror(error->error))) {
		printf("# %s: no message: %s\n", refusal->name, error->message);
		well = false;
	}
	return well;
}

TEST_F(refusal, table)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	struct teavmx_vm vm;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];

		EXPECT_EQ(-1, ask(self->teavmx, refusal, self->vm))
			TH_LOG("%s: taken", refusal->name);
		if (refusal->error == EPERM) {
			EXPECT_ERROR(EPERM, self->teavmx);
			EXPECT_STREQ(refusal->blamed, error->attribute);
			EXPECT_NE(NULL, strstr(error->message, "vmx_break"));
		} else {
			EXPECT_TRUE(refused_well(error, refusal));
		}
	}
	/* None of it had an effect. */
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm, &vm));
	EXPECT_EQ(0, vm.vcpus);
	EXPECT_EQ(1, vm.next_seq);
	EXPECT_TRUE(machine_vms(self->teavmx, 1));
}

TEST_F(refusal, unknown_command)
{
	static const uint8_t commands[] = { 0, TEAVMX_CMD_EVENT,
					    TEAVMX_CMD_MAX + 1, 200 };
	struct nl_msg *message;
	size_t i;

	for (i = 0; i < sizeof(commands); i++) {
		message = teavmx_request(self->teavmx, commands[i], 0, 64);
		EXPECT_EQ(-1, teavmx_call(self->teavmx, message, "do this",
					  NULL));
		EXPECT_ERROR(EOPNOTSUPP, self->teavmx);
	}
}

TEST_F(refusal, trailing_bytes)
{
	struct nl_msg *message;

	message = teavmx_request(self->teavmx, TEAVMX_CMD_VM_GET, 0, 64);
	nla_put_u32(message, TEAVMX_A_VM_ID, self->vm);
	nlmsg_append(message, "\1\1", 2, 0);
	EXPECT_EQ(-1, teavmx_call(self->teavmx, message, "do this", NULL));
	EXPECT_ERROR(EINVAL, self->teavmx);
}

TEST_F(refusal, pid_in_use)
{
	struct teavmx_program program = {
		.backend = TEAVMX_BACKEND_SOFT,
		.pid = 9,
		.program = program_exit,
		.program_size = sizeof(program_exit),
	};
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	struct teavmx_vcpu vcpu, other;
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program, &vcpu));
	EXPECT_EQ(9, vcpu.pid);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm, &vm));
	ASSERT_EQ(-1, teavmx_vcpu_new(self->teavmx, self->vm, &program, &other));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_STREQ("pid", error->attribute);
	/* Nothing is sent then, and nothing made. */
	program.pid = 0;
	EXPECT_EQ(1, vm.vcpus);
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program, &other));
	EXPECT_EQ(vm.next_seq, other.next_seq);
	EXPECT_EQ(1, other.pid);
}

TEST_F(refusal, wrong_state)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, TEAVMX_BACKEND_SOFT,
				   program_wait, sizeof(program_wait), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(-1, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_NE(NULL, strstr(error->message, "waits at a port"));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, vcpu.vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(-1, teavmx_vcpu_kill(self->teavmx, vcpu.vm, vcpu.id));
	EXPECT_ERROR(ESRCH, self->teavmx);
	EXPECT_NE(NULL, strstr(error->message, "exited"));
	ASSERT_EQ(-1, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_NE(NULL, strstr(error->message, "the vCPU has exited"));
	teavmx_vcpu_clear(&vcpu);
}

/* A batch of two runs with one more attribute, unless that is 0 */
static int batch_with(struct teavmx *teavmx, const struct teavmx_vcpu *vcpu,
		      bool reset, int attribute)
{
	struct nl_msg *message = teavmx_request(teavmx, TEAVMX_CMD_VCPU_RUN, 0,
						128);

	nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vcpu->vm);
	nla_put_u32(message, TEAVMX_A_VCPU_ID, vcpu->id);
	nla_put_u32(message, TEAVMX_A_VCPU_BATCH, 2);
	if (reset)
		nla_put_flag(message, TEAVMX_A_VCPU_RESET);
	if (attribute == TEAVMX_A_VCPU_ARGUMENTS)
		nla_put(message, attribute, 3, "abc");
	else if (attribute == TEAVMX_A_VCPU_UNTIL)
		nla_put_u32(message, attribute, TEAVMX_UNTIL_LEVEL);
	else if (attribute)
		nla_put_u64(message, attribute, 5);
	return teavmx_call(teavmx, message, "do this", NULL);
}

TEST_F(refusal, batches)
{
	struct teavmx_program program = {
		.backend = TEAVMX_BACKEND_SOFT,
		.keep = true,
		.program = program_exit,
		.program_size = sizeof(program_exit),
	};
	static const struct {
		int number;
		const char *name;
	} bounds[] = {
		{ TEAVMX_A_VCPU_BOUND_EXITS, "bound-exits" },
		{ TEAVMX_A_VCPU_BOUND_TIME, "bound-time" },
		{ TEAVMX_A_VCPU_BOUND_STEPS, "bound-steps" },
		{ TEAVMX_A_VCPU_UNTIL, "until" },
	};
	struct teavmx_vcpu vcpu;
	size_t i;

	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program, &vcpu));
	EXPECT_EQ(-1, batch_with(self->teavmx, &vcpu, false, 0));
	EXPECT_REFUSED(EINVAL, self->teavmx, "add reset");
	EXPECT_EQ(-1, batch_with(self->teavmx, &vcpu, true,
				 TEAVMX_A_VCPU_ARGUMENTS));
	EXPECT_REFUSED(EINVAL, self->teavmx, "no multiple");
	for (i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
		EXPECT_EQ(-1, batch_with(self->teavmx, &vcpu, true,
					 bounds[i].number));
		EXPECT_REFUSED(EINVAL, self->teavmx, "have no bounds");
		EXPECT_STREQ(bounds[i].name,
			     teavmx_error(self->teavmx)->attribute);
	}
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(refusal, too_many_vms)
{
	struct teavmx_info info;
	struct teavmx_vm vm;
	uint32_t i;

	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	for (i = info.vms; i < info.max_vms; i++)
		ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	ASSERT_EQ(-1, teavmx_vm_new(self->teavmx, 0, &vm));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message, "max_vms"));
}

TEST_F(refusal, no_room_for_a_thread)
{
	const struct teavmx_program how = {
		.backend = TEAVMX_BACKEND_SOFT,
		.program = program_show,
		.program_size = sizeof(program_show),
		.run = true,
	};
	struct teavmx_vcpu vcpu;
	int usual, none = 1, err;

	ASSERT_EQ(0, machine_threads_max("r", &usual));
	ASSERT_EQ(0, machine_threads_max("w", &none));
	err = teavmx_vcpu_new(self->teavmx, self->vm, &how, &vcpu);
	ASSERT_EQ(0, machine_threads_max("w", &usual));
	ASSERT_EQ(-1, err);
	EXPECT_REFUSED(EAGAIN, self->teavmx, "kernel.threads-max");
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &how, &vcpu));
	teavmx_vcpu_clear(&vcpu);
}

TEST_HARNESS_MAIN
