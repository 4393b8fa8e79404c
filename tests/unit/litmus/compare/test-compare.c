/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include <cr2/run.h>
#include <cr2/view.h>

#include "../../test.h"

/* Observations in short: "LINE OP AT RESULT FAULTS | TOKENS", of one process and mapping m. */
struct shorthand {
	unsigned line;
	const char *op, *at, *result, *faults, *tokens;
	int value; /* -1: none */
};

static void observe(const struct cr2_litmus *litmus, const struct shorthand *steps, size_t n,
		    struct cr2_run *run)
{
	struct cr2_reader *reader;

	*run = (struct cr2_run){0};
	assert_int_equal(cr2_reader_create(&litmus->names, NULL, &reader), 0);
	for (size_t i = 0; i < n; i++) {
		const struct shorthand *s = &steps[i];
		struct cr2_text line = {0};

		cr2_text_printf(&line,
				"{\"step\":%zu,\"line\":%u,\"proc\":\"parent\",\"op\":\"%s\"",
				i + 1, s->line, s->op);
		if (s->at)
			cr2_text_printf(&line, ",\"at\":\"%s\"", s->at);
		if (s->value >= 0)
			cr2_text_printf(&line, ",\"value\":%d", s->value);
		cr2_text_printf(&line, ",\"result\":\"%s\",\"faults\":[%s],\"state\":{\"parent\":"
				"{\"m\":\"%s\"}}}", s->result, s->faults, s->tokens);
		if (cr2_reader_line(reader, line.data, &run->observations) < 0)
			fail_msg("%s", line.data);
		cr2_text_finish(&line);
	}
	cr2_reader_destroy(reader);
}

#define FAULT(error, at, major) "{\"error\":\"" error "\",\"at\":\"" at "\",\"major\":" major "}"

#define KNOWN(path, evidence) \
	"{\"error\":\"0x4\",\"at\":\"m@3\",\"major\":false,\"path\":\"" path "\",\"evidence\":\"" evidence "\"}"

static void append_difference(const struct cr2_view_run *view, const struct cr2_difference *d,
			      struct cr2_text *text)
{
	struct cr2_text where = {0};

	cr2_view_difference_where(view, d, &where);
	cr2_text_printf(text, "%zu %s%s%s: ", d->observation, cr2_field_name(d->field),
			where.length ? " " : "", where.data);
	cr2_view_difference_side(view, d, 0, text);
	cr2_text_append(text, " | ");
	cr2_view_difference_side(view, d, 1, text);
	cr2_text_append(text, "\n");
	cr2_text_finish(&where);
}

/* The differences of two runs as text, one a line. */
static void compare_runs(const struct cr2_litmus *litmus, const struct cr2_run *left,
			 const struct cr2_run *right, const char *wanted)
{
	const struct cr2_view_column columns[] = {{.name = "left", .observations = &left->observations},
						  {.name = "right", .observations = &right->observations}};
	const struct cr2_view_run view = {.n_columns = 2, .columns = columns};
	struct cr2_differences differences;
	struct cr2_text text = {0};

	assert_int_equal(cr2_litmus_compare(litmus, left, right, &differences), 0);
	cr2_text_append(&text, "");
	for (size_t i = 0; i < differences.count; i++)
		append_difference(&view, &differences.items[i], &text);
	assert_string_equal(text.data, wanted);
	cr2_text_finish(&text);
	cr2_differences_finish(&differences);
}

static void compare(const char *scenario, const struct shorthand *left, size_t n_left,
		    const struct shorthand *right, size_t n_right, const char *wanted)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_run l, r;

	if (cr2_litmus_parse("t", scenario, strlen(scenario), &litmus, &diag) < 0)
		fail_msg("%s", diag.message);
	observe(&litmus, left, n_left, &l);
	observe(&litmus, right, n_right, &r);
	compare_runs(&litmus, &l, &r, wanted);
	cr2_run_finish(&l);
	cr2_run_finish(&r);
	cr2_litmus_finish(&litmus);
}
#define COMPARE(scenario, left, right, wanted) \
	compare(scenario, left, CR2_ARRAY_SIZE(left), right, CR2_ARRAY_SIZE(right), wanted)

