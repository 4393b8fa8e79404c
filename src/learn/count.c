/* SPDX-License-Identifier: MIT */
/*
 * What a described program costs: faults, frames, bytes of page tables. The program is done in the
 * model, and what it has then is counted there.
 */
#include <errno.h>
#include <inttypes.h>

#include <cr2/inspect.h>

#include "learn.h"

static const char *const hints[] = {
	"mmap makes a mapping and no pages: pages come with the first access to each.",
	("A first write to anonymous memory takes a fault and a frame for each page; a first read maps the zero page, "
	 "which takes a fault but no frame. MAP_POPULATE brings them without a fault."),
	("A read fault in a file maps 16 pages of the page cache at once (fault-around). With huge pages one fault brings "
	 "512 pages. After fork each first write to a page takes a fault and a copy."),
	("A page table is a page of 512 entries: a PTE table reaches 2 MiB, a PMD table 1 GiB, a PUD table 512 GiB. "
	 "A child has tables of its own; a 2 MiB page needs no PTE table."),
};

static const struct {
	enum cr2_path path;
	bool around;
	const char *name;
	unsigned ns;
} costs[LEARN_COSTS] = {
#define X(path, around, name, ns) [LEARN_COST_##path##_##around] = {CR2_PATH_##path, around, name, ns},
#include "cost.def"
#undef X
};

#define PARENT 0
#define CHILD 1
#define BASE CR2_LITMUS_BASE

/* --- the program --- */

static void draw(struct maker *m, struct learn_count *c)
{
	static const unsigned most[CR2_EXERCISE_LEVELS] = {64, 512, 512, 1024, 1024};

	c->pages = 2 + (unsigned)random_below(&m->random, most[m->level - 1]);
	c->stride = 1;
	if (m->level >= 2) {
		c->reads = random_chance(&m->random, 35);
		c->twice = random_chance(&m->random, 40);
		c->stride = random_chance(&m->random, 30) ? 1u << random_below(&m->random, 4) : 1;
	}
	if (m->level >= 4 && random_chance(&m->random, 40))
		c->file = c->reads = true;
	if (m->level == 5 && !c->file && random_chance(&m->random, 60)) {
		c->huge = true;
		c->pages = 512 * (1 + (unsigned)random_below(&m->random, 3));
	}
	if (m->level >= 3 && random_chance(&m->random, 60))
		c->child_writes = 1 + (unsigned)random_below(&m->random, c->pages);
	else if (m->level >= 3 && !c->file && !c->huge)
		c->populate = random_chance(&m->random, 40);
}

/* "4 MiB", or in KiB where it is no whole number of them. */
static const char *size_of(struct maker *m, unsigned pages)
{
	return pages % 256 ? maker_printf(m, "%u KiB", pages * 4) : maker_printf(m, "%u MiB", pages / 256);
}

static const char *which_pages(struct maker *m, const struct learn_count *c)
{
	return c->stride == 1 ? "each page" : maker_printf(m, "the first of every %u pages", c->stride);
}

static const char *write_program(struct maker *m, const struct learn_count *c)
{
	const char *what = c->reads ? "read" : "write", *size = size_of(m, c->pages);

	return maker_printf(m, "p = mmap(NULL, %s, PROT_READ | PROT_WRITE, MAP_PRIVATE%s%s%s)\n"
		"%s one byte of %s of p\n%s%s%s", size,
		c->file ? "" : " | MAP_ANONYMOUS", c->populate ? " | MAP_POPULATE" : "",
		c->file ? ", a file whose pages are all cached" : "", what, which_pages(m, c),
		c->twice ? maker_printf(m, "%s the same bytes again\n", what) : "",
		c->child_writes ? "fork()\n" : "",
		c->child_writes ? maker_printf(m, "child: write one byte of each of the first %u pages of p\n",
					       c->child_writes) : "");
}

/* --- done in the model --- */

struct doing {
	struct cr2_model *model;
	struct learn_count *count;
	bool around; /* the kernel has fault-around */
	int error;
};

