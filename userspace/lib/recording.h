/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_RECORDING_H
#define TEAVMX_RECORDING_H

#include "teavmx.h"

/**
 * DOC: Recordings
 *
 * A recording is a file with the records of a stream, as the kernel has sent them, and
 * what machine they are from. Documentation/recordings.rst describes the format.
 */

#define RECORDING_MAGIC		"teavmrec"
/* Changes only when programs that read an earlier one cannot read the file */
#define RECORDING_VERSION	1
/* A block holds an attribute of a message, whose size has 16 bits. */
#define RECORDING_BLOCK_MAX	65528
#define RECORDING_MESSAGE_MAX	128

/**
 * struct recording_header - The first bytes of a recording, little endian.
 * @magic: RECORDING_MAGIC, without a null byte
 * @version: RECORDING_VERSION
 * @size: bytes of this header; a later one may be longer
 * @compact_size: bytes of a struct teavmx_compact in this recording
 * @instance: of the module, see struct teavmx_info
 * @tsc_khz: rate of the TSC of the machine, 0 if unknown
 * @microcode: revision of the microcode, 0 if unknown
 * @begun: CLOCK_REALTIME at the begin, in ns
 * @begun_monotonic: CLOCK_MONOTONIC at the same time, in ns; times of records are of
 *	that clock
 * @module: version of the module
 * @kernel: release of the kernel
 * @cpu: model of the processor
 *
 * The texts end with a null byte.
 */
struct recording_header {
	char magic[8];
	uint32_t version;
	uint32_t size;
	uint32_t compact_size;
	uint32_t instance;
	uint32_t tsc_khz;
	uint32_t microcode;
	uint64_t begun;
	uint64_t begun_monotonic;
	char module[32];
	char kernel[64];
	char cpu[64];
};

/**
 * enum recording_kind - What a block holds.
 * @RECORDING_MSRS: an array of struct recording_msr, the VMX capabilities of the CPU
 *	with the lowest number
 * @RECORDING_COMPACT: an array of struct teavmx_compact, attribute compact of an event
 * @RECORDING_FULL: attributes of a record, attribute record of an event
 * @RECORDING_VMS_LOST: a u32, attribute vms-lost of an event
 * @RECORDING_END: a u64, CLOCK_MONOTONIC of the end in ns; nothing follows
 *
 * A reader passes over a block of a kind that it does not know.
 */
enum recording_kind {
	RECORDING_MSRS = 1,
	RECORDING_COMPACT,
	RECORDING_FULL,
	RECORDING_VMS_LOST,
	RECORDING_END,
};

/**
 * struct recording_block - What is before the bytes of a block, little endian.
 * @kind: enum recording_kind
 * @size: bytes that follow, at most RECORDING_BLOCK_MAX
 * @vm: the VM that the records are of
 * @reserved: 0
 */
struct recording_block {
	uint32_t kind;
	uint32_t size;
	uint32_t vm;
	uint32_t reserved;
};

/**
 * struct recording_msr - A capability MSR.
 * @number: its number
 * @reserved: 0
 * @value: its value
 */
struct recording_msr {
	uint32_t number;
	uint32_t reserved;
	uint64_t value;
};

/**
 * struct recording_output - Where a recording is written.
 * @fd: the file, open for writing; the file offset is at its end
 * @wait: of a pipe or a device whose writes do not block: waits for its reader, and returns
 *	0, or the errno that writing must end with. Null otherwise
 */
struct recording_output {
	int fd;
	int (*wait)(int fd);
};

/**
 * recording_write() - Append a block to a recording.
 * @to: the file
 * @kind: enum recording_kind
 * @vm: the VM
 * @bytes: what the block holds
 * @size: number of them
 *
 * A block is one write() unless a pipe takes a part only. If it is not written whole, what
 * was written of it is removed from a file, which remains readable to its end.
 *
 * Return: 0, or -1 with errno set.
 */
