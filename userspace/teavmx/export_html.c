// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page is export.html with the data of the recording in it, as JSON. So that the
 * page of a long recording can be opened, it has the longest exits only, and sums over
 * intervals of time for the others. A limit that is reached is reported on the page.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uapi/vmx.h>

#include "export.h"
#include "export_page.h"
#include "output.h"

#define EXITS_MAX	20000
#define STATES_MAX	20000
#define POINTS_MAX	2000
/* Of all vCPUs together, and of one */
#define BINS_MAX	40000
#define VCPU_BINS_MAX	1000
/* Characters of a text and of what is decoded */
#define TEXT_MAX	256
/* Reasons that have no name are counted as one more. */
#define REASONS		(VMX_EXIT_MAX + 2)
#define BUCKETS		64
#define NS_PER_S	1000000000ULL

struct row {
	struct span span;
	struct teavmx_record record;
};

/*
 * @count: exits
 * @known: those whose end is known; of these are the others
 * @buckets: exits that took at least 2^n ns, of the first one 0
 */
struct cost {
	uint64_t count;
	uint64_t known;
	uint64_t sum;
	uint64_t least;
	uint64_t most;
	uint64_t buckets[BUCKETS];
};

struct bin {
	uint32_t count;
	uint64_t time[REASONS];
};

/*
 * @rows: exits, room for twice EXITS_MAX
 * @bins: of each vCPU @vcpu_bins of @bin_ns each, if there are more exits than rows
 * @incomplete: there was no memory for something that belongs on the page
 */
struct page {
	struct export *export;
	struct row *rows;
	size_t row_count;
	struct bin *bins;
	size_t vcpu_bins;
	uint64_t bin_ns;
	struct cost costs[REASONS];
	json_t *states;
	json_t *points;
	uint64_t states_left;
	uint64_t points_left;
	bool incomplete;
};

static void page_append(struct page *page, json_t *list, json_t *item)
{
	if (json_array_append_new(list, item))
		page->incomplete = true;
}

static uint32_t basic_reason(const struct teavmx_record *record)
{
	return record->reason & VMX_EXIT_BASIC_MASK;
}

static uint32_t reason_index(const struct teavmx_record *record)
{
	uint32_t reason = basic_reason(record);

	return reason < REASONS - 1 ? reason : REASONS - 1;
}

static uint64_t cost_of(const struct span *span)
{
	return span->to - span->from;
}

static int compare_costs(const void *a, const void *b)
{
	uint64_t first = cost_of(&((const struct row *)a)->span);
	uint64_t second = cost_of(&((const struct row *)b)->span);

	return (first < second) - (first > second);
}

static int compare_times(const void *a, const void *b)
{
	uint64_t first = ((const struct row *)a)->span.from;
	uint64_t second = ((const struct row *)b)->span.from;

	return (first > second) - (first < second);
}

static void keep_longest(struct page *page)
{
	if (page->row_count <= EXITS_MAX)
		return;
	qsort(page->rows, page->row_count, sizeof(*page->rows), compare_costs);
	page->row_count = EXITS_MAX;
}

static void keep_row(struct page *page, const struct span *span)
{
	struct row *row;

	if (page->row_count == 2 * EXITS_MAX)
		keep_longest(page);
	row = &page->rows[page->row_count++];
	row->span = *span;
	row->record = *span->record;
}

static void count_cost(struct page *page, const struct span *span)
{
	struct cost *cost = &page->costs[reason_index(span->record)];
	uint64_t ns = cost_of(span);

	cost->count++;
	if (span->open)
		return;
	if (!cost->known || ns < cost->least)
		cost->least = ns;
	if (ns > cost->most)
		cost->most = ns;
	cost->known++;
	cost->sum += ns;
	cost->buckets[ns ? 63 - __builtin_clzll(ns) : 0]++;
}

