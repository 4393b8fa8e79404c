/* SPDX-License-Identifier: MIT */
/*
 * System settings that a scenario asks for. They are changed only where they differ, and put
 * back by the guardian (guardian.c). Runners that change settings exclude all
 * others.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "observe/rights.h"
#include "host.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define FAULT_AROUND "/sys/kernel/debug/fault_around_bytes"
#define LOCK "/sys/kernel/mm"
#define LOCK_TRIES 15000 /* half a minute */
#define ZSWAP "/sys/module/zswap/parameters/enabled"

/* The value: the line's first word, or of several the one in brackets. */
static void pick_value(char *text)
{
	char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;

	if (close) {
		*close = '\0';
		memmove(text, open + 1, strlen(open + 1) + 1);
	} else {
		text[strcspn(text, " \t\n")] = '\0';
	}
}

static int read_value(const char *path, char *value, size_t size)
{
	char text[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	text[n] = '\0';
	pick_value(text);
	if (strlen(text) >= size)
		return -EOVERFLOW;
	strcpy(value, text);
	return 0;
}

static int refuse(const char *path, int err, const char *wanted, struct cr2_text *reason)
{
	bool missing = err == -ENOENT || err == -ENODEV;

	if (err == -EACCES)
		return reason_refuse(reason, -EPERM, "%s may not be set to %s: run as root; " RIGHTS_ELSE,
				     path, wanted);
	return reason_refuse(reason, -EOPNOTSUPP, missing ? "%s: this kernel lacks it" :
			   "%s cannot be set to %s here: %s", path, wanted, strerror(-err));
}

/* Puts it on the list when the system has another value. */
static int want(struct host_list *list, const char *path, const char *wanted,
		struct cr2_text *reason)
{
	struct host_setting *setting = &list->items[list->n];
	int r;

	if (list->n == CR2_ARRAY_SIZE(list->items))
		return -E2BIG;
	r = read_value(path, setting->saved, sizeof(setting->saved));
	if (r < 0)
		return refuse(path, r, wanted, reason);
	if (strcmp(setting->saved, wanted) == 0)
		return 0;
	snprintf(setting->path, sizeof(setting->path), "%s", path);
	snprintf(setting->wanted, sizeof(setting->wanted), "%s", wanted);
	list->n++;
	return 0;
}

/* Enable only the PMD size; some folders belong to other kinds of memory. */
static int want_sizes(struct host_list *list, struct cr2_text *reason)
{
	DIR *dir = opendir(THP);
	struct dirent *entry;
	int r = 0;

	while (r == 0 && dir && (entry = readdir(dir))) {
		char path[sizeof(THP) + 280];

		if (strncmp(entry->d_name, "hugepages-", 10) != 0)
			continue;
		snprintf(path, sizeof(path), THP "%s/enabled", entry->d_name);
		if (access(path, F_OK) < 0)
			continue;
		r = want(list, path, strcmp(entry->d_name, "hugepages-2048kB") == 0 ? "inherit" : "never",
			 reason);
	}
	if (dir)
		closedir(dir);
	return r;
}

static int want_thp(struct host_list *list, enum cr2_thp thp, struct cr2_text *reason)
{
	/* Asleep for 49 days; any time longer than a scenario would do. */
	static const char asleep[] = "4294967295";
	int r;

	if (thp == CR2_THP_NEVER) /* the actors see to it: prctl */
		return 0;
	/* It makes a pass when its sleep is set: it then finds almost nothing to do. */
	r = want(list, THP "khugepaged/max_ptes_none", "0", reason);
	if (r == 0)
		r = want(list, THP "khugepaged/scan_sleep_millisecs", asleep, reason);
	if (r == 0)
		r = want_sizes(list, reason);
	if (r == 0)
		r = want(list, THP "use_zero_page", "1", reason);
	if (r == 0)
		r = want(list, THP "defrag", "always", reason);
	if (r == 0)
		r = want(list, THP "enabled", thp == CR2_THP_ALWAYS ? "always" : "madvise", reason);
	return r;
}

/* Where the value cannot be read, it is taken to be the default, which no scenario need set. */
static int want_fault_around(struct host_list *list, const struct cr2_settings *settings,
			     struct cr2_text *reason)
{
	const bool usual = settings->fault_around == 16;
	char bytes[32], now[32];
	int r = read_value(FAULT_AROUND, now, sizeof(now));

	snprintf(bytes, sizeof(bytes), "%llu", settings->fault_around * CR2_PAGE_SIZE);
	if (r < 0 && usual)
		return 0;
	if (r < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "fault_around %u cannot be set here: %s: %s",
				   settings->fault_around, FAULT_AROUND, strerror(-r));
	return want(list, FAULT_AROUND, bytes, reason);
}

/* Is there swap on a device that does I/O? zram has none and takes another path. */
static bool find_swap(bool *ret_disk)
{
	FILE *file = fopen("/proc/swaps", "re");
	char line[512];
	int n = 0;

	*ret_disk = false;
	while (file && fgets(line, sizeof(line), file)) {
		if (n++ == 0)
			continue;
		if (strncmp(line, "/dev/zram", 9) != 0)
			*ret_disk = true;
	}
	if (file)
		fclose(file);
	return n > 1;
}

bool host_pages_out(const struct cr2_litmus *litmus)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		if (litmus->statements[i].kind == CR2_OP_ADVISE &&
		    litmus->statements[i].advice == CR2_ADVICE_PAGEOUT)
			return true;
	return false;
}

