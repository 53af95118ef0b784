/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_PAGE_H
#define TEAVMX_PAGE_H

#include <uapi/vcpu_page.h>

/**
 * DOC: The page of a vCPU
 *
 * A host program that answers many exits shares a page with the vCPU. The
 * answer and the next exit are in the page, and one system call without a
 * netlink message takes the one and brings the other. Events are the same as
 * those of teavmx_vcpu_run_slice(). teavmx.h includes this header, and its
 * conventions hold here.
 */

/**
 * struct teavmx_page - The page of a vCPU.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 * @fd: the file of the vCPU; it may be given to another process, which can use
 *	TEAVMX_VCPU_CONTINUE without the right to send requests
 * @shared: the page
 */
struct teavmx_page {
	struct teavmx *teavmx;
	uint32_t vm;
	uint32_t vcpu;
	int fd;
	struct teavmx_vcpu_page *shared;
};

/**
 * teavmx_page_open() - Share a page with a vCPU of a raw VM.
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 * @page: receives the page, for teavmx_page_close(); it shows how the vCPU is
 *
 * Return: 0, or -1; the error is EINVAL for a VM that is not a raw one, EMFILE
 * when the process can have no more file descriptors.
 */
int teavmx_page_open(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		     struct teavmx_page *page);

/**
 * teavmx_page_close() - Undo teavmx_page_open().
 * @page: the page, also all zeros
 *
 * The vCPU remains, and continues if it runs.
 */
void teavmx_page_close(struct teavmx_page *page);

/**
 * teavmx_page_continue() - Run the vCPU for a slice, with what is in the page.
 * @page: the page. Its flags and answer say how the exit that the vCPU is
 *	paused for is completed; it receives the next stop. The state is RUNNING
 *	when the vCPU has not stopped yet: teavmx_wait_stop() waits for that,
 *	and then teavmx_page_show() fills the page
 *
 * A run that an exit has interrupted is continued as with teavmx_run.resume;
 * another one has no bounds.
 *
 * Return: 0, or -1; the error is EBUSY when the vCPU runs or has exited, ENODEV
 * when it does not exist any more, EINVAL when the exit cannot be answered so.
 */
int teavmx_page_continue(struct teavmx_page *page);

/**
 * teavmx_page_show() - Fill the page with how the vCPU is now.
 * @page: the page
 *
 * Only this function and teavmx_page_continue() change the page. After
 * teavmx_vm_reset(), and after requests that change registers or run the vCPU, it
 * shows an earlier state until then.
 *
 * Return: 0, or -1; the error is ENODEV when the vCPU does not exist any more.
 */
int teavmx_page_show(struct teavmx_page *page);

/**
 * teavmx_page_slice() - Read a page as what a slice has led to.
 * @page: the page
 * @slice: receives state, stop and the exit's record, for teavmx_answer()
 */
void teavmx_page_slice(const struct teavmx_page *page,
		       struct teavmx_slice *slice);

#endif
