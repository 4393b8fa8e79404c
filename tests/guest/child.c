/* SPDX-License-Identifier: MIT */
/* What test-guest.c runs in a guest: a line in, the deed done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/swap.h>
#include <sys/utsname.h>
#include <unistd.h>

static void tell_release(void)
{
	struct utsname uts;

	puts(uname(&uts) == 0 ? uts.release : "none");
}

static void tell_type(const char *path)
{
	struct statfs fs;

	printf("%s %lx\n", path, statfs(path, &fs) == 0 ? (unsigned long)fs.f_type : 0);
}

/* Also whether there is any: a device that is no swap is refused. */
static void try_swap(const char *path)
{
	puts(swapon(path, 0) == 0 && swapoff(path) == 0 ? "swap" : "no swap");
}

static void copy_file(const char *path)
{
	FILE *file = fopen(path, "r");
	int c;

	while (file && (c = getc(file)) != EOF)
		putchar(c);
	if (!file)
		puts("none");
	else
		fclose(file);
}

/* So many lines of 1 KiB with their line feeds. */
static void fill(int n)
{
	char line[1024];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	fflush(stdout);
	while (n-- > 0 && write(STDOUT_FILENO, line, sizeof(line)) == (ssize_t)sizeof(line))
		;
}

static void crash(void)
{
	FILE *file = fopen("/proc/sysrq-trigger", "w");

	if (file)
		fputs("c", file);
	fclose(file);
}

static void obey(const char *word, const char *argument)
{
	if (strcmp(word, "release") == 0)
		tell_release();
	else if (strcmp(word, "type") == 0)
		tell_type(argument);
	else if (strcmp(word, "swap") == 0)
		try_swap(argument);
	else if (strcmp(word, "cat") == 0)
		copy_file(argument);
	else if (strcmp(word, "fill") == 0)
		fill(atoi(argument));
	else if (strcmp(word, "exit") == 0)
		exit(atoi(argument));
	else if (strcmp(word, "abort") == 0)
		abort();
	else if (strcmp(word, "crash") == 0)
		crash();
	else if (strcmp(word, "hang") == 0)
		pause();
	else
		puts("what?");
}

int main(void)
{
	char word[64], argument[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	fputs("child: up\n", stderr);
	while (scanf("%63s %63s", word, argument) == 2)
		obey(word, argument);
	return 0;
}
