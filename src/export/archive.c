/* SPDX-License-Identifier: MIT */
/* minizip writes to a file, of which this is one in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "archive.h"

struct archive {
	zipFile file;
	struct cr2_text bytes;
	size_t at;
	int error;
};

static voidpf open_memory(voidpf archive, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return archive;
}

static uLong read_memory(voidpf opaque, voidpf stream, void *to, uLong size)
{
	struct archive *archive = stream;
	size_t left = archive->bytes.length - archive->at, n = size < left ? size : left;

	(void)opaque;
	if (n)
		memcpy(to, archive->bytes.data + archive->at, n);
	archive->at += n;
	return n;
}

/* Headers are written again when their sizes are known. */
static uLong write_memory(voidpf opaque, voidpf stream, const void *from, uLong size)
{
	struct archive *archive = stream;
	size_t left = archive->bytes.length - archive->at, over = size < left ? size : left;

	(void)opaque;
	if (over)
		memcpy(archive->bytes.data + archive->at, from, over);
	if (over < size && cr2_text_append_n(&archive->bytes, (const char *)from + over, size - over) < 0)
		return 0;
	archive->at += size;
	return size;
}

static ZPOS64_T tell_memory(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return ((struct archive *)stream)->at;
}

static long seek_memory(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	struct archive *archive = stream;
	size_t from = origin == ZLIB_FILEFUNC_SEEK_SET ? 0 :
		      origin == ZLIB_FILEFUNC_SEEK_CUR ? archive->at : archive->bytes.length;

	(void)opaque;
	if (from + offset > archive->bytes.length)
		return -1;
	archive->at = from + offset;
	return 0;
}

static int nothing(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

int archive_begin(struct archive **ret_archive)
{
	struct archive *archive = calloc(1, sizeof(*archive));
	zlib_filefunc64_def memory = {open_memory, read_memory, write_memory, tell_memory, seek_memory, nothing, nothing,
				      archive};

	if (!archive)
		return -ENOMEM;
	archive->file = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &memory);
	if (!archive->file) {
		free(archive);
		return -ENOMEM;
	}
	*ret_archive = archive;
	return 0;
}

void archive_add(struct archive *archive, const char *name, const struct cr2_text *content)
{
	/* The first day that zip knows, 1 January 1980. */
	static const zip_fileinfo info = {.dosDate = 1 << 21 | 1 << 16};

	if (archive->error)
		return;
	if (content->length > UINT32_MAX)
		archive->error = -EFBIG;
	else if (zipOpenNewFileInZip(archive->file, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
				     Z_DEFAULT_COMPRESSION) != ZIP_OK ||
		 zipWriteInFileInZip(archive->file, content->data, (unsigned)content->length) != ZIP_OK ||
		 zipCloseFileInZip(archive->file) != ZIP_OK)
		archive->error = -EIO;
}

int archive_end(struct archive *archive, struct cr2_text *bytes)
{
	int r = zipClose(archive->file, NULL) == ZIP_OK ? archive->error : -EIO;

	if (r == 0)
		r = cr2_text_append_n(bytes, archive->bytes.data, archive->bytes.length);
	cr2_text_finish(&archive->bytes);
	free(archive);
	return r;
}
