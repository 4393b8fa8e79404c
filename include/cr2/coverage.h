/* SPDX-License-Identifier: MIT */
/*
 * Which faults the model was brought to take: paths by what they hit and what they find in the
 * page table. Counted from the stages that it reports (cr2/stage.h). And which patterns of
 * operations led there.
 */
#ifndef CR2_COVERAGE_H
#define CR2_COVERAGE_H

#include <cr2/record.h>
#include <cr2/stage.h>

CR2_BEGIN_DECLS

struct cr2_coverage {
	uint64_t faults[CR2_PATH_SCENARIOS][CR2_COVERAGE_MAPPINGS][CR2_COVERAGE_PAGES];
	uint64_t results[CR2_OP_COUNT][CR2_RESULT_COUNT]; /* what operations came to; the caller counts */
	uint64_t patterns[CR2_PATTERN_COUNT];
};

/* The fault that is under way, and which of the objects below 64 are tmpfs files. */
struct cr2_coverage_fault {
	struct cr2_coverage *coverage;
	uint64_t tmpfs;
	enum cr2_coverage_mapping mapping;
	enum cr2_coverage_page page;
	enum cr2_path path;
	bool counted;
};

/* An observer of stages: pass it and a fault with coverage and tmpfs set to cr2_model_observe(). */
void cr2_coverage_stage(void *fault, const struct cr2_stage *stage);
/* After the last stage of an operation. */
void cr2_coverage_end(struct cr2_coverage_fault *fault);

/* What a scenario has done so far. Begin with zeros. */
struct cr2_coverage_past {
	size_t n, capacity;
	struct cr2_op *ops;
};
/*
 * Counts the patterns that end with op, which succeeded; either: the outcome's. Returns 0 or
 * -ENOMEM.
 */
int cr2_coverage_op(struct cr2_coverage *coverage, struct cr2_coverage_past *past,
		    const struct cr2_op *op, bool either);
void cr2_coverage_past_finish(struct cr2_coverage_past *past);

/* Adds what other counted. */
void cr2_coverage_add(struct cr2_coverage *coverage, const struct cr2_coverage *other);
/* How many of the cells of faults were hit. */
unsigned cr2_coverage_cells(const struct cr2_coverage *coverage);

CR2_END_DECLS

#endif
