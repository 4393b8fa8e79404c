/* SPDX-License-Identifier: MIT */
/* A scenario run in the model, and what is asked of its lines. */
#include "scenario.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <cr2/inspect.h>
#include <cr2/run.h>

void scenario_add(struct maker *m, struct scenario *scenario, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&scenario->text, format, args);
	va_end(args);
	if (r == 0)
		r = cr2_text_append(&scenario->text, "\n");
	if (r < 0)
		m->error = r;
	scenario->n++;
}

/* --- running --- */

struct watcher {
	struct cr2_runner *runner;
	struct learn_scenario *facts;
	uint64_t address; /* of the page that was accessed last; 0: none was */
};

static bool is_anon_before(const struct watcher *w, uint32_t process, uint64_t address)
{
	struct cr2_page_state state;

	return cr2_model_page_state(cr2_runner_model_get(w->runner), process, address & CR2_PAGE_MASK, &state) == 0 &&
	       (state.kind == CR2_PAGE_ANON || state.kind == CR2_PAGE_HUGE);
}

static void look_at_page(const struct watcher *w, uint32_t process, struct learn_line *line)
{
	const struct cr2_model *model = cr2_runner_model_get(w->runner);
	struct cr2_page_state state;
	struct cr2_frame_info frame;

	line->page = CR2_PAGE_NOMAP;
	if (!w->address || cr2_model_page_state(model, process, w->address & CR2_PAGE_MASK, &state) < 0)
		return;
	line->page = state.kind;
	line->maps = state.mapcount;
	line->refs = cr2_model_frame(model, state.frame, &frame) ? frame.refs : 0;
}

static void look_at_faults(const struct cr2_observation *o, struct learn_line *line)
{
	line->n_faults += (unsigned)o->n_faults;
	line->either |= o->either;
	line->result = o->result;
	line->has_value = o->has_value;
	if (o->has_value)
		line->value = o->value;
	if (line->pages > 1)
		return;
	line->n = (unsigned)o->n_faults;
	assert(line->n <= CR2_OUTCOME_FAULTS);
	for (unsigned i = 0; i < line->n; i++) {
		line->codes[i] = o->faults[i].error_code;
		line->paths[i] = o->faults[i].path;
	}
}

static int look(void *data, const struct cr2_step *step)
{
	struct watcher *w = data;
	struct learn_line *line;
	bool access = cr2_op_is_access(step->statement->kind);

	assert(step->statement->line <= LEARN_LINES);
	line = &w->facts->lines[step->statement->line - 1];
	if (!step->observation) {
		line->was_anon = access && is_anon_before(w, step->statement->process, step->op->address);
		return 0;
	}
	line->done = true;
	line->op = step->statement->kind;
	line->process = step->statement->process;
	line->child = step->op->child;
	line->value = step->statement->value;
	if (access) {
		line->byte = step->statement->ref.byte;
		line->pages++;
		w->address = step->op->address;
	}
	look_at_faults(step->observation, line);
	look_at_page(w, access ? line->process : 0, line);
	return 0;
}

static int run_litmus(enum cr2_profile profile, const struct cr2_litmus *litmus, struct learn_scenario *facts)
{
	struct watcher w = {.facts = facts};
	struct cr2_model_config config;
	int r;

	cr2_model_config_init(&config, profile);
	r = cr2_runner_model_create(&config, &w.runner);
	if (r < 0)
		return r;
	for (size_t i = 0; i < litmus->names.processes.n && i < LEARN_PROCESSES; i++)
		snprintf(w.facts->processes[i], sizeof(w.facts->processes[i]), "%s",
			 cr2_name(&litmus->names.processes, (uint32_t)i));
	r = cr2_litmus_follow(litmus, w.runner, look, &w);
	cr2_runner_destroy(w.runner);
	return r;
}

int scenario_facts(enum cr2_profile profile, const char *text, size_t n, struct learn_scenario *facts)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r = cr2_litmus_parse("scenario", text, n, &litmus, &diag);

	if (r == -EINVAL)
		cr2_diag_finish(&diag);
	if (r < 0)
		return r;
	r = run_litmus(profile, &litmus, facts);
	cr2_litmus_finish(&litmus);
	return r;
}

