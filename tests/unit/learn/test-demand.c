/* SPDX-License-Identifier: MIT */
/* Demanded faults: what is drawn, what faults come to, and what is said where they do not meet the demand. */
#include <errno.h>
#include <string.h>

#include <cr2/demand.h>

#include "../test.h"

#define PROGRAM 100
#define CHILD 101

static struct cr2_demand_report begin(enum cr2_demand demand, enum cr2_trace_source source)
{
	struct cr2_demand_report report;
	struct cr2_demand_task task;

	assert_int_equal(cr2_demand_make(demand, 1, &task), 0);
	cr2_demand_report_begin(&task, source, &report);
	report.program = PROGRAM;
	return report;
}

static void add(struct cr2_demand_report *report, unsigned times, struct cr2_traced_fault fault)
{
	if (!fault.addr)
		fault.addr = CR2_ARENA_START;
	for (unsigned i = 0; i < times; i++)
		cr2_demand_report_fault(report, &fault);
}

static enum cr2_demand_verdict end(struct cr2_demand_report *report)
{
	cr2_demand_report_end(report, CR2_DEMAND_EXITED, 0, 0);
	return cr2_demand_verdict(report);
}

static const struct cr2_traced_fault fresh = {.pid = PROGRAM, .path = CR2_PATH_ANON_ALLOC, .error = 0x6};
static const struct cr2_traced_fault copy = {
	.pid = CHILD, .path = CR2_PATH_WP_COPY, .error = 0x7, .before = {.kind = CR2_TRACE_PAGE_ANON}};

static void drawn(void **state)
{
	struct cr2_demand_task task, again;
	enum cr2_demand demand;
	bool differs = false;

	(void)state;
	for (int i = 0; i < CR2_DEMANDS; i++) {
		struct cr2_demand_part parts[CR2_DEMAND_PARTS];
		size_t n;

		assert_int_equal(cr2_demand_parse(cr2_demand_name((enum cr2_demand)i)), i);
		for (uint64_t seed = 0; seed < 20; seed++) {
			assert_int_equal(cr2_demand_make((enum cr2_demand)i, seed, &task), 0);
			assert_int_equal(cr2_demand_make((enum cr2_demand)i, seed, &again), 0);
			assert_int_equal(task.n, again.n);
			assert_true(task.n >= 1 && task.n <= 60);
			cr2_demand_make((enum cr2_demand)i, seed + 1, &again);
			differs |= task.n != again.n;
		}
		n = cr2_demand_parts(&task, parts);
		assert_in_range(n, 1, CR2_DEMAND_PARTS);
	}
	assert_true(differs);
	for (unsigned level = 1; level <= CR2_EXERCISE_LEVELS; level++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			assert_int_equal(cr2_demand_draw(level, seed, &demand), 0);
			assert_int_equal(cr2_demand_level(demand), level);
		}
	assert_int_equal(cr2_demand_draw(6, 1, &demand), -EINVAL);
	assert_int_equal(cr2_demand_parse("cows"), -EINVAL);
}

static void words(void **state)
{
	struct cr2_demand_task task = {.demand = CR2_DEMAND_COW, .n = 7};
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_demand_sentence(&task, &text), 0);
	assert_non_null(strstr(text.data, "exactly 7 pages"));
	cr2_text_finish(&text);
}

/* As many as are wanted, where it counts, and whatever happens elsewhere. */
static void counted(void **state)
{
	struct cr2_demand_report report = begin(CR2_DEMAND_TOUCH, CR2_TRACE_SOURCE_BPF);
	struct cr2_traced_fault elsewhere = fresh;

	(void)state;
	elsewhere.addr = CR2_ARENA_START + CR2_ARENA_BYTES;
	add(&report, 3, elsewhere);
	elsewhere.addr = CR2_ARENA_START - 1;
	add(&report, 3, elsewhere);
	assert_int_equal(end(&report), CR2_DEMAND_WRONG);
	add(&report, report.task.n, fresh);
	assert_int_equal(end(&report), CR2_DEMAND_RIGHT);
	assert_int_equal(report.n_faults, report.task.n);
	add(&report, 1, fresh);
	assert_int_equal(end(&report), CR2_DEMAND_WRONG);
	assert_int_equal(report.seen[0].verdict, CR2_DEMAND_WRONG);
	assert_int_equal(report.seen[1].verdict, CR2_DEMAND_RIGHT);
}

static void others(void **state)
{
	struct cr2_demand_report report = begin(CR2_DEMAND_TOUCH, CR2_TRACE_SOURCE_BPF);
	enum cr2_misconception which;
	const char *text;

	(void)state;
	add(&report, report.task.n, fresh);
	add(&report, 1, (struct cr2_traced_fault){.pid = PROGRAM, .path = CR2_PATH_ANON_ZERO, .error = 0x4});
	assert_int_equal(end(&report), CR2_DEMAND_WRONG);
	assert_int_equal(report.seen[0].verdict, CR2_DEMAND_RIGHT);
	assert_int_equal(report.seen[1].verdict, CR2_DEMAND_WRONG);
	assert_true(cr2_demand_mistake(&report, 0, &text, &which));
	assert_int_equal(which, CR2_MISCONCEPTION_READ_ALLOCATES);
	assert_false(cr2_demand_mistake(&report, 1, &text, &which));
}

