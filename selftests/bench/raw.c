// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "payloads.h"
#include "raw.h"

#define REPEATS		12
/* The event log has room for fewer records than this, so a reader must keep up. */
#define FEW		1000
#define MANY		5000
#define ANSWERS		1000
#define PATIENCE_MS	20000
/* Half of it has room for all records of a payload. */
#define SENT_BUFFER	(32 << 20)

void raw_new(struct raw *raw, struct teavmx *teavmx)
{
	raw->teavmx = teavmx;
	bench_check(teavmx, teavmx_raw_new(teavmx, 0, PAYLOAD_RAM, &raw->vm));
	bench_check(teavmx, teavmx_raw_vcpu_new(teavmx, raw->vm.id,
						&raw->vcpu));
}

void raw_free(struct raw *raw)
{
	teavmx_vcpu_clear(&raw->vcpu);
	bench_check(raw->teavmx, teavmx_vm_del(raw->teavmx, raw->vm.id));
}

void raw_load(struct raw *raw, const uint8_t *code, const uint8_t *end)
{
	bench_check(raw->teavmx, teavmx_mem_write(raw->teavmx, raw->vm.id,
						  PAYLOAD_CODE, code,
						  end - code));
}

void raw_enter(struct raw *raw)
{
	bench_check(raw->teavmx, teavmx_mode_enter(raw->teavmx, raw->vm.id,
						   raw->vcpu.id,
						   TEAVMX_MODE_REAL,
						   PAYLOAD_CODE, 0, 0));
}

void raw_start(struct raw *raw)
{
	bench_check(raw->teavmx, teavmx_vcpu_run(raw->teavmx, raw->vm.id,
						 raw->vcpu.id));
}

void raw_watch(struct raw *raw)
{
	bench_check(raw->teavmx,
		    teavmx_event_watch(raw->teavmx, raw->vm.id, 0));
}

/* Waits for the end of a guest without a listener. */
static void raw_poll(struct raw *raw)
{
	const struct timespec nap = { .tv_nsec = 20000000 };
	uint32_t state, stop;

	do {
		nanosleep(&nap, NULL);
		bench_check(raw->teavmx,
			    teavmx_vcpu_state(raw->teavmx, raw->vm.id,
					      raw->vcpu.id, &state, &stop));
	} while (state == TEAVMX_VCPU_STATE_RUNNING);
	if (stop != TEAVMX_STOP_EXIT)
		error(1, 0, "the guest is %s", teavmx_state_name(state));
}

static void raw_measure(struct raw *raw, const struct payload *payload,
			struct series *series)
{
	static uint32_t samples[PAYLOAD_SAMPLES];
	unsigned int i;

	raw_load(raw, payload->code, payload->end);
	raw_enter(raw);
	raw_start(raw);
	raw_poll(raw);
	bench_check(raw->teavmx,
		    teavmx_mem_read(raw->teavmx, raw->vm.id, PAYLOAD_DATA,
				    samples, sizeof(samples)));
	series->count = 0;
	for (i = 0; i < PAYLOAD_SAMPLES; i++)
		series_add(series, samples[i] / PAYLOAD_EXITS);
}

/* No listener: the handle has no stream of events. */
static void raw_exits(void)
{
	static struct series series;
	struct teavmx *teavmx = bench_open();
	const struct payload *payload;
	struct raw raw;
	uint64_t base;

	raw_new(&raw, teavmx);
	raw_measure(&raw, &payload_empty, &series);
	base = series_minimum(&series);
	for (payload = payloads_both; payload->row; payload++) {
		raw_measure(&raw, payload, &series);
		series_print(&series, payload->row, base);
	}
	raw_free(&raw);
	teavmx_close(teavmx);
}

void raw_cpuid(struct teavmx *teavmx, struct series *series)
{
	const struct payload *cpuid = payloads_both;
	struct raw raw;

	raw_new(&raw, teavmx);
	raw_measure(&raw, cpuid, series);
	raw_free(&raw);
}

/* Has the events of the handle sent as attributes. */
static void choose_full(const struct raw *raw)
{
	struct nl_sock *socket = nl_socket_alloc();
	struct nl_msg *message = nlmsg_alloc();
	int family;

	if (!socket || !message || genl_connect(socket))
		error(1, 0, "no netlink socket");
	family = genl_ctrl_resolve(socket, TEAVMX_FAMILY_NAME);
	genlmsg_put(message, 0, 0, family, 0, NLM_F_REQUEST,
		    TEAVMX_CMD_SUBSCRIBE, TEAVMX_FAMILY_VERSION);
	nla_put_u32(message, TEAVMX_A_EVENT_VM_ID, raw->vm.id);
	if (send(teavmx_event_fd(raw->teavmx), nlmsg_hdr(message),
		 nlmsg_hdr(message)->nlmsg_len, 0) < 0)
		error(1, errno, "SUBSCRIBE");
	nlmsg_free(message);
	nl_socket_free(socket);
}

/* The exits of the first payload, while the module sends each to a reader that has room */
static void raw_sent(const char *row, bool full)
{
	static struct series series;
	struct teavmx *teavmx = bench_open();
	struct raw raw;
	uint64_t base;

	bench_check(teavmx, teavmx_event_open(teavmx, SENT_BUFFER));
	raw_new(&raw, teavmx);
	raw_watch(&raw);
	if (full)
		choose_full(&raw);
	raw_measure(&raw, &payload_empty, &series);
	base = series_minimum(&series);
	raw_measure(&raw, payloads_both, &series);
	series_print(&series, row, base);
	raw_free(&raw);
	teavmx_close(teavmx);
}

