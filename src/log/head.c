/* SPDX-License-Identifier: MIT */
/*
 * What stands before a kernel message depends on who wrote and who copied the line: dmesg, the
 * journal, a syslog daemon, a container's runtime, a console, a mail. Nothing is known of most
 * of them. But the kernel's own timestamp, "[   12.345678]", stands right before the message,
 * and "kernel:" does so in syslogs: what comes before either is the head. It consists of quote
 * signs, dates and levels, which differ from line to line, and of names, which do not: lines
 * with the same names come from the same kernel.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <cr2/base.h>

#include "head.h"

#define HEAD_MAX 200 /* bytes in which a timestamp or a message is looked for */
#define STAMP_MAX 64 /* bytes in brackets */

/* FNV-1a; never 0, which means "not printed". */
#define HASH_START 0xcbf29ce484222325
static uint64_t hash_on(uint64_t h, struct log_span span)
{
	for (const char *p = span.start; p < span.end; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3;
	return h | 1;
}

static bool is_digit(struct log_span span, size_t i)
{
	return i < log_length(span) && isdigit((unsigned char)span.start[i]);
}

static bool is_char(struct log_span span, size_t i, char c)
{
	return i < log_length(span) && span.start[i] == c;
}

/* ASCII, or a byte of a character of another alphabet. */
static bool is_letter(char c)
{
	return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

static struct log_span strip_punctuation(struct log_span word)
{
	while (word.start < word.end && ispunct((unsigned char)*word.start))
		word.start++;
	while (word.start < word.end && ispunct((unsigned char)word.end[-1]))
		word.end--;
	return word;
}

static bool is_level(struct log_span word)
{
	static const char names[][9] = {
		"emerg", "panic", "alert", "crit", "critical", "err", "error", "warn", "warning",
		"notice", "info", "debug", "default", "kern", "kernel", "user", "daemon",
	};
	size_t n = log_length(word);

	for (size_t i = 0; n && n < sizeof(names[0]) && i < CR2_ARRAY_SIZE(names); i++)
		if (!names[i][n] && names[i][n - 1] && strncasecmp(names[i], word.start, n) == 0)
			return true;
	return false;
}

/* "kern.info", "W", "stdout"'s "F", "12:" of grep -n, ">>": it may differ in the next line. */
static bool is_nameless(struct log_span word)
{
	const char *dot;

	word = strip_punctuation(word);
	if (log_length(word) == 1 && isupper((unsigned char)*word.start))
		return true;
	dot = memchr(word.start, '.', log_length(word));
	if (dot && is_level((struct log_span){word.start, dot}))
		word.start = dot + 1;
	if (is_level(word))
		return true;
	if (log_length(word) == 5 && word.start[2] == ':') /* the clock of a chat */
		return is_digit(word, 0) && is_digit(word, 1) && is_digit(word, 3) && is_digit(word, 4);
	while (is_digit(word, 0))
		word.start++;
	return word.start == word.end;
}

uint64_t log_line_source(struct log_span head)
{
	uint64_t h = 0;

	for (;;) {
		struct log_span word = log_take_word(&head);

		if (word.start == word.end)
			return h;
		if (!is_nameless(word))
			h = hash_on(h ? h : HASH_START, word);
	}
}

static void add_names(struct log_line *line, struct log_span head)
{
	uint64_t h = log_line_source(head);

	if (h)
		line->source = line->source ? line->source * 31 + h : h;
}

/* "> ", "- ", "| ", "```": mails, chats, lists. A message begins with none of them. */
static bool skip_quotes(struct log_span *text)
{
	const char *start = text->start;

	log_take(text, "```");

	for (;;) {
		struct log_span rest = *text;

		log_skip_blanks(&rest);
		if (rest.start == rest.end || !strchr(">|-*+#(", *rest.start))
			break;
		if (*rest.start != '>' && !is_char(rest, 1, '[') && (*rest.start == '(' || !is_char(rest, 1, ' ')))
			break;
		rest.start++;
		*text = rest;
	}
	return text->start != start;
}

/* "<48> 8b" is no priority, but bytes of code. */
static bool are_bytes(struct log_span text)
{
	return is_char(text, 0, '<') && is_digit(text, 1) && is_digit(text, 2) && is_char(text, 3, '>') &&
	       is_char(text, 4, ' ') && log_length(text) >= 7 && isxdigit((unsigned char)text.start[5]) &&
	       isxdigit((unsigned char)text.start[6]) && (log_length(text) == 7 || text.start[7] == ' ');
}

/* "<6>", and "<6>1 " of RFC 5424. Tells whether the latter stood there. */
static bool skip_priority(struct log_span *text)
{
	struct log_span rest = *text;
	uint64_t number;

	if (are_bytes(rest) || !log_take(&rest, "<") || !log_take_decimal(&rest, &number) ||
	    !log_take(&rest, ">"))
		return false;
	*text = rest;
	return log_take(text, "1 ");
}

/* "4,1234,5678901,-,caller=T12;" of /dev/kmsg and netconsole. */
static void skip_kmsg(struct log_span *text, struct log_line *line)
{
	struct log_span rest = *text;
	uint64_t number;
	const char *semicolon;

	for (int i = 0; i < 3; i++)
		if (!log_take_decimal(&rest, &number) || !log_take(&rest, ","))
			return;
	semicolon = memchr(rest.start, ';', log_length(rest));
	if (!semicolon)
		return;
	rest.end = semicolon;
	line->when = (struct log_span){text->start, semicolon};
	text->start = semicolon + 1;
	rest.start = log_find(rest, "caller=");
	if (rest.start)
		line->caller = hash_on(HASH_START, rest);
}

/* "kern  :info  : " of dmesg -x. */
static void skip_facility(struct log_span *text)
{
	struct log_span rest = *text, word;

	for (int i = 0; i < 2; i++) {
		word = rest;
		while (rest.start < rest.end && islower((unsigned char)*rest.start))
			rest.start++;
		word.end = rest.start;
		if (i ? !is_level(word) : word.start == word.end)
			return;
		log_skip_blanks(&rest);
		if (!log_take(&rest, ":"))
			return;
	}
	*text = rest;
}

static void take_digits(struct log_span *text, size_t *ret_n)
{
	const char *start = text->start;

	while (is_digit(*text, 0))
		text->start++;
	*ret_n = (size_t)(text->start - start);
}

/* "7:35", "07:35:16", "07:35:16.123456Z", "07:35:16,123456+00:00". */
static bool take_clock(struct log_span *text, bool *ret_seconds)
{
	struct log_span rest = *text, zone;
	size_t n;

	take_digits(&rest, &n);
	if (n < 1 || n > 2 || !log_take(&rest, ":"))
		return false;
	take_digits(&rest, &n);
	if (n != 2)
		return false;
	*ret_seconds = log_take(&rest, ":");
	if (*ret_seconds) {
		take_digits(&rest, &n);
		if (n != 2)
			return false;
		if (log_take(&rest, ".") || log_take(&rest, ","))
			take_digits(&rest, &n);
	}
	zone = rest;
	if (log_take(&zone, "Z") || log_take(&zone, "+") || log_take(&zone, "-")) {
		take_digits(&zone, &n);
		if (log_take(&zone, ":"))
			take_digits(&zone, &n);
		rest = zone;
	}
	if (is_digit(rest, 0) || is_char(rest, 0, '.') ||
	    (rest.start < rest.end && is_letter(*rest.start)))
		return false;
	*text = rest;
	return true;
}

static bool is_iso_date(struct log_span span)
{
	return is_digit(span, 0) && is_digit(span, 3) && is_char(span, 4, '-') && is_digit(span, 5) &&
	       is_char(span, 7, '-') && is_digit(span, 8);
}

/* The day, "23", "23.", "1月", "11-23", "2026/11/23"; or a weekday's or a month's name. */
static bool is_date_word(struct log_span word, bool *ret_number)
{
	size_t characters = 0;

	*ret_number = is_digit(word, 0);
	for (const char *p = word.start; p < word.end; p++) {
		if (!isalnum((unsigned char)*p) && !is_letter(*p) && !strchr(".,/-", *p))
			return false;
		characters += ((unsigned char)*p & 0xc0) != 0x80;
	}
	return characters > 0 && characters <= 12;
}

/* " 2026", and a zone behind it: "2026-11-23 07:35:16 UTC" of the journal's short-full. */
static void skip_date_end(struct log_span *text, bool zone)
{
	struct log_span rest = *text, word = log_take_word(&rest);
	uint64_t year;

	if (log_length(word) == 2 && (log_take(&word, "AM") || log_take(&word, "PM"))) {
		*text = rest;
		word = log_take_word(&rest);
	}
	if (zone || (log_take_decimal(&word, &year) && word.start == word.end && year >= 1970 &&
		     year < 10000))
		*text = rest;
}

/*
 * A date and a clock, in any language, and seconds since 1970: "Nov 23 07:35:16",
 * "Thu Nov 23 07:35:16 2026", "2026-11-23T07:35:16.123456+01:00", "5月 23 07:35:16".
 */
static bool skip_time(struct log_span *text)
{
	struct log_span rest = *text, word;
	bool number = false, any_number = false, seconds, weekday;

	word = log_take_word(&rest);
	if (log_length(word) >= 12 && is_digit(word, 0) && is_digit(word, 9) && is_char(word, 10, '.') &&
	    is_digit(word, log_length(word) - 1)) {
		*text = rest; /* "1700721316.123456" of the journal's short-unix */
		return true;
	}
	rest = *text;
	for (int i = 0; i < 5; i++) {
		struct log_span clock;

		log_skip_blanks(&rest);
		clock = rest;
		if (is_iso_date(clock)) {
			const char *day = clock.start + 10;

			weekday = i == 1;
			clock.start = day < clock.end ? day : clock.end;
			if (!log_take(&clock, "T") && !log_take(&clock, "_"))
				log_skip_blanks(&clock);
			if (!take_clock(&clock, &seconds))
				return false;
			*text = clock;
			skip_date_end(text, weekday);
			return true;
		}
		if (take_clock(&clock, &seconds) && seconds && (any_number || i == 0)) {
			*text = clock;
			skip_date_end(text, false);
			return true;
		}
		word = log_take_word(&rest);
		if (log_length(word) == 1 && *word.start == '@') /* Kibana's "Nov 23, 2026 @ 07:35:16.123" */
			continue;
		if (!is_date_word(word, &number))
			return false;
		any_number |= number;
	}
	return false;
}

/* '"2026-11-23T07:35:16",' as a table has it. */
static bool skip_time_column(struct log_span *text)
{
	struct log_span rest = *text;

	if (!log_take(&rest, "\"") || !skip_time(&rest) || !log_take(&rest, "\"") ||
	    (!log_take(&rest, ",") && !log_take(&rest, ";") && !log_take(&rest, "\t")))
		return false;
	*text = rest;
	return true;
}

/*
 * "T12", "C1", "c0": the task or the CPU; "2:  kworker/2:1:  123" the CPU, its task, and that one's
 * number; "pid:123,cpu2,kworker/2:1".
 */
static bool is_caller(struct log_span inside)
{
	struct log_span rest = inside;
	uint64_t number;
	const char *colon;

	if (log_take(&rest, "T") || log_take(&rest, "C") || log_take(&rest, "c"))
		return log_take_decimal(&rest, &number) && rest.start == rest.end;
	if (log_take(&rest, "pid:"))
		return log_take_decimal(&rest, &number) && log_take(&rest, ",cpu");
	if (!log_take_decimal(&rest, &number) || !log_take(&rest, ": "))
		return false;
	colon = memrchr(rest.start, ':', log_length(rest));
	if (!colon || colon == rest.start)
		return false;
	rest.start = colon + 1;
	log_skip_blanks(&rest);
	return log_take_decimal(&rest, &number) && rest.start == rest.end;
}

/* "  12.345678", "  +0.000012", "12.345678 <  0.000012>", "12.345678s"; an address has more dots. */
static bool is_seconds(struct log_span inside)
{
	bool any = false, dot = false;

	if (log_length(inside) && inside.end[-1] == 's')
		inside.end--;
	for (const char *p = inside.start; p < inside.end; p++) {
		if (!isdigit((unsigned char)*p) && !strchr(" .+<>", *p))
			return false;
		if (*p == '.' && (dot || p == inside.start || p + 1 == inside.end ||
				  !isdigit((unsigned char)p[-1]) || !isdigit((unsigned char)p[1])))
			return false;
		dot = *p == '.' || (dot && isdigit((unsigned char)*p));
		any |= dot;
	}
	return any;
}

/* A date of any language: all its characters, and a clock among them. */
static bool is_date(struct log_span inside)
{
	bool letters = false, seconds, found = false, full = false;
	struct log_span rest = inside;

	for (const char *p = inside.start; p < inside.end; p++) {
		if (!isalnum((unsigned char)*p) && !is_letter(*p) && !strchr(" .,:+-/<>_", *p))
			return false;
		letters |= is_letter(*p);
	}
	while (rest.start < rest.end && !found) {
		struct log_span clock = rest;

		found = take_clock(&clock, &seconds);
		full = found && (seconds || letters || log_length(clock) == 0);
		/* On to what follows the next character that is no digit. */
		while (is_digit(rest, 0))
			rest.start++;
		if (!found && rest.start < rest.end)
			rest.start++;
	}
	return full;
}

enum stamp { STAMP_NONE, STAMP_CALLER, STAMP_SECONDS, STAMP_DATE };

/* "[  12.345678]", "[T12]", "[Thu Nov 23 07:35:16 2026]" at text's start. */
static enum stamp stamp_at(struct log_span text, struct log_span *ret_inside)
{
	struct log_span inside;
	const char *close;

	if (!is_char(text, 0, '['))
		return STAMP_NONE;
	close = memchr(text.start, ']', log_length(text) < STAMP_MAX ? log_length(text) : STAMP_MAX);
	if (!close)
		return STAMP_NONE;
	*ret_inside = inside = (struct log_span){text.start + 1, close};
	log_skip_blanks(&inside);
	if (is_caller(inside))
		return STAMP_CALLER;
	return is_seconds(inside) ? STAMP_SECONDS : is_date(inside) ? STAMP_DATE : STAMP_NONE;
}

static enum stamp take_stamp(struct log_span *text, struct log_line *line)
{
	struct log_span rest = *text, inside;
	enum stamp stamp;

	log_skip_blanks(&rest);
	stamp = stamp_at(rest, &inside);
	if (stamp == STAMP_NONE)
		return stamp;
	text->start = inside.end + 1;
	if (stamp == STAMP_CALLER) {
		log_skip_blanks(&inside);
		line->caller = hash_on(HASH_START, inside);
	} else {
		line->when = (struct log_span){rest.start, text->start};
	}
	return stamp;
}

/* ".(0)[123:name]", "<3>-(1)[123:name]": the CPU and its task, on phones, behind the time. */
static void skip_task(struct log_span *text, struct log_line *line)
{
	struct log_span rest = *text, task;
	uint64_t number;

	log_skip_blanks(&rest);
	if (log_take(&rest, "<") && (!log_take_decimal(&rest, &number) || !log_take(&rest, ">")))
		return;
	if (!log_take(&rest, "."))
		log_take(&rest, "-");
	task = rest;
	if (!log_take(&rest, "(") || !log_take_decimal(&rest, &number) || !log_take(&rest, ")[") ||
	    !log_take_decimal(&rest, &number) || !log_take(&rest, ":"))
		return;
	rest.start = memchr(rest.start, ']', log_length(rest));
	if (!rest.start)
		return;
	task.end = rest.start;
	line->caller = hash_on(HASH_START, task);
	text->start = rest.start + 1;
}

/* "kern.log:2026-11-23T07:35:16+01:00": a file's name before a date. */
static bool holds_date(struct log_span word)
{
	const char *p = word.start;

	for (; (p = memchr(p, '-', (size_t)(word.end - p))); p++)
		if (p - word.start >= 4 && is_iso_date((struct log_span){p - 4, word.end}))
			return true;
	return false;
}

/* "HOST kernel: ", "HOST kern.info kernel: ", "kernel:[": the host is the first word. */
static void skip_host(struct log_span *text, struct log_line *line)
{
	struct log_span rest = *text;

	/* At most a facility between the two: else it is part of a message. */
	for (int words = 0; words <= 2; words++) {
		struct log_span head = {text->start, rest.start};

		log_skip_blanks(&rest);
		if (log_take(&rest, "kernel:")) {
			add_names(line, head);
			text->start = rest.start;
			return;
		}
		if (holds_date(log_take_word(&rest)))
			return;
	}
}

/* "192.0.2.7 ", "fe80::1 " after a date: a host that has no name. */
static void skip_address(struct log_span *text, struct log_line *line)
{
	struct log_span rest = *text, word = log_take_word(&rest);
	size_t separators = 0;

	for (const char *p = word.start; p < word.end; p++) {
		if (!isxdigit((unsigned char)*p) && !strchr(".:", *p))
			return;
		separators += !isxdigit((unsigned char)*p);
	}
	if (separators < 2)
		return;
	add_names(line, word);
	*text = rest;
}

/* "HOST kernel - - - " (application, process, message, data) of RFC 5424, after the time. */
static void skip_rfc5424(struct log_span *text, struct log_line *line)
{
	struct log_span rest = *text, host;

	host = log_take_word(&rest);
	for (int i = 0; i < 3; i++)
		log_take_word(&rest);
	log_skip_blanks(&rest);
	if (is_char(rest, 0, '[')) {
		const char *close = memchr(rest.start, ']', log_length(rest));

		if (!close)
			return;
		rest.start = close + 1;
	} else if (!log_take(&rest, "-")) {
		return;
	}
	add_names(line, host);
	*text = rest;
}

/* "web-1  | " of compose, "stdout F " of CRI after its date: a message seldom looks so. */
static void skip_stream(struct log_span *text, struct log_line *line, bool after_date)
{
	struct log_span rest = *text, word = log_take_word(&rest), bar = log_take_word(&rest);
	bool standard = after_date && log_length(word) == 6 &&
			(memcmp(word.start, "stdout", 6) == 0 || memcmp(word.start, "stderr", 6) == 0);

	if (log_length(bar) != 1 || (*bar.start != '|' && !(standard && (*bar.start == 'F' || *bar.start == 'P'))))
		return;
	for (const char *p = word.start; p < word.end; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return;
	add_names(line, word);
	*text = rest;
}

/* What is of a form that is known, in any order. */
struct progress {
	bool stamp, date; /* the kernel's own timestamp; a date, in brackets or not */
};
static void skip_known(struct log_span *text, struct log_line *line, struct progress *seen)
{
	const char *start;

	do {
		const char *date;
		enum stamp stamp;
		bool rfc5424;

		start = text->start;
		skip_quotes(text);
		log_skip_blanks(text);
		rfc5424 = skip_priority(text);
		skip_kmsg(text, line);
		skip_facility(text);
		log_skip_blanks(text);
		date = text->start;
		if (skip_time(text) || skip_time_column(text)) {
			line->when = (struct log_span){date, text->start};
			seen->date = true;
			if (rfc5424)
				skip_rfc5424(text, line);
			else
				skip_address(text, line);
		}
		skip_stream(text, line, seen->date);
		while ((stamp = take_stamp(text, line))) {
			seen->stamp |= stamp == STAMP_SECONDS;
			seen->date |= stamp == STAMP_DATE;
		}
		if (seen->stamp)
			skip_task(text, line);
		if (seen->date)
			log_take(text, ": "); /* Talos's */
		log_skip_blanks(text);
		skip_host(text, line);
	} while (text->start != start);
}

/* "kern.log:Nov 23 ...", "12-[  1.5]": grep's file and line, where something known follows. */
static void skip_file(struct log_span *text, struct log_line *line, struct progress *seen)
{
	for (const char *p = text->start; p < text->end && p - text->start < HEAD_MAX; p++) {
		struct log_span rest = {p + 1, text->end};

		if (!isalnum((unsigned char)*p) && !strchr("._/-:", *p))
			return;
		if (!strchr(":-", *p) || p + 1 == text->end || p[1] == ' ')
			continue;
		if (take_stamp(&rest, line) || skip_time(&rest)) {
			text->start = p + 1;
			skip_known(text, line, seen);
			return;
		}
	}
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

/* 'msg="', ',kernel,"', or nothing but the quotation mark: what follows is the whole of a field. */
static bool opens_field(struct log_span head)
{
	if (head.start == head.end || !is_quote(head.end[-1]))
		return false;
	head.end--;
	return log_length(log_take_word(&(struct log_span){head.start, head.end})) == 0 ||
	       memchr("=,:;|\t", head.end[-1], 6);
}

bool log_head_is_quotation(struct log_span head)
{
	size_t quotes = 0, ticks = 0;

	if (opens_field(head))
		head.end--;
	for (const char *p = head.start; p < head.end; p++) {
		quotes += *p == '"';
		ticks += *p == '`';
	}
	return quotes % 2 || ticks % 2 || (head.start < head.end && memchr("'(", head.end[-1], 2));
}

bool log_field_close(struct log_span head, struct log_span *message)
{
	struct log_span field = *message;

	if (!opens_field(head))
		return true;
	for (const char *p = field.start; p < field.end; p++) {
		if (*p != head.end[-1])
			continue;
		field.end = p;
		message->end = p;
		break;
	}
	return log_length(field) < 2 || memcmp(field.end - 2, "\\n", 2) != 0;
}

/* Is it a head that ends before a timestamp? A message does not, but for some a few words long. */
static bool ends_like_head(struct log_span head, bool after_date)
{
	while (head.start < head.end && head.end[-1] == ' ')
		head.end--;
	if (head.start == head.end || strchr(":|>#$%-*+~;,", head.end[-1]))
		return true;
	for (int i = 0; i < 3; i++)
		log_take_word(&head);
	log_skip_blanks(&head);
	return after_date && head.start == head.end;
}

/* Where a timestamp (or a date, in a head) begins after text's first byte; NULL: nowhere. */
static const char *find_stamp(struct log_span text, bool dates)
{
	for (const char *p = text.start + 1; p < text.end; p++) {
		struct log_span inside;
		enum stamp stamp;

		p = memchr(p, '[', (size_t)(text.end - p));
		if (!p)
			return NULL;
		stamp = stamp_at((struct log_span){p, text.end}, &inside);
		if (stamp == STAMP_SECONDS || (dates && stamp == STAMP_DATE))
			return p;
	}
	return NULL;
}

/* A head of an unknown form that ends with a timestamp. */
static void skip_unknown(struct log_span *text, struct log_line *line, struct progress *seen)
{
	struct log_span window = *text, head;
	const char *stamp;

	if (log_length(window) > HEAD_MAX)
		window.end = window.start + HEAD_MAX;
	stamp = log_length(window) ? find_stamp(window, true) : NULL;
	head = (struct log_span){text->start, stamp};
	if (!stamp || log_head_is_quotation(head) || (!opens_field(head) && !ends_like_head(head, seen->date)))
		return;
	add_names(line, head);
	text->start = stamp;
	log_field_close(head, text);
	skip_known(text, line, seen);
}

/* The message ends where the next record's timestamp begins. */
static void set_message(struct log_span text, struct log_line *line)
{
	const char *stamp;

	log_skip_blanks(&text);
	stamp = log_length(text) ? find_stamp(text, false) : NULL;
	if (stamp && log_head_is_quotation((struct log_span){text.start, stamp}))
		stamp = NULL;
	line->rest = (struct log_span){stamp ? stamp : text.end, text.end};
	text.end = line->rest.start;
	while (text.end > text.start && text.end[-1] == ' ')
		text.end--;
	line->message = text;
}

void log_line_parse(struct log_span text, struct log_line *ret_line)
{
	struct log_line line = {.when = {text.start, text.start}};
	struct progress seen = {0};

	line.blank_before = text.start < text.end && *text.start == ' ';
	while (text.end > text.start && text.end[-1] == '\r')
		text.end--;
	while (text.end > text.start && text.end[-1] == ' ') {
		line.blank_after = true;
		text.end--;
	}
	skip_known(&text, &line, &seen);
	if (!seen.stamp && !seen.date)
		skip_file(&text, &line, &seen);
	if (!seen.stamp)
		skip_unknown(&text, &line, &seen);
	set_message(text, &line);
	line.heads = (seen.stamp ? 2 : 0) | (seen.date ? 1 : 0);
	*ret_line = line;
}

bool log_line_next(struct log_line *line)
{
	struct log_span text = line->rest;

	if (text.start == text.end)
		return false;
	while (take_stamp(&text, line))
		;
	set_message(text, line);
	return true;
}

void log_shape_take(struct log_span head, struct log_shape *ret_shape)
{
	struct log_shape shape = {0};
	const char *glued = head.end;

	while (glued > head.start && glued[-1] != ' ' && glued[-1] != '\t')
		glued--;
	shape.none = (size_t)(head.end - glued) >= sizeof(shape.glued);
	if (!shape.none)
		memcpy(shape.glued, glued, (size_t)(head.end - glued));
	head.end = glued;
	shape.names = log_line_source(head);
	while (log_length(log_take_word(&head)))
		shape.words++;
	*ret_shape = shape;
}

bool log_shape_skip(const struct log_shape *shape, struct log_span *message)
{
	struct log_span rest = *message, head;

	if (shape->none)
		return false;
	for (unsigned i = 0; i < shape->words; i++)
		log_take_word(&rest);
	head = (struct log_span){message->start, rest.start};
	if (log_line_source(head) != shape->names)
		return false;
	log_skip_blanks(&rest);
	if (!log_take(&rest, shape->glued))
		return false;
	log_field_close((struct log_span){shape->glued, shape->glued + strlen(shape->glued)}, &rest);
	log_skip_blanks(&rest);
	*message = rest;
	return true;
}

static bool is_plain_word(struct log_span word)
{
	for (const char *p = word.start; p < word.end; p++)
		if (!isalpha((unsigned char)*p) || (p > word.start && isupper((unsigned char)*p)))
			return false;
	return true;
}

bool log_head_is_prose(struct log_span head)
{
	bool before = false;

	for (;;) {
		struct log_span word = log_take_word(&head);
		bool plain = is_plain_word(word);

		if (word.start == word.end)
			return false;
		if (log_length(word) == 1 && plain)
			continue; /* "I", "a"; or a level */
		if (plain && before)
			return true;
		before = plain;
	}
}
