/* SPDX-License-Identifier: MIT */
/* Kernel versions: as people write them, and as rows of tables are bound to them. */
#include <errno.h>
#include <string.h>

#include <cr2/flags.h>

/* Up to three digits at *s, which moves behind them. */
static int parse_part(const char **s, int *ret_part)
{
	int part = 0, digits = 0;

	while (**s >= '0' && **s <= '9' && digits < 3) {
		part = part * 10 + (**s - '0');
		digits++;
		(*s)++;
	}
	if (digits == 0 || (**s >= '0' && **s <= '9'))
		return -EINVAL;
	*ret_part = part;
	return 0;
}

int cr2_kernel_parse(const char *s, int *ret_kernel)
{
	int major, minor;

	if (strcmp(s, "course") == 0) {
		*ret_kernel = cr2_profile_version(CR2_PROFILE_COURSE);
		return 0;
	}
	if (parse_part(&s, &major) < 0 || *s++ != '.' || parse_part(&s, &minor) < 0)
		return -EINVAL;
	/* What follows is a distribution's business: "6.1.0-28-amd64", "6.18-rc3". */
	if (*s && !strchr(".-+", *s))
		return -EINVAL;
	*ret_kernel = major * 1000 + minor;
	return 0;
}

bool cr2_kernel_in(int kernel, int from, int until)
{
	if (kernel <= 0)
		return until == 0;
	return from <= kernel && (until == 0 || kernel < until);
}

#define KERNEL(major, minor) ((major) * 1000 + (minor))
static const struct {
	const char *name;
	int from, until;
	const char *there;
} functions[] = {
#define X(name, from, until, there) {name, from, until, there},
#include <cr2/tables/function.def>
#undef X
};

const char *cr2_function_in(const char *function, int kernel)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(functions); i++)
		if (strcmp(functions[i].name, function) == 0 &&
		    cr2_kernel_in(kernel, functions[i].from, functions[i].until))
			return functions[i].there;
	return function;
}
