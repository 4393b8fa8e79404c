/* SPDX-License-Identifier: MIT */
/* A mapping as people paste it: START-END[:PERMS], or a line of /proc/PID/maps. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <cr2/decode.h>

/* The number of n bytes at s; a line of maps has the kernel's own digits, people have more. */
static int parse_address(const char *s, size_t n, bool kernel, uint64_t *ret,
			 const char **ret_reason)
{
	char digits[72];

	if (n == 0 || n >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, s, n);
	digits[n] = '\0';
	return kernel ? cr2_parse_hex(digits, ret) : cr2_parse_number(digits, ret, ret_reason);
}

/* START-END; *s moves on to what stands behind it. */
static int parse_range(const char **s, struct cr2_mapping *mapping, const char **ret_reason)
{
	size_t start = strcspn(*s, "-"), end;
	const char *second = *s + start + 1;
	bool kernel;

	if (!(*s)[start])
		return -EINVAL;
	end = strcspn(second, ": \t");
	kernel = isspace((unsigned char)second[end]);
	if (parse_address(*s, start, kernel, &mapping->start, ret_reason) < 0 ||
	    parse_address(second, end, kernel, &mapping->end, ret_reason) < 0)
		return -EINVAL;
	*s = second + end;
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
	const char *number = NULL; /* what is wrong with one */

	*ret_reason = "expected START-END:PERMS, such as 7f0000200000-7f0000204000:rw-p";
	if (parse_range(&s, &mapping, &number) < 0) {
		*ret_reason = number ? number : *ret_reason;
		return -EINVAL;
	}
	*ret_reason = "PERMS are r, w, x or - for each, then p (private) or s (shared): rw-p";
	mapping.bare = !*s;
	if (!mapping.bare && parse_permissions(s + 1, &mapping) < 0)
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
