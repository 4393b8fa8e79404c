/* SPDX-License-Identifier: MIT */
/*
 * Variants: a wrong answer about a scenario is the right one about another. The scenario is edited as its
 * misconception says (variant.def), run in the model, and taken where it comes to just that answer.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

enum edit {
	EDIT_BEFORE,
	EDIT_OPERATION,
	EDIT_FORKS,
	EDIT_OTHERS_END,
	EDIT_NO_EXIT,
	EDIT_MAP_WITH,
	EDIT_MAP_WITHOUT,
	EDIT_MAP_LONGER,
};

struct edit_row {
	enum cr2_misconception misconception;
	enum edit edit;
	const char *words, *as_if;
};
static const struct edit_row edits[] = {
#define X(id, edit, words, as_if) {CR2_MISCONCEPTION_##id, EDIT_##edit, words, as_if},
#include "variant.def"
#undef X
};

/* --- the lines of a scenario --- */

#define WORDS 8
struct phrase {
	char text[CR2_STATEMENT_MAX + 1];
	char who[CR2_NAME_MAX + 3]; /* "child: ", or nothing */
	size_t n;
	char words[WORDS][CR2_NAME_MAX + 16]; /* without the process */
};

static bool take_phrase(const char *line, size_t n, struct phrase *p)
{
	const char *end = line + n, *colon = memchr(line, ':', n);

	*p = (struct phrase){0};
	if (n > CR2_STATEMENT_MAX)
		return false;
	memcpy(p->text, line, n);
	if (colon && (size_t)(colon - line) + 2 < sizeof(p->who)) {
		memcpy(p->who, line, (size_t)(colon - line) + 2);
		line = colon + 2;
	}
	for (size_t length; line < end && p->n < WORDS; line += length + 1) {
		length = strcspn(line, " \n");
		if (length >= sizeof(p->words[0]))
			return false;
		memcpy(p->words[p->n++], line, length);
	}
	return p->n > 0;
}

static bool is_op(const struct phrase *p, enum cr2_op_kind op)
{
	return strcmp(p->words[0], cr2_op_name(op)) == 0;
}

/* A scenario up to the line that is asked. */
struct original {
	unsigned n;
	struct phrase phrases[LEARN_LINES];
	char mapping[CR2_NAME_MAX + 1]; /* what the line is about; "": no mapping */
	char pages[CR2_NAME_MAX + 16]; /* "buf@3", "buf@0..7" */
};

static const char *scenario_text(const struct cr2_exercise *e)
{
	for (size_t i = 0; i < e->n_given; i++)
		if (strcmp(e->given[i].key, cr2_key_name(CR2_KEY_SCENARIO)) == 0)
			return e->given[i].text;
	return NULL;
}

/* Without the byte; "buf" is its first page. */
static void take_pages(struct original *o, const char *ref)
{
	snprintf(o->mapping, sizeof(o->mapping), "%.*s", (int)strcspn(ref, "@"), ref);
	snprintf(o->pages, sizeof(o->pages), "%.*s%s", (int)strcspn(ref, "+"), ref, strchr(ref, '@') ? "" : "@0");
}

/* What the line is about; a fork's and an exit's page is the one that was touched last. */
static bool take_original(const struct cr2_exercise *e, unsigned line, struct original *o)
{
	const char *s = scenario_text(e);

	*o = (struct original){0};
	while (s && *s && o->n < line) {
		size_t n = strcspn(s, "\n");
		struct phrase *p = &o->phrases[o->n++];

		if (!take_phrase(s, n, p))
			return false;
		if (cr2_op_is_access(learn_facts(e)->scenario.lines[o->n - 1].op) && p->n > 1)
			take_pages(o, p->words[1]);
		s += n + (s[n] == '\n');
	}
	return o->n == line && *o->mapping;
}

/* --- edited --- */

struct draft {
	unsigned n;
	struct {
		unsigned line; /* of the original; 0: it has none */
		char text[CR2_STATEMENT_MAX + 1];
	} rows[LEARN_LINES];
	bool bad; /* the edit does not suit the scenario */
};

static void add(struct draft *d, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(struct draft *d, unsigned line, const char *format, ...)
{
	va_list args;
	int n;

	if (d->n == LEARN_LINES) {
		d->bad = true;
		return;
	}
	va_start(args, format);
	n = vsnprintf(d->rows[d->n].text, sizeof(d->rows[0].text), format, args);
	va_end(args);
	d->bad |= n < 0 || n > CR2_STATEMENT_MAX;
	d->rows[d->n++].line = line;
}

/* What a row's words stand for, at a line. */
static const char *meaning(char place, const struct original *o, const struct phrase *at)
{
	switch (place) {
	case 'w':
	case 'f':
		return at->who;
	case 'p':
		return o->pages;
	default:
		return at->words[1]; /* of a fork: the child */
	}
}

/* Rows of its own, one a line of the words. */
static void add_words(struct draft *d, const char *words, const struct original *o, const struct phrase *at)
{
	char text[3 * CR2_STATEMENT_MAX] = "", *rest = text, *row;
	size_t n = 0;

	for (; *words && n + CR2_STATEMENT_MAX < sizeof(text); words++)
		if (*words == '$') {
			words++;
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", meaning(*words, o, at),
					      *words == 'c' ? ": " : "");
		} else {
			text[n++] = *words;
			text[n] = '\0';
		}
	/* Ranges have no byte. */
	d->bad |= *words || (strstr(text, "..") && strchr(text, '+'));
	while ((row = strsep(&rest, "\n")))
		add(d, 0, "%s", row);
}

