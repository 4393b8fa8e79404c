/* SPDX-License-Identifier: MIT */
/*
 * A crash report for people: a headline, then one row a fact. What the log does not prove is
 * said to be likely; what it does not hold is left out, and the last row tells how to get it.
 */
#include <string.h>

#include <cr2/decode.h>
#include <cr2/flags.h>
#include <cr2/view_log.h>

#include "log_words.h"
#include "view/draw/rich.h"

#define LABEL_AT 2
#define VALUE_AT 15

/* One report's rows; the first failure sticks. */
struct page {
	const struct cr2_log_report *report;
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

/* ---- headline ---- */

static void headline(struct page *page, const char *source)
{
	const struct cr2_log_report *report = page->report;
	struct rich left = {0}, right = {0};

	rich_printf(&left, INK_BOLD, "%s", report->kind == CR2_LOG_OOPS ? "kernel oops" : report->what);
	if (report->number)
		rich_printf(&left, INK_PLAIN, " #%u", report->number);
	if (report->kind == CR2_LOG_OOPS)
		rich_printf(&left, INK_PLAIN, ": %s", report->what);
	if (log_has(report, CR2_LOG_HAS_PID)) {
		rich_add(&left, INK_PLAIN, report->kind == CR2_LOG_OOPS ? " while running " : " of ");
		rich_printf(&left, INK_BOLD, "%s", report->comm);
		rich_printf(&left, INK_PLAIN, "[%u]", report->pid);
	}
	rich_printf(&right, INK_DIM, "%s", report->when);
	if (source)
		rich_printf(&right, INK_DIM, "%s%s:%llu", report->when[0] ? " " : "", source,
			    (unsigned long long)report->line);
	page->error = rich_ends(page->text, page->style, &left, &right);
	rich_finish(&left);
	rich_finish(&right);
}

/* ---- what was accessed, and what it looks like ---- */

/* General protection has no error code that tells more than the address. */
static void protection_access(struct page *page, struct rich *cell)
{
	const struct cr2_log_report *report = page->report;

	if (!log_has(report, CR2_LOG_HAS_ADDR))
		return;
	rich_printf(cell, INK_BOLD, "0x%llx", (unsigned long long)report->addr);
	rich_printf(cell, INK_PLAIN, " in %s mode", report->user ? "user" : "kernel");
	end_row(page);
}

static void access_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	const char *access = log_access_name(report);
	struct rich *cell = begin_row(page, "access");

	if (!access) {
		protection_access(page, cell);
		return;
	}
	rich_add(cell, INK_PLAIN, report->fetch ? "instruction fetch from " :
				  report->write ? "write to " : "read of ");
	if (log_has(report, CR2_LOG_HAS_ADDR))
		rich_printf(cell, INK_BOLD, "0x%llx", (unsigned long long)report->addr);
	else
		rich_add(cell, INK_PLAIN, "an address that the log does not hold");
	rich_printf(cell, INK_PLAIN, " in %s mode", report->user ? "user" : "kernel");
	if (report->in_user_code && !report->user)
		rich_add(cell, INK_PLAIN, ", made by the CPU itself while it ran user code");
	if (report->error_sanitised)
		rich_add(cell, INK_PLAIN, "; whether the page is present the log hides");
	else if (report->error & CR2_PF(P))
		rich_add(cell, INK_PLAIN, "; the page is present, but not for this access");
	else
		rich_add(cell, INK_PLAIN, "; the page is not present");
	end_row(page);
}

