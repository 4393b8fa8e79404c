/* SPDX-License-Identifier: MIT */
/* Mappings, accesses and children. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include "bench/touch.h"

int bench_map(uint64_t bytes, uint8_t **ret_base)
{
	void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return -errno;
	madvise(base, bytes, MADV_NOHUGEPAGE);
	*ret_base = base;
	return 0;
}

void bench_write(uint8_t *base, uint64_t n, uint64_t distance, const uint32_t *order, uint8_t value)
{
	volatile uint8_t *bytes = base;

	for (uint64_t i = 0; i < n; i++)
		bytes[(order ? order[i] : i) * distance] = value;
}

void bench_read(const uint8_t *base, uint64_t n, uint64_t distance, const uint32_t *order)
{
	const volatile uint8_t *bytes = base;

	for (uint64_t i = 0; i < n; i++)
		(void)bytes[(order ? order[i] : i) * distance];
}

int bench_fork(pid_t *ret_child)
{
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	*ret_child = child;
	return 0;
}

void bench_end(pid_t child)
{
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

void bench_own_sequences(void)
{
#if __has_include(<sys/rseq.h>)
	volatile struct rseq *sequences =
		(struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);

	if (__rseq_size)
		sequences->rseq_cs = 0;
#endif
}

uint64_t bench_proc_bytes(pid_t pid, const char *name_of_file, const char *name)
{
	unsigned long long kib = 0;
	size_t length = strlen(name);
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name_of_file);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, length) == 0 && sscanf(line + length, ": %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024;
}
