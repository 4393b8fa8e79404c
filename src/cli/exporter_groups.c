/* SPDX-License-Identifier: MIT */
/*
 * What is counted of each control group becomes its series, of so many groups as may have their own; all others are
 * one, `other`. A group's fate is decided when its first fault is seen and never changes, so that no counter ever
 * falls. When its folder has been away for two readings, what it had is in the second one, and its series end; what
 * they had is counted as removed.
 */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cr2/features.h>

#include "exporter.h"

/* ---- groups ---- */

void exporter_find_root(struct exporter *e)
{
	struct cr2_feature_state states[CR2_FEATURES];
	struct stat status;

	cr2_features_probe(states);
	if (!states[CR2_FEATURE_CGROUP2].there)
		return;
	snprintf(e->root, sizeof(e->root), "%s", states[CR2_FEATURE_CGROUP2].found);
	/* The first of all groups has the number 1; a container sees another one as its root. */
	e->whole = stat(e->root, &status) == 0 && status.st_ino == 1;
}

static int compare_ids(const void *left, const void *right)
{
	const struct exporter_group *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

static struct exporter_group *find(const struct exporter *e, uint64_t id)
{
	const struct exporter_group like = {.id = id};

	return e->n_groups ? bsearch(&like, e->groups, e->n_groups, sizeof(like), compare_ids) : NULL;
}

/* At the end; the caller sorts. Takes the path over. */
static int add_group(struct exporter *e, uint64_t id, char *path)
{
	int r = cr2_grow(&e->groups, &e->groups_capacity, e->n_groups + 1, sizeof(*e->groups));

	if (r == 0)
		e->groups[e->n_groups++] = (struct exporter_group){.id = id, .path = path, .missing = !path};
	else
		free(path);
	return r;
}

static void sort(struct exporter *e)
{
	if (e->n_groups)
		qsort(e->groups, e->n_groups, sizeof(*e->groups), compare_ids);
}

/* A folder of the hierarchy: known, or a new group behind the n that are sorted. */
static int see_folder(struct exporter *e, size_t n, uint64_t id, const char *path)
{
	const struct exporter_group like = {.id = id};
	struct exporter_group *group = n ? bsearch(&like, e->groups, n, sizeof(like), compare_ids) : NULL;
	char *copy = NULL;

	if (!group || !group->path) {
		copy = strdup(*path ? path : "/");
		if (!copy)
			return -ENOMEM;
	}
	if (!group)
		return add_group(e, id, copy);
	if (copy)
		group->path = copy;
	group->missing = group->missing_again = group->ends = false;
	return 0;
}

static int see_folders(struct exporter *e)
{
	char *roots[] = {e->root, NULL};
	size_t n = e->n_groups, length = strlen(e->root);
	FTS *tree;
	FTSENT *entry;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		struct exporter_group *group = &e->groups[i];

		group->missing_again = group->missing;
		group->missing = true;
		group->ends = group->missing_again && (group->path || e->whole);
	}
	tree = *e->root ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	while (tree && r == 0 && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_D)
			r = see_folder(e, n, entry->fts_statp->st_ino, entry->fts_path + length);
	if (tree)
		fts_close(tree);
	sort(e);
	return r;
}

/* Those that were counted and have no folder: it is gone, or came after we looked. */
static int see_counted(struct exporter *e, const struct cr2_trace_counts *counts)
{
	size_t n = e->n_groups;
	uint64_t last = 0;
	int r = 0;

	for (size_t i = 0; i < counts->n && r == 0; i++) {
		uint64_t id = counts->items[i].who;

		if (id && id != last && !find(e, id))
			r = add_group(e, id, NULL);
		/* find() looks among the sorted ones. */
		if (e->n_groups > n) {
			sort(e);
			n = e->n_groups;
		}
		last = id;
	}
	return r;
}

/* ---- who has series ---- */

struct wish {
	uint64_t n;
	uint64_t id;
};

static int compare_wishes(const void *left, const void *right)
{
	const struct wish *a = left, *b = right;

	return a->n < b->n ? 1 : a->n > b->n ? -1 : (a->id > b->id) - (a->id < b->id);
}

static size_t free_slot(const struct exporter *e)
{
	size_t i = 0;

	while (i < e->limit && e->slots[i].used)
		i++;
	return i;
}

static void decide_one(struct exporter *e, struct exporter_group *group)
{
	size_t slot = free_slot(e);

	group->decided = true;
	group->own = slot < e->limit && group->path;
	group->slot = slot;
	if (group->own)
		e->slots[slot].used = true;
}

/* Those with most faults first. One that is missing is waited for: it may be seen next time. */
static int decide(struct exporter *e, const struct cr2_trace_counts *counts)
{
	struct wish *wishes = calloc(e->n_groups + 1, sizeof(*wishes));
	size_t n = 0;

	if (!wishes)
		return -ENOMEM;
	for (size_t i = 0; i < counts->n; i++) {
		struct exporter_group *group = find(e, counts->items[i].who);

		if (!group || group->decided || (group->missing && !group->missing_again))
			continue;
		if (n == 0 || wishes[n - 1].id != group->id)
			wishes[n++].id = group->id;
		wishes[n - 1].n += counts->items[i].n;
	}
	qsort(wishes, n, sizeof(*wishes), compare_wishes);
	for (size_t i = 0; i < n; i++)
		decide_one(e, find(e, wishes[i].id));
	free(wishes);
	return 0;
}

/* ---- series ---- */

