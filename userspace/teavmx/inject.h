/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_INJECT_H
#define TEAVMX_INJECT_H

#define INJECT_TYPES	6

/* inject_type_names - values of "teavmx inject --type" */
extern const char *const inject_type_names[INJECT_TYPES];

#endif
