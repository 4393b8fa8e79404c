/* SPDX-License-Identifier: MIT */
/* /proc as records: what the kernel would have told, had it been asked from the beginning. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/perf/encode.h"
#include "present.h"

/* As many descriptors are open meanwhile. */
#define DEEPEST_CGROUP 100

struct process {
	uint32_t pid;
	struct perf_trailer trailer;
	struct cr2_text *bytes;
};

/* "7f00-7f10 r-xp 00001000 fe:00 123    /usr/lib/libc.so.6" */
static int append_map(const struct process *p, const char *line)
{
	struct perf_mmap2 map = {.pid = p->pid, .tid = p->pid};
	uint64_t start, end;
	char prot[5];
	struct perf_place place = {0};
	const char *name = "//anon";
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &start, &end, prot,
		   &map.offset, &place.major, &place.minor, &place.inode, &at) < 7)
		return 0;
	if (line[at])
		name = line + at;
	map.start = start;
	map.length = end - start;
	map.prot = (prot[0] == 'r' ? 1u : 0u) | (prot[1] == 'w' ? 2u : 0u) | (prot[2] == 'x' ? 4u : 0u);
	map.flags = prot[3] == 's' ? 1 : 2;
	memcpy(&map.build_id_size, &place, sizeof(place));
	return perf_encode_mmap2(&map, name, &p->trailer, p->bytes);
}

static int append_maps(const struct process *p)
{
	char path[48], *line = NULL;
	size_t size = 0;
	FILE *file;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%u/maps", p->pid);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (r == 0 && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		r = append_map(p, line);
	}
	free(line);
	fclose(file);
	return r;
}

static int append_name(const struct process *p)
{
	const struct perf_comm comm = {p->pid, p->pid};
	char path[48], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/comm", p->pid);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? -ESRCH : -errno;
	if (fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	name[15] = '\0'; /* workers of the kernel have longer ones there */
	return perf_encode_comm(&comm, name, &p->trailer, p->bytes);
}

uint32_t present_number(DIR *folder)
{
	struct dirent *entry;
	uint64_t n;

	while ((entry = readdir(folder)))
		if (cr2_parse_u64(entry->d_name, &n) == 0 && n && n <= INT32_MAX)
			return (uint32_t)n;
	return 0;
}

/* What append says of each process; one may be gone by now. */
static int append_of_all(int (*append)(uint32_t pid, uint64_t time, uint64_t id, struct cr2_text *bytes),
			 uint64_t time, uint64_t id, struct cr2_text *bytes)
{
	DIR *folder = opendir("/proc");
	uint32_t pid;
	int r = 0;

	if (!folder)
		return -errno;
	while (r != -ENOMEM && (pid = present_number(folder)))
		r = append(pid, time, id, bytes);
	closedir(folder);
	return r == -ENOMEM ? r : 0;
}

static int append_threads(const struct process *p)
{
	char path[48];
	uint32_t tid;
	DIR *folder;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%u/task", p->pid);
	folder = opendir(path);
	if (!folder)
		return -ESRCH;
	while (r == 0 && (tid = present_number(folder))) {
		const struct perf_task task = {p->pid, p->pid, tid, p->pid, p->trailer.time};

		if (tid != p->pid)
			r = perf_encode_fork(&task, &p->trailer, p->bytes);
	}
	closedir(folder);
	return r;
}

int present_append(uint32_t pid, uint64_t time, uint64_t id, struct cr2_text *bytes)
{
	const struct process process = {pid, {pid, pid, time, id}, bytes};
	int r = append_name(&process);

	if (r == 0)
		r = append_threads(&process);
	return r == 0 ? append_maps(&process) : r;
}

/* ---- pages ---- */

#define PAGEMAP_PRESENT (1ULL << 63)

#define RUN_MOST (1ULL << 20) /* pages */

static int append_run(const struct process *p, uint64_t address, uint64_t pages, uint64_t more)
{
	const struct cr2_traced_fault run = {
		.time = p->trailer.time, .ns = pages, .addr = address, .pid = p->pid, .tid = p->pid,
		.path = PERF_RESIDENT};

	return perf_encode_fault(&run, more, p->bytes);
}

/* Present pages from start to end, a record for each run of them. */
static int append_pages(const struct process *p, int pagemap, uint64_t start, uint64_t end, uint64_t more)
{
	uint64_t entries[512], run = 0, at = start;
	int r = 0;

	while (at < end && r == 0) {
		const uint64_t left = (end - at) / CR2_PAGE_SIZE;
		const size_t wanted = left < CR2_ARRAY_SIZE(entries) ? (size_t)left : CR2_ARRAY_SIZE(entries);
		ssize_t n = pread(pagemap, entries, wanted * sizeof(*entries),
				  (off_t)(at / CR2_PAGE_SIZE * sizeof(*entries)));

		if (n <= 0) /* it is gone by now */
			break;
		for (size_t i = 0; i < (size_t)n / sizeof(*entries) && r == 0; i++, at += CR2_PAGE_SIZE) {
			if (entries[i] & PAGEMAP_PRESENT)
				run++;
			if (run && (!(entries[i] & PAGEMAP_PRESENT) || at + CR2_PAGE_SIZE >= end || run == RUN_MOST)) {
				bool here = entries[i] & PAGEMAP_PRESENT;

				r = append_run(p, at - (run - here) * CR2_PAGE_SIZE, run, more);
				run = 0;
			}
		}
	}
	return r;
}

int present_append_pages(uint32_t pid, uint64_t time, uint64_t more, struct cr2_text *bytes)
{
	const struct process process = {pid, {.time = time}, bytes};
	char path[48], *line = NULL;
	size_t size = 0;
	FILE *maps;
	int pagemap, r = 0;

	snprintf(path, sizeof(path), "/proc/%u/pagemap", pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = fopen(path, "re");
	while (maps && r == 0 && getline(&line, &size, maps) > 0) {
		uint64_t start, end;

		/* The vsyscall page is the kernel's. */
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 && !(start >> 63))
			r = append_pages(&process, pagemap, start, end, more);
	}
	free(line);
	if (maps)
		fclose(maps);
	close(pagemap);
	return r;
}

int present_append_all_pages(uint64_t time, uint64_t more, struct cr2_text *bytes)
{
	return append_of_all(present_append_pages, time, more, bytes);
}

/* ---- control groups ---- */

/* What is below folder, which the hierarchy has at path. */
static int append_cgroups(int folder, const char *path, const struct perf_trailer *trailer,
			  struct cr2_text *bytes, int depth)
{
	struct stat status;
	struct dirent *entry;
	DIR *stream = fdopendir(folder);
	int r = stream && fstat(folder, &status) == 0 ? 0 : -errno;

	if (r == 0)
		r = perf_encode_cgroup(status.st_ino, path[0] ? path : "/", trailer, bytes);
	while (r == 0 && depth && (entry = readdir(stream))) {
		char below[4096];
		int fd;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    (size_t)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >= sizeof(below))
			continue;
		fd = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) /* else it is gone by now */
			r = append_cgroups(fd, below, trailer, bytes, depth - 1);
	}
	if (stream)
		closedir(stream);
	else
		close(folder);
	return r;
}

int present_append_cgroups(const char *root, uint64_t time, uint64_t id, struct cr2_text *bytes)
{
	const struct perf_trailer trailer = {.time = time, .id = id};
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : append_cgroups(fd, "", &trailer, bytes, DEEPEST_CGROUP);
}

int present_append_all(uint64_t time, uint64_t id, struct cr2_text *bytes)
{
	return append_of_all(present_append, time, id, bytes);
}
