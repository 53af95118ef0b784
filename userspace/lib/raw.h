/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_RAW_H
#define TEAVMX_RAW_H

/**
 * DOC: Raw VMs
 *
 * A raw VM has RAM from guest-physical address 0 on and one to eight vCPUs
 * that share it; the caller loads what they execute. A vCPU runs until it stops
 * (enum teavmx_stop); then its registers may be read and changed, and it may be
 * run again. teavmx.h includes this header, and its conventions hold here.
 */

/**
 * teavmx_raw_new() - Create a raw VM.
 * @teavmx: handle
 * @flags: enum teavmx_vm_flags
 * @memory: bytes of RAM, a multiple of 4096 up to TEAVMX_MEMORY_MAX
 * @vm: receives the VM
 *
 * Return: 0 or -1.
 */
int teavmx_raw_new(struct teavmx *teavmx, uint32_t flags, uint64_t memory,
		   struct teavmx_vm *vm);

/**
 * teavmx_raw_vcpu_new() - Create a vCPU of a raw VM.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: receives the vCPU, for teavmx_vcpu_clear(); it is ready, in real mode,
 *	with CS:IP 0000:0000
 *
 * Return: 0 or -1.
 */
int teavmx_raw_vcpu_new(struct teavmx *teavmx, uint32_t vm,
			struct teavmx_vcpu *vcpu);

/**
 * teavmx_raw_vcpu_new_with() - Create a vCPU of a raw VM with other VMCS fields.
 * @teavmx: handle
 * @vm: its VM
 * @writes: VMCS fields to overwrite before the first VM entry, for tests; the
 *	module accepts them only if it was loaded with vmx_break=1
 * @count: number of them
 * @vcpu: as in teavmx_raw_vcpu_new()
 *
 * Return: 0 or -1.
 */
int teavmx_raw_vcpu_new_with(struct teavmx *teavmx, uint32_t vm,
			     const struct teavmx_vmcs_write *writes,
			     size_t count, struct teavmx_vcpu *vcpu);

/**
 * struct teavmx_run - How a vCPU is run.
 * @answered: the caller has emulated the instruction that the vCPU is paused
 *	for: RIP advances past it
 * @answer: with @answered, the result of IN (AL, AX, EAX) or RDMSR (EDX:EAX)
 * @exits: pause after so many exits, 0 for no limit
 * @time: pause after so many ns of guest time, 0 for no limit
 * @steps: pause after so many guest instructions, 0 for no limit
 * @until: enum teavmx_until, only for a process that is debugged
 * @resume: continue the run that an exit has interrupted: its bounds, and a
 *	request to pause, remain in force; without other bounds
 * @reset: take a process that was created with @keep of struct teavmx_program back
 *	to its launch first, also one that has exited. Ports and incomplete launches
 *	of its VM are reset too, so no other process of the VM may be alive
 * @arguments: with @reset, argument bytes of its main
 * @argument_size: bytes of them
 */
struct teavmx_run {
	bool answered;
	uint64_t answer;
	uint64_t exits;
	uint64_t time;
	uint64_t steps;
	uint32_t until;
	bool resume;
	bool reset;
	const void *arguments;
	size_t argument_size;
};

/**
 * teavmx_vcpu_run_with() - Run a vCPU that is ready or paused, or reset it.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU
 * @run: how; NULL is the same as all zeros
 *
 * It does not wait until the vCPU stops: teavmx_wait_stop() does. After a reset the
 * vCPU has exited already if the arguments break a launch rule.
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_run_with(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			 const struct teavmx_run *run);

/**
 * struct teavmx_slice - What a vCPU did within the request that ran it.
 * @state: enum teavmx_vcpu_state; RUNNING when it has not stopped yet
 * @stop: enum teavmx_stop, why it is paused
 * @has_exit: it is paused for @exit
 * @exit: the exit's record, for teavmx_answer(). It has neither a sequence
 *	number nor a time; the one in the log has
 * @message_size: bytes in @message, 0 unless it is a TEA process that has exited
 * @message: the exit message
 */
struct teavmx_slice {
	uint32_t state;
	uint32_t stop;
	bool has_exit;
	struct teavmx_record exit;
	size_t message_size;
	uint8_t message[16];
};

