/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "../../test.h"
#include "fake.h"

struct fixture {
	struct fake fake;
	struct cr2_litmus litmus;
	struct cr2_run run;
};

static void parse(struct fixture *f, const char *text)
{
	struct cr2_diag diag;

	fake_init(&f->fake);
	if (cr2_litmus_parse("t", text, strlen(text), &f->litmus, &diag) < 0)
		fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
}

static int run(struct fixture *f)
{
	return cr2_litmus_run(&f->litmus, &f->fake.runner, NULL, NULL, &f->run);
}

static void finish(struct fixture *f)
{
	cr2_run_finish(&f->run);
	cr2_litmus_finish(&f->litmus);
	fake_finish(&f->fake);
}

static const struct cr2_observation *step(const struct fixture *f, size_t n)
{
	assert_true(n <= f->run.observations.count);
	return &f->run.observations.items[n - 1];
}

static void append_process(const struct fixture *f, const struct cr2_state *state,
			   uint32_t process, struct cr2_text *text)
{
	const struct cr2_names *names = &f->run.observations.names;
	struct cr2_state_mapping m;

	cr2_text_printf(text, "%s%s:", text->length ? "; " : "",
			cr2_name(&names->processes, process));
	for (uint32_t at = 0; cr2_state_mapping(state, process, at, &m); at = m.mapping + 1) {
		struct cr2_page_list list;

		assert_int_equal(cr2_state_list(state, process, m.mapping, 0, m.pages - 1, &list), 0);
		assert_int_equal(list.n_pages, m.pages);
		cr2_text_printf(text, " %s=", cr2_name(&names->mappings, m.mapping));
		cr2_page_list_append(names, &list, text);
		cr2_page_list_finish(&list);
	}
}

static void assert_state(const struct fixture *f, size_t n, const char *wanted)
{
	struct cr2_text text = {0};
	struct cr2_state *state;

	assert_int_equal(cr2_state_create(&state), 0);
	for (size_t i = 1; i <= n; i++)
		assert_int_equal(cr2_state_apply(state, step(f, i)), 0);
	cr2_text_append(&text, "");
	for (uint32_t p = cr2_state_process(state, 0); p != CR2_NO_OBJECT;
	     p = cr2_state_process(state, p + 1))
		append_process(f, state, p, &text);
	assert_string_equal(text.data, wanted);
	cr2_state_destroy(state);
	cr2_text_finish(&text);
}

static void assert_place(const struct fixture *f, const struct cr2_ref *ref, const char *wanted)
{
	struct cr2_text text = {0};

	assert_int_equal(cr2_ref_append(&f->run.observations.names, ref, &text), 0);
	assert_string_equal(text.data, wanted);
	cr2_text_finish(&text);
}

static void copy_on_write_is_observed(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map buf 4 rw\nwrite buf@1..3\nfork child\nchild: write buf@2+5\nread buf@1\n"
		  "exit\nchild: read buf@-1\n");
	assert_int_equal(run(&f), 0);
	assert_int_equal(f.run.observations.count, 9);
	assert_state(&f, 1, "parent: buf=-*4");
	assert_state(&f, 2, "parent: buf=- a1 -*2");
	assert_state(&f, 4, "parent: buf=- a1..a3");
	assert_state(&f, 5, "parent: buf=- a1/2 a2/2 a3/2; child: buf=- a1/2 a2/2 a3/2");
	assert_state(&f, 6, "parent: buf=- a1/2 a2 a3/2; child: buf=- a1/2 a4 a3/2");
	assert_state(&f, 8, "child: buf=- a1 a4 a3");
	assert_state(&f, 9, "child: buf=- a1 a4 a3");

	assert_int_equal(step(&f, 4)->line, 2);
	assert_int_equal(step(&f, 4)->step, 4);
	assert_place(&f, &step(&f, 4)->at, "buf@3");
	assert_false(step(&f, 5)->has_at);
	assert_int_equal(step(&f, 6)->process, 1);
	assert_place(&f, &step(&f, 6)->at, "buf@2+5");
	assert_int_equal(step(&f, 6)->n_faults, 1);
	assert_place(&f, &step(&f, 6)->faults[0].at, "buf@2+5");
	assert_int_equal(step(&f, 6)->faults[0].error_code, 7);
	assert_false(step(&f, 6)->has_value);
	assert_true(step(&f, 7)->has_value);
	assert_int_equal(step(&f, 7)->value, 7);
	assert_int_equal(step(&f, 7)->n_faults, 0);
	assert_int_equal(step(&f, 9)->result, CR2_RESULT_SEGV_MAPERR);
	assert_place(&f, &step(&f, 9)->faults[0].at, "buf@-1");
	assert_int_equal(f.fake.begun, 1);
	assert_int_equal(f.fake.ended, 1);
	finish(&f);
}

