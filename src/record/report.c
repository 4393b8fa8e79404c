/* SPDX-License-Identifier: MIT */
/*
 * The rows of a report are a tree: a fault finds its row of the first kind, below that its row of
 * the second, and adds itself to each. A row is found by the one above and a number for what
 * tells it apart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/report.h>

#include "base/hash.h"
#include "nested.h"

struct calls_chunk;

#define TENTH 100000000ULL /* ns */

static const struct {
	const char *name, *sentence;
} bys[] = {
#define X(id, name, sentence) [CR2_REPORT_BY_##id] = {name, sentence},
#include <cr2/tables/report_by.def>
#undef X
};

const char *cr2_report_by_name(enum cr2_report_by by)
{
	return by < CR2_REPORT_BYS ? bys[by].name : NULL;
}

int cr2_report_by_parse(const char *name)
{
	for (size_t i = 0; i < CR2_REPORT_BYS; i++)
		if (strcmp(bys[i].name, name) == 0)
			return (int)i;
	return -EINVAL;
}

struct node {
	struct nested nested;
	struct cr2_report_row row; /* without label */
	char comm[16];
};
struct cr2_report {
	struct cr2_report_config config;
	size_t n, capacity;
	struct node *nodes;
	struct hash by_key; /* (parent, key): a node's number plus 1 */
	struct hash stacks; /* (number of the caller, frame): a call, as a number */
	uint64_t n_calls;
	struct calls_chunk *chunks;
	struct hash files; /* (pointer, kind): a number from 1 */
	uint64_t n_files;
	size_t last; /* the lowest row of the last fault, its number plus 1 */
	uint64_t first;
	bool any, timed; /* a fault; one with its duration */
};

/* ---- call stacks: each call, with those that it was called from, stands once ---- */

/* They do not move, since they point to each other. */
#define CALLS 1024
struct calls_chunk {
	struct calls_chunk *next;
	size_t n;
	struct cr2_report_call items[CALLS];
};

static struct cr2_report_call *new_call(struct cr2_report *report)
{
	struct calls_chunk *chunk = report->chunks;

	if (!chunk || chunk->n == CALLS) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->next = report->chunks;
		chunk->n = 0;
		report->chunks = chunk;
	}
	return &chunk->items[chunk->n++];
}

static const struct cr2_report_call *call_of(struct cr2_report *report, const struct cr2_report_call *caller,
					     const struct cr2_frame *frame)
{
	const uint64_t parent = caller ? caller->number : 0, what = (uint64_t)(uintptr_t)frame;
	uint64_t found = hash_get(&report->stacks, parent, what);
	struct cr2_report_call *made;

	if (found)
		return (const struct cr2_report_call *)(uintptr_t)found;
	made = new_call(report);
	if (!made || hash_set(&report->stacks, parent, what, (uint64_t)(uintptr_t)made) < 0)
		return NULL;
	*made = (struct cr2_report_call){frame, caller, ++report->n_calls};
	return made;
}

static int set_calls(struct cr2_report *report, enum cr2_report_by by, const struct cr2_recorded_fault *fault,
		     struct cr2_report_row *row, uint64_t *ret_key)
{
	struct cr2_calls calls;
	int r = report->config.calls(report->config.data, fault, by == CR2_REPORT_BY_STACK, &calls);

	if (r < 0)
		return r;
	if (by == CR2_REPORT_BY_FUNCTION) {
		row->function = calls.frames[0]->function;
		*ret_key = (uint64_t)(uintptr_t)row->function;
		return 0;
	}
	if (by == CR2_REPORT_BY_LINE) {
		row->line = calls.frames[0];
		*ret_key = (uint64_t)(uintptr_t)row->line;
		return 0;
	}
	row->stack = NULL;
	for (size_t i = calls.n; i--;) {
		row->stack = call_of(report, row->stack, calls.frames[i]);
		if (!row->stack)
			return -ENOMEM;
	}
	*ret_key = row->stack->number;
	return 0;
}

/* ---- rows ---- */

/* A file and kind as one number; 0: no memory. */
static uint64_t file_number(struct cr2_report *report, const struct cr2_recorded_file *file,
			    enum cr2_trace_mapping mapping)
{
	uint64_t a = (uint64_t)(uintptr_t)file, number = hash_get(&report->files, a, mapping);

	if (number)
		return number;
	return hash_set(&report->files, a, mapping, report->n_files + 1) == 0 ? ++report->n_files : 0;
}

/* "[heap]" and "//anon" are no files. */
static const struct cr2_recorded_file *file_of(const struct cr2_recorded_fault *fault)
{
	return fault->data && cr2_recorded_file_is_named(fault->data) ? fault->data : NULL;
}

/* Sets what the row is told apart by; *ret_key: its number among its like. */
static int set_key(struct cr2_report *report, enum cr2_report_by by,
		   const struct cr2_recorded_fault *fault, struct cr2_report_row *row, uint64_t *ret_key)
{
	const struct cr2_traced_fault *f = &fault->fault;

	switch (by) {
	case CR2_REPORT_BY_PATH:
		*ret_key = row->path = f->path;
		return 0;
	case CR2_REPORT_BY_MAPPING:
		row->mapping = f->mapping;
		row->file = file_of(fault);
		*ret_key = file_number(report, row->file, row->mapping);
		return *ret_key ? 0 : -ENOMEM;
	case CR2_REPORT_BY_FUNCTION:
	case CR2_REPORT_BY_LINE:
	case CR2_REPORT_BY_STACK:
		return set_calls(report, by, fault, row, ret_key);
	case CR2_REPORT_BY_CGROUP:
		row->cgroup = fault->cgroup;
		*ret_key = f->cgroup;
		return 0;
	case CR2_REPORT_BY_PROCESS:
		*ret_key = row->pid = f->pid;
		return 0;
	case CR2_REPORT_BY_PAGE:
		*ret_key = row->page = f->addr & CR2_PAGE_MASK;
		return 0;
	default:
		row->time = f->time > report->first ? (f->time - report->first) / TENTH * TENTH : 0;
		*ret_key = row->time;
		return 0;
	}
}

