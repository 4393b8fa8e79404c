/* SPDX-License-Identifier: MIT */
/* By what a row of a report is told apart, for people and for programs. */
#ifndef VIEW_TRACE_REPORT_ROW_H
#define VIEW_TRACE_REPORT_ROW_H

#include <cr2/report.h>

#include "record/json.h"
#include "view/draw/rich.h"

/* Both: a process without its number where that is 0. */
void report_row_label(struct rich *cell, const struct cr2_report_row *row);
/* Sets the keys of one kind, the row's own or that of a row above. */
void report_row_key(json_t *o, enum cr2_report_by by, const struct cr2_report_row *row);

/* What is known of a recording as a whole. */
void view_recording_json(json_t *o, const struct cr2_recording_facts *facts);

#endif
