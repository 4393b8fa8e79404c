/* SPDX-License-Identifier: MIT */
/*
 * Which function of the kernel is next, from the exception to the installed entry, and with which
 * values. The fault is taken in the model; the ways stand in chain.def.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <cr2/run.h>

#include "learn.h"

static const char *const hints[] = {
	"The way: exception, mapping, permission, page tables, page, entry.",
	"exc_page_fault, do_user_addr_fault, the look-up of the mapping, handle_mm_fault, __handle_mm_fault, "
	"handle_pte_fault: then it forks.",
	("No entry: do_anonymous_page, or do_fault with do_read_fault, do_cow_fault, do_shared_fault. A present entry that "
	 "refuses a write: do_wp_page. A swap entry: do_swap_page."),
};

static const struct {
	enum cr2_path path;
	const char *scenario, *functions;
} ways[] = {
#define X(path, scenario, functions) {CR2_PATH_##path, scenario, functions},
#include "chain.def"
#undef X
};

/* --- the functions that a kernel has --- */

/* As the kernel has it: a name of the probe table, static; NULL: it has no such function. */
static const char *name_in(const char *name, enum cr2_profile profile)
{
	const int kernel = cr2_profile_version(profile);
	const char *names[128], *there = cr2_function_in(name, kernel);
	size_t n = cr2_probe_functions(names, CR2_ARRAY_SIZE(names));
	const struct cr2_registers none = {0};
	struct cr2_probe probe;

	/* The course's handler looks under the mmap lock: no flag says that it holds a VMA's own. */
	if (profile == CR2_PROFILE_COURSE && strcmp(name, "lock_vma_under_rcu") == 0)
		return NULL;
	if (!there || cr2_probe_decode(there, &none, kernel, &probe) < 0)
		return NULL;
	cr2_probe_finish(&probe);
	for (size_t i = 0; i < n && i < CR2_ARRAY_SIZE(names); i++)
		if (strcmp(names[i], there) == 0)
			return names[i];
	return NULL;
}

/* One of "a/b", the first that there is. */
static const char *choose(const char *word, size_t n, enum cr2_profile profile)
{
	const char *found = NULL;
	char name[64];

	for (size_t length; n > 0 && !found; word += length, n -= length) {
		if (*word == '/')
			word++, n--;
		length = strcspn(word, "/ ");
		length = length < n ? length : n;
		if (length < sizeof(name)) {
			memcpy(name, word, length);
			name[length] = '\0';
			found = name_in(name, profile);
		}
	}
	return found;
}

unsigned learn_chain_functions(const struct cr2_exercise *e, const char **ret_names)
{
	const char *s = ways[learn_facts(e)->chain.way].functions;
	unsigned n = 0;

	for (size_t length; *s; s += length) {
		const char *name;

		s += strspn(s, " ");
		length = strcspn(s, " ");
		name = length ? choose(s, length, e->profile) : NULL;
		if (name && n < LEARN_CHAIN)
			ret_names[n++] = name;
	}
	return n;
}

/* --- the fault --- */

unsigned learn_draw_way(struct maker *m, bool any)
{
	unsigned way;

	do
		way = (unsigned)random_below(&m->random, CR2_ARRAY_SIZE(ways));
	while (!any && (ways[way].path >= CR2_PATH_SEGV_MAPERR || ways[way].path == CR2_PATH_ANON_HUGE));
	return way;
}

/* Behind a mapping of some size, so that addresses differ from one exercise to the next. */
const char *learn_draw_scenario(struct maker *m, unsigned way)
{
	const char *scenario = ways[way].scenario, *map = strstr(scenario, "map ");

	return maker_printf(m, "%.*smap pad %u none\n%s", (int)(map - scenario), scenario,
			    1 + (unsigned)random_below(&m->random, 100000), map);
}

struct watcher {
	struct cr2_runner *runner;
	cr2_stage_fn *note;
	void *data;
	enum cr2_path path;
};

/* Before each step, so that the last fault is what remains. */
static int watch(void *data, const struct cr2_step *step)
{
	struct watcher *w = data;

	if (step->observation && step->observation->n_faults)
		w->path = step->observation->faults[step->observation->n_faults - 1].path;
	else if (!step->observation)
		cr2_model_observe(cr2_runner_model_get(w->runner), w->note, w->data);
	return 0;
}

int learn_take_fault(const struct maker *m, const char *scenario, cr2_stage_fn *note, void *data,
		     enum cr2_path *ret_path)
{
	struct watcher w = {.note = note, .data = data};
	struct cr2_model_config config;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r = cr2_litmus_parse("scenario", scenario, strlen(scenario), &litmus, &diag);

	if (r < 0)
		return r;
	cr2_model_config_init(&config, m->exercise->profile);
	r = cr2_runner_model_create(&config, &w.runner);
	if (r == 0) {
		r = cr2_litmus_follow(&litmus, w.runner, watch, &w);
		cr2_runner_destroy(w.runner);
	}
	cr2_litmus_finish(&litmus);
	if (r == 0)
		*ret_path = w.path;
	return r;
}

const char *learn_first_write(struct maker *m, uint64_t address)
{
	return maker_printf(m, "map buf 1 rw at 0x%" PRIx64 "\nwrite buf\n", address);
}

