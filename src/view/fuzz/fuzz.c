/* SPDX-License-Identifier: MIT */
/*
 * How random scenarios went: what was run and found, the faults that were reached by path,
 * mapping and page, the operations, what was accepted and what was skipped.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_fuzz.h>

#include "view/draw/rich.h"

static const struct {
	const char *name, *one, *many;
} findings[CR2_FUZZ_FINDINGS] = {
	[CR2_FUZZ_DIFFERENCE] = {"difference", "difference", "differences"},
	[CR2_FUZZ_UNSTABLE] = {"unstable", "unstable difference", "unstable differences"},
	[CR2_FUZZ_LEAK] = {"leak", "leak of the model", "leaks of the model"},
	[CR2_FUZZ_CRASH] = {"crash", "crash of cr2", "crashes of cr2"},
	[CR2_FUZZ_LOST] = {"lost", "lost guest", "lost guests"},
	[CR2_FUZZ_INVALID] = {"invalid", "invalid scenario", "invalid scenarios"},
};

const char *cr2_fuzz_finding_name(enum cr2_fuzz_finding finding)
{
	return (size_t)finding < CR2_FUZZ_FINDINGS ? findings[finding].name : NULL;
}

/* 1,234,567 */
static const char *grouped(uint64_t n, char text[32])
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), out = 0;

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = digits[i];
	}
	text[out] = '\0';
	return text;
}

/* At most four columns: 9999, 12k, 999k, 1M. */
static const char *rounded(uint64_t n, char text[24])
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	if (n < 10000)
		snprintf(text, 24, "%" PRIu64, n);
	for (; n >= 1000 && units[unit + 1] && (unit || n >= 10000); n /= 1000) {
		unit++;
		snprintf(text, 24, "%" PRIu64 "%c", n / 1000, units[unit]);
	}
	return text;
}

static uint64_t rate(const struct cr2_view_fuzz *fuzz)
{
	return fuzz->seconds > 0 ? (uint64_t)((double)fuzz->steps / fuzz->seconds) : 0;
}

static void add_findings(struct rich *line, const struct cr2_view_fuzz *fuzz)
{
	char n[32];
	bool any = false;

	for (int i = 0; i < CR2_FUZZ_FINDINGS; i++) {
		if (!fuzz->findings[i])
			continue;
		rich_add(line, INK_PLAIN, any ? ", " : "");
		rich_keep(line, INK_BAD, "%s %s", grouped(fuzz->findings[i], n),
			  fuzz->findings[i] == 1 ? findings[i].one : findings[i].many);
		any = true;
	}
	if (!any)
		rich_keep(line, INK_GOOD, "no difference");
}

static int draw(struct rich *line, unsigned at, const struct cr2_style *style, struct cr2_text *text)
{
	int r = rich_paragraph(text, style, at, line);

	rich_finish(line);
	return r;
}

static int draw_head(const struct cr2_view_fuzz *fuzz, const struct cr2_style *style,
		     struct cr2_text *text)
{
	struct rich line = {0};
	char steps[32], scenarios[32], speed[32], skipped[32];

	rich_add(&line, INK_BOLD, fuzz->model);
	rich_add(&line, INK_PLAIN, " and ");
	rich_add(&line, INK_BOLD, fuzz->target);
	rich_printf(&line, INK_PLAIN, ", seed 0x%" PRIx64 ": ", fuzz->seed);
	rich_printf(&line, INK_PLAIN, "%s steps in %s scenarios, ", grouped(fuzz->steps, steps),
		    grouped(fuzz->scenarios, scenarios));
	if (fuzz->skipped)
		rich_printf(&line, INK_WARN, "%s more skipped, ", grouped(fuzz->skipped, skipped));
	rich_keep(&line, INK_PLAIN, "%.1f s,", fuzz->seconds);
	rich_printf(&line, INK_PLAIN, " %s steps a second%s: ", grouped(rate(fuzz), speed),
		    fuzz->interrupted ? ", interrupted" : "");
	add_findings(&line, fuzz);
	return draw(&line, 0, style, text);
}

/* The faults: a row a path and mapping, a column a page. */

#define COLUMNS (2 + CR2_COVERAGE_PAGES)

