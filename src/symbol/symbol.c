/* SPDX-License-Identifier: MIT */
/*
 * Where a program's crash is in its file and its source. Whether the file at hand is the one
 * that crashed, the bytes of the Code: line tell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <cr2/base.h>

#include "object.h"

static size_t program_headers(const struct object *object)
{
	size_t n = 0;

	return object->elf && elf_getphdrnum(object->elf, &n) == 0 ? n : 0;
}

static bool load_segment(const struct object *object, size_t i, GElf_Phdr *ret)
{
	return gelf_getphdr(object->elf, (int)i, ret) && ret->p_type == PT_LOAD;
}

/*
 * Older kernels print where the mapping of ip starts, not which part of the file it is: it is
 * the executable segment, the one of the mapping's length where there are several.
 */
static bool guess_file_offset(const struct object *object, const struct cr2_log_report *report,
			      uint64_t *ret_offset)
{
	const uint64_t mask = 4095;
	uint64_t within = report->ip - report->object_start;
	size_t candidates = 0;

	for (size_t i = 0; i < program_headers(object); i++) {
		GElf_Phdr segment;
		uint64_t first, length;

		if (!load_segment(object, i, &segment) || !(segment.p_flags & PF_X))
			continue;
		first = segment.p_offset & ~mask;
		length = (segment.p_offset + segment.p_filesz - first + mask) & ~mask;
		if (length == report->object_length) {
			*ret_offset = first + within;
			return true;
		}
		if (length > within && candidates++ == 0)
			*ret_offset = first + within;
	}
	return candidates == 1;
}

static bool address_of_offset(const struct object *object, uint64_t offset, uint64_t *ret_address,
			      bool *ret_writable)
{
	for (size_t i = 0; i < program_headers(object); i++) {
		GElf_Phdr segment;

		if (load_segment(object, i, &segment) && offset >= (segment.p_offset & ~4095ULL) &&
		    offset < segment.p_offset + segment.p_filesz) {
			*ret_address = offset - segment.p_offset + segment.p_vaddr;
			*ret_writable = segment.p_flags & PF_W;
			return true;
		}
	}
	return false;
}

static enum cr2_log_match compare_code(const struct object *object, const struct cr2_log_report *report,
				       uint64_t offset)
{
	uint8_t bytes[CR2_LOG_CODE_MAX];
	uint8_t skip = 0;

	if (report->code_length == 0)
		return CR2_LOG_UNVERIFIED;
	/* Bytes before the segment belong to whatever is mapped there. */
	if ((offset & 4095) < report->code_ip && report->ip - report->object_start < report->code_ip)
		skip = (uint8_t)(report->code_ip - (report->ip - report->object_start));
	if (!object_read(object, offset - report->code_ip + skip, bytes,
			 (size_t)(report->code_length - skip)))
		return CR2_LOG_DIFFERS;
	return memcmp(bytes, report->code + skip, (size_t)(report->code_length - skip)) == 0 ?
		CR2_LOG_SAME : CR2_LOG_DIFFERS;
}

static void copy_name(char *ret, size_t size, const char *name)
{
	snprintf(ret, size, "%s", name ? name : "");
}

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
static void find_inlined(Dwarf_Die *unit, uint64_t address, struct cr2_log_place *place)
{
	Dwarf_Die *scopes = NULL;
	int n = dwarf_getscopes(unit, address, &scopes);

	for (int i = 0; i < n; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag == DW_TAG_inlined_subroutine)
			copy_name(place->inlined, sizeof(place->inlined), dwarf_diename(&scopes[i]));
		if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram)
			break;
	}
	free(scopes);
}

void object_source(const struct object *object, uint64_t address, struct cr2_log_place *place)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(object, address, &bias);
	Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, address - bias) : NULL;
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int number = 0;

	if (!file)
		return;
	dwarf_lineno(line, &number);
	copy_name(place->file, sizeof(place->file), file);
	place->line = number;
	find_inlined(unit, address - bias, place);
}

