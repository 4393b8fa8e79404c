/* SPDX-License-Identifier: MIT */
/*
 * Finds the files. A process in a container has its own /tmp and its own number there. Anybody may put a file of that
 * name there: it counts where it belongs to the process's user, to root or to us, and is a regular file.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "jit.h"

/* Beyond these nothing is read, and that is said. */
#define FUNCTIONS_MOST (1u << 21)
#define RECORD_MOST (16u << 20)
#define CHUNK (1u << 16) /* a longer line is none */
#define AGAIN_NS 10000000 /* after so long a file that grows is looked at again, or one that was not there */

struct source {
	dev_t device;
	ino_t inode;
	uint64_t at; /* what was read up to there; 0: nothing */
	bool dump, other_clock, ended;
};
struct process {
	struct jit_table table;
	struct source source;
	bool looked;
	uint64_t next; /* from that time on there may be more */
};
struct jit {
	bool live;
	struct hash numbers; /* (pid, 0): in processes, from 1 */
	struct process *processes;
	size_t n, capacity;
	uint8_t *room; /* CHUNK bytes, or a record */
	size_t room_capacity;
	struct cr2_text refused;
};

int jit_create(bool live, struct jit **ret_jit)
{
	struct jit *jit = calloc(1, sizeof(*jit));

	if (!jit)
		return -ENOMEM;
	jit->live = live;
	*ret_jit = jit;
	return 0;
}

void jit_destroy(struct jit *jit)
{
	if (!jit)
		return;
	for (size_t i = 0; i < jit->n; i++)
		jit_table_finish(&jit->processes[i].table);
	free(jit->processes);
	free(jit->room);
	hash_finish(&jit->numbers);
	cr2_text_finish(&jit->refused);
	free(jit);
}

const char *jit_refused(const struct jit *jit)
{
	return jit->refused.length ? jit->refused.data : NULL;
}

/* Once: the first. */
static void refuse(struct jit *jit, const char *path, const char *why)
{
	if (!jit->refused.length)
		cr2_text_printf(&jit->refused, "%s: %s", path, why);
}

/* ---- which file ---- */

static bool is_theirs(uint64_t pid, uid_t owner)
{
	struct stat process;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%" PRIu64, pid);
	return owner == 0 || owner == geteuid() || (stat(path, &process) == 0 && process.st_uid == owner);
}

/* Its descriptor, or a negative errno. */
static int open_file(struct jit *jit, uint64_t pid, const char *path, struct stat *ret_status)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret_status) == 0 && S_ISREG(ret_status->st_mode)) {
		if (is_theirs(pid, ret_status->st_uid))
			return fd;
		refuse(jit, path, "names of code are read from files of the process's user, of root or of one's own only");
	}
	close(fd);
	return -EACCES;
}

/* The number that the process has for itself; what it is called by here where it has no other. */
static uint64_t own_number(uint64_t pid)
{
	char path[40], line[256];
	uint64_t number = pid;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		const char *last = strrchr(line, '\t');

		if (strncmp(line, "NSpid:", 6) == 0 && last && sscanf(last, "%" SCNu64, &number) == 1)
			break;
	}
	if (file)
		fclose(file);
	return number;
}

/* dump: NULL: the map file. As the process sees it, then as we do. */
static int open_source(struct jit *jit, uint64_t pid, const char *dump, char *ret_path, size_t size,
		       struct stat *ret_status)
{
	int fd = -ENOENT;

	if (jit->live && dump)
		snprintf(ret_path, size, "/proc/%" PRIu64 "/root%s", pid, dump);
	else if (jit->live)
		snprintf(ret_path, size, "/proc/%" PRIu64 "/root/tmp/perf-%" PRIu64 ".map", pid, own_number(pid));
	if (jit->live)
		fd = open_file(jit, pid, ret_path, ret_status);
	if (fd >= 0)
		return fd;
	if (dump)
		snprintf(ret_path, size, "%s", dump);
	else
		snprintf(ret_path, size, "/tmp/perf-%" PRIu64 ".map", pid);
	return open_file(jit, pid, ret_path, ret_status);
}

/* ---- what is new in it ---- */

static int make_room(struct jit *jit, size_t n)
{
	return cr2_grow(&jit->room, &jit->room_capacity, n, 1);
}

static bool is_full(struct jit *jit, struct process *p, const char *path)
{
	if (p->table.n < FUNCTIONS_MOST)
		return false;
	p->source.ended = true;
	refuse(jit, path, "it has more than 2097152 functions: the others have no names");
	return true;
}

static int read_map(struct jit *jit, struct process *p, int fd, const char *path)
{
	ssize_t n = 0;
	int r = make_room(jit, CHUNK);

	while (r == 0 && !is_full(jit, p, path) && (n = pread(fd, jit->room, CHUNK, (off_t)p->source.at)) > 0) {
		int64_t taken = jit_table_map(&p->table, (const char *)jit->room, (size_t)n);

		if (taken == 0 && n < CHUNK) /* its last line is being written */
			break;
		p->source.at += taken > 0 ? (uint64_t)taken : CHUNK;
		r = taken < 0 ? (int)taken : 0;
	}
	return r;
}

