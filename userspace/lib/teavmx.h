/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_H
#define TEAVMX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/teavmx.h>

#include "event.h"

/**
 * DOC: libteavmx
 *
 * The requests and the event stream of the teavmx module. A program includes this
 * header alone; Documentation/library.rst describes how it is built.
 *
 * Threads: a handle has one socket for requests and, after teavmx_event_open(),
 * another for events, so that a reply never waits behind a flood of records. A
 * handle, and what was made with it, is used by one thread at a time, without a
 * lock. Threads with handles of their own do not need to know of each other.
 * Functions without a handle can be called by any thread.
 *
 * Ownership: the caller owns what it passes, and the library copies what it needs
 * for longer than the call. Each function documents what the caller has to release,
 * and how. Names and descriptions that functions return are constants. VMs that a
 * handle has created are removed when it is closed or its process ends, unless they
 * are detached.
 *
 * Units: addresses of guests are guest-physical unless a name says linear, sizes
 * are bytes, times of records and runs are ns, timeouts are ms. VMs, vCPUs and
 * records are numbered from 1.
 *
 * Errors: functions that return int return 0 (or what they describe) on success
 * and -1 on failure; teavmx_error() then has the errno of the module, what failed,
 * why, and what to do. errno itself has no meaning. EPERM means that CAP_SYS_ADMIN
 * is missing, ENOENT that there is no such VM, vCPU or breakpoint, ESRCH that the
 * vCPU has exited, EBUSY that it is in another state than the request needs, ENODEV
 * and EOPNOTSUPP that the CPU or the engine cannot do it, ENOMEM that memory is
 * short, and EINVAL, ERANGE or E2BIG that a value is out of range. Functions
 * document what else they fail with.
 *
 * On failure nothing has to be released, and what a pointer would have received
 * is undefined, except for arrays, which are NULL then.
 *
 * The library prints nothing, installs no signal handler and starts no thread.
 */

