/* SPDX-License-Identifier: MIT */
/*
 * In place of src/symbol: a browser has no object files to look in, and no disassembler. Logs are explained by
 * what they say themselves.
 */
#include <errno.h>

#include "symbol/insn.h"
#include "symbol/symbol.h"

int symbols_create(const char *const *paths, size_t n_paths, struct symbols **ret_symbols)
{
	(void)paths;
	(void)n_paths;
	*ret_symbols = NULL;
	return 0;
}

void symbols_destroy(struct symbols *symbols)
{
	(void)symbols;
}

void symbols_find(struct symbols *symbols, const struct symbol_code *code, struct symbol_found *ret_found)
{
	(void)symbols;
	(void)code;
	*ret_found = (struct symbol_found){.place.match = CR2_SYMBOL_NO_FILE};
}

void symbols_find_function(struct symbols *symbols, const struct symbol_function *function,
			   struct symbol_found *ret_found)
{
	(void)symbols;
	(void)function;
	*ret_found = (struct symbol_found){.place.match = CR2_SYMBOL_NO_FILE};
}

int symbols_find_frames(struct symbols *symbols, const struct symbol_function *function,
			struct symbol_frames *ret_frames)
{
	(void)symbols;
	(void)function;
	(void)ret_frames;
	return 0;
}

int insn_decoder_create(struct insn_decoder **ret_decoder)
{
	*ret_decoder = NULL;
	return 0;
}

void insn_decoder_destroy(struct insn_decoder *decoder)
{
	(void)decoder;
}

int insn_decode(const struct insn_decoder *decoder, const uint8_t *bytes, size_t n, uint64_t ip, int bits,
		struct insn *ret_insn)
{
	(void)decoder;
	(void)bytes;
	(void)n;
	(void)ip;
	(void)bits;
	(void)ret_insn;
	return -EINVAL;
}
