/* SPDX-License-Identifier: MIT */
/* Decoded things as JSON. */
#include <cr2/view_decode.h>

#include "record/json.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *strings(size_t n, const char *const *items)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_string(items[i]));
	return array;
}

static json_t *error_bits(uint64_t code)
{
	json_t *bits = json_object();
	size_t n;
	const struct cr2_error_bit *rows = cr2_error_bits(&n);

	for (size_t i = 0; i < n; i++)
		set(bits, rows[i].name, json_integer((json_int_t)(code >> rows[i].bit & 1)));
	return bits;
}

static json_t *prot_letters(const struct cr2_mapping *mapping)
{
	return json_sprintf("%c%c%c%c", mapping->prot & CR2_PROT_READ ? 'r' : '-',
			    mapping->prot & CR2_PROT_WRITE ? 'w' : '-',
			    mapping->prot & CR2_PROT_EXEC ? 'x' : '-', mapping->shared ? 's' : 'p');
}

static json_t *mapping_object(const struct cr2_mapping *mapping)
{
	json_t *object = json_object();

	set(object, "start", view_json_hex(mapping->start));
	set(object, "end", view_json_hex(mapping->end));
	set(object, "perms", prot_letters(mapping));
	return object;
}

/* Below the mapping's start there is no offset in it. */
static void set_place(json_t *root, const struct cr2_error *error)
{
	bool below = error->input.address < error->input.mapping.start;

	set(root, "inside", json_boolean(error->inside));
	set(root, "offset", below ? json_null() : view_json_hex(error->offset));
	set(root, "page", below ? json_null() : json_integer((json_int_t)error->page));
	set(root, "page_offset", below ? json_null() : view_json_hex(error->page_offset));
}

static json_t *cause_object(const struct cr2_cause *cause)
{
	json_t *object = json_object();

	set(object, "when", json_string(cause->when));
	set(object, "function", json_string(cause->function));
	set(object, "what", json_string(cause->what));
	if (cause->path != CR2_PATH_UNKNOWN)
		set(object, "path", json_string(cr2_path_name(cause->path)));
	if (cause->result != CR2_RESULT_UNKNOWN)
		set(object, "result", json_string(cr2_result_name(cause->result)));
	return object;
}

static json_t *sentence(const struct cr2_error *error)
{
	struct cr2_text text = {0};
	json_t *string = NULL;

	if (cr2_error_sentence(error, &text) == 0)
		string = json_string(text.data);
	cr2_text_finish(&text);
	return string;
}

int cr2_error_to_json(const struct cr2_error *error, struct cr2_text *text)
{
	json_t *root = json_object(), *causes = json_array();

	set(root, "value", view_json_hex(error->input.code));
	set(root, "bits", error_bits(error->input.code));
	set(root, "unknown", view_json_hex(error->unknown));
	set(root, "access", json_string(cr2_access_name(error->access)));
	set(root, "mode", json_string(error->user ? "user" : "kernel"));
	set(root, "present", json_boolean(error->present));
	set(root, "possible", json_boolean(error->n_conflicts == 0));
	set(root, "warnings", strings(error->n_conflicts, error->conflicts));
	set(root, "sentence", sentence(error));
	if (error->input.has_address)
		set(root, "addr", view_json_hex(error->input.address));
	if (error->input.has_mapping)
		set(root, "vma", mapping_object(&error->input.mapping));
	if (error->input.has_address && error->input.has_mapping)
		set_place(root, error);
	if (error->input.has_mapping)
		set(root, "permitted", json_boolean(error->permitted));
	for (size_t i = 0; i < error->n_causes; i++)
		json_array_append_new(causes, cause_object(&error->causes[i]));
	set(root, "causes", causes);
	set(root, "likely", cause_object(&error->causes[error->likely]));
	return view_json_line(root, text);
}

static void set_swap(json_t *root, const struct cr2_entry *entry)
{
	set(root, "type", json_integer(entry->swap_type));
	set(root, "offset", view_json_hex(entry->swap_offset));
	if (!entry->special)
		return;
	set(root, "special", json_string(entry->special->name));
	if (entry->marker.value)
		set(root, "marker", view_json_flags(&entry->marker));
	if (entry->special->has_pfn) {
		set(root, "young", json_boolean(entry->young));
		set(root, "dirty", json_boolean(entry->dirty));
	}
}

