/* SPDX-License-Identifier: MIT */
/* XML by Mini-XML. Where elements hold elements alone, each has a line; text stays as it is. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <mxml.h>

#include "xml.h"

static xml_node *keep(struct xml *x, xml_node *node)
{
	if (!node && x->error == 0)
		x->error = -ENOMEM;
	return node;
}

xml_node *xml_begin(struct xml *x)
{
	return x->top = keep(x, mxmlNewXML("1.0"));
}

xml_node *xml_begin_html(struct xml *x)
{
	return x->top = keep(x, mxmlNewElement(NULL, "!DOCTYPE html"));
}

xml_node *xml_begin_part(struct xml *x, const char *element)
{
	return x->top = keep(x, mxmlNewElement(NULL, element));
}

xml_node *xml_add(struct xml *x, xml_node *parent, const char *element, ...)
{
	xml_node *node = x->error ? NULL : keep(x, mxmlNewElement(parent, element));
	va_list attributes;

	va_start(attributes, element);
	for (const char *name; node && (name = va_arg(attributes, const char *));)
		mxmlElementSetAttr(node, name, va_arg(attributes, const char *));
	va_end(attributes);
	return node;
}

void xml_text(struct xml *x, xml_node *parent, const char *text)
{
	if (x->error == 0)
		keep(x, mxmlNewOpaque(parent, text));
}

void xml_printf(struct xml *x, xml_node *parent, const char *format, ...)
{
	struct cr2_text text = {0};
	va_list arguments;

	va_start(arguments, format);
	if (x->error == 0)
		x->error = cr2_text_vprintf(&text, format, arguments);
	va_end(arguments);
	xml_text(x, parent, text.data ? text.data : "");
	cr2_text_finish(&text);
}

void xml_leaf(struct xml *x, xml_node *parent, const char *element, const char *text)
{
	xml_text(x, xml_add(x, parent, element, NULL), text);
}

/* A section ends at the first "]]>": what has one becomes two sections. */
void xml_cdata(struct xml *x, xml_node *parent, const char *text)
{
	for (const char *end; (end = strstr(text, "]]>")); text = end + 2) {
		char *piece = strndup(text, (size_t)(end + 2 - text));

		if (x->error == 0)
			keep(x, piece ? mxmlNewCDATA(parent, piece) : NULL);
		free(piece);
	}
	if (x->error == 0)
		keep(x, mxmlNewCDATA(parent, text));
}

/* --- written --- */

static bool is_element(xml_node *node)
{
	return mxmlGetType(node) == MXML_ELEMENT && strncmp(mxmlGetElement(node), "![CDATA[", 8) != 0;
}

static bool holds_elements(xml_node *node)
{
	xml_node *child = node ? mxmlGetFirstChild(node) : NULL;

	if (!child)
		return false;
	for (; child; child = mxmlGetNextSibling(child))
		if (!is_element(child))
			return false;
	return true;
}

static const char *white_space(mxml_node_t *node, int where)
{
	if (where == MXML_WS_BEFORE_OPEN && is_element(node) && holds_elements(mxmlGetParent(node)))
		return "\n";
	return where == MXML_WS_BEFORE_CLOSE && holds_elements(node) ? "\n" : NULL;
}

int xml_end(struct xml *x, struct cr2_text *text)
{
	char *written;
	size_t n = 0;

	mxmlSetWrapMargin(0);
	written = x->error ? NULL : keep(x, x->top) ? mxmlSaveAllocString(x->top, white_space) : NULL;
	if (written)
		n = strlen(written);
	/* A document ends with its line, a part of one where it ends. */
	if (n && written[n - 1] == '\n' && !strchr("?!", mxmlGetElement(x->top)[0]))
		n--;
	if (x->error == 0)
		x->error = written ? cr2_text_append_n(text, written, n) : -ENOMEM;
	free(written);
	mxmlDelete(x->top);
	x->top = NULL;
	return x->error;
}