static void error_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	struct cr2_text binary = {0}, bits = {0};
	struct rich *cell = begin_row(page, "error code");

	if (!log_access_name(report) || !log_has(report, CR2_LOG_HAS_ERROR))
		return;
	if (cr2_error_code_binary(report->error, &binary) < 0 ||
	    cr2_error_code_format(report->error, &bits) < 0) {
		page->error = -12;
	} else {
		rich_keep(cell, INK_PLAIN, "0x%llx = %s", (unsigned long long)report->error, binary.data);
		rich_printf(cell, INK_PLAIN, "  %s", bits.data);
		if (report->error_sanitised)
			rich_add(cell, INK_WARN, "; the kernel sets P for every address beyond user "
				 "space, so as not to tell what it maps there");
		end_row(page);
	}
	cr2_text_finish(&binary);
	cr2_text_finish(&bits);
}

static void stack_distance(struct rich *cell, const struct cr2_log_report *report)
{
	bool above = report->addr >= report->sp;

	if (!log_has(report, CR2_LOG_HAS_ADDR | CR2_LOG_HAS_SP) || report->guard_page)
		return;
	rich_printf(cell, INK_PLAIN, "; sp is 0x%llx, %llu bytes %s", (unsigned long long)report->sp,
		    (unsigned long long)(above ? report->addr - report->sp : report->sp - report->addr),
		    above ? "below it" : "above it");
}

static void data_place(struct rich *cell, const struct cr2_symbol_place *place)
{
	if (!place->data_known)
		return;
	rich_add(cell, INK_PLAIN, "; it is ");
	if (place->data_symbol[0])
		rich_printf(cell, INK_BOLD, "%s+0x%llx", place->data_symbol,
			    (unsigned long long)place->data_offset);
	if (place->data_section[0])
		rich_printf(cell, INK_PLAIN, "%s%s", place->data_symbol[0] ? " in " : "in ",
			    place->data_section);
	rich_printf(cell, INK_PLAIN, "%s(mapped r%c%c)",
		    place->data_symbol[0] || place->data_section[0] ? " " : "in a segment ",
		    place->data_write ? 'w' : '-', place->data_exec ? 'x' : '-');
}

static void pointer_words(struct rich *cell, const struct cr2_log_report *report)
{
	const struct cr2_log_insn *insn = &report->insn;
	uint64_t pointer;
	const char *error;

	if (!log_pointer(report, &pointer))
		return;
	error = log_error_name(pointer);
	if (report->pattern == CR2_LOG_PATTERN_ERROR_POINTER)
		rich_printf(cell, INK_PLAIN, "; it is %lld%s%s%s%s", (long long)pointer,
			    error ? ", -" : "", error ? error : "",
			    report->user && pointer == UINT64_MAX ? ", or MAP_FAILED" : "",
			    insn->has_base_value && insn->displacement ? ", with an offset" : "");
	if (report->pattern == CR2_LOG_PATTERN_NEAR_NULL && insn->has_base_value && !pointer)
		rich_printf(cell, INK_PLAIN, ", at offset %s0x%llx", insn->displacement < 0 ? "-" : "",
			    (unsigned long long)(insn->displacement < 0 ? -(uint64_t)insn->displacement :
									  (uint64_t)insn->displacement));
	else if (report->pattern == CR2_LOG_PATTERN_NEAR_NULL && log_has(report, CR2_LOG_HAS_RANGE))
		rich_printf(cell, INK_PLAIN, ": KASAN names the range 0x%llx to 0x%llx",
			    (unsigned long long)report->range_start,
			    (unsigned long long)report->range_end);
	else if (report->pattern == CR2_LOG_PATTERN_NEAR_NULL)
		rich_printf(cell, INK_PLAIN, ", at offset 0x%llx if the pointer was 0",
			    (unsigned long long)report->addr);
}

static void pattern_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	struct rich *cell = begin_row(page, "pattern");

	if (report->pattern == CR2_LOG_PATTERN_NONE)
		return;
	rich_add(cell, INK_WARN, cr2_log_pattern_name(report->pattern));
	rich_printf(cell, INK_PLAIN, "%s  %s", report->pattern_likely ? " (likely)" : "",
		    cr2_log_pattern_sentence(report->pattern));
	pointer_words(cell, report);
	if (report->pattern == CR2_LOG_PATTERN_STACK)
		stack_distance(cell, report);
	else
		data_place(cell, &report->place);
	end_row(page);
}

