/* SPDX-License-Identifier: MIT */
/*
 * 3,000 exercises of each kind, or $CR2_EXERCISES (10,000 in the suite long): their answers are worked out again
 * from what is given, by plain arithmetic; each answer is taken in every form that people write.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/calibration.h>
#include <cr2/decode.h>
#include <cr2/learn.h>
#include <cr2/run.h>

#include "learn/cow_rules.h"

#include "../test.h"

static void make(enum cr2_exercise_kind kind, uint64_t seed, unsigned level, struct cr2_exercise *e)
{
	/* The kernels take turns. */
	enum cr2_profile profile = (enum cr2_profile)(seed % CR2_PROFILE_COUNT);

	assert_int_equal(cr2_exercise_make(kind, seed, level, profile, e), 0);
}

static const struct cr2_given *given(const struct cr2_exercise *e, const char *key)
{
	for (size_t i = 0; i < e->n_given; i++)
		if (strcmp(e->given[i].key, key) == 0)
			return &e->given[i];
	fail_msg("%s: nothing is given as %s", cr2_exercise_name(e->kind), key);
	return NULL;
}

static uint64_t number(const struct cr2_exercise *e, const char *key)
{
	return given(e, key)->number;
}

/* The answer to a part; its check takes it. */
static uint64_t answer(const struct cr2_exercise *e, const char *key)
{
	const struct cr2_exercise_part *part = cr2_exercise_part(e, key);

	if (!part)
		fail_msg("%s, seed %u, level %u: no part %s", cr2_exercise_name(e->kind), (unsigned)e->seed,
			 e->level, key);
	assert_int_equal(part->answer.n, 1);
	return part->answer.values[0];
}

#define wanted(e, key, value) \
	do { \
		uint64_t seen_ = answer(e, key), wanted_ = (value); \
		if (seen_ != wanted_) \
			fail_msg("%s, seed %u, level %u: %s is %#llx, not %#llx", cr2_exercise_name((e)->kind), \
				 (unsigned)(e)->seed, (e)->level, key, (unsigned long long)seen_, \
				 (unsigned long long)wanted_); \
	} while (0)

/* --- every accepted form --- */

static void accepted(const struct cr2_exercise *e, const struct cr2_exercise_part *part, const char *s)
{
	struct cr2_check check;

	cr2_exercise_check(e, part, s, &check);
	if (!check.correct || check.n_misconceptions)
		fail_msg("%s, seed %u, level %u, %s: '%s' is refused", cr2_exercise_name(e->kind),
			 (unsigned)e->seed, e->level, part->key, s);
}

static void binary(uint64_t value, char *s)
{
	int bits = value ? 64 - __builtin_clzll(value) : 1;

	for (int i = bits; i-- > 0;)
		*s++ = value >> i & 1 ? '1' : '0';
	*s = '\0';
}

/* Digits in groups, as the course writes addresses. */
static void grouped(const char *digits, size_t group, char *s)
{
	for (size_t n = strlen(digits); *digits; digits++, n--) {
		*s++ = *digits;
		if (n > 1 && n % group == 1)
			*s++ = '_';
	}
	*s = '\0';
}

static void accepted_number(const struct cr2_exercise *e, const struct cr2_exercise_part *part)
{
	static const char *const forms[] = {"0x%llx", "0X%llX", "%llu", " %llu ", "%llxh", "0x%016llx"};
	uint64_t value = part->answer.values[0];
	char s[200], digits[80], groups[120];

	for (size_t i = 0; i < CR2_ARRAY_SIZE(forms); i++) {
		snprintf(s, sizeof(s), forms[i], (unsigned long long)value);
		accepted(e, part, s);
	}
	binary(value, digits);
	snprintf(s, sizeof(s), "0b%s", digits);
	accepted(e, part, s);
	snprintf(s, sizeof(s), "%sb", digits);
	accepted(e, part, s);
	grouped(digits, 4, groups);
	snprintf(s, sizeof(s), "0b%s", groups);
	accepted(e, part, s);
	snprintf(digits, sizeof(digits), "%llx", (unsigned long long)value);
	grouped(digits, 4, groups);
	snprintf(s, sizeof(s), "0x%s", groups);
	accepted(e, part, s);
	if (value % 1024)
		return;
	snprintf(s, sizeof(s), "%lluK", (unsigned long long)value / 1024);
	accepted(e, part, s);
	snprintf(s, sizeof(s), "%llu KiB", (unsigned long long)value / 1024);
	accepted(e, part, s);
}

