// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs that share the pages of a snapshot: other VMs, and processes that have mapped
 * RAM.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "snapshot_fixture.h"

/* The other VM's vCPUs are known by the same places. */
static int make_clone(const struct guest *guest, struct guest *clone)
{
	uint32_t n;

	*clone = *guest;
	for (n = 0; n < clone->count; n++)
		clone->vcpu[n] = (struct teavmx_vcpu){
			.id = guest->vcpu[n].id,
		};
	return teavmx_vm_clone(guest->teavmx, guest->vm.id, 0, &clone->vm);
}

TEST_F(snapshot, a_clone_and_its_origin_are_isolated)
{
	struct guest *guest = &self->guest;
	struct guest clone, second;
	struct registers first;

	ASSERT_EQ(0, PREPARE(LONG, code_state));
	ASSERT_STOP(EXIT, run(guest, 0, false));
	ASSERT_EQ(0, put32(guest, DATA + PAGE, 5));
	ASSERT_EQ(0, take(guest));
	first = read_registers(guest, 0);
	/* What follows the snapshot is not in the clone. */
	ASSERT_STOP(EXIT, run(guest, 0, true));
	ASSERT_EQ(0, put32(guest, DATA + PAGE, 6));
	ASSERT_EQ(0, put32(guest, DATA + 3 * PAGE, 6));
	ASSERT_EQ(0, make_clone(guest, &clone));
	EXPECT_EQ(MEMORY, clone.vm.memory);
	EXPECT_EQ(1, clone.vm.vcpus);
	EXPECT_EQ(0, differ(&clone, 0, &first));
	EXPECT_EQ(1, guest_read32(&clone, DATA));
	EXPECT_EQ(5, guest_read32(&clone, DATA + PAGE));
	EXPECT_EQ(0, guest_read32(&clone, DATA + 3 * PAGE));
	EXPECT_TRUE(dirty_is(&clone, NULL, 0));
	/* Nor does what the clone does change the other VM. */
	ASSERT_STOP(EXIT, run(&clone, 0, true));
	ASSERT_STOP(EXIT, run(&clone, 0, true));
	ASSERT_EQ(0, put32(&clone, DATA + PAGE, 7));
	EXPECT_EQ(3, guest_read32(&clone, DATA));
	EXPECT_EQ(2, guest_read32(guest, DATA));
	EXPECT_EQ(6, guest_read32(guest, DATA + PAGE));
	ASSERT_EQ(0, reset(guest));
	EXPECT_EQ(5, guest_read32(guest, DATA + PAGE));
	EXPECT_EQ(7, guest_read32(&clone, DATA + PAGE));
	/* A clone has snapshots of its own, and outlives the VM. */
	ASSERT_EQ(0, take(&clone));
	ASSERT_EQ(0, make_clone(&clone, &second));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, guest->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 2));
	ASSERT_STOP(EXIT, run(&second, 0, true));
	EXPECT_EQ(4, guest_read32(&second, DATA));
	ASSERT_EQ(0, reset(&second));
	EXPECT_EQ(3, guest_read32(&second, DATA));
	EXPECT_EQ(7, guest_read32(&second, DATA + PAGE));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, clone.vm.id));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, second.vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	free(first.list);
}

/* Both VMs share pages at first, and each looks for what the other one left. */
TEST_F(snapshot, a_clone_does_not_see_what_another_writes)
{
	struct guest *guest = &self->guest;
	struct guest clone, second;
	uint8_t *before, *ram;
	uint64_t used;

	ASSERT_EQ(0, PREPARE(REAL, code_sweep));
	/* All pages have memory, which is shared then. */
	ASSERT_EQ(0, sweep(guest, 0));
	ASSERT_EQ(0, take(guest));
	before = all_ram(guest);
	ASSERT_EQ(0, make_clone(guest, &clone));
	ASSERT_EQ(0, make_clone(guest, &second));
	ASSERT_EQ(0, sweep(&clone, 1));
	ram = all_ram(&second);
	EXPECT_EQ(0, memcmp(before, ram, MEMORY));
	free(ram);
	/* Reading copies nothing. */
	used = guest_used(&second);
	ASSERT_EQ(0, sweep(&second, 0));
	EXPECT_EQ(0, guest_get(&second, 0, TEAVMX_REG_RBP));
	EXPECT_EQ(used, guest_used(&second));
	ASSERT_EQ(0, sweep(guest, 0));
	EXPECT_EQ(0, guest_get(guest, 0, TEAVMX_REG_RBP));
	ASSERT_EQ(0, reset(&clone));
	ram = all_ram(&clone);
	EXPECT_EQ(0, memcmp(before, ram, MEMORY));
	free(ram);
	free(before);
}

