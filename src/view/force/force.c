/* SPDX-License-Identifier: MIT */
/* A forced fault: one row a witness, then the page before and after. What was not seen is null. */
#include <inttypes.h>

#include <cr2/flags.h>
#include <cr2/view_force.h>

#include "view/draw/field.h"

static const struct field_block heading_block = {.columns = 2, .ends = true, .joined = true};
static const struct field_block lesson_block = {.columns = 1, .joined = true};
static const struct field_block rows_block = {.columns = 2, .at = 2, .first = 11};
static const struct field_block more_block = {.columns = 2, .at = 2, .first = 11, .joined = true};
/* Two columns that share the room, so that both wrap alike. */
static const struct field_block pages_block = {
	.columns = 3, .at = 2, .first = 11, .percent = {0, 41, 41}, .joined = true, .beside = true,
};

static void heading(struct fields *f, const struct cr2_force_report *report, const char *kernel)
{
	fields_block(f, &heading_block);
	fields_cells(f);
	field_text(f, KIND, cr2_force_name(report->force), .form = "%", .ink = INK_BOLD);
	fields_cell(f);
	field_text(f, KERNEL, kernel, .form = "Linux %", .ink = INK_DIM);
	fields_block(f, &lesson_block);
	fields_cells(f);
	field_text(f, LESSON, cr2_force_lesson(report->force), .form = "%");
}

/* ---- the access and its mapping ---- */

static void access_row(struct fields *f, const struct cr2_force_report *report)
{
	bool named = report->at[0] != '0';

	fields_row(f, "access");
	field_text(f, OP, cr2_op_name(report->op), .form = "%", .ink = INK_BOLD);
	field_hex(f, ADDR, report->address, .form = " at %");
	field_text(f, AT, report->at, .form = named ? " = %" : NULL, .keep = true);
	field_text(f, PROC, report->process, .form = " by %");
	if (report->n_faults && report->fault.ip)
		fields_say(f, INK_PLAIN, ", ip 0x%" PRIx64, report->fault.ip);
	field_text(f, RESULT, cr2_result_name(report->result));
	field_bool(f, TRACED, report->traced);
}

/* As /proc/PID/maps has them. */
static const char *letters(struct fields *f, const struct cr2_force_page *page)
{
	return fields_printf(f, "%c%c%c%c", page->prot & CR2_PROT_READ ? 'r' : '-',
			     page->prot & CR2_PROT_WRITE ? 'w' : '-',
			     page->prot & CR2_PROT_EXEC ? 'x' : '-', page->shared ? 's' : 'p');
}

static void mapping_row(struct fields *f, const struct cr2_force_report *report)
{
	const struct cr2_force_page *page = &report->after;
	uint64_t pages = (page->end - page->start) >> CR2_PAGE_SHIFT;

	fields_row(f, "mapping");
	if (!page->mapped) {
		field_text(f, MAPPING, NULL, .form = "%", .none = "none at this address");
		return;
	}
	fields_object(f, CR2_KEY_MAPPING);
	field_hex(f, START, page->start, .form = "%-", .keep = true);
	field_hex(f, END, page->end, .form = "%", .keep = true);
	field_text(f, PROT, letters(f, page), .form = " %", .keep = true);
	fields_say(f, INK_PLAIN, ", %" PRIu64 " page%s", pages, pages == 1 ? "" : "s");
	field_bool(f, GROWN, !report->before.mapped, .form = "%",
		   .words = {"", "; it grew down to the address"});
	fields_end(f);
}

/* ---- witnesses ---- */

static void add_code(struct fields *f, uint64_t code)
{
	struct cr2_text binary = {0}, bits = {0};
	int r = cr2_error_code_binary(code, &binary);

	fields_keep(f, INK_BOLD, "0x%" PRIx64, code);
	fields_keep(f, INK_PLAIN, " = %s", fields_take(f, &binary, r));
	r = cr2_error_code_format(code, &bits);
	fields_say(f, INK_PLAIN, "  %s", fields_take(f, &bits, r));
}

static void code_rows(struct fields *f, const struct cr2_force_report *report)
{
	fields_row(f, "error code");
	if (report->n_faults) {
		add_code(f, report->fault.error_code);
		fields_row(f, "");
		fields_say(f, INK_DIM, "from tracepoint page_fault_user, address 0x%" PRIx64,
			   report->fault.address);
	} else if (report->traced) {
		fields_say(f, INK_BAD, "none: no page fault at this address");
	} else if (report->signal.number) {
		add_code(f, report->signal.error_code);
		fields_row(f, "");
		fields_say(f, INK_DIM, "from the signal frame alone");
	} else {
		fields_say(f, INK_WARN, "not known: reading the tracepoint needs root");
	}
}

