/* SPDX-License-Identifier: MIT */
/* Litmus files from the file system; "-" is standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

#include "parser.h"

static int unreadable(const char *name, int r, struct cr2_diag *ret_diag)
{
	*ret_diag = (struct cr2_diag){
		.path = strdup(name),
		.message = strdup(r == -ENOENT ? "no such file" : strerror(-r)),
	};
	return r;
}

int cr2_litmus_load(const char *path, struct cr2_litmus *ret_litmus, struct cr2_diag *ret_diag)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *name = is_stdin ? "<stdin>" : path;
	FILE *stream = is_stdin ? stdin : fopen(path, "re");
	struct cr2_text text = {0};
	int r;

	*ret_diag = (struct cr2_diag){0};
	if (!stream)
		return unreadable(name, -errno, ret_diag);
	r = stream_read(stream, LANG_LENGTH_MAX, &text);
	if (r == -EFBIG)
		r = lang_too_long(name, ret_diag);
	else if (r < 0)
		unreadable(name, r, ret_diag);
	else
		r = cr2_litmus_parse(name, text.data ? text.data : "", text.length, ret_litmus,
				     ret_diag);
	cr2_text_finish(&text);
	if (!is_stdin)
		fclose(stream);
	return r;
}