static void bytes_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	const struct cr2_poison *poison;
	uint64_t offset, pointer;
	char letters[9];
	struct rich *cell;

	poison = log_poison(report, &offset);
	if (poison) {
		cell = begin_row(page, "poison");
		rich_add(cell, INK_WARN, poison->name);
		if (offset)
			rich_printf(cell, INK_PLAIN, " + 0x%llx", (unsigned long long)offset);
		rich_printf(cell, INK_PLAIN, ": the pointer was read from %s", poison->meaning);
		end_row(page);
	} else if (log_pointer(report, &pointer) && log_spells(pointer, letters)) {
		cell = begin_row(page, "letters");
		rich_printf(cell, INK_PLAIN, "the bytes of 0x%llx spell \"%s\": text lies where a "
			    "pointer should", (unsigned long long)pointer, letters);
		end_row(page);
	} else if (log_one_bit(report)) {
		rich_add(begin_row(page, "one bit"), INK_PLAIN, "is set in the pointer: so a NULL pointer "
			 "looks when a bit of memory has flipped");
		end_row(page);
	}
}

/* A general protection fault has several causes, and a line without registers proves none. */
static void alternatives_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;

	if (report->kind != CR2_LOG_TRAP || report->pattern != CR2_LOG_PATTERN_NON_CANONICAL ||
	    !report->pattern_likely)
		return;
	rich_add(begin_row(page, "or"), INK_PLAIN, report->insn.text[0] ?
		 "another cause: the log has no registers that would say which" :
		 "an SSE operand that is not aligned, or a privileged instruction: the log has neither "
		 "the code nor the registers that would say which");
	end_row(page);
}

/* ---- where from ---- */

static void match_words(struct rich *cell, const struct cr2_symbol_place *place)
{
	static const char *const words[] = {
		[CR2_SYMBOL_NO_FILE] = "",
		[CR2_SYMBOL_UNVERIFIED] = "found by its name, not verified",
		[CR2_SYMBOL_SAME] = "its code is the log's",
		[CR2_SYMBOL_DIFFERS] = "not the one that crashed: its code differs from the log's",
	};

	if (place->match != CR2_SYMBOL_NO_FILE)
		rich_printf(cell, place->match == CR2_SYMBOL_SAME ? INK_DIM : INK_WARN, "  (%s: %s)",
			    place->path, words[place->match]);
}

static void source_words(struct rich *cell, const struct cr2_symbol_place *place)
{
	if (place->inlined[0])
		rich_printf(cell, INK_BOLD, "%s", place->inlined);
	if (place->inlined[0] && place->symbol[0])
		rich_printf(cell, INK_PLAIN, " inlined in %s+0x%llx", place->symbol,
			    (unsigned long long)place->symbol_offset);
	else if (place->symbol[0])
		rich_printf(cell, INK_BOLD, "%s+0x%llx", place->symbol,
			    (unsigned long long)place->symbol_offset);
	if (place->file[0])
		rich_printf(cell, INK_BOLD, "%s%s:%d", place->symbol[0] || place->inlined[0] ? " " : "",
			    place->file, place->line);
}

static void object_words(struct rich *cell, const struct cr2_log_report *report)
{
	uint64_t within = report->ip - report->object_start;

	if (log_has(report, CR2_LOG_HAS_FILE_OFFSET))
		rich_printf(cell, INK_PLAIN, "%s, file offset 0x%llx", report->object,
			    (unsigned long long)report->file_offset);
	else
		rich_printf(cell, INK_PLAIN, "%s, 0x%llx bytes into the mapping at 0x%llx",
			    report->object, (unsigned long long)within,
			    (unsigned long long)report->object_start);
}

