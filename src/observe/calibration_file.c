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

static int read_all(int fd, struct cr2_text *text)
{
	char buffer[4096];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(fd, buffer, sizeof(buffer))) != 0) {
		if (n < 0)
			r = errno == EINTR ? 0 : -errno;
		else if (text->length + (size_t)n > MOST)
			r = -EFBIG;
		else
			r = cr2_text_append_n(text, buffer, (size_t)n);
	}
	return r;
}

int cr2_calibration_load(const char *path, struct cr2_calibration *ret_calibration,
			 struct cr2_diag *diag)
{
	/* A pipe would not be opened before somebody writes to it. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;
	struct cr2_text text = {0};
	struct stat st;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EOPNOTSUPP;
	if (r == 0)
		r = read_all(fd, &text);
	if (r == 0)
		r = cr2_calibration_from_json(text.data ? text.data : "", text.length,
					      ret_calibration, diag);
	if (r == -EINVAL)
		diag->path = strdup(path);
	cr2_text_finish(&text);
	close(fd);
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
