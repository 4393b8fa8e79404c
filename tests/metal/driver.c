/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"

struct driver {
	struct driver_options options;
	driver_result_fn *fn;
	void *data;
	int memory_fd, port_fd;
	uint8_t *memory;
	struct metal_shared *shared;
	pid_t pid;
	uint32_t collected; /* batches whose results fn has seen */
	char words[512];
	size_t n_words;
};

/* Runs in the child. What QEMU says goes where the image's own words go. */
static void execute(const struct driver *d, int out)
{
	char memory[128], path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", d->memory_fd);
	snprintf(memory, sizeof(memory), "memory-backend-file,id=ram,share=on,size=%d,mem-path=%s",
		 METAL_MEMORY, path);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execlp(d->options.qemu, d->options.qemu, "-accel", d->options.accelerator, "-cpu",
	       d->options.cpu, "-machine", "pc,memory-backend=ram", "-object", memory, "-m", "64M",
	       "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-debugcon",
	       "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=1", "-kernel",
	       d->options.image, NULL);
	_exit(127);
}

static int map_memory(struct driver *d)
{
	void *memory;

	d->memory_fd = memfd_create("metal", 0);
	if (d->memory_fd < 0 || ftruncate(d->memory_fd, METAL_MEMORY) < 0)
		return -errno;
	memory = mmap(NULL, METAL_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, d->memory_fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	d->memory = memory;
	d->shared = (struct metal_shared *)(void *)(d->memory + METAL_SHARED);
	return 0;
}

static int launch(struct driver *d)
{
	int port[2];

	if (pipe(port) < 0)
		return -errno;
	d->port_fd = port[0];
	d->pid = fork();
	if (d->pid == 0)
		execute(d, port[1]);
	close(port[1]);
	return d->pid < 0 ? -errno : 0;
}

static void remember(struct driver *d, char c)
{
	if (d->n_words < sizeof(d->words) - 1)
		d->words[d->n_words++] = c;
}

/* Until the image rings. Words that it or QEMU says meanwhile are kept. */
static int wait_for_doorbell(struct driver *d)
{
	struct pollfd port = {.fd = d->port_fd, .events = POLLIN};
	char c;

	for (;;) {
		int r = poll(&port, 1, (int)d->options.seconds * 1000);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0)
			continue;
		if (read(d->port_fd, &c, 1) != 1)
			return -EPIPE;
		if (c == METAL_DOORBELL)
			return 0;
		remember(d, c);
	}
}

/* Its end of the pipe is closed, so the child has ended or is about to. */
static bool program_missing(struct driver *d)
{
	int status;

	if (waitpid(d->pid, &status, 0) != d->pid)
		return false;
	d->pid = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 127;
}

struct driver *driver_create(const struct driver_options *options, driver_result_fn *fn, void *data)
{
	struct driver *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->options = *options;
	d->fn = fn;
	d->data = data;
	d->memory_fd = -1;
	d->port_fd = -1;
	return d;
}

int driver_boot(struct driver *d)
{
	int r = map_memory(d);

	if (r == 0)
		r = launch(d);
	if (r == 0)
		r = wait_for_doorbell(d);
	return r == -EPIPE && program_missing(d) ? -ENOENT : r;
}

void driver_destroy(struct driver *d)
{
	if (!d)
		return;
	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	if (d->memory)
		munmap(d->memory, METAL_MEMORY);
	if (d->memory_fd >= 0)
		close(d->memory_fd);
	if (d->port_fd >= 0)
		close(d->port_fd);
	free(d);
}

const struct metal_info *driver_info(const struct driver *d)
{
	return &d->shared->info;
}

const uint8_t *driver_memory(const struct driver *d)
{
	return d->memory;
}

const char *driver_last_words(const struct driver *d)
{
	return d->words;
}

static void post(struct driver *d)
{
	__atomic_store_n(&d->shared->submitted, d->shared->submitted + 1, __ATOMIC_RELEASE);
}

/* Waits for the oldest batch that is out and passes its results on. */
static int collect(struct driver *d)
{
	const struct metal_batch *batch = &d->shared->batches[d->collected % METAL_BATCHES];
	int r = wait_for_doorbell(d);

	if (r < 0)
		return r;
	if (__atomic_load_n(&d->shared->done, __ATOMIC_ACQUIRE) == d->collected)
		return -EPROTO;
	for (uint32_t i = 0; i < batch->n; i++)
		d->fn(d->data, &batch->slots[i].c, &batch->slots[i].result);
	d->collected++;
	return 0;
}

/* The batch that is being filled; its place is free once what lay there is collected. */
static int open_batch(struct driver *d, struct metal_batch **ret_batch)
{
	uint32_t number = d->shared->submitted;
	int r = 0;

	*ret_batch = &d->shared->batches[number % METAL_BATCHES];
	if (number - d->collected == METAL_BATCHES) {
		r = collect(d);
		(*ret_batch)->n = 0;
	}
	return r;
}

int driver_submit(struct driver *d, const struct metal_case *c)
{
	struct metal_batch *batch;
	int r = open_batch(d, &batch);

	if (r < 0)
		return r;
	batch->slots[batch->n++].c = *c;
	if (batch->n == METAL_BATCH)
		post(d);
	return 0;
}

int driver_drain(struct driver *d)
{
	struct metal_batch *batch;
	int r = open_batch(d, &batch);

	if (r == 0 && batch->n)
		post(d);
	while (r == 0 && d->collected != d->shared->submitted)
		r = collect(d);
	for (unsigned i = 0; i < METAL_BATCHES; i++)
		d->shared->batches[i].n = 0;
	return r;
}
