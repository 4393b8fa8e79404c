/* SPDX-License-Identifier: MIT */
/*
 * What a tracer finds hard. crowd fork N: N children one after another, each writes to one fresh page. crowd
 * map N: N mappings of one page each, every second of which is written to. crowd race N: two threads write to
 * the same N fresh pages at the same time. crowd threads N: N threads, each writes to fresh pages of its own.
 * With -w before that it prints "ready" when all is mapped, and goes on until SIGUSR1 (map: waits for it).
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL

#define THREAD_PAGES 4096UL

static volatile sig_atomic_t waiting;

static void on_signal(int number)
{
	(void)number;
	waiting = 0;
}

static void say_ready(void)
{
	if (waiting) {
		puts("ready");
		fflush(stdout);
	}
}

static volatile char *map(unsigned long pages)
{
	char *start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return start;
}

static void fork_each(unsigned long n)
{
	volatile char *page = map(1);

	say_ready();
	while (waiting || n--) {
		pid_t child = fork();

		if (child == 0) {
			*page = 1;
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) < 0)
			exit(1);
	}
}

/* A protection that changes at each page makes a mapping of each. */
static void map_each(unsigned long n)
{
	volatile char *start = map(n);

	for (unsigned long i = 0; i < n; i += 2)
		if (mprotect((char *)start + i * PAGE, PAGE, PROT_READ) < 0) {
			perror("mprotect");
			exit(1);
		}
	say_ready();
	while (waiting)
		usleep(1000);
	for (unsigned long i = 1; i < n; i += 2)
		start[i * PAGE] = 1;
}

struct race {
	volatile char *start;
	unsigned long n;
	pthread_barrier_t together;
};

static void *run(void *data)
{
	struct race *race = data;

	for (unsigned long i = 0; i < race->n; i++) {
		if (i % 64 == 0)
			pthread_barrier_wait(&race->together);
		race->start[i * PAGE] = 1;
	}
	return NULL;
}

static void race(unsigned long n)
{
	struct race race = {map(n), n, {{0}}};
	pthread_t other;

	pthread_barrier_init(&race.together, NULL, 2);
	if (pthread_create(&other, NULL, run, &race) != 0)
		exit(1);
	run(&race);
	pthread_join(other, NULL);
}

/* Slowly while somebody attaches, so that pages are left. */
static void *write_own(void *data)
{
	volatile char *start = map(THREAD_PAGES);

	(void)data;
	for (unsigned long i = 0; i < THREAD_PAGES; i++) {
		start[i * PAGE] = 1;
		if (waiting)
			usleep(1000);
	}
	return NULL;
}

static void threads(unsigned long n)
{
	pthread_t *all = calloc(n, sizeof(*all));

	for (unsigned long i = 0; i < n; i++)
		if (!all || pthread_create(&all[i], NULL, write_own, NULL) != 0)
			exit(1);
	say_ready();
	for (unsigned long i = 0; i < n; i++)
		pthread_join(all[i], NULL);
	free(all);
}

int main(int argc, char **argv)
{
	unsigned long n;

	waiting = argc > 1 && strcmp(argv[1], "-w") == 0;
	argv += waiting;
	argc -= waiting;
	n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	signal(SIGUSR1, on_signal);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (n && strcmp(argv[1], "fork") == 0)
		fork_each(n);
	else if (n && strcmp(argv[1], "map") == 0)
		map_each(n);
	else if (n && strcmp(argv[1], "race") == 0)
		race(n);
	else if (n && strcmp(argv[1], "threads") == 0)
		threads(n);
	else
		return 2;
	return 0;
}
