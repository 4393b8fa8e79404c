/* SPDX-License-Identifier: MIT */
/*
 * A crash report for programs: one object. Numbers that people write in hex are strings. Every
 * report of a kind has the same keys; what is not known is null.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cr2/decode.h>
#include <cr2/flags.h>
#include <cr2/view_log.h>

#include "log_words.h"

/* jansson's setters fail on NULL, which is what its constructors return without memory. */
struct object {
	json_t *json;
	bool failed;
};

static void set(struct object *object, const char *key, json_t *value)
{
	object->failed |= json_object_set_new(object->json, key, value) < 0;
}

static void set_hex(struct object *object, const char *key, bool known, uint64_t value)
{
	set(object, key, known ? json_sprintf("0x%llx", (unsigned long long)value) : json_null());
}

static void set_count(struct object *object, const char *key, bool known, uint64_t value)
{
	set(object, key, known ? json_integer((json_int_t)value) : json_null());
}

static void set_text(struct object *object, const char *key, const char *value)
{
	set(object, key, value && *value ? json_string(value) : json_null());
}

static void set_bool(struct object *object, const char *key, bool value)
{
	set(object, key, json_boolean(value));
}

static void set_fault(struct object *object, const struct cr2_log_report *report)
{
	const char *access = log_access_name(report);

	set_hex(object, "addr", log_has(report, CR2_LOG_HAS_ADDR), report->addr);
	set_hex(object, "ip", log_has(report, CR2_LOG_HAS_IP), report->ip);
	set_hex(object, "sp", log_has(report, CR2_LOG_HAS_SP), report->sp);
	set_hex(object, "error", log_has(report, CR2_LOG_HAS_ERROR), report->error);
	set_text(object, "access", access);
	set(object, "mode", json_string(report->user ? "user" : "kernel"));
	set(object, "present", access ? json_boolean(report->error & CR2_PF(P)) : json_null());
	set_hex(object, "addr_logged", report->addr_corrected, report->addr_logged);
	set_bool(object, "error_sanitised", report->error_sanitised);
}

static void set_object(struct object *object, const struct cr2_log_report *report)
{
	bool known = log_has(report, CR2_LOG_HAS_OBJECT);
	uint64_t within = report->ip - report->object_start;
	bool offset = log_has(report, CR2_LOG_HAS_FILE_OFFSET), inside = log_in_object(report);

	set_text(object, "object", report->object);
	set_hex(object, "object_start", known, report->object_start);
	set_hex(object, "object_length", known, report->object_length);
	set_hex(object, "object_offset", inside, report->offset_printed ? report->file_offset : within);
	set_hex(object, "mapping_offset", inside, within);
	set_hex(object, "file_offset", offset, report->file_offset);
}

static void set_operand(struct object *object, const struct cr2_log_insn *insn)
{
	const char *base = cr2_register_wide_name(insn->base);
	bool known = insn->operand[0];

	set_text(object, "operand", insn->operand);
	set_text(object, "register", known ? base : NULL);
	set_hex(object, "register_value", insn->has_base_value, insn->base_value);
	set_bool(object, "register_inferred", insn->base_inferred);
	set(object, "displacement", known ? json_integer(insn->displacement) : json_null());
	set_count(object, "size", insn->size, insn->size);
}

static void set_instruction(struct object *object, const struct cr2_log_insn *insn)
{
	char bytes[16 * 3 + 1] = "";

	set_text(object, "instruction", insn->text);
	for (int i = 0; i < insn->length; i++)
		sprintf(bytes + 3 * i, "%02x ", insn->bytes[i]);
	if (insn->length)
		bytes[3 * insn->length - 1] = '\0';
	set_text(object, "instruction_bytes", bytes);
	set_bool(object, "instruction_from_file", insn->from_file);
	set_operand(object, insn);
}

static void set_pattern(struct object *object, const struct cr2_log_report *report)
{
	const struct cr2_poison *poison;
	uint64_t offset = 0, pointer;
	bool spells, is_error;
	char letters[9];

	set_text(object, "pattern", cr2_log_pattern_name(report->pattern));
	set_bool(object, "pattern_likely", report->pattern_likely);
	poison = log_poison(report, &offset);
	set_text(object, "poison", poison ? poison->name : NULL);
	set_hex(object, "poison_offset", poison, offset);
	spells = log_pointer(report, &pointer) && log_spells(pointer, letters);
	set_text(object, "letters", spells ? letters : NULL);
	set_bool(object, "one_bit", log_one_bit(report));
	is_error = report->pattern == CR2_LOG_PATTERN_ERROR_POINTER && log_pointer(report, &pointer);
	set_text(object, "error_name", is_error ? log_error_name(pointer) : NULL);
}