int cr2_entry_to_json(const struct cr2_entry *entry, struct cr2_text *text)
{
	json_t *root = json_object();

	set(root, "value", view_json_hex(entry->input.value));
	set(root, "level", json_string(cr2_level_name(entry->input.level)));
	set(root, "kind", json_string(cr2_entry_kind_name(entry->kind)));
	set(root, "present", json_boolean(entry->present));
	set(root, "pfn", entry->has_pfn ? view_json_hex(entry->pfn) : json_null());
	set(root, "phys", entry->has_pfn ? view_json_hex(entry->phys) : json_null());
	if (entry->size)
		set(root, "size", json_integer((json_int_t)entry->size));
	set(root, "flags", view_json_flags(&entry->flags));
	set(root, "unknown", view_json_hex(entry->flags.unknown));
	set(root, "reserved", view_json_hex(entry->reserved));
	if (entry->memory_type) {
		set(root, "memory_type", json_string(entry->memory_type));
		set(root, "pkey", json_integer(
			(json_int_t)((entry->input.value & CR2_PTE(PKEY)) >> CR2_PTE_PKEY_BIT)));
	}
	if (entry->kind == CR2_ENTRY_KIND_SWAP || entry->kind == CR2_ENTRY_KIND_SPECIAL)
		set_swap(root, entry);
	return view_json_line(root, text);
}

int cr2_va_to_json(const struct cr2_va *va, struct cr2_text *text)
{
	json_t *root = json_object(), *indices = json_array(), *levels = json_array();

	for (size_t i = 0; i < va->levels; i++) {
		json_array_append_new(indices, json_integer(va->indices[i]));
		json_array_append_new(levels, json_string(cr2_level_name(cr2_va_level(va, i))));
	}
	set(root, "address", view_json_hex(va->address));
	set(root, "levels", levels);
	set(root, "canonical", json_boolean(va->canonical));
	set(root, "half", json_string(va->kernel ? "kernel" : "user"));
	set(root, "region", json_string(cr2_va_region(va->address, va->levels)));
	set(root, "indices", indices);
	set(root, "offset", view_json_hex(va->offset));
	return view_json_line(root, text);
}

int cr2_flags_to_json(enum cr2_flag_table table, const struct cr2_flags *flags,
		      struct cr2_text *text)
{
	json_t *root = json_object();
	struct cr2_text brief = {0};

	set(root, "value", view_json_hex(flags->value));
	set(root, "flags", view_json_flags(flags));
	set(root, "unknown", view_json_hex(flags->unknown));
	if (table == CR2_FLAGS_VM && cr2_vm_flags_brief(flags->value, &brief) == 0)
		set(root, "brief", json_string(brief.data));
	cr2_text_finish(&brief);
	return view_json_line(root, text);
}

static json_t *argument_object(const struct cr2_argument *argument)
{
	json_t *object = json_object();

	set(object, "name", json_string(argument->name));
	set(object, "type", json_string(argument->type));
	set(object, "register", json_string(cr2_register_name(argument->reg)));
	set(object, "value", argument->given ? view_json_hex(argument->value) : json_null());
	set(object, "meaning", argument->given ? json_string(argument->meaning.data) : json_null());
	return object;
}

int cr2_probe_to_json(const struct cr2_probe *probe, struct cr2_text *text)
{
	json_t *root = json_object(), *args = json_array(), *unused = json_array();

	for (size_t i = 0; i < probe->n_arguments; i++)
		json_array_append_new(args, argument_object(&probe->arguments[i]));
	for (size_t i = 0; i < probe->n_unused; i++)
		json_array_append_new(unused, json_string(cr2_register_name(probe->unused[i])));
	set(root, "function", json_string(probe->function));
	set(root, "args", args);
	if (probe->result.given)
		set(root, "return", argument_object(&probe->result));
	set(root, "unused", unused);
	return view_json_line(root, text);
}
