/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_REFUSE_H
#define _TEAVMX_REFUSE_H

#include <linux/netlink.h>

/**
 * refuse() - report why a request is refused
 * @extack: of the request
 * @attr: attribute to blame, or NULL for none
 * @err: negative errno
 * @message: a constant, as it has to outlive the request
 *
 * Return: @err.
 */
static inline int refuse(struct netlink_ext_ack *extack,
			 const struct nlattr *attr, int err,
			 const char *message)
{
	if (attr)
		NL_SET_BAD_ATTR(extack, attr);
	extack->_msg = message;
	return err;
}

#endif
