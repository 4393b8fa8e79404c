/* SPDX-License-Identifier: MIT */
/* Misconceptions about numbers, whatever they count: base, shifts, masks. */
#include <inttypes.h>
#include <stdio.h>

#include "learn.h"

/* The digits of a number, written in one base and read in another; false: they cannot be. */
static bool reread(uint64_t value, bool from_hex, uint64_t *ret_value)
{
	uint64_t result = 0, from = from_hex ? 16 : 10, to = from_hex ? 10 : 16, place = 1;

	for (; value; value /= from) {
		uint64_t digit = value % from, part;

		if (digit >= to || __builtin_mul_overflow(digit, place, &part) ||
		    __builtin_add_overflow(result, part, &result))
			return false;
		if (value >= from && __builtin_mul_overflow(place, to, &place))
			return false;
	}
	*ret_value = result;
	return true;
}

size_t learn_decimal_hex(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			 struct cr2_answer *ret)
{
	const enum cr2_answer_type type = part->answer.type;
	uint64_t value;
	size_t n = 0;

	(void)e;
	if ((type != CR2_ANSWER_HEX && type != CR2_ANSWER_NUMBER && type != CR2_ANSWER_SIZE) ||
	    part->answer.n != 1)
		return 0;
	for (int from_hex = 0; from_hex < 2; from_hex++)
		if (reread(part->answer.values[0], from_hex, &value))
			n += learn_one(&ret[n], value);
	return n;
}

/* As if a page had 1 KiB. */
size_t learn_shift_10(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
		      struct cr2_answer *ret)
{
	const union learn_facts *facts = learn_facts(e);

	switch (part->subject) {
	case LEARN_PAGE:
		return learn_one(ret, (facts->vma.address - facts->vma.start) >> 10);
	case LEARN_PAGES:
		return learn_one(ret, (facts->vma.end - facts->vma.start) >> 10);
	case LEARN_PAGE_OFFSET:
		return learn_one(ret, facts->vma.address & 0x3ff);
	case LEARN_VA_OFFSET:
		return learn_one(ret, facts->walk.address & 0x3ff);
	case LEARN_INDEX:
		return learn_one(ret, facts->walk.address >> (10 + 9 * (facts->walk.levels - 1 - part->line)) & 511);
	default:
		return 0;
	}
}

/* A nibble too few, or one too many. */
size_t learn_mask_nibble(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			 struct cr2_answer *ret)
{
	const union learn_facts *facts = learn_facts(e);
	uint64_t address;

	if (part->subject == LEARN_PAGE_OFFSET)
		address = facts->vma.address;
	else if (part->subject == LEARN_VA_OFFSET)
		address = facts->walk.address;
	else
		return 0;
	learn_one(&ret[0], address & 0xff);
	learn_one(&ret[1], address & 0xffff);
	return 2;
}
