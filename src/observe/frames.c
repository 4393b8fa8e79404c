/* SPDX-License-Identifier: MIT */
/* Page frames, read from /proc: see frames.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cr2/flags.h>
#include <cr2/tables.h>

#include "base/reason.h"

#include "frames.h"
#include "rights.h"

static int open_frames(const char *path, struct cr2_text *reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		return reason_refuse(reason, -EPERM, "%s cannot be read: %s; " RIGHTS_ELSE, path,
				     rights_to_look());
	if (errno == ENOENT)
		return reason_refuse(reason, -EOPNOTSUPP, "%s is not here: it takes /proc (mount -t proc "
				     "proc /proc) and a kernel with CONFIG_PROC_PAGE_MONITOR", path);
	return reason_refuse(reason, -EOPNOTSUPP, "%s: %s", path, strerror(errno));
}

int frames_open(struct frames *frames, struct cr2_text *reason)
{
	int counts, flags = open_frames("/proc/kpageflags", reason);

	if (flags < 0)
		return flags;
	counts = open_frames("/proc/kpagecount", reason);
	if (counts < 0) {
		close(flags);
		return counts;
	}
	*frames = (struct frames){.flags = flags, .counts = counts};
	return 0;
}

void frames_close(struct frames *frames)
{
	if (frames->flags >= 0)
		close(frames->flags);
	if (frames->counts >= 0)
		close(frames->counts);
	frames->flags = frames->counts = -1;
}

int frames_pagemap_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* n numbers of 8 bytes from the index-th on. */
static int read_numbers(int fd, uint64_t index, size_t n, uint64_t *numbers)
{
	ssize_t got = pread(fd, numbers, n * 8, (off_t)(index * 8));

	if (got < 0)
		return -errno;
	return (size_t)got == n * 8 ? 0 : -ESRCH;
}

int frames_flags(const struct frames *frames, uint64_t frame, uint64_t *ret_flags)
{
	return read_numbers(frames->flags, frame, 1, ret_flags);
}

/* How many pages from the i-th on lie in consecutive frames; 0: it is not present. */
static size_t run_length(const struct frames_chunk *chunk, size_t i)
{
	uint64_t frame = chunk->entries[i] & CR2_PAGEMAP_FRAME_MASK;
	size_t n = 0;

	while (i + n < chunk->n && chunk->entries[i + n] & CR2_PAGEMAP(PRESENT) &&
	       (chunk->entries[i + n] & CR2_PAGEMAP_FRAME_MASK) == frame + n)
		n++;
	return n;
}

int frames_read(const struct frames *frames, int pagemap, uint64_t address, size_t n,
		struct frames_chunk *chunk)
{
	int r = read_numbers(pagemap, address >> CR2_PAGE_SHIFT, n, chunk->entries);

	chunk->n = n;
	for (size_t i = 0, run; r == 0 && i < n; i += run ? run : 1) {
		uint64_t frame = chunk->entries[i] & CR2_PAGEMAP_FRAME_MASK;

		run = run_length(chunk, i);
		if (!run)
			continue;
		if (!frame) /* what a reader without privileges sees */
			return -EPERM;
		r = read_numbers(frames->flags, frame, run, &chunk->flags[i]);
		if (r == 0)
			r = read_numbers(frames->counts, frame, run, &chunk->counts[i]);
	}
	return r;
}
