/* SPDX-License-Identifier: MIT */
/* The same first touches on every core at once: threads of one process, and processes. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/costs.h"
#include "bench/touch.h"

/* Where all wait for all, so that they begin at once. */
struct gate {
	size_t n;
	atomic_size_t arrived;
	atomic_bool closed; /* one of them cannot come */
};

/* Whoever does not come in this time has died. */
#define PATIENCE 10e9

static bool wait_for_all(struct gate *gate)
{
	double deadline = bench_wall() + PATIENCE;

	atomic_fetch_add(&gate->arrived, 1);
	while (atomic_load(&gate->arrived) < gate->n) {
		if (atomic_load(&gate->closed) || bench_wall() > deadline)
			return false;
		sched_yield();
	}
	return true;
}

/* One of those who touch. */
struct core {
	int cpu;
	uint8_t *base;
	uint64_t pages;
	struct gate *gate;
	struct meter meter;
	double ns; /* all its pages */
	struct meter_count count;
	int error;
};

struct crew {
	size_t n;
	struct gate gate;
	struct core cores[];
};

static void touch(struct core *core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)core->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		core->error = -errno;
	core->meter.perf = meter_open();
	if (!wait_for_all(core->gate)) {
		core->error = -EAGAIN;
		return;
	}
	meter_start(&core->meter);
	bench_write(core->base, core->pages, CR2_PAGE_SIZE, NULL, 1);
	core->ns = meter_stop(&core->meter, &core->count);
}

static void *run_thread(void *argument)
{
	struct core *core = argument;

	touch(core);
	if (core->meter.perf >= 0)
		close(core->meter.perf);
	return NULL;
}

static int run_threads(struct crew *crew)
{
	pthread_t *threads = calloc(crew->n, sizeof(*threads));
	size_t started = 0;
	int r = threads ? 0 : -ENOMEM;

	while (r == 0 && started < crew->n) {
		r = -pthread_create(&threads[started], NULL, run_thread, &crew->cores[started]);
		started += r == 0;
	}
	atomic_store(&crew->gate.closed, r < 0);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return r;
}

static int run_processes(struct crew *crew)
{
	pid_t *children = calloc(crew->n, sizeof(*children));
	size_t started = 0;
	int r = children ? 0 : -ENOMEM;

	for (; r == 0 && started < crew->n; started++) {
		children[started] = fork();
		if (children[started] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			touch(&crew->cores[started]);
			_exit(0);
		}
		if (children[started] < 0)
			r = -errno;
	}
	atomic_store(&crew->gate.closed, r < 0);
	for (size_t i = 0; i < started; i++)
		while (children[i] > 0 && waitpid(children[i], NULL, 0) < 0 && errno == EINTR)
			;
	free(children);
	return r;
}

/* The mean over all cores, and the faults of all. */
static void sum_up(const struct crew *crew, struct cost_sample *sample)
{
	sample->seen.has_exceptions = true;
	for (size_t i = 0; i < crew->n; i++) {
		const struct core *core = &crew->cores[i];

		sample->units += core->pages;
		sample->ns += core->ns / (double)(core->pages * crew->n);
		sample->seen.minor += core->count.minor;
		sample->seen.major += core->count.major;
		sample->seen.exceptions += core->count.exceptions;
		sample->seen.has_exceptions &= core->count.has_exceptions;
		if (core->error)
			cost_doubt(sample, "a core could not be used");
	}
	sample->settled = sample->units;
}

static void man(struct cost_bench *bench, struct crew *crew, uint8_t *base, uint64_t distance)
{
	size_t n = 0;

	for (int cpu = 0; cpu < CPU_SETSIZE && n < crew->n; cpu++)
		if (CPU_ISSET((size_t)cpu, &bench->cpus)) {
			crew->cores[n] = (struct core){
				.cpu = cpu,
				.base = base + n * distance,
				.pages = bench->plan->pages,
				.gate = &crew->gate,
				.meter.wall = true,
			};
			n++;
		}
}

/* Each touches page tables of its own. */
#define APART (2UL << 20)

static int run_crew(struct cost_bench *bench, size_t n, int (*run)(struct crew *crew),
		    struct cost_sample *sample)
{
	uint64_t distance = (bench->plan->pages * CR2_PAGE_SIZE + APART - 1) / APART * APART;
	uint64_t bytes = (n + 1) * distance, size = sizeof(struct crew) + n * sizeof(struct core);
	struct crew *crew = mmap(NULL, size, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint8_t *base;
	int r = crew == MAP_FAILED ? -errno : bench_map(bytes, &base);

	if (r == 0) {
		crew->n = n;
		man(bench, crew, base + (APART - (uintptr_t)base % APART) % APART, distance);
		crew->gate.n = n;
		r = run(crew);
		sum_up(crew, sample);
		munmap(base, bytes);
	}
	if (crew != MAP_FAILED)
		munmap(crew, size);
	return r;
}

int cost_one_core(struct cost_bench *bench, struct cost_sample *sample)
{
	return run_crew(bench, 1, run_threads, sample);
}

static int all_cores(struct cost_bench *bench, int (*run)(struct crew *crew),
		     struct cost_sample *sample)
{
	size_t n = (size_t)CPU_COUNT(&bench->cpus);

	if (n < 2)
		return cost_absent(bench, "this program may use one CPU only");
	return run_crew(bench, n, run, sample);
}

int cost_all_threads(struct cost_bench *bench, struct cost_sample *sample)
{
	return all_cores(bench, run_threads, sample);
}

int cost_all_processes(struct cost_bench *bench, struct cost_sample *sample)
{
	return all_cores(bench, run_processes, sample);
}