#ifdef __cplusplus
extern "C" {
#endif

struct teavmx;

/**
 * enum teavmx_status - What kind of failure it was.
 * @TEAVMX_OK: none
 * @TEAVMX_REQUEST: the request failed
 * @TEAVMX_ENGINE: the engine is not available (module, CPU, firmware, namespace)
 * @TEAVMX_PERMISSION: not permitted
 * @TEAVMX_OBJECT: the object is not there, or is there already
 *
 * The numbers are exit statuses of teavmx(8).
 */
enum teavmx_status {
	TEAVMX_OK		= 0,
	TEAVMX_REQUEST		= 1,
	TEAVMX_ENGINE		= 3,
	TEAVMX_PERMISSION	= 4,
	TEAVMX_OBJECT		= 5,
};

/**
 * struct teavmx_error - A failure, described for the user.
 * @status: its kind
 * @error: errno, or 0 when there is none
 * @message: what failed and why, without newline; the kernel's message if it
 *	sent one
 * @attribute: name of the attribute to blame, or empty; one that sets a register
 *	is followed by the name of the register, as in "register rax"
 * @hint: the next step, or empty
 */
struct teavmx_error {
	enum teavmx_status status;
	int error;
	char message[320];
	char attribute[48];
	char hint[320];
};

/**
 * teavmx_open() - Connect to the module.
 * @error: receives the reason when it fails; may be NULL
 *
 * Return: a handle for teavmx_close(), or NULL.
 */
struct teavmx *teavmx_open(struct teavmx_error *error);

/**
 * teavmx_close() - Disconnect and release the handle.
 * @teavmx: handle, or NULL
 *
 * The module removes the VMs that were created with this handle and are not
 * detached.
 */
void teavmx_close(struct teavmx *teavmx);

/**
 * teavmx_error() - Why the last call failed.
 * @teavmx: handle
 *
 * Return: the failure, valid until the next call with this handle.
 */
const struct teavmx_error *teavmx_error(const struct teavmx *teavmx);

/**
 * teavmx_warning() - The kernel's warning about a request that succeeded.
 * @teavmx: handle
 *
 * Return: the warning, or NULL when there is none; valid until the next call.
 */
const char *teavmx_warning(const struct teavmx *teavmx);

/**
 * struct teavmx_info - The engine as a whole.
 * @version: version of the module
 * @vmx: the vmx backend can run
 * @vmx_missing: why it cannot, empty when it can
 * @vmx_cpus: CPUs on which it can
 * @vms: VMs that exist now
 * @max_vms: limit of VMs
 * @max_vcpus: limit of vCPUs in one VM
 * @log_size: event records kept for each VM
 * @vmx_mode: how VMX is taken, "share" or "own"
 * @instance: random number that the module chose when it was loaded; when it
 *	differs from an earlier one, the module was reloaded and all VMs are gone
 * @tsc_khz: ticks of the host's time-stamp counter in a ms, 0 if the kernel could not
 *	measure them
 */
struct teavmx_info {
	char version[32];
	bool vmx;
	char vmx_missing[256];
	uint32_t vmx_cpus;
	uint32_t vms;
	uint32_t max_vms;
	uint32_t max_vcpus;
	uint32_t log_size;
	char vmx_mode[16];
	uint32_t instance;
	uint32_t tsc_khz;
};

/**
 * teavmx_get_info() - Get the engine, its limits and its state.
 * @teavmx: handle
 * @version: version of the caller, or NULL; if it is not the module's version,
 *	there is a teavmx_warning()
 * @info: receives them
 *
 * Return: 0 or -1.
 */
int teavmx_get_info(struct teavmx *teavmx, const char *version,
		    struct teavmx_info *info);

/**
 * struct teavmx_cpu - One CPU of the host.
 * @id: its number
 * @vmx_holder: enum teavmx_vmx_holder, which hypervisor had the CPU in VMX root
 *	operation when it was read
 */
struct teavmx_cpu {
	uint32_t id;
	uint32_t vmx_holder;
};

/**
 * teavmx_cpu_list() - Get the CPUs that are online.
 * @teavmx: handle
 * @cpus: receives an array for free(), in the order of the CPUs' numbers
 *
 * Return: number of CPUs, or -1.
 */
int teavmx_cpu_list(struct teavmx *teavmx, struct teavmx_cpu **cpus);

/**
 * struct teavmx_vm - One VM.
 * @id: its number
 * @flags: enum teavmx_vm_flags
 * @owner: netlink port of the socket that created it
 * @vcpus: vCPUs it has
 * @first_seq: sequence number of the oldest record in the log
 * @next_seq: sequence number of the next event
 * @memory: bytes of RAM of a raw VM, 0 for a VM of TEA programs
 * @memory_used: bytes of it that have pages
 * @host_reasons: exit reasons that go to the host program, bit n % 8 of byte
 *	n / 8 for reason n
 * @host_exceptions: exception vectors that do, bit n for vector n
 * @program_reasons: exit reasons that the program which created the VM handles
 */
struct teavmx_vm {
	uint32_t id;
	uint32_t flags;
	uint32_t owner;
	uint32_t vcpus;
	uint64_t first_seq;
	uint64_t next_seq;
	uint64_t memory;
	uint64_t memory_used;
	uint8_t host_reasons[TEAVMX_HOST_REASONS_SIZE];
	uint32_t host_exceptions;
	uint8_t program_reasons[TEAVMX_HOST_REASONS_SIZE];
};

/**
 * teavmx_vm_new() - Create a VM.
 * @teavmx: handle
 * @flags: enum teavmx_vm_flags
 * @vm: receives the VM
 *
 * Return: 0 or -1.
 */
int teavmx_vm_new(struct teavmx *teavmx, uint32_t flags, struct teavmx_vm *vm);

/**
 * teavmx_vm_del() - Kill the vCPUs of a VM and remove it.
 * @teavmx: handle
 * @id: the VM
 *
 * Return: 0 or -1.
 */
int teavmx_vm_del(struct teavmx *teavmx, uint32_t id);

/**
 * teavmx_vm_get() - Get one VM.
 * @teavmx: handle
 * @id: the VM
 * @vm: receives it
 *
 * Return: 0 or -1.
 */
int teavmx_vm_get(struct teavmx *teavmx, uint32_t id, struct teavmx_vm *vm);

/**
 * teavmx_vm_list() - Get all VMs.
 * @teavmx: handle
 * @vms: receives an array for free(); NULL when there is none
 *
 * Return: number of VMs, or -1.
 */
int teavmx_vm_list(struct teavmx *teavmx, struct teavmx_vm **vms);

/**
 * struct teavmx_exit - Count of one exit reason.
 * @reason: basic exit reason
 * @count: how often it occurred
 */
struct teavmx_exit {
	uint32_t reason;
	uint64_t count;
};

/** TEAVMX_NO_PORT - the port of a vCPU or record that concerns no port */
#define TEAVMX_NO_PORT	(-1)

/**
 * struct teavmx_vcpu - One vCPU: a TEA process, or a processor of a raw VM.
 * @vm: its VM
 * @id: its number in the VM
 * @backend: enum teavmx_backend
 * @state: enum teavmx_vcpu_state
 * @stop: enum teavmx_stop, why it is paused
 * @pid: process number, 0 in a raw VM
 * @stack_size: bytes of TEA stack
 * @message_size: bytes in @message, 0 before the exit
 * @message: the exit message
 * @steps: TEA instructions fetched
 * @port: port it sleeps or waits on, or TEAVMX_NO_PORT
 * @next_seq: every event of this vCPU has this sequence number or a higher one
 * @stack: the TEA stack at the exit, bottom first
 * @stack_used: bytes in @stack
 * @debug: its process is debugged
 * @engine: enum teavmx_engine: how its program is executed, or will be
 * @exits: exits so far, one entry for each reason that occurred
 * @exit_count: entries in @exits
 *
 * Release with teavmx_vcpu_clear().
 */
struct teavmx_vcpu {
	uint32_t vm;
	uint32_t id;
	uint32_t backend;
	uint32_t state;
	uint32_t stop;
	uint8_t pid;
	uint32_t stack_size;
	size_t message_size;
	uint8_t message[16];
	uint64_t steps;
	int port;
	uint64_t next_seq;
	uint8_t *stack;
	size_t stack_used;
	bool debug;
	uint32_t engine;
	struct teavmx_exit *exits;
	size_t exit_count;
};

/**
 * teavmx_vcpu_clear() - Release the stack and the exits of a description.
 * @vcpu: description that teavmx_vcpu_new(), teavmx_vcpu_get() or
 *	teavmx_raw_vcpu_new() filled in; it has neither then
 */
void teavmx_vcpu_clear(struct teavmx_vcpu *vcpu);

/**
 * struct teavmx_vmcs_write - A VMCS field to overwrite, for tests.
 * @field: field encoding
 * @value: what to write
 */
struct teavmx_vmcs_write {
	uint32_t field;
	uint64_t value;
};

/**
 * struct teavmx_program - The program of a new vCPU, and how it is run.
 * @backend: enum teavmx_backend
 * @pid: process number, 0 for the lowest free one
 * @stack_size: bytes of TEA stack, 0 for TEA_STACK_DEFAULT
 * @program: the object file
 * @program_size: bytes in it
 * @arguments: argument bytes of main, in the order in which they are on the stack
 * @argument_size: bytes of them
 * @debug: the process is debugged, see debug.h
 * @run: run it at once, as teavmx_vcpu_run() does
 * @slice: with @run, run it as teavmx_vcpu_run_slice() does
 * @keep: keep its memory when it ends, so that teavmx_vcpu_run_with() can reset it;
 *	teavmx_vcpu_kill() frees that
 * @engine: enum teavmx_engine; a program is interpreted in spite of TEAVMX_ENGINE_JIT
 *	if it cannot be translated
 * @vm_flags: TEAVMX_VM_FLAGS_* of a VM that is created with it
 * @writes: VMCS fields to overwrite
 * @write_count: number of them
 */
struct teavmx_program {
	enum teavmx_backend backend;
	uint8_t pid;
	uint32_t stack_size;
	const void *program;
	size_t program_size;
	const void *arguments;
	size_t argument_size;
	bool debug;
	bool run;
	bool slice;
	bool keep;
	enum teavmx_engine engine;
	uint32_t vm_flags;
	const struct teavmx_vmcs_write *writes;
	size_t write_count;
};

/**
 * teavmx_vcpu_new() - Create a vCPU with a program.
 * @teavmx: handle
 * @vm: its VM, 0 for a new one, which the same request creates
 * @program: the program
 * @vcpu: receives the vCPU as it was before it ran, or after a slice, with the
 *	number of its VM, for teavmx_vcpu_clear(); it has exited already if the
 *	program breaks a launch rule or has ended in the slice
 *
 * On failure nothing has been created. Events of a new VM before the caller watches
 * it are in its log, see teavmx_event_watch().
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_new(struct teavmx *teavmx, uint32_t vm,
		    const struct teavmx_program *program,
		    struct teavmx_vcpu *vcpu);

/**
 * teavmx_vcpu_run() - Start a vCPU that is ready.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU
 *
 * It does not wait for anything that the vCPU does.
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_run(struct teavmx *teavmx, uint32_t vm, uint32_t id);

/**
 * teavmx_vcpu_kill() - Kill the process of a vCPU; its exit message follows.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_kill(struct teavmx *teavmx, uint32_t vm, uint32_t id);

/**
 * teavmx_vcpu_get() - Get one vCPU.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU
 * @vcpu: receives it, for teavmx_vcpu_clear()
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_get(struct teavmx *teavmx, uint32_t vm, uint32_t id,
		    struct teavmx_vcpu *vcpu);

/**
 * teavmx_vcpu_state() - Get only the state of a vCPU.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU
 * @state: receives enum teavmx_vcpu_state
 * @stop: receives enum teavmx_stop
 *
 * It is for a request that has failed, maybe as the vCPU ended before: if this succeeds,
 * teavmx_error() still has the failure of the request.
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_state(struct teavmx *teavmx, uint32_t vm, uint32_t id,
		      uint32_t *state, uint32_t *stop);

/**
 * teavmx_vcpu_list() - Get the vCPUs of one VM or of all.
 * @teavmx: handle
 * @vm: the VM, 0 for all
 * @vcpus: receives an array for teavmx_vcpu_free(); NULL when there is none
 *
 * Return: number of vCPUs, or -1.
 */
int teavmx_vcpu_list(struct teavmx *teavmx, uint32_t vm,
		     struct teavmx_vcpu **vcpus);

/**
 * teavmx_vcpu_free() - Release an array of vCPUs.
 * @vcpus: array or NULL
 * @count: entries
 */
void teavmx_vcpu_free(struct teavmx_vcpu *vcpus, size_t count);

/**
 * teavmx_state_name() - Name of a vCPU state.
 * @state: enum teavmx_vcpu_state
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_state_name(uint32_t state);

/**
 * teavmx_stop_name() - Name of what a vCPU is paused for.
 * @stop: enum teavmx_stop
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_stop_name(uint32_t stop);

/**
 * teavmx_backend_name() - Name of a backend.
 * @backend: enum teavmx_backend
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_backend_name(uint32_t backend);

/**
 * teavmx_engine_name() - Name of an engine.
 * @engine: enum teavmx_engine
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_engine_name(uint32_t engine);

/**
 * teavmx_breakpoint_kind_name() - Name of a kind of breakpoint.
 * @kind: enum teavmx_breakpoint_kind
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_breakpoint_kind_name(uint32_t kind);

/**
 * teavmx_tea_service_name() - Name of what the interpreter in a guest requests.
 * @service: enum teavmx_tea_service
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_tea_service_name(uint32_t service);

/**
 * teavmx_until_name() - Name of what else ends a run.
 * @until: enum teavmx_until
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_until_name(uint32_t until);

/**
 * teavmx_event_type_name() - Name of an event type of the kernel.
 * @type: enum teavmx_event_type
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_event_type_name(uint32_t type);

/**
 * teavmx_holder_name() - Name of the hypervisor that holds VMX.
 * @holder: enum teavmx_vmx_holder
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_holder_name(uint32_t holder);

/**
 * teavmx_vmx_mode_name() - Name of the way in which the module uses VMX.
 * @mode: enum teavmx_vmx_mode
 *
 * Return: the name, NULL for an unknown number.
 */
const char *teavmx_vmx_mode_name(uint32_t mode);

#include "caps.h"
#include "debug.h"
#include "decode.h"
#include "doctor.h"
#include "raw.h"
#include "page.h"
#include "stats.h"
#include "tea.h"

#ifdef __cplusplus
}
#endif

#endif
