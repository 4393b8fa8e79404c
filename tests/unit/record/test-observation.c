/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <cr2/state.h>

#include "../test.h"

static const char line[] =
	"{\"step\":5,\"line\":7,\"proc\":\"child\",\"op\":\"write\",\"at\":\"buf@0\",\"result\":\"ok\","
	"\"faults\":[{\"error\":\"0x7\",\"at\":\"buf@0\",\"major\":false,\"path\":\"wp_copy\",\"evidence\":\"seen\"}],"
	"\"state\":{\"parent\":{\"buf\":\"a1 -*3\"},\"child\":{\"buf\":\"a2 -*3\"}}}\n";

static void json_round_trips(void **state)
{
	struct cr2_observations list = {0};
	struct cr2_reader *reader;
	const struct cr2_observation *o;
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_reader_create(NULL, NULL, &reader), 0);
	assert_int_equal(cr2_reader_line(reader, line, &list), 0);
	o = &list.items[0];
	assert_int_equal(o->step, 5);
	assert_int_equal(o->op, CR2_OP_WRITE);
	assert_int_equal(o->faults[0].path, CR2_PATH_WP_COPY);
	assert_string_equal(cr2_name(&list.names.processes, o->process), "child");
	assert_string_equal(cr2_name(&list.names.mappings, o->at.mapping), "buf");
	assert_int_equal(cr2_observations_to_json(&list, &text), 0);
	assert_string_equal(text.data, line);
	cr2_text_finish(&text);
	cr2_reader_destroy(reader);
	cr2_observations_finish(&list);
}

#define STATE(state) "{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"read\"," \
		     "\"result\":\"ok\",\"faults\":[],\"state\":" state "}"

static void what_follows_keeps_only_what_changed(void **state)
{
	static const char *const lines[] = {
		STATE("{\"p\":{\"m\":\"-*4\",\"n\":\"f:0 f:1\"},\"q\":{}}"),
		STATE("{\"p\":{\"m\":\"-*4\",\"n\":\"f:0 f:1\"},\"q\":{}}"),
		STATE("{\"p\":{\"m\":\"- a1/2 -*2\",\"n\":\"f:0 f:1\"},\"q\":{}}"),
		STATE("{\"p\":{\"m\":\"- a1 -*5\"}}"),
	};
	static const size_t changes[] = {5, 0, 2, 4};
	struct cr2_observations list = {0};
	struct cr2_reader *reader;
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_reader_create(NULL, NULL, &reader), 0);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(lines); i++) {
		assert_int_equal(cr2_reader_line(reader, lines[i], &list), 0);
		assert_int_equal(list.items[i].n_changes, changes[i]);
	}
	assert_int_equal(cr2_reader_line(reader, STATE("{\"p\":{\"m\":\"?\"}}"), &list), -EINVAL);
	assert_int_equal(list.count, 4);
	assert_int_equal(cr2_observations_to_json(&list, &text), 0);
	for (size_t i = 0, at = 0; i < CR2_ARRAY_SIZE(lines); i++) {
		assert_memory_equal(text.data + at, lines[i], strlen(lines[i]));
		at += strlen(lines[i]) + 1;
	}
	cr2_text_finish(&text);
	cr2_reader_destroy(reader);
	cr2_observations_finish(&list);
}

static void json_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "{\"step\":1}",
		"{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"fly\",\"result\":\"ok\",\"faults\":[],\"state\":{}}",
		"{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"read\",\"result\":\"ok\",\"faults\":[{}],\"state\":{}}",
		STATE("{\"p\":3}"), STATE("{\"p\":{\"m\":\"a\"}}"), STATE("{\"p\":{\"m\":3}}"),
		"{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"read\",\"at\":\"m@\",\"result\":\"ok\",\"faults\":[],\"state\":{}}",
		"{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"read\",\"at\":\"m@1+4096\",\"result\":\"ok\",\"faults\":[],\"state\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(bad); i++) {
		struct cr2_observations list = {0};
		struct cr2_reader *reader;

		assert_int_equal(cr2_reader_create(NULL, NULL, &reader), 0);
		if (cr2_reader_line(reader, bad[i], &list) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(list.count, 0);
		cr2_reader_destroy(reader);
		cr2_observations_finish(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_round_trips),
		cmocka_unit_test(what_follows_keeps_only_what_changed),
		cmocka_unit_test(json_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
