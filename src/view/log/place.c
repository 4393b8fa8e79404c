/* SPDX-License-Identifier: MIT */
/* Where it crashed: the function, its file and its source, and the instruction. */
#include <inttypes.h>

#include <cr2/tables.h>

#include "rows.h"

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

/* As the files at hand tell, else the log. */
static bool has_source(const struct cr2_log_report *report)
{
	return cr2_log_report_place(report)->file[0] || cr2_log_report_source(report, 0);
}

/* "inner inlined in main+0xe3 /src/crash.c:27" */
static void source_words(struct fields *f, const struct cr2_log_report *report, bool shown, bool first)
{
	const struct cr2_symbol_place *place = cr2_log_report_place(report);
	const struct cr2_log_source *printed = place->file[0] ? NULL : cr2_log_report_source(report, 0);
	const char *inlined = or_null(printed ? printed->function : place->inlined);
	const char *symbol = or_null(place->symbol);
	const char *file = or_null(printed ? printed->file : place->file);
	uint64_t line = printed ? printed->line : (uint64_t)place->line;

	if (shown && !first)
		fields_say(f, INK_PLAIN, " = ");
	field_text(f, INLINED, inlined, .form = shown ? "%" : NULL, .ink = INK_BOLD);
	field_text(f, SYMBOL, symbol, .form = !shown ? NULL : inlined ? " inlined in %" : "%",
		   .ink = inlined ? INK_PLAIN : INK_BOLD);
	field_hex(f, SYMBOL_OFFSET, place->symbol_offset, .absent = !symbol,
		  .form = shown ? "+%" : NULL, .ink = inlined ? INK_PLAIN : INK_BOLD);
	field_text(f, FILE, file, .form = !shown ? NULL : symbol || inlined ? " %" : "%",
		   .ink = INK_BOLD);
	field_number(f, FILE_LINE, line, .absent = !file, .form = shown ? ":%" : NULL, .ink = INK_BOLD);
	field_hex(f, OBJECT_ADDR, place->address, .absent = !place->has_address);
}

/* All that the log names; people have seen the innermost one. */
static void printed_sources(struct fields *f, const struct cr2_log_report *report, bool shown)
{
	const struct cr2_log_source *source;

	shown = shown && !cr2_log_report_place(report)->file[0];
	fields_list(f, CR2_KEY_SOURCES);
	for (size_t i = 0; (source = cr2_log_report_source(report, i)); i++) {
		const char *function = or_null(source->function);

		if (shown && i)
			fields_say(f, INK_PLAIN, ", inlined at ");
		fields_object(f, CR2_KEY_NONE);
		field_text(f, FUNCTION, function, .form = shown && i ? "% " : NULL);
		field_text(f, FILE, source->file, .form = shown && i ? "%" : NULL);
		field_number(f, FILE_LINE, source->line, .form = shown && i ? ":%" : NULL);
		field_number(f, DISCRIMINATOR, source->discriminator,
			     .form = shown && source->discriminator ? " (discriminator %)" : NULL);
		fields_end(f);
	}
	fields_end(f);
}

static void match_words(struct fields *f, const struct cr2_symbol_place *place, bool shown)
{
	static const struct {
		const char *name, *says;
	} matches[] = {
		[CR2_SYMBOL_NO_FILE] = {NULL, ""},
		[CR2_SYMBOL_UNVERIFIED] = {"unverified", "found by its name, not verified)"},
		[CR2_SYMBOL_SAME] = {"same", "its code is the log's)"},
		[CR2_SYMBOL_DIFFERS] = {"differs",
			"not the one that crashed: its code differs from the log's)"},
	};
	enum ink ink = place->match == CR2_SYMBOL_SAME ? INK_DIM : INK_WARN;

	shown = shown && place->match != CR2_SYMBOL_NO_FILE;
	field_text(f, OBJECT_PATH, or_null(place->path), .form = shown ? "  (%: " : NULL, .ink = ink);
	field_text(f, OBJECT_MATCH, matches[place->match].name,
		   .form = shown ? matches[place->match].says : NULL, .ink = ink);
}

/* "crash, file offset 0x12ea", or what can be said without the offset. */
static void object_words(struct fields *f, const struct cr2_log_report *report, bool shown)
{
	bool offset = log_knows(report, CR2_LOG_VALUE_FILE_OFFSET);
	bool within = shown && !offset;

	log_text(f, report, OBJECT, .form = shown ? "%" : NULL);
	log_hex(f, report, FILE_OFFSET, .form = shown ? ", file offset %" : NULL);
	log_hex(f, report, MAPPING_OFFSET, .form = within ? ", % bytes into the mapping" : NULL);
	log_hex(f, report, OBJECT_START, .form = within ? " at %" : NULL);
	log_hex(f, report, OBJECT_LENGTH, .form = NULL);
	log_hex(f, report, OBJECT_OFFSET, .form = NULL);
}

