/* SPDX-License-Identifier: MIT */
/*
 * Settings of the machine's kernel, held at values for a time and then put back: by a process of
 * its own when this one is killed, and by the next that comes when both are. docs/HOST.md tells how.
 */
#ifndef CR2_SETTINGS_H
#define CR2_SETTINGS_H

#include <stddef.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

enum cr2_setting_id {
#define X(id, pattern) CR2_SETTING_##id,
#include <cr2/tables/setting.def>
#undef X
	CR2_SETTING_COUNT
};
/* A pattern of glob(7). */
const char *cr2_setting_pattern(enum cr2_setting_id id);

/* A file that such a pattern matches, and the value to write. */
struct cr2_setting {
	char path[96];
	char value[32];
};

/* What people should know while settings are taken. */
enum cr2_settings_news {
	CR2_SETTINGS_WAITING, /* for another program; pid */
	CR2_SETTINGS_TAKEN, /* the wait is over */
	CR2_SETTINGS_RESTORED, /* what a killed program had changed: pid, restored, others */
	CR2_SETTINGS_UNSAVED, /* what they were cannot be kept: why. They are changed all the same */
};
struct cr2_settings_event {
	enum cr2_settings_news news;
	int pid; /* 0: not known */
	size_t restored; /* so many */
	size_t others; /* so many somebody has changed since: left alone */
	const char *why;
};
struct cr2_settings_watch {
	void (*tell)(void *data, const struct cr2_settings_event *event);
	void *data;
};

/*
 * Holds n settings at the wanted values, from the first to the last, until they are released.
 * Other programs can hold them, too, where all wanted values agree, and wait half a minute where
 * they do not. Nothing is locked, and nobody waited for, where n is 0. watch may be NULL.
 * Returns 0 or a negative errno with its reason in one line: -EPERM (privileges), -EOPNOTSUPP (not
 * on this machine), -EBUSY (others keep them), -EBADMSG or -EIO (what a killed program left cannot be
 * put back).
 */
struct cr2_held_settings;
int cr2_settings_hold(const struct cr2_setting *wanted, size_t n,
		      const struct cr2_settings_watch *watch, struct cr2_held_settings **ret_held,
		      struct cr2_text *reason);
/* Puts them back; NULL is fine. Returns 0, or -EIO: not all could be. */
int cr2_settings_release(struct cr2_held_settings *held);

CR2_END_DECLS

#endif
