/* SPDX-License-Identifier: MIT */
/*
 * Conditions: "path == wp_copy && (refs(pfn) > 1 || !major)". Read by recursive descent into a list of nodes in
 * the order in which a stack machine wants them: comparisons push whether they hold, the rest works on what was
 * pushed. What is asked and not known (the frame of a fault that no page settles) makes a comparison false.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "condition.h"

#define DEPTH_MAX 64 /* parentheses and '!' inside each other */

enum term {
#define X(id, name, type, sentence) TERM_##id,
#include <cr2/tables/condition_term.def>
#undef X
	TERMS,
};

/* What can stand on the other side of a comparison. */
enum type {
	TYPE_NUMBER,
	TYPE_PATH,
	TYPE_PROCESS,
	TYPE_OPERATION,
	TYPE_RESULT,
	TYPE_PLACE,
};

static const struct {
	const char *name;
	enum type type;
} terms[] = {
#define X(id, name, type, sentence) [TERM_##id] = {name, TYPE_##type},
#include <cr2/tables/condition_term.def>
#undef X
};

enum comparison {
	EQUAL,
	NOT_EQUAL,
	LESS,
	LESS_EQUAL,
	GREATER,
	GREATER_EQUAL,
};

/* Whose counts REFS and MAPS are. */
enum whose {
	WHOSE_FOUND,
	WHOSE_NEW,
	WHOSE_NUMBER,
};

struct node {
	enum {
		COMPARE,
		NOT,
		AND,
		OR,
	} kind;
	enum term term;
	enum whose whose;
	size_t frame; /* WHOSE_NUMBER: of the condition's frames */
	uint64_t mask; /* of the term, before it is compared */
	enum comparison comparison;
	uint64_t value;
	bool is_place; /* ADDR: ref instead of value */
	struct cr2_ref ref;
};

struct cr2_condition {
	char *text;
	struct {
		struct node *items;
		size_t n, capacity;
	} nodes;
	struct {
		uint64_t *items;
		size_t n, capacity;
	} frames;
};

/* ---- words ---- */

struct token {
	const char *s;
	size_t n; /* 0: the end */
	bool word;
};

struct reader {
	struct cr2_condition *condition;
	const struct cr2_names *names;
	const char *at;
	struct token token; /* the one to be read */
	unsigned depth;
	struct cr2_diag *diag;
};

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_@+-.:", c));
}

static void advance(struct reader *r)
{
	static const char *const doubles[] = {"==", "!=", "<=", ">=", "&&", "||"};

	r->at += strspn(r->at, " \t");
	r->token = (struct token){.s = r->at};
	while (is_word_char(r->at[r->token.n]))
		r->token.n++;
	r->token.word = r->token.n;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(doubles) && !r->token.n; i++)
		if (strncmp(r->at, doubles[i], 2) == 0)
			r->token.n = 2;
	if (!r->token.n && *r->at)
		r->token.n = 1;
	r->at += r->token.n;
}

static bool is(const struct reader *r, const char *s)
{
	return r->token.n == strlen(s) && memcmp(r->token.s, s, r->token.n) == 0;
}

static bool accept(struct reader *r, const char *s)
{
	if (!is(r, s))
		return false;
	advance(r);
	return true;
}

/* Takes message and hint; token is where it is wrong. */
static int wrong(struct reader *r, const struct token *token, struct cr2_text message, struct cr2_text hint)
{
	*r->diag = (struct cr2_diag){
		.column = (unsigned)(token->s - r->condition->text) + 1,
		.width = token->n ? (unsigned)token->n : 1,
		.message = message.data,
		.hint = hint.data,
		.excerpt = strdup(r->condition->text),
	};
	return message.data ? -EINVAL : -ENOMEM;
}