/**
 * teavmx_vcpu_run_slice() - Run a vCPU, and learn whether it stops at once.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU
 * @run: as for teavmx_vcpu_run_with()
 * @slice: receives what it did
 *
 * The caller runs the guest itself, for at most 150000 cycles of the TSC, which are
 * 50 us at 3 GHz; then a thread goes on. So a guest that stops soon, for the next
 * access to a device, costs no thread and no event, nor does a TEA program that ends
 * soon. Its records are in the log as always, and a caller that reads events gets
 * them too. What would wait, such as a read of an empty port, waits in the thread.
 * vCPUs of the soft back end, and all vCPUs of callers that are 32-bit programs, are
 * run by their threads at once.
 *
 * When it fails because there is no memory for a thread, the guest may have run;
 * it is paused then, for TEAVMX_STOP_REQUEST.
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_run_slice(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			  const struct teavmx_run *run,
			  struct teavmx_slice *slice);

/**
 * struct teavmx_result - How a run of a batch ended.
 * @steps: TEA instructions
 * @message_size: bytes in @message
 * @message: the exit message
 */
struct teavmx_result {
	uint64_t steps;
	size_t message_size;
	uint8_t message[16];
};

/**
 * struct teavmx_batch - Runs of one program that one request makes.
 * @count: how many, 1 to TEAVMX_BATCH_MAX
 * @arguments: argument bytes of each run, one after the other
 * @argument_size: bytes of them for one run
 * @results: has room for @count results
 * @done: receives how many of them are filled in
 * @next_seq: receives the number of the first event of the first run
 */
struct teavmx_batch {
	uint32_t count;
	const void *arguments;
	size_t argument_size;
	struct teavmx_result *results;
	uint32_t done;
	uint64_t next_seq;
};

/**
 * teavmx_vcpu_run_batch() - Reset a TEA process and run it, many times.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU, which was created with @keep of struct teavmx_program
 * @batch: the arguments of the runs; receives the results of those that have ended
 * @slice: receives what the vCPU does then
 *
 * Each run is as after teavmx_vcpu_run_slice() with teavmx_run.reset. The caller
 * requests those that are left again: the batch ends with a run that does not end at
 * once, with one whose exit code is not 0, and for other reasons after a while. If the
 * state is not EXITED then, one more run has begun, which has no result.
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_run_batch(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			  struct teavmx_batch *batch,
			  struct teavmx_slice *slice);

/**
 * teavmx_vcpu_pause() - Request that a running vCPU pauses.
 * @teavmx: handle
 * @vm: its VM
 * @id: the vCPU
 *
 * It does not wait until the vCPU is paused: teavmx_wait_stop() does.
 *
 * Return: 0 or -1.
 */
int teavmx_vcpu_pause(struct teavmx *teavmx, uint32_t vm, uint32_t id);

/**
 * teavmx_wait_stop() - Wait until a vCPU is paused or has exited.
 * @teavmx: handle; teavmx_event_open() and teavmx_event_watch() were called
 * @vcpu: the vCPU
 * @timeout: ms, -1 for no limit
 * @each: called for every record until then, of other vCPUs too; may be NULL
 * @data: passed on to @each
 * @exit: receives the last vmx-exit record of the vCPU, without its bytes and
 *	its snapshot, which @each receives; all zeros if that was lost; may be NULL
 *
 * Return: enum teavmx_stop, TEAVMX_STOP_NONE when it has exited, or -1; the
 * error is ETIME after the timeout.
 */
int teavmx_wait_stop(struct teavmx *teavmx, uint32_t vcpu, int timeout,
		     void (*each)(const struct teavmx_record *record,
				  void *data),
		     void *data, struct teavmx_record *exit);

/**
 * teavmx_mem_read() - Read RAM of a raw VM.
 * @teavmx: handle
 * @vm: the VM
 * @address: guest-physical address
 * @data: receives the bytes
 * @size: bytes to read; larger sizes are read by several requests
 *
 * The guest may run meanwhile and change bytes between two requests.
 *
 * Return: 0, or -1; the error is ERANGE for an address outside of the RAM.
 */
int teavmx_mem_read(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		    void *data, size_t size);