static void user_place(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	const struct cr2_symbol_place *place = &report->place;
	struct rich *cell = begin_row(page, "from");

	rich_printf(cell, INK_PLAIN, "ip 0x%llx", (unsigned long long)report->ip);
	if (place->symbol[0] || place->file[0]) {
		rich_add(cell, INK_PLAIN, " = ");
		source_words(cell, place);
	}
	end_row(page);
	cell = begin_row(page, "");
	if (!log_in_object(report)) {
		rich_add(cell, INK_PLAIN, report->fetch ? "nothing that runs is there: the caller is lost" :
			 "in no file: code made at run time, or the stack or heap");
	} else {
		object_words(cell, report);
		match_words(cell, place);
	}
	end_row(page);
}

static void kernel_place(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	struct rich *cell = begin_row(page, "from");

	if (!log_has(report, CR2_LOG_HAS_FUNCTION) && !log_has(report, CR2_LOG_HAS_IP))
		return;
	if (log_has(report, CR2_LOG_HAS_FUNCTION))
		rich_printf(cell, INK_BOLD, "%s+0x%llx/0x%llx", report->function,
			    (unsigned long long)report->function_offset,
			    (unsigned long long)report->function_size);
	else
		rich_printf(cell, INK_BOLD, "ip 0x%llx", (unsigned long long)report->ip);
	if (report->module[0])
		rich_printf(cell, INK_PLAIN, " in module %s", report->module);
	if (report->place.file[0]) {
		rich_add(cell, INK_PLAIN, " = ");
		source_words(cell, &report->place);
	}
	match_words(cell, &report->place);
	end_row(page);
}

static void kernel_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	struct rich *cell = begin_row(page, "kernel");

	if (!report->release[0])
		return;
	rich_add(cell, INK_PLAIN, report->release);
	if (report->taint[0])
		rich_printf(cell, INK_PLAIN, "%s%s", strcmp(report->taint, "Not tainted") ?
			    ", tainted: " : ", ", report->taint);
	end_row(page);
}

/* ---- the instruction ---- */

static void instruction_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	const struct cr2_log_insn *insn = &report->insn;
	struct rich *cell = begin_row(page, "instruction");
	struct cr2_text bytes = {0};

	if (!insn->text[0])
		return;
	for (int i = 0; i < insn->length && page->error == 0; i++)
		page->error = cr2_text_printf(&bytes, i ? " %02x" : "%02x", insn->bytes[i]);
	rich_keep(cell, INK_BOLD, "%s", insn->text);
	rich_gap(cell, 4);
	rich_keep(cell, INK_DIM, "%s", page->error ? "" : bytes.data);
	if (insn->from_file)
		rich_add(cell, INK_WARN, " (read from the file)");
	if (report->fetch && log_has(report, CR2_LOG_HAS_ACCESS))
		rich_add(cell, INK_PLAIN, " (what lies there; it never ran)");
	end_row(page);
	cr2_text_finish(&bytes);
}

static void operand_row(struct page *page)
{
	const struct cr2_log_insn *insn = &page->report->insn;
	struct rich *cell = begin_row(page, "operand");

	if (!insn->operand[0])
		return;
	rich_keep(cell, INK_PLAIN, "%s", insn->operand);
	if (insn->has_address)
		rich_printf(cell, INK_PLAIN, " = 0x%llx", (unsigned long long)insn->address);
	if (insn->size > 1)
		rich_printf(cell, INK_PLAIN, ", %u bytes", insn->size);
	if (insn->has_base_value)
		rich_printf(cell, INK_PLAIN, "; %s %s 0x%llx%s", cr2_register_wide_name(insn->base),
			    insn->base_inferred ? "must have been" : "is",
			    (unsigned long long)insn->base_value,
			    insn->base_inferred && insn->displacement ? " (address minus offset)" : "");
	end_row(page);
}

