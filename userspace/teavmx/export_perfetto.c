// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Trace Event Format: a VM is a process and a vCPU is a thread of it. Times are
 * microseconds after the first record. Each event is written as soon as it is known, so
 * the memory needed does not grow with the records.
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
#include "recorded.h"

/* Samples of a counter from the begin of a recording to its end */
#define SAMPLES		200
#define SHORTEST_NS	1000
#define REASONS		(VMX_EXIT_MAX + 1)
#define NS_PER_S	1000000000ULL

/*
 * @id: number of the VM
 * @thread: number of the thread for what is about the VM
 * @counts: for each reason, the exits in each of SAMPLES intervals, or null without any;
 *	null for a VM without an exit
 */
struct trace_vm {
	uint32_t id;
	size_t thread;
	uint32_t **counts;
};

/*
 * @vms: each struct trace_vm, in the order of their first records
 * @sample_ns: an interval
 * @follows: whether an event was written
 */
struct trace {
	struct export *export;
	struct tree vms;
	uint64_t sample_ns;
	bool follows;
};

static void write_time(struct trace *trace, uint64_t ns)
{
	fprintf(trace->export->to, "%llu.%03u", (unsigned long long)ns / 1000,
		(unsigned int)(ns % 1000));
}

/* Writes an event up to its time. */
static void begin_event(struct trace *trace, const char *phase, uint32_t vm,
			size_t thread, uint64_t time)
{
	fprintf(trace->export->to,
		"%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%zu,\"ts\":",
		trace->follows ? ",\n" : "", phase, vm, thread);
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

/*
 * Some readers identify a thread by its number alone, and 0 is that of idle ones. So the
 * vCPUs of all VMs are counted from 1 on, and then the VMs.
 */
static size_t vcpu_thread(size_t number)
{
	return number + 1;
}

static size_t vm_thread(const struct trace *trace, size_t number)
{
	return trace->export->spans.vcpus.count + number + 1;
}

static void begin_span(struct trace *trace, const char *phase,
		       const struct span *span, uint64_t time)
{
	begin_event(trace, phase, spans_vcpu(&trace->export->spans, span->vcpu)->vm,
		    vcpu_thread(span->vcpu), time);
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

static int compare_vms(const void *a, const void *b)
{
	const struct trace_vm *first = a;
	const struct trace_vm *second = b;

	return recorded_order(first->id, second->id);
}

static struct trace_vm *find_vm(struct trace *trace, uint32_t id)
{
	const struct trace_vm key = {
		.id = id,
		.thread = vm_thread(trace, trace->vms.count),
	};

	return tree_find_or_add(&trace->vms, &key, sizeof(key), compare_vms);
}

static void free_vm(void *data)
{
	struct trace_vm *vm = data;
	uint32_t reason;

	for (reason = 0; vm->counts && reason < REASONS; reason++)
		free(vm->counts[reason]);
	free(vm->counts);
	free(vm);
}

static uint32_t *find_counts(struct trace_vm *vm, uint32_t reason)
{
	if (!vm->counts)
		vm->counts = calloc(REASONS, sizeof(*vm->counts));
	if (vm->counts && !vm->counts[reason])
		vm->counts[reason] = calloc(SAMPLES, sizeof(**vm->counts));
	return vm->counts ? vm->counts[reason] : NULL;
}

static int count_exit(struct trace *trace, const struct span *span)
{
	uint32_t reason = span->record->reason & VMX_EXIT_BASIC_MASK;
	uint64_t sample = span->from / trace->sample_ns;
	struct trace_vm *vm;
	uint32_t *counts;

	if (reason >= REASONS)
		return 0;
	if (sample >= SAMPLES)
		sample = SAMPLES - 1;
	vm = find_vm(trace, span->record->vm);
	counts = vm ? find_counts(vm, reason) : NULL;
	if (!counts)
		return -ENOMEM;
	counts[sample]++;
	return 0;
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

static int write_exit(struct trace *trace, const struct span *span)
{
	char number[16];
	const char *name = output_reason(span->record->reason, number,
					 sizeof(number));

	if (span->guest)
		write_guest(trace, span);
	begin_slice(trace, "B", span, span->from, "exit", name);
	write_args(trace, exit_args(span));
	end_event(trace);
	begin_slice(trace, "E", span, span->to, "exit", name);
	end_event(trace);
	return count_exit(trace, span);
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
static int write_stream_point(struct trace *trace, const struct span *span)
{
	const struct teavmx_record *record = span->record;
	const struct trace_vm *vm = find_vm(trace, record->vm);

	if (!vm)
		return -ENOMEM;
	begin_event(trace, "i", vm->id, vm->thread, span->from);
	fprintf(trace->export->to, ",\"s\":\"%s\",\"cat\":\"stream\"",
		record->vm ? "p" : "g");
	name_event(trace, teavmx_event_type_name(record->type) ?: "unknown");
	write_args(trace, stream_args(record));
	end_event(trace);
	return 0;
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
	int error = 0;

	switch (span->kind) {
	case SPAN_EXIT:
		error = write_exit(trace, span);
		break;
	case SPAN_STATE:
		write_state(trace, span);
		break;
	case SPAN_STATE_END:
		write_state_end(trace, span);
		break;
	case SPAN_POINT:
		if (span->vcpu == SPANS_NO_VCPU)
			error = write_stream_point(trace, span);
		else
			write_point(trace, span);
	}
	return ferror(trace->export->to) ? -EIO : error;
}

static void write_name(struct trace *trace, const char *what, uint32_t vm,
		       size_t thread, json_t *args)
{
	begin_event(trace, "M", vm, thread, 0);
	name_event(trace, what);
	write_args(trace, args);
	end_event(trace);
}

static void write_names(struct trace *trace)
{
	const struct spans *spans = &trace->export->spans;
	const struct trace_vm *vm;
	size_t i;

	for (i = 0; i < trace->vms.count; i++) {
		vm = trace->vms.entries[i];
		write_name(trace, "process_name", vm->id, vm->thread,
			   json_pack("{s:o}", "name",
				     json_sprintf("VM %u", vm->id)));
	}
	for (i = 0; i < spans->vcpus.count; i++) {
		const struct spans_vcpu *vcpu = spans_vcpu(spans, i);

		write_name(trace, "thread_name", vcpu->vm, vcpu_thread(i),
			   json_pack("{s:o}", "name",
				     json_sprintf("vCPU %u.%u", vcpu->vm,
						  vcpu->id)));
		write_name(trace, "thread_sort_index", vcpu->vm, vcpu_thread(i),
			   json_pack("{s:I}", "sort_index",
				     (json_int_t)vcpu->id));
	}
}

static json_t *sample_args(const struct trace *trace,
			   const struct trace_vm *vm, size_t sample)
{
	json_t *args = json_object();
	char number[16];
	uint32_t reason;
	uint64_t rate;

	for (reason = 0; reason < REASONS; reason++) {
		if (!vm->counts[reason])
			continue;
		rate = vm->counts[reason][sample] * NS_PER_S / trace->sample_ns;
		json_object_set_new(args, output_reason(reason, number,
							sizeof(number)),
				    json_integer((json_int_t)rate));
	}
	return args;
}

static bool is_changed(const struct trace_vm *vm, size_t sample)
{
	uint32_t reason;

	for (reason = 0; reason < REASONS; reason++) {
		const uint32_t *counts = vm->counts[reason];

		if (counts && (!sample || counts[sample] != counts[sample - 1]))
			return true;
	}
	return false;
}

/* A reader keeps the value of a counter until the next event of it. */
static void write_counter(struct trace *trace, const struct trace_vm *vm)
{
	size_t i;

	for (i = 0; vm->counts && i < SAMPLES; i++) {
		uint64_t time = i * trace->sample_ns;

		if (time > trace->export->spans.length)
			break;
		if (!is_changed(vm, i))
			continue;
		begin_event(trace, "C", vm->id, vm->thread, time);
		name_event(trace, "exits/s");
		write_args(trace, sample_args(trace, vm, i));
		end_event(trace);
	}
}

static int add_vms(struct trace *trace)
{
	const struct spans *spans = &trace->export->spans;
	size_t i;

	for (i = 0; i < spans->vcpus.count; i++)
		if (!find_vm(trace, spans_vcpu(spans, i)->vm))
			return -ENOMEM;
	return 0;
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
	int error = add_vms(&trace);
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
	for (i = 0; i < trace.vms.count; i++)
		write_counter(&trace, trace.vms.entries[i]);
	tree_free(&trace.vms, free_vm);
	fputs("\n]}\n", export->to);
	/* Why writing has failed is known when the file is closed. */
	return error == -EIO ? 0 : error;
}
