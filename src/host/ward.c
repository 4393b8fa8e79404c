/* SPDX-License-Identifier: MIT */
/* See ward.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "setting.h"

/* Room for what a process needs itself while nothing is counted; with the scenario's it is less than a batch. */
#define SLACK 31

static int write_number(const struct host_ward *ward, const char *name, uint64_t number)
{
	char path[HOST_CGROUP_PATH + 64], text[24];

	snprintf(path, sizeof(path), "%s/%s", ward->folder, name);
	snprintf(text, sizeof(text), "%" PRIu64, number);
	return setting_write(path, text);
}

static uint64_t read_of_group(const char *folder, const char *name, const char *word)
{
	char path[HOST_CGROUP_PATH + 64], text[512] = "";
	const char *at;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	at = strstr(text, word);
	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

static uint64_t used_pages(const struct host_ward *ward)
{
	return read_of_group(ward->folder, ward->unified ? "memory.current" : "memory.usage_in_bytes", "") / CR2_PAGE_SIZE;
}

static uint64_t count_kills(const struct host_ward *ward)
{
	return read_of_group(ward->folder, ward->unified ? "memory.events" : "memory.oom_control", "\noom_kill ");
}

static int set_group_limit(const struct host_ward *ward, uint64_t pages)
{
	return write_number(ward, ward->unified ? "memory.max" : "memory.limit_in_bytes", pages * CR2_PAGE_SIZE);
}

/* --- the group --- */

/* What is left of one whose runner was killed goes as soon as its processes have. */
static int remove_folder(const void *data)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	int r = 0;

	for (int i = 0; i < 200 && (r = rmdir(data) < 0 ? -errno : 0) == -EBUSY; i++)
		nanosleep(&pause, NULL);
	return r == -ENOENT ? 0 : r;
}

/* A group in which others may have memory counted: its own, or the nearest above. */
static bool may_hold(const struct host_ward *ward, const char *folder)
{
	char path[HOST_CGROUP_PATH + 64], text[256];
	int fd;
	ssize_t n;

	if (!ward->unified)
		return true;
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "memory");
}

static bool find_parent_group(struct host_ward *ward, char folder[HOST_CGROUP_PATH])
{
	char mount[HOST_CGROUP_PATH], path[HOST_CGROUP_PATH], *slash;

	if (!host_cgroup_find(&ward->unified, mount, path))
		return false;
	if (snprintf(folder, HOST_CGROUP_PATH, "%s%s", mount, path) >= HOST_CGROUP_PATH || access(folder, F_OK) < 0)
		strcpy(folder, mount);
	while (!may_hold(ward, folder)) {
		slash = strrchr(folder, '/');
		if (!slash || strlen(folder) <= strlen(mount))
			return false;
		*slash = '\0';
	}
	return true;
}

static int make_group(struct host_runner *host)
{
	struct host_ward *ward = &host->ward;
	char holder[HOST_CGROUP_PATH - 32];
	char folder[HOST_CGROUP_PATH];
	int r;

	if (!find_parent_group(ward, folder) || strlen(folder) >= sizeof(holder))
		return reason_refuse(&host->reason, -EOPNOTSUPP, "there are no control groups for memory here");
	strcpy(holder, folder);
	snprintf(ward->folder, sizeof(ward->folder), "%s/cr2-%d", holder, (int)getpid());
	r = mkdir(ward->folder, 0700) < 0 && errno != EEXIST ? -errno : 0;
	if (r == 0)
		r = guardian_start(&ward->guardian, remove_folder, ward->folder, -1);
	if (r == 0)
		return 0;
	reason_refuse(&host->reason, -EOPNOTSUPP, "no control group can be made at %s: %s", ward->folder, strerror(-r));
	rmdir(ward->folder);
	ward->folder[0] = '\0';
	return -EOPNOTSUPP;
}

/* --- what must be so --- */

#define PROBE_MAPS 4000 /* of which the kernel's descriptions take some 200 pages */
#define PROBE_PAGES 130 /* two batches */

