/* SPDX-License-Identifier: MIT */
/* How what <cr2/force.h> holds is shown. All return 0 or -ENOMEM. */
#ifndef CR2_VIEW_FORCE_H
#define CR2_VIEW_FORCE_H

#include <cr2/force.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/* What a kind of fault is expected to come to. */
struct cr2_force_kind {
	enum cr2_force force;
	uint64_t error_code;
	bool major;
	enum cr2_path path;
	enum cr2_result result;
};

/* All kinds, a row each. */
int cr2_view_force_kinds(const struct cr2_force_kind *kinds, size_t n,
			 const struct cr2_style *style, struct cr2_text *text);
/* The same, one JSON object a line. */
int cr2_view_force_kinds_json(const struct cr2_force_kind *kinds, size_t n, struct cr2_text *text);

/* One fault: what every witness saw of it. kernel: its release. */
int cr2_view_force(const struct cr2_force_report *report, const char *kernel,
		   const struct cr2_style *style, struct cr2_text *text);
/* The same as one JSON object on a line. */
int cr2_view_force_json(const struct cr2_force_report *report, const char *kernel,
			struct cr2_text *text);

CR2_END_DECLS

#endif
