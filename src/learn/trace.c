/* SPDX-License-Identifier: MIT */
/*
 * A fault's eight stages, as the model takes it, with gaps: each can be worked out from what is
 * left.
 */
#include <inttypes.h>

#include "learn.h"

static const char *const hints[] = {
	"Each gap follows from other lines: look for what belongs to the same address or the same page.",
	"The error code: S3 says who did what, S5 whether there was an entry. Indices and offset are pieces of CR2.",
	("The new entry is frame << 12 with its flags; the physical address is frame << 12 with the last three digits "
	 "of CR2."),
};

/* What may be a gap, in the order of the lines. */
enum value {
	VALUE_ERROR,
	VALUE_PAGE,
	VALUE_PGD,
	VALUE_PUD,
	VALUE_PMD,
	VALUE_PTE,
	VALUE_ENTRY,
	VALUE_PHYS,
	VALUES,
};

struct telling {
	bool gap[VALUES];
	struct cr2_answer answers[VALUES];
};

static const struct {
	const char *key, *ask, *how;
	enum learn_subject subject;
} values[] = {
	[VALUE_ERROR] = {"error", "S1: which error code did the CPU push?",
		"P is 1 where there was an entry (S5), W and U are as the access was (S3)", LEARN_ERROR},
	[VALUE_PAGE] = {"page", "S2: which page of the mapping is it, from 0?", "(CR2 - start) >> 12", LEARN_OTHER},
	[VALUE_PGD] = {"pgd", "S4: index in the PGD?", "CR2 >> 39 & 511", LEARN_OTHER},
	[VALUE_PUD] = {"pud", "S4: index in the PUD?", "CR2 >> 30 & 511", LEARN_OTHER},
	[VALUE_PMD] = {"pmd", "S4: index in the PMD?", "CR2 >> 21 & 511", LEARN_OTHER},
	[VALUE_PTE] = {"pte", "S4: index in the PTE table?", "CR2 >> 12 & 511", LEARN_OTHER},
	[VALUE_ENTRY] = {"entry", "S7: which value does the PTE get?", "frame << 12, and the bits of the flags",
		LEARN_OTHER},
	[VALUE_PHYS] = {"phys", "S8: which physical address is accessed?", "frame << 12, and CR2 & 0xfff", LEARN_OTHER},
};

static void note(void *data, const struct cr2_stage *stage)
{
	struct learn_trace *t = data;

	switch (stage->kind) {
	case CR2_STAGE_EXCEPTION:
		t->exception = stage->exception;
		break;
	case CR2_STAGE_VMA:
		t->vma = stage->vma;
		break;
	case CR2_STAGE_ENTRY:
		t->entry = stage->entry;
		break;
	case CR2_STAGE_INSTALL:
		t->install = stage->install;
		break;
	case CR2_STAGE_RETURN:
		t->ret = stage->ret;
		break;
	default:
		break;
	}
}

static void fill(const struct learn_trace *t, struct telling *telling)
{
	uint64_t address = t->exception.cr2;
	struct cr2_va va;

	cr2_va_decode(address, 4, &va);
	telling->answers[VALUE_ERROR] = learn_answer(CR2_ANSWER_ERRORS, t->exception.frame.error_code);
	telling->answers[VALUE_PAGE] =
		learn_answer(CR2_ANSWER_NUMBER, (address - t->vma.vma.start) >> CR2_PAGE_SHIFT);
	for (unsigned i = 0; i < 4; i++)
		telling->answers[VALUE_PGD + i] = learn_answer(CR2_ANSWER_NUMBER, va.indices[i]);
	telling->answers[VALUE_ENTRY] = learn_answer(CR2_ANSWER_HEX, t->install.entry.value);
	telling->answers[VALUE_PHYS] = learn_answer(CR2_ANSWER_HEX, t->ret.physical);
}

/* "0x7", or "?error" where it is asked for. */
static const char *tell(struct maker *m, const struct telling *telling, enum value i)
{
	struct cr2_text text = {0};
	int r;

	if (telling->gap[i])
		return maker_printf(m, "?%s", values[i].key);
	r = cr2_answer_format(&telling->answers[i], &text);
	return maker_take(m, &text, r);
}

