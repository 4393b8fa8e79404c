/* SPDX-License-Identifier: MIT */
/* Any text is a scenario whose every index is in range, or gets a mistake that can be shown. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <cr2/litmus.h>

#include "fuzz.h"

static void check_mistake(struct cr2_diag *diag, size_t size)
{
	struct cr2_text text = {0};

	for (const struct cr2_diag *d = diag; d; d = d->next) {
		assert(d->message && d->line && d->column && d->width);
		assert(d->line <= size + 1 && d->column <= size + 1);
		assert(!d->excerpt || d->column + d->width <= strlen(d->excerpt) + 2);
		assert(!d->next || d->line <= d->next->line);
	}
	assert(cr2_diag_format(diag, &text) == 0);
	cr2_text_finish(&text);
	cr2_diag_finish(diag);
}

static void check_ref(const struct cr2_litmus *litmus, const struct cr2_ref *ref)
{
	if (ref->mapping == CR2_NO_OBJECT)
		return;
	assert(ref->mapping < litmus->names.mappings.n);
	assert(ref->first <= ref->last && ref->byte < CR2_PAGE_SIZE);
	assert(ref->first >= -CR2_LITMUS_REACH && ref->last <= CR2_LITMUS_REACH);
}

static void check_statement(const struct cr2_litmus *litmus, const struct cr2_statement *s)
{
	assert(s->kind < CR2_OP_COUNT && s->process < litmus->names.processes.n);
	assert(s->object == CR2_NO_OBJECT || s->object < litmus->names.objects.n);
	assert(s->pages <= CR2_LITMUS_PAGES_MAX && s->advice < CR2_ADVICE_COUNT);
	if (s->kind == CR2_OP_FORK)
		assert(s->name > 0 && s->name < litmus->names.processes.n);
	if (s->kind == CR2_OP_MAP)
		assert(s->name < litmus->names.mappings.n && s->pages > 0);
	if (litmus->names.mappings.n)
		check_ref(litmus, &s->ref);
	assert(!s->expect.none || !(s->expect.has_path || s->expect.n_error_codes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r = cr2_litmus_parse("fuzz", (const char *)data, size, &litmus, &diag);

	assert(r == 0 || r == -EINVAL);
	if (r < 0) {
		check_mistake(&diag, size);
		return 0;
	}
	for (size_t i = 0; i < litmus.n_statements; i++)
		check_statement(&litmus, &litmus.statements[i]);
	cr2_litmus_finish(&litmus);
	return 0;
}