/* The VPID of each vCPU, from the record of an entry that failed */
static void see_vpid(const struct teavmx_record *record, void *data)
{
	uint64_t *vpid = data;

	if (record->snapshot)
		teavmx_snapshot_get(record->snapshot, TEAVMX_FACT_FIELD,
				    VMCS_FIELD_VPID, &vpid[record->vcpu]);
}

TEST_F(snapshot, a_clone_has_the_same_vcpus_routes_and_tables)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = { };
	const struct teavmx_register msr = { KEPT_MSR, 7 };
	/* By number of the vCPU; a CPU without VPIDs leaves them as they are. */
	uint64_t vpid[] = { 0, 1, 2, 3 };
	struct guest *guest = &self->guest;
	struct guest clone;
	uint64_t seq = 0;
	uint32_t i;

	reasons[VMX_EXIT_CPUID / 8] |= 1 << VMX_EXIT_CPUID % 8;
	reasons[VMX_EXIT_HLT / 8] |= 1 << VMX_EXIT_HLT % 8;
	ASSERT_EQ(0, PREPARE(REAL, code_clock));
	ASSERT_EQ(0, put(guest, OTHER_CODE, PAYLOAD(code_read_clock)));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_REAL));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_REAL));
	ASSERT_EQ(0, teavmx_msr_keep(self->teavmx, guest->vm.id, &msr, 1));
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, guest->vm.id, reasons));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, guest->vm.id,
				      guest->vcpu[0].id));
	ASSERT_STOP(EXIT, run(guest, 2, false));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, make_clone(guest, &clone));
	EXPECT_EQ(0, memcmp(reasons, clone.vm.host_reasons, sizeof(reasons)));
	EXPECT_EQ(2, clone.vm.vcpus);
	for (i = 1; i <= 2; i++) {
		ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, clone.vm.id,
					     guest->vcpu[i].id,
					     &clone.vcpu[i]));
		EXPECT_EQ(i == 1 ? TEAVMX_VCPU_STATE_READY :
				   TEAVMX_VCPU_STATE_PAUSED,
			  clone.vcpu[i].state);
	}
	ASSERT_EQ(0, guest_set(&clone, 1, TEAVMX_REG_RIP, OTHER_CODE));
	ASSERT_STOP(EXIT, run(&clone, 1, false));
	EXPECT_EQ(7, guest_get(&clone, 1, TEAVMX_REG_RBX));
	/* Nor may one use cached translations of the other. */
	for (i = 1; i <= 2; i++) {
		ASSERT_EQ(0, guest_set(&clone, i, TEAVMX_REG_RFLAGS, 0));
		ASSERT_STOP(FAIL, run(&clone, i, true));
	}
	while (teavmx_event_get(self->teavmx, clone.vm.id, &seq, see_vpid,
				vpid) > 0)
		;
	EXPECT_NE(vpid[2], vpid[3]);
}

static uint8_t *map_ram(struct guest *guest)
{
	size_t size;
	int fd = teavmx_ram_open(guest->teavmx, guest->vm.id, &size);
	uint8_t *ram = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED,
			    fd, 0);

	close(fd);
	return ram;
}

static uint32_t word_get(const uint8_t *at)
{
	return __atomic_load_n((const uint32_t *)at, __ATOMIC_RELAXED);
}

static void word_set(uint8_t *at, uint32_t value)
{
	__atomic_store_n((uint32_t *)at, value, __ATOMIC_RELAXED);
}

