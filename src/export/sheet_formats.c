/* SPDX-License-Identifier: MIT */
/* The table of the formats that sheets are exported as. */
#include <errno.h>
#include <string.h>

#include <cr2/export_sheet.h>

static const struct {
	const char *name, *extension;
	bool has_key;
	const char *meaning;
} formats[] = {
#define X(id, name, extension, has_key, meaning) [CR2_SHEET_##id] = {#name, extension, has_key, meaning},
#include <cr2/tables/sheet_format.def>
#undef X
};

const char *cr2_sheet_format_name(enum cr2_sheet_format format)
{
	return (unsigned)format < CR2_SHEET_FORMATS ? formats[format].name : NULL;
}

const char *cr2_sheet_format_extension(enum cr2_sheet_format format)
{
	return (unsigned)format < CR2_SHEET_FORMATS ? formats[format].extension : NULL;
}

const char *cr2_sheet_format_meaning(enum cr2_sheet_format format)
{
	return (unsigned)format < CR2_SHEET_FORMATS ? formats[format].meaning : NULL;
}

bool cr2_sheet_format_has_key(enum cr2_sheet_format format)
{
	return (unsigned)format < CR2_SHEET_FORMATS && formats[format].has_key;
}

int cr2_sheet_format_parse(const char *name)
{
	for (int i = 0; i < CR2_SHEET_FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return i;
	return -EINVAL;
}