/* What the exercises write is right; where it is not, that is a mistake of theirs. */
void scenario_run(struct maker *m, struct scenario *scenario)
{
	size_t n = scenario->text.length;
	const char *text = maker_take(m, &scenario->text, m->error);
	int r;

	if (m->error < 0)
		return;
	assert(scenario->n <= LEARN_LINES);
	m->facts->scenario.n = scenario->n;
	r = scenario_facts(m->exercise->profile, text, n, &m->facts->scenario);
	assert(r != -EINVAL);
	if (r < 0)
		m->error = r;
	maker_give_text(m, SCENARIO, text);
}

/* --- asking --- */

static const struct learn_line *line_of(const struct maker *m, unsigned line)
{
	return &m->facts->scenario.lines[line - 1];
}

const char *scenario_place(struct maker *m, unsigned line)
{
	const struct learn_line *l = line_of(m, line);

	return maker_printf(m, "line %u, %s's %s", line, m->facts->scenario.processes[l->process],
			    cr2_op_name(l->op));
}

struct cr2_answer scenario_codes(const struct learn_line *l)
{
	struct cr2_answer answer = {.type = CR2_ANSWER_ERRORS, .n = l->n};

	for (unsigned i = 0; i < l->n; i++)
		answer.values[i] = l->codes[i];
	return answer;
}

struct cr2_answer scenario_paths(const struct learn_line *l)
{
	struct cr2_answer answer = {.type = CR2_ANSWER_PATHS, .n = l->n};

	for (unsigned i = 0; i < l->n; i++)
		answer.values[i] = l->paths[i];
	return answer;
}

static const char *written(struct maker *m, const struct cr2_answer *answer)
{
	struct cr2_text text = {0};
	int r = cr2_answer_format(answer, &text);

	return maker_take(m, &text, r);
}

void scenario_explain(struct maker *m, unsigned line)
{
	const struct learn_line *l = line_of(m, line);
	const struct cr2_answer codes = scenario_codes(l), paths = scenario_paths(l);
	const char *place = scenario_place(m, line);

	if (l->pages > 1)
		maker_step(m, "%s: pages: %" PRIu64 ", faults: %u.", place, l->pages, l->n_faults);
	else if (l->pages && l->n)
		maker_step(m, "%s: error code %s, %s: %s.", place, written(m, &codes), written(m, &paths),
			   cr2_path_sentence(l->paths[l->n - 1]));
	else if (l->pages)
		maker_step(m, "%s: no fault; the entry allows it.", place);
	else
		maker_step(m, "%s: %s.", place, l->op == CR2_OP_FORK ?
			   "the entries are copied, and lose the right to write in both" : cr2_op_sentence(l->op));
}

static void ask(struct maker *m, unsigned line, enum learn_subject subject, const char *key,
		const char *what, const struct cr2_answer *answer, const struct cr2_answer *also)
{
	struct cr2_exercise_part *part = maker_part(m, subject, maker_printf(m, "%s_%u", key, line),
		maker_printf(m, "%s: %s", scenario_place(m, line), what), answer);

	part->line = line;
	if (line_of(m, line)->either)
		maker_also(m, part, also);
}

/* Where the CPU may hold the entry from before: the other number of spurious faults is right, too. */
void scenario_ask_faults(struct maker *m, unsigned line)
{
	const struct learn_line *l = line_of(m, line);
	const struct cr2_answer answer = learn_answer(CR2_ANSWER_NUMBER, l->n_faults);
	const struct cr2_answer also = learn_answer(CR2_ANSWER_NUMBER, !l->n_faults);

	ask(m, line, LEARN_FAULTS, "faults", "how many page faults?", &answer, &also);
}

void scenario_ask_error(struct maker *m, unsigned line)
{
	const struct cr2_answer answer = scenario_codes(line_of(m, line));
	struct cr2_answer also = {.type = CR2_ANSWER_ERRORS};

	if (answer.n == 0)
		also = learn_answer(CR2_ANSWER_ERRORS, CR2_PF(P) | CR2_PF(W) | CR2_PF(U));
	ask(m, line, LEARN_ERROR, "error", "which error code (none: no fault)?", &answer, &also);
}

void scenario_ask_path(struct maker *m, unsigned line)
{
	const struct cr2_answer answer = scenario_paths(line_of(m, line));
	struct cr2_answer also = {.type = CR2_ANSWER_PATHS};

	if (answer.n == 0)
		also = learn_answer(CR2_ANSWER_PATHS, CR2_PATH_SPURIOUS);
	ask(m, line, LEARN_PATH, "path", "by which fault path (none: no fault)?", &answer, &also);
}
