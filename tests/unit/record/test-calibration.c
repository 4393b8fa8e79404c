/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cr2/calibration.h>

#include "../test.h"

static struct cr2_cost cost(const char *name, enum cr2_path path, double median)
{
	struct cr2_cost c = {
		.path = path,
		.ns = {5, median - 2, median - 1, median, median + 1, median + 2},
		.unit = "fault",
		.units = 1024,
		.faults = 1024,
		.note = "said \"so\"",
		.date = "2026-11-23T11:05:00Z",
	};

	snprintf(c.name, sizeof(c.name), "%s", name);
	return c;
}

static void fill(struct cr2_calibration *c)
{
	*c = (struct cr2_calibration){
		.machine = {.cpu = "Some CPU", .kernel = "6.18.44", .cores = 2},
		.load = 0.5, .stolen = 0.25, .preempted = 7,
		.n = 4,
	};
	c->costs[0] = cost("anon_alloc", CR2_PATH_ANON_ALLOC, 500);
	c->costs[1] = cost("file_read", CR2_PATH_FILE_READ, 300);
	c->costs[2] = cost("file_read_around", CR2_PATH_FILE_READ, 700);
	c->costs[3] = cost("major", CR2_PATH_FILE_READ, 90000);
	c->costs[3].major = c->costs[3].wall = true;
	c->costs[3].group = CR2_COST_IO;
}

static void json_round_trips(void **state)
{
	struct cr2_calibration c, again;
	struct cr2_text first = {0}, second = {0};
	struct cr2_diag diag;

	(void)state;
	fill(&c);
	c.costs[1].ns = (struct cr2_bench_figure){0};
	assert_int_equal(cr2_calibration_to_json(&c, &first), 0);
	assert_int_equal(cr2_calibration_from_json(first.data, first.length, &again, &diag), 0);
	assert_true(cr2_machine_same(&c.machine, &again.machine));
	assert_int_equal(again.n, 4);
	assert_int_equal(again.preempted, 7);
	assert_string_equal(again.costs[3].name, "major");
	assert_true(again.costs[3].major && again.costs[3].wall);
	assert_int_equal(again.costs[3].group, CR2_COST_IO);
	assert_int_equal(again.costs[1].ns.n, 0);
	assert_true(again.costs[0].ns.high == 501);
	assert_int_equal(cr2_calibration_to_json(&again, &second), 0);
	assert_string_equal(first.data, second.data);
	cr2_text_finish(&first);
	cr2_text_finish(&second);
}

#define MACHINE "\"format\":1,\"machine\":{\"cpu\":\"\",\"kernel\":\"k\",\"cores\":1}," \
	"\"noise\":{\"load\":0.0,\"stolen\":0.0,\"preempted\":0}"
#define COST(group, ns) "{\"case\":\"c\",\"group\":\"" group "\",\"unit\":\"u\",\"path\":\"new\"," \
	"\"major\":false,\"wall\":false,\"ns\":" ns ",\"units\":1,\"faults\":1,\"refused\":0," \
	"\"note\":\"\",\"date\":\"\"}"

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *json, *message;
		unsigned line;
	} bad[] = {
		{"", "'[' or '{' expected near end of file", 1},
		{"{}\n]", "end of file expected near ']'", 2},
		{"[]", "this is no calibration", 0},
		{"{\"format\":2}", "another version of cr2 wrote this calibration", 0},
		{"{\"format\":1}", "the machine, the noise or the costs are missing", 0},
		{"{" MACHINE ",\"costs\":[{}]}", "cost 1: a field is missing or of another type", 0},
		{"{" MACHINE ",\"costs\":[" COST("faults", "null") "," COST("faults", "3") "]}",
		 "cost 2: its times are not in ascending order", 0},
		{"{" MACHINE ",\"costs\":[" COST("faults", "{\"rounds\":1,\"min\":1.0,\"low\":2.0,"
		 "\"median\":1.0,\"high\":3.0,\"max\":3.0}") "]}",
		 "cost 1: its times are not in ascending order", 0},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(bad); i++) {
		struct cr2_calibration c;
		struct cr2_diag diag;

		assert_int_equal(cr2_calibration_from_json(bad[i].json, strlen(bad[i].json), &c,
							   &diag), -EINVAL);
		assert_string_equal(diag.message, bad[i].message);
		assert_int_equal(diag.line, bad[i].line);
		assert_string_equal(diag.hint, "measure anew: cr2 bench");
		cr2_diag_finish(&diag);
	}
}

static void what_a_newer_one_wrote_is_left_out(void **state)
{
	static const char json[] = "{" MACHINE ",\"extra\":1,\"costs\":[" COST("quantum", "null") ","
		COST("faults", "null") "]}";
	struct cr2_calibration c;
	struct cr2_diag diag;

	(void)state;
	assert_int_equal(cr2_calibration_from_json(json, sizeof(json) - 1, &c, &diag), 0);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.costs[0].path, CR2_PATH_UNKNOWN);
}

