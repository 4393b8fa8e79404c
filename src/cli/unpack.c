/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "unpack.h"

#ifndef CR2_ZSTD
const bool unpack_is_there = false;

int64_t unpack(struct unpacker **unpacker, const void **bytes, size_t *n, void *into, size_t room)
{
	(void)unpacker;
	(void)bytes;
	(void)n;
	(void)into;
	(void)room;
	return -EOPNOTSUPP;
}

void unpack_end(struct unpacker **unpacker)
{
	(void)unpacker;
}
#else
#include <zstd.h>

const bool unpack_is_there = true;

static int64_t begin(struct unpacker **unpacker)
{
	unpack_end(unpacker);
	*unpacker = (struct unpacker *)ZSTD_createDStream();
	return *unpacker ? 0 : -ENOMEM;
}

int64_t unpack(struct unpacker **unpacker, const void **bytes, size_t *n, void *into, size_t room)
{
	ZSTD_inBuffer in = {.src = bytes ? *bytes : NULL, .size = bytes ? *n : 0};
	ZSTD_outBuffer out = {.dst = into, .size = room};
	size_t r;

	if (!bytes)
		return begin(unpacker);
	/* Once more where all was taken: some may be left inside. */
	do
		r = ZSTD_decompressStream((ZSTD_DStream *)*unpacker, &out, &in);
	while (!ZSTD_isError(r) && out.pos == 0 && in.pos < in.size);
	if (ZSTD_isError(r))
		return -EBADMSG;
	*bytes = (const char *)in.src + in.pos;
	*n = in.size - in.pos;
	return (int64_t)out.pos;
}

void unpack_end(struct unpacker **unpacker)
{
	ZSTD_freeDStream((ZSTD_DStream *)*unpacker);
	*unpacker = NULL;
}
#endif