/* In the other order, in capitals, with commas. */
static void accepted_flags(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   const char *s)
{
	char other[300], copy[300], *at = other + sizeof(other) - 1, *word;

	snprintf(copy, sizeof(copy), "%s", s);
	*at = '\0';
	for (char *rest = copy; (word = strsep(&rest, " "));) {
		size_t n = strlen(word);

		if (*at)
			*--at = ',';
		at = memcpy(at - n, word, n);
	}
	memmove(other, at, strlen(at) + 1);
	for (char *c = other; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	accepted(e, part, other);
	snprintf(other, sizeof(other), "0x%llx", (unsigned long long)part->answer.values[0]);
	accepted(e, part, other);
}

static void accepted_words(const struct cr2_exercise *e, const struct cr2_exercise_part *part)
{
	static const char *const yes[] = {"yes", "YES", "y", "true", "True", "1", "set"};
	static const char *const no[] = {"no", "No", "n", "false", "0", "clear"};
	static const char *const accesses[][2] = {{"read", "Load"}, {"write", "store"}, {"fetch", "execute"}};
	uint64_t value = part->answer.values[0];

	if (part->answer.type == CR2_ANSWER_YESNO || part->answer.type == CR2_ANSWER_BIT) {
		for (size_t i = 0; value && i < CR2_ARRAY_SIZE(yes); i++)
			accepted(e, part, yes[i]);
		for (size_t i = 0; !value && i < CR2_ARRAY_SIZE(no); i++)
			accepted(e, part, no[i]);
	}
	if (part->answer.type == CR2_ANSWER_ACCESS) {
		accepted(e, part, accesses[value][0]);
		accepted(e, part, accesses[value][1]);
	}
	if (part->answer.type == CR2_ANSWER_MODE)
		accepted(e, part, value ? "User" : "supervisor");
}

/* Each error code in other bases; paths in capitals. */
static void accepted_list(const struct cr2_exercise *e, const struct cr2_exercise_part *part, char *s)
{
	char numbers[200] = "";

	for (size_t i = 0; part->answer.type == CR2_ANSWER_ERRORS && i < part->answer.n; i++)
		snprintf(numbers + strlen(numbers), sizeof(numbers) - strlen(numbers), "%s%llu", i ? ", " : "",
			 (unsigned long long)part->answer.values[i]);
	if (*numbers)
		accepted(e, part, numbers);
	for (char *c = s; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	accepted(e, part, s);
}

static void forms(const struct cr2_exercise *e)
{
	for (size_t i = 0; i < e->n_parts; i++) {
		const struct cr2_exercise_part *part = &e->parts[i];
		enum cr2_answer_type type = part->answer.type;
		struct cr2_text text = {0};

		assert_int_equal(cr2_answer_format(&part->answer, &text), 0);
		accepted(e, part, text.data);
		if (type == CR2_ANSWER_HEX || type == CR2_ANSWER_NUMBER || type == CR2_ANSWER_SIZE)
			accepted_number(e, part);
		else if (type == CR2_ANSWER_FLAGS)
			accepted_flags(e, part, text.data);
		else if (type == CR2_ANSWER_ERRORS || type == CR2_ANSWER_PATHS)
			accepted_list(e, part, text.data);
		else
			accepted_words(e, part);
		cr2_text_finish(&text);
	}
}

/* --- every listed form --- */

struct listed {
	const struct cr2_exercise *e;
	const struct cr2_exercise_part *part;
	unsigned n;
};

static int accepted_form(void *data, const char *form)
{
	struct listed *l = data;

	l->n++;
	accepted(l->e, l->part, form);
	return 0;
}

static int refused_form(void *data, const char *form)
{
	struct listed *l = data;
	struct cr2_check check;

	l->n++;
	cr2_exercise_check(l->e, l->part, form, &check);
	if (check.correct || !check.n_misconceptions)
		fail_msg("%s, seed %u, level %u, %s: '%s' is %s", cr2_exercise_name(l->e->kind), (unsigned)l->e->seed,
			 l->e->level, l->part->key, form, check.correct ? "taken" : "nobody's");
	return 0;
}

/* Right answers are taken as all of them, wrong ones of misconceptions as none. */
static void listed(const struct cr2_exercise *e, bool wrong)
{
	struct cr2_answer mistakes[CR2_MISTAKES];

	for (size_t i = 0; i < e->n_parts; i++) {
		struct listed l = {e, &e->parts[i], 0};

		assert_int_equal(cr2_answer_forms(&l.part->answer, false, accepted_form, &l), 0);
		assert_true(l.n > 0);
		for (size_t k = 0; k < l.part->n_also; k++)
			assert_int_equal(cr2_answer_forms(&l.part->also[k], false, accepted_form, &l), 0);
		for (int m = 0; wrong && m < CR2_MISCONCEPTION_COUNT; m++) {
			size_t n = cr2_exercise_mistakes(e, l.part, (enum cr2_misconception)m, mistakes);

			for (size_t k = 0; k < n; k++)
				assert_int_equal(cr2_answer_forms(&mistakes[k], false, refused_form, &l), 0);
		}
	}
}

/* What holds of every exercise. */
static void whole(const struct cr2_exercise *e)
{
	assert_non_null(e->question);
	assert_true(e->n_given > 0 && e->n_parts > 0 && e->n_hints > 1 && e->n_steps > 0);
	for (size_t i = 0; i < e->n_parts; i++) {
		assert_true(e->parts[i].step < e->n_steps);
		assert_ptr_equal(cr2_exercise_part(e, e->parts[i].key), &e->parts[i]);
	}
}

/* So many of each level. Sanitizers see the same with fewer. */
static uint64_t seeds(void)
{
	const char *sanitized = getenv("CR2_SANITIZED"), *wanted_exercises = getenv("CR2_EXERCISES");

	if (wanted_exercises)
		return strtoull(wanted_exercises, NULL, 10) / CR2_EXERCISE_LEVELS;
	return sanitized && *sanitized ? 20 : 600;
}

static void each(enum cr2_exercise_kind kind, void (*look)(const struct cr2_exercise *e))
{
	for (unsigned level = 1; level <= CR2_EXERCISE_LEVELS; level++)
		for (uint64_t seed = 0; seed < seeds(); seed++) {
			struct cr2_exercise e;

			make(kind, seed, level, &e);
			whole(&e);
			look(&e);
			if (seed < 20) {
				forms(&e);
				listed(&e, seed < 2);
			}
			cr2_exercise_finish(&e);
		}
}

/* --- the kinds --- */

static bool is_possible(uint64_t code)
{
	bool p = code & 1, w = code & 2, rsvd = code & 8, i = code & 16, pk = code & 32, ss = code & 64,
	     sgx = code & 0x8000;

	return !(w && i) && !(rsvd && !p) && !(pk && (!p || i || rsvd)) && !(ss && i) &&
	       !(sgx && (!p || rsvd || pk));
}

/* "user mode stored to a page that is not present" */
static uint64_t code_of(const char *story)
{
	return (strstr(story, "user mode") ? 4 : 0) | (strstr(story, "stored") ? 2 : 0) |
	       (strstr(story, "fetched") ? 16 : 0) | (strstr(story, "not present") ? 0 : 1);
}

static void look_at_bits(const struct cr2_exercise *e)
{
	static const char *const names[] = {"P", "W", "U", "RSVD", "I"};
	uint64_t code = number(e, "error");

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		wanted(e, names[i], code >> i & 1);
	wanted(e, "access", code & 16 ? CR2_ACCESS_FETCH : code & 2 ? CR2_ACCESS_WRITE : CR2_ACCESS_READ);
	wanted(e, "mode", code >> 2 & 1);
	wanted(e, "present", code & 1);
	wanted(e, "possible", is_possible(code));
	if (e->level >= 3)
		wanted(e, "story_error", code_of(given(e, "story")->text));
}

static void bits(void **state)
{
	(void)state;
	each(CR2_EXERCISE_BITS, look_at_bits);
}

static void look_at_vma(const struct cr2_exercise *e)
{
	uint64_t addr = number(e, "addr"), start = number(e, "start"), end = number(e, "end");

	assert_true(start < end && start % 4096 == 0 && end % 4096 == 0 && addr >= start);
	wanted(e, "inside", addr >= start && addr < end);
	wanted(e, "offset", addr - start);
	wanted(e, "page", (addr - start) / 4096);
	wanted(e, "page_offset", addr % 4096);
	if (e->level >= 3) {
		wanted(e, "last", end - 1);
		wanted(e, "pages", (end - start) / 4096);
	}
}

static void vma(void **state)
{
	(void)state;
	each(CR2_EXERCISE_VMA, look_at_vma);
}

/* Where the address lies is drawn, so that each of its places comes. */
static void vma_ends(void **state)
{
	unsigned at_start = 0, at_last = 0, at_end = 0, behind = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct cr2_exercise e;
		uint64_t addr;

		make(CR2_EXERCISE_VMA, seed, 1, &e);
		addr = number(&e, "addr");
		at_start += addr == number(&e, "start");
		at_last += addr + 1 == number(&e, "end");
		at_end += addr == number(&e, "end");
		behind += addr > number(&e, "end");
		cr2_exercise_finish(&e);
	}
	assert_true(at_start > 5 && at_last > 5 && at_end > 20 && behind > 5);
}

static const char *const five[] = {"pgd", "p4d", "pud", "pmd", "pte"};
static const char *const four[] = {"pgd", "pud", "pmd", "pte"};

#define FRAME 0x000ffffffffff000ULL

static void look_at_entries(const struct cr2_exercise *e, const char *const *names, uint64_t levels)
{
	uint64_t va = number(e, "va"), table = number(e, "cr3") & FRAME, entry = 0;
	unsigned shift = (unsigned)(12 + 9 * (levels - 1));
	bool huge = false;

	for (unsigned i = 0; i < levels && !huge; i++, shift -= 9) {
		char key[16];

		snprintf(key, sizeof(key), "%s_at", names[i]);
		wanted(e, key, table + 8 * (va >> shift & 511));
		if (e->level == 3 && i + 1 == levels)
			return;
		entry = number(e, names[i]);
		table = entry & FRAME;
		huge = entry & 0x80;
	}
	if (e->level < 4)
		return;
	wanted(e, "pfn", (entry & FRAME) >> 12);
	wanted(e, "phys", (entry & FRAME) + (va & (huge ? 0x1fffff : 0xfff)));
	wanted(e, "flags", entry & ~FRAME);
}

static void look_at_walk(const struct cr2_exercise *e)
{
	uint64_t levels = number(e, "levels"), va = number(e, "va");
	const char *const *names = levels == 5 ? five : four;

	for (unsigned i = 0; i < levels; i++)
		wanted(e, names[i], va >> (12 + 9 * (levels - 1 - i)) & 511);
	wanted(e, "offset", va & 0xfff);
	if (e->level >= 3)
		look_at_entries(e, names, levels);
	if (e->level == 5) {
		const char *flags = given(e, "flags")->text;

		wanted(e, "entry", number(e, "pfn") << 12 | 1 | 4 | 32 | (strstr(flags, "write") ? 2 | 64 : 0) |
			(strstr(flags, "NX") ? 1ULL << 63 : 0));
	}
}

static void walk(void **state)
{
	(void)state;
	each(CR2_EXERCISE_WALK, look_at_walk);
}

/* The arguments are asked for in their order, each in its register; C's int has 32 bits, bool 8. */
static void look_at_probe(const struct cr2_exercise *e)
{
	static const char *const order[] = {"di", "si", "dx", "cx", "r8", "r9"};
	static const char *const narrow[] = {"(int)", "(u32)", "(unsigned int)", "(vm_fault_t)"};

	for (size_t i = 0; i < e->n_parts && e->parts[i].answer.type == CR2_ANSWER_HEX; i++) {
		uint64_t mask = UINT64_MAX;

		for (size_t k = 0; k < CR2_ARRAY_SIZE(narrow); k++)
			if (strstr(e->parts[i].ask, narrow[k]))
				mask = UINT32_MAX;
		if (strstr(e->parts[i].ask, "(bool)"))
			mask = 0xff;
		wanted(e, e->parts[i].key, number(e, order[i]) & mask);
	}
	assert_int_equal(e->parts[0].answer.type, CR2_ANSWER_HEX);
}

static void probe(void **state)
{
	(void)state;
	each(CR2_EXERCISE_PROBE, look_at_probe);
}

/* --- scenarios: run once more, and beside rules of thumb --- */

/* The answer to a part of a line: as many values as wanted, these. */
static void wanted_list(const struct cr2_exercise *e, const char *key, unsigned line, size_t n,
			const uint64_t *values, bool either)
{
	const struct cr2_exercise_part *part;
	struct cr2_answer answer;
	char name[32];

	snprintf(name, sizeof(name), "%s_%u", key, line);
	part = cr2_exercise_part(e, name);
	assert_non_null(part);
	answer = part->answer;
	answer.n = n;
	for (size_t i = 0; i < n; i++)
		answer.values[i] = values[i];
	if (!cr2_answer_equal(&answer, &part->answer))
		fail_msg("%s, seed %u, level %u: %s", cr2_exercise_name(e->kind), (unsigned)e->seed, e->level, name);
	assert_int_equal(part->n_also, either);
}

static void wanted_faults(const struct cr2_exercise *e, const struct cr2_observation *o)
{
	uint64_t codes[CR2_OUTCOME_FAULTS], paths[CR2_OUTCOME_FAULTS];

	for (size_t i = 0; i < o->n_faults; i++) {
		codes[i] = o->faults[i].error_code;
		paths[i] = o->faults[i].path;
	}
	wanted_list(e, "error", o->line, o->n_faults, codes, o->either);
	wanted_list(e, "path", o->line, o->n_faults, paths, o->either);
}

static void run_again(const struct cr2_exercise *e, struct cr2_run *ret_run)
{
	const char *text = given(e, "scenario")->text;
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	cr2_model_config_init(&config, e->profile);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	assert_int_equal(cr2_litmus_parse("again", text, strlen(text), &litmus, &diag), 0);
	assert_int_equal(cr2_litmus_run(&litmus, runner, NULL, NULL, ret_run), 0);
	cr2_litmus_finish(&litmus);
	cr2_runner_destroy(runner);
}

static void look_at_predict(const struct cr2_exercise *e)
{
	struct cr2_run run;

	/* To run one takes longer than all else. */
	if (e->seed % 4)
		return;
	run_again(e, &run);
	for (size_t i = 0, n; i < run.observations.count; i += n) {
		const struct cr2_observation *o = &run.observations.items[i];
		uint64_t faults = 0;

		/* A range is one step a page. */
		for (n = 0; i + n < run.observations.count && o[n].line == o->line; n++)
			faults += o[n].n_faults;
		if (!cr2_op_is_access(o->op))
			continue;
		wanted_list(e, "faults", o->line, 1, &faults, o->either);
		if (n == 1)
			wanted_faults(e, o);
	}
	cr2_run_finish(&run);
}

static void predict(void **state)
{
	(void)state;
	each(CR2_EXERCISE_PREDICT, look_at_predict);
}

static void look_at_cow_line(const struct cr2_exercise *e, const struct learn_line *l, unsigned line)
{
	const struct learn_scenario *facts = &learn_facts(e)->scenario;
	uint64_t refs, maps, value, paths[CR2_OUTCOME_FAULTS];
	struct learn_line rule;

	cow_by_rule(facts, COW_RIGHT, line, &rule);
	refs = rule.refs;
	maps = rule.maps;
	value = rule.value;
	for (unsigned i = 0; i < rule.n; i++)
		paths[i] = rule.paths[i];
	if (l->page == CR2_PAGE_ANON || l->page == CR2_PAGE_FILE) {
		wanted_list(e, "refs_after", line, 1, &refs, false);
		wanted_list(e, "maps_after", line, 1, &maps, false);
	}
	assert_int_equal(rule.page, l->page);
	if (!cr2_op_is_access(l->op))
		return;
	wanted_list(e, "error", line, rule.n, rule.codes, false);
	wanted_list(e, "path", line, rule.n, paths, false);
	if (l->op == CR2_OP_READ && e->level >= 3)
		wanted_list(e, "value", line, 1, &value, false);
}

static void look_at_cow(const struct cr2_exercise *e)
{
	const struct learn_scenario *facts = &learn_facts(e)->scenario;

	for (unsigned line = 1; line <= facts->n; line++)
		if (facts->lines[line - 1].op != CR2_OP_MAP && facts->lines[line - 1].op != CR2_OP_FILE)
			look_at_cow_line(e, &facts->lines[line - 1], line);
}

static void cow(void **state)
{
	(void)state;
	each(CR2_EXERCISE_COW, look_at_cow);
}

/* --- programs: by closed forms --- */

static uint64_t over(uint64_t n, uint64_t by)
{
	return (n + by - 1) / by;
}

static uint64_t faults_of_parent(const struct cr2_exercise *e, const struct learn_count *c)
{
	if (c->populate)
		return 0;
	if (c->huge)
		return c->pages / 512;
	/* The course's kernel has no fault-around. */
	if (c->file && e->profile != CR2_PROFILE_COURSE)
		return over(c->pages, 16);
	return over(c->pages, c->stride);
}

/*
 * Where the parent only read small pages, fork copies nothing, and the child begins with an empty mapping. A
 * write to the huge zero page maps 2 MiB from 6.13 on; before, it splits it.
 */
static void look_at_count(const struct cr2_exercise *e)
{
	const struct learn_count *c = &learn_facts(e)->count;
	bool inherits = !c->reads || c->populate;
	bool whole = c->huge && c->reads && (e->profile == CR2_PROFILE_6_18 || e->profile == CR2_PROFILE_COURSE);
	uint64_t k = c->child_writes, regions = over(c->pages, 512), child_faults = whole ? over(k, 512) : k;
	uint64_t frames = c->populate || (c->huge && !c->reads) ? c->pages : c->reads ? 0 : over(c->pages, c->stride);
	uint64_t child_frames = whole ? 512 * over(k, 512) : k;
	uint64_t tables = 2 + (c->huge ? 0 : regions), child_tables = 0;

	if (k && c->huge)
		child_tables = 2 + (whole ? 0 : over(k, 512));
	else if (k)
		child_tables = 2 + (inherits ? regions : over(k, 512));
	assert_int_equal(number(e, "size"), c->pages * 4096ULL);
	wanted(e, "faults", faults_of_parent(e, c) + child_faults);
	wanted(e, "pages", frames + child_frames);
	wanted(e, "table_bytes", 4096 * (tables + child_tables));
}

static void count(void **state)
{
	(void)state;
	each(CR2_EXERCISE_PROGRAM, look_at_count);
}

/* How long: only where it is asked for; each fault by a cost that is given. */
static void look_at_time(uint64_t seed, const struct cr2_calibration *calibration, unsigned *n_timed)
{
	struct cr2_exercise e, timed;
	uint64_t least = UINT64_MAX, most = 0, ns, n;

	make(CR2_EXERCISE_PROGRAM, seed, 1 + seed % 5, &e);
	assert_int_equal(e.n_parts, 3);
	assert_int_equal(cr2_exercise_make_timed(e.kind, seed, e.level, e.profile, calibration, &timed), 0);
	for (size_t i = 0; i < timed.n_given; i++)
		if (timed.given[i].group) {
			least = timed.given[i].number < least ? timed.given[i].number : least;
			most = timed.given[i].number > most ? timed.given[i].number : most;
		}
	if (timed.n_parts == 4) {
		++*n_timed;
		n = answer(&timed, "faults");
		ns = answer(&timed, "ns");
		assert_true(n * least <= ns && ns <= n * most);
		if (least == most)
			wanted(&timed, "ns", n * least);
		forms(&timed);
	}
	cr2_exercise_finish(&e);
	cr2_exercise_finish(&timed);
}

static void count_time(void **state)
{
	struct cr2_calibration calibration = {.n = 1, .costs = {{.name = "anon_alloc", .ns = {.n = 5, .median = 2718.2},
								 .date = "2026-11-23T11:05:00Z"}}};
	unsigned n_timed = 0;
	struct cr2_exercise e;

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++)
		look_at_time(seed, seed % 2 ? &calibration : NULL, &n_timed);
	assert_true(n_timed > 30);
	assert_int_equal(cr2_exercise_make_timed(CR2_EXERCISE_PROGRAM, 0, 1, CR2_PROFILE_6_18, &calibration, &e), 0);
	assert_int_equal(number(&e, "anon_alloc"), 2718);
	assert_non_null(strstr(e.question, "2026-11-23"));
	cr2_exercise_finish(&e);
}

