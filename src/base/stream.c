/* SPDX-License-Identifier: MIT */
/* See stream.h. */
#include "stream.h"

#include <errno.h>

int stream_read(FILE *stream, size_t most, struct cr2_text *text)
{
	size_t start = text->length, n;
	char chunk[16384];
	int r = 0;

	errno = 0;
	while (r == 0 && (n = fread(chunk, 1, sizeof(chunk), stream)) > 0)
		r = text->length - start + n > most ? -EFBIG : cr2_text_append_n(text, chunk, n);
	if (r == 0 && ferror(stream))
		r = errno ? -errno : -EIO;
	return r;
}

int stream_read_file(const char *path, size_t most, struct cr2_text *text)
{
	FILE *stream = fopen(path, "re");
	int r;

	if (!stream)
		return -errno;
	r = stream_read(stream, most, text);
	fclose(stream);
	return r;
}
