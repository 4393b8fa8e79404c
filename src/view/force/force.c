/* SPDX-License-Identifier: MIT */
/* A forced fault for people: one row a witness, then the page before and after. */
#include <errno.h>
#include <inttypes.h>

#include <cr2/flags.h>
#include <cr2/view_force.h>

#include "view/draw/grid.h"

#define LABEL_AT 2
#define VALUE_AT 15
#define FLAG_ANON (1ULL << 12) /* of kpageflags */
#define FLAG_OWNER_2 (1ULL << 34)
#define FRAME_MASK ((1ULL << 55) - 1) /* of a pagemap entry */

/* One report's rows; the first failure sticks. */
struct page {
	const struct cr2_force_report *report;
	const struct cr2_style *style;
	struct cr2_text *text;
	struct rich cells[2]; /* of the row at hand: label, value */
	int error;
};

static struct rich *begin_row(struct page *page, const char *label)
{
	rich_clear(&page->cells[0]);
	rich_clear(&page->cells[1]);
	rich_keep(&page->cells[0], INK_NAME, "%s", label);
	return &page->cells[1];
}

static void end_row(struct page *page)
{
	unsigned width = page->style->width > VALUE_AT + 20 ? page->style->width - VALUE_AT : 20;
	const struct slot slots[] = {{LABEL_AT, VALUE_AT - LABEL_AT - 1}, {VALUE_AT, width}};

	if (page->error == 0)
		page->error = rich_row(page->text, page->style, 2, slots, page->cells);
}

static void headline(struct page *page, const char *kernel)
{
	struct rich left = {0}, right = {0};

	rich_printf(&left, INK_BOLD, "%s", cr2_force_name(page->report->force));
	rich_printf(&right, INK_DIM, "Linux %s", kernel);
	page->error = rich_ends(page->text, page->style, &left, &right);
	rich_finish(&left);
	rich_finish(&right);
	rich_add(&left, INK_PLAIN, cr2_force_lesson(page->report->force));
	if (page->error == 0)
		page->error = rich_paragraph(page->text, page->style, 0, &left);
	if (page->error == 0)
		page->error = cr2_text_append(page->text, "\n");
	rich_finish(&left);
}

/* ---- the access and its mapping ---- */

static void access_row(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	struct rich *cell = begin_row(page, "access");

	rich_keep(cell, INK_BOLD, "%s", cr2_op_name(report->op));
	rich_printf(cell, INK_PLAIN, " at 0x%" PRIx64, report->address);
	if (report->at[0] != '0')
		rich_keep(cell, INK_PLAIN, " = %s", report->at);
	rich_printf(cell, INK_PLAIN, " by %s", report->process);
	if (report->n_faults && report->fault.ip)
		rich_printf(cell, INK_PLAIN, ", ip 0x%" PRIx64, report->fault.ip);
	end_row(page);
}

/* As /proc/PID/maps has them. */
static void add_prot(struct rich *cell, const struct cr2_force_page *state)
{
	rich_keep(cell, INK_PLAIN, " %c%c%c%c", state->prot & CR2_PROT_READ ? 'r' : '-',
		  state->prot & CR2_PROT_WRITE ? 'w' : '-', state->prot & CR2_PROT_EXEC ? 'x' : '-',
		  state->shared ? 's' : 'p');
}

static void mapping_row(struct page *page)
{
	const struct cr2_force_page *before = &page->report->before, *after = &page->report->after;
	uint64_t pages = (after->end - after->start) >> CR2_PAGE_SHIFT;
	struct rich *cell = begin_row(page, "mapping");

	if (!after->mapped) {
		rich_add(cell, INK_PLAIN, "none at this address");
		end_row(page);
		return;
	}
	rich_keep(cell, INK_PLAIN, "0x%" PRIx64 "-0x%" PRIx64, after->start, after->end);
	add_prot(cell, after);
	rich_printf(cell, INK_PLAIN, ", %" PRIu64 " page%s, present", pages, pages == 1 ? "" : "s");
	if (before->mapped)
		rich_keep(cell, INK_PLAIN, " %" PRIu64 " →", before->present);
	rich_keep(cell, INK_PLAIN, " %" PRIu64, after->present);
	if (!before->mapped)
		rich_add(cell, INK_PLAIN, "; it grew down to the address");
	end_row(page);
}

