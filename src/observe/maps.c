/* SPDX-License-Identifier: MIT */
/*
 * The mappings of an actor as the kernel sees them: asked one by one where the kernel offers
 * that (PROCMAP_QUERY, Linux 6.11), else read from the text of /proc/PID/maps.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cr2/base.h>
#include <cr2/record.h>

#include "base/stream.h"

#include "maps.h"

/* The kernel's interface, spelt out because headers before 6.11 lack it. */
struct map_query {
	uint64_t size;
	uint64_t query_flags;
	uint64_t query_address;
	uint64_t start, end;
	uint64_t flags;
	uint64_t page_size;
	uint64_t offset;
	uint64_t inode;
	uint32_t device_major, device_minor;
	uint32_t name_size, build_id_size;
	uint64_t name, build_id;
};
_Static_assert(sizeof(struct map_query) == 104, "as the kernel has it");
#define MAP_QUERY _IOWR('f', 17, struct map_query)
#define MAP_QUERY_SHARED 0x08 /* the flags below it are the CR2_PROT_ bits */
#define MAP_QUERY_OR_NEXT 0x10

int maps_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static uint64_t device_number(uint64_t major, uint64_t minor)
{
	return major << 32 | minor;
}

static int query(int maps, uint64_t address, struct maps_vma *ret_vma)
{
	struct map_query q = {
		.size = sizeof(q),
		.query_flags = MAP_QUERY_OR_NEXT,
		.query_address = address,
	};

	if (ioctl(maps, MAP_QUERY, &q) < 0)
		return -errno;
	*ret_vma = (struct maps_vma){
		.start = q.start,
		.end = q.end,
		.offset = q.offset,
		.inode = q.inode,
		.device = device_number(q.device_major, q.device_minor),
		.prot = q.flags & (CR2_PROT_READ | CR2_PROT_WRITE | CR2_PROT_EXEC),
		.shared = q.flags & MAP_QUERY_SHARED,
		.hugetlb = q.page_size >= CR2_HUGE_SIZE,
		.gigantic = q.page_size == CR2_GIGANTIC_SIZE,
	};
	return 0;
}

/* "7f00-7f40 rw-s 00001000 fe:01 1234  /a/name" */
static bool parse_line(const char *line, struct maps_vma *ret_vma)
{
	struct maps_vma vma = {0};
	uint64_t major, minor;
	char perms[5];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %" SCNx64 ":%" SCNx64 " %" SCNu64,
		   &vma.start, &vma.end, perms, &vma.offset, &major, &minor, &vma.inode) != 7)
		return false;
	vma.device = device_number(major, minor);
	vma.prot = (perms[0] == 'r' ? CR2_PROT_READ : 0) | (perms[1] == 'w' ? CR2_PROT_WRITE : 0) |
		   (perms[2] == 'x' ? CR2_PROT_EXEC : 0);
	vma.shared = perms[3] == 's';
	vma.hugetlb = strstr(line, " /anon_hugepage (deleted)\n"); /* the kernel's name, which no file has */
	/* The text does not say it; it is taken to be so where it can. */
	vma.gigantic = vma.hugetlb && !((vma.start | vma.end) & (CR2_GIGANTIC_SIZE - 1));
	*ret_vma = vma;
	return true;
}

static int read_maps(int maps, struct cr2_text *text)
{
	int fd = fcntl(maps, F_DUPFD_CLOEXEC, 0), r;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	rewind(file);
	r = stream_read(file, SIZE_MAX, text);
	fclose(file);
	return r;
}

/* Calls fn with each mapping, until it returns what is not 0; returns that. */
static int for_each_line(int maps, int (*fn)(void *data, const struct maps_vma *vma), void *data)
{
	struct cr2_text text = {0};
	struct maps_vma vma;
	int r = read_maps(maps, &text);

	for (char *line = text.data; r == 0 && line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (parse_line(line, &vma))
			r = fn(data, &vma);
	}
	cr2_text_finish(&text);
	return r;
}

struct search {
	uint64_t address;
	struct maps_vma found;
};

static int is_at_or_above(void *data, const struct maps_vma *vma)
{
	struct search *search = data;

	if (vma->end <= search->address)
		return 0;
	search->found = *vma;
	return 1;
}

static int search(int maps, uint64_t address, struct maps_vma *ret_vma)
{
	struct search search = {.address = address};
	int r = for_each_line(maps, is_at_or_above, &search);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_vma = search.found;
	return 0;
}

/* The kernel's gate page is in the text of maps, and not for PROCMAP_QUERY. */
#define USER_END 0xff00000000000000ULL

int maps_vma_at(int maps, uint64_t address, struct maps_vma *ret_vma)
{
	struct maps_vma vma;
	int r = query(maps, address, &vma);

	if (r == -ENOTTY)
		r = search(maps, address, &vma);
	if (r == 0 && vma.start >= USER_END)
		return -ENOENT;
	if (r == 0)
		*ret_vma = vma;
	return r;
}

static int add(struct maps_vmas *vmas, const struct maps_vma *vma)
{
	int r = cr2_grow(&vmas->items, &vmas->capacity, vmas->count + 1, sizeof(*vmas->items));

	if (r == 0)
		vmas->items[vmas->count++] = *vma;
	return r;
}

struct selection {
	uint64_t start, end;
	struct maps_vmas *vmas;
};

static int add_inside(void *data, const struct maps_vma *vma)
{
	const struct selection *selection = data;

	if (vma->end <= selection->start || vma->start >= selection->end)
		return 0;
	return add(selection->vmas, vma);
}

int maps_read_text(int maps, uint64_t start, uint64_t end, struct maps_vmas *vmas)
{
	struct selection selection = {start, end, vmas};

	vmas->count = 0;
	return for_each_line(maps, add_inside, &selection);
}

int maps_read(int maps, uint64_t start, uint64_t end, struct maps_vmas *vmas)
{
	struct maps_vma vma = {.end = start};
	int r;

	vmas->count = 0;
	do {
		r = query(maps, vma.end, &vma);
		if (r == -ENOTTY)
			return maps_read_text(maps, start, end, vmas);
		if (r == 0 && vma.start < end)
			r = add(vmas, &vma);
	} while (r == 0 && vma.start < end);
	return r == -ENOENT ? 0 : r;
}
