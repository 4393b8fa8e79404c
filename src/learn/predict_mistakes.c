/* SPDX-License-Identifier: MIT */
/*
 * Misconceptions about which access faults, with which code, by which path: each changes what the
 * model says of the line.
 */
#include "learn.h"

static const struct learn_line *line_of(const struct cr2_exercise *e, const struct cr2_exercise_part *part)
{
	return &learn_facts(e)->scenario.lines[part->line - 1];
}

static bool is_write(const struct learn_line *line)
{
	return line->op == CR2_OP_WRITE || line->op == CR2_OP_KWRITE;
}

/* --- error codes --- */

/* Codes in which all of set are set and all of clear are clear get the bits of flip flipped. */
static size_t flipped(const struct cr2_exercise_part *part, uint64_t set, uint64_t clear, uint64_t flip,
		      struct cr2_answer *ret)
{
	if (part->subject != LEARN_ERROR)
		return 0;
	for (size_t i = 0; i < ret->n; i++)
		if ((ret->values[i] & set) == set && !(ret->values[i] & clear))
			ret->values[i] ^= flip;
	return 1;
}

size_t learn_entry_overlooked(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	(void)e;
	return flipped(part, CR2_PF(P) | CR2_PF(W), 0, CR2_PF(P), ret);
}

size_t learn_entry_imagined(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	(void)e;
	return flipped(part, CR2_PF(W), CR2_PF(P), CR2_PF(P), ret);
}

size_t learn_kernel_is_user(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	(void)e;
	return flipped(part, 0, CR2_PF(U), CR2_PF(U), ret);
}

size_t learn_w_forgotten(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			 struct cr2_answer *ret)
{
	(void)e;
	return flipped(part, CR2_PF(W), 0, CR2_PF(W), ret);
}

size_t learn_fetch_forgotten(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			     struct cr2_answer *ret)
{
	(void)e;
	return flipped(part, CR2_PF(I), 0, CR2_PF(I), ret);
}

/* --- paths --- */

size_t learn_p_allocates(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			 struct cr2_answer *ret)
{
	const struct learn_line *line;

	if (part->subject != LEARN_PATH)
		return 0;
	line = line_of(e, part);
	for (size_t i = 0; i < ret->n; i++)
		if (line->codes[i] & CR2_PF(P) && line->codes[i] & CR2_PF(W))
			ret->values[i] = CR2_PATH_ANON_ALLOC;
	return 1;
}

size_t learn_read_allocates(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	const struct learn_count *count = &learn_facts(e)->count;

	if (part->subject == LEARN_COUNT_PAGES && count->reads)
		return learn_one(ret, count->pages);
	return learn_path_taken_for(part, CR2_PATH_ANON_ZERO, CR2_PATH_ANON_ALLOC, ret);
}

/* What is shared is copied, as what is private is. */
size_t learn_shared_is_copied(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			      struct cr2_answer *ret)
{
	(void)e;
	return learn_path_taken_for(part, CR2_PATH_WP_SHARED, CR2_PATH_WP_COPY, ret) &&
	       learn_path_taken_for(part, CR2_PATH_FILE_SHARED, CR2_PATH_FILE_COW, ret);
}

size_t learn_private_is_shared(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			       struct cr2_answer *ret)
{
	(void)e;
	return learn_path_taken_for(part, CR2_PATH_FILE_COW, CR2_PATH_FILE_SHARED, ret);
}

/* An access just behind the mapping goes on as inside it. */
size_t learn_end_is_inside(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	if (learn_kind_of(e) == CR2_EXERCISE_VMA)
		return part->subject == LEARN_INSIDE &&
		       learn_facts(e)->vma.address == learn_facts(e)->vma.end ? learn_one(ret, true) : 0;
	if (part->subject != LEARN_PATH)
		return 0;
	return learn_path_taken_for(part, CR2_PATH_SEGV_MAPERR, is_write(line_of(e, part)) ? CR2_PATH_ANON_ALLOC :
		       CR2_PATH_ANON_ZERO, ret);
}

/* --- whether it faults at all --- */

/* mmap brings the pages: whatever was never touched is there. */
size_t learn_mmap_allocates(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	const struct learn_line *line;

	if (part->subject == LEARN_COUNT_FAULTS)
		return learn_one(ret, 0);
	if (learn_kind_of(e) != CR2_EXERCISE_PREDICT)
		return 0;
	line = line_of(e, part);
	if (part->subject == LEARN_FAULTS && line->pages > 1)
		return learn_one(ret, 0);
	if (line->n == 0 || line->codes[0] & CR2_PF(P) || line->result != CR2_RESULT_OK)
		return 0;
	ret->n = 0;
	return part->subject == LEARN_FAULTS ? learn_one(ret, 0) : 1;
}

/* Every access faults, or every page of a range, also where the entry is there. */
size_t learn_always_faults(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	if (part->subject == LEARN_COUNT_FAULTS)
		return learn_one(ret, learn_facts(e)->count.accesses);
	return part->subject == LEARN_FAULTS ? learn_one(ret, line_of(e, part)->pages) : 0;
}
