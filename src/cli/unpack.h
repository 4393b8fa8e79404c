/* SPDX-License-Identifier: MIT */
/* zstd, unpacked as it comes: what perf record -z compressed. */
#ifndef CLI_UNPACK_H
#define CLI_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unpacker;
/* As struct cr2_recording_input has it. *unpacker: NULL at first; unpack_end() frees it. */
int64_t unpack(struct unpacker **unpacker, const void **bytes, size_t *n, void *into, size_t room);
void unpack_end(struct unpacker **unpacker);
/* Whether this cr2 was built with libzstd. */
extern const bool unpack_is_there;

#endif
