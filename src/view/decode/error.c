/* SPDX-License-Identifier: MIT */
/* An error code for people: its bits, where the address lies, what Linux makes of it. */
#include <errno.h>
#include <inttypes.h>

#include <cr2/view_decode.h>

#include "bits.h"

static int heading(const struct cr2_error *error, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct cr2_text words = {0};
	struct rich meaning = {0};
	int r = cr2_error_code_binary(error->input.code, &words);

	if (r == 0) {
		rich_keep(&meaning, INK_BOLD, "= %s:", words.data);
		cr2_text_clear(&words);
		r = cr2_error_sentence(error, &words);
	}
	if (r == 0) {
		rich_printf(&meaning, INK_PLAIN, " %s", words.data);
		r = bits_heading(style, text, "error code", error->input.code, &meaning);
	}
	rich_finish(&meaning);
	cr2_text_finish(&words);
	return r;
}

static void fill_bit(struct rich *row, const struct cr2_error_bit *bit, bool set)
{
	enum ink ink = set ? INK_PLAIN : INK_DIM;

	rich_keep(&row[0], ink, "%2u", bit->bit);
	rich_add(&row[1], set ? INK_BOLD : INK_DIM, bit->name);
	rich_add(&row[2], ink, set ? "1" : "0");
	rich_add(&row[3], ink, set ? bit->set : bit->clear);
	rich_add(&row[4], ink, bit->meaning);
}

static int bits(const struct cr2_error *error, const struct cr2_style *style, struct cr2_text *text)
{
	struct grid grid = {.columns = 5, .at = 2};
	size_t n;
	const struct cr2_error_bit *rows = cr2_error_bits(&n);

	for (size_t i = 0; i < n; i++) {
		struct rich *row = grid_row(&grid);

		if (row)
			fill_bit(row, &rows[i], error->input.code >> rows[i].bit & 1);
	}
	return grid_draw(&grid, style, text);
}

static int conflicts(const struct cr2_error *error, const struct cr2_style *style,
		     struct cr2_text *text)
{
	struct rich content = {0};
	int r;

	if (error->n_conflicts == 0)
		return 0;
	rich_add(&content, INK_WARN, "no CPU pushes this code");
	if (error->unknown)
		rich_printf(&content, INK_WARN, " (0x%" PRIx64 " is unknown)", error->unknown);
	for (size_t i = 0; i < error->n_conflicts; i++) {
		rich_break(&content);
		rich_add(&content, INK_PLAIN, error->conflicts[i]);
	}
	r = cr2_text_append(text, "\n");
	if (r == 0)
		r = bits_labelled(style, text, "impossible", &content);
	rich_finish(&content);
	return r;
}

static void add_mapping(struct rich *content, const struct cr2_mapping *mapping)
{
	rich_keep(content, INK_NAME, "[%" PRIx64 ", %" PRIx64 ") %c%c%c%c", mapping->start,
		  mapping->end, mapping->prot & CR2_PROT_READ ? 'r' : '-',
		  mapping->prot & CR2_PROT_WRITE ? 'w' : '-',
		  mapping->prot & CR2_PROT_EXEC ? 'x' : '-', mapping->shared ? 's' : 'p');
}

/* Where the address is, relative to the mapping; its end is the first byte outside. */
static void add_place(struct rich *content, const struct cr2_error *error)
{
	const struct cr2_mapping *mapping = &error->input.mapping;
	uint64_t address = error->input.address;

	if (error->inside) {
		rich_printf(content, INK_PLAIN, "offset 0x%" PRIx64 ": page %" PRIu64 " of %" PRIu64
			    " (from 0), byte 0x%" PRIx64 " of it", error->offset, error->page,
			    (mapping->end - mapping->start) >> CR2_PAGE_SHIFT, error->page_offset);
		return;
	}
	if (address == mapping->end)
		rich_add(content, INK_PLAIN, "exactly its end, which is exclusive");
	else if (address > mapping->end)
		rich_printf(content, INK_PLAIN, "0x%" PRIx64 " bytes past its end",
			    address - mapping->end);
	else
		rich_printf(content, INK_PLAIN, "0x%" PRIx64 " bytes below its start",
			    mapping->start - address);
}

static int address(const struct cr2_error *error, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct rich content = {0};
	struct cr2_va va;
	int r;

	cr2_va_decode(error->input.address, 4, &va);
	rich_printf(&content, INK_PLAIN, "0x%" PRIx64, error->input.address);
	if (error->input.has_mapping) {
		rich_add(&content, error->inside ? INK_GOOD : INK_BAD,
			 error->inside ? " inside " : " outside ");
		add_mapping(&content, &error->input.mapping);
		rich_break(&content);
		add_place(&content, error);
	} else {
		rich_printf(&content, INK_PLAIN, " %s, byte 0x%" PRIx64 " of its page",
			    !va.canonical ? "not canonical with 4 levels" :
			    va.kernel ? "in the kernel's half" : "in user space",
			    (uint64_t)(error->input.address & ~CR2_PAGE_MASK));
	}
	r = bits_labelled(style, text, "address", &content);
	rich_finish(&content);
	return r;
}

