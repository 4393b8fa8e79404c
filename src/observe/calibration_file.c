/* SPDX-License-Identifier: MIT */
/* Where a calibration is kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cr2/calibration.h>

#include "base/stream.h"

#define MOST (1U << 20) /* bytes; cr2 writes some 20 KiB */

/* The XDG rules: what is not absolute does not count. */
int cr2_calibration_path(struct cr2_text *text)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		return cr2_text_printf(text, "%s/cr2/calibration.json", state);
	if (home && home[0] == '/')
		return cr2_text_printf(text, "%s/.local/state/cr2/calibration.json", home);
	return -ENOENT;
}

int cr2_calibration_load(const char *path, struct cr2_calibration *ret_calibration,
			 struct cr2_diag *diag)
{
	/* A pipe would not be opened before somebody writes to it. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	struct cr2_text text = {0};
	struct stat st;

	if (!file) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EOPNOTSUPP;
	if (r == 0)
		r = stream_read(file, MOST, &text);
	if (r == 0)
		r = cr2_calibration_from_json(text.data ? text.data : "", text.length,
					      ret_calibration, diag);
	if (r == -EINVAL)
		diag->path = strdup(path);
	cr2_text_finish(&text);
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
	return 0;
}

/* Who reads meanwhile sees the old file or the new one. */
static int replace(const char *path, const struct cr2_text *text)
{
	struct cr2_text temporary = {0};
	int r = cr2_text_printf(&temporary, "%s.XXXXXX", path), fd;

	if (r < 0)
		return r;
	fd = mkostemp(temporary.data, O_CLOEXEC);
	r = fd < 0 ? -errno : write_all(fd, text);
	if (fd >= 0 && close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary.data, path) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		unlink(temporary.data);
	cr2_text_finish(&temporary);
	return r;
}

int cr2_calibration_save(const char *path, const struct cr2_calibration *calibration)
{
	struct cr2_text text = {0};
	int r = cr2_calibration_to_json(calibration, &text);

	if (r == 0)
		r = make_folders(path);
	if (r == 0)
		r = replace(path, &text);
	cr2_text_finish(&text);
	return r;
}