static void code_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	struct rich *cell = begin_row(page, "instruction");

	if (!report->code_unreadable || report->insn.text[0] ||
	    (report->fetch && log_has(report, CR2_LOG_HAS_ACCESS)))
		return;
	rich_add(cell, INK_PLAIN, "the kernel could not read the bytes at ip");
	end_row(page);
}

/* ---- the page tables ---- */

static bool is_leaf(const struct cr2_log_report *report, int level)
{
	uint64_t entry = report->entries[level];

	return level == CR2_LEVEL_PTE || !(entry & CR2_PTE(P)) ||
	       ((level == CR2_LEVEL_PUD || level == CR2_LEVEL_PMD) && entry & CR2_PTE(PSE));
}

static void entry_row(struct page *page, int level, const char *label)
{
	uint64_t entry = page->report->entries[level];
	struct cr2_text flags = {0};
	struct rich *cell = begin_row(page, label);

	rich_keep(cell, INK_BOLD, "%-4s", cr2_level_name((enum cr2_level)level));
	rich_keep(cell, INK_PLAIN, "0x%-16llx  ", (unsigned long long)entry);
	if (!(entry & CR2_PTE(P))) {
		rich_add(cell, INK_PLAIN, entry ? "not present; the bits are the kernel's own note" :
			 "empty: the walk ends here");
	} else if (cr2_entry_flags_format(entry, (enum cr2_level)level, 0, &flags) < 0) {
		page->error = -12;
	} else {
		rich_add(cell, INK_PLAIN, flags.data);
		if (level == page->report->refused)
			rich_printf(cell, INK_WARN, "; this one refuses the %s", log_access_name(page->report));
	}
	end_row(page);
	cr2_text_finish(&flags);
}

static void entries_rows(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	const char *label = "page tables";

	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--) {
		if (!(report->entries_known & 1 << level))
			continue;
		entry_row(page, level, label);
		label = "";
		if (is_leaf(report, level))
			break;
	}
	if (report->entries_bad) {
		struct rich *cell = begin_row(page, label);

		rich_add(cell, INK_PLAIN, "BAD: the kernel could not read the next table");
		end_row(page);
	}
}

/* ---- what to do next ---- */

/* Programs that are not PIE are linked to here, and nothing else is ever loaded so low. */
static bool is_fixed(const struct cr2_log_report *report)
{
	return report->object_start >= 0x400000 && report->object_start < 0x40000000;
}

static void next_user(struct rich *cell, const struct cr2_log_report *report)
{
	const struct cr2_symbol_place *place = &report->place;
	bool offset = log_has(report, CR2_LOG_HAS_FILE_OFFSET);
	uint64_t address = place->has_address ? place->address : is_fixed(report) ? report->ip :
			   offset ? report->file_offset : report->ip - report->object_start;

	rich_keep(cell, INK_BOLD, "addr2line -Cfie %s 0x%llx", report->object,
		  (unsigned long long)address);
	if (place->has_address || is_fixed(report))
		rich_add(cell, INK_PLAIN, " with its debug information");
	else if (offset)
		rich_add(cell, INK_PLAIN, " (a file offset: add VirtAddr minus Offset of its LOAD line "
					  "in readelf -lW)");
	else
		rich_add(cell, INK_PLAIN, " (add VirtAddr of the LOAD line with E in readelf -lW, "
					  "rounded down to a page)");
}

static void next_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	struct rich *cell = begin_row(page, "next");

	if (report->place.file[0] || (report->fetch && log_has(report, CR2_LOG_HAS_ACCESS)))
		return;
	if (report->kind != CR2_LOG_OOPS && log_in_object(report)) {
		next_user(cell, report);
	} else if (log_has(report, CR2_LOG_HAS_FUNCTION)) {
		rich_keep(cell, INK_BOLD, "scripts/faddr2line %s%s %s+0x%llx/0x%llx",
			  report->module[0] ? report->module : "vmlinux",
			  report->module[0] ? ".ko" : "", report->function,
			  (unsigned long long)report->function_offset,
			  (unsigned long long)report->function_size);
		rich_add(cell, INK_PLAIN, " in the kernel's source tree");
	} else {
		return;
	}
	end_row(page);
}

