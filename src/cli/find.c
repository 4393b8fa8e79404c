/* SPDX-License-Identifier: MIT */
/* Finds scenarios: in the current folder first, then in the catalogues. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "find.h"

#define SUFFIX ".litmus"
#define CATALOGUES 2

static int add(struct found *found, const char *path)
{
	char *copy = strdup(path);
	int r = copy ? cr2_grow(&found->paths, &found->capacity, found->n + 1, sizeof(*found->paths))
		     : -ENOMEM;

	if (r < 0) {
		free(copy);
		return cli_error(CLI_UNABLE, "%s", strerror(-r));
	}
	found->paths[found->n++] = copy;
	return CLI_OK;
}

void found_finish(struct found *found)
{
	for (size_t i = 0; i < found->n; i++)
		free(found->paths[i]);
	free(found->paths);
	*found = (struct found){0};
}

static bool is_scenario(const char *name)
{
	size_t n = strlen(name);

	return n > strlen(SUFFIX) && strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Links are followed; a folder that a link leads back to is not entered again. */
static int add_folder(struct found *found, const char *path)
{
	char *copy = strdup(path), *roots[] = {copy, NULL};
	FTS *tree = copy ? fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name) : NULL;
	size_t before = found->n;
	int code = tree ? CLI_OK : cli_error(CLI_UNABLE, "%s: %s", path, strerror(errno));
	FTSENT *entry;

	while (code == CLI_OK && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
			code = cli_error(CLI_USAGE, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
		else if (entry->fts_info == FTS_F && is_scenario(entry->fts_name))
			code = add(found, entry->fts_path);
	}
	if (code == CLI_OK && found->n == before)
		code = cli_error(CLI_USAGE, "%s: no " SUFFIX " file in this folder", path);
	if (tree)
		fts_close(tree);
	free(copy);
	return code;
}

/* Adds what stands at the path, with or without the suffix. Returns whether something does. */
static bool add_at(struct found *found, const char *path, int *ret_code)
{
	struct cr2_text file = {0};
	struct stat st;
	bool there = true;

	if (stat(path, &st) == 0)
		*ret_code = S_ISDIR(st.st_mode) ? add_folder(found, path) : add(found, path);
	else if (cr2_text_printf(&file, "%s" SUFFIX, path) == 0 && stat(file.data, &st) == 0)
		*ret_code = add(found, file.data);
	else
		there = false;
	cr2_text_finish(&file);
	return there;
}

void find_own(const char *name, bool installed, struct cr2_text *ret_path)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	for (int up = 0; up < 1 + installed && n > 0; up++) {
		path[n] = '\0';
		n = strrchr(path, '/') ? strrchr(path, '/') - path : 0;
	}
	/* Without /proc, as in a bare chroot, where it was to be installed. */
	if (n >= 0)
		cr2_text_printf(ret_path, "%.*s/%s%s", (int)n, path, installed ? "share/cr2/" : "", name);
	else if (installed)
		cr2_text_printf(ret_path, CR2_DATA "/%s", name);
}

int find_data(const char *name, struct cr2_text *ret_path)
{
	struct cr2_text built = {0}, places[2] = {{0}};
	int code = CLI_UNABLE;

	/* The source tree is above the folder that it was built in. */
	if (cr2_text_printf(&built, "../%s", name) == 0)
		find_own(built.data, false, &places[0]);
	find_own(name, true, &places[1]);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(places) && code != CLI_OK; i++)
		if (places[i].data && access(places[i].data, R_OK) == 0 &&
		    cr2_text_append(ret_path, places[i].data) == 0)
			code = CLI_OK;
	if (code != CLI_OK)
		cli_error(code, "%s is not here: it comes with cr2's package as %s, and stands in its source tree", name,
			  places[1].data ? places[1].data : name);
	cr2_text_finish(&built);
	cr2_text_finish(&places[0]);
	cr2_text_finish(&places[1]);
	return code;
}

/* That of the source tree, where cr2 runs in one, and the one that belongs to this program. */
static void name_catalogues(struct cr2_text catalogues[CATALOGUES])
{
	cr2_text_append(&catalogues[0], "catalogue");
	find_own("catalogue", true, &catalogues[1]);
}

/* The scenario of the catalogues whose name is near; appended to hint. */
static void suggest(const char *word, const struct cr2_text catalogues[CATALOGUES], struct cr2_text *hint)
{
	struct found all = {0};
	const char **names;
	const char *near = NULL;
	size_t n = 0;

	for (size_t i = 0; i < CATALOGUES; i++)
		if (access(catalogues[i].data, R_OK) == 0)
			add_folder(&all, catalogues[i].data);
	names = calloc(all.n + 1, sizeof(*names));
	for (size_t i = 0; names && i < all.n; i++) {
		char *name = strstr(all.paths[i], "catalogue/");

		name[strlen(name) - strlen(SUFFIX)] = '\0';
		names[n++] = name + strlen("catalogue/");
	}
	if (names)
		near = cr2_nearest(word, names, n);
	if (near)
		cr2_text_printf(hint, "; did you mean '%s'?", near);
	free(names);
	found_finish(&all);
}

/* A name, and no path that says itself where it begins. */
static bool is_name(const char *word)
{
	return *word && *word != '/' && *word != '.';
}

static int find_in_catalogues(const char *word, struct found *found)
{
	struct cr2_text catalogues[CATALOGUES] = {{0}}, path = {0}, hint = {0};
	bool there = false;
	int code = CLI_USAGE;

	name_catalogues(catalogues);
	for (size_t i = 0; i < CATALOGUES && !there; i++) {
		cr2_text_clear(&path);
		if (catalogues[i].data && cr2_text_printf(&path, "%s/%s", catalogues[i].data, word) == 0)
			there = add_at(found, path.data, &code);
	}
	if (!there) {
		suggest(word, catalogues, &hint);
		cli_error(CLI_USAGE, "%s: no such file; looked for it here, in %s and in %s%s", word,
			  catalogues[0].data, catalogues[1].data, hint.data ? hint.data : "");
	}
	for (size_t i = 0; i < CATALOGUES; i++)
		cr2_text_finish(&catalogues[i]);
	cr2_text_finish(&path);
	cr2_text_finish(&hint);
	return code;
}

int find_scenarios(const char *word, struct found *found)
{
	int code = CLI_OK;

	if (strcmp(word, "-") == 0)
		return add(found, word);
	if (add_at(found, word, &code))
		return code;
	if (is_name(word))
		return find_in_catalogues(word, found);
	return cli_error(CLI_USAGE, "%s: %s", word, strerror(errno));
}
