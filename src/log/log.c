/* SPDX-License-Identifier: MIT */
/*
 * The stream: cuts text into lines, and finds the few that matter.
 *
 * While no report is open, log_scan looks for the words that begin one, and nothing else is
 * done to the text. While reports are open, each line is read: form.c takes a message out of a
 * record, head.c takes off what stands before it, gather.c joins what was broken, and open.c
 * knows whose it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "base/option.h"
#include "symbol/insn.h"
#include "symbol/symbol.h"

#include "stream.h"

/* Longer lines are handled in pieces: no line of the kernel's comes near. */
#define LINE_MAX_BYTES 65536

int cr2_log_create(const struct cr2_log_config *config, struct cr2_log **ret_log)
{
	struct cr2_log *log = calloc(1, sizeof(*log));
	int r;

	if (!log)
		return -ENOMEM;
	r = option_take(&log->config, sizeof(log->config), config);
	config = &log->config;
	log_scan_init(&log->scan);
	log->forms.scan = &log->scan;
	if (r == 0)
		r = insn_decoder_create(&log->decoder);
	if (r == 0 && !config->no_symbols)
		r = symbols_create(config->paths, config->n_paths, &log->symbols);
	if (r < 0) {
		cr2_log_destroy(log);
		return r;
	}
	*ret_log = log;
	return 0;
}

void cr2_log_destroy(struct cr2_log *log)
{
	if (!log)
		return;
	log_open_finish(log);
	symbols_destroy(log->symbols);
	insn_decoder_destroy(log->decoder);
	cr2_text_finish(&log->carry);
	log_forms_finish(&log->forms);
	free(log);
}

int cr2_log_get_stats(const struct cr2_log *log, struct cr2_log_stats *ret_stats)
{
	return option_give(ret_stats, &log->stats, sizeof(log->stats));
}

static int pass_text(struct cr2_log *log, const char *end)
{
	const char *start = log->passed;

	log->passed = end;
	if (!log->config.text || !start || end == start)
		return 0;
	return log->config.text(log->config.data, start, (size_t)(end - start));
}

static int handle_plain(struct cr2_log *log, const struct log_plain *plain, struct log_span text)
{
	struct log_line line;
	int r = 0;

	log_line_parse(text, &line);
	line.number = line.last_number = log->line + 1;
	if (log_length(plain->host))
		line.source = line.source * 31 + log_line_source(plain->host);
	do {
		if (log_length(line.when) == 0)
			line.when = plain->when;
		r = log_gather(log, &line, text, plain->frame);
		text.start = text.end;
	} while (r == 0 && log_line_next(&line));
	return r;
}

/* A line's text, without its newline. */
static int handle_line(struct cr2_log *log, struct log_span text)
{
	struct log_plain plain;
	int r = log_form_read(&log->forms, text, &plain);

	while (r == 0) {
		const char *newline = memchr(plain.text.start, '\n', log_length(plain.text));

		text = (struct log_span){plain.text.start, newline ? newline : plain.text.end};
		r = handle_plain(log, &plain, text);
		if (!newline)
			break;
		plain.text.start = newline + 1;
	}
	return r;
}

/* Where the first line begins that may matter to a report, while none is open; end: nowhere. */
static const char *find_line(struct cr2_log *log, const char *text, const char *end)
{
	const char *word, *from = text;

	while ((word = log_scan_find(&log->scan, from, end, NULL))) {
		const char *newline = memrchr(from, '\n', (size_t)(word - from));
		const char *start = newline ? newline + 1 : from, *stop = memchr(word, '\n', (size_t)(end - word));

		if (!stop || log_open_may_matter(log, (struct log_span){start, stop}))
			return start;
		from = stop + 1;
	}
	return end;
}

/* Text that begins a line and ends one (or is the beginning of one that is too long). */
static int handle_lines(struct cr2_log *log, const char *text, const char *end)
{
	int r;

	log->passed = text;
	while (text < end) {
		const char *start = text, *stop;

		if (log->n_open == 0 && !log->forms.in_array && !log->held.length) {
			start = find_line(log, text, end);
			log->line += log_scan_lines(text, start);
			r = log_prelude_read(log, (struct log_span){text, start});
			if (r)
				return r;
		}
		if (start == end)
			break;
		stop = memchr(start, '\n', (size_t)(end - start));
		stop = stop ? stop : end;
		r = handle_line(log, (struct log_span){start, stop});
		log->line += stop < end;
		text = stop < end ? stop + 1 : end;
		if (!r)
			r = pass_text(log, text);
		if (!r)
			r = log_open_tell_ready(log, false);
		if (r)
			return r;
	}
	return pass_text(log, end);
}

/* The rest of a line whose beginning was too long to keep: only passed on. */
static int skip_long_line(struct cr2_log *log, const char **text, const char *end)
{
	const char *newline = memchr(*text, '\n', (size_t)(end - *text));

	log->passed = *text;
	*text = newline ? newline + 1 : end;
	log->in_long_line = !newline;
	log->line += newline != NULL;
	return pass_text(log, *text);
}

static int handle_carry(struct cr2_log *log)
{
	int r = handle_lines(log, log->carry.data, log->carry.data + log->carry.length);

	log->passed = NULL;
	cr2_text_clear(&log->carry);
	return r;
}

/* Completes the line that an earlier piece began. */
static int join_carry(struct cr2_log *log, const char **text, const char *end)
{
	const char *newline = memchr(*text, '\n', (size_t)(end - *text));
	const char *stop = newline ? newline + 1 : end;
	size_t room = LINE_MAX_BYTES - log->carry.length;
	int r;

	if ((size_t)(stop - *text) > room) {
		stop = *text + room;
		log->in_long_line = true;
		log->stats.cut++;
	}
	r = cr2_text_append_n(&log->carry, *text, (size_t)(stop - *text));
	if (r < 0)
		return r;
	*text = stop;
	return newline || log->in_long_line ? handle_carry(log) : 0;
}

int cr2_log_feed(struct cr2_log *log, const char *text, size_t length)
{
	const char *end = text + length, *last;
	int r = 0;

	log->stats.bytes += length;
	while (text < end && (log->in_long_line || log->carry.length)) {
		r = log->in_long_line ? skip_long_line(log, &text, end) : join_carry(log, &text, end);
		if (r)
			return r;
	}
	last = text < end ? memrchr(text, '\n', (size_t)(end - text)) : NULL;
	if (last) {
		r = handle_lines(log, text, last + 1);
		if (r)
			return r;
		text = last + 1;
	}
	while (text < end && !r)
		r = log->in_long_line ? skip_long_line(log, &text, end) : join_carry(log, &text, end);
	log->passed = NULL;
	log->stats.lines = log->line;
	return r;
}

int cr2_log_idle(struct cr2_log *log)
{
	int r = log_gather_release(log);

	return r ? r : log_open_idle(log);
}

int cr2_log_end(struct cr2_log *log)
{
	bool unfinished = log->carry.length || log->in_long_line;
	int r = log->carry.length ? handle_carry(log) : 0;

	if (!r)
		r = log_gather_release(log);
	if (!r)
		r = log_open_tell_ready(log, true);
	log->line += unfinished;
	log->stats.lines = log->line;
	log->line = log->unread_line = 0;
	log->dropped = (struct log_dropped){0};
	log->in_long_line = false;
	log->forms.in_array = false;
	log->forms.key[0] = '\0';
	return r;
}