static int permission(const struct cr2_error *error, const struct cr2_style *style,
		      struct cr2_text *text)
{
	static const struct {
		uint8_t prot;
		const char *needs;
	} needs[] = {
		{CR2_PROT_READ, "a load needs r, w or x"},
		{CR2_PROT_WRITE, "a store needs w"},
		{CR2_PROT_EXEC, "a fetch needs x"},
	};
	struct rich content = {0};
	int r;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(needs); i++) {
		bool missing = error->missing & needs[i].prot;

		if (!(error->needed & needs[i].prot))
			continue;
		rich_printf(&content, INK_PLAIN, "%s%s: ", rich_empty(&content) ? "" : "; ",
			    needs[i].needs);
		rich_add(&content, missing ? INK_BAD : INK_GOOD,
			 missing ? "the mapping refuses" : "the mapping allows");
	}
	if (error->input.code & CR2_PF(PK))
		rich_add(&content, INK_BAD, "; its protection key refuses");
	if (error->needed == (CR2_PROT_WRITE | CR2_PROT_EXEC))
		rich_add(&content, INK_PLAIN, "; Linux asks for w alone where W is set");
	r = bits_labelled(style, text, "permission", &content);
	rich_finish(&content);
	return r;
}

/* A path is good news, an oops or a signal is not. */
static enum ink outcome_ink(const struct cr2_cause *cause)
{
	return cause->result == CR2_RESULT_OK ? INK_GOOD : INK_BAD;
}

static int likely(const struct cr2_error *error, const struct cr2_style *style,
		  struct cr2_text *text)
{
	const struct cr2_cause *cause = &error->causes[error->likely];
	struct rich content = {0};
	int r;

	rich_add(&content, INK_NAME, cause->function);
	if (cause->path != CR2_PATH_UNKNOWN)
		rich_printf(&content, INK_PLAIN, " (%s)", cr2_path_name(cause->path));
	rich_add(&content, INK_PLAIN, ": ");
	rich_add(&content, outcome_ink(cause), cause->what);
	r = bits_labelled(style, text, "likely", &content);
	rich_finish(&content);
	return r;
}

static int mapping(const struct cr2_error *error, const struct cr2_style *style,
		   struct cr2_text *text)
{
	int r = 0;

	if (error->input.has_address || error->input.has_mapping)
		r = cr2_text_append(text, "\n");
	if (r == 0 && error->input.has_address)
		r = address(error, style, text);
	if (r == 0 && error->input.has_mapping)
		r = permission(error, style, text);
	if (r == 0 && error->input.has_mapping)
		r = likely(error, style, text);
	return r;
}

static void fill_cause(struct rich *row, const struct cr2_cause *cause)
{
	rich_add(&row[0], INK_PLAIN, cause->when);
	rich_add(&row[1], INK_NAME, cause->function);
	if (cause->result == CR2_RESULT_OK && cause->path != CR2_PATH_UNKNOWN)
		rich_printf(&row[2], INK_GOOD, "%s: ", cr2_path_name(cause->path));
	rich_add(&row[2], outcome_ink(cause), cause->what);
}

static int causes(const struct cr2_error *error, const struct cr2_style *style,
		  struct cr2_text *text)
{
	unsigned when = style->width > 70 ? (style->width - 24) / 2 : 23;
	struct grid grid = {.columns = 3, .at = 4, .limits = {when}};
	const char *manner = error->n_conflicts ? "taken at its word, " : "";
	const char *finds = error->n_causes > 1 ? "Linux looks, in this order, whether"
						: "Linux finds that";
	int r = cr2_text_printf(text, "\n  %s%s:\n", manner, finds);

	for (size_t i = 0; i < error->n_causes; i++) {
		struct rich *row = grid_row(&grid);

		if (row)
			fill_cause(row, &error->causes[i]);
	}
	if (r == 0)
		return grid_draw(&grid, style, text);
	grid_finish(&grid);
	return r;
}

int cr2_view_error(const struct cr2_error *error, const struct cr2_style *style,
		   struct cr2_text *text)
{
	int r = heading(error, style, text);

	if (r == 0)
		r = cr2_text_append(text, "\n");
	if (r == 0)
		r = bits(error, style, text);
	if (r == 0)
		r = conflicts(error, style, text);
	if (r == 0)
		r = mapping(error, style, text);
	return r == 0 ? causes(error, style, text) : r;
}
