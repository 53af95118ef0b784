/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_GUEST_VMCALL_H
#define _TEA_GUEST_VMCALL_H

#include <uapi/tea.h>
#include <uapi/teavmx.h>

/*
 * The calls of the payload to its host by VMCALL. The number and the code pointer of
 * the process are in RAX (TEA_CALL()), the arguments in RDI, RSI, RDX and RCX. The host
 * returns an exit code in RAX, 0 if the process continues, and a value in RDX.
 */
enum tea_vmcall {
	/* RDI port, RSI size; value in RDX */
	TEA_VMCALL_PORT_READ = TEAVMX_TEA_SERVICE_PORT_READ,
	/* RDI port, RSI size, RDX value */
	TEA_VMCALL_PORT_WRITE = TEAVMX_TEA_SERVICE_PORT_WRITE,
	/* RSI size, RDX bytes 0 to 7, RCX bytes 8 and 9, little-endian */
	TEA_VMCALL_COMMAND = TEAVMX_TEA_SERVICE_COMMAND,
	/* RDI exit code; does not return */
	TEA_VMCALL_EXIT = TEAVMX_TEA_SERVICE_EXIT,
	/* RDI enum tea_debug_cause: why a process under a debugger stops */
	TEA_VMCALL_STOP = TEAVMX_TEA_SERVICE_STOP,
	/* There are characters in struct guest_display. */
	TEA_VMCALL_TEXT = TEAVMX_TEA_SERVICE_TEXT,
	/*
	 * RDI 1 if GUEST_TRANSLATED has the translated program, which the host
	 * makes executable, or 0 if it does not fit there and is interpreted
	 */
	TEA_VMCALL_TRANSLATED = TEAVMX_TEA_SERVICE_TRANSLATED,
};

#endif
