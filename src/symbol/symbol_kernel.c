/* SPDX-License-Identifier: MIT */
/*
 * Where a kernel function is in its source. An oops names function, offset and size, not an
 * address that means anything in the file; so the function is looked for by its name and size.
 * The size printed goes to the next function, padding included; that of a module's last one to
 * the end of the pages that the module has for code.
 */
#include <stdlib.h>
#include <string.h>

#include "object.h"

#define PADDING_MOST 64
#define PAGE_BYTES 4096

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

/* A call trace asks for many: they are sorted by name once for each file. */
struct function_name {
	const char *name; /* libdwfl's */
	int number;
};

static int compare_functions(const void *a, const void *b)
{
	const struct function_name *one = a, *other = b;
	int names = strcmp(one->name, other->name);

	return names ? names : (one->number > other->number) - (one->number < other->number);
}

static bool sort_functions(struct object *object)
{
	int n = dwfl_module_getsymtab(object->module);

	if (object->functions || n <= 0)
		return object->functions;
	object->functions = calloc((size_t)n, sizeof(*object->functions));
	for (int i = 1; object->functions && i < n; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		const char *name = dwfl_module_getsym_info(object->module, i, &symbol, &address, NULL, NULL,
							   NULL);

		if (name && GELF_ST_TYPE(symbol.st_info) == STT_FUNC)
			object->functions[object->n_functions++] = (struct function_name){name, i};
	}
	if (object->functions)
		qsort(object->functions, object->n_functions, sizeof(*object->functions),
		      compare_functions);
	return object->functions;
}

/* The first of that name, or n_functions. */
static size_t first_function(const struct object *object, const char *name)
{
	const struct function_name wanted = {name, 0};
	size_t low = 0, high = object->n_functions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_functions(&object->functions[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Is no other function of a module behind it in its section? */
static bool is_last(const struct object *object, const struct found *last)
{
	GElf_Ehdr header;

	if (!gelf_getehdr(last->elf, &header) || header.e_type != ET_REL)
		return false;
	for (size_t i = 0; i < object->n_functions; i++) {
		struct found other;

		dwfl_module_getsym_info(object->module, object->functions[i].number, &other.symbol,
					&other.address, &other.section, &other.elf, &other.bias);
		if (other.elf == last->elf && other.section == last->section && other.address > last->address)
			return false;
	}
	return true;
}

static bool has_size(const struct object *object, const struct found *found, uint64_t printed)
{
	uint64_t size = found->symbol.st_size;

	return size_fits(size, printed) ||
	       (size <= printed && printed - size < PAGE_BYTES && is_last(object, found));
}

/* How many functions have the name and the size; the last of them. named: whatever the size. */
static int find_function(struct object *object, const struct symbol_function *function,
			 struct found *ret, int *ret_named)
{
	int fitting = 0;

	*ret_named = 0;
	if (!sort_functions(object))
		return 0;
	for (size_t i = first_function(object, function->name); i < object->n_functions; i++) {
		struct found found;

		if (strcmp(object->functions[i].name, function->name) != 0)
			break;
		dwfl_module_getsym_info(object->module, object->functions[i].number, &found.symbol,
					&found.address, &found.section, &found.elf, &found.bias);
		++*ret_named;
		if (!has_size(object, &found, function->size))
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

int symbols_find_frames(struct symbols *symbols, const struct symbol_function *function,
			struct symbol_frames *ret_frames)
{
	struct object *object = object_of_kernel(symbols, function->module, function->release);
	struct symbol_frames frames = {0};
	struct found found = {0};
	int named, r = 0;

	if (object->elf && find_function(object, function, &found, &named) == 1)
		r = object_frames(object, found.address + function->offset, &frames);
	if (r == 0)
		*ret_frames = frames;
	else
		free(frames.items);
	return r;
}