/* "expected WHAT, found 'x'" */
static int expected(struct reader *r, const char *what, const char *hint)
{
	struct cr2_text message = {0}, text = {0};

	cr2_text_printf(&message, "expected %s, found ", what);
	if (r->token.n) {
		cr2_text_append(&message, "'");
		cr2_text_append_safe(&message, r->token.s, r->token.n);
		cr2_text_append(&message, "'");
	} else {
		cr2_text_append(&message, "the end");
	}
	if (hint)
		cr2_text_append(&text, hint);
	return wrong(r, &r->token, message, text);
}

static char *copy_word(const struct token *token)
{
	return strndup(token->s, token->n);
}

/* "unknown WHAT 'word'", with the nearest of them, or all. */
static int unknown(struct reader *r, const char *what, const char *word, const char *const *names, size_t n)
{
	struct cr2_text message = {0}, hint = {0};
	const char *near = cr2_nearest(word, names, n);

	cr2_text_printf(&message, "unknown %s '", what);
	cr2_text_append_safe(&message, word, strlen(word));
	cr2_text_append(&message, "'");
	if (near)
		cr2_text_printf(&hint, "did you mean '%s'?", near);
	for (size_t i = 0; i < n && !near; i++)
		cr2_text_printf(&hint, "%s%s", i ? ", " : "one of ", names[i]);
	return wrong(r, &r->token, message, hint);
}

/* ---- values ---- */

static int read_number(struct reader *r, const char *word, uint64_t *ret_value)
{
	if (cr2_parse_u64(word, ret_value) < 0)
		return expected(r, "a number", "decimal, or 0x and hexadecimal");
	return 0;
}

/* The number of a name, as fn has it; what fn knows are the names of 0 to n - 1. */
static int read_name(struct reader *r, const char *what, const char *word, const char *const *names, size_t n,
		     uint64_t *ret_value)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && strcmp(names[i], word) == 0) {
			*ret_value = i;
			return 0;
		}
	return unknown(r, what, word, names, n);
}

static int read_path(struct reader *r, const char *word, uint64_t *ret_value)
{
	const char *names[CR2_PATH_COUNT];

	for (int i = 0; i < CR2_PATH_SCENARIOS; i++)
		names[i] = cr2_path_name((enum cr2_path)i);
	return read_name(r, "path", word, names, CR2_PATH_SCENARIOS, ret_value);
}

static int read_result(struct reader *r, const char *word, uint64_t *ret_value)
{
	const char *names[CR2_RESULT_COUNT];

	for (int i = 0; i < CR2_RESULT_COUNT; i++)
		names[i] = cr2_result_name((enum cr2_result)i);
	return read_name(r, "result", word, names, CR2_RESULT_COUNT, ret_value);
}

/* Others take no faults, so that nothing would ever be found. */
static int read_operation(struct reader *r, const char *word, uint64_t *ret_value)
{
	const char *names[CR2_OP_COUNT];
	size_t n = 0;
	int op = cr2_op_parse(word);

	for (int i = 0; i < CR2_OP_COUNT; i++)
		if (cr2_op_is_access((enum cr2_op_kind)i))
			names[n++] = cr2_op_name((enum cr2_op_kind)i);
	if (op < 0 || !cr2_op_is_access((enum cr2_op_kind)op))
		return unknown(r, "access", word, names, n);
	*ret_value = (uint64_t)op;
	return 0;
}

static int read_process(struct reader *r, const char *word, uint64_t *ret_value)
{
	const struct cr2_name_list *list = &r->names->processes;

	return read_name(r, "process", word, (const char *const *)list->items, list->n, ret_value);
}

/* The K of M@K. */
static int read_page(struct reader *r, const char *s, struct node *node)
{
	char *end;
	long long page;

	errno = 0;
	page = strtoll(s, &end, 10);
	if (end == s || *end || errno)
		return expected(r, "M, M@K or an address", "K is the number of a page, from 0");
	node->ref.first = node->ref.last = page;
	return 0;
}

