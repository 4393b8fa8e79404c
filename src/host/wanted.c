/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/reason.h"

#include "bounds.h"
#include "ksm.h"
#include "numa.h"
#include "pageout.h"
#include "pool.h"
#include "setting.h"
#include "soft_dirty.h"
#include "userfault.h"
#include "wanted.h"

static int want_path(struct host_wanted *wanted, const char *path, const char *value)
{
	struct cr2_setting *setting = &wanted->items[wanted->n];

	if (wanted->n == CR2_ARRAY_SIZE(wanted->items) || strlen(path) >= sizeof(setting->path))
		return -E2BIG;
	snprintf(setting->path, sizeof(setting->path), "%s", path);
	snprintf(setting->value, sizeof(setting->value), "%s", value);
	wanted->n++;
	return 0;
}

static int want(struct host_wanted *wanted, enum cr2_setting_id id, const char *value)
{
	return want_path(wanted, cr2_setting_pattern(id), value);
}

/* Enable only the one size; some folders belong to other kinds of memory. Kernels before 6.8 have but 2 MiB. */
static int want_sizes(struct host_wanted *wanted, enum cr2_setting_id id, uint32_t pages, bool *ret_found)
{
	char folder[32];
	glob_t found;
	int r = glob(cr2_setting_pattern(id), 0, NULL, &found) == GLOB_NOSPACE ? -ENOMEM : 0;

	*ret_found = false;
	snprintf(folder, sizeof(folder), "/hugepages-%llukB/", pages * CR2_PAGE_SIZE / 1024);
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		bool wants = strstr(found.gl_pathv[i], folder);

		*ret_found |= wants;
		r = want_path(wanted, found.gl_pathv[i], wants ? "inherit" : "never");
	}
	globfree(&found);
	return r;
}

static int want_anon_sizes(struct host_wanted *wanted, uint32_t pages, struct cr2_text *reason)
{
	bool found;
	int r = want_sizes(wanted, CR2_SETTING_THP_SIZES, pages, &found);

	if (r == 0 && !found && pages != CR2_HUGE_SIZE / CR2_PAGE_SIZE)
		r = reason_refuse(reason, -EOPNOTSUPP, "thp of %llu KiB: this kernel has no such pages",
				  pages * CR2_PAGE_SIZE / 1024);
	return r;
}

/* A kernel that is not asked for such pages may know nothing of them. */
static int want_shmem_thp(struct host_wanted *wanted, enum cr2_shmem_thp mode)
{
	static const char *const modes[] = {
		[CR2_SHMEM_THP_NEVER] = "never", [CR2_SHMEM_THP_ADVISE] = "advise",
		[CR2_SHMEM_THP_WITHIN_SIZE] = "within_size", [CR2_SHMEM_THP_ALWAYS] = "always",
	};
	bool found;
	int r = 0;

	if (mode == CR2_SHMEM_THP_NEVER && access(cr2_setting_pattern(CR2_SETTING_SHMEM_THP), R_OK) < 0)
		return 0;
	/* Since 6.12 each size has a say, too. */
	if (mode != CR2_SHMEM_THP_NEVER)
		r = want_sizes(wanted, CR2_SETTING_SHMEM_THP_SIZES, CR2_HUGE_SIZE / CR2_PAGE_SIZE, &found);
	return r == 0 ? want(wanted, CR2_SETTING_SHMEM_THP, modes[mode]) : r;
}

