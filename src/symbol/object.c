/* SPDX-License-Identifier: MIT */
/*
 * Finds and opens object files, by elfutils. A log names a program or library without its
 * folder, so it is looked for in the usual ones, after those that the caller gave. The cache
 * keeps the last ones open: a log tends to name the same few again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cr2/base.h>

#include "object.h"

#define CACHED 64
/* Names remembered as not found; a log with more distinct ones begins anew. */
#define ABSENT_MOST 65536

struct symbols {
	char **paths;
	size_t n_paths;
	uint64_t clock;
	struct object objects[CACHED];
	void *absent; /* of <search.h>: names of objects that are not here */
	size_t n_absent;
	struct object none; /* what an absent one is */
};

/* "%s" is the name that the log has. */
static const char *const program_places[] = {
	"/lib/x86_64-linux-gnu/%s", "/usr/lib/x86_64-linux-gnu/%s", "/lib64/%s",
	"/usr/lib64/%s", "/lib/%s", "/usr/lib/%s", "/usr/local/lib/%s", "/lib/i386-linux-gnu/%s",
	"/lib32/%s", "/usr/lib/systemd/%s", "/usr/libexec/%s",
};

/* "%s" is the kernel's release. */
static const char *const kernel_places[] = {
	"/usr/lib/debug/boot/vmlinux-%s", "/usr/lib/debug/lib/modules/%s/vmlinux",
	"/lib/modules/%s/build/vmlinux", "/lib/modules/%s/vmlinux", "/boot/vmlinux-%s",
};

int symbols_create(const char *const *paths, size_t n_paths, struct symbols **ret_symbols)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return -ENOMEM;
	symbols->paths = calloc(n_paths + 1, sizeof(*symbols->paths));
	if (!symbols->paths)
		goto fail;
	for (size_t i = 0; i < n_paths; i++) {
		symbols->paths[i] = strdup(paths[i]);
		if (!symbols->paths[i])
			goto fail;
		symbols->n_paths++;
	}
	*ret_symbols = symbols;
	return 0;
fail:
	symbols_destroy(symbols);
	return -ENOMEM;
}

static void close_object(struct object *object)
{
	free(object->functions);
	if (object->dwfl)
		dwfl_end(object->dwfl);
}

void symbols_destroy(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < CACHED; i++)
		close_object(&symbols->objects[i]);
	tdestroy(symbols->absent, free);
	for (size_t i = 0; symbols->paths && i < symbols->n_paths; i++)
		free(symbols->paths[i]);
	free(symbols->paths);
	free(symbols);
}

bool object_read(const struct object *object, uint64_t offset, uint8_t *ret_bytes, size_t n)
{
	size_t size = 0;
	const char *bytes = elf_rawfile(object->elf, &size);

	if (!bytes || offset > size || size - offset < n)
		return false;
	memcpy(ret_bytes, bytes + offset, n);
	return true;
}

void object_copy_name(char *ret, size_t size, const char *name)
{
	snprintf(ret, size, "%s", name ? name : "");
}

/* The name comes from a log: only a regular file will do, and opening must not block. */
static bool is_regular(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool open_object(struct object *object)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};

	if (!is_regular(object->path))
		return false;
	object->dwfl = dwfl_begin(&callbacks);
	if (!object->dwfl)
		return false;
	dwfl_report_begin(object->dwfl);
	object->module = dwfl_report_offline(object->dwfl, object->name, object->path, -1);
	dwfl_report_end(object->dwfl, NULL, NULL);
	object->elf = object->module ? dwfl_module_getelf(object->module, &object->bias) : NULL;
	if (object->elf)
		return true;
	dwfl_end(object->dwfl);
	object->dwfl = NULL;
	return false;
}

__attribute__((format(printf, 2, 3)))
static bool try_path(struct object *object, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(object->path, sizeof(object->path), format, args);
	va_end(args);
	return n > 0 && (size_t)n < sizeof(object->path) && open_object(object);
}

