/* SPDX-License-Identifier: MIT */
/*
 * The direct map and the array of struct pages have bases that KASLR moves, and symbols are hidden
 * from most. Both are found by what must be in them: the direct map shows a page of our own
 * with the content that we gave it, and the struct page of our top page table points to our mm.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include <cr2/decode.h>

#include "discover.h"
#include "peek.h"
#include "settle.h"

#include "trace/peek.skel.h"

int trace_refuse(struct cr2_text *reason, int error, const char *what)
{
	cr2_text_printf(reason, "%s: %s", what, strerror(-error));
	return error;
}

#define GIB (1ULL << 30)
/* A direct map begins at most so far below any page table: 64 TiB, or 4 PiB with five levels. */
#define TRIES_4_LEVELS (64ULL << 10)
#define TRIES_5_LEVELS (4ULL << 20)
#define STRUCT_PAGE 64

struct probe {
	struct peek_bpf *skeleton;
	struct peek peek;
};

/* Reads n bytes of the kernel's memory into p->peek.data; address 0: who we are. */
static int peek_at(struct probe *p, uint64_t address, size_t n)
{
	uint32_t key = 0;
	uint64_t args[2] = {0};
	int map = bpf_map__fd(p->skeleton->maps.peeks), r;
	struct bpf_test_run_opts run = {
		.sz = sizeof(run), .ctx_in = args, .ctx_size_in = sizeof(args),
	};

	p->peek.address = address;
	p->peek.length = n;
	p->peek.result = 0;
	if (bpf_map_update_elem(map, &key, &p->peek, BPF_ANY) < 0)
		return -errno;
	r = bpf_prog_test_run_opts(bpf_program__fd(p->skeleton->progs.peek), &run);
	if (r < 0)
		return r;
	if (bpf_map_lookup_elem(map, &key, &p->peek) < 0)
		return -errno;
	return (int)p->peek.result;
}

static int peek_word(struct probe *p, uint64_t address, uint64_t *ret_word)
{
	int r = peek_at(p, address, sizeof(*ret_word));

	if (r == 0)
		memcpy(ret_word, p->peek.data, sizeof(*ret_word));
	return r;
}

/* The PTE of one of our own addresses, with this direct map. */
static int walk_own(struct probe *p, const struct discovered *found, uint64_t pgd,
		    const void *address, uint64_t *ret_entry)
{
	uint64_t table = pgd, entry = 0;

	for (int level = found->kernel.la57 ? 5 : 4; level >= 1; level--) {
		uint64_t index = (uint64_t)(uintptr_t)address >> (3 + 9 * level) & 511;
		int r = peek_word(p, table + index * 8, &entry);

		if (r < 0)
			return r;
		if (!(entry & TRACE_PRESENT) || (level > 1 && (entry & TRACE_HUGE)))
			return -ENOENT;
		table = found->direct_map + (entry & TRACE_FRAME);
	}
	*ret_entry = entry;
	return 0;
}

static bool shows_own_page(struct probe *p, const struct discovered *found, uint64_t pgd,
			   const uint64_t *page)
{
	uint64_t entry, word;

	return walk_own(p, found, pgd, page, &entry) == 0 &&
	       peek_word(p, found->direct_map + (entry & TRACE_FRAME), &word) == 0 &&
	       word == page[0];
}

/* Five levels where CR4.LA57 is set: the kernel hides the flag where it does not use them. */
static bool has_la57(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[4096];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strncmp(line, "flags", 5) == 0 && strstr(line, " la57");
	if (file)
		fclose(file);
	return found;
}

static int find_direct_map(struct probe *p, struct discovered *found, uint64_t pgd,
			   const uint64_t *page)
{
	uint64_t tries = found->kernel.la57 ? TRIES_5_LEVELS : TRIES_4_LEVELS;

	/* Its base is on a boundary of 1 GiB, and our page table is in it. */
	for (found->direct_map = pgd & ~(GIB - 1); tries--; found->direct_map -= GIB)
		if (shows_own_page(p, found, pgd, page))
			return 0;
	return -ENOENT;
}

/* Does the struct page at this place say that it is a page table of ours? */
static bool names_mm(struct probe *p, uint64_t at, uint64_t mm)
{
	uint64_t words[STRUCT_PAGE / 8];

	if (peek_at(p, at, sizeof(words)) < 0)
		return false;
	memcpy(words, p->peek.data, sizeof(words));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++)
		if (words[i] == mm)
			return true;
	return false;
}

/* The gigabytes that one table of PUDs maps, from start on. */
static bool find_in_puds(struct probe *p, struct discovered *found, uint64_t table, uint64_t start,
			 uint64_t frame, uint64_t mm)
{
	uint64_t entries[512];

	if (peek_at(p, table, sizeof(entries)) < 0)
		return false;
	memcpy(entries, p->peek.data, sizeof(entries));
	for (uint64_t i = 0; i < CR2_ARRAY_SIZE(entries); i++) {
		found->vmemmap = start + i * GIB;
		if ((entries[i] & TRACE_PRESENT) &&
		    names_mm(p, found->vmemmap + frame * STRUCT_PAGE, mm))
			return true;
	}
	return false;
}

