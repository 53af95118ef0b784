/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_COMMAND_H
#define TEAVMX_COMMAND_H

#include <userspace/common/command.h>
#include <userspace/lib/teavmx.h>

extern const struct command command_run;
extern const struct command command_debug;
extern const struct command command_monitor;
extern const struct command command_record;
extern const struct command command_report;
extern const struct command command_diff;
extern const struct command command_list;
extern const struct command command_stat;
extern const struct command command_profile;
extern const struct command command_top;
extern const struct command command_kill;
extern const struct command command_info;
extern const struct command command_version;
extern const struct command command_caps;
extern const struct command command_vmcs;
extern const struct command command_doctor;
extern const struct command command_regs;
extern const struct command command_mem;
extern const struct command command_inject;
extern const struct command command_step;
extern const struct command command_continue;
extern const struct command command_pause;
extern const struct command command_break;
extern const struct command command_gdb;
extern const struct command command_route;
extern const struct command command_raw;
extern const struct command command_gallery;
extern const struct command command_selftest;
extern const struct command command_slots;
extern const struct command command_send;
extern const struct command command_feed;
extern const struct command command_map;
extern const struct command command_snapshot;
extern const struct command command_reset;
extern const struct command command_clone;
extern const struct command command_dirty;
extern const struct command command_export;

/* complete_rows - candidates for words of the command line, for shells */
extern const struct complete_row complete_rows[];

/**
 * complete_objects() - print the names of all objects of a kind
 * @kind: such as vms, vcpus, registers, reasons
 *
 * Return: false for an unknown kind.
 */
bool complete_objects(const char *kind);

/**
 * status_print() - what teavmx without a verb shows: engine and VMs
 *
 * Return: enum cli_status.
 */
int status_print(void);

#endif
