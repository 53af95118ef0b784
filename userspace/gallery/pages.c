// SPDX-License-Identifier: GPL-2.0-only
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "payload.h"

#define PAGE_SIZE	4096
/* Documentation/admin-guide/mm/pagemap.rst of the kernel */
#define PAGEMAP_FRAME	((1ULL << 55) - 1)
#define PAGEMAP_PRESENT	63

/* SDM "The Extended Page Table Mechanism" */
#define EPT_ALL		7ULL
#define EPT_WRITE_BACK	(6ULL << 3)

/* SDM "Virtual-APIC State" */
#define APIC_TASK_PRIORITY	0x80
#define TASK_PRIORITY		0x50

/* An entry of an MSR-load area; this MSR may not be loaded that way. */
#define MSR_FS_BASE	0xc0000100

static uint8_t (*pages)[PAGE_SIZE];
static uint64_t addresses[PAGE_COUNT];

static int find_addresses(void)
{
	int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned int i;

	if (file < 0)
		return -1;
	for (i = PAGE_NONE + 1; i < PAGE_COUNT; i++) {
		off_t where = (uintptr_t)pages[i] / PAGE_SIZE *
			      sizeof(uint64_t);
		uint64_t entry = 0;

		if (pread(file, &entry, sizeof(entry), where) !=
		    sizeof(entry) || !(entry >> PAGEMAP_PRESENT) ||
		    !(entry & PAGEMAP_FRAME)) {
			close(file);
			errno = EPERM;
			return -1;
		}
		addresses[i] = (entry & PAGEMAP_FRAME) * PAGE_SIZE;
	}
	return close(file);
}

static int make_pages(void)
{
	size_t size = (size_t)PAGE_COUNT * PAGE_SIZE;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	/* Written first: until then all are one page of zeros. */
	memset(memory, 1, size);
	if (mlock(memory, size))
		return -1;
	pages = memory;
	return find_addresses();
}

static void put64(enum page page, unsigned int index, uint64_t value)
{
	memcpy(pages[page] + index * sizeof(value), &value, sizeof(value));
}

static void map(uint64_t address, enum page page, uint64_t rights)
{
	/* A type belongs only to an entry that can be read. */
	uint64_t type = rights & 1 ? EPT_WRITE_BACK : 0;

	put64(PAGE_EPT_1, address / PAGE_SIZE,
	      addresses[page] | type | rights);
}

int pages_prepare(const void *code, size_t size, uint64_t data_rights)
{
	if (!pages && make_pages())
		return -1;
	if (size > PAGE_SIZE) {
		errno = EFBIG;
		return -1;
	}
	memset(pages, 0, (size_t)PAGE_COUNT * PAGE_SIZE);
	if (size)
		memcpy(pages[PAGE_CODE], code, size);
	put64(PAGE_EPT_4, 0, addresses[PAGE_EPT_3] | EPT_ALL);
	put64(PAGE_EPT_3, 0, addresses[PAGE_EPT_2] | EPT_ALL);
	put64(PAGE_EPT_2, 0, addresses[PAGE_EPT_1] | EPT_ALL);
	map(PAYLOAD_ADDRESS, PAGE_CODE, EPT_ALL);
	map(PAYLOAD_DATA, PAGE_DATA, data_rights ? data_rights : EPT_ALL);
	pages[PAGE_VIRTUAL_APIC][APIC_TASK_PRIORITY] = TASK_PRIORITY;
	put64(PAGE_MSR_LOAD, 0, MSR_FS_BASE);
	return 0;
}

uint64_t pages_address(enum page page)
{
	return addresses[page];
}