static size_t bin_at(const struct page *page, uint64_t time)
{
	uint64_t bin = time / page->bin_ns;

	return bin < page->vcpu_bins ? (size_t)bin : page->vcpu_bins - 1;
}

/* An exit is counted where it begins, and its time where it passes. */
static void fill_bins(struct page *page, const struct span *span)
{
	struct bin *bins = page->bins + span->vcpu * page->vcpu_bins;
	uint32_t reason = reason_index(span->record);
	uint64_t from = span->from;
	size_t bin = bin_at(page, from);
	uint64_t end;

	bins[bin].count++;
	for (; from < span->to; from = end, bin++) {
		end = (bin + 1) * page->bin_ns;
		if (end > span->to || bin == page->vcpu_bins - 1)
			end = span->to;
		bins[bin].time[reason] += end - from;
	}
}

static void take_exit(struct page *page, const struct span *span)
{
	count_cost(page, span);
	keep_row(page, span);
	if (page->bins)
		fill_bins(page, span);
}

static json_t *json_time(uint64_t time)
{
	return json_integer((json_int_t)time);
}

static void add_state(struct page *page, const struct span *span)
{
	const char *name = teavmx_state_name(span->record->state);

	if (json_array_size(page->states) == STATES_MAX) {
		page->states_left++;
		return;
	}
	page_append(page, page->states,
		    json_pack("[i, o, o, s]", (int)span->vcpu,
			      json_time(span->from), json_time(span->to),
			      name ?: "unknown"));
}

static json_t *stream_text(const struct teavmx_record *record)
{
	if (record->type != TEAVMX_EVENT_TYPE_LOST)
		return json_sprintf("VM %u", record->vm);
	if (!record->vm)
		return json_sprintf("the last records of %llu VMs",
				    (unsigned long long)record->value);
	return json_sprintf("%llu records of VM %u, from %llu on",
			    (unsigned long long)record->lost, record->vm,
			    (unsigned long long)record->seq);
}

static json_t *fields_text(const struct teavmx_record *record)
{
	json_t *fields = output_json_fields(record);
	char *text = json_dumps(fields, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_t *result = text ? json_sprintf("%.*s", TEXT_MAX, text) : NULL;

	free(text);
	json_decref(fields);
	return result;
}

static json_t *point_text(const struct teavmx_record *record)
{
	size_t size = record->size < TEXT_MAX ? record->size : TEXT_MAX;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_LOST:
	case TEAVMX_EVENT_TYPE_VM_NEW:
	case TEAVMX_EVENT_TYPE_VM_END:
		return stream_text(record);
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
		return tea_json_text(record->bytes, size);
	default:
		return fields_text(record);
	}
}

static void add_point(struct page *page, const struct span *span)
{
	const char *type = teavmx_event_type_name(span->record->type);

	if (json_array_size(page->points) == POINTS_MAX) {
		page->points_left++;
		return;
	}
	page_append(page, page->points,
		    json_pack("[i, o, s, o]", span->vcpu == SPANS_NO_VCPU ?
			      -1 : (int)span->vcpu, json_time(span->from),
			      type ?: "unknown", point_text(span->record)));
}

static int take_span(const struct span *span, void *data)
{
	struct page *page = data;

	switch (span->kind) {
	case SPAN_EXIT:
		take_exit(page, span);
		break;
	case SPAN_STATE_END:
		add_state(page, span);
		break;
	case SPAN_POINT:
		add_point(page, span);
		break;
	case SPAN_STATE:
		break;
	}
	return 0;
}

static json_t *json_row(const struct row *row)
{
	const struct teavmx_record *record = &row->record;
	char decoded[OUTPUT_DECODED_MAX] = "";

	teavmx_decode_exit(record, decoded, sizeof(decoded));
	return json_pack("[i, o, o, i, i, o, o, o, I, o]", (int)row->span.vcpu,
			 json_time(row->span.from), row->span.open ?
			 json_integer(-1) : json_time(cost_of(&row->span)),
			 (int)basic_reason(record), (int)record->cpu,
			 json_u64(record->rip), json_u64(record->qualification),
			 json_sprintf("%.*s", TEXT_MAX, decoded),
			 (json_int_t)record->seq, json_time(row->span.guest));
}

