/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>

#include "base/reason.h"

#include "limits.h"

/* Stacks are the actors' affair (actor.c). */
static const int kinds[HOST_LIMITS] = {
	RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK,
};

static void raise_one(struct host_limits *limits, size_t i)
{
	struct rlimit *before = &limits->before[i], raised;

	if (getrlimit(kinds[i], before) < 0 || before->rlim_cur == before->rlim_max)
		return;
	raised = (struct rlimit){.rlim_cur = before->rlim_max, .rlim_max = before->rlim_max};
	limits->raised[i] = setrlimit(kinds[i], &raised) == 0;
}

/* One of them is the folder itself. */
static size_t count_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n ? n - 1 : 0;
}

static bool allows(size_t all, struct rlimit *ret_limit)
{
	return getrlimit(RLIMIT_NOFILE, ret_limit) < 0 || ret_limit->rlim_cur >= all;
}

bool host_limits_allow(size_t files)
{
	struct rlimit limit;

	return allows(count_open_files() + files, &limit);
}

static int check_files(size_t files, struct cr2_text *reason)
{
	size_t all = count_open_files() + files;
	struct rlimit limit;

	if (allows(all, &limit))
		return 0;
	return reason_refuse(reason, -EOPNOTSUPP, "the scenario takes %zu open files, and the hard limit "
			     "is %llu (ulimit -H -n)", all, (unsigned long long)limit.rlim_cur);
}

int host_limits_begin(struct host_limits *limits, size_t files, struct cr2_text *reason)
{
	for (size_t i = 0; i < HOST_LIMITS; i++)
		raise_one(limits, i);
	return check_files(files, reason);
}

void host_limits_end(struct host_limits *limits)
{
	for (size_t i = 0; i < HOST_LIMITS; i++) {
		if (limits->raised[i])
			setrlimit(kinds[i], &limits->before[i]);
		limits->raised[i] = false;
	}
}
