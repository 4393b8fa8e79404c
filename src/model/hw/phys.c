/* SPDX-License-Identifier: MIT */
/*
 * Simulated physical memory. A frame is a fill byte and one odd byte until it needs more
 * distinct ones; then it gets a buffer out of a chunk. Buffers that come back are handed out
 * again, last first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "phys.h"

void phys_init(struct phys *phys)
{
	*phys = (struct phys){0};
}

void phys_finish(struct phys *phys)
{
	for (size_t i = 0; i < phys->n_chunks; i++)
		free(phys->chunks[i]);
	free(phys->chunks);
	free(phys->frames);
	free(phys->free_buffers);
	phys_init(phys);
}

/* Room on the stack for every buffer there is, so that giving one back cannot fail. */
static int add_chunk(struct phys *phys)
{
	struct phys_chunk *chunk;
	int r = cr2_grow(&phys->chunks, &phys->chunks_capacity, phys->n_chunks + 1,
			 sizeof(struct phys_chunk *));

	if (r == 0)
		r = cr2_grow(&phys->free_buffers, &phys->free_capacity,
			     (phys->n_chunks + 1) * PHYS_CHUNK, sizeof(uint8_t *));
	if (r < 0)
		return r;
	chunk = malloc(sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	phys->chunks[phys->n_chunks++] = chunk;
	return 0;
}

int phys_extend(struct phys *phys, size_t n_frames)
{
	struct frame *frames;
	size_t capacity;

	if (n_frames <= phys->n_frames)
		return 0;
	capacity = n_frames + n_frames / PHYS_SLACK;
	if (capacity > SIZE_MAX / sizeof(*frames))
		return -ENOMEM;
	if (n_frames > phys->frames_capacity) {
		frames = realloc(phys->frames, capacity * sizeof(*frames));
		if (!frames)
			return -ENOMEM;
		phys->frames = frames;
		phys->frames_capacity = capacity;
	}
	memset(phys->frames + phys->n_frames, 0, (n_frames - phys->n_frames) * sizeof(*frames));
	phys->n_frames = n_frames;
	return 0;
}

static int take_buffer(struct phys *phys, uint8_t **ret_buffer)
{
	size_t number = phys->n_buffers;
	int r = 0;

	if (phys->n_free) {
		*ret_buffer = phys->free_buffers[--phys->n_free];
		return 0;
	}
	if (number == phys->n_chunks * PHYS_CHUNK)
		r = add_chunk(phys);
	if (r < 0)
		return r;
	*ret_buffer = phys->chunks[number / PHYS_CHUNK]->bytes[number % PHYS_CHUNK];
	phys->n_buffers++;
	return 0;
}

/* A buffer for pfn in place of its fill; its bytes are the caller's to write. */
static int give_buffer(struct phys *phys, uint64_t pfn)
{
	struct frame *frame = &phys->frames[pfn];

	return frame->buffer ? 0 : take_buffer(phys, &frame->buffer);
}

int phys_materialize(struct phys *phys, uint64_t pfn)
{
	struct frame *frame = &phys->frames[pfn];
	int r;

	if (frame->buffer)
		return 0;
	r = give_buffer(phys, pfn);
	if (r < 0)
		return r;
	memset(frame->buffer, frame->fill, PHYS_FRAME);
	frame->buffer[frame->odd_at] = frame->odd;
	return 0;
}

static void drop_buffer(struct phys *phys, struct frame *frame)
{
	if (frame->buffer)
		phys->free_buffers[phys->n_free++] = frame->buffer;
}

void phys_fill(struct phys *phys, uint64_t pfn, uint8_t value)
{
	struct frame *frame = &phys->frames[pfn];

	drop_buffer(phys, frame);
	*frame = (struct frame){.odd = value, .fill = value};
}

bool phys_is_zero(const struct phys *phys, uint64_t pfn)
{
	const struct frame *frame = &phys->frames[pfn];

	for (unsigned i = 0; frame->buffer && i < PHYS_FRAME; i++)
		if (frame->buffer[i])
			return false;
	return frame->buffer || !(frame->fill | frame->odd);
}

int phys_copy_between(struct phys *to, uint64_t to_pfn, const struct phys *from, uint64_t from_pfn)
{
	int r;

	if (to == from && to_pfn == from_pfn)
		return 0;
	if (!phys_buffer(from, from_pfn)) {
		drop_buffer(to, &to->frames[to_pfn]);
		to->frames[to_pfn] = from->frames[from_pfn];
		return 0;
	}
	r = give_buffer(to, to_pfn);
	if (r == 0)
		memcpy(phys_buffer(to, to_pfn), phys_buffer(from, from_pfn), PHYS_FRAME);
	return r;
}

int phys_copy(struct phys *phys, uint64_t to, uint64_t from)
{
	return phys_copy_between(phys, to, phys, from);
}

/* The copy gets as many buffers as are in use. */
int phys_copy_all(const struct phys *from, struct phys *ret_to)
{
	struct phys to;
	int r;

	phys_init(&to);
	r = phys_extend(&to, from->n_frames);
	for (size_t pfn = 0; r == 0 && pfn < from->n_frames; pfn++)
		r = phys_copy_between(&to, pfn, from, pfn);
	if (r < 0)
		phys_finish(&to);
	else
		*ret_to = to;
	return r;
}

int phys_write8(struct phys *phys, uint64_t address, uint8_t value)
{
	uint64_t pfn = address / PHYS_FRAME;
	uint16_t at = address % PHYS_FRAME;
	int r;

	if (pfn >= phys->n_frames || phys_store(phys, pfn, at, value))
		return 0;
	r = phys_materialize(phys, pfn);
	if (r == 0)
		phys_buffer(phys, pfn)[at] = value;
	return r;
}

/* The word at offset at of a frame without a buffer. */
static uint64_t word_of(const struct frame *frame, uint64_t at)
{
	uint64_t word = frame->fill * 0x0101010101010101ULL;
	unsigned shift = frame->odd_at % 8 * 8;

	if (frame->odd_at / 8 != at / 8)
		return word;
	return (word & ~(0xffULL << shift)) | (uint64_t)frame->odd << shift;
}

uint64_t phys_read64(const struct phys *phys, uint64_t address)
{
	uint64_t pfn = address / PHYS_FRAME;
	const uint64_t *words;

	if (pfn >= phys->n_frames)
		return UINT64_MAX;
	words = phys_table(phys, pfn);
	return words ? words[address % PHYS_FRAME / 8]
		     : word_of(&phys->frames[pfn], address % PHYS_FRAME);
}

int phys_write64(struct phys *phys, uint64_t address, uint64_t value)
{
	uint64_t pfn = address / PHYS_FRAME;
	int r;

	if (pfn >= phys->n_frames)
		return 0;
	if (!phys->frames[pfn].buffer &&
	    word_of(&phys->frames[pfn], address % PHYS_FRAME) == value)
		return 0;
	r = phys_materialize(phys, pfn);
	if (r == 0)
		phys_table(phys, pfn)[address % PHYS_FRAME / 8] = value;
	return r;
}
