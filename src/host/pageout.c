/* SPDX-License-Identifier: MIT */
/* What a scenario pages out: memory needs swap, or that there be none; pages of files do not. */
#include <stdlib.h>

#include "pageout.h"

static bool is_pageout(const struct cr2_statement *s)
{
	return s->kind == CR2_OP_ADVISE && s->advice == CR2_ADVICE_PAGEOUT;
}

bool host_pages_out(const struct cr2_litmus *litmus)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		if (is_pageout(&litmus->statements[i]))
			return true;
	return false;
}

/* Can all pages of the mapping come from its file alone? A private one must never be writable. */
static bool shows_only_file(const struct cr2_statement *map, const bool *is_file)
{
	return map->object != CR2_NO_OBJECT && is_file[map->object] &&
	       (map->map_flags & CR2_MAP_SHARED || !(map->prot & CR2_PROT_WRITE));
}

static bool is_private(const struct cr2_statement *map)
{
	return !(map->map_flags & CR2_MAP_SHARED);
}

/* Marks the mappings that can hold memory of their own. */
static void mark(const struct cr2_litmus *litmus, bool *is_file, bool *private, bool *holds)
{
	for (size_t i = 0; i < litmus->n_statements; i++) {
		const struct cr2_statement *s = &litmus->statements[i];

		if (s->kind == CR2_OP_FILE)
			is_file[s->name] = true;
		if (cr2_op_maps(s->kind)) {
			private[s->name] |= is_private(s);
			holds[s->name] |= !shows_only_file(s, is_file);
			/* What another mapping covers shows that one's pages, too. */
			if (s->at)
				holds[s->ref.mapping] = true;
		}
		if (s->kind == CR2_OP_PROTECT && s->prot & CR2_PROT_WRITE)
			holds[s->ref.mapping] |= private[s->ref.mapping];
	}
}

bool host_pages_out_memory(const struct cr2_litmus *litmus)
{
	size_t mappings = litmus->names.mappings.n, objects = litmus->names.objects.n;
	bool *marks = calloc(2 * mappings + objects + 1, sizeof(*marks));
	bool *holds = marks, any = !marks; /* to be safe */

	if (marks)
		mark(litmus, marks + 2 * mappings, marks + mappings, holds);
	for (size_t i = 0; !any && i < litmus->n_statements; i++)
		any = is_pageout(&litmus->statements[i]) &&
		      holds[litmus->statements[i].ref.mapping];
	free(marks);
	return any;
}
