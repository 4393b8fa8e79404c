/* SPDX-License-Identifier: MIT */
/* fault_trace in a guest: its lines, its stream, and what it says about both. */
#include <stdio.h>
#include <stdlib.h>

#include "kmod.h"

#define STREAM "/sys/kernel/tracing/instances/fault_trace/"
#define PREFIX "[FAULT] "

/* Of the kernel's include/linux/mm_types.h. */
#define FLAG_WRITE 0x1
#define FLAG_USER 0x40
#define FAULT_SIGBUS 0x2

struct fault {
	int pid;
	uint64_t address, start, end;
	unsigned flags, ret, ns;
};

/* The line as it stands in the log, and, behind more, in the trace. Returns how many values. */
static int parse_fault(const char *line, struct fault *fault)
{
	const char *at = strstr(line, "PID=");

	if (!at || at > strchr(line, '\n'))
		return 0;
	return sscanf(at, "PID=%d addr=0x%" SCNx64 " flags=0x%x vma=[0x%" SCNx64 "-0x%" SCNx64
		      "] ret=0x%x time=%uns", &fault->pid, &fault->address, &fault->flags,
		      &fault->start, &fault->end, &fault->ret, &fault->ns);
}

/* The faults of one process on its n touched pages, in lines of so many values. */
struct touched {
	int pid, values;
	unsigned n;
	bool *seen;
	unsigned pages;
};

static void see_page(const char *line, void *data)
{
	struct touched *touched = data;
	uint64_t page;
	struct fault f;

	if (parse_fault(line, &f) != touched->values || f.pid != touched->pid ||
	    f.address < MAPPED || f.address >= MAPPED + touched->n * PAGE)
		return;
	assert_int_equal(f.start, MAPPED);
	assert_int_equal(f.end, MAPPED + touched->n * PAGE);
	assert_int_equal(f.flags & (FLAG_WRITE | FLAG_USER), FLAG_WRITE | FLAG_USER);
	page = (f.address - MAPPED) / PAGE;
	touched->pages += !touched->seen[page];
	touched->seen[page] = true;
}

static unsigned count_pages(const char *text, int pid, unsigned n, int values)
{
	struct touched touched = {
		.pid = pid, .values = values, .n = n, .seen = calloc(n, sizeof(bool)),
	};

	assert_non_null(touched.seen);
	each_line(text, see_page, &touched);
	free(touched.seen);
	return touched.pages;
}

static void load(const char *parameters)
{
	assert_int_equal(ask("load fault_trace.ko %s", parameters), 0);
}

static void unload(void)
{
	assert_int_equal(ask("unload fault_trace"), 0);
}

void test_trace_lines(void **state)
{
	struct usage usage;
	struct cr2_text log;
	char line[100];

	(void)state;
	forget_log();
	load("comm=prime ratelimit=0");
	usage = ask_usage("touch 101");
	unload();
	log = ask_log();
	assert_int_equal(count_pages(log.data, usage.pid, 101, 5), 101);
	snprintf(line, sizeof(line), "\n" PREFIX "PID=%d addr=0x10000001000 flags=0x", usage.pid);
	assert_non_null(strstr(log.data, line));
	assert_non_null(strstr(log.data, " vma=[0x10000000000-0x10000065000]\n"));
	cr2_text_finish(&log);
}

struct returns {
	int pid;
	unsigned ret, n;
};

static void see_return(const char *line, void *data)
{
	struct returns *returns = data;
	struct fault f;

	if (parse_fault(line, &f) == 7 && f.pid == returns->pid && (f.ret & returns->ret))
		returns->n++;
}

void test_trace_returns(void **state)
{
	struct returns returns = {.ret = FAULT_SIGBUS};
	struct usage usage;
	struct cr2_text log;

	(void)state;
	load("comm=prime ratelimit=0 return=1");
	usage = ask_usage("touch 101");
	returns.pid = ask_usage("bus 7").pid;
	unload();
	log = ask_log();
	assert_int_equal(count_pages(log.data, usage.pid, 101, 7), 101);
	each_line(log.data, see_return, &returns);
	assert_int_equal(returns.n, 7);
	cr2_text_finish(&log);
}