struct faults {
	bool used[CR2_COVERAGE_PAGES];
	struct slot slots[COLUMNS];
};

static uint64_t sum_of_page(const struct cr2_coverage *coverage, int page)
{
	uint64_t sum = 0;

	for (int path = 0; path < CR2_PATH_SCENARIOS; path++)
		for (int m = 0; m < CR2_COVERAGE_MAPPINGS; m++)
			sum += coverage->faults[path][m][page];
	return sum;
}

static uint64_t sum_of_row(const struct cr2_coverage *coverage, int path, int mapping)
{
	uint64_t sum = 0;

	for (int page = 0; page < CR2_COVERAGE_PAGES; page++)
		sum += coverage->faults[path][mapping][page];
	return sum;
}

static unsigned page_width(const struct cr2_coverage *coverage, int page)
{
	unsigned widest = (unsigned)strlen(cr2_coverage_page_name((enum cr2_coverage_page)page));
	char text[24];

	for (int path = 0; path < CR2_PATH_SCENARIOS; path++)
		for (int m = 0; m < CR2_COVERAGE_MAPPINGS; m++) {
			unsigned n = (unsigned)strlen(rounded(coverage->faults[path][m][page], text));

			widest = n > widest ? n : widest;
		}
	return widest;
}

#define PATH_WIDTH 14
#define MAPPING_WIDTH 13

static void place(struct faults *faults, const struct cr2_coverage *coverage)
{
	unsigned at = PATH_WIDTH + 1 + MAPPING_WIDTH;

	faults->slots[0] = (struct slot){0, PATH_WIDTH};
	faults->slots[1] = (struct slot){PATH_WIDTH + 1, MAPPING_WIDTH};
	for (int page = 0; page < CR2_COVERAGE_PAGES; page++) {
		faults->used[page] = sum_of_page(coverage, page) != 0;
		faults->slots[2 + page] = (struct slot){at, 0};
		if (!faults->used[page])
			continue;
		faults->slots[2 + page] = (struct slot){at + 1, page_width(coverage, page)};
		at += 1 + faults->slots[2 + page].width;
	}
}

static void right(struct rich *cell, enum ink ink, const struct slot *slot, const char *word)
{
	rich_keep(cell, ink, "%*s", (int)slot->width, word);
}

static int draw_cells(const struct faults *faults, struct rich *cells, const struct cr2_style *style,
		      struct cr2_text *text)
{
	int r = rich_row(text, style, COLUMNS, faults->slots, cells);

	for (int i = 0; i < COLUMNS; i++)
		rich_finish(&cells[i]);
	return r;
}

static int draw_heading(const struct faults *faults, const struct cr2_style *style,
			struct cr2_text *text)
{
	struct rich cells[COLUMNS] = {0};

	rich_add(&cells[0], INK_BOLD, "faults");
	rich_add(&cells[1], INK_BOLD, "mapping");
	for (int page = 0; page < CR2_COVERAGE_PAGES; page++)
		if (faults->used[page])
			right(&cells[2 + page], INK_BOLD, &faults->slots[2 + page],
			      cr2_coverage_page_name((enum cr2_coverage_page)page));
	return draw_cells(faults, cells, style, text);
}

static int draw_fault_row(const struct faults *faults, const struct cr2_coverage *coverage, int path,
			  int mapping, bool first, const struct cr2_style *style, struct cr2_text *text)
{
	struct rich cells[COLUMNS] = {0};
	char number[24];

	if (first)
		rich_add(&cells[0], INK_NAME, cr2_path_name((enum cr2_path)path));
	rich_keep(&cells[1], INK_PLAIN, "%s",
		  cr2_coverage_mapping_name((enum cr2_coverage_mapping)mapping));
	for (int page = 0; page < CR2_COVERAGE_PAGES; page++)
		if (coverage->faults[path][mapping][page])
			right(&cells[2 + page], INK_PLAIN, &faults->slots[2 + page],
			      rounded(coverage->faults[path][mapping][page], number));
	return draw_cells(faults, cells, style, text);
}

static int draw_path(const struct faults *faults, const struct cr2_coverage *coverage, int path,
		     const struct cr2_style *style, struct cr2_text *text)
{
	bool first = true;
	int r = 0;

	for (int m = 0; m < CR2_COVERAGE_MAPPINGS && r == 0; m++) {
		if (!sum_of_row(coverage, path, m))
			continue;
		r = draw_fault_row(faults, coverage, path, m, first, style, text);
		first = false;
	}
	return r;
}

