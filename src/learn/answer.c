/* SPDX-License-Identifier: MIT */
/* Answers: read from what people type, compared, and written. Each type has a reader. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "learn.h"

static const struct {
	const char *name, *form, *listed;
} types[] = {
#define X(id, name, form, listed) [CR2_ANSWER_##id] = {name, form, listed},
#include <cr2/tables/answer_type.def>
#undef X
};

const char *cr2_answer_type_name(enum cr2_answer_type type)
{
	return (unsigned)type < CR2_ANSWER_TYPES ? types[type].name : NULL;
}

const char *cr2_answer_type_form(enum cr2_answer_type type)
{
	return (unsigned)type < CR2_ANSWER_TYPES ? types[type].form : NULL;
}

const char *cr2_answer_type_listed(enum cr2_answer_type type)
{
	return (unsigned)type < CR2_ANSWER_TYPES && types[type].listed ? types[type].listed : cr2_answer_type_form(type);
}

/* --- words --- */

/* What is typed: without blanks at its ends, in small letters, of bounded length. */
#define WORD_MAX 400
struct typed {
	size_t n;
	char s[WORD_MAX + 1];
};

static bool take(const char *s, size_t n, struct typed *ret)
{
	while (n > 0 && isspace((unsigned char)*s))
		s++, n--;
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	if (n == 0 || n > WORD_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		ret->s[i] = (char)tolower((unsigned char)s[i]);
	ret->s[n] = '\0';
	ret->n = n;
	return true;
}

/* Cuts suffix off, unless nothing would be left. */
static bool cut(struct typed *t, const char *suffix)
{
	size_t n = strlen(suffix);

	if (t->n <= n || strcasecmp(t->s + t->n - n, suffix) != 0)
		return false;
	for (t->n -= n; t->n > 1 && t->s[t->n - 1] == ' ';)
		t->n--;
	t->s[t->n] = '\0';
	return true;
}

/* The next word of a list, from *s on; its length is 0 at the end. */
static size_t next_word(const char **s)
{
	static const char parts[] = " \t,|+;";

	*s += strspn(*s, parts);
	return strcspn(*s, parts);
}

/* --- words that stand for a value --- */

static const struct spelling {
	enum cr2_answer_type type;
	const char *word;
	uint64_t value;
} spellings[] = {
#define X(type, word, value) {CR2_ANSWER_##type, word, value},
#include <cr2/tables/answer_word.def>
#undef X
};

static const struct spelling *find_spelling(enum cr2_answer_type type, const struct typed *t)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(spellings); i++)
		if (spellings[i].type == type && strcmp(spellings[i].word, t->s) == 0)
			return &spellings[i];
	return NULL;
}

/* --- numbers --- */

/* Takes out single underscores between digits. */
static bool ungroup(struct typed *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->s[i] != '_')
			t->s[n++] = t->s[i];
		else if (i == 0 || i + 1 == t->n || !isxdigit((unsigned char)t->s[i - 1]) ||
			 !isxdigit((unsigned char)t->s[i + 1]))
			return false;
	}
	t->s[n] = '\0';
	t->n = n;
	return true;
}

static bool consists_of(const char *s, const char *digits)
{
	return *s && s[strspn(s, digits)] == '\0';
}

#define DIGITS "0123456789abcdef"

