/* SPDX-License-Identifier: MIT */
/*
 * The course's questions answered: a function a question measures rounds and fills an answer.
 * What needs a gigabyte takes less where less is free, and says so.
 */
#ifndef BENCH_QUESTIONS_H
#define BENCH_QUESTIONS_H

#include <cr2/bench_answer.h>
#include <cr2/base.h>

#include "measure.h"
#include "meter.h"

struct question_plan {
	unsigned rounds;
	uint64_t most_bytes; /* of memory that a question may touch */
	bool quick;
};

void question_plan_init(struct question_plan *plan, bool quick);
size_t question_count(void);
const char *question_name(size_t index);
const char *question_text(size_t index);
/* -1: no question has this name or, from 1, this number. */
int question_find(const char *word);
/* Measures what the answer needs. Returns 0 or a negative errno. */
int question_answer(const struct question_plan *plan, size_t index,
		    struct cr2_bench_answer *ret_answer);

/* While one is answered. */
struct question {
	const struct question_plan *plan;
	struct meter meter;
	uint64_t pages; /* that stand for the gigabyte */
	struct cr2_bench_answer *answer;
};

typedef int question_fn(struct question *q);
#define X(name, fn, text) question_fn fn;
#include "bench/questions.def"
#undef X

#define GIB_PAGES 262144
#define COURSE_FAULT 1000.0 /* ns */
#define COURSE_FORK 200000.0 /* ns, of 1 GiB */

/* As many pages of the gigabyte as the plan and the free memory allow; says so in the answer. */
void question_scale(struct question *q);
/* A line of the calculation. */
void question_step(struct question *q, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A row of what was measured; course < 0: the course says nothing. Returns the median. */
double question_row(struct question *q, const char *what, enum cr2_amount amount, double course,
		    struct bench_series *series);
/* The same for what has no spread. */
void question_known(struct question *q, const char *what, enum cr2_amount amount, double course,
		    double here);
void question_verdict(struct question *q, bool holds, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "about the same": within a factor of two. */
bool question_near(double here, double course);
/* Frees n series. */
void question_finish(struct bench_series *series, size_t n);

#endif
