// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define SMALL_ROOM	64

/* A range of a raw VM's RAM or, with a vCPU, of its TEA stack */
struct piece {
	uint32_t vm;
	uint32_t vcpu;
	uint64_t address;
	void *data;
	size_t size;
};

static void put_piece(struct nl_msg *message, const struct piece *piece)
{
	nla_put_u32(message, TEAVMX_A_MEMORY_VM_ID, piece->vm);
	nla_put_u64(message, TEAVMX_A_MEMORY_ADDRESS, piece->address);
	if (piece->vcpu)
		nla_put_u32(message, TEAVMX_A_MEMORY_VCPU_ID, piece->vcpu);
}

static int take_data(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *attr = a[TEAVMX_A_MEMORY_DATA];
	struct piece *piece = data;

	(void)answer;
	if (!attr || (size_t)nla_len(attr) != piece->size) {
		errno = EPROTO;
		return -1;
	}
	memcpy(piece->data, nla_data(attr), piece->size);
	return 0;
}

static int piece_call(struct teavmx *teavmx, struct nl_msg *message,
		      const char *verb, const struct teavmx_reply *reply,
		      const struct piece *piece)
{
	return teavmx_call(teavmx, message, "%s %zu bytes of %s %u at 0x%llx",
			   reply, verb, piece->size,
			   piece->vcpu ? "the stack of vCPU" : "VM",
			   piece->vcpu ? piece->vcpu : piece->vm,
			   (unsigned long long)piece->address);
}

static int read_piece(struct teavmx *teavmx, struct piece *piece)
{
	struct teavmx_reply reply = { TEAVMX_A_MEMORY_MAX, take_data, piece };
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_MEM_READ, 0, SMALL_ROOM);
	if (!message)
		return -1;
	put_piece(message, piece);
	nla_put_u32(message, TEAVMX_A_MEMORY_SIZE, (uint32_t)piece->size);
	return piece_call(teavmx, message, "read", &reply, piece);
}

static int write_piece(struct teavmx *teavmx, struct piece *piece)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_MEM_WRITE, 0,
				 SMALL_ROOM + piece->size);
	if (!message)
		return -1;
	put_piece(message, piece);
	nla_put(message, TEAVMX_A_MEMORY_DATA, (int)piece->size, piece->data);
	return piece_call(teavmx, message, "write", NULL, piece);
}

/* A request moves at most TEAVMX_MEMORY_CHUNK bytes. */
static int memory_move(struct teavmx *teavmx, struct piece piece, bool write)
{
	size_t left = piece.size;
	int err;

	while (left) {
		piece.size = left < TEAVMX_MEMORY_CHUNK ? left :
							  TEAVMX_MEMORY_CHUNK;
		err = write ? write_piece(teavmx, &piece) :
			      read_piece(teavmx, &piece);
		if (err)
			return -1;
		piece.data = (char *)piece.data + piece.size;
		piece.address += piece.size;
		left -= piece.size;
	}
	return 0;
}

int teavmx_mem_read(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		    void *data, size_t size)
{
	return memory_move(teavmx, (struct piece){ vm, 0, address, data, size },
			   false);
}

int teavmx_mem_write(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		     const void *data, size_t size)
{
	return memory_move(teavmx, (struct piece){ vm, 0, address, (void *)data, size },
			   true);
}

struct ram_file {
	int fd;
	size_t size;
};

static int take_file(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct ram_file *file = data;

	(void)answer;
	if (!a[TEAVMX_A_MEMORY_FD] || !a[TEAVMX_A_MEMORY_SIZE]) {
		errno = EPROTO;
		return -1;
	}
	file->fd = (int)nla_get_u32(a[TEAVMX_A_MEMORY_FD]);
	file->size = nla_get_u32(a[TEAVMX_A_MEMORY_SIZE]);
	return 0;
}

int teavmx_ram_open(struct teavmx *teavmx, uint32_t vm, size_t *size)
{
	struct ram_file file = { -1, 0 };
	struct teavmx_reply reply = { TEAVMX_A_MEMORY_MAX, take_file, &file };
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_MEM_MAP, 0, SMALL_ROOM);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_MEMORY_VM_ID, vm);
	if (teavmx_call(teavmx, message, "open the RAM of VM %u", &reply, vm))
		return -1;
	*size = file.size;
	return file.fd;
}

/* The pages that were written, from the first one up; @next is the address after the last. */
struct page_array {
	uint64_t *pages;
	size_t count;
	uint64_t next;
};

static int add_pages(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *attr = a[TEAVMX_A_MEMORY_PAGES];
	size_t count = attr ? (size_t)nla_len(attr) / sizeof(uint64_t) : 0;
	struct page_array *array = data;
	uint64_t *grown;
	uint64_t next;

	(void)answer;
	if (!count)
		return 0;
	grown = reallocarray(array->pages, array->count + count, sizeof(*grown));
	if (!grown)
		return -1;
	memcpy(grown + array->count, nla_data(attr), count * sizeof(*grown));
	array->pages = grown;
	array->count += count;
	next = grown[array->count - 1] + TEAVMX_PAGE_SIZE;
	/* A module that always returned the same pages would never end. */
	if (next <= array->next) {
		errno = EPROTO;
		return -1;
	}
	array->next = next;
	return 0;
}

/* Returns how many pages one reply has added, or -1. */
static int dirty_from(struct teavmx *teavmx, uint32_t vm, struct page_array *array)
{
	struct teavmx_reply reply = { TEAVMX_A_MEMORY_MAX, add_pages, array };
	size_t before = array->count;
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_MEM_DIRTY, 0, SMALL_ROOM);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_MEMORY_VM_ID, vm);
	nla_put_u64(message, TEAVMX_A_MEMORY_ADDRESS, array->next);
	if (teavmx_call(teavmx, message, "list the written pages of VM %u",
			&reply, vm))
		return -1;
	return (int)(array->count - before);
}

int teavmx_dirty_list(struct teavmx *teavmx, uint32_t vm, uint64_t **pages)
{
	struct page_array array = { NULL, 0, 0 };
	int added;

	*pages = NULL;
	do {
		added = dirty_from(teavmx, vm, &array);
	} while (added > 0);
	if (added < 0) {
		free(array.pages);
		return -1;
	}
	*pages = array.pages;
	return (int)array.count;
}

int teavmx_stack_read(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      uint32_t at, void *data, size_t size)
{
	return memory_move(teavmx, (struct piece){ vm, vcpu, at, data, size }, false);
}

int teavmx_stack_write(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       uint32_t at, const void *data, size_t size)
{
	return memory_move(teavmx, (struct piece){ vm, vcpu, at, (void *)data, size },
			   true);
}
