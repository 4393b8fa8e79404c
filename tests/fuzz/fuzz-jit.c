/* SPDX-License-Identifier: MIT */
/* Whatever a program writes as a map file ('m' first) or as records of a jitdump: functions do not overlap, and have names. */
#include <assert.h>
#include <string.h>

#include "symbol/jit_table.h"

#include "fuzz.h"

static void read_records(struct jit_table *table, const uint8_t *data, size_t size)
{
	struct jit_record record;

	while (size >= sizeof(record)) {
		size_t n;

		memcpy(&record, data, sizeof(record));
		n = record.size < size ? record.size : size;
		assert(jit_table_record(table, data, n) == 0);
		if (n < sizeof(record))
			break;
		data += n;
		size -= n;
	}
}

static void check(const struct jit_table *table)
{
	struct ordered_key key = {0};
	struct ordered_entry entry;
	uint64_t end = 0;

	while (ordered_ceil(&table->functions, key, &entry)) {
		struct jit_place place;

		assert(entry.key.b >= end);
		assert(jit_table_find(table, entry.key.b, &place) && place.function);
		memcpy(&end, entry.value, sizeof(end));
		key = ordered_above(entry.key);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jit_table table;

	jit_table_init(&table);
	if (size && data[0] == 'm')
		assert(jit_table_map(&table, (const char *)data + 1, size - 1) <= (int64_t)size);
	else
		read_records(&table, data, size);
	check(&table);
	jit_table_finish(&table);
	return 0;
}
