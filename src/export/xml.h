/* SPDX-License-Identifier: MIT */
/*
 * XML as a tree that is written at once, by Mini-XML. The first failure sticks: only who writes it asks. Nodes are NULL
 * then, which all functions take.
 */
#ifndef EXPORT_XML_H
#define EXPORT_XML_H

#include <cr2/base.h>

typedef struct _mxml_node_s xml_node;
struct xml { /* all zero: nothing yet */
	xml_node *top;
	int error; /* 0 or -ENOMEM */
};

/* What all stands in: an XML document; one of HTML, as XML too; or an element, to be a part of another document. */
xml_node *xml_begin(struct xml *x);
xml_node *xml_begin_html(struct xml *x);
xml_node *xml_begin_part(struct xml *x, const char *element);

/* An element with attributes: names and values, NULL at their end. */
xml_node *xml_add(struct xml *x, xml_node *parent, const char *element, ...) __attribute__((sentinel));
/* Text of UTF-8, behind what is there. */
void xml_text(struct xml *x, xml_node *parent, const char *text);
void xml_printf(struct xml *x, xml_node *parent, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* An element that holds a text, which may be "". */
void xml_leaf(struct xml *x, xml_node *parent, const char *element, const char *text);
/* Text that stands as it is, in a CDATA section. */
void xml_cdata(struct xml *x, xml_node *parent, const char *text);

/* Appends it, and ends it. Returns 0 or -ENOMEM. */
int xml_end(struct xml *x, struct cr2_text *text);

#endif
