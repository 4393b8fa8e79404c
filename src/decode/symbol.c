/* SPDX-License-Identifier: MIT */
/*
 * Object files at hand, by elfutils. The log names a program or library without its folder,
 * so it is looked for in the usual ones; whether what is found is what crashed, the bytes of
 * the Code: line tell. A small cache keeps the last objects open: a log tends to name the
 * same few again and again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <cr2/base.h>

#include "decode/symbol.h"

#define CACHED 16

struct object {
	char name[256]; /* as the log says */
	char path[256]; /* empty: looked for and not found */
	int fd;
	Dwfl *dwfl;
	Dwfl_Module *module;
	GElf_Addr bias; /* libdwfl's address = the file's + bias */
	Elf *elf;
	uint64_t used; /* for the cache: when last */
};

struct symbols {
	char **paths;
	size_t n_paths;
	uint64_t clock;
	struct object objects[CACHED];
};

static const char *const usual_places[] = {
	".", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
	"/usr/lib", "/usr/local/lib", "/lib/i386-linux-gnu", "/lib32", "/usr/lib/systemd",
	"/usr/libexec",
};

int symbols_create(const char *const *paths, size_t n_paths, struct symbols **ret_symbols)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return -ENOMEM;
	symbols->paths = calloc(n_paths + 1, sizeof(*symbols->paths));
	if (!symbols->paths)
		goto fail;
	for (size_t i = 0; i < n_paths; i++) {
		symbols->paths[i] = strdup(paths[i]);
		if (!symbols->paths[i])
			goto fail;
		symbols->n_paths++;
	}
	*ret_symbols = symbols;
	return 0;
fail:
	symbols_destroy(symbols);
	return -ENOMEM;
}

static void object_close(struct object *object)
{
	if (object->dwfl)
		dwfl_end(object->dwfl);
	if (object->path[0])
		close(object->fd);
	*object = (struct object){0};
}

void symbols_destroy(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < CACHED; i++)
		object_close(&symbols->objects[i]);
	for (size_t i = 0; symbols->paths && i < symbols->n_paths; i++)
		free(symbols->paths[i]);
	free(symbols->paths);
	free(symbols);
}

/* A regular file that is ELF, or -1. Never blocks: the name comes from a log. */
static int open_elf(const char *path)
{
	char magic[4];
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    pread(fd, magic, sizeof(magic), 0) == sizeof(magic) && memcmp(magic, "\177ELF", 4) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool try_path(struct object *object, const char *folder, size_t length)
{
	if ((size_t)snprintf(object->path, sizeof(object->path), "%.*s/%s", (int)length, folder,
			     object->name) >= sizeof(object->path))
		return false;
	object->fd = open_elf(object->path);
	return object->fd >= 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A path the user gave: the file itself, or a folder that has it. */
static bool try_given(struct object *object, const char *path)
{
	if (strcmp(base_name(path), object->name) == 0) {
		snprintf(object->path, sizeof(object->path), "%s", path);
		object->fd = open_elf(path);
		if (object->fd >= 0)
			return true;
	}
	return try_path(object, path, strlen(path));
}

static bool try_program_path(struct object *object)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t n = strcspn(path, ":");

		if (n && try_path(object, path, n))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static bool find_file(const struct symbols *symbols, struct object *object)
{
	for (size_t i = 0; i < symbols->n_paths; i++)
		if (try_given(object, symbols->paths[i]))
			return true;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(usual_places); i++)
		if (try_path(object, usual_places[i], strlen(usual_places[i])))
			return true;
	return try_program_path(object);
}

static void open_dwfl(struct object *object)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};

	object->dwfl = dwfl_begin(&callbacks);
	if (!object->dwfl)
		return;
	dwfl_report_begin(object->dwfl);
	object->module = dwfl_report_offline(object->dwfl, object->name, object->path, -1);
	dwfl_report_end(object->dwfl, NULL, NULL);
	if (object->module)
		object->elf = dwfl_module_getelf(object->module, &object->bias);
}

static bool is_plain_name(const char *name)
{
	return name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Always an object; one without a path when there is no such file. */
static struct object *find_object(struct symbols *symbols, const char *name)
{
	struct object *oldest = &symbols->objects[0];

	for (size_t i = 0; i < CACHED; i++) {
		struct object *object = &symbols->objects[i];

		if (object->used && strcmp(object->name, name) == 0) {
			object->used = ++symbols->clock;
			return object;
		}
		if (object->used < oldest->used)
			oldest = object;
	}
	object_close(oldest);
	oldest->used = ++symbols->clock;
	snprintf(oldest->name, sizeof(oldest->name), "%s", name);
	if (is_plain_name(name) && find_file(symbols, oldest))
		open_dwfl(oldest);
	else
		oldest->path[0] = '\0';
	return oldest;
}

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
	if (pread(object->fd, bytes, report->code_length - skip,
		  (off_t)(offset - report->code_ip + skip)) != report->code_length - skip)
		return CR2_LOG_DIFFERS;
	return memcmp(bytes, report->code + skip, (size_t)(report->code_length - skip)) == 0 ?
		CR2_LOG_SAME : CR2_LOG_DIFFERS;
}

static void copy_name(char *ret, size_t size, const char *name)
{
	snprintf(ret, size, "%s", name ? name : "");
}

static void locate_symbol(const struct object *object, uint64_t address, struct cr2_log_place *place)
{
	GElf_Sym symbol;
	GElf_Off offset;
	Dwfl_Line *line;
	const char *name;
	int number;

	name = dwfl_module_addrinfo(object->module, address + object->bias, &offset, &symbol, NULL,
				    NULL, NULL);
	if (name) {
		copy_name(place->symbol, sizeof(place->symbol), name);
		place->symbol_offset = offset;
	}
	line = dwfl_module_getsrc(object->module, address + object->bias);
	name = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (name) {
		copy_name(place->file, sizeof(place->file), name);
		place->line = number;
	}
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
	ssize_t n = pread(object->fd, report->insn.bytes, 15, (off_t)offset);

	report->insn.length = n > 0 ? (uint8_t)n : 0;
	report->insn.from_file = n > 0;
}

static void locate_user(struct symbols *symbols, struct cr2_log_report *report)
{
	struct object *object = find_object(symbols, report->object);
	struct cr2_log_place *place = &report->place;
	uint64_t offset = report->file_offset, address;
	bool writable;

	if (!object->path[0] || !object->module || !object->elf)
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
	locate_symbol(object, address, place);
	if (report->has & CR2_LOG_HAS_ADDR)
		locate_data(object, report->addr - (report->ip - address), place);
	if (!report->code_length)
		read_code(object, offset, report);
}

void symbols_locate(struct symbols *symbols, struct cr2_log_report *report)
{
	if (report->kind != CR2_LOG_OOPS && report->has & CR2_LOG_HAS_OBJECT &&
	    report->ip >= report->object_start)
		locate_user(symbols, report);
}
