// SPDX-License-Identifier: GPL-2.0-only
/* The page that a host program shares with a vCPU, and its file. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_fixture.h"

#define PAGE		4096
#define COUNTS		300

/* Counts in AX, and writes each number. */
GUEST_PAYLOAD(code_count,
	".code16\n"
	"	xor	%ax, %ax\n"
	"1:	inc	%ax\n"
	"	out	%ax, $0x80\n"
	"	jmp	1b");

GUEST_PAYLOAD(code_loop,
	".code16\n"
	"1:	jmp	1b");

/* Programs that were built with an earlier version use these places. */
TEST(the_layout_is_fixed)
{
	EXPECT_EQ(8, offsetof(struct teavmx_vcpu_page, flags));
	EXPECT_EQ(16, offsetof(struct teavmx_vcpu_page, answer));
	EXPECT_EQ(24, offsetof(struct teavmx_vcpu_page, registers));
	EXPECT_EQ(144, offsetof(struct teavmx_vcpu_page, state));
	EXPECT_EQ(160, offsetof(struct teavmx_vcpu_page, exit));
	EXPECT_EQ(240, offsetof(struct teavmx_vcpu_page, message));
	EXPECT_EQ(0xf500, TEAVMX_VCPU_CONTINUE);
	EXPECT_EQ(0xf501, TEAVMX_VCPU_SHOW);
}

static int page_open(struct raw_data *self, struct teavmx_page *page)
{
	return raw_say(self, teavmx_page_open(self->teavmx, self->vm.id,
					      self->vcpu.id, page));
}

/*
 * Continues to the next stop, wherever that comes: the host's scheduler may end
 * a slice at any time. A try that had no memory for the thread reports a pause, too.
 */
static int page_go(struct raw_data *self, struct teavmx_page *page,
		   uint32_t flags, uint64_t answer)
{
	int stop;

	page->shared->flags = flags;
	page->shared->answer = answer;
	if (raw_say(self, teavmx_page_continue(page)))
		return -1;
	do {
		stop = raw_wait(self);
		if (stop < 0 ||
		    (page->shared->state == TEAVMX_VCPU_STATE_RUNNING &&
		     teavmx_page_show(page)))
			return -1;
		if (page->shared->state != TEAVMX_VCPU_STATE_PAUSED)
			return -1;
	} while (stop != (int)page->shared->stop);
	return stop;
}

static int page_answer(struct raw_data *self, struct teavmx_page *page,
		       uint64_t answer)
{
	return page_go(self, page, TEAVMX_PAGE_ANSWER, answer);
}

static int page_start(struct raw_data *self, struct teavmx_page *page,
		      const void *code, size_t size)
{
	if (raw_load(self, TEAVMX_MODE_REAL, code, size) ||
	    page_open(self, page))
		return -1;
	return page_go(self, page, 0, 0);
}

TEST_F(raw, the_page_has_the_exit_and_its_value)
{
	const struct teavmx_page_exit *exit;
	struct teavmx_page page;
	struct teavmx_slice slice;
	int i;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	EXPECT_EQ(TEAVMX_VCPU_PAGE_VERSION, page.shared->version);
	EXPECT_EQ(sizeof(*page.shared), page.shared->size);
	exit = &page.shared->exit;
	for (i = 1; i <= COUNTS; i++) {
		/* It is the exit of the event. */
		ASSERT_REASON(IO_INSTRUCTION, exit->reason);
		ASSERT_EQ(TEAVMX_PAGE_HAS_EXIT | TEAVMX_PAGE_HAS_VALUE,
			  page.shared->has);
		ASSERT_EQ(i, exit->value);
		ASSERT_EQ(self->exit.value, exit->value);
		ASSERT_EQ(self->exit.qualification, exit->qualification);
		ASSERT_EQ(self->exit.rip, exit->rip);
		ASSERT_EQ(2, exit->instruction_length);
		ASSERT_EQ(i, page.shared->registers.rax);
		ASSERT_STOP(EXIT, page_answer(self, &page, 0));
	}
	teavmx_page_slice(&page, &slice);
	EXPECT_STATE(PAUSED, slice.state);
	EXPECT_STOP(EXIT, slice.stop);
	EXPECT_TRUE(slice.has_exit);
	EXPECT_EQ(self->vm.id, slice.exit.vm);
	EXPECT_EQ(self->vcpu.id, slice.exit.vcpu);
	/* Its record has what that of the event has, without number and time. */
	EXPECT_EQ(self->exit.has & ~(UINT64_C(1) << TEAVMX_A_RECORD_SEQ |
				     UINT64_C(1) << TEAVMX_A_RECORD_TIME |
				     UINT64_C(1) << TEAVMX_A_RECORD_TYPE),
		  slice.exit.has);
	EXPECT_EQ(i, slice.exit.value);
	EXPECT_EQ(self->exit.rip, slice.exit.rip);
	EXPECT_EQ(self->exit.guest_ticks, slice.exit.guest_ticks);
	teavmx_page_close(&page);
}

