/* SPDX-License-Identifier: MIT */
/* `cr2 exporter`: which control groups have series of their own, and who asks for them. */
#ifndef CLI_EXPORTER_H
#define CLI_EXPORTER_H

#include <cr2/view_metrics.h>

#include "traced.h"

/* ---- exporter_groups.c ---- */

struct exporter_group {
	uint64_t id; /* the kernel's, which is its folder's inode */
	char *path; /* from the hierarchy's root on; NULL: its folder was never seen */
	size_t slot; /* of its series */
	bool decided, own; /* whether it has series of its own, for good */
	bool missing, missing_again; /* its folder was not there last time; nor the time before */
	bool ends; /* it is gone: what is read of it now is all that there will be */
};

/* The series of one control group, by path; a path without faults has none. */
struct exporter_slot {
	bool used;
	struct cr2_metrics_row rows[CR2_PATH_COUNT];
};

struct exporter {
	struct traced traced;
	char root[256]; /* where the hierarchy is mounted; "": nowhere */
	bool whole; /* and all of it is to be seen there: who has no folder is gone */
	size_t limit; /* of slots */
	struct exporter_slot *slots;
	struct exporter_group *groups; /* sorted by id */
	size_t n_groups, groups_capacity;
	struct cr2_metrics_row other[CR2_PATH_COUNT]; /* those without series of their own */
	struct cr2_metrics_row ended_other[CR2_PATH_COUNT]; /* of these, those that are gone */
	struct cr2_metrics_row undecided[CR2_PATH_COUNT]; /* those that are to be decided next time */
	uint64_t removed[CR2_PATH_COUNT]; /* faults of series that have ended */
};

/* Where control groups have their folders. */
void exporter_find_root(struct exporter *exporter);
/* Reads all that was counted, and writes it. Returns 0 or a negative errno. */
int exporter_collect(struct exporter *exporter, bool openmetrics, struct cr2_text *text);
void exporter_finish(struct exporter *exporter);

/* ---- exporter_http.c ---- */

struct exporter_server;
/* address: "127.0.0.1:9713", "[::1]:9713". Returns an exit code, having said why not. */
int exporter_listen(struct exporter *exporter, const char *address, struct exporter_server **ret_server);
/* The address, whose port may be any that was free, on stderr. */
void exporter_say_where(const struct exporter_server *server);
/* Answers whoever asks, for at most so long. */
void exporter_serve(struct exporter_server *server, int milliseconds);
void exporter_close(struct exporter_server *server);

#endif