static void note(void *data, const struct cr2_stage *stage)
{
	struct learn_chain *chain = data;

	if (stage->kind == CR2_STAGE_EXCEPTION) {
		chain->address = stage->exception.cr2;
		chain->error_code = stage->exception.frame.error_code;
		chain->has_flags = false;
	} else if (stage->kind == CR2_STAGE_PERMISSION) {
		chain->has_flags = stage->permission.allowed;
		chain->flags = stage->permission.fault_flags;
	}
}

/* --- asked --- */

static void ask_functions(struct maker *m)
{
	static const unsigned gaps[CR2_EXERCISE_LEVELS] = {1, 2, 3, 4, LEARN_CHAIN};
	const char *names[LEARN_CHAIN];
	unsigned n = learn_chain_functions(m->exercise, names), left = gaps[m->level - 1];
	bool asked = false;

	for (unsigned i = 1; i < n; i++) {
		struct cr2_answer answer = {.type = CR2_ANSWER_FUNCTION, .word = names[i]};

		/* As many as the level has, anywhere on the way. */
		if (random_below(&m->random, n - i) >= left) {
			asked = false;
			continue;
		}
		left--;
		maker_step(m, "Behind %s comes %s.", names[i - 1], names[i]);
		/* What another question asks for is not told by this one. */
		maker_part(m, LEARN_NEXT, maker_printf(m, "next_%u", i), asked ?
			   maker_printf(m, "Which function is number %u on the way?", i) :
			   maker_printf(m, "Which function is next behind %s, number %u on the way?", names[i - 1], i),
			   &answer)->line = i;
		asked = true;
	}
}

static void ask_values(struct maker *m)
{
	const struct learn_chain *c = &m->facts->chain;
	struct cr2_answer flags = learn_answer(CR2_ANSWER_FLAGS, c->flags);
	struct cr2_text names = {0};
	int r;

	maker_step(m, "CR2 holds the address, and it is passed on: 0x%" PRIx64 ".", c->address);
	maker_ask(m, LEARN_OTHER, "address", "Which address is passed on as the fault's?", HEX, c->address);
	maker_step(m, "The CPU pushed the error code: 0x%" PRIx64 ".", c->error_code);
	maker_ask(m, LEARN_OTHER, "error_code", "Which error code is passed on with it?", HEX, c->error_code);
	if (m->level < 3 || !c->has_flags)
		return;
	flags.flags = CR2_FLAGS_FAULT;
	r = cr2_fault_flags_format(c->flags, m->kernel, &names);
	maker_step(m, "The flags say who did what, and what the handler may do: %s.", maker_take(m, &names, r));
	maker_part(m, LEARN_OTHER, "flags", "Which FAULT_FLAG_ bits does the memory manager get?", &flags);
}

/* The last line: of a scenario or a program. */
static void ask_way(struct maker *m)
{
	struct learn_chain *c = &m->facts->chain;

	maker_give_text(m, PATH, cr2_path_name(c->path));
	maker_give_hex(m, ADDR, c->address);
	ask_functions(m);
	ask_values(m);
	maker_question(m, "The last line takes a fault, settled by %s. Which functions of kernel %s does it go "
		       "through, from exc_page_fault (number 0) on?", cr2_path_name(c->path),
		       cr2_profile_name(m->exercise->profile));
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
}

void learn_make_chain(struct maker *m)
{
	struct learn_chain *c = &m->facts->chain;
	const char *scenario;
	int r;

	c->way = learn_draw_way(m, true);
	scenario = learn_draw_scenario(m, c->way);
	r = learn_take_fault(m, scenario, note, c, &c->path);
	if (r < 0) {
		m->error = r;
		return;
	}
	maker_give_text(m, SCENARIO, scenario);
	ask_way(m);
}

void learn_ask_first_way(struct maker *m, uint64_t address)
{
	struct learn_chain *c = &m->facts->chain;
	const char *scenario = learn_first_write(m, address);
	int r = m->error == 0 ? learn_take_fault(m, scenario, note, c, &c->path) : m->error;

	if (r < 0) {
		m->error = r;
		return;
	}
	while (ways[c->way].path != c->path)
		c->way++;
	maker_give_text(m, SCENARIO, scenario);
	ask_way(m);
}

/* --- misconceptions --- */

/* The function after the next one. */
size_t learn_step_left_out(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const char *names[LEARN_CHAIN];
	unsigned n;

	if (part->subject != LEARN_NEXT)
		return 0;
	n = learn_chain_functions(e, names);
	if (part->line + 1 >= n)
		return 0;
	ret->word = names[part->line + 1];
	return 1;
}

/* The handler of what is absent for what is present, and the other way. */
size_t learn_wrong_branch(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			  struct cr2_answer *ret)
{
	bool present;

	if (part->subject != LEARN_NEXT || strcmp(part->answer.word, "handle_pte_fault") == 0)
		return 0;
	present = strcmp(part->answer.word, "do_wp_page") == 0;
	if (present) {
		ret[1] = ret[0];
		ret[0].word = "do_anonymous_page";
		ret[1].word = "do_fault";
		return 2;
	}
	if (strcmp(part->answer.word, "do_pte_missing") && strcmp(part->answer.word, "do_anonymous_page") &&
	    strcmp(part->answer.word, "do_fault") && strcmp(part->answer.word, "do_swap_page"))
		return 0;
	(void)e;
	ret->word = "do_wp_page";
	return 1;
}