/* Reads a port by each size, and writes what it has read. */
GUEST_PAYLOAD(code_in,
	".code16\n"
	"	mov	$-1, %eax\n"
	"	in	$0x10, %al\n"
	"	out	%eax, $0x80\n"
	"	in	$0x10, %ax\n"
	"	out	%eax, $0x80\n"
	"	in	$0x10, %eax\n"
	"	out	%eax, $0x80\n"
	"	hlt");

TEST_F(raw, in_gets_the_answer)
{
	static const uint32_t seen[] = { 0xffffff78, 0xffff5678, 0x12345678 };
	struct teavmx_page page;
	unsigned int i;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_in)));
	for (i = 0; i < COUNT(seen); i++) {
		EXPECT_EQ(TEAVMX_PAGE_HAS_EXIT, page.shared->has);
		EXPECT_EQ(0, page.shared->exit.value);
		ASSERT_STOP(EXIT, page_answer(self, &page, 0xabcd12345678));
		EXPECT_EQ(seen[i], page.shared->exit.value);
		ASSERT_STOP(EXIT, page_answer(self, &page, 0));
	}
	EXPECT_REASON(HLT, page.shared->exit.reason);
	teavmx_page_close(&page);
}

static int route(struct raw_data *self, uint32_t reason)
{
	self->vm.host_reasons[reason / 8] |= 1 << reason % 8;
	return raw_say(self, teavmx_host_reasons(self->teavmx, self->vm.id,
						 self->vm.host_reasons));
}

GUEST_PAYLOAD(code_cpuid,
	".code16\n"
	"	mov	$0x1234, %eax\n"
	"	mov	$7, %ecx\n"
	"	cpuid\n"
	"	hlt");

TEST_F(raw, registers_answer_cpuid)
{
	struct teavmx_page_registers *registers;
	struct teavmx_page page;

	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &self->vm));
	ASSERT_EQ(0, route(self, VMX_EXIT_CPUID));
	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_cpuid)));
	registers = &page.shared->registers;
	ASSERT_REASON(CPUID, page.shared->exit.reason);
	EXPECT_EQ(0x1234, registers->rax);
	EXPECT_EQ(7, registers->rcx);
	registers->rax = 0x11;
	registers->rbx = 0x22;
	registers->rcx = 0x33;
	registers->rdx = 0x44;
	registers->r15 = 0x55;
	ASSERT_STOP(EXIT, page_go(self, &page, TEAVMX_PAGE_ANSWER |
				  TEAVMX_PAGE_REGISTERS, 0));
	EXPECT_REASON(HLT, page.shared->exit.reason);
	EXPECT_EQ(0x11, raw_get(self, TEAVMX_REG_RAX));
	EXPECT_SEEN(RBX, 0x22);
	EXPECT_SEEN(RCX, 0x33);
	EXPECT_SEEN(RDX, 0x44);
	EXPECT_SEEN(R15, 0x55);
	teavmx_page_close(&page);
}

/* Registers of the page are read only when a flag requests it. */
TEST_F(raw, registers_of_the_page_without_the_flag_have_no_effect)
{
	struct teavmx_page page;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	page.shared->registers.rax = 77;
	ASSERT_STOP(EXIT, page_answer(self, &page, 0));
	EXPECT_EQ(2, page.shared->exit.value);
	page.shared->registers.rax = 77;
	ASSERT_STOP(EXIT, page_go(self, &page, TEAVMX_PAGE_ANSWER |
				  TEAVMX_PAGE_REGISTERS, 0));
	EXPECT_EQ(78, page.shared->exit.value);
	teavmx_page_close(&page);
}

