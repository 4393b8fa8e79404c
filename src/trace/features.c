/* SPDX-License-Identifier: MIT */
/* Each feature of trace_feature.def, by trying it, or by what the kernel says of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/perf_event.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cr2/features.h>
#include <cr2/tables.h>

#include "counts.h"
#include "discover.h"

typedef struct cr2_feature_state state;

/* An error, or 0. */
static void set_error(state *s, int error)
{
	s->there = error == 0;
	if (error)
		snprintf(s->found, sizeof(s->found), "%s", strerror(error));
}

/* The first line of a small file. */
static bool read_line(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "re");
	bool read = file && fgets(ret, (int)size, file);

	if (read)
		ret[strcspn(ret, "\n")] = '\0';
	if (file)
		fclose(file);
	return read;
}

static void probe_kernel(state *s)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	snprintf(s->found, sizeof(s->found), "%.80s", name.release);
	s->there = sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
		   (major > 6 || (major == 6 && minor >= 1));
}

/* "none [integrity] confidentiality"; no such file: no lockdown. */
static void probe_lockdown(state *s)
{
	char line[64] = "", *open, *close;

	s->there = true;
	if (!read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return;
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close) {
		*close = '\0';
		snprintf(s->found, sizeof(s->found), "%s", open + 1);
		s->there = strcmp(open + 1, "confidentiality") != 0;
	}
}

static void probe_file(state *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	set_error(s, fd < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
}

static void probe_btf(state *s)
{
	const uint16_t magic = 0xeb9f;
	uint16_t first = 0;
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		set_error(s, errno);
		return;
	}
	s->there = read(fd, &first, sizeof(first)) == sizeof(first) && first == magic;
	if (!s->there)
		snprintf(s->found, sizeof(s->found), "no types in it");
	close(fd);
}

static bool has_capability(unsigned bit)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	return syscall(SYS_capget, &header, data) == 0 && (data[bit / 32].effective >> bit % 32 & 1);
}

static void probe_cap_bpf(state *s)
{
	s->there = has_capability(CAP_BPF) || has_capability(CAP_SYS_ADMIN);
}

static void probe_cap_perfmon(state *s)
{
	s->there = has_capability(CAP_PERFMON) || has_capability(CAP_SYS_ADMIN);
}

/* "return 0" as a program. Its descriptor, or a negative errno. */
static int load_nothing(enum bpf_prog_type type, const struct bpf_prog_load_opts *options)
{
	const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	int fd = bpf_prog_load(type, "cr2_nothing", "GPL", instructions, CR2_ARRAY_SIZE(instructions), options);

	return fd < 0 ? -errno : fd;
}

static void probe_bpf(state *s)
{
	int fd = load_nothing(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL);

	set_error(s, fd < 0 ? -fd : 0);
	if (fd >= 0)
		close(fd);
}

static void probe_raw_tracepoints(state *s)
{
	static const char *const names[] = {"page_fault_user", "page_fault_kernel"};
	int program = load_nothing(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL), error = program < 0 ? -program : 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names) && !error; i++) {
		int fd = bpf_raw_tracepoint_open(names[i], program);

		if (fd < 0)
			error = errno;
		else
			close(fd);
	}
	if (program >= 0)
		close(program);
	set_error(s, error);
}

static int try_events(pid_t pid, int cpu, bool user_only)
{
	static const uint64_t events[] = {PERF_COUNT_SW_PAGE_FAULTS_MIN, PERF_COUNT_SW_PAGE_FAULTS_MAJ};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(events); i++) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = events[i],
			.sample_period = 1, .disabled = 1, .exclude_kernel = user_only,
		};
		int fd = (int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

		if (fd < 0)
			return errno;
		close(fd);
	}
	return 0;
}

static void probe_perf_events(state *s)
{
	set_error(s, try_events(-1, 0, false));
}

static void probe_perf_own(state *s)
{
	set_error(s, try_events(0, -1, true));
}

static void probe_paranoid(state *s)
{
	s->there = read_line("/proc/sys/kernel/perf_event_paranoid", s->found, sizeof(s->found)) &&
		   atoi(s->found) <= 2;
}

static void probe_unprivileged_bpf(state *s)
{
	char value[16] = "";

	s->there = read_line("/proc/sys/kernel/unprivileged_bpf_disabled", value, sizeof(value)) &&
		   strcmp(value, "0") == 0;
	if (value[0])
		snprintf(s->found, sizeof(s->found), "%s", value);
}