static bool was_taken(const struct cr2_coverage *coverage, int path)
{
	for (int m = 0; m < CR2_COVERAGE_MAPPINGS; m++)
		if (sum_of_row(coverage, path, m))
			return true;
	return false;
}

static int draw_not_taken(const struct cr2_coverage *coverage, const struct cr2_style *style,
			  struct cr2_text *text)
{
	struct rich line = {.hang = 11};
	const char *separator = "";

	rich_add(&line, INK_DIM, "not taken: ");
	for (int path = CR2_PATH_UNKNOWN + 1; path < CR2_PATH_SCENARIOS; path++) {
		if (was_taken(coverage, path))
			continue;
		rich_printf(&line, INK_DIM, "%s%s", separator, cr2_path_name((enum cr2_path)path));
		separator = ", ";
	}
	return draw(&line, 0, style, text);
}

static int draw_faults(const struct cr2_coverage *coverage, const struct cr2_style *style,
		       struct cr2_text *text)
{
	struct faults faults;
	int r;

	place(&faults, coverage);
	r = draw_heading(&faults, style, text);
	for (int path = 0; path < CR2_PATH_SCENARIOS && r == 0; path++)
		r = draw_path(&faults, coverage, path, style, text);
	return r == 0 ? draw_not_taken(coverage, style, text) : r;
}

/* The operations: "map 120 (ENOMEM 2)". */

static void add_operation(struct rich *line, const uint64_t results[CR2_RESULT_COUNT], int op,
			  const char *separator)
{
	const char *open = " (";
	uint64_t sum = 0;
	char n[32];

	for (int i = 0; i < CR2_RESULT_COUNT; i++)
		sum += results[i];
	rich_add(line, INK_PLAIN, separator);
	rich_add(line, INK_NAME, cr2_op_name((enum cr2_op_kind)op));
	rich_printf(line, INK_PLAIN, " %s", grouped(sum, n));
	for (int i = 0; i < CR2_RESULT_COUNT; i++) {
		if (i == CR2_RESULT_OK || !results[i])
			continue;
		rich_printf(line, INK_DIM, "%s%s %s", open, cr2_result_name((enum cr2_result)i),
			    grouped(results[i], n));
		open = ", ";
	}
	if (open[0] == ',')
		rich_add(line, INK_DIM, ")");
}

static bool is_used(const uint64_t results[CR2_RESULT_COUNT])
{
	for (int i = 0; i < CR2_RESULT_COUNT; i++)
		if (results[i])
			return true;
	return false;
}

static int draw_operations(const struct cr2_coverage *coverage, const struct cr2_style *style,
			   struct cr2_text *text)
{
	struct rich line = {.hang = 1};
	const char *separator = " ";

	rich_add(&line, INK_BOLD, "operations");
	for (int op = 0; op < CR2_OP_COUNT; op++) {
		if (!is_used(coverage->results[op]))
			continue;
		add_operation(&line, coverage->results[op], op, separator);
		separator = ", ";
	}
	return draw(&line, 0, style, text);
}

/* Rows of a count and what it counts. */

static int draw_count(uint64_t count, enum ink ink, const char *what, const char *more,
		      const struct cr2_style *style, struct cr2_text *text)
{
	static const struct slot slots[2] = {{1, 9}, {11, 0}};
	struct slot fitted[2] = {slots[0], slots[1]};
	struct rich cells[2] = {0};
	char n[32];
	int r;

	fitted[1].width = style->width > 31 ? style->width - slots[1].at : 20;
	rich_keep(&cells[0], INK_PLAIN, "%9s", grouped(count, n));
	rich_add(&cells[1], ink, what);
	if (more)
		rich_printf(&cells[1], INK_PLAIN, "  %s", more);
	r = rich_row(text, style, 2, fitted, cells);
	rich_finish(&cells[0]);
	rich_finish(&cells[1]);
	return r;
}

static int draw_title(const char *title, const struct cr2_style *style, struct cr2_text *text)
{
	struct rich line = {0};

	rich_add(&line, INK_BOLD, title);
	return draw(&line, 0, style, text);
}