/* A tenth off is right, a little more is not; units are taken. */
static void time_is_a_range(void **state)
{
	static const struct {
		unsigned percent;
		bool right;
	} rows[] = {{90, true}, {110, true}, {89, false}, {112, false}};
	struct cr2_exercise e;
	const struct cr2_exercise_part *part;
	struct cr2_check check;
	char s[40];

	(void)state;
	assert_int_equal(cr2_exercise_make_timed(CR2_EXERCISE_PROGRAM, 0, 1, CR2_PROFILE_6_18, NULL, &e), 0);
	part = cr2_exercise_part(&e, "ns");
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		unsigned long long ns = part->answer.values[0] * rows[i].percent / 100 + (rows[i].percent < 100);

		snprintf(s, sizeof(s), "%llu", ns);
		cr2_exercise_check(&e, part, s, &check);
		assert_int_equal(check.correct, rows[i].right);
		snprintf(s, sizeof(s), "%llu.%03llu us", ns / 1000, ns % 1000);
		cr2_exercise_check(&e, part, s, &check);
		assert_int_equal(check.correct, rows[i].right);
	}
	cr2_exercise_check(&e, part, "1 hour", &check);
	assert_non_null(check.reason);
	cr2_exercise_finish(&e);
}

/* --- the way through the kernel --- */

