/* SPDX-License-Identifier: MIT */
/*
 * An address through the page tables: the indices, where the entries are, what the last one says,
 * and an entry put together again. Entries are drawn as Linux makes them.
 */
#include <inttypes.h>

#include "learn.h"

#define INDEX_BITS 9
#define PCID 0xfffULL /* of CR3: no part of the table's address */

static const char *const hints[] = {
	"The page tables cut the address into pieces: 12 bits for the place in the page, 9 for each table.",
	"Nine bits, since a table is a page of 512 entries of 8 bytes. From the right: offset, PTE, PMD, PUD, "
	"(P4D,) PGD.",
	"An entry is at table + 8 * index; the first table is where CR3 says, without its low 12 bits. The next table is at the entry's bits 51 to 12; so is the page, of which "
	"the frame number has no last three hexadecimal digits.",
	"An index is address >> 12, 21, 30, 39, 48 and & 511. A PMD entry with bit 7 set maps 2 MiB: then the "
	"offset has 21 bits.",
};

/* --- values --- */

static uint64_t draw_address(struct maker *m, unsigned levels)
{
	unsigned bits = 12 + INDEX_BITS * levels - 1;
	uint64_t address = random_draw(&m->random) & ((1ULL << bits) - 1);

	if (m->level >= 2 && random_chance(&m->random, 25))
		return address | ~((1ULL << bits) - 1);
	return address;
}

/* A frame below 64 GiB. */
static uint64_t draw_frame(struct maker *m)
{
	return (1 + random_below(&m->random, (1 << 24) - 1)) << CR2_PAGE_SHIFT;
}

static uint64_t draw_leaf(struct maker *m, bool kernel, bool huge)
{
	uint64_t entry = draw_frame(m) | CR2_PTE(P) | CR2_PTE(A) | (kernel ? CR2_PTE(G) : CR2_PTE(U));

	if (random_chance(&m->random, 60))
		entry |= CR2_PTE(W) | CR2_PTE(D);
	if (random_chance(&m->random, 60))
		entry |= CR2_PTE(NX);
	if (huge)
		entry = (entry & ~(CR2_HUGE_SIZE - 1)) | (entry & 0xfff) | CR2_PTE(PSE);
	return entry;
}

static void draw(struct maker *m, struct learn_walk *w)
{
	bool kernel;

	w->levels = m->level >= 2 && random_chance(&m->random, 40) ? 5 : 4;
	w->address = draw_address(m, w->levels);
	kernel = w->address >> 63;
	w->cr3 = draw_frame(m) | (m->level >= 4 ? random_below(&m->random, 16) : 0);
	w->huge = m->level == 5 && random_chance(&m->random, 60);
	if (m->level >= 3)
		w->n_entries = w->levels - 1;
	for (unsigned i = 0; i < w->n_entries; i++)
		w->entries[i] = draw_frame(m) | CR2_PTE(P) | CR2_PTE(W) | CR2_PTE(A) | CR2_PTE(D_TABLE) |
				(kernel ? 0 : CR2_PTE(U));
	if (w->huge)
		w->entries[w->n_entries - 1] = draw_leaf(m, kernel, true);
	else if (m->level >= 4)
		w->entries[w->n_entries++] = draw_leaf(m, kernel, false);
	w->back = draw_leaf(m, false, false);
}

/* The table that holds the entry of level i. */
static uint64_t table_of(const struct learn_walk *w, unsigned i)
{
	return i == 0 ? w->cr3 & ~PCID : w->entries[i - 1] & CR2_PTE_FRAME_MASK;
}

static struct cr2_va decode(const struct learn_walk *w)
{
	struct cr2_va va;

	cr2_va_decode(w->address, w->levels, &va);
	return va;
}

static struct cr2_entry decode_entry(const struct maker *m, uint64_t value, enum cr2_level level,
				     unsigned levels)
{
	struct cr2_entry_input input;
	struct cr2_entry entry;

	cr2_entry_input_init(&input);
	input.value = value;
	input.level = level;
	input.levels = levels;
	input.kernel = m->kernel;
	cr2_entry_decode(&input, &entry);
	return entry;
}

/* --- parts --- */