static void add_operation(struct draft *d, const struct original *o, const char *operation)
{
	const struct phrase *p = &o->phrases[o->n - 1];

	if (!*operation && *p->words[0] != 'k')
		d->bad = true;
	/* A load has no value. */
	add(d, o->n, "%s%s %s%s%s", p->who, *operation ? operation : p->words[0] + 1, p->words[1],
	    p->n > 2 && !*operation ? " " : "", p->n > 2 && !*operation ? p->words[2] : "");
}

static void add_ends(struct draft *d, const struct original *o)
{
	const char *own = o->phrases[o->n - 1].who;
	bool parent = *own;

	for (unsigned i = 0; i < o->n; i++) {
		const struct phrase *p = &o->phrases[i];
		char who[sizeof(p->who)];
		bool ended = false;

		if (!is_op(p, CR2_OP_FORK))
			continue;
		snprintf(who, sizeof(who), "%.*s: ", CR2_NAME_MAX, p->words[1]);
		for (unsigned k = i; k < o->n; k++)
			ended |= is_op(&o->phrases[k], CR2_OP_EXIT) && strcmp(o->phrases[k].who, who) == 0;
		if (!ended && strcmp(who, own) != 0)
			add(d, 0, "%sexit", who);
	}
	if (parent)
		add(d, 0, "exit");
}

/* map M N PROT ...: the line that makes the mapping. */
static void add_map(struct draft *d, const struct phrase *p, unsigned line, const struct edit_row *row)
{
	const char *there = strstr(p->text, row->words);

	if (row->edit == EDIT_MAP_LONGER)
		add(d, line, "%s%s %s %lu%s", p->who, p->words[0], p->words[1], strtoul(p->words[2], NULL, 10) + 1,
		    strstr(p->text, p->words[2]) + strlen(p->words[2]));
	else if (row->edit == EDIT_MAP_WITH && !there)
		add(d, line, "%s%s", p->text, row->words);
	else if (row->edit == EDIT_MAP_WITHOUT && there)
		add(d, line, "%.*s%s", (int)(there - p->text), p->text, there + strlen(row->words));
	else
		d->bad = true;
}

static bool is_its_map(const struct original *o, const struct phrase *p, enum edit edit)
{
	return (edit == EDIT_MAP_WITH || edit == EDIT_MAP_WITHOUT || edit == EDIT_MAP_LONGER) &&
	       is_op(p, CR2_OP_MAP) && strcmp(p->words[1], o->mapping) == 0;
}

static void edit_line(struct draft *d, const struct original *o, unsigned line, const struct edit_row *row)
{
	const struct phrase *p = &o->phrases[line - 1];
	bool asked = line == o->n;

	if (row->edit == EDIT_BEFORE && asked)
		add_words(d, row->words, o, p);
	if (row->edit == EDIT_OTHERS_END && asked)
		add_ends(d, o);
	if (row->edit == EDIT_OPERATION && asked)
		add_operation(d, o, row->words);
	else if (row->edit == EDIT_NO_EXIT && is_op(p, CR2_OP_EXIT))
		add(d, line, "%ssync %s", p->who, o->pages); /* does nothing to such a page */
	else if (is_its_map(o, p, row->edit))
		add_map(d, p, line, row);
	else
		add(d, line, "%s", p->text);
	if (row->edit == EDIT_FORKS && !asked && is_op(p, CR2_OP_FORK))
		add_words(d, row->words, o, p);
}

/* --- what it comes to --- */

static int run_draft(enum cr2_profile profile, const struct draft *d, struct learn_scenario *facts)
{
	struct cr2_text text = {0};
	int r = 0;

	*facts = (struct learn_scenario){.n = d->n};
	for (unsigned i = 0; i < d->n && r == 0; i++)
		r = cr2_text_printf(&text, "%s\n", d->rows[i].text);
	if (r == 0)
		r = scenario_facts(profile, text.data, text.length, facts);
	cr2_text_finish(&text);
	return r == -ENOMEM ? r : r < 0 ? -ENOENT : 0;
}

static const char *number_of(enum learn_subject subject)
{
	return subject == LEARN_REFS ? "references" : subject == LEARN_MAPS ? "map count" :
	       subject == LEARN_VALUE ? "value" : "faults";
}

