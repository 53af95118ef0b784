// SPDX-License-Identifier: GPL-2.0-only
#include "mapping.h"
#include "../compat.h"

#include <linux/errno.h>
#include <linux/mm.h>

/**
 * mapping_admit() - check a mapping of pages that a guest or the module writes
 * @vma: the mapping that is being created
 * @pages: number of pages that its file has
 *
 * A mapping is shared, does not reach beyond the file, and cannot grow later.
 * The host must not execute what is in the pages. A core dump does not have
 * them: it would allocate each one.
 *
 * Return: 0, -EINVAL or -EACCES.
 */
int mapping_admit(struct vm_area_struct *vma, u64 pages)
{
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff > pages ||
	    vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	teavmx_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	return 0;
}
