/* SPDX-License-Identifier: MIT */
/*
 * The page cache of files, through a mapping of our own: mincore() says what is there, pagemap and kpageflags in
 * which folios. To look changes nothing: with MADV_RANDOM nothing is read ahead, and marks stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cached.h"
#include "clock.h"
#include "sample.h"

#define WINDOW_PAGES (16ULL << 10) /* looked at at once */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_FRAME ((1ULL << 55) - 1)
/* Documentation/admin-guide/mm/pagemap.rst */
#define KPF_RECLAIM (1ULL << 9)
#define KPF_HEAD (1ULL << 15)
#define KPF_TAIL (1ULL << 16)

static int compare(const void *left, const void *right)
{
	const struct cached_file *a = left, *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

int cached_add(struct cached_files *files, uint64_t device, uint64_t inode, const char *path)
{
	struct cached_file wanted = {device, inode, NULL}, *made;

	if (!inode || path[0] != '/' || path[1] == '/' || tfind(&wanted, &files->tree, compare))
		return 0;
	made = malloc(sizeof(*made));
	if (!made)
		return -ENOMEM;
	*made = wanted;
	made->path = strdup(path);
	if (made->path && tsearch(made, &files->tree, compare))
		return 0;
	free(made->path);
	free(made);
	return -ENOMEM;
}

static void free_file(void *item)
{
	struct cached_file *file = item;

	free(file->path);
	free(file);
}

void cached_finish(struct cached_files *files)
{
	tdestroy(files->tree, free_file);
	files->tree = NULL;
}

/* ---- one file ---- */

/* What is known of a page: 0 is absent. */
#define PAGE_THERE 1
#define PAGE_HEAD 2
#define PAGE_TAIL 4
#define PAGE_MARK 8

struct look {
	int pagemap, flags; /* /proc/self/pagemap, /proc/kpageflags; -1: not allowed */
	struct cr2_traced_call call;
	cached_fn *fn;
	void *data;
	int result;
	uint8_t pages[WINDOW_PAGES];
	uint64_t frames[WINDOW_PAGES];
};

static void read_folios(struct look *look, const char *map, uint64_t n)
{
	const off_t at = (off_t)((uintptr_t)map / CR2_PAGE_SIZE * sizeof(uint64_t));

	if (look->pagemap < 0 || look->flags < 0 ||
	    pread(look->pagemap, look->frames, n * sizeof(uint64_t), at) != (ssize_t)(n * sizeof(uint64_t)))
		return;
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t frame = look->frames[i] & PAGEMAP_FRAME;
		uint64_t flags;

		if (!look->pages[i] || !(look->frames[i] & PAGEMAP_PRESENT) || !frame ||
		    pread(look->flags, &flags, sizeof(flags), (off_t)(frame * sizeof(flags))) != sizeof(flags))
			continue;
		look->pages[i] |= (flags & KPF_HEAD ? PAGE_HEAD : 0) | (flags & KPF_TAIL ? PAGE_TAIL : 0) |
				  (flags & KPF_RECLAIM ? PAGE_MARK : 0);
	}
}

static void hand_over(struct look *look, uint64_t first, uint64_t pages, unsigned order, bool mark)
{
	const uint64_t args[CR2_CALL_ARGS] = {first, pages, order, mark};

	if (look->result || !pages)
		return;
	memcpy(look->call.args, args, sizeof(args));
	look->result = look->fn(look->data, &look->call);
}

/* The order of the folio that begins here: so many pages, aligned, all of them looked at; 0: a page. */
static unsigned order_at(const struct look *look, uint64_t i, uint64_t n, uint64_t first)
{
	uint64_t pages = 1;
	unsigned order = 0;

	if (!(look->pages[i] & PAGE_HEAD))
		return 0;
	while (i + pages < n && look->pages[i + pages] & PAGE_TAIL)
		pages++;
	while (2ULL << order <= pages)
		order++;
	return (first + i) & ((1ULL << order) - 1) ? 0 : order;
}

