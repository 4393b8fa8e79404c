/* SPDX-License-Identifier: MIT */
/* Names of functions, for those who have no log. */
#include <errno.h>
#include <stdlib.h>

#include "symbol.h"

struct cr2_symbols {
	struct symbols *symbols;
	struct cr2_text name;
};

int cr2_symbols_create(struct cr2_symbols **ret_symbols)
{
	struct cr2_symbols *symbols = calloc(1, sizeof(*symbols));
	int r = symbols ? symbols_create(NULL, 0, &symbols->symbols) : -ENOMEM;

	if (r == 0)
		*ret_symbols = symbols;
	else
		free(symbols);
	return r;
}

void cr2_symbols_destroy(struct cr2_symbols *symbols)
{
	if (!symbols)
		return;
	symbols_destroy(symbols->symbols);
	cr2_text_finish(&symbols->name);
	free(symbols);
}

const char *cr2_symbols_function(struct cr2_symbols *symbols, const char *path,
				 const uint8_t *build_id, size_t n_build_id, uint64_t offset)
{
	cr2_text_clear(&symbols->name);
	return symbols_function_at(symbols->symbols, path, build_id, n_build_id, offset,
				   &symbols->name) == 0 ? symbols->name.data : NULL;
}