/* Whose fault it is. */
static void children(void **state)
{
	struct cr2_demand_report report = begin(CR2_DEMAND_COW, CR2_TRACE_SOURCE_BPF);
	struct cr2_traced_fault own = copy;
	enum cr2_misconception which;
	const char *text;

	(void)state;
	add(&report, 20, fresh);
	add(&report, report.task.n, copy);
	assert_int_equal(end(&report), CR2_DEMAND_RIGHT);
	assert_false(cr2_demand_mistake(&report, 0, &text, &which));
	own.pid = PROGRAM;
	add(&report, 1, own);
	assert_int_equal(end(&report), CR2_DEMAND_WRONG);
	assert_true(cr2_demand_mistake(&report, 0, &text, &which));
	assert_int_equal(which, CR2_MISCONCEPTION_PARENT_WRITES);
}

static void growth(void **state)
{
	struct cr2_demand_report report = begin(CR2_DEMAND_STACK, CR2_TRACE_SOURCE_BPF);
	struct cr2_traced_fault fault = fresh;

	(void)state;
	fault.flags = CR2_VM(GROWSDOWN);
	add(&report, 2, fault); /* inside it */
	assert_int_equal(end(&report), CR2_DEMAND_WRONG);
	fault.late = true;
	add(&report, report.task.n, fault);
	assert_int_equal(end(&report), CR2_DEMAND_RIGHT);
}

/* A good end is a part of some demands; a time-out is full marks of none. */
static void ends(void **state)
{
	const struct cr2_traced_fault refused = {.pid = PROGRAM, .path = CR2_PATH_SEGV_ACCERR, .error = 0x7, .signal = 11};
	struct cr2_demand_report report = begin(CR2_DEMAND_SURVIVE, CR2_TRACE_SOURCE_BPF);

	(void)state;
	add(&report, report.task.n, refused);
	assert_int_equal(end(&report), CR2_DEMAND_RIGHT);
	cr2_demand_report_end(&report, CR2_DEMAND_EXITED, 1, 0);
	assert_int_equal(cr2_demand_verdict(&report), CR2_DEMAND_WRONG);
	cr2_demand_report_end(&report, CR2_DEMAND_KILLED, 11, 0);
	assert_int_equal(report.seen[1].verdict, CR2_DEMAND_WRONG);
	report = begin(CR2_DEMAND_TOUCH, CR2_TRACE_SOURCE_BPF);
	add(&report, report.task.n, fresh);
	cr2_demand_report_end(&report, CR2_DEMAND_TIME_OUT, 10, 0);
	assert_int_equal(report.seen[0].verdict, CR2_DEMAND_RIGHT);
	assert_int_equal(cr2_demand_verdict(&report), CR2_DEMAND_WRONG);
}

/* What nobody knows is neither right nor wrong. */
static void unknown(void **state)
{
	struct cr2_demand_report report = begin(CR2_DEMAND_TOUCH, CR2_TRACE_SOURCE_BPF);
	enum cr2_misconception which;
	const char *text;

	(void)state;
	add(&report, report.task.n, fresh);
	cr2_demand_report_end(&report, CR2_DEMAND_EXITED, 0, 1);
	assert_int_equal(cr2_demand_verdict(&report), CR2_DEMAND_NOT_RUN);
	add(&report, 1, fresh);
	cr2_demand_report_end(&report, CR2_DEMAND_EXITED, 0, 1);
	assert_int_equal(cr2_demand_verdict(&report), CR2_DEMAND_WRONG);
	report = begin(CR2_DEMAND_COW, CR2_TRACE_SOURCE_PERF);
	add(&report, report.task.n, (struct cr2_traced_fault){.pid = CHILD, .access = CR2_TRACE_ACCESS_WRITE});
	assert_int_equal(end(&report), CR2_DEMAND_NOT_RUN);
	assert_false(cr2_demand_mistake(&report, 0, &text, &which));
}

/*
 * Without rights the access is known, and whether it waited for a disk: some demands need no more. Too few writes or too
 * many are wrong whatever they brought; as many as wanted may be to memory that is shared.
 */
static void plain(void **state)
{
	struct cr2_demand_report report = begin(CR2_DEMAND_TOUCH, CR2_TRACE_SOURCE_PERF);

	(void)state;
	add(&report, report.task.n, (struct cr2_traced_fault){.pid = PROGRAM, .access = CR2_TRACE_ACCESS_WRITE});
	assert_int_equal(end(&report), CR2_DEMAND_NOT_RUN);
	add(&report, 1, (struct cr2_traced_fault){.pid = PROGRAM, .access = CR2_TRACE_ACCESS_READ});
	assert_int_equal(end(&report), CR2_DEMAND_WRONG);
	report = begin(CR2_DEMAND_TOUCH, CR2_TRACE_SOURCE_PERF);
	assert_int_equal(end(&report), CR2_DEMAND_WRONG);
	report = begin(CR2_DEMAND_MAJOR, CR2_TRACE_SOURCE_PERF);
	add(&report, report.task.n, (struct cr2_traced_fault){.pid = PROGRAM, .major = true});
	assert_int_equal(end(&report), CR2_DEMAND_RIGHT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawn),
		cmocka_unit_test(words),
		cmocka_unit_test(counted),
		cmocka_unit_test(others),
		cmocka_unit_test(children),
		cmocka_unit_test(growth),
		cmocka_unit_test(ends),
		cmocka_unit_test(unknown),
		cmocka_unit_test(plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