static void user_place(struct fields *f, const struct cr2_log_report *report, bool shown)
{
	const struct cr2_symbol_place *place = cr2_log_report_place(report);
	bool inside = log_knows(report, CR2_LOG_VALUE_MAPPING_OFFSET);

	log_row(f, "from", shown);
	log_hex(f, report, IP, .form = shown ? "ip %" : NULL);
	source_words(f, report, shown && (place->symbol[0] || place->file[0]), false);
	log_row(f, "", shown && (inside || log_fetched(report)));
	if (shown && !inside && log_fetched(report))
		fields_say(f, INK_PLAIN, "nothing that runs is there: the caller is lost");
	object_words(f, report, shown && inside);
	match_words(f, place, shown && inside);
}

static void no_module(struct fields *f)
{
	field_text(f, FUNCTION_SIZE, NULL, .form = NULL);
	field_text(f, MODULE, NULL, .form = NULL);
	field_text(f, BUILD_ID, NULL, .form = NULL);
}

/* What the log itself names: "ip 0x1129 in read_member = crash.c:5, /usr/bin/prog". */
static void reported_place(struct fields *f, const struct cr2_log_report *report)
{
	const struct cr2_symbol_place *place = cr2_log_report_place(report);
	const char *function = cr2_log_report_text(report, CR2_LOG_TEXT_FUNCTION);
	const char *object = cr2_log_report_text(report, CR2_LOG_TEXT_OBJECT);
	bool ip = log_knows(report, CR2_LOG_VALUE_IP), source = has_source(report);

	log_row(f, "from", ip || function || source || object);
	log_hex(f, report, IP, .form = "ip %");
	if (ip && function)
		fields_say(f, INK_PLAIN, " in ");
	log_text(f, report, FUNCTION, .form = "%", .ink = INK_BOLD);
	log_hex(f, report, FUNCTION_OFFSET, .form = "+%", .ink = INK_BOLD);
	source_words(f, report, source, !ip && !function);
	if (object)
		fields_say(f, INK_PLAIN, "%s%s", ip || function || source ? ", " : "", object);
	if (log_fetched(report))
		fields_say(f, INK_PLAIN, ": nothing that runs is there; the caller is lost");
	object_words(f, report, false);
	match_words(f, place, false);
	no_module(f);
	printed_sources(f, report, false);
}

static void kernel_place(struct fields *f, const struct cr2_log_report *report)
{
	const struct cr2_symbol_place *place = cr2_log_report_place(report);
	bool function = cr2_log_report_text(report, CR2_LOG_TEXT_FUNCTION);
	bool shown = function || has_source(report) || log_knows(report, CR2_LOG_VALUE_IP);

	log_row(f, "from", shown);
	log_text(f, report, FUNCTION, .form = "%", .ink = INK_BOLD);
	log_hex(f, report, FUNCTION_OFFSET, .form = "+%", .ink = INK_BOLD);
	log_hex(f, report, FUNCTION_SIZE, .form = "/%", .ink = INK_BOLD);
	log_hex(f, report, IP, .form = function ? NULL : "ip %", .ink = INK_BOLD);
	log_text(f, report, MODULE, .form = function ? " in module %" : NULL);
	log_text(f, report, BUILD_ID, .form = NULL);
	source_words(f, report, shown && has_source(report),
		     !function && !log_knows(report, CR2_LOG_VALUE_IP));
	printed_sources(f, report, shown);
	match_words(f, place, shown);
	object_words(f, report, false);
}

void log_place_rows(struct fields *f, const struct cr2_log_report *report)
{
	enum cr2_log_kind kind = cr2_log_report_kind(report);

	if (cr2_log_report_reporter(report)) {
		reported_place(f, report);
	} else if (kind == CR2_LOG_OOPS) {
		kernel_place(f, report);
	} else {
		user_place(f, report, kind != CR2_LOG_TRACE);
		field_text(f, FUNCTION, NULL, .form = NULL);
		field_text(f, FUNCTION_OFFSET, NULL, .form = NULL);
		no_module(f);
		fields_list(f, CR2_KEY_SOURCES);
		fields_end(f);
	}
	log_hex(f, report, SP, .form = NULL);
}

/* ---- the instruction ---- */

static void bytes_words(struct fields *f, const struct cr2_log_report *report)
{
	struct cr2_text hex = {0};
	size_t n = 0;
	const uint8_t *bytes = cr2_log_report_bytes(report, &n);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = cr2_text_printf(&hex, i ? " %02x" : "%02x", bytes[i]);
	field_text(f, INSTRUCTION_BYTES, bytes ? fields_take(f, &hex, r) : NULL, .form = "%",
		   .ink = INK_DIM, .keep = true);
}

