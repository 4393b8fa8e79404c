/* SPDX-License-Identifier: MIT */
/*
 * What a person or a program sees. Views take records and stages and append to a text;
 * they never know which source made them. All return 0 or -ENOMEM.
 */
#ifndef CR2_VIEW_H
#define CR2_VIEW_H

#include <cr2/record.h>
#include <cr2/stage.h>

/* How to draw; width in columns. */
struct cr2_style {
	bool colour;
	unsigned width;
};

/* One column of a side-by-side table: what a target observed. */
struct cr2_view_column {
	const char *name; /* "model 6.18", "host 6.18.44" */
	const struct cr2_observations *observations;
};

/* Names that stages' addresses and objects have in a scenario; strings are borrowed. */
struct cr2_view_name {
	const char *name;
	uint64_t start, end;
};
struct cr2_view_names {
	size_t n_mappings;
	const struct cr2_view_name *mappings;
	size_t n_objects;
	const char *const *objects; /* indexed by object number */
};

#endif