static const char anonymous[] = "map m 8 rw\nread m@3";
static const struct shorthand map = {1, "map", NULL, "ok", "", "-*8", -1};

static void equal_runs_agree(void **state)
{
	const struct shorthand run[] = {map, {2, "read", "m@3", "ok", FAULT("0x4", "m@3", "false"),
					      "-*3 z -*4", 0}};

	(void)state;
	COMPARE(anonymous, run, run, "");
}

static void each_field_is_compared(void **state)
{
	const struct shorthand left[] = {map, {2, "read", "m@3", "ok", FAULT("0x4", "m@3", "false"),
					       "-*3 z -*4", 0}};
	const struct shorthand right[] = {map, {2, "read", "m@3", "ok", FAULT("0x4", "m@3", "true"),
						"-*3 z -*4", 1}};
	const struct shorthand other[] = {map, {2, "read", "m@3", "SEGV_ACCERR", "", "-*8", -1}};
	const struct shorthand more[] = {map, {2, "read", "m@3", "ok",
					       FAULT("0x4", "m@3", "false") ","
					       FAULT("0x5", "m@3", "false"), "-*3 z -*4", 0}};

	(void)state;
	COMPARE(anonymous, left, right, "1 value: 0x00 | 0x01\n1 major: minor | major\n");
	COMPARE(anonymous, left, other,
		"1 result: ok | SEGV_ACCERR\n1 value: 0x00 | none\n1 faults: 0x4 m@3 | none\n"
		"1 state parent.m@3: z | -\n");
	COMPARE(anonymous, left, more, "1 faults: 0x4 m@3 | 0x4 m@3, 0x5 m@3\n");
}

static void paths_are_compared_where_none_is_derived(void **state)
{
	const struct shorthand model[] = {map, {2, "read", "m@3", "ok", KNOWN("anon_zero", "replayed"), "-*3 z -*4", 0}};
	const struct shorthand read[] = {map, {2, "read", "m@3", "ok", KNOWN("raced", "read"), "-*3 z -*4", 0}};
	const struct shorthand derived[] = {map, {2, "read", "m@3", "ok", KNOWN("raced", "derived"), "-*3 z -*4", 0}};
	const struct shorthand unknown[] = {map, {2, "read", "m@3", "ok", KNOWN("unknown", "unknown"), "-*3 z -*4", 0}};

	(void)state;
	COMPARE(anonymous, model, read, "1 path: anon_zero | raced\n");
	COMPARE(anonymous, model, derived, "");
	COMPARE(anonymous, read, unknown, "");
}

static void differing_pages_are_named(void **state)
{
	struct shorthand left = map, right = map;

	(void)state;
	left.tokens = "a1..a4 -*2 z s";
	right.tokens = "a1 a2 a4 a3 -*2 a5/2 s";
	compare(anonymous, &left, 1, &right, 1,
		"0 state parent.m@2..3: a3 a4 | a4 a3\n0 state parent.m@6: z | a5/2\n");
	right.tokens = "a1..a4 -*2 z s -*3";
	compare(anonymous, &left, 1, &right, 1, "0 state parent.m@8..10: nothing | -*3\n");
}

static void steps_are_counted(void **state)
{
	const struct shorthand left[] = {map, {2, "read", "m@3", "ok", "", "-*8", 0}};
	const struct shorthand other[] = {map, {2, "read", "m@4", "ok", "", "-*8", 0}};

	(void)state;
	compare(anonymous, left, 2, left, 1, "1 steps: 2 steps | 1 step\n");
	compare(anonymous, left, 2, other, 2, "1 steps: line 2: read m@3 | line 2: read m@4\n");
}

static void a_huge_page_beyond_the_end_is_no_difference(void **state)
{
	struct shorthand left = map, right = map;

	(void)state;
	left.tokens = "h1";
	right.tokens = "a1..a8";
	compare(anonymous, &left, 1, &right, 1, "0 state parent.m@0..7: h1 | a1..a8\n");
}

