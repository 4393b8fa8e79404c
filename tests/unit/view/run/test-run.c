/* SPDX-License-Identifier: MIT */
/* The table of a run, from observations as another program would print them. */
#include <errno.h>
#include <stdio.h>

#include <cr2/state.h>
#include <cr2/view.h>

#include "../golden.h"
#include "load.h"

static const char cow[] =
	"# After fork, the child's write copies the page: the parent keeps its own.\n"
	"map buf 4 rw\n"
	"write buf@0 0x41            => 0x6 minor anon_alloc   # first touch\n"
	"fork child\n"
	"child: write  buf@0 0x43    => 0x7 wp_copy\n"
	"read buf@0                  => none value=0x41\n"
	"child: exec buf@0           => 0x15 SEGV_ACCERR\n"
	"child: exit\n";

#define FAULT(error, path, evidence) \
	"{\"error\":\"" error "\",\"at\":\"buf@0\",\"major\":false,\"path\":\"" path \
	"\",\"evidence\":\"" evidence "\"}"
#define COW(evidence, last) { \
	"{\"step\":1,\"line\":2,\"proc\":\"parent\",\"op\":\"map\",\"result\":\"ok\",\"faults\":[]," \
	"\"state\":{\"parent\":{\"buf\":\"-*4\"}}}", \
	"{\"step\":2,\"line\":3,\"proc\":\"parent\",\"op\":\"write\",\"at\":\"buf@0\",\"result\":\"ok\"," \
	"\"faults\":[" FAULT("0x6", "anon_alloc", evidence) "]," \
	"\"state\":{\"parent\":{\"buf\":\"a1 -*3\"}}}", \
	"{\"step\":3,\"line\":4,\"proc\":\"parent\",\"op\":\"fork\",\"result\":\"ok\",\"faults\":[]," \
	"\"state\":{\"parent\":{\"buf\":\"a1/2 -*3\"},\"child\":{\"buf\":\"a1/2 -*3\"}}}", \
	"{\"step\":4,\"line\":5,\"proc\":\"child\",\"op\":\"write\",\"at\":\"buf@0\",\"result\":\"ok\"," \
	"\"faults\":[" FAULT("0x7", "wp_copy", evidence) "]," \
	"\"state\":{\"parent\":{\"buf\":\"a1 -*3\"},\"child\":{\"buf\":\"a2 -*3\"}}}", \
	"{\"step\":5,\"line\":6,\"proc\":\"parent\",\"op\":\"read\",\"at\":\"buf@0\",\"result\":\"ok\"," \
	"\"value\":65,\"faults\":[]," \
	"\"state\":{\"parent\":{\"buf\":\"a1 -*3\"},\"child\":{\"buf\":\"a2 -*3\"}}}", \
	"{\"step\":6,\"line\":7,\"proc\":\"child\",\"op\":\"exec\",\"at\":\"buf@0\"," \
	"\"result\":\"SEGV_ACCERR\",\"faults\":[" FAULT("0x15", "segv_accerr", evidence) "]," \
	"\"state\":{\"parent\":{\"buf\":\"a1 -*3\"},\"child\":{\"buf\":\"a2 -*3\"}}}", \
	last }
#define EXITED \
	"{\"step\":7,\"line\":8,\"proc\":\"child\",\"op\":\"exit\",\"result\":\"ok\",\"faults\":[]," \
	"\"state\":{\"parent\":{\"buf\":\"a1 -*3\"}}}"

static const char *const cow_model[] = COW("replayed", EXITED);
static const char *const cow_host[] = COW("derived", EXITED);

/* Draws at 80, 100 and 160 columns, with and without colour; NAME-80, NAME-100 are golden. */
static void assert_views(const char *name, const struct cr2_view_run *run)
{
	static const unsigned widths[] = {80, 100, 160};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(widths); i++) {
		struct cr2_style style = {.width = widths[i]};
		struct cr2_text plain = {0}, coloured = {0};
		char golden[64];

		assert_int_equal(cr2_view_run(run, &style, &plain), 0);
		style.colour = true;
		assert_int_equal(cr2_view_run(run, &style, &coloured), 0);
		assert_same_without_colour(&coloured, &plain);
		assert_fits(&plain, widths[i]);
		snprintf(golden, sizeof(golden), "%s-%u", name, widths[i]);
		assert_golden(golden, &plain);
		cr2_text_finish(&plain);
		cr2_text_finish(&coloured);
	}
	/* Terminals may be of any width; what does not fit may stick out, but is there. */
	for (unsigned width = 0; width < 80; width++) {
		const struct cr2_style style = {.width = width};
		struct cr2_text text = {0};

		assert_int_equal(cr2_view_run(run, &style, &text), 0);
		assert_non_null(strstr(text.data, "buf@0"));
		cr2_text_finish(&text);
	}
}