static void add_to(struct node *node, const struct cr2_traced_fault *fault, uint64_t n)
{
	struct cr2_report_row *row = &node->row;

	row->n += n;
	row->major += fault->major ? n : 0;
	row->ns += fault->ns;
	if (fault->ns > row->longest_ns)
		row->longest_ns = fault->ns;
	row->zeroed += fault->zeroed;
	row->copied += fault->copied;
	if (row->by == CR2_REPORT_BY_PROCESS) /* as it is called last */
		memcpy(node->comm, fault->comm, strnlen(fault->comm, sizeof(node->comm) - 1) + 1);
}

int cr2_report_add(struct cr2_report *report, const struct cr2_recorded_fault *fault)
{
	struct cr2_report_row row = {0};
	size_t parent = 0;

	if (!report->any)
		report->first = fault->fault.time;
	report->any = true;
	for (size_t depth = 0; depth < report->config.n_by; depth++) {
		enum cr2_report_by by = report->config.by[depth];
		uint64_t key, found;
		int r = set_key(report, by, fault, &row, &key);

		if (r < 0)
			return r;
		found = hash_get(&report->by_key, parent, key);
		if (!found) {
			row.depth = (unsigned)depth;
			row.by = by;
			if (cr2_grow(&report->nodes, &report->capacity, report->n + 1,
				     sizeof(*report->nodes)) < 0 ||
			    hash_set(&report->by_key, parent, key, report->n + 1) < 0)
				return -ENOMEM;
			report->nodes[report->n++] = (struct node){.nested.parent = parent, .row = row};
			found = report->n;
		}
		add_to(&report->nodes[found - 1], &fault->fault, 1 + fault->unseen);
		report->timed |= fault->fault.ns != 0;
		parent = found;
	}
	report->last = parent;
	return 0;
}

uint64_t cr2_report_last(const struct cr2_report *report)
{
	return report->last;
}

void cr2_report_hold(struct cr2_report *report, uint64_t last, uint64_t pages)
{
	for (size_t number = last <= report->n ? (size_t)last : 0; number;
	     number = report->nodes[number - 1].nested.parent)
		report->nodes[number - 1].row.resident += pages;
}

/* ---- in order ---- */

/* The dearest first, or what holds most; time as it goes. */
static void weigh(struct node *node, bool timed)
{
	const struct cr2_report_row *row = &node->row;

	node->nested.weights[0] = row->by == CR2_REPORT_BY_TIME ? ~row->time : row->resident;
	node->nested.weights[1] = timed ? row->ns : row->n;
}

static const char *label_of(const struct cr2_report_row *row)
{
	switch (row->by) {
	case CR2_REPORT_BY_PATH:
		return cr2_path_name(row->path);
	case CR2_REPORT_BY_MAPPING:
		return row->file ? row->file->path : cr2_trace_mapping_name(row->mapping);
	case CR2_REPORT_BY_FUNCTION:
		return row->function;
	case CR2_REPORT_BY_LINE:
		return row->line->function;
	case CR2_REPORT_BY_STACK:
		return row->stack->frame->function;
	case CR2_REPORT_BY_CGROUP:
		return row->cgroup ? row->cgroup : "(not known)";
	case CR2_REPORT_BY_PROCESS:
		return row->comm;
	default:
		return "";
	}
}

int cr2_report_rows(struct cr2_report *report, struct cr2_report_row **ret_rows, size_t *ret_n)
{
	struct cr2_report_row *rows = calloc(report->n + 1, sizeof(*rows));
	const char *comms[CR2_REPORT_BYS + 1] = {NULL}; /* of the rows above: from each depth on */
	size_t *order = NULL;
	int r = rows ? 0 : -ENOMEM;

	for (size_t i = 0; i < report->n; i++)
		weigh(&report->nodes[i], report->timed);
	if (r == 0)
		r = nested_order(report->nodes, report->n, sizeof(*report->nodes), &order);
	for (size_t i = 0; r == 0 && i < report->n; i++) {
		const struct node *node = &report->nodes[order[i]];

		rows[i] = node->row;
		rows[i].comm = node->row.by == CR2_REPORT_BY_PROCESS ? node->comm : comms[node->row.depth];
		comms[node->row.depth + 1] = rows[i].comm;
		rows[i].label = label_of(&rows[i]);
	}
	free(order);
	if (r < 0) {
		free(rows);
		return r;
	}
	*ret_rows = rows;
	*ret_n = report->n;
	return 0;
}

/* ---- */

void cr2_report_destroy(struct cr2_report *report)
{
	if (!report)
		return;
	while (report->chunks) {
		struct calls_chunk *chunk = report->chunks;

		report->chunks = chunk->next;
		free(chunk);
	}
	free(report->nodes);
	hash_finish(&report->by_key);
	hash_finish(&report->stacks);
	hash_finish(&report->files);
	free(report);
}

int cr2_report_create(const struct cr2_report_config *config, struct cr2_report **ret_report)
{
	struct cr2_report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->config = *config;
	*ret_report = report;
	return 0;
}