/* ---- witnesses ---- */

static void add_code(struct page *page, struct rich *cell, uint64_t code)
{
	struct cr2_text binary = {0}, bits = {0};

	if (cr2_error_code_binary(code, &binary) < 0 || cr2_error_code_format(code, &bits) < 0) {
		page->error = -ENOMEM;
	} else {
		rich_keep(cell, INK_BOLD, "0x%" PRIx64, code);
		rich_keep(cell, INK_PLAIN, " = %s", binary.data);
		rich_printf(cell, INK_PLAIN, "  %s", bits.data);
	}
	cr2_text_finish(&binary);
	cr2_text_finish(&bits);
}

static void code_rows(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	struct rich *cell = begin_row(page, "error code");

	if (report->n_faults) {
		add_code(page, cell, report->fault.error_code);
		end_row(page);
		cell = begin_row(page, "");
		rich_printf(cell, INK_DIM, "from tracepoint page_fault_user, address 0x%" PRIx64,
			    report->fault.address);
	} else if (report->traced) {
		rich_add(cell, INK_BAD, "none: no page fault at this address");
	} else if (report->signal.number) {
		add_code(page, cell, report->signal.error_code);
		end_row(page);
		cell = begin_row(page, "");
		rich_add(cell, INK_DIM, "from the signal frame alone");
	} else {
		rich_add(cell, INK_WARN, "not known: it takes root to read the tracepoint");
	}
	end_row(page);
}

static void add_agreement(struct rich *cell, const struct cr2_force_report *report)
{
	switch (cr2_force_agreement(report)) {
	case CR2_FORCE_ONE_CODE:
		return;
	case CR2_FORCE_SAME:
		rich_add(cell, INK_GOOD, ": as the tracepoint says");
		return;
	case CR2_FORCE_HIDDEN:
		rich_add(cell, INK_WARN, ": the kernel sets P for every address beyond user space, so "
			 "as not to tell what it maps there; the CPU's own is the tracepoint's");
		return;
	case CR2_FORCE_DIFFERENT:
		rich_add(cell, INK_BAD, ": the tracepoint says otherwise");
		return;
	}
}

static const char *signal_name(int number)
{
	return number == 11 ? "SIGSEGV" : number == 7 ? "SIGBUS" : "signal";
}

static void signal_rows(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	const struct cr2_force_signal *signal = &report->signal;
	struct rich *cell = begin_row(page, "signal");

	if (!signal->number) {
		rich_add(cell, INK_PLAIN, "none: the instruction was made again, and went through");
		end_row(page);
		return;
	}
	rich_keep(cell, INK_BAD, "%s", signal_name(signal->number));
	rich_printf(cell, INK_PLAIN, " (%d), si_code %s (%d), si_addr 0x%" PRIx64, signal->number,
		    cr2_result_name(report->result), signal->code, signal->fault_address);
	end_row(page);
	cell = begin_row(page, "its frame");
	rich_keep(cell, INK_PLAIN, "trap %" PRIu64 ",", signal->trap);
	rich_printf(cell, INK_PLAIN, " CR2 0x%" PRIx64 ", ip 0x%" PRIx64 ",", signal->cr2,
		    signal->ip);
	rich_gap(cell, 1);
	rich_keep(cell, INK_BOLD, "error code 0x%" PRIx64, signal->error_code);
	add_agreement(cell, report);
	end_row(page);
}

