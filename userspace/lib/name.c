// SPDX-License-Identifier: LGPL-2.1-or-later
#include "teavmx.h"

#define COUNT(names)	(sizeof(names) / sizeof((names)[0]))

static const char *const states[] = {
	[TEAVMX_VCPU_STATE_NEW] = "new",
	[TEAVMX_VCPU_STATE_READY] = "ready",
	[TEAVMX_VCPU_STATE_RUNNING] = "running",
	[TEAVMX_VCPU_STATE_PAUSED] = "paused",
	[TEAVMX_VCPU_STATE_WAITING] = "waiting",
	[TEAVMX_VCPU_STATE_SLEEPING] = "sleeping",
	[TEAVMX_VCPU_STATE_EXITED] = "exited",
};

static const char *const stops[] = {
	[TEAVMX_STOP_NONE] = "none",
	[TEAVMX_STOP_EXIT] = "exit",
	[TEAVMX_STOP_FAIL] = "fail",
	[TEAVMX_STOP_EXITS] = "exits",
	[TEAVMX_STOP_TIME] = "time",
	[TEAVMX_STOP_STEPS] = "steps",
	[TEAVMX_STOP_REQUEST] = "request",
	[TEAVMX_STOP_BREAKPOINT] = "breakpoint",
	[TEAVMX_STOP_WATCH] = "watch",
	[TEAVMX_STOP_ENDED] = "ended",
};

static const char *const backends[] = {
	[TEAVMX_BACKEND_VMX] = "vmx",
	[TEAVMX_BACKEND_SOFT] = "soft",
};

static const char *const events[] = {
	[TEAVMX_EVENT_TYPE_TEA_EXIT] = "tea-exit",
	[TEAVMX_EVENT_TYPE_TEA_TEXT] = "tea-text",
	[TEAVMX_EVENT_TYPE_TEA_PACKET] = "tea-packet",
	[TEAVMX_EVENT_TYPE_VMX_EXIT] = "vmx-exit",
	[TEAVMX_EVENT_TYPE_VMX_FAIL] = "vmx-fail",
	[TEAVMX_EVENT_TYPE_STATE] = "state",
	[TEAVMX_EVENT_TYPE_HOST_CHANGED] = "host-changed",
	[TEAVMX_EVENT_TYPE_FINDING] = "finding",
	[TEAVMX_EVENT_TYPE_TEA_SERIAL] = "tea-serial",
	[TEAVMX_EVENT_TYPE_TEA_REPLY] = "tea-reply",
	[TEAVMX_EVENT_TYPE_TEA_REFUSED] = "tea-refused",
	[TEAVMX_EVENT_TYPE_PORT_REQUEST] = "port-request",
};

static const char *const holders[] = {
	[TEAVMX_VMX_HOLDER_NOBODY] = "nobody",
	[TEAVMX_VMX_HOLDER_TEAVMX] = "teavmx",
	[TEAVMX_VMX_HOLDER_OTHER] = "other",
};

const char *teavmx_state_name(uint32_t state)
{
	return state < COUNT(states) ? states[state] : NULL;
}

const char *teavmx_stop_name(uint32_t stop)
{
	return stop < COUNT(stops) ? stops[stop] : NULL;
}

const char *teavmx_backend_name(uint32_t backend)
{
	return backend < COUNT(backends) ? backends[backend] : NULL;
}

const char *teavmx_event_name(uint32_t type)
{
	if (type == TEAVMX_RECORD_LOST)
		return "lost";
	return type < COUNT(events) ? events[type] : NULL;
}

const char *teavmx_holder_name(uint32_t holder)
{
	return holder < COUNT(holders) ? holders[holder] : NULL;
}
