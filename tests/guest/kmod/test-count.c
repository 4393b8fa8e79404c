/* SPDX-License-Identifier: MIT */
/* fault_count in a guest: its table beside the kernel's own counts. */
#include <stdio.h>

#include "kmod.h"

struct row {
	int pid;
	uint64_t minor, major, user, kernel, retried, failed;
	char state[8], comm[64];
};

static bool parse_row(const char *line, struct row *row)
{
	return sscanf(line, "%d %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		      " %" SCNu64 " %7s %63[^\n]", &row->pid, &row->minor, &row->major, &row->user,
		      &row->kernel, &row->retried, &row->failed, row->state, row->comm) == 9;
}

struct search {
	int pid;
	bool found;
	struct row row;
};

static void look_at(const char *line, void *data)
{
	struct search *search = data;
	struct row row;

	if (!parse_row(line, &row) || row.pid != search->pid)
		return;
	if (search->found)
		fail_msg("%d stands there twice", row.pid);
	search->found = true;
	search->row = row;
}

static bool find_row(const char *table, int pid, struct row *ret_row)
{
	struct search search = {.pid = pid};

	each_line(table, look_at, &search);
	if (search.found)
		*ret_row = search.row;
	return search.found;
}

static void expect_counts(const struct row *row, const struct usage *usage, const char *table)
{
	if (row->minor != usage->minor || row->major != usage->major ||
	    row->user + row->kernel != row->minor + row->major)
		fail_msg("the kernel counted %" PRIu64 " minor and %" PRIu64 " major of %d in\n%s",
			 usage->minor, usage->major, usage->pid, table);
}

/* The row of a process that has ended. */
static struct row ended_row(const struct usage *usage)
{
	struct cr2_text table = ask_text("show " COUNT);
	struct row row = {0};

	if (!find_row(table.data, usage->pid, &row))
		fail_msg("no row of %d in\n%s", usage->pid, table.data);
	expect_counts(&row, usage, table.data);
	assert_string_equal(row.state, "ended");
	cr2_text_finish(&table);
	return row;
}

static struct row count_deed(const char *kind, unsigned n)
{
	const struct usage usage = ask_usage("%s %u", kind, n);
	struct row row = ended_row(&usage);

	/* It was named before the deed: only one that does nothing keeps the name it had. */
	if (n)
		assert_string_equal(row.comm, "prime");
	return row;
}

static void load(const char *parameters)
{
	assert_int_equal(ask("load fault_count.ko %s", parameters), 0);
}

static void unload(void)
{
	assert_int_equal(ask("unload fault_count"), 0);
}

/* Any process takes some faults to begin and to end: idle tells how many, about. */
static void expect_about(uint64_t counted, uint64_t n, uint64_t idle)
{
	assert_in_range(counted, n, n + idle + 16);
}

void test_count_kinds(void **state)
{
	struct row idle, row;

	(void)state;
	load("");
	idle = count_deed("idle", 0);
	row = count_deed("touch", 1009);
	expect_about(row.user, 1009, idle.user);
	expect_about(row.kernel, 0, idle.kernel);
	row = count_deed("read", 499);
	expect_about(row.kernel, 499, idle.kernel);
	expect_about(row.user, 0, idle.user);
	row = count_deed("populate", 251);
	expect_about(row.kernel, 251, idle.kernel);
	assert_int_equal(row.failed, 0);
	row = count_deed("bus", 13);
	assert_int_equal(row.failed, 13);
	unload();
}

/* Begun, waited for the disk without the lock, begun again: one fault. */
void test_count_major(void **state)
{
	struct row row;

	(void)state;
	load("");
	row = count_deed("major", 101);
	assert_in_range(row.major, 101, 101 + 2);
	assert_true(row.retried >= 101);
	unload();
}

void test_count_threads(void **state)
{
	struct row row;

	(void)state;
	load("");
	row = count_deed("threads", 127);
	assert_true(row.user >= 4 * 8 * 127);
	unload();
}

/* /proc/PID/stat: the tenth word counts minor faults; the name in between has no space. */
static struct usage ask_stat(int pid)
{
	struct usage usage = {.pid = pid};
	struct cr2_text text;
	char question[64];

	snprintf(question, sizeof(question), "show /proc/%d/stat", pid);
	text = ask_text(question);
	assert_int_equal(sscanf(text.data, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64
				" %*s %" SCNu64, &usage.minor, &usage.major), 2);
	cr2_text_finish(&text);
	return usage;
}

static void expect_gone(int pid)
{
	struct cr2_text table = ask_text("show " COUNT);
	struct row row;

	if (find_row(table.data, pid, &row))
		fail_msg("%d is still in\n%s", pid, table.data);
	cr2_text_finish(&table);
}

static void expect_running(const struct usage *usage)
{
	struct cr2_text table = ask_text("show " COUNT);
	struct row row = {0};

	if (!find_row(table.data, usage->pid, &row))
		fail_msg("no row of %d in\n%s", usage->pid, table.data);
	expect_counts(&row, usage, table.data);
	assert_string_equal(row.state, "runs");
	cr2_text_finish(&table);
}

