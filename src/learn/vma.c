/* SPDX-License-Identifier: MIT */
/* An address and a mapping: inside or not, and where; most questions are asked at its ends. */
#include <inttypes.h>

#include "learn.h"

static const char *const hints[] = {
	"A mapping [start, end) has all addresses from start on, up to end but without it.",
	"Offset: address minus start. One page is 4096 bytes: 0x1000.",
	("The page number counts from 0, from the mapping's start: offset >> 12. The offset in the page is the "
	 "lowest 12 bits: address & 0xfff."),
};

/* Where the address lies: its ends are what it is about. */
static uint64_t draw_address(struct maker *m, uint64_t start, uint64_t end)
{
	static const uint8_t weights[] = {10, 15, 25, 35, 15};

	switch (random_weighted(&m->random, weights, CR2_ARRAY_SIZE(weights))) {
	case 0:
		return start;
	case 1:
		return end - 1;
	case 2:
		return end;
	case 3:
		return start + random_below(&m->random, end - start);
	default:
		return end + random_below(&m->random, 2 * CR2_PAGE_SIZE);
	}
}

static void draw(struct maker *m, struct learn_vma *vma)
{
	/* Pages at the most, and where mappings are: as programs have them at first, later anywhere. */
	static const struct {
		uint64_t pages, base, room;
	} rows[CR2_EXERCISE_LEVELS] = {
		{16, 0x400000, 0x100000},
		{256, 0x555555554000, 0x10000000},
		{4096, 0x7f0000000000, 0xff00000000},
		{1 << 18, 0x7ffc00000000, 0x300000000},
		{1 << 24, 0x10000000000, 0x700000000000},
	};
	const uint64_t room = rows[m->level - 1].room;

	vma->start = rows[m->level - 1].base + (random_below(&m->random, room) & CR2_PAGE_MASK);
	vma->end = vma->start + (1 + random_below(&m->random, rows[m->level - 1].pages)) * CR2_PAGE_SIZE;
	vma->address = draw_address(m, vma->start, vma->end);
}

static struct cr2_error decode(const struct learn_vma *vma)
{
	const struct cr2_error_input input = {
		.has_address = true,
		.address = vma->address,
		.has_mapping = true,
		.mapping = {.start = vma->start, .end = vma->end, .bare = true},
	};
	struct cr2_error error;

	cr2_error_decode(&input, &error);
	return error;
}

static void add_parts(struct maker *m, const struct learn_vma *vma)
{
	struct cr2_error error = decode(vma);

	maker_step(m, "start <= address < end? 0x%" PRIx64 " is %s 0x%" PRIx64 ": it is %s. The end is exclusive.",
		   vma->address, vma->address < vma->end ? "below" : vma->address == vma->end ? "equal to" : "above",
		   vma->end, error.inside ? "inside" : "outside");
	maker_ask(m, LEARN_INSIDE, "inside", "Is the address inside the mapping?", YESNO, error.inside);
	maker_step(m, "0x%" PRIx64 " - 0x%" PRIx64 " = 0x%" PRIx64 ".", vma->address, vma->start, error.offset);
	maker_ask(m, LEARN_OFFSET, "offset", "How many bytes is the address from the mapping's start?", HEX,
		  error.offset);
	maker_step(m, "0x%" PRIx64 " >> 12 = %" PRIu64 ": pages count from 0, from the mapping's start.",
		   error.offset, error.page);
	maker_ask(m, LEARN_PAGE, "page", "Which page of the mapping is that, from 0 (as if it went on)?", NUMBER,
		  error.page);
	maker_step(m, "0x%" PRIx64 " & 0xfff = 0x%" PRIx64 ".", vma->address, error.page_offset);
	maker_ask(m, LEARN_PAGE_OFFSET, "page_offset", "How many bytes is it from the start of its page?", HEX,
		  error.page_offset);
}

static void add_size(struct maker *m, const struct learn_vma *vma)
{
	maker_step(m, "The end is exclusive, so the last byte is at 0x%" PRIx64 " - 1.", vma->end);
	maker_ask(m, LEARN_LAST, "last", "Which is the last address inside the mapping?", HEX, vma->end - 1);
	maker_step(m, "(0x%" PRIx64 " - 0x%" PRIx64 ") >> 12 = %" PRIu64 ".", vma->end, vma->start,
		   (vma->end - vma->start) >> CR2_PAGE_SHIFT);
	maker_ask(m, LEARN_PAGES, "pages", "How many pages does the mapping have?", NUMBER,
		  (vma->end - vma->start) >> CR2_PAGE_SHIFT);
}

void learn_ask_vma(struct maker *m, const struct learn_vma *vma)
{
	m->facts->vma = *vma;
	maker_give_hex(m, ADDR, vma->address);
	maker_give_hex(m, START, vma->start);
	maker_give_hex(m, END, vma->end);
	add_parts(m, vma);
	if (m->level >= 3)
		add_size(m, vma);
	maker_question(m, "/proc/PID/maps has a mapping %" PRIx64 "-%" PRIx64 ". Where in it is the address 0x%"
		       PRIx64 "?", vma->start, vma->end, vma->address);
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
}

void learn_make_vma(struct maker *m)
{
	struct learn_vma vma;

	draw(m, &vma);
	learn_ask_vma(m, &vma);
}

/* --- misconceptions --- */

size_t learn_end_inclusive(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const struct learn_vma *vma = &learn_facts(e)->vma;

	switch (part->subject) {
	case LEARN_INSIDE:
		return learn_one(ret, vma->address >= vma->start && vma->address <= vma->end);
	case LEARN_LAST:
		return learn_one(ret, vma->end);
	case LEARN_PAGES:
		return learn_one(ret, ((vma->end - vma->start) >> CR2_PAGE_SHIFT) + 1);
	default:
		return 0;
	}
}

size_t learn_start_exclusive(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			     struct cr2_answer *ret)
{
	const struct learn_vma *vma = &learn_facts(e)->vma;

	return part->subject == LEARN_INSIDE ? learn_one(ret, vma->address > vma->start && vma->address < vma->end) : 0;
}

/* The number of the page in the address space. */
size_t learn_page_from_zero(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	return part->subject == LEARN_PAGE ? learn_one(ret, learn_facts(e)->vma.address >> CR2_PAGE_SHIFT) : 0;
}

size_t learn_page_from_one(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	(void)e;
	return part->subject == LEARN_PAGE ? learn_one(ret, part->answer.values[0] + 1) : 0;
}

size_t learn_offset_from_end(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			     struct cr2_answer *ret)
{
	const struct learn_vma *vma = &learn_facts(e)->vma;

	if (part->subject != LEARN_OFFSET)
		return 0;
	return learn_one(ret, vma->address > vma->end ? vma->address - vma->end : vma->end - vma->address);
}
