/* SPDX-License-Identifier: MIT */
/*
 * A target small enough to be seen through: private anonymous memory, fork, copy on write.
 * It logs the operations it is given, and answers the next one as it is told to.
 */
#ifndef LITMUS_FAKE_H
#define LITMUS_FAKE_H

#include <cr2/run.h>

struct fake_page {
	uint32_t process;
	uint64_t address;
	uint64_t id; /* 0: mapped, but absent */
};

struct fake {
	struct cr2_runner runner;
	struct cr2_text log;
	struct fake_page *pages;
	size_t n_pages, capacity;
	uint64_t last_id;
	unsigned executed;
	/* What to answer instead, at the Nth operation from 1; 0: never. */
	unsigned answer_at;
	int answer_error;
	struct cr2_outcome answer;
	const char *reason;
	unsigned begun, ended;
};

void fake_init(struct fake *fake);
void fake_finish(struct fake *fake);

#endif
