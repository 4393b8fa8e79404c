/* SPDX-License-Identifier: MIT */
/* The modules that a guest loads (module.def), found by the names of their files. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

static const char *const modules[] = {
#define X(name) name,
#include "module.def"
#undef X
};

/* Compressed or not, as their kernel can load them; -1: none of them. */
static int index_of(const char *file)
{
	static const char *const endings[] = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(modules); i++) {
		size_t n = strlen(modules[i]);

		if (strncmp(file, modules[i], n) != 0)
			continue;
		for (size_t j = 0; j < CR2_ARRAY_SIZE(endings); j++)
			if (strcmp(file + n, endings[j]) == 0)
				return (int)i;
	}
	return -1;
}

bool guest_module_is_wanted(const char *file)
{
	return index_of(file) >= 0;
}

static int take_entry(const FTSENT *entry, char **found, struct cr2_text *reason)
{
	int i = index_of(entry->fts_name);

	if (i < 0)
		return 0;
	if (found[i])
		return guest_fail(reason, -EINVAL, "there are %s and %s; name the folder of one kernel's "
				  "modules", found[i], entry->fts_path);
	found[i] = strdup(entry->fts_path);
	return found[i] ? 0 : -ENOMEM;
}

static int walk(const char *folder, bool below, char **found, struct cr2_text *reason)
{
	char *const roots[] = {(char *)folder, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int r = 0;

	if (!fts)
		return -errno;
	while (r == 0 && (entry = fts_read(fts))) {
		bool is_root = entry->fts_level == FTS_ROOTLEVEL;

		if (is_root && entry->fts_info != FTS_D && entry->fts_info != FTS_DP)
			r = guest_fail(reason, -ENOTDIR, "%s: %s", folder,
				       strerror(entry->fts_errno ? entry->fts_errno : ENOTDIR));
		else if (entry->fts_info == FTS_D && !is_root && !below)
			fts_set(fts, entry, FTS_SKIP);
		else if (entry->fts_info == FTS_F)
			r = take_entry(entry, found, reason);
	}
	fts_close(fts);
	return r;
}

int guest_modules_find(const char *folder, bool below, struct cr2_guest_kernel *kernel,
		       struct cr2_text *reason)
{
	char *found[CR2_ARRAY_SIZE(modules)] = {0};
	int r = walk(folder, below, found, reason);

	if (r == 0 && !(kernel->modules = calloc(CR2_ARRAY_SIZE(modules), sizeof(*found))))
		r = -ENOMEM;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(modules); i++) {
		if (r == 0 && found[i])
			kernel->modules[kernel->n_modules++] = found[i];
		else
			free(found[i]);
	}
	return r;
}
