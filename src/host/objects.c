/* SPDX-License-Identifier: MIT */
/*
 * The scenario's files: nameless, gone when closed. A page of a file is written at a time,
 * so that the page cache holds single pages, and written back at once, so that they are clean.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host.h"
#include "program.h"

#define XFS_MAGIC 0x58465342 /* not in linux/magic.h */

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21U << MAP_HUGE_SHIFT)
#endif
#ifndef SHM_HUGE_2MB
#define SHM_HUGE_2MB (21U << MAP_HUGE_SHIFT)
#endif

static const long disk_filesystems[] = {
	EXT4_SUPER_MAGIC, XFS_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
};

static bool on_disk(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || (fs.f_flags & ST_NOEXEC) || (fs.f_flags & ST_RDONLY))
		return false;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(disk_filesystems); i++)
		if ((long)fs.f_type == disk_filesystems[i])
			return true;
	return false;
}

static int open_temporary(int directory)
{
	int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* A directory fits when it is on a disk and takes nameless files. */
static int try_directory(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int file;

	if (fd < 0)
		return -1;
	file = on_disk(fd) ? open_temporary(fd) : -1;
	if (file < 0) {
		close(fd);
		return -1;
	}
	close(file);
	return fd;
}

static int find_directory(struct host_objects *objects, struct cr2_text *reason)
{
	const char *candidates[] = {getenv("TMPDIR"), "/var/tmp", "/tmp", ".", "/"};

	for (size_t i = 0; objects->directory < 0 && i < CR2_ARRAY_SIZE(candidates); i++)
		objects->directory = try_directory(candidates[i]);
	if (objects->directory < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "no disk filesystem (ext4, xfs, btrfs, f2fs) "
				   "to make files on: set TMPDIR to a directory of one");
	return 0;
}

int host_objects_begin(struct host_objects *objects, size_t n)
{
	objects->items = calloc(n ? n : 1, sizeof(*objects->items));
	if (!objects->items)
		return -ENOMEM;
	objects->count = n;
	for (size_t i = 0; i < n; i++)
		objects->items[i].fd = objects->items[i].reader = -1;
	return 0;
}

void host_objects_end(struct host_objects *objects)
{
	for (size_t i = 0; i < objects->count; i++) {
		if (objects->items[i].fd >= 0)
			close(objects->items[i].fd);
		if (objects->items[i].reader >= 0)
			close(objects->items[i].reader);
		if (objects->items[i].attached)
			shmdt(objects->items[i].attached);
	}
	free(objects->items);
	objects->items = NULL;
	objects->count = 0;
}

void host_objects_finish(struct host_objects *objects)
{
	host_objects_end(objects);
	if (objects->directory >= 0)
		close(objects->directory);
	objects->directory = -1;
}

/* A longer file would end this process with SIGXFSZ. */
static int check_size(uint64_t length, struct cr2_text *reason)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || length <= limit.rlim_cur)
		return 0;
	return reason_refuse(reason, -EOPNOTSUPP, "a file of %llu bytes is larger than files may be "
			     "here (ulimit -f)", (unsigned long long)length);
}

static int fill(int fd, uint64_t length)
{
	char page[CR2_PAGE_SIZE];

	memset(page, CR2_FILE_BYTE, sizeof(page));
	for (uint64_t at = 0; at < length; at += sizeof(page)) {
		size_t size = length - at < sizeof(page) ? length - at : sizeof(page);
		ssize_t n = pwrite(fd, page, size, (off_t)at);

		if (n != (ssize_t)size)
			return n < 0 ? -errno : -ENOSPC;
	}
	return 0;
}

/*
 * The same of a file of tmpfs whose pages would come as large ones: not so where the mapping wants none. Where a kernel
 * knows nothing of large pages, no advice is needed.
 */
static int fill_by_mapping(int fd, uint64_t length)
{
	void *map;

	if (ftruncate(fd, (off_t)length) < 0)
		return -errno;
	map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	(void)madvise(map, length, MADV_NOHUGEPAGE);
	memset(map, CR2_FILE_BYTE, length);
	munmap(map, length);
	return 0;
}

/* Maps shows numbers that stat need not (btrfs has others): a mapping of our own tells. */
static int learn_number(struct host_object *object, int maps, const void *map)
{
	struct maps_vma vma;
	int r = maps_vma_at(maps, (uintptr_t)map, &vma);

	if (r == 0) {
		object->inode = vma.inode;
		object->device = vma.device;
	}
	return r;
}

/* Is each page in the page cache, or none? */
static bool is_resident(void *map, uint64_t length, bool wanted)
{
	unsigned char pages[256];
	const size_t step = sizeof(pages) * CR2_PAGE_SIZE;

	for (uint64_t at = 0; at < length; at += step) {
		size_t n = length - at < step ? length - at : step, n_pages = (n + CR2_PAGE_SIZE - 1) / CR2_PAGE_SIZE;

		if (mincore((char *)map + at, n, pages) < 0)
			return false;
		for (size_t i = 0; i < n_pages; i++)
			if ((pages[i] & 1) != wanted)
				return false;
	}
	return true;
}

