/* SPDX-License-Identifier: MIT */
/* A mapping as people paste it: START-END:PERMS, or a line of /proc/PID/maps. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <cr2/decode.h>

/* The hexadecimal number before delimiter, or before a blank where delimiter is ' '. */
static int parse_address(const char **s, const char *delimiters, uint64_t *ret)
{
	char digits[24];
	size_t n = strcspn(*s, delimiters);

	if (n >= sizeof(digits) || !(*s)[n])
		return -EINVAL;
	memcpy(digits, *s, n);
	digits[n] = '\0';
	if (cr2_parse_hex(digits, ret) < 0)
		return -EINVAL;
	*s += n + 1;
	return 0;
}

/* "rw-p", "r-xs", "rw-", "rw", "---p": letters in their order, dashes may be left out. */
static int parse_permissions(const char *s, struct cr2_mapping *mapping)
{
	static const char letters[] = "rwx";
	static const uint8_t prot[] = {CR2_PROT_READ, CR2_PROT_WRITE, CR2_PROT_EXEC};
	const char *start = s;

	for (size_t i = 0; i < 3; i++) {
		if (*s == letters[i])
			mapping->prot |= prot[i];
		if (*s == letters[i] || *s == '-')
			s++;
	}
	if (s == start)
		return -EINVAL;
	if (*s == 'p' || *s == 's')
		mapping->shared = *s++ == 's';
	return *s == '\0' || isspace((unsigned char)*s) ? 0 : -EINVAL;
}

int cr2_mapping_parse(const char *s, struct cr2_mapping *ret_mapping, const char **ret_reason)
{
	struct cr2_mapping mapping = {0};

	*ret_reason = "expected START-END:PERMS, such as 7f0000200000-7f0000204000:rw-p";
	if (parse_address(&s, "-", &mapping.start) < 0 || parse_address(&s, ": ", &mapping.end) < 0)
		return -EINVAL;
	*ret_reason = "PERMS are r, w, x or - for each, then p (private) or s (shared): rw-p";
	if (parse_permissions(s, &mapping) < 0)
		return -EINVAL;
	*ret_reason = "END is exclusive and must lie above START";
	if (mapping.end <= mapping.start)
		return -EINVAL;
	*ret_reason = "START and END must be multiples of 0x1000";
	if ((mapping.start | mapping.end) & ~CR2_PAGE_MASK)
		return -EINVAL;
	*ret_reason = NULL;
	*ret_mapping = mapping;
	return 0;
}
