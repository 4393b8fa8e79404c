/* SPDX-License-Identifier: MIT */
/* One page of a private mapping under fork, by rules. Pages are numbered; 0 is none. */
#include "cow_rules.h"

#define PAGES (LEARN_LINES + 2)
#define BYTES 2 /* of each page: those that scenarios touch */

struct cow_page {
	enum cr2_page_kind kind;
	uint32_t refs, maps;
	uint8_t bytes[BYTES];
};
struct cow_process {
	unsigned page; /* that its entry names; 0: there is no entry */
	bool writable;
	bool anon; /* had an anonymous page here: fork copies its entries */
};
struct cow {
	enum cow_rule rule;
	bool file;
	unsigned n_pages;
	struct cow_page pages[PAGES];
	struct cow_process processes[LEARN_PROCESSES];
};

static unsigned new_page(struct cow *c, enum cr2_page_kind kind, uint8_t byte)
{
	c->pages[++c->n_pages] = (struct cow_page){.kind = kind, .bytes = {byte, byte}};
	return c->n_pages;
}

/* The page that is there without anybody's doing: the zero page, or the file's. */
#define COMMON 1

static void map_page(struct cow *c, struct cow_process *p, unsigned page, bool writable)
{
	p->page = page;
	p->writable = writable;
	c->pages[page].refs++;
	c->pages[page].maps++;
	p->anon |= c->pages[page].kind == CR2_PAGE_ANON;
}

static void unmap_page(struct cow *c, struct cow_process *p)
{
	c->pages[p->page].refs--;
	c->pages[p->page].maps--;
	p->page = 0;
}

static void fault(struct learn_line *line, uint64_t code, enum cr2_path path)
{
	line->n = line->n_faults = 1;
	line->codes[0] = code;
	line->paths[0] = path;
}

static void copy_page(struct cow *c, struct cow_process *p)
{
	unsigned old = p->page, page = new_page(c, CR2_PAGE_ANON, 0);

	if (c->rule != COW_COPIES_NOTHING)
		for (unsigned i = 0; i < BYTES; i++)
			c->pages[page].bytes[i] = c->pages[old].bytes[i];
	if (c->rule != COW_OLD_KEEPS)
		unmap_page(c, p);
	map_page(c, p, page, true);
}

static void write_protected(struct cow *c, struct cow_process *p, struct learn_line *line)
{
	const struct cow_page *page = &c->pages[p->page];
	bool anon = page->kind == CR2_PAGE_ANON, alone = anon && page->maps == 1;

	if ((alone && c->rule != COW_COPIES_ALWAYS) || (anon && c->rule == COW_WRITES_IN_PLACE)) {
		fault(line, 0x7, CR2_PATH_WP_REUSE);
		p->writable = true;
		return;
	}
	fault(line, 0x7, CR2_PATH_WP_COPY);
	copy_page(c, p);
}

static void access_page(struct cow *c, struct cow_process *p, struct learn_line *line)
{
	bool write = line->op == CR2_OP_WRITE;
	unsigned byte = line->byte ? 1 : 0;

	if (!p->page && write) {
		fault(line, 0x6, c->file ? CR2_PATH_FILE_COW : CR2_PATH_ANON_ALLOC);
		map_page(c, p, new_page(c, CR2_PAGE_ANON, c->file ? CR2_FILE_BYTE : 0), true);
	} else if (!p->page) {
		fault(line, 0x4, c->file ? CR2_PATH_FILE_READ : CR2_PATH_ANON_ZERO);
		map_page(c, p, COMMON, false);
	} else if (write && !p->writable) {
		write_protected(c, p, line);
	}
	if (write)
		c->pages[p->page].bytes[byte] = line->value;
	line->value = c->pages[p->page].bytes[byte];
	line->has_value = !write;
}

static void fork_page(struct cow *c, struct cow_process *parent, struct cow_process *child)
{
	*child = (struct cow_process){.anon = parent->anon};
	if (!parent->page || !parent->anon)
		return;
	if (c->rule == COW_COPIES_AT_FORK) {
		unsigned page = new_page(c, CR2_PAGE_ANON, 0);

		for (unsigned i = 0; i < BYTES; i++)
			c->pages[page].bytes[i] = c->pages[parent->page].bytes[i];
		map_page(c, child, page, true);
		return;
	}
	map_page(c, child, parent->page, false);
	if (c->rule != COW_PARENT_WRITES)
		parent->writable = false;
}

static void take_line(struct cow *c, struct learn_line *line)
{
	struct cow_process *p = &c->processes[line->process], *owner = p;

	line->n = line->n_faults = 0;
	if (cr2_op_is_access(line->op)) {
		access_page(c, p, line);
	} else if (line->op == CR2_OP_FORK) {
		fork_page(c, p, &c->processes[line->child]);
		owner = &c->processes[0];
	} else if (line->op == CR2_OP_EXIT) {
		if (p->page && c->rule != COW_EXIT_KEEPS)
			unmap_page(c, p);
		owner = &c->processes[0];
	}
	line->page = owner->page ? c->pages[owner->page].kind : CR2_PAGE_NONE;
	line->refs = c->pages[owner->page].refs;
	line->maps = c->pages[owner->page].maps;
}

void cow_by_rule(const struct learn_scenario *scenario, enum cow_rule rule, unsigned line,
		 struct learn_line *ret_line)
{
	struct cow c = {.rule = rule, .file = scenario->file};

	new_page(&c, scenario->file ? CR2_PAGE_FILE : CR2_PAGE_ZERO, scenario->file ? CR2_FILE_BYTE : 0);
	c.pages[COMMON].refs = 1; /* the page cache's */
	for (unsigned i = 0; i < line; i++) {
		*ret_line = scenario->lines[i];
		if (ret_line->done)
			take_line(&c, ret_line);
	}
}