TEST_F(snapshot, a_process_that_maps_ram_is_part_of_it)
{
	struct guest *guest = &self->guest;
	uint8_t *ram, *of_clone;
	struct guest clone;
	int i;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ram = map_ram(guest);
	ASSERT_NE(MAP_FAILED, (void *)ram);
	word_set(ram + DATA + 0x2000, 1);
	word_set(ram + 0x60000, 1);
	ASSERT_EQ(0, take(guest));
	for (i = 0; i < 3; i++) {
		/* Reading is no write, also of a page without memory. */
		EXPECT_EQ(1, word_get(ram + DATA + 0x2000));
		EXPECT_EQ(0, word_get(ram + 0x70000));
		EXPECT_TRUE(dirty_is(guest, NULL, 0));
		word_set(ram + 0x60000, 2);
		word_set(ram + 0x71000, 2);
		EXPECT_TRUE(DIRTY_IS(guest, 0x60000, 0x71000));
		/* A page that the process has read, the guest writes. */
		ASSERT_STOP(EXIT, run(guest, 0, false));
		EXPECT_EQ(1, ram[DATA + 0x2008]);
		EXPECT_EQ(2, guest_read32(guest, 0x60000));
		word_set(ram + DATA + 0x2000, 3);
		EXPECT_EQ(3, guest_read32(guest, DATA + 0x2000));
		ASSERT_EQ(0, reset(guest));
		EXPECT_EQ(0, ram[DATA + 0x2008]);
		EXPECT_EQ(1, word_get(ram + 0x60000));
		EXPECT_EQ(0, word_get(ram + 0x71000));
	}
	ASSERT_EQ(0, make_clone(guest, &clone));
	of_clone = map_ram(&clone);
	ASSERT_NE(MAP_FAILED, (void *)of_clone);
	EXPECT_EQ(1, word_get(of_clone + 0x60000));
	word_set(of_clone + 0x60000, 9);
	EXPECT_EQ(1, word_get(ram + 0x60000));
	EXPECT_EQ(9, guest_read32(&clone, 0x60000));
	ASSERT_STOP(EXIT, run(&clone, 0, false));
	EXPECT_EQ(1, of_clone[DATA + 0x2008]);
	EXPECT_EQ(0, ram[DATA + 0x2008]);
	/* The mapping outlives both VMs. */
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, guest->vm.id));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, clone.vm.id));
	word_set(ram + 0x60000, 4);
	EXPECT_EQ(9, word_get(of_clone + 0x60000));
	ASSERT_EQ(0, munmap(ram, MEMORY));
	ASSERT_EQ(0, munmap(of_clone, MEMORY));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/**
 * struct writer - a system call that is about to write to a page of RAM
 * @to: where it writes
 * @source: what it writes; the page is missing until writer_end()
 * @fault: userfaultfd of @source
 * @thread: thread of the system call
 * @written: what the system call returned
 */
struct writer {
	uint8_t *to;
	uint8_t *source;
	int fault;
	pthread_t thread;
	ssize_t written;
};

static void *writer_run(void *data)
{
	struct writer *writer = data;
	struct iovec from = { writer->source, sizeof(uint32_t) };
	struct iovec to = { writer->to, sizeof(uint32_t) };

	writer->written = process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	return NULL;
}

/* The kernel has the page that it writes to once it waits for the source. */
static int writer_start(struct writer *writer, uint8_t *to)
{
	struct uffdio_register missing = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
		.range.len = PAGE,
	};
	struct uffdio_api api = { .api = UFFD_API };
	struct uffd_msg message;

	writer->to = to;
	writer->source = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	writer->fault = syscall(SYS_userfaultfd, O_CLOEXEC);
	missing.range.start = (uintptr_t)writer->source;
	return ioctl(writer->fault, UFFDIO_API, &api) ||
	       ioctl(writer->fault, UFFDIO_REGISTER, &missing) ||
	       pthread_create(&writer->thread, NULL, writer_run, writer) ||
	       read(writer->fault, &message, sizeof(message)) !=
		       sizeof(message);
}

static int writer_end(struct writer *writer, uint32_t value)
{
	uint32_t page[PAGE / sizeof(value)] = { value };
	struct uffdio_copy copy = {
		.dst = (uintptr_t)writer->source,
		.src = (uintptr_t)page,
		.len = PAGE,
	};

	return ioctl(writer->fault, UFFDIO_COPY, &copy) ||
	       pthread_join(writer->thread, NULL) || close(writer->fault) ||
	       munmap(writer->source, PAGE) ||
	       writer->written != sizeof(value);
}

#define TAKES	32

TEST_F(snapshot, what_the_kernel_still_writes_follows_the_snapshot)
{
	struct guest *guest = &self->guest;
	struct writer writer;
	struct guest clone;
	uint64_t used;
	uint8_t *ram;
	int i;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ram = map_ram(guest);
	ASSERT_NE(MAP_FAILED, (void *)ram);
	word_set(ram + DATA, 1);
	used = guest_used(guest);
	ASSERT_EQ(0, writer_start(&writer, ram + DATA));
	/* Where allocations are made to fail, each time another one does. */
	for (i = 0; i < TAKES; i++)
		ASSERT_EQ(0, take(guest));
	EXPECT_EQ(used + PAGE, guest_used(guest));
	EXPECT_TRUE(DIRTY_IS(guest, DATA));
	ASSERT_EQ(0, make_clone(guest, &clone));
	ASSERT_EQ(0, writer_end(&writer, 2));
	EXPECT_EQ(2, guest_read32(guest, DATA));
	EXPECT_EQ(1, guest_read32(&clone, DATA));
	EXPECT_TRUE(DIRTY_IS(guest, DATA));
	ASSERT_EQ(0, reset(guest));
	EXPECT_EQ(1, guest_read32(guest, DATA));
	EXPECT_EQ(1, word_get(ram + DATA));
	EXPECT_TRUE(dirty_is(guest, NULL, 0));
	ASSERT_EQ(0, munmap(ram, MEMORY));
}