static void placement_is_the_same_everywhere(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 1 rw\nmap b 513 rw\nmap c 2 r at b@600\nmap d 1 rw\nmap e 1 r at d@-3\n"
		  "protect b@1..3 r\nlock b\nread b@-1+4095\nread 0xdead000\n");
	assert_int_equal(run(&f), 0);
	assert_string_equal(f.fake.log.data,
			    "0:map 200000200000+1000\n"
			    "0:map 200040400000+201000\n"
			    "0:map 200040658000+2000\n"
			    "0:map 200080800000+1000\n"
			    "0:map 2000807fd000+1000\n"
			    "0:protect 200040401000+3000\n"
			    "0:lock 200040400000+201000\n"
			    "0:read 2000403fffff\n"
			    "0:read dead000\n");
	assert_place(&f, &step(&f, 8)->at, "b@-1+4095");
	assert_place(&f, &step(&f, 9)->at, "0xdead000");
	assert_place(&f, &step(&f, 9)->faults[0].at, "0xdead000");
	finish(&f);
}

static void names_that_overlap_show_the_same(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 4 rw\nwrite a@2\nmap b 2 rw at a@1\nwrite b\nunmap a@0\n");
	assert_int_equal(run(&f), 0);
	assert_state(&f, 2, "parent: a=-*2 a1 -");
	assert_state(&f, 3, "parent: a=-*4 b=-*2");
	assert_state(&f, 4, "parent: a=- a2 -*2 b=a2 -");
	assert_place(&f, &step(&f, 4)->faults[0].at, "b@0");
	assert_state(&f, 5, "parent: a=! a2 -*2 b=a2 -");
	finish(&f);
}

static void children_know_what_they_inherit(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 1 rw\nfork c\nmap b 1 rw\nc: map d 1 rw\nc: fork g\ng: write d\n");
	assert_int_equal(run(&f), 0);
	assert_state(&f, 6, "parent: a=- b=-; c: a=- d=-; g: a=- d=a1");
	finish(&f);
}

static void a_mapping_grows_in_place(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 2 rw\nwrite a@1\nremap a 3\nread a@2\n");
	assert_int_equal(run(&f), 0);
	assert_string_equal(f.fake.log.data, "0:map 200000200000+2000\n0:write 200000201000\n"
					     "0:remap 200000200000+2000 to 0+3000\n"
					     "0:read 200000202000\n");
	assert_state(&f, 3, "parent: a=- a1 -");
	finish(&f);
}

static void a_mapping_moves_where_it_cannot_grow(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 2 rw\nwrite a@1\nfork c\nremap a 3\nread a@2\nc: read a@1\nmap b 1 r\n");
	f.fake.answer_at = 4;
	f.fake.answer.result = CR2_RESULT_ENOMEM;
	assert_int_equal(run(&f), 0);
	assert_string_equal(f.fake.log.data, "0:map 200000200000+2000\n0:write 200000201000\n"
					     "0:fork\n"
					     "0:remap 200000200000+2000 to 0+3000\n"
					     "0:remap 200000200000+2000 to 200040400000+3000\n"
					     "0:read 200040402000\n1:read 200000201000\n"
					     "0:map 200080600000+1000\n");
	assert_int_equal(step(&f, 4)->result, CR2_RESULT_OK);
	assert_state(&f, 5, "parent: a=- a1/2 a2; c: a=- a1/2");
	finish(&f);
}

