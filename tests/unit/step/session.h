/* SPDX-License-Identifier: MIT */
/* A session over a scenario that a test has as text. */
#ifndef TESTS_STEP_SESSION_H
#define TESTS_STEP_SESSION_H

#include <cr2/step.h>

#include "../test.h"

static inline struct cr2_session *open_session_of(const char *text, enum cr2_profile profile)
{
	struct cr2_model_config config;
	struct cr2_session *session;
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	cr2_model_config_init(&config, profile);
	if (cr2_litmus_parse("t", text, strlen(text), &litmus, &diag) < 0)
		fail_msg("%u: %s", diag.line, diag.message);
	assert_int_equal(cr2_session_create(&litmus, &config, &session, &diag), 0);
	return session;
}

static inline struct cr2_session *open_session(const char *text)
{
	return open_session_of(text, CR2_PROFILE_6_18);
}

#endif