static void one_target(void **state)
{
	struct cr2_observations model = load(cow_model, CR2_ARRAY_SIZE(cow_model));
	const struct cr2_failure failure = {.observation = 3, .expected = (char *)"wp_reuse",
					    .seen = (char *)"wp_copy"};
	struct cr2_view_column column = {.name = "model 6.18", .observations = &model};
	struct cr2_view_run run = {.path = "catalogue/cow/child-writes.litmus",
				   .title = "After fork, the child's write copies the page: "
					    "the parent keeps its own.",
				   .source = cow, .n_expectations = 4, .n_columns = 1,
				   .columns = &column};

	(void)state;
	assert_views("run-one", &run);
	run.state = true;
	assert_views("run-one-state", &run);
	column.n_failures = 1;
	column.failures = &failure;
	assert_views("run-one-failure", &run);
	cr2_observations_finish(&model);
}

static void targets_agree(void **state)
{
	struct cr2_observations model = load(cow_model, CR2_ARRAY_SIZE(cow_model));
	struct cr2_observations host = load(cow_host, CR2_ARRAY_SIZE(cow_host));
	const struct cr2_view_column columns[] = {
		{.name = "model 6.18", .observations = &model},
		{.name = "host 6.18.44", .observations = &host},
	};
	struct cr2_view_run run = {.path = "catalogue/cow/child-writes.litmus", .source = cow,
				   .n_expectations = 4, .n_columns = 2, .columns = columns};

	(void)state;
	assert_views("run-two", &run);
	run.state = true;
	assert_views("run-two-state", &run);
	cr2_observations_finish(&model);
	cr2_observations_finish(&host);
}

/* The last column saw one fault less, another result, and other pages. */
static void targets_differ(void **state)
{
	static const char *const left[] = {
		"{\"step\":1,\"line\":1,\"proc\":\"parent\",\"op\":\"map\",\"result\":\"ok\",\"faults\":[],"
		"\"state\":{\"parent\":{\"buf\":\"-*6\"}}}",
		"{\"step\":2,\"line\":2,\"proc\":\"parent\",\"op\":\"read\",\"at\":\"buf@0\","
		"\"result\":\"ok\",\"value\":195,\"faults\":[" FAULT("0x4", "file_read", "replayed")
		"],\"state\":{\"parent\":{\"buf\":\"f:0 f:1 f:2 f:3 -*2\"}}}",
	};
	static const char *const right[] = {
		"{\"step\":1,\"line\":1,\"proc\":\"parent\",\"op\":\"map\",\"result\":\"ok\",\"faults\":[],"
		"\"state\":{\"parent\":{\"buf\":\"-*6\"}}}",
		"{\"step\":2,\"line\":2,\"proc\":\"parent\",\"op\":\"read\",\"at\":\"buf@0\","
		"\"result\":\"BUS_ADRERR\",\"faults\":[" FAULT("0x4", "sigbus", "derived")
		"],\"state\":{\"parent\":{\"buf\":\"f:0 -*5\"}}}",
	};
	static struct cr2_pages file = {1, {CR2_PAGE_FILE, 0, 1, 1, 0}, false};
	static struct cr2_pages none[] = {{1, {.kind = CR2_PAGE_NONE}, false},
					  {2, {.kind = CR2_PAGE_NONE}, false}};
	static struct cr2_pages anon = {2, {CR2_PAGE_ANON, 0, 1, 1, 0}, false};
	static const struct cr2_difference differences[] = {
		{.column = 1, .observation = 1, .field = CR2_FIELD_RESULT},
		{.column = 1, .observation = 1, .field = CR2_FIELD_VALUE},
		{.column = 1, .observation = 1, .field = CR2_FIELD_STATE, .first = 1, .last = 1,
		 .pages = {{.n = 1, .items = &file}, {.n = 1, .items = &none[0]}}},
		{.column = 1, .observation = 1, .field = CR2_FIELD_STATE, .first = 4, .last = 5,
		 .pages = {{.n = 1, .items = &none[1]}, {.n = 1, .items = &anon}}},
	};
	struct cr2_observations model = load(left, CR2_ARRAY_SIZE(left));
	struct cr2_observations host = load(right, CR2_ARRAY_SIZE(right));
	const struct cr2_view_column columns[] = {
		{.name = "model 6.18", .observations = &model},
		{.name = "model course", .observations = &host,
		 .stopped = "fault-around is not modelled in the course profile; "
			    "use --kernel 6.18 or say fault_around 1", .stopped_line = 3},
	};
	struct cr2_view_run run = {.path = "a.litmus", .state = true, .n_columns = 2,
				   .columns = columns,
				   .n_differences = CR2_ARRAY_SIZE(differences),
				   .differences = differences};

	(void)state;
	assert_views("run-differ", &run);
	run.state = false;
	assert_views("run-differ-stateless", &run);
	cr2_observations_finish(&model);
	cr2_observations_finish(&host);
}