/* Where a file system of that type is mounted. */
static void probe_mount(state *s, const char *type)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char *line = NULL, place[80], name[32];
	size_t size = 0;

	while (mounts && !s->there && getline(&line, &size, mounts) > 0) {
		s->there = sscanf(line, "%*s %79s %31s", place, name) == 2 && strcmp(name, type) == 0;
		if (s->there)
			snprintf(s->found, sizeof(s->found), "%s", place);
	}
	free(line);
	if (mounts)
		fclose(mounts);
}

bool trace_find_mount(const char *type, char *ret_place, size_t n)
{
	state s = {0};

	probe_mount(&s, type);
	snprintf(ret_place, n, "%s", s.found);
	return s.there;
}

static void probe_cgroup2(state *s)
{
	probe_mount(s, "cgroup2");
}

static void probe_tracefs(state *s)
{
	probe_mount(s, "tracefs");
}

/* Frames read as 0 without the right to see them. */
static void probe_pagemap(state *s)
{
	const uint64_t frame = (1ULL << 55) - 1;
	uint64_t here = (uint64_t)(uintptr_t)&here, entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		set_error(s, errno);
		return;
	}
	s->there = pread(fd, &entry, sizeof(entry), (off_t)(here / CR2_PAGE_SIZE * 8)) == sizeof(entry) &&
		   (entry & frame);
	close(fd);
}

static void probe_kpageflags(state *s)
{
	probe_file(s, "/proc/kpageflags");
}

static void probe_kprobes(state *s)
{
	probe_file(s, "/sys/bus/event_source/devices/kprobe/type");
}

int trace_try_function(void)
{
	struct bpf_prog_load_opts options = {.sz = sizeof(options), .expected_attach_type = BPF_TRACE_FEXIT};
	int function, program;
	char enabled[4];

	/* Off: programs are attached all the same, and do not run. */
	if (read_line("/proc/sys/kernel/ftrace_enabled", enabled, sizeof(enabled)) && strcmp(enabled, "0") == 0)
		return -EBUSY;
	libbpf_set_print(NULL); /* the error says enough */
	function = libbpf_find_vmlinux_btf_id(TRACE_LETS_GO, BPF_TRACE_FEXIT);
	if (function < 0)
		return function;
	options.attach_btf_id = (uint32_t)function;
	program = load_nothing(BPF_PROG_TYPE_TRACING, &options);
	if (program < 0)
		return program;
	close(program);
	return 0;
}

static void probe_fentry(state *s)
{
	set_error(s, -trace_try_function());
}

void cr2_features_probe(struct cr2_feature_state ret_states[CR2_FEATURES])
{
	static void (*const probes[])(state *s) = {
		[CR2_FEATURE_KERNEL] = probe_kernel,
		[CR2_FEATURE_LOCKDOWN] = probe_lockdown,
		[CR2_FEATURE_BTF] = probe_btf,
		[CR2_FEATURE_CAP_BPF] = probe_cap_bpf,
		[CR2_FEATURE_CAP_PERFMON] = probe_cap_perfmon,
		[CR2_FEATURE_BPF] = probe_bpf,
		[CR2_FEATURE_RAW_TRACEPOINTS] = probe_raw_tracepoints,
		[CR2_FEATURE_PERF_EVENTS] = probe_perf_events,
		[CR2_FEATURE_PERF_OWN] = probe_perf_own,
		[CR2_FEATURE_PARANOID] = probe_paranoid,
		[CR2_FEATURE_UNPRIVILEGED_BPF] = probe_unprivileged_bpf,
		[CR2_FEATURE_CGROUP2] = probe_cgroup2,
		[CR2_FEATURE_PAGEMAP] = probe_pagemap,
		[CR2_FEATURE_KPAGEFLAGS] = probe_kpageflags,
		[CR2_FEATURE_TRACEFS] = probe_tracefs,
		[CR2_FEATURE_KPROBES] = probe_kprobes,
		[CR2_FEATURE_FENTRY] = probe_fentry,
	};

	_Static_assert(CR2_ARRAY_SIZE(probes) == CR2_FEATURES, "each feature is tried");
	for (size_t i = 0; i < CR2_FEATURES; i++) {
		ret_states[i] = (state){0};
		probes[i](&ret_states[i]);
	}
}

/* What is missing, and what would bring it; nothing where all is there. */
void trace_explain(struct cr2_text *reason)
{
	struct cr2_feature_state states[CR2_FEATURES];
	enum cr2_feature missing;

	cr2_features_probe(states);
	missing = cr2_features_missing(states);
	if (missing != CR2_FEATURES)
		cr2_text_printf(reason, "; missing here: %s (it takes %s); 'cr2 features' says more",
				cr2_feature_name(missing), cr2_feature_remedy(missing));
}