static void set_place(struct object *object, const struct cr2_symbol_place *place)
{
	static const char *const matches[] = {
		[CR2_SYMBOL_NO_FILE] = NULL, [CR2_SYMBOL_UNVERIFIED] = "unverified",
		[CR2_SYMBOL_SAME] = "same", [CR2_SYMBOL_DIFFERS] = "differs",
	};

	set_text(object, "path", place->path);
	set_text(object, "path_match", matches[place->match]);
	set_hex(object, "address", place->has_address, place->address);
	set_text(object, "symbol", place->symbol);
	set_hex(object, "symbol_offset", place->symbol[0], place->symbol_offset);
	set_text(object, "inlined", place->inlined);
	set_text(object, "file", place->file);
	set_count(object, "file_line", place->file[0], (uint64_t)place->line);
	set_text(object, "data_symbol", place->data_symbol);
	set_text(object, "data_section", place->data_section);
}

static json_t *flag_names(uint64_t entry, enum cr2_level level)
{
	struct cr2_flags flags;
	json_t *names = json_array();

	cr2_flags_decode(cr2_entry_table(entry, level), entry, 0, &flags);
	for (size_t i = 0; names && i < flags.n; i++) {
		if (flags.items[i]->width > 1)
			continue;
		if (json_array_append_new(names, json_string(flags.items[i]->name)) < 0) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}

static json_t *entry_object(uint64_t entry, enum cr2_level level)
{
	bool present = entry & CR2_PTE(P);
	struct object object = {.json = json_object()};

	set_hex(&object, "value", true, entry);
	set(&object, "present", json_boolean(present));
	set(&object, "flags", present ? flag_names(entry, level) : json_array());
	if (object.failed) {
		json_decref(object.json);
		return NULL;
	}
	return object.json;
}

static void set_entries(struct object *object, const struct cr2_log_report *report)
{
	struct object entries = {.json = json_object()};

	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--)
		if (report->entries_known & 1 << level)
			set(&entries, cr2_level_name((enum cr2_level)level),
			    entry_object(report->entries[level], (enum cr2_level)level));
	object->failed |= entries.failed;
	set(object, "entries", entries.json);
	if (report->refused)
		set(object, "refused_by",
		    json_string(cr2_level_name((enum cr2_level)report->refused)));
}

static void set_registers(struct object *object, const struct cr2_log_report *report)
{
	struct object registers = {.json = json_object()};

	for (int i = 0; i < CR2_REGISTER_COUNT; i++)
		if (report->registers_known & 1U << i)
			set_hex(&registers, cr2_register_wide_name(i), true, report->registers[i]);
	object->failed |= registers.failed;
	set(object, "registers", registers.json);
}

static void set_kernel(struct object *object, const struct cr2_log_report *report)
{
	bool known = log_has(report, CR2_LOG_HAS_FUNCTION);

	set_text(object, "function", report->function);
	set_hex(object, "function_offset", known, report->function_offset);
	set_hex(object, "function_size", known, report->function_size);
	set_text(object, "module", report->module);
	set_text(object, "kernel", report->release);
	set_text(object, "taint", report->taint);
	set_count(object, "number", report->number, report->number);
	set_entries(object, report);
	set_registers(object, report);
}

static void set_trace(struct object *object, const struct cr2_log_report *report)
{
	bool mapping = log_has(report, CR2_LOG_HAS_MAPPING);
	bool returned = log_has(report, CR2_LOG_HAS_RETURN);

	set_hex(object, "mapping_start", mapping, report->mapping_start);
	set_hex(object, "mapping_end", mapping, report->mapping_end);
	set_hex(object, "fault_flags", log_has(report, CR2_LOG_HAS_FAULT_FLAGS),
		report->fault_flags);
	set_hex(object, "returned", returned, report->returned);
	set_count(object, "ns", returned, report->duration_ns);
}

static void fill(struct object *object, const struct cr2_log_report *report, const char *source)
{
	set(object, "kind", json_string(cr2_log_kind_name(report->kind)));
	set_text(object, "what", report->what);
	set_text(object, "source", source);
	set_count(object, "line", true, report->line);
	set_count(object, "last_line", true, report->last_line);
	set_text(object, "when", report->when);
	set_text(object, "comm", report->comm);
	set_count(object, "pid", log_has(report, CR2_LOG_HAS_PID), report->pid);
	set_count(object, "cpu", log_has(report, CR2_LOG_HAS_CPU), report->cpu);
	set_fault(object, report);
	if (report->kind == CR2_LOG_TRACE) {
		set_trace(object, report);
		return;
	}
	if (report->kind == CR2_LOG_OOPS)
		set_kernel(object, report);
	else
		set_object(object, report);
	set_instruction(object, &report->insn);
	set_pattern(object, report);
	set_place(object, &report->place);
	set_bool(object, "interleaved", report->interleaved);
	set_bool(object, "truncated", report->truncated);
}

int cr2_view_log_json(const struct cr2_log_report *report, const char *source,
		      struct cr2_text *text)
{
	struct object object = {.json = json_object()};
	char *line = NULL;
	int r = -ENOMEM;

	fill(&object, report, source);
	if (!object.failed)
		line = json_dumps(object.json, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	if (line)
		r = cr2_text_printf(text, "%s\n", line);
	free(line);
	json_decref(object.json);
	return r;
}
