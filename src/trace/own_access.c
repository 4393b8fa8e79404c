/* SPDX-License-Identifier: MIT */
/*
 * Decodes the instruction at ip: from the file that is mapped there, which outlives its process, or else from the
 * process. Where it touches memory in one way, that is the access. One that both reads and writes faults as a write
 * does. A copy of a string reads at si and writes at di; what else touches memory twice is not known.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/hash.h"
#include "symbol/insn.h"
#include "own_access.h"

#define INSN_MAX 15

struct own_access {
	struct insn_decoder *decoder;
	struct hash known; /* (file, offset): 1 + what decode() said */
};

enum ways {
	WAYS_UNKNOWN,
	WAYS_READ,
	WAYS_WRITE,
	WAYS_STRING, /* reads at si, writes at di */
};

int own_access_create(struct own_access **ret_access)
{
	struct own_access *access = calloc(1, sizeof(*access));
	int r = access ? insn_decoder_create(&access->decoder) : -ENOMEM;

	if (r < 0) {
		free(access);
		return r;
	}
	*ret_access = access;
	return 0;
}

void own_access_destroy(struct own_access *access)
{
	if (!access)
		return;
	insn_decoder_destroy(access->decoder);
	hash_finish(&access->known);
	free(access);
}

static size_t read_file(const char *path, uint64_t offset, uint8_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? 0 : pread(fd, bytes, INSN_MAX, (off_t)offset);

	if (fd >= 0)
		close(fd);
	return n > 0 ? (size_t)n : 0;
}

static size_t read_process(uint32_t pid, uint64_t ip, uint8_t *bytes)
{
	struct iovec to = {bytes, INSN_MAX}, from = {(void *)(uintptr_t)ip, INSN_MAX};
	ssize_t n = process_vm_readv((pid_t)pid, &to, 1, &from, 1, 0);

	return n > 0 ? (size_t)n : 0;
}

static enum ways decode(const struct own_access *access, const uint8_t *bytes, size_t n, uint64_t ip)
{
	const struct insn_operand *string = NULL;
	bool reads = false, writes = false;
	struct insn insn;

	if (!n || insn_decode(access->decoder, bytes, n, ip, 64, &insn) < 0)
		return WAYS_UNKNOWN;
	for (unsigned i = 0; i < insn.n_operands; i++) {
		const struct insn_operand *operand = &insn.operands[i];

		if (operand->write)
			writes = true;
		else if (operand->read)
			reads = true;
		if (operand->write && operand->base == CR2_REGISTER_DI)
			string = operand;
	}
	if (reads && writes)
		return string && insn.n_operands == 2 ? WAYS_STRING : WAYS_UNKNOWN;
	return writes ? WAYS_WRITE : reads ? WAYS_READ : WAYS_UNKNOWN;
}

static enum ways ways_of(struct own_access *access, const struct programs *programs, const struct own_fault *fault)
{
	struct cr2_recorded_map code;
	uint64_t file, offset, known;
	uint8_t bytes[INSN_MAX];
	enum ways ways;
	size_t n;

	if (!programs_at(programs, fault->pid, fault->ip, &code) || !cr2_recorded_file_is_named(code.file)) {
		n = read_process(fault->pid, fault->ip, bytes);
		return decode(access, bytes, n, fault->ip);
	}
	file = (uintptr_t)code.file;
	offset = fault->ip - code.start + code.offset;
	known = hash_get(&access->known, file, offset);
	if (known)
		return (enum ways)(known - 1);
	n = read_file(code.file->path, offset, bytes);
	ways = decode(access, bytes, n, fault->ip);
	/* Without memory it is decoded again. */
	(void)hash_set(&access->known, file, offset, 1 + (uint64_t)ways);
	return ways;
}

/* Near enough: one element of the string is 8 bytes at most, and fast copies fault within a line. */
static bool is_near(uint64_t a, uint64_t b)
{
	return a - b < 64 || b - a < 64;
}

enum cr2_trace_access own_access_of(struct own_access *access, const struct programs *programs,
				    const struct own_fault *fault)
{
	/* The instruction itself, which may stand on two pages. */
	if (fault->addr - fault->ip < INSN_MAX)
		return CR2_TRACE_ACCESS_FETCH;
	switch (ways_of(access, programs, fault)) {
	case WAYS_READ:
		return CR2_TRACE_ACCESS_READ;
	case WAYS_WRITE:
		return CR2_TRACE_ACCESS_WRITE;
	case WAYS_STRING:
		if (is_near(fault->addr, fault->di) != is_near(fault->addr, fault->si))
			return is_near(fault->addr, fault->di) ? CR2_TRACE_ACCESS_WRITE : CR2_TRACE_ACCESS_READ;
		return CR2_TRACE_ACCESS_UNKNOWN;
	case WAYS_UNKNOWN:
		break;
	}
	return CR2_TRACE_ACCESS_UNKNOWN;
}
