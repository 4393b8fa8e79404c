/* SPDX-License-Identifier: MIT */
/* A flame graph as a web page that stands alone: flame.html, with the rows as a tree in its midst. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/words.h"
#include "record/json.h"
#include "leaves.h"

static const char page[] =
#include "export/flame.html.h"
	;
static const char mark[] = "@DATA@";

/* As the page has them, in the order of enum kind. */
enum kind {
	KIND_PROGRAM,
	KIND_KEY,
	KIND_KERNEL,
	KIND_UNNAMED,
	KINDS,
};
struct node {
	uint64_t name; /* a word's number, and its kind */
	size_t child, next; /* a number plus 1; 0: none */
	uint64_t values[CR2_EXPORT_WEIGHTS];
};
struct tree {
	size_t n, capacity;
	struct node *nodes; /* the first is the root */
	struct words words;
	struct hash children; /* (node, name): a node's number plus 1 */
};

/* ---- nodes ---- */

/* A number, or -ENOMEM. */
static ssize_t new_node(struct tree *tree, uint64_t name)
{
	if (cr2_grow(&tree->nodes, &tree->capacity, tree->n + 1, sizeof(*tree->nodes)) < 0)
		return -ENOMEM;
	tree->nodes[tree->n] = (struct node){.name = name};
	return (ssize_t)tree->n++;
}

static ssize_t child_of(struct tree *tree, size_t parent, const char *text, enum kind kind)
{
	int64_t word = words_number(&tree->words, text);
	const uint64_t name = (uint64_t)word * KINDS + kind;
	uint64_t found = word < 0 ? 0 : hash_get(&tree->children, parent, name);
	ssize_t made;

	if (word < 0 || found)
		return found ? (ssize_t)found - 1 : -ENOMEM;
	made = new_node(tree, name);
	if (made < 0 || hash_set(&tree->children, parent, name, (uint64_t)made + 1) < 0)
		return -ENOMEM;
	tree->nodes[made].next = tree->nodes[parent].child;
	tree->nodes[parent].child = (size_t)made + 1;
	return made;
}

static enum kind kind_of(const struct leaf_frame *frame)
{
	if (!frame->frame)
		return frame->by == CR2_REPORT_BY_FUNCTION ? KIND_PROGRAM : KIND_KEY;
	if (frame->frame->kernel)
		return KIND_KERNEL;
	return frame->frame->named ? KIND_PROGRAM : KIND_UNNAMED;
}

static void add_values(struct node *node, const struct cr2_report_row *row)
{
	for (int i = 0; i < CR2_EXPORT_WEIGHTS; i++)
		node->values[i] += leaf_value(row, (enum cr2_export_weight)i);
}

static int add_to_tree(void *data, const struct leaf *leaf)
{
	struct tree *tree = data;
	size_t at = 0;

	add_values(&tree->nodes[0], leaf->row);
	for (size_t i = 0; i < leaf->n; i++) {
		ssize_t child = child_of(tree, at, leaf->frames[i].text, kind_of(&leaf->frames[i]));

		if (child < 0)
			return (int)child;
		at = (size_t)child;
		add_values(&tree->nodes[at], leaf->row);
	}
	return 0;
}

/* ---- as JSON: a node is [name, kind, its values, [its children]] ---- */

static json_t *node_json(const struct tree *tree, const struct node *node)
{
	json_t *o = json_array(), *children = json_array();

	json_array_append_new(o, json_integer((json_int_t)(node->name / KINDS)));
	json_array_append_new(o, json_integer((json_int_t)(node->name % KINDS)));
	for (int i = 0; i < CR2_EXPORT_WEIGHTS; i++)
		json_array_append_new(o, json_integer((json_int_t)node->values[i]));
	for (size_t child = node->child; child; child = tree->nodes[child - 1].next)
		json_array_append_new(children, node_json(tree, &tree->nodes[child - 1]));
	json_array_append_new(o, children);
	return o;
}

static json_t *names_json(const struct tree *tree)
{
	json_t *list = json_array();

	for (size_t i = 0; i < tree->words.n; i++)
		json_array_append_new(list, view_json_safe(tree->words.items[i]));
	return list;
}

static json_t *weights_json(void)
{
	static const char *const units[CR2_EXPORT_WEIGHTS] = {
		[CR2_EXPORT_COUNT] = "faults", [CR2_EXPORT_TIME] = "ns", [CR2_EXPORT_BYTES] = "bytes"};
	json_t *list = json_array();

	for (int i = 0; i < CR2_EXPORT_WEIGHTS; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "name",
						      cr2_export_weight_name((enum cr2_export_weight)i), "unit", units[i]));
	return list;
}

/* Nothing in it may look like the end of the element that it stands in. */
static int add_json(struct cr2_text *text, json_t *root)
{
	char *dump = root ? json_dumps(root, JSON_COMPACT) : NULL;
	int r = dump ? 0 : -ENOMEM;

	for (const char *s = dump; r == 0 && *s;) {
		size_t n = strcspn(s, "<");

		r = cr2_text_append_n(text, s, n);
		s += n;
		if (r == 0 && *s) {
			r = cr2_text_append(text, "\\u003c");
			s++;
		}
	}
	free(dump);
	json_decref(root);
	return r;
}

static int write_page(const struct tree *tree, const char *title, struct cr2_text *text)
{
	const char *at = strstr(page, mark);
	json_t *root = json_object();
	int r;

	json_object_set_new(root, "title", json_string(title));
	json_object_set_new(root, "weights", weights_json());
	json_object_set_new(root, "names", names_json(tree));
	json_object_set_new(root, "root", node_json(tree, &tree->nodes[0]));
	r = cr2_text_append_n(text, page, (size_t)(at - page));
	if (r == 0)
		r = add_json(text, root);
	else
		json_decref(root);
	return r ? r : cr2_text_append(text, at + strlen(mark));
}

static void finish(struct tree *tree)
{
	words_finish(&tree->words);
	free(tree->nodes);
	hash_finish(&tree->children);
}

int cr2_export_html(const struct cr2_view_report *report, struct cr2_text *text)
{
	struct cr2_text title = {0};
	struct tree tree = {0};
	int64_t all = words_number(&tree.words, "all");
	int r = all < 0 || new_node(&tree, (uint64_t)all * KINDS + KIND_KEY) < 0 ? -ENOMEM :
		leaves_each(report, add_to_tree, &tree);

	if (r == 0)
		r = cr2_text_append(&title, "page faults: ");
	if (r == 0)
		r = cr2_text_append_safe(&title, report->title, strlen(report->title));
	if (r == 0)
		r = write_page(&tree, title.data, text);
	cr2_text_finish(&title);
	finish(&tree);
	return r;
}
