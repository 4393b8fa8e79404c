/* SPDX-License-Identifier: MIT */
/*
 * Simulated physical memory. A frame is a fill byte and one odd word until it needs more
 * distinct ones; then it gets a buffer. Buffers that come back are handed out again, last
 * first. They are zeroed when they come back, since most are page tables, whose entries are all
 * clear by then: a new table costs no zeroing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "phys.h"

void phys_init(struct phys *phys, bool *failed)
{
	*phys = (struct phys){.failed = failed};
	array_init(&phys->frames, failed);
}

void phys_finish(struct phys *phys)
{
	array_finish(&phys->frames, &phys_frame_kind);
	for (size_t i = 0; i < phys->n_free; i++)
		free(phys->free_buffers[i]);
	free(phys->free_buffers);
	free(phys->scratch);
	phys_init(phys, phys->failed);
}

/* Each frame of a leaf that has a buffer. */
void phys_frame_hook(void *elements, enum array_event event)
{
	struct frame *frames = elements;

	for (size_t i = 0; i < 1U << PHYS_LEAF_SHIFT; i++) {
		struct phys_buffer *buffer = frames[i].buffer;

		if (frames[i].kind == FRAME_WORD)
			continue;
		if (event == ARRAY_COPIED)
			array_get(&buffer->refs);
		if (event == ARRAY_DROPPED && array_put(&buffer->refs))
			free(buffer);
		frames[i].kind = FRAME_SHARED;
	}
}

/* Leaves are made at once: what is read later is there, and what is written can be. */
int phys_extend(struct phys *phys, size_t n_frames)
{
	size_t leaf = (size_t)1 << PHYS_LEAF_SHIFT;

	if (n_frames <= phys->n_frames)
		return 0;
	if (n_frames > SIZE_MAX / sizeof(struct frame) ||
	    array_reserve(&phys->frames, &phys_frame_kind, n_frames) < 0)
		return -ENOMEM;
	for (size_t pfn = phys->n_frames & -leaf; pfn < n_frames; pfn += leaf)
		if (!array_edit(&phys->frames, &phys_frame_kind, pfn) || *phys->failed)
			return -ENOMEM;
	phys->n_frames = n_frames;
	return 0;
}

int phys_add_sparse(struct phys *phys, uint64_t first, uint64_t n)
{
	phys->sparse = first;
	phys->end_sparse = first + n;
	return array_reserve(&phys->frames, &phys_frame_kind, first + n);
}

/* A leaf that was never written to holds zeros. */
static bool is_untouched(const struct phys *phys, uint64_t pfn)
{
	return !array_peek(&phys->frames, &phys_frame_kind, pfn);
}

void phys_clear_sparse(struct phys *phys, uint64_t first, uint64_t n)
{
	const uint64_t leaf = 1ULL << PHYS_LEAF_SHIFT;

	for (uint64_t pfn = first, end = first + n, next; pfn < end; pfn = next) {
		next = (pfn | (leaf - 1)) + 1;
		if (next > end)
			next = end;
		if (!is_untouched(phys, pfn))
			phys_clear(phys, pfn, next - pfn);
	}
}

