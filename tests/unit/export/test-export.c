/* SPDX-License-Identifier: MIT */
/* What other programs read: folded stacks, a web page, a profile, trace events; names may hold anything. */
#include <errno.h>
#include <stdlib.h>

#include <jansson.h>
#include <zlib.h>

#include <cr2/export.h>

#include "../test.h"

/* main() calls f(), whose name is hostile; the kernel took it from there. */
static const struct cr2_frame frames[] = {
	{.function = "vfs_read", .object = "[kernel]", .named = true, .kernel = true},
	{.function = "f;</script>\n", .object = "/bin/p", .file = "p.c", .line = 7, .named = true},
	{.function = "main", .object = "/bin/p", .file = "p.c", .line = 9, .named = true},
};
static const struct cr2_report_call calls[] = {
	{&frames[0], &calls[1], 3}, {&frames[1], &calls[2], 2}, {&frames[2], NULL, 1}};

static const struct cr2_report_row rows[] = {
	{.depth = 0, .by = CR2_REPORT_BY_PROCESS, .label = "p", .comm = "p", .pid = 17, .n = 5, .ns = 50},
	{.depth = 1, .by = CR2_REPORT_BY_STACK, .label = "vfs_read", .pid = 17, .stack = &calls[0], .n = 3, .ns = 30},
	{.depth = 2, .by = CR2_REPORT_BY_PATH, .label = "anon_alloc", .stack = &calls[0], .pid = 17, .n = 3, .ns = 30,
	 .zeroed = 4096},
	{.depth = 1, .by = CR2_REPORT_BY_STACK, .label = "f", .pid = 17, .stack = &calls[1], .n = 2, .ns = 20},
	{.depth = 2, .by = CR2_REPORT_BY_PATH, .label = "wp_copy", .stack = &calls[1], .pid = 17, .n = 2, .ns = 20,
	 .copied = 8192},
};
static const struct cr2_view_report report = {
	.title = "a<b.data", .n_by = 3, .by = {CR2_REPORT_BY_PROCESS, CR2_REPORT_BY_STACK, CR2_REPORT_BY_PATH},
	.n_rows = CR2_ARRAY_SIZE(rows), .rows = rows};

static void stacks_are_folded(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_export_folded(&report, CR2_EXPORT_COUNT, &text), 0);
	assert_string_equal(text.data, "p;main;f:</script>\\x0a;vfs_read;anon_alloc 3\n"
				       "p;main;f:</script>\\x0a;wp_copy 2\n");
	cr2_text_clear(&text);
	assert_int_equal(cr2_export_folded(&report, CR2_EXPORT_BYTES, &text), 0);
	assert_string_equal(text.data, "p;main;f:</script>\\x0a;vfs_read;anon_alloc 4096\n"
				       "p;main;f:</script>\\x0a;wp_copy 8192\n");
	cr2_text_finish(&text);
	for (int i = 0; i < CR2_EXPORT_WEIGHTS; i++)
		assert_int_equal(cr2_export_weight_parse(cr2_export_weight_name((enum cr2_export_weight)i)), i);
	assert_int_equal(cr2_export_weight_parse("size"), -EINVAL);
}

static json_t *data_of(const char *page)
{
	static const char begins[] = "id=\"data\">\n", ends[] = "\n</script>";
	const char *from = strstr(page, begins), *to;
	json_t *data;

	assert_non_null(from);
	from += strlen(begins);
	to = strstr(from, ends);
	assert_non_null(to);
	data = json_loadb(from, (size_t)(to - from), 0, NULL);
	assert_non_null(data);
	return data;
}

/* The path from the root that always takes the first child. */
static json_int_t value(json_t *node, size_t i)
{
	return json_integer_value(json_array_get(node, i));
}

