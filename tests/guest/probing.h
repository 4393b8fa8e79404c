/* SPDX-License-Identifier: MIT */
/* For programs that have a guest's kernel say what it does: tracefs, and what can be probed. */
#ifndef PROBING_H
#define PROBING_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"

/* -1 where it cannot be written, which is said. */
static int try(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND), r = -1;

	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		r = 0;
	else
		perror(path);
	if (fd >= 0)
		close(fd);
	return r;
}

static int in_kernel(const char *function)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[1024], name[512];
	int found = 0;

	while (symbols && !found && fgets(line, sizeof(line), symbols))
		found = sscanf(line, "%*x %*c %511s", name) == 1 && strcmp(name, function) == 0;
	if (symbols)
		fclose(symbols);
	return found;
}

static unsigned long long value(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtoull(at + strlen(name), NULL, 0) : 0;
}

#endif