static json_t *json_rows(struct page *page)
{
	json_t *rows = json_array();
	size_t i;

	keep_longest(page);
	qsort(page->rows, page->row_count, sizeof(*page->rows), compare_times);
	for (i = 0; i < page->row_count; i++)
		page_append(page, rows, json_row(&page->rows[i]));
	return rows;
}

static json_t *json_reasons(struct page *page)
{
	json_t *reasons = json_array();
	uint32_t reason;

	for (reason = 0; reason <= VMX_EXIT_MAX; reason++)
		if (vmx_exit_reason_name(reason))
			page_append(page, reasons,
				    json_pack("[i, s]", (int)reason,
					      vmx_exit_reason_name(reason)));
	page_append(page, reasons, json_pack("[i, s]", REASONS - 1, "unknown"));
	return reasons;
}

static json_t *json_cost(struct page *page, uint32_t reason)
{
	const struct cost *cost = &page->costs[reason];
	json_t *buckets = json_array();
	int last = cost->most ? 63 - __builtin_clzll(cost->most) : 0;
	int i;

	for (i = 0; i <= last; i++)
		page_append(page, buckets, json_time(cost->buckets[i]));
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "reason", (int)reason, "count", json_time(cost->count),
			 "known", json_time(cost->known),
			 "sum", json_time(cost->sum),
			 "least", cost->known ? json_time(cost->least) :
			 json_integer(-1), "most", cost->known ?
			 json_time(cost->most) : json_integer(-1),
			 "buckets", buckets);
}

static json_t *json_costs(struct page *page)
{
	json_t *costs = json_array();
	uint32_t reason;

	for (reason = 0; reason < REASONS; reason++)
		if (page->costs[reason].count)
			page_append(page, costs, json_cost(page, reason));
	return costs;
}

/* Number, exits, and parts of 1000 of the time: of the longest reason, and of all */
static void add_bin(struct page *page, json_t *list, size_t number,
		    const struct bin *bin)
{
	uint64_t all = 0;
	uint32_t top = 0;
	uint32_t i;

	for (i = 0; i < REASONS; i++) {
		all += bin->time[i];
		if (bin->time[i] > bin->time[top])
			top = i;
	}
	if (!bin->count && !all)
		return;
	page_append(page, list,
		    json_pack("[i, i, i, i, i]", (int)number, (int)bin->count,
			      (int)top, (int)(bin->time[top] * 1000 / page->bin_ns),
			      (int)(all * 1000 / page->bin_ns)));
}

static json_t *json_bins(struct page *page)
{
	json_t *vcpus = json_array();
	size_t vcpu;
	size_t i;

	for (vcpu = 0; page->bins && vcpu < page->export->spans.vcpus.count; vcpu++) {
		const struct bin *bins = page->bins + vcpu * page->vcpu_bins;
		json_t *list = json_array();

		for (i = 0; i < page->vcpu_bins; i++)
			add_bin(page, list, i, &bins[i]);
		page_append(page, vcpus, list);
	}
	return vcpus;
}

static json_t *json_vcpus(struct page *page)
{
	const struct spans *spans = &page->export->spans;
	json_t *vcpus = json_array();
	size_t i;

	for (i = 0; i < spans->vcpus.count; i++)
		page_append(page, vcpus,
			    json_pack("[I, I]",
				      (json_int_t)spans_vcpu(spans, i)->vm,
				      (json_int_t)spans_vcpu(spans, i)->id));
	return vcpus;
}

static json_t *json_begun(const struct recording_header *header)
{
	time_t seconds = (time_t)(header->begun / NS_PER_S);
	char text[40] = "";
	struct tm utc;

	if (gmtime_r(&seconds, &utc))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &utc);
	return json_string(text);
}