static int want_swap(struct host_list *list, const struct cr2_litmus *litmus,
		     struct cr2_text *reason)
{
	bool disk, any = find_swap(&disk);
	int r;

	if (!litmus->settings.swap && any && host_pages_out(litmus))
		return reason_refuse(reason, -EOPNOTSUPP,
				   "the scenario pages out without swap, and there is swap: swapoff -a");
	if (!litmus->settings.swap)
		return 0;
	if (!disk)
		return reason_refuse(reason, -EOPNOTSUPP, any ? "swap on zram has no swap cache: "
				   "add swap on a disk (swapon FILE)" :
				   "there is no swap: add some on a disk (swapon FILE)");
	r = want(list, "/proc/sys/vm/page-cluster", "0", reason);
	if (r == 0 && access(ZSWAP, R_OK) == 0)
		r = want(list, ZSWAP, "N", reason);
	return r;
}

static int check_kernel(const struct cr2_settings *settings, struct cr2_text *reason)
{
	struct utsname name;
	int major = 0, minor = 0;

	if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return reason_refuse(reason, -EOPNOTSUPP, "this kernel does not say its version");
	if (major * 1000 + minor < settings->kernel)
		return reason_refuse(reason, -EOPNOTSUPP, "the scenario needs Linux %d.%d, this is %d.%d",
				   settings->kernel / 1000, settings->kernel % 1000, major, minor);
	return 0;
}

static int make_list(struct host_list *list, const struct cr2_litmus *litmus,
		     struct cr2_text *reason)
{
	int r = want_swap(list, litmus, reason);

	if (r == 0)
		r = want_fault_around(list, &litmus->settings, reason);
	return r == 0 ? want_thp(list, litmus->settings.thp, reason) : r;
}

static int apply(struct host_settings *settings, const struct host_list *list,
		 struct cr2_text *reason)
{
	int r = host_guardian_start(settings, list);

	for (size_t i = 0; r == 0 && i < list->n; i++) {
		r = host_setting_write(list->items[i].path, list->items[i].wanted);
		if (r < 0)
			return refuse(list->items[i].path, r, list->items[i].wanted, reason);
	}
	return r;
}

/* Other runners hold it for the milliseconds of a scenario. */
static int take_lock(struct host_settings *settings, int kind, struct cr2_text *reason)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	settings->lock = open(LOCK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (settings->lock < 0)
		return 0; /* where there is nothing to lock there are no settings either */
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(settings->lock, kind | LOCK_NB) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return reason_refuse(reason, -EBUSY, "other scenarios that are being run on this machine keep "
			   "its settings in use");
}

static void drop_lock(struct host_settings *settings)
{
	if (settings->lock >= 0)
		close(settings->lock);
	settings->lock = -1;
}

/* Nothing to change: under the lock that others may share. Else alone, with a fresh look. */
static int settle(struct host_settings *settings, const struct cr2_litmus *litmus,
		  struct cr2_text *reason)
{
	struct host_list list = {.n = 0};
	int r = take_lock(settings, LOCK_SH, reason);

	if (r == 0)
		r = make_list(&list, litmus, reason);
	if (r < 0 || list.n == 0)
		return r;
	drop_lock(settings);
	r = take_lock(settings, LOCK_EX, reason);
	list.n = 0;
	if (r == 0)
		r = make_list(&list, litmus, reason);
	return r == 0 && list.n ? apply(settings, &list, reason) : r;
}

int host_settings_begin(struct host_settings *settings, const struct cr2_litmus *litmus,
			struct cr2_text *reason)
{
	int r = check_kernel(&litmus->settings, reason);

	*settings = (struct host_settings){.lock = -1, .pipe = -1};
	if (r == 0)
		r = settle(settings, litmus, reason);
	if (r < 0)
		host_settings_end(settings);
	return r;
}

int host_settings_end(struct host_settings *settings)
{
	int r = host_guardian_end(settings);

	drop_lock(settings);
	return r;
}
