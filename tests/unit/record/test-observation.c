/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <cr2/record.h>

#include "../test.h"

static const char line[] =
	"{\"step\":5,\"line\":7,\"proc\":\"child\",\"op\":\"write\",\"at\":\"buf@0\",\"result\":\"ok\","
	"\"faults\":[{\"err\":\"0x7\",\"at\":\"buf@0\",\"major\":false,\"path\":\"wp_copy\"}],"
	"\"state\":{\"parent\":{\"buf\":\"a1 -*3\"},\"child\":{\"buf\":\"a2 -*3\"}}}\n";

static void json_round_trips(void **state)
{
	struct cr2_observation o;
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_observation_from_json(line, &o), 0);
	assert_int_equal(o.step, 5);
	assert_int_equal(o.op, CR2_OP_WRITE);
	assert_int_equal(o.faults[0].path, CR2_PATH_WP_COPY);
	assert_string_equal(o.state[1].mappings[0].tokens, "a2 -*3");
	assert_int_equal(cr2_observation_to_json(&o, &text), 0);
	assert_string_equal(text.data, line);
	cr2_text_finish(&text);
	cr2_observation_finish(&o);
}

static void json_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "{\"step\":1}",
		"{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"fly\",\"result\":\"ok\",\"faults\":[],\"state\":{}}",
		"{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"read\",\"result\":\"ok\",\"faults\":[{}],\"state\":{}}",
		"{\"step\":1,\"line\":1,\"proc\":\"p\",\"op\":\"read\",\"result\":\"ok\",\"faults\":[],\"state\":{\"p\":3}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cr2_observation o;

		assert_int_equal(cr2_observation_from_json(bad[i], &o), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_round_trips),
		cmocka_unit_test(json_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
