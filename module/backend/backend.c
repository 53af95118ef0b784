// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"

/**
 * backend_find() - find a back end by its number
 * @id: enum teavmx_backend, validated by the netlink policy
 *
 * Return: the back end.
 */
const struct backend_ops *backend_find(u32 id)
{
	return id == TEAVMX_BACKEND_SOFT ? &soft_backend : &vmx_backend;
}