static void path_row(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	const struct cr2_fault *fault = &report->fault;
	struct rich *cell = begin_row(page, "path");

	if (!report->n_faults)
		return;
	rich_keep(cell, INK_BOLD, "%s", cr2_path_name(fault->path));
	if (report->result == CR2_RESULT_OK)
		rich_add(cell, INK_PLAIN, fault->major ? ", major" : ", minor");
	rich_printf(cell, INK_PLAIN, ", %s: %s ", cr2_path_function(fault->path),
		    cr2_path_sentence(fault->path));
	rich_printf(cell, INK_DIM, "(%s)", cr2_evidence_name(fault->evidence));
	end_row(page);
}

/* Who counts what: the tracepoint every exception, the kernel those that it settled. */
static void counts_row(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	struct rich *cell = begin_row(page, "counts");

	if (report->traced)
		rich_printf(cell, report->exceptions == 1 ? INK_GOOD : INK_BAD,
			    "%u page-fault exception%s", report->exceptions,
			    report->exceptions == 1 ? "" : "s");
	rich_printf(cell, INK_PLAIN, "%sgetrusage: %" PRIu64 " minor, %" PRIu64 " major",
		    report->traced ? "; " : "", report->minor, report->major);
	if (report->signal.number && report->minor + report->major == 0)
		rich_add(cell, INK_DIM, " (it counts no fault that ends in a signal)");
	end_row(page);
}

/* ---- the page, before and after ---- */

static const char *kind_words(const struct cr2_force_report *report,
			      const struct cr2_force_page *state)
{
	static const char *const words[CR2_PAGE_COUNT] = {
		[CR2_PAGE_NOMAP] = "no mapping",
		[CR2_PAGE_NONE] = "not present",
		[CR2_PAGE_ZERO] = "the zero page",
		[CR2_PAGE_ANON] = "anonymous, 4 KiB",
		[CR2_PAGE_HUGE] = "anonymous, 2 MiB",
		[CR2_PAGE_HUGE_ZERO] = "the huge zero page",
		[CR2_PAGE_FILE] = "from the page cache",
		[CR2_PAGE_SWAP] = "swapped out",
	};

	if (!state->mapped)
		return words[CR2_PAGE_NOMAP];
	if (!report->traced)
		return state->entry >> 63 ? "present" : words[CR2_PAGE_NONE];
	return words[state->kind];
}

static void add_flags(struct grid *grid, struct rich *cell, enum cr2_flag_table table,
		      uint64_t value)
{
	struct cr2_text words = {0};
	struct cr2_flags flags;

	cr2_flags_decode(table, value, 0, &flags);
	if (value == 0)
		rich_add(cell, INK_DIM, "-");
	else if (cr2_flags_format(&flags, " ", &words) < 0)
		grid->error = -ENOMEM;
	else
		rich_add(cell, INK_PLAIN, words.data);
	cr2_text_finish(&words);
}

static void add_frame(struct rich *cell, const struct cr2_force_page *state)
{
	if (state->frame == CR2_NO_FRAME)
		rich_add(cell, INK_DIM, "-");
	else
		rich_keep(cell, INK_PLAIN, "0x%" PRIx64, state->frame);
}

static void add_maps(struct rich *cell, const struct cr2_force_page *state)
{
	if (state->frame == CR2_NO_FRAME)
		rich_add(cell, INK_DIM, "-");
	else
		rich_keep(cell, INK_PLAIN, "%" PRIu64, state->maps);
}

/* PG_anon_exclusive, which since 5.19 decides between copy and reuse, is owner_2. */
static void add_exclusive(struct rich *cell, const struct cr2_force_page *state)
{
	if (state->frame == CR2_NO_FRAME || !(state->flags & FLAG_ANON))
		rich_add(cell, INK_DIM, "-");
	else
		rich_add(cell, INK_PLAIN, state->flags & FLAG_OWNER_2 ? "yes" : "no");
}

static struct rich *table_row(struct grid *grid, const char *label)
{
	struct rich *cells = grid_row(grid);

