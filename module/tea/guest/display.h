/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_GUEST_DISPLAY_H
#define _TEA_GUEST_DISPLAY_H

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
 * anything here.
 */
struct guest_display {
	unsigned int written;
	unsigned int requested;
	unsigned char bytes[DISPLAY_SIZE];
};

#endif
