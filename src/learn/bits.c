/* SPDX-License-Identifier: MIT */
/* An error code to its bits and back, and what happened; also codes that no CPU pushes. */
#include <inttypes.h>

#include "learn.h"

/* The bits that the course has; the others come at higher levels. */
#define COURSE_BITS 5
#define COURSE (CR2_PF(P) | CR2_PF(W) | CR2_PF(U) | CR2_PF(RSVD) | CR2_PF(I))

#define IN_BINARY "Write the code in binary: each bit answers one question."
#define ORDER "Bit 0, the rightmost, is P. Then come W, U, RSVD and I: 1, 2, 4, 8, 16."
#define MEANING "P=1: an entry was there and refused the access. W=1: a store. U=1: user mode. I=1: an instruction fetch."

static const char *const hints[] = {
	IN_BINARY, ORDER, MEANING,
	("No CPU pushes a code that contradicts itself: a fetch that stores (I with W), a reserved bit in an "
	 "entry that is not there (RSVD without P)."),
};

/* Of codes that have the bits of newer CPUs. */
static const char *const further[] = {
	IN_BINARY, ORDER, MEANING,
	("Bit 5, PK: a protection key refused. Bit 6, SS: an access to a shadow stack. Bit 15, SGX: an enclave's page is "
	 "not where it should be."),
	("No CPU pushes a code that contradicts itself: a fetch that stores, or reaches a shadow stack (I with W, or SS); a "
	 "reserved bit or a key in an entry that is not there (RSVD, PK without P), or both of them; keys do not govern fetches "
	 "(PK with I); SGX refuses only what paging allowed (P, but neither RSVD nor PK)."),
};

static uint64_t draw_code(struct maker *m)
{
	static const uint64_t masks[CR2_EXERCISE_LEVELS] = {
		CR2_PF(P) | CR2_PF(W) | CR2_PF(U),
		CR2_PF(P) | CR2_PF(W) | CR2_PF(U) | CR2_PF(I),
		COURSE,
		COURSE | CR2_PF(PK),
		COURSE | CR2_PF(PK) | CR2_PF(SS) | CR2_PF(SGX),
	};
	uint64_t code = random_draw(&m->random) & masks[m->level - 1];

	/* At the first level only a few contradict themselves. */
	if (m->level == 1 && random_chance(&m->random, 15))
		code |= random_chance(&m->random, 50) ? CR2_PF(RSVD) : CR2_PF(I) | CR2_PF(W);
	return code;
}

static struct cr2_error decode(uint64_t code)
{
	const struct cr2_error_input input = {.code = code};
	struct cr2_error error;

	cr2_error_decode(&input, &error);
	return error;
}

static void add_bits(struct maker *m, uint64_t code)
{
	const unsigned n = m->level < 4 ? COURSE_BITS : m->level == 4 ? COURSE_BITS + 1 : COURSE_BITS + 2;
	const struct cr2_error_bit *rows;
	struct cr2_text binary = {0};
	size_t rows_n;
	int r;

	rows = cr2_error_bits(&rows_n);
	r = cr2_error_code_binary(code, &binary);
	maker_step(m, "0x%" PRIx64 " is %s in binary; bit 0 stands at the right.", code,
		   maker_take(m, &binary, r));
	for (unsigned i = 0; i < n && i < rows_n; i++) {
		uint64_t bit = code >> rows[i].bit & 1;

		maker_step(m, "%s is bit %u, worth 0x%" PRIx64 ": it is %u here, so %s.", rows[i].name,
			   rows[i].bit, (uint64_t)1 << rows[i].bit, (unsigned)bit, rows[i].meanings[bit]);
		maker_ask(m, LEARN_BIT, rows[i].name,
			  maker_printf(m, "Bit %u, %s: 0 or 1?", rows[i].bit, rows[i].name), BIT, bit)
			->line = rows[i].bit;
	}
}

static void add_meaning(struct maker *m, const struct cr2_error *error)
{
	const struct cr2_answer store = learn_answer(CR2_ANSWER_ACCESS, CR2_ACCESS_WRITE);
	struct cr2_exercise_part *part;

	maker_step(m, "I=%u and W=%u: the access was a %s.", !!(error->input.code & CR2_PF(I)),
		   !!(error->input.code & CR2_PF(W)), cr2_access_name(error->access));
	part = maker_ask(m, LEARN_ACCESS, "access", "What was the access: read, write or fetch?", ACCESS,
			 error->access);
	/* A code that says both says neither more than the other. */
	if ((error->input.code & (CR2_PF(I) | CR2_PF(W))) == (CR2_PF(I) | CR2_PF(W)))
		maker_also(m, part, &store);
	maker_step(m, "U=%u: the access was made in %s mode.", error->user, error->user ? "user" : "kernel");
	maker_ask(m, LEARN_MODE, "mode", "In which mode was it made: user or kernel?", MODE, error->user);
	maker_step(m, "P=%u: there was %s.", error->present, error->present ?
		   "a translation, and it refused the access" : "no translation");
	maker_ask(m, LEARN_PRESENT, "present", "Was a translation present?", YESNO, error->present);
	if (error->n_conflicts)
		maker_step(m, "No CPU pushes this code. %s.", error->conflicts[0]);
	else
		maker_step(m, "No two bits contradict each other: a CPU can push this code.");
	maker_ask(m, LEARN_POSSIBLE, "possible", "Can a CPU push this code?", YESNO, error->n_conflicts == 0);
}