static json_t *json_page(struct page *page)
{
	const struct export *export = page->export;
	const struct recording_header *header = recording_header(export->recording);
	const struct spans *spans = &export->spans;
	const char *name = strrchr(export->path, '/');
	json_t *data = json_pack("{s:o, s:o, s:o, s:o, s:o, s:s?}",
				 "file", tea_json_string(name ? name + 1 :
							 export->path),
				 "module", tea_json_string(header->module),
				 "kernel", tea_json_string(header->kernel),
				 "cpu", tea_json_string(header->cpu),
				 "begun", json_begun(header),
				 "problem", export->problem);
	json_t *figures = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
				    "length", json_time(spans->length),
				    "records", json_time(spans->records),
				    "total", json_time(spans->exits),
				    "lost", json_time(spans->lost),
				    "left_out", json_time(spans->left_out),
				    "bin_ns", json_time(page->bin_ns),
				    "states_left", json_time(page->states_left),
				    "points_left", json_time(page->points_left));
	json_t *lists = json_pack("{s:o, s:o, s:o, s:o, s:o, s:O, s:O}",
				  "vcpus", json_vcpus(page),
				  "reasons", json_reasons(page),
				  "costs", json_costs(page),
				  "exits", json_rows(page),
				  "bins", json_bins(page),
				  "states", page->states,
				  "points", page->points);

	if (json_object_update(data, figures) || json_object_update(data, lists))
		page->incomplete = true;
	json_decref(figures);
	json_decref(lists);
	return data;
}

/*
 * In JSON, "<" is part of strings only, such as those that a guest has written. As an
 * escape it cannot end the element with the data. JSON_ENSURE_ASCII does the rest.
 */
static int write_escaped(const char *bytes, size_t size, void *to)
{
	for (; size; size--, bytes++)
		if (*bytes == '<')
			fputs("\\u003c", to);
		else
			putc(*bytes, to);
	return 0;
}

static int write_page(struct page *page)
{
	FILE *to = page->export->to;
	const char *place = strstr(export_page, EXPORT_PAGE_PLACE);
	json_t *data = json_page(page);
	int error = page->incomplete ? -ENOMEM : 0;

	if (!error) {
		fwrite(export_page, 1, (size_t)(place - export_page), to);
		if (json_dump_callback(data, write_escaped, to,
				       JSON_COMPACT | JSON_ENSURE_ASCII))
			error = -ENOMEM;
		fputs(place + strlen(EXPORT_PAGE_PLACE), to);
	}
	json_decref(data);
	return error;
}

/* The bins end where the recording ends, or later. */
static int make_bins(struct page *page)
{
	const struct spans *spans = &page->export->spans;

	if (spans->exits <= EXITS_MAX)
		return 0;
	page->vcpu_bins = BINS_MAX / spans->vcpus.count;
	if (page->vcpu_bins > VCPU_BINS_MAX)
		page->vcpu_bins = VCPU_BINS_MAX;
	if (!page->vcpu_bins)
		page->vcpu_bins = 1;
	page->bin_ns = spans->length / page->vcpu_bins + 1;
	page->bins = calloc(spans->vcpus.count * page->vcpu_bins, sizeof(*page->bins));
	return page->bins ? 0 : -ENOMEM;
}

int export_html(struct export *export)
{
	struct page page = {
		.export = export,
		.rows = calloc(2 * EXITS_MAX, sizeof(struct row)),
		.states = json_array(),
		.points = json_array(),
	};
	int error = make_bins(&page);

	if (!page.rows)
		error = -ENOMEM;
	if (!error)
		error = spans_walk(&export->spans, export->recording, take_span,
				   &page);
	if (!error)
		error = write_page(&page);
	json_decref(page.states);
	json_decref(page.points);
	free(page.bins);
	free(page.rows);
	return error;
}
