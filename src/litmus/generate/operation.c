/* SPDX-License-Identifier: MIT */
/* Statements, one line each. */
#include <string.h>

#include "scenario.h"

#define PICK(g, words) gen_pick(g, words, CR2_ARRAY_SIZE(words))

static const char *prot(struct gen *g)
{
	static const char *const words[] = {"rw", "rw", "rw", "rw", "rw", "rw", "r", "r", "none",
					    "rx", "rwx", "w", "x", "wx"};

	return PICK(g, words);
}

/* --- objects --- */

static uint64_t object_size(struct gen *g)
{
	if (g->theme->huge_shmem && random_chance(&g->random, 50))
		return 500 + random_below(&g->random, 700);
	if (random_chance(&g->random, g->theme->thp ? 40 : 2))
		return 510 + random_below(&g->random, 5);
	return 1 + random_below(&g->random, random_chance(&g->random, 20) ? 40 : 6);
}

/* Mostly where a page of the pool begins. */
static uint64_t hugetlb_border(struct gen *g, uint64_t page)
{
	return random_chance(&g->random, 90) ? (page + 511) & ~511ULL : page;
}

/* Mostly whole pages. */
static void put_size(struct gen *g, uint64_t pages)
{
	if (pages && random_chance(&g->random, 20))
		gen_put(g, "%llu+100", (unsigned long long)pages - 1);
	else
		gen_put(g, "%llu", (unsigned long long)pages);
}

/* Values that are harmless as instructions too: a scenario may execute what it wrote. */
static void put_value(struct gen *g)
{
	static const char *const values[] = {"0", "0x90", "0xc3", "0x41", "7"};

	if (random_chance(&g->random, 25))
		gen_put(g, " %s", PICK(g, values));
}

void gen_object(struct gen *g)
{
	struct gen_object *object = &g->objects[g->n_objects];

	object->tmpfs = random_chance(&g->random, g->theme->tmpfs);
	object->hugetlb = object->tmpfs && g->theme->hugetlb && random_chance(&g->random, 85);
	if (object->hugetlb) {
		object->pages = 512 * (1 + random_below(&g->random, 3));
		gen_put(g, "%s f%u %llu hugetlb\n", cr2_op_name(CR2_OP_SHMEM), g->n_objects++, (unsigned long long)object->pages);
		return;
	}
	object->pages = object_size(g);
	if (object->tmpfs && !g->theme->memory && !g->theme->numa && random_chance(&g->random, 10)) {
		gen_put(g, "%s f%u %llu\n", cr2_op_name(CR2_OP_SECRET), g->n_objects++, (unsigned long long)object->pages);
		return;
	}
	gen_put(g, "%s f%u ", object->tmpfs ? "shmem" : "file", g->n_objects++);
	put_size(g, object->pages);
	if (!object->tmpfs && random_chance(&g->random, g->theme->cold))
		gen_put(g, " cold");
	else if (object->tmpfs && !g->theme->verbs[VERB_USERFAULT] && random_chance(&g->random, 15))
		gen_put(g, " full");
	if (random_chance(&g->random, 8))
		gen_put(g, " ro");
	gen_put(g, "\n");
	/* What it was made with is there; what it gains is not. */
	if (g->theme->huge_shmem && random_chance(&g->random, 75)) {
		gen_truncate(g, 0, g->n_objects - 1, 0);
		gen_truncate(g, 0, g->n_objects - 1, object->pages);
	}
}

void gen_segment(struct gen *g)
{
	struct gen_object *segment = &g->segments[g->n_segments];

	segment->hugetlb = g->theme->hugetlb && random_chance(&g->random, 85);
	segment->pages = segment->hugetlb ? 512 * (1 + random_below(&g->random, 3)) : object_size(g);
	gen_put(g, "shm s%u %llu%s\n", g->n_segments++, (unsigned long long)segment->pages, segment->hugetlb ? " hugetlb" : "");
}

void gen_truncate(struct gen *g, unsigned process, unsigned object, uint64_t pages)
{
	gen_put_process(g, process);
	gen_put(g, "truncate f%u ", object);
	if (g->objects[object].hugetlb)
		gen_put(g, "%llu", (unsigned long long)hugetlb_border(g, pages));
	else
		put_size(g, pages);
	gen_put(g, "\n");
}

/* A byte of a file, or behind its end. */
static void gen_byte(struct gen *g, unsigned process, unsigned object, bool writes)
{
	static const char *const bytes[] = {"", "", "+50", "+150", "+4095"};
	uint64_t page = random_below(&g->random, g->objects[object].pages + (random_chance(&g->random, 20) ? 3 : 0));

	gen_put_process(g, process);
	gen_put(g, "%s f%u@%llu%s", cr2_op_name(writes ? CR2_OP_FWRITE : CR2_OP_FREAD), object, (unsigned long long)page,
		PICK(g, bytes));
	if (writes)
		put_value(g);
	gen_put(g, "\n");
}

