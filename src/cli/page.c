/* SPDX-License-Identifier: MIT */
/* The page of web/: where it is, and a copy of it with a scenario inside. */
#include <errno.h>
#include <string.h>

#include <cr2/view_step.h>

#include "cli.h"
#include "find.h"
#include "page.h"

static int read_all(FILE *file, struct cr2_text *text)
{
	char block[65536];
	size_t n;
	int r = 0;

	while (r == 0 && (n = fread(block, 1, sizeof(block), file)) > 0)
		r = cr2_text_append_n(text, block, n);
	return r == 0 && ferror(file) ? -EIO : r;
}

int page_load(const char *command, struct cr2_text *ret_page)
{
	struct cr2_text built = {0}, installed = {0};
	FILE *file = NULL;
	int r;

	find_own("web/cr2.html", false, &built);
	find_own("cr2.html", true, &installed);
	if (built.data && installed.data && !(file = fopen(built.data, "re")))
		file = fopen(installed.data, "re");
	if (!file)
		r = cli_error(CLI_UNABLE, "%s: the page is not here: 'make web' builds it; looked for %s and %s", command,
			      built.data ? built.data : "?", installed.data ? installed.data : "?");
	else if ((r = read_all(file, ret_page)) < 0)
		r = cli_error(CLI_UNABLE, "%s: cannot read the page: %s", command, strerror(-r));
	if (file)
		fclose(file);
	cr2_text_finish(&built);
	cr2_text_finish(&installed);
	return r;
}

static int put_page(const char *command, const char *path, const struct cr2_text *text)
{
	bool to_stdout = strcmp(path, "-") == 0;
	FILE *file = to_stdout ? stdout : fopen(path, "we");
	bool ok = file && fwrite(text->data, 1, text->length, file) == text->length;
	int error = errno;

	if (file && !to_stdout && fclose(file) != 0 && ok) {
		ok = false;
		error = errno;
	}
	return ok ? CLI_OK : cli_error(CLI_UNABLE, "%s: cannot write %s: %s", command, path, strerror(error));
}

int page_write(const char *command, const char *path, const char *scenario, enum cr2_profile profile, int against)
{
	struct cr2_text page = {0}, out = {0};
	int code = page_load(command, &page), r;

	if (code == CLI_OK) {
		r = cr2_view_page(page.data, scenario, profile, against, &out);
		code = r == 0 ? put_page(command, path, &out) :
				cli_error(CLI_UNABLE, "%s: %s", command, r == -EINVAL ? "the page is of another version" : strerror(-r));
	}
	cr2_text_finish(&page);
	cr2_text_finish(&out);
	return code;
}