/* Steps of a scenario with a file: line 1 makes it, 2 maps it, 3 accesses m@2. */
static void compare_file(const char *scenario, const char *left_tokens, const char *right_tokens,
			 const char *wanted)
{
	struct shorthand left = {3, "read", "m@2", "ok", "", left_tokens, 0}, right = left;

	right.tokens = right_tokens;
	compare(scenario, &left, 1, &right, 1, wanted);
}

static void readahead_of_a_cold_file_is_left_open(void **state)
{
	static const char cold[] = "file f 8 cold\nmap m 8 rw f\nread m@2";
	static const char resident[] = "file f 8\nmap m 8 rw f\nread m@2";

	(void)state;
	compare_file(cold, "-*2 f:2 f:3 -*4", "f:0 f:1 f:2 -*5", "");
	compare_file(cold, "-*2 f:2/2 -*5", "-*2 f:2 -*5", "");
	compare_file(cold, "-*2 f:2 -*5", "-*8", "0 state parent.m@2: f:2 | -\n");
	compare_file(cold, "-*2 f:2 f:4 -*4", "-*2 f:2 f:3 -*4", "0 state parent.m@3: f:4 | f:3\n");
	compare_file(cold, "-*2 f:2 a1 -*4", "-*2 f:2 f:3 -*4", "0 state parent.m@3: a1 | f:3\n");
	compare_file(resident, "-*2 f:2 f:3 -*4", "-*2 f:2 -*5", "0 state parent.m@3: f:3 | -\n");
}

static void what_opens_a_file_does_so_from_its_line_on(void **state)
{
	static const char *const opening[] = {
		"file f 8\nmap m 8 rw f\nevict f",
		"file f 8\nmap m 8 rw f\ntruncate f 9",
		"shmem f 8\nmap m 8 rw f\nadvise m remove",
		"file f 8\nmap m 8 rw f\nadvise m pageout",
	};
	static const char *const others[] = {
		"shmem f 8\nmap m 8 rw f\nevict f", "file f 8\nmap m 8 rw f\ntruncate f 8",
		"file f 8\nmap m 8 rw f\nadvise m dontneed",
		"file f 8\nmap m 8 rw f\nread m\nevict f",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(opening); i++)
		compare_file(opening[i], "f:0 f:1 f:2 -*5", "-*2 f:2 -*5", "");
	for (size_t i = 0; i < CR2_ARRAY_SIZE(others); i++)
		compare_file(others[i], "f:0 f:1 f:2 -*5", "-*2 f:2 -*5",
			     "0 state parent.m@0..1: f:0 f:1 | -*2\n");
}

/* Whether the next access to a neighbour faults follows from what was left open. */
static void what_follows_from_readahead_is_left_open(void **state)
{
	static const char scenario[] = "file f 4 cold\nmap m 4 rw f\nread m@0\nread m@1\nread m@1";
	const struct shorthand left[] = {
		{3, "read", "m@0", "ok", FAULT("0x4", "m@0", "true"), "f:0 f:1 -*2", 0},
		{4, "read", "m@1", "ok", "", "f:0 f:1 -*2", 0},
		{5, "read", "m@1", "ok", "", "f:0 f:1 -*2", 0},
	};
	const struct shorthand right[] = {
		{3, "read", "m@0", "ok", FAULT("0x4", "m@0", "true"), "f:0 -*3", 0},
		{4, "read", "m@1", "ok", FAULT("0x4", "m@1", "false"), "f:0 f:1 -*2", 0},
		{5, "read", "m@1", "ok", FAULT("0x4", "m@1", "false"), "f:0 f:1 -*2", 0},
	};

	(void)state;
	COMPARE(scenario, left, right, "2 faults: none | 0x4 m@1\n");
}

