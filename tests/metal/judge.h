/* SPDX-License-Identifier: MIT */
/* What the model says of a case, beside what the CPU did. */
#ifndef METAL_JUDGE_H
#define METAL_JUDGE_H

#include <stdbool.h>
#include <stdio.h>

#include "machine.h"

/* What a difference is put down to, where not to the model: excuse.def. */
enum excuse {
#define X(id, by, sentence) EXCUSE_##id,
#include "excuse.def"
#undef X
	EXCUSE_COUNT,
};
const char *excuse_sentence(enum excuse excuse);
bool excuse_is_freedom(enum excuse excuse);

struct judge;

/*
 * The model starts from the machine's own page tables, which lie in memory. Errata are
 * excused on an emulated CPU only. Returns NULL without memory.
 */
struct judge *judge_create(const struct metal_info *info, const uint8_t *memory, bool emulated);
void judge_destroy(struct judge *judge);

enum verdict {
	VERDICT_SAME,
	VERDICT_EXCUSED,
	VERDICT_DIFFERENT,
};

/* The cases in the order in which the machine ran them. Sets bit 1 << excuse for each used. */
enum verdict judge_case(struct judge *judge, const struct metal_case *c,
			const struct metal_result *got, unsigned *ret_excuses);
/* The case last judged: settings, access, walk before and after, and what differs. */
void judge_print(const struct judge *judge, FILE *out, const char *prefix);

#endif
