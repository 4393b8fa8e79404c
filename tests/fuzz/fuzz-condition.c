/* SPDX-License-Identifier: MIT */
/* Any text is a condition, or refused at a place in it; a condition finds the same faults forward and back. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/step.h>

#include "fuzz.h"

static struct cr2_session *open_session(void)
{
	static const char text[] = "map buf 4 rw\nwrite buf@0\nread buf@3\nfork child\nchild: write buf@0\nread buf@9\n";
	struct cr2_model_config config;
	struct cr2_session *session;
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	assert(cr2_litmus_parse("t", text, strlen(text), &litmus, &diag) == 0);
	assert(cr2_session_create(&litmus, &config, &session, &diag) == 0);
	return session;
}

/* How many faults there are from one end to the other. */
static size_t count(struct cr2_session *session, const struct cr2_condition *condition, bool back)
{
	struct cr2_position p = {back ? cr2_session_steps(session) : 0, 0, 0};
	size_t n = 0;
	int r;

	do {
		assert(cr2_session_go(session, &p) == 0);
		r = cr2_session_search(session, condition, back, &p);
		assert(r >= 0);
		n += (size_t)r;
	} while (r > 0);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cr2_session *session; /* the same for all */
	struct cr2_condition *condition;
	struct cr2_diag diag;
	char *text = strndup((const char *)data, size);
	int r;

	assert(text);
	if (!session)
		session = open_session();
	r = cr2_condition_parse(text, &cr2_session_litmus(session)->names, &condition, &diag);
	assert(r == 0 || r == -EINVAL);
	if (r == 0) {
		assert(count(session, condition, false) == count(session, condition, true));
		cr2_condition_destroy(condition);
	} else {
		assert(diag.message && diag.column >= 1 && diag.column <= strlen(text) + 1);
		cr2_diag_finish(&diag);
	}
	free(text);
	return 0;
}