static void instruction_row(struct fields *f, const struct cr2_log_report *report)
{
	bool known = cr2_log_report_text(report, CR2_LOG_TEXT_INSTRUCTION);
	bool unreadable = cr2_log_report_is(report, CR2_LOG_IS_CODE_UNREADABLE);

	log_row(f, "instruction", known || (unreadable && !log_fetched(report)));
	log_text(f, report, INSTRUCTION, .form = "%", .ink = INK_BOLD, .keep = true);
	if (known)
		fields_say(f, INK_PLAIN, "    ");
	bytes_words(f, report);
	log_bool(f, report, INSTRUCTION_FROM_FILE, .form = known ? "%" : NULL, .ink = INK_WARN,
		 .words = {"", " (read from the file)"});
	if (known && log_fetched(report))
		fields_say(f, INK_PLAIN, " (what lies there; it never ran)");
	else if (!known && unreadable && !log_fetched(report))
		fields_say(f, INK_PLAIN, "the kernel could not read the bytes at ip");
}

static void operand_row(struct fields *f, const struct cr2_log_report *report)
{
	bool shown = cr2_log_report_text(report, CR2_LOG_TEXT_OPERAND);
	bool value = log_knows(report, CR2_LOG_VALUE_REGISTER_VALUE);
	bool inferred = cr2_log_report_is(report, CR2_LOG_IS_REGISTER_INFERRED);
	bool base = log_knows(report, CR2_LOG_VALUE_BASE);
	int reg = (int)log_value(report, CR2_LOG_VALUE_BASE);
	uint64_t size = log_value(report, CR2_LOG_VALUE_SIZE);

	log_row(f, "operand", shown);
	log_text(f, report, OPERAND, .form = "%", .keep = true);
	if (log_knows(report, CR2_LOG_VALUE_OPERAND_ADDR))
		fields_say(f, INK_PLAIN, " = 0x%" PRIx64, log_value(report, CR2_LOG_VALUE_OPERAND_ADDR));
	log_number(f, report, SIZE, .form = shown && size > 1 ? ", % bytes" : NULL);
	field_text(f, REGISTER, base ? log_register_name(f, report, reg) : NULL, .form = value ? "; %" : NULL);
	field_bool(f, REGISTER_INFERRED, inferred, .form = value ? " %" : NULL,
		   .words = {"is", "must have been"});
	log_hex(f, report, REGISTER_VALUE, .form = " %");
	log_number(f, report, DISPLACEMENT, .form = NULL);
	if (inferred && log_value(report, CR2_LOG_VALUE_DISPLACEMENT))
		fields_say(f, INK_PLAIN, " (address minus offset)");
}

void log_instruction_rows(struct fields *f, const struct cr2_log_report *report)
{
	instruction_row(f, report);
	operand_row(f, report);
}

/* ---- what to do next ---- */

/* Programs that are not PIE are linked to here, and nothing else is ever loaded so low. */
static bool is_fixed(const struct cr2_log_report *report)
{
	uint64_t start = log_value(report, CR2_LOG_VALUE_OBJECT_START);

	return start >= 0x400000 && start < 0x40000000;
}

static void next_user(struct fields *f, const struct cr2_log_report *report)
{
	const struct cr2_symbol_place *place = cr2_log_report_place(report);
	const char *object = cr2_log_report_text(report, CR2_LOG_TEXT_OBJECT);
	bool offset = log_knows(report, CR2_LOG_VALUE_FILE_OFFSET);
	uint64_t address = place->has_address ? place->address :
			   log_value(report, is_fixed(report) ? CR2_LOG_VALUE_IP :
				     offset ? CR2_LOG_VALUE_FILE_OFFSET : CR2_LOG_VALUE_MAPPING_OFFSET);

	fields_row(f, "next");
	fields_keep(f, INK_BOLD, "addr2line -Cfie %s 0x%" PRIx64, object ? object : "FILE", address);
	fields_say(f, INK_PLAIN, "%s", place->has_address || is_fixed(report) ?
		   " with its debug information" : offset ?
		   " (a file offset: add VirtAddr minus Offset of its LOAD line in readelf -lW)" :
		   " (add VirtAddr of the LOAD line with E in readelf -lW, rounded down to a page)");
}

static void next_kernel(struct fields *f, const struct cr2_log_report *report)
{
	const char *module = cr2_log_report_text(report, CR2_LOG_TEXT_MODULE);

	fields_row(f, "next");
	fields_keep(f, INK_BOLD, "scripts/faddr2line %s%s %s+0x%" PRIx64 "/0x%" PRIx64,
		    module ? module : "vmlinux", module ? ".ko" : "",
		    cr2_log_report_text(report, CR2_LOG_TEXT_FUNCTION),
		    log_value(report, CR2_LOG_VALUE_FUNCTION_OFFSET),
		    log_value(report, CR2_LOG_VALUE_FUNCTION_SIZE));
	fields_say(f, INK_PLAIN, " in the kernel's source tree");
}

void log_next_row(struct fields *f, const struct cr2_log_report *report)
{
	if (cr2_log_report_reporter(report) || has_source(report) || log_fetched(report))
		return;
	if (cr2_log_report_kind(report) != CR2_LOG_OOPS) {
		if (log_knows(report, CR2_LOG_VALUE_MAPPING_OFFSET))
			next_user(f, report);
	} else if (log_knows(report, CR2_LOG_VALUE_FUNCTION_OFFSET)) {
		next_kernel(f, report);
	}
}