/* What the page cache does not let go of at once may wait for the file system's journal. */
static int cool(int fd, void *map, uint64_t length)
{
	for (int tries = 0; tries < 3; tries++) {
		int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);

		if (error)
			return -error;
		if (is_resident(map, length, false))
			return 0;
		if (fsync(fd) < 0)
			return -errno;
	}
	return -EAGAIN;
}

static int settle_object(struct host_object *object, const struct cr2_op *op, int maps,
			 struct cr2_text *reason)
{
	void *map = mmap(NULL, op->length, PROT_READ, MAP_SHARED, object->fd, 0);
	int r;

	if (map == MAP_FAILED)
		return -errno;
	r = learn_number(object, maps, map);
	if (r == 0 && op->cold)
		r = cool(object->fd, map, op->length);
	else if (r == 0 && !is_resident(map, op->length, true))
		r = -EAGAIN;
	munmap(map, op->length);
	if (r == -EAGAIN)
		reason_refuse(reason, r, "the page cache does not %s a new file",
			    op->cold ? "let go of" : "keep");
	return r;
}

/* program: NULL, or it is one, which its first page describes. */
static int make_content(struct host_object *object, const struct cr2_op *op, const struct cr2_op *program,
			struct cr2_text *reason)
{
	int maps = maps_open(getpid());
	int r = maps < 0 ? maps : check_size(op->length, reason);

	if (r == 0)
		r = object->shmem && !(op->flags & CR2_FILE_FULL) ? fill_by_mapping(object->fd, op->length) :
			fill(object->fd, op->length);
	if (r == 0 && program)
		r = host_program_describe(object->fd, program);
	if (r == 0 && program && fchmod(object->fd, 0700) < 0)
		r = -errno;
	/* With its transaction: committed later, that would write what the scenario stores back. */
	if (r == 0 && !object->shmem && fsync(object->fd) < 0)
		r = -errno;
	if (r == 0)
		r = settle_object(object, op, maps, reason);
	if (maps >= 0)
		close(maps);
	return r;
}

/* A tmpfs of so many pages, which nobody sees and which lives as long as its file. */
static int open_full(uint64_t pages, struct cr2_text *reason)
{
	char blocks[24];
	int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), mount = -1, fd = -1, error;

	snprintf(blocks, sizeof(blocks), "%llu", (unsigned long long)pages);
	if (fs >= 0 && syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "nr_blocks", blocks, 0) == 0 &&
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (mount >= 0)
		fd = openat(mount, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	error = errno;
	if (mount >= 0)
		close(mount);
	if (fs >= 0)
		close(fs);
	return fd >= 0 ? fd : reason_refuse(reason, -EOPNOTSUPP, "no tmpfs can be mounted for a file on a full disk: %s",
					    strerror(error));
}