static void locate_symbol(const struct object *object, uint64_t address, struct cr2_log_place *place)
{
	GElf_Sym symbol;
	GElf_Off offset;
	const char *name = dwfl_module_addrinfo(object->module, address + object->bias, &offset, &symbol,
						NULL, NULL, NULL);

	if (name) {
		copy_name(place->symbol, sizeof(place->symbol), name);
		place->symbol_offset = offset;
	}
	object_source(object, address + object->bias, place);
}

static void locate_section(const struct object *object, uint64_t address, struct cr2_log_place *place)
{
	size_t names;
	Elf_Scn *section = NULL;

	if (elf_getshdrstrndx(object->elf, &names) < 0)
		return;
	while ((section = elf_nextscn(object->elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_flags & SHF_ALLOC &&
		    !(header.sh_flags & SHF_TLS) && address >= header.sh_addr &&
		    address - header.sh_addr < header.sh_size) {
			copy_name(place->data_section, sizeof(place->data_section),
				  elf_strptr(object->elf, names, header.sh_name));
			return;
		}
	}
}

/* What the accessed address is, where the same object holds it. */
static void locate_data(const struct object *object, uint64_t address, struct cr2_log_place *place)
{
	GElf_Sym symbol;
	GElf_Off offset;
	const char *name;

	for (size_t i = 0; i < program_headers(object); i++) {
		GElf_Phdr segment;

		if (!load_segment(object, i, &segment) || address < (segment.p_vaddr & ~4095ULL) ||
		    address >= ((segment.p_vaddr + segment.p_memsz + 4095) & ~4095ULL))
			continue;
		place->data_known = true;
		place->data_write = segment.p_flags & PF_W;
		place->data_exec = segment.p_flags & PF_X;
		locate_section(object, address, place);
		name = dwfl_module_addrinfo(object->module, address + object->bias, &offset, &symbol,
					    NULL, NULL, NULL);
		if (name && offset < (symbol.st_size ? symbol.st_size : 1)) {
			copy_name(place->data_symbol, sizeof(place->data_symbol), name);
			place->data_offset = offset;
		}
		return;
	}
}

/* The code that the kernel did not print: read from the file. */
static void read_code(const struct object *object, uint64_t offset, struct cr2_log_report *report)
{
	/* Fifteen bytes is the longest an instruction can be; a text segment has more behind it. */
	if (!object_read(object, offset, report->insn.bytes, 15))
		return;
	report->insn.length = 15;
	report->insn.from_file = true;
}

static void locate_user(struct symbols *symbols, struct cr2_log_report *report)
{
	struct object *object = object_of_program(symbols, report->object);
	struct cr2_log_place *place = &report->place;
	uint64_t offset = report->file_offset, address;
	bool writable;

	if (!object->elf)
		return;
	if ((!(report->has & CR2_LOG_HAS_FILE_OFFSET) &&
	     !guess_file_offset(object, report, &offset)) ||
	    !address_of_offset(object, offset, &address, &writable))
		return;
	copy_name(place->path, sizeof(place->path), object->path);
	/* Data changes while the program runs: only text can be compared. */
	place->match = writable ? CR2_LOG_UNVERIFIED : compare_code(object, report, offset);
	if (place->match == CR2_LOG_DIFFERS)
		return;
	report->file_offset = offset;
	report->has |= CR2_LOG_HAS_FILE_OFFSET;
	place->address = address;
	place->has_address = true;
	/* Behind a trap instruction, ip may be the next line's, or the next function's. */
	locate_symbol(object, address - (strcmp(report->what, "trap int3") == 0), place);
	if (report->has & CR2_LOG_HAS_ADDR)
		locate_data(object, report->addr - (report->ip - address), place);
	if (!report->code_length)
		read_code(object, offset, report);
}

void symbols_locate(struct symbols *symbols, struct cr2_log_report *report)
{
	if (report->kind == CR2_LOG_OOPS && report->has & CR2_LOG_HAS_FUNCTION)
		locate_kernel(symbols, report);
	else if (report->kind != CR2_LOG_OOPS && report->has & CR2_LOG_HAS_OBJECT &&
		 report->ip - report->object_start < report->object_length)
		locate_user(symbols, report);
}