static void gen_allocate(struct gen *g, unsigned process, unsigned object)
{
	const uint64_t page = hugetlb_border(g, random_below(&g->random, g->objects[object].pages + 2));

	gen_put_process(g, process);
	gen_put(g, "allocate f%u@%llu %llu\n", object, (unsigned long long)page,
		(unsigned long long)hugetlb_border(g, 1 + random_below(&g->random, 1024)));
}

static void gen_seal(struct gen *g, unsigned process, unsigned object)
{
	static const char *const seals[] = {"write", "write", "future_write", "shrink", "grow", "shrink grow"};

	gen_put_process(g, process);
	gen_put(g, "seal f%u %s\n", object, PICK(g, seals));
}

void gen_evict(struct gen *g, unsigned process, unsigned object)
{
	gen_put_process(g, process);
	gen_put(g, "evict f%u\n", object);
}

/* --- mappings --- */

static unsigned put_object(struct gen *g)
{
	unsigned object;
	uint64_t page;

	if (!g->n_objects || !random_chance(&g->random, g->theme->object))
		return NONE;
	object = (unsigned)random_below(&g->random, g->n_objects);
	gen_put(g, " f%u", object);
	page = random_below(&g->random, g->objects[object].pages + 2);
	if (g->objects[object].hugetlb)
		page = hugetlb_border(g, page);
	if (page && random_chance(&g->random, 40))
		gen_put(g, "@%llu", (unsigned long long)page);
	return object;
}

static void put_options(struct gen *g)
{
	if (random_chance(&g->random, g->theme->populate))
		gen_put(g, " populate");
	if (random_chance(&g->random, g->theme->locked))
		gen_put(g, " locked");
	if (random_chance(&g->random, g->theme->noreserve))
		gen_put(g, " noreserve");
}

/* Bits of all that act in the same memory. */
static unsigned sharers(const struct gen *g, unsigned process)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < g->n_processes; i++)
		bits |= (unsigned)(g->processes[i].space == g->processes[process].space) << i;
	return bits;
}

/* Its parts are mappings of whom it runs. */
void gen_program(struct gen *g)
{
	static const char *const names[CR2_PARTS] = {"text", "data", "bss", "stack"};
	uint64_t pages[CR2_PARTS] = {gen_size(g), gen_size(g), gen_size(g), CR2_STACK_PAGES};
	uint64_t byte = random_chance(&g->random, 60) ? 1 + random_below(&g->random, CR2_PAGE_SIZE - 1) : 0;

	gen_put(g, "program sh %llu %llu", (unsigned long long)pages[CR2_PART_TEXT],
		(unsigned long long)(pages[CR2_PART_DATA] - (byte > 0)));
	if (byte)
		gen_put(g, "+%llu", (unsigned long long)byte);
	gen_put(g, " %llu\n", (unsigned long long)pages[CR2_PART_BSS]);
	g->parts = g->n_mappings;
	for (int i = 0; i < CR2_PARTS; i++)
		g->mappings[g->n_mappings++] = (struct gen_mapping){
			.name = names[i], .pages = pages[i], .hot = UINT64_MAX, .object = NONE, .stack = i == CR2_PART_STACK,
		};
}

/* Mostly whole pages of the pool; of others the kernel makes whole ones. */
static uint64_t hugetlb_size(struct gen *g)
{
	uint64_t huge;

	if (g->theme->gigantic)
		return random_chance(&g->random, 80) ? GIGANTIC : random_chance(&g->random, 80) ? 2 * GIGANTIC : 1;
	huge = 1 + random_below(&g->random, 3);
	return random_chance(&g->random, 90) ? huge * 512 : huge * 512 - 511 + random_below(&g->random, 3);
}

/* The heap, which is made where there is none. */
static void gen_brk(struct gen *g, unsigned process)
{
	unsigned *heap = &g->processes[g->processes[process].space].heap;
	struct gen_mapping *m = &g->mappings[*heap == NONE ? g->n_mappings : *heap];

	if (*heap == NONE) {
		*m = (struct gen_mapping){.hot = UINT64_MAX, .knows = sharers(g, process), .object = NONE, .heap = true};
		*heap = g->n_mappings++;
	}
	m->pages = gen_size(g);
	gen_put_process(g, process);
	gen_put(g, "brk %s %llu\n", gen_name(g, *heap), (unsigned long long)m->pages);
}