static int read_digits(const char *s, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (; *s; s++) {
		unsigned digit = (unsigned)(strchr(DIGITS, *s) - DIGITS);

		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

static int read_plain(const struct typed *t, uint64_t *ret_value)
{
	static const struct {
		unsigned base;
		const char *prefix, *suffix, *digits;
	} forms[] = {
#define X(id, base, prefix, suffix, group) {base, prefix, suffix, (base) == 16 ? DIGITS : (base) == 10 ? "0123456789" : "01"},
#include <cr2/tables/number_form.def>
#undef X
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(forms); i++) {
		size_t n = strlen(forms[i].prefix);
		struct typed rest = *t;

		if (t->n <= n || strncmp(t->s, forms[i].prefix, n) != 0)
			continue;
		if ((!*forms[i].suffix || cut(&rest, forms[i].suffix)) && consists_of(rest.s + n, forms[i].digits))
			return read_digits(rest.s + n, forms[i].base, ret_value);
		if (n > 0)
			return -EINVAL;
	}
	return -EINVAL;
}

static unsigned cut_unit(struct typed *t, bool bytes)
{
	static const struct {
		const char *word;
		unsigned shift, size;
	} units[] = {
#define X(word, shift, size) {word, shift, size},
#include <cr2/tables/number_unit.def>
#undef X
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(units); i++)
		if (cut(t, units[i].word))
			return bytes ? units[i].size : units[i].shift;
	return 0;
}

static int read_number(const char *s, size_t n, bool bytes, uint64_t *ret_value)
{
	unsigned shift;
	struct typed t;
	uint64_t value;
	int r;

	if (!take(s, n, &t))
		return -EINVAL;
	shift = cut_unit(&t, bytes);
	r = ungroup(&t) ? read_plain(&t, &value) : -EINVAL;
	if (r == 0 && value > UINT64_MAX >> shift)
		r = -ERANGE;
	if (r == 0)
		*ret_value = value << shift;
	return r;
}

static int say_number(int r, const char **ret_reason)
{
	if (r < 0)
		*ret_reason = r == -ERANGE ? "a number that does not fit 64 bits" : "not a number";
	return r < 0 ? -EINVAL : 0;
}

static int read_one_number(const char *s, struct cr2_answer *a, const char **ret_reason)
{
	a->n = 1;
	return say_number(read_number(s, strlen(s), a->type == CR2_ANSWER_SIZE, &a->values[0]), ret_reason);
}

static int read_word(const char *s, enum cr2_answer_type type, struct cr2_answer *a)
{
	const struct spelling *found;
	struct typed t;

	found = take(s, strlen(s), &t) ? find_spelling(type, &t) : NULL;
	if (!found)
		return -EINVAL;
	a->n = 1;
	a->values[0] = found->value;
	return 0;
}

/* A bit is a number of its own, too: 0x1, 0b0. */
static int read_bit(const char *s, struct cr2_answer *a, const char **ret_reason)
{
	if (read_word(s, CR2_ANSWER_YESNO, a) == 0)
		return 0;
	if (read_one_number(s, a, ret_reason) == 0 && a->values[0] <= 1)
		return 0;
	*ret_reason = "neither 0 nor 1";
	return -EINVAL;
}

/* --- lists --- */

static int add_value(struct cr2_answer *a, uint64_t value, const char **ret_reason)
{
	if (a->n == CR2_ARRAY_SIZE(a->values)) {
		*ret_reason = "more faults than an access takes";
		return -EINVAL;
	}
	a->values[a->n++] = value;
	return 0;
}

static int read_path(const char *s, size_t n, uint64_t *ret_value)
{
	struct typed t;
	int path = take(s, n, &t) ? cr2_path_parse(t.s) : -EINVAL;

	if (path >= 0)
		*ret_value = (uint64_t)path;
	return path < 0 ? path : 0;
}

/* Values of one kind, in their order; "none": there is none. */
static int read_list(const char *s, int (*read)(const char *s, size_t n, uint64_t *ret_value),
		     const char *reason, struct cr2_answer *a, const char **ret_reason)
{
	struct typed t;
	uint64_t value;

	*ret_reason = reason;
	if (!take(s, strlen(s), &t))
		return -EINVAL;
	if (find_spelling(a->type, &t))
		return 0;
	for (size_t n; (n = next_word(&s)); s += n)
		if (read(s, n, &value) < 0 || add_value(a, value, ret_reason) < 0)
			return -EINVAL;
	return 0;
}

/* --- flags --- */

static const char *without_prefix(const char *name)
{
	static const char *const prefixes[] = {"fault_flag_", "vm_fault_", "_page_", "pte_", "vm_"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return name + strlen(prefixes[i]);
	return name;
}

/* A name as the table has it, or the letters of the bit. */
static const struct cr2_flag *find_flag(const struct cr2_answer *a, const char *name)
{
	size_t n;
	const struct cr2_flag *rows = cr2_flags_rows(a->flags, &n), *found = NULL;

	for (size_t i = 0; i < n; i++)
		if ((strcasecmp(rows[i].name, name) == 0 || strcasecmp(rows[i].code, name) == 0) &&
		    (!found || cr2_kernel_in(a->kernel, rows[i].from, rows[i].until)))
			found = &rows[i];
	return found;
}

/* NAME, NAME=VALUE where it is a field, or a number. */
static int read_flag(const char *s, size_t n, struct cr2_answer *a)
{
	const struct cr2_flag *flag;
	uint64_t value = 1;
	struct typed t;
	char *equals;

	if (!take(s, n, &t))
		return -EINVAL;
	equals = strchr(t.s, '=');
	if (equals) {
		*equals = '\0';
		if (read_number(equals + 1, strlen(equals + 1), false, &value) < 0)
			return -EINVAL;
	}
	flag = find_flag(a, without_prefix(t.s));
	if (!flag)
		return equals || read_number(t.s, t.n, false, &value) < 0 ? -EINVAL :
		       (a->values[0] |= value, 0);
	if (flag->width < 64 && value >> flag->width)
		return -EINVAL;
	a->values[0] |= value << flag->bit;
	return 0;
}

static int read_flags(const char *s, struct cr2_answer *a, const char **ret_reason)
{
	struct typed t;

	*ret_reason = "not the names of flags";
	if (!take(s, strlen(s), &t))
		return -EINVAL;
	a->n = 1;
	if (find_spelling(a->type, &t))
		return 0;
	for (size_t n; (n = next_word(&s)); s += n)
		if (read_flag(s, n, a) < 0)
			return -EINVAL;
	return 0;
}

/* --- functions --- */

#define FUNCTIONS_MAX 128

static int read_function(const char *s, const struct cr2_answer *like, struct cr2_answer *a,
			 const char **ret_reason)
{
	const char *names[FUNCTIONS_MAX + 1];
	size_t n = cr2_probe_functions(names, FUNCTIONS_MAX);
	struct typed t;

	*ret_reason = "not the name of a function on this way";
	n = n < FUNCTIONS_MAX ? n : FUNCTIONS_MAX;
	names[n++] = like->word;
	if (!take(s, strlen(s), &t))
		return -EINVAL;
	cut(&t, "()");
	a->n = 0;
	for (size_t i = n; i-- > 0;)
		if (strcasecmp(names[i], t.s) == 0) {
			a->word = names[i];
			return 0;
		}
	return -EINVAL;
}

/* --- times --- */

/* Nanoseconds of a decimal with up to nine places. */
static int read_decimal(const char *s, uint64_t unit, uint64_t *ret_ns)
{
	uint64_t whole = 0, part = 0, scale = 1;
	bool any = false;

	for (; isdigit((unsigned char)*s) || (any && *s == '_'); s++) {
		if (*s == '_')
			continue;
		any = true;
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*s - '0'), &whole))
			return -ERANGE;
	}
	for (s += *s == '.'; isdigit((unsigned char)*s) && scale < 1000000000; s++, any = true) {
		part = part * 10 + (uint64_t)(*s - '0');
		scale *= 10;
	}
	if (!any || *s)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, unit, &whole) || __builtin_add_overflow(whole, part * unit / scale, &whole))
		return -ERANGE;
	*ret_ns = whole;
	return 0;
}

