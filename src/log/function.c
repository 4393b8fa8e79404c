/* SPDX-License-Identifier: MIT */
/*
 * The function that a kernel report names, as the kernel prints it and as scripts decode it:
 *
 *   func.isra.0+0xbf/0x220 [module build_id]
 *   func (fs/x.c:12 (discriminator 3) fs/x.c:40) module	scripts/decode_stacktrace.sh
 *   func (/src/my tree/fs/x.c:12 (inlined by) fs/x.c:40)
 *   func+0xbf/0x220 fs/x.c:12				syzbot
 *   inner include/x.h:7 [inline]			the same; the line of its caller follows
 *
 * Where code is inlined, the innermost line comes first.
 */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>

#include "recognise.h"

/* ":3" at the end of "fs/x.c:12:3", as LLVM's tools print a column. */
static void drop_column(struct log_span *word)
{
	const char *colon = memrchr(word->start, ':', log_length(*word));
	struct log_span file = {word->start, colon}, line, column;
	uint64_t number;

	if (!colon)
		return;
	column = (struct log_span){colon + 1, word->end};
	line = (struct log_span){memrchr(file.start, ':', log_length(file)), colon};
	if (line.start && log_take(&line, ":") && log_take_decimal(&line, &number) && line.start == line.end &&
	    log_take_decimal(&column, &number) && column.start == column.end)
		word->end = colon;
}

/* "fs/x.c:12"; "?" where the line is not known. */
static bool take_place(struct log_span word, struct cr2_log_source *ret_source)
{
	struct cr2_log_source source = {0};
	struct log_span line;
	uint64_t number = 0;
	const char *colon;

	drop_column(&word);
	colon = memrchr(word.start, ':', log_length(word));
	line = (struct log_span){colon ? colon + 1 : word.end, word.end};
	if (!colon || colon == word.start || *word.start == '?' || *word.start == '[')
		return false;
	if ((!log_take_decimal(&line, &number) && !log_take(&line, "?")) || line.start != line.end)
		return false;
	log_copy((struct log_span){word.start, colon}, source.file, sizeof(source.file));
	source.line = (uint32_t)number;
	*ret_source = source;
	return true;
}

/* " (discriminator 3)": which of the line's blocks. */
static void take_discriminator(struct log_span *rest, struct cr2_log_source *source)
{
	struct log_span place = *rest;
	uint64_t number;

	log_skip_blanks(&place);
	if (!log_take(&place, "(discriminator ") || !log_take_decimal(&place, &number) || !log_take(&place, ")"))
		return;
	source->discriminator = (uint32_t)number;
	*rest = place;
}

/* The word, or where blanks may be in a file's name, all words up to one that ends like a source. */
static bool take_spaced_source(struct log_span *rest, bool blanks, struct cr2_log_source *ret_source)
{
	struct log_span place = *rest, words = log_take_word(&place);
	bool found = take_place(words, ret_source);

	while (!found && blanks && log_length(place)) {
		struct log_span word = log_take_word(&place);

		words.end = word.end;
		found = memchr(word.start, ':', log_length(word)) && take_place(words, ret_source);
	}
	if (found)
		*rest = place;
	return found;
}

/* blanks: nothing but sources stands there, so a file's name may hold some. */
static void take_sources(struct log_span *rest, bool blanks, struct cr2_log_report *report)
{
	while (report->n_sources < LOG_SOURCES_MAX) {
		struct cr2_log_source *source = &report->sources[report->n_sources];
		struct log_span place = *rest;

		log_skip_blanks(&place);
		if (log_take(&place, "(inlined by)"))
			log_skip_blanks(&place);
		if (!take_spaced_source(&place, blanks, source))
			return;
		take_discriminator(&place, source);
		report->n_sources++;
		*rest = place;
	}
}

/* The end of "(...)" that begins at rest, or NULL. */
static const char *closing(struct log_span rest)
{
	unsigned depth = 0;

	for (const char *p = rest.start; p < rest.end; p++) {
		depth += *p == '(';
		if (*p == ')' && --depth == 0)
			return p;
	}
	return NULL;
}