int phys_copy_sparse(struct phys *phys, uint64_t to, uint64_t from, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		if (!(i & ((1ULL << PHYS_LEAF_SHIFT) - 1)) && is_untouched(phys, from + i)) {
			i += (1ULL << PHYS_LEAF_SHIFT) - 1;
			continue;
		}
		if (!phys_frame_edit(phys, to + i) || phys_copy(phys, to + i, from + i) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool is_sparse(const struct phys *phys, uint64_t pfn)
{
	return pfn >= phys->sparse && pfn < phys->end_sparse;
}

uint8_t phys_read8_beyond(const struct phys *phys, uint64_t address)
{
	uint64_t pfn = address / PHYS_FRAME;

	if (!is_sparse(phys, pfn))
		return 0xff;
	return is_untouched(phys, pfn) ? 0 : phys_load(phys, pfn, address % PHYS_FRAME);
}

int phys_write8_beyond(struct phys *phys, uint64_t address, uint8_t value)
{
	uint64_t pfn = address / PHYS_FRAME;
	struct frame *frame = is_sparse(phys, pfn) ? phys_frame_edit(phys, pfn) : NULL;
	int r;

	if (!frame)
		return is_sparse(phys, pfn) ? -ENOMEM : 0;
	if (frame_store(frame, address % PHYS_FRAME, value))
		return 0;
	r = phys_materialize(phys, pfn);
	if (r == 0)
		phys_buffer(phys, pfn)[address % PHYS_FRAME] = value;
	return r;
}

/* All zeros, or NULL. */
static struct phys_buffer *new_buffer(struct phys *phys)
{
	struct phys_buffer *buffer;

	if (phys->n_free)
		return phys->free_buffers[--phys->n_free];
	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return NULL;
	buffer->refs = 1;
	phys->n_buffers++;
	return buffer;
}

/* The frame is about to get other contents. Where a buffer cannot be kept, it is freed. */
static void drop_buffer(struct phys *phys, struct frame *frame, bool zeros)
{
	struct phys_buffer *buffer = frame->buffer;
	bool shared = frame->kind == FRAME_SHARED;

	if (frame->kind == FRAME_WORD)
		return;
	*frame = (struct frame){0};
	phys->epoch++;
	/* Of a frame that is only written nowhere, it is not ours to give. */
	if (*phys->failed)
		return;
	if (shared) {
		if (!array_put(&buffer->refs))
			return;
		buffer->refs = 1;
	}
	if (cr2_grow(&phys->free_buffers, &phys->free_capacity, phys->n_free + 1,
		     sizeof(*phys->free_buffers)) < 0) {
		free(buffer);
		phys->n_buffers--;
		return;
	}
	if (!zeros)
		memset(buffer->bytes, 0, PHYS_FRAME);
	phys->free_buffers[phys->n_free++] = buffer;
}

/* As in array.c: what is written is lost, and does no harm. */
static uint8_t *nowhere_to_write(struct phys *phys, const struct frame *frame)
{
	*phys->failed = true;
	memcpy(phys->scratch->bytes, frame->buffer->bytes, PHYS_FRAME);
	return phys->scratch->bytes;
}

uint8_t *phys_take_buffer(struct phys *phys, struct frame *frame)
{
	struct phys_buffer *old = frame->buffer, *buffer;

	if (array_is_shared(&old->refs)) {
		buffer = *phys->failed ? NULL : new_buffer(phys);
		if (!buffer)
			return nowhere_to_write(phys, frame);
		memcpy(buffer->bytes, old->bytes, PHYS_FRAME);
		frame->buffer = buffer;
		phys->epoch++;
		if (array_put(&old->refs))
			free(old);
	}
	frame->kind = FRAME_BUFFER;
	return frame->buffer->bytes;
}

int phys_materialize(struct phys *phys, uint64_t pfn)
{
	struct frame *frame = phys_frame_edit(phys, pfn);
	struct phys_buffer *buffer;

	if (frame->kind != FRAME_WORD)
		return 0;
	buffer = *phys->failed ? NULL : new_buffer(phys);
	if (!buffer)
		return -ENOMEM;
	if (frame->fill)
		memset(buffer->bytes, frame->fill, PHYS_FRAME);
	if (frame->word != FILL_WORD(frame->fill))
		((uint64_t *)(void *)buffer->bytes)[frame->at] = frame->word;
	frame->buffer = buffer;
	frame->kind = FRAME_BUFFER;
	return 0;
}

static void fill(struct phys *phys, uint64_t pfn, uint8_t value, bool zeros)
{
	struct frame *frame = phys_frame_edit(phys, pfn);

	drop_buffer(phys, frame, zeros);
	*frame = (struct frame){.word = FILL_WORD(value), .fill = value};
}

void phys_fill(struct phys *phys, uint64_t pfn, uint8_t value)
{
	fill(phys, pfn, value, false);
}

void phys_release_zeros(struct phys *phys, uint64_t pfn)
{
	fill(phys, pfn, 0, true);
}

static bool is_zero(const struct phys_buffer *buffer)
{
	return !buffer->bytes[0] && memcmp(buffer->bytes, buffer->bytes + 1, PHYS_FRAME - 1) == 0;
}

bool phys_is_zero(const struct phys *phys, uint64_t pfn)
{
	const struct frame *frame = phys_frame(phys, pfn);

	return frame->kind == FRAME_WORD ? !(frame->fill | frame->word) : is_zero(frame->buffer);
}

int phys_copy_between(struct phys *to, uint64_t to_pfn, const struct phys *from, uint64_t from_pfn)
{
	const struct frame *source = phys_frame(from, from_pfn);
	uint8_t *bytes;
	int r;

	if (to == from && to_pfn == from_pfn)
		return 0;
	if (source->kind == FRAME_WORD) {
		/* By value: the edit may move what source points to. */
		const struct frame word = *source;
		struct frame *target = phys_frame_edit(to, to_pfn);

		drop_buffer(to, target, false);
		*target = word;
		return 0;
	}
	r = phys_materialize(to, to_pfn);
	if (r < 0)
		return r;
	bytes = phys_buffer(to, to_pfn);
	source = phys_frame(from, from_pfn);
	memcpy(bytes, source->buffer->bytes, PHYS_FRAME);
	return 0;
}

int phys_copy_all(struct phys *from, bool *failed, struct phys *ret_to)
{
	phys_init(ret_to, failed);
	if (!from->scratch)
		from->scratch = malloc(sizeof(*from->scratch));
	ret_to->scratch = malloc(sizeof(*ret_to->scratch));
	if (!from->scratch || !ret_to->scratch ||
	    array_copy(&from->frames, &phys_frame_kind, failed, &ret_to->frames) < 0) {
		phys_finish(ret_to);
		return -ENOMEM;
	}
	ret_to->n_frames = from->n_frames;
	ret_to->sparse = from->sparse;
	ret_to->end_sparse = from->end_sparse;
	ret_to->epoch = ++from->epoch;
	return 0;
}

int phys_write8(struct phys *phys, uint64_t address, uint8_t value)
{
	uint64_t pfn = address / PHYS_FRAME;
	uint16_t at = address % PHYS_FRAME;
	int r;

	if (pfn >= phys->n_frames)
		return phys_write8_beyond(phys, address, value);
	if (phys_store(phys, pfn, at, value))
		return 0;
	r = phys_materialize(phys, pfn);
	if (r == 0)
		phys_buffer(phys, pfn)[at] = value;
	return r;
}

uint64_t phys_read64(const struct phys *phys, uint64_t address)
{
	uint64_t pfn = address / PHYS_FRAME;

	return pfn < phys->n_frames ? frame_load64(phys_frame(phys, pfn), address % PHYS_FRAME)
				    : UINT64_MAX;
}

int phys_write64(struct phys *phys, uint64_t address, uint64_t value)
{
	uint64_t pfn = address / PHYS_FRAME;
	uint16_t at = address % PHYS_FRAME;
	int r;

	if (pfn >= phys->n_frames || frame_store64(phys_frame_edit(phys, pfn), at, value))
		return 0;
	r = phys_materialize(phys, pfn);
	if (r == 0)
		phys_table(phys, pfn)[at / 8] = value;
	return r;
}