static void gen_attach(struct gen *g, unsigned process)
{
	unsigned segment = (unsigned)random_below(&g->random, g->n_segments);

	g->mappings[g->n_mappings] = (struct gen_mapping){
		.pages = g->segments[segment].pages, .hugetlb = g->segments[segment].hugetlb, .hot = UINT64_MAX, .knows = sharers(g, process), .object = NONE,
		.shared = true, .attached = true,
	};
	gen_put_process(g, process);
	gen_put(g, "shmat m%u s%u%s\n", g->n_mappings++, segment, random_chance(&g->random, 25) ? " ro" : "");
}

/* What `at` comes to where something is there; mostly that goes. */
static void put_where(struct gen *g, bool hugetlb)
{
	static const char *const words[] = {"", "", "", "", "", "", " noreplace", " hint", "", " hint 32bit"};
	const char *where = PICK(g, words);

	gen_put(g, "%s", hugetlb && strstr(where, "32bit") ? " hint" : where);
}

static void gen_mmap(struct gen *g, unsigned process)
{
	const char *rights;
	bool shared, of_pool;
	unsigned base = gen_place(g, process);
	struct gen_mapping *m = &g->mappings[g->n_mappings];

	*m = (struct gen_mapping){
		.pages = gen_size(g),
		.hot = UINT64_MAX,
		.knows = sharers(g, process),
		.object = NONE,
		.stack = random_chance(&g->random, g->theme->stack),
	};
	m->hugetlb = g->theme->hugetlb && random_chance(&g->random, g->theme->hugetlb);
	m->gigantic = m->hugetlb && g->theme->gigantic;
	if (m->hugetlb)
		m->pages = hugetlb_size(g);
	gen_put_process(g, process);
	rights = m->stack && random_chance(&g->random, 85) ? "rw" : prot(g);
	gen_put(g, "map m%u %llu %s", g->n_mappings, (unsigned long long)m->pages, rights);
	shared = random_chance(&g->random, m->stack ? 4 : g->theme->shared);
	gen_put(g, shared ? " shared" : random_chance(&g->random, 2) ? " droppable" : "");
	if (!m->stack)
		m->object = put_object(g);
	of_pool = m->object != NONE && g->objects[m->object].hugetlb;
	m->hugetlb |= of_pool;
	m->shared = shared;
	m->writable_file = shared && m->object != NONE && strncmp(rights, "rw", 2) == 0;
	gen_put(g, m->stack ? " growsdown" : "");
	gen_put(g, m->gigantic ? " gigantic" : m->hugetlb && !of_pool ? " hugetlb" : "");
	put_options(g);
	if (base != NONE && random_chance(&g->random, g->theme->fixed)) {
		gen_put_at(g, base);
		put_where(g, m->hugetlb);
	} else if (g->five_levels && random_chance(&g->random, 50) && gen_put_high(g)) {
		gen_put(g, random_chance(&g->random, 40) ? " hint" : "");
	}
	gen_put(g, "\n");
	g->n_mappings++;
}

void gen_map(struct gen *g, unsigned process)
{
	if (g->n_segments && random_chance(&g->random, 35))
		gen_attach(g, process);
	else if (g->processes[g->processes[process].space].heap == NONE && random_chance(&g->random, 8))
		gen_brk(g, process);
	else
		gen_mmap(g, process);
}

/* Over, below or behind another; what stays behind is as large as it was. */
static void gen_remap_at(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const ends[] = {"", "", " dontunmap"};
	bool whole = random_chance(&g->random, 60) && !g->mappings[mapping].heap;

	gen_put_process(g, process);
	gen_put(g, "remap ");
	if (g->mappings[mapping].heap)
		gen_put_page(g, mapping, gen_page(g, mapping));
	else if (whole)
		gen_put(g, "%s", gen_name(g, mapping));
	else
		gen_put_range(g, mapping);
	gen_put(g, " %llu", (unsigned long long)(whole && random_chance(&g->random, 70) ? g->mappings[mapping].pages
										       : gen_size(g)));
	gen_put_at(g, gen_place(g, process));
	gen_put(g, "%s\n", PICK(g, ends));
}

/* What fork makes and remap moves stays registered. */
static bool hears_events(const struct gen *g, unsigned process)
{
	process = g->processes[process].space;
	return g->uffd >> process & 1 && g->uffd_features[process] & CR2_UFFD_EVENTS;
}

void gen_remap(struct gen *g, unsigned process, unsigned mapping, uint64_t pages)
{
	if (g->processes[g->processes[process].space].heap == mapping && random_chance(&g->random, 75)) {
		gen_brk(g, process);
		return;
	}
	if (g->mappings[mapping].heap || random_chance(&g->random, 40)) {
		gen_remap_at(g, process, mapping);
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "remap %s %llu\n", gen_name(g, mapping), (unsigned long long)pages);
	if (!hears_events(g, process))
		g->mappings[mapping].uffd[g->processes[process].space] = 0;
	/* A failed one leaves the size, but accesses behind the end are worth having too. */
	g->mappings[mapping].pages = pages;
}