/* The scenario takes the fault that its row is about; its functions are the kernel's. */
static void look_at_chain(const struct cr2_exercise *e)
{
	const struct learn_chain *c = &learn_facts(e)->chain;
	const char *names[LEARN_CHAIN], *path = given(e, "path")->text;
	unsigned n = learn_chain_functions(e, names);
	int kernel = cr2_profile_version(e->profile);
	bool refused = strncmp(path, "segv", 4) == 0;

	assert_true(n >= 5 && n < LEARN_CHAIN);
	assert_string_equal(names[0], "exc_page_fault");
	assert_string_equal(names[n - 1], refused ? "force_sig_fault" : names[n - 1]);
	for (unsigned i = 0; i < n; i++) {
		const struct cr2_registers none = {0};
		struct cr2_probe probe;

		assert_int_equal(cr2_probe_decode(names[i], &none, kernel, &probe), 0);
		cr2_probe_finish(&probe);
	}
	/* The function that gives the path its name is on the way. */
	for (unsigned i = 0; !refused && i < n; i++)
		if (strcmp(names[i], cr2_path_function((enum cr2_path)cr2_path_parse(path))) == 0)
			refused = true;
	assert_true(refused);
	/* Mappings are aligned to 2 MiB; the access is to page 1, or to the first behind them. */
	wanted(e, "address", number(e, "addr"));
	assert_int_equal(number(e, "addr") & 0x1fffff, strcmp(path, "segv_maperr") == 0 ? 0x4000 : 0x12a8);
	assert_int_equal(c->error_code & 1, strncmp(path, "wp_", 3) == 0);
	wanted(e, "error_code", c->error_code);
	if (cr2_exercise_part(e, "flags"))
		wanted(e, "flags", c->flags);
}

