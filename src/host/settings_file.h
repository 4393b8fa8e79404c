/* SPDX-License-Identifier: MIT */
/*
 * /run/cr2, a folder that only root can use: the lock on the machine's settings, and, while some
 * are changed, the file that keeps what they were.
 */
#ifndef HOST_SETTINGS_FILE_H
#define HOST_SETTINGS_FILE_H

#include <cr2/settings.h>

#define SETTINGS_FOLDER "/run/cr2"
#define SETTINGS_FILE SETTINGS_FOLDER "/settings"

/* Settings as they were and as they are meanwhile. */
struct settings_list {
	struct {
		struct cr2_setting wanted;
		char saved[CR2_ARRAY_SIZE(((struct cr2_setting *)0)->value)];
	} items[48];
	size_t n;
	int pid; /* whose */
};

struct settings_folder {
	int fd, lock; /* -1: there is none, for the errno in err */
	int err; /* negative */
};
/*
 * Opens the folder and its lock; made where they are missing. Returns 0, also where they cannot be
 * had, or -EPERM: others than root could use the folder.
 */
int settings_folder_open(struct settings_folder *folder, struct cr2_text *reason);
void settings_folder_close(struct settings_folder *folder);
/* LOCK_SH or LOCK_EX of flock(2), instead of what is held; -EBUSY after half a minute. */
int settings_folder_lock(const struct settings_folder *folder, int kind,
			 const struct cr2_settings_watch *watch, struct cr2_text *reason);

/* Is there a file? */
bool settings_file_exists(void);
/* These with the lock. Returns 0 or a negative errno. */
int settings_file_save(const struct settings_folder *folder, const struct settings_list *list);
/*
 * Also -ENOENT: there is no file, or it is of another boot, when settings were others. -EBADMSG,
 * with reason: it is not as settings_file_save() writes it.
 */
int settings_file_load(const struct settings_folder *folder, struct settings_list *ret_list,
		       struct cr2_text *reason);
int settings_file_drop(void);

/* The file's text; list is of the boot of this name. */
int settings_list_append(const struct settings_list *list, const char *boot,
			 struct cr2_text *text);
/* Returns 0, -ESTALE (of another boot) or -EBADMSG. */
int settings_list_parse(const char *text, size_t length, const char *boot,
			struct settings_list *ret_list);

/* Puts saved values back, last first, and drops the file where all could be. */
int settings_put_back(const struct settings_list *list);

#endif
