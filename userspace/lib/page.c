// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uapi/vmx_exit_fields.h>

#include "internal.h"

#define SMALL_ROOM	64

static int take_fd(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	(void)answer;
	if (!a[TEAVMX_A_VCPU_FD]) {
		errno = EPROTO;
		return -1;
	}
	*(int *)data = (int)nla_get_u32(a[TEAVMX_A_VCPU_FD]);
	return 0;
}

static int page_fd(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu)
{
	int fd = -1;
	struct teavmx_reply reply = { TEAVMX_A_VCPU_MAX, take_fd, &fd };
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_VCPU_MAP, 0, SMALL_ROOM);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_VCPU_ID, vcpu);
	if (teavmx_call(teavmx, message, "open vCPU %u of VM %u", &reply, vcpu,
			vm))
		return -1;
	return fd;
}

int teavmx_page_open(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		     struct teavmx_page *page)
{
	int fd = page_fd(teavmx, vm, vcpu);
	void *shared;

	memset(page, 0, sizeof(*page));
	if (fd < 0)
		return -1;
	shared = mmap(NULL, TEAVMX_VCPU_PAGE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED) {
		teavmx_fail(&teavmx->error, TEAVMX_REQUEST, errno, NULL,
			    "cannot map the page of vCPU %u of VM %u: %s", vcpu,
			    vm, strerror(errno));
		close(fd);
		return -1;
	}
	*page = (struct teavmx_page){ teavmx, vm, vcpu, fd, shared };
	return 0;
}

void teavmx_page_close(struct teavmx_page *page)
{
	if (!page->shared)
		return;
	munmap(page->shared, TEAVMX_VCPU_PAGE_SIZE);
	close(page->fd);
	page->shared = NULL;
}

static int page_call(struct teavmx_page *page, unsigned long operation,
		     const char *verb)
{
	const char *message = page->shared->message;

	if (!ioctl(page->fd, operation))
		return 0;
	return teavmx_fail(&page->teavmx->error,
			   errno == ENODEV ? TEAVMX_OBJECT : TEAVMX_REQUEST,
			   errno, NULL, "cannot %s vCPU %u of VM %u: %.*s",
			   verb, page->vcpu, page->vm,
			   (int)sizeof(page->shared->message), message);
}

int teavmx_page_continue(struct teavmx_page *page)
{
	return page_call(page, TEAVMX_VCPU_CONTINUE, "run");
}

int teavmx_page_show(struct teavmx_page *page)
{
	return page_call(page, TEAVMX_VCPU_SHOW, "show");
}

#define HAS(name)	(UINT64_C(1) << TEAVMX_A_RECORD_##name)

static uint64_t page_has(uint32_t has, uint32_t fields)
{
	static const uint64_t each[] = {
		HAS(INSTRUCTION_LENGTH), HAS(INSTRUCTION_INFO),
		HAS(GUEST_LINEAR), HAS(GUEST_PHYSICAL), HAS(INTR_INFO),
		HAS(INTR_ERROR_CODE), HAS(IDT_VECTORING_INFO),
		HAS(IDT_VECTORING_ERROR_CODE),
	};
	uint64_t bits = HAS(VCPU_ID) | HAS(REASON) | HAS(QUALIFICATION) |
			HAS(RIP) | HAS(CPU_ID) | HAS(GUEST_TICKS);
	unsigned int i;

	for (i = 0; i < sizeof(each) / sizeof(*each); i++)
		if (fields & 1u << i)
			bits |= each[i];
	return has & TEAVMX_PAGE_HAS_VALUE ? bits | HAS(VALUE) : bits;
}

static void page_exit(const struct teavmx_page *page,
		      struct teavmx_record *record)
{
	const struct teavmx_page_exit *exit = &page->shared->exit;

	*record = (struct teavmx_record){
		.vm = page->vm,
		.vcpu = page->vcpu,
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT,
		.has = page_has(page->shared->has, exit->fields),
		.reason = exit->reason,
		.qualification = exit->qualification,
		.rip = exit->rip,
		.value = exit->value,
		.guest_physical = exit->guest_physical,
		.linear = exit->linear,
		.instruction_length = exit->instruction_length,
		.instruction_info = exit->instruction_info,
		.intr_info = exit->intr_info,
		.intr_error = exit->intr_error,
		.idt_vectoring = exit->vectoring,
		.idt_error = exit->vectoring_error,
		.cpu = exit->cpu,
		.guest_ticks = exit->guest_ticks,
		.port = TEAVMX_NO_PORT,
	};
}

void teavmx_page_slice(const struct teavmx_page *page,
		       struct teavmx_slice *slice)
{
	memset(slice, 0, sizeof(*slice));
	slice->state = page->shared->state;
	slice->stop = page->shared->stop;
	slice->has_exit = page->shared->has & TEAVMX_PAGE_HAS_EXIT;
	if (slice->has_exit)
		page_exit(page, &slice->exit);
}
