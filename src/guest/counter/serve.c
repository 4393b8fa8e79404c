/* SPDX-License-Identifier: MIT */
/* The judge's end inside the guest: the module loaded, each case tried, what is seen written out, a line each. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counter.h"

static int load(void)
{
	int fd = open(COUNTER_MODULE, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Also EBUSY, where something of the module's is still in use. */
static int unload(void)
{
	if (syscall(SYS_delete_module, "fault_counter", O_NONBLOCK) < 0)
		return -errno;
	return access(COUNTER_FILE, F_OK) == 0 ? -EEXIST : 0;
}

int counter_read(pid_t pid, bool *ret_listed, uint64_t *ret_count)
{
	FILE *file = fopen(COUNTER_FILE, "re");
	char *line = NULL;
	size_t size = 0;
	int r = file ? 0 : -errno;

	*ret_listed = false;
	*ret_count = 0;
	while (r == 0 && getline(&line, &size, file) >= 0) {
		long number;
		unsigned long long count;

		if (sscanf(line, "%ld %llu", &number, &count) == 2 && number == (long)pid) {
			*ret_listed = true;
			*ret_count = count;
		}
	}
	if (r == 0 && ferror(file))
		r = -EIO;
	if (file)
		fclose(file);
	free(line);
	return r;
}

static int seen_now(const struct counter_child *child, struct cr2_counter_seen *seen)
{
	bool listed;
	uint64_t count;
	int r = counter_read(child->pid, &listed, &count);

	/* Behind the deed less what was before. */
	seen->listed = listed;
	seen->seen = count - seen->seen;
	seen->expected = child->faults - seen->expected;
	return r;
}

static int try_case(enum cr2_counter_case c, struct cr2_counter_seen *seen)
{
	struct counter_child child, other;
	bool pair = c == CR2_COUNTER_PAIR;
	int r = counter_child_start(c, false, &child);

	if (r < 0)
		return r;
	r = pair ? counter_child_start(c, true, &other) : 0;
	pair = pair && r == 0;
	if (r == 0)
		r = seen_now(&child, seen);
	if (r == 0)
		r = counter_child_go(&child);
	if (r == 0 && pair)
		r = counter_child_go(&other);
	if (r == 0)
		r = seen_now(&child, seen);
	/* It holds the first one's pipes too, having begun later. */
	if (pair)
		counter_child_end(&other);
	counter_child_end(&child);
	return r;
}

int cr2_guest_counter_serve(FILE *out)
{
	int r = load(), error = r;

	fprintf(out, "loaded %d\n", r);
	if (r == 0) {
		r = access(COUNTER_FILE, R_OK) < 0 ? -errno : 0;
		fprintf(out, "file %d\n", r);
	}
	for (int c = 0; c < CR2_COUNTER_CASES && r == 0; c++) {
		struct cr2_counter_seen seen = {0};

		/* So that what is known by now is kept where the next case brings the kernel down. */
		fflush(out);
		r = try_case((enum cr2_counter_case)c, &seen);
		if (r == 0)
			fprintf(out, "case %d %d %llu %llu\n", c, seen.listed, (unsigned long long)seen.expected,
				(unsigned long long)seen.seen);
		else
			fprintf(out, "file %d\n", r);
	}
	if (error == 0)
		fprintf(out, "unloaded %d\n", unload());
	return fflush(out) == 0 ? 0 : -errno;
}