/* In a process of its own: does the group count what the kernel needs? */
static int counts_kernel_memory(const struct host_ward *ward)
{
	if (write_number(ward, "cgroup.procs", (uint64_t)syscall(SYS_getpid)) < 0)
		return 2;
	for (int i = 0; i < PROBE_MAPS; i++)
		if (mmap(NULL, CR2_PAGE_SIZE, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			return 2;
	return used_pages(ward) >= PROBE_PAGES;
}

static int check_group(struct host_runner *host)
{
	char value[16] = "0";
	int status = 0;
	pid_t pid;

	if (setting_read("/proc/sys/vm/panic_on_oom", value, sizeof(value)) == 0 && strcmp(value, "2") == 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "this machine stops where a control group is out of "
				     "memory: sysctl vm.panic_on_oom=0");
	pid = (pid_t)syscall(SYS_clone, 0, 0, NULL, NULL, 0);
	if (pid == 0)
		syscall(SYS_exit_group, counts_kernel_memory(&host->ward));
	if (pid < 0 || waitpid(pid, &status, __WALL) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "no process can be moved to a control group");
	/* Some of what it was given, in batches, the group keeps at hand: only a new one has nothing. */
	if (remove_folder(host->ward.folder) < 0 || mkdir(host->ward.folder, 0700) < 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "the control group %s cannot be made anew: %s",
				     host->ward.folder, strerror(errno));
	if (status)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "control groups count kernel memory here: boot with "
				     "cgroup.memory=nokmem, as guests do");
	return 0;
}

int host_ward_begin(struct host_runner *host, const struct cr2_litmus *litmus)
{
	int r;

	host->ward = (struct host_ward){.guardian.pipe = -1};
	if (!host_bounds_are_set(litmus, CR2_LIMIT_MEMORY))
		return 0;
	r = make_group(host);
	return r == 0 ? check_group(host) : r;
}

int host_ward_end(struct host_ward *ward)
{
	int r = 0;

	if (!ward->folder[0])
		return 0;
	r = guardian_end(&ward->guardian);
	ward->folder[0] = '\0';
	ward->limited = false;
	return r;
}

/* --- what of it is the scenario's --- */

struct charged {
	uint64_t *frames;
	size_t n, capacity;
};

static int by_frame(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Pages that the group pays for. /proc/kpagecgroup has a group's inode for each frame. */
static int add_charged(const struct host_view *view, int groups, uint64_t inode, struct charged *charged)
{
	uint64_t owner;

	for (size_t i = 0; i < view->n_pages; i++) {
		uint64_t frame = view->pages[i].frame;

		if (view->pages[i].kind != CR2_PAGE_ANON || frame == CR2_NO_FRAME ||
		    pread(groups, &owner, sizeof(owner), (off_t)(frame * sizeof(owner))) != sizeof(owner) || owner != inode)
			continue;
		if (cr2_grow(&charged->frames, &charged->capacity, charged->n + 1, sizeof(frame)) < 0)
			return -ENOMEM;
		charged->frames[charged->n++] = frame;
	}
	return 0;
}

/* Pages of shared memory may be there although nobody maps them. */
static bool has_shared(const struct host_view *view)
{
	for (size_t i = 0; i < view->count; i++)
		if (view->regions[i].vma.shared)
			return true;
	return false;
}

/* How many pages of the scenario's there are; -EOPNOTSUPP: nobody knows. */
static int count_charged(const struct host_runner *host, uint64_t *ret_pages)
{
	int groups = open("/proc/kpagecgroup", O_RDONLY | O_CLOEXEC), r = groups < 0 ? -EOPNOTSUPP : 0;
	struct charged charged = {0};
	struct stat folder;

	if (r == 0 && stat(host->ward.folder, &folder) < 0)
		r = -errno;
	for (size_t i = 0; i < host->n_processes && r == 0; i++) {
		const struct host_view *view = &host->processes[i].now;

		r = has_shared(view) || has_shared(&host->processes[i].before) ? -EOPNOTSUPP
										: add_charged(view, groups, folder.st_ino, &charged);
	}
	if (groups >= 0)
		close(groups);
	if (charged.n)
		qsort(charged.frames, charged.n, sizeof(*charged.frames), by_frame);
	*ret_pages = charged.n > 0;
	for (size_t i = 1; i < charged.n; i++)
		*ret_pages += charged.frames[i] != charged.frames[i - 1];
	free(charged.frames);
	return r;
}

/* --- steps --- */

static int refuse_group(struct host_runner *host, int r)
{
	return r == 0 ? 0 : reason_refuse(&host->reason, -EOPNOTSUPP, "the control group %s cannot be used: %s",
					  host->ward.folder, strerror(-r));
}

/* Whom the kernel is to kill: nobody but who acts. */
static int offer(pid_t pid, bool acts)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	return setting_write(path, acts ? "1000" : "-1000");
}

static int offer_actor(struct host_runner *host)
{
	int r = 0;

	for (size_t i = 0; i < host->n_processes && r == 0; i++)
		if (host->processes[i].alive)
			r = offer(host->processes[i].pid, i == host->actor);
	return refuse_group(host, r);
}

/* A request that does nothing: what the process needs for itself, it has then. */
static int settle_actor(struct host_runner *host, uint32_t process)
{
	const struct host_request nothing = {.op.kind = CR2_OP_LIMIT, .fd = -1};
	struct host_reply reply;

	return host_channel_ask(&host->channel.slots[process], host->processes[process].pid, &nothing, &reply);
}

/* Only now: what is there already is others' to count. */
static int take_in(struct host_runner *host)
{
	int r = 0;

	for (size_t i = 0; i < host->n_processes && r == 0; i++)
		if (host->processes[i].alive)
			r = write_number(&host->ward, "cgroup.procs", (uint64_t)host->processes[i].pid);
	host->ward.kills = count_kills(&host->ward);
	return refuse_group(host, r);
}

int host_ward_before(struct host_runner *host, const struct cr2_op *op)
{
	struct host_ward *ward = &host->ward;
	int r;

	if (!ward->limited || op->kind == CR2_OP_EXIT)
		return 0;
	if (ward->lost)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "a process has ended: how much of its memory "
				     "others have, too, is not known");
	r = offer_actor(host);
	if (r < 0)
		return r;
	r = set_group_limit(ward, ward->used + ward->left + SLACK);
	if (r == 0)
		r = settle_actor(host, host->actor);
	ward->used = used_pages(ward);
	if (r == 0)
		r = set_group_limit(ward, ward->used + ward->left + (cr2_op_makes_process(op->kind) ? SLACK : 0));
	return refuse_group(host, r);
}