/* A failed mremap leaves the mapping where it was; shrinking is never tried twice. */
static void a_mapping_that_cannot_change_stays(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 2 rw\nremap a 1 => ENOMEM\nread a@1\n");
	f.fake.answer_at = 2;
	f.fake.answer.result = CR2_RESULT_ENOMEM;
	assert_int_equal(run(&f), 0);
	assert_int_equal(f.run.n_failures, 0);
	assert_state(&f, 3, "parent: a=- a1");
	finish(&f);
}

static void faults_elsewhere_are_not_the_scenario_s(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 2 rw\nmap b 2 rw\nread a@1\n");
	f.fake.answer_at = 3;
	f.fake.answer.n_faults = 4;
	f.fake.answer.faults[0].address = 0x7fff0000; /* the process's stack */
	f.fake.answer.faults[1].address = CR2_LITMUS_BASE + 0x1010; /* the page itself */
	f.fake.answer.faults[2].address = 0x200040400000; /* another mapping */
	f.fake.answer.faults[3].address = 0x200040402000; /* behind it */
	assert_int_equal(run(&f), 0);
	assert_int_equal(step(&f, 3)->n_faults, 2);
	assert_place(&f, &step(&f, 3)->faults[0].at, "a@1+16");
	assert_place(&f, &step(&f, 3)->faults[1].at, "b@0");
	finish(&f);
}

static void expectations_are_checked(void **state)
{
	static const struct {
		const char *expectation, *expected, *seen;
	} cases[] = {
		{"0x6 minor anon_alloc ok map=a1", NULL, NULL},
		{"0x6 faults=1", NULL, NULL},
		{"faults=2", "faults=2", "faults=1"},
		{"0x6 0x7", "0x6 0x7", "0x6"},
		{"none", "none", "0x6"},
		{"0x7 wp_copy", "0x7 wp_copy", "0x6 anon_alloc"},
		{"0x7 anon_alloc", "0x7", "0x6"},
		{"major", "major", "minor"},
		{"EFAULT map=z", "EFAULT map=z", "ok map=a1"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct cr2_text text = {0};
		struct fixture f;

		cr2_text_printf(&text, "map a 1 rw\n\nwrite a => %s", cases[i].expectation);
		parse(&f, text.data);
		assert_int_equal(run(&f), 0);
		assert_int_equal(f.run.n_failures, cases[i].expected != NULL);
		if (f.run.n_failures) {
			assert_int_equal(f.run.failures[0].line, 3);
			assert_int_equal(f.run.failures[0].observation, 1);
			assert_string_equal(f.run.failures[0].expected, cases[i].expected);
			assert_string_equal(f.run.failures[0].seen, cases[i].seen);
		}
		finish(&f);
		cr2_text_finish(&text);
	}
}

/* Two faults in one step: their codes are expected in order, each or some of them. */
static void several_error_codes_are_in_order(void **state)
{
	static const struct {
		const char *expectation, *expected, *seen;
	} cases[] = {
		{"0x14 0x15", NULL, NULL},
		{"0x14 0x15 faults=2", NULL, NULL},
		{"0x15", NULL, NULL},
		{"0x15 0x14", "0x15 0x14", "0x14 0x15"},
		{"0x14 0x14", "0x14 0x14", "0x14 0x15"},
		{"0x14 0x15 0x15", "0x14 0x15 0x15", "0x14 0x15"},
		{"faults=1", "faults=1", "faults=2"},
		{"faults=0", "faults=0", "faults=2"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct cr2_text text = {0};
		struct fixture f;

		cr2_text_printf(&text, "map a 1 rw\nexec a => %s", cases[i].expectation);
		parse(&f, text.data);
		f.fake.answer_at = 2;
		f.fake.answer.n_faults = 2;
		for (unsigned k = 0; k < 2; k++) {
			f.fake.answer.faults[k].address = CR2_LITMUS_BASE;
			f.fake.answer.faults[k].error_code = 0x14 + k;
		}
		assert_int_equal(run(&f), 0);
		assert_int_equal(f.run.n_failures, cases[i].expected != NULL);
		if (f.run.n_failures) {
			assert_string_equal(f.run.failures[0].expected, cases[i].expected);
			assert_string_equal(f.run.failures[0].seen, cases[i].seen);
		}
		finish(&f);
		cr2_text_finish(&text);
	}
}

static void expectations_hold_for_every_page(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f,
	      "map a 3 rw\nread a@1\nread a@0..3 => 0x4 value=7\nread a@1 => 0x4 minor file_read\n"
	      "read a@7 => map=! SEGV_MAPERR value=1\n");
	assert_int_equal(run(&f), 0);
	assert_int_equal(f.run.n_failures, 4);
	assert_int_equal(f.run.failures[0].observation, 3);
	assert_string_equal(f.run.failures[0].expected, "0x4");
	assert_string_equal(f.run.failures[0].seen, "no fault");
	assert_string_equal(f.run.failures[1].expected, "value=7");
	assert_string_equal(f.run.failures[1].seen, "no value");
	assert_string_equal(f.run.failures[2].expected, "0x4 minor file_read");
	assert_string_equal(f.run.failures[2].seen, "no fault");
	assert_string_equal(f.run.failures[3].expected, "value=1");
	finish(&f);
}

static void every_page_of_a_range_is_expected_the_same(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 600 rw => ok none map=-\nwrite a@550\nsync a@0..549 => map=-\n"
		  "sync a => map=-\nsync a@550 => map=a1\nunmap a@3..4 => map=!\n"
		  "remap a 601 => map=!\n");
	assert_int_equal(run(&f), 0);
	assert_int_equal(f.run.n_failures, 2);
	assert_int_equal(f.run.failures[0].line, 4);
	assert_string_equal(f.run.failures[0].seen, "map=a1 (page 551 of 600)");
	assert_int_equal(f.run.failures[1].line, 7);
	assert_string_equal(f.run.failures[1].seen, "map=- (page 1 of 601)");
	finish(&f);
}