static int want_thp(struct host_wanted *wanted, const struct cr2_settings *settings, struct cr2_text *reason)
{
	/* Asleep for 49 days; any time longer than a scenario would do. */
	static const char asleep[] = "4294967295";
	int r;

	if (settings->thp == CR2_THP_NEVER) /* the actors see to it: prctl */
		return 0;
	/* It makes a pass when its sleep is set: it then finds almost nothing to do. */
	r = want(wanted, CR2_SETTING_KHUGEPAGED_NONE, "0");
	if (r == 0)
		r = want(wanted, CR2_SETTING_KHUGEPAGED_SLEEP, asleep);
	if (r == 0)
		r = want_anon_sizes(wanted, settings->thp_pages, reason);
	if (r == 0)
		r = want(wanted, CR2_SETTING_THP_ZERO_PAGE, "1");
	if (r == 0)
		r = want(wanted, CR2_SETTING_THP_DEFRAG, "always");
	if (r == 0)
		r = want_shmem_thp(wanted, settings->shmem_thp);
	if (r == 0)
		r = want(wanted, CR2_SETTING_THP, settings->thp == CR2_THP_ALWAYS ? "always" : "madvise");
	return r;
}

/* Only faults on files and shared memory bring neighbours. */
static bool maps_files(const struct cr2_litmus *litmus)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		if (litmus->statements[i].kind == CR2_OP_MAP &&
		    (litmus->statements[i].object != CR2_NO_OBJECT ||
		     litmus->statements[i].map_flags & CR2_MAP_SHARED))
			return true;
	return false;
}

/* Where the value cannot be read, it is taken to be the default, which no scenario need set. */
static int want_fault_around(struct host_wanted *wanted, const struct cr2_litmus *litmus,
			     struct cr2_text *reason)
{
	const char *path = cr2_setting_pattern(CR2_SETTING_FAULT_AROUND);
	const struct cr2_settings *settings = &litmus->settings;
	char bytes[32];
	int r;

	if (!settings->fault_around_set && !maps_files(litmus))
		return 0;
	r = setting_access(path, O_RDONLY);
	if (r < 0)
		return settings->fault_around == 16 ? 0 :
		       reason_refuse(reason, -EOPNOTSUPP, "fault_around %u cannot be set here: %s: %s",
				     settings->fault_around, path, strerror(-r));
	snprintf(bytes, sizeof(bytes), "%llu", settings->fault_around * CR2_PAGE_SIZE);
	return want(wanted, CR2_SETTING_FAULT_AROUND, bytes);
}

/* The pool holds what the scenario says, whoever wants more. */
static int want_pool(struct host_wanted *wanted, uint32_t n, enum cr2_setting_id id, enum cr2_setting_id more)
{
	char pages[16];
	int r = want(wanted, more, "0");

	snprintf(pages, sizeof(pages), "%u", (unsigned)n);
	return r == 0 ? want(wanted, id, pages) : r;
}

static int want_hugetlb(struct host_wanted *wanted, const struct cr2_litmus *litmus, struct cr2_text *reason)
{
	int r = 0;

	if (host_pool_is_used(litmus, CR2_HUGE_SIZE))
		r = want_pool(wanted, litmus->settings.hugetlb, CR2_SETTING_HUGETLB, CR2_SETTING_HUGETLB_MORE);
	if (r < 0 || !host_pool_is_used(litmus, CR2_GIGANTIC_SIZE))
		return r;
	if (access(cr2_setting_pattern(CR2_SETTING_GIGANTIC), F_OK) < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "the CPU has no pages of 1 GiB (pdpe1gb)");
	return want_pool(wanted, litmus->settings.gigantic, CR2_SETTING_GIGANTIC, CR2_SETTING_GIGANTIC_MORE);
}

/* The scanner makes a pass within milliseconds, once it is let. */
static const struct {
	enum cr2_setting_id id;
	const char *value;
} scanner[] = {
	{CR2_SETTING_NUMA_DELAY, "1"}, {CR2_SETTING_NUMA_PERIOD_MIN, "1"}, {CR2_SETTING_NUMA_PERIOD_MAX, "1"},
	{CR2_SETTING_NUMA_SIZE, "16"},
};

/*
 * The switch is held at what it is not, so that it counts as changed and is put back, whatever the steps have made of
 * it when the scenario ends.
 */