static void chain(void **state)
{
	(void)state;
	each(CR2_EXERCISE_CHAIN, look_at_chain);
}

/* --- traces: gaps from what is left --- */

/* The number behind a word of the trace. */
static uint64_t told(const char *trace, const char *word)
{
	const char *at = strstr(trace, word);

	assert_non_null(at);
	return strtoull(at + strlen(word), NULL, 0);
}

static void look_at_trace(const struct cr2_exercise *e)
{
	static const char *const flags[] = {": present", " write", " user", NULL, NULL, " accessed", " dirty"};
	const char *trace = given(e, "trace")->text, *installed = strstr(trace, "S7");
	uint64_t address = told(trace, "CR2 = "), frame = told(trace, "the frame is "), entry = frame << 12;
	uint64_t code = (told(trace, "the PTE is ") & 1) | (strstr(trace, "a write in") ? 2 : 0) | 4;

	for (unsigned i = 0; i < e->n_parts; i++) {
		const char *key = e->parts[i].key;
		char gap[16];

		snprintf(gap, sizeof(gap), "?%s", key);
		assert_non_null(strstr(trace, gap));
		if (strcmp(key, "error") == 0)
			wanted(e, key, code);
		else if (strcmp(key, "page") == 0)
			wanted(e, key, (address - told(trace, "S2 mapping     ")) >> 12);
		else if (strcmp(key, "phys") == 0)
			wanted(e, key, frame << 12 | (address & 0xfff));
		else if (strcmp(key, "entry") != 0)
			wanted(e, key, address >> (key[1] == 'g' ? 39 : key[1] == 'u' ? 30 : key[1] == 'm' ? 21 : 12) & 511);
	}
	for (unsigned i = 0; i < CR2_ARRAY_SIZE(flags); i++)
		entry |= flags[i] && strstr(installed, flags[i]) ? 1ULL << i : 0;
	if (cr2_exercise_part(e, "entry"))
		assert_int_equal(answer(e, "entry") & 0xffffffffff067, entry);
}

