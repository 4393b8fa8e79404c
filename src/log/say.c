/* SPDX-License-Identifier: MIT */
/* A verdict is one pattern, others that are possible, and findings beside them. */
#include <assert.h>

#include "verdict.h"

void log_decide(struct cr2_log_report *report, enum cr2_log_pattern pattern, bool likely)
{
	report->pattern = pattern;
	report->pattern_likely = likely;
}

void log_suggest(struct cr2_log_report *report, enum cr2_log_pattern pattern,
		 enum cr2_log_certainty certainty)
{
	assert(report->n_alternatives < LOG_ALTERNATIVES_MAX);
	report->alternatives[report->n_alternatives++] = (struct cr2_log_alternative){pattern, certainty};
}

void log_add_finding(struct cr2_log_report *report, const struct cr2_log_finding *finding)
{
	assert(report->n_findings < LOG_FINDINGS_MAX);
	report->findings[report->n_findings++] = *finding;
}
