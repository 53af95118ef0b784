/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GALLERY_H
#define GALLERY_H

#include <stdbool.h>
#include <stdint.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_caps.h>
#include <userspace/lib/teavmx.h>

#include "pages.h"
#include "payload.h"

#define GALLERY_WRITES		10
#define BIT(n)			(1ULL << (n))
#define CR4_OSXSAVE		BIT(18)

/*
 * One VMCS field to write before the first entry: the bits of @set are set and
 * those of @clear cleared in what the engine uses, then the address of @page is
 * added, if there is one.
 */
struct gallery_write {
	uint32_t field;
	enum page page;
	uint64_t set;
	uint64_t clear;
};

#define SET(name, bits)		{ VMCS_FIELD_##name, PAGE_NONE, bits, 0 }
#define SET_AND_CLEAR(name, bits, others) \
	{ VMCS_FIELD_##name, PAGE_NONE, bits, others }
#define VALUE(name, value)	{ VMCS_FIELD_##name, PAGE_NONE, value, ~0ULL }
#define ADDRESS(name, page, flags) \
	{ VMCS_FIELD_##name, PAGE_##page, flags, ~0ULL }

#define PRIMARY(name)		BIT(VMX_PRIMARY_##name##_BIT)
#define SECONDARY(name)		BIT(VMX_SECONDARY_##name##_BIT)

/* SDM "Extended-Page-Table Pointer": write-back, four levels */
#define EPTP_FLAGS		0x1e
#define EPTP_DIRTY_FLAGS	BIT(6)

/*
 * How one exit is provoked.
 *
 * @payload: name of the file; rows of another set-up may share a reason
 * @reason: the reason that is expected
 * @words: decoded text of the exit
 * @advanced: text that follows on a CPU with advanced information on EPT violations
 *	(SDM "VPID and EPT Capabilities", bit 22), NULL for nothing
 * @routed: the reason goes to the host program, which sets its control
 * @exceptions: vectors that go to the host program
 * @primary: primary controls that the CPU must have
 * @secondary: secondary controls that the CPU must have
 * @time: ns of guest time after which it pauses, 0 for no bound
 * @number: register to set, none for 0, which is RAX
 * @set: bits to set in it
 * @clear: bits to clear in it
 * @own_memory: guest-physical memory is what pages.c has, not the VM's RAM
 * @data_rights: EPT rights of the page for data then, 0 for all of them
 * @writes: VMCS fields to write; needs vmx_break=1
 */
struct gallery_row {
	const char *payload;
	enum vmx_exit_reason reason;
	const char *words;
	const char *advanced;
	bool routed;
	uint32_t exceptions;
	uint32_t primary;
	uint32_t secondary;
	uint64_t time;
	uint32_t number;
	uint64_t set;
	uint64_t clear;
	bool own_memory;
	uint64_t data_rights;
	struct gallery_write writes[GALLERY_WRITES];
};

/* A reason that nothing provokes on the emulated host, and why */
struct gallery_absent {
	enum vmx_exit_reason reason;
	const char *why;
};

/* In the order of the reasons; the last row has no payload. */
extern const struct gallery_row gallery_rows[];
/* Likewise; the last one has no why. */
extern const struct gallery_absent gallery_absent[];

/**
 * struct gallery_payload - a payload, made of its source file
 * @name: name of the file without its end
 * @mode: mode in which it begins
 * @set_up: what it needs beside the code, "none" for nothing
 * @what: what it shows
 * @sdm: the sections of the SDM that describe it
 * @source: its instructions, one a line
 * @code: they as machine code, which runs at PAYLOAD_ADDRESS
 * @size: bytes of @code
 */
struct gallery_payload {
	const char *name;
	enum teavmx_mode mode;
	const char *set_up;
	const char *what;
	const char *sdm;
	const char *source;
	const uint8_t *code;
	size_t size;
};

/* In the order of the names; the last one has no name. */
extern const struct gallery_payload gallery_payloads[];

/**
 * gallery_payload() - the payload of a row
 * @row: the row
 *
 * Return: the payload, NULL if no file has its name.
 */
const struct gallery_payload *gallery_payload(const struct gallery_row *row);

/**
 * gallery_row() - the row of a payload
 * @payload: its name
 *
 * Return: the row, NULL if there is none.
 */
const struct gallery_row *gallery_row(const char *payload);

/**
 * gallery_mode_name() - name of a mode
 * @mode: enum teavmx_mode
 *
 * Return: the name.
 */
const char *gallery_mode_name(enum teavmx_mode mode);

/**
 * gallery_why_absent() - why no payload provokes a reason
 * @reason: enum vmx_exit_reason
 *
 * Return: the reason why, NULL if a payload provokes it.
 */
const char *gallery_why_absent(uint32_t reason);

#endif