/* The way back: what happened to its code. */
static void add_story(struct maker *m)
{
	struct cr2_text sentence = {0}, bits = {0};
	struct cr2_error error;
	int r;

	do
		error = decode(random_draw(&m->random) & COURSE & ~CR2_PF(RSVD));
	while (error.n_conflicts);
	m->facts->bits.story = error.input.code;
	r = cr2_error_sentence(&error, &sentence);
	maker_give_text(m, STORY, maker_take(m, &sentence, r));
	r = cr2_error_code_format(error.input.code, &bits);
	maker_step(m, "%s: 0x%" PRIx64 ".", maker_take(m, &bits, r), error.input.code);
	maker_ask(m, LEARN_CODE_OF_STORY, "story_error", "And back: which error code does the story have?",
		  HEX, error.input.code);
}

void learn_ask_bits(struct maker *m, uint64_t code)
{
	struct cr2_error error = decode(code);

	m->facts->bits.code = code;
	maker_give_hex(m, ERROR, code);
	add_bits(m, code);
	add_meaning(m, &error);
	if (m->level >= 3)
		add_story(m);
	maker_question(m, "A page fault has the error code 0x%" PRIx64 ". What do its bits say, and can a CPU push it?%s",
		       code, m->level >= 3 ? " And which code does the story have?" : "");
	if (m->level < 4)
		maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
	else
		maker_hints(m, further, CR2_ARRAY_SIZE(further));
}

void learn_make_bits(struct maker *m)
{
	learn_ask_bits(m, draw_code(m));
}

/* --- misconceptions --- */

/* What is answered to a part by who takes another code for the one that is there. */
static size_t answer_of(const struct cr2_exercise_part *part, uint64_t code, uint64_t story,
			struct cr2_answer *ret)
{
	struct cr2_error error = decode(code);

	switch (part->subject) {
	case LEARN_BIT:
		ret->values[0] = code >> part->line & 1;
		return 1;
	case LEARN_ACCESS:
		ret->values[0] = error.access;
		return 1;
	case LEARN_MODE:
		ret->values[0] = error.user;
		return 1;
	case LEARN_PRESENT:
		ret->values[0] = error.present;
		return 1;
	case LEARN_POSSIBLE:
		ret->values[0] = error.n_conflicts == 0;
		return 1;
	case LEARN_CODE_OF_STORY:
		ret->values[0] = story;
		return 1;
	default:
		return 0;
	}
}

static uint64_t reversed(uint64_t code)
{
	uint64_t result = code & ~COURSE;

	for (unsigned i = 0; i < COURSE_BITS; i++)
		result |= (code >> i & 1) << (COURSE_BITS - 1 - i);
	return result;
}

size_t learn_bits_reversed(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const struct learn_bits *facts = &learn_facts(e)->bits;

	if (learn_kind_of(e) != CR2_EXERCISE_BITS)
		return 0;
	return answer_of(part, reversed(facts->code), reversed(facts->story), ret);
}

/* One bit says the opposite; what else follows from the code stays. */
static size_t inverted(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
		       enum learn_subject subject, enum cr2_error_code_bit bit, struct cr2_answer *ret)
{
	const struct learn_bits *facts = &learn_facts(e)->bits;
	bool concerned = part->subject == subject || part->subject == LEARN_CODE_OF_STORY;

	if (learn_kind_of(e) != CR2_EXERCISE_BITS || !concerned)
		return 0;
	return answer_of(part, facts->code ^ 1ULL << bit, facts->story ^ 1ULL << bit, ret);
}

size_t learn_p_inverted(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct cr2_answer *ret)
{
	return inverted(e, part, LEARN_PRESENT, CR2_PF_P_BIT, ret);
}

size_t learn_u_inverted(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct cr2_answer *ret)
{
	return inverted(e, part, LEARN_MODE, CR2_PF_U_BIT, ret);
}

/* W=1 taken for a read: not where the code says fetch. */
size_t learn_w_inverted(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct cr2_answer *ret)
{
	return inverted(e, part, LEARN_ACCESS, CR2_PF_W_BIT, ret);
}

/* An instruction fetch is taken for a load, since it does not store. */
size_t learn_fetch_is_read(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const struct learn_bits *facts = &learn_facts(e)->bits;

	if (learn_kind_of(e) != CR2_EXERCISE_BITS ||
	    (part->subject != LEARN_ACCESS && part->subject != LEARN_CODE_OF_STORY))
		return 0;
	return answer_of(part, facts->code & ~CR2_PF(I), facts->story & ~CR2_PF(I), ret);
}

size_t learn_all_possible(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			  struct cr2_answer *ret)
{
	(void)e;
	if (part->subject != LEARN_POSSIBLE)
		return 0;
	ret->values[0] = true;
	return 1;
}
