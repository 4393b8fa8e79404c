/* SPDX-License-Identifier: MIT */
/* Processes that stay while the modules come, count, and go. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deeds.h"

#define STORMS 4

/* One process of each kind at a time; it ends when nobody holds the gate's other end. */
struct company {
	pid_t pid;
	int gate;
};

static struct company sleeper, holder;

/* In the child: it is ready, and waits to be let go. */
static void wait_at(int ready, int gate)
{
	char c;

	must(write(ready, "", 1) == 1, "write");
	must(read(gate, &c, 1) == 0, "read");
}

typedef void company_fn(size_t n, int ready, int gate);

/* Returns when it is ready: both ends of two pipes, and which process keeps which. */
static struct company start(company_fn *run, size_t n)
{
	struct company company;
	int ready[2], gate[2];
	char c;

	must(pipe2(ready, O_CLOEXEC) == 0 && pipe2(gate, O_CLOEXEC) == 0, "pipe");
	company = (struct company){.pid = fork(), .gate = gate[1]};
	must(company.pid >= 0, "fork");
	if (company.pid == 0) {
		close(gate[1]);
		run(n, ready[1], gate[0]);
		_exit(0);
	}
	close(ready[1]);
	close(gate[0]);
	must(read(ready[0], &c, 1) == 1, "company");
	close(ready[0]);
	return company;
}

static void touch_and_sleep(size_t n, int ready, int gate)
{
	prctl(PR_SET_NAME, "stays");
	touch_pages(map_pages(n), n);
	wait_at(ready, gate);
}

static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	must(file && fscanf(file, "%*s %*s %c", &state) == 1, path);
	fclose(file);
	return state;
}

/* Asleep, it faults no more. */
void stay(size_t n)
{
	sleeper = start(touch_and_sleep, n);
	while (state_of(sleeper.pid) != 'S')
		usleep(1000);
	printf("%d\n", sleeper.pid);
}

void leave(void)
{
	close(sleeper.gate);
	answer_usage(sleeper.pid);
}

/* Faults in the range go to the returned file. */
static int watch(char *p, size_t n)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register request = {
		.range = {(uintptr_t)p, n * PAGE},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	must(fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0, "userfaultfd");
	must(ioctl(fd, UFFDIO_REGISTER, &request) == 0, "userfaultfd: register");
	return fd;
}

static void settle(int fd, char *p, size_t n)
{
	struct uffdio_zeropage request = {.range = {(uintptr_t)p, n * PAGE}};

	must(ioctl(fd, UFFDIO_ZEROPAGE, &request) == 0, "userfaultfd: zeropage");
}

static void *read_page(void *page)
{
	(void)*(volatile char *)page;
	return NULL;
}

/* A message tells that one more thread is in its fault, and goes to sleep there. */
static void hold_threads(size_t n, int ready, int gate)
{
	char *p = map_pages(n);
	int fd = watch(p, n);
	pthread_t *threads = calloc(n, sizeof(*threads));
	struct uffd_msg message;

	must(threads != NULL, "calloc");
	prctl(PR_SET_NAME, "holds");
	for (size_t i = 0; i < n; i++) {
		must(pthread_create(&threads[i], NULL, read_page, p + i * PAGE) == 0, "thread");
		must(read(fd, &message, sizeof(message)) == sizeof(message), "userfaultfd");
	}
	wait_at(ready, gate);
	settle(fd, p, n);
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

void hold(size_t n)
{
	holder = start(hold_threads, n);
	printf("%d\n", holder.pid);
}

void release(void)
{
	close(holder.gate);
	answer_usage(holder.pid);
}

static pid_t storms[STORMS];

static void read_whole(const char *path)
{
	char chunk[4096];
	int fd = open(path, O_RDONLY);

	while (fd >= 0 && read(fd, chunk, sizeof(chunk)) > 0)
		;
	if (fd >= 0)
		close(fd);
}

static void storm_once(void)
{
	come_and_go(64);
	deed_row(2);
	read_whole("/proc/fault_count");
	read_whole("/proc/fault_trace");
}

void storm(void)
{
	for (int i = 0; i < STORMS; i++) {
		storms[i] = fork();
		must(storms[i] >= 0, "fork");
		if (storms[i] == 0) {
			prctl(PR_SET_NAME, "storm");
			for (;;)
				storm_once();
		}
	}
	puts("0");
}

void calm(void)
{
	for (int i = 0; i < STORMS; i++)
		kill(storms[i], SIGKILL);
	for (int i = 0; i < STORMS; i++)
		waitpid(storms[i], NULL, 0);
	puts("0");
}