/**
 * teavmx_mem_write() - Write RAM of a raw VM.
 * @teavmx: handle
 * @vm: the VM
 * @address: guest-physical address
 * @data: the bytes
 * @size: bytes to write; larger sizes are written by several requests
 *
 * Return: 0, or -1; the error is ERANGE for an address outside of the RAM. The
 * requests before the one that failed have written their part.
 */
int teavmx_mem_write(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		     const void *data, size_t size);

/**
 * teavmx_ram_open() - Open a file whose mappings are the RAM of a raw VM.
 * @teavmx: handle
 * @vm: the VM
 * @size: receives the bytes of RAM
 *
 * mmap() with MAP_SHARED maps RAM at the file offset that is its guest-physical
 * address; PROT_EXEC is refused. What the process and the guest write, the other
 * one sees at once. A page gets memory when one of the two accesses it first;
 * the process gets SIGBUS where teavmx_mem_write() would fail. RAM is not in core
 * dumps. It remains after the VM until the file and its mappings are gone. The
 * descriptor may be given to processes that have no right to send requests. It can
 * be used as soon as this function has returned.
 *
 * Return: a file descriptor with O_CLOEXEC, for close(), or -1; the error is
 * EINVAL for a VM that is not a raw one, EMFILE when the process can have no more
 * descriptors.
 */
int teavmx_ram_open(struct teavmx *teavmx, uint32_t vm, size_t *size);

/**
 * teavmx_vm_snapshot() - Make what a raw VM is now its snapshot.
 * @teavmx: handle
 * @id: the VM; none of its vCPUs runs
 *
 * A snapshot that it has is replaced. RAM is not copied: a page of it is when it
 * is written first, by the guest, by a request or by a process that has mapped it.
 * What such a process has the kernel write without an access of its own (direct
 * I/O into the mapping) must be complete before this and before a reset.
 *
 * Return: 0, or -1; the error is EBUSY for a vCPU that runs, EINVAL for a VM that is
 * not a raw one.
 */
int teavmx_vm_snapshot(struct teavmx *teavmx, uint32_t id);

/**
 * teavmx_vm_reset() - Take a raw VM back to its snapshot.
 * @teavmx: handle
 * @id: the VM; none of its vCPUs runs, and they are those of the snapshot
 *
 * RAM, registers, events that wait and the TSC are as they were; a vCPU that was
 * paused for an exit is paused for it again. Routes, CPUID and MSR tables,
 * breakpoints, counters and the log remain. The costs are those of the pages that
 * were written.
 *
 * Return: 0, or -1; the error is ENOENT without a snapshot, ESRCH when a vCPU has
 * exited since, EBUSY for one that runs or that the snapshot lacks.
 */
int teavmx_vm_reset(struct teavmx *teavmx, uint32_t id);

/**
 * teavmx_vm_clone() - Create a raw VM that begins with the snapshot of another.
 * @teavmx: handle
 * @id: the VM that has the snapshot; its vCPUs may run
 * @flags: enum teavmx_vm_flags of the new VM
 * @clone: receives the new VM
 *
 * Its vCPUs have the numbers and states of those in the snapshot, its routes and
 * tables are those of then, and it has the same snapshot. It has no breakpoints. The
 * pages of the snapshot are shared until either VM writes them.
 *
 * Return: 0, or -1; the error is ENOENT without a snapshot.
 */
int teavmx_vm_clone(struct teavmx *teavmx, uint32_t id, uint32_t flags,
		    struct teavmx_vm *clone);

/**
 * teavmx_dirty_list() - List the pages that were written since the snapshot.
 * @teavmx: handle
 * @vm: a raw VM with a snapshot; its vCPUs may run
 * @pages: receives guest-physical addresses, ascending, for free()
 *
 * A reset makes the list empty.
 *
 * Return: number of pages, or -1; the error is ENOENT without a snapshot.
 */
int teavmx_dirty_list(struct teavmx *teavmx, uint32_t vm, uint64_t **pages);

/**
 * struct teavmx_register - One register.
 * @number: enum teavmx_reg_number (uapi/regs.h), or TEAVMX_REG_FPU plus a
 *	word's number
 * @value: its value
 */
