/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_REFUSE_H
#define _TEAVMX_REFUSE_H

#include <linux/netlink.h>

/**
 * refuse() - set the message of a request that is refused
 * @extack: extended acknowledgment of the request
 * @attr: attribute that the refusal names, or NULL for none
 * @err: negative errno
 * @message: the message; a constant, as it has to outlive the request
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