/* What a slice led to; its end by the host's scheduler is rare. */
static void raw_slice_end(struct raw *raw, const struct teavmx_slice *slice,
			  struct teavmx_record *exit)
{
	if (slice->has_exit)
		*exit = slice->exit;
	else
		raw_poll(raw);
}

void raw_slice(struct raw *raw, const struct teavmx_run *run,
	       struct teavmx_record *exit)
{
	struct teavmx_slice slice;

	bench_check(raw->teavmx,
		    teavmx_vcpu_run_slice(raw->teavmx, raw->vm.id,
					  raw->vcpu.id, run, &slice));
	raw_slice_end(raw, &slice, exit);
}

static void refuse_lost(const struct teavmx_record *record, void *data)
{
	(void)data;
	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		error(1, 0, "the reader has lost records");
}

void raw_stop(struct raw *raw, struct teavmx_record *exit)
{
	int stop;

	stop = teavmx_wait_stop(raw->teavmx, raw->vcpu.id, PATIENCE_MS,
				refuse_lost, NULL, exit);
	if (bench_check(raw->teavmx, stop) != TEAVMX_STOP_EXIT)
		error(1, 0, "the guest stopped for another reason than an exit");
}

/* Ticks of a run with so many exits, until all their records are read */
static uint64_t raw_read_exits(struct raw *raw, uint32_t exits)
{
	const struct teavmx_register count = { TEAVMX_REG_RSI, exits };
	struct teavmx_record exit;
	uint64_t begin;

	raw_enter(raw);
	bench_check(raw->teavmx, teavmx_regs_set(raw->teavmx, raw->vm.id,
						 raw->vcpu.id, &count, 1));
	begin = __rdtsc();
	raw_start(raw);
	raw_stop(raw, &exit);
	return __rdtsc() - begin;
}

void raw_read(struct teavmx *teavmx, struct series *series)
{
	struct raw raw;
	uint64_t few;
	unsigned int i;

	raw_new(&raw, teavmx);
	raw_watch(&raw);
	raw_load(&raw, payload_repeat, payload_repeat_end);
	series->count = 0;
	for (i = 0; i < REPEATS; i++) {
		few = raw_read_exits(&raw, FEW);
		series_add(series, (raw_read_exits(&raw, MANY) - few) /
				   (MANY - FEW));
	}
	raw_free(&raw);
}

/* Completes the OUT that the guest stopped for, and waits for the next one. */
static void answer_by_run(struct raw *raw, struct teavmx_record *exit)
{
	const struct teavmx_run run = { .answered = true };

	raw_slice(raw, &run, exit);
}

static void answer_by_library(struct raw *raw, struct teavmx_record *exit)
{
	struct teavmx_slice slice;
	const struct teavmx_answers answers = { .slice = &slice };

	bench_check(raw->teavmx,
		    teavmx_answer(raw->teavmx, exit, &answers, NULL));
	raw_slice_end(raw, &slice, exit);
}

static void raw_answers(struct teavmx *teavmx, const char *row,
			void (*answer)(struct raw *raw,
				       struct teavmx_record *exit))
{
	static struct series series;
	struct teavmx_record exit;
	uint64_t last, now;
	struct raw raw;
	unsigned int i;

	raw_new(&raw, teavmx);
	raw_load(&raw, payload_out, payload_out_end);
	raw_enter(&raw);
	raw_slice(&raw, NULL, &exit);
	last = __rdtsc();
	series.count = 0;
	for (i = 0; i < ANSWERS; i++) {
		answer(&raw, &exit);
		now = __rdtsc();
		series_add(&series, now - last);
		last = now;
	}
	series_print(&series, row, 0);
	raw_free(&raw);
}

/* As raw_answers(), but the host program shares a page with the vCPU. */
static void raw_pages(struct teavmx *teavmx)
{
	static struct series series;
	struct teavmx_page page;
	uint64_t last, now;
	struct raw raw;
	unsigned int i;

	raw_new(&raw, teavmx);
	raw_load(&raw, payload_out, payload_out_end);
	raw_enter(&raw);
	bench_check(teavmx, teavmx_page_open(teavmx, raw.vm.id, raw.vcpu.id,
					     &page));
	bench_check(teavmx, teavmx_page_continue(&page));
	page.shared->flags = TEAVMX_PAGE_ANSWER;
	last = __rdtsc();
	for (i = 0; i < ANSWERS; i++) {
		if (page.shared->state == TEAVMX_VCPU_STATE_RUNNING)
			raw_poll(&raw);
		bench_check(teavmx, teavmx_page_continue(&page));
		now = __rdtsc();
		series_add(&series, now - last);
		last = now;
	}
	series_print(&series, "out-page", 0);
	teavmx_page_close(&page);
	raw_free(&raw);
}

void raw_bench(void)
{
	static struct series series;
	struct teavmx *teavmx;

	raw_exits();
	raw_sent("cpuid-sent", false);
	raw_sent("cpuid-sent-full", true);
	teavmx = bench_open();
	raw_answers(teavmx, "out-answered", answer_by_run);
	raw_answers(teavmx, "out-library", answer_by_library);
	raw_pages(teavmx);
	bench_check(teavmx, teavmx_event_open(teavmx, 0));
	raw_read(teavmx, &series);
	series_print(&series, "cpuid-read", 0);
	teavmx_close(teavmx);
}
