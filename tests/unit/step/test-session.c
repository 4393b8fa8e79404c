/* SPDX-License-Identifier: MIT */
/* A session goes forward and back, anywhere, with lines changed, and beside another. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/step.h>

#include "../test.h"

static struct cr2_session *begin(struct cr2_litmus *litmus, enum cr2_profile profile)
{
	struct cr2_model_config config;
	struct cr2_session *session;
	struct cr2_diag diag;
	int r;

	cr2_model_config_init(&config, profile);
	r = cr2_session_create(litmus, &config, &session, &diag);
	if (r == -EOPNOTSUPP) {
		assert_non_null(strstr(diag.message, "the scenario is for kernel"));
		cr2_diag_finish(&diag);
		return NULL;
	}
	assert_int_equal(r, 0);
	assert_null(litmus->statements);
	return session;
}

static struct cr2_session *open_session(const char *text)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	if (cr2_litmus_parse("t", text, strlen(text), &litmus, &diag) < 0)
		fail_msg("%u: %s", diag.line, diag.message);
	return begin(&litmus, CR2_PROFILE_6_18);
}

/* All that a scene shows, as bytes to compare: a list after the other. */
static void digest(struct cr2_session *session, struct cr2_text *text)
{
	struct cr2_scene scene, empty = {0};
	struct cr2_scene_change *changes;
	size_t n;

	assert_int_equal(cr2_session_scene(session, &scene), 0);
	assert_int_equal(cr2_scene_compare(&empty, &scene, &changes, &n), 0);
	cr2_text_printf(text, "at %u %u %u cpu %u %llx %llx %llx\n", scene.at.step, scene.at.fault, scene.at.stage,
			scene.cpu.view.process, (unsigned long long)scene.cpu.cr2,
			(unsigned long long)scene.cpu.pushed_at, (unsigned long long)scene.cpu.frame.error_code);
	for (size_t i = 0; i < n; i++) {
		const struct cr2_scene_change *c = &changes[i];

		assert_true(c->has && !c->had);
		cr2_text_printf(text, "%d %u %d %llx %llx:", c->part, c->process, c->level,
				(unsigned long long)c->key, (unsigned long long)c->n);
		for (size_t w = 0; w < CR2_SCENE_WORDS; w++)
			cr2_text_printf(text, " %llx", (unsigned long long)c->after[w]);
		cr2_text_append(text, "\n");
	}
	for (size_t i = 0; i < scene.mappers.n; i++)
		cr2_text_printf(text, "%u %llx\n", scene.mappers.items[i].process,
				(unsigned long long)scene.mappers.items[i].address);
	for (size_t i = 0; i < scene.entries.n; i++)
		cr2_text_printf(text, "%d%d", scene.entries.items[i].walked, scene.entries.items[i].last);
	free(changes);
	cr2_scene_finish(&scene);
}

/* Every position once, and the same from behind. */
static size_t walk_both_ways(struct cr2_session *session, const char *name)
{
	struct cr2_text *texts = NULL;
	struct cr2_position p = {0}, before = {0};
	size_t n = 0, capacity = 0;
	bool more;

	do {
		assert_int_equal(cr2_session_go(session, &p), 0);
		assert_true(n == 0 || cr2_position_compare(&before, &p) < 0);
		before = p;
		assert_int_equal(cr2_grow(&texts, &capacity, n + 1, sizeof(*texts)), 0);
		texts[n] = (struct cr2_text){0};
		digest(session, &texts[n++]);
		more = cr2_session_next(session, CR2_UNIT_STAGE, false, &p);
	} while (more);
	assert_int_equal(cr2_session_at(session).step, cr2_session_steps(session));
	for (size_t i = n; i-- > 0;) {
		struct cr2_text again = {0};

		digest(session, &again);
		if (strcmp(again.data, texts[i].data) != 0)
			fail_msg("%s: position %zu:\n%s\nbackwards:\n%s", name, i, texts[i].data, again.data);
		cr2_text_finish(&again);
		cr2_text_finish(&texts[i]);
		assert_int_equal(cr2_session_next(session, CR2_UNIT_STAGE, true, &p), i > 0);
		if (i > 0)
			assert_int_equal(cr2_session_go(session, &p), 0);
	}
	free(texts);
	return n;
}

