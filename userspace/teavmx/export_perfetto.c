// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Trace Event Format: a VM is a process and a vCPU is a thread of it. Times are
 * microseconds after the first record. Each event is written as soon as it is known, so
 * the memory needed does not grow with the recording.
 *
 * A state contains the exits of its time. A slice has one event for its begin and one for
 * its end: a reader that adds the length to the begin, in floating point, would let it
 * overlap the next one. Of two slices that begin together the first one is the outer one.
 */
#include <errno.h>
#include <stdlib.h>

#include <uapi/vmx.h>

#include "export.h"
#include "output.h"

/* Samples of a counter from the begin of a recording to its end */
#define SAMPLES		200
#define SHORTEST_NS	1000
#define REASONS		(VMX_EXIT_MAX + 1)
#define NS_PER_S	1000000000ULL
/* More than vCPUs of a VM */
#define VM_THREADS	1000ULL

/*
 * @vm: the VM
 * @count: exits of each reason in each interval
 * @seen: whether there were exits of reason n
 * @has_exits: whether there were exits of any reason
 */
struct counter {
	uint32_t vm;
	uint32_t count[SAMPLES][REASONS];
	bool seen[REASONS];
	bool has_exits;
};

struct trace {
	struct export *export;
	struct counter **counters;
	size_t counter_count;
	uint64_t sample_ns;
	bool follows;
};

static void write_time(struct trace *trace, uint64_t ns)
{
	fprintf(trace->export->to, "%llu.%03u", (unsigned long long)ns / 1000,
		(unsigned int)(ns % 1000));
}

/*
 * Writes an event up to its time. Some readers identify a thread by its number alone,
 * and 0 is that of idle ones. So no two VMs have threads of the same number.
 */
static void begin_event(struct trace *trace, const char *phase, uint32_t vm,
			uint32_t vcpu, uint64_t time)
{
	fprintf(trace->export->to,
		"%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%llu,\"ts\":",
		trace->follows ? ",\n" : "", phase, vm, vm * VM_THREADS + vcpu);
	write_time(trace, time);
	trace->follows = true;
}

