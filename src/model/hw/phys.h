/* SPDX-License-Identifier: MIT */
/*
 * Simulated physical memory: 4 KiB frames from frame 0. A frame whose bytes are all the
 * same but for one aligned word costs 16 bytes, so that a page that was touched once is cheap, and a
 * page table with one entry; any other has a buffer. A buffer never moves between two copies of
 * the memory, once phys_table() or phys_buffer() has given it, so a pointer to a page table stays
 * good.
 */
#ifndef MODEL_HW_PHYS_H
#define MODEL_HW_PHYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../array.h"

#define PHYS_FRAME 4096

/* The bytes of a frame; copies of the memory share it until one writes. */
struct phys_buffer {
	uint32_t refs;
	_Alignas(16) uint8_t bytes[PHYS_FRAME];
};

enum frame_kind {
	FRAME_WORD, /* all bytes are fill, but for word, which may be the same */
	FRAME_BUFFER,
	FRAME_SHARED, /* the buffer may be a copy's as well */
};

struct frame {
	union {
		/* First, since {0} clears the first alone, and a pointer may be shorter. */
		uint64_t word; /* little-endian */
		struct phys_buffer *buffer;
	};
	uint16_t at; /* number of word in the frame */
	uint8_t fill;
	uint8_t kind; /* enum frame_kind */
};
_Static_assert(sizeof(struct frame) == 16, "there is one for every frame of memory");
#define FILL_WORD(fill) ((fill) * 0x0101010101010101ULL)

void phys_frame_hook(void *elements, enum array_event event);
#define PHYS_LEAF_SHIFT 9
static const struct array_kind phys_frame_kind = {
	.size = sizeof(struct frame),
	.shift = PHYS_LEAF_SHIFT,
	.hook = phys_frame_hook,
};

struct phys {
	struct array frames;
	size_t n_frames; /* access beyond: reads 0xff, writes are lost */
	uint64_t sparse, end_sparse; /* but for these frames, far beyond: none costs anything until it is written */
	struct phys_buffer **free_buffers; /* a stack; all bytes of each are 0 */
	size_t n_free, free_capacity;
	size_t n_buffers; /* that this memory ever allocated */
	uint64_t epoch; /* changes when a buffer is given back or another takes its place */
	struct phys_buffer *scratch; /* as array.scratch */
	bool *failed; /* set when host memory ran out while a copy was written to: bytes are lost */
};

void phys_init(struct phys *phys, bool *failed); /* failed: as array_init()'s */
void phys_finish(struct phys *phys);
/* ret_to, which is not initialized, becomes a copy that shares all. Returns 0 or -ENOMEM. */
int phys_copy_all(struct phys *from, bool *failed, struct phys *ret_to);
/*
 * Makes n_frames the number of frames there are (never fewer than before); new ones hold
 * zero bytes. Returns 0 or -ENOMEM.
 */
int phys_extend(struct phys *phys, size_t n_frames);
/*
 * Frames from first on, none of which phys_extend() ever makes, hold zero bytes; only phys_read8(), phys_write8() and
 * these know them. Both numbers are multiples of 512. Returns 0 or -ENOMEM.
 */
int phys_add_sparse(struct phys *phys, uint64_t first, uint64_t n);
void phys_clear_sparse(struct phys *phys, uint64_t first, uint64_t n);
int phys_copy_sparse(struct phys *phys, uint64_t to, uint64_t from, uint64_t n); /* to: all zeros. 0 or -ENOMEM */
uint8_t phys_read8_beyond(const struct phys *phys, uint64_t address);
int phys_write8_beyond(struct phys *phys, uint64_t address, uint8_t value);

static inline const struct frame *phys_frame(const struct phys *phys, uint64_t pfn)
{
	return array_at(&phys->frames, &phys_frame_kind, pfn);
}

/* To write; it stays where it is until the memory is copied. */
static inline struct frame *phys_frame_edit(struct phys *phys, uint64_t pfn)
{
	return array_edit(&phys->frames, &phys_frame_kind, pfn);
}

/* The frame's buffer, made its own. */
uint8_t *phys_take_buffer(struct phys *phys, struct frame *frame);

/* The bytes of the frame's buffer, to write; NULL: it has none. */
static inline uint8_t *phys_buffer(struct phys *phys, uint64_t pfn)
{
	struct frame *frame = phys_frame_edit(phys, pfn);

	if (__builtin_expect(frame->kind == FRAME_SHARED, false))
		return phys_take_buffer(phys, frame);
	return frame->kind == FRAME_BUFFER ? frame->buffer->bytes : NULL;
}

