/* SPDX-License-Identifier: MIT */
/* An error code: its bits, where the address lies, what Linux makes of it. */
#include <inttypes.h>

#include <cr2/view_decode.h>

#include "bits.h"

static void heading(struct fields *f, const struct cr2_error *error)
{
	struct cr2_text binary = {0}, sentence = {0};
	int r;

	fields_block(f, &bits_heading);
	fields_cells(f);
	field_hex(f, ERROR, error->input.code, .form = "error code %", .ink = INK_BOLD, .keep = true);
	r = cr2_error_code_binary(error->input.code, &binary);
	fields_say(f, INK_PLAIN, " ");
	fields_keep(f, INK_BOLD, "= %s:", fields_take(f, &binary, r));
	r = cr2_error_sentence(error, &sentence);
	field_text(f, SENTENCE, fields_take(f, &sentence, r), .form = " %");
}

static void bit_row(struct fields *f, const struct cr2_error_bit *bit, bool set)
{
	enum ink ink = set ? INK_PLAIN : INK_DIM;

	fields_cells(f);
	fields_keep(f, ink, "%2u", bit->bit);
	fields_cell(f);
	fields_say(f, set ? INK_BOLD : INK_DIM, "%s", bit->name);
	fields_cell(f);
	field_number(f, NONE, set, .name = bit->name, .form = "%", .ink = ink);
	fields_cell(f);
	fields_say(f, ink, "%s", bit->words[set]);
	fields_cell(f);
	fields_say(f, ink, "%s", bit->meanings[set]);
}

static void bits(struct fields *f, const struct cr2_error *error)
{
	static const struct field_block block = {.columns = 5, .at = 2};
	size_t n;
	const struct cr2_error_bit *rows = cr2_error_bits(&n);

	fields_block(f, &block);
	fields_object(f, CR2_KEY_BITS);
	for (size_t i = 0; i < n; i++)
		bit_row(f, &rows[i], error->input.code >> rows[i].bit & 1);
	fields_end(f);
	field_hex(f, UNKNOWN, error->unknown);
	field_text(f, ACCESS, cr2_access_name(error->access));
	field_text(f, MODE, error->user ? "user" : "kernel");
	field_bool(f, PRESENT, error->present);
}

static void conflicts(struct fields *f, const struct cr2_error *error)
{
	field_bool(f, POSSIBLE, error->n_conflicts == 0);
	fields_texts(f, CR2_KEY_WARNINGS, error->conflicts, error->n_conflicts);
	if (error->n_conflicts == 0)
		return;
	fields_block(f, &bits_facts);
	fields_row(f, "impossible");
	fields_say(f, INK_WARN, "no CPU pushes this code");
	if (error->unknown)
		fields_say(f, INK_WARN, " (0x%" PRIx64 " is unknown)", error->unknown);
	for (size_t i = 0; i < error->n_conflicts; i++) {
		fields_break(f);
		fields_say(f, INK_PLAIN, "%s", error->conflicts[i]);
	}
}

static const char *letters(struct fields *f, const struct cr2_mapping *mapping)
{
	return fields_printf(f, "%c%c%c%c", mapping->prot & CR2_PROT_READ ? 'r' : '-',
			     mapping->prot & CR2_PROT_WRITE ? 'w' : '-',
			     mapping->prot & CR2_PROT_EXEC ? 'x' : '-',
			     mapping->shared ? 's' : 'p');
}

static void add_mapping(struct fields *f, const struct cr2_mapping *mapping)
{
	fields_object(f, CR2_KEY_MAPPING);
	field_hex(f, START, mapping->start, .form = "[%", .ink = INK_NAME, .keep = true);
	field_hex(f, END, mapping->end, .form = ", %)", .ink = INK_NAME, .keep = true);
	field_text(f, PROT, letters(f, mapping), .absent = mapping->bare, .form = " %",
		   .ink = INK_NAME, .keep = true);
	fields_end(f);
}

/* Where the address is, relative to the mapping; its end is the first byte outside. */
static void place(struct fields *f, const struct cr2_error *error)
{
	const struct cr2_mapping *m = &error->input.mapping;
	uint64_t address = error->input.address;
	bool inside = error->inside, below = address < m->start;

	fields_break(f);
	field_hex(f, OFFSET, error->offset, .absent = below, .form = inside ? "offset %" : NULL);
	field_number(f, PAGE, error->page, .absent = below, .form = inside ? ": page %" : NULL);
	if (inside)
		fields_say(f, INK_PLAIN, " of %" PRIu64 " (from 0)", (m->end - m->start) >> CR2_PAGE_SHIFT);
	field_hex(f, PAGE_OFFSET, error->page_offset, .absent = below,
		  .form = inside ? ", byte % of it" : NULL);
	if (address == m->end)
		fields_say(f, INK_PLAIN, "exactly its end, which is exclusive");
	else if (address > m->end)
		fields_say(f, INK_PLAIN, "0x%" PRIx64 " bytes past its end", address - m->end);
	else if (below)
		fields_say(f, INK_PLAIN, "0x%" PRIx64 " bytes below its start", m->start - address);
}