static void write_args(struct trace *trace, json_t *args)
{
	fputs(",\"args\":", trace->export->to);
	json_dumpf(args, trace->export->to, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(args);
}

static void end_event(struct trace *trace)
{
	putc('}', trace->export->to);
}

static void name_event(struct trace *trace, const char *name)
{
	fprintf(trace->export->to, ",\"name\":\"%s\"", name);
}

static const struct spans_vcpu *vcpu_of(const struct trace *trace,
					const struct span *span)
{
	return trace->export->spans.vcpus[span->vcpu];
}

static void begin_span(struct trace *trace, const char *phase,
		       const struct span *span, uint64_t time)
{
	const struct spans_vcpu *vcpu = vcpu_of(trace, span);

	begin_event(trace, phase, vcpu->vm, vcpu->id, time);
}

static json_t *exit_args(const struct span *span)
{
	const struct teavmx_record *record = span->record;
	char decoded[OUTPUT_DECODED_MAX];
	json_t *args = json_object();

	json_object_set_new(args, "seq", json_integer((json_int_t)record->seq));
	json_object_set_new(args, "rip", json_u64(record->rip));
	json_object_set_new(args, "qualification", json_u64(record->qualification));
	if (teavmx_decode_exit(record, decoded, sizeof(decoded)))
		json_object_set_new(args, "decoded", json_string(decoded));
	if (span->open)
		json_object_set_new(args, "end", json_string("not recorded"));
	return args;
}

static void count_exit(struct trace *trace, const struct span *span)
{
	uint32_t reason = span->record->reason & VMX_EXIT_BASIC_MASK;
	uint32_t vm = span->record->vm;
	uint64_t sample = span->from / trace->sample_ns;
	size_t i;

	if (reason >= REASONS)
		return;
	if (sample >= SAMPLES)
		sample = SAMPLES - 1;
	for (i = 0; i < trace->counter_count; i++)
		if (trace->counters[i]->vm == vm) {
			trace->counters[i]->count[sample][reason]++;
			trace->counters[i]->seen[reason] = true;
			trace->counters[i]->has_exits = true;
			return;
		}
}

static void begin_slice(struct trace *trace, const char *phase,
			const struct span *span, uint64_t time,
			const char *category, const char *name)
{
	begin_span(trace, phase, span, time);
	fprintf(trace->export->to, ",\"cat\":\"%s\"", category);
	name_event(trace, name);
}

static void write_guest(struct trace *trace, const struct span *span)
{
	begin_slice(trace, "B", span, span->from - span->guest, "guest", "guest");
	end_event(trace);
	begin_slice(trace, "E", span, span->from, "guest", "guest");
	end_event(trace);
}

static void write_exit(struct trace *trace, const struct span *span)
{
	char number[16];
	const char *name = output_reason(span->record->reason, number,
					 sizeof(number));

	count_exit(trace, span);
	if (span->guest)
		write_guest(trace, span);
	begin_slice(trace, "B", span, span->from, "exit", name);
	write_args(trace, exit_args(span));
	end_event(trace);
	begin_slice(trace, "E", span, span->to, "exit", name);
	end_event(trace);
}

static const char *state_of(const struct span *span)
{
	return teavmx_state_name(span->record->state) ?: "unknown";
}

static void write_state(struct trace *trace, const struct span *span)
{
	begin_slice(trace, "B", span, span->from, "state", state_of(span));
	write_args(trace, output_json_fields(span->record));
	end_event(trace);
}

static void write_state_end(struct trace *trace, const struct span *span)
{
	begin_slice(trace, "E", span, span->to, "state", state_of(span));
	end_event(trace);
}

static json_t *stream_args(const struct teavmx_record *record)
{
	json_t *args = json_object();

	if (record->lost) {
		json_object_set_new(args, "first",
				    json_integer((json_int_t)record->seq));
		json_object_set_new(args, "count",
				    json_integer((json_int_t)record->lost));
	}
	if (TEAVMX_RECORD_HAS(record, LAST))
		json_object_set_new(args, "last",
				    json_integer((json_int_t)record->last));
	return args;
}

/* What is about a VM has the scope of its process, what is about all is global. */
static void write_stream_point(struct trace *trace, const struct span *span)
{
	const struct teavmx_record *record = span->record;

	begin_event(trace, "i", record->vm, 0, span->from);
	fprintf(trace->export->to, ",\"s\":\"%s\",\"cat\":\"stream\"",
		record->vm ? "p" : "g");
	name_event(trace, teavmx_event_type_name(record->type) ?: "unknown");
	write_args(trace, stream_args(record));
	end_event(trace);
}

static void write_point(struct trace *trace, const struct span *span)
{
	begin_span(trace, "i", span, span->from);
	fputs(",\"s\":\"t\",\"cat\":\"record\"", trace->export->to);
	name_event(trace, teavmx_event_type_name(span->record->type) ?: "unknown");
	write_args(trace, output_json_fields(span->record));
	end_event(trace);
}

static int write_span(const struct span *span, void *data)
{
	struct trace *trace = data;

	switch (span->kind) {
	case SPAN_EXIT:
		write_exit(trace, span);
		break;
	case SPAN_STATE:
		write_state(trace, span);
		break;
	case SPAN_STATE_END:
		write_state_end(trace, span);
		break;
	case SPAN_POINT:
		if (span->vcpu == SPANS_NO_VCPU)
			write_stream_point(trace, span);
		else
			write_point(trace, span);
	}
	return ferror(trace->export->to) ? -EIO : 0;
}

static void write_name(struct trace *trace, const char *what, uint32_t vm,
		       uint32_t vcpu, json_t *args)
{
	begin_event(trace, "M", vm, vcpu, 0);
	name_event(trace, what);
	write_args(trace, args);
	end_event(trace);
}

static void write_names(struct trace *trace)
{
	const struct spans *spans = &trace->export->spans;
	size_t i;

	for (i = 0; i < trace->counter_count; i++)
		write_name(trace, "process_name", trace->counters[i]->vm, 0,
			   json_pack("{s:o}", "name",
				     json_sprintf("VM %u",
						  trace->counters[i]->vm)));
	for (i = 0; i < spans->count; i++) {
		const struct spans_vcpu *vcpu = spans->vcpus[i];

		write_name(trace, "thread_name", vcpu->vm, vcpu->id,
			   json_pack("{s:o}", "name",
				     json_sprintf("vCPU %u.%u", vcpu->vm,
						  vcpu->id)));
		write_name(trace, "thread_sort_index", vcpu->vm, vcpu->id,
			   json_pack("{s:I}", "sort_index",
				     (json_int_t)vcpu->id));
	}
}

static uint64_t exits_per_second(const struct trace *trace,
				 const struct counter *counter, size_t sample,
				 uint32_t reason)
{
	return counter->count[sample][reason] * NS_PER_S / trace->sample_ns;
}

static json_t *sample_args(const struct trace *trace,
			   const struct counter *counter, size_t sample)
{
	json_t *args = json_object();
	char number[16];
	uint32_t reason;

	for (reason = 0; reason < REASONS; reason++) {
		const char *name = output_reason(reason, number, sizeof(number));
		uint64_t rate = exits_per_second(trace, counter, sample, reason);

		if (counter->seen[reason])
			json_object_set_new(args, name,
					    json_integer((json_int_t)rate));
	}
	return args;
}

static void write_counter(struct trace *trace, const struct counter *counter)
{
	size_t i;

	for (i = 0; i < SAMPLES && counter->has_exits; i++) {
		uint64_t time = i * trace->sample_ns;

		if (time > trace->export->spans.length)
			break;
		begin_event(trace, "C", counter->vm, 0, time);
		name_event(trace, "exits/s");
		write_args(trace, sample_args(trace, counter, i));
		end_event(trace);
	}
}

static int add_counter(struct trace *trace, uint32_t vm)
{
	struct counter **counters;
	struct counter *counter;
	size_t i;

	for (i = 0; i < trace->counter_count; i++)
		if (trace->counters[i]->vm == vm)
			return 0;
	counters = reallocarray(trace->counters, trace->counter_count + 1,
				sizeof(*counters));
	counter = calloc(1, sizeof(*counter));
	if (counters)
		trace->counters = counters;
	if (!counters || !counter) {
		free(counter);
		return -ENOMEM;
	}
	counter->vm = vm;
	trace->counters[trace->counter_count++] = counter;
	return 0;
}

static int add_counters(struct trace *trace)
{
	const struct spans *spans = &trace->export->spans;
	size_t i;
	int error = 0;

	for (i = 0; i < spans->count && !error; i++)
		error = add_counter(trace, spans->vcpus[i]->vm);
	return error;
}

static void write_head(const struct export *export)
{
	const struct recording_header *header = recording_header(export->recording);
	json_t *about = json_pack("{s:s, s:s, s:s, s:o, s:I, s:s*}",
				  "module", header->module,
				  "kernel", header->kernel, "cpu", header->cpu,
				  "begun_ns", json_u64(header->begun),
				  "first_record_ns",
				  (json_int_t)export->spans.first,
				  "incomplete", export->problem);

	fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":", export->to);
	json_dumpf(about, export->to, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(about);
	fputs(",\"traceEvents\":[\n", export->to);
}

int export_perfetto(struct export *export)
{
	struct trace trace = { .export = export };
	int error = add_counters(&trace);
	size_t i;

	trace.sample_ns = export->spans.length / SAMPLES + 1;
	if (trace.sample_ns < SHORTEST_NS)
		trace.sample_ns = SHORTEST_NS;
	if (!error) {
		write_head(export);
		write_names(&trace);
		error = spans_walk(&export->spans, export->recording, write_span,
				   &trace);
	}
	for (i = 0; i < trace.counter_count; i++) {
		write_counter(&trace, trace.counters[i]);
		free(trace.counters[i]);
	}
	free(trace.counters);
	fputs("\n]}\n", export->to);
	/* Why writing has failed is known when the file is closed. */
	return error == -EIO ? 0 : error;
}
