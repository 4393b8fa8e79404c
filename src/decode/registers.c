/* SPDX-License-Identifier: MIT */
/* Registers as probes and oopses print them. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include <cr2/decode.h>

_Static_assert(CR2_REGISTER_COUNT <= 32, "struct cr2_registers has a bit for each");

static int find_name(const char *name)
{
	for (int i = 0; i < CR2_REGISTER_COUNT; i++)
		if (strcasecmp(cr2_register_name(i), name) == 0)
			return i;
	return -EINVAL;
}

int cr2_register_parse(const char *name)
{
	int reg;

	name += *name == '%';
	reg = find_name(name);
	if (reg < 0 && (*name == 'r' || *name == 'R' || *name == 'e' || *name == 'E'))
		reg = find_name(name + 1);
	return reg;
}

static int parse_name(const char *word, size_t n)
{
	char name[8];

	if (n >= sizeof(name))
		return -EINVAL;
	memcpy(name, word, n);
	name[n] = '\0';
	return cr2_register_parse(name);
}

int cr2_registers_parse(struct cr2_registers *registers, const char *word,
			const char **ret_reason)
{
	size_t n = strcspn(word, "=");
	uint64_t value;
	int reg;

	*ret_reason = "expected REGISTER=VALUE, such as di=0xffff888112340000";
	if (!word[n])
		return -EINVAL;
	*ret_reason = "no such register; arguments are in di, si, dx, cx, r8, r9, the result in ax";
	reg = parse_name(word, n);
	if (reg < 0)
		return -EINVAL;
	if (cr2_parse_number(word + n + 1, &value, ret_reason) < 0)
		return -EINVAL;
	*ret_reason = "the register stands there twice";
	if (registers->given & 1u << reg)
		return -EINVAL;
	*ret_reason = NULL;
	registers->given |= 1u << reg;
	registers->values[reg] = value;
	return 0;
}