static void text_of(const struct cr2_view_run *run, struct cr2_text *text)
{
	const struct cr2_style style = {.width = 100};

	cr2_text_clear(text);
	assert_int_equal(cr2_view_run(run, &style, text), 0);
}

#define PAGE(step, page, path) \
	"{\"step\":" step ",\"line\":1,\"proc\":\"parent\",\"op\":\"read\",\"at\":\"buf@" page "\"," \
	"\"result\":\"ok\",\"value\":0,\"faults\":[{\"error\":\"0x4\",\"at\":\"buf@" page "\"," \
	"\"major\":false,\"path\":\"" path "\",\"evidence\":\"derived\"}],\"state\":{}}"

static void equal_steps_of_a_range_fold(void **state)
{
	static const char *const lines[] = {PAGE("1", "0", "anon_zero"), PAGE("2", "1", "anon_zero"),
					    PAGE("3", "2", "file_read"), PAGE("4", "3", "file_read")};
	struct cr2_observations list = load(lines, CR2_ARRAY_SIZE(lines));
	const struct cr2_view_column column = {.name = "model", .observations = &list};
	const struct cr2_view_run run = {.path = "a.litmus", .source = "read buf@0..3\n",
					 .n_columns = 1, .columns = &column};
	struct cr2_text text = {0};

	(void)state;
	text_of(&run, &text);
	assert_non_null(strstr(text.data, " 1-2    1  read buf@0..1  0x00  0x4 anon_zero minor\n"));
	assert_non_null(strstr(text.data, " 3-4    1  read buf@2..3  0x00  0x4 file_read minor\n"));
	assert_non_null(strstr(text.data, "\n4 steps, 4 faults\n"));
	cr2_text_finish(&text);
	cr2_observations_finish(&list);
}

/* A state of many tokens is cut in the middle, and says by how much. */
static void long_states_say_what_they_leave_out(void **state)
{
	static const char head[] = "{\"step\":1,\"line\":1,\"proc\":\"parent\",\"op\":\"map\","
				   "\"result\":\"ok\",\"faults\":[],\"state\":{\"parent\":{\"buf\":\"";
	struct cr2_text line = {0}, text = {0};
	struct cr2_observations list;
	const struct cr2_view_column column = {.name = "model", .observations = &list};
	const struct cr2_view_run run = {.path = "a.litmus", .state = true, .n_columns = 1,
					 .columns = &column};

	(void)state;
	cr2_text_append(&line, head);
	for (int i = 0; i < 256; i++)
		assert_int_equal(cr2_text_printf(&line, "%sa%d", i ? " " : "", 2 * i + 2), 0);
	cr2_text_append(&line, "\"}}}");
	list = load((const char *const *)&line.data, 1);
	text_of(&run, &text);
	assert_fits(&text, 100);
	assert_non_null(strstr(text.data, " a96"));
	assert_null(strstr(text.data, " a98"));
	assert_non_null(strstr(text.data, "200 more"));
	assert_null(strstr(text.data, " a496"));
	assert_non_null(strstr(text.data, " a498"));
	cr2_text_finish(&line);
	cr2_observations_finish(&list);
	cr2_text_finish(&text);
}

/* A target that refuses the whole scenario leaves the other's steps readable. */
static void a_target_may_not_run(void **state)
{
	struct cr2_observations model = load(cow_model, 2), none = {0};
	const struct cr2_view_column columns[] = {
		{.name = "model 6.18", .observations = &model},
		{.name = "host 6.18.44", .observations = &none,
		 .stopped = "page states need CAP_SYS_ADMIN; run as root"},
	};
	const struct cr2_view_run run = {.path = "a.litmus", .source = cow, .n_columns = 2,
					 .columns = columns};
	struct cr2_text text = {0};

	(void)state;
	text_of(&run, &text);
	assert_fits(&text, 100);
	assert_non_null(strstr(text.data, "host 6.18.44 did not run: page states need"));
	assert_non_null(strstr(text.data, "\n2 steps, 1 and 0 faults\n"));
	cr2_text_finish(&text);
	cr2_observations_finish(&model);
}

static void too_many_targets_are_refused(void **state)
{
	const struct cr2_view_run run = {.n_columns = CR2_VIEW_COLUMNS + 1};
	const struct cr2_style style = {.width = 100};
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_run(&run, &style, &text), -EINVAL);
	assert_null(text.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_target),
		cmocka_unit_test(targets_agree),
		cmocka_unit_test(targets_differ),
		cmocka_unit_test(equal_steps_of_a_range_fold),
		cmocka_unit_test(long_states_say_what_they_leave_out),
		cmocka_unit_test(a_target_may_not_run),
		cmocka_unit_test(too_many_targets_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
