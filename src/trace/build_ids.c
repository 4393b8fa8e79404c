/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cr2/base.h>

#include "build_ids.h"

/* A note of type NT_GNU_BUILD_ID among those of n bytes. */
static bool find_note(const uint8_t *notes, size_t n, struct build_id *id)
{
	while (n >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t name, length;

		memcpy(&note, notes, sizeof(note));
		name = (note.n_namesz + 3ULL) & ~3ULL;
		length = sizeof(note) + name + ((note.n_descsz + 3ULL) & ~3ULL);
		if (length > n)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && note.n_descsz <= sizeof(id->bytes) &&
		    memcmp(notes + sizeof(note), ELF_NOTE_GNU, 4) == 0) {
			id->n = (uint8_t)note.n_descsz;
			memcpy(id->bytes, notes + sizeof(note) + name, id->n);
			return true;
		}
		notes += length;
		n -= length;
	}
	return false;
}

static void read_notes(int fd, struct build_id *id)
{
	Elf64_Ehdr header;
	uint8_t notes[4096];

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
		return;
	for (unsigned i = 0; i < header.e_phnum && i < 64; i++) {
		Elf64_Phdr segment;
		ssize_t n;

		if (pread(fd, &segment, sizeof(segment), (off_t)(header.e_phoff + i * sizeof(segment))) !=
		    (ssize_t)sizeof(segment))
			return;
		if (segment.p_type != PT_NOTE || segment.p_filesz > sizeof(notes))
			continue;
		n = pread(fd, notes, segment.p_filesz, (off_t)segment.p_offset);
		if (n > 0 && find_note(notes, (size_t)n, id))
			return;
	}
}

/* Looked at before it is opened: to open a device may do something. */
static int open_file(const char *path, uint64_t inode)
{
	int place = open(path, O_PATH | O_CLOEXEC), fd = -1;
	struct stat status;
	char own[32];

	if (place < 0)
		return -1;
	snprintf(own, sizeof(own), "/proc/self/fd/%d", place);
	if (fstat(place, &status) == 0 && status.st_ino == inode && S_ISREG(status.st_mode))
		fd = open(own, O_RDONLY | O_CLOEXEC);
	close(place);
	return fd;
}

/* The link in map_files is the file itself, whatever stands at its path now; while the process lives. */
static void read_id(const struct perf_mmap2 *map, const char *name, uint64_t inode, struct build_id *id)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, map->pid, map->start,
		 map->start + map->length);
	fd = open_file(path, inode);
	if (fd < 0)
		fd = open_file(name, inode);
	if (fd < 0)
		return;
	read_notes(fd, id);
	close(fd);
}

/* Of the file that is mapped; *ret_id: one of those kept, until the next call. */
static int find(struct build_ids *ids, const struct perf_mmap2 *map, const struct perf_place *place, const char *name,
		const struct build_id **ret_id)
{
	const uint64_t device = (uint64_t)place->major << 32 | place->minor;
	uint64_t number = hash_get(&ids->by_file, place->inode, device);
	int r = 0;

	if (!number) {
		r = cr2_grow(&ids->items, &ids->capacity, ids->n + 1, sizeof(*ids->items));
		if (r == 0)
			r = hash_set(&ids->by_file, place->inode, device, ids->n + 1);
		if (r < 0)
			return r;
		ids->items[ids->n] = (struct build_id){0};
		read_id(map, name, place->inode, &ids->items[ids->n]);
		number = ++ids->n;
	}
	*ret_id = &ids->items[number - 1];
	return 0;
}

/* misc and map: of the record, as they are and will be. */
static int fill(struct build_ids *ids, uint16_t *misc, struct perf_mmap2 *map, const char *name)
{
	const struct build_id *id;
	struct perf_place place;
	int r;

	memcpy(&place, &map->build_id_size, sizeof(place));
	if (name[0] != '/' || !place.inode)
		return 0;
	r = find(ids, map, &place, name, &id);
	if (r < 0 || !id->n)
		return r;
	*misc |= PERF_MISC_BUILD_ID;
	map->build_id_size = id->n;
	memset(map->spare, 0, sizeof(map->spare));
	memcpy(map->build_id, id->bytes, sizeof(map->build_id));
	return 0;
}

int build_ids_fill(struct build_ids *ids, char *records, size_t n)
{
	struct perf_record record;
	struct perf_mmap2 map;
	int r = 0;

	for (; n >= sizeof(record) && r == 0; records += record.size, n -= record.size) {
		memcpy(&record, records, sizeof(record));
		if (record.size < sizeof(record) || record.size > n)
			break;
		/* The name ends before the trailer: with a zero byte at least. */
		if (record.type != PERF_IS_MMAP2 || record.size <= sizeof(record) + sizeof(map) + sizeof(struct perf_trailer))
			continue;
		memcpy(&map, records + sizeof(record), sizeof(map));
		record.misc &= (uint16_t)~PERF_MISC_BUILD_ID; /* another's, who asks for them */
		r = fill(ids, &record.misc, &map, records + sizeof(record) + sizeof(map));
		memcpy(records, &record, sizeof(record));
		memcpy(records + sizeof(record), &map, sizeof(map));
	}
	return r;
}

void build_ids_finish(struct build_ids *ids)
{
	free(ids->items);
	hash_finish(&ids->by_file);
	*ids = (struct build_ids){0};
}
