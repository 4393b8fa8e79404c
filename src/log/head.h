/* SPDX-License-Identifier: MIT */
/* What stands before a kernel message in a line, and whose message it makes it. */
#ifndef LOG_HEAD_H
#define LOG_HEAD_H

#include "line.h"

/* One record of the kernel's log. Mostly it is a line; two may have run together in one. */
struct log_line {
	struct log_span message; /* without the head, blanks and carriage return around it */
	struct log_span when; /* the timestamp as printed; may be empty */
	uint64_t source; /* a hash of the names in the head: the host's, a container's; 0: none */
	uint64_t caller; /* a hash of the task or CPU that printed it ([T12], [C1]); 0: not printed */
	struct log_span rest; /* from the next record's timestamp on; empty: there is none */
	bool blank_before, blank_after; /* where nothing but the message stands in the line */
	unsigned heads; /* 2: the kernel's own timestamp stood there, 1: a date */
	uint64_t number, last_number; /* of its lines in the stream; parts of it stood in others between */
};

void log_line_parse(struct log_span text, struct log_line *ret_line);
/* Goes on to the line's next record; false: there is none. */
bool log_line_next(struct log_line *line);

/* What the name of a host, or several names, make a line's source. */
uint64_t log_line_source(struct log_span names);

/*
 * A head of unknown form, as it stood before a message that was known by its words: so many
 * blanks, with the same names between them, stand before each line that belongs to that one.
 */
struct log_shape {
	uint64_t names;
	unsigned words;
	char glued[32]; /* what stands before the message without a blank */
	bool none; /* no other line can have it */
};
void log_shape_take(struct log_span head, struct log_shape *ret_shape);
/* Takes the head off message where it has that shape. */
bool log_shape_skip(const struct log_shape *shape, struct log_span *message);
/* Words of a sentence, which talks about the message. */
bool log_head_is_prose(struct log_span head);
/* What follows stands in quotation marks or in parentheses: a string of a program, a remark. */
bool log_head_is_quotation(struct log_span head);
/*
 * Where head ends in the quotation mark of a field, message ends at the mark that closes it. False:
 * it is a string of a program.
 */
bool log_field_close(struct log_span head, struct log_span *message);

#endif