static void count_costs(struct doing *d, const struct cr2_outcome *outcome)
{
	for (unsigned i = 0; i < outcome->n_faults; i++) {
		enum cr2_path path = outcome->faults[i].path;
		unsigned row = 0;

		while (row < LEARN_COSTS && (costs[row].path != path ||
					     (path == CR2_PATH_FILE_READ && costs[row].around != d->around)))
			row++;
		if (row < LEARN_COSTS)
			d->count->by_cost[row]++;
		else
			d->count->uncosted = true;
	}
}

static void execute(struct doing *d, const struct cr2_op *op)
{
	struct cr2_outcome outcome;

	if (d->error < 0)
		return;
	d->error = cr2_model_execute(d->model, op, &outcome);
	if (d->error == 0 && cr2_op_is_access(op->kind)) {
		d->count->faults += outcome.n_faults;
		d->count->accesses++;
		count_costs(d, &outcome);
	}
}

static void touch(struct doing *d, uint32_t process, bool reads, unsigned pages, unsigned stride)
{
	for (unsigned i = 0; i < pages; i += stride)
		execute(d, &(struct cr2_op){
			.kind = reads ? CR2_OP_READ : CR2_OP_WRITE,
			.process = process,
			.address = BASE + i * CR2_PAGE_SIZE,
			.value = 1,
		});
}

static void map(struct doing *d)
{
	const struct learn_count *c = d->count;
	const uint64_t length = c->pages * CR2_PAGE_SIZE;

	if (c->file)
		execute(d, &(struct cr2_op){.kind = CR2_OP_FILE, .object = 0, .length = length});
	execute(d, &(struct cr2_op){
		.kind = CR2_OP_MAP,
		.address = BASE,
		.length = length,
		.prot = CR2_PROT_READ | CR2_PROT_WRITE,
		.flags = CR2_MAP_PRIVATE | (c->file ? 0 : CR2_MAP_ANONYMOUS) | (c->populate ? CR2_MAP_POPULATE : 0),
		.object = c->file ? 0 : CR2_NO_OBJECT,
	});
}

static void do_program(struct doing *d)
{
	struct learn_count *c = d->count;

	map(d);
	touch(d, PARENT, c->reads, c->pages, c->stride);
	if (c->twice)
		touch(d, PARENT, c->reads, c->pages, c->stride);
	c->parent_faults = c->faults;
	if (!c->child_writes)
		return;
	execute(d, &(struct cr2_op){.kind = CR2_OP_FORK, .child = CHILD});
	touch(d, CHILD, false, c->child_writes, 1);
}

/* --- counted --- */

/* Pages of the program's own behind a leaf entry. What a process before has, too, has been counted there. */
static unsigned count_frames(const struct doing *d, uint64_t entry, enum cr2_level level, bool first)
{
	struct cr2_frame_info frame;

	if (!cr2_model_frame(d->model, (entry & CR2_PTE_FRAME_MASK) >> CR2_PAGE_SHIFT, &frame) ||
	    frame.use != CR2_FRAME_ANON || (!first && frame.maps > 1))
		return 0;
	return level == CR2_LEVEL_PTE ? 1 : CR2_TABLE_ENTRIES;
}

/* A table and those below it, of the mapping's part of the address space, and what they lead to. */
static void count_table(const struct doing *d, uint64_t entry, enum cr2_level level, bool first)
{
	/* The kernel's half of the top table is not the program's. */
	const unsigned n = level == CR2_LEVEL_P4D ? CR2_TABLE_ENTRIES / 2 : CR2_TABLE_ENTRIES;
	uint64_t entries[CR2_TABLE_ENTRIES];

	cr2_model_table(d->model, (entry & CR2_PTE_FRAME_MASK) >> CR2_PAGE_SHIFT, entries);
	d->count->tables += level != CR2_LEVEL_P4D;
	d->count->pte_tables += level == CR2_LEVEL_PTE;
	for (unsigned i = 0; i < n; i++)
		if (!(entries[i] & CR2_PTE(P)))
			continue;
		else if (level == CR2_LEVEL_PTE || (level < CR2_LEVEL_P4D && entries[i] & CR2_PTE(PSE)))
			d->count->frames += count_frames(d, entries[i], level, first);
		else
			count_table(d, entries[i], (enum cr2_level)(level - 1), first);
}

