/* SPDX-License-Identifier: MIT */
/* The page of web/: where it is, and a copy of it with a scenario inside. */
#include <errno.h>
#include <string.h>

#include <cr2/view_step.h>

#include "cli.h"
#include "find.h"
#include "page.h"

int page_load(const char *command, struct cr2_text *ret_page)
{
	struct cr2_text built = {0}, installed = {0};
	int r = -ENOENT;

	find_own("web/cr2.html", false, &built);
	find_own("cr2.html", true, &installed);
	if (built.data && installed.data && (r = cli_read_file(built.data, ret_page)) == -ENOENT)
		r = cli_read_file(installed.data, ret_page);
	if (r == -ENOENT)
		r = cli_error(CLI_UNABLE, "%s: the page is not here: 'make web' builds it; looked for %s and %s", command,
			      built.data ? built.data : "?", installed.data ? installed.data : "?");
	else if (r < 0)
		r = cli_error(CLI_UNABLE, "%s: cannot read the page: %s", command, strerror(-r));
	cr2_text_finish(&built);
	cr2_text_finish(&installed);
	return r;
}

int page_write(const char *command, const char *path, const char *scenario, enum cr2_profile profile,
	       const char *against)
{
	struct cr2_text page = {0}, out = {0};
	int code = page_load(command, &page), r;

	if (code == CLI_OK) {
		r = cr2_view_page(page.data, scenario, profile, against, &out);
		if (r < 0)
			code = cli_error(CLI_UNABLE, "%s: %s", command, r == -EINVAL ? "the page is of another version" : strerror(-r));
		else if ((r = cli_write_file(path, 0, out.data, out.length)) < 0)
			code = cli_error(CLI_UNABLE, "%s: cannot write %s: %s", command, path, strerror(-r));
	}
	cr2_text_finish(&page);
	cr2_text_finish(&out);
	return code;
}