/* The tracepoint's error code beside the signal frame's. */
static void add_agreement(struct fields *f, const struct cr2_force_report *report)
{
	static const struct {
		const char *word, *says;
		enum ink ink;
	} rows[] = {
		[CR2_FORCE_ONE_CODE] = {NULL, "", INK_PLAIN},
		[CR2_FORCE_SAME] = {"same", ": as the tracepoint says", INK_GOOD},
		[CR2_FORCE_HIDDEN] = {"hidden", ": the kernel sets P for every address beyond user "
			"space, so as not to reveal what it maps there; the CPU's own is the tracepoint's",
			INK_WARN},
		[CR2_FORCE_DIFFERENT] = {"different", ": the tracepoint says otherwise", INK_BAD},
	};
	enum cr2_force_agreement agreement = cr2_force_agreement(report);

	field_text(f, CODES, rows[agreement].word, .form = rows[agreement].says,
		   .ink = rows[agreement].ink);
}

static const char *signal_name(int number)
{
	return number == 11 ? "SIGSEGV" : number == 7 ? "SIGBUS" : "signal";
}

static void signal_rows(struct fields *f, const struct cr2_force_report *report)
{
	const struct cr2_force_signal *signal = &report->signal;

	fields_row(f, "signal");
	if (!signal->number) {
		field_text(f, SIGNAL, NULL, .form = "%",
			   .none = "none: the instruction was made again, and went through");
		field_text(f, CODES, NULL);
		return;
	}
	fields_object(f, CR2_KEY_SIGNAL);
	fields_keep(f, INK_BAD, "%s", signal_name(signal->number));
	field_number(f, SIGNO, (uint64_t)signal->number, .form = " (%),");
	fields_say(f, INK_PLAIN, " si_code %s", cr2_result_name(report->result));
	field_number(f, CODE, (uint64_t)signal->code, .form = " (%),");
	field_hex(f, ADDR, signal->fault_address, .form = " si_addr %");
	fields_row(f, "its frame");
	field_number(f, TRAP, signal->trap, .form = "trap %,", .keep = true);
	field_hex(f, CR2, signal->cr2, .form = " CR2 %,");
	field_hex(f, IP, signal->ip, .form = " ip %,");
	fields_say(f, INK_PLAIN, " ");
	field_hex(f, ERROR, signal->error_code, .form = "error code %", .ink = INK_BOLD, .keep = true);
	fields_end(f);
	add_agreement(f, report);
}

/* What settled the fault, as this kernel calls it. */
static const char *function(const struct cr2_force_report *report, const char *release)
{
	int kernel = 0;

	if (report->fault.path == CR2_PATH_SEGV_MAPERR && report->address >> 63)
		return "bad_area_nosemaphore";
	cr2_kernel_parse(release, &kernel);
	return cr2_function_in(cr2_path_function(report->fault.path), kernel);
}

static void path_row(struct fields *f, const struct cr2_force_report *report,
		     const char *release)
{
	const struct cr2_fault *fault = &report->fault;
	bool settled = report->result == CR2_RESULT_OK;

	if (!report->traced || !report->n_faults) {
		field_text(f, FAULT, NULL);
		return;
	}
	fields_row(f, "path");
	fields_object(f, CR2_KEY_FAULT);
	field_hex(f, ERROR, fault->error_code);
	field_hex(f, ADDR, fault->address);
	field_hex(f, IP, fault->ip);
	field_text(f, PATH, cr2_path_name(fault->path), .form = "%", .ink = INK_BOLD);
	field_bool(f, MAJOR, fault->major, .form = settled ? ", %" : NULL,
		   .words = {"minor", "major"});
	fields_say(f, INK_PLAIN, ", %s: %s ", function(report, release),
		   cr2_path_sentence(fault->path));
	field_text(f, EVIDENCE, cr2_evidence_name(fault->evidence), .form = "(%)", .ink = INK_DIM);
	fields_end(f);
}

/* The tracepoint counts every exception, the kernel those that it settled. */
static void counts_row(struct fields *f, const struct cr2_force_report *report)
{
	bool one = report->exceptions == 1;

	fields_row(f, "counts");
	field_number(f, EXCEPTIONS, report->exceptions, .absent = !report->traced,
		     .form = one ? "% page-fault exception" : "% page-fault exceptions",
		     .ink = one ? INK_GOOD : INK_BAD);
	fields_say(f, INK_PLAIN, report->traced ? "; getrusage: " : "getrusage: ");
	field_number(f, MINFLT, report->minor, .form = "% minor, ");
	field_number(f, MAJFLT, report->major, .form = "% major");
	if (report->signal.number && report->minor + report->major == 0)
		fields_say(f, INK_DIM, " (it counts no fault that ends in a signal)");
}

/* ---- the page, before and after ---- */

static const char *kind_words(const struct cr2_force_report *report,
			      const struct cr2_force_page *page)
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
		[CR2_PAGE_GUARD] = "a guard page",
		[CR2_PAGE_POISON] = "a page that is lost",
	};

	if (!page->mapped)
		return words[CR2_PAGE_NOMAP];
	if (!report->traced)
		return page->entry & CR2_PAGEMAP(PRESENT) ? "present" : words[CR2_PAGE_NONE];
	return words[page->kind];
}

