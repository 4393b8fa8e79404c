/* SPDX-License-Identifier: MIT */
/* Files that are read and written whole. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

int cli_read_file(const char *path, struct cr2_text *text)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char block[65536];
	size_t n;
	int r = file ? 0 : -errno;

	errno = 0;
	while (r == 0 && (n = fread(block, 1, sizeof(block), file)) > 0)
		r = text->length + n > CLI_INPUT_MAX ? -EFBIG : cr2_text_append_n(text, block, n);
	if (r == 0 && ferror(file))
		r = errno ? -errno : -EIO;
	if (file && file != stdin)
		fclose(file);
	return r;
}

int cli_read_line(FILE *file, struct cr2_text *line)
{
	int c = EOF, r;

	cr2_text_clear(line);
	errno = 0;
	for (r = cr2_text_append(line, ""); r == 0 && (c = getc(file)) != EOF && c != '\n';) {
		const char byte = (char)c;

		r = line->length == CLI_INPUT_MAX ? -EFBIG : cr2_text_append_n(line, &byte, 1);
	}
	if (r == 0 && ferror(file))
		r = errno ? -errno : -EIO;
	return r < 0 ? r : c != EOF || line->length > 0;
}

int cli_write_file(const char *path, mode_t mode, const char *data, size_t n)
{
	FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	int r = 0;

	if (!file || (mode && fchmod(fileno(file), mode) < 0) || fwrite(data, 1, n, file) != n)
		r = -errno;
	if (file && file != stdout && fclose(file) != 0 && r == 0)
		r = -errno;
	return r;
}
