/* SPDX-License-Identifier: MIT */
/*
 * Settings held at values. Changed are only those that differ: what they were is written down
 * (settings_file.c) and given to the guardian first. What a killed program left changed is put back
 * before anybody looks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/reason.h"
#include "observe/rights.h"

#include "guardian.h"
#include "setting.h"
#include "settings_file.h"

struct cr2_held_settings {
	struct settings_folder folder;
	struct guardian guardian;
	struct settings_list list; /* what was changed */
};

/* --- what a killed program left --- */

static int restore_one(const struct settings_list *list, size_t i,
		       struct cr2_settings_event *event, struct cr2_text *reason)
{
	const struct cr2_setting *wanted = &list->items[i].wanted;
	const char *saved = list->items[i].saved;
	char now[sizeof(wanted->value)];
	int r = setting_read(wanted->path, now, sizeof(now));

	if (r == 0 && strcmp(now, saved) == 0)
		return 0;
	if (r == 0 && strcmp(now, wanted->value) != 0) {
		event->others++;
		return 0;
	}
	if (r == 0)
		r = setting_write(wanted->path, saved);
	if (r == 0)
		event->restored++;
	return r == 0 ? 0 : reason_refuse(reason, -EIO, SETTINGS_FILE ": a killed cr2 has changed %s, "
					  "which cannot be set to %s again: %s", wanted->path, saved,
					  strerror(-r));
}

/* With the lock alone: whoever wrote the file is no more. */
static int restore(const struct settings_folder *folder, const struct cr2_settings_watch *watch,
		   struct cr2_text *reason)
{
	struct cr2_settings_event event = {.news = CR2_SETTINGS_RESTORED};
	struct settings_list list;
	int r = settings_file_load(folder, &list, reason);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = list.n; r == 0 && i-- > 0;)
		r = restore_one(&list, i, &event, reason);
	if (r == 0 && (r = settings_file_drop()) < 0)
		reason_refuse(reason, r, SETTINGS_FILE " cannot be removed: %s", strerror(-r));
	event.pid = list.pid;
	if (r == 0 && watch && (event.restored || event.others))
		watch->tell(watch->data, &event);
	return r;
}

/* The lock, with nothing left changed. */
static int enter(const struct settings_folder *folder, int kind,
		 const struct cr2_settings_watch *watch, struct cr2_text *reason)
{
	int r = settings_folder_lock(folder, kind, watch, reason);

	while (r == 0 && folder->fd >= 0 && settings_file_exists()) {
		r = settings_folder_lock(folder, LOCK_EX, watch, reason);
		if (r == 0)
			r = restore(folder, watch, reason);
		if (r == 0)
			r = settings_folder_lock(folder, kind, watch, reason);
	}
	return r;
}

/* Nobody is waited for: a file may be of a program that lives. */
static int restore_if_left(struct settings_folder *folder, const struct cr2_settings_watch *watch,
			   struct cr2_text *reason)
{
	int r;

	if (!settings_file_exists())
		return 0;
	r = settings_folder_open(folder, reason);
	if (r == 0 && folder->lock >= 0 && flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
		r = restore(folder, watch, reason);
	settings_folder_close(folder);
	return r;
}

/* --- holding --- */

static int refuse(const struct cr2_setting *wanted, int err, struct cr2_text *reason)
{
	bool missing = err == -ENOENT || err == -ENODEV;

	if (err == -EACCES)
		return reason_refuse(reason, -EPERM, "%s may not be set to %s: %s; " RIGHTS_ELSE,
				     wanted->path, wanted->value, rights_to_set());
	if (missing && access("/sys/kernel", F_OK) < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "%s: /sys is not mounted here (mount -t sysfs "
				     "sysfs /sys)", wanted->path);
	return reason_refuse(reason, -EOPNOTSUPP, missing ? "%s: this kernel lacks it" :
			     "%s cannot be set to %s here: %s", wanted->path, wanted->value,
			     strerror(-err));
}

static int list_changes(const struct cr2_setting *wanted, size_t n, struct settings_list *list,
			struct cr2_text *reason)
{
	*list = (struct settings_list){.pid = getpid()};
	for (size_t i = 0; i < n; i++) {
		char *saved = list->items[list->n].saved;
		int r;

		if (list->n == CR2_ARRAY_SIZE(list->items))
			return -E2BIG;
		r = setting_read(wanted[i].path, saved, sizeof(list->items[0].saved));
		if (r == 0 && strcmp(saved, wanted[i].value) == 0)
			continue;
		if (r == 0)
			r = setting_access(wanted[i].path, O_WRONLY);
		if (r < 0)
			return refuse(&wanted[i], r, reason);
		list->items[list->n++].wanted = wanted[i];
	}
	return 0;
}

static void save(const struct cr2_held_settings *held, const struct cr2_settings_watch *watch)
{
	int r = settings_file_save(&held->folder, &held->list);
	const struct cr2_settings_event event = {.news = CR2_SETTINGS_UNSAVED, .why = strerror(-r)};

	if (r < 0 && watch)
		watch->tell(watch->data, &event);
}

static int put_back(const void *list)
{
	return settings_put_back(list);
}

static int change(struct cr2_held_settings *held, const struct cr2_settings_watch *watch,
		  struct cr2_text *reason)
{
	int r;

	save(held, watch);
	r = guardian_start(&held->guardian, put_back, &held->list, held->folder.lock);
	if (r < 0)
		settings_file_drop();
	for (size_t i = 0; r == 0 && i < held->list.n; i++) {
		const struct cr2_setting *wanted = &held->list.items[i].wanted;

		r = setting_write(wanted->path, wanted->value);
		if (r < 0)
			return refuse(wanted, r, reason);
	}
	return r;
}

/* Nothing to change: under the lock that others may share. Else alone, with a fresh look. */
static int settle(struct cr2_held_settings *held, const struct cr2_setting *wanted, size_t n,
		  const struct cr2_settings_watch *watch, struct cr2_text *reason)
{
	static const int kinds[] = {LOCK_SH, LOCK_EX};
	int r = settings_folder_open(&held->folder, reason);

	for (size_t i = 0; r == 0 && i < CR2_ARRAY_SIZE(kinds); i++) {
		r = enter(&held->folder, kinds[i], watch, reason);
		if (r == 0)
			r = list_changes(wanted, n, &held->list, reason);
		if (r < 0 || held->list.n == 0)
			return r;
	}
	return r == 0 ? change(held, watch, reason) : r;
}

int cr2_settings_hold(const struct cr2_setting *wanted, size_t n,
		      const struct cr2_settings_watch *watch, struct cr2_held_settings **ret_held,
		      struct cr2_text *reason)
{
	struct cr2_held_settings *held = calloc(1, sizeof(*held));
	int r;

	if (!held)
		return -ENOMEM;
	held->guardian.pipe = held->folder.fd = held->folder.lock = -1;
	if (n)
		r = settle(held, wanted, n, watch, reason);
	else
		r = restore_if_left(&held->folder, watch, reason);
	if (r == 0)
		*ret_held = held;
	else
		cr2_settings_release(held);
	return r;
}

int cr2_settings_release(struct cr2_held_settings *held)
{
	int r;

	if (!held)
		return 0;
	r = guardian_end(&held->guardian);
	if (r < 0) /* perhaps somebody killed it */
		r = settings_put_back(&held->list);
	settings_folder_close(&held->folder);
	free(held);
	return r < 0 ? -EIO : 0;
}
