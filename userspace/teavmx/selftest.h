/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_SELFTEST_H
#define TEAVMX_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <userspace/lib/teavmx.h>

/* What "teavmx selftest" is made of: checks that note a row each. */

#define SELFTEST_ROWS_MAX	96

/**
 * enum selftest_result - how a check ended
 * @SELFTEST_PASS: as it should be
 * @SELFTEST_FAIL: not
 * @SELFTEST_SKIP: this machine cannot tell
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
 * @detail: a few words on that; no addresses of the kernel, no names of hosts
 */
struct selftest_row {
	char name[32];
	enum selftest_result result;
	char detail[200];
};

/**
 * struct selftest - a run of all checks
 * @teavmx: handle, with an event stream
 * @info: the engine
 * @caps: what VMX can do on each CPU
 * @caps_count: entries in @caps
 * @cpus: the CPUs, and who held VMX before the first check
 * @cpu_count: entries in @cpus
 * @changes: changes of host state that were reported
 * @changed: the first register that changed
 * @last_cpu: CPU of the last VMX exit seen
 * @text: what a TEA program has shown
 * @text_size: bytes in it
 * @rows: the table
 * @count: rows in it
 */
struct selftest {
	struct teavmx *teavmx;
	struct teavmx_info info;
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

/* Where the code of a guest is, and its RAM ends */
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
 * selftest_wait() - wait until a vCPU stops, and look at all that is reported
 * @test: the run
 * @vcpu: the vCPU
 * @exit: receives its last exit
 *
 * Return: enum teavmx_stop, -1 after five seconds or a failure.
 */
int selftest_wait(struct selftest *test, uint32_t vcpu,
		  struct teavmx_record *exit);

/**
 * selftest_guest_new() - make a raw VM that is ready to begin
 * @test: the run
 * @mode: mode to begin in
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
 * selftest_guest_run() - let a guest run until it stops
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
 * selftest_report() - write what belongs into a bug report
 * @test: a run that is over
 * @file: where to
 */
void selftest_report(const struct selftest *test, FILE *file);

#endif
