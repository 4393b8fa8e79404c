/* SPDX-License-Identifier: MIT */
/*
 * Copy-on-write: one page through fork, reads, writes and exits of several processes, in the model.
 * Written and read are two bytes of the page, so that a copy shows in what is read.
 */
#include "scenario.h"

#include <inttypes.h>

static const char *const hints[] = {
	"fork copies entries, not pages: parent and child map the same page, and neither entry is writable.",
	"A write to a page that is mapped read-only faults with P=1: 0x7. A page that is not there at all: 0x6.",
	("If others have the page too, the writer gets a copy (wp_copy), and the old page loses one reference. "
	 "If nobody else has it, the entry just becomes writable (wp_reuse)."),
	("References and map count of an anonymous page: how many processes have it. fork adds one, exit and "
	 "a copy take one away. A file's page has one reference more: the page cache's."),
};

#define PARENT 0

struct plot {
	struct scenario scenario;
	unsigned alive; /* a bit a process */
	unsigned n_processes;
};

static const char *const names[LEARN_PROCESSES] = {"parent", "child", "second", "third"};

/* "child: "; nothing for the first process. */
static const char *who(struct maker *m, unsigned process)
{
	return process == PARENT ? "" : maker_printf(m, "%s: ", names[process]);
}

static void add_access(struct maker *m, struct plot *p, unsigned process)
{
	const char *place = m->level >= 3 && random_chance(&m->random, 40) ? "buf@0+8" : "buf";

	if (random_chance(&m->random, m->level == 1 ? 70 : 60))
		scenario_add(m, &p->scenario, "%swrite %s %u", who(m, process), place, p->scenario.n + 1);
	else
		scenario_add(m, &p->scenario, "%sread %s", who(m, process), place);
}

static void add_fork(struct maker *m, struct plot *p, unsigned process)
{
	scenario_add(m, &p->scenario, "%sfork %s", who(m, process), names[p->n_processes]);
	p->alive |= 1u << p->n_processes++;
}

/* Whoever it is that does something next: forks, ends, or touches the page. */
static void add_step(struct maker *m, struct plot *p)
{
	static const unsigned processes[CR2_EXERCISE_LEVELS] = {2, 2, 3, 3, 4};
	static const uint8_t exits[CR2_EXERCISE_LEVELS] = {0, 25, 20, 20, 20};
	unsigned process = random_bit(&m->random, p->alive, LEARN_PROCESSES);

	/* Children of children come at level 4. */
	if (p->n_processes < processes[m->level - 1] && random_chance(&m->random, 40)) {
		add_fork(m, p, m->level >= 4 ? process : PARENT);
	} else if (process != PARENT && random_chance(&m->random, exits[m->level - 1])) {
		scenario_add(m, &p->scenario, "%sexit", who(m, process));
		p->alive &= ~(1u << process);
	} else {
		add_access(m, p, process);
	}
}

static void write_scenario(struct maker *m, struct plot *p)
{
	unsigned steps = 2 + m->level / 2 + (unsigned)random_below(&m->random, 2);
	bool first_read = m->level >= 3 && random_chance(&m->random, 25);

	m->facts->scenario.file = m->level == 5 && random_chance(&m->random, 40);
	if (m->facts->scenario.file)
		scenario_add(m, &p->scenario, "file f 1");
	scenario_add(m, &p->scenario, m->facts->scenario.file ? "map buf 1 rw private f" : "map buf 1 rw");
	scenario_add(m, &p->scenario, first_read ? "read buf" : "write buf %u", p->scenario.n + 1);
	add_fork(m, p, PARENT);
	while (steps--)
		add_step(m, p);
}

/* --- what is asked --- */

static bool is_counted(const struct learn_line *l)
{
	return l->page == CR2_PAGE_ANON || l->page == CR2_PAGE_FILE;
}

static void ask_counts(struct maker *m, unsigned line)
{
	const struct learn_line *l = &m->facts->scenario.lines[line - 1];
	const char *owner = cr2_op_is_access(l->op) ? m->facts->scenario.processes[l->process] : names[PARENT];

	maker_step(m, "After line %u the page that %s has at buf has %u reference%s and is mapped %u time%s.", line,
		   owner, l->refs, l->refs == 1 ? "" : "s", l->maps, l->maps == 1 ? "" : "s");
	maker_ask(m, LEARN_REFS, maker_printf(m, "refs_after_%u", line),
		  maker_printf(m, "After line %u: how many references (page_count) has the page that %s has at buf?",
			       line, owner), NUMBER, l->refs)->line = line;
	maker_ask(m, LEARN_MAPS, maker_printf(m, "maps_after_%u", line),
		  maker_printf(m, "After line %u: how often is that page mapped (page_mapcount)?", line), NUMBER,
		  l->maps)->line = line;
}

static void ask_line(struct maker *m, unsigned line)
{
	const struct learn_line *l = &m->facts->scenario.lines[line - 1];

	scenario_explain(m, line);
	if (cr2_op_is_access(l->op)) {
		scenario_ask_error(m, line);
		scenario_ask_path(m, line);
	}
	if (l->op == CR2_OP_READ && m->level >= 3)
		maker_ask(m, LEARN_VALUE, maker_printf(m, "value_%u", line),
			  maker_printf(m, "%s: which value does it read?", scenario_place(m, line)), NUMBER,
			  l->value)->line = line;
	if (is_counted(l))
		ask_counts(m, line);
}

void learn_ask_cow(struct maker *m, struct scenario *scenario)
{
	const struct learn_scenario *facts = &m->facts->scenario;

	scenario_run(m, scenario);
	if (m->error < 0)
		return;
	for (unsigned line = 1; line <= facts->n; line++)
		if (facts->lines[line - 1].op != CR2_OP_MAP && facts->lines[line - 1].op != CR2_OP_FILE)
			ask_line(m, line);
	maker_question(m, "A page and several processes, on kernel %s. What does each line come to, and who has the page "
		       "after it?", cr2_profile_name(m->exercise->profile));
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
}

void learn_make_cow(struct maker *m)
{
	struct plot plot = {.alive = 1, .n_processes = 1};

	write_scenario(m, &plot);
	learn_ask_cow(m, &plot.scenario);
}