static void address(struct fields *f, const struct cr2_error *error)
{
	struct cr2_va va;

	cr2_va_decode(error->input.address, 4, &va);
	fields_row(f, "address");
	field_hex(f, ADDR, error->input.address, .form = "%");
	if (error->input.has_mapping) {
		field_bool(f, INSIDE, error->inside, .form = " % ", .words = {"outside", "inside"},
			   .ink = error->inside ? INK_GOOD : INK_BAD);
		add_mapping(f, &error->input.mapping);
		place(f, error);
		return;
	}
	fields_say(f, INK_PLAIN, " %s, byte 0x%" PRIx64 " of its page",
		   !va.canonical ? "not canonical with 4 levels" :
		   va.kernel ? "in the kernel's half" : "in user space",
		   (uint64_t)(error->input.address & ~CR2_PAGE_MASK));
}

/* What the access needs of the mapping, and whether it has it. */
static void needs(struct fields *f, const struct cr2_error *error)
{
	static const struct {
		uint8_t prot;
		const char *needs;
	} needs[] = {
		{CR2_PROT_READ, "a load needs r, w or x"},
		{CR2_PROT_WRITE, "a store needs w"},
		{CR2_PROT_EXEC, "a fetch needs x"},
	};
	bool first = true;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(needs); i++) {
		bool missing = error->missing & needs[i].prot;

		if (!(error->needed & needs[i].prot))
			continue;
		fields_say(f, INK_PLAIN, "%s%s: ", first ? "" : "; ", needs[i].needs);
		fields_say(f, missing ? INK_BAD : INK_GOOD,
			   missing ? "the mapping refuses" : "the mapping allows");
		first = false;
	}
	if (error->input.code & CR2_PF(PK))
		fields_say(f, INK_BAD, "; its protection key refuses");
	if (error->needed == (CR2_PROT_WRITE | CR2_PROT_EXEC))
		fields_say(f, INK_PLAIN, "; Linux asks for w alone where W is set");
}

/* A mapping that does not hold the address is not asked. */
static void permission(struct fields *f, const struct cr2_error *error)
{
	field_bool(f, PERMITTED, error->permitted, .absent = error->input.mapping.bare);
	if (error->input.mapping.bare)
		return;
	fields_row(f, "permission");
	if (error->input.has_address && !error->inside)
		fields_say(f, INK_PLAIN, "not asked for: the address is outside this mapping");
	else
		needs(f, error);
}

/* A path is good news, an oops or a signal is not. */
static enum ink outcome_ink(const struct cr2_cause *cause)
{
	return cause->result == CR2_RESULT_OK ? INK_GOOD : INK_BAD;
}

static const char *path_name(const struct cr2_cause *cause)
{
	return cause->path == CR2_PATH_UNKNOWN ? NULL : cr2_path_name(cause->path);
}

static const char *result_name(const struct cr2_cause *cause)
{
	return cause->result == CR2_RESULT_UNKNOWN ? NULL : cr2_result_name(cause->result);
}

/* People read it where there is a mapping to judge by. */
static void likely(struct fields *f, const struct cr2_error *error)
{
	const struct cr2_cause *cause = &error->causes[error->likely];
	bool shown = error->input.has_mapping;

	if (shown)
		fields_row(f, "likely");
	fields_object(f, CR2_KEY_LIKELY);
	field_text(f, WHEN, cause->when);
	field_text(f, FUNCTION, cause->function, .form = shown ? "%" : NULL, .ink = INK_NAME);
	field_text(f, PATH, path_name(cause), .form = shown ? " (%)" : NULL);
	field_text(f, WHAT, cause->what, .form = shown ? ": %" : NULL, .ink = outcome_ink(cause));
	field_text(f, RESULT, result_name(cause));
	fields_end(f);
}

static void cause_row(struct fields *f, const struct cr2_cause *cause)
{
	bool good = cause->result == CR2_RESULT_OK;

	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, WHEN, cause->when, .form = "%");
	fields_cell(f);
	field_text(f, FUNCTION, cause->function, .form = "%", .ink = INK_NAME);
	fields_cell(f);
	field_text(f, PATH, path_name(cause), .form = good ? "%: " : NULL, .ink = INK_GOOD);
	field_text(f, WHAT, cause->what, .form = "%", .ink = outcome_ink(cause));
	field_text(f, RESULT, result_name(cause));
	fields_end(f);
}

static void causes(struct fields *f, const struct cr2_error *error)
{
	static const struct field_block title = {.columns = 1, .at = 2};
	static const struct field_block block = {
		.columns = 3, .at = 4, .last = 14, .percent = {38}, .joined = true,
	};

	fields_block(f, &title);
	fields_cells(f);
	fields_say(f, INK_PLAIN, "%s%s:", error->n_conflicts ? "taken at its word, " : "",
		   error->n_causes > 1 ? "Linux looks, in this order, whether" : "Linux finds that");
	fields_block(f, &block);
	fields_list(f, CR2_KEY_CAUSES);
	for (size_t i = 0; i < error->n_causes; i++)
		cause_row(f, &error->causes[i]);
	fields_end(f);
}

static void fill(struct fields *f, const struct cr2_error *error)
{
	heading(f, error);
	bits(f, error);
	conflicts(f, error);
	fields_block(f, &bits_facts);
	if (error->input.has_address) {
		address(f, error);
	} else if (error->input.has_mapping) {
		fields_row(f, "mapping");
		add_mapping(f, &error->input.mapping);
	}
	if (error->input.has_mapping)
		permission(f, error);
	likely(f, error);
	causes(f, error);
}

int cr2_view_error(const struct cr2_error *error, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, error);
	return fields_draw(&f, style, text);
}

int cr2_error_to_json(const struct cr2_error *error, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, error);
	return fields_json(&f, text);
}
