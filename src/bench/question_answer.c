/* SPDX-License-Identifier: MIT */
/* What all questions share: how much memory, and how an answer is put together. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cr2/record.h>

#include "bench/questions.h"

/* Bytes that can be had without swapping, or all that there may be where nothing says. */
static uint64_t available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib ? kib * 1024 : UINT64_MAX;
}

/* What the file in this group's folder says; UINT64_MAX: nothing, or "max". */
static uint64_t group_value(const char *group, const char *name)
{
	unsigned long long bytes = UINT64_MAX;
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%.400s/%s", group, name);
	file = fopen(path, "re");
	if (file && fscanf(file, "%llu", &bytes) != 1)
		bytes = UINT64_MAX;
	if (file)
		fclose(file);
	return bytes;
}

/* What the control groups that this program is in leave it. */
static uint64_t allowed(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	uint64_t least = UINT64_MAX;
	char line[512] = "", *slash;

	while (file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3) != 0)
		line[0] = '\0';
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	while (line[0] && (slash = strrchr(line + 3, '/'))) {
		uint64_t most = group_value(line + 3, "memory.max");
		uint64_t used = group_value(line + 3, "memory.current");

		if (most != UINT64_MAX && used != UINT64_MAX)
			least = most - used < least ? (most > used ? most - used : 0) : least;
		*slash = '\0';
	}
	return least;
}

/* A parent, what its child copies, page tables, and as much again for everybody else. */
#define SHARE 3
#define LEAST (4UL << 20)

void question_scale(struct question *q)
{
	uint64_t bytes = q->plan->most_bytes, free = available(), group = allowed();

	free = group < free ? group : free;
	while (bytes > LEAST && bytes > free / SHARE)
		bytes /= 2;
	q->pages = bytes / CR2_PAGE_SIZE;
	q->answer->bytes = bytes;
	if (bytes < q->plan->most_bytes)
		snprintf(q->answer->scaled, sizeof(q->answer->scaled),
			 "measured with %llu MiB, since %llu MiB are free; the course's times are scaled "
			 "down accordingly", (unsigned long long)bytes >> 20, (unsigned long long)free >> 20);
	else if (q->pages < GIB_PAGES)
		snprintf(q->answer->scaled, sizeof(q->answer->scaled),
			 "a quick look at %llu MiB; the course's times are scaled down accordingly",
			 (unsigned long long)bytes >> 20);
}

void question_step(struct question *q, const char *format, ...)
{
	va_list args;

	if (q->answer->n_steps == CR2_BENCH_ANSWER_STEPS)
		return;
	va_start(args, format);
	vsnprintf(q->answer->steps[q->answer->n_steps++], sizeof(q->answer->steps[0]), format, args);
	va_end(args);
}

static void add_row(struct question *q, const char *what, enum cr2_amount amount, double course,
		    const struct cr2_bench_figure *here)
{
	struct cr2_bench_answer_row *row = &q->answer->rows[q->answer->n_rows];

	if (q->answer->n_rows == CR2_BENCH_ANSWER_ROWS)
		return;
	q->answer->n_rows++;
	*row = (struct cr2_bench_answer_row){
		.amount = amount, .has_course = course >= 0, .course = course, .here = *here,
	};
	snprintf(row->what, sizeof(row->what), "%s", what);
}

double question_row(struct question *q, const char *what, enum cr2_amount amount, double course,
		    struct bench_series *series)
{
	struct cr2_bench_figure here = bench_series_figure(series);

	add_row(q, what, amount, course, &here);
	return here.median;
}

void question_known(struct question *q, const char *what, enum cr2_amount amount, double course,
		    double here)
{
	const struct cr2_bench_figure figure = {1, here, here, here, here, here};

	add_row(q, what, amount, course, &figure);
}

void question_verdict(struct question *q, bool holds, const char *format, ...)
{
	va_list args;

	q->answer->verdict = holds ? CR2_BENCH_ANSWER_HOLDS : CR2_BENCH_ANSWER_DIFFERS;
	va_start(args, format);
	vsnprintf(q->answer->because, sizeof(q->answer->because), format, args);
	va_end(args);
}

bool question_near(double here, double course)
{
	return here <= course * 2 && here >= course / 2;
}

void question_finish(struct bench_series *series, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bench_series_finish(&series[i]);
}
