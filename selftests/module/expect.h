/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXPECT_H
#define EXPECT_H

/*
 * The kernel's harness, with expectations about numbers that have names: a
 * failure prints the names beside the numbers. The name that is expected is
 * given without its prefix, as in EXPECT_REASON(HLT, self->exit.reason).
 */
#include <stdio.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/tea.h>
#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <userspace/lib/decode.h>

#include "kselftest_harness.h"
#include "machine.h"

/* The macros of the harness paste names: this expands arguments before. */
#define EXPECT_EXPAND(macro, ...)	macro(__VA_ARGS__)

/* Skips a test where no guest can run with VMX. */
#define NEED_VMX(teavmx)						\
	do {								\
		struct teavmx_info info_;				\
									\
		ASSERT_EQ(0, teavmx_get_info(teavmx, NULL, &info_));	\
		if (!info_.vmx)						\
			SKIP(return, "%s", info_.vmx_missing);		\
	} while (0)

static inline const char *expect_named(const char *name)
{
	return name ? name : "a number without a name";
}

static inline const char *expect_stop(long long stop)
{
	return stop < 0 ? "no stop" : expect_named(teavmx_stop_name(stop));
}

static inline const char *expect_reason(long long reason)
{
	return reason < 0 ? "no exit" :
			    expect_named(vmx_exit_reason_name(reason));
}

static inline const char *expect_state(long long state)
{
	return expect_named(teavmx_state_name(state));
}

static inline const char *expect_tea_exit(long long code)
{
	return code < 0 ? "no exit message" : expect_named(tea_exit_name(code));
}

/* What ended a snippet of code: an exception, or the HLT behind it */
static inline const char *expect_outcome(long long vector)
{
	if (vector < 0)
		return "no outcome";
	return vector ? expect_named(teavmx_exception_name(vector)) : "HLT";
}

static inline const char *expect_register(unsigned int number)
{
	const char *name = teavmx_reg_name(number);

	return name ? name : "a word of the FPU";
}

static inline const char *expect_errno(long long number)
{
	return number ? expect_named(strerrorname_np(number)) : "no error";
}

#define EXPECT_NAMED_(assert, name, wanted, wanted_text, got, got_text)	\
	do {								\
		long long got_ = (got);					\
									\
		__EXPECT((long long)(wanted), wanted_text, got_,	\
			 got_text, ==, assert) {			\
			TH_LOG("wanted %s, got %s", name(wanted),	\
			       name(got_));				\
		}							\
	} while (0)

/* enum teavmx_stop */
#define EXPECT_STOP(stop, got)						\
	EXPECT_NAMED_(0, expect_stop, TEAVMX_STOP_##stop, #stop, got, #got)
#define ASSERT_STOP(stop, got)						\
	EXPECT_NAMED_(1, expect_stop, TEAVMX_STOP_##stop, #stop, got, #got)

/* enum vmx_exit_reason */
#define EXPECT_REASON(reason, got)					\
	EXPECT_NAMED_(0, expect_reason, VMX_EXIT_##reason, #reason, got, #got)
#define ASSERT_REASON(reason, got)					\
	EXPECT_NAMED_(1, expect_reason, VMX_EXIT_##reason, #reason, got, #got)

/* enum teavmx_vcpu_state */
#define EXPECT_STATE(state, got)					\
	EXPECT_NAMED_(0, expect_state, TEAVMX_VCPU_STATE_##state, #state, got, \
		      #got)
#define ASSERT_STATE(state, got)					\
	EXPECT_NAMED_(1, expect_state, TEAVMX_VCPU_STATE_##state, #state, got, \
		      #got)

/* Exit codes of TEA processes */
#define EXPECT_TEA_EXIT(code, got)					\
	EXPECT_NAMED_(0, expect_tea_exit, TEA_EXIT_##code, #code, got, #got)
#define ASSERT_TEA_EXIT(code, got)					\
	EXPECT_NAMED_(1, expect_tea_exit, TEA_EXIT_##code, #code, got, #got)

/* A vector, or 0 for HLT */
#define EXPECT_OUTCOME(vector, got)					\
	EXPECT_NAMED_(0, expect_outcome, vector, #vector, got, #got)
#define ASSERT_OUTCOME(vector, got)					\
	EXPECT_NAMED_(1, expect_outcome, vector, #vector, got, #got)

/* The error number of the last request, and whether the message has the words */
#define EXPECT_ERROR(number, teavmx)					\
	do {								\
		const struct teavmx_error *error_ = teavmx_error(teavmx); \
									\
		__EXPECT(number, #number, error_->error, "error", ==, 0) { \
			TH_LOG("wanted %s, got %s: %s",			\
			       expect_errno(number),			\
			       expect_errno(error_->error),		\
			       error_->message);			\
		}							\
	} while (0)
#define EXPECT_REFUSED(number, teavmx, words)				\
	do {								\
		EXPECT_ERROR(number, teavmx);				\
		EXPECT_NE(NULL, strstr(teavmx_error(teavmx)->message, words)) { \
			TH_LOG("wanted '%s' in: %s", words,		\
			       teavmx_error(teavmx)->message);		\
		}							\
	} while (0)

/* A value that is best read in hexadecimal, and whose it is */
#define EXPECT_VALUE_(assert, name, wanted, wanted_text, got)		\
	do {								\
		unsigned long long wanted_ = (wanted);			\
		unsigned long long got_ = (got);			\
									\
		__EXPECT(wanted_, wanted_text, got_, name, ==, assert) { \
			TH_LOG("%s is 0x%llx and not 0x%llx", name, got_, \
			       wanted_);				\
		}							\
	} while (0)

/* A register, by its name without prefix; a program defines READ_REG(number). */
#define EXPECT_REG(name, value)						\
	EXPECT_VALUE_(0, #name, value, #value, READ_REG(TEAVMX_REG_##name))
#define ASSERT_REG(name, value)						\
	EXPECT_VALUE_(1, #name, value, #value, READ_REG(TEAVMX_REG_##name))

/* A VMCS field, by its name without prefix */
#define EXPECT_FIELD(field, wanted, got)				\
	EXPECT_VALUE_(0, vmcs_field_name(VMCS_FIELD_##field), wanted, #wanted, \
		      got)

#endif
