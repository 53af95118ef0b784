// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "type.h"

unsigned int cc_type_size(struct cc_type type)
{
	unsigned int size = 0;

	if (type.base == CC_CHAR)
		size = 1;
	else if (type.base == CC_INT)
		size = 2;
	return type.count ? size * type.count : size;
}

bool cc_type_scalar(struct cc_type type)
{
	return !type.count && (type.base == CC_CHAR || type.base == CC_INT);
}

bool cc_type_same(struct cc_type left, struct cc_type right)
{
	return left.base == right.base && left.count == right.count &&
	       left.is_unsigned == right.is_unsigned;
}

bool cc_type_fits(struct cc_type type, long long value)
{
	return value == cc_type_cut(type, value);
}

long long cc_type_cut(struct cc_type type, long long value)
{
	return type.base == CC_CHAR ? (signed char)value : (short)value;
}

const char *cc_type_name(struct cc_type type, char *name)
{
	static const char *const bases[] = {
		[CC_VOID] = "void",
		[CC_CHAR] = "char",
		[CC_INT] = "int",
		[CC_TEXT] = "string",
	};

	snprintf(name, CC_TYPE_NAME, type.count ? "%s%s[%u]" : "%s%s",
		 type.is_unsigned ? "unsigned " : "", bases[type.base],
		 type.count);
	return name;
}