/* The memory behind the RAM, which real mode just reaches; and string I/O */
GUEST_PAYLOAD(code_device,
	".code16\n"
	"	mov	$0xffff, %ax\n"
	"	mov	%ax, %ds\n"
	"	movb	$0x5a, 0x10\n"
	"	mov	0x12, %bx\n"
	"	xor	%ax, %ax\n"
	"	mov	%ax, %ds\n"
	"	mov	$0x1000, %si\n"
	"	mov	$4, %cx\n"
	"	mov	$0x80, %dx\n"
	"	rep	outsb\n"
	"	hlt");

struct device {
	unsigned int writes;
	unsigned int outs;
	struct teavmx_mmio last;
	uint8_t bytes[4];
};

static void device_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio)
{
	struct device *device = data;

	(void)vcpu;
	if (mmio->write) {
		device->writes++;
		device->last = *mmio;
	} else {
		mmio->value = 0x4321;
	}
}

static bool device_out(void *data, uint32_t vcpu, uint16_t port,
		       unsigned int size, uint32_t value)
{
	struct device *device = data;

	(void)vcpu;
	(void)port;
	(void)size;
	if (device->outs < sizeof(device->bytes))
		device->bytes[device->outs] = value;
	device->outs++;
	return true;
}

TEST_F(raw, teavmx_answer_uses_the_page)
{
	struct teavmx_page page;
	struct teavmx_slice slice;
	const struct teavmx_answers answers = {
		.memory = device_memory,
		.out = device_out,
		.slice = &slice,
		.page = &page,
	};
	struct device device = { 0 };
	int i;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_device)));
	EXPECT_REASON(EPT_VIOLATION, page.shared->exit.reason);
	EXPECT_EQ(RAW_MEMORY, page.shared->exit.guest_physical);
	for (i = 0; i < 10; i++) {
		teavmx_page_slice(&page, &slice);
		ASSERT_TRUE(slice.has_exit);
		if (slice.exit.reason == VMX_EXIT_HLT)
			break;
		ASSERT_EQ(1, teavmx_answer(self->teavmx, &slice.exit, &answers,
					   &device)) {
			TH_LOG("%s", teavmx_error(self->teavmx)->message);
		}
		ASSERT_STOP(EXIT, raw_wait(self));
		ASSERT_EQ(0, teavmx_page_show(&page));
	}
	EXPECT_REASON(HLT, slice.exit.reason);
	EXPECT_EQ(1, device.writes);
	EXPECT_EQ(RAW_MEMORY, device.last.address);
	EXPECT_EQ(0x5a, device.last.value);
	EXPECT_EQ(4, device.outs);
	EXPECT_EQ(0, memcmp(code_device, device.bytes, sizeof(device.bytes)));
	EXPECT_EQ(0x4321, page.shared->registers.rbx);
	teavmx_page_close(&page);
}

#define TRACE_MAX	64

struct trace {
	unsigned int count;
	uint32_t what[TRACE_MAX];
};

/* Types, reasons and states, without the exits of the host */
static void trace_add(const struct teavmx_record *record, void *data)
{
	struct trace *trace = data;
	uint32_t what = record->type << 16;

	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT) {
		if (record->reason == VMX_EXIT_EXTERNAL_INTERRUPT ||
		    record->reason == VMX_EXIT_PREEMPTION_TIMER)
			return;
		what |= record->reason;
	} else if (record->type == TEAVMX_EVENT_TYPE_STATE) {
		what |= record->state << 8 | record->stop;
	}
	if (trace->count < TRACE_MAX)
		trace->what[trace->count++] = what;
}

static int trace_stop(struct raw_data *self, struct trace *trace)
{
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				trace_add, trace, &self->exit);
}

GUEST_PAYLOAD(code_few,
	".code16\n"
	"	cpuid\n"
	"	out	%al, $0x80\n"
	"	invd\n"
	"	hlt");

static int trace_by_netlink(struct raw_data *self, struct trace *trace)
{
	const struct teavmx_run answer = { .answered = true };

	if (raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_few)) ||
	    teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id) ||
	    trace_stop(self, trace) < 0 ||
	    teavmx_vcpu_run_with(self->teavmx, self->vm.id, self->vcpu.id,
				 &answer))
		return -1;
	return trace_stop(self, trace);
}

static int trace_by_page(struct raw_data *self, struct trace *trace)
{
	struct teavmx_page page;
	int stop = -1;

	if (raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_few)) ||
	    page_open(self, &page))
		return -1;
	if (!teavmx_page_continue(&page) && trace_stop(self, trace) >= 0) {
		page.shared->flags = TEAVMX_PAGE_ANSWER;
		if (!teavmx_page_continue(&page))
			stop = trace_stop(self, trace);
	}
	teavmx_page_close(&page);
	return stop;
}

