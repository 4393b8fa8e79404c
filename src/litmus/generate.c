/* SPDX-License-Identifier: MIT */
/*
 * Random valid scenarios. A seed gives the same text on every machine: the generator is
 * integer arithmetic only, and draws in a fixed order. It knows names, sizes and who lives,
 * no more: what an operation does is for the targets to say. Weights favour what is rare in
 * programs and rich in the kernel: borders of mappings, pages shared by processes, parts of
 * 2 MiB pages, files that shrink.
 */
#include <stdarg.h>
#include <string.h>

#include <cr2/litmus.h>

#define PROCESSES_MAX 4
#define MAPPINGS_MAX 6
#define OBJECTS_MAX 3

struct gen_mapping {
	uint64_t pages;
	unsigned knows; /* bit per process that has it */
	bool growsdown;
};

struct gen_object {
	uint64_t pages;
	bool shmem;
};

struct gen {
	uint64_t state[4];
	const struct cr2_generator *config;
	struct cr2_text *text;
	unsigned alive; /* bit per process */
	unsigned n_processes, n_mappings, n_objects;
	struct gen_mapping mappings[MAPPINGS_MAX];
	struct gen_object objects[OBJECTS_MAX];
	bool huge;
	bool swap;
	int r; /* first error of the text */
};

/* xoshiro256** seeded by splitmix64 (Blackman and Vigna, public domain algorithms). */
static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint64_t cr2_generator_seed(uint64_t seed, uint64_t number)
{
	return mix(mix(seed + 0x9e3779b97f4a7c15ULL) + number);
}

static uint64_t draw(struct gen *g)
{
	uint64_t *s = g->state, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

static void seed_state(struct gen *g, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		g->state[i] = mix(seed += 0x9e3779b97f4a7c15ULL);
}

static uint64_t below(struct gen *g, uint64_t n)
{
	return draw(g) % n;
}

static bool chance(struct gen *g, unsigned percent)
{
	return below(g, 100) < percent;
}

__attribute__((format(printf, 2, 3))) static void put(struct gen *g, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (g->r == 0)
		g->r = cr2_text_vprintf(g->text, format, args);
	va_end(args);
}

static const char *pick(struct gen *g, const char *const *words, size_t n)
{
	return words[below(g, n)];
}
#define PICK(g, words) pick(g, words, CR2_ARRAY_SIZE(words))

/* A number with bit set, among those below n; n if none. */
static unsigned pick_bit(struct gen *g, unsigned bits, unsigned n)
{
	unsigned count = (unsigned)__builtin_popcount(bits), k;

	if (!count)
		return n;
	k = (unsigned)below(g, count);
	for (unsigned i = 0; i < n; i++)
		if (bits >> i & 1 && k-- == 0)
			return i;
	return n;
}

static void put_process(struct gen *g, unsigned process)
{
	if (process)
		put(g, "p%u: ", process);
}

static const char *prot(struct gen *g)
{
	static const char *const words[] = {"rw", "rw", "rw", "rw", "rw", "r", "r", "none",
					    "rx", "rwx", "w",  "x"};

	return PICK(g, words);
}

/* Mostly a few pages; with huge pages about one or two of them, and odd sizes around. */
static uint64_t size(struct gen *g)
{
	static const uint64_t huge[] = {512, 512, 513, 600, 1024, 1030, 511};

	if (g->huge && chance(g, 60))
		return huge[below(g, CR2_ARRAY_SIZE(huge))];
	if (chance(g, 8))
		return 17 + below(g, 40);
	return 1 + below(g, 6);
}

static unsigned known_mapping(struct gen *g, unsigned process)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < g->n_mappings; i++)
		bits |= (g->mappings[i].knows >> process & 1) << i;
	return pick_bit(g, bits, g->n_mappings);
}

/* A page of the mapping, the ends and the borders of huge pages more often than others. */
static uint64_t page_in(struct gen *g, uint64_t pages)
{
	if (pages > 16 && chance(g, 40)) {
		static const uint64_t spots[] = {0, 1, 15, 16, 511, 512, 513};
		uint64_t spot = spots[below(g, CR2_ARRAY_SIZE(spots))];

		if (spot < pages)
			return spot;
	}
	if (chance(g, 15))
		return pages - 1;
	return below(g, pages);
}

