/* SPDX-License-Identifier: MIT */
/* The questions by name, and one answered. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <cr2/record.h>

#include "bench/questions.h"

static const struct {
	const char *name;
	question_fn *fn;
	const char *text;
} questions[] = {
#define X(name, fn, text) {#name, fn, text},
#include "questions.def"
#undef X
};
#define N_QUESTIONS CR2_ARRAY_SIZE(questions)

void question_plan_init(struct question_plan *plan, bool quick)
{
	*plan = (struct question_plan){
		.rounds = quick ? 3 : 5,
		.most_bytes = quick ? 32UL << 20 : 1UL << 30,
		.quick = quick,
	};
}

size_t question_count(void)
{
	return N_QUESTIONS;
}

const char *question_name(size_t index)
{
	return index < N_QUESTIONS ? questions[index].name : NULL;
}

const char *question_text(size_t index)
{
	return index < N_QUESTIONS ? questions[index].text : NULL;
}

int question_find(const char *word)
{
	uint64_t number;

	for (size_t i = 0; i < N_QUESTIONS; i++)
		if (strcmp(questions[i].name, word) == 0)
			return (int)i;
	if (cr2_parse_u64(word, &number) == 0 && number >= 1 && number <= N_QUESTIONS)
		return (int)number - 1;
	return -1;
}

int question_answer(const struct question_plan *plan, size_t index,
		    struct cr2_bench_answer *ret_answer)
{
	struct cr2_bench_answer answer = {
		.number = (unsigned)index + 1,
		.of = N_QUESTIONS,
		.name = questions[index].name,
		.question = questions[index].text,
	};
	struct question q = {.plan = plan, .meter.perf = -1, .answer = &answer};
	cpu_set_t cpus;
	int cpu, r = sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? -errno : bench_pin(&cpu);

	if (r < 0)
		return r;
	q.meter.perf = meter_open();
	r = questions[index].fn(&q);
	if (q.meter.perf >= 0)
		close(q.meter.perf);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	if (r == 0)
		*ret_answer = answer;
	return r;
}
