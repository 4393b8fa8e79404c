/* SPDX-License-Identifier: MIT */
/*
 * Simulated physical memory: 4 KiB frames from frame 0. A frame whose bytes are all the
 * same but for one costs 16 bytes, so that a page that was touched once is cheap; any other
 * has a buffer. Buffers never move while the model lives, so a pointer to a page table stays
 * good.
 */
#ifndef MODEL_HW_PHYS_H
#define MODEL_HW_PHYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHYS_FRAME 4096
#define PHYS_CHUNK 64 /* buffers in a chunk */
#define PHYS_SLACK 8 /* arrays of frames grow by this part, not to take much more than is used */

struct frame {
	uint8_t *buffer; /* its bytes, in a chunk; NULL: as the other members say */
	uint16_t odd_at; /* the byte there is odd, */
	uint8_t odd;
	uint8_t fill; /* all others are this, which odd may be as well */
};
_Static_assert(sizeof(struct frame) == 16, "there is one for every frame of memory");

struct phys_chunk {
	_Alignas(16) uint8_t bytes[PHYS_CHUNK][PHYS_FRAME]; /* what malloc gives, enough for entries */
};

struct phys {
	struct frame *frames;
	size_t n_frames, frames_capacity; /* access beyond n_frames: reads 0xff, writes are lost */
	struct phys_chunk **chunks;
	size_t n_chunks, chunks_capacity;
	uint8_t **free_buffers; /* a stack */
	size_t n_free, free_capacity;
	size_t n_buffers; /* ever handed out */
};

void phys_init(struct phys *phys);
void phys_finish(struct phys *phys);
int phys_copy_all(const struct phys *from, struct phys *ret_to); /* 0 or -ENOMEM */
/*
 * Makes n_frames the number of frames there are (never fewer than before); new ones hold
 * zero bytes. Returns 0 or -ENOMEM. Moves frames, never buffers.
 */
int phys_extend(struct phys *phys, size_t n_frames);

static inline uint8_t *phys_buffer(const struct phys *phys, uint64_t pfn)
{
	return phys->frames[pfn].buffer;
}

/* Gives the frame a buffer if it has none. Returns 0 or -ENOMEM (frame unchanged). */
int phys_materialize(struct phys *phys, uint64_t pfn);
/* All bytes become value; a buffer is given back. */
void phys_fill(struct phys *phys, uint64_t pfn, uint8_t value);
bool phys_is_zero(const struct phys *phys, uint64_t pfn);
/* The bytes of frame from to frame to. Returns 0 or -ENOMEM. */
int phys_copy(struct phys *phys, uint64_t to, uint64_t from);
/* The same into another memory. */
int phys_copy_between(struct phys *to, uint64_t to_pfn, const struct phys *from,
		      uint64_t from_pfn);

/* A byte of a frame that there is. */
static inline uint8_t phys_load(const struct phys *phys, uint64_t pfn, unsigned at)
{
	const struct frame *frame = &phys->frames[pfn];
	uint8_t odd = frame->odd, fill = frame->fill;

	/* Most have none. */
	if (__builtin_expect(frame->buffer != NULL, false))
		return frame->buffer[at];
	return at == frame->odd_at ? odd : fill;
}

/* The same written, unless it takes a buffer: then false. */
static inline bool phys_store(struct phys *phys, uint64_t pfn, uint16_t at, uint8_t value)
{
	struct frame *frame = &phys->frames[pfn];

	if (frame->buffer) {
		frame->buffer[at] = value;
		return true;
	}
	if (at != frame->odd_at && value == frame->fill)
		return true;
	if (at != frame->odd_at && frame->odd != frame->fill)
		return false;
	frame->odd_at = at;
	frame->odd = value;
	return true;
}

static inline uint8_t phys_read8(const struct phys *phys, uint64_t address)
{
	uint64_t pfn = address / PHYS_FRAME;

	return pfn < phys->n_frames ? phys_load(phys, pfn, address % PHYS_FRAME) : 0xff;
}

/* Materializes the frame when a second byte differs from its fill. Returns 0 or -ENOMEM. */
int phys_write8(struct phys *phys, uint64_t address, uint8_t value);
uint64_t phys_read64(const struct phys *phys, uint64_t address); /* address: 8-byte aligned */
int phys_write64(struct phys *phys, uint64_t address, uint64_t value);

/* The 512 entries of a page table; the frame must be materialized (tables always are). */
static inline uint64_t *phys_table(const struct phys *phys, uint64_t pfn)
{
	return (uint64_t *)(void *)phys_buffer(phys, pfn);
}

#endif