static void catalogue_both_ways(void **state)
{
	char pattern[4096];
	size_t positions = 0;
	glob_t files;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/../../catalogue/*/*.litmus", getenv("CR2_TEST_SOURCE"));
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct cr2_session *session;
		struct cr2_litmus litmus;
		struct cr2_diag diag;

		assert_int_equal(cr2_litmus_load(files.gl_pathv[i], &litmus, &diag), 0);
		session = begin(&litmus, CR2_PROFILE_6_18);
		if (session)
			positions += walk_both_ways(session, files.gl_pathv[i]);
		else
			cr2_litmus_finish(&litmus);
		cr2_session_destroy(session);
	}
	assert_true(positions > 20 * files.gl_pathc);
	globfree(&files);
}

/* What the steps say is what a run says. */
static void rows_are_the_run(void **state)
{
	static const char text[] = "map m 4 rw\nwrite m@0..3\nfork c\nc: write m@1..2 => 0x7 wp_reuse\nc: read m@9\n";
	struct cr2_session *session = open_session(text);
	const struct cr2_step_row *row;
	const struct cr2_fault_facts *faults;
	unsigned line;
	size_t n;

	(void)state;
	assert_null(cr2_session_reason(session, &line));
	assert_int_equal(cr2_session_steps(session), 9);
	assert_null(cr2_session_step(session, 0));
	assert_null(cr2_session_step(session, 10));
	faults = cr2_session_faults(session, &n);
	assert_int_equal(n, 7);
	row = cr2_session_step(session, 7);
	assert_int_equal(row->line, 4);
	assert_int_equal(row->process, 1);
	assert_true(row->failed);
	assert_int_equal(row->n_faults, 1);
	assert_int_equal(row->first_fault, 4);
	assert_int_equal(faults[4].path, CR2_PATH_WP_COPY);
	assert_int_equal(faults[4].found.refs_before, 2);
	assert_int_equal(faults[4].stages, 0x1fe);
	assert_int_equal(faults[6].result, CR2_RESULT_SEGV_MAPERR);
	assert_true(faults[6].found.pfn == CR2_NO_FRAME);
	assert_int_equal(cr2_session_step(session, 9)->result, CR2_RESULT_SEGV_MAPERR);
	cr2_session_destroy(session);
}

static struct cr2_position moved(struct cr2_session *session, enum cr2_unit unit, bool back)
{
	struct cr2_position p = {99, 99, 99};

	if (cr2_session_next(session, unit, back, &p))
		assert_int_equal(cr2_session_go(session, &p), 0);
	return p;
}

static void assert_at(struct cr2_position p, unsigned step, unsigned fault, unsigned stage)
{
	if (p.step != step || p.fault != fault || p.stage != stage)
		fail_msg("at %u.%u.%u, not %u.%u.%u", p.step, p.fault, p.stage, step, fault, stage);
}

static void units(void **state)
{
	struct cr2_session *session = open_session("map m 4 rw\nread m@0\nwrite m@0..1\n");
	struct cr2_position p;

	(void)state;
	assert_at(cr2_session_at(session), 0, 0, 0);
	assert_null(cr2_session_stage(session));
	assert_null(cr2_session_observation(session));
	assert_at(moved(session, CR2_UNIT_STAGE, true), 99, 99, 99);
	assert_at(moved(session, CR2_UNIT_STAGE, false), 1, 0, 0);
	assert_at(moved(session, CR2_UNIT_FAULT, false), 2, 1, 1);
	assert_int_equal(cr2_session_stage(session)->kind, CR2_STAGE_EXCEPTION);
	assert_at(moved(session, CR2_UNIT_STAGE, false), 2, 1, 2);
	assert_int_equal(cr2_session_stage(session)->kind, CR2_STAGE_VMA);
	assert_at(moved(session, CR2_UNIT_FAULT, true), 2, 1, 1);
	assert_at(moved(session, CR2_UNIT_FAULT, true), 99, 99, 99);
	assert_at(moved(session, CR2_UNIT_STEP, false), 2, 0, 0);
	assert_at(moved(session, CR2_UNIT_STEP, false), 3, 0, 0);
	assert_at(moved(session, CR2_UNIT_STAGE, true), 3, 1, 8);
	assert_int_equal(cr2_session_stage(session)->kind, CR2_STAGE_RETURN);
	assert_at(moved(session, CR2_UNIT_STEP, true), 2, 0, 0);
	assert_at(moved(session, CR2_UNIT_FAULT, true), 2, 1, 1);
	p = (struct cr2_position){4, 0, 0};
	assert_int_equal(cr2_session_go(session, &p), 0);
	assert_at(moved(session, CR2_UNIT_STEP, false), 99, 99, 99);
	assert_at(moved(session, CR2_UNIT_FAULT, false), 99, 99, 99);
	assert_true(cr2_session_line(session, 3, true, &p));
	assert_at(p, 3, 1, 1);
	assert_false(cr2_session_line(session, 3, false, &p));
	for (unsigned i = 0; i < 4; i++) {
		static const struct cr2_position none[] = {{5, 0, 0}, {2, 2, 1}, {2, 1, 9}, {1, 0, 1}};

		assert_int_equal(cr2_session_go(session, &none[i]), -ERANGE);
	}
	assert_at(cr2_session_at(session), 4, 0, 0);
	cr2_session_destroy(session);
}

/* A stage has the narrative's number, also in a fault that ends early, and is shown as that. */
static void numbers_of_the_narrative(void **state)
{
	struct cr2_session *session = open_session("map m 4 r\nwrite m@0\n");
	const struct cr2_position none = {2, 1, 4};
	struct cr2_scene scene;

	(void)state;
	assert_at(moved(session, CR2_UNIT_FAULT, false), 2, 1, 1);
	assert_at(moved(session, CR2_UNIT_STAGE, false), 2, 1, 2);
	assert_at(moved(session, CR2_UNIT_STAGE, false), 2, 1, 3);
	assert_int_equal(cr2_session_go(session, &none), -ERANGE);
	assert_at(moved(session, CR2_UNIT_STAGE, false), 2, 1, 8);
	assert_int_equal(cr2_session_stage(session)->kind, CR2_STAGE_SIGNAL);
	assert_int_equal(cr2_session_scene(session, &scene), 0);
	assert_true(scene.cpu.in_fault);
	cr2_scene_finish(&scene);
	assert_at(moved(session, CR2_UNIT_STAGE, false), 2, 0, 0);
	assert_at(moved(session, CR2_UNIT_STAGE, true), 2, 1, 8);
	assert_at(moved(session, CR2_UNIT_STAGE, true), 2, 1, 3);
	cr2_session_destroy(session);
}

/* Far more steps than states are kept: wherever one goes, it is as if one had walked there. */
static void jumps(void **state)
{
	struct cr2_session *session = open_session("map m 900 rw\nwrite m@0..299\nfork c\nc: write m@0..299\n"
						   "unmap m@5..7\nread m@0..899\n");
	unsigned steps = cr2_session_steps(session), at = 0;
	struct cr2_session *other = open_session("map m 900 rw\nwrite m@0..299\nfork c\nc: write m@0..299\n"
						 "unmap m@5..7\nread m@0..899\n");

	(void)state;
	assert_int_equal(steps, 1503);
	for (unsigned i = 0; i < 12; i++) {
		struct cr2_text here = {0}, there = {0};
		struct cr2_position p = {at = (at + 661) % (steps + 1), 0, 0};

		assert_int_equal(cr2_session_go(session, &p), 0);
		digest(session, &here);
		/* From its left neighbour. */
		p.step = at ? at - 1 : 0;
		assert_int_equal(cr2_session_go(other, &p), 0);
		p.step = at;
		assert_int_equal(cr2_session_go(other, &p), 0);
		digest(other, &there);
		assert_string_equal(here.data, there.data);
		cr2_text_finish(&here);
		cr2_text_finish(&there);
	}
	cr2_session_destroy(session);
	cr2_session_destroy(other);
}

/* A session that was edited is one of the new text from the start. */
static void assert_same(struct cr2_session *session, const char *text)
{
	struct cr2_session *fresh = open_session(text);
	struct cr2_text a = {0}, b = {0};
	struct cr2_position p = {0};

	assert_int_equal(cr2_session_steps(session), cr2_session_steps(fresh));
	for (; p.step <= cr2_session_steps(fresh); p.step++) {
		assert_int_equal(cr2_session_go(session, &p), 0);
		assert_int_equal(cr2_session_go(fresh, &p), 0);
		digest(session, &a);
		digest(fresh, &b);
	}
	assert_string_equal(a.data, b.data);
	cr2_text_finish(&a);
	cr2_text_finish(&b);
	cr2_session_destroy(fresh);
}

static void edits(void **state)
{
	struct cr2_session *session = open_session("map m 4 rw\nwrite m@0\nfork c\nc: write m@0\nread m@3\n");
	struct cr2_position p = {5, 0, 0};
	struct cr2_diag diag;

	(void)state;
	assert_int_equal(cr2_session_go(session, &p), 0);
	/* Behind the change: to the first step that is new. */
	assert_int_equal(cr2_session_edit(session, 4, "write m@0..1", &diag), 0);
	assert_at(cr2_session_at(session), 4, 0, 0);
	assert_same(session, "map m 4 rw\nwrite m@0\nfork c\nwrite m@0..1\nread m@3\n");
	/* Before it: it stays. */
	p.step = 2;
	assert_int_equal(cr2_session_go(session, &p), 0);
	assert_int_equal(cr2_session_edit(session, 6, "unmap m@3", &diag), 0);
	assert_at(cr2_session_at(session), 2, 0, 0);
	assert_same(session, "map m 4 rw\nwrite m@0\nfork c\nwrite m@0..1\nread m@3\nunmap m@3\n");
	/* Several lines, with new names, where there was one. */
	assert_int_equal(cr2_session_edit(session, 3, "map n 2 rw\nwrite n@1", &diag), 0);
	assert_same(session, "map m 4 rw\nwrite m@0\nmap n 2 rw\nwrite n@1\nwrite m@0..1\nread m@3\nunmap m@3\n");
	/* Settings: all of it anew. */
	assert_int_equal(cr2_session_edit(session, 1, "thp always\nmap m 1024 rw", &diag), 0);
	assert_same(session, "thp always\nmap m 1024 rw\nwrite m@0\nmap n 2 rw\nwrite n@1\nwrite m@0..1\nread m@3\n"
			     "unmap m@3\n");
	cr2_session_destroy(session);
}

static void replaced(void **state)
{
	static const char *const texts[] = {
		"map m 4 rw\nwrite m@0\nwrite m@1\nread m@3\n",
		"map m 4 rw\nwrite m@0\nwrite m@1", /* fewer lines, and the last one has no end */
		"map m 4 rw\nwrite m@0\nwrite m@12\nread m@3\n", /* the end of a line */
		"map m 4 rw\nwrite m@0\nwrite m@12\nread m@3\n", /* nothing */
		"map m 4 rw\n# why\n\nfork c\nc: write m@0\n",
		"thp always\nmap m 1024 rw\nwrite m@0\n",
		"",
		"map n 1 r\nread n\n",
	};
	struct cr2_session *session = open_session("map m 4 rw\nwrite m@0\n");
	struct cr2_diag diag;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts); i++) {
		assert_int_equal(cr2_session_replace(session, texts[i], &diag), 0);
		assert_same(session, texts[i]);
	}
	assert_int_equal(cr2_session_replace(session, "map n 1 r\nraed n\n", &diag), -EINVAL);
	assert_int_equal(diag.line, 2);
	cr2_diag_finish(&diag);
	assert_same(session, texts[CR2_ARRAY_SIZE(texts) - 1]);
	cr2_session_destroy(session);
}