/* With four levels the top table is what a P4D table is with five. */
static void count_tables(struct doing *d)
{
	struct cr2_process_view process = {0};

	for (uint32_t from = 0; cr2_model_process(d->model, from, &process); from = process.process + 1) {
		if (from > 0)
			d->count->parent_tables = d->count->tables;
		count_table(d, process.cr3, CR2_LEVEL_P4D, from == 0);
	}
}

static int run(const struct maker *m, struct learn_count *c)
{
	struct doing d = {.count = c, .around = m->exercise->profile != CR2_PROFILE_COURSE};
	struct cr2_model_config config;

	cr2_model_config_init(&config, m->exercise->profile);
	config.thp = c->huge ? CR2_THP_ALWAYS : CR2_THP_NEVER;
	d.error = cr2_model_create(&config, &d.model);
	if (d.error < 0)
		return d.error;
	do_program(&d);
	if (d.error == 0)
		count_tables(&d);
	cr2_model_destroy(d.model);
	return d.error;
}

/* --- asked --- */

static void ask(struct maker *m, const struct learn_count *c)
{
	maker_step(m, "Faults of the parent's accesses: %u%s.", c->parent_faults, c->child_writes ?
		   maker_printf(m, ", of the child's: %u", c->faults - c->parent_faults) : "");
	maker_ask(m, LEARN_COUNT_FAULTS, "faults", "How many page faults do the accesses take, of all processes?",
		  NUMBER, c->faults);
	maker_step(m, "Frames that hold data of p at the end: %u.", c->frames);
	maker_ask(m, LEARN_COUNT_PAGES, "pages", "How many frames of 4 KiB hold data of p at the end, each counted once "
		  "(neither the zero page nor the page cache counts)?", NUMBER, c->frames);
	maker_step(m, "Page tables: %u, of which PTE tables: %u. %u * 4096 = %u bytes.", c->tables, c->pte_tables,
		   c->tables, c->tables * 4096);
	maker_ask(m, LEARN_COUNT_TABLES, "table_bytes", "How many bytes do the page tables have that lead to these pages, "
		  "of all processes (PTE, PMD and PUD tables; nothing else is mapped near)?", SIZE, c->tables * CR2_PAGE_SIZE);
}

/* --- how long --- */

/* What one costs; as of when the machine's own figures are goes to *ret_date where they are there. */
static uint64_t cost_of(const struct maker *m, unsigned row, const char **ret_date)
{
	const struct cr2_cost *own = m->calibration ? cr2_calibration_find(m->calibration, costs[row].name) : NULL;

	if (!own || !own->ns.n || own->ns.median < 1)
		return costs[row].ns;
	*ret_date = own->date;
	return (uint64_t)(own->ns.median + 0.5);
}

static const char *sum_of(struct maker *m, const struct learn_count *c, uint64_t *ret_ns)
{
	const char *sum = "", *date;

	*ret_ns = 0;
	for (unsigned i = 0; i < LEARN_COSTS; i++)
		if (c->by_cost[i]) {
			uint64_t ns = cost_of(m, i, &date);

			sum = maker_printf(m, "%s%s%u * %" PRIu64, sum, *sum ? " + " : "", c->by_cost[i], ns);
			*ret_ns += c->by_cost[i] * ns;
		}
	return sum;
}

