/* SPDX-License-Identifier: MIT */
/* Rows of two recordings know nothing of each other, so it is texts by which they are found to be the same. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <cr2/diff.h>

#include "base/words.h"
#include "nested.h"

struct node {
	struct nested nested;
	struct cr2_diff_row row;
};
struct diff {
	enum cr2_diff_by by;
	size_t n, capacity;
	struct node *nodes;
	struct words words;
	struct hash by_key; /* (parent, word): a node's number plus 1 */
	struct cr2_text text;
	size_t above[CR2_REPORT_BYS + 1]; /* the node of each depth, its number plus 1 */
};

/* ---- what is the same ---- */

static int add_frame(struct cr2_text *text, const struct cr2_frame *frame)
{
	return cr2_text_printf(text, "%s\n%s\n%d\n", frame->function, frame->file ? frame->file : "", frame->line);
}

/* A stack is its functions: lines move when a program changes. */
static int add_calls(struct cr2_text *text, const struct cr2_report_call *call)
{
	int r = 0;

	for (; call && r == 0; call = call->caller)
		r = cr2_text_printf(text, "%s\n", call->frame->function);
	return r;
}

static int set_key(struct cr2_text *text, const struct cr2_report_row *row)
{
	cr2_text_clear(text);
	switch (row->by) {
	case CR2_REPORT_BY_MAPPING:
		return cr2_text_printf(text, "%d %s", row->mapping, row->file ? row->file->path : "");
	case CR2_REPORT_BY_LINE:
		return add_frame(text, row->line);
	case CR2_REPORT_BY_STACK:
		return add_calls(text, row->stack);
	case CR2_REPORT_BY_PAGE:
		return cr2_text_printf(text, "%" PRIx64, row->page);
	case CR2_REPORT_BY_TIME:
		return cr2_text_printf(text, "%" PRIu64, row->time);
	default:
		return cr2_text_append(text, row->label);
	}
}

/* The node of a row below that parent, made where there is none: its number plus 1; 0: no memory. */
static size_t node_of(struct diff *diff, size_t parent, const struct cr2_report_row *row)
{
	int64_t word = set_key(&diff->text, row) < 0 ? -ENOMEM : words_number(&diff->words, diff->text.data);
	size_t found = word < 0 ? 0 : (size_t)hash_get(&diff->by_key, parent, (uint64_t)word);

	if (word < 0 || found)
		return found;
	if (cr2_grow(&diff->nodes, &diff->capacity, diff->n + 1, sizeof(*diff->nodes)) < 0 ||
	    hash_set(&diff->by_key, parent, (uint64_t)word, diff->n + 1) < 0)
		return 0;
	diff->nodes[diff->n++] = (struct node){.row.row = row, .nested.parent = parent};
	return diff->n;
}

static int add_rows(struct diff *diff, const struct cr2_report_row *rows, size_t n, bool after)
{
	for (size_t i = 0; i < n; i++) {
		const struct cr2_report_row *row = &rows[i];
		size_t number = node_of(diff, row->depth ? diff->above[row->depth - 1] : 0, row);
		struct cr2_diff_sums *sums;

		if (!number)
			return -ENOMEM;
		diff->above[row->depth] = number;
		sums = after ? &diff->nodes[number - 1].row.after : &diff->nodes[number - 1].row.before;
		sums->n += row->n;
		sums->major += row->major;
		sums->ns += row->ns;
		sums->zeroed += row->zeroed;
		sums->copied += row->copied;
	}
	return 0;
}

/* ---- in order ---- */

static uint64_t amount(const struct cr2_diff_sums *sums, enum cr2_diff_by by)
{
	return by == CR2_DIFF_COUNT ? sums->n : by == CR2_DIFF_TIME ? sums->ns : sums->zeroed + sums->copied;
}

static void weigh(const struct diff *diff, struct node *node)
{
	uint64_t before = amount(&node->row.before, diff->by), after = amount(&node->row.after, diff->by);

	node->nested.weights[0] = after > before ? after - before : before - after;
}

static int sort_rows(struct diff *diff, struct cr2_diff_row **ret_rows)
{
	struct cr2_diff_row *rows = calloc(diff->n + 1, sizeof(*rows));
	size_t *order = NULL;
	int r = rows ? 0 : -ENOMEM;

	for (size_t i = 0; i < diff->n; i++)
		weigh(diff, &diff->nodes[i]);
	if (r == 0)
		r = nested_order(diff->nodes, diff->n, sizeof(*diff->nodes), &order);
	for (size_t i = 0; r == 0 && i < diff->n; i++)
		rows[i] = diff->nodes[order[i]].row;
	free(order);
	if (r == 0)
		*ret_rows = rows;
	else
		free(rows);
	return r;
}

int cr2_diff(const struct cr2_report_row *before, size_t n_before, const struct cr2_report_row *after, size_t n_after,
	     enum cr2_diff_by by, struct cr2_diff_row **ret_rows, size_t *ret_n)
{
	struct diff diff = {.by = by};
	int r = add_rows(&diff, before, n_before, false);

	if (r == 0)
		r = add_rows(&diff, after, n_after, true);
	if (r == 0)
		r = sort_rows(&diff, ret_rows);
	if (r == 0)
		*ret_n = diff.n;
	free(diff.nodes);
	words_finish(&diff.words);
	hash_finish(&diff.by_key);
	cr2_text_finish(&diff.text);
	return r;
}