/* Gives the frame a buffer if it has none. Returns 0 or -ENOMEM (frame unchanged). */
int phys_materialize(struct phys *phys, uint64_t pfn);
/* All bytes become value; a buffer is given back. */
void phys_fill(struct phys *phys, uint64_t pfn, uint8_t value);
/* The same with 0, of a frame that holds nothing else already. */
void phys_release_zeros(struct phys *phys, uint64_t pfn);
/* phys_fill() of n frames of one leaf with 0, as quick as it can be where there is no buffer. */
static inline void phys_clear(struct phys *phys, uint64_t pfn, size_t n)
{
	struct frame *frames = phys_frame_edit(phys, pfn);

	for (size_t i = 0; i < n; i++)
		if (__builtin_expect(frames[i].kind != FRAME_WORD, false))
			phys_fill(phys, pfn + i, 0);
		else
			frames[i] = (struct frame){0};
}
bool phys_is_zero(const struct phys *phys, uint64_t pfn);
/* The bytes of a frame to another one, here or in another memory. Returns 0 or -ENOMEM. */
int phys_copy_between(struct phys *to, uint64_t to_pfn, const struct phys *from,
		      uint64_t from_pfn);
static inline int phys_copy(struct phys *phys, uint64_t to, uint64_t from)
{
	struct frame *target = phys_frame_edit(phys, to);
	const struct frame *source = phys_frame(phys, from);

	if (target->kind != FRAME_WORD || source->kind != FRAME_WORD)
		return phys_copy_between(phys, to, phys, from);
	*target = *source;
	return 0;
}

static inline uint8_t frame_load(const struct frame *frame, unsigned at)
{
	/* Most have none. */
	if (__builtin_expect(frame->kind != FRAME_WORD, false))
		return frame->buffer->bytes[at];
	return at / 8 == frame->at ? (uint8_t)(frame->word >> at % 8 * 8) : frame->fill;
}

static inline uint64_t frame_load64(const struct frame *frame, unsigned at)
{
	if (frame->kind != FRAME_WORD)
		return *(const uint64_t *)(const void *)&frame->buffer->bytes[at];
	return at / 8 == frame->at ? frame->word : FILL_WORD(frame->fill);
}

/* Makes word number n the odd one; false: another is. */
static inline bool frame_turn_to(struct frame *frame, uint16_t n)
{
	if (frame->at != n && frame->word != FILL_WORD(frame->fill))
		return false;
	frame->at = n;
	return true;
}

/* False: it takes a buffer, or one that is not shared. */
static inline bool frame_store(struct frame *frame, uint16_t at, uint8_t value)
{
	if (frame->kind == FRAME_BUFFER) {
		frame->buffer->bytes[at] = value;
		return true;
	}
	if (frame->kind == FRAME_SHARED)
		return false;
	if (!frame_turn_to(frame, at / 8))
		return value == frame->fill;
	((uint8_t *)&frame->word)[at % 8] = value;
	return true;
}

static inline bool frame_store64(struct frame *frame, uint16_t at, uint64_t value)
{
	if (frame->kind == FRAME_BUFFER) {
		*(uint64_t *)(void *)&frame->buffer->bytes[at] = value;
		return true;
	}
	if (frame->kind == FRAME_SHARED)
		return false;
	if (!frame_turn_to(frame, at / 8))
		return value == FILL_WORD(frame->fill);
	frame->word = value;
	return true;
}

/* A byte of a frame that there is. */
static inline uint8_t phys_load(const struct phys *phys, uint64_t pfn, unsigned at)
{
	return frame_load(phys_frame(phys, pfn), at);
}

/* The same written, unless it takes a buffer: then false. */
static inline bool phys_store(struct phys *phys, uint64_t pfn, uint16_t at, uint8_t value)
{
	return frame_store(phys_frame_edit(phys, pfn), at, value);
}

static inline uint8_t phys_read8(const struct phys *phys, uint64_t address)
{
	uint64_t pfn = address / PHYS_FRAME;

	return pfn < phys->n_frames ? phys_load(phys, pfn, address % PHYS_FRAME) : phys_read8_beyond(phys, address);
}

/* Materializes the frame when a second word differs from its fill. Returns 0 or -ENOMEM. */
int phys_write8(struct phys *phys, uint64_t address, uint8_t value);
uint64_t phys_read64(const struct phys *phys, uint64_t address); /* address: 8-byte aligned */
int phys_write64(struct phys *phys, uint64_t address, uint64_t value);

/* The 512 entries of a page table that has a buffer; NULL: it has none. */
static inline uint64_t *phys_table(struct phys *phys, uint64_t pfn)
{
	return (uint64_t *)(void *)phys_buffer(phys, pfn);
}

/* The same to read, until something else is written. */
static inline const uint64_t *phys_peek_table(const struct phys *phys, uint64_t pfn)
{
	const struct frame *frame = phys_frame(phys, pfn);

	return frame->kind == FRAME_WORD ? NULL
					 : (const uint64_t *)(const void *)frame->buffer->bytes;
}

/* One entry, to write; without a buffer where it is the only one. NULL: memory ran out. */
static inline uint64_t *phys_table_entry(struct phys *phys, uint64_t pfn, uint16_t index)
{
	struct frame *frame = phys_frame_edit(phys, pfn);

	if (frame->kind == FRAME_WORD && frame_turn_to(frame, index))
		return &frame->word;
	return phys_materialize(phys, pfn) < 0 ? NULL : phys_table(phys, pfn) + index;
}

#endif
