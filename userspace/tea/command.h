/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_COMMAND_H
#define TEA_COMMAND_H

#include <userspace/common/command.h>

extern const struct command command_as;
extern const struct command command_cc;
extern const struct command command_debug;
extern const struct command command_dis;
extern const struct command command_run;

#endif