struct teavmx_register {
	uint32_t number;
	uint64_t value;
};

/**
 * teavmx_regs_get() - Read all registers of a vCPU that is ready or paused.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 * @registers: receives an array for free()
 *
 * Return: number of registers, or -1.
 */
int teavmx_regs_get(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		    struct teavmx_register **registers);

/**
 * teavmx_regs_set() - Set registers of a vCPU that is ready or paused.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 * @registers: the registers; the others keep their values
 * @count: how many
 *
 * All are set, or none if one of them is refused, because the vCPU's processor
 * lacks the value, it could harm the host, or CR3 does not point at good PDPTEs.
 * Other values that do not go together make the next VM entry fail.
 *
 * Return: 0 or -1.
 */
int teavmx_regs_set(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		    const struct teavmx_register *registers, size_t count);

/**
 * teavmx_reg_get() - Find one register in a list.
 * @registers: the list, as of teavmx_regs_get()
 * @count: how many
 * @number: enum teavmx_reg_number
 *
 * Return: its value, 0 when it is not there.
 */
uint64_t teavmx_reg_get(const struct teavmx_register *registers, size_t count,
			uint32_t number);

/**
 * enum teavmx_mode - Mode in which a payload begins.
 * @TEAVMX_MODE_REAL: 16-bit real mode
 * @TEAVMX_MODE_PROTECTED: 32-bit protected mode, flat segments, no paging
 * @TEAVMX_MODE_LONG: 64-bit mode, identity mapping of 1 GiB at least
 */
enum teavmx_mode {
	TEAVMX_MODE_REAL,
	TEAVMX_MODE_PROTECTED,
	TEAVMX_MODE_LONG,
};

/**
 * teavmx_mode_enter() - Set a vCPU up in a mode, at an entry point.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU, ready or paused
 * @mode: enum teavmx_mode
 * @entry: guest-physical address of the first instruction; below 1 MiB in
 *	real mode
 * @stack: guest-physical address that the stack begins below: RSP
 * @tables: page-aligned guest-physical address of what the mode needs in RAM: a
 *	page with a GDT in protected mode, GDT and page tables
 *	(TEAVMX_TABLES_SIZE bytes) in long mode; ignored in real mode
 *
 * Return: 0 or -1.
 */
int teavmx_mode_enter(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      enum teavmx_mode mode, uint64_t entry, uint64_t stack,
		      uint64_t tables);

/** TEAVMX_TABLES_SIZE - bytes that teavmx_mode_enter() writes in long mode */
#define TEAVMX_TABLES_SIZE	(4 * 4096)

/**
 * teavmx_host_reasons() - Choose which exits go to the host program.
 * @teavmx: handle
 * @vm: a raw VM
 * @reasons: bit n % 8 of byte n / 8 for exit reason n
 *
 * Return: 0 or -1.
 */
int teavmx_host_reasons(struct teavmx *teavmx, uint32_t vm,
			const uint8_t reasons[TEAVMX_HOST_REASONS_SIZE]);

/**
 * teavmx_program_reasons() - Choose which exits the program that created a VM
 *	handles.
 * @teavmx: handle
 * @vm: a raw VM
 * @reasons: as in teavmx_host_reasons(), of which it selects a part
 *
 * A vCPU that pauses for such an exit has the stop TEAVMX_STOP_PROGRAM. Other
 * clients leave it to the program, which runs it with teavmx_run.resume.
 *
 * Return: 0 or -1.
 */
int teavmx_program_reasons(struct teavmx *teavmx, uint32_t vm,
			   const uint8_t reasons[TEAVMX_HOST_REASONS_SIZE]);

/**
 * teavmx_host_exceptions() - Choose which exceptions go to the host program.
 * @teavmx: handle
 * @vm: a raw VM
 * @vectors: bit n for vector n
 *
 * Return: 0 or -1.
 */
int teavmx_host_exceptions(struct teavmx *teavmx, uint32_t vm,
			   uint32_t vectors);

/**
 * struct teavmx_cpuid - One entry of a CPUID table.
 * @leaf: EAX before CPUID
 * @subleaf: ECX before CPUID, if @has_subleaf
 * @has_subleaf: the leaf depends on ECX
 * @eax: EAX after CPUID
 * @ebx: EBX after CPUID
 * @ecx: ECX after CPUID
 * @edx: EDX after CPUID
 */
