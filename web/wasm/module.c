/* SPDX-License-Identifier: MIT */
/* What the page and the module share: memory for texts, and what a call left; and the words of the language. */
#include <stdlib.h>

#include <cr2/litmus.h>
#include <cr2/model.h>
#include <cr2/record.h>

#include "record/json.h"
#include "web.h"

struct cr2_text web_out;

void *WEB_EXPORT(web_alloc)(size_t n)
{
	return malloc(n);
}

void WEB_EXPORT(web_free)(void *p)
{
	free(p);
}

const char *WEB_EXPORT(web_text)(void)
{
	return web_out.data;
}

size_t WEB_EXPORT(web_length)(void)
{
	return web_out.length;
}

typedef const char *name_fn(int i);

static const char *operation(int i)
{
	return cr2_op_name((enum cr2_op_kind)i);
}

static const char *advice(int i)
{
	return cr2_advice_name((enum cr2_advice)i);
}

static const char *path(int i)
{
	return cr2_path_name((enum cr2_path)i);
}

static const char *result(int i)
{
	return cr2_result_name((enum cr2_result)i);
}

static const char *profile(int i)
{
	return cr2_profile_name((enum cr2_profile)i);
}

static json_t *names(name_fn *fn)
{
	json_t *list = json_array();
	const char *name;

	for (int i = 0; (name = fn(i)); i++)
		json_array_append_new(list, json_string(name));
	return list;
}

/* Each with the word that a statement has before it, if any. */
static json_t *others(void)
{
	json_t *list = json_array();
	const char *word, *behind;

	for (size_t i = 0; (word = cr2_litmus_word(i, &behind)); i++)
		json_array_append_new(list, json_pack("{s:s, s:s?}", "word", word, "behind", behind));
	return list;
}

/* The language's words by what they are, and the kernels. */
int WEB_EXPORT(web_words)(void)
{
	return view_json_line(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "operations", names(operation), "advice",
					names(advice), "paths", names(path), "results", names(result), "kernels",
					names(profile), "others", others()),
			      web_begin());
}

/* What each kind of page is, in words. */
int WEB_EXPORT(web_page_kinds)(void)
{
	json_t *kinds = json_object();
	const char *name;

	for (int i = 0; (name = cr2_page_kind_name((enum cr2_page_kind)i)); i++)
		json_object_set_new(kinds, name, json_string(cr2_page_kind_sentence((enum cr2_page_kind)i)));
	return view_json_line(kinds, web_begin());
}