static int want_scanner(struct host_wanted *wanted, struct cr2_text *reason)
{
	const char *path = cr2_setting_pattern(CR2_SETTING_NUMA);
	char value[16];
	int r = setting_read(path, value, sizeof(value));

	if (r < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "%s: %s (CONFIG_NUMA_BALANCING)", path, strerror(-r));
	for (size_t i = 0; r == 0 && i < CR2_ARRAY_SIZE(scanner); i++)
		r = want(wanted, scanner[i].id, scanner[i].value);
	return r == 0 ? want(wanted, CR2_SETTING_NUMA, strcmp(value, "0") == 0 ? "1" : "0") : r;
}

/* Of its own accord it merges nothing that it has not looked at twice; and goes through all there is at a time. */
static int want_ksm(struct host_wanted *wanted, struct cr2_text *reason)
{
	char pages[32];
	int r = host_ksm_check(reason);

	/* No two programs want the same, or they would merge each other's. */
	snprintf(pages, sizeof(pages), "%d", 1000000000 + (int)getpid());
	if (r == 0)
		r = want(wanted, CR2_SETTING_KSM_PAGES, pages);
	if (r == 0)
		r = want(wanted, CR2_SETTING_KSM_SLEEP, "0");
	if (r == 0)
		r = want(wanted, CR2_SETTING_KSM_ZERO, "0");
	if (r == 0 && access(cr2_setting_pattern(CR2_SETTING_KSM_SMART), R_OK) == 0)
		r = want(wanted, CR2_SETTING_KSM_SMART, "0");
	/* As the scanner's switch, above. */
	return r == 0 ? want(wanted, CR2_SETTING_KSM_RUN, "1") : r;
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

static int want_swap(struct host_wanted *wanted, const struct cr2_litmus *litmus,
		     struct cr2_text *reason)
{
	bool disk, any = find_swap(&disk);
	int r;

	if (!litmus->settings.swap && any && host_bounds_are_set(litmus, CR2_LIMIT_MEMORY))
		return reason_refuse(reason, -EOPNOTSUPP,
				   "the scenario limits memory without swap, and there is swap: swapoff -a");
	if (!litmus->settings.swap && any && host_pages_out_memory(litmus))
		return reason_refuse(reason, -EOPNOTSUPP,
				   "the scenario pages out without swap, and there is swap: swapoff -a");
	if (!litmus->settings.swap)
		return 0;
	if (!disk)
		return reason_refuse(reason, -EOPNOTSUPP, any ? "swap on zram has no swap cache: "
				   "add swap on a disk (swapon FILE)" :
				   "there is no swap: add some on a disk (swapon FILE)");
	r = want(wanted, CR2_SETTING_PAGE_CLUSTER, "0");
	if (r == 0 && access(cr2_setting_pattern(CR2_SETTING_ZSWAP), R_OK) == 0)
		r = want(wanted, CR2_SETTING_ZSWAP, "N");
	return r;
}

int host_wanted_kernel(const struct cr2_settings *settings, struct cr2_text *reason)
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

int host_wanted_find(struct host_wanted *wanted, const struct cr2_litmus *litmus,
		     struct cr2_text *reason)
{
	int r = host_wanted_kernel(&litmus->settings, reason);

	wanted->n = 0;
	if (r == 0)
		r = host_soft_dirty_check(litmus, reason);
	if (r == 0)
		r = host_userfault_check(litmus, reason);
	if (r == 0)
		r = want_swap(wanted, litmus, reason);
	if (r == 0)
		r = want_fault_around(wanted, litmus, reason);
	if (r == 0)
		r = want_hugetlb(wanted, litmus, reason);
	if (r == 0 && host_numa_scans(litmus))
		r = want_scanner(wanted, reason);
	if (r == 0 && cr2_litmus_has(litmus, CR2_OP_KSM_SCAN))
		r = want_ksm(wanted, reason);
	return r == 0 ? want_thp(wanted, &litmus->settings, reason) : r;
}