	if (cells)
		rich_keep(&cells[0], INK_NAME, "%s", label);
	return cells;
}

static void add_frame_rows(struct page *page, struct grid *grid)
{
	const struct cr2_force_page *states[] = {&page->report->before, &page->report->after};
	struct rich *cells = table_row(grid, "frame");

	for (size_t i = 0; cells && i < 2; i++)
		add_frame(&cells[i + 1], states[i]);
	cells = table_row(grid, "mapped");
	for (size_t i = 0; cells && i < 2; i++)
		add_maps(&cells[i + 1], states[i]);
	cells = table_row(grid, "exclusive");
	for (size_t i = 0; cells && i < 2; i++)
		add_exclusive(&cells[i + 1], states[i]);
	cells = table_row(grid, "kpageflags");
	for (size_t i = 0; cells && i < 2; i++)
		add_flags(grid, &cells[i + 1], CR2_FLAGS_FRAME, states[i]->flags);
}

/* Two columns that share the room, so that both wrap alike. */
static void page_table(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	const struct cr2_force_page *states[] = {&report->before, &report->after};
	unsigned width = page->style->width;
	unsigned half = width > VALUE_AT + 40 ? (width - VALUE_AT) / 2 - 2 : 20;
	struct grid grid = {
		.columns = 3, .at = LABEL_AT, .limits = {VALUE_AT - LABEL_AT, half, half},
	};
	struct rich *cells = table_row(&grid, "");

	if (cells) {
		rich_pad(&cells[0], VALUE_AT - LABEL_AT - 2);
		rich_add(&cells[1], INK_DIM, "before");
		rich_add(&cells[2], INK_DIM, "after");
	}
	cells = table_row(&grid, "page");
	for (size_t i = 0; cells && i < 2; i++)
		rich_add(&cells[i + 1], INK_BOLD, kind_words(report, states[i]));
	cells = table_row(&grid, "pagemap");
	for (size_t i = 0; cells && i < 2; i++)
		add_flags(&grid, &cells[i + 1], CR2_FLAGS_PAGEMAP, states[i]->entry & ~FRAME_MASK);
	if (report->traced)
		add_frame_rows(page, &grid);
	if (page->error == 0)
		page->error = grid_draw(&grid, page->style, page->text);
	grid_finish(&grid);
}

static void old_frame_row(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	struct rich *cell;

	if (report->before.frame == CR2_NO_FRAME || report->before.frame == report->after.frame)
		return;
	cell = begin_row(page, "old frame");
	rich_printf(cell, INK_PLAIN, "0x%" PRIx64 ": mapped %" PRIu64 " → %" PRIu64,
		    report->before.frame, report->before.maps, report->old_frame_maps);
	end_row(page);
}

static void closing_rows(struct page *page)
{
	const struct cr2_force_report *report = page->report;
	struct rich *cell;

	if (report->expected) {
		cell = begin_row(page, "not met");
		rich_printf(cell, INK_BAD, "expected %s, seen %s", report->expected, report->seen);
		end_row(page);
	}
	cell = begin_row(page, "try next");
	rich_add(cell, INK_PLAIN, cr2_force_next(report->force));
	end_row(page);
	cell = begin_row(page, "");
	rich_keep(cell, INK_PLAIN, "cr2 force --scenario %s | cr2 run --explain -",
		  cr2_force_name(report->force));
	end_row(page);
}

int cr2_view_force(const struct cr2_force_report *report, const char *kernel,
		   const struct cr2_style *style, struct cr2_text *text)
{
	struct page page = {.report = report, .style = style, .text = text};

	headline(&page, kernel);
	access_row(&page);
	mapping_row(&page);
	code_rows(&page);
	signal_rows(&page);
	path_row(&page);
	counts_row(&page);
	if (report->after.mapped)
		page_table(&page);
	old_frame_row(&page);
	closing_rows(&page);
	rich_finish(&page.cells[0]);
	rich_finish(&page.cells[1]);
	return page.error;
}
