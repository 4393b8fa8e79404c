/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a report and of its lists, one after the other, without long runs of zeros: pieces
 * that begin with how many bytes follow and how many zeros stand behind them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pack.h"

struct piece {
	uint8_t bytes, zeros;
};
#define MOST UINT8_MAX
#define RUN 4 /* fewer zeros are not worth a piece */

static size_t count_zeros(const char *data, size_t n)
{
	size_t zeros = 0;

	while (zeros < n && zeros < MOST && !data[zeros])
		zeros++;
	return zeros;
}

/* Up to the next run of zeros. */
static size_t count_bytes(const char *data, size_t n)
{
	size_t bytes = 0;

	while (bytes < n && bytes < MOST && count_zeros(data + bytes, n - bytes < RUN ? n - bytes : RUN) < RUN)
		bytes++;
	return bytes;
}

static int pack(const void *from, size_t n, struct cr2_text *packed)
{
	const char *data = from;
	int r = 0;

	while (n && r == 0) {
		struct piece piece = {.bytes = (uint8_t)count_bytes(data, n)};

		piece.zeros = (uint8_t)count_zeros(data + piece.bytes, n - piece.bytes);
		r = cr2_text_append_n(packed, (const char *)&piece, sizeof(piece));
		if (r == 0)
			r = cr2_text_append_n(packed, data, piece.bytes);
		data += piece.bytes + piece.zeros;
		n -= (size_t)piece.bytes + piece.zeros;
	}
	return r;
}

static const char *unpack(const char *packed, void *ret_data, size_t n)
{
	char *data = ret_data;

	while (n) {
		struct piece piece;

		memcpy(&piece, packed, sizeof(piece));
		packed += sizeof(piece);
		memcpy(data, packed, piece.bytes);
		memset(data + piece.bytes, 0, piece.zeros);
		packed += piece.bytes;
		data += piece.bytes + piece.zeros;
		n -= (size_t)piece.bytes + piece.zeros;
	}
	return packed;
}

/* The report without what it only points to. */
static int pack_itself(const struct cr2_log_report *report, struct cr2_text *packed)
{
	struct cr2_log_report bare = *report;

	bare.decoder = NULL;
	bare.variables.items = NULL;
	bare.variables.capacity = 0;
	for (size_t i = 0; i < CR2_LOG_STACK_COUNT; i++) {
		bare.calls[i].items = NULL;
		bare.calls[i].capacity = 0;
	}
	return pack(&bare, sizeof(bare), packed);
}

int log_report_pack(const struct cr2_log_report *report, struct cr2_text *packed)
{
	const struct log_variables *variables = &report->variables;
	int r = pack_itself(report, packed);

	for (size_t i = 0; i < CR2_LOG_STACK_COUNT && r == 0; i++)
		r = pack(report->calls[i].items, report->calls[i].n * sizeof(report->calls[i].items[0]), packed);
	return r == 0 ? pack(variables->items, variables->n * sizeof(variables->items[0]), packed) : r;
}

/* n items of that size, of which there may be none. */
static int unpack_list(const char **packed, void *ret_items, size_t *ret_capacity, size_t n, size_t size)
{
	void *items = n ? malloc(n * size) : NULL;

	if (n && !items)
		return -ENOMEM;
	*packed = unpack(*packed, items, n * size);
	memcpy(ret_items, &items, sizeof(items));
	*ret_capacity = n;
	return 0;
}

int log_report_unpack(const char *packed, struct cr2_log_report *ret_report)
{
	struct log_variables *variables = &ret_report->variables;
	int r = 0;

	packed = unpack(packed, ret_report, sizeof(*ret_report));
	for (size_t i = 0; i < CR2_LOG_STACK_COUNT && r == 0; i++) {
		struct log_calls *calls = &ret_report->calls[i];

		r = unpack_list(&packed, &calls->items, &calls->capacity, calls->n, sizeof(calls->items[0]));
	}
	if (r == 0)
		r = unpack_list(&packed, &variables->items, &variables->capacity, variables->n,
				sizeof(variables->items[0]));
	if (r < 0)
		log_report_finish(ret_report);
	return r;
}