/* A jitdump begins with its head. False: this is none, or not all of it is there yet. */
static bool read_head(struct jit *jit, struct source *source, int fd, const char *path)
{
	struct jit_head head;

	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return false;
	source->ended = head.magic != JIT_MAGIC || head.size < sizeof(head);
	if (source->ended)
		refuse(jit, path, "it is no jitdump of this machine");
	source->other_clock = head.flags & JIT_OTHER_CLOCK;
	source->at = head.size;
	return !source->ended;
}

/* Its bytes up to the code, which is not looked at. */
static int take_record(struct jit *jit, struct process *p, int fd, const struct jit_record *record)
{
	const size_t wanted = record->kind == JIT_LOAD && record->size > CHUNK ? CHUNK : record->size;
	ssize_t n;
	int r;

	if (record->kind > JIT_LINES || record->size > RECORD_MOST)
		return 0;
	r = make_room(jit, wanted);
	n = r == 0 ? pread(fd, jit->room, wanted, (off_t)p->source.at) : 0;
	return n == (ssize_t)wanted ? jit_table_record(&p->table, jit->room, wanted) : r;
}

/* As far as that time: what stands behind may have another function at the same place. */
static int read_dump(struct jit *jit, struct process *p, int fd, uint64_t size, uint64_t time, const char *path)
{
	struct source *source = &p->source;
	struct jit_record record;
	int r = 0;

	if (source->at == 0 && !read_head(jit, source, fd, path))
		return 0;
	while (r == 0 && !is_full(jit, p, path) &&
	       pread(fd, &record, sizeof(record), (off_t)source->at) == (ssize_t)sizeof(record)) {
		const bool later = !source->other_clock && record.time > time;

		if (record.size < sizeof(record)) {
			source->ended = true;
			refuse(jit, path, "it is damaged: what stands behind has no names");
			break;
		}
		if (later)
			p->next = record.time;
		if (later || record.size > size - source->at)
			break;
		r = take_record(jit, p, fd, &record);
		source->at += record.size;
	}
	return r;
}

/* Another file than the last time: what that one said does not count. */
static void begin(struct process *p, const struct stat *status, bool dump)
{
	if (p->source.inode == status->st_ino && p->source.device == status->st_dev && p->source.dump == dump &&
	    (uint64_t)status->st_size >= p->source.at)
		return;
	jit_table_finish(&p->table);
	p->source = (struct source){.device = status->st_dev, .inode = status->st_ino, .dump = dump};
}

static int read_new(struct jit *jit, struct process *p, uint64_t pid, const char *dump, uint64_t time)
{
	struct stat status;
	char path[4096];
	int fd = open_source(jit, pid, dump, path, sizeof(path), &status), r = 0;

	if (fd < 0)
		return 0;
	begin(p, &status, dump);
	if (!p->source.ended)
		r = dump ? read_dump(jit, p, fd, (uint64_t)status.st_size, time, path) : read_map(jit, p, fd, path);
	close(fd);
	return r;
}

/* ---- */

static struct process *process_of(struct jit *jit, uint64_t pid)
{
	uint64_t number = hash_get(&jit->numbers, pid, 0);

	if (number)
		return &jit->processes[number - 1];
	if (cr2_grow(&jit->processes, &jit->capacity, jit->n + 1, sizeof(*jit->processes)) < 0 ||
	    hash_set(&jit->numbers, pid, 0, jit->n + 1) < 0)
		return NULL;
	jit->processes[jit->n] = (struct process){0};
	jit_table_init(&jit->processes[jit->n].table);
	return &jit->processes[jit->n++];
}

static int look(struct jit *jit, struct process *p, uint64_t pid, const char *dump, uint64_t time)
{
	p->looked = true;
	p->next = jit->live ? time + AGAIN_NS : UINT64_MAX;
	return read_new(jit, p, pid, dump, time);
}

int jit_find(struct jit *jit, uint64_t pid, const char *dump, uint64_t time, uint64_t address,
	     struct jit_place *ret_place)
{
	struct process *p = process_of(jit, pid);
	int r = p ? 0 : -ENOMEM;

	if (r == 0 && (!p->looked || time >= p->next || p->source.dump != (dump != NULL)))
		r = look(jit, p, pid, dump, time);
	if (r < 0 || jit_table_find(&p->table, address, ret_place))
		return r;
	/* It may have been told since. */
	if (jit->live && p->source.inode)
		r = look(jit, p, pid, dump, time);
	if (r == 0)
		r = jit_table_find(&p->table, address, ret_place) ? 0 : -ENOENT;
	return r;
}
