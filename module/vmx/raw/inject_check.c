// SPDX-License-Identifier: GPL-2.0-only
#include "inject_check.h"
#include "../caps.h"
#include "inject.h"
#include "../load.h"
#include "../run.h"
#include "../vmcs.h"

#include <linux/bits.h>
#include <linux/errno.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Decides which events can be injected (SDM "Checks on VM-Entry Control
 * Fields"). A request is refused if it would make VM entry fail, or if no
 * processor ever delivers such an event.
 */

#define LENGTH_MAX 15

/**
 * inject_has_error_code() - does an exception need an error code?
 * @vector: vector of a hardware exception, for a guest not in real mode
 *
 * Processors that have #CP set bit 56 of IA32_VMX_BASIC; for the others vector
 * 21 is an exception without error code.
 *
 * Return: true when it does.
 */
bool inject_has_error_code(u8 vector)
{
	if (vector == X86_TRAP_CP && !(vmx_caps.basic & BIT_ULL(56)))
		return false;
	return vmx_vector_has_error_code(vector);
}

static const char *refuse_vector(const struct inject_request *request)
{
	u8 vector = request->vector;

	switch (request->type) {
	case VMX_INTR_TYPE_EXTERNAL_INTERRUPT:
	case VMX_INTR_TYPE_SOFTWARE_INTERRUPT:
		return NULL;
	case VMX_INTR_TYPE_NMI:
		return vector == X86_TRAP_NMI ? NULL : "an NMI requires vector 2";
	case VMX_INTR_TYPE_HARDWARE_EXCEPTION:
		return vector < 32 ? NULL :
		       "a hardware exception requires a vector below 32";
	case VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION:
		return vector == X86_TRAP_DB ? NULL :
		       "a privileged software exception requires vector 1";
	case VMX_INTR_TYPE_SOFTWARE_EXCEPTION:
		return vector == X86_TRAP_BP || vector == X86_TRAP_OF ? NULL :
		       "a software exception requires vector 3 or 4";
	case VMX_INTR_TYPE_OTHER_EVENT:
		return vector ? "\"other event\" requires vector 0" : NULL;
	default:
		return "events of this type cannot be injected";
	}
}

static const char *refuse_error(const struct inject_request *request,
				bool real_mode)
{
	bool wanted = inject_has_error_code(request->vector);

	if (request->type != VMX_INTR_TYPE_HARDWARE_EXCEPTION)
		return request->has_error ?
		       "only hardware exceptions have an error code" : NULL;
	if (request->has_error && real_mode)
		return "exceptions have no error code in real mode";
	if (request->has_error && !wanted)
		return "an exception with this vector has no error code";
	if (!request->has_error && !real_mode && wanted)
		return "an exception with this vector requires an error code";
	if (request->has_error && request->error >> 16)
		return "bits 31:16 of an error code must be 0";
	return NULL;
}

static const char *refuse_length(const struct inject_request *request)
{
	if (!vmx_intr_type_is_soft(request->type))
		return request->length ?
		       "only events that an instruction causes have a length" :
		       NULL;
	if (request->length > LENGTH_MAX)
		return "an instruction has at most 15 bytes";
	/*
	 * Bit 30 of IA32_VMX_MISC: the processor accepts an instruction length
	 * of 0.
	 */
	if (!request->length && !(vmx_caps.misc & BIT_ULL(30)))
		return "this event requires the length of its instruction";
	return NULL;
}

static const char *type_missing(u8 type)
{
	if (type == VMX_INTR_TYPE_NMI &&
	    !(vmx_caps.allowed[VMX_PIN].may & PIN_BASED_VIRTUAL_NMIS))
		return "this processor has no virtual NMIs";
	if (type == VMX_INTR_TYPE_OTHER_EVENT &&
	    !(vmx_caps.allowed[VMX_PROC].may & CPU_BASED_MONITOR_TRAP_FLAG))
		return "this processor has no monitor trap flag";
	return NULL;
}

/**
 * inject_check() - can this event be injected?
 * @request: the event
 * @real_mode: the guest is known to be in real mode
 * @refused: receives the rule that it breaks, a constant
 *
 * Return: 0, -EINVAL, or -EOPNOTSUPP when only this processor lacks support.
 */
int inject_check(const struct inject_request *request, bool real_mode,
		 const char **refused)
{
	*refused = refuse_vector(request) ?: refuse_error(request, real_mode) ?:
		   refuse_length(request);
	if (*refused)
		return -EINVAL;
	*refused = type_missing(request->type);
	return *refused ? -EOPNOTSUPP : 0;
}

static int read_real_mode(struct vmx_vcpu *vmx, void *data)
{
	bool *real_mode = data;

	*real_mode = !(vmcs_readl(GUEST_CR0) & X86_CR0_PE);
	return 0;
}

/**
 * inject_real_mode() - is the guest in real mode?
 * @vmx: a raw vCPU that does not run
 * @real_mode: receives whether it is
 *
 * Context: may sleep.
 *
 * Return: 0 or an errno of vmx_with_vmcs().
 */
int inject_real_mode(struct vmx_vcpu *vmx, bool *real_mode)
{
	return vmx_with_vmcs(vmx, read_real_mode, real_mode);
}

/**
 * inject_event() - convert a request to an event
 * @request: a request that inject_check() has accepted
 *
 * Return: the event.
 */
struct vmx_event inject_event(const struct inject_request *request)
{
	return (struct vmx_event) {
		/*
		 * write_event() sets "deliver error code" at the entry, as it
		 * depends on the mode that the guest is in then.
		 */
		.info = request->vector | request->type << 8 |
			INTR_INFO_VALID_MASK,
		.error = request->error,
		.length = request->length,
	};
}