/* One that runs stays; one that ended stays until somebody has read to the end. */
void test_count_lives(void **state)
{
	struct usage usage;

	(void)state;
	load("");
	usage = ask_stat((int)ask("stay 211"));
	expect_running(&usage);
	expect_running(&usage);
	usage = ask_usage("leave");
	assert_true(ask("peek " COUNT) > 0);
	assert_string_equal(ended_row(&usage).comm, "stays");
	expect_gone(usage.pid);
	unload();
}

/* Faults that are under way are not faults yet, and one each when they are done. */
void test_count_held(void **state)
{
	struct cr2_text table;
	struct usage usage;
	struct row held, row;
	int pid;

	(void)state;
	load("");
	pid = (int)ask("hold 7");
	table = ask_text("show " COUNT);
	assert_true(find_row(table.data, pid, &held));
	cr2_text_finish(&table);
	usage = ask_usage("release");
	row = ended_row(&usage);
	assert_true(row.user >= held.user + 7);
	assert_true(row.retried >= held.retried + 7);
	unload();
}

struct order {
	uint64_t last;
	unsigned n;
};

static void expect_less(const char *line, void *data)
{
	struct order *order = data;
	struct row row;

	if (!parse_row(line, &row) || row.pid == 0)
		return;
	if (order->n++ && row.user > order->last)
		fail_msg("not in order: %s", line);
	order->last = row.user;
}

void test_count_orders(void **state)
{
	struct order order = {0};
	struct cr2_text table;

	(void)state;
	load("sort=user");
	ask_usage("touch 7");
	ask_usage("touch 211");
	ask_usage("touch 31");
	table = ask_text("show " COUNT);
	each_line(table.data, expect_less, &order);
	assert_true(order.n >= 3);
	cr2_text_finish(&table);
	assert_int_equal(ask("write " COUNT " sort=minor"), 0);
	table = ask_text("show /sys/module/fault_count/parameters/sort");
	assert_string_equal(table.data, "minor\n");
	cr2_text_finish(&table);
	unload();
}

void test_count_reset(void **state)
{
	struct usage usage;

	(void)state;
	load("");
	usage = ask_usage("touch 17");
	assert_int_equal(ask("write " COUNT " reset"), 0);
	expect_gone(usage.pid);
	unload();
}

/* What is there of the processes of a deed: rows of their name, and others. */
static void add_row(const char *line, void *data)
{
	struct row *sum = data, row;

	if (!parse_row(line, &row) ||
	    (strcmp(row.comm, "prime") != 0 && strcmp(row.comm, "(others)") != 0))
		return;
	sum->minor += row.minor;
	sum->major += row.major;
	sum->user += row.user;
	sum->kernel += row.kernel;
}

struct limits {
	unsigned places, moved, homeless;
};

/* faulter.c itself takes a place, and nobody else is left. */
static void start_table(void)
{
	struct cr2_text table;

	ask_usage("idle 0");
	table = ask_text("show " COUNT);
	cr2_text_finish(&table);
}

/* Whatever room there is, nothing of n processes is counted twice or not at all. */
static struct limits expect_whole(const char *kind, unsigned n)
{
	struct row sum = {0};
	struct limits limits;
	struct cr2_text table;
	struct usage usage;

	start_table();
	usage = ask_usage("%s %u", kind, n);
	table = ask_text("show " COUNT);
	each_line(table.data, add_row, &sum);
	expect_counts(&sum, &usage, table.data);
	assert_int_equal(sscanf(table.data, "# %*u of %u places taken; others: %u ended processes"
				" that made room, %u", &limits.places, &limits.moved,
				&limits.homeless), 3);
	assert_int_equal(value_of(table.data, "without a place\n# "), 0); /* missed */
	cr2_text_finish(&table);
	return limits;
}

void test_count_limits(void **state)
{
	struct limits limits;

	(void)state;
	load("processes=50");
	limits = expect_whole("row", 331);
	assert_int_equal(limits.places, 64);
	assert_true(limits.moved >= 331 - 64);
	assert_int_equal(ask("write " COUNT " reset"), 0);
	limits = expect_whole("bomb", 331);
	assert_true(limits.homeless >= (331 - 64) * 3);
	unload();
}

void test_count_bomb(void **state)
{
	struct limits limits;

	(void)state;
	load("");
	limits = expect_whole("bomb", 1013);
	assert_int_equal(limits.moved, 0);
	assert_int_equal(limits.homeless, 0);
	unload();
}

/* Of 11 faults under way at least 8 cannot be followed by a probe that follows 3. */
void test_count_missed(void **state)
{
	struct cr2_text table;

	(void)state;
	load("calls=3");
	ask("hold 11");
	table = ask_text("show " COUNT);
	assert_true(value_of(table.data, "without a place\n# ") >= 8);
	cr2_text_finish(&table);
	ask_usage("release");
	unload();
}