/* --- processes --- */

static void inherit_userfault(struct gen *g, unsigned from, unsigned child)
{
	g->uffd |= 1U << child;
	g->uffd_features[child] = g->uffd_features[from];
	for (unsigned i = 0; i < g->n_mappings; i++)
		g->mappings[i].uffd[child] = g->mappings[i].uffd[from];
}

static unsigned make_process(struct gen *g, unsigned process, enum cr2_op_kind kind)
{
	unsigned child = g->n_processes++;

	gen_put_process(g, process);
	gen_put(g, "%s p%u\n", cr2_op_name(kind), child);
	g->alive |= 1U << child;
	g->processes[child] = (struct gen_process){child, child, NONE, g->processes[g->processes[process].space].heap};
	for (unsigned i = 0; i < g->n_mappings; i++)
		g->mappings[i].knows |= (g->mappings[i].knows >> process & 1) << child;
	if (kind == CR2_OP_FORK && hears_events(g, process))
		inherit_userfault(g, g->processes[process].space, child);
	return child;
}

void gen_fork(struct gen *g, unsigned process)
{
	make_process(g, process, CR2_OP_FORK);
}

/* Another actor in the same memory, or else a process with its own. */
static void gen_make(struct gen *g, unsigned process)
{
	static const enum cr2_op_kind kinds[] = {
		CR2_OP_FORK, CR2_OP_FORK, CR2_OP_FORK, CR2_OP_FORK, CR2_OP_THREAD, CR2_OP_VFORK,
	};
	enum cr2_op_kind kind = g->theme->memory ? CR2_OP_FORK : kinds[random_below(&g->random, CR2_ARRAY_SIZE(kinds))];
	struct gen_process *made = &g->processes[make_process(g, process, kind)];

	if (kind == CR2_OP_FORK)
		return;
	made->space = g->processes[process].space;
	if (kind == CR2_OP_THREAD) {
		made->leader = g->processes[process].leader;
		return;
	}
	made->maker = process;
	g->alive &= ~(1U << process);
}

/* With threads that run on? */
static bool has_threads(const struct gen *g, unsigned process)
{
	for (unsigned i = 0; i < g->n_processes; i++)
		if (i != process && g->processes[i].leader == process && !(g->exited >> i & 1))
			return true;
	return false;
}

/* Somebody else goes on. */
static bool may_exit(const struct gen *g, unsigned process)
{
	if (has_threads(g, process))
		return false;
	return g->processes[process].maker != NONE || (g->alive & (g->alive - 1));
}

static void end_process(struct gen *g, unsigned process)
{
	g->alive &= ~(1U << process);
	g->exited |= 1U << process;
	if (g->processes[process].maker != NONE)
		g->alive |= 1U << g->processes[process].maker;
}

static void gen_exit(struct gen *g, unsigned process)
{
	const bool execs = !g->theme->memory && g->processes[process].leader == process && random_chance(&g->random, 20);

	gen_put_process(g, process);
	gen_put(g, "%s\n", cr2_op_name(execs ? CR2_OP_EXECVE : CR2_OP_EXIT));
	end_process(g, process);
}

static bool may_run(const struct gen *g, unsigned process)
{
	return g->parts != NONE && g->processes[process].leader == process && !has_threads(g, process);
}

/* A program of the scenario, in memory of its own, of which nothing is there that was before. */
static void gen_run(struct gen *g, unsigned process)
{
	struct gen_process *runs = &g->processes[process];
	const unsigned bit = 1U << process;

	gen_put_process(g, process);
	gen_put(g, "execve sh\n");
	if (runs->maker != NONE)
		g->alive |= 1U << runs->maker;
	*runs = (struct gen_process){process, process, NONE, NONE};
	g->uffd &= ~bit;
	for (unsigned i = 0; i < g->n_mappings; i++)
		g->mappings[i].uffd[process] = 0;
	for (unsigned i = 0; i < CR2_PARTS; i++)
		g->mappings[g->parts + i].knows |= bit;
}

/* --- protection keys --- */

/* Few, so that memory and rights meet. */
static const char *key(struct gen *g)
{
	static const char *const keys[] = {"1", "1", "1", "1", "2", "2", "3", "15"};

	return PICK(g, keys);
}

static void gen_key(struct gen *g, unsigned process)
{
	static const char *const what[] = {"none", "none", "none", "read", "read", "read", "all", "all", "free"};

	gen_put_process(g, process);
	gen_put(g, "key %s", key(g));
	gen_put(g, " %s\n", PICK(g, what));
}

static void put_key(struct gen *g)
{
	gen_put(g, " key %s", random_chance(&g->random, 85) ? key(g) : "0");
}

/* --- ranges --- */