/* What a line comes to, as the subject asks for it. */
static void answer_line(const struct learn_line *l, enum learn_subject subject, struct cr2_variant_side *side)
{
	uint64_t number = subject == LEARN_REFS ? l->refs : subject == LEARN_MAPS ? l->maps :
			  subject == LEARN_VALUE ? l->value : l->n_faults;

	side->n_answers = 1;
	if (subject != LEARN_ERROR && subject != LEARN_PATH) {
		side->answers[0] = learn_answer(CR2_ANSWER_NUMBER, number);
		return;
	}
	side->answers[0] = scenario_codes(l);
	if (subject == LEARN_PATH)
		side->answers[side->n_answers++] = scenario_paths(l);
}

static bool is_equal(const struct cr2_variant_side *a, const struct cr2_variant_side *b)
{
	bool equal = a->n_answers == b->n_answers;

	for (size_t i = 0; equal && i < a->n_answers; i++)
		equal = cr2_answer_equal(&a->answers[i], &b->answers[i]);
	return equal;
}

/* Lines before the one that is asked are shown whole. */
static void set_line(const struct cr2_exercise *e, const struct cr2_exercise_part *part, const struct original *o,
		     const struct learn_line *l, struct cr2_variant_line *line)
{
	const struct learn_line *right = &learn_facts(e)->scenario.lines[line->line - 1];
	enum learn_subject subject = (enum learn_subject)part->subject;

	snprintf(line->right.statement, sizeof(line->right.statement), "%s", o->phrases[line->line - 1].text);
	if (line->line < o->n && !right->pages)
		return;
	if (line->line < o->n)
		subject = right->pages > 1 ? LEARN_FAULTS : LEARN_PATH;
	answer_line(right, subject, &line->right);
	answer_line(l, subject, &line->variant);
	line->part = !is_equal(&line->right, &line->variant);
	if (line->right.answers[0].type == CR2_ANSWER_NUMBER)
		line->number = number_of(subject);
}

static int set_variant(const struct cr2_exercise *e, const struct cr2_exercise_part *part, const struct original *o,
		       const struct draft *d, const struct learn_scenario *facts, struct cr2_variant **ret)
{
	struct cr2_variant *v = calloc(1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (unsigned i = 0; i < d->n; i++) {
		struct cr2_variant_line *line = &v->lines[v->n++];

		line->line = d->rows[i].line;
		memcpy(line->variant.statement, d->rows[i].text, sizeof(line->variant.statement));
		if (line->line)
			set_line(e, part, o, &facts->lines[i], line);
		else if (facts->lines[i].pages)
			answer_line(&facts->lines[i], facts->lines[i].pages > 1 ? LEARN_FAULTS : LEARN_PATH, &line->variant);
		if (!line->line && line->variant.n_answers && line->variant.answers[0].type == CR2_ANSWER_NUMBER)
			line->number = number_of(LEARN_FAULTS);
	}
	*ret = v;
	return 0;
}

/* One edit; -ENOENT: its scenario does not come to the answer. */
static int try_edit(const struct cr2_exercise *e, const struct cr2_check *check, const struct original *o,
		    const struct edit_row *row, struct cr2_variant **ret)
{
	struct cr2_variant_side side = {0};
	struct learn_scenario facts;
	struct draft d = {0};
	int r;

	for (unsigned line = 1; line <= o->n; line++)
		edit_line(&d, o, line, row);
	if (d.bad)
		return -ENOENT;
	r = run_draft(e->profile, &d, &facts);
	if (r < 0)
		return r;
	answer_line(&facts.lines[d.n - 1], (enum learn_subject)check->part->subject, &side);
	if (!cr2_answer_equal(&side.answers[side.n_answers - 1], &check->answer))
		return -ENOENT;
	r = set_variant(e, check->part, o, &d, &facts, ret);
	if (r == 0) {
		(*ret)->misconception = row->misconception;
		(*ret)->as_if = row->as_if;
	}
	return r;
}

static bool is_of_scenario(const struct cr2_exercise *e, const struct cr2_exercise_part *part)
{
	enum cr2_exercise_kind kind = learn_kind_of(e);

	return (kind == CR2_EXERCISE_COW || kind == CR2_EXERCISE_PREDICT) && part->subject >= LEARN_FAULTS &&
	       part->subject <= LEARN_VALUE;
}

static bool is_diagnosed(const struct cr2_check *check, enum cr2_misconception misconception)
{
	for (size_t i = 0; i < check->n_misconceptions; i++)
		if (check->misconceptions[i] == misconception)
			return true;
	return false;
}

int cr2_exercise_variant(const struct cr2_exercise *exercise, const struct cr2_check *check,
			 struct cr2_variant **ret_variant)
{
	struct original o;
	int r = -ENOENT;

	if (check->correct || check->reason || !is_of_scenario(exercise, check->part) ||
	    !take_original(exercise, check->part->line, &o))
		return -ENOENT;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(edits) && r == -ENOENT; i++)
		if (is_diagnosed(check, edits[i].misconception))
			r = try_edit(exercise, check, &o, &edits[i], ret_variant);
	return r;
}
