/* SPDX-License-Identifier: MIT */
/* Page states of two runs: where the texts differ, page by page. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* One mapping as two runs have it, unfolded. */
struct pair {
	const char *process, *mapping;
	struct token *left, *right;
	size_t n_left, n_right;
};

static void pair_finish(struct pair *pair)
{
	free(pair->left);
	free(pair->right);
}

static size_t pair_common(const struct pair *pair)
{
	return pair->n_left < pair->n_right ? pair->n_left : pair->n_right;
}

static unsigned offset_of(const struct comparison *c, const char *mapping)
{
	for (size_t i = 0; i < c->litmus->n_mappings; i++)
		if (strcmp(c->litmus->mappings[i], mapping) == 0)
			return c->offset[i];
	return 0;
}

static int pair_init(const struct comparison *c, const char *process,
		     const struct cr2_observed_mapping *left,
		     const struct cr2_observed_mapping *right, struct pair *pair)
{
	unsigned offset = offset_of(c, left->name);
	int r;

	*pair = (struct pair){.process = process, .mapping = left->name};
	r = tokens_unfold(left->tokens, offset, &pair->left, &pair->n_left);
	if (r == 0)
		r = tokens_unfold(right->tokens, offset, &pair->right, &pair->n_right);
	if (r < 0)
		pair_finish(pair);
	return r;
}

static int append_pages(const struct comparison *c, const struct pair *pair,
			const struct token *tokens, size_t n, size_t first, size_t last,
			struct cr2_text *text)
{
	struct token_writer writer = {.text = text};
	unsigned offset = offset_of(c, pair->mapping);
	int r = 0;

	if (first >= n)
		return cr2_text_append(text, "nothing");
	for (size_t i = first; i <= last && i < n && r == 0; i++)
		r = token_writer_add(&writer, offset + i, &tokens[i]);
	return r == 0 ? token_writer_end(&writer) : r;
}

static int add_pages(struct comparison *c, const struct pair *pair, size_t observation,
		     size_t first, size_t last)
{
	struct cr2_text where = {0}, left = {0}, right = {0};
	int r = cr2_text_printf(&where, "%s.%s@%zu", pair->process, pair->mapping, first);

	if (r == 0 && last > first)
		r = cr2_text_printf(&where, "..%zu", last);
	if (r == 0)
		r = append_pages(c, pair, pair->left, pair->n_left, first, last, &left);
	if (r == 0)
		r = append_pages(c, pair, pair->right, pair->n_right, first, last, &right);
	if (r == 0)
		return add_difference(c, observation, "state", where.data, left.data, right.data);
	cr2_text_finish(&where);
	cr2_text_finish(&left);
	cr2_text_finish(&right);
	return r;
}

static bool is_accessed(const struct accessed *accessed, const struct cr2_observation *o,
			const struct pair *pair, size_t page)
{
	/* A refused access leaves the page as readahead had it. */
	return accessed->mapping && o->result == CR2_RESULT_OK &&
	       strcmp(o->process, pair->process) == 0 &&
	       strlen(pair->mapping) == accessed->mapping_length &&
	       memcmp(pair->mapping, accessed->mapping, accessed->mapping_length) == 0 &&
	       accessed->page == (int64_t)page;
}

static bool page_differs(struct comparison *c, const struct pair *pair, size_t observation,
			 const struct accessed *accessed, size_t page)
{
	const struct cr2_observation *o = &c->left->items[observation];
	const struct token *left = &pair->left[page], *right = &pair->right[page];

	if (token_equals(left, right))
		return false;
	if (!is_open(c, left, right, o->line, is_accessed(accessed, o, pair, page)))
		return true;
	c->differences.widened[CR2_WIDENING_READ_AHEAD]++;
	return false;
}

/* A 2 MiB page that the mapping's end cuts is unfolded whole: that is no difference. */
static bool is_overhang(const struct pair *pair)
{
	size_t common = pair_common(pair);
	const struct token *longer = pair->n_left > pair->n_right ? pair->left : pair->right;
	enum cr2_page_kind kind = longer[common].kind;

	return common && (kind == CR2_PAGE_HUGE || kind == CR2_PAGE_HUGE_ZERO) &&
	       token_equals(&longer[common], &longer[common - 1]);
}

