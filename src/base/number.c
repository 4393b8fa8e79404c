/* SPDX-License-Identifier: MIT */
/* Whole numbers as people type them. */
#include <errno.h>

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

static int parse(const char *s, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned d = (unsigned)digit(*s);

		if (d >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
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
