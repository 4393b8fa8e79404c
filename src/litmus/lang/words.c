/* SPDX-License-Identifier: MIT */
/* A line's words: separated by blanks; `=>` and a leading `PROCESS:` may stand close to others. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "parser.h"

int lang_check_text(struct parser *p)
{
	for (size_t i = 0, n; i < p->line_length; i += n) {
		struct word at = {.s = p->line + i, .n = 1, .column = (unsigned)i + 1};

		n = lang_text_step(at.s, p->line_length - i);
		if (n == 0)
			return lang_hint(p,
					 lang_wrong(p, &at, "byte 0x%02x does not belong in text",
						    (unsigned char)*at.s),
					 "a litmus file is UTF-8 without characters that control, "
					 "hide or reorder text");
	}
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the word that starts at i ends. */
static size_t word_end(const struct parser *p, size_t i)
{
	const char *s = p->line;
	size_t n = p->line_length;

	if (i + 1 < n && s[i] == '=' && s[i + 1] == '>')
		return i + 2;
	for (; i < n && !is_blank(s[i]) && s[i] != '#'; i++) {
		if (s[i] == ':' && p->n_words == 0)
			return i + 1;
		if (i + 1 < n && s[i] == '=' && s[i + 1] == '>')
			return i;
	}
	return i;
}

int lang_words(struct parser *p)
{
	p->n_words = 0;
	p->next = 0;
	for (size_t i = 0; i < p->line_length && p->line[i] != '#';) {
		size_t end;
		int r;

		if (is_blank(p->line[i])) {
			i++;
			continue;
		}
		end = word_end(p, i);
		r = cr2_grow(&p->words, &p->words_capacity, p->n_words + 1, sizeof(*p->words));
		if (r < 0)
			return r;
		p->words[p->n_words++] = (struct word){p->line + i, end - i, (unsigned)i + 1};
		i = end;
	}
	return 0;
}

bool lang_word_is(const struct word *w, const char *s)
{
	return w->n == strlen(s) && memcmp(w->s, s, w->n) == 0;
}

struct word lang_word_part(const struct word *w, size_t from, size_t to)
{
	return (struct word){w->s + from, to - from, w->column + (unsigned)from};
}

size_t lang_word_find(const struct word *w, size_t from, char c)
{
	while (from < w->n && w->s[from] != c)
		from++;
	return from;
}

bool lang_word_copy(const struct word *w, char *buffer, size_t size)
{
	if (w->n >= size)
		return false;
	memcpy(buffer, w->s, w->n);
	buffer[w->n] = '\0';
	return true;
}

bool lang_more(const struct parser *p)
{
	return p->next < p->n_words && !lang_word_is(&p->words[p->next], "=>");
}

int lang_take(struct parser *p, const char *what, struct word *ret_word)
{
	const struct word *last = &p->words[p->n_words - 1];
	struct word end = lang_word_part(last, last->n, last->n);
	char q[QUOTE_SIZE];

	if (p->next < p->n_words)
		end = p->words[p->next];
	if (!lang_more(p) && p->next > 0)
		return lang_wrong(p, &end, "expected %s after '%s'", what,
				  lang_quote(&p->words[p->next - 1], q));
	*ret_word = p->words[p->next++];
	return 0;
}

int lang_number(struct parser *p, const struct word *w, const char *what, bool hex, uint64_t min,
		uint64_t max, uint64_t *ret_value)
{
	char copy[80], q[QUOTE_SIZE];
	uint64_t value = 0;
	bool is_hex = w->n > 1 && w->s[0] == '0' && (w->s[1] == 'x' || w->s[1] == 'X');
	int r = lang_word_copy(w, copy, sizeof(copy)) ? cr2_parse_u64(copy, &value) : -ERANGE;

	if (r == -EINVAL || (is_hex && !hex))
		return lang_hint(p, lang_wrong(p, w, "'%s' is not %s", lang_quote(w, q), what),
				 hex ? "a number, decimal or 0x..." : "a decimal number");
	if (r < 0 || value < min || value > max)
		return lang_hint(p,
				 lang_wrong(p, w, "%s is out of range for %s", lang_quote(w, q),
					    what),
				 "from %" PRIu64 " to %" PRIu64, min, max);
	*ret_value = value;
	return 0;
}

int lang_page(struct parser *p, const struct word *w, int64_t *ret_page)
{
	bool negative = w->n > 0 && w->s[0] == '-';
	struct word digits = lang_word_part(w, negative, w->n);
	uint64_t value;
	int r = lang_number(p, &digits, "a page number", false, 0, CR2_LITMUS_REACH, &value);

	if (r == 0)
		*ret_page = negative ? -(int64_t)value : (int64_t)value;
	return r;
}