static void trace(void **state)
{
	(void)state;
	each(CR2_EXERCISE_TRACE, look_at_trace);
}

/* --- what holds of all --- */

/* --- the course's sheet, by hand --- */

static void sheet(unsigned number, struct cr2_exercise *e)
{
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_COURSE, number, 1, CR2_PROFILE_COURSE, e), 0);
}

static void course(void **state)
{
	struct cr2_exercise e;

	(void)state;
	sheet(1, &e);
	wanted(&e, "P", 1);
	wanted(&e, "RSVD", 0);
	wanted(&e, "I", 1);
	wanted(&e, "possible", 0);
	cr2_exercise_finish(&e);
	sheet(2, &e);
	wanted(&e, "inside", 1);
	wanted(&e, "offset", 0x12345678);
	wanted(&e, "page", 74565);
	wanted(&e, "page_offset", 0x678);
	cr2_exercise_finish(&e);
	sheet(3, &e);
	wanted(&e, "address", 0x555556789000);
	wanted(&e, "error_code", 0x6);
	cr2_exercise_finish(&e);
	sheet(4, &e);
	wanted(&e, "pfn", 0x12345);
	wanted(&e, "user", 0);
	wanted(&e, "entry_after_fork", 0x12345001);
	wanted(&e, "refs_after_3", 2);
	wanted(&e, "error_4", 0x7);
	wanted(&e, "path_4", CR2_PATH_WP_COPY);
	wanted(&e, "path_5", CR2_PATH_WP_REUSE);
	cr2_exercise_finish(&e);
	sheet(5, &e);
	wanted(&e, "address", 0x555556789000);
	wanted(&e, "flags", 0x255);
	cr2_exercise_finish(&e);
	sheet(6, &e);
	wanted(&e, "faults", 2560);
	wanted(&e, "table_bytes", (5 + 1 + 1) * 4096);
	cr2_exercise_finish(&e);
	sheet(7, &e);
	wanted(&e, "error", 0x6);
	wanted(&e, "pgd", 170);
	wanted(&e, "pud", 341);
	wanted(&e, "pmd", 179);
	wanted(&e, "pte", 393);
	cr2_exercise_finish(&e);
	/* Wrong answers are explained as in the other kinds. */
	sheet(1, &e);
	for (size_t i = 0; i < e.n_parts; i++) {
		struct cr2_check check;

		cr2_exercise_check(&e, &e.parts[i], "yes", &check);
		if (strcmp(e.parts[i].key, "possible") == 0)
			assert_int_equal(check.misconceptions[check.n_misconceptions - 1], CR2_MISCONCEPTION_ALL_POSSIBLE);
	}
	cr2_exercise_finish(&e);
}

