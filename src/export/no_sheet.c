/* SPDX-License-Identifier: MIT */
/* In the place of sheets' writers where Mini-XML or minizip was not there when this was built. */
#include <errno.h>

#include <cr2/export_sheet.h>
#include <cr2/view_learn.h>

bool cr2_sheet_format_built(enum cr2_sheet_format format)
{
	return format == CR2_SHEET_MARKDOWN;
}

int cr2_export_sheet(const struct cr2_sheet *sheet, enum cr2_sheet_format format, bool key, struct cr2_text *bytes)
{
	return format == CR2_SHEET_MARKDOWN ? cr2_view_sheet_markdown(sheet, key, bytes) : -ENOSYS;
}
