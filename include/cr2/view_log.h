/* SPDX-License-Identifier: MIT */
/* How the crashes of <cr2/log.h> are shown. All return 0 or -ENOMEM. */
#ifndef CR2_VIEW_LOG_H
#define CR2_VIEW_LOG_H

#include <cr2/log.h>
#include <cr2/log_group.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/*
 * Appends a report to text: a headline, one row per fact, an empty line. source names where the log
 * is from ("dmesg.txt"), or NULL.
 */
int cr2_view_log(const struct cr2_log_report *report, const char *source,
		 const struct cr2_style *style, struct cr2_text *text);
/* The same as one JSON object and a newline. */
int cr2_view_log_json(const struct cr2_log_report *report, const char *source,
		      struct cr2_text *text);

/*
 * Equal crashes: how often, first and last, what is the same in all and what varies, and then the
 * first report as above.
 */
int cr2_view_log_group(const struct cr2_log_group *group, const struct cr2_style *style,
		       struct cr2_text *text);
int cr2_view_log_group_json(const struct cr2_log_group *group, struct cr2_text *text);
/* All of them, one line each, the most frequent first. */
int cr2_view_log_summary(struct cr2_log_groups *groups, const struct cr2_style *style,
			 struct cr2_text *text);
int cr2_view_log_summary_json(struct cr2_log_groups *groups, struct cr2_text *text);

CR2_END_DECLS

#endif
