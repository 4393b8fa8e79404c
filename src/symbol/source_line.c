/* SPDX-License-Identifier: MIT */
/* The source line of an address, and the function whose code it is, from DWARF. */
#include <stdio.h>
#include <stdlib.h>

#include <dwarf.h>
#include <elfutils/libdw.h>

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