/* Where an access reaches into the next page, that one's follows from it, too; where it does not, nothing does. */
static void what_a_wide_access_reaches_is_left_open(void **state)
{
	static const char scenario[] = "file f 4 cold\nmap m 4 rw f\nread m@0\nwrite8 m@0+4094";
	struct shorthand left[] = {
		{3, "read", "m@0", "ok", FAULT("0x4", "m@0", "true"), "f:0 f:1 -*2", 0},
		{4, "write8", "m@0+4094", "ok", FAULT("0x7", "m@0+4094", "false") "," FAULT("0x7", "m@1", "false"),
		 "a1 a2 -*2", -1},
	};
	struct shorthand right[] = {
		{3, "read", "m@0", "ok", FAULT("0x4", "m@0", "true"), "f:0 -*3", 0},
		{4, "write8", "m@0+4094", "ok", FAULT("0x7", "m@0+4094", "false") "," FAULT("0x6", "m@1", "false"),
		 "a1 a2 -*2", -1},
	};

	(void)state;
	COMPARE(scenario, left, right, "");
	left[1].faults = FAULT("0x7", "m@0+4094", "false");
	right[1].faults = FAULT("0x6", "m@0+4094", "false");
	COMPARE(scenario, left, right, "1 faults: 0x7 m@0+4094 | 0x6 m@0+4094\n");
}

/* The neighbour is mapped with the first page, or was being read still; of a warm file, or anonymous memory, it is neither. */
static void a_neighbour_that_is_being_read_faults_or_not(void **state)
{
	struct shorthand left = {3, "read8", "m@0+4095", "ok", FAULT("0x4", "m@0+4095", "true"), "f:0 f:1 -*2", -1};
	struct shorthand right = left;

	(void)state;
	right.faults = FAULT("0x4", "m@0+4095", "true") "," FAULT("0x4", "m@1", "false");
	compare("file f 4 cold\nmap m 4 rw f\nread8 m@0+4095", &left, 1, &right, 1, "");
	compare("file f 4\nmap m 4 rw f\nread8 m@0+4095", &left, 1, &right, 1,
		"0 faults: 0x4 m@0+4095 | 0x4 m@0+4095, 0x4 m@1\n");
}

static void a_fault_s_address_is_compared(void **state)
{
	const struct shorthand left[] = {map, {2, "read", "m@3", "ok", FAULT("0x4", "m@3", "false"),
					       "-*3 z -*4", 0}};
	const struct shorthand right[] = {map, {2, "read", "m@3", "ok", FAULT("0x4", "m@3+8", "false"),
						"-*3 z -*4", 0}};
	const struct shorthand absolute[] = {map, {2, "read", "m@3", "ok",
						   FAULT("0x4", "0x3000", "false"), "-*3 z -*4", 0}};

	(void)state;
	COMPARE(anonymous, left, right, "1 faults: 0x4 m@3 | 0x4 m@3+8\n");
	COMPARE(anonymous, left, absolute, "1 faults: 0x4 m@3 | 0x4 0x3000\n");
}

static void map_counts_are_compared(void **state)
{
	struct shorthand left[] = {map, map, map}, right[] = {map, map, map};

	(void)state;
	left[0].tokens = right[0].tokens = left[1].tokens = "a1/2 a2 -*6";
	right[1].tokens = left[2].tokens = right[2].tokens = "a1 a2 -*6";
	/* Told where it appears; it is over at the last step, where only a count changes again. */
	COMPARE(anonymous, left, right, "1 state parent.m@0: a1/2 | a1\n");
	right[0].tokens = "a1 a2 -*6";
	COMPARE(anonymous, left, right, "0 state parent.m@0: a1/2 | a1\n");
}

/* Only an access that was made has its page, whatever readahead does with the others. */
static void a_refused_access_is_none(void **state)
{
	static const char cold[] = "file f 8 cold\nmap m 8 rw f\nexec m@2";
	struct shorthand left = {3, "exec", "m@2", "SEGV_ACCERR", "", "-*2 f:2 -*5", -1};
	struct shorthand right = left;

	(void)state;
	right.tokens = "-*8";
	compare(cold, &left, 1, &right, 1, "");
	left.result = right.result = "ok";
	compare(cold, &left, 1, &right, 1, "0 state parent.m@2: f:2 | -\n");
}