static void see_line(const char *line, void *data)
{
	*(unsigned *)data += strncmp(line, PREFIX, strlen(PREFIX)) == 0;
}

/* Few lines, everything in the stream, and every number fits. */
void test_trace_storm(void **state)
{
	struct cr2_text counts, log, stream;
	uint64_t seen, logged, not_logged;
	unsigned lines = 0;
	struct usage usage;
	char last[200];

	(void)state;
	forget_log();
	load("comm=prime ratelimit=3");
	usage = ask_usage("touch 4001");
	counts = ask_text("show " TRACE);
	stream = ask_text("show " STREAM "trace");
	unload();
	log = ask_log();
	seen = value_of(counts.data, "seen ");
	logged = value_of(counts.data, "\nlogged ");
	not_logged = value_of(counts.data, "not_logged ");
	assert_true(seen >= 4001);
	assert_int_equal(logged + not_logged, seen);
	assert_int_equal(value_of(counts.data, "traced "), seen);
	assert_int_equal(count_pages(stream.data, usage.pid, 4001, 5), 4001);
	each_line(log.data, see_line, &lines);
	assert_int_equal(lines, logged);
	assert_in_range(logged, 3, seen / 2);
	snprintf(last, sizeof(last), "fault_trace: %" PRIu64 " faults, %" PRIu64 " logged, %" PRIu64
		 " not logged, %" PRIu64 " traced, 0 missed\n", seen, logged, not_logged, seen);
	assert_non_null(strstr(log.data, last));
	cr2_text_finish(&counts);
	cr2_text_finish(&stream);
	cr2_text_finish(&log);
}

/* Of both CPUs' buffers. */
static uint64_t ask_stream(const char *name)
{
	struct cr2_text a = ask_text("show " STREAM "per_cpu/cpu0/stats");
	struct cr2_text b = ask_text("show " STREAM "per_cpu/cpu1/stats");
	uint64_t n = value_of(a.data, name) + value_of(b.data, name);

	cr2_text_finish(&a);
	cr2_text_finish(&b);
	return n;
}

/* A stream that nobody empties overruns, and says by how much. */
void test_trace_overrun(void **state)
{
	struct cr2_text counts;
	uint64_t overrun, traced;

	(void)state;
	load("comm=prime ratelimit=1 return=1");
	assert_int_equal(ask("write " STREAM "buffer_size_kb 8"), 0);
	ask_usage("touch 4001");
	counts = ask_text("show " TRACE);
	traced = value_of(counts.data, "traced ");
	overrun = ask_stream("overrun: ");
	assert_true(overrun > 1000);
	assert_int_equal(ask_stream("entries: ") + overrun + ask_stream("dropped events: "), traced);
	unload();
	cr2_text_finish(&counts);
}

static uint64_t seen_with(const char *parameters)
{
	struct cr2_text counts;
	uint64_t seen;

	load(parameters);
	ask_usage("touch 101");
	counts = ask_text("show " TRACE);
	seen = value_of(counts.data, "seen ");
	cr2_text_finish(&counts);
	unload();
	return seen;
}

void test_trace_filters(void **state)
{
	(void)state;
	assert_int_equal(seen_with("pid=1 comm=prime"), 0);
	assert_int_equal(seen_with("comm=nobody"), 0);
	assert_true(seen_with("comm=prime") >= 101);
	assert_true(seen_with("comm= trace=0") >= 101);
}

/* Of 11 faults under way at least 8 cannot be followed by a probe that follows 3. */
void test_trace_missed(void **state)
{
	struct cr2_text counts;

	(void)state;
	load("calls=3 return=1");
	ask("hold 11");
	counts = ask_text("show " TRACE);
	assert_true(value_of(counts.data, "missed ") >= 8);
	cr2_text_finish(&counts);
	ask_usage("release");
	unload();
}