static void ranges_span_all_cases_of_a_path(void **state)
{
	struct cr2_calibration c;
	double low = 0, high = 0;

	(void)state;
	fill(&c);
	assert_int_equal(cr2_calibration_range(&c, CR2_PATH_FILE_READ, false, &low, &high), 0);
	assert_true(low == 299 && high == 701);
	assert_int_equal(cr2_calibration_range(&c, CR2_PATH_FILE_READ, true, &low, &high), 0);
	assert_true(low == 89999 && high == 90001);
	assert_int_equal(cr2_calibration_range(&c, CR2_PATH_WP_COPY, false, &low, &high), -ENOENT);
	assert_int_equal(cr2_calibration_range(&c, CR2_PATH_UNKNOWN, false, &low, &high), -ENOENT);
	c.costs[0].group = CR2_COST_CORES;
	assert_int_equal(cr2_calibration_range(&c, CR2_PATH_ANON_ALLOC, false, &low, &high), -ENOENT);
	assert_true(low == 89999 && high == 90001);
}

static void merging_keeps_what_was_not_measured_again(void **state)
{
	struct cr2_calibration c, update;

	(void)state;
	fill(&c);
	update = (struct cr2_calibration){.machine = c.machine, .load = 3, .n = 2};
	update.costs[0] = cost("file_read", CR2_PATH_FILE_READ, 111);
	update.costs[1] = cost("fork", CR2_PATH_UNKNOWN, 9);
	cr2_calibration_merge(&c, &update);
	assert_int_equal(c.n, 5);
	assert_true(cr2_calibration_find(&c, "file_read")->ns.median == 111);
	assert_true(cr2_calibration_find(&c, "anon_alloc")->ns.median == 500);
	assert_true(cr2_calibration_find(&c, "fork")->ns.median == 9);
	assert_true(c.load == 3);
	assert_null(cr2_calibration_find(&c, "exit"));
	strcpy(update.machine.kernel, "6.19");
	cr2_calibration_merge(&c, &update);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.machine.kernel, "6.19");
}

static void file_is_kept_under_the_state_folder(void **state)
{
	char folder[] = "/tmp/cr2-calibration-XXXXXX", command[64];
	struct cr2_calibration c, again;
	struct cr2_text path = {0};
	struct cr2_diag diag;
	struct stat found;

	(void)state;
	assert_non_null(mkdtemp(folder));
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_int_equal(cr2_calibration_path(&path), -ENOENT);
	setenv("HOME", folder, 1);
	setenv("XDG_STATE_HOME", "relative", 1);
	assert_int_equal(cr2_calibration_path(&path), 0);
	assert_string_equal(path.data + strlen(folder), "/.local/state/cr2/calibration.json");
	assert_int_equal(cr2_calibration_load(path.data, &again, &diag), -ENOENT);
	fill(&c);
	assert_int_equal(cr2_calibration_save(path.data, &c), 0);
	assert_int_equal(cr2_calibration_save(path.data, &c), 0);
	assert_int_equal(stat(path.data, &found), 0);
	assert_int_equal(cr2_calibration_load(path.data, &again, &diag), 0);
	assert_int_equal(again.n, 4);
	assert_int_equal(truncate(path.data, 20), 0);
	assert_int_equal(cr2_calibration_load(path.data, &again, &diag), -EINVAL);
	assert_string_equal(diag.path, path.data);
	cr2_diag_finish(&diag);
	assert_int_equal(unlink(path.data), 0);
	assert_int_equal(mkfifo(path.data, 0600), 0);
	assert_int_equal(cr2_calibration_load(path.data, &again, &diag), -EOPNOTSUPP);
	cr2_text_clear(&path);
	setenv("XDG_STATE_HOME", "/state", 1);
	assert_int_equal(cr2_calibration_path(&path), 0);
	assert_string_equal(path.data, "/state/cr2/calibration.json");
	cr2_text_finish(&path);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

static void this_machine_has_a_name(void **state)
{
	struct cr2_machine machine, other;

	(void)state;
	assert_int_equal(cr2_machine_read(&machine), 0);
	assert_true(machine.kernel[0] != '\0');
	assert_true(machine.cores >= 1);
	other = machine;
	assert_true(cr2_machine_same(&machine, &other));
	other.cores++;
	assert_false(cr2_machine_same(&machine, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_round_trips),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(what_a_newer_one_wrote_is_left_out),
		cmocka_unit_test(ranges_span_all_cases_of_a_path),
		cmocka_unit_test(merging_keeps_what_was_not_measured_again),
		cmocka_unit_test(file_is_kept_under_the_state_folder),
		cmocka_unit_test(this_machine_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
