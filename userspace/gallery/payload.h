/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GALLERY_PAYLOAD_H
#define GALLERY_PAYLOAD_H

/*
 * Where things lie in the guest, for payloads and for what runs them.
 * All interrupt vectors of real mode point to a HLT at first.
 */
#define PAYLOAD_VECTORS		256
#define PAYLOAD_HALT		0x500
#define PAYLOAD_ADDRESS		0x8000
/* A page for data */
#define PAYLOAD_DATA		0x9000
/* Stack, growing down */
#define PAYLOAD_STACK		0xc000
/* What TEAVMX_TABLES_SIZE is for */
#define PAYLOAD_TABLES		0x10000
#define PAYLOAD_MEMORY		0x20000

#ifdef __ASSEMBLER__

/* Address of a label. Code runs where it lies, so it needs no linker. */
#define AT(label)		((label) - start + PAYLOAD_ADDRESS)

/* Begins a payload; the mode in which it begins is real, protected or long. */
.macro PAYLOAD mode
.ifc \mode, real
	.code16
.endif
.ifc \mode, protected
	.code32
.endif
.ifc \mode, long
	.code64
.endif
start:
.endm

/* Ends a payload: a guest that arrives here has provoked no exit. */
.macro END
	hlt
	jmp	. - 1
.endm

#endif

#endif