static void add_indices(struct maker *m, const struct learn_walk *w, const struct cr2_va *va)
{
	for (unsigned i = 0; i < w->levels; i++) {
		enum cr2_level level = cr2_va_level(va, i);
		unsigned shift = CR2_PAGE_SHIFT + INDEX_BITS * (w->levels - 1 - i);

		maker_step(m, "%s: bits %u to %u, 0x%" PRIx64 " >> %u & 511 = %u.", cr2_level_title(level),
			   shift + INDEX_BITS - 1, shift, w->address, shift, va->indices[i]);
		maker_ask(m, LEARN_INDEX, cr2_level_name(level),
			  maker_printf(m, "Index in the %s table?", cr2_level_title(level)), NUMBER,
			  va->indices[i])->line = i;
	}
	maker_step(m, "Offset: bits 11 to 0, 0x%" PRIx64 " & 0xfff = 0x%" PRIx64 ".", w->address, va->offset);
	maker_ask(m, LEARN_VA_OFFSET, "offset", "Offset in the 4 KiB page (bits 11 to 0)?", HEX, va->offset);
}

static void give_entries(struct maker *m, const struct learn_walk *w, const struct cr2_va *va)
{
	for (unsigned i = 0; i < w->n_entries; i++)
		maker_give(m, CR2_KEY_NONE, &(struct cr2_given){
			.key = cr2_level_name(cr2_va_level(va, i)),
			.group = cr2_key_name(CR2_KEY_ENTRIES),
			.number = w->entries[i],
		});
}

/* Where each entry on the way is. */
static void add_places(struct maker *m, const struct learn_walk *w, const struct cr2_va *va)
{
	unsigned n = w->huge ? w->levels - 1 : w->levels;

	for (unsigned i = 0; i < n; i++) {
		enum cr2_level level = cr2_va_level(va, i);
		uint64_t table = table_of(w, i), at = table + 8 * va->indices[i];

		maker_step(m, "The %s entry is at 0x%" PRIx64 " + 8 * %u = 0x%" PRIx64 ".", cr2_level_title(level),
			   table, va->indices[i], at);
		maker_ask(m, LEARN_ENTRY_AT, maker_printf(m, "%s_at", cr2_level_name(level)),
			  maker_printf(m, "At which physical address is the %s entry?", cr2_level_title(level)),
			  HEX, at)->line = i;
	}
}

static void ask_flags(struct maker *m, const struct cr2_entry *entry, const char *key, const char *ask)
{
	struct cr2_answer answer = learn_answer(CR2_ANSWER_FLAGS, entry->flags.value);

	answer.flags = entry->table;
	maker_part(m, LEARN_ENTRY_FLAGS, key, ask, &answer);
}

/* What the last entry says, and where the byte is. */
static void add_leaf(struct maker *m, const struct learn_walk *w)
{
	enum cr2_level level = w->huge ? CR2_LEVEL_PMD : CR2_LEVEL_PTE;
	struct cr2_entry entry = decode_entry(m, w->entries[w->n_entries - 1], level, w->levels);
	uint64_t phys = entry.phys + (w->address & (entry.size - 1));
	struct cr2_text flags = {0};
	int r;

	maker_step(m, "0x%" PRIx64 ": bits 51 to 12 are the frame number, 0x%" PRIx64 ". Bits 63 to 52 and 11 to 0 "
		   "are flags.", entry.input.value, entry.pfn);
	maker_ask(m, LEARN_PFN, "pfn", "Which page frame number does the last entry hold?", HEX, entry.pfn);
	r = cr2_flags_format(&entry.flags, " ", &flags);
	maker_step(m, "Its flags: %s.", maker_take(m, &flags, r));
	ask_flags(m, &entry, "flags", "Which flags does it hold?");
	maker_step(m, "It maps %s: 0x%" PRIx64 " + 0x%" PRIx64 " = 0x%" PRIx64 ".", w->huge ? "2 MiB, so the offset "
		   "has 21 bits" : "4 KiB, so the offset has 12 bits", entry.phys, w->address & (entry.size - 1),
		   phys);
	maker_ask(m, LEARN_PHYS, "phys", "At which physical address is the byte?", HEX, phys);
}

/* And back: a frame and flags to an entry. */
static void add_back(struct maker *m, const struct learn_walk *w)
{
	struct cr2_entry entry = decode_entry(m, w->back, CR2_LEVEL_PTE, w->levels);
	struct cr2_text flags = {0};
	const char *names;
	int r = cr2_flags_format(&entry.flags, " ", &flags);

	names = maker_take(m, &flags, r);
	maker_give_hex(m, PFN, entry.pfn);
	maker_give_text(m, FLAGS, names);
	maker_step(m, "0x%" PRIx64 " << 12, and the bits of %s: 0x%" PRIx64 ".", entry.pfn, names, w->back);
	maker_ask(m, LEARN_ENTRY, "entry", "And back: which PTE maps the given frame with the given flags?", HEX,
		  w->back);
}

