/* SPDX-License-Identifier: MIT */
/* Questions about one fault: the cases of cr2 bench answer them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/costs.h"
#include "bench/questions.h"
#include "bench/touch.h"

static int measure(const struct question *q, const char *const *names, size_t n,
		   struct cr2_calibration *c)
{
	struct cost_plan plan;

	cost_plan_init(&plan, q->plan->quick);
	plan.rounds = q->plan->rounds * 3;
	for (size_t i = 0; i < n; i++)
		plan.chosen[cost_find(names[i])] = true;
	return cost_measure(&plan, c);
}

/* Returns the median; 0: not measured. */
static double row(struct question *q, const struct cr2_calibration *c, const char *name,
		  const char *what, double course)
{
	const struct cr2_cost *cost = cr2_calibration_find(c, name);

	if (!cost->ns.n)
		return 0;
	question_known(q, what, CR2_AMOUNT_TIME, course, 0);
	q->answer->rows[q->answer->n_rows - 1].here = cost->ns;
	return cost->ns.median;
}

int question_microsecond(struct question *q)
{
	static const char *const names[] = {
		"anon_zero", "anon_alloc", "file_read", "wp_copy", "wp_reuse", "major",
	};
	struct cr2_calibration *c = calloc(1, sizeof(*c));
	double alloc, copy, major, zero;
	int r = c ? measure(q, names, CR2_ARRAY_SIZE(names), c) : -ENOMEM;

	if (r < 0) {
		free(c);
		return r;
	}
	question_step(q, "a fault = exception + lookup of the mapping + page + entry + return: the course "
		      "takes 1 µs for all of it");
	zero = row(q, c, "anon_zero", "read of fresh memory (anon_zero)", COURSE_FAULT);
	alloc = row(q, c, "anon_alloc", "write to fresh memory (anon_alloc)", COURSE_FAULT);
	row(q, c, "file_read", "read of a cached file (file_read)", COURSE_FAULT);
	copy = row(q, c, "wp_copy", "write after fork (wp_copy)", COURSE_FAULT);
	row(q, c, "wp_reuse", "the same, child gone (wp_reuse)", COURSE_FAULT);
	major = row(q, c, "major", "read of a file on disk (major)", -1);
	question_verdict(q, question_near(alloc, COURSE_FAULT),
		"A write to fresh memory takes %.2f µs here%s. It depends on the fault: without a page to zero "
		"or copy it is %.2f µs, with a page to copy %.2f µs, %s%.0f µs.", alloc / 1000,
		question_near(alloc, COURSE_FAULT) ? ", within a factor of two of the course's" : "",
		zero / 1000, copy / 1000, major > 0 ? "and with a disk to wait for " : "without a disk ",
		major / 1000);
	free(c);
	return 0;
}

/* A byte where nothing is in the way, many times over: its page is present and writable. */
static double plain_write(void)
{
	const uint64_t n = 1 << 20;
	uint8_t *base;
	double ns;

	if (bench_map(CR2_PAGE_SIZE, &base) < 0)
		return 0;
	bench_write(base, 1, 0, NULL, 1);
	ns = bench_now();
	bench_write(base, n, 0, NULL, 1);
	ns = bench_now() - ns;
	munmap(base, CR2_PAGE_SIZE);
	return ns / (double)n;
}

int question_write(struct question *q)
{
	static const char *const names[] = {"wp_copy", "wp_reuse"};
	struct cr2_calibration *c = calloc(1, sizeof(*c));
	double copy, reuse, plain = plain_write();
	const struct cr2_cost *cost;
	int r = c ? measure(q, names, CR2_ARRAY_SIZE(names), c) : -ENOMEM;

	if (r < 0) {
		free(c);
		return r;
	}
	question_step(q, "1 byte written → 1 fault → 1 page copied: 4096 bytes for 1");
	question_step(q, "at 1 µs a fault: 1 byte costs 1 µs, once a page");
	question_known(q, "write to a page of one's own", CR2_AMOUNT_TIME, -1, plain);
	copy = row(q, c, "wp_copy", "first write, the child lives", COURSE_FAULT);
	reuse = row(q, c, "wp_reuse", "first write, the child has ended", -1);
	cost = cr2_calibration_find(c, "wp_copy");
	if (cost->units)
		question_known(q, "faults a page, as counted", CR2_AMOUNT_COUNT, 1,
			       (double)cost->faults / (double)cost->units);
	question_verdict(q, question_near(copy, COURSE_FAULT),
		"%.2f µs for one byte: as much as %.0f writes to a page of one's own. Once the child has "
		"ended there is nothing to copy, but the fault remains: %.2f µs. The next bytes of the page "
		"are free of all this.", copy / 1000, plain > 0 ? copy / plain : 0, reuse / 1000);
	free(c);
	return 0;
}