static void a_map_that_failed_is_one_line(void **state)
{
	static const char scenario[] = "map m 8 rw\nread m@3\nwrite m@3\nprotect m r\n";
	const struct shorthand left[] = {
		map,
		{2, "read", "m@3", "ok", FAULT("0x4", "m@3", "false"), "-*3 z -*4", 0},
		{3, "write", "m@3", "ok", FAULT("0x7", "m@3", "false"), "-*3 a1 -*4", -1},
		{4, "protect", NULL, "ok", "", "-*3 a1 -*4", -1},
	};
	const struct shorthand right[] = {
		{1, "map", NULL, "ENOMEM", "", "!*8", -1},
		{2, "read", "m@3", "SEGV_MAPERR", FAULT("0x4", "m@3", "false"), "!*8", -1},
		{3, "write", "m@3", "SEGV_MAPERR", FAULT("0x6", "m@3", "false"), "!*8", -1},
		{4, "protect", NULL, "ENOMEM", "", "!*8", -1},
	};

	(void)state;
	COMPARE(scenario, left, right, "0 result: ok | ENOMEM\n");
}

/* A result with `either`; the last key takes up the quote that the result's own text ends with. */
#define OK_OR_STALE "ok\",\"either\":true,\"note\":\""

/* Whichever page the stale entry is of; all other faults have to be the same. */
static void a_stale_entry_is_left_open(void **state)
{
	static const char scenario[] = "map m 8 rw\nkwrite m@7";
	static const char beyond[] = FAULT("0x2", "m@8", "false");
	static const char both[] = FAULT("0x3", "m@7", "false") "," FAULT("0x2", "m@8", "false");
	static const char behind[] = FAULT("0x2", "m@8", "false") "," FAULT("0x3", "m@9", "false");
	struct shorthand left = {2, "kwrite", "m@7", OK_OR_STALE, both, "-*7 a1", -1}, right = left;

	(void)state;
	right.faults = beyond;
	compare(scenario, &left, 1, &right, 1, "");
	compare(scenario, &right, 1, &left, 1, "");
	right.faults = "";
	compare(scenario, &left, 1, &right, 1, "0 faults: 0x3 m@7, 0x2 m@8 | none\n");
	right.faults = behind;
	compare(scenario, &left, 1, &right, 1, "0 faults: 0x3 m@7, 0x2 m@8 | 0x2 m@8, 0x3 m@9\n");
	left.faults = beyond;
	compare(scenario, &left, 1, &right, 1, "");
	compare(scenario, &right, 1, &left, 1, "");
	left.faults = both;
	right.faults = beyond;
	left.result = right.result = "ok";
	compare(scenario, &left, 1, &right, 1, "0 faults: 0x3 m@7, 0x2 m@8 | 0x2 m@8\n");
}

/* What a runner shows once is one fault that the kernel took again at once; in user mode both are seen. */
static void a_fault_taken_again_is_one(void **state)
{
	static const char scenario[] = "map m 8 rw\nkwrite m@7";
	static const char once[] = FAULT("0x2", "m@7", "false"), again[] = FAULT("0x2", "m@7", "false") ","
		FAULT("0x2", "m@7", "false"), user[] = FAULT("0x6", "m@7", "false"),
		user_again[] = FAULT("0x6", "m@7", "false") "," FAULT("0x6", "m@7", "false"),
		other[] = FAULT("0x2", "m@7", "false") "," FAULT("0x3", "m@7", "false");
	struct shorthand left = {2, "kwrite", "m@7", "EFAULT", once, "-*8", -1}, right = left;

	(void)state;
	right.faults = again;
	compare(scenario, &left, 1, &right, 1, "");
	compare(scenario, &right, 1, &left, 1, "");
	right.faults = other;
	compare(scenario, &left, 1, &right, 1, "0 faults: 0x2 m@7 | 0x2 m@7, 0x3 m@7\n");
	right.faults = "";
	compare(scenario, &left, 1, &right, 1, "0 faults: 0x2 m@7 | none\n");
	left.faults = user;
	right.faults = user_again;
	compare(scenario, &left, 1, &right, 1, "0 faults: 0x6 m@7 | 0x6 m@7, 0x6 m@7\n");
}

static void read_lines(const struct cr2_litmus *litmus, const char *const *lines, size_t n,
		       struct cr2_run *run)
{
	struct cr2_reader *reader;

