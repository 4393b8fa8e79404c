/* SPDX-License-Identifier: MIT */
/* How what <cr2/trace.h> gives is shown. All return 0 or -ENOMEM. */
#ifndef CR2_VIEW_TRACE_H
#define CR2_VIEW_TRACE_H

#include <cr2/diff.h>
#include <cr2/features.h>
#include <cr2/report.h>
#include <cr2/trace.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/* By what rows are told apart. */
enum {
	CR2_VIEW_BY_PATH = 1,
	CR2_VIEW_BY_MAPPING = 2,
	CR2_VIEW_BY_PROCESS = 4,
};

/* What was counted, for people. Strings are borrowed. */
struct cr2_view_stat {
	const char *title; /* the command, "process 17", "all processes" */
	const struct cr2_trace_counts *counts;
	unsigned by; /* CR2_VIEW_BY_ */
	uint64_t elapsed_ns;
	uint64_t cpu_ns; /* that the program used; 0: not known */
	/* The name of a process, or NULL; called where rows are by process. */
	const char *(*name)(void *data, uint64_t pid);
	void *data;
};
int cr2_view_stat(const struct cr2_view_stat *stat, const struct cr2_style *style,
		  struct cr2_text *text);
/* One JSON object a row, whatever `by` says, and one of kind "summary". */
int cr2_view_stat_json(const struct cr2_view_stat *stat, struct cr2_text *text);
/*
 * What was counted in an interval that ended at `t` ns, elapsed_ns long: rows as stat->by says; in JSON as
 * above, each of kind "interval".
 */
int cr2_view_stat_interval(const struct cr2_view_stat *stat, uint64_t t, const struct cr2_style *style,
			   struct cr2_text *text);
int cr2_view_stat_interval_json(const struct cr2_view_stat *stat, uint64_t t, struct cr2_text *text);
/* One fault, one line. began: what `time` counts from; code: whose the instruction is, NULL where nobody looked. */
int cr2_view_traced(const struct cr2_traced_fault *fault, uint64_t began, const struct cr2_frame *code,
		    const struct cr2_style *style, struct cr2_text *text);
int cr2_view_traced_json(const struct cr2_traced_fault *fault, uint64_t began, const struct cr2_frame *code,
			 struct cr2_text *text);

/* A recording's rows. Strings are borrowed. */
struct cr2_view_report {
	const char *title; /* the file */
	size_t n_by;
	enum cr2_report_by by[CR2_REPORT_BYS]; /* as the report's config has them */
	size_t n_rows;
	const struct cr2_report_row *rows;
	struct cr2_recording_facts facts;
	bool resident; /* of what is there at the end */
	uint64_t unowned; /* pages of it that no row has */
};
int cr2_view_report(const struct cr2_view_report *report, const struct cr2_style *style,
		    struct cr2_text *text);
/* One JSON object a row, those above first, and one of kind "summary". */
int cr2_view_report_json(const struct cr2_view_report *report, struct cr2_text *text);

/* Two recordings' rows beside each other. Strings are borrowed. */
struct cr2_view_diff {
	const char *before_title, *after_title; /* the files */
	size_t n_by;
	enum cr2_report_by by[CR2_REPORT_BYS]; /* as the reports' config has them */
	size_t n_rows;
	const struct cr2_diff_row *rows;
	struct cr2_recording_facts before, after;
};
int cr2_view_diff(const struct cr2_view_diff *diff, const struct cr2_style *style, struct cr2_text *text);
/* One JSON object a row, those above first, and one of kind "summary". */
int cr2_view_diff_json(const struct cr2_view_diff *diff, struct cr2_text *text);

/* What a machine offers; in JSON one object each, and one of kind "summary". */
int cr2_view_features(const struct cr2_feature_state states[CR2_FEATURES],
		      const struct cr2_style *style, struct cr2_text *text);
int cr2_view_features_json(const struct cr2_feature_state states[CR2_FEATURES], struct cr2_text *text);

CR2_END_DECLS

#endif
