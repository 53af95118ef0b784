// SPDX-License-Identifier: GPL-2.0-only
#include "translation.h"
#include "../memory/space.h"
#include "../vcpu.h"
#include "../tea/decode.h"
#include "../tea/guest/layout.h"
#include "../tea/translate/translate.h"
#include "../vmx/run.h"

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <asm/cpufeature.h>

#include <uapi/teavmx.h>

/*
 * The memory of a translated program. The guest itself translates, so that what is
 * wrong with a program or the translator is contained in the guest, and writes the
 * result to a region that it cannot execute. A VMCALL then has the host turn the
 * right to write into the right to execute. That cannot be undone, and a reset leaves
 * the region as it is.
 */

/*
 * The translation has some code at its begin, and a table of 4 bytes for each byte of
 * the program. Of programs in the TEA language it has 10 to 20 bytes more for each.
 * One for which this does not suffice is interpreted.
 */
#define TRANSLATION_BASE	1024
#define TRANSLATION_FACTOR	28
#define TRANSLATION_MAX		(GUEST_END - GUEST_TRANSLATED)

static_assert(!(PAGE_SIZE & GUEST_FLAGS) && !(TRANSLATION_MAX & GUEST_FLAGS));

static size_t translation_size(unsigned int code_size)
{
	size_t size = TRANSLATION_BASE +
		      TRANSLATION_FACTOR * (size_t)code_size;

	return min_t(size_t, PAGE_ALIGN(size), TRANSLATION_MAX);
}

static size_t translation_notes(unsigned int code_size)
{
	return PAGE_ALIGN(max(tea_translate_notes(code_size),
			      tea_decoded_size(code_size)));
}

/**
 * translation_load() - add the memory for a translated program
 * @vcpu: a new vCPU whose program is loaded. Its program is interpreted if it was not
 *	created to be translated, or if there is not enough memory
 *
 * Context: may sleep.
 *
 * Return: zeroed memory of GUEST_DECODED, which suffices for the notes of the
 * translator or else for the decoded program, or NULL.
 */
void *translation_load(struct teavmx_vcpu *vcpu)
{
	unsigned int code_size = vcpu->process.code_size;
	void *notes, *code;

	if (vcpu->engine != TEAVMX_ENGINE_JIT)
		return NULL;
	vcpu->engine = TEAVMX_ENGINE_INTERP;
	notes = space_try_add(&vcpu->space, GUEST_DECODED,
			      translation_notes(code_size), SPACE_WRITE);
	if (IS_ERR(notes))
		return NULL;
	code = space_try_add(&vcpu->space, GUEST_TRANSLATED,
			     translation_size(code_size), SPACE_WRITE);
	if (!IS_ERR(code)) {
		vcpu->engine = TEAVMX_ENGINE_JIT;
		vcpu->translation_size = translation_size(code_size);
	}
	return notes;
}

/**
 * translation_place() - what a guest has to know about its translation
 * @vcpu: the vCPU, before its guest begins
 *
 * Return: the value for guest_main(): see GUEST_FLAGS.
 */
u64 translation_place(const struct teavmx_vcpu *vcpu)
{
	if (vcpu->engine != TEAVMX_ENGINE_JIT)
		return 0;
	return vcpu->translation_size |
	       (vcpu->translated ? GUEST_IS_TRANSLATED : 0) |
	       (boot_cpu_has(X86_FEATURE_MOVBE) ? GUEST_HAS_MOVBE : 0);
}

/* A translated program is not decoded, so its guest does not use the memory for that. */
static bool translation_drop_notes(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;

	if (vmx_tea_unmap(vcpu->vmx, GUEST_DECODED,
			  translation_notes(process->code_size)))
		return false;
	space_remove(&vcpu->space, GUEST_DECODED);
	process->decoded = NULL;
	return true;
}

/**
 * translation_seal() - the guest has translated its program
 * @vcpu: the vCPU; its guest does not run. Called by its thread, or by the request
 *	that runs the guest in a slice
 * @fits: the translation is in the memory that it was given, which becomes
 *	executable; else the program is interpreted
 *
 * Return: false if the guest must not request that now, and so is broken.
 */
bool translation_seal(struct teavmx_vcpu *vcpu, bool fits)
{
	const struct space_region *region;

	if (vcpu->engine != TEAVMX_ENGINE_JIT || vcpu->translated)
		return false;
	if (!fits) {
		if (vmx_tea_unmap(vcpu->vmx, GUEST_TRANSLATED,
				  vcpu->translation_size))
			return false;
		space_remove(&vcpu->space, GUEST_TRANSLATED);
		WRITE_ONCE(vcpu->engine, TEAVMX_ENGINE_INTERP);
		return true;
	}
	region = space_seal(&vcpu->space, GUEST_TRANSLATED, SPACE_EXEC);
	if (!region || vmx_tea_remap(vcpu->vmx, region) ||
	    !translation_drop_notes(vcpu))
		return false;
	WRITE_ONCE(vcpu->translated, true);
	return true;
}