static void gen_range(struct gen *g, unsigned process, unsigned mapping, const char *verb,
		     const char *last)
{
	gen_put_process(g, process);
	gen_put(g, "%s ", verb);
	gen_put_range(g, mapping);
	gen_put(g, "%s%s\n", last ? " " : "", last ? last : "");
}

static void gen_unmap(struct gen *g, unsigned process, unsigned mapping)
{
	if (!random_chance(&g->random, g->mappings[mapping].attached ? 40 : 1)) {
		gen_range(g, process, mapping, "unmap", NULL);
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "shmdt %s\n", gen_name(g, mapping));
}

static void gen_lock(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const all[] = {"current", "future", "current future", "current onfault", "future onfault",
					  "current future onfault", "onfault"};

	if (!random_chance(&g->random, 15)) {
		gen_range(g, process, mapping, "lock", random_chance(&g->random, 30) ? "onfault" : NULL);
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "lockall %s\n", PICK(g, all));
}

static void gen_unlock(struct gen *g, unsigned process, unsigned mapping)
{
	if (!random_chance(&g->random, 25)) {
		gen_range(g, process, mapping, "unlock", NULL);
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "unlockall\n");
}

/* About what there is, so that it is met soon. */
static void gen_limit(struct gen *g, unsigned process)
{
	static const char *const kinds[] = {"as", "as", "data", "data", "memlock", "memlock", "stack"};
	uint64_t pages = random_below(&g->random, 6);

	for (unsigned i = 0; i < g->n_mappings; i++)
		if (g->mappings[i].knows >> process & 1 && random_chance(&g->random, 80))
			pages += g->mappings[i].pages;
	gen_put_process(g, process);
	if (g->theme->memory && !g->limited) {
		g->limited = true;
		gen_put(g, "limit memory %llu\n", (unsigned long long)random_below(&g->random, 12));
		return;
	}
	gen_put(g, "limit %s", PICK(g, kinds));
	gen_put(g, " %llu\n", (unsigned long long)(random_chance(&g->random, 5) ? 0 : pages));
}

/* Mostly of a page; not for reading alone, which hosts cannot do. */
static void gen_reference(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const verbs[] = {"hold", "hold", "hold", "pin", "pin", "pin", "release", "release"};

	gen_put_process(g, process);
	gen_put(g, "%s ", PICK(g, verbs));
	if (random_chance(&g->random, 60))
		gen_put_page(g, mapping, gen_page(g, mapping));
	else
		gen_put_range(g, mapping);
	gen_put(g, "\n");
}

static void gen_sync(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const ways[] = {NULL, NULL, NULL, "async", "invalidate", "async invalidate"};

	gen_range(g, process, mapping, "sync", PICK(g, ways));
}

static void gen_mdwe(struct gen *g, unsigned process)
{
	gen_put_process(g, process);
	gen_put(g, "mdwe\n");
}

void gen_protect(struct gen *g, unsigned process, unsigned mapping, const char *word)
{
	gen_put_process(g, process);
	gen_put(g, "protect ");
	gen_put_range(g, mapping);
	gen_put(g, " %s", word ? word : prot(g));
	if (g->keys && random_chance(&g->random, 50))
		put_key(g);
	gen_put(g, "\n");
}

static void put_by(struct gen *g)
{
	unsigned by = random_bit(&g->random, g->alive, PROCESSES_MAX);

	if (by)
		gen_put(g, " by p%u\n", by);
	else
		gen_put(g, " by parent\n");
}

/* By another process, or itself; mostly what others may be given. */
static void gen_advise_by(struct gen *g, unsigned process, unsigned mapping, const char *advice)
{
	static const char *const others[] = {"cold", "pageout", "willneed"};

	gen_put_process(g, process);
	gen_put(g, "advise ");
	gen_put_range(g, mapping);
	if (random_chance(&g->random, 40)) {
		gen_put(g, " and ");
		gen_put_range(g, gen_place(g, process));
	}
	gen_put(g, " %s", random_chance(&g->random, 50) ? PICK(g, others) : advice);
	put_by(g);
}

void gen_advise(struct gen *g, unsigned process, unsigned mapping, const char *advice)
{
	const bool any = !advice;

	if (any)
		advice = cr2_advice_name((enum cr2_advice)gen_draw_advice(&g->random, g->theme));
	if (any && !g->theme->memory && random_chance(&g->random, 15)) {
		gen_advise_by(g, process, mapping, advice);
		return;
	}
	gen_range(g, process, mapping, "advise", advice);
}

void gen_advise_all(struct gen *g, unsigned process, unsigned mapping, const char *advice)
{
	gen_put_process(g, process);
	gen_put(g, "advise %s %s\n", gen_name(g, mapping), advice);
}

/* --- accesses --- */

