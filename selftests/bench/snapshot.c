// SPDX-License-Identifier: GPL-2.0-only
#include "payloads.h"
#include "raw.h"

#define REPEATS		40
#define PAGES		100
#define PAGE		4096
/* Where the pages that are written begin */
#define WRITTEN		0x10000
#define RAM		(WRITTEN + PAGES * PAGE)

/* A VM that has a page at PAYLOAD_CODE, and none of the others yet */
static void snapshot_new(struct raw *raw, struct teavmx *teavmx)
{
	raw->teavmx = teavmx;
	bench_check(teavmx, teavmx_raw_new(teavmx, 0, RAM, &raw->vm));
	bench_check(teavmx, teavmx_raw_vcpu_new(teavmx, raw->vm.id,
						&raw->vcpu));
	raw_load(raw, payload_write, payload_write_end);
	raw_enter(raw);
}

static void write_pages(struct raw *raw, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		bench_check(raw->teavmx,
			    teavmx_mem_write(raw->teavmx, raw->vm.id,
					     WRITTEN + i * PAGE, &i,
					     sizeof(i)));
}

static uint64_t take(struct raw *raw)
{
	uint64_t begin = __rdtsc();

	bench_check(raw->teavmx, teavmx_vm_snapshot(raw->teavmx, raw->vm.id));
	return __rdtsc() - begin;
}

static uint64_t reset(struct raw *raw)
{
	uint64_t begin = __rdtsc();

	bench_check(raw->teavmx, teavmx_vm_reset(raw->teavmx, raw->vm.id));
	return __rdtsc() - begin;
}

static void snapshot_repeat(struct raw *raw, uint64_t (*act)(struct raw *raw),
			    unsigned int pages, const char *row)
{
	static struct series series;
	unsigned int i;

	series.count = 0;
	for (i = 0; i < REPEATS; i++) {
		write_pages(raw, pages);
		series_add(&series, act(raw));
	}
	series_print(&series, row, 0);
}

/* The guest writes one page, and its first exit is HLT. */
static void snapshot_run(struct raw *raw)
{
	static struct series series;
	struct teavmx_record exit;
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		bench_check(raw->teavmx,
			    teavmx_vm_reset(raw->teavmx, raw->vm.id));
		raw_slice(raw, NULL, &exit);
		series_add(&series, __rdtsc() - begin);
	}
	reset(raw);
	series_print(&series, "snapshot-run", 0);
}

static void snapshot_clone(struct raw *raw)
{
	static struct series series;
	struct teavmx_vm clone;
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		bench_check(raw->teavmx,
			    teavmx_vm_clone(raw->teavmx, raw->vm.id, 0,
					    &clone));
		series_add(&series, __rdtsc() - begin);
		bench_check(raw->teavmx, teavmx_vm_del(raw->teavmx, clone.id));
		busy_end(busy_begin());
	}
	series_print(&series, "clone", 0);
}

void snapshot_bench(void)
{
	struct teavmx *teavmx = bench_open();
	struct raw raw;

	snapshot_new(&raw, teavmx);
	snapshot_repeat(&raw, take, PAGES, "snapshot");
	snapshot_repeat(&raw, reset, 0, "snapshot-reset");
	snapshot_repeat(&raw, reset, 1, "snapshot-reset-1");
	snapshot_repeat(&raw, reset, PAGES, "snapshot-reset-100");
	snapshot_run(&raw);
	snapshot_clone(&raw);
	raw_free(&raw);
	teavmx_close(teavmx);
}
