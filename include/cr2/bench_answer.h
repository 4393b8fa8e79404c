/* SPDX-License-Identifier: MIT */
/* A question of the course, answered with this machine's numbers beside the course's. */
#ifndef CR2_BENCH_ANSWER_H
#define CR2_BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/bench.h>

enum cr2_bench_answer_verdict {
	CR2_BENCH_ANSWER_HOLDS,
	CR2_BENCH_ANSWER_DIFFERS,
};

enum cr2_amount {
	CR2_AMOUNT_TIME, /* ns */
	CR2_AMOUNT_COUNT,
	CR2_AMOUNT_BYTES,
};

struct cr2_bench_answer_row {
	char what[48];
	enum cr2_amount amount;
	bool has_course;
	double course; /* what the course says, or what follows from it */
	struct cr2_bench_figure here;
};

#define CR2_BENCH_ANSWER_ROWS 10
#define CR2_BENCH_ANSWER_STEPS 4
struct cr2_bench_answer {
	unsigned number, of; /* from 1 */
	const char *name; /* "fork" */
	const char *question;
	uint64_t bytes; /* of memory that it is about; 0: of none */
	char scaled[160]; /* why not of as many as the course's question, or "" */
	size_t n_steps;
	char steps[CR2_BENCH_ANSWER_STEPS][160]; /* the calculation */
	size_t n_rows;
	struct cr2_bench_answer_row rows[CR2_BENCH_ANSWER_ROWS];
	enum cr2_bench_answer_verdict verdict;
	char because[480];
};

#endif
