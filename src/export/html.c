/* SPDX-License-Identifier: MIT */
/* A flame graph as a web page that stands alone: flame.html, with the rows as a tree in its midst. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hash.h"
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
};
struct name {
	char *text;
	enum kind kind;
};
struct node {
	size_t name;
	size_t child, next; /* a number plus 1; 0: none */
	uint64_t values[CR2_EXPORT_WEIGHTS];
};
struct tree {
	size_t n, capacity;
	struct node *nodes; /* the first is the root */
	size_t n_names, names_capacity;
	struct name *names;
	struct hash by_text; /* (hash of a text, how many of the same before): its name's number plus 1 */
	struct hash children; /* (node, name): a node's number plus 1 */
};

/* ---- names, each once ---- */

static uint64_t hash_text(const char *s, enum kind kind)
{
	uint64_t n = 0xcbf29ce484222325ULL + (uint64_t)kind;

	for (; *s; s++)
		n = (n ^ (uint8_t)*s) * 0x100000001b3ULL;
	return n;
}

/* A number, or -ENOMEM. */
static ssize_t name_of(struct tree *tree, const char *text, enum kind kind)
{
	const uint64_t key = hash_text(text, kind);
	uint64_t found, n = 0;
	char *copy;

	while ((found = hash_get(&tree->by_text, key, n))) {
		const struct name *name = &tree->names[found - 1];

		if (name->kind == kind && strcmp(name->text, text) == 0)
			return (ssize_t)found - 1;
		n++;
	}
	copy = strdup(text);
	if (!copy || cr2_grow(&tree->names, &tree->names_capacity, tree->n_names + 1, sizeof(*tree->names)) < 0 ||
	    hash_set(&tree->by_text, key, n, tree->n_names + 1) < 0) {
		free(copy);
		return -ENOMEM;
	}
	tree->names[tree->n_names] = (struct name){copy, kind};
	return (ssize_t)tree->n_names++;
}

/* ---- nodes ---- */

/* A number, or -ENOMEM. */
static ssize_t new_node(struct tree *tree, const char *text, enum kind kind)
{
	ssize_t name = name_of(tree, text, kind);

	if (name < 0 || cr2_grow(&tree->nodes, &tree->capacity, tree->n + 1, sizeof(*tree->nodes)) < 0)
		return -ENOMEM;
	tree->nodes[tree->n] = (struct node){.name = (size_t)name};
	return (ssize_t)tree->n++;
}

static ssize_t child_of(struct tree *tree, size_t parent, const char *text, enum kind kind)
{
	ssize_t name = name_of(tree, text, kind), made;
	uint64_t found = name < 0 ? 0 : hash_get(&tree->children, parent, (uint64_t)name);

	if (name < 0 || found)
		return found ? (ssize_t)found - 1 : name;
	made = new_node(tree, text, kind);
	if (made < 0 || hash_set(&tree->children, parent, (uint64_t)name, (uint64_t)made + 1) < 0)
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

static int add_leaf(void *data, const struct leaf *leaf)
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

/* ---- as JSON: a node is [name, its values, [its children]] ---- */

static json_t *node_json(const struct tree *tree, const struct node *node)
{
	json_t *o = json_array(), *children = json_array();

	json_array_append_new(o, json_integer((json_int_t)node->name));
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

	for (size_t i = 0; i < tree->n_names; i++) {
		json_t *name = json_array();

		json_array_append_new(name, view_json_safe(tree->names[i].text));
		json_array_append_new(name, json_integer(tree->names[i].kind));
		json_array_append_new(list, name);
	}
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
	for (size_t i = 0; i < tree->n_names; i++)
		free(tree->names[i].text);
	free(tree->names);
	free(tree->nodes);
	hash_finish(&tree->by_text);
	hash_finish(&tree->children);
}

int cr2_export_html(const struct cr2_view_report *report, struct cr2_text *text)
{
	struct cr2_text title = {0};
	struct tree tree = {0};
	int r = new_node(&tree, "all", KIND_KEY) < 0 ? -ENOMEM : leaves_each(report, add_leaf, &tree);

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
