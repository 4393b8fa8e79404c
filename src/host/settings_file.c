/* SPDX-License-Identifier: MIT */
/*
 * The file that keeps what settings were while they are changed:
 *
 *   boot 6b2b6a56-4d7c-4f5b-8e57-53a3fa0d8c1c pid 4711
 *   /sys/kernel/mm/transparent_hugepage/enabled madvise always
 *   end
 *
 * A path of tables/setting.def, what it said, what it says meanwhile. It is written whole, under
 * another name first, before anything is changed. What was read and would not be written just so is
 * not believed.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reason.h"

#include "setting.h"
#include "settings_file.h"

#define FILE_MAX 16384 /* 48 of the longest fit */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

bool settings_file_exists(void)
{
	struct stat info;

	return lstat(SETTINGS_FILE, &info) == 0;
}

int settings_file_drop(void)
{
	return unlink(SETTINGS_FILE) < 0 && errno != ENOENT ? -errno : 0;
}

/* --- its text --- */

int settings_list_append(const struct settings_list *list, const char *boot, struct cr2_text *text)
{
	int r = cr2_text_printf(text, "boot %s pid %d\n", boot, list->pid);

	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = cr2_text_printf(text, "%s %s %s\n", list->items[i].wanted.path,
				    list->items[i].saved, list->items[i].wanted.value);
	return r == 0 ? cr2_text_append(text, "end\n") : r;
}

static bool is_setting(const char *path)
{
	for (enum cr2_setting_id id = 0; id < CR2_SETTING_COUNT; id++)
		if (fnmatch(cr2_setting_pattern(id), path, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

static bool is_value(const char *value)
{
	return value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "_+-")] == '\0';
}

/* The lines between the first and the last. */
static int parse_items(const char *line, struct settings_list *list)
{
	for (int n = 0; strcmp(line, "end\n") != 0; line += n, list->n++) {
		struct cr2_setting *wanted;
		char *saved;

		if (list->n == CR2_ARRAY_SIZE(list->items))
			return -EBADMSG;
		wanted = &list->items[list->n].wanted;
		saved = list->items[list->n].saved;
		if (sscanf(line, "%95s %31s %31s\n%n", wanted->path, saved, wanted->value, &n) != 3 ||
		    !is_setting(wanted->path) || !is_value(saved) || !is_value(wanted->value))
			return -EBADMSG;
	}
	return 0;
}

int settings_list_parse(const char *text, size_t length, const char *boot,
			struct settings_list *ret_list)
{
	struct settings_list list = {.n = 0};
	struct cr2_text again = {0};
	char of[40];
	int first = 0, r;

	if (sscanf(text, "boot %39s pid %d\n%n", of, &list.pid, &first) != 2 || !first ||
	    list.pid <= 0)
		return -EBADMSG;
	if (strcmp(of, boot) != 0)
		return -ESTALE;
	r = parse_items(text + first, &list);
	if (r == 0)
		r = settings_list_append(&list, boot, &again);
	if (r == 0 && (again.length != length || memcmp(again.data, text, length) != 0))
		r = -EBADMSG;
	cr2_text_finish(&again);
	if (r == 0)
		*ret_list = list;
	return r;
}

/* --- the file --- */

static int read_text(int fd, char *text, size_t size, size_t *ret_length)
{
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret_length = (size_t)n;
	return 0;
}

static int read_boot(char *boot, size_t size)
{
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	int r = read_text(fd, boot, size, &n);

	if (fd >= 0)
		close(fd);
	if (r == 0)
		boot[strcspn(boot, "\n")] = '\0';
	return r;
}

static int write_new(const struct settings_folder *folder, const struct cr2_text *text)
{
	static const char name[] = "settings.new";
	int fd, r = 0;

	if (unlinkat(folder->fd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = 0;
	if (write(fd, text->data, text->length) != (ssize_t)text->length)
		r = errno ? -errno : -ENOSPC;
	close(fd);
	if (r == 0 && renameat(folder->fd, name, folder->fd, "settings") < 0)
		r = -errno;
	if (r < 0)
		unlinkat(folder->fd, name, 0);
	return r;
}

int settings_file_save(const struct settings_folder *folder, const struct settings_list *list)
{
	struct cr2_text text = {0};
	char boot[40];
	int r = folder->fd < 0 ? folder->err : read_boot(boot, sizeof(boot));

	if (r == 0)
		r = settings_list_append(list, boot, &text);
	if (r == 0)
		r = write_new(folder, &text);
	cr2_text_finish(&text);
	return r;
}

/* A plain file that root alone can write, and under this name alone. */
static bool is_roots(int fd)
{
	struct stat file;

	return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == 0 &&
	       file.st_nlink == 1 && !(file.st_mode & 077);
}

static int refuse_file(int err, struct cr2_text *reason)
{
	return reason_refuse(reason, err, SETTINGS_FILE ", which keeps what a killed cr2 has changed "
			     "on this machine, %s: put back by hand what it names, then remove it",
			     err == -EBADMSG ? "is damaged" : "cannot be read");
}

/* A crash of the machine can leave a new file empty: then it is of another boot. */
static int load(const struct settings_folder *folder, struct settings_list *ret_list)
{
	int fd = openat(folder->fd, "settings", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[FILE_MAX], boot[40];
	size_t length = 0;
	int r;

	if (fd < 0)
		return errno == ELOOP ? -EBADMSG : -errno;
	r = is_roots(fd) ? read_text(fd, text, sizeof(text), &length) : -EBADMSG;
	close(fd);
	if (r == 0)
		r = read_boot(boot, sizeof(boot));
	if (r < 0)
		return r;
	return length ? settings_list_parse(text, length, boot, ret_list) : -ESTALE;
}

int settings_file_load(const struct settings_folder *folder, struct settings_list *ret_list,
		       struct cr2_text *reason)
{
	int r = load(folder, ret_list);

	if (r == -ESTALE) {
		r = settings_file_drop();
		return r < 0 ? refuse_file(r, reason) : -ENOENT;
	}
	return r < 0 && r != -ENOENT ? refuse_file(r, reason) : r;
}

int settings_put_back(const struct settings_list *list)
{
	int r = 0;

	for (size_t i = list->n; i-- > 0;)
		if (setting_write(list->items[i].wanted.path, list->items[i].saved) < 0)
			r = -EIO;
	return r == 0 ? settings_file_drop() : r;
}