/* Behind many states on the way. */
static void replaced_late(void **state)
{
	struct cr2_text text = {0};
	struct cr2_session *session;
	struct cr2_diag diag;

	(void)state;
	cr2_text_append(&text, "map m 3000 rw\n");
	for (int i = 0; i < 3000; i++)
		cr2_text_printf(&text, "write m@%d\n", i * 7 % 3000);
	session = open_session(text.data);
	cr2_text_append(&text, "fork c\nc: write m@2999\n");
	assert_int_equal(cr2_session_replace(session, text.data, &diag), 0);
	assert_int_equal(cr2_session_steps(session), 3003);
	assert_int_equal(cr2_session_go(session, &(struct cr2_position){3003, 1, 1}), 0);
	assert_int_equal(cr2_session_step(session, 3003)->first_fault, 3000);
	cr2_session_destroy(session);
	cr2_text_finish(&text);
}

static void edits_refused(void **state)
{
	static const char text[] = "map m 4 rw\nwrite m@0\n";
	struct cr2_session *session = open_session(text);
	struct cr2_diag diag;

	(void)state;
	assert_int_equal(cr2_session_edit(session, 2, "wirte m@0", &diag), -EINVAL);
	assert_int_equal(diag.line, 2);
	assert_string_equal(diag.message, "unknown operation 'wirte'");
	cr2_diag_finish(&diag);
	assert_int_equal(cr2_session_edit(session, 9, "write m@0", &diag), -EINVAL);
	assert_string_equal(diag.message, "the scenario has no line 9");
	cr2_diag_finish(&diag);
	assert_int_equal(cr2_session_edit(session, 0, "write m@0", &diag), -EINVAL);
	cr2_diag_finish(&diag);
	assert_int_equal(cr2_session_edit(session, 1, "kernel 9.9\nmap m 4 rw", &diag), -EOPNOTSUPP);
	assert_non_null(strstr(diag.message, "kernel 9.9"));
	cr2_diag_finish(&diag);
	assert_same(session, text);
	cr2_session_destroy(session);
}