static void clear(struct exporter *e)
{
	for (size_t i = 0; i < e->limit; i++)
		memset(e->slots[i].rows, 0, sizeof(e->slots[i].rows));
	memset(e->other, 0, sizeof(e->other));
	memset(e->undecided, 0, sizeof(e->undecided));
}

static struct cr2_metrics_row *row_of(struct exporter *e, uint64_t id, enum cr2_path path)
{
	struct exporter_group *group = find(e, id);

	if (!group || !group->decided)
		return &e->undecided[path];
	if (group->own)
		return &e->slots[group->slot].rows[path];
	/* What ends now will be there for good. */
	if (group->ends)
		return &e->ended_other[path];
	return &e->other[path];
}

static void add_counts(struct exporter *e, const struct cr2_trace_counts *counts)
{
	for (size_t i = 0; i < counts->n; i++) {
		const struct cr2_trace_count *count = &counts->items[i];
		struct cr2_metrics_row *row;

		if (!count->who) /* in ended_other, or removed */
			continue;
		row = row_of(e, count->who, count->path);
		row->n += count->n;
		row->ns += count->ns;
		row->major += count->major ? count->n : 0;
		row->zeroed += count->zeroed;
		row->copied += count->copied;
	}
}

static void add_durations(struct exporter *e, const struct cr2_trace_durations *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct cr2_metrics_row *row = row_of(e, items[i].who, items[i].path);

		for (size_t octave = 0; octave < CR2_TRACE_OCTAVES; octave++)
			row->octaves[octave] += items[i].octaves[octave];
	}
}

/* ---- what is gone ---- */

static bool is_gone(void *data, uint64_t id)
{
	const struct exporter_group *group = find(data, id);

	return group && group->ends;
}

static void forget_gone(struct exporter *e)
{
	size_t left = 0;

	for (size_t i = 0; i < e->n_groups; i++) {
		struct exporter_group *group = &e->groups[i];

		if (!group->ends) {
			e->groups[left++] = *group;
			continue;
		}
		if (group->own) {
			for (int path = 0; path < CR2_PATH_COUNT; path++)
				e->removed[path] += e->slots[group->slot].rows[path].n;
			e->slots[group->slot].used = false;
		}
		free(group->path);
	}
	e->n_groups = left;
}

/* ---- all together ---- */

static void add_row(struct cr2_metrics_row *to, const struct cr2_metrics_row *from)
{
	to->n += from->n;
	to->ns += from->ns;
	to->major += from->major;
	to->zeroed += from->zeroed;
	to->copied += from->copied;
	for (size_t octave = 0; octave < CR2_TRACE_OCTAVES; octave++)
		to->octaves[octave] += from->octaves[octave];
}

static size_t add_rows(struct cr2_metrics_row *to, const struct cr2_metrics_row *from, const char *name)
{
	size_t n = 0;

	for (int path = 0; path < CR2_PATH_COUNT; path++)
		if (from[path].n) {
			to[n] = from[path];
			to[n].path = (enum cr2_path)path;
			to[n++].cgroup = name;
		}
	return n;
}

static int write_metrics(struct exporter *e, const struct cr2_trace_counts *books, bool openmetrics,
			 struct cr2_text *text)
{
	struct cr2_view_metrics metrics = {.openmetrics = openmetrics, .version = CR2_VERSION, .books = books,
					   .limit = e->limit};
	struct cr2_metrics_row *rows = calloc((e->limit + 1) * CR2_PATH_COUNT, sizeof(*rows));
	int r;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < e->n_groups; i++) {
		const struct exporter_group *group = &e->groups[i];

		/* Another one of the same name may be there by now. */
		if (group->own && !group->missing)
			metrics.n += add_rows(rows + metrics.n, e->slots[group->slot].rows, group->path);
		metrics.own += group->own && !group->missing;
		metrics.other += group->decided && !group->own;
	}
	for (int path = 0; path < CR2_PATH_COUNT; path++)
		add_row(&e->other[path], &e->ended_other[path]);
	metrics.n += add_rows(rows + metrics.n, e->other, "other");
	metrics.rows = rows;
	memcpy(metrics.removed, e->removed, sizeof(metrics.removed));
	r = cr2_view_metrics(&metrics, text);
	free(rows);
	return r;
}

static int collect(struct exporter *e, const struct cr2_trace_counts *counts)
{
	struct cr2_trace_durations *durations = NULL;
	size_t n = 0;
	int r = see_counted(e, counts);

	if (r == 0)
		r = decide(e, counts);
	if (r == 0)
		r = cr2_trace_durations(e->traced.trace, &durations, &n);
	if (r == 0) {
		clear(e);
		add_counts(e, counts);
		add_durations(e, durations, n);
		r = cr2_trace_fold(e->traced.trace, counts, is_gone, e);
	}
	free(durations);
	if (r == 0)
		forget_gone(e);
	return r;
}

int exporter_collect(struct exporter *e, bool openmetrics, struct cr2_text *text)
{
	struct cr2_trace_counts counts;
	int r = see_folders(e);

	if (r == 0)
		r = cr2_trace_read(e->traced.trace, &counts);
	if (r < 0)
		return r;
	cr2_trace_counts_sort(&counts);
	r = collect(e, &counts);
	if (r == 0)
		r = write_metrics(e, &counts, openmetrics, text);
	cr2_trace_counts_finish(&counts);
	return r;
}

void exporter_finish(struct exporter *e)
{
	for (size_t i = 0; i < e->n_groups; i++)
		free(e->groups[i].path);
	free(e->groups);
	free(e->slots);
	traced_end(&e->traced);
}
