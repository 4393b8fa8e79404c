/* SPDX-License-Identifier: MIT */
/* A run as lines: what a script reads to grade it. */
#include <cr2/state.h>
#include <cr2/view.h>

#include "load.h"

#define STEP(n, at, result, faults, state) \
	"{\"step\":" n ",\"line\":" n ",\"proc\":\"parent\",\"op\":\"write\",\"at\":\"" at "\"," \
	"\"result\":\"" result "\",\"faults\":[" faults "],\"state\":{\"parent\":{\"m\":\"" state "\"}}}"
#define FAULT(error, evidence) \
	"{\"error\":\"" error "\",\"at\":\"m@0\",\"major\":false,\"path\":\"anon_alloc\"," \
	"\"evidence\":\"" evidence "\"}"
#define OF(target) "{\"kind\":\"step\",\"file\":\"a.litmus\",\"target\":\"" target "\","

static const char *const left[] = {STEP("1", "m@0", "ok", FAULT("0x6", "replayed"), "a1 -"),
				   STEP("2", "m@1", "ok", "", "a1 a2")};
static const char *const right[] = {STEP("1", "m@0", "ok", FAULT("0x6", "derived"), "a1 -"),
				    STEP("2", "m@1", "SEGV_ACCERR", "", "a1 -")};

static void each_line_says_what_it_is_and_whose(void **state)
{
	static struct cr2_pages anon = {1, {CR2_PAGE_ANON, 0, 2, 1, 0}, false};
	static struct cr2_pages none = {1, {.kind = CR2_PAGE_NONE}, false};
	static const struct cr2_difference differences[] = {
		{.column = 1, .observation = 1, .field = CR2_FIELD_RESULT},
		{.column = 1, .observation = 1, .field = CR2_FIELD_STATE, .first = 1, .last = 1,
		 .pages = {{.n = 1, .items = &anon}, {.n = 1, .items = &none}}},
	};
	static const struct cr2_failure failures[] = {
		{.line = 2, .observation = 1, .expected = (char *)"0x6 ok",
		 .seen = (char *)"no fault SEGV_ACCERR"}};
	struct cr2_observations lists[3] = {load(left, 2), load(right, 2)};
	const struct cr2_view_column columns[] = {
		{.name = "model 6.18", .observations = &lists[0]},
		{.name = "host 6.18.44", .observations = &lists[1], .n_failures = 1,
		 .failures = failures},
		{.name = "guest 6.1", .observations = &lists[2], .stopped = "it is not here",
		 .stopped_line = 0},
	};
	const struct cr2_view_run run = {.path = "a.litmus", .n_expectations = 1, .n_columns = 3,
					 .columns = columns, .n_differences = 2,
					 .differences = differences};
	struct cr2_text text = {0}, wanted = {0};

	(void)state;
	cr2_text_printf(&wanted, OF("model 6.18") "%s\n" OF("model 6.18") "%s\n", left[0] + 1,
			left[1] + 1);
	cr2_text_append(&wanted,
		"{\"kind\":\"summary\",\"file\":\"a.litmus\",\"target\":\"model 6.18\",\"steps\":2,"
		"\"faults\":1,\"expectations\":1,\"checked\":true,\"failures\":0,\"differences\":0,"
		"\"line\":null,\"reason\":null}\n");
	cr2_text_printf(&wanted, OF("host 6.18.44") "%s\n" OF("host 6.18.44") "%s\n", right[0] + 1,
			right[1] + 1);
	cr2_text_append(&wanted,
		"{\"kind\":\"failure\",\"file\":\"a.litmus\",\"target\":\"host 6.18.44\",\"step\":2,"
		"\"line\":2,\"expected\":\"0x6 ok\",\"seen\":\"no fault SEGV_ACCERR\"}\n"
		"{\"kind\":\"difference\",\"file\":\"a.litmus\",\"target\":\"host 6.18.44\",\"step\":2,"
		"\"line\":2,\"field\":\"result\",\"where\":null,\"expected\":\"ok\","
		"\"seen\":\"SEGV_ACCERR\"}\n"
		"{\"kind\":\"difference\",\"file\":\"a.litmus\",\"target\":\"host 6.18.44\",\"step\":2,"
		"\"line\":2,\"field\":\"state\",\"where\":\"parent.m@1\",\"expected\":\"a2\","
		"\"seen\":\"-\"}\n"
		"{\"kind\":\"summary\",\"file\":\"a.litmus\",\"target\":\"host 6.18.44\",\"steps\":2,"
		"\"faults\":1,\"expectations\":1,\"checked\":true,\"failures\":1,\"differences\":2,"
		"\"line\":null,\"reason\":null}\n"
		"{\"kind\":\"summary\",\"file\":\"a.litmus\",\"target\":\"guest 6.1\",\"steps\":0,"
		"\"faults\":0,\"expectations\":1,\"checked\":true,\"failures\":0,\"differences\":0,"
		"\"line\":null,\"reason\":\"it is not here\"}\n");
	assert_int_equal(cr2_view_run_json(&run, &text), 0);
	assert_string_equal(text.data, wanted.data);
	cr2_text_finish(&text);
	cr2_text_finish(&wanted);
	cr2_observations_finish(&lists[0]);
	cr2_observations_finish(&lists[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_says_what_it_is_and_whose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