static void notes(struct page *page)
{
	const struct cr2_log_report *report = page->report;

	if (report->addr_corrected) {
		rich_printf(begin_row(page, "note"), INK_WARN, "the log names 0x%llx, where the kernel left out "
			    "a part of the operand", (unsigned long long)report->addr_logged);
		end_row(page);
	}
	if (report->interleaved) {
		rich_add(begin_row(page, "note"), INK_WARN, "another report is mixed into this one: lines "
			 "that could be either's are left out");
		end_row(page);
	}
	if (report->truncated) {
		rich_add(begin_row(page, "note"), INK_WARN, "the log holds no end of this report");
		end_row(page);
	}
}

/* ---- a page fault in a trace, which is no crash ---- */

static void mapping_row(struct page *page)
{
	const struct cr2_log_report *report = page->report;
	bool inside = report->addr >= report->mapping_start && report->addr < report->mapping_end;

	if (!log_has(report, CR2_LOG_HAS_MAPPING | CR2_LOG_HAS_ADDR))
		return;
	rich_printf(begin_row(page, "mapping"), INK_PLAIN, "[0x%llx, 0x%llx): 0x%llx is %s it",
		    (unsigned long long)report->mapping_start,
		    (unsigned long long)report->mapping_end, (unsigned long long)report->addr,
		    inside ? "inside" : "outside");
	end_row(page);
}

static void flags_row(struct page *page, const char *label, uint64_t value,
		      int (*format)(uint64_t value, int kernel, struct cr2_text *text))
{
	struct cr2_text names = {0};

	if (format(value, 0, &names) < 0) {
		page->error = -12;
	} else {
		rich_printf(begin_row(page, label), INK_PLAIN, "0x%llx = %s",
			    (unsigned long long)value, names.data ? names.data : "none");
		end_row(page);
	}
	cr2_text_finish(&names);
}

static void trace_rows(struct page *page)
{
	const struct cr2_log_report *report = page->report;

	if (log_has(report, CR2_LOG_HAS_ERROR)) {
		access_row(page);
		error_row(page);
	}
	if (log_has(report, CR2_LOG_HAS_IP)) {
		rich_printf(begin_row(page, "from"), INK_BOLD, "ip 0x%llx",
			    (unsigned long long)report->ip);
		end_row(page);
	}
	mapping_row(page);
	if (log_has(report, CR2_LOG_HAS_FAULT_FLAGS))
		flags_row(page, "fault flags", report->fault_flags, cr2_fault_flags_format);
	if (log_has(report, CR2_LOG_HAS_RETURN)) {
		flags_row(page, "returned", report->returned, cr2_vm_fault_format);
		rich_printf(begin_row(page, "after"), INK_PLAIN, "%llu ns",
			    (unsigned long long)report->duration_ns);
		end_row(page);
	}
}

static void crash_rows(struct page *page)
{
	access_row(page);
	error_row(page);
	pattern_row(page);
	bytes_row(page);
	alternatives_row(page);
	if (page->report->kind == CR2_LOG_OOPS)
		kernel_place(page);
	else
		user_place(page);
	instruction_row(page);
	code_row(page);
	operand_row(page);
	entries_rows(page);
	kernel_row(page);
	next_row(page);
	notes(page);
}

int cr2_view_log(const struct cr2_log_report *report, const char *source,
		 const struct cr2_style *style, struct cr2_text *text)
{
	struct page page = {.report = report, .style = style, .text = text};

	headline(&page, source);
	if (report->kind == CR2_LOG_TRACE)
		trace_rows(&page);
	else
		crash_rows(&page);
	rich_finish(&page.cells[0]);
	rich_finish(&page.cells[1]);
	return page.error < 0 ? page.error : cr2_text_append(text, "\n");
}
