/* SPDX-License-Identifier: MIT */
/* Files that are read whole. */
#include <errno.h>
#include <string.h>

#include "cli.h"

int cli_read_file(const char *path, struct cr2_text *text)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char block[65536];
	size_t n;
	int r = file ? 0 : -errno;

	errno = 0;
	while (r == 0 && (n = fread(block, 1, sizeof(block), file)) > 0)
		r = cr2_text_append_n(text, block, n);
	if (r == 0 && ferror(file))
		r = errno ? -errno : -EIO;
	if (file && file != stdin)
		fclose(file);
	return r;
}
