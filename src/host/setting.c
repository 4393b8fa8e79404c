/* SPDX-License-Identifier: MIT */
/* One setting: its file, read and written. */
#include "setting.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cr2/settings.h>

#include "observe/unmounted.h"

const char *cr2_setting_pattern(enum cr2_setting_id id)
{
	static const char *const patterns[] = {
#define X(id, pattern) [CR2_SETTING_##id] = pattern,
#include <cr2/tables/setting.def>
#undef X
	};

	return (size_t)id < CR2_SETTING_COUNT ? patterns[id] : NULL;
}

/* The value: the line's first word, or of several the one in brackets. */
static void pick_value(char *text)
{
	char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;

	if (close) {
		*close = '\0';
		memmove(text, open + 1, strlen(open + 1) + 1);
	} else {
		text[strcspn(text, " \t\n")] = '\0';
	}
}

/* Also in debugfs where that is not mounted. */
static int open_setting(const char *path, int flags)
{
	static const char debugfs[] = "/sys/kernel/debug/";
	int fd = open(path, flags | O_CLOEXEC), folder;

	if (fd >= 0 || errno != ENOENT || strncmp(path, debugfs, strlen(debugfs)) != 0)
		return fd < 0 ? -errno : fd;
	folder = unmounted_open("debugfs");
	if (folder < 0)
		return folder;
	fd = openat(folder, path + strlen(debugfs), flags | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(folder);
	return fd;
}

int setting_access(const char *path, int flags)
{
	int fd = open_setting(path, flags);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

int setting_read(const char *path, char *value, size_t size)
{
	char text[256];
	int fd = open_setting(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	text[n] = '\0';
	pick_value(text);
	if (strlen(text) >= size)
		return -EOVERFLOW;
	strcpy(value, text);
	return 0;
}

int setting_write(const char *path, const char *value)
{
	int fd = open_setting(path, O_WRONLY);
	int r = 0;

	if (fd < 0)
		return fd;
	if (write(fd, value, strlen(value)) < 0)
		r = -errno;
	close(fd);
	return r;
}
