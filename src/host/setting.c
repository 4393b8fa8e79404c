/* SPDX-License-Identifier: MIT */
/* One setting: its file, read and written. */
#include "setting.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cr2/settings.h>

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

int setting_read(const char *path, char *value, size_t size)
{
	char text[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
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
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	if (fd < 0)
		return r;
	if (write(fd, value, strlen(value)) < 0)
		r = -errno;
	close(fd);
	return r;
}
