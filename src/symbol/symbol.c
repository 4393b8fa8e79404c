/* SPDX-License-Identifier: MIT */
/*
 * Where a program's code is in its file and its source. Whether the file at hand is the one
 * that ran, the bytes that ran tell.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
static bool guess_file_offset(const struct object *object, const struct symbol_code *code,
			      uint64_t *ret_offset)
{
	const uint64_t mask = 4095;
	uint64_t within = code->ip - code->start;
	size_t candidates = 0;

	for (size_t i = 0; i < program_headers(object); i++) {
		GElf_Phdr segment;
		uint64_t first, length;

		if (!load_segment(object, i, &segment) || !(segment.p_flags & PF_X))
			continue;
		first = segment.p_offset & ~mask;
		length = (segment.p_offset + segment.p_filesz - first + mask) & ~mask;
		if (length == code->length) {
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

bool object_address(const struct object *object, uint64_t offset, uint64_t *ret_address)
{
	bool writable;

	return address_of_offset(object, offset, ret_address, &writable);
}

bool object_first_address(const struct object *object, uint64_t *ret_address)
{
	for (size_t i = 0; i < program_headers(object); i++) {
		GElf_Phdr segment;

		if (load_segment(object, i, &segment)) {
			*ret_address = segment.p_vaddr & ~4095ULL;
			return true;
		}
	}
	return false;
}

static enum cr2_symbol_match compare_code(const struct object *object,
					  const struct symbol_code *code, uint64_t offset)
{
	uint64_t within = code->ip - code->start;
	uint8_t bytes[4096];
	size_t skip = 0;

	if (code->n_bytes == 0 || code->n_bytes > sizeof(bytes))
		return CR2_SYMBOL_UNVERIFIED;
	/* Bytes before the segment belong to whatever is mapped there. */
	if ((offset & 4095) < code->at && within < code->at)
		skip = (size_t)(code->at - within);
	if (!object_read(object, offset - code->at + skip, bytes, code->n_bytes - skip))
		return CR2_SYMBOL_DIFFERS;
	return memcmp(bytes, code->bytes + skip, code->n_bytes - skip) == 0 ? CR2_SYMBOL_SAME :
									      CR2_SYMBOL_DIFFERS;
}

static void copy_symbol(char *ret, size_t size, const char *name)
{
	char *plain = symbol_demangled(name);

	object_copy_name(ret, size, plain ? plain : name);
	free(plain);
}

static void locate_symbol(const struct object *object, uint64_t address, struct cr2_symbol_place *place)
{
	GElf_Sym symbol;
	GElf_Off offset;
	const char *name = dwfl_module_addrinfo(object->module, address + object->bias, &offset, &symbol,
						NULL, NULL, NULL);

	if (name) {
		copy_symbol(place->symbol, sizeof(place->symbol), name);
		place->symbol_offset = offset;
	}
	object_source(object, address + object->bias, place);
}

static void locate_section(const struct object *object, uint64_t address, struct cr2_symbol_place *place)
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
			object_copy_name(place->data_section, sizeof(place->data_section),
				  elf_strptr(object->elf, names, header.sh_name));
			return;
		}
	}
}

/* What the accessed address is, where the same object holds it. */
static void locate_data(const struct object *object, uint64_t address, struct cr2_symbol_place *place)
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
			copy_symbol(place->data_symbol, sizeof(place->data_symbol), name);
			place->data_offset = offset;
		}
		return;
	}
}

void symbols_find(struct symbols *symbols, const struct symbol_code *code,
		  struct symbol_found *ret_found)
{
	struct object *object = object_of_program(symbols, code->object);
	struct cr2_symbol_place *place = &ret_found->place;
	uint64_t offset = code->offset, address;
	bool writable;

	*ret_found = (struct symbol_found){0};
	if (!object->elf || code->ip - code->start >= code->length ||
	    (!code->has_offset && !guess_file_offset(object, code, &offset)) ||
	    !address_of_offset(object, offset, &address, &writable))
		return;
	object_copy_name(place->path, sizeof(place->path), object->path);
	/* Data changes while the program runs: only text can be compared. */
	place->match = writable ? CR2_SYMBOL_UNVERIFIED : compare_code(object, code, offset);
	if (place->match == CR2_SYMBOL_DIFFERS)
		return;
	ret_found->offset = offset;
	ret_found->has_offset = true;
	place->address = address;
	place->has_address = true;
	locate_symbol(object, address - code->behind, place);
	if (code->has_data)
		locate_data(object, code->data - (code->ip - address), place);
	if (object_read(object, offset, ret_found->code, SYMBOL_CODE_MAX))
		ret_found->n_code = SYMBOL_CODE_MAX;
}

bool object_has_build_id(const struct object *object, const uint8_t *build_id, size_t n)
{
	const unsigned char *own;
	GElf_Addr address;
	int length = dwfl_module_build_id(object->module, &own, &address);

	return n == 0 || (length > 0 && (size_t)length == n && memcmp(own, build_id, n) == 0);
}

int symbols_frames_at(struct symbols *symbols, const char *path, const uint8_t *build_id, size_t n,
		      uint64_t offset, struct cr2_text *text, struct symbol_frames *ret_frames)
{
	struct object *object = object_of_file(symbols, path);
	const char *name;
	char *plain;
	uint64_t address;
	GElf_Off within;
	GElf_Sym symbol;
	bool writable;
	int r;

	if (!object->elf || !object_has_build_id(object, build_id, n) ||
	    !address_of_offset(object, offset, &address, &writable))
		return -ENOENT;
	name = dwfl_module_addrinfo(object->module, address + object->bias, &within, &symbol, NULL, NULL,
				    NULL);
	/* Stripped files have a few names, which stand for all that lies behind them. */
	if (!name || (symbol.st_size && within >= symbol.st_size))
		return -ENOENT;
	plain = symbol_demangled(name);
	r = cr2_text_append(text, plain ? plain : name);
	free(plain);
	return r ? r : object_frames(object, address + object->bias, ret_frames);
}
