/* SPDX-License-Identifier: MIT */
/* cr2 bench: the rounds of all cases by turns, and what they come to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/costs.h"
#include "bench/measure.h"

static const struct {
	enum cr2_cost_group group;
	const char *name, *unit;
	enum cr2_path path;
	bool wall;
	cost_fn *fn;
	const char *summary;
} cases[] = {
#define X(group, name, unit, path, wall, fn, summary) \
	{CR2_COST_##group, #name, unit, CR2_PATH_##path, wall, fn, summary},
#include "costs.def"
#undef X
};
#define N_CASES CR2_ARRAY_SIZE(cases)
_Static_assert(N_CASES <= CR2_COSTS, "a calibration holds them all");

/* A case while it is measured. */
struct cost_run {
	bool chosen, absent, major;
	struct bench_series series;
	unsigned refused;
	uint64_t units, faults;
	char note[CR2_ARRAY_SIZE(((struct cr2_cost *)0)->note)];
};

void cost_plan_init(struct cost_plan *plan, bool quick)
{
	*plan = (struct cost_plan){
		.warmup = quick ? 1 : 3,
		.rounds = quick ? 5 : 31,
		.pages = quick ? 256 : 1024,
		.many_pages = quick ? 4096 : 16384,
		.huge_pages = quick ? 2 : 16,
		.cold_pages = quick ? 32 : 128,
	};
}

size_t cost_count(void)
{
	return N_CASES;
}

const char *cost_name(size_t index)
{
	return index < N_CASES ? cases[index].name : NULL;
}

const char *cost_summary(size_t index)
{
	return index < N_CASES ? cases[index].summary : NULL;
}

int cost_find(const char *name)
{
	for (size_t i = 0; i < N_CASES; i++)
		if (strcmp(cases[i].name, name) == 0)
			return (int)i;
	return -1;
}

#define SAID(n) (unsigned long long)(n)

/* What the kernel counted is what the case is about, or the round is another case's. */
static void check(struct cost_sample *s)
{
	uint64_t settled = s->seen.minor + s->seen.major;

	if (settled != s->settled)
		cost_doubt(s, "%llu faults where %llu were expected", SAID(settled), SAID(s->settled));
	else if (s->major != UINT64_MAX && s->seen.major != s->major)
		cost_doubt(s, "%llu major faults where %llu were expected", SAID(s->seen.major),
			   SAID(s->major));
	else if (s->seen.has_exceptions && s->seen.exceptions != s->settled + s->refused)
		cost_doubt(s, "%llu exceptions where %llu were expected", SAID(s->seen.exceptions),
			   SAID(s->settled + s->refused));
	else if (s->ns < 0)
		cost_doubt(s, "what it is measured against took longer");
}

static int count_round(struct cost_run *run, const struct cost_bench *bench,
		       const struct cost_sample *sample)
{
	run->units = sample->units;
	run->major = sample->seen.major > sample->units / 2;
	run->faults = sample->settled + sample->refused;
	if (sample->doubt[0]) {
		run->refused++;
		memcpy(run->note, sample->doubt, sizeof(run->note));
		return 0;
	}
	if (!run->refused)
		memcpy(run->note, bench->note, sizeof(run->note));
	return bench_series_add(&run->series, sample->ns);
}

static int run_case(struct cost_bench *bench, size_t i, struct cost_run *run, bool counting)
{
	struct cost_sample sample = {0};
	int r;

	bench->note[0] = '\0';
	bench->meter.wall = cases[i].wall;
	r = cases[i].fn(bench, &sample);
	if (r == -EOPNOTSUPP) {
		run->absent = true;
		memcpy(run->note, bench->note, sizeof(run->note));
		return 0;
	}
	if (r < 0 || !counting)
		return r;
	check(&sample);
	return count_round(run, bench, &sample);
}

/* Case by case within a round: what disturbs the machine for a while disturbs them all. */
static int run_rounds(struct cost_bench *bench, struct cost_run *runs)
{
	const struct cost_plan *plan = bench->plan;
	unsigned all = plan->warmup + plan->rounds;
	int r = 0;

	for (unsigned round = 0; r == 0 && round < all; round++) {
		if (plan->progress)
			plan->progress(round, all);
		for (size_t i = 0; r == 0 && i < N_CASES; i++)
			if (runs[i].chosen && !runs[i].absent)
				r = run_case(bench, i, &runs[i], round >= plan->warmup);
	}
	return r;
}

