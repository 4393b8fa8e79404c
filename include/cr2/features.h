/* SPDX-License-Identifier: MIT */
/* What this machine offers for tracing real programs, tried, and what would bring the rest. */
#ifndef CR2_FEATURES_H
#define CR2_FEATURES_H

#include <stdbool.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

enum cr2_feature {
#define X(id, name, needed, sentence, remedy) CR2_FEATURE_##id,
#include <cr2/tables/trace_feature.def>
#undef X
	CR2_FEATURES,
};
/* Each NULL or false outside the table. */
const char *cr2_feature_name(enum cr2_feature feature);
const char *cr2_feature_sentence(enum cr2_feature feature);
const char *cr2_feature_remedy(enum cr2_feature feature);
bool cr2_feature_needed(enum cr2_feature feature); /* by stat, trace and record */

struct cr2_feature_state {
	bool there;
	char found[96]; /* what was found: a value, a path, an error; "": there is no more to say */
};
/* Tries each. They are there, or not; nothing fails. */
void cr2_features_probe(struct cr2_feature_state ret_states[CR2_FEATURES]);
/* The first that is needed and not there; CR2_FEATURES: none. */
enum cr2_feature cr2_features_missing(const struct cr2_feature_state states[CR2_FEATURES]);

CR2_END_DECLS

#endif
