// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define SMALL_ROOM	64

static void put_piece(struct nl_msg *message, uint32_t vm, uint64_t address)
{
	nla_put_u32(message, TEAVMX_A_MEMORY_VM_ID, vm);
	nla_put_u64(message, TEAVMX_A_MEMORY_ADDRESS, address);
}

struct piece {
	void *data;
	size_t size;
};

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

static int read_piece(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		      struct piece *piece, const char *what)
{
	struct teavmx_reply reply = { TEAVMX_A_MEMORY_MAX, take_data, piece };
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_MEM_READ, 0, SMALL_ROOM);
	if (!message)
		return -1;
	put_piece(message, vm, address);
	nla_put_u32(message, TEAVMX_A_MEMORY_SIZE, (uint32_t)piece->size);
	return teavmx_call(teavmx, message, what, &reply);
}

static int write_piece(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		       const struct piece *piece, const char *what)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_MEM_WRITE, 0,
				 SMALL_ROOM + piece->size);
	if (!message)
		return -1;
	put_piece(message, vm, address);
	nla_put(message, TEAVMX_A_MEMORY_DATA, (int)piece->size, piece->data);
	return teavmx_call(teavmx, message, what, NULL);
}

static size_t size_of_piece(size_t left)
{
	return left < TEAVMX_MEMORY_CHUNK ? left : TEAVMX_MEMORY_CHUNK;
}

int teavmx_mem_read(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		    void *data, size_t size)
{
	char what[96];

	while (size) {
		struct piece piece = { data, size_of_piece(size) };

		snprintf(what, sizeof(what), "read %zu bytes of VM %u at 0x%llx",
			 piece.size, vm, (unsigned long long)address);
		if (read_piece(teavmx, vm, address, &piece, what))
			return -1;
		data = (char *)data + piece.size;
		address += piece.size;
		size -= piece.size;
	}
	return 0;
}

int teavmx_mem_write(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		     const void *data, size_t size)
{
	char what[96];

	while (size) {
		struct piece piece = { (void *)data, size_of_piece(size) };

		snprintf(what, sizeof(what),
			 "write %zu bytes of VM %u at 0x%llx", piece.size, vm,
			 (unsigned long long)address);
		if (write_piece(teavmx, vm, address, &piece, what))
			return -1;
		data = (const char *)data + piece.size;
		address += piece.size;
		size -= piece.size;
	}
	return 0;
}
