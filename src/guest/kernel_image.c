/* SPDX-License-Identifier: MIT */
/*
 * Kernels in the cache: a folder for each version, with vmlinuz, its release, and those
 * modules of its package that a guest loads. One that is missing is fetched and unpacked
 * beside its place and moved there whole, so that it is complete or not there.
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

#include "guest.h"

static const struct version {
	const char *name, *suite, *release;
} versions[] = {
#define X(version, suite, release) {version, suite, release},
#include "kernel_image.def"
#undef X
};

static const char *const modules[] = {
#define X(name) name,
#include "module.def"
#undef X
};

const char *cr2_guest_version(size_t i)
{
	return i < CR2_ARRAY_SIZE(versions) ? versions[i].name : NULL;
}

void cr2_guest_kernel_finish(struct cr2_guest_kernel *kernel)
{
	free(kernel->version);
	free(kernel->release);
	free(kernel->image);
	for (size_t i = 0; i < kernel->n_modules; i++)
		free(kernel->modules[i]);
	free(kernel->modules);
	*kernel = (struct cr2_guest_kernel){0};
}

/* Modules are compressed or not, as their kernel can load them. */
static char *module_path(const char *folder, const char *name)
{
	static const char *const endings[] = {"ko", "ko.xz", "ko.zst", "ko.gz"};
	char *path;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(endings); i++) {
		if (asprintf(&path, "%s/%s.%s", folder, name, endings[i]) < 0)
			return NULL;
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static int read_release(const char *folder, char **ret_release)
{
	struct cr2_text text = {0};
	char *path;
	int r;

	if (asprintf(&path, "%s/release", folder) < 0)
		return -ENOMEM;
	r = guest_read_file(path, &text);
	free(path);
	if (r < 0)
		cr2_text_finish(&text);
	else
		*ret_release = text.data;
	return r;
}

/* Takes what is in the folder; -ENOENT where it is not there. */
static int open_kernel(const struct version *version, const char *folder,
		       struct cr2_guest_kernel *ret_kernel)
{
	struct cr2_guest_kernel kernel = {0};
	int r = read_release(folder, &kernel.release);
	char *module;

	if (r < 0)
		return r;
	kernel.version = strdup(version->name);
	kernel.modules = calloc(CR2_ARRAY_SIZE(modules), sizeof(*kernel.modules));
	if (asprintf(&kernel.image, "%s/vmlinuz", folder) < 0)
		kernel.image = NULL;
	if (!kernel.version || !kernel.release || !kernel.image || !kernel.modules) {
		cr2_guest_kernel_finish(&kernel);
		return -ENOMEM;
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(modules); i++)
		if ((module = module_path(folder, modules[i])))
			kernel.modules[kernel.n_modules++] = module;
	*ret_kernel = kernel;
	return 0;
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

static bool is_wanted(const char *file)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(modules); i++) {
		size_t n = strlen(modules[i]);

		if (strncmp(file, modules[i], n) == 0 && strncmp(file + n, ".ko", 3) == 0)
			return true;
	}
	return false;
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
		if (entry->fts_info == FTS_F && is_wanted(entry->fts_name))
			r = take_module(entry->fts_path, entry->fts_name, directory);
	fts_close(fts);
	return r;
}

static int take(const char *directory)
{
	char *path;
	int r = 0;

	if (asprintf(&path, "%s/kernel", directory) < 0)
		return -ENOMEM;
	if (mkdir(path, 0755) < 0)
		r = -errno;
	free(path);
	if (r == 0)
		r = take_image(directory);
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/tree", directory) < 0)
		return -ENOMEM;
	r = take_modules(directory, path);
	free(path);
	return r;
}

static int unpack(const char *directory, const char *package, struct cr2_text *reason)
{
	const char *const argv[] = {"dpkg-deb", "-x", package, "tree", NULL};
	const struct guest_command command = {.argv = argv, .directory = directory};
	struct cr2_text output = {0};
	int r = guest_command(&command, &output, reason);

	cr2_text_finish(&output);
	if (r < 0)
		return r;
	r = take(directory);
	return r < 0 ? guest_fail(reason, r, "cannot take the kernel out of %s: %s", package,
				  strerror(-r)) : 0;
}

static int move_there(const char *directory, const char *folder)
{
	char *path;
	int r = 0;

	if (asprintf(&path, "%s/kernel", directory) < 0)
		return -ENOMEM;
	if (rename(path, folder) < 0)
		r = -errno;
	free(path);
	return r;
}

static int fetch_into(const struct version *version, const char *directory, const char *folder,
		      cr2_guest_progress_fn *progress, void *data, struct cr2_text *reason)
{
	char *package = NULL;
	int r = guest_apt_fetch(version->suite, version->release, directory, progress, data,
				&package, reason);

	if (r == 0)
		r = unpack(directory, package, reason);
	free(package);
	if (r < 0)
		return r;
	r = move_there(directory, folder);
	return r < 0 ? guest_fail(reason, r, "cannot make %s: %s", folder, strerror(-r)) : 0;
}

/* Under the lock: what is in the way was left by one that was killed. */
static int fetch(const struct version *version, const char *cache, const char *folder,
		 cr2_guest_progress_fn *progress, void *data, struct cr2_text *reason)
{
	struct cr2_text detail = {0};
	char *directory;
	int r;

	if (asprintf(&directory, "%s/fetching", cache) < 0)
		return -ENOMEM;
	guest_remove(directory);
	if (mkdir(directory, 0755) < 0)
		r = guest_fail(&detail, -errno, "cannot make %s: %s", directory, strerror(errno));
	else
		r = fetch_into(version, directory, folder, progress, data, &detail);
	if (r < 0)
		guest_fail(reason, r, "cannot get kernel %s (%s): %s", version->name,
			   version->release, detail.data ? detail.data : strerror(-r));
	guest_remove(directory);
	cr2_text_finish(&detail);
	free(directory);
	return r;
}

static int open_or_fetch(const struct version *version, const char *cache, const char *folder,
			 cr2_guest_progress_fn *progress, void *data,
			 struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason)
{
	int r = open_kernel(version, folder, ret_kernel);

	if (r != -ENOENT)
		return r;
	r = fetch(version, cache, folder, progress, data, reason);
	return r < 0 ? r : open_kernel(version, folder, ret_kernel);
}

static int find_in(const struct version *version, const char *cache,
		   cr2_guest_progress_fn *progress, void *data,
		   struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason)
{
	char *folder;
	int lock, r;

	if (asprintf(&folder, "%s/%s", cache, version->name) < 0)
		return -ENOMEM;
	/* One fetches at a time, and who waited finds what the other fetched. */
	lock = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		r = -errno;
	else
		r = open_or_fetch(version, cache, folder, progress, data, ret_kernel, reason);
	if (r < 0 && !reason->length)
		guest_fail(reason, r, "%s: %s", folder, strerror(-r));
	if (lock >= 0)
		close(lock);
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

int cr2_guest_kernel_find(const char *name, cr2_guest_progress_fn *progress, void *data,
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
	r = find_in(version, cache, progress, data, ret_kernel, reason);
	free(cache);
	return r;
}
