/* SPDX-License-Identifier: MIT */
/* Sheets: who has one, and what its exercises are made from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sheet.h"

static const char *const programs[] = {
#define X(id, name, summary) [CR2_PROGRAM_##id] = #name,
#include <cr2/tables/program.def>
#undef X
};

const char *cr2_program_name(enum cr2_program program)
{
	return (unsigned)program < CR2_PROGRAM_COUNT ? programs[program] : NULL;
}

int cr2_program_parse(const char *name)
{
	for (int i = 0; i < CR2_PROGRAM_COUNT; i++)
		if (strcmp(programs[i], name) == 0)
			return i;
	return -EINVAL;
}

int cr2_sheets_add_program(struct cr2_sheets *sheets, enum cr2_program program)
{
	for (size_t i = 0; i < sheets->n_programs; i++)
		if (sheets->programs[i].program == program)
			return -EEXIST;
	sheets->programs[sheets->n_programs++] = (struct cr2_sheet_program){program, 1};
	return 0;
}

static void finish_one(struct cr2_sheet *sheet)
{
	free(sheet->id);
	free(sheet->name);
	free(sheet->items);
}

void cr2_sheets_finish(struct cr2_sheets *sheets)
{
	for (size_t i = 0; i < sheets->n; i++)
		finish_one(&sheets->items[i]);
	free(sheets->items);
	*sheets = (struct cr2_sheets){0};
}

bool learn_is_student(const char *id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";

	return *id && *id != '.' && id[strspn(id, letters)] == '\0';
}

int learn_sheets_add(struct cr2_sheets *sheets, const char *id, const char *name)
{
	struct cr2_sheet sheet = {.id = strdup(id), .name = strdup(name)};

	if (!sheet.id || !sheet.name ||
	    cr2_grow(&sheets->items, &sheets->capacity, sheets->n + 1, sizeof(sheet)) < 0) {
		finish_one(&sheet);
		return -ENOMEM;
	}
	sheets->items[sheets->n++] = sheet;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct cr2_sheet *one = a, *other = b;

	return strcmp(one->id, other->id);
}

const struct cr2_sheet *learn_sheets_sort(struct cr2_sheets *sheets)
{
	if (sheets->n > 1)
		qsort(sheets->items, sheets->n, sizeof(*sheets->items), by_id);
	for (size_t i = 1; i < sheets->n; i++)
		if (by_id(&sheets->items[i - 1], &sheets->items[i]) == 0)
			return &sheets->items[i];
	return NULL;
}

int cr2_sheets_of_one(const char *id, struct cr2_sheets *ret_sheets)
{
	struct cr2_sheets sheets = {0};
	int r = learn_is_student(id) ? learn_sheets_add(&sheets, id, "") : -EINVAL;

	if (r == 0)
		*ret_sheets = sheets;
	return r;
}

const struct cr2_sheet *cr2_sheets_find(const struct cr2_sheets *sheets, const char *id)
{
	const struct cr2_sheet wanted = {.id = (char *)id};

	return sheets->n ? bsearch(&wanted, sheets->items, sheets->n, sizeof(wanted), by_id) : NULL;
}

int cr2_sheet_fill(struct cr2_sheet *sheet, const struct cr2_sheet_plan *plan, uint64_t seed)
{
	struct cr2_sheet_item *items;

	if (plan->n_kinds == 0 || plan->n_items == 0 || plan->n_items > CR2_SHEET_ITEMS)
		return -EINVAL;
	items = calloc(plan->n_items, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_items; i++)
		items[i] = (struct cr2_sheet_item){
			.kind = plan->kinds[i % plan->n_kinds],
			.seed = seed ^ (uint64_t)(i + 1) << 32,
			.level = plan->level,
			.profile = plan->profile,
			.points = 1,
		};
	free(sheet->items);
	sheet->items = items;
	sheet->n_items = plan->n_items;
	return 0;
}

int cr2_sheet_set_force(struct cr2_sheet *sheet, int demand, unsigned level, uint64_t seed)
{
	const uint64_t number = 1 + seed % 9999; /* to be typed */
	enum cr2_demand drawn = (enum cr2_demand)demand;
	int r = demand < 0 ? cr2_demand_draw(level, number, &drawn) : 0;

	if (r == 0)
		r = cr2_demand_make(drawn, number, &sheet->force);
	sheet->has_force |= r == 0;
	return r;
}

int cr2_sheet_exercise(const struct cr2_sheet *sheet, size_t item, struct cr2_exercise *ret_exercise)
{
	const struct cr2_sheet_item *i = &sheet->items[item];

	return cr2_exercise_make(i->kind, i->seed, i->level, i->profile, ret_exercise);
}