static bool take_decoded(struct log_span *rest, struct cr2_log_report *report)
{
	unsigned before = report->n_sources;
	struct log_span inside;
	const char *close;
	bool unknown; /* the script found no file: "(??:?)" */

	log_skip_blanks(rest);
	close = rest->start < rest->end && *rest->start == '(' ? closing(*rest) : NULL;
	if (!close) {
		take_sources(rest, false, report);
		return report->n_sources > before;
	}
	inside = (struct log_span){rest->start + 1, close};
	unknown = log_length(inside) == strlen("??:0") && log_take(&inside, "??:");
	take_sources(&inside, true, report);
	if (report->n_sources > before || unknown)
		rest->start = close + 1;
	return report->n_sources > before || unknown;
}

static bool is_module(struct log_span word)
{
	for (const char *p = word.start; p < word.end; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.:()", *p))
			return false;
	return log_length(word) > 0;
}

static bool is_build_id(struct log_span word)
{
	for (const char *p = word.start; p < word.end; p++)
		if (!isxdigit((unsigned char)*p))
			return false;
	return true;
}

/* "[module build_id]", "[module(OE)]" */
static bool take_brackets(struct log_span *rest, struct cr2_log_report *report)
{
	const char *close;
	struct log_span inside, module, build_id;

	log_skip_blanks(rest);
	close = memchr(rest->start, ']', log_length(*rest));
	if (!close || *rest->start != '[')
		return false;
	inside = (struct log_span){rest->start + 1, close};
	module = log_take_word(&inside);
	build_id = log_take_word(&inside);
	if (!is_module(module) || !is_build_id(build_id))
		return false;
	log_copy(module, report->module, sizeof(report->module));
	log_copy(build_id, report->build_id, sizeof(report->build_id));
	rest->start = close + 1;
	return true;
}

/* The script takes the brackets off. */
static void take_bare_module(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span word = log_take_word(&rest);

	for (const char *p = word.start; p < word.end; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			return;
	/* What goes on is another line, that this one was held together with. */
	log_skip_blanks(&rest);
	if (rest.start == rest.end)
		log_copy(word, report->module, sizeof(report->module));
}

/* "func", with "+0xbf/0x220" or not. */
static bool take_name(struct log_span word, struct cr2_log_report *report, struct log_span *ret_name)
{
	const char *plus = memchr(word.start, '+', log_length(word));
	struct log_span rest = {plus ? plus + 1 : word.end, word.end};
	uint64_t offset, size;

	*ret_name = (struct log_span){word.start, plus ? plus : word.end};
	if (!plus)
		return false;
	if (plus == word.start || !log_take_hex(&rest, &offset) || !log_take(&rest, "/") ||
	    !log_take_hex(&rest, &size)) {
		ret_name->end = word.start;
		return false;
	}
	report->function_offset = offset;
	report->function_size = size;
	report->has |= LOG_HAS_FUNCTION_OFFSET | LOG_HAS_FUNCTION_SIZE;
	return true;
}

/* The source of an inlined function bears its name; the caller's line comes next. */
static bool is_inlined(struct log_span rest, struct log_span name, struct cr2_log_report *report)
{
	log_skip_blanks(&rest);
	if (!report->n_sources || !log_take(&rest, "[inline]"))
		return false;
	log_copy(name, report->sources[report->n_sources - 1].function,
		 sizeof(report->sources[0].function));
	return true;
}

bool log_take_function(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span word = log_take_word(&rest), name;
	bool offset = take_name(word, report, &name), brackets, decoded;

	if (name.start == name.end)
		return false;
	brackets = offset && take_brackets(&rest, report);
	decoded = take_decoded(&rest, report);
	if (!offset && !decoded)
		return false;
	if (decoded && is_inlined(rest, name, report))
		return true;
	log_copy(name, report->function, sizeof(report->function));
	report->has |= LOG_HAS_FUNCTION;
	if (decoded && !brackets && !take_brackets(&rest, report))
		take_bare_module(rest, report);
	return true;
}