/* The kernel's half of our own top table, down to what maps a gigabyte. */
static bool find_in_table(struct probe *p, struct discovered *found, uint64_t table, int level,
			  uint64_t start, uint64_t frame, uint64_t mm)
{
	uint64_t entries[512], span = 1ULL << (3 + 9 * level);
	bool top = level == (found->kernel.la57 ? 5 : 4);

	if (level == 3)
		return find_in_puds(p, found, table, start, frame, mm);
	if (peek_at(p, table, sizeof(entries)) < 0)
		return false;
	memcpy(entries, p->peek.data, sizeof(entries));
	for (uint64_t i = top ? 256 : 0; i < CR2_ARRAY_SIZE(entries); i++) {
		uint64_t at = start + i * span;

		if (!(entries[i] & TRACE_PRESENT) || (entries[i] & TRACE_HUGE))
			continue;
		if (find_in_table(p, found, found->direct_map + (entries[i] & TRACE_FRAME), level - 1,
				  at, frame, mm))
			return true;
	}
	return false;
}

static int find_vmemmap(struct probe *p, struct discovered *found, uint64_t pgd, uint64_t mm)
{
	int levels = found->kernel.la57 ? 5 : 4;
	uint64_t frame = (pgd - found->direct_map) >> CR2_PAGE_SHIFT;
	/* Addresses of the upper half begin with ones above what the tables translate. */
	uint64_t start = ~0ULL << (12 + 9 * levels);

	return find_in_table(p, found, pgd, levels, start, frame, mm) ? 0 : -ENOENT;
}

/* What swap types stand for, in this kernel; and a flag that has moved. */
static void find_types(struct trace_kernel *kernel)
{
	struct cr2_entry_input input;
	struct utsname name;
	uint64_t minor;

	cr2_entry_input_init(&input);
	if (uname(&name) == 0)
		cr2_kernel_parse(name.release, &input.kernel);
	if (cr2_vm_flags_parse("ui", input.kernel, &minor) == 0)
		kernel->uffd_minor = (uint8_t)__builtin_ctzll(minor);
	for (uint32_t type = 0; type < 32; type++) {
		struct cr2_entry entry;

		input.value = (uint64_t)type << 59 | 0x200;
		cr2_entry_decode(&input, &entry);
		if (!entry.special)
			kernel->swap_types |= 1U << type;
		else if (strncmp(entry.special->name, "migration", 9) == 0)
			kernel->migration_types |= 1U << type;
		else if (strcmp(entry.special->name, "pte_marker") == 0)
			kernel->marker_types |= 1U << type;
		else if (strcmp(entry.special->name, "hwpoison") == 0 ||
			 strcmp(entry.special->name, "swapin_error") == 0)
			kernel->broken_types |= 1U << type;
	}
}

/* What libbpf says belongs to no user; its last words are kept where they may explain a refusal. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* A page of our own that only we know; and one that was only read. */
static int find_all(struct probe *p, struct discovered *found, uint64_t *page,
		    struct cr2_text *reason)
{
	const volatile uint64_t *fresh = page + CR2_PAGE_SIZE / sizeof(*page);
	uint64_t pgd, mm, entry;
	int r = peek_at(p, 0, 0);

	pgd = p->peek.pgd;
	mm = p->peek.mm;
	if (r == 0 && getrandom(page, sizeof(*page), 0) < 0)
		r = -errno;
	if (r < 0)
		return trace_refuse(reason, r, "a BPF program that reads kernel memory does not run");
	found->pid_level = p->peek.pid_level;
	found->pid_space = p->peek.pid_space;
	found->kernel.la57 = has_la57();
	r = find_direct_map(p, found, pgd, page);
	if (r == 0)
		r = find_vmemmap(p, found, pgd, mm);
	(void)fresh[0];
	if (r == 0)
		r = walk_own(p, found, pgd, (const void *)fresh, &entry);
	if (r < 0) {
		cr2_text_append(reason, "where this kernel maps its memory could not be found");
		return r;
	}
	found->functions = trace_try_function() == 0;
	found->kernel.no_zero_page = !(entry & TRACE_SPECIAL);
	find_types(&found->kernel);
	return 0;
}

int discover(struct discovered *ret_found, struct cr2_text *reason)
{
	struct discovered found = {0};
	struct probe probe = {0};
	uint64_t *pages = mmap(NULL, 2 * CR2_PAGE_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r = 0;

	if (pages == MAP_FAILED)
		return -errno;
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(say_nothing);
	madvise(pages, 2 * CR2_PAGE_SIZE, MADV_NOHUGEPAGE);
	pages[1] = 1; /* here, before the walk */
	probe.skeleton = peek_bpf__open_and_load();
	if (!probe.skeleton) {
		r = trace_refuse(reason, -errno, "the kernel takes no BPF program");
	} else {
		r = find_all(&probe, &found, pages, reason);
	}
	peek_bpf__destroy(probe.skeleton);
	munmap(pages, 2 * CR2_PAGE_SIZE);
	if (r == 0)
		*ret_found = found;
	return r;
}