/* Whose costs they are. */
static const char *give_costs(struct maker *m, const struct learn_count *c)
{
	const char *own = NULL;
	bool all = true;

	for (unsigned i = 0; i < LEARN_COSTS; i++)
		if (c->by_cost[i]) {
			const char *date = NULL;

			maker_give(m, CR2_KEY_NONE, &(struct cr2_given){
				.key = costs[i].name,
				.group = cr2_key_name(CR2_KEY_COSTS),
				.type = CR2_GIVEN_NUMBER,
				.number = cost_of(m, i, &date),
			});
			all = all && date;
			own = date ? date : own;
		}
	if (!own)
		return "round figures of a machine without a hypervisor; after 'cr2 bench' this machine's";
	return maker_printf(m, "this machine's, which cr2 bench measured on %.10s%s", own,
			    all ? "" : "; what it lacks are round figures");
}

static void ask_time(struct maker *m, const struct learn_count *c)
{
	uint64_t ns;
	const char *sum = sum_of(m, c, &ns);

	maker_step(m, "Each fault by its cost: %s = %" PRIu64 " ns.", sum, ns);
	maker_ask(m, LEARN_COUNT_TIME, "ns", maker_printf(m, "How many nanoseconds do these faults take, by the costs given "
		  "(within %d %%; 1.5 us and 2 ms do, too)?", CR2_ANSWER_PERCENT), TIME, ns);
}

void learn_ask_count(struct maker *m, const struct learn_count *count)
{
	struct learn_count *c = &m->facts->count;
	const char *whose;
	bool timed;
	int r;

	*c = *count;
	r = run(m, c);
	if (r < 0) {
		m->error = r;
		return;
	}
	maker_give_text(m, PROGRAM, write_program(m, c));
	maker_give_number(m, SIZE, c->pages * CR2_PAGE_SIZE);
	maker_give_text(m, THP, c->huge ? "always" : "never");
	timed = m->timed && !c->uncosted;
	whose = timed ? maker_printf(m, " A fault's costs, in ns, are %s.", give_costs(m, c)) : "";
	ask(m, c);
	if (timed)
		ask_time(m, c);
	maker_question(m, "What does this program cost on kernel %s? p is aligned to 2 MiB, huge pages are %s.%s",
		       cr2_profile_name(m->exercise->profile), c->huge ? "always used" : "never used", whose);
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
}

void learn_make_count(struct maker *m)
{
	struct learn_count count = {0};

	draw(m, &count);
	learn_ask_count(m, &count);
}

/* --- misconceptions --- */

/* Eight bytes for each page, as if tables were as long as what they hold. */
size_t learn_tables_of_entries(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			       struct cr2_answer *ret)
{
	const struct learn_count *c = &learn_facts(e)->count;

	return part->subject == LEARN_COUNT_TABLES ? learn_one(ret, 8 * (uint64_t)c->pages) : 0;
}

size_t learn_pte_tables_alone(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			      struct cr2_answer *ret)
{
	const struct learn_count *c = &learn_facts(e)->count;

	return part->subject == LEARN_COUNT_TABLES ? learn_one(ret, c->pte_tables * CR2_PAGE_SIZE) : 0;
}

/* The child is thought to share the parent's. */
size_t learn_tables_shared(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const struct learn_count *c = &learn_facts(e)->count;

	if (part->subject != LEARN_COUNT_TABLES || !c->child_writes)
		return 0;
	return learn_one(ret, c->parent_tables * CR2_PAGE_SIZE);
}

/* 1 MB taken for 1,000,000 bytes. */
size_t learn_decimal_mb(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct cr2_answer *ret)
{
	const struct learn_count *c = &learn_facts(e)->count;
	uint64_t bytes = c->pages % 256 ? c->pages * 4 * 1000ULL : c->pages / 256 * 1000000ULL;
	uint64_t pages = (bytes + CR2_PAGE_SIZE - 1) / CR2_PAGE_SIZE;

	if ((part->subject != LEARN_COUNT_FAULTS && part->subject != LEARN_COUNT_PAGES) ||
	    part->answer.values[0] != c->pages)
		return 0;
	return learn_one(ret, pages);
}
