/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_SELFTEST_H
#define TEAVMX_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <userspace/lib/teavmx.h>

/*
 * "teavmx selftest" consists of checks, which add one row or more to a table.
 */

#define SELFTEST_ROWS_MAX	96

/**
 * enum selftest_result - result of a check
 * @SELFTEST_PASS: passed
 * @SELFTEST_FAIL: failed
 * @SELFTEST_SKIP: this machine lacks what the check needs
 */
enum selftest_result {
	SELFTEST_PASS,
	SELFTEST_FAIL,
	SELFTEST_SKIP,
	SELFTEST_RESULTS,
};

/**
 * struct selftest_row - one line of the table
 * @name: what was checked
 * @result: how it ended
 * @detail: details; without addresses of the kernel and names of hosts
 */
struct selftest_row {
	char name[32];
	enum selftest_result result;
	char detail[200];
};

/**
 * struct selftest - a run of all checks
 * @teavmx: handle, with an event stream
 * @share: the report is printed instead of the table
 * @info: the engine
 * @unusable: why there is no engine to check, or empty
 * @caps: VMX capabilities of each CPU
 * @caps_count: entries in @caps
 * @cpus: the CPUs, and which hypervisor held VMX before the first check
 * @cpu_count: entries in @cpus
 * @changes: changes of host state that were reported
 * @changed: the first register that changed
 * @last_cpu: CPU of the last VMX exit seen
 * @text: display text of a TEA program
 * @text_size: bytes in it
 * @rows: the table
 * @count: rows in it
 */
struct selftest {
	struct teavmx *teavmx;
	bool share;
	struct teavmx_info info;
	char unusable[320];
	struct teavmx_caps *caps;
	int caps_count;
	struct teavmx_cpu *cpus;
	int cpu_count;
	unsigned int changes;
	char changed[32];
	uint32_t last_cpu;
	char text[32];
	size_t text_size;
	struct selftest_row rows[SELFTEST_ROWS_MAX];
	unsigned int count;
};

/*
 * SELFTEST_PAYLOAD() - code for a guest, assembled with the program
 * @name: an array of its bytes; @name##_end follows them
 * @text: position-independent instructions, after .code16 for real mode
 */
#define SELFTEST_PAYLOAD(name, text)					\
	asm(".pushsection .rodata\n"					\
	    ".global " #name ", " #name "_end\n"			\
	    #name ":\n" text "\n" #name "_end:\n"			\
	    ".code64\n.popsection");					\
	extern const uint8_t name[], name##_end[]

/* Address of the code of a guest, and end of its RAM */
#define SELFTEST_CODE	0x1000
#define SELFTEST_RAM	0x100000

/**
 * struct selftest_guest - a raw VM with one vCPU
 * @vm: its number
 * @vcpu: the vCPU's number
 */
struct selftest_guest {
	uint32_t vm;
	uint32_t vcpu;
};

/**
 * selftest_note() - add a row to the table
 * @test: the run
 * @name: what was checked
 * @result: how it ended
 * @format: details, or an empty string
 */
void selftest_note(struct selftest *test, const char *name,
		   enum selftest_result result, const char *format, ...)
	__attribute__((__format__(printf, 4, 5)));

/* selftest_error() - add a row for a request that failed */
void selftest_error(struct selftest *test, const char *name);

/* selftest_result_name() - "pass", "FAIL" or "skip" */
const char *selftest_result_name(enum selftest_result result);

/* selftest_total() - rows of a result */
unsigned int selftest_total(const struct selftest *test,
			    enum selftest_result result);

/**
 * selftest_wait() - wait until a vCPU stops, and evaluate its records
 * @test: the run
 * @vcpu: the vCPU
 * @exit: receives its last exit
 *
 * Return: enum teavmx_stop, -1 after five seconds or a failure.
 */
int selftest_wait(struct selftest *test, uint32_t vcpu,
		  struct teavmx_record *exit);

/**
 * selftest_guest_new() - create a raw VM with a guest that is ready
 * @test: the run
 * @mode: mode in which it begins
 * @code: its code
 * @end: the code's end
 * @guest: receives it
 *
 * Return: 0 or -1.
 */
int selftest_guest_new(struct selftest *test, enum teavmx_mode mode,
		       const uint8_t *code, const uint8_t *end,
		       struct selftest_guest *guest);

/**
 * selftest_guest_run() - run a guest until it stops
 * @test: the run
 * @guest: the guest
 * @run: how, or NULL
 * @exit: receives its last exit
 *
 * Return: as selftest_wait().
 */
int selftest_guest_run(struct selftest *test,
		       const struct selftest_guest *guest,
		       const struct teavmx_run *run,
		       struct teavmx_record *exit);

/* selftest_register() - a register of a stopped guest; all ones on failure */
uint64_t selftest_register(struct selftest *test,
			   const struct selftest_guest *guest, uint32_t number);

/* selftest_guest_free() - delete the VM */
void selftest_guest_free(struct selftest *test,
			 const struct selftest_guest *guest);

/**
 * selftest_root_on() - enter and leave a guest on one CPU
 * @test: the run
 * @cpu: the CPU
 * @where: receives the CPU that it was
 *
 * Return: as selftest_wait().
 */
int selftest_root_on(struct selftest *test, uint32_t cpu, uint32_t *where);

/* The checks, in the order of the table; each notes a row or more. */
void selftest_caps(struct selftest *test);
void selftest_cpus(struct selftest *test);
void selftest_modes(struct selftest *test);
void selftest_exits(struct selftest *test);
void selftest_injection(struct selftest *test);
void selftest_bounds(struct selftest *test);
void selftest_audit(struct selftest *test);
void selftest_kvm(struct selftest *test);

/**
 * selftest_report() - write the text for a bug report
 * @test: a run that has ended
 * @file: where to
 *
 * The text has no names, no addresses and no serial numbers (scrub.h).
 */
void selftest_report(const struct selftest *test, FILE *file);

#endif
