/* SPDX-License-Identifier: MIT */
/*
 * Markup that tools put around and into the characters of a line: a terminal's colours and links,
 * the entities and tags of web pages, the escapes of JSON and of markdown, spaces of other kinds, and
 * how cat -v spells all of them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#include "form.h"

/* What an escape character comes to where a tool has spelt it. */
static const char *const escapes[] = {
	"\x1b", "^[", "\\x1b", "\\033", "\\e", "#033", "\\u001b", "\\u001B",
};
/* The bell, which ends a command to a terminal's window; so does an escape character before a backslash. */
static const char *const bells[] = {"\x07", "^G", "\\x07", "\\007", "\\a", "#007", "\\u0007"};

/* What one of them may begin with, in ASCII; '<' where it is a tag's. */
static const bool marks[0x80] = {
	['\0'] = true, ['\x1b'] = true, ['^'] = true, ['\\'] = true, ['&'] = true, ['#'] = true, ['<'] = true,
	['M'] = true,
};

/* Tags that end a line, and others. "<TASK>" and "<48>" are none, nor is gdb's "<signal handler called>". */
static const struct {
	const char *name, *begins, *ends; /* what they come to */
} tags[] = {
	{"br", "\n", "\n"}, {"li", "", "\n"}, {"tr", "", "\n"}, {"p", "", "\n"}, {"div", "", "\n"},
	{"pre", "", "\n"}, {"message", "", "\n"}, {"td", "", " "}, {"span", "", ""}, {"code", "", ""},
	{"font", "", ""},
};

static bool is_mark(const char *p, const char *end)
{
	if ((unsigned char)*p >= sizeof(marks) || (marks[(unsigned char)*p] && *p != '<' && *p != 'M'))
		return true;
	if (*p == 'M')
		return p + 1 < end && p[1] == '-';
	return *p == '<' && p + 1 < end && (p[1] == '/' || islower((unsigned char)p[1]));
}

bool log_plain_is(struct log_span text)
{
	for (const char *p = text.start; p < text.end; p++)
		if (((unsigned char)*p >= sizeof(marks) || marks[(unsigned char)*p]) && is_mark(p, text.end))
			return false;
	return true;
}

/* "<br />", "<span class=\"a\">", "</li>". */
static bool take_tag(struct log_span *rest, const char **ret_text)
{
	struct log_span place = *rest, name;
	bool ends;

	if (!log_take(&place, "<"))
		return false;
	ends = log_take(&place, "/");
	name = place;
	while (place.start < place.end && islower((unsigned char)*place.start))
		place.start++;
	name.end = place.start;
	while (place.start < place.end && *place.start != '<' && *place.start != '>')
		place.start++;
	if (!log_take(&place, ">") || !strchr(" />", *name.end))
		return false;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(tags); i++)
		if (log_length(name) == strlen(tags[i].name) && memcmp(name.start, tags[i].name, log_length(name)) == 0) {
			*ret_text = ends ? tags[i].ends : tags[i].begins;
			*rest = place;
			return true;
		}
	return false;
}

static bool take_one_of(struct log_span *rest, const char *const *spellings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (log_take(rest, spellings[i]))
			return true;
	return false;
}

static bool take_escape(struct log_span *rest)
{
	return take_one_of(rest, escapes, CR2_ARRAY_SIZE(escapes));
}

/* "[1;31m", "[K", "[?2004h": colours and modes; what moves the cursor may be part of a name. */
static bool take_control(struct log_span *rest)
{
	if (!log_take(rest, "["))
		return false;
	while (rest->start < rest->end && memchr("0123456789;:?", *rest->start, 13))
		rest->start++;
	if (rest->start == rest->end || !memchr("mKhl", *rest->start, 4))
		return false;
	rest->start++;
	return true;
}

/* "]8;;URL" or "]0;TITLE", and what ends it: a link around text, a window's title. */
static bool take_command(struct log_span *rest)
{
	uint64_t number;

	if (!log_take(rest, "]") || !log_take_decimal(rest, &number) || !log_take(rest, ";"))
		return false;
	for (; rest->start < rest->end; rest->start++) {
		struct log_span end = *rest;

		if (take_one_of(rest, bells, CR2_ARRAY_SIZE(bells)))
			return true;
		if (take_escape(&end)) {
			log_take(&end, "\\");
			log_take(&end, "\\");
			rest->start = end.start;
			return true;
		}
	}
	return false;
}

static bool skip_escape(struct log_span *rest)
{
	bool (*const takes[])(struct log_span *rest) = {take_control, take_command};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(takes); i++) {
		struct log_span place = *rest;

		if (!take_escape(&place) || !takes[i](&place))
			continue;
		*rest = place;
		return true;
	}
	return false;
}

