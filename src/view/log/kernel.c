/* SPDX-License-Identifier: MIT */
/* What the kernel says of itself: its page tables, its registers, its calls. */
#include <inttypes.h>

#include <cr2/decode.h>
#include <cr2/flags.h>

#include "rows.h"

/* ---- the page tables ---- */

static bool is_leaf(enum cr2_level level, uint64_t entry)
{
	return level == CR2_LEVEL_PTE || !(entry & CR2_PTE(P)) ||
	       ((level == CR2_LEVEL_PUD || level == CR2_LEVEL_PMD) && entry & CR2_PTE(PSE));
}

/* Of a 32-bit kernel as it prints them. */
static const char *entry_name(const struct cr2_log_report *report, enum cr2_level level)
{
	if (log_value(report, CR2_LOG_VALUE_CODE_BITS) == 32 && level != CR2_LEVEL_PTE)
		return level == CR2_LEVEL_PMD ? "pde" : "pdpt";
	return cr2_level_name(level);
}

static void entry_words(struct fields *f, const struct cr2_log_report *report,
			enum cr2_level level, uint64_t entry)
{
	struct cr2_text flags = {0};
	int r;

	fields_keep(f, INK_BOLD, "%-3s ", entry_name(report, level));
	fields_keep(f, INK_PLAIN, "0x%-16" PRIx64 "  ", entry);
	if (!(entry & CR2_PTE(P))) {
		fields_say(f, INK_PLAIN, "%s", entry ?
			   "not present; the bits are the kernel's own note" : "empty: the walk ends here");
		return;
	}
	r = cr2_entry_flags_format(entry, level, 0, &flags);
	fields_say(f, INK_PLAIN, "%s", fields_take(f, &flags, r));
	if (level == (enum cr2_level)log_value(report, CR2_LOG_VALUE_REFUSED_BY))
		fields_say(f, INK_WARN, "; this one refuses the %s", cr2_access_name(
			   (enum cr2_access)log_value(report, CR2_LOG_VALUE_ACCESS)));
}

static void entry_object(struct fields *f, const struct cr2_log_report *report,
			 enum cr2_level level, uint64_t entry)
{
	bool present = entry & CR2_PTE(P);

	fields_add(f, &(struct field){.type = FIELD_OBJECT, .name = entry_name(report, level)});
	field_hex(f, VALUE, entry);
	field_bool(f, PRESENT, present);
	if (present)
		field_flags(f, FLAGS, fields_decode(f, cr2_entry_table(entry, level), entry, 0));
	else
		fields_texts(f, CR2_KEY_FLAGS, NULL, 0);
	fields_end(f);
}

/* What lies below the entry that ends the walk is for programs only. */
static bool entries(struct fields *f, const struct cr2_log_report *report)
{
	const char *label = "page tables";
	bool ended = false;
	uint64_t entry;

	for (int i = CR2_LEVEL_PGD; i >= CR2_LEVEL_PTE; i--) {
		enum cr2_level level = (enum cr2_level)i;

		if (!cr2_log_report_entry(report, level, &entry))
			continue;
		if (*label)
			fields_object(f, CR2_KEY_ENTRIES);
		log_row(f, label, !ended);
		if (!ended)
			entry_words(f, report, level, entry);
		entry_object(f, report, level, entry);
		ended = ended || is_leaf(level, entry);
		label = "";
	}
	if (*label)
		field_text(f, ENTRIES, NULL, .form = NULL);
	else
		fields_end(f);
	return !*label;
}

static void tables(struct fields *f, const struct cr2_log_report *report)
{
	bool some = entries(f, report);
	uint64_t refused = log_value(report, CR2_LOG_VALUE_REFUSED_BY);

	field_text(f, REFUSED_BY, refused ? entry_name(report, (enum cr2_level)refused) : NULL, .form = NULL);
	if (!cr2_log_report_is(report, CR2_LOG_IS_ENTRIES_BAD))
		return;
	fields_row(f, some ? "" : "page tables");
	fields_say(f, INK_PLAIN, "BAD: the kernel could not read the next table");
}

/* ---- the stack ---- */

