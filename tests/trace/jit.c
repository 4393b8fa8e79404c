/* SPDX-License-Identifier: MIT */
/*
 * jit map|dump|child N [wait]: makes a function while it runs, tells of it in /tmp/perf-PID.map, or in jit-PID.dump here with a
 * source line, and calls it: it writes to N fresh pages, a fault each. child: as dump, and a child calls it too.
 * wait: it ends with its standard input.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL

/* again: movb $1, (%rdi); add $4096, %rdi; dec %rsi; jnz again; ret */
static const uint8_t code[] = {0xc6, 0x07, 0x01, 0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00,
			       0x48, 0xff, 0xce, 0x75, 0xf1, 0xc3};

static int write_map(const void *made)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	file = fopen(path, "w");
	if (!file)
		return 1;
	fprintf(file, "%lx %zx made_here\n", (unsigned long)made, sizeof(code));
	return fclose(file);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void put(FILE *file, uint64_t number, size_t n)
{
	fwrite(&number, n, 1, file);
}

static void put_record(FILE *file, uint32_t kind, size_t size)
{
	put(file, kind, 4);
	put(file, 16 + size, 4);
	put(file, now(), 8);
}

static void put_lines(FILE *file, uint64_t at)
{
	put_record(file, 2, 16 + 16 + sizeof("made.js"));
	put(file, at, 8);
	put(file, 1, 8);
	put(file, at, 8);
	put(file, 17, 4);
	put(file, 0, 4);
	fwrite("made.js", sizeof("made.js"), 1, file);
}

static void put_function(FILE *file, uint64_t at)
{
	put_record(file, 0, 40 + sizeof("made_here") + sizeof(code));
	put(file, (uint32_t)getpid() | (uint64_t)getpid() << 32, 8);
	put(file, at, 8);
	put(file, at, 8);
	put(file, sizeof(code), 8);
	put(file, 0, 8);
	fwrite("made_here", sizeof("made_here"), 1, file);
	fwrite(code, sizeof(code), 1, file);
}

/* Mapped as code, it tells whoever traces where it is. */
static int write_dump(const void *made)
{
	const uint32_t head[] = {0x4a695444, 1, 40, 62, 0, (uint32_t)getpid()};
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "jit-%d.dump", (int)getpid());
	file = fopen(path, "w+");
	if (!file)
		return 1;
	fwrite(head, sizeof(head), 1, file);
	put(file, now(), 8);
	put(file, 0, 8);
	put_lines(file, (uintptr_t)made);
	put_function(file, (uintptr_t)made);
	if (fflush(file) != 0 || mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(file), 0) == MAP_FAILED)
		return 1;
	return fclose(file);
}

static void *fresh(size_t pages, int prot)
{
	void *memory = mmap(NULL, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		exit(1);
	return memory;
}

int main(int argc, char **argv)
{
	void *made = fresh(1, PROT_READ | PROT_WRITE | PROT_EXEC);
	union {
		void *memory;
		void (*call)(void *start, unsigned long n);
	} function = {made};
	unsigned long n = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;
	int status = 0;

	if (!n)
		return 2;
	memcpy(made, code, sizeof(code));
	if (strcmp(argv[1], "map") == 0 ? write_map(made) : write_dump(made))
		return 1;
	function.call(fresh(n, PROT_READ | PROT_WRITE), n);
	if (strcmp(argv[1], "child") == 0) {
		if (fork() == 0) {
			function.call(fresh(n, PROT_READ | PROT_WRITE), n);
			_exit(0);
		}
		wait(&status);
	}
	printf("%d\n", (int)getpid());
	while (argc > 3 && getchar() != EOF)
		;
	return status;
}