/* The setting stands in place of the scenario's own, or where no line has to move; else before all of them. */
static void settings_changed(void **state)
{
	static const char body[] = "map m 1024 rw\nwrite m@0\nwrite m@1\n";
	static const struct {
		const char *before, *after;
	} table[] = {
		{"# huge pages\nthp never\nswap on\n", "# huge pages\nthp always\nswap on\n"},
		{"# thp never\nswap on\n", "thp always # thp never\nswap on\n"},
		{"\n", "thp always\n"},
		{"", "thp always\n"},
		{"thp always # as it is\n", "thp always\n"},
	};
	struct cr2_session *session;
	struct cr2_diag diag;
	char text[200];

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(table); i++) {
		snprintf(text, sizeof(text), "%s%s", table[i].before, body);
		session = open_session(text);
		assert_int_equal(cr2_session_set(session, "thp always", &diag), 0);
		snprintf(text, sizeof(text), "%s%s", table[i].after, body);
		assert_same(session, text);
		cr2_session_destroy(session);
	}
	session = open_session(body);
	assert_int_equal(cr2_session_set(session, "thp sometimes", &diag), -EINVAL);
	assert_non_null(strstr(diag.message, "'sometimes'"));
	cr2_diag_finish(&diag);
	assert_int_equal(cr2_session_set(session, "map n 1 rw", &diag), -EINVAL);
	assert_string_equal(diag.message, "no setting: it is an operation");
	cr2_diag_finish(&diag);
	assert_int_equal(cr2_session_set(session, "kernel 9.9", &diag), -EOPNOTSUPP);
	cr2_diag_finish(&diag);
	assert_same(session, body);
	cr2_session_destroy(session);
}