/* Characters of Unicode that look like a blank, or like nothing. */
static bool take_space(struct log_span *rest, const char **ret_text)
{
	static const struct {
		const char *bytes, *text;
	} spaces[] = {
		{"\xc2\xa0", " "}, {"\xe2\x80\xaf", " "}, {"\xe2\x81\x9f", " "}, {"\xe3\x80\x80", " "},
		{"\xe2\x80\x80", " "}, {"\xe2\x80\x81", " "}, {"\xe2\x80\x82", " "}, {"\xe2\x80\x83", " "},
		{"\xe2\x80\x84", " "}, {"\xe2\x80\x85", " "}, {"\xe2\x80\x86", " "}, {"\xe2\x80\x87", " "},
		{"\xe2\x80\x88", " "}, {"\xe2\x80\x89", " "}, {"\xe2\x80\x8a", " "}, {"\xe2\x80\x8b", ""},
		{"\xe2\x80\x8c", ""}, {"\xe2\x80\x8d", ""}, {"\xe2\x80\x8e", ""}, {"\xe2\x80\x8f", ""},
		{"\xe2\x81\xa0", ""}, {"\xef\xbb\xbf", ""}, {"\xc2\xad", ""},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(spaces); i++)
		if (log_take(rest, spaces[i].bytes)) {
			*ret_text = spaces[i].text;
			return true;
		}
	return false;
}

/* "M-C" as cat -v prints a byte of the upper half. */
static bool take_meta(struct log_span *rest, char *ret_byte)
{
	struct log_span place = *rest;
	bool control;

	if (!log_take(&place, "M-"))
		return false;
	control = log_take(&place, "^");
	if (place.start == place.end)
		return false;
	*ret_byte = (char)((*place.start++ ^ (control ? 0x40 : 0)) | 0x80);
	*rest = place;
	return true;
}

/* "M-CM-$", where what it spells is a character. */
static bool take_spelt(struct log_span *rest, char ret_character[5])
{
	struct log_span place = *rest;
	uint32_t c;

	for (size_t n = 0; n < 4 && take_meta(&place, &ret_character[n]); n++) {
		if (utf8_read(ret_character, n + 1, &c) != n + 1)
			continue;
		ret_character[n + 1] = '\0';
		*rest = place;
		return true;
	}
	return false;
}

/* A number in ASCII; others are left as they are spelt. */
static bool take_code(struct log_span *rest, int base, size_t digits, char *ret_c)
{
	char number[8] = "", *end;
	unsigned long c;

	if (log_length(*rest) < digits || digits >= sizeof(number))
		return false;
	memcpy(number, rest->start, digits);
	c = strtoul(number, &end, base);
	if (end != number + digits || !isxdigit((unsigned char)*number))
		return false;
	if (c == 0xa0)
		c = ' ';
	if (c < ' ' || c > '~')
		return false;
	rest->start += digits;
	*ret_c = (char)c;
	return true;
}

/* "&lt;", "&#60;", "&#x3c;". */
static bool take_entity(struct log_span *rest, char *ret_c)
{
	static const struct {
		const char *name;
		char c;
	} names[] = {
		{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", ' '},
	};
	struct log_span place = *rest;
	const char *semicolon;
	bool hexadecimal;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (log_take(rest, names[i].name)) {
			*ret_c = names[i].c;
			return true;
		}
	if (!log_take(&place, "&#"))
		return false;
	hexadecimal = log_take(&place, "x") || log_take(&place, "X");
	semicolon = memchr(place.start, ';', log_length(place) < 8 ? log_length(place) : 8);
	if (!semicolon || semicolon == place.start ||
	    !take_code(&place, hexadecimal ? 16 : 10, (size_t)(semicolon - place.start), ret_c) ||
	    !log_take(&place, ";"))
		return false;
	*rest = place;
	return true;
}

/* "\u003c" of JSON, "\<" of markdown. */
static bool take_backslash(struct log_span *rest, char *ret_c)
{
	struct log_span place = *rest;

	if (!log_take(&place, "\\") || place.start == place.end)
		return false;
	if (ispunct((unsigned char)*place.start))
		*ret_c = *place.start++;
	else if (!log_take(&place, "u") || !take_code(&place, 16, 4, ret_c))
		return false;
	*rest = place;
	return true;
}

int log_plain_append(struct cr2_text *plain, struct log_span text)
{
	int r = 0;

	while (text.start < text.end && r == 0) {
		const char *run = text.start, *space;
		char c, spelt[5];

		while (text.start < text.end && !is_mark(text.start, text.end))
			text.start++;
		r = cr2_text_append_n(plain, run, (size_t)(text.start - run));
		if (text.start == text.end || r < 0)
			break;
		if (skip_escape(&text))
			continue;
		if (*text.start == '\0')
			text.start++;
		else if (log_take(&text, "^I"))
			r = cr2_text_append(plain, "\t");
		else if (take_spelt(&text, spelt))
			r = log_plain_append(plain, (struct log_span){spelt, spelt + strlen(spelt)});
		else if (take_space(&text, &space) || take_tag(&text, &space))
			r = cr2_text_append(plain, space);
		else if (take_entity(&text, &c) || take_backslash(&text, &c))
			r = cr2_text_append_n(plain, &c, 1);
		else
			r = cr2_text_append_n(plain, text.start++, 1);
	}
	return r;
}