TEST_F(raw, events_are_those_of_run_requests)
{
	struct trace page = { 0 }, netlink = { 0 }, first = { 0 };
	unsigned int i;

	/* The first run touches the pages. */
	ASSERT_STOP(EXIT, trace_by_netlink(self, &first));
	ASSERT_STOP(EXIT, trace_by_netlink(self, &netlink));
	ASSERT_STOP(EXIT, trace_by_page(self, &page));
	EXPECT_EQ(netlink.count, page.count);
	for (i = 0; i < netlink.count && i < page.count; i++)
		EXPECT_EQ(netlink.what[i], page.what[i]);
	/* RUNNING, an exit and PAUSED, twice */
	EXPECT_LE(6, page.count);
}

/* What VCPU_RUN and VCPU_PAUSE have set remains in force. */
TEST_F(raw, bounds_and_requests_to_pause_remain)
{
	const struct teavmx_run steps = { .steps = 6 };
	struct teavmx_page page;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	ASSERT_EQ(0, page_open(self, &page));
	ASSERT_STOP(EXIT, raw_run(self, &steps));
	ASSERT_EQ(0, teavmx_page_show(&page));
	EXPECT_EQ(1, page.shared->exit.value);
	/* XOR, INC, OUT, JMP, INC, OUT */
	ASSERT_STOP(EXIT, page_answer(self, &page, 0));
	EXPECT_EQ(2, page.shared->exit.value);
	ASSERT_STOP(STEPS, page_answer(self, &page, 0));
	EXPECT_EQ(0, page.shared->has);
	ASSERT_STOP(EXIT, page_go(self, &page, 0, 0));
	EXPECT_EQ(3, page.shared->exit.value);
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	ASSERT_STOP(REQUEST, page_answer(self, &page, 0));
	teavmx_page_close(&page);
}

TEST_F(raw, wrong_answers_are_refused_and_change_nothing)
{
	struct teavmx_page page;
	unsigned int bit;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_device)));
	ASSERT_EQ(0, page_open(self, &page));
	EXPECT_STATE(READY, page.shared->state);
	EXPECT_EQ(0, page.shared->has);
	page.shared->flags = TEAVMX_PAGE_ANSWER;
	EXPECT_EQ(-1, teavmx_page_continue(&page));
	EXPECT_REFUSED(EINVAL, self->teavmx, "not paused for an exit");
	for (bit = 2; bit < 32; bit++) {
		page.shared->flags = 1u << bit;
		EXPECT_EQ(-1, teavmx_page_continue(&page));
		EXPECT_REFUSED(EINVAL, self->teavmx, "unknown bits");
	}
	EXPECT_STATE(READY, page.shared->state);
	/* An EPT violation has no instruction length. */
	ASSERT_STOP(EXIT, page_go(self, &page, 0, 0));
	EXPECT_REASON(EPT_VIOLATION, page.shared->exit.reason);
	page.shared->registers.rbx = 0x99;
	page.shared->flags = TEAVMX_PAGE_ANSWER | TEAVMX_PAGE_REGISTERS;
	EXPECT_EQ(-1, teavmx_page_continue(&page));
	EXPECT_REFUSED(EINVAL, self->teavmx, "no instruction length");
	EXPECT_EQ(0, raw_get(self, TEAVMX_REG_RBX));
	EXPECT_EQ(-1, ioctl(page.fd, _IO(0xf5, 2)));
	EXPECT_EQ(ENOTTY, errno);
	teavmx_page_close(&page);
}

TEST_F(raw, a_vcpu_that_runs_or_has_exited_is_refused)
{
	struct teavmx_page page;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_loop)));
	ASSERT_EQ(0, page_open(self, &page));
	ASSERT_EQ(0, teavmx_page_continue(&page));
	EXPECT_STATE(RUNNING, page.shared->state);
	EXPECT_EQ(-1, teavmx_page_continue(&page));
	EXPECT_REFUSED(EBUSY, self->teavmx, "runs");
	ASSERT_EQ(0, teavmx_page_show(&page));
	EXPECT_STATE(RUNNING, page.shared->state);
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
				      self->vcpu.id));
	ASSERT_STOP(NONE, raw_wait(self));
	ASSERT_EQ(0, teavmx_page_show(&page));
	EXPECT_STATE(EXITED, page.shared->state);
	EXPECT_EQ(-1, teavmx_page_continue(&page));
	EXPECT_REFUSED(EBUSY, self->teavmx, "exited");
	teavmx_page_close(&page);
	/* A page of one that has exited shows that. */
	ASSERT_EQ(0, page_open(self, &page));
	EXPECT_STATE(EXITED, page.shared->state);
	teavmx_page_close(&page);
}