static void a_page_holds_the_tree(void **state)
{
	struct cr2_text text = {0};
	json_t *data, *node, *names;

	(void)state;
	assert_int_equal(cr2_export_html(&report, &text), 0);
	assert_null(strstr(text.data, "http:"));
	assert_null(strstr(text.data, "https:"));
	data = data_of(text.data);
	assert_string_equal(json_string_value(json_object_get(data, "title")), "page faults: a<b.data");
	names = json_object_get(data, "names");
	node = json_object_get(data, "root");
	assert_int_equal(value(node, 2), 5);
	assert_int_equal(value(node, 3), 50);
	assert_int_equal(value(node, 4), 4096 + 8192);
	/* all > p > main > f > two */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(json_array_size(json_array_get(node, 5)), 1);
		node = json_array_get(json_array_get(node, 5), 0);
		assert_int_equal(value(node, 2), 5);
	}
	assert_int_equal(json_array_size(json_array_get(node, 5)), 2);
	assert_string_equal(json_string_value(json_array_get(names, (size_t)value(node, 0))), "f;</script>\\x0a");
	json_decref(data);
	cr2_text_finish(&text);
}

/* The gzip's content, which is to be freed. */
static uint8_t *unzip(const struct cr2_text *bytes, size_t *ret_n)
{
	z_stream stream = {.next_in = (uint8_t *)bytes->data, .avail_in = (uInt)bytes->length};
	const size_t most = 1 << 16;
	uint8_t *out = malloc(most);

	assert_non_null(out);
	assert_int_equal(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
	stream.next_out = out;
	stream.avail_out = (uInt)most;
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	*ret_n = most - stream.avail_out;
	inflateEnd(&stream);
	return out;
}

/* tests/cli/report.bats lets pprof read a whole one. */
static void a_profile_holds_names_once(void **state)
{
	struct cr2_text bytes = {0};
	int r = cr2_export_pprof(&report, &bytes);
	uint8_t *data, *first;
	size_t n;

	(void)state;
	if (r == -ENOSYS)
		test_skip("built without protobuf-c");
	assert_int_equal(r, 0);
	data = unzip(&bytes, &n);
	first = memmem(data, n, "/bin/p", 6);
	assert_non_null(first);
	assert_null(memmem(first + 6, n - (size_t)(first + 6 - data), "/bin/p", 6));
	assert_non_null(memmem(data, n, "nanoseconds", 11));
	free(data);
	cr2_text_finish(&bytes);
}

static void faults_are_events(void **state)
{
	static const struct cr2_frame *const list[] = {&frames[1], &frames[2]};
	const struct cr2_calls both = {2, list};
	struct cr2_recorded_fault fault = {.fault = {
		.time = 5000, .ns = 1500, .addr = 0x1000, .pid = 17, .tid = 18, .comm = "p", .path = CR2_PATH_WP_COPY}};
	struct cr2_export_events *events;
	struct cr2_text text = {0};
	json_t *root, *list_json, *event;

	(void)state;
	assert_int_equal(cr2_export_events_begin(&events, &text), 0);
	assert_int_equal(cr2_export_event(events, &fault, &both, &text), 0);
	fault.fault.time = 9000;
	assert_int_equal(cr2_export_event(events, &fault, &both, &text), 0);
	fault.fault.comm = "q";
	assert_int_equal(cr2_export_event(events, &fault, &both, &text), 0);
	assert_int_equal(cr2_export_events_end(events, &text), 0);
	root = json_loads(text.data, 0, NULL);
	assert_non_null(root);
	list_json = json_object_get(root, "traceEvents");
	/* p's name, two faults, q's name, one. */
	assert_int_equal(json_array_size(list_json), 5);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list_json, 0), "ph")), "M");
	event = json_array_get(list_json, 2);
	assert_string_equal(json_string_value(json_object_get(event, "name")), "wp_copy");
	assert_true(json_real_value(json_object_get(event, "ts")) == 4);
	assert_true(json_real_value(json_object_get(event, "dur")) == 1.5);
	assert_int_equal(json_integer_value(json_object_get(event, "tid")), 18);
	event = json_object_get(json_object_get(event, "args"), "calls");
	assert_string_equal(json_string_value(json_array_get(event, 1)), "main");
	json_decref(root);
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_are_folded),
		cmocka_unit_test(a_page_holds_the_tree),
		cmocka_unit_test(a_profile_holds_names_once),
		cmocka_unit_test(faults_are_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