struct teavmx_cpuid {
	uint32_t leaf;
	uint32_t subleaf;
	bool has_subleaf;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/**
 * teavmx_cpuid_set() - Replace the CPUID table of a raw VM.
 * @teavmx: handle
 * @vm: the VM
 * @table: the entries
 * @count: how many
 *
 * Return: 0 or -1.
 */
int teavmx_cpuid_set(struct teavmx *teavmx, uint32_t vm,
		     const struct teavmx_cpuid *table, size_t count);

/**
 * teavmx_msr_keep() - Choose MSRs that the module stores for guests.
 * @teavmx: handle
 * @vm: the VM, a raw one
 * @msrs: number and first value of each
 * @count: how many
 *
 * A guest that writes one of them reads the value again; the MSR of the
 * processor is not accessed.
 *
 * Of the MSRs that every guest has, IA32_APIC_BASE and those that a guest can only
 * read may be chosen; the bit of the bootstrap processor in the former remains that
 * of the first vCPU alone. The others are refused with EEXIST.
 *
 * Return: 0 or -1.
 */
int teavmx_msr_keep(struct teavmx *teavmx, uint32_t vm,
		    const struct teavmx_register *msrs, size_t count);

/**
 * struct teavmx_inject - An event to inject into a guest.
 * @vector: its vector
 * @type: interruption type, enum vmx_intr_type
 * @has_error: @error is pushed
 * @error: error code
 * @length: bytes of the instruction, for software interrupts and exceptions
 */
struct teavmx_inject {
	uint8_t vector;
	uint8_t type;
	bool has_error;
	uint32_t error;
	uint8_t length;
};

/**
 * teavmx_inject() - Queue an event for a vCPU.
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: the vCPU
 * @event: the event
 *
 * Return: number of events that are pending now, or -1.
 */
int teavmx_inject(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		  const struct teavmx_inject *event);

/**
 * struct teavmx_breakpoint - A breakpoint.
 * @kind: enum teavmx_breakpoint_kind
 * @address: linear address, guest-physical for pages; of a process that is
 *	debugged a code address or an index from the bottom of the stack
 * @size: bytes watched, 1, 2, 4 or 8; 0 for 1
 * @hit: listed: the last guest run of the vCPU has ended at it (debug registers)
 */
struct teavmx_breakpoint {
	uint32_t kind;
	uint64_t address;
	uint8_t size;
	bool hit;
};

/**
 * teavmx_break_set() - Set a breakpoint.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: a vCPU of a raw VM, or one that is debugged
 * @breakpoint: where it is, and which access it stops
 *
 * Return: 0 or -1.
 */
int teavmx_break_set(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		     const struct teavmx_breakpoint *breakpoint);

/**
 * teavmx_break_clear() - Delete a breakpoint.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: a vCPU of a raw VM, or one that is debugged
 * @breakpoint: which one, NULL for all
 *
 * Return: 0 or -1.
 */
int teavmx_break_clear(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_breakpoint *breakpoint);

/**
 * teavmx_break_list() - Read the breakpoints of a vCPU.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: a vCPU of a raw VM, or one that is debugged; it is ready or paused
 * @breakpoints: receives an array for free()
 *
 * Those at pages come last; they are the same for all vCPUs of the VM. The size
 * is 0 unless the kind is write or access.
 *
 * Return: number of breakpoints, or -1.
 */
int teavmx_break_list(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      struct teavmx_breakpoint **breakpoints);

/**
 * teavmx_vmcs_get() - Read the VMCS of a vCPU that is ready or paused.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 * @fields: receives an array for free()
 *
 * Return: number of fields, or -1.
 */
int teavmx_vmcs_get(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		    struct teavmx_vmcs_write **fields);

/**
 * teavmx_load_flat() - Load a flat binary into RAM.
 * @teavmx: handle
 * @vm: a raw VM
 * @memory: bytes of its RAM
 * @image: the file's bytes
 * @size: how many
 * @address: guest-physical address of the first one
 *
 * Return: 0 or -1.
 */
int teavmx_load_flat(struct teavmx *teavmx, uint32_t vm, uint64_t memory,
		     const void *image, size_t size, uint64_t address);

/**
 * teavmx_load_elf() - Load an ELF executable into RAM, at physical addresses.
 * @teavmx: handle
 * @vm: a raw VM
 * @memory: bytes of its RAM
 * @image: the file's bytes
 * @size: how many
 * @entry: receives the address of the first instruction
 * @bits: receives 32 or 64
 *
 * A file for another machine or one that is truncated is refused, and so are
 * segments that overlap each other or lie outside of RAM.
 *
 * Return: 0 or -1.
 */
int teavmx_load_elf(struct teavmx *teavmx, uint32_t vm, uint64_t memory,
		    const void *image, size_t size, uint64_t *entry,
		    unsigned int *bits);

/**
 * teavmx_elf_check() - Check whether teavmx_load_elf() can load a file.
 * @image: the file's bytes
 * @size: how many
 * @memory: bytes of RAM
 * @entry: receives the address of the first instruction
 * @bits: receives 32 or 64
 * @error: receives the reason of a refusal
 *
 * The module is not needed.
 *
 * Return: 0 or -1.
 */
int teavmx_elf_check(const void *image, size_t size, uint64_t memory,
		     uint64_t *entry, unsigned int *bits,
		     struct teavmx_error *error);

/**
 * teavmx_translate() - Translate a linear to a guest-physical address.
 * @teavmx: handle
 * @vm: a raw VM
 * @registers: the registers, as of teavmx_regs_get()
 * @count: how many
 * @linear: linear address
 * @physical: receives the guest-physical address
 *
 * The guest's page tables are walked in the paging mode that the registers
 * select.
 *
 * Return: 0, or -1 with EFAULT when the page is not present.
 */
int teavmx_translate(struct teavmx *teavmx, uint32_t vm,
		     const struct teavmx_register *registers, size_t count,
		     uint64_t linear, uint64_t *physical);

/**
 * teavmx_disassemble() - The text of the instruction at RIP.
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: its vCPU, ready or paused
 * @text: receives it, in Intel syntax; "(bad)" if the bytes are no instruction
 * @size: bytes of @text
 *
 * Mode and page tables are those of the vCPU.
 *
 * Return: 0, or -1 when the instruction cannot be read, for example because RIP
 * is not mapped; the error is ELIBACC when libzydis, which decodes it, cannot be
 * loaded.
 */
int teavmx_disassemble(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       char *text, size_t size);

/**
 * struct teavmx_mmio - An access to memory that is not RAM.
 * @address: guest-physical address
 * @write: the guest writes @value; otherwise the host program supplies it
 * @size: 1, 2, 4 or 8 bytes
 * @value: what is written or read
 */
struct teavmx_mmio {
	uint64_t address;
	bool write;
	unsigned int size;
	uint64_t value;
};

/**
 * teavmx_mmio_decode() - Find the access that caused an EPT violation.
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: the vCPU, paused for the exit
 * @exit: the exit's record
 * @mmio: receives the access
 *
 * The instruction, or one iteration of a REP instruction, is emulated without
 * effect to find its access.
 *
 * Return: 0, or -1. The error is EOPNOTSUPP when the emulator does not know the
 * instruction, or when it has more than one access to memory that is not RAM,
 * and EFAULT when it raises an exception. teavmx_answer() makes all accesses and
 * injects the exception.
 */
int teavmx_mmio_decode(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_record *exit,
		       struct teavmx_mmio *mmio);

/**
 * teavmx_mmio_finish() - Complete the access and advance past the instruction.
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: the vCPU
 * @mmio: as decoded; for a read with its value
 *
 * The vCPU remains paused. The caller runs it without teavmx_run.answered.
 *
 * Return: 0 or -1.
 */
int teavmx_mmio_finish(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_mmio *mmio);

/** TEAVMX_TRANSFER_MAX - most bytes that one struct teavmx_transfer holds */
#define TEAVMX_TRANSFER_MAX	4096

/**
 * struct teavmx_transfer - The elements that INS or OUTS moves.
 * @port: the port
 * @in: from the port to memory; the host program supplies @data
 * @size: bytes of an element: 1, 2 or 4
 * @count: elements; a host program that moves fewer lowers it
 * @data: the elements, in the order in which they are moved
 */
struct teavmx_transfer {
	uint16_t port;
	bool in;
	unsigned int size;
	size_t count;
	uint8_t data[TEAVMX_TRANSFER_MAX];
};

/**
 * teavmx_transfer_begin() - Find the elements of a string I/O instruction.
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: the vCPU, paused for the exit
 * @exit: the exit's record
 * @transfer: receives the elements, of OUTS with their bytes
 *
 * With REP these are the elements that are left, at most as many as fit, and
 * none after one that raises an exception.
 *
 * Return: 0, or -1. The error is EFAULT when the first element raises an
 * exception, and EOPNOTSUPP when its memory is not RAM. teavmx_answer() injects
 * the exception and accesses that memory.
 */
int teavmx_transfer_begin(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			  const struct teavmx_record *exit,
			  struct teavmx_transfer *transfer);

/**
 * teavmx_transfer_end() - Complete the elements.
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: the vCPU
 * @transfer: what was moved
 *
 * RIP advances past the instruction when no element is left. The vCPU remains
 * paused. The caller runs it without teavmx_run.answered.
 *
 * Return: 0 or -1.
 */
int teavmx_transfer_end(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			const struct teavmx_transfer *transfer);

/**
 * enum teavmx_answer - How a vCPU continues after its exit.
 * @TEAVMX_ANSWER_STAY: it remains paused
 * @TEAVMX_ANSWER_DONE: it runs from the next instruction on
 * @TEAVMX_ANSWER_AGAIN: it runs from the same RIP on
 */
enum teavmx_answer {
	TEAVMX_ANSWER_STAY,
	TEAVMX_ANSWER_DONE,
	TEAVMX_ANSWER_AGAIN,
};

struct teavmx_page;

/**
 * struct teavmx_answers - The devices of a host program.
 * @in: reads a port: 1, 2 or 4 bytes
 * @out: writes a port; false leaves the vCPU paused
 * @memory: reads memory that is not RAM (and stores the value), or writes it; an
 *	instruction that does both, such as OR, calls it twice
 * @other: handles any other exit
 * @resume: run the vCPU with teavmx_run.resume
 * @slice: run it by teavmx_vcpu_run_slice(), which fills this; NULL for no slice
 * @page: run it by teavmx_page_continue() instead, with this page of the vCPU, as
 *	if @resume were set; it fills @slice, too, if that is not NULL. NULL for no
 *	page
 *
 * @data is the argument of teavmx_answer(). A function that is NULL answers as
 * hardware without a device does: reads return ones, writes have no effect;
 * without @other the vCPU remains paused.
 */
struct teavmx_answers {
	uint32_t (*in)(void *data, uint32_t vcpu, uint16_t port,
		       unsigned int size);
	bool (*out)(void *data, uint32_t vcpu, uint16_t port,
		    unsigned int size, uint32_t value);
	void (*memory)(void *data, uint32_t vcpu, struct teavmx_mmio *mmio);
	enum teavmx_answer (*other)(void *data,
				    const struct teavmx_record *exit);
	bool resume;
	struct teavmx_slice *slice;
	struct teavmx_page *page;
};

/**
 * teavmx_answer() - Answer the exit that a vCPU is paused for.
 * @teavmx: handle
 * @exit: the exit's record, which has the VM and the vCPU
 * @answers: the devices
 * @data: passed on to them
 *
 * INS and OUTS call @in and @out for each element, and an instruction whose
 * operand is not in RAM calls @memory for each access of 1, 2, 4 or 8 bytes. An
 * exception that the instruction raises is injected. IN and OUT take one request,
 * or with a page one system call.
 *
 * If an element of an instruction with REP fails, such as one whose RAM cannot be read, the
 * elements before it are done: the vCPU is between two iterations, and another call with
 * the same exit continues there. Of the element that failed, a device may have an access,
 * which is made again then.
 *
 * Return: 1 when the vCPU runs again, or has run a slice, 0 when it remains paused,
 * or -1.
 */
int teavmx_answer(struct teavmx *teavmx, const struct teavmx_record *exit,
		  const struct teavmx_answers *answers, void *data);

#endif