static int map_error(int fd, size_t size, int protection, int flags,
		     off_t offset)
{
	void *page = mmap(NULL, size, protection, flags, fd, offset);

	if (page == MAP_FAILED)
		return errno;
	munmap(page, size);
	return 0;
}

TEST_F(raw, other_mappings_of_the_page_are_refused)
{
	const int both = PROT_READ | PROT_WRITE;
	struct teavmx_page page;
	char byte;

	ASSERT_EQ(0, page_open(self, &page));
	EXPECT_EQ(FD_CLOEXEC, fcntl(page.fd, F_GETFD));
	EXPECT_EQ(0, map_error(page.fd, PAGE, PROT_READ, MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, map_error(page.fd, PAGE, both, MAP_PRIVATE, 0));
	EXPECT_EQ(EINVAL, map_error(page.fd, 2 * PAGE, both, MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, map_error(page.fd, PAGE, both, MAP_SHARED, PAGE));
	EXPECT_EQ(EACCES, map_error(page.fd, PAGE, both | PROT_EXEC,
				    MAP_SHARED, 0));
	EXPECT_EQ(-1, mprotect(page.shared, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mremap(page.shared, PAGE, 2 * PAGE,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(-1, read(page.fd, &byte, 1));
	EXPECT_EQ(-1, write(page.fd, &byte, 1));
	teavmx_page_close(&page);
}

TEST_F(raw, requests_for_a_page_that_fail_leave_nothing)
{
	struct rlimit files = { .rlim_cur = 0, .rlim_max = 4096 };
	struct teavmx_vcpu tea;
	struct teavmx_page page;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, machine_backend(self->teavmx),
				 program_wait, sizeof(program_wait), &tea));
	EXPECT_EQ(-1, teavmx_page_open(self->teavmx, tea.vm, tea.id, &page));
	EXPECT_REFUSED(EINVAL, self->teavmx, "not a raw one");
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, tea.vm));
	teavmx_vcpu_clear(&tea);
	EXPECT_EQ(-1, teavmx_page_open(self->teavmx, self->vm.id,
				       self->vcpu.id + 1, &page));
	EXPECT_ERROR(ENOENT, self->teavmx);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	EXPECT_EQ(-1, page_open(self, &page));
	EXPECT_ERROR(EMFILE, self->teavmx);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

static int module_users(void)
{
	FILE *file = fopen("/sys/module/teavmx/refcnt", "r");
	int users = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &users) != 1)
		users = -1;
	fclose(file);
	return users;
}

TEST_F(raw, the_page_remains_after_the_vm)
{
	struct teavmx_page page;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	page.shared->flags = TEAVMX_PAGE_ANSWER;
	EXPECT_EQ(-1, teavmx_page_continue(&page));
	EXPECT_REFUSED(ENODEV, self->teavmx, "was deleted");
	EXPECT_EQ(-1, teavmx_page_show(&page));
	EXPECT_ERROR(ENODEV, self->teavmx);
	EXPECT_EQ(1, page.shared->exit.value);
	EXPECT_TRUE(machine_vms(self->teavmx, 1));
	/* The file keeps the module. */
	EXPECT_EQ(1, module_users());
	/* The mapping keeps the file. */
	close(page.fd);
	EXPECT_EQ(1, module_users());
	EXPECT_EQ(1, page.shared->exit.value);
	ASSERT_EQ(0, munmap(page.shared, PAGE));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	EXPECT_EQ(0, module_users());
}

TEST_F(raw, a_vcpu_whose_place_was_needed_is_gone)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_page page;
	int i;

	ASSERT_EQ(0, page_open(self, &page));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
				      self->vcpu.id));
	for (i = 0; i < TEAVMX_RAW_VCPUS_MAX; i++) {
		ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
						 &vcpu));
		teavmx_vcpu_clear(&vcpu);
	}
	EXPECT_EQ(-1, teavmx_page_continue(&page));
	EXPECT_REFUSED(ENODEV, self->teavmx, "another one has its place");
	EXPECT_EQ(-1, teavmx_page_show(&page));
	EXPECT_ERROR(ENODEV, self->teavmx);
	teavmx_page_close(&page);
}

