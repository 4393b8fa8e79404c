/* SPDX-License-Identifier: MIT */
/* The modules refused, removed from under a load, and removed while faults are under way. */
#include "kmod.h"

/* Both come and go while four processes fault, fork, and read their files. */
void test_unload_busy(void **state)
{
	(void)state;
	assert_int_equal(ask("storm"), 0);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(ask("load fault_count.ko %s", i % 2 ? "processes=1" : ""), 0);
		assert_int_equal(ask("load fault_trace.ko return=%d ratelimit=5", i % 2), 0);
		ask_usage("touch 503");
		assert_int_equal(ask("unload fault_count"), 0);
		assert_int_equal(ask("unload fault_trace"), 0);
	}
	assert_int_equal(ask("calm"), 0);
	forget_log();
}

/* A followed call returns long after the module that would have seen it; new ones do not mind. */
void test_unload_held(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ask("load fault_count.ko"), 0);
		assert_int_equal(ask("load fault_trace.ko return=1"), 0);
		ask("hold 13");
		assert_int_equal(ask("unload fault_count"), 0);
		assert_int_equal(ask("unload fault_trace"), 0);
		assert_int_equal(ask("load fault_count.ko"), 0);
		ask_usage("release");
		assert_int_equal(ask("unload fault_count"), 0);
	}
	forget_log();
}

static void expect_refused(const char *what, const char *why)
{
	struct cr2_text log;

	assert_int_equal(ask("load %s", what), -22);
	log = ask_log();
	if (!strstr(log.data, why))
		fail_msg("load %s: no '%s' in\n%s", what, why, log.data);
	cr2_text_finish(&log);
}

void test_refused(void **state)
{
	(void)state;
	expect_refused("fault_count.ko processes=0", "processes= takes 1 to 1048576, not 0\n");
	expect_refused("fault_count.ko calls=0", "calls= takes 1 to 65536, not 0\n");
	expect_refused("fault_count.ko sort=beauty", "");
	expect_refused("fault_trace.ko pid=-1", "pid= takes the number of a process, not -1\n");
	expect_refused("fault_trace.ko ratelimit=3000000000", "ratelimit= takes at most 2147483647\n");
	expect_refused("fault_trace.ko return=1 calls=70000", "calls= takes 1 to 65536, not 70000\n");
	assert_int_equal(ask("load fault_count.ko"), 0);
	assert_int_equal(ask("load fault_count.ko"), -17);
	assert_int_equal(ask("write " COUNT " sort=beauty"), -22);
	assert_int_equal(ask("write " COUNT " all of this is more than any command takes"), -22);
	/* Nothing to read for one that only writes: a seek there finds nothing, or is refused. */
	assert_true(ask("seek " COUNT) <= 4096);
	assert_int_equal(ask("unload fault_count"), 0);
	forget_log();
}