static const char *write_trace(struct maker *m, const struct learn_trace *t, const struct telling *telling,
			       enum cr2_path path)
{
	uint64_t code = t->exception.frame.error_code, entry = t->install.entry.value;
	uint64_t frame = (entry & CR2_PTE_FRAME_MASK) >> CR2_PAGE_SHIFT;
	struct cr2_text flags = {0};
	int r = cr2_entry_flags_format(entry, CR2_LEVEL_PTE, m->kernel, &flags);

	return maker_printf(m,
		"S1 exception   CR2 = 0x%" PRIx64 ", error code %s\n"
		"S2 mapping     0x%" PRIx64 "-0x%" PRIx64 ": page %s of it\n"
		"S3 permission  a %s in %s mode: allowed\n"
		"S4 walk        PGD[%s] PUD[%s] PMD[%s] PTE[%s]\n"
		"S5 entry       the PTE is 0x%" PRIx64 ": %s\n"
		"S6 page        %s; the frame is 0x%" PRIx64 "\n"
		"S7 install     the PTE becomes %s: %s\n"
		"S8 return      the access is made again, at physical %s\n",
		t->exception.cr2, tell(m, telling, VALUE_ERROR),
		t->vma.vma.start, t->vma.vma.end, tell(m, telling, VALUE_PAGE),
		cr2_access_name(t->exception.access), code & CR2_PF(U) ? "user" : "kernel",
		tell(m, telling, VALUE_PGD), tell(m, telling, VALUE_PUD), tell(m, telling, VALUE_PMD),
		tell(m, telling, VALUE_PTE), t->entry.entry.value, cr2_path_function(path),
		cr2_path_sentence(path), frame,
		tell(m, telling, VALUE_ENTRY), maker_take(m, &flags, r), tell(m, telling, VALUE_PHYS));
}

/* As many as the level has, anywhere. */
static void draw_gaps(struct maker *m, struct telling *telling)
{
	static const unsigned gaps[CR2_EXERCISE_LEVELS] = {1, 2, 3, 5, VALUES};

	for (unsigned left = gaps[m->level - 1]; left;) {
		bool *gap = &telling->gap[random_below(&m->random, VALUES)];

		left -= !*gap;
		*gap = true;
	}
}

static void ask_gaps(struct maker *m, enum cr2_path path)
{
	struct learn_trace *t = &m->facts->trace;
	struct telling telling = {0};

	fill(t, &telling);
	draw_gaps(m, &telling);
	maker_give_text(m, TRACE, write_trace(m, t, &telling, path));
	for (unsigned i = 0; i < VALUES; i++) {
		if (!telling.gap[i])
			continue;
		telling.gap[i] = false;
		maker_step(m, "%s: %s: %s.", values[i].key, values[i].how, tell(m, &telling, (enum value)i));
		maker_part(m, values[i].subject, values[i].key, values[i].ask, &telling.answers[i]);
	}
	maker_question(m, "The last line takes a fault on kernel %s. What belongs into the gaps of its trace?",
		       cr2_profile_name(m->exercise->profile));
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
}

void learn_make_trace(struct maker *m)
{
	const char *scenario = learn_draw_scenario(m, learn_draw_way(m, false));
	enum cr2_path path = CR2_PATH_UNKNOWN;
	int r = learn_take_fault(m, scenario, note, &m->facts->trace, &path);

	if (r < 0) {
		m->error = r;
		return;
	}
	maker_give_text(m, SCENARIO, scenario);
	ask_gaps(m, path);
}

void learn_ask_first_trace(struct maker *m, uint64_t address)
{
	const char *scenario = learn_first_write(m, address);
	enum cr2_path path;
	int r = m->error == 0 ? learn_take_fault(m, scenario, note, &m->facts->trace, &path) : m->error;

	if (r < 0) {
		m->error = r;
		return;
	}
	maker_give_text(m, SCENARIO, scenario);
	ask_gaps(m, path);
}