/* A child without rights, which has inherited the file */
TEST_F(raw, a_file_is_used_by_another_process)
{
	struct teavmx_page page;
	int status, i;
	pid_t child;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		page.shared->flags = TEAVMX_PAGE_ANSWER;
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		_exit(ioctl(page.fd, TEAVMX_VCPU_CONTINUE) ? 2 : 0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_STOP(EXIT, raw_wait(self));
	ASSERT_EQ(0, teavmx_page_show(&page));
	EXPECT_EQ(2, page.shared->exit.value);
	for (i = 3; i < 10; i++) {
		ASSERT_STOP(EXIT, page_answer(self, &page, 0));
		EXPECT_EQ(i, page.shared->exit.value);
	}
	teavmx_page_close(&page);
}

/* Two files of a vCPU have two pages. */
TEST_F(raw, each_file_has_its_page)
{
	struct teavmx_page page, other;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	ASSERT_EQ(0, page_open(self, &other));
	/* One that is opened shows the stop. */
	EXPECT_STOP(EXIT, other.shared->stop);
	EXPECT_EQ(1, other.shared->exit.value);
	EXPECT_EQ(1, other.shared->registers.rax);
	ASSERT_STOP(EXIT, page_answer(self, &page, 0));
	EXPECT_EQ(1, other.shared->exit.value);
	ASSERT_STOP(EXIT, page_answer(self, &other, 0));
	EXPECT_EQ(3, other.shared->exit.value);
	EXPECT_EQ(2, page.shared->exit.value);
	teavmx_page_close(&other);
	ASSERT_STOP(EXIT, page_answer(self, &page, 0));
	EXPECT_EQ(4, page.shared->exit.value);
	teavmx_page_close(&page);
}

/* A thread that does something to the vCPU or to the page meanwhile */
struct other {
	struct teavmx *teavmx;
	const struct raw_data *self;
	struct teavmx_page *page;
	int (*act)(struct other *other);
	unsigned int done;
	bool stop;
	bool failed;
};

static void *other_acts(void *data)
{
	struct other *other = data;

	while (!__atomic_load_n(&other->stop, __ATOMIC_RELAXED)) {
		if (other->act(other)) {
			other->failed = true;
			break;
		}
		__atomic_fetch_add(&other->done, 1, __ATOMIC_RELAXED);
		usleep(50);
	}
	return NULL;
}

static int other_start(struct raw_data *self, struct teavmx_page *page,
		       struct other *other, int (*act)(struct other *other),
		       pthread_t *thread)
{
	memset(other, 0, sizeof(*other));
	other->teavmx = machine_open();
	other->self = self;
	other->page = page;
	other->act = act;
	return pthread_create(thread, NULL, other_acts, other);
}

static void other_end(struct other *other, pthread_t thread)
{
	__atomic_store_n(&other->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	teavmx_close(other->teavmx);
}

/* The log has each number once, whichever of the two has run the guest. */
static void check_count(const struct teavmx_record *record, void *data)
{
	uint64_t *next = data;

	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		*next = 0;
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    record->reason != VMX_EXIT_IO_INSTRUCTION || !*next)
		return;
	*next = record->value == *next ? *next + 1 : 0;
}

static int act_continue(struct other *other)
{
	return ioctl(other->page->fd, TEAVMX_VCPU_CONTINUE) &&
	       errno != EBUSY && errno != EINVAL;
}

TEST_F(raw, two_callers_of_one_file)
{
	struct teavmx_page page;
	uint64_t next = 2;
	struct other other;
	pthread_t thread;
	int i;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	page.shared->flags = TEAVMX_PAGE_ANSWER;
	ASSERT_EQ(0, other_start(self, &page, &other, act_continue, &thread));
	for (i = 0; i < COUNTS; i++) {
		if (teavmx_page_continue(&page))
			ASSERT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
		ASSERT_STOP(EXIT, teavmx_wait_stop(self->teavmx, self->vcpu.id,
						   RAW_PATIENCE_MS, check_count,
						   &next, NULL));
		ASSERT_NE(0, next);
	}
	other_end(&other, thread);
	EXPECT_FALSE(other.failed);
	EXPECT_LT(0, other.done);
	teavmx_page_close(&page);
}

/* Writes to all of the page that the module reads, and to what it writes. */
static int act_scribble(struct other *other)
{
	uint8_t *bytes = (uint8_t *)other->page->shared;
	size_t i;

	for (i = 0; i < sizeof(*other->page->shared); i++)
		__atomic_store_n(&bytes[i], (uint8_t)(other->done * 31 + i),
				 __ATOMIC_RELAXED);
	__atomic_store_n(&other->page->shared->flags,
			 other->done % 5 ? other->done % 4 : UINT32_MAX,
			 __ATOMIC_RELAXED);
	return 0;
}

TEST_F(raw, a_page_that_is_written_meanwhile)
{
	struct teavmx_page page;
	struct other other;
	pthread_t thread;
	int i, error;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	ASSERT_EQ(0, other_start(self, &page, &other, act_scribble, &thread));
	for (i = 0; i < 10 * COUNTS; i++) {
		error = ioctl(page.fd, TEAVMX_VCPU_CONTINUE) ? errno : 0;
		ASSERT_TRUE(!error || error == EINVAL || error == EBUSY);
		if (!error)
			ASSERT_STOP(EXIT, raw_wait(self));
	}
	other_end(&other, thread);
	EXPECT_LT(0, other.done);
	/* Nothing of that has any effect now. */
	page.shared->registers.rax = 1;
	ASSERT_STOP(EXIT, page_go(self, &page, TEAVMX_PAGE_ANSWER |
				  TEAVMX_PAGE_REGISTERS, 0));
	EXPECT_EQ(2, page.shared->exit.value);
	teavmx_page_close(&page);
}

static int act_kill(struct other *other)
{
	return teavmx_vcpu_kill(other->teavmx, other->self->vm.id,
				other->self->vcpu.id) &&
	       teavmx_error(other->teavmx)->error != ESRCH &&
	       teavmx_error(other->teavmx)->error != ENOENT;
}

static int act_delete(struct other *other)
{
	return teavmx_vm_del(other->teavmx, other->self->vm.id) &&
	       teavmx_error(other->teavmx)->error != ENOENT;
}

/* Answers OUTs until the vCPU has gone; returns the errno then. */
static int count_until_gone(struct teavmx_page *page)
{
	page->shared->flags = TEAVMX_PAGE_ANSWER;
	for (;;) {
		if (!ioctl(page->fd, TEAVMX_VCPU_CONTINUE))
			continue;
		/* A thread runs it just now. */
		if (errno == EBUSY && !strstr(page->shared->message, "exited"))
			continue;
		return errno;
	}
}

TEST_F(raw, kills_and_deletions_meanwhile)
{
	struct teavmx_page page;
	struct other other;
	pthread_t thread;
	int i, error;

	for (i = 0; i < 30; i++) {
		if (i) {
			teavmx_vcpu_clear(&self->vcpu);
			ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, RAW_MEMORY,
						    &self->vm));
			ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx,
							 self->vm.id,
							 &self->vcpu));
		}
		ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL,
				      PAYLOAD(code_count)));
		ASSERT_EQ(0, page_open(self, &page));
		ASSERT_EQ(0, teavmx_page_continue(&page));
		ASSERT_EQ(0, other_start(self, &page, &other,
					 i % 2 ? act_kill : act_delete,
					 &thread));
		error = count_until_gone(&page);
		other_end(&other, thread);
		EXPECT_EQ(i % 2 ? EBUSY : ENODEV, error);
		EXPECT_FALSE(other.failed);
		teavmx_page_close(&page);
		teavmx_vm_del(self->teavmx, self->vm.id);
	}
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/* A process that is killed in the middle leaves nothing. */
TEST_F(raw, the_caller_is_killed)
{
	struct teavmx_page page;
	int i, status;
	pid_t child;

	ASSERT_STOP(EXIT, page_start(self, &page, PAYLOAD(code_count)));
	page.shared->flags = TEAVMX_PAGE_ANSWER;
	for (i = 0; i < 10; i++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			for (;;)
				if (ioctl(page.fd, TEAVMX_VCPU_CONTINUE) && errno != EBUSY &&
				    errno != EINVAL)
					_exit(1);
		usleep(10000 + 700 * i);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	teavmx_page_close(&page);
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_HARNESS_MAIN
