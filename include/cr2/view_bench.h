/* SPDX-License-Identifier: MIT */
/* How what <cr2/bench.h> and <cr2/calibration.h> hold is shown. All return 0 or -ENOMEM. */
#ifndef CR2_VIEW_BENCH_H
#define CR2_VIEW_BENCH_H

#include <cr2/bench_answer.h>
#include <cr2/bench.h>
#include <cr2/calibration.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/* Tables of the cases, each with its target, and a plot of what grows. */
int cr2_view_bench(const struct cr2_bench_report *report, const struct cr2_style *style,
		   struct cr2_text *text);
/* One JSON object a case and line: case, model_ns, kernel_ns, ratio, and how sure they are. */
int cr2_view_bench_json(const struct cr2_bench_report *report, struct cr2_text *text);

/* A table a group with each cost's place on one logarithmic axis, and what is to be known of it. */
int cr2_view_costs(const struct cr2_calibration *calibration, const struct cr2_style *style,
		   struct cr2_text *text);
/* One JSON object a case and line: case, ns, and how sure it is. */
int cr2_view_costs_json(const struct cr2_calibration *calibration, struct cr2_text *text);

/* A screen of at most 24 lines of 80 columns: question, calculation, measurement, verdict. */
int cr2_view_answer(const struct cr2_bench_answer *answer, const struct cr2_style *style,
		    struct cr2_text *text);
/* One JSON object on a line. */
int cr2_view_answer_json(const struct cr2_bench_answer *answer, struct cr2_text *text);

CR2_END_DECLS

#endif
