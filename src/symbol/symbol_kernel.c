/* SPDX-License-Identifier: MIT */
/*
 * Where a kernel function is in its source. An oops names function, offset and size, not an
 * address that means anything in the file; so the function is looked for by its name and size.
 * The size printed goes to the next function, padding included.
 */
#include <string.h>

#include "object.h"

#define PADDING_MOST 64

struct found {
	GElf_Sym symbol;
	GElf_Addr address; /* in libdwfl's space */
	GElf_Word section;
	Elf *elf;
	GElf_Addr bias;
};

static bool size_fits(uint64_t size, uint64_t printed)
{
	return size <= printed && printed - size < PADDING_MOST;
}

/* How many functions have the name and the size; the last of them. named: whatever the size. */
static int find_function(const struct object *object, const struct symbol_function *function,
			 struct found *ret, int *ret_named)
{
	int n = dwfl_module_getsymtab(object->module), fitting = 0;

	*ret_named = 0;
	for (int i = 1; i < n; i++) {
		struct found found;
		const char *name = dwfl_module_getsym_info(object->module, i, &found.symbol, &found.address,
							   &found.section, &found.elf, &found.bias);

		if (!name || GELF_ST_TYPE(found.symbol.st_info) != STT_FUNC ||
		    strcmp(name, function->name) != 0)
			continue;
		++*ret_named;
		if (!size_fits(found.symbol.st_size, function->size))
			continue;
		*ret = found;
		fitting++;
	}
	return fitting;
}

/* The bytes at an offset in the function. */
static size_t read_code(const struct found *found, uint64_t offset, uint8_t *ret_code)
{
	Elf_Scn *section = elf_getscn(found->elf, found->section);
	Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;
	GElf_Shdr header;
	uint64_t at;
	size_t n;

	if (!data || !data->d_buf || !gelf_getshdr(section, &header))
		return 0;
	at = found->address - found->bias - header.sh_addr + offset;
	if (at >= data->d_size)
		return 0;
	n = data->d_size - at < SYMBOL_CODE_MAX ? data->d_size - at : SYMBOL_CODE_MAX;
	memcpy(ret_code, (const char *)data->d_buf + at, n);
	return n;
}

void symbols_find_function(struct symbols *symbols, const struct symbol_function *function,
			   struct symbol_found *ret_found)
{
	struct object *object = object_of_kernel(symbols, function->module, function->release);
	struct cr2_symbol_place *place = &ret_found->place;
	struct found found = {0};
	int fitting, named;

	*ret_found = (struct symbol_found){0};
	if (!object->elf)
		return;
	fitting = find_function(object, function, &found, &named);
	if (named)
		object_copy_name(place->path, sizeof(place->path), object->path);
	place->match = fitting == 1 ? CR2_SYMBOL_UNVERIFIED :
		       named ? CR2_SYMBOL_DIFFERS : CR2_SYMBOL_NO_FILE;
	if (fitting != 1)
		return;
	object_source(object, found.address + function->offset, place);
	ret_found->n_code = read_code(&found, function->offset, ret_found->code);
}
