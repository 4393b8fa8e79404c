/* SPDX-License-Identifier: MIT */
/* The table of what tracing takes. */
#include <cr2/features.h>

static const struct {
	const char *name;
	bool needed;
	const char *sentence, *remedy;
} features[] = {
#define X(id, name, needed, sentence, remedy) [CR2_FEATURE_##id] = {name, needed, sentence, remedy},
#include <cr2/tables/trace_feature.def>
#undef X
};

const char *cr2_feature_name(enum cr2_feature feature)
{
	return feature < CR2_FEATURES ? features[feature].name : NULL;
}

const char *cr2_feature_sentence(enum cr2_feature feature)
{
	return feature < CR2_FEATURES ? features[feature].sentence : NULL;
}

const char *cr2_feature_remedy(enum cr2_feature feature)
{
	return feature < CR2_FEATURES ? features[feature].remedy : NULL;
}

bool cr2_feature_needed(enum cr2_feature feature)
{
	return feature < CR2_FEATURES && features[feature].needed;
}

enum cr2_feature cr2_features_missing(const struct cr2_feature_state states[CR2_FEATURES])
{
	int feature = 0;

	while (feature < CR2_FEATURES && (states[feature].there || !features[feature].needed))
		feature++;
	return (enum cr2_feature)feature;
}