static int read_place(struct reader *r, char *word, struct node *node)
{
	const struct cr2_name_list *list = &r->names->mappings;
	char *page = strchr(word, '@');
	uint64_t number = 0;
	int status;

	if (cr2_parse_u64(word, &node->value) == 0)
		return 0;
	if (page)
		*page++ = '\0';
	status = read_name(r, "mapping", word, (const char *const *)list->items, list->n, &number);
	if (status < 0)
		return status;
	node->is_place = true;
	node->ref = (struct cr2_ref){.mapping = (uint32_t)number, .whole = !page};
	return page ? read_page(r, page, node) : 0;
}

static int read_value(struct reader *r, struct node *node)
{
	char *word = r->token.word ? copy_word(&r->token) : NULL;
	int status;

	if (!word)
		return r->token.word ? -ENOMEM : expected(r, "a value", NULL);
	switch (terms[node->term].type) {
	case TYPE_PATH:
		status = read_path(r, word, &node->value);
		break;
	case TYPE_PROCESS:
		status = read_process(r, word, &node->value);
		break;
	case TYPE_OPERATION:
		status = read_operation(r, word, &node->value);
		break;
	case TYPE_RESULT:
		status = read_result(r, word, &node->value);
		break;
	case TYPE_PLACE:
		status = read_place(r, word, node);
		break;
	default:
		status = read_number(r, word, &node->value);
	}
	free(word);
	if (status == 0)
		advance(r);
	return status;
}

/* ---- comparisons ---- */

static int add_node(struct reader *r, const struct node *node)
{
	struct cr2_condition *c = r->condition;

	if (cr2_grow(&c->nodes.items, &c->nodes.capacity, c->nodes.n + 1, sizeof(*node)) < 0)
		return -ENOMEM;
	c->nodes.items[c->nodes.n++] = *node;
	return 0;
}

static int add_frame(struct reader *r, uint64_t pfn, struct node *node)
{
	struct cr2_condition *c = r->condition;

	if (cr2_grow(&c->frames.items, &c->frames.capacity, c->frames.n + 1, sizeof(pfn)) < 0)
		return -ENOMEM;
	node->whose = WHOSE_NUMBER;
	node->frame = c->frames.n;
	c->frames.items[c->frames.n++] = pfn;
	return 0;
}

static int read_term(struct reader *r, struct node *node)
{
	const char *names[TERMS];
	char *word = r->token.word ? copy_word(&r->token) : NULL;
	uint64_t term = 0;
	int status;

	if (!word)
		return r->token.word ? -ENOMEM : expected(r, "what to ask of a fault", "such as path == wp_copy");
	for (size_t i = 0; i < TERMS; i++)
		names[i] = terms[i].name;
	status = read_name(r, "word", word, names, TERMS, &term);
	free(word);
	if (status < 0)
		return status;
	node->term = (enum term)term;
	advance(r);
	return 0;
}

/* "(pfn)", "(new)" or "(0x1234)"; without, it is pfn. */
static int read_whose(struct reader *r, struct node *node)
{
	uint64_t pfn;
	char *word;
	int status;

	if ((node->term != TERM_REFS && node->term != TERM_MAPS) || !accept(r, "("))
		return 0;
	word = copy_word(&r->token);
	if (!word)
		return -ENOMEM;
	if (is(r, "pfn"))
		status = 0;
	else if (is(r, "new"))
		status = (node->whose = WHOSE_NEW, 0);
	else if (cr2_parse_u64(word, &pfn) == 0)
		status = add_frame(r, pfn, node);
	else
		status = expected(r, "pfn, new or a frame's number", NULL);
	free(word);
	if (status < 0)
		return status;
	advance(r);
	return accept(r, ")") ? 0 : expected(r, "')'", NULL);
}

static bool read_comparison(struct reader *r, enum comparison *ret)
{
	static const char *const signs[] = {
		[EQUAL] = "==", [NOT_EQUAL] = "!=", [LESS] = "<",
		[LESS_EQUAL] = "<=", [GREATER] = ">", [GREATER_EQUAL] = ">=",
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(signs); i++)
		if (accept(r, signs[i])) {
			*ret = (enum comparison)i;
			return true;
		}
	return false;
}