int recording_write(const struct recording_output *to, uint32_t kind, uint32_t vm,
		    const void *bytes, size_t size);

/**
 * recording_begin() - Write the header of a recording, and the capabilities.
 * @to: the file, which is empty
 * @info: the module
 * @caps: the capabilities of a CPU, or NULL
 *
 * The rest of the header is read from this machine.
 *
 * Return: 0, or -1 with errno set.
 */
int recording_begin(const struct recording_output *to, const struct teavmx_info *info,
		    const struct teavmx_caps *caps);

/**
 * recording_end() - Write the end of a recording.
 * @to: the file
 *
 * A reader reports a recording without an end as cut.
 *
 * Return: 0, or -1 with errno set.
 */
int recording_end(const struct recording_output *to);

/**
 * recording_this_machine() - Describe this machine as the header of a recording does.
 * @header: receives it; without a module
 */
void recording_this_machine(struct recording_header *header);

/**
 * struct recording_tap - Where the attributes of a stream are copied to.
 * @attribute: called with each attribute of an event that holds records, as it
 *	arrives and before its records are delivered
 * @data: passed on to it
 */
struct recording_tap {
	void (*attribute)(enum recording_kind kind, uint32_t vm, const void *bytes,
			  size_t size, void *data);
	void *data;
};

/**
 * recording_listen() - Copy what a stream receives.
 * @teavmx: handle with an open stream, before a watch
 * @tap: where to; it has to exist as long as the stream
 */
void recording_listen(struct teavmx *teavmx, const struct recording_tap *tap);

/**
 * recording_lost() - Does a block report that records were lost?
 * @kind: its kind
 * @bytes: its contents
 * @size: bytes of them
 * @lost: is increased by the number of lost records, as far as it is known
 *
 * Return: true if it does.
 */
bool recording_lost(enum recording_kind kind, const void *bytes, size_t size,
		    unsigned long long *lost);

struct recording;

/**
 * recording_open() - Open a recording to read it.
 * @path: the file
 * @message: receives what is wrong with it, with its path
 * @size: bytes at @message, such as RECORDING_MESSAGE_MAX and the path
 *
 * Return: the recording for recording_close(), or NULL.
 */
struct recording *recording_open(const char *path, char *message, size_t size);

/**
 * recording_header() - The header of a recording.
 * @recording: recording
 *
 * Return: the header, valid until recording_close(). Its texts end with a null byte
 * whatever the file has.
 */
const struct recording_header *
recording_header(const struct recording *recording);

/**
 * recording_next() - The next record.
 * @recording: recording
 * @record: receives it; what it points to is valid until the next call
 *
 * The order is that of the stream: that of the numbers within each VM.
 *
 * Return: true with a record; false at the end, of which recording_problem() says
 * whether it is the end of a whole recording.
 */
bool recording_next(struct recording *recording, struct teavmx_record *record);

/**
 * recording_problem() - Why recording_next() has ended before a whole recording did.
 * @recording: recording
 *
 * Return: a message without the path, such as "cut at byte 4711, ...", or NULL.
 */
const char *recording_problem(const struct recording *recording);

/**
 * recording_unknown() - How many blocks recording_next() has passed over.
 * @recording: recording
 *
 * Return: the number of blocks whose kind this program does not know.
 */
uint64_t recording_unknown(const struct recording *recording);

/**
 * recording_ended() - When the recording ended.
 * @recording: recording that was read to its end
 *
 * Return: CLOCK_MONOTONIC in ns, 0 if the recording has no end.
 */
uint64_t recording_ended(const struct recording *recording);

/**
 * recording_caps() - The VMX capabilities that a recording has.
 * @recording: recording of which a record was read, or its end
 *
 * Return: capabilities of one CPU, without MSRs if the recording has none.
 */
const struct teavmx_caps *recording_caps(const struct recording *recording);

/**
 * recording_close() - Release a recording.
 * @recording: recording, or NULL
 */
void recording_close(struct recording *recording);

#endif