static void put_range(struct gen *g, unsigned mapping)
{
	uint64_t pages = g->mappings[mapping].pages, first = page_in(g, pages), last;

	if (chance(g, 35)) {
		put(g, "m%u", mapping);
		return;
	}
	if (chance(g, 50)) {
		put(g, "m%u@%llu", mapping, (unsigned long long)first);
		return;
	}
	last = page_in(g, pages);
	if (last < first) {
		uint64_t swapped = first;

		first = last;
		last = swapped;
	}
	put(g, "m%u@%llu..%llu", mapping, (unsigned long long)first, (unsigned long long)last);
}

static void put_ref(struct gen *g, unsigned mapping)
{
	uint64_t pages = g->mappings[mapping].pages, page = page_in(g, pages);

	if (chance(g, 4)) {
		put(g, "m%u@%lld", mapping, chance(g, 50) ? -1LL : (long long)pages);
		return;
	}
	if (g->mappings[mapping].growsdown && chance(g, 30)) {
		put(g, "m%u@-%llu", mapping, 1 + (unsigned long long)below(g, 4));
		return;
	}
	if (chance(g, 15) && page + 3 < pages) {
		put(g, "m%u@%llu..%llu", mapping, (unsigned long long)page,
		    (unsigned long long)(page + 1 + below(g, 3)));
		return;
	}
	put(g, "m%u@%llu", mapping, (unsigned long long)page);
	if (chance(g, 10))
		put(g, "+%llu", (unsigned long long)below(g, 4080));
}

static void make_object(struct gen *g)
{
	struct gen_object *object = &g->objects[g->n_objects];

	object->shmem = chance(g, 35);
	object->pages = 1 + below(g, chance(g, 20) ? 40 : 6);
	put(g, "%s f%u %llu\n", object->shmem ? "shmem" : "file", g->n_objects++,
	    (unsigned long long)object->pages);
}

static void put_map_object(struct gen *g)
{
	unsigned object;
	uint64_t page;

	if (!g->n_objects || chance(g, 55))
		return;
	object = (unsigned)below(g, g->n_objects);
	put(g, " f%u", object);
	page = below(g, g->objects[object].pages + 1);
	if (page && chance(g, 40))
		put(g, "@%llu", (unsigned long long)page);
}

static void make_mapping(struct gen *g, unsigned process)
{
	static const char *const options[] = {" populate", " locked", " noreserve"};
	unsigned known = known_mapping(g, process);
	struct gen_mapping *mapping = &g->mappings[g->n_mappings];
	bool stack = chance(g, 6);

	*mapping = (struct gen_mapping){
		.pages = size(g),
		.knows = 1U << process,
		.growsdown = stack,
	};
	put_process(g, process);
	put(g, "map m%u %llu %s", g->n_mappings, (unsigned long long)mapping->pages,
	    stack ? "rw" : prot(g));
	if (stack) {
		put(g, " growsdown");
	} else {
		put(g, chance(g, 35) ? " shared" : "");
		put_map_object(g);
	}
	if (chance(g, 12))
		put(g, "%s", PICK(g, options));
	if (known < g->n_mappings && !stack && chance(g, 35))
		put(g, " at m%u@%llu", known,
		    (unsigned long long)below(g, g->mappings[known].pages + 2));
	put(g, "\n");
	g->n_mappings++;
}

static void do_access(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const verbs[] = {"read",  "read",  "read",  "write", "write", "write",
					    "write", "write", "kread", "kwrite", "exec"};
	const char *verb = PICK(g, verbs);

	put_process(g, process);
	put(g, "%s ", verb);
	put_ref(g, mapping);
	if (strstr(verb, "write") && chance(g, 30))
		put(g, " %llu", (unsigned long long)below(g, 256));
	put(g, "\n");
}

static void do_advise(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const plain[] = {
		"dontneed", "dontneed", "dontneed", "free", "willneed", "populate_read",
		"populate_write", "dontfork", "dofork", "wipeonfork", "keeponfork", "cold",
		"remove", "pageout",
	};
	static const char *const huge[] = {"hugepage", "nohugepage", "collapse"};
	bool about_huge = g->huge && chance(g, 35);

	put_process(g, process);
	put(g, "advise ");
	put_range(g, mapping);
	put(g, " %s\n", about_huge ? PICK(g, huge) : PICK(g, plain));
}

