/* SPDX-License-Identifier: MIT */
/*
 * Page frames: /proc/PID/pagemap tells the frame of each page, /proc/kpageflags and
 * /proc/kpagecount what that frame is and how often it is mapped.
 */
#ifndef OBSERVE_FRAMES_H
#define OBSERVE_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cr2/base.h>

/* /proc/kpageflags, /proc/kpagecount; -1: not open. */
struct frames {
	int flags, counts;
};
int frames_open(struct frames *frames, struct cr2_text *reason);
void frames_close(struct frames *frames);
/* /proc/kpageflags of one frame: bits of CR2_FRAME_FLAG_. */
int frames_flags(const struct frames *frames, uint64_t frame, uint64_t *ret_flags);

/* A process's pagemap: a descriptor or a negative errno. */
int frames_pagemap_open(pid_t pid);

/* Up to so many pages of one process as the three files describe them. */
#define FRAMES_CHUNK 512
struct frames_chunk {
	size_t n;
	uint64_t entries[FRAMES_CHUNK], flags[FRAMES_CHUNK], counts[FRAMES_CHUNK];
};
/* n pages from address on. -EPERM: the kernel hides the frames from this reader. */
int frames_read(const struct frames *frames, int pagemap, uint64_t address, size_t n,
		struct frames_chunk *ret_chunk);

#endif
