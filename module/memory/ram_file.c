// SPDX-License-Identifier: GPL-2.0-only
#include "ram_file.h"
#include "mapping.h"
#include "ram.h"

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

/*
 * A file whose mappings are a raw guest's RAM. Pages are mapped when they are
 * accessed first, and are allocated and counted as for the guest itself.
 */

/**
 * struct ram_file - what a file of RAM needs
 * @ram: the RAM; it exists as long as the file
 * @put: called with @owner when the file and all its mappings are gone
 * @owner: keeps @ram
 */
struct ram_file {
	struct teavmx_ram *ram;
	void (*put)(void *owner);
	void *owner;
};

/*
 * Every failure is SIGBUS: VM_FAULT_OOM would have the OOM killer end a process
 * of the host, as the guest's limit is full. A page with a memory error must not be
 * returned: the kernel would unmap it by its mapping, and it has none.
 */
static vm_fault_t ram_file_fault(struct vm_fault *fault)
{
	struct ram_file *file = fault->vma->vm_file->private_data;
	u64 gpa = (u64)fault->pgoff << PAGE_SHIFT;
	struct page *page = ram_get_locked(file->ram, gpa,
					   fault->flags & FAULT_FLAG_WRITE ?
					   RAM_WRITE : RAM_READ);

	if (!page)
		return VM_FAULT_SIGBUS;
	if (PageHWPoison(page)) {
		unlock_page(page);
		put_page(page);
		return VM_FAULT_HWPOISON;
	}
	fault->page = page;
	return VM_FAULT_LOCKED;
}

/*
 * A page is mapped read-only until a process writes to it, so that a snapshot
 * learns of writes. The access is repeated if the page that was mapped is now
 * that of the snapshot alone.
 */
static vm_fault_t ram_file_mkwrite(struct vm_fault *fault)
{
	struct ram_file *file = fault->vma->vm_file->private_data;
	u64 gpa = (u64)fault->pgoff << PAGE_SHIFT;
	struct page *page = ram_get_locked(file->ram, gpa, RAM_WRITE);
	bool same = page == fault->page;

	if (!page)
		return VM_FAULT_SIGBUS;
	if (!same)
		unlock_page(page);
	put_page(page);
	return same ? VM_FAULT_LOCKED : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct ram_file_mapping = {
	.fault = ram_file_fault,
	.page_mkwrite = ram_file_mkwrite,
};

static int ram_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct ram_file *ram_file = file->private_data;
	int err = mapping_admit(vma, ram_file->ram->size >> PAGE_SHIFT);

	if (!err)
		vma->vm_ops = &ram_file_mapping;
	return err;
}

static int ram_file_release(struct inode *inode, struct file *file)
{
	struct ram_file *ram_file = file->private_data;

	ram_file->put(ram_file->owner);
	kfree(ram_file);
	return 0;
}

static const struct file_operations ram_file_operations = {
	.owner = THIS_MODULE,
	.mmap = ram_file_mmap,
	.release = ram_file_release,
	.llseek = noop_llseek,
};

/**
 * ram_file_create() - create a file of RAM
 * @ram: the RAM
 * @put: called with @owner when the file and all its mappings are gone; may
 *	sleep
 * @owner: keeps @ram as long as the file
 *
 * The file holds a reference to the module.
 *
 * Return: the file, for fput(), or an error pointer; @put is not called then.
 */
struct file *ram_file_create(struct teavmx_ram *ram, void (*put)(void *owner),
			     void *owner)
{
	struct ram_file *ram_file = kmalloc(sizeof(*ram_file),
					    GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!ram_file)
		return ERR_PTR(-ENOMEM);
	ram_file->ram = ram;
	ram_file->put = put;
	ram_file->owner = owner;
	file = anon_inode_getfile("[teavmx-ram]", &ram_file_operations, ram_file,
				  O_RDWR);
	if (IS_ERR(file)) {
		kfree(ram_file);
		return file;
	}
	/*
	 * All files of this kind share an inode. With an address space of its
	 * own, ram_unmap_users() finds the mappings of this RAM, and no others.
	 */
	ram->mapping.host = file_inode(file);
	ram->mapping.a_ops = file->f_mapping->a_ops;
	file->f_mapping = &ram->mapping;
	return file;
}