/* What did not come is named, too. */
static int draw_missing(const struct cr2_coverage *coverage, const struct cr2_style *style,
			struct cr2_text *text)
{
	struct rich line = {.hang = 11};
	const char *separator = "not made:  ";

	for (int i = 0; i < CR2_PATTERN_COUNT; i++) {
		if (coverage->patterns[i])
			continue;
		rich_printf(&line, INK_DIM, "%s%s", separator,
			    cr2_pattern_get((enum cr2_pattern)i)->name);
		separator = ", ";
	}
	if (separator[0] == ',')
		return draw(&line, 0, style, text);
	rich_finish(&line);
	return 0;
}

static int draw_patterns(const struct cr2_coverage *coverage, const struct cr2_style *style,
			 struct cr2_text *text)
{
	int r = draw_title("patterns", style, text);

	for (int i = 0; i < CR2_PATTERN_COUNT && r == 0; i++) {
		const struct cr2_pattern_row *row = cr2_pattern_get((enum cr2_pattern)i);

		if (coverage->patterns[i])
			r = draw_count(coverage->patterns[i], INK_NAME, row->name, row->sentence,
				       style, text);
	}
	return r == 0 ? draw_missing(coverage, style, text) : r;
}

static int draw_widened(const struct cr2_view_fuzz *fuzz, const struct cr2_style *style,
			struct cr2_text *text)
{
	bool any = false;
	int r = 0;

	for (int i = 0; i < CR2_WIDENING_COUNT && r == 0; i++) {
		if (!fuzz->widened[i])
			continue;
		if (!any)
			r = draw_title("accepted where Linux allows both", style, text);
		any = true;
		if (r == 0)
			r = draw_count(fuzz->widened[i], INK_NAME,
				       cr2_widening_name((enum cr2_widening)i),
				       cr2_widening_sentence((enum cr2_widening)i), style, text);
	}
	return r;
}

static int draw_reasons(const struct cr2_view_fuzz *fuzz, bool failed, const struct cr2_style *style,
			struct cr2_text *text)
{
	bool any = false;
	int r = 0;

	for (size_t i = 0; i < fuzz->n_reasons && r == 0; i++) {
		if (fuzz->reasons[i].failed != failed)
			continue;
		if (!any)
			r = draw_title(failed ? "failed" : "skipped", style, text);
		any = true;
		if (r == 0)
			r = draw_count(fuzz->reasons[i].count, failed ? INK_BAD : INK_PLAIN,
				       fuzz->reasons[i].text, NULL, style, text);
	}
	return r;
}

int cr2_view_fuzz(const struct cr2_view_fuzz *fuzz, const struct cr2_style *style,
		  struct cr2_text *text)
{
	int r = 0;

	if (cr2_coverage_cells(fuzz->coverage))
		r = draw_faults(fuzz->coverage, style, text);
	if (r == 0 && fuzz->steps)
		r = draw_operations(fuzz->coverage, style, text);
	if (r == 0 && fuzz->steps)
		r = draw_patterns(fuzz->coverage, style, text);
	if (r == 0)
		r = draw_widened(fuzz, style, text);
	if (r == 0)
		r = draw_reasons(fuzz, false, style, text);
	if (r == 0)
		r = draw_reasons(fuzz, true, style, text);
	return r == 0 ? draw_head(fuzz, style, text) : r;
}

int cr2_view_fuzz_progress(const struct cr2_view_fuzz *fuzz, const struct cr2_style *style,
			   struct cr2_text *text)
{
	char steps[32], speed[32], scenarios[32], line[256];
	uint64_t found = 0;

	for (int i = 0; i < CR2_FUZZ_FINDINGS; i++)
		found += fuzz->findings[i];
	snprintf(line, sizeof(line), "%s steps, %s/s, %s scenarios, %u fault cells, %" PRIu64 " found",
		 grouped(fuzz->steps, steps), grouped(rate(fuzz), speed),
		 grouped(fuzz->scenarios, scenarios), cr2_coverage_cells(fuzz->coverage), found);
	if (style->width && strlen(line) >= style->width)
		line[style->width - 1] = '\0';
	return cr2_text_append(text, line);
}
