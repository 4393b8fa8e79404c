/* SPDX-License-Identifier: MIT */
/* What two sessions differ in, in words. */
#include "divergence.h"

#include <inttypes.h>

#include <cr2/view_step.h>

void divergent_fill(struct divergent *f, const struct cr2_divergence *d)
{
	*f = (struct divergent){0};
	for (size_t i = 0; i < 2; i++)
		f->columns[i].observations = &d->runs[i].observations;
	f->run = (struct cr2_view_run){.n_columns = 2, .columns = f->columns};
}

bool divergent_is_of_a_fault(const struct cr2_difference *d)
{
	return d->field == CR2_FIELD_PATH || d->field == CR2_FIELD_MAJOR;
}

int cr2_view_divergence(const struct cr2_divergence *divergence, struct cr2_text *text)
{
	const struct cr2_difference *d = &divergence->differences.items[divergence->first];
	struct divergent f;
	int r;

	divergent_fill(&f, divergence);
	r = cr2_text_printf(text, "step %zu", d->observation + 1);
	/* Both sides say for themselves that they have other steps. */
	if (r == 0 && d->field != CR2_FIELD_STEPS)
		r = cr2_text_printf(text, ": %s", cr2_field_name(d->field));
	if (r == 0 && divergent_is_of_a_fault(d))
		r = cr2_text_printf(text, " of fault %" PRIu64, d->first + 1);
	if (r == 0 && d->field == CR2_FIELD_STATE)
		r = cr2_text_append(text, " of ");
	if (r == 0)
		r = cr2_view_difference_where(&f.run, d, text);
	for (int side = 0; side < 2 && r == 0; side++) {
		r = cr2_text_append(text, side ? " ≠ " : ": ");
		if (r == 0)
			r = cr2_view_difference_side(&f.run, d, side, text);
	}
	return r == 0 && divergence->n > 1 ? cr2_text_printf(text, " (and %zu more)", divergence->n - 1) : r;
}