/* By another process, or itself. */
static void gen_remote(struct gen *g, unsigned process, unsigned mapping)
{
	bool writes = random_chance(&g->random, 70), forces = random_chance(&g->random, 60);

	gen_put_process(g, process);
	gen_put(g, "%s ", cr2_op_name(forces ? (writes ? CR2_OP_POKE : CR2_OP_PEEK) : writes ? CR2_OP_VMWRITE : CR2_OP_VMREAD));
	gen_put_ref(g, mapping, false);
	if (writes)
		put_value(g);
	put_by(g);
}

/* Mostly over the border of two pages. */
static void gen_access8(struct gen *g, unsigned process, unsigned mapping)
{
	bool writes = random_chance(&g->random, 60);

	gen_put_process(g, process);
	gen_put(g, writes ? "write8 " : "read8 ");
	gen_put_page(g, mapping, gen_page(g, mapping));
	gen_put(g, "+%u", 4085 + (unsigned)random_below(&g->random, 11));
	if (writes)
		put_value(g);
	gen_put(g, "\n");
}

static void put_bytes(struct gen *g)
{
	static const char *const bytes[] = {"1", "8", "4095", "4096", "4097", "8192", "10000", "16384"};

	gen_put(g, " bytes %s", PICK(g, bytes));
}

void gen_access(struct gen *g, unsigned process, unsigned mapping, const char *verb)
{
	const bool any = !verb;
	bool absolute;

	static const char *const verbs[] = {"read",  "read",  "read",  "write", "write", "write",
					    "write", "write", "kread", "kwrite", "exec", "cmpxchg",
					    NULL, NULL};

	if (!verb)
		verb = PICK(g, verbs);
	if (!verb && g->theme->memory)
		verb = "write";
	else if (!verb && random_chance(&g->random, 30))
		verb = cr2_op_name(CR2_OP_MINCORE);
	if (!verb && random_chance(&g->random, 50)) {
		gen_remote(g, process, mapping);
		return;
	}
	if (!verb) {
		gen_access8(g, process, mapping);
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "%s ", verb);
	absolute = strcmp(verb, "cmpxchg") != 0 && cr2_op_parse(verb) != CR2_OP_MINCORE &&
		   random_chance(&g->random, g->theme->absolute);
	if (absolute)
		gen_put_absolute(g);
	else
		gen_put_ref(g, mapping, strcmp(verb, "exec") == 0);
	if (strstr(verb, "write") || strcmp(verb, "cmpxchg") == 0)
		put_value(g);
	if (any && verb[0] == 'k' && !absolute && random_chance(&g->random, 50))
		put_bytes(g);
	gen_put(g, "\n");
}

/* --- userfaultfd --- */

/* A process has one, whose first statement says what its faults come to. */
static unsigned draw_features(struct gen *g, unsigned process)
{
	uint8_t *features = &g->uffd_features[process = g->processes[process].space];

	if (!(g->uffd >> process & 1))
		*features = (random_chance(&g->random, 50) ? CR2_UFFD_SIGBUS : 0) | (g->theme->async ? CR2_UFFD_ASYNC : 0) |
			    (random_chance(&g->random, 15) ? CR2_UFFD_UNPOPULATED : 0) |
			    (random_chance(&g->random, 30) ? CR2_UFFD_EVENTS : 0);
	g->uffd |= 1U << process;
	return *features;
}

static void put_features(struct gen *g, unsigned features)
{
	gen_put(g, "%s%s%s%s", features & CR2_UFFD_SIGBUS ? " sigbus" : "", features & CR2_UFFD_ASYNC ? " async" : "",
		features & CR2_UFFD_UNPOPULATED ? " unpopulated" : "", features & CR2_UFFD_EVENTS ? " events" : "");
}

/* What there can be to hear of, in tmpfs and shared memory, and else. */
static unsigned draw_modes(struct gen *g, const struct gen_mapping *m)
{
	static const uint8_t shmem[] = {CR2_UFFD_MISSING, CR2_UFFD_MINOR, CR2_UFFD_MINOR, CR2_UFFD_MISSING | CR2_UFFD_MINOR,
					CR2_UFFD_WP, CR2_UFFD_WP, CR2_UFFD_MISSING | CR2_UFFD_WP,
					CR2_UFFD_MISSING | CR2_UFFD_MINOR | CR2_UFFD_WP};
	static const uint8_t anon[] = {CR2_UFFD_MISSING, CR2_UFFD_MISSING, CR2_UFFD_WP, CR2_UFFD_WP,
				       CR2_UFFD_MISSING | CR2_UFFD_WP};

	if (g->theme->async && random_chance(&g->random, 70))
		return CR2_UFFD_WP;
	if (m->shared || m->object != NONE)
		return shmem[random_below(&g->random, CR2_ARRAY_SIZE(shmem))];
	if (random_chance(&g->random, 2))
		return CR2_UFFD_MINOR;
	return anon[random_below(&g->random, CR2_ARRAY_SIZE(anon))];
}