static int read_time(const char *s, struct cr2_answer *a, const char **ret_reason)
{
	static const struct {
		const char *word;
		uint64_t ns;
	} units[] = {{"ns", 1}, {"us", 1000}, {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	uint64_t unit = 1;
	struct typed t;

	*ret_reason = "not a time";
	if (!take(s, strlen(s), &t))
		return -EINVAL;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(units); i++)
		if (cut(&t, units[i].word)) {
			unit = units[i].ns;
			break;
		}
	a->n = 1;
	if (read_decimal(t.s, unit, &a->values[0]) == 0)
		return 0;
	/* 0x... and the like */
	return unit == 1 ? read_one_number(t.s, a, ret_reason) : -EINVAL;
}

static int read_hex(const char *s, size_t n, uint64_t *ret_value)
{
	return read_number(s, n, false, ret_value);
}

/* 11b is a binary number; but where 0x11b is right, these are its digits. */
static bool is_bare(const char *s, uint64_t right)
{
	uint64_t value;
	struct typed t;

	return take(s, strlen(s), &t) && ungroup(&t) && t.s[strspn(t.s, "01")] == 'b' && consists_of(t.s, DIGITS) &&
	       read_digits(t.s, 16, &value) == 0 && value == right;
}

int learn_answer_read(const char *s, const struct cr2_answer *like, struct cr2_answer *ret_answer,
		      const char **ret_reason)
{
	struct cr2_answer *a = ret_answer;

	*a = (struct cr2_answer){.type = like->type, .flags = like->flags, .kernel = like->kernel};
	switch (like->type) {
	case CR2_ANSWER_HEX:
		if (is_bare(s, like->values[0])) {
			a->n = 1;
			a->values[0] = like->values[0];
			return 0;
		}
		return read_one_number(s, a, ret_reason);
	case CR2_ANSWER_NUMBER:
	case CR2_ANSWER_SIZE:
		return read_one_number(s, a, ret_reason);
	case CR2_ANSWER_BIT:
		return read_bit(s, a, ret_reason);
	case CR2_ANSWER_YESNO:
		*ret_reason = "neither yes nor no";
		return read_word(s, a->type, a);
	case CR2_ANSWER_ACCESS:
		*ret_reason = "neither read, write nor fetch";
		return read_word(s, a->type, a);
	case CR2_ANSWER_MODE:
		*ret_reason = "neither user nor kernel";
		return read_word(s, a->type, a);
	case CR2_ANSWER_ERRORS:
		return read_list(s, read_hex, "not an error code", a, ret_reason);
	case CR2_ANSWER_PATHS:
		return read_list(s, read_path, "not a fault path of docs/LITMUS.md", a, ret_reason);
	case CR2_ANSWER_FLAGS:
		return read_flags(s, a, ret_reason);
	case CR2_ANSWER_TIME:
		return read_time(s, a, ret_reason);
	case CR2_ANSWER_FUNCTION:
		return read_function(s, like, a, ret_reason);
	default:
		*ret_reason = "";
		return -EINVAL;
	}
}

bool cr2_answer_equal(const struct cr2_answer *a, const struct cr2_answer *b)
{
	if (a->type != b->type || a->n != b->n || !a->word != !b->word)
		return false;
	if (a->word && strcmp(a->word, b->word) != 0)
		return false;
	return memcmp(a->values, b->values, a->n * sizeof(a->values[0])) == 0;
}

/* --- writing --- */

static int append_flags(const struct cr2_answer *a, struct cr2_text *text)
{
	struct cr2_flags flags;

	if (a->values[0] == 0)
		return cr2_text_append(text, "none");
	cr2_flags_decode(a->flags, a->values[0], a->kernel, &flags);
	return cr2_flags_format(&flags, " ", text);
}

static int append_value(enum cr2_answer_type type, uint64_t value, struct cr2_text *text)
{
	switch (type) {
	case CR2_ANSWER_HEX:
	case CR2_ANSWER_ERRORS:
		return cr2_text_printf(text, "0x%" PRIx64, value);
	case CR2_ANSWER_YESNO:
		return cr2_text_append(text, value ? "yes" : "no");
	case CR2_ANSWER_ACCESS:
		return cr2_text_append(text, cr2_access_name((enum cr2_access)value));
	case CR2_ANSWER_MODE:
		return cr2_text_append(text, value ? "user" : "kernel");
	case CR2_ANSWER_PATHS:
		return cr2_text_append(text, cr2_path_name((enum cr2_path)value));
	default:
		return cr2_text_printf(text, "%" PRIu64, value);
	}
}

int cr2_answer_format(const struct cr2_answer *a, struct cr2_text *text)
{
	int r = 0;

	if (a->word)
		return cr2_text_append(text, a->word);
	if (a->n == 0)
		return cr2_text_append(text, "none");
	if (a->type == CR2_ANSWER_FLAGS)
		return append_flags(a, text);
	for (size_t i = 0; i < a->n && r == 0; i++) {
		r = cr2_text_append(text, i ? " " : "");
		if (r == 0)
			r = append_value(a->type, a->values[i], text);
	}
	return r;
}
