/* SPDX-License-Identifier: MIT */
/*
 * Kernels in the cache: a folder for each version, with vmlinuz, the kernel in it as vmlinux, its
 * release, those modules of its package that a guest loads, and SHA256SUMS of them all, against
 * which they are checked before each use. One that is missing or damaged is fetched and unpacked beside its place and
 * moved there whole, so that it is complete or not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream.h"

#include "guest.h"

static const struct version {
	const char *name, *suite, *release;
} versions[] = {
#define X(version, suite, release) {version, suite, release},
#include "kernel_image.def"
#undef X
};

const char *cr2_guest_version(size_t i)
{
	return i < CR2_ARRAY_SIZE(versions) ? versions[i].name : NULL;
}

void cr2_guest_kernel_finish(struct cr2_guest_kernel *kernel)
{
	free(kernel->release);
	free(kernel->image);
	free(kernel->packed);
	for (size_t i = 0; i < kernel->n_modules; i++)
		free(kernel->modules[i]);
	free(kernel->modules);
	*kernel = (struct cr2_guest_kernel){0};
}

static int read_release(const char *folder, char **ret_release)
{
	struct cr2_text text = {0};
	char *path;
	int r;

	if (asprintf(&path, "%s/release", folder) < 0)
		return -ENOMEM;
	r = stream_read_file(path, SIZE_MAX, &text);
	free(path);
	if (r < 0)
		cr2_text_finish(&text);
	else
		*ret_release = text.data;
	return r;
}

/*
 * -EBADMSG where the files are not those that were fetched; damage names one. A folder without
 * sums, too: an earlier cr2 made it.
 */
static int check_sums(const char *folder, struct cr2_text *damage, struct cr2_text *reason)
{
	static const char *const argv[] = {"sha256sum", "--check", "--quiet", "--strict", GUEST_SUMS, NULL};
	static const char *const environment[] = {"LC_ALL=C", NULL};
	const struct guest_command command = {
		.argv = argv,
		.directory = folder,
		.environment = environment,
	};
	struct cr2_text output = {0}, why = {0};
	const char *line;
	int r = guest_command(&command, &output, &why);

	line = output.data ? output.data : "";
	if (r == -EIO) {
		r = guest_fail(damage, -EBADMSG, "%s/%.*s", folder,
			       *line ? (int)strcspn(line, ":\n") : (int)strlen(GUEST_SUMS), *line ? line : GUEST_SUMS);
	} else if (r < 0 && why.data) {
		cr2_text_append(reason, why.data);
	}
	cr2_text_finish(&output);
	cr2_text_finish(&why);
	return r;
}

