/* SPDX-License-Identifier: MIT */
/* The source line of an address, and the function whose code it is, from DWARF. */
#include <stdio.h>
#include <stdlib.h>

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <cr2/base.h>

#include "object.h"

/*
 * The compilation unit that holds the address. libdwfl finds it through .debug_aranges, which
 * clang does not write; then each unit is asked.
 */
static Dwarf_Die *find_unit(const struct object *object, uint64_t address, Dwarf_Addr *ret_bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(object->module, address, ret_bias);

	if (unit)
		return unit;
	while ((unit = dwfl_module_nextcu(object->module, unit, ret_bias)))
		if (dwarf_haspc(unit, address - *ret_bias) > 0)
			break;
	return unit;
}

/* The innermost function around the address, if it was inlined into another. */
static void find_inlined(Dwarf_Die *unit, uint64_t address, struct cr2_symbol_place *place)
{
	Dwarf_Die *scopes = NULL;
	int n = dwarf_getscopes(unit, address, &scopes);

	for (int i = 0; i < n; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag == DW_TAG_inlined_subroutine)
			object_copy_name(place->inlined, sizeof(place->inlined),
					 dwarf_diename(&scopes[i]));
		if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram)
			break;
	}
	free(scopes);
}

void object_source(const struct object *object, uint64_t address, struct cr2_symbol_place *place)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(object, address, &bias);
	Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, address - bias) : NULL;
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int number = 0;

	if (!file)
		return;
	dwarf_lineno(line, &number);
	object_copy_name(place->file, sizeof(place->file), file);
	place->line = number;
	find_inlined(unit, address - bias, place);
}

static int add_frame(struct symbol_frames *frames, Dwarf_Die *die, const char *file, int line)
{
	struct symbol_frame *frame;
	int r = cr2_grow(&frames->items, &frames->capacity, frames->n + 1, sizeof(*frames->items));

	if (r < 0)
		return r;
	frame = &frames->items[frames->n++];
	object_copy_name(frame->function, sizeof(frame->function), dwarf_diename(die));
	object_copy_name(frame->file, sizeof(frame->file), file);
	frame->line = line;
	return 0;
}

static int number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) == 0 ? (int)value : 0;
}

/* Each inlined one says where it was called from, which is a line of the next. */
static int add_frames(struct symbol_frames *frames, Dwarf_Die *unit, Dwarf_Die *scopes, int n,
		      const char *file, int line)
{
	Dwarf_Files *files = NULL;
	size_t n_files;
	int r = 0;

	if (dwarf_getsrcfiles(unit, &files, &n_files) < 0)
		files = NULL;
	for (int i = 0; r == 0 && i < n; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		r = add_frame(frames, &scopes[i], file, line);
		if (tag == DW_TAG_subprogram)
			break;
		file = files ? dwarf_filesrc(files, (size_t)number_of(&scopes[i], DW_AT_call_file), NULL, NULL) :
			       NULL;
		line = number_of(&scopes[i], DW_AT_call_line);
	}
	return r;
}

int object_frames(const struct object *object, uint64_t address, struct symbol_frames *ret_frames)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(object, address, &bias), *scopes = NULL, *around = NULL;
	Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, address - bias) : NULL;
	struct symbol_frames frames = {0};
	int number = 0, n = 0, r = 0;

	if (line && dwarf_getscopes(unit, address - bias, &scopes) > 0)
		n = dwarf_getscopes_die(&scopes[0], &around);
	if (line)
		dwarf_lineno(line, &number);
	if (n > 0)
		r = add_frames(&frames, unit, around, n, dwarf_linesrc(line, NULL, NULL), number);
	free(around);
	free(scopes);
	if (r == 0)
		*ret_frames = frames;
	else
		free(frames.items);
	return r;
}