static void gen_register(struct gen *g, unsigned process, unsigned mapping)
{
	unsigned modes = draw_modes(g, &g->mappings[mapping]);

	g->mappings[mapping].uffd[g->processes[process].space] = (uint8_t)modes;
	gen_put_process(g, process);
	gen_put(g, "uffd ");
	if (random_chance(&g->random, 80))
		gen_put(g, "%s", gen_name(g, mapping));
	else
		gen_put_range(g, mapping);
	gen_put(g, "%s%s%s", modes & CR2_UFFD_MISSING ? " missing" : "", modes & CR2_UFFD_WP ? " wp" : "",
		modes & CR2_UFFD_MINOR ? " minor" : "");
	put_features(g, draw_features(g, process));
	gen_put(g, "\n");
}

/* Mostly what fits the modes that it is registered for. */
static enum cr2_op_kind draw_userfault(struct gen *g, unsigned modes)
{
	uint8_t weights[CR2_OP_COUNT] = {
		[CR2_OP_UFFD] = 12, [CR2_OP_UFFD_COPY] = 3, [CR2_OP_UFFD_ZERO] = 2, [CR2_OP_UFFD_POISON] = 4,
		[CR2_OP_UFFD_CONTINUE] = 1, [CR2_OP_UFFD_WP] = 1, [CR2_OP_UFFD_MOVE] = 8,
	};

	if (!modes)
		weights[CR2_OP_UFFD] = 120;
	if (modes & CR2_UFFD_MISSING) {
		weights[CR2_OP_UFFD_COPY] = 25;
		weights[CR2_OP_UFFD_ZERO] = 10;
	}
	if (modes & CR2_UFFD_WP)
		weights[CR2_OP_UFFD_WP] = 50;
	if (modes & CR2_UFFD_WP && g->theme->async)
		weights[CR2_OP_SCAN] = 60;
	if (modes & CR2_UFFD_MINOR)
		weights[CR2_OP_UFFD_CONTINUE] = 40;
	return (enum cr2_op_kind)random_weighted(&g->random, weights, CR2_OP_COUNT);
}

static void gen_put_target(struct gen *g, unsigned process)
{
	unsigned mapping = gen_place(g, process);

	gen_put(g, " %s@%llu", gen_name(g, mapping), (unsigned long long)gen_page(g, mapping));
}

static void gen_userfault(struct gen *g, unsigned process, unsigned mapping)
{
	uint8_t *modes = &g->mappings[mapping].uffd[g->processes[process].space];
	enum cr2_op_kind kind = draw_userfault(g, *modes);
	const char *last = NULL;

	if (kind == CR2_OP_UFFD && (!*modes || random_chance(&g->random, 60))) {
		gen_register(g, process, mapping);
		return;
	}
	if (kind == CR2_OP_UFFD)
		*modes = 0;
	if (kind == CR2_OP_SCAN && random_chance(&g->random, 70))
		last = "protect";
	if ((kind == CR2_OP_UFFD_COPY || kind == CR2_OP_UFFD_CONTINUE) && random_chance(&g->random, *modes & CR2_UFFD_WP ? 40 : 4))
		last = "wp";
	if (kind == CR2_OP_UFFD || kind == CR2_OP_UFFD_WP)
		last = kind == CR2_OP_UFFD_WP && random_chance(&g->random, 70) ? "on" : "off";
	gen_put_process(g, process);
	gen_put(g, "%s ", cr2_op_name(kind));
	if (random_chance(&g->random, 60))
		gen_put_page(g, mapping, gen_page(g, mapping));
	else
		gen_put_range(g, mapping);
	gen_put(g, "%s%s", last ? " " : "", last ? last : "");
	if (kind == CR2_OP_UFFD_MOVE)
		gen_put_target(g, process);
	gen_put(g, "\n");
}

/* --- nodes --- */

static void gen_migrate(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const nodes[] = {"remote", "remote", "remote", "remote all", "remote all", "local", "local all"};
	static const enum cr2_advice lost[] = {CR2_ADVICE_HWPOISON, CR2_ADVICE_SOFT_OFFLINE};

	/* Machines of several nodes are guests, which may lose frames. */
	if (!g->theme->thp && !g->theme->swap && random_chance(&g->random, 15)) {
		gen_put_process(g, process);
		gen_put(g, "advise ");
		gen_put_page(g, mapping, gen_page(g, mapping));
		gen_put(g, " %s\n", cr2_advice_name(lost[random_below(&g->random, CR2_ARRAY_SIZE(lost))]));
		return;
	}
	if (!random_chance(&g->random, 35)) {
		gen_range(g, process, mapping, "migrate", PICK(g, nodes));
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "numa_scan\n");
}

