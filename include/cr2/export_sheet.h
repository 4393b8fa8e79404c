/* SPDX-License-Identifier: MIT */
/* Sheets of exercises as pages, and for the programs that universities grade with. */
#ifndef CR2_EXPORT_SHEET_H
#define CR2_EXPORT_SHEET_H

#include <cr2/sheet.h>

CR2_BEGIN_DECLS

enum cr2_sheet_format {
#define X(id, name, extension, has_key, meaning) CR2_SHEET_##id,
#include <cr2/tables/sheet_format.def>
#undef X
	CR2_SHEET_FORMATS,
};
const char *cr2_sheet_format_name(enum cr2_sheet_format format); /* "moodle"; NULL outside the table */
const char *cr2_sheet_format_extension(enum cr2_sheet_format format); /* "xml" */
bool cr2_sheet_format_has_key(enum cr2_sheet_format format); /* keys are apart; else the sheet holds its answers */
const char *cr2_sheet_format_meaning(enum cr2_sheet_format format);
int cr2_sheet_format_parse(const char *name); /* or -EINVAL */

/* Whether this was built with what it takes: Mini-XML and minizip, for all but Markdown. */
bool cr2_sheet_format_built(enum cr2_sheet_format format);

/*
 * Appends it; key: of a format whose keys are apart, that. The same sheet gives the same bytes. Returns 0, -ENOMEM, -EIO,
 * or -ENOSYS: not built.
 */
int cr2_export_sheet(const struct cr2_sheet *sheet, enum cr2_sheet_format format, bool key, struct cr2_text *bytes);

CR2_END_DECLS

#endif