/* "error & 0x2" */
static int read_mask(struct reader *r, struct node *node)
{
	enum type type = terms[node->term].type;
	uint64_t mask;
	char *word;
	int status;

	if (!is(r, "&"))
		return 0;
	if (type != TYPE_NUMBER)
		return expected(r, "== or !=", "bits are asked of numbers, such as error & 0x2");
	advance(r);
	word = copy_word(&r->token);
	if (!word)
		return -ENOMEM;
	status = read_number(r, word, &mask);
	free(word);
	if (status < 0)
		return status;
	node->mask = mask;
	advance(r);
	return 0;
}

static int read_compare(struct reader *r)
{
	struct node node = {.kind = COMPARE, .mask = UINT64_MAX, .comparison = NOT_EQUAL};
	int status = read_term(r, &node);
	struct token sign;
	enum type type;

	if (status == 0)
		status = read_whose(r, &node);
	if (status == 0)
		status = read_mask(r, &node);
	if (status < 0)
		return status;
	type = terms[node.term].type;
	sign = r->token;
	if (read_comparison(r, &node.comparison)) {
		status = read_value(r, &node);
	} else if (type != TYPE_NUMBER || is(r, "=")) {
		return expected(r, type == TYPE_NUMBER ? "a comparison" : "== or !=", is(r, "=") ? "did you mean '=='?" : NULL);
	}
	if (status == 0 && node.comparison > NOT_EQUAL && (node.is_place || (type != TYPE_NUMBER && type != TYPE_PLACE))) {
		r->token = sign;
		return expected(r, "== or !=", "only numbers have an order");
	}
	return status == 0 ? add_node(r, &node) : status;
}

/* ---- what joins them ---- */

static int read_or(struct reader *r);

static int too_deep(struct reader *r)
{
	return expected(r, "fewer parentheses and '!' inside each other", NULL);
}

static int read_unary(struct reader *r)
{
	static const struct node not_node = {.kind = NOT};
	int status;

	if (is(r, "!") || is(r, "(")) {
		if (++r->depth > DEPTH_MAX)
			return too_deep(r);
		if (accept(r, "!")) {
			status = read_unary(r);
			if (status == 0)
				status = add_node(r, &not_node);
		} else {
			advance(r);
			status = read_or(r);
			if (status == 0 && !accept(r, ")"))
				status = expected(r, "')', && or ||", NULL);
		}
		r->depth--;
		return status;
	}
	return read_compare(r);
}

static int read_and(struct reader *r)
{
	static const struct node and_node = {.kind = AND};
	int status = read_unary(r);

	while (status == 0 && accept(r, "&&")) {
		status = read_unary(r);
		if (status == 0)
			status = add_node(r, &and_node);
	}
	return status;
}

static int read_or(struct reader *r)
{
	static const struct node or_node = {.kind = OR};
	int status = read_and(r);

	while (status == 0 && accept(r, "||")) {
		status = read_and(r);
		if (status == 0)
			status = add_node(r, &or_node);
	}
	return status;
}

int cr2_condition_parse(const char *text, const struct cr2_names *names, struct cr2_condition **ret_condition,
			struct cr2_diag *ret_diag)
{
	struct cr2_condition *c = calloc(1, sizeof(*c));
	struct reader r = {.condition = c, .names = names, .diag = ret_diag};
	int status;

	*ret_diag = (struct cr2_diag){0};
	if (!c || !(c->text = strdup(text))) {
		free(c);
		return -ENOMEM;
	}
	r.at = c->text;
	advance(&r);
	status = read_or(&r);
	if (status == 0 && r.token.n)
		status = expected(&r, "&&, || or the end", NULL);
	if (status < 0) {
		cr2_condition_destroy(c);
		return status;
	}
	*ret_condition = c;
	return 0;
}