/* A case most of whose rounds were another's has no figure. */
static struct cr2_cost settle(size_t i, struct cost_run *run, const char *date)
{
	struct cr2_cost cost = {
		.group = cases[i].group,
		.path = cases[i].path,
		.major = run->major,
		.wall = cases[i].wall,
		.units = run->units,
		.faults = run->faults,
		.refused = run->refused,
	};

	snprintf(cost.name, sizeof(cost.name), "%s", cases[i].name);
	snprintf(cost.unit, sizeof(cost.unit), "%s", cases[i].unit);
	snprintf(cost.date, sizeof(cost.date), "%s", date);
	memcpy(cost.note, run->note, sizeof(cost.note));
	if (!run->absent && run->series.n > run->refused)
		cost.ns = bench_series_figure(&run->series);
	return cost;
}

static void settle_all(struct cost_run *runs, struct cr2_calibration *c)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[24] = "";

	if (gmtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	for (size_t i = 0; i < N_CASES; i++)
		if (runs[i].chosen)
			c->costs[c->n++] = settle(i, &runs[i], date);
}

/* Time that a hypervisor took away and all time, since boot, in ticks of all CPUs. */
static bool read_stolen(double *ret_stolen, double *ret_all)
{
	FILE *file = fopen("/proc/stat", "re");
	double t[8], all = 0;
	int n = file ? fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
			      &t[3], &t[4], &t[5], &t[6], &t[7]) : 0;

	if (file)
		fclose(file);
	for (int i = 0; i < n; i++)
		all += t[i];
	*ret_stolen = n == 8 ? t[7] : 0;
	*ret_all = all;
	return n == 8;
}

struct noise {
	double stolen, all;
	long preempted;
};

static struct noise noise_now(void)
{
	struct noise noise = {0};
	struct rusage usage;

	read_stolen(&noise.stolen, &noise.all);
	if (getrusage(RUSAGE_THREAD, &usage) == 0)
		noise.preempted = usage.ru_nivcsw;
	return noise;
}

static void note_noise(const struct noise *before, struct cr2_calibration *c)
{
	struct noise now = noise_now();

	if (now.all > before->all)
		c->stolen = (now.stolen - before->stolen) / (now.all - before->all);
	c->preempted = (uint64_t)(now.preempted - before->preempted);
}

static int shuffle(uint64_t n, uint32_t **ret_order)
{
	uint32_t *order = malloc((n ? n : 1) * sizeof(*order));
	uint64_t seed = 1;

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t other;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		other = (seed >> 33) % (i + 1);
		order[i] = order[other];
		order[other] = i;
	}
	*ret_order = order;
	return 0;
}

static int open_bench(struct cost_bench *bench)
{
	int cpu, r;

	if (sched_getaffinity(0, sizeof(bench->cpus), &bench->cpus) < 0)
		return -errno;
	r = bench_pin(&cpu);
	if (r < 0)
		return r;
	bench->meter.perf = meter_open();
	bench->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	return shuffle(bench->plan->cold_pages, &bench->order);
}

static void close_bench(struct cost_bench *bench)
{
	const int fds[] = {bench->meter.perf, bench->memfd, bench->cold, bench->zero, bench->pagemap};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(bench->order);
	sched_setaffinity(0, sizeof(bench->cpus), &bench->cpus);
}

static void choose(const struct cost_plan *plan, struct cost_run *runs)
{
	bool any = false;

	for (size_t i = 0; i < N_CASES; i++)
		any = any || plan->chosen[i];
	for (size_t i = 0; i < N_CASES; i++)
		runs[i].chosen = !any || plan->chosen[i];
}

int cost_measure(const struct cost_plan *plan, struct cr2_calibration *ret_calibration)
{
	struct cost_bench bench = {
		.plan = plan, .memfd = -1, .cold = -1, .zero = -1, .pagemap = -1, .meter.perf = -1,
	};
	struct cost_run runs[N_CASES] = {0};
	struct cr2_calibration c = {0};
	struct noise before;
	int r = cr2_machine_read(&c.machine);

	if (r == 0)
		r = open_bench(&bench);
	choose(plan, runs);
	getloadavg(&c.load, 1);
	before = noise_now();
	if (r == 0)
		r = run_rounds(&bench, runs);
	note_noise(&before, &c);
	settle_all(runs, &c);
	if (r == 0)
		*ret_calibration = c;
	for (size_t i = 0; i < N_CASES; i++)
		bench_series_finish(&runs[i].series);
	close_bench(&bench);
	return r;
}
