/* SPDX-License-Identifier: MIT */
/* See heap.h. */
#include "heap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/prctl.h>

/* Columns of /proc/PID/stat: proc_pid_stat(5). */
enum {
	STATE = 3, /* the first behind the program's name */
	START_CODE = 26,
	END_CODE = 27,
	START_STACK = 28,
	START_DATA = 45,
	ARG_START = 48,
	ARG_END = 49,
	ENV_START = 50,
	ENV_END = 51,
	COLUMNS,
};

static int read_stat(uint64_t values[COLUMNS])
{
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC), column = STATE;
	char text[2048], *at;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	/* The name may hold anything, brackets too. */
	at = strrchr(text, ')');
	for (at = at ? strchr(at, ' ') : NULL; at && column < COLUMNS; at = strchr(at + 1, ' '))
		values[column++] = strtoull(at + 1, NULL, 10);
	return column == COLUMNS ? 0 : -EIO;
}

/* All at once, as who restores a process does, which takes no privilege: the rest stays as it is. */
int host_heap_place(uint64_t address)
{
	uint64_t is[COLUMNS] = {0};
	int r = read_stat(is);
	const struct prctl_mm_map map = {
		.start_code = is[START_CODE], .end_code = is[END_CODE],
		/* Else brk() counted the program's data once more. */
		.start_data = is[START_DATA], .end_data = is[START_DATA],
		.start_brk = address, .brk = address,
		.start_stack = is[START_STACK],
		.arg_start = is[ARG_START], .arg_end = is[ARG_END],
		.env_start = is[ENV_START], .env_end = is[ENV_END],
		.exe_fd = (uint32_t)-1,
	};

	if (r == 0 && prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0)
		r = -errno;
	return r;
}
