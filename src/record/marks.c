/* SPDX-License-Identifier: MIT */
/*
 * What an entry says, of Linux on x86-64: bits as the CPU has them, those that Linux keeps beside them, and where
 * nothing is mapped those of a swap entry or a marker (src/decode has the layouts).
 */
#include <string.h>

#include <cr2/flags.h>
#include <cr2/record.h>

#define PROTNONE (1ULL << 8)
#define HUGE (1ULL << 7) /* of an entry that is no PTE */
#define SPECIAL (1ULL << 9)
#define SAVED_DIRTY (1ULL << 58)
#define KEY (0xfULL << 59)
#define NX (1ULL << 63)
#define P (1ULL << 0)
#define W (1ULL << 1)
#define U (1ULL << 2)
#define A (1ULL << 5)
#define D (1ULL << 6)
#define UFFD_WP (1ULL << 10)
#define SOFT_DIRTY (1ULL << 11)
#define FRAME 0x000ffffffffff000ULL
/* Of a swap entry. */
#define SWP_SOFT_DIRTY W
#define SWP_UFFD_WP U
#define SWP_EXCLUSIVE (1ULL << 3)
#define MARKER_TYPES 30 /* and 31, of which a swap file has none; the offset, inverted, says what */
#define MARKER_UFFD_WP (1ULL << 9)

static uint32_t marks_of_nothing(uint64_t entry)
{
	uint32_t marks = 0;

	if (entry >> 59 >= MARKER_TYPES)
		return entry & MARKER_UFFD_WP ? 0 : CR2_MARK(UFFD_WP);
	marks |= entry & SWP_SOFT_DIRTY ? CR2_MARK(SOFT_DIRTY) : 0;
	marks |= entry & SWP_UFFD_WP ? CR2_MARK(UFFD_WP) : 0;
	marks |= entry & SWP_EXCLUSIVE ? CR2_MARK(EXCLUSIVE) : 0;
	return marks;
}

uint32_t cr2_marks_of_entry(uint64_t entry, unsigned level, bool exclusive)
{
	const struct {
		uint64_t bit;
		uint32_t mark;
	} bits[] = {
		{P, CR2_MARK(PRESENT)},		  {W, CR2_MARK(WRITE)},		  {A, CR2_MARK(ACCESSED)},
		{D, CR2_MARK(DIRTY)},		  {SAVED_DIRTY, CR2_MARK(SAVED_DIRTY)},
		{SOFT_DIRTY, CR2_MARK(SOFT_DIRTY)}, {UFFD_WP, CR2_MARK(UFFD_WP)},
		{SPECIAL, level > 1 ? 0 : CR2_MARK(SPECIAL)}, {KEY, CR2_MARK(KEY)},
	};
	uint64_t known = FRAME | U | NX | (level > 1 ? HUGE : 0) | (entry & P ? 0 : PROTNONE);
	uint32_t marks = 0;

	/* The CPU may set A and D in an entry that is being cleared. */
	if (!(entry & ~(A | D)))
		return 0;
	if (!(entry & (P | PROTNONE)))
		return marks_of_nothing(entry);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(bits); i++) {
		marks |= entry & bits[i].bit ? bits[i].mark : 0;
		known |= bits[i].bit;
	}
	marks |= entry & NX ? 0 : CR2_MARK(EXEC);
	marks |= entry & P ? 0 : CR2_MARK(PROTNONE);
	marks |= level > 2 ? CR2_MARK(GIGANTIC) : level > 1 ? CR2_MARK(HUGE) : 0;
	marks |= exclusive ? CR2_MARK(EXCLUSIVE) : 0;
	if (entry & ~known || !(entry & P) != !(entry & U) || (level > 1 && !(entry & HUGE)))
		marks |= CR2_MARK(OTHER);
	return marks;
}

int cr2_marks_append(uint32_t marks, struct cr2_text *text)
{
	int r = 0;

	for (int i = 0; i < CR2_MARK_BEGINS && r == 0; i++)
		if (marks & 1U << i)
			r = cr2_text_append(text, cr2_mark_letter((enum cr2_mark)i));
	return r;
}

size_t cr2_marks_parse(const char *text, uint32_t *ret_marks)
{
	size_t n = 0;
	uint32_t marks = 0;

	/* In their order, each once: a set has one text. */
	for (int i = 0; i < CR2_MARK_BEGINS; i++)
		if (text[n] == cr2_mark_letter((enum cr2_mark)i)[0]) {
			marks |= 1U << i;
			n++;
		}
	*ret_marks = marks;
	return n;
}