void cr2_condition_destroy(struct cr2_condition *c)
{
	if (!c)
		return;
	free(c->text);
	free(c->nodes.items);
	free(c->frames.items);
	free(c);
}

const char *cr2_condition_text(const struct cr2_condition *c)
{
	return c->text;
}

/* ---- does it hold? ---- */

size_t condition_frames(const struct cr2_condition *c, const uint64_t **ret_pfns)
{
	*ret_pfns = c->frames.items;
	return c->frames.n;
}

static bool count_value(const struct node *node, const struct cr2_fault_facts *f, const struct frame_counts *counts,
			uint64_t *ret)
{
	const struct cr2_frame_view *view = node->whose == WHOSE_NEW ? &f->mapped : &f->found;

	if (node->whose == WHOSE_NUMBER) {
		*ret = node->term == TERM_REFS ? counts[node->frame].refs : counts[node->frame].maps;
		return counts[node->frame].known;
	}
	*ret = node->term == TERM_REFS ? view->refs_before : view->maps_before;
	return view->pfn != CR2_NO_FRAME;
}

/* False: it is not known. */
static bool term_value(const struct node *node, const struct cr2_fault_facts *f, const struct frame_counts *counts,
		       uint64_t *ret)
{
	switch (node->term) {
	case TERM_PATH:
		return (*ret = f->path, f->path != CR2_PATH_UNKNOWN);
	case TERM_PROC:
		return (*ret = f->process, true);
	case TERM_OP:
		return (*ret = f->op, true);
	case TERM_ERROR:
		return (*ret = f->error_code, true);
	case TERM_ADDR:
		return (*ret = f->address, true);
	case TERM_RESULT:
		return (*ret = f->result, true);
	case TERM_MAJOR:
		return (*ret = f->major, true);
	case TERM_PFN:
		return (*ret = f->found.pfn, *ret != CR2_NO_FRAME);
	case TERM_NEW:
		return (*ret = f->mapped.pfn, *ret != CR2_NO_FRAME);
	case TERM_REFS:
	case TERM_MAPS:
		return count_value(node, f, counts, ret);
	case TERM_STEP:
		return (*ret = f->step, true);
	case TERM_LINE:
		return (*ret = f->line, true);
	case TERMS:
		break;
	}
	return false;
}

static bool compare(enum comparison comparison, uint64_t a, uint64_t b)
{
	switch (comparison) {
	case EQUAL:
		return a == b;
	case NOT_EQUAL:
		return a != b;
	case LESS:
		return a < b;
	case LESS_EQUAL:
		return a <= b;
	case GREATER:
		return a > b;
	case GREATER_EQUAL:
		return a >= b;
	}
	return false;
}

static bool is_at(const struct cr2_fault_facts *f, const struct cr2_ref *place)
{
	return f->has_at && f->at.mapping == place->mapping && (place->whole || f->at.first == place->first);
}

static bool comparison_holds(const struct node *node, const struct cr2_fault_facts *f,
			     const struct frame_counts *counts)
{
	uint64_t value;

	if (node->is_place)
		return is_at(f, &node->ref) == (node->comparison == EQUAL);
	return term_value(node, f, counts, &value) && compare(node->comparison, value & node->mask, node->value);
}

bool condition_holds(const struct cr2_condition *c, const struct cr2_fault_facts *f,
		     const struct frame_counts *counts)
{
	bool stack[2 * DEPTH_MAX + 4];
	size_t n = 0;

	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct node *node = &c->nodes.items[i];

		switch (node->kind) {
		case COMPARE:
			stack[n++] = comparison_holds(node, f, counts);
			break;
		case NOT:
			stack[n - 1] = !stack[n - 1];
			break;
		case AND:
			n--;
			stack[n - 1] = stack[n - 1] && stack[n];
			break;
		case OR:
			n--;
			stack[n - 1] = stack[n - 1] || stack[n];
			break;
		}
	}
	return stack[0];
}
