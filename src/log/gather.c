/* SPDX-License-Identifier: MIT */
/*
 * Puts records together again that something broke in two: a terminal's width, a mail program,
 * a serial console, the kernel itself where two of its calls make a line. A record that may be
 * cut is held until the next one comes. Whether that one is its rest is asked from what they
 * tell: together more than apart. Where that does not decide, the rest has no head of its own.
 */
#include <ctype.h>
#include <string.h>

#include "stream.h"
#include "wrap.h"

/* A broken record's rest comes soon, but for lines that say nothing. */
#define HELD_PATIENCE (64 * 3)

static void hold(struct cr2_log *log, const struct log_line *line)
{
	struct log_held *held = &log->held;
	size_t when = log_length(line->when) < sizeof(held->when) ? log_length(line->when) : 0;

	held->line = *line;
	held->length = log_length(line->message);
	memmove(held->text, line->message.start, held->length);
	if (when)
		memmove(held->when, line->when.start, when);
	held->line.message = (struct log_span){held->text, held->text + held->length};
	held->line.when = (struct log_span){held->when, held->when + when};
	held->line.rest = (struct log_span){held->text, held->text};
	held->age = 0;
}

int log_gather_release(struct cr2_log *log)
{
	struct log_held held = log->held;
	size_t when = log_length(held.line.when);

	if (!held.length)
		return 0;
	log->held.length = 0;
	held.line.message = (struct log_span){held.text, held.text + held.length};
	held.line.when = (struct log_span){held.when, held.when + when};
	held.line.rest = (struct log_span){held.text, held.text};
	return log_open_read(log, &held.line, held.line.rest);
}

/* The held record with the next one behind it, in buffer; false: that is too long to be held. */
static bool join(const struct log_held *held, const char *glue, const struct log_line *next,
		 char buffer[LOG_HELD_MAX], struct log_line *ret_joined)
{
	size_t glued = strlen(glue), more = log_length(next->message);

	if (held->length + glued + more > LOG_HELD_MAX)
		return false;
	memcpy(buffer, held->text, held->length);
	memcpy(buffer + held->length, glue, glued);
	memcpy(buffer + held->length + glued, next->message.start, more);
	*ret_joined = held->line;
	ret_joined->message = (struct log_span){buffer, buffer + held->length + glued + more};
	ret_joined->last_number = next->last_number;
	ret_joined->blank_after = next->blank_after;
	return true;
}

/* A kind of taint, and the mark of a call that may be left over: they stand alone, between blanks. */
static bool ends_in_letter(const struct log_held *held)
{
	const char *end = held->text + held->length;

	return held->length > 1 && end[-2] == ' ' && (isupper((unsigned char)end[-1]) || end[-1] == '?');
}

/*
 * What the next one tells alone: nothing, where it lacks the host's name that stands before the
 * held one, and begins no report.
 */
static unsigned weigh_alone(struct cr2_log *log, const struct log_line *next, bool headless)
{
	bool nameless = headless && log->held.line.source && !next->source;

	return nameless && !log_scan_find(&log->scan, next->message.start, next->message.end, NULL) ? 0 :
		log_open_weigh(log, next);
}

/* Each is whole, as most lines of a report are. */
static bool are_whole(const struct log_line *held, const struct log_line *next)
{
	return log_oops_is_titled(next->message) ||
	       (log_wrap_is_call(held->message) && log_wrap_is_call(next->message));
}

/* What stood between the two, or NULL: they are no parts of one. */
static const char *find_glue(struct cr2_log *log, const struct log_line *next)
{
	const struct log_held *held = &log->held;
	bool headless = next->heads < held->line.heads, digits = headless && log_wrap_digits_go_on(held->line.message, next->message);
	unsigned alone = log_open_weigh(log, &held->line), apart = alone + weigh_alone(log, next, headless);
	bool blank = held->line.blank_after || next->blank_before || ends_in_letter(held);
	const char *const glues[] = {blank ? " " : "", blank ? "" : " "}; /* the first, where both fit */
	const char *best = NULL;
	unsigned most = digits || (headless && !alone && apart) ? apart : apart + 1;

	for (size_t i = 0; i < 2; i++) {
		char buffer[LOG_HELD_MAX];
		struct log_line joined;
		unsigned facts;

		if (!join(held, glues[i], next, buffer, &joined))
			return NULL;
		facts = log_open_weigh(log, &joined);
		if (facts < most)
			continue;
		best = glues[i];
		most = facts + 1;
	}
	return best;
}

/* Bytes go on where bytes were; or the break is in the midst of one. */
static const char *find_code_glue(const struct log_held *held)
{
	const char *end = held->text + held->length, *start = memrchr(held->text, ' ', held->length);
	size_t length = start ? (size_t)(end - start) - 1 : 0;

	/* "> 8b" looks like a quotation: the sign is gone. */
	if (length == 3)
		return "> ";
	return !length || (length == 2 && start[1] != '<') || length == 4 ? " " : "";
}

/* Did another host print it, another task or CPU? */
static bool is_others(const struct log_line *held, const struct log_line *next)
{
	return (next->source && next->source != held->source) || (next->caller && next->caller != held->caller);
}

/* Whether the record is the rest of the one that is held, and was taken with it. */
static int go_on(struct cr2_log *log, const struct log_line *line, bool *ret_taken)
{
	struct log_line part = *line, *next = &part;
	char buffer[LOG_HELD_MAX];
	struct log_line joined;
	const char *glue = NULL;

	*ret_taken = false;
	/* What another record follows in its line is a head of that one rather. */
	if (!log->held.length || log_length(next->rest) || is_others(&log->held.line, next))
		return 0;
	part.message = log_open_message(log, line);
	if (part.message.start != line->message.start)
		part.heads = log->held.line.heads;
	if (!log_wrap_is_code(log_open_message(log, &log->held.line)))
		glue = are_whole(&log->held.line, next) ? NULL : find_glue(log, next);
	else if (log_wrap_code_goes_on(next->message))
		glue = find_code_glue(&log->held);
	if (!glue || !join(&log->held, glue, next, buffer, &joined))
		return 0;
	*ret_taken = true;
	log->held.length = 0;
	if (!log_open_may_be_cut(log, &joined))
		return log_open_read(log, &joined, (struct log_span){buffer, buffer});
	hold(log, &joined);
	return 0;
}

int log_gather(struct cr2_log *log, const struct log_line *line, struct log_span text, bool frame)
{
	bool taken = false;
	int r = log_length(line->message) ? go_on(log, line, &taken) : 0;

	if (r || taken)
		return r;
	if (frame || !log_length(line->message)) {
		log_open_grow_older(log, line, frame);
		return ++log->held.age > HELD_PATIENCE ? log_gather_release(log) : 0;
	}
	r = log_gather_release(log);
	if (r)
		return r;
	log_open_grow_older(log, line, false);
	if (log_length(line->message) > LOG_HELD_MAX || !log_open_may_be_cut(log, line))
		return log_open_read(log, line, text);
	hold(log, line);
	return 0;
}
