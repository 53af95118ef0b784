/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/teavmx.yaml */
#ifndef _TEAVMX_TRACE_NAMES_GEN_H
#define _TEAVMX_TRACE_NAMES_GEN_H

#define TEAVMX_VCPU_STATE_NAMES(X) \
	X(TEAVMX_VCPU_STATE_READY, "ready") \
	X(TEAVMX_VCPU_STATE_RUNNING, "running") \
	X(TEAVMX_VCPU_STATE_PAUSED, "paused") \
	X(TEAVMX_VCPU_STATE_WAITING, "waiting") \
	X(TEAVMX_VCPU_STATE_SLEEPING, "sleeping") \
	X(TEAVMX_VCPU_STATE_EXITED, "exited")

#define TEAVMX_STOP_NAMES(X) \
	X(TEAVMX_STOP_NONE, "none") \
	X(TEAVMX_STOP_EXIT, "exit") \
	X(TEAVMX_STOP_FAIL, "fail") \
	X(TEAVMX_STOP_EXITS, "exits") \
	X(TEAVMX_STOP_TIME, "time") \
	X(TEAVMX_STOP_STEPS, "steps") \
	X(TEAVMX_STOP_REQUEST, "request") \
	X(TEAVMX_STOP_BREAKPOINT, "breakpoint") \
	X(TEAVMX_STOP_WATCH, "watch") \
	X(TEAVMX_STOP_ENDED, "ended") \
	X(TEAVMX_STOP_PROGRAM, "program")

#endif
