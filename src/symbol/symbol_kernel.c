/* SPDX-License-Identifier: MIT */
/*
 * Where a kernel function is in its source. An oops names function, offset and size, not an
 * address that means anything in the file; so the function is looked for by its name and size.
 * The size printed goes to the next function, padding included.
 */
#include <stdio.h>
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
static int find_function(const struct object *object, const struct cr2_log_report *report,
			 struct found *ret, int *ret_named)
{
	int n = dwfl_module_getsymtab(object->module), fitting = 0;

	*ret_named = 0;
	for (int i = 1; i < n; i++) {
		struct found found;
		const char *name = dwfl_module_getsym_info(object->module, i, &found.symbol, &found.address,
							   &found.section, &found.elf, &found.bias);

		if (!name || GELF_ST_TYPE(found.symbol.st_info) != STT_FUNC ||
		    strcmp(name, report->function) != 0)
			continue;
		++*ret_named;
		if (!size_fits(found.symbol.st_size, report->function_size))
			continue;
		*ret = found;
		fitting++;
	}
	return fitting;
}

/* The bytes at the fault, where the log does not have them. */
static void read_code(const struct found *found, struct cr2_log_report *report)
{
	Elf_Scn *section = elf_getscn(found->elf, found->section);
	Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;
	GElf_Shdr header;
	uint64_t at;
	size_t n;

	if (!data || !data->d_buf || !gelf_getshdr(section, &header))
		return;
	at = found->address - found->bias - header.sh_addr + report->function_offset;
	if (at >= data->d_size)
		return;
	n = data->d_size - at < 15 ? data->d_size - at : 15;
	memcpy(report->insn.bytes, (const char *)data->d_buf + at, n);
	report->insn.length = (uint8_t)n;
	report->insn.from_file = true;
}

void locate_kernel(struct symbols *symbols, struct cr2_log_report *report)
{
	struct object *object = object_of_kernel(symbols, report->module, report->release);
	struct cr2_log_place *place = &report->place;
	struct found found = {0};
	int fitting, named;

	if (!object->elf)
		return;
	fitting = find_function(object, report, &found, &named);
	if (named)
		snprintf(place->path, sizeof(place->path), "%s", object->path);
	place->match = fitting == 1 ? CR2_LOG_UNVERIFIED : named ? CR2_LOG_DIFFERS : CR2_LOG_NO_FILE;
	if (fitting != 1)
		return;
	object_source(object, found.address + report->function_offset, place);
	if (!report->code_length)
		read_code(&found, report);
}
