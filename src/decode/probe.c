/* SPDX-License-Identifier: MIT */
/* The registers at a function's first instruction are its arguments: System V, x86-64. */
#include <errno.h>
#include <string.h>

#include "probe.h"

struct row {
	const char *function;
	int from, until;
	enum arg_type result;
	struct {
		const char *name;
		enum arg_type type;
	} args[CR2_ARGUMENTS];
};

#define KERNEL(major, minor) ((major) * 1000 + (minor))
#define A(name, type) {#name, ARG_##type},
static const struct row rows[] = {
#define X(function, from, until, result, args) {#function, from, until, ARG_##result, {args}},
#include <cr2/tables/probe.def>
#undef X
};

static int find(const char *function, int kernel, const struct row **ret_row)
{
	int r = -ENOENT;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].function, function) != 0)
			continue;
		r = -EOPNOTSUPP;
		if (cr2_kernel_in(kernel, rows[i].from, rows[i].until)) {
			*ret_row = &rows[i];
			return 0;
		}
	}
	return r;
}

static int fill(struct cr2_argument *argument, const char *name, enum arg_type type,
		enum cr2_register reg, const struct cr2_registers *registers, int kernel)
{
	*argument = (struct cr2_argument){
		.name = name,
		.type = probe_arg_type_name(type),
		.bits = probe_arg_type_bits(type),
		.reg = reg,
		.given = type != ARG_VOID && registers->given & 1u << reg,
		.value = registers->values[reg],
	};
	if (!argument->given)
		return 0;
	return probe_arg_meaning(type, argument->value, kernel, &argument->meaning);
}

static void find_unused(struct cr2_probe *probe, const struct cr2_registers *registers)
{
	for (int reg = 0; reg < CR2_REGISTER_COUNT; reg++) {
		bool argument = reg < (int)probe->n_arguments;
		bool result = reg == CR2_REGISTER_AX && probe->result.given;

		if (registers->given & 1u << reg && !argument && !result)
			probe->unused[probe->n_unused++] = (enum cr2_register)reg;
	}
}

int cr2_probe_decode(const char *function, const struct cr2_registers *registers, int kernel,
		     struct cr2_probe *ret_probe)
{
	struct cr2_probe probe = {0};
	const struct row *row;
	int r = find(function, kernel, &row);

	if (r < 0)
		return r;
	probe.function = row->function;
	for (; r == 0 && probe.n_arguments < CR2_ARGUMENTS && row->args[probe.n_arguments].name;
	     probe.n_arguments++) {
		size_t i = probe.n_arguments;

		r = fill(&probe.arguments[i], row->args[i].name, row->args[i].type,
			 (enum cr2_register)i, registers, kernel);
	}
	if (r == 0)
		r = fill(&probe.result, "return value", row->result, CR2_REGISTER_AX, registers,
			 kernel);
	if (r < 0) {
		cr2_probe_finish(&probe);
		return r;
	}
	find_unused(&probe, registers);
	*ret_probe = probe;
	return 0;
}

void cr2_probe_finish(struct cr2_probe *probe)
{
	for (size_t i = 0; i < CR2_ARGUMENTS; i++)
		cr2_text_finish(&probe->arguments[i].meaning);
	cr2_text_finish(&probe->result.meaning);
}

size_t cr2_probe_functions(const char **ret_names, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		/* A function's rows follow each other. */
		if (i > 0 && strcmp(rows[i].function, rows[i - 1].function) == 0)
			continue;
		if (count < n)
			ret_names[count] = rows[i].function;
		count++;
	}
	return count;
}