void learn_make_walk(struct maker *m)
{
	struct learn_walk *w = &m->facts->walk;
	struct cr2_va va;

	draw(m, w);
	va = decode(w);
	maker_give_hex(m, VA, w->address);
	maker_give_hex(m, CR3, w->cr3);
	maker_give_number(m, LEVELS, w->levels);
	give_entries(m, w, &va);
	add_indices(m, w, &va);
	if (m->level >= 3)
		add_places(m, w, &va);
	if (m->level >= 4)
		add_leaf(m, w);
	if (m->level == 5)
		add_back(m, w);
	maker_question(m, "CR3 is 0x%" PRIx64 ", the page tables have %u levels. How does the CPU walk to 0x%" PRIx64
		       "?", w->cr3, w->levels, w->address);
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
}

/* --- misconceptions --- */

static unsigned shift_of(const struct learn_walk *w, unsigned i)
{
	return CR2_PAGE_SHIFT + INDEX_BITS * (w->levels - 1 - i);
}

size_t learn_walk_reversed(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;

	if (part->subject != LEARN_INDEX)
		return 0;
	return learn_one(ret, decode(w).indices[w->levels - 1 - part->line]);
}

/* As paging of 32 bits has it. */
size_t learn_ten_bit_index(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;
	unsigned shift = CR2_PAGE_SHIFT + 10 * (w->levels - 1 - part->line);

	if (part->subject != LEARN_INDEX)
		return 0;
	return learn_one(ret, w->address >> shift & 1023);
}

/* The PGD's index from bits 47 to 39, whatever levels there are. */
size_t learn_always_four_levels(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
				struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;

	if (part->subject != LEARN_INDEX || w->levels == 4 || part->line > 0)
		return 0;
	return learn_one(ret, w->address >> shift_of(w, 1) & 511);
}

size_t learn_entry_not_scaled(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			      struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;

	if (part->subject != LEARN_ENTRY_AT)
		return 0;
	ret[1] = ret[0];
	learn_one(&ret[1], table_of(w, part->line) + 4 * decode(w).indices[part->line]);
	learn_one(&ret[0], table_of(w, part->line) + decode(w).indices[part->line]);
	return 2;
}

/* What stands below bit 12 is taken for a part of the table's address: CR3's PCID, an entry's flags. */
size_t learn_flags_in_address(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			      struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;
	const uint64_t nx = CR2_PTE(NX);

	if (part->subject == LEARN_ENTRY_AT)
		return learn_one(ret, (part->line ? w->entries[part->line - 1] : w->cr3) +
				 8 * decode(w).indices[part->line]);
	if (part->subject == LEARN_PHYS)
		return learn_one(ret, (w->entries[w->n_entries - 1] & ~nx) +
				 (w->address & (w->huge ? CR2_HUGE_SIZE - 1 : ~CR2_PAGE_MASK)));
	return 0;
}

/* "pfn 0x12345" of 0x8000000012345067 is right; 0x8000000012345 has the bits above 51, too. */
size_t learn_nx_in_pfn(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
		       struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;

	return part->subject == LEARN_PFN ? learn_one(ret, w->entries[w->n_entries - 1] >> CR2_PAGE_SHIFT) : 0;
}

size_t learn_pfn_is_address(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;

	if (part->subject == LEARN_PFN)
		return learn_one(ret, w->entries[w->n_entries - 1] & CR2_PTE_FRAME_MASK);
	if (part->subject == LEARN_ENTRY)
		return learn_one(ret, (w->back & CR2_PTE_FRAME_MASK) >> CR2_PAGE_SHIFT | (w->back & ~CR2_PTE_FRAME_MASK));
	return 0;
}

/* A 2 MiB page's byte looked for in its first 4 KiB. */
size_t learn_leaf_of_4k(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct cr2_answer *ret)
{
	const struct learn_walk *w = &learn_facts(e)->walk;

	if (part->subject != LEARN_PHYS || !w->huge)
		return 0;
	return learn_one(ret, (w->entries[w->n_entries - 1] & CR2_PTE_FRAME_MASK) + (w->address & ~CR2_PAGE_MASK));
}