static int compare_pair(struct comparison *c, const struct pair *pair, size_t observation)
{
	struct accessed accessed = accessed_page(&c->left->items[observation]);
	size_t common = pair_common(pair);
	size_t longest = pair->n_left > pair->n_right ? pair->n_left : pair->n_right;
	int r = 0;

	for (size_t i = 0, first; i < common && r == 0; i++) {
		first = i;
		while (i < common && page_differs(c, pair, observation, &accessed, i))
			i++;
		if (i > first)
			r = add_pages(c, pair, observation, first, i - 1);
	}
	if (r == 0 && longest > common && !is_overhang(pair))
		r = add_pages(c, pair, observation, common, longest - 1);
	return r;
}

static int add_texts(struct comparison *c, size_t observation, const char *process,
		     const char *mapping, const char *left, const char *right)
{
	struct cr2_text where = {0};
	int r = cr2_text_printf(&where, mapping ? "%s.%s" : "%s", process, mapping);

	if (r < 0)
		return r;
	return add_difference(c, observation, "state", where.data, strdup(left), strdup(right));
}

static int compare_mapping(struct comparison *c, size_t observation, const char *process,
			   const struct cr2_observed_mapping *left,
			   const struct cr2_observed_mapping *right)
{
	struct pair pair;
	int r;

	if (strcmp(left->name, right->name) != 0)
		return add_texts(c, observation, process, NULL, left->name, right->name);
	if (strcmp(left->tokens, right->tokens) == 0)
		return 0;
	r = pair_init(c, process, left, right, &pair);
	if (r == -EINVAL)
		return add_texts(c, observation, process, left->name, left->tokens, right->tokens);
	if (r == 0) {
		r = compare_pair(c, &pair, observation);
		pair_finish(&pair);
	}
	return r;
}

static const char *name_at(const struct cr2_observed_process *p, size_t i)
{
	return i < p->n_mappings ? p->mappings[i].name : "nothing";
}

static int compare_process(struct comparison *c, size_t observation,
			   const struct cr2_observed_process *left,
			   const struct cr2_observed_process *right)
{
	size_t n = left->n_mappings < right->n_mappings ? left->n_mappings : right->n_mappings;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = compare_mapping(c, observation, left->name, &left->mappings[i],
				    &right->mappings[i]);
	if (r == 0 && left->n_mappings != right->n_mappings)
		r = add_texts(c, observation, left->name, NULL, name_at(left, n),
			      name_at(right, n));
	return r;
}

static const char *process_at(const struct cr2_observation *o, size_t i)
{
	return i < o->n_processes ? o->state[i].name : "nothing";
}

int compare_states(struct comparison *c, size_t observation)
{
	const struct cr2_observation *left = &c->left->items[observation];
	const struct cr2_observation *right = &c->right->items[observation];
	size_t n = left->n_processes > right->n_processes ? left->n_processes : right->n_processes;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		if (strcmp(process_at(left, i), process_at(right, i)) != 0)
			return add_texts(c, observation, "processes", NULL, process_at(left, i),
					 process_at(right, i));
		r = compare_process(c, observation, &left->state[i], &right->state[i]);
	}
	return r;
}

static const struct cr2_observed_mapping *find_mapping_of(const struct cr2_observation *o,
							  const char *process,
							  const struct accessed *accessed)
{
	for (size_t i = 0; i < o->n_processes; i++) {
		const struct cr2_observed_process *p = &o->state[i];

		for (size_t j = 0; strcmp(p->name, process) == 0 && j < p->n_mappings; j++)
			if (strlen(p->mappings[j].name) == accessed->mapping_length &&
			    memcmp(p->mappings[j].name, accessed->mapping,
				   accessed->mapping_length) == 0)
				return &p->mappings[j];
	}
	return NULL;
}

int differed_before(const struct comparison *c, size_t observation, bool *ret_differed)
{
	const struct cr2_observation *o = &c->left->items[observation];
	struct accessed accessed = accessed_page(o);
	const struct cr2_observed_mapping *left, *right;
	struct pair pair;
	size_t page = (size_t)accessed.page;
	int r;

	*ret_differed = false;
	if (observation == 0 || !accessed.mapping || accessed.page < 0)
		return 0;
	left = find_mapping_of(&c->left->items[observation - 1], o->process, &accessed);
	right = find_mapping_of(&c->right->items[observation - 1], o->process, &accessed);
	if (!left || !right)
		return 0;
	r = pair_init(c, o->process, left, right, &pair);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	if (page < pair_common(&pair))
		*ret_differed = !token_equals(&pair.left[page], &pair.right[page]) &&
				is_open(c, &pair.left[page], &pair.right[page], o->line, false);
	pair_finish(&pair);
	return 0;
}