static void stack_row(struct fields *f, const struct cr2_log_report *report)
{
	uint64_t start = log_value(report, CR2_LOG_VALUE_STACK_START);
	uint64_t end = log_value(report, CR2_LOG_VALUE_STACK_END);

	if (!log_knows(report, CR2_LOG_VALUE_STACK_START)) {
		field_text(f, STACK_RANGE, NULL, .form = NULL);
		return;
	}
	fields_row(f, "stack");
	fields_object(f, CR2_KEY_STACK_RANGE);
	field_hex(f, START, start, .form = "[%, ");
	field_hex(f, END, end, .form = "%)");
	fields_end(f);
	fields_say(f, INK_PLAIN, ", %" PRIu64 " bytes", end - start);
}

/* ---- the rest ---- */

static void registers(struct fields *f, const struct cr2_log_report *report)
{
	bool some = false;
	uint64_t value;

	for (int i = 0; i < CR2_REGISTER_COUNT; i++) {
		if (!cr2_log_report_register(report, (enum cr2_register)i, &value))
			continue;
		if (!some)
			fields_object(f, CR2_KEY_REGISTERS);
		some = true;
		field_hex(f, NONE, value, .name = log_register_name(f, report, i));
	}
	if (some)
		fields_end(f);
	else
		field_text(f, REGISTERS, NULL, .form = NULL);
}

void log_kernel_rows(struct fields *f, const struct cr2_log_report *report)
{
	bool tainted = cr2_log_report_is(report, CR2_LOG_IS_TAINTED);
	bool shown = cr2_log_report_text(report, CR2_LOG_TEXT_KERNEL);

	tables(f, report);
	stack_row(f, report);
	registers(f, report);
	log_row(f, "kernel", shown);
	log_text(f, report, KERNEL, .form = "%");
	log_text(f, report, TAINT, .form = !shown ? NULL : tainted ? ", tainted: %" : ", %");
}

/* ---- a call of handle_mm_fault() in a trace ---- */

static void mapping_row(struct fields *f, const struct cr2_log_report *report)
{
	uint64_t start, end, addr;
	bool place = cr2_log_report_value(report, CR2_LOG_VALUE_ADDR, &addr);

	if (!cr2_log_report_value(report, CR2_LOG_VALUE_MAPPING_START, &start) ||
	    !cr2_log_report_value(report, CR2_LOG_VALUE_MAPPING_END, &end)) {
		field_text(f, MAPPING, NULL, .form = NULL);
		return;
	}
	fields_row(f, "mapping");
	fields_object(f, CR2_KEY_MAPPING);
	field_hex(f, START, start, .form = "[%, ");
	field_hex(f, END, end, .form = "%)");
	fields_end(f);
	if (place)
		fields_say(f, INK_PLAIN, ": 0x%" PRIx64 " is %s it", addr,
			   addr >= start && addr < end ? "inside" : "outside");
}

static void names(struct fields *f, uint64_t value,
		  int (*format)(uint64_t value, int kernel, struct cr2_text *text))
{
	struct cr2_text text = {0};
	int r = format(value, 0, &text);
	const char *names = fields_take(f, &text, r);

	fields_say(f, INK_PLAIN, "%s", value ? names : "none");
}

void log_call_rows(struct fields *f, const struct cr2_log_report *report)
{
	bool returned = log_knows(report, CR2_LOG_VALUE_RETURNED);
	bool flags = log_knows(report, CR2_LOG_VALUE_FAULT_FLAGS);

	mapping_row(f, report);
	log_row(f, "fault flags", flags);
	log_hex(f, report, FAULT_FLAGS, .form = "% = ");
	if (flags)
		names(f, log_value(report, CR2_LOG_VALUE_FAULT_FLAGS), cr2_fault_flags_format);
	log_row(f, "returned", returned);
	log_hex(f, report, RETURNED, .form = "% = ");
	if (returned)
		names(f, log_value(report, CR2_LOG_VALUE_RETURNED), cr2_vm_fault_format);
	log_row(f, "after", returned);
	log_number(f, report, DURATION_NS, .form = "% ns");
}
