/* SPDX-License-Identifier: MIT */
/*
 * A short scenario, of which the learner predicts which lines fault, with which error code and by
 * which path. It is put together from pieces (predict.def), and run in the model.
 */
#include "scenario.h"

#include <inttypes.h>
#include <string.h>

static const char *const hints[] = {
	"For each line: is there an entry for the page, and does it allow the access? Then there is no fault.",
	"No entry: P=0. An entry that refuses: P=1. A store: W=1. User mode: U=1. kread and kwrite are the kernel's.",
	("Never touched and anonymous: a read maps the zero page (anon_zero), a write a new page (anon_alloc). Of a "
	 "file: file_read, with its neighbours; a write file_cow where private, file_shared where shared."),
	("A write to a read-only entry of a writable mapping: wp_copy where others have the page (the zero page and a "
	 "file's too), wp_reuse where nobody else has it, wp_shared in a shared mapping of a file."),
	"Outside every mapping: segv_maperr. The mapping forbids it: segv_accerr. Behind the file's end: sigbus.",
};

struct piece {
	unsigned level;
	const char *settings, *lines;
};
static const struct piece pieces[] = {
#define X(level, settings, lines) {level, settings, lines},
#include "predict.def"
#undef X
};

static const struct piece *draw_piece(struct maker *m, unsigned least, unsigned most)
{
	const struct piece *piece;

	do
		piece = &pieces[random_below(&m->random, CR2_ARRAY_SIZE(pieces))];
	while (piece->level < least || piece->level > most);
	return piece;
}

/* What the places of a piece's text stand for. */
struct fillings {
	char letter; /* of its names */
	unsigned pages, page;
};

static int fill(struct cr2_text *text, char place, const struct fillings *f)
{
	switch (place) {
	case 'm':
		return cr2_text_printf(text, "%s", f->letter == 'a' ? "buf" : "mem");
	case 'f':
		return cr2_text_printf(text, "file_%c", f->letter);
	case 'p':
		return cr2_text_printf(text, "%s", f->letter == 'a' ? "child" : "second");
	case 'n':
	case 'e':
		return cr2_text_printf(text, "%u", f->pages);
	case 'l':
		return cr2_text_printf(text, "%u", f->pages - 1);
	default:
		return cr2_text_printf(text, "%u", f->page);
	}
}

static void add_line(struct maker *m, struct scenario *scenario, const char *line, size_t n,
		     const struct fillings *f)
{
	struct cr2_text text = {0};
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		if (line[i] == '$')
			r = fill(&text, line[++i], f);
		else
			r = cr2_text_append_n(&text, line + i, 1);
	scenario_add(m, scenario, "%s", maker_take(m, &text, r));
}

static void add_piece(struct maker *m, struct scenario *scenario, const struct piece *piece, char letter)
{
	unsigned pages = 2 + (unsigned)random_below(&m->random, 7);
	const struct fillings f = {letter, pages, (unsigned)random_below(&m->random, pages)};

	for (const char *line = piece->lines; *line;) {
		size_t n = strcspn(line, "\n");

		add_line(m, scenario, line, n, &f);
		line += n + 1;
	}
}

static void write_scenario(struct maker *m, struct scenario *scenario)
{
	const struct piece *first = draw_piece(m, m->level, m->level);
	const struct piece *second = draw_piece(m, 1, m->level);

	/* Settings hold for all of it. */
	if (*second->settings && *first->settings)
		second = draw_piece(m, 1, m->level < 2 ? 1 : 2);
	if (*first->settings || *second->settings)
		scenario_add(m, scenario, "%s%s", first->settings, second->settings);
	add_piece(m, scenario, first, 'a');
	if (m->level > 1 || random_chance(&m->random, 50))
		add_piece(m, scenario, second, 'b');
}

static void ask_line(struct maker *m, unsigned line)
{
	const struct learn_line *l = &m->facts->scenario.lines[line - 1];

	if (!l->done || !cr2_op_is_access(l->op))
		return;
	scenario_explain(m, line);
	scenario_ask_faults(m, line);
	if (l->pages > 1)
		return;
	scenario_ask_error(m, line);
	scenario_ask_path(m, line);
}

void learn_make_predict(struct maker *m)
{
	struct scenario scenario = {0};

	write_scenario(m, &scenario);
	scenario_run(m, &scenario);
	for (unsigned line = 1; m->error == 0 && line <= m->facts->scenario.n; line++)
		ask_line(m, line);
	maker_question(m, "What does each access of the scenario come to, on kernel %s?",
		       cr2_profile_name(m->exercise->profile));
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
}