static void same_again(void **state)
{
	(void)state;
	for (int kind = 0; kind < CR2_EXERCISE_COUNT; kind++) {
		struct cr2_exercise a, b, c;

		make((enum cr2_exercise_kind)kind, 7, 3, &a);
		make((enum cr2_exercise_kind)kind, 7, 3, &b);
		make((enum cr2_exercise_kind)kind, 8, 3, &c);
		assert_string_equal(a.question, b.question);
		assert_int_equal(a.n_parts, b.n_parts);
		for (size_t i = 0; i < a.n_parts; i++)
			assert_true(cr2_answer_equal(&a.parts[i].answer, &b.parts[i].answer));
		assert_true(strcmp(a.question, c.question) != 0 || a.n_parts != c.n_parts ||
			    a.given[0].number != c.given[0].number ||
			    (a.given[0].text && strcmp(a.given[0].text, c.given[0].text) != 0));
		cr2_exercise_finish(&a);
		cr2_exercise_finish(&b);
		cr2_exercise_finish(&c);
	}
}

static void refused(void **state)
{
	struct cr2_exercise e;

	(void)state;
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_COUNT, 0, 1, CR2_PROFILE_6_18, &e), -EINVAL);
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_BITS, 0, 0, CR2_PROFILE_6_18, &e), -EINVAL);
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_BITS, 0, 6, CR2_PROFILE_6_18, &e), -EINVAL);
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_BITS, 0, 1, CR2_PROFILE_COUNT, &e), -EINVAL);
	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		assert_int_equal(cr2_exercise_parse(cr2_exercise_name((enum cr2_exercise_kind)i)), i);
	assert_null(cr2_exercise_name(CR2_EXERCISE_COUNT));
	assert_int_equal(cr2_exercise_parse("bit"), -EINVAL);
}

