/* SPDX-License-Identifier: MIT */
/* A session's steps as rows. */
#include <cr2/view_step.h>

#include "../../step/session.h"

static void a_step_has_a_row(void **state)
{
	struct cr2_session *session = open_session("# lesson\nmap m 2 rw\nwrite m@1 => none\nread 0x10\n");
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_step_json(session, 2, &text), 0);
	assert_string_equal(text.data, "{\"kind\":\"step\",\"step\":2,\"line\":3,\"proc\":\"parent\",\"op\":\"write\","
		"\"at\":\"m@1\",\"result\":\"ok\",\"faults\":1,\"failed\":true}\n");
	cr2_text_finish(&text);
	cr2_session_destroy(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