static const char *token(const struct cr2_force_report *report, const struct cr2_force_page *page)
{
	if (!report->traced)
		return NULL;
	return page->kind == CR2_PAGE_FILE ? "F" : cr2_page_token(page->kind);
}

/* What only root sees. */
static void frame_rows(struct fields *f, const struct cr2_force_page *page, bool shown)
{
	bool frame = page->frame != CR2_NO_FRAME;
	bool anonymous = frame && page->flags & CR2_FRAME_FLAG(ANON);
	const char *form = shown ? "%" : NULL;

	if (shown)
		fields_row(f, "frame");
	field_hex(f, PFN, page->frame, .absent = !frame, .form = form, .none = "-");
	if (shown)
		fields_row(f, "mapped");
	field_number(f, MAPS, page->maps, .absent = !frame, .form = form, .none = "-");
	if (shown)
		fields_row(f, "exclusive");
	field_bool(f, EXCLUSIVE, page->flags & CR2_FRAME_FLAG(ANON_EXCLUSIVE), .absent = !anonymous,
		   .form = form, .none = "-", .words = {"no", "yes"});
	if (shown)
		fields_row(f, "kpageflags");
	field_flags(f, KPAGEFLAGS, fields_decode(f, cr2_frame_table(page->flags), page->flags, 0),
		    .absent = !frame, .form = form, .none = "-");
}

static void page_column(struct fields *f, const struct cr2_force_report *report,
			const struct cr2_force_page *page, enum cr2_key key)
{
	uint64_t entry = page->entry & ~CR2_PAGEMAP_FRAME_MASK;
	bool shown = report->after.mapped;
	const char *form = shown ? "%" : NULL;

	fields_column(f, key, cr2_key_name(key));
	if (shown) {
		fields_row(f, "page");
		fields_say(f, INK_BOLD, "%s", kind_words(report, page));
	}
	field_text(f, TOKEN, token(report, page));
	if (shown)
		fields_row(f, "in memory");
	field_number(f, PAGES_PRESENT, page->present, .absent = !page->mapped, .none = "-",
		     .form = !shown ? NULL : page->present == 1 ? "% page of the mapping"
							       : "% pages of the mapping");
	if (shown)
		fields_row(f, "pagemap");
	field_flags(f, PAGEMAP, fields_decode(f, CR2_FLAGS_PAGEMAP, entry, 0), .form = form,
		    .none = "-");
	frame_rows(f, page, shown && report->traced);
	fields_end(f);
}

static void pages(struct fields *f, const struct cr2_force_report *report)
{
	fields_block(f, report->after.mapped ? &pages_block : &more_block);
	page_column(f, report, &report->before, CR2_KEY_BEFORE);
	page_column(f, report, &report->after, CR2_KEY_AFTER);
}

static void old_frame_row(struct fields *f, const struct cr2_force_report *report)
{
	const struct cr2_force_page *before = &report->before;
	bool had = before->frame != CR2_NO_FRAME, left = had && before->frame != report->after.frame;

	if (left) {
		fields_row(f, "old frame");
		fields_say(f, INK_PLAIN, "0x%" PRIx64 ": mapped %" PRIu64 " ", before->frame,
			   before->maps);
	}
	field_number(f, OLD_FRAME_MAPS, report->old_frame_maps, .absent = !had,
		     .form = left ? "→ %" : NULL);
}

static void closing_rows(struct fields *f, const struct cr2_force_report *report)
{
	if (report->expected)
		fields_row(f, "not met");
	field_text(f, EXPECTED, report->expected, .form = "expected %", .ink = INK_BAD);
	field_text(f, SEEN, report->seen, .form = ", seen %", .ink = INK_BAD);
	fields_row(f, "try next");
	fields_say(f, INK_PLAIN, "%s", cr2_force_next(report->force));
	fields_row(f, "");
	fields_keep(f, INK_PLAIN, "cr2 force --scenario %s | cr2 run --explain -",
		    cr2_force_name(report->force));
	field_bool(f, HOLDS, cr2_force_holds(report), .absent = !report->traced);
}

static void fill(struct fields *f, const struct cr2_force_report *report, const char *kernel)
{
	heading(f, report, kernel);
	fields_block(f, &rows_block);
	access_row(f, report);
	mapping_row(f, report);
	code_rows(f, report);
	signal_rows(f, report);
	path_row(f, report, kernel);
	counts_row(f, report);
	pages(f, report);
	fields_block(f, &more_block);
	old_frame_row(f, report);
	closing_rows(f, report);
}

int cr2_view_force(const struct cr2_force_report *report, const char *kernel,
		   const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, report, kernel);
	return fields_draw(&f, style, text);
}

int cr2_view_force_json(const struct cr2_force_report *report, const char *kernel,
			struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, report, kernel);
	return fields_json(&f, text);
}