	*run = (struct cr2_run){0};
	assert_int_equal(cr2_reader_create(&litmus->names, NULL, &reader), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cr2_reader_line(reader, lines[i], &run->observations), 0);
	cr2_reader_destroy(reader);
}

#define STEP(n, op, at, result, state) \
	"{\"step\":" #n ",\"line\":" #n ",\"proc\":\"parent\",\"op\":\"" op "\"," at \
	"\"result\":\"" result "\",\"faults\":[],\"state\":{\"parent\":{\"buf\":\"" state "}}"

/* A name that says nothing, for a process that is not there. */
static void a_fork_that_failed_is_one_line(void **state)
{
	static const char scenario[] =
		"map buf 2 rw\nwrite buf@0\nfork nothing\nwrite buf@0\nwrite buf@1\n";
	static const char *const left[] = {
		STEP(1, "map", "", "ok", "-*2\"}"), STEP(2, "write", "\"at\":\"buf@0\",", "ok", "a1 -\"}"),
		STEP(3, "fork", "", "ok", "a1/2 -\"},\"nothing\":{\"buf\":\"a1/2 -\"}"),
		STEP(4, "write", "\"at\":\"buf@0\",", "ok", "a2 -\"},\"nothing\":{\"buf\":\"a1 -\"}"),
		STEP(5, "write", "\"at\":\"buf@1\",", "ok", "a2 a3\"},\"nothing\":{\"buf\":\"a1 -\"}"),
	};
	static const char *const right[] = {
		STEP(1, "map", "", "ok", "-*2\"}"), STEP(2, "write", "\"at\":\"buf@0\",", "ok", "a1 -\"}"),
		STEP(3, "fork", "", "EAGAIN", "a1 -\"}"),
		STEP(4, "write", "\"at\":\"buf@0\",", "ok", "a1 -\"}"),
		STEP(5, "write", "\"at\":\"buf@1\",", "ok", "a1 a2\"}"),
	};
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_run l, r;

	(void)state;
	assert_int_equal(cr2_litmus_parse("t", scenario, strlen(scenario), &litmus, &diag), 0);
	read_lines(&litmus, left, CR2_ARRAY_SIZE(left), &l);
	read_lines(&litmus, right, CR2_ARRAY_SIZE(right), &r);
	/* The parent's copy is of what it shared; the page behind it is new on both sides. */
	compare_runs(&litmus, &l, &r, "2 result: ok | EAGAIN\n3 state parent.buf@0: a2 | a1\n");
	/* Nobody says that the fork failed: the process is a difference of its own. */
	l.observations.items[2].result = CR2_RESULT_EAGAIN;
	compare_runs(&litmus, &l, &r,
		     "2 state nothing: a process | nothing\n2 state parent.buf@0: a1/2 | a1\n"
		     "3 state parent.buf@0: a2 | a1\n");
	cr2_run_finish(&l);
	cr2_run_finish(&r);
	cr2_litmus_finish(&litmus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_runs_agree),
		cmocka_unit_test(each_field_is_compared),
		cmocka_unit_test(paths_are_compared_where_none_is_derived),
		cmocka_unit_test(differing_pages_are_named),
		cmocka_unit_test(steps_are_counted),
		cmocka_unit_test(a_huge_page_beyond_the_end_is_no_difference),
		cmocka_unit_test(readahead_of_a_cold_file_is_left_open),
		cmocka_unit_test(what_opens_a_file_does_so_from_its_line_on),
		cmocka_unit_test(what_follows_from_readahead_is_left_open),
		cmocka_unit_test(what_a_wide_access_reaches_is_left_open),
		cmocka_unit_test(a_neighbour_that_is_being_read_faults_or_not),
		cmocka_unit_test(a_fault_s_address_is_compared),
		cmocka_unit_test(map_counts_are_compared),
		cmocka_unit_test(a_refused_access_is_none),
		cmocka_unit_test(a_stale_entry_is_left_open),
		cmocka_unit_test(a_fault_taken_again_is_one),
		cmocka_unit_test(a_map_that_failed_is_one_line),
		cmocka_unit_test(a_fork_that_failed_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
