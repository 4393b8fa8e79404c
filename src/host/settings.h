/* SPDX-License-Identifier: MIT */
/*
 * System settings that a scenario needs, changed for its time.
 */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <cr2/litmus.h>

struct host_settings {
	int lock; /* other runners wait, or -1 */
	int pipe; /* the guardian restores when it closes, or -1 */
	pid_t guardian;
};
int host_settings_begin(struct host_settings *settings, const struct cr2_litmus *litmus,
			struct cr2_text *reason);
/* Returns -EIO when not all could be put back. */
int host_settings_end(struct host_settings *settings);
/* Does the scenario ask for pages to be written out while it goes on? */
bool host_pages_out(const struct cr2_litmus *litmus);

/* A file and the value to write. */
struct host_setting {
	char path[96];
	char wanted[32];
	char saved[32];
};
struct host_list {
	struct host_setting items[48];
	size_t n;
};
/* guardian.c: puts the list's saved values back, last first, at host_guardian_end() or death. */
int host_setting_write(const char *path, const char *value);
int host_guardian_start(struct host_settings *settings, const struct host_list *list);
int host_guardian_end(struct host_settings *settings);

#endif
