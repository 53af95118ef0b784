/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_PAYLOAD_H
#define GUEST_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

/* Code for guests, assembled with the test that has it. */

/**
 * GUEST_PAYLOAD() - code for a guest, outside of functions
 * @name: an array of its bytes; @name##_end follows them
 * @text: position-independent instructions, after .code16 for real mode
 */
#define GUEST_PAYLOAD(name, text)					\
	asm(".pushsection .rodata\n"					\
	    ".global " #name ", " #name "_end\n"			\
	    #name ":\n" text "\n" #name "_end:\n"			\
	    ".code64\n.popsection");					\
	extern const uint8_t name[], name##_end[]

/* The two arguments of a function that takes bytes and their number */
#define PAYLOAD(name)		name, PAYLOAD_SIZE(name)
#define PAYLOAD_SIZE(name)	((size_t)(name##_end - (name)))

/**
 * struct snippet - a few instructions
 * @bytes: their bytes
 * @size: number of bytes
 */
struct snippet {
	const uint8_t *bytes;
	size_t size;
};

/**
 * SNIPPET() - a few instructions for a guest, in the middle of a function
 * @bits: 16, 32 or 64
 * @text: position-independent instructions; registers begin with %%
 *
 * Return: struct snippet.
 */
#define SNIPPET(bits, text)						\
	({								\
		const uint8_t *start_, *end_;				\
									\
		asm(".pushsection .rodata\n"				\
		    ".code" #bits "\n"					\
		    "661:\n\t" text "\n"				\
		    "662:\n"						\
		    ".code64\n"						\
		    ".popsection\n\t"					\
		    "lea 661b(%%rip), %0\n\t"				\
		    "lea 662b(%%rip), %1"				\
		    : "=&r" (start_), "=r" (end_));			\
		(struct snippet){ start_, end_ - start_ };		\
	})

#endif