/* A run that the model refuses ends there, and says why. */
static void stops_early(void **state)
{
	struct cr2_session *session = open_session("thp always\nswap on\nshmem f 512\nmap m 512 rw shared f\nadvise m hugepage\n"
						   "write m@0\nadvise m collapse\ntruncate f 100\nread m@0\n");
	unsigned line, steps = cr2_session_steps(session);
	const char *reason = cr2_session_reason(session, &line);
	struct cr2_position p = {steps, 0, 0};

	(void)state;
	assert_non_null(reason);
	assert_non_null(strstr(reason, "not modelled"));
	assert_int_equal(line, 8);
	assert_int_equal(steps, 5);
	assert_int_equal(cr2_session_go(session, &p), 0);
	assert_int_equal(walk_both_ways(session, "stops early") > 5, 1);
	cr2_session_destroy(session);
}

static struct cr2_session *load(const char *name, enum cr2_profile profile)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	char path[4096];

	snprintf(path, sizeof(path), "%s/../../catalogue/%s.litmus", getenv("CR2_TEST_SOURCE"), name);
	assert_int_equal(cr2_litmus_load(path, &litmus, &diag), 0);
	return begin(&litmus, profile);
}

/* The course's kernel copies where the last holder of a page, its flag gone, may have it. */
static void beside_each_other(void **state)
{
	struct cr2_session *left = load("swap/fork", CR2_PROFILE_6_18), *right = load("swap/fork", CR2_PROFILE_6_18);
	struct cr2_divergence d;

	(void)state;
	assert_int_equal(cr2_session_difference(left, right, &d), 0);
	cr2_session_destroy(left);
	cr2_session_destroy(right);
	left = open_session("thp never\nmap m 1024 rw\nwrite m@0\nwrite m@1\n");
	right = open_session("thp always\nmap m 1024 rw\nwrite m@0\nwrite m@1\n");
	assert_int_equal(cr2_session_difference(left, right, &d), 1);
	assert_int_equal(d.differences.items[d.first].field, CR2_FIELD_PATH);
	/* Where S5 finds that the entry that decides is another one. */
	assert_at(d.at[0], 2, 1, 5);
	assert_at(d.at[1], 2, 1, 5);
	cr2_divergence_finish(&d);
	assert_int_equal(cr2_session_go(left, &(struct cr2_position){2, 0, 0}), 0);
	assert_int_equal(cr2_session_difference(left, right, &d), 1);
	assert_int_equal(d.differences.items[d.first].field, CR2_FIELD_FAULTS);
	assert_at(d.at[0], 3, 1, 1);
	assert_at(d.at[1], 3, 0, 0);
	cr2_divergence_finish(&d);
	cr2_session_destroy(left);
	cr2_session_destroy(right);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catalogue_both_ways),
		cmocka_unit_test(rows_are_the_run),
		cmocka_unit_test(units),
		cmocka_unit_test(jumps),
		cmocka_unit_test(numbers_of_the_narrative),
		cmocka_unit_test(edits),
		cmocka_unit_test(replaced),
		cmocka_unit_test(replaced_late),
		cmocka_unit_test(edits_refused),
		cmocka_unit_test(settings_changed),
		cmocka_unit_test(stops_early),
		cmocka_unit_test(beside_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
