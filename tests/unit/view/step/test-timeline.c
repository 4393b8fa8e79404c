/* SPDX-License-Identifier: MIT */
/* A session's steps and faults as rows. */
#include <cr2/view_step.h>

#include "../../step/session.h"

static void every_step_and_fault_has_a_row(void **state)
{
	struct cr2_session *session = open_session("# lesson\nmap m 2 rw\nwrite m@1 => none\nread 0x10\n");
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_timeline_json(session, &text), 0);
	assert_string_equal(text.data,
		"{\"kind\":\"timeline\",\"title\":\"lesson\",\"steps\":["
		"{\"line\":2,\"proc\":\"parent\",\"op\":\"map\",\"at\":null,\"result\":\"ok\",\"faults\":0,\"failed\":false},"
		"{\"line\":3,\"proc\":\"parent\",\"op\":\"write\",\"at\":\"m@1\",\"result\":\"ok\",\"faults\":1,\"failed\":true},"
		"{\"line\":4,\"proc\":\"parent\",\"op\":\"read\",\"at\":\"0x10\",\"result\":\"SEGV_MAPERR\",\"faults\":1,\"failed\":false}],"
		"\"faults\":[{\"step\":2,\"fault_number\":1,\"stages\":8,\"error\":\"0x6\",\"addr\":\"0x200000201000\","
		"\"at\":\"m@1\",\"path\":\"anon_alloc\",\"result\":\"ok\",\"major\":false},"
		"{\"step\":3,\"fault_number\":1,\"stages\":3,\"error\":\"0x4\",\"addr\":\"0x10\",\"at\":\"0x10\","
		"\"path\":\"segv_maperr\",\"result\":\"SEGV_MAPERR\",\"major\":false}]}\n");
	cr2_text_finish(&text);
	cr2_session_destroy(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_and_fault_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