/* --- merged pages --- */

static void gen_merge(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const advice[] = {"mergeable", "mergeable", "unmergeable"};

	if (random_chance(&g->random, 50)) {
		gen_range(g, process, mapping, "advise", PICK(g, advice));
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "ksm_scan\n");
}

/* --- by step of a pattern --- */

void gen_step(struct gen *g, unsigned process, unsigned mapping, uint64_t page,
	      const struct cr2_pattern_step *step)
{
	if (step->op == CR2_OP_EXIT && !may_exit(g, process)) {
		gen_access(g, process, mapping, NULL);
		return;
	}
	gen_put_process(g, process);
	gen_put(g, "%s", cr2_op_name((enum cr2_op_kind)step->op));
	if (step->op != CR2_OP_EXIT) {
		gen_put(g, " ");
		gen_put_page(g, mapping, page);
	} else {
		end_process(g, process);
	}
	if (step->op == CR2_OP_ADVISE)
		gen_put(g, " %s", cr2_advice_name((enum cr2_advice)step->detail));
	if (step->op == CR2_OP_PROTECT)
		gen_put(g, " %s", step->detail & CR2_PROT_WRITE ? "rw" : "r");
	gen_put(g, "\n");
}

/* --- by verb; where one is not possible, an access --- */

static bool is_possible(const struct gen *g, enum verb verb, unsigned process)
{
	switch (verb) {
	case VERB_MAP:
		return gen_has_room(g);
	case VERB_FORK:
		return g->n_processes < PROCESSES_MAX;
	case VERB_EXIT:
		return may_exit(g, process);
	case VERB_TRUNCATE:
	case VERB_EVICT:
		return g->n_objects > 0;
	default:
		return true;
	}
}

/* What is done to a file, past its mappings. */
static void gen_file(struct gen *g, unsigned process)
{
	unsigned object = (unsigned)random_below(&g->random, g->n_objects);
	uint64_t what = random_below(&g->random, 100);

	if (what < 25) {
		gen_byte(g, process, object, true);
		return;
	}
	if (what < 40) {
		gen_byte(g, process, object, false);
		return;
	}
	if (what < 45 || (what < 55 && g->objects[object].tmpfs)) {
		gen_seal(g, process, object);
		return;
	}
	if (what < 80 && g->objects[object].hugetlb)
		gen_allocate(g, process, object);
	else
		gen_truncate(g, process, object, random_below(&g->random, g->objects[object].pages + 3));
}

void gen_verb(struct gen *g, enum verb verb, unsigned process, unsigned mapping)
{
	if ((verb == VERB_FORK || verb == VERB_EXIT) && may_run(g, process) && random_chance(&g->random, 40)) {
		gen_run(g, process);
		return;
	}
	switch (is_possible(g, verb, process) ? verb : VERB_ACCESS) {
	case VERB_MAP:
		gen_map(g, process);
		break;
	case VERB_FORK:
		gen_make(g, process);
		break;
	case VERB_EXIT:
		gen_exit(g, process);
		break;
	case VERB_PROTECT:
		if (g->keys && random_chance(&g->random, 45))
			gen_key(g, process);
		else if (random_chance(&g->random, 4))
			gen_range(g, process, mapping, "mseal", NULL);
		else if (random_chance(&g->random, 2))
			gen_mdwe(g, process);
		else
			gen_protect(g, process, mapping, NULL);
		break;
	case VERB_ADVISE:
		gen_advise(g, process, mapping, NULL);
		break;
	case VERB_UNMAP:
		gen_unmap(g, process, mapping);
		break;
	case VERB_LOCK:
		gen_lock(g, process, mapping);
		break;
	case VERB_UNLOCK:
		gen_unlock(g, process, mapping);
		break;
	case VERB_LIMIT:
		gen_limit(g, process);
		break;
	case VERB_REMAP:
		gen_remap(g, process, mapping, gen_size(g));
		break;
	case VERB_SYNC:
		gen_sync(g, process, mapping);
		break;
	case VERB_TRUNCATE:
		gen_file(g, process);
		break;
	case VERB_EVICT:
		gen_evict(g, process, (unsigned)random_below(&g->random, g->n_objects));
		break;
	case VERB_CLEAR:
		gen_put_process(g, process);
		gen_put(g, "clear_refs\n");
		break;
	case VERB_KSM:
		gen_merge(g, process, mapping);
		break;
	case VERB_MIGRATE:
		gen_migrate(g, process, mapping);
		break;
	case VERB_USERFAULT:
		gen_userfault(g, process, mapping);
		break;
	case VERB_REFERENCE:
		gen_reference(g, process, mapping);
		break;
	default:
		gen_access(g, process, mapping, NULL);
		break;
	}
}