static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A name that is one component of a path and cannot climb out of a folder. */
static bool is_plain(const char *name)
{
	return name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Looking in every place costs much more than remembering; without memory it is done again. */
static void remember_absent(struct symbols *symbols, const char *name)
{
	char *copy;

	if (symbols->n_absent == ABSENT_MOST) {
		tdestroy(symbols->absent, free);
		symbols->absent = NULL;
		symbols->n_absent = 0;
	}
	copy = strdup(name);
	if (copy && tsearch(copy, &symbols->absent, compare_names))
		symbols->n_absent++;
	else
		free(copy);
}

static bool is_absent(const struct symbols *symbols, const char *name)
{
	return tfind(name, &symbols->absent, compare_names);
}

/* The cached object of this name, or a free one that has it now. */
static struct object *cached(struct symbols *symbols, const char *name, bool *ret_found)
{
	struct object *oldest = &symbols->objects[0];

	/* The free ones have used 0 and are taken first. */
	for (size_t i = 0; i < CACHED; i++) {
		struct object *object = &symbols->objects[i];

		if (object->used && strcmp(object->name, name) == 0) {
			object->used = ++symbols->clock;
			*ret_found = true;
			return object;
		}
		if (object->used < oldest->used)
			oldest = object;
	}
	close_object(oldest);
	*oldest = (struct object){.used = ++symbols->clock};
	snprintf(oldest->name, sizeof(oldest->name), "%s", name);
	*ret_found = false;
	return oldest;
}

/* The object was not found: its place is free again. */
static struct object *forget(struct symbols *symbols, struct object *object)
{
	remember_absent(symbols, object->name);
	*object = (struct object){0};
	return &symbols->none;
}

/* ---- programs and libraries ---- */

static bool try_search_path(struct object *object)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t n = strcspn(path, ":");

		if (n && n < sizeof(object->path) &&
		    try_path(object, "%.*s/%s", (int)n, path, object->name))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static bool find_program(const struct symbols *symbols, struct object *object)
{
	for (size_t i = 0; i < symbols->n_paths; i++) {
		const char *path = symbols->paths[i];

		if (strcmp(name_in(path), object->name) == 0 && try_path(object, "%s", path))
			return true;
		if (try_path(object, "%s/%s", path, object->name))
			return true;
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(program_places); i++) {
		const char *rest = strstr(program_places[i], "%s");

		if (try_path(object, "%.*s%s", (int)(rest - program_places[i]), program_places[i],
			     object->name))
			return true;
	}
	return try_search_path(object);
}

struct object *object_of_program(struct symbols *symbols, const char *name)
{
	struct object *object;
	bool found;

	if (!is_plain(name) || is_absent(symbols, name))
		return &symbols->none;
	object = cached(symbols, name, &found);
	if (found || find_program(symbols, object))
		return object;
	return forget(symbols, object);
}

/* The kernel puts the same one into every program, into this one too; behind it are its section headers. */
static bool find_vdso(struct object *object)
{
	const Elf64_Ehdr *image = (const void *)getauxval(AT_SYSINFO_EHDR);
	const size_t size = image ? image->e_shoff + (size_t)image->e_shnum * image->e_shentsize : 0;
	const int fd = size ? memfd_create("vdso", MFD_CLOEXEC) : -1;
	bool found;

	if (fd < 0)
		return false;
	found = write(fd, image, size) == (ssize_t)size && try_path(object, "/proc/self/fd/%d", fd);
	close(fd); /* libdwfl has one of its own */
	return found;
}

struct object *object_of_file(struct symbols *symbols, const char *path)
{
	const bool vdso = strcmp(path, OBJECT_VDSO) == 0;
	struct object *object;
	bool found;

	if ((path[0] != '/' && !vdso) || strlen(path) >= sizeof(object->name) || is_absent(symbols, path))
		return &symbols->none;
	object = cached(symbols, path, &found);
	if (found || (vdso ? find_vdso(object) : try_path(object, "%s", path)))
		return object;
	return forget(symbols, object);
}

/* ---- the kernel and its modules ---- */

/* A module's file may have '-' where its name has '_'. */
static bool is_module_file(const char *file, const char *module)
{
	for (; *module; file++, module++)
		if (*file != *module && !(*file == '-' && *module == '_'))
			return false;
	return strncmp(file, ".ko", 3) == 0;
}

static bool is_kernel_file(const char *file, const char *module)
{
	return module[0] ? is_module_file(file, module) : strncmp(file, "vmlinux", 7) == 0;
}

static bool try_module_names(struct object *object, const char *folder, const char *module)
{
	char dashed[64];

	snprintf(dashed, sizeof(dashed), "%s", module);
	for (char *c = dashed; *c; c++)
		*c = *c == '_' ? '-' : *c;
	return try_path(object, "%s/%s.ko", folder, module) ||
	       try_path(object, "%s/%s.ko", folder, dashed);
}

static bool try_given(const struct symbols *symbols, struct object *object, const char *module,
		      const char *release)
{
	for (size_t i = 0; i < symbols->n_paths; i++) {
		const char *path = symbols->paths[i];

		if (is_kernel_file(name_in(path), module) && try_path(object, "%s", path))
			return true;
		if (module[0] ? try_module_names(object, path, module) :
				try_path(object, "%s/vmlinux-%s", path, release) ||
				try_path(object, "%s/vmlinux", path))
			return true;
	}
	return false;
}

/* /lib/modules/RELEASE/modules.dep: "kernel/fs/btrfs/btrfs.ko.xz: kernel/lib/..." */
static bool try_installed_module(struct object *object, const char *module, const char *release)
{
	char path[256], line[4096];
	bool found = false;
	FILE *list;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	list = fopen(path, "re");
	while (list && !found && fgets(line, sizeof(line), list)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		found = is_module_file(name_in(line), module) &&
			try_path(object, "/lib/modules/%s/%s", release, line);
	}
	if (list)
		fclose(list);
	return found;
}

static bool find_kernel(const struct symbols *symbols, struct object *object, const char *module,
			const char *release)
{
	if (try_given(symbols, object, module, release))
		return true;
	if (!is_plain(release))
		return false;
	if (module[0])
		return try_installed_module(object, module, release);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kernel_places); i++) {
		const char *place = kernel_places[i], *rest = strstr(place, "%s");

		if (try_path(object, "%.*s%s%s", (int)(rest - place), place, release, rest + 2))
			return true;
	}
	return false;
}

struct object *object_of_kernel(struct symbols *symbols, const char *module, const char *release)
{
	char name[256];
	struct object *object;
	bool found;

	/* No program's name has a slash. */
	snprintf(name, sizeof(name), "%s/%s", release, module);
	if (strchr(module, '/') || is_absent(symbols, name))
		return &symbols->none;
	object = cached(symbols, name, &found);
	if (found || find_kernel(symbols, object, module, release))
		return object;
	return forget(symbols, object);
}
