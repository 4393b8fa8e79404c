/* SPDX-License-Identifier: MIT */
/* The user's cache, the room in it, and files whole. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <fts.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
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
static int make_path(char *path)
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
	r = make_path(path);
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

int guest_folder_size(const char *path, uint64_t *ret_bytes)
{
	char *const roots[] = {(char *)path, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	uint64_t bytes = 0;

	if (!fts)
		return -errno;
	for (FTSENT *entry; (entry = fts_read(fts));)
		if (entry->fts_info == FTS_F)
			bytes += (uint64_t)entry->fts_statp->st_size;
	fts_close(fts);
	*ret_bytes = bytes;
	return 0;
}

int guest_need_room(const char *path, uint64_t bytes, struct cr2_text *reason)
{
	struct statvfs fs;
	uint64_t room;

	if (statvfs(path, &fs) < 0)
		return guest_fail(reason, -errno, "%s: %s", path, strerror(errno));
	room = fs.f_bavail * fs.f_frsize;
	if (room >= bytes)
		return 0;
	return guest_fail(reason, -ENOSPC, "the cache has room for %" PRIu64 " MiB, and fetching takes %"
			  PRIu64 "; free some in %s, or name another folder in XDG_CACHE_HOME",
			  room >> 20, (bytes + (1 << 20) - 1) >> 20, path);
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
