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
/* A connection that brings nothing for so long is not waited for, nor one that ever lasts. */
#define SILENT_SECONDS 60
#define APT_SECONDS 3600
/* About what the lists of a release take. */
#define LISTS_SIZE (128u << 20)

/* Where everything is, and the environment that makes apt use it. */
struct apt {
	const char *directory;
	char *config_variable;
	const char *environment[3];
};

static int apt_run(const struct apt *apt, const char *const *argv, struct cr2_text *output,
		   struct cr2_text *reason)
{
	const struct guest_command command = {
		.argv = argv,
		.directory = apt->directory,
		.environment = apt->environment,
	};

	return guest_command(&command, output, reason);
}

/* A transfer: what is new in the folder is what came. */
struct transfer {
	const struct apt *apt;
	const struct cr2_guest_watch *watch;
	enum cr2_guest_work work;
	const char *name;
	uint64_t before, bytes, total;
	unsigned last; /* seconds, when something came last */
};

static int transfer_tick(void *data, unsigned seconds, struct cr2_text *reason)
{
	struct transfer *t = data;
	uint64_t size;

	if (guest_folder_size(t->apt->directory, &size) == 0) {
		uint64_t bytes = size > t->before ? size - t->before : 0;

		if (bytes != t->bytes)
			t->last = seconds;
		t->bytes = bytes;
	}
	guest_tell(t->watch, t->work, t->name, t->bytes, t->total, seconds);
	if (seconds - t->last < SILENT_SECONDS)
		return 0;
	return guest_fail(reason, -ETIMEDOUT, "nothing came for %d seconds; is Debian's archive "
			  "(deb.debian.org) within reach?", SILENT_SECONDS);
}

static int apt_transfer(const char *const *argv, struct transfer *t, struct cr2_text *reason)
{
	const struct guest_command command = {
		.argv = argv,
		.directory = t->apt->directory,
		.environment = t->apt->environment,
		.seconds = APT_SECONDS,
		.tick = transfer_tick,
		.data = t,
	};
	struct cr2_text output = {0};
	int r = guest_folder_size(t->apt->directory, &t->before);

	if (r == 0)
		r = guest_command(&command, &output, reason);
	cr2_text_finish(&output);
	return r;
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

/* The number behind "Size: " and the like, at the start of a line. */
static uint64_t field(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n'), line += line != NULL)
		if (strncmp(line, name, n) == 0)
			return strtoull(line + n, NULL, 10);
	return 0;
}

static int find_sizes(const struct apt *apt, struct guest_package *package,
		      struct cr2_text *reason)
{
	const char *const show[] = {"apt-cache", "show", "--no-all-versions", package->name, NULL};
	struct cr2_text output = {0};
	int r = apt_run(apt, show, &output, reason);

	if (r == 0 && output.data) {
		package->size = field(output.data, "Size: ");
		package->unpacked = field(output.data, "Installed-Size: ") << 10;
	}
	cr2_text_finish(&output);
	return r;
}

static int find_file(const struct apt *apt, char **ret_path, struct cr2_text *reason)
{
	glob_t found = {0};
	char *pattern, *path = NULL;
	int r = 0;

	if (asprintf(&pattern, "%s/*.deb", apt->directory) < 0)
		return -ENOMEM;
	if (glob(pattern, 0, NULL, &found) != 0)
		r = guest_fail(reason, -EIO, "apt-get download left no package");
	else if (!(path = strdup(found.gl_pathv[0])))
		r = -ENOMEM;
	globfree(&found);
	free(pattern);
	if (r == 0)
		*ret_path = path;
	return r;
}

static int download(const struct apt *apt, const struct cr2_guest_watch *watch,
		    struct guest_package *package, struct cr2_text *reason)
{
	const char *const get[] = {"apt-get", "-q", "download", package->name, NULL};
	struct transfer transfer = {
		.apt = apt,
		.watch = watch,
		.work = CR2_GUEST_PACKAGE,
		.name = package->name,
		.total = package->size,
	};
	int r = apt_transfer(get, &transfer, reason);

	return r < 0 ? r : find_file(apt, &package->path, reason);
}

static int update(const struct apt *apt, const struct cr2_guest_watch *watch,
		  struct cr2_text *reason)
{
	/* Else one that reaches nothing succeeds with a warning. */
	static const char *const argv[] = {"apt-get", "-q", "-o", "APT::Update::Error-Mode=any",
					   "update", NULL};
	struct transfer transfer = {.apt = apt, .watch = watch, .work = CR2_GUEST_LISTS};

	return apt_transfer(argv, &transfer, reason);
}

static int fetch_package(const struct apt *apt, const struct cr2_guest_watch *watch,
			 struct guest_package *package, struct cr2_text *reason)
{
	int r = guest_need_room(apt->directory, LISTS_SIZE, reason);

	if (r == 0)
		r = update(apt, watch, reason);
	if (r == 0)
		r = find_package(apt, &package->name, reason);
	if (r == 0)
		r = find_sizes(apt, package, reason);
	if (r == 0)
		r = guest_need_room(apt->directory, package->size + package->unpacked, reason);
	return r < 0 ? r : download(apt, watch, package, reason);
}

void guest_package_finish(struct guest_package *package)
{
	free(package->name);
	free(package->path);
	*package = (struct guest_package){0};
}

int guest_apt_fetch(const char *suite, const char *directory, const struct cr2_guest_watch *watch,
		    struct guest_package *ret_package, struct cr2_text *reason)
{
	struct apt apt = {.directory = directory};
	struct guest_package package = {0};
	int r;

	if (asprintf(&apt.config_variable, "APT_CONFIG=%s/apt.conf", directory) < 0)
		return -ENOMEM;
	apt.environment[0] = apt.config_variable;
	apt.environment[1] = "LC_ALL=C";
	r = set_up(&apt, suite, reason);
	if (r == 0)
		r = fetch_package(&apt, watch, &package, reason);
	if (r < 0)
		guest_package_finish(&package);
	else
		*ret_package = package;
	free(apt.config_variable);
	return r;
}
