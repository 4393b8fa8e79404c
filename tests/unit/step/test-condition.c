/* SPDX-License-Identifier: MIT */
/* Conditions: what they find, and what is said of those that make no sense. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/step.h>

#include "session.h"

/* Faults: 1 anon_alloc buf@0; 2 anon_zero buf@2; 3 wp_copy by child; 4 wp_reuse; 5 segv_accerr. */
static const char scenario[] =
	"map buf 4 rw\n"
	"map low 1 r\n"
	"write buf@0\n"
	"read buf@2\n"
	"fork child\n"
	"child: write buf@0\n"
	"write buf@0\n"
	"write low@0\n";

static struct cr2_condition *parse(const struct cr2_session *session, const char *text)
{
	struct cr2_condition *condition;
	struct cr2_diag diag;

	if (cr2_condition_parse(text, &cr2_session_litmus(session)->names, &condition, &diag) < 0)
		fail_msg("%s: %u: %s", text, diag.column, diag.message);
	assert_string_equal(cr2_condition_text(condition), text);
	return condition;
}

/* The numbers of all faults that a condition finds, forward from the start: "1 3". */
static void found(struct cr2_session *session, const char *text, char *numbers)
{
	struct cr2_condition *condition = parse(session, text);
	struct cr2_position p;
	int r;

	*numbers = '\0';
	assert_int_equal(cr2_session_go(session, &(struct cr2_position){0}), 0);
	while ((r = cr2_session_search(session, condition, false, &p)) > 0) {
		const struct cr2_step_row *row = cr2_session_step(session, p.step);

		assert_int_equal(p.stage, 1);
		assert_int_equal(cr2_session_go(session, &p), 0);
		sprintf(numbers + strlen(numbers), "%zu ", row->first_fault + p.fault);
	}
	assert_int_equal(r, 0);
	cr2_condition_destroy(condition);
}

static void finds(void **state)
{
	static const struct {
		const char *text, *numbers;
	} cases[] = {
		{"path == wp_copy", "3 "},
		{"path != wp_copy", "1 2 4 5 "},
		{"proc == child", "3 "},
		{"!(proc == child)", "1 2 4 5 "},
		{"error == 0x7", "3 4 "},
		{"error & 0x2", "1 3 4 5 "},
		{"error & 3 == 2", "1 5 "},
		{"addr == buf@0", "1 3 4 "},
		{"addr == buf", "1 2 3 4 "},
		{"addr != buf", "5 "},
		{"addr == 0x200000202000", "2 "},
		{"addr > 0x200000202000", "5 "},
		{"refs(pfn) > 1", "3 "},
		{"refs > 1 || maps(new) == 1 && path == wp_reuse", "3 4 "},
		{"result == SEGV_ACCERR", "5 "},
		{"result == ok", "1 2 3 4 "},
		{"op == read", "2 "},
		{"major", ""},
		{"!major && step >= 7", "4 5 "},
		{"line < 4", "1 "},
		{"pfn == 0", ""},
		{"refs(0xffffff) >= 0", ""}, /* there is no such frame */
	};
	struct cr2_session *session = open_session(scenario);
	char numbers[64];

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		found(session, cases[i].text, numbers);
		if (strcmp(numbers, cases[i].numbers) != 0)
			fail_msg("%s: found %s, not %s", cases[i].text, numbers, cases[i].numbers);
	}
	cr2_session_destroy(session);
}

/* The frame of buf@0 is mapped twice when the child writes, once when the parent does. */
static void finds_by_any_frame(void **state)
{
	struct cr2_session *session = open_session(scenario);
	const struct cr2_fault_facts *faults;
	char text[64], numbers[64];
	size_t n;

	(void)state;
	faults = cr2_session_faults(session, &n);
	assert_int_equal(n, 5);
	assert_true(faults[0].mapped.pfn == faults[2].found.pfn);
	snprintf(text, sizeof(text), "maps(0x%llx) == 2", (unsigned long long)faults[0].mapped.pfn);
	found(session, text, numbers);
	assert_string_equal(numbers, "3 ");
	snprintf(text, sizeof(text), "refs(%llu) == 1", (unsigned long long)faults[0].mapped.pfn);
	found(session, text, numbers);
	assert_string_equal(numbers, "2 4 5 ");
	cr2_session_destroy(session);
}

