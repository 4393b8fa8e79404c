/* SPDX-License-Identifier: MIT */
/* Whole numbers as people type them. */
#include <errno.h>
#include <string.h>

#include <cr2/base.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* The first n bytes of s, all of them digits; grouped: single underscores may part them. */
static int parse_digits(const char *s, size_t n, unsigned base, bool grouped, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (n == 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)digit(s[i]);

		if (grouped && s[i] == '_' && i > 0 && i + 1 < n && s[i - 1] != '_')
			continue;
		if (d >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

static int parse(const char *s, unsigned base, uint64_t *ret_value)
{
	return parse_digits(s, strlen(s), base, false, ret_value);
}

static bool has_hex_prefix(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
}

int cr2_parse_u64(const char *s, uint64_t *ret_value)
{
	return has_hex_prefix(s) ? parse(s + 2, 16, ret_value) : parse(s, 10, ret_value);
}

int cr2_parse_hex(const char *s, uint64_t *ret_value)
{
	return parse(has_hex_prefix(s) ? s + 2 : s, 16, ret_value);
}

/* Only 0, 1 and what parts them, then the b that calls them binary. */
static bool has_binary_suffix(const char *s, size_t n)
{
	return n > 1 && (s[n - 1] == 'b' || s[n - 1] == 'B') && strspn(s, "01_") == n - 1;
}

int cr2_parse_number(const char *s, uint64_t *ret_value, const char **ret_reason)
{
	bool prefixed = s[0] == '0' && (s[1] == 'b' || s[1] == 'B');
	size_t n = strlen(s);
	int r;

	if (prefixed)
		r = parse_digits(s + 2, n - 2, 2, true, ret_value);
	else if (has_binary_suffix(s, n))
		r = parse_digits(s, n - 1, 2, true, ret_value);
	else if (has_hex_prefix(s))
		r = parse_digits(s + 2, n - 2, 16, true, ret_value);
	else
		r = parse_digits(s, n, 16, true, ret_value);
	if (r == -ERANGE)
		*ret_reason = "more than 64 bits";
	else if (r < 0 && prefixed)
		*ret_reason = "not a binary number, as 0b says; a hexadecimal one begins with 0x";
	else
		*ret_reason = r < 0 ? "not a number: hexadecimal, or binary as 0b111 or 111b" : NULL;
	return r < 0 ? -EINVAL : 0;
}
