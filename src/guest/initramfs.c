/* SPDX-License-Identifier: MIT */
/* What a guest unpacks as its root: cr2, the modules, the caller's files, and what to run. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

/* A program without an interpreter needs no libraries. */
static bool is_static(const char *path)
{
	FILE *file = fopen(path, "re");
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	bool found;

	if (!file)
		return false;
	found = fread(&header, sizeof(header), 1, file) == 1 &&
		memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
		fseek(file, (long)header.e_phoff, SEEK_SET) == 0;
	for (unsigned i = 0; found && i < header.e_phnum; i++)
		found = fread(&segment, sizeof(segment), 1, file) == 1 &&
			segment.p_type != PT_INTERP;
	fclose(file);
	return found;
}

/* This program itself, or cr2-static beside it. */
static int find_program(char *path, size_t size, struct cr2_text *reason)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return guest_fail(reason, -errno, "/proc/self/exe: %s%s", strerror(errno), errno == ENOENT ?
				  "; guests take /proc: as root, mount -t proc proc /proc" : "");
	self[n] = '\0';
	snprintf(path, size, "%s", self);
	if (is_static(path))
		return 0;
	snprintf(path, size, "%s/cr2-static", dirname(self));
	if (is_static(path))
		return 0;
	return guest_fail(reason, -ENOENT, "a guest needs %s, which is not there; "
			  "build cr2 with -Dstatic=enabled", path);
}

/* The folders on the way to path, each once. */
static void put_folders(struct guest_cpio *cpio, const char *path, char *last, size_t size)
{
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		size_t n = (size_t)(slash - path);

		if (strncmp(last, path, n) == 0 && (last[n] == '/' || last[n] == '\0'))
			continue;
		snprintf(last, size, "%.*s", (int)n, path);
		guest_cpio_folder(cpio, last);
	}
}

static int put_file(struct guest_cpio *cpio, const char *path, const char *source, char *last,
		    struct cr2_text *reason)
{
	int r;

	put_folders(cpio, path, last, PATH_MAX);
	r = guest_cpio_file(cpio, path, source);
	return r < 0 ? guest_fail(reason, r, "%s: %s", source, strerror(-r)) : 0;
}

/* Into a folder of its own each, whatever their names; listed in the order to load them. */
static int put_module(struct guest_cpio *cpio, const char *source, struct cr2_text *list,
		      char *last, struct cr2_text *reason)
{
	const char *slash = strrchr(source, '/');
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "/guest/%u/%s", cpio->inode, slash ? slash + 1 : source);
	r = cr2_text_printf(list, "%s\n", path);
	return r < 0 ? r : put_file(cpio, path, source, last, reason);
}

static int put_modules(struct guest_cpio *cpio, const struct cr2_guest_config *config, char *last,
		       struct cr2_text *reason)
{
	const struct cr2_guest_kernel *kernel = config->kernel;
	struct cr2_text list = {0};
	int r = 0;

	for (size_t i = 0; i < kernel->n_modules && r == 0; i++)
		r = put_module(cpio, kernel->modules[i], &list, last, reason);
	for (size_t i = 0; i < config->n_modules && r == 0; i++)
		r = put_module(cpio, config->modules[i], &list, last, reason);
	if (r == 0)
		r = guest_cpio_data(cpio, GUEST_MODULES, 0644, list.data ? list.data : "",
				    list.length);
	cr2_text_finish(&list);
	return r;
}

static int put_command(struct guest_cpio *cpio, const char *const *command)
{
	struct cr2_text words = {0};
	int r = 0;

	for (; *command && r == 0; command++)
		r = cr2_text_append_n(&words, *command, strlen(*command) + 1);
	if (r == 0)
		r = guest_cpio_data(cpio, GUEST_COMMAND, 0644, words.data ? words.data : "",
				    words.length);
	cr2_text_finish(&words);
	return r;
}

static int put_disks(struct guest_cpio *cpio, const struct cr2_guest_config *config)
{
	struct cr2_text list = {0};
	int r = 0;

	if (config->disk)
		r = cr2_text_append(&list, GUEST_DISK_SERIAL "\n");
	if (r == 0 && config->swap)
		r = cr2_text_append(&list, GUEST_SWAP_SERIAL "\n");
	if (r == 0)
		r = guest_cpio_data(cpio, GUEST_DISKS, 0644, list.data ? list.data : "", list.length);
	cr2_text_finish(&list);
	return r;
}

static int put_all(struct guest_cpio *cpio, const struct cr2_guest_config *config,
		   struct cr2_text *reason)
{
	char program[PATH_MAX], last[PATH_MAX] = "";
	int r = 0;

	if (config->program)
		snprintf(program, sizeof(program), "%s", config->program);
	else
		r = find_program(program, sizeof(program), reason);
	if (r == 0 && config->program && !is_static(program))
		r = guest_fail(reason, -EINVAL, "%s is not a static program", program);
	if (r == 0)
		r = put_file(cpio, GUEST_PROGRAM, program, last, reason);
	put_folders(cpio, GUEST_COMMAND, last, sizeof(last));
	if (r == 0)
		r = put_modules(cpio, config, last, reason);
	if (r == 0)
		r = put_command(cpio, config->command);
	if (r == 0)
		r = put_disks(cpio, config);
	for (size_t i = 0; i < config->n_files && r == 0; i++)
		r = put_file(cpio, config->files[i].path, config->files[i].source, last, reason);
	return r < 0 ? r : guest_cpio_end(cpio);
}

int guest_initramfs(const struct cr2_guest_config *config, int *ret_fd, struct cr2_text *reason)
{
	struct guest_cpio cpio = {.fd = memfd_create("initramfs", MFD_CLOEXEC)};
	int r;

	if (cpio.fd < 0)
		return guest_fail(reason, -errno, "memfd_create: %s", strerror(errno));
	r = put_all(&cpio, config, reason);
	if (r < 0) {
		if (!reason->length)
			guest_fail(reason, r, "cannot make an initramfs: %s", strerror(-r));
		close(cpio.fd);
		return r;
	}
	*ret_fd = cpio.fd;
	return 0;
}
