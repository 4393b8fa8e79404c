/* SPDX-License-Identifier: MIT */
/* How random scenarios on two targets went. Views return 0 or -ENOMEM. */
#ifndef CR2_VIEW_FUZZ_H
#define CR2_VIEW_FUZZ_H

#include <cr2/coverage.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/* What a scenario can show. */
enum cr2_fuzz_finding {
	CR2_FUZZ_DIFFERENCE, /* model and target differ */
	CR2_FUZZ_UNSTABLE, /* they did once, and not when asked again */
	CR2_FUZZ_LEAK, /* the model lost a frame or a swap slot */
	CR2_FUZZ_CRASH, /* cr2 itself ended */
	CR2_FUZZ_LOST, /* the guest ended or hung */
	CR2_FUZZ_INVALID, /* the generator made what the parser refuses */
	CR2_FUZZ_FINDINGS,
};
const char *cr2_fuzz_finding_name(enum cr2_fuzz_finding finding); /* "difference" */

/* Why scenarios did not run to their end on both sides. Strings are borrowed. */
struct cr2_view_fuzz_reason {
	const char *text;
	uint64_t count;
	bool failed; /* it should have run */
};

struct cr2_view_fuzz {
	const char *model, *target; /* "model 6.18", "host 6.18.44" */
	uint64_t seed;
	double seconds;
	uint64_t steps, scenarios; /* compared, also in part */
	uint64_t skipped; /* scenarios with a reason */
	uint64_t findings[CR2_FUZZ_FINDINGS];
	uint64_t widened[CR2_WIDENING_COUNT];
	size_t n_reasons;
	const struct cr2_view_fuzz_reason *reasons;
	const struct cr2_coverage *coverage;
	bool interrupted;
};

/* The summary, with the table of faults that were reached. */
int cr2_view_fuzz(const struct cr2_view_fuzz *fuzz, const struct cr2_style *style,
		  struct cr2_text *text);
/* The same as one JSON object and a newline. */
int cr2_view_fuzz_json(const struct cr2_view_fuzz *fuzz, struct cr2_text *text);
/* A progress line without newline, at most style's width. */
int cr2_view_fuzz_progress(const struct cr2_view_fuzz *fuzz, const struct cr2_style *style,
			   struct cr2_text *text);

/* A finding as one JSON object and a newline. run may be NULL: there was none. */
struct cr2_view_fuzz_found {
	enum cr2_fuzz_finding finding;
	uint64_t scenario; /* its seed */
	const char *file; /* where it was saved, or NULL */
	const char *reason; /* or NULL */
	const struct cr2_view_run *run;
};
int cr2_view_fuzz_found_json(const struct cr2_view_fuzz_found *found, struct cr2_text *text);

CR2_END_DECLS

#endif
