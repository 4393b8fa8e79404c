/* SPDX-License-Identifier: MIT */
/*
 * A package of another Debian release, by apt, without touching the system's apt: it gets a
 * state of its own, with this one release in it. It verifies signatures and hashes as always;
 * of the system's configuration it takes how to reach the network (proxies), no hooks.
 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"
/* Depends on the newest kernel of its release. */
#define META_PACKAGE "linux-image-amd64"

/* Where everything is, and the environment that makes apt use it. */
struct apt {
	const char *directory;
	char *config_variable;
	const char *environment[3];
};

static int apt_run(const struct apt *apt, const char *const *argv, struct cr2_text *output,
		   struct cr2_text *reason)
{
	struct guest_command command = {argv, apt->directory, apt->environment};

	return guest_command(&command, output, reason);
}

static int write_in(const struct apt *apt, const char *name, const struct cr2_text *text)
{
	char *path;
	int r;

	if (asprintf(&path, "%s/%s", apt->directory, name) < 0)
		return -ENOMEM;
	r = guest_write_file(path, text->data ? text->data : "", text->length);
	free(path);
	return r;
}

/* The folders that apt wants to find. */
static int make_folders(const struct apt *apt)
{
	static const char *const names[] = {"lists", "lists/partial", "archives",
					    "archives/partial"};
	char *path;
	int r = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names) && r == 0; i++) {
		if (asprintf(&path, "%s/%s", apt->directory, names[i]) < 0)
			return -ENOMEM;
		if (mkdir(path, 0755) < 0)
			r = -errno;
		free(path);
	}
	return r;
}

static int write_sources(const struct apt *apt, const char *suite)
{
	struct cr2_text text = {0};
	int r = cr2_text_printf(
		&text,
		"deb [signed-by=" KEYRING " arch=amd64] http://deb.debian.org/debian %s main\n"
		"deb [signed-by=" KEYRING " arch=amd64] http://deb.debian.org/debian-security"
		" %s-security main\n",
		suite, suite);

	if (r == 0)
		r = write_in(apt, "sources.list", &text);
	cr2_text_finish(&text);
	return r;
}

/* What root fetches here, root owns: _apt could not reach a cache in root's home. */
static int write_config(const struct apt *apt, const struct cr2_text *acquire)
{
	const char *d = apt->directory;
	struct cr2_text text = {0};
	int r = cr2_text_printf(&text,
				"%sAcquire::Languages \"none\";\n"
				"APT::Architecture \"amd64\";\n"
				"APT::Sandbox::User \"root\";\n"
				"Dir::Etc::main \"/dev/null\";\n"
				"Dir::Etc::parts \"/dev/null\";\n"
				"Dir::Etc::sourceparts \"/dev/null\";\n"
				"Dir::Etc::sourcelist \"%s/sources.list\";\n"
				"Dir::State::lists \"%s/lists\";\n"
				"Dir::Cache \"%s\";\n"
				"Dir::Cache::archives \"%s/archives\";\n",
				acquire->data ? acquire->data : "", d, d, d, d);

	if (r == 0)
		r = write_in(apt, "apt.conf", &text);
	cr2_text_finish(&text);
	return r;
}

static int set_up(struct apt *apt, const char *suite, struct cr2_text *reason)
{
	static const char *const dump[] = {"apt-config", "dump", "Acquire", NULL};
	const struct guest_command command = {.argv = dump};
	struct cr2_text acquire = {0};
	int r = guest_command(&command, &acquire, reason);

	if (r < 0)
		goto out;
	r = make_folders(apt);
	if (r == 0)
		r = write_sources(apt, suite);
	if (r == 0)
		r = write_config(apt, &acquire);
	if (r < 0)
		r = guest_fail(reason, r, "cannot write in %s: %s", apt->directory, strerror(-r));
	if (r == 0 && access(KEYRING, R_OK) < 0)
		r = guest_fail(reason, -ENOENT, "%s is not here; apt-get install "
			       "debian-archive-keyring", KEYRING);
out:
	cr2_text_finish(&acquire);
	return r;
}

/* From lines of "  Depends: linux-image-6.1.0-56-amd64". */
static char *dependency_of(const char *text)
{
	const char *at = text ? strstr(text, "Depends: linux-image-") : NULL;
	size_t n = 0;

	if (!at)
		return NULL;
	at += strlen("Depends: ");
	while (at[n] && !isspace((unsigned char)at[n]))
		n++;
	return strndup(at, n);
}

static int find_package(const struct apt *apt, char **ret_package, struct cr2_text *reason)
{
	static const char *const depends[] = {"apt-cache", "depends", META_PACKAGE, NULL};
	struct cr2_text output = {0};
	char *package = NULL;
	int r = apt_run(apt, depends, &output, reason);

	if (r == 0)
		package = dependency_of(output.data);
	cr2_text_finish(&output);
	if (r == 0 && !package)
		r = guest_fail(reason, -ENOENT, "Debian's archive has no " META_PACKAGE
			       " there any more");
	if (r == 0)
		*ret_package = package;
	return r;
}

static int download(const struct apt *apt, const char *package, char **ret_path,
		    struct cr2_text *reason)
{
	const char *const get[] = {"apt-get", "-q", "download", package, NULL};
	struct cr2_text output = {0};
	glob_t found = {0};
	char *pattern = NULL;
	int r = apt_run(apt, get, &output, reason);

	cr2_text_finish(&output);
	if (r < 0)
		return r;
	if (asprintf(&pattern, "%s/*.deb", apt->directory) < 0)
		return -ENOMEM;
	if (glob(pattern, 0, NULL, &found) != 0)
		r = guest_fail(reason, -EIO, "apt-get download left no package");
	else
		*ret_path = strdup(found.gl_pathv[0]);
	if (r == 0 && !*ret_path)
		r = -ENOMEM;
	globfree(&found);
	free(pattern);
	return r;
}

static int update(const struct apt *apt, struct cr2_text *reason)
{
	/* Else one that reaches nothing succeeds with a warning. */
	static const char *const argv[] = {"apt-get", "-q", "-o", "APT::Update::Error-Mode=any",
					   "update", NULL};
	struct cr2_text output = {0};
	int r = apt_run(apt, argv, &output, reason);

	cr2_text_finish(&output);
	return r;
}

static int fetch(const struct apt *apt, const char *release, cr2_guest_progress_fn *progress,
		 void *data, char **ret_path, struct cr2_text *reason)
{
	char *package = NULL, *what = NULL;
	int r = update(apt, reason);

	if (r == 0)
		r = find_package(apt, &package, reason);
	if (r < 0)
		return r;
	if (asprintf(&what, "fetching %s of %s", package, release) < 0)
		r = -ENOMEM;
	else if (progress)
		progress(data, what);
	if (r == 0)
		r = download(apt, package, ret_path, reason);
	free(what);
	free(package);
	return r;
}

int guest_apt_fetch(const char *suite, const char *release, const char *directory,
		    cr2_guest_progress_fn *progress, void *data, char **ret_path,
		    struct cr2_text *reason)
{
	struct apt apt = {.directory = directory};
	int r;

	if (asprintf(&apt.config_variable, "APT_CONFIG=%s/apt.conf", directory) < 0)
		return -ENOMEM;
	apt.environment[0] = apt.config_variable;
	apt.environment[1] = "LC_ALL=C";
	r = set_up(&apt, suite, reason);
	if (r == 0)
		r = fetch(&apt, release, progress, data, ret_path, reason);
	free(apt.config_variable);
	return r;
}