TEST_F(snapshot, what_the_kernel_still_writes_follows_the_reset)
{
	struct guest *guest = &self->guest;
	struct writer writer;
	uint8_t *ram;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ram = map_ram(guest);
	ASSERT_NE(MAP_FAILED, (void *)ram);
	word_set(ram + DATA, 1);
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, writer_start(&writer, ram + DATA));
	ASSERT_EQ(0, reset(guest));
	EXPECT_EQ(1, guest_read32(guest, DATA));
	ASSERT_EQ(0, writer_end(&writer, 2));
	EXPECT_EQ(2, guest_read32(guest, DATA));
	EXPECT_TRUE(DIRTY_IS(guest, DATA));
	ASSERT_EQ(0, reset(guest));
	EXPECT_EQ(1, guest_read32(guest, DATA));
	EXPECT_TRUE(dirty_is(guest, NULL, 0));
	ASSERT_EQ(0, munmap(ram, MEMORY));
}

#define SNAPSHOTS	100

/**
 * struct cloner - a client that clones a VM whose snapshot is replaced meanwhile
 * @vm: the VM
 * @clones: how many it has made
 * @wrong: one of them had parts of two snapshots
 * @stop: it has to end
 */
struct cloner {
	uint32_t vm;
	unsigned int clones;
	bool wrong;
	bool stop;
};

static void look_at_clone(struct teavmx *teavmx, struct cloner *cloner)
{
	uint32_t first = 0, second = 1;
	struct teavmx_vm clone;

	if (teavmx_vm_clone(teavmx, cloner->vm, 0, &clone)) {
		/* Deleted VMs count until they are freed. */
		cloner->wrong |= teavmx_error(teavmx)->error != EBUSY;
		return;
	}
	if (teavmx_mem_read(teavmx, clone.id, DATA, &first, sizeof(first)) ||
	    teavmx_mem_read(teavmx, clone.id, DATA + PAGE, &second,
			    sizeof(second)) ||
	    first != second || teavmx_vm_del(teavmx, clone.id))
		cloner->wrong = true;
	cloner->clones++;
}

static void *clone_again(void *data)
{
	struct teavmx *teavmx = machine_open();
	struct cloner *cloner = data;

	do {
		look_at_clone(teavmx, cloner);
	} while (!__atomic_load_n(&cloner->stop, __ATOMIC_RELAXED));
	teavmx_close(teavmx);
	return NULL;
}

TEST_F(snapshot, a_clone_is_of_one_snapshot)
{
	struct guest *guest = &self->guest;
	struct cloner cloner = { .vm = guest->vm.id };
	pthread_t thread;
	uint32_t i;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, pthread_create(&thread, NULL, clone_again, &cloner));
	for (i = 1; i <= SNAPSHOTS; i++) {
		EXPECT_EQ(0, put32(guest, DATA, i));
		EXPECT_EQ(0, put32(guest, DATA + PAGE, i));
		EXPECT_EQ(0, take(guest));
		EXPECT_EQ(0, put32(guest, DATA, 0));
		EXPECT_EQ(0, reset(guest));
	}
	__atomic_store_n(&cloner.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	printf("# %u clones of %d snapshots\n", cloner.clones, SNAPSHOTS);
	EXPECT_LT(0, cloner.clones);
	EXPECT_FALSE(cloner.wrong);
	EXPECT_TRUE(machine_vms(self->teavmx, 1));
}

#define TIMES		30
#define LEAST_LOST_KIB	(TIMES * MEMORY / 1024)

static long available_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

/* Each page of a VM or of a snapshot that is not freed is lost so many times. */
TEST_F(snapshot, no_memory_is_lost)
{
	struct guest *guest = &self->guest;
	struct guest clone;
	long before;
	int i;

	ASSERT_EQ(0, PREPARE(REAL, code_sweep));
	ASSERT_EQ(0, sweep(guest, 1));
	ASSERT_EQ(0, take(guest));
	before = available_kib();
	for (i = 0; i < TIMES; i++) {
		ASSERT_EQ(0, make_clone(guest, &clone));
		ASSERT_EQ(0, sweep(&clone, 1));
		ASSERT_EQ(0, take(&clone));
		ASSERT_EQ(0, sweep(&clone, 1));
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, clone.vm.id));
		ASSERT_TRUE(machine_vms(self->teavmx, 1));
	}
	printf("# %ld KiB are gone\n", before - available_kib());
	EXPECT_GT(LEAST_LOST_KIB / 2, before - available_kib());
}

TEST_HARNESS_MAIN
