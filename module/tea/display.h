/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_DISPLAY_H
#define _TEA_DISPLAY_H

#define DISPLAY_SIZE 256

/**
 * struct guest_display - characters for the display that no event has yet
 * @written: number of characters written by the process
 * @requested: @written at the last call of the host
 * @bytes: character number n is at n % DISPLAY_SIZE
 *
 * A VMCALL for each character would be much more work than the character is. So
 * the guest writes them here, and the host takes them at the next exit that ends
 * a guest run. The guest causes one with a newline and with a full buffer. The
 * host keeps its own count of what it has taken, and the guest may have written
 * anything here. Only a guest of the vmx back end has this buffer.
 */
struct guest_display {
	unsigned int written;
	unsigned int requested;
	unsigned char bytes[DISPLAY_SIZE];
};

/**
 * display_store() - write a character, for which there is room
 * @display: the buffer
 * @character: the character
 */
static inline void display_store(struct guest_display *display,
				 unsigned char character)
{
	unsigned int written = display->written;

	display->bytes[written % DISPLAY_SIZE] = character;
	/* An exit between two instructions must find the character written. */
	asm volatile("" : : : "memory");
	display->written = written + 1;
}

/**
 * display_put() - write a character, if the host need not be called for it
 * @display: the buffer
 * @character: the character
 *
 * Return: 1, or 0 if nothing was written: the character is a newline, or the
 * buffer is full with it.
 */
static inline int display_put(struct guest_display *display,
			      unsigned char character)
{
	if (character == '\n' ||
	    display->written + 1 - display->requested >= DISPLAY_SIZE)
		return 0;
	display_store(display, character);
	return 1;
}

#endif
