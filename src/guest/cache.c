/* SPDX-License-Identifier: MIT */
/* The user's cache, and files whole. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

/* The specification says that a relative XDG_CACHE_HOME is to be ignored. */
static char *cache_path(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	struct passwd *user;
	char *path;

	if (xdg && *xdg == '/')
		return asprintf(&path, "%s/cr2/guest", xdg) < 0 ? NULL : path;
	if (!home || !*home) {
		user = getpwuid(getuid());
		home = user ? user->pw_dir : "/";
	}
	return asprintf(&path, "%s/.cache/cr2/guest", home) < 0 ? NULL : path;
}

/* All folders on the way, too. */
static int make_folders(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int guest_cache(char **ret_path, struct cr2_text *reason)
{
	char *path = cache_path();
	int r;

	if (!path)
		return -ENOMEM;
	r = make_folders(path);
	if (r < 0) {
		r = guest_fail(reason, r, "cannot make the cache %s: %s; XDG_CACHE_HOME can name another",
			       path, strerror(-r));
		free(path);
		return r;
	}
	*ret_path = path;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

int guest_remove(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 ? -errno : 0;
}

int guest_write_file(const char *path, const char *data, size_t n)
{
	FILE *file = fopen(path, "wxe");
	int r = 0;

	if (!file)
		return -errno;
	if (fwrite(data, 1, n, file) != n)
		r = -EIO;
	if (fclose(file) != 0 && r == 0)
		r = -errno;
	return r;
}

int guest_read_file(const char *path, struct cr2_text *text)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n;
	int r = 0;

	if (!file)
		return -errno;
	while (r == 0 && (n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		r = cr2_text_append_n(text, chunk, n);
	if (r == 0 && ferror(file))
		r = -EIO;
	fclose(file);
	return r;
}
