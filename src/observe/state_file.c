/* SPDX-License-Identifier: MIT */
/* Small files under the XDG state directory: read whole, and replaced so that a crash loses nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cr2/state_file.h>

#include "base/stream.h"

#define MOST (1U << 20) /* bytes; cr2 writes some 20 KiB */

/* The XDG rules: what is not absolute does not count. */
int cr2_state_file_path(const char *name, struct cr2_text *text)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		return cr2_text_printf(text, "%s/cr2/%s", state, name);
	if (home && home[0] == '/')
		return cr2_text_printf(text, "%s/.local/state/cr2/%s", home, name);
	return -ENOENT;
}

int cr2_state_file_read(const char *path, struct cr2_text *text)
{
	/* A pipe would not be opened before somebody writes to it. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	struct stat st;

	if (!file) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EOPNOTSUPP;
	if (r == 0)
		r = stream_read(file, MOST, text);
	fclose(file);
	return r;
}

/* Every folder on the way to the file; those that are there are left as they are. */
static int make_folders(const char *path)
{
	char *copy = strdup(path);
	int r = copy ? 0 : -ENOMEM;

	for (char *slash = copy; r == 0 && (slash = strchr(slash + 1, '/')); *slash = '/') {
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			r = -errno;
	}
	free(copy);
	return r;
}

static int write_all(int fd, const struct cr2_text *text)
{
	for (size_t done = 0; done < text->length;) {
		ssize_t n = write(fd, text->data + done, text->length - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* A link stays one: what it names is replaced. */
static char *target_of(const char *path)
{
	char *target = realpath(path, NULL);

	return target || errno != ENOENT ? target : strdup(path);
}

/* Who reads meanwhile sees the old file or the new one. */
static int replace(const char *path, const struct cr2_text *text)
{
	struct cr2_text temporary = {0};
	char *target = target_of(path);
	int r = target ? cr2_text_printf(&temporary, "%s.XXXXXX", target) : -errno;
	int fd = r < 0 ? -1 : mkostemp(temporary.data, O_CLOEXEC);

	if (r == 0)
		r = fd < 0 ? -errno : write_all(fd, text);
	if (fd >= 0 && close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary.data, target) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		unlink(temporary.data);
	cr2_text_finish(&temporary);
	free(target);
	return r;
}

int cr2_state_file_write(const char *path, const struct cr2_text *text)
{
	int r = make_folders(path);

	return r < 0 ? r : replace(path, text);
}