static int limit_memory(struct host_runner *host, const struct cr2_op *op)
{
	struct host_ward *ward = &host->ward;
	int r = take_in(host);

	ward->limited = r == 0;
	ward->left = ward->limit = op->length / CR2_PAGE_SIZE;
	ward->used = used_pages(ward);
	return r;
}

int host_ward_after(struct host_runner *host, const struct cr2_op *op, const struct cr2_outcome *outcome)
{
	struct host_ward *ward = &host->ward;
	uint64_t used = 0;
	int r = 0;

	if (op->kind == CR2_OP_LIMIT && op->flags == CR2_LIMIT_MEMORY)
		return limit_memory(host, op);
	if (!ward->limited)
		return 0;
	if (op->kind == CR2_OP_EXIT || outcome->result == CR2_RESULT_SIGKILL) {
		ward->lost |= count_charged(host, &used) < 0;
		ward->left = ward->limit - used;
		ward->used = used_pages(ward);
		return 0;
	}
	if (op->kind == CR2_OP_FORK && outcome->result == CR2_RESULT_OK)
		r = settle_actor(host, op->child);
	if (op->kind == CR2_OP_FORK && r == 0)
		r = settle_actor(host, host->actor);
	used = used_pages(ward);
	if (op->kind != CR2_OP_FORK)
		ward->left -= used - ward->used;
	ward->used = used;
	return refuse_group(host, r);
}

bool host_ward_has_killed(struct host_ward *ward)
{
	uint64_t before = ward->kills;

	if (!ward->limited)
		return false;
	ward->kills = count_kills(ward);
	return ward->kills != before;
}