static int open_object(struct host_objects *objects, const struct cr2_op *op, struct cr2_text *reason)
{
	int fd, r;

	if (op->flags & CR2_FILE_FULL)
		return open_full((op->length + CR2_PAGE_SIZE - 1) / CR2_PAGE_SIZE, reason);
	if (op->kind == CR2_OP_SHMEM) {
		fd = memfd_create("cr2", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		return fd < 0 ? -errno : fd;
	}
	r = find_directory(objects, reason);
	return r < 0 ? r : open_temporary(objects->directory);
}

static int reopen(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	return again < 0 ? -errno : again;
}

static int open_reader(struct host_object *object)
{
	int error;

	object->reader = reopen(object->fd);
	if (object->reader < 0)
		return object->reader;
	error = posix_fadvise(object->reader, 0, 0, POSIX_FADV_RANDOM);
	return -error;
}

/* Open for reading alone from now on. */
static int give_up_writing(struct host_object *object)
{
	int fd = reopen(object->fd);

	if (fd < 0)
		return fd;
	close(object->fd);
	object->fd = fd;
	return 0;
}

/* Of those that are removed at once, so that nobody need be there to do it: it goes when nobody has it attached. */
static void *attach_segment(int segment)
{
	void *at = segment < 0 ? (void *)-1 : shmat(segment, NULL, SHM_RDONLY);

	if (segment >= 0)
		shmctl(segment, IPC_RMID, NULL);
	return at;
}

/* Its number is the inode's, which tells it from memory without one: the kernel's first, which has 0, is not taken. */
static int get_segment(const struct host_object *object, uint64_t length)
{
	const int first = shmget(IPC_PRIVATE, CR2_PAGE_SIZE, 0600);
	int segment, error;

	if (first > 0)
		shmctl(first, IPC_RMID, NULL);
	segment = shmget(IPC_PRIVATE, length, 0600 | (object->hugetlb ? SHM_HUGETLB | SHM_HUGE_2MB : 0));
	error = errno;
	if (first == 0)
		shmctl(first, IPC_RMID, NULL);
	errno = error;
	return segment;
}

/* Where the pool has not the pages, there is none: -ENOMEM. */
static int create_segment(struct host_object *object, const struct cr2_op *op, struct cr2_text *reason)
{
	int maps, r;

	object->segment = get_segment(object, op->length);
	object->absent = object->segment < 0 && object->hugetlb && errno == ENOMEM;
	object->attached = attach_segment(object->segment);
	if (object->attached == (void *)-1) {
		object->attached = NULL;
		return object->absent ? -ENOMEM : reason_refuse(reason, -EOPNOTSUPP, "no System V segment of %llu bytes can be "
								"had here: %s", (unsigned long long)op->length, strerror(errno));
	}
	maps = maps_open(getpid());
	r = maps < 0 ? maps : learn_number(object, maps, object->attached);
	if (maps >= 0)
		close(maps);
	return r;
}

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* Its size is said once. */
static int create_secret(struct host_object *object, const struct cr2_op *op, struct cr2_text *reason)
{
	int maps = maps_open(getpid()), r = maps < 0 ? maps : 0;
	void *map = MAP_FAILED;

	object->fd = (int)syscall(SYS_memfd_secret, (long)O_CLOEXEC);
	if (object->fd < 0)
		r = reason_refuse(reason, -EOPNOTSUPP, "no secret memory here (%s): it takes CONFIG_SECRETMEM, and before "
				  "Linux 6.5 secretmem.enable=1 on the kernel's command line", strerror(errno));
	if (r == 0 && ftruncate(object->fd, (off_t)op->length) < 0)
		r = -errno;
	if (r == 0)
		map = mmap(NULL, op->length, PROT_READ, MAP_SHARED, object->fd, 0);
	if (r == 0)
		r = map == MAP_FAILED ? -errno : learn_number(object, maps, map);
	if (map != MAP_FAILED)
		munmap(map, op->length);
	if (maps >= 0)
		close(maps);
	return r;
}

/* Mapped without a reservation, it is promised no page. */
static int create_hugetlb(struct host_object *object, const struct cr2_op *op, struct cr2_text *reason)
{
	int maps = maps_open(getpid()), r = maps < 0 ? maps : check_size(op->length, reason);
	void *map = MAP_FAILED;

	object->fd = memfd_create("cr2", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_HUGE_2MB);
	if (object->fd < 0)
		r = reason_refuse(reason, -EOPNOTSUPP, "no file of 2 MiB pages here (memfd_create, MFD_HUGETLB): %s", strerror(errno));
	if (r == 0 && ftruncate(object->fd, (off_t)op->length) < 0)
		r = -errno;
	if (r == 0)
		map = mmap(NULL, CR2_HUGE_SIZE, PROT_READ, MAP_SHARED | MAP_NORESERVE, object->fd, 0);
	if (r == 0)
		r = map == MAP_FAILED ? -errno : learn_number(object, maps, map);
	if (map != MAP_FAILED)
		munmap(map, CR2_HUGE_SIZE);
	if (maps >= 0)
		close(maps);
	return r;
}

int host_object_create(struct host_objects *objects, const struct cr2_op *op,
		       struct cr2_text *reason)
{
	struct host_object object = {
		.reader = -1, .fd = -1,
		.shmem = op->kind == CR2_OP_SHMEM || op->kind == CR2_OP_SECRET,
		.hugetlb = op->flags & CR2_FILE_HUGETLB,
		.zeros = op->length % CR2_PAGE_SIZE || op->kind == CR2_OP_SECRET || op->kind == CR2_OP_SHM ||
			 op->flags & CR2_FILE_HUGETLB,
	};
	const struct cr2_op *program = NULL;
	struct cr2_op file = *op;
	int r;

	if (op->kind == CR2_OP_SHM || op->kind == CR2_OP_SECRET) {
		r = op->kind == CR2_OP_SHM ? create_segment(&object, op, reason) : create_secret(&object, op, reason);
		objects->items[op->object] = object;
		return r;
	}
	if (object.hugetlb) {
		r = create_hugetlb(&object, op, reason);
		objects->items[op->object] = object;
		return r;
	}
	if (op->kind == CR2_OP_PROGRAM) {
		file.kind = CR2_OP_FILE;
		file.length = CR2_PAGE_SIZE + op->length + op->new_length;
		file.flags = CR2_FILE_READ_ONLY;
		program = op;
		op = &file;
		object.zeros = file.length % CR2_PAGE_SIZE;
	}
	object.fd = open_object(objects, op, reason);
	if (object.fd < 0)
		return object.fd;
	r = make_content(&object, op, program, reason);
	if (r == 0 && !object.shmem)
		r = open_reader(&object);
	if (r == 0 && op->flags & CR2_FILE_READ_ONLY)
		r = give_up_writing(&object);
	if (r < 0) {
		close(object.fd);
		if (object.reader >= 0)
			close(object.reader);
		return r;
	}
	objects->items[op->object] = object;
	return 0;
}

int host_object_reader(const struct host_object *object)
{
	return object->reader >= 0 ? object->reader : object->fd;
}

uint32_t host_object_find(const struct host_objects *objects, const struct maps_vma *vma)
{
	for (uint32_t i = 0; vma->inode && i < objects->count; i++) {
		const struct host_object *object = &objects->items[i];

		if (host_object_is_made(object) && object->inode == vma->inode && object->device == vma->device)
			return i;
	}
	return CR2_NO_OBJECT;
}
