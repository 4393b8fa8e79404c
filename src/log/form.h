/* SPDX-License-Identifier: MIT */
/* What a line says, whatever data format and markup it is written in. */
#ifndef LOG_FORM_H
#define LOG_FORM_H

#include <cr2/base.h>

#include "line.h"

struct log_plain {
	struct log_span text; /* the message, its head as it was; may hold several lines */
	struct log_span when, host; /* as a data format tells them; may be empty */
	bool frame; /* of a data format, and no message: another field, a bracket, an empty line */
};

struct log_scan;
struct log_forms {
	struct cr2_text text; /* of the line at hand, decoded */
	struct cr2_text record; /* the message of a record whose other fields are dropped */
	size_t when_at, host_at; /* in record, behind the message */
	const struct log_scan *scan; /* of words by which a message is known; NULL: only by its key */
	char key[64]; /* of the members that held such a word; empty: none did */
	bool in_array; /* in a message that is an array with each byte in a line */
};

/* Returns 0 or -ENOMEM. What it gives stays until the next call. */
int log_form_read(struct log_forms *forms, struct log_span line, struct log_plain *ret_plain);
void log_forms_finish(struct log_forms *forms);

/* Escapes, colours, entities and no-break spaces of text taken off; appends. 0 or -ENOMEM. */
int log_plain_append(struct cr2_text *plain, struct log_span text);
/* Is there any of them? */
bool log_plain_is(struct log_span text);

#endif
