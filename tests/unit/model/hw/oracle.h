/* SPDX-License-Identifier: MIT */
/*
 * What SDM 3A 4.5 to 4.8 says of one access, computed from all entries at once instead of
 * by walking: sets of levels, then the manual's own list of rules. It shares no code with
 * src/model/hw/ and is written to be compared with it.
 */
#ifndef TEST_ORACLE_H
#define TEST_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#define LEVELS_MAX 5

struct oracle_machine {
	bool wp, smep, smap, nxe, pke, la57, page_1g;
	unsigned physical_bits;
	uint32_t pkru;
};

struct oracle_access {
	uint64_t address; /* canonical */
	bool write, fetch, user, ac;
};

/* entry[level]: level 1 maps 4 KiB; entry[0] is not used. */
struct oracle_answer {
	bool fault;
	uint32_t error_code; /* where it faults */
	uint64_t physical; /* where it does not */
	unsigned page_shift;
	uint64_t entry[LEVELS_MAX + 1]; /* what the entries are afterwards */
};

struct oracle_answer oracle(const struct oracle_machine *m, const struct oracle_access *a,
			    const uint64_t entry[LEVELS_MAX + 1]);

#endif