/* Runs of folios alike; one with the mark stands by itself. */
static void hand_over_runs(struct look *look, uint64_t first, uint64_t n)
{
	uint64_t start = 0, pages = 0;
	unsigned order = 0;

	for (uint64_t i = 0, size; i < n && look->result == 0; i += size) {
		const unsigned here = look->pages[i] ? order_at(look, i, n, first) : 0;
		const bool mark = look->pages[i] & PAGE_MARK;

		size = 1ULL << here;
		if (pages && (!look->pages[i] || here != order || mark)) {
			hand_over(look, first + start, pages, order, false);
			pages = 0;
		}
		if (!look->pages[i])
			continue;
		if (mark) {
			hand_over(look, first + i, size, here, true);
			continue;
		}
		if (!pages) {
			start = i;
			order = here;
		}
		pages += size;
	}
	hand_over(look, first + start, pages, order, false);
}

/* Pages from first on; a folio that begins before is cut, one that ends behind too: windows are large. */
static void look_at_window(struct look *look, int fd, uint64_t first, uint64_t n)
{
	char *map = mmap(NULL, n * CR2_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, (off_t)(first * CR2_PAGE_SIZE));
	uint64_t from = 0;

	if (map == MAP_FAILED)
		return;
	madvise(map, n * CR2_PAGE_SIZE, MADV_RANDOM);
	if (mincore(map, n * CR2_PAGE_SIZE, look->pages) < 0) {
		munmap(map, n * CR2_PAGE_SIZE);
		return;
	}
	for (uint64_t i = 0; i <= n; i++) {
		if (i < n)
			look->pages[i] &= PAGE_THERE;
		if (i < n && look->pages[i])
			continue;
#ifdef MADV_POPULATE_READ
		if (i > from)
			madvise(map + from * CR2_PAGE_SIZE, (i - from) * CR2_PAGE_SIZE, MADV_POPULATE_READ);
#endif
		from = i + 1;
	}
	read_folios(look, map, n);
	munmap(map, n * CR2_PAGE_SIZE);
	hand_over_runs(look, first, n);
}

static void look_at_file(struct look *look, const struct cached_file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_ino == file->inode) {
		const uint64_t pages = ((uint64_t)status.st_size + CR2_PAGE_SIZE - 1) / CR2_PAGE_SIZE;

		look->call = (struct cr2_traced_call){
			.kind = CR2_CALL_CACHED, .time = trace_now(), .device = file->device, .inode = file->inode,
			.file_size = (uint64_t)status.st_size};
		for (uint64_t first = 0; first < pages && look->result == 0; first += WINDOW_PAGES)
			look_at_window(look, fd, first, pages - first < WINDOW_PAGES ? pages - first : WINDOW_PAGES);
		/* That it was looked at: what no run has is absent. */
		if (look->result == 0) {
			memset(look->call.args, 0, sizeof(look->call.args));
			look->result = look->fn(look->data, &look->call);
		}
	}
	close(fd);
}

static void look_at_node(const void *node, VISIT visit, void *data)
{
	if ((visit == postorder || visit == leaf) && ((struct look *)data)->result == 0)
		look_at_file(data, *(struct cached_file *const *)node);
}

int cached_look(const struct cached_files *files, cached_fn *fn, void *data)
{
	struct look *look = malloc(sizeof(*look));
	int r;

	if (!look)
		return -ENOMEM;
	look->fn = fn;
	look->data = data;
	look->result = 0;
	look->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	look->flags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	twalk_r(files->tree, look_at_node, look);
	if (look->pagemap >= 0)
		close(look->pagemap);
	if (look->flags >= 0)
		close(look->flags);
	r = look->result;
	free(look);
	return r;
}

/* ---- the machine ---- */

enum thp { THP_NEVER, THP_MADVISE, THP_ALWAYS };

/* "always [madvise] never" */
static enum thp read_thp(void)
{
	char text[64] = "";
	int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return THP_NEVER;
	return strstr(text, "[always]") ? THP_ALWAYS : strstr(text, "[madvise]") ? THP_MADVISE : THP_NEVER;
}

void cached_machine(const struct trace_kernel *kernel, struct cr2_traced_call *ret_call)
{
	struct sysinfo info = {0};

	sysinfo(&info);
	*ret_call = (struct cr2_traced_call){
		.kind = CR2_CALL_MACHINE, .time = trace_now(),
		.args = {read_thp(), 16 * CR2_PAGE_SIZE, kernel->la57 ? 5 : 4, kernel->no_zero_page, info.totalswap != 0,
			 info.totalram * info.mem_unit / CR2_PAGE_SIZE}};
}
