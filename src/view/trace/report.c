/* SPDX-License-Identifier: MIT */
/* Recorded faults, added up: rows below rows, the dearest first. */
#include <errno.h>
#include <inttypes.h>

#include <cr2/view_trace.h>

#include "record/json.h"
#include "view/draw/grid.h"
#include "view/draw/quantity.h"
#include "view/trace/amount.h"
#include "view/trace/report_row.h"

static void add_heading(struct grid *grid, const struct cr2_view_report *report)
{
	static const char *const words[][5] = {
		{"  faults", "time", "", "zeroed", "copied"}, {"  faults", "time", "", "resident", ""}, {"  faults"}};
	const size_t kind = report->resident ? 1 : report->facts.read ? 0 : 2;
	struct rich *cells = grid_row(grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words[0]); i++)
		if (words[kind][i])
			rich_keep(&cells[i], INK_DIM, "%s", words[kind][i]);
	for (size_t i = 0; cells && i < report->n_by; i++)
		rich_keep(&cells[5], INK_DIM, "%s%s", i ? " > " : "", cr2_report_by_name(report->by[i]));
}

/* What all rows come to. */
struct totals {
	uint64_t ns, resident; /* pages, also those that no row has */
};
static struct totals add_up(const struct cr2_view_report *report)
{
	struct totals all = {.resident = report->unowned};

	for (size_t i = 0; i < report->n_rows; i++)
		if (!report->rows[i].depth) {
			all.ns += report->rows[i].ns;
			all.resident += report->rows[i].resident;
		}
	return all;
}

/* What a row holds, and its part of all that is held. */
static void add_resident(struct rich *cells, const struct cr2_report_row *row, uint64_t all)
{
	rich_keep(&cells[2], INK_PLAIN, "%3.0f %%", all ? (double)row->resident * 100 / (double)all : 0);
	view_bytes(&cells[3], row->resident * CR2_PAGE_SIZE);
}

static void add_row(struct grid *grid, const struct cr2_view_report *report, const struct cr2_report_row *row,
		    const struct totals *all)
{
	struct rich *cells;

	if (report->resident && !row->resident)
		return;
	cells = grid_row(grid);
	if (!cells)
		return;
	rich_keep(&cells[0], INK_PLAIN, "%8" PRIu64, row->n);
	if (report->facts.read)
		rich_time(&cells[1], INK_PLAIN, (double)row->ns);
	if (report->resident) {
		add_resident(cells, row, all->resident);
	} else if (report->facts.read) {
		rich_keep(&cells[2], INK_PLAIN, "%3.0f %%", all->ns ? (double)row->ns * 100 / (double)all->ns : 0);
		if (row->zeroed)
			view_bytes(&cells[3], row->zeroed);
		if (row->copied)
			view_bytes(&cells[4], row->copied);
	}
	report_row_label(&cells[5], row);
}

static void say_facts(struct rich *line, const struct cr2_view_report *report,
		      const struct totals *all)
{
	const struct cr2_recording_facts *facts = &report->facts;

	rich_add(line, INK_BOLD, report->title);
	rich_keep(line, INK_PLAIN, ": %" PRIu64 " fault%s", facts->faults, facts->faults == 1 ? "" : "s");
	if (facts->faults != facts->samples)
		rich_keep(line, INK_WARN, ", of which %" PRIu64 " were seen, and stand for the others", facts->samples);
	if (facts->perf) {
		rich_add(line, INK_PLAIN, "; perf recorded them, so that neither what settled them nor how long they took is "
			 "known");
	} else if (!facts->read) {
		rich_add(line, INK_PLAIN, " of user mode, recorded without BPF, so that neither what settled them nor how long "
			 "they took is known, and those of kernel mode were not seen");
	} else {
		rich_add(line, INK_PLAIN, ", which took ");
		rich_time(line, INK_PLAIN, (double)all->ns);
	}
	if (facts->release[0])
		rich_keep(line, INK_PLAIN, "; Linux %s", facts->release);
	if (facts->lost)
		rich_keep(line, INK_BAD, "; %" PRIu64 " lost", facts->lost);
	else
		rich_add(line, INK_GOOD, "; nothing lost");
	if (facts->lost_records)
		rich_keep(line, INK_BAD, "; %" PRIu64 " records of processes and mappings lost",
			  facts->lost_records);
	if (report->resident) {
		rich_add(line, INK_PLAIN, "; at the end ");
		view_bytes(line, all->resident * CR2_PAGE_SIZE);
		rich_add(line, INK_PLAIN, " are there, of which ");
		view_bytes(line, report->unowned * CR2_PAGE_SIZE);
		rich_add(line, INK_PLAIN, " came before, or without a fault of their own");
	}
	if (!facts->finished)
		rich_add(line, INK_WARN, "; the recorder was ended before its time");
}