static char *image_named(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return NULL;
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/*
 * vmlinux, or vmlinuz where that cannot be unpacked; owned. An earlier cr2 did not unpack it, or
 * did not find the program to do so.
 */
static char *image_in(const char *folder)
{
	char *path = image_named(folder, "vmlinux");

	if (!path) {
		guest_vmlinux(folder);
		path = image_named(folder, "vmlinux");
	}
	return path ? path : image_named(folder, "vmlinuz");
}

/* Takes what is in the folder; -ENOENT where it is not there, -EBADMSG as above. */
static int open_kernel(const char *folder, struct cr2_guest_kernel *ret_kernel,
		       struct cr2_text *damage, struct cr2_text *reason)
{
	struct cr2_guest_kernel kernel = {0};
	int r = read_release(folder, &kernel.release);

	if (r == 0)
		r = check_sums(folder, damage, reason);
	if (r == 0)
		r = guest_modules_find(folder, false, &kernel, reason);
	if (r == 0 && !(kernel.image = image_in(folder)))
		r = -ENOENT;
	if (r == 0)
		kernel.packed = image_named(folder, "vmlinuz");
	if (r < 0)
		cr2_guest_kernel_finish(&kernel);
	else
		*ret_kernel = kernel;
	return r;
}

/* tree/boot/vmlinuz-RELEASE becomes kernel/vmlinuz, RELEASE goes to kernel/release. */
static int take_image(const char *directory)
{
	char *pattern = NULL, *image = NULL, *file = NULL;
	const char *release;
	glob_t found = {0};
	int r = -ENOMEM;

	if (asprintf(&pattern, "%s/tree/boot/vmlinuz-*", directory) < 0 ||
	    asprintf(&image, "%s/kernel/vmlinuz", directory) < 0 ||
	    asprintf(&file, "%s/kernel/release", directory) < 0)
		goto out;
	r = -ENOENT;
	if (glob(pattern, 0, NULL, &found) != 0)
		goto out;
	release = strstr(found.gl_pathv[0], "/vmlinuz-") + strlen("/vmlinuz-");
	r = rename(found.gl_pathv[0], image) < 0 ? -errno :
						   guest_write_file(file, release, strlen(release));
out:
	globfree(&found);
	free(pattern);
	free(image);
	free(file);
	return r;
}

static int take_module(const char *path, const char *name, const char *directory)
{
	char *place;
	int r = 0;

	if (asprintf(&place, "%s/kernel/%s", directory, name) < 0)
		return -ENOMEM;
	if (rename(path, place) < 0)
		r = -errno;
	free(place);
	return r;
}

/* They lie in lib/modules or usr/lib/modules, sorted by subsystem. */
static int take_modules(const char *directory, char *tree)
{
	char *const roots[] = {tree, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int r = 0;

	if (!fts)
		return -errno;
	while (r == 0 && (entry = fts_read(fts)))
		if (entry->fts_info == FTS_F && guest_module_is_wanted(entry->fts_name))
			r = take_module(entry->fts_path, entry->fts_name, directory);
	fts_close(fts);
	return r;
}

/* Of all files in directory/kernel. */
static int write_sums(const char *directory, struct cr2_text *reason)
{
	static const char *const argv[] = {"sh", "-c", "exec sha256sum -- *", NULL};
	struct cr2_text sums = {0};
	char *folder, *path = NULL;
	int r;

	if (asprintf(&folder, "%s/kernel", directory) < 0)
		return -ENOMEM;
	r = guest_command(&(struct guest_command){.argv = argv, .directory = folder}, &sums, reason);
	if (r == 0 && asprintf(&path, "%s/" GUEST_SUMS, folder) < 0) {
		path = NULL;
		r = -ENOMEM;
	}
	if (r == 0)
		r = guest_write_file(path, sums.data ? sums.data : "", sums.length);
	cr2_text_finish(&sums);
	free(folder);
	free(path);
	return r;
}

static int take(const char *directory, struct cr2_text *reason)
{
	char *path;
	int r = 0;

	if (asprintf(&path, "%s/kernel", directory) < 0)
		return -ENOMEM;
	if (mkdir(path, 0755) < 0)
		r = -errno;
	if (r == 0)
		r = take_image(directory);
	if (r == 0)
		guest_vmlinux(path);
	free(path);
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/tree", directory) < 0)
		return -ENOMEM;
	r = take_modules(directory, path);
	free(path);
	return r < 0 ? r : write_sums(directory, reason);
}

static int unpack(const char *directory, const char *package, struct cr2_text *reason)
{
	const char *const argv[] = {"dpkg-deb", "-x", package, "tree", NULL};
	const struct guest_command command = {.argv = argv, .directory = directory, .seconds = 600};
	struct cr2_text output = {0};
	int r = guest_command(&command, &output, reason);

	cr2_text_finish(&output);
	if (r < 0)
		return r;
	r = take(directory, reason);
	if (r == 0 || reason->length)
		return r;
	return guest_fail(reason, r, "cannot take the kernel out of %s: %s", package, strerror(-r));
}

/* Swaps it with a damaged one that stands there, so that there is a kernel at any time. */
static int move_there(const char *directory, const char *folder)
{
	char *path;
	int r = 0;

	if (asprintf(&path, "%s/kernel", directory) < 0)
		return -ENOMEM;
	if (renameat2(AT_FDCWD, path, AT_FDCWD, folder, RENAME_EXCHANGE) < 0 &&
	    rename(path, folder) < 0)
		r = -errno;
	free(path);
	return r;
}

static int fetch_into(const struct version *version, const char *directory, const char *folder,
		      const struct cr2_guest_watch *watch, struct cr2_text *reason)
{
	struct guest_package package = {0};
	int r = guest_apt_fetch(version->suite, directory, watch, &package, reason);

	if (r < 0)
		return r;
	guest_tell(watch, CR2_GUEST_UNPACKING, package.name, 0, 0, 0);
	r = unpack(directory, package.path, reason);
	if (r == 0) {
		r = move_there(directory, folder);
		if (r < 0)
			guest_fail(reason, r, "cannot make %s: %s", folder, strerror(-r));
	}
	if (r == 0)
		guest_tell(watch, CR2_GUEST_FETCHED, package.name, package.size, package.size, 0);
	guest_package_finish(&package);
	return r;
}

static void tell_start(const struct version *version, const struct cr2_guest_watch *watch)
{
	struct cr2_text name = {0};

	if (cr2_text_printf(&name, "kernel %s of %s", version->name, version->release) == 0)
		guest_tell(watch, CR2_GUEST_FETCHING, name.data, 0, 0, 0);
	cr2_text_finish(&name);
}

/* Under the lock. A folder that is already there was left by a cr2 that was killed. */
static int fetch(const struct version *version, const char *cache, const char *folder,
		 const struct cr2_guest_watch *watch, struct cr2_text *reason)
{
	struct cr2_text detail = {0};
	char *directory;
	int r;

	if (asprintf(&directory, "%s/fetching", cache) < 0)
		return -ENOMEM;
	guest_remove(directory);
	tell_start(version, watch);
	if (mkdir(directory, 0755) < 0)
		r = guest_fail(&detail, -errno, "cannot make %s: %s", directory, strerror(errno));
	else
		r = fetch_into(version, directory, folder, watch, &detail);
	guest_tell(watch, CR2_GUEST_IDLE, NULL, 0, 0, 0);
	if (r < 0)
		guest_fail(reason, r, "cannot get kernel %s (%s): %s", version->name,
			   version->release, detail.data ? detail.data : strerror(-r));
	guest_remove(directory);
	cr2_text_finish(&detail);
	free(directory);
	return r;
}

/* Under the lock. One that was fetched a moment ago is checked like any other. */
static int open_or_fetch(const struct version *version, const char *cache, const char *folder,
			 const struct cr2_guest_watch *watch, struct cr2_guest_kernel *ret_kernel,
			 struct cr2_text *reason)
{
	struct cr2_text damage = {0};
	int r = open_kernel(folder, ret_kernel, &damage, reason);

	if (r == -EBADMSG)
		guest_tell(watch, CR2_GUEST_DAMAGED, damage.data, 0, 0, 0);
	if (r == -EBADMSG || r == -ENOENT) {
		r = fetch(version, cache, folder, watch, reason);
		cr2_text_clear(&damage);
		if (r == 0)
			r = open_kernel(folder, ret_kernel, &damage, reason);
		if (r == -EBADMSG)
			guest_fail(reason, r, "%s is damaged again; is the disk sound?", damage.data);
	}
	cr2_text_finish(&damage);
	return r;
}

/* One process checks or fetches at a time; those that waited find what it fetched. */
static int lock_cache(const char *cache, const struct cr2_guest_watch *watch, int *ret_lock)
{
	int lock = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

	if (lock < 0)
		return -errno;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		guest_tell(watch, CR2_GUEST_WAITING, NULL, 0, 0, 0);
		while ((r = flock(lock, LOCK_EX)) < 0 && errno == EINTR)
			;
		r = r < 0 ? -errno : 0;
		guest_tell(watch, CR2_GUEST_IDLE, NULL, 0, 0, 0);
	}
	if (r < 0)
		close(lock);
	else
		*ret_lock = lock;
	return r;
}

static int find_in(const struct version *version, const char *cache,
		   const struct cr2_guest_watch *watch, struct cr2_guest_kernel *ret_kernel,
		   struct cr2_text *reason)
{
	char *folder;
	int lock = -1, r;

	if (asprintf(&folder, "%s/%s", cache, version->name) < 0)
		return -ENOMEM;
	r = lock_cache(cache, watch, &lock);
	if (r == 0) {
		r = open_or_fetch(version, cache, folder, watch, ret_kernel, reason);
		close(lock);
	}
	if (r < 0 && !reason->length)
		guest_fail(reason, r, "%s: %s", folder, strerror(-r));
	free(folder);
	return r;
}

static int unknown(const char *name, struct cr2_text *reason)
{
	int r = guest_fail(reason, 0, "there is no guest kernel '%s'; there is", name);

	for (size_t i = 0; i < CR2_ARRAY_SIZE(versions) && r == 0; i++)
		r = guest_fail(reason, 0, "%s %s", i ? "," : "", versions[i].name);
	return -EINVAL;
}

int cr2_guest_kernel_find(const char *name, const struct cr2_guest_watch *watch,
			  struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason)
{
	const struct version *version = NULL;
	char *cache;
	int r;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(versions); i++)
		if (strcmp(versions[i].name, name) == 0)
			version = &versions[i];
	if (!version)
		return unknown(name, reason);
	r = guest_cache(&cache, reason);
	if (r < 0)
		return r;
	r = find_in(version, cache, watch, ret_kernel, reason);
	free(cache);
	return r;
}
