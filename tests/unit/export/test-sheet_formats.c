/* SPDX-License-Identifier: MIT */
/* Sheets' formats. The files as wholes: tests/cli/sheets.bats. */
#include <errno.h>

#include <cr2/export_sheet.h>

#include "../test.h"

static void formats(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_SHEET_FORMATS; i++) {
		enum cr2_sheet_format format = (enum cr2_sheet_format)i;

		assert_int_equal(cr2_sheet_format_parse(cr2_sheet_format_name(format)), i);
		assert_non_null(cr2_sheet_format_extension(format));
		assert_non_null(cr2_sheet_format_meaning(format));
	}
	assert_int_equal(cr2_sheet_format_parse("md"), -EINVAL);
	assert_null(cr2_sheet_format_name(CR2_SHEET_FORMATS));
	assert_true(cr2_sheet_format_built(CR2_SHEET_MARKDOWN));
	assert_true(cr2_sheet_format_has_key(CR2_SHEET_HTML));
	assert_false(cr2_sheet_format_has_key(CR2_SHEET_MOODLE));
}

/* A name of any letters cannot leave its place. */
static void named(void **state)
{
	char id[] = "ada@x.org", name[] = "<b>\x1b&\xff";
	const struct cr2_sheet sheet = {.id = id, .name = name};

	(void)state;
	for (int i = 0; i < CR2_SHEET_FORMATS; i++) {
		struct cr2_text bytes = {0};
		int r = cr2_export_sheet(&sheet, (enum cr2_sheet_format)i, false, &bytes);

		if (r == -ENOSYS)
			test_skip("built without Mini-XML and minizip");
		assert_int_equal(r, 0);
		assert_true(bytes.length > 20);
		if (i == CR2_SHEET_HTML)
			assert_non_null(strstr(bytes.data, "Name: &lt;b&gt;\\x1b&amp;\\xff<"));
		cr2_text_finish(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