static void do_range(struct gen *g, unsigned process, unsigned mapping, const char *verb)
{
	put_process(g, process);
	put(g, "%s ", verb);
	put_range(g, mapping);
	put(g, "\n");
}

static void do_protect(struct gen *g, unsigned process, unsigned mapping)
{
	put_process(g, process);
	put(g, "protect ");
	put_range(g, mapping);
	put(g, " %s\n", prot(g));
}

static void do_remap(struct gen *g, unsigned process, unsigned mapping)
{
	uint64_t pages = size(g);

	put_process(g, process);
	put(g, "remap m%u %llu\n", mapping, (unsigned long long)pages);
}

static void do_fork(struct gen *g, unsigned process)
{
	unsigned child = g->n_processes++;

	put_process(g, process);
	put(g, "fork p%u\n", child);
	g->alive |= 1U << child;
	for (unsigned i = 0; i < g->n_mappings; i++)
		g->mappings[i].knows |= (g->mappings[i].knows >> process & 1) << child;
}

static void do_object(struct gen *g, unsigned process)
{
	unsigned object = (unsigned)below(g, g->n_objects);
	uint64_t pages = below(g, g->objects[object].pages + 3);

	put_process(g, process);
	if (chance(g, 70))
		put(g, "truncate f%u %llu\n", object, (unsigned long long)pages);
	else
		put(g, "evict f%u\n", object);
}

static void statement(struct gen *g)
{
	unsigned process = pick_bit(g, g->alive, g->n_processes);
	unsigned mapping = known_mapping(g, process);
	unsigned roll = (unsigned)below(g, 100);

	if (mapping == g->n_mappings || (roll < 8 && g->n_mappings < MAPPINGS_MAX)) {
		if (g->n_mappings < MAPPINGS_MAX)
			make_mapping(g, process);
		else
			do_access(g, 0, 0);
	} else if (roll < 12 && g->n_processes < PROCESSES_MAX) {
		do_fork(g, process);
	} else if (roll < 14 && (g->alive & (g->alive - 1))) {
		put_process(g, process);
		put(g, "exit\n");
		g->alive &= ~(1U << process);
	} else if (roll < 22) {
		do_protect(g, process, mapping);
	} else if (roll < 34) {
		do_advise(g, process, mapping);
	} else if (roll < 38) {
		do_range(g, process, mapping, "unmap");
	} else if (roll < 41) {
		do_range(g, process, mapping, chance(g, 65) ? "lock" : "unlock");
	} else if (roll < 43) {
		do_remap(g, process, mapping);
	} else if (roll < 44) {
		do_range(g, process, mapping, "sync");
	} else if (roll < 47 && g->n_objects) {
		do_object(g, process);
	} else {
		do_access(g, process, mapping);
	}
}

static void settings(struct gen *g)
{
	static const char *const around[] = {"1", "2", "4", "32"};

	g->huge = g->config->thp && chance(g, 25);
	g->swap = g->config->swap && chance(g, 30);
	if (g->huge)
		put(g, "thp %s\n", chance(g, 60) ? "always" : "madvise");
	if (g->swap)
		put(g, "swap on\n");
	if (g->config->fault_around && chance(g, 10))
		put(g, "fault_around %s\n", PICK(g, around));
}

int cr2_litmus_generate(uint64_t seed, const struct cr2_generator *config,
			struct cr2_text *ret_text)
{
	struct cr2_text text = {0};
	struct gen g = {.config = config, .text = &text, .alive = 1, .n_processes = 1};
	unsigned n;

	seed_state(&g, seed);
	put(&g, "# seed 0x%llx\n", (unsigned long long)seed);
	settings(&g);
	for (n = (unsigned)below(&g, OBJECTS_MAX + 1); n; n--)
		make_object(&g);
	make_mapping(&g, 0);
	for (n = 4 + (unsigned)below(&g, config->statements); n; n--)
		statement(&g);
	if (g.r < 0) {
		cr2_text_finish(&text);
		return g.r;
	}
	*ret_text = text;
	return 0;
}