int cr2_view_report(const struct cr2_view_report *report, const struct cr2_style *style,
		    struct cr2_text *text)
{
	struct grid grid = {.columns = 6, .at = 2};
	struct rich line = {0};
	const struct totals all = add_up(report);
	int r;

	say_facts(&line, report, &all);
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	if (report->n_rows)
		add_heading(&grid, report);
	for (size_t i = 0; i < report->n_rows; i++)
		add_row(&grid, report, &report->rows[i], &all);
	if (r == 0 && report->n_rows)
		r = cr2_text_append(text, "\n");
	if (r == 0 && report->n_rows)
		r = grid_draw(&grid, style, text);
	grid_finish(&grid);
	return r;
}

/* ---- for programs ---- */

static int row_json(const struct cr2_view_report *report, const struct cr2_report_row *row,
		    struct cr2_text *text)
{
	const bool known = report->facts.read;
	json_t *o = json_object();

	json_object_set_new(o, KEY(KIND), json_string("row"));
	view_json_set(o, KEY(DEPTH), row->depth);
	for (size_t i = 0; i <= row->depth; i++)
		report_row_key(o, report->by[i], row);
	view_json_set(o, KEY(COUNT), row->n);
	view_json_set_known(o, KEY(MAJOR), row->major, report->facts.majors);
	view_json_set_known(o, KEY(NS), row->ns, known);
	view_json_set_known(o, KEY(MAX), row->longest_ns, known);
	view_json_set_known(o, KEY(ZEROED), row->zeroed, known);
	view_json_set_known(o, KEY(COPIED), row->copied, known);
	if (report->resident)
		view_json_set(o, KEY(RESIDENT), row->resident * CR2_PAGE_SIZE);
	return view_json_line(o, text);
}

void view_recording_json(json_t *o, const struct cr2_recording_facts *facts)
{
	view_json_set(o, KEY(RECORDED), facts->faults);
	view_json_set(o, KEY(SAMPLES), facts->samples);
	view_json_set(o, KEY(LOST), facts->lost);
	view_json_set(o, KEY(LOST_RECORDS), facts->lost_records);
	json_object_set_new(o, KEY(FINISHED), json_boolean(facts->finished));
	json_object_set_new(o, KEY(KERNEL), json_string(facts->release));
	json_object_set_new(o, KEY(SOURCE), json_string("perf.data"));
	json_object_set_new(o, KEY(EVIDENCE),
			    json_string(cr2_evidence_name(facts->read ? CR2_EVIDENCE_READ : CR2_EVIDENCE_UNKNOWN)));
}

int cr2_view_report_json(const struct cr2_view_report *report, struct cr2_text *text)
{
	json_t *o;
	int r = 0;

	for (size_t i = 0; i < report->n_rows && r == 0; i++)
		r = row_json(report, &report->rows[i], text);
	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, KEY(KIND), json_string("summary"));
	view_recording_json(o, &report->facts);
	if (report->resident) {
		view_json_set(o, KEY(RESIDENT), add_up(report).resident * CR2_PAGE_SIZE);
		view_json_set(o, KEY(UNOWNED), report->unowned * CR2_PAGE_SIZE);
	}
	return view_json_line(o, text);
}