/* --- levels --- */

enum {
	PARTS,
	GIVEN, /* values */
	DIGITS, /* of them, in binary */
	TEXT, /* of them */
	ANSWERS, /* their digits, in binary */
	MEASURES,
};

static unsigned digits(uint64_t value)
{
	return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

static void measure(enum cr2_exercise_kind kind, unsigned level, uint64_t *measures)
{
	memset(measures, 0, MEASURES * sizeof(*measures));
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct cr2_exercise e;

		assert_int_equal(cr2_exercise_make(kind, seed, level, CR2_PROFILE_6_18, &e), 0);
		measures[PARTS] += e.n_parts;
		measures[GIVEN] += e.n_given;
		for (size_t i = 0; i < e.n_given; i++)
			if (e.given[i].type == CR2_GIVEN_TEXT)
				measures[TEXT] += strlen(e.given[i].text);
			else
				measures[DIGITS] += digits(e.given[i].number);
		for (size_t i = 0; i < e.n_parts; i++)
			measures[ANSWERS] += digits(e.parts[i].answer.values[0]);
		cr2_exercise_finish(&e);
	}
}

/* One level is not another under a new number: something of what is given, asked or answered changes by a twentieth. */
static void levels_differ(void **state)
{
	(void)state;
	for (int kind = 0; kind < CR2_EXERCISE_COUNT; kind++) {
		uint64_t before[MEASURES], now[MEASURES];

		if (kind == CR2_EXERCISE_COURSE)
			continue;
		measure((enum cr2_exercise_kind)kind, 1, before);
		for (unsigned level = 2; level <= CR2_EXERCISE_LEVELS; level++) {
			bool differs = false;

			measure((enum cr2_exercise_kind)kind, level, now);
			for (int i = 0; i < MEASURES; i++)
				differs |= now[i] * 20 >= before[i] * 21 || now[i] * 20 <= before[i] * 19;
			if (!differs)
				fail_msg("%s: level %u is like the one before", cr2_exercise_name((enum cr2_exercise_kind)kind), level);
			memcpy(before, now, sizeof(before));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits),
		cmocka_unit_test(vma),
		cmocka_unit_test(vma_ends),
		cmocka_unit_test(walk),
		cmocka_unit_test(probe),
		cmocka_unit_test(predict),
		cmocka_unit_test(cow),
		cmocka_unit_test(count),
		cmocka_unit_test(count_time),
		cmocka_unit_test(time_is_a_range),
		cmocka_unit_test(levels_differ),
		cmocka_unit_test(chain),
		cmocka_unit_test(trace),
		cmocka_unit_test(course),
		cmocka_unit_test(same_again),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