static void an_unknown_path_denies_nothing(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 1 rw\nwrite a => wp_copy\n");
	f.fake.answer_at = 2;
	f.fake.answer.n_faults = 1;
	f.fake.answer.faults[0].address = CR2_LITMUS_BASE;
	assert_int_equal(run(&f), 0);
	assert_int_equal(f.run.n_failures, 0);
	finish(&f);
}

static void a_refusal_has_its_reason_and_line(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 1 rw\nread a\n\nlock a\nread a\n");
	f.fake.answer_at = 3;
	f.fake.answer_error = -EOPNOTSUPP;
	f.fake.reason = "mlock is not modelled";
	assert_int_equal(run(&f), -EOPNOTSUPP);
	assert_int_equal(f.run.observations.count, 2);
	assert_string_equal(f.run.reason, "mlock is not modelled");
	assert_int_equal(f.run.reason_line, 4);
	assert_int_equal(f.fake.ended, 1);
	finish(&f);
}

static void a_process_that_was_never_made_cannot_act(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "fork c\nc: exit\n");
	f.fake.answer_at = 1;
	f.fake.answer.result = CR2_RESULT_EAGAIN;
	assert_int_equal(run(&f), -ESRCH);
	assert_string_equal(f.run.reason, "the process was never made: its fork failed");
	assert_int_equal(f.run.reason_line, 2);
	finish(&f);
}

struct watch {
	unsigned before, after, stop_before;
};

static int watch(void *data, const struct cr2_step *seen)
{
	struct watch *w = data;
	struct cr2_place *places;
	size_t n;

	assert_non_null(seen->statement);
	assert_int_equal(seen->op->kind, seen->statement->kind);
	if (seen->observation) {
		assert_int_equal(seen->observation->step, seen->number);
		assert_int_equal(cr2_execution_places(seen->execution, 0, &places, &n), 0);
		assert_int_equal(n, 1);
		assert_int_equal(places[0].pages, 3);
		free(places);
		assert_int_equal(++w->after, seen->number);
		return 0;
	}
	assert_int_equal(++w->before, seen->number);
	return seen->number == w->stop_before ? 77 : 0;
}