static void finds_the_last(void **state)
{
	struct cr2_session *session = open_session(scenario);
	struct cr2_condition *condition = parse(session, "addr == buf@0");
	struct cr2_position end = {cr2_session_steps(session), 0, 0}, p;

	(void)state;
	assert_int_equal(cr2_session_go(session, &end), 0);
	assert_int_equal(cr2_session_search(session, condition, true, &p), 1);
	assert_int_equal(p.step, 7);
	assert_int_equal(cr2_session_go(session, &p), 0);
	assert_int_equal(cr2_session_search(session, condition, true, &p), 1);
	assert_int_equal(p.step, 6);
	assert_int_equal(cr2_session_go(session, &p), 0);
	assert_int_equal(cr2_session_search(session, condition, true, &p), 1);
	assert_int_equal(p.step, 3);
	assert_int_equal(cr2_session_go(session, &p), 0);
	assert_int_equal(cr2_session_search(session, condition, true, &p), 0);
	cr2_condition_destroy(condition);
	cr2_session_destroy(session);
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		unsigned column;
		const char *message, *hint; /* NULL: none, or any */
	} cases[] = {
		{"", 1, "expected what to ask of a fault, found the end", "such as path == wp_copy"},
		{"path == wp_cpy", 9, "unknown path 'wp_cpy'", "did you mean 'wp_copy'?"},
		{"pth == wp_copy", 1, "unknown word 'pth'", "did you mean 'path'?"},
		{"path = wp_copy", 6, "expected == or !=, found '='", "did you mean '=='?"},
		{"step = 3", 6, "expected a comparison, found '='", "did you mean '=='?"},
		{"path", 5, "expected == or !=, found the end", NULL},
		{"path < wp_copy", 6, "expected == or !=, found '<'", "only numbers have an order"},
		{"addr < buf@1", 6, "expected == or !=, found '<'", "only numbers have an order"},
		{"path & 1", 6, "expected == or !=, found '&'", NULL},
		{"proc == nobody", 9, "unknown process 'nobody'", "one of parent, child"},
		{"op == fork", 7, "unknown access 'fork'", NULL},
		{"result == SEGV_MAPER", 11, "unknown result 'SEGV_MAPER'", "did you mean 'SEGV_MAPERR'?"},
		{"addr == bux@1", 9, "unknown mapping 'bux'", "did you mean 'buf'?"},
		{"addr == buf@x", 9, "expected M, M@K or an address, found 'buf@x'", NULL},
		{"error == x", 10, "expected a number, found 'x'", "decimal, or 0x and hexadecimal"},
		{"error == ", 10, "expected a value, found the end", NULL},
		{"refs(old) > 1", 6, "expected pfn, new or a frame's number, found 'old'", NULL},
		{"refs(pfn > 1", 10, "expected ')', found '>'", NULL},
		{"(step == 1", 11, "expected ')', && or ||, found the end", NULL},
		{"step == 1 2", 11, "expected &&, || or the end, found '2'", NULL},
		{"step == 1 &&", 13, "expected what to ask of a fault, found the end", NULL},
		{"step == 1 & 2", 11, "expected &&, || or the end, found '&'", NULL},
		{"step == 18446744073709551616", 9, "expected a number, found '18446744073709551616'", NULL},
	};
	struct cr2_session *session = open_session(scenario);

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct cr2_condition *condition;
		struct cr2_diag diag;

		assert_int_equal(cr2_condition_parse(cases[i].text, &cr2_session_litmus(session)->names,
						     &condition, &diag), -EINVAL);
		if (diag.column != cases[i].column || strcmp(diag.message, cases[i].message) != 0)
			fail_msg("'%s': %u: %s", cases[i].text, diag.column, diag.message);
		if (cases[i].hint && (!diag.hint || strcmp(diag.hint, cases[i].hint) != 0))
			fail_msg("'%s': %s", cases[i].text, diag.hint ? diag.hint : "no hint");
		assert_string_equal(diag.excerpt, cases[i].text);
		cr2_diag_finish(&diag);
	}
	cr2_session_destroy(session);
}

/* However deep, it is read or refused. */
static void deep(void **state)
{
	struct cr2_session *session = open_session(scenario);
	char text[400];

	(void)state;
	for (size_t depth = 0; depth < 100; depth++) {
		struct cr2_condition *condition;
		struct cr2_diag diag;
		int r;

		*text = '\0';
		for (size_t i = 0; i < depth; i++)
			strcat(text, i % 2 ? "!" : "(");
		strcat(text, "major");
		for (size_t i = 0; i < (depth + 1) / 2; i++)
			strcat(text, ")");
		r = cr2_condition_parse(text, &cr2_session_litmus(session)->names, &condition, &diag);
		assert_int_equal(r, depth <= 64 ? 0 : -EINVAL);
		if (r == 0)
			cr2_condition_destroy(condition);
		else
			cr2_diag_finish(&diag);
	}
	cr2_session_destroy(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(finds_by_any_frame),
		cmocka_unit_test(finds_the_last),
		cmocka_unit_test(refused),
		cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
