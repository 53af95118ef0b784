/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_TRANSFER_H
#define TEAVMX_TRANSFER_H

#include "guest.h"

/**
 * teavmx_transfer_decode() - What INS or OUTS moves.
 * @guest: the vCPU
 * @qualification: of its exit
 * @transfer: receives the elements; of OUTS with their bytes
 *
 * Return: 0 or -1.
 */
int teavmx_transfer_decode(const struct teavmx_guest *guest,
			   uint64_t qualification,
			   struct teavmx_transfer *transfer);

/**
 * teavmx_transfer_finish() - What remains to be done for INS or OUTS.
 * @guest: the vCPU, as it was decoded
 * @transfer: what was moved
 * @changes: receives the registers that change
 *
 * Return: 0 or -1.
 */
int teavmx_transfer_finish(const struct teavmx_guest *guest,
			   const struct teavmx_transfer *transfer,
			   struct teavmx_changes *changes);

#endif