static void a_watcher_sees_each_step_and_may_stop(void **state)
{
	struct watch w = {0};
	struct fixture f;

	(void)state;
	parse(&f, "map a 3 rw\nread a@0..2\n");
	assert_int_equal(cr2_litmus_run(&f.litmus, &f.fake.runner, watch, &w, &f.run), 0);
	assert_int_equal(w.before, 4);
	assert_int_equal(w.after, 4);
	cr2_run_finish(&f.run);
	w = (struct watch){.stop_before = 3};
	assert_int_equal(cr2_litmus_run(&f.litmus, &f.fake.runner, watch, &w, &f.run), 77);
	assert_int_equal(f.run.observations.count, 2);
	assert_int_equal(f.fake.ended, 2);
	finish(&f);
}

static void large_mappings_are_walked_whole(void **state)
{
	struct fixture f;

	(void)state;
	parse(&f, "map a 1300 rw\nwrite a@511..513\nwrite a@1299\n");
	assert_int_equal(run(&f), 0);
	assert_state(&f, 5, "parent: a=-*511 a1..a3 -*785 a4");
	finish(&f);
}

struct followed {
	const struct fixture *f;
	size_t n;
};

static int compare_step(void *data, const struct cr2_step *now)
{
	struct followed *followed = data;
	const struct cr2_observation *o = now->observation, *run_one;

	if (!o)
		return 0;
	run_one = step(followed->f, ++followed->n);
	assert_true(run_one->n_changes > 0);
	assert_int_equal(o->n_changes, 0);
	assert_null(now->failure);
	assert_int_equal(o->line, run_one->line);
	assert_int_equal(o->result, run_one->result);
	assert_int_equal(o->n_faults, run_one->n_faults);
	for (size_t i = 0; i < o->n_faults; i++)
		assert_int_equal(o->faults[i].error_code, run_one->faults[i].error_code);
	return 0;
}

static void who_follows_sees_the_same_faults(void **state)
{
	struct followed followed;
	struct fixture f;

	(void)state;
	parse(&f, "map buf 2 rw\nwrite buf => none\nfork child\nchild: write buf@0..1\n");
	assert_int_equal(run(&f), 0);
	assert_int_equal(f.run.n_failures, 1);
	fake_finish(&f.fake);
	fake_init(&f.fake);
	followed = (struct followed){&f, 0};
	assert_int_equal(cr2_litmus_follow(&f.litmus, &f.fake.runner, compare_step, &followed), 0);
	assert_int_equal(followed.n, f.run.observations.count);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_on_write_is_observed),
		cmocka_unit_test(placement_is_the_same_everywhere),
		cmocka_unit_test(names_that_overlap_show_the_same),
		cmocka_unit_test(children_know_what_they_inherit),
		cmocka_unit_test(a_mapping_grows_in_place),
		cmocka_unit_test(a_mapping_moves_where_it_cannot_grow),
		cmocka_unit_test(a_mapping_that_cannot_change_stays),
		cmocka_unit_test(faults_elsewhere_are_not_the_scenario_s),
		cmocka_unit_test(expectations_are_checked),
		cmocka_unit_test(several_error_codes_are_in_order),
		cmocka_unit_test(expectations_hold_for_every_page),
		cmocka_unit_test(every_page_of_a_range_is_expected_the_same),
		cmocka_unit_test(an_unknown_path_denies_nothing),
		cmocka_unit_test(a_refusal_has_its_reason_and_line),
		cmocka_unit_test(a_process_that_was_never_made_cannot_act),
		cmocka_unit_test(a_watcher_sees_each_step_and_may_stop),
		cmocka_unit_test(who_follows_sees_the_same_faults),
		cmocka_unit_test(large_mappings_are_walked_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
