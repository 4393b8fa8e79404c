/* SPDX-License-Identifier: MIT */
/* src/symbol/jit_table.c, jit.c: names of code that programs made, from map files and jitdumps, good and hostile ones. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol/jit.h"

#include "../test.h"

/* "name", "name file:line"; "": none. */
static const char *at(const struct jit_table *table, uint64_t address)
{
	static char text[128];
	struct jit_place place;

	text[0] = '\0';
	if (jit_table_find(table, address, &place) && place.file)
		snprintf(text, sizeof(text), "%s %s:%d", place.function, place.file, place.line);
	else if (jit_table_find(table, address, &place))
		snprintf(text, sizeof(text), "%s", place.function);
	return text;
}

static int64_t add(struct jit_table *table, const char *lines)
{
	return jit_table_map(table, lines, strlen(lines));
}

static void map_files(void **state)
{
	struct jit_table table;

	(void)state;
	jit_table_init(&table);
	assert_int_equal(add(&table, "3000 10 c\n0x1000 0x100 a b\n2000 20 b\n2fff"), 37);
	assert_string_equal(at(&table, 0x1000), "a b");
	assert_string_equal(at(&table, 0x10ff), "a b");
	assert_string_equal(at(&table, 0x1100), "");
	assert_string_equal(at(&table, 0x300f), "c");
	/* What is told later has the place: of the other one stays what lies around it. */
	add(&table, "1040 10 new\n1ff0 20 over\n");
	assert_string_equal(at(&table, 0x103f), "a b");
	assert_string_equal(at(&table, 0x1040), "new");
	assert_string_equal(at(&table, 0x1050), "a b");
	assert_string_equal(at(&table, 0x200f), "over");
	assert_string_equal(at(&table, 0x2010), "b");
	jit_table_finish(&table);
}

static void lines_that_say_nothing(void **state)
{
	static const char *const lines[] = {
		"", "x", "10", "10 20", "10 20 ", "10  20 a", "-1 20 a", "10 0 a", "ffffffffffffffff 2 a", "1g 20 a",
		"11112222333344445 10 a", " 10 20 a", "0x 10 a", "10\t20\ta"};
	struct jit_table table;

	(void)state;
	jit_table_init(&table);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(lines); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s\n", lines[i]);
		assert_int_equal(add(&table, text), strlen(text));
		assert_int_equal(table.n, 0);
	}
	assert_string_equal(at(&table, UINT64_MAX), "");
	jit_table_finish(&table);
}

/* Hundred thousand that overlap, in no order. */
static void many_that_overlap(void **state)
{
	struct jit_table table;
	uint64_t number = 1;
	char line[64];

	(void)state;
	jit_table_init(&table);
	for (int i = 0; i < 100000; i++) {
		number = number * 6364136223846793005ULL + 1442695040888963407ULL;
		snprintf(line, sizeof(line), "%llx %x f%d\n", (unsigned long long)(number >> 40), 1 + (unsigned)(number >> 20 & 0xffff), i);
		assert_true(add(&table, line) > 0);
	}
	snprintf(line, sizeof(line), "f%d", 99999);
	assert_string_equal(at(&table, number >> 40), line);
	jit_table_finish(&table);
}

/* ---- jitdump ---- */

struct dump {
	size_t n;
	uint8_t bytes[1024];
};

static void put(struct dump *dump, const void *bytes, size_t n)
{
	assert_true(dump->n + n <= sizeof(dump->bytes));
	memcpy(dump->bytes + dump->n, bytes, n);
	dump->n += n;
}

static void put_64(struct dump *dump, uint64_t n)
{
	put(dump, &n, sizeof(n));
}

static void put_record(struct dump *dump, uint32_t kind, uint64_t time, const struct dump *body)
{
	const struct jit_record record = {kind, (uint32_t)(sizeof(record) + body->n), time};

	put(dump, &record, sizeof(record));
	put(dump, body->bytes, body->n);
}

static void put_load(struct dump *dump, uint64_t time, uint64_t address, uint64_t size, const char *name)
{
	struct dump body = {0};

	put_64(&body, 7 | 7ULL << 32);
	put_64(&body, address);
	put_64(&body, address);
	put_64(&body, size);
	put_64(&body, 0);
	put(&body, name, strlen(name) + 1);
	put(&body, "\x90\x90", 2); /* code */
	put_record(dump, JIT_LOAD, time, &body);
}

static void put_move(struct dump *dump, uint64_t time, uint64_t from, uint64_t to, uint64_t size)
{
	struct dump body = {0};

	put_64(&body, 7 | 7ULL << 32);
	put_64(&body, to);
	put_64(&body, from);
	put_64(&body, to);
	put_64(&body, size);
	put_64(&body, 0);
	put_record(dump, JIT_MOVE, time, &body);
}

static void put_line(struct dump *body, uint64_t address, uint32_t line, const char *file)
{
	const uint32_t numbers[] = {line, 0};

	put_64(body, address);
	put(body, numbers, sizeof(numbers));
	put(body, file, strlen(file) + 1);
}

static void put_lines(struct dump *dump, uint64_t time, uint64_t address)
{
	struct dump body = {0};

	put_64(&body, address);
	put_64(&body, 3);
	put_line(&body, address + 8, 12, "b.js");
	put_line(&body, address, 10, "a.js");
	put_line(&body, address + 4, 11, "\xff");
	put_record(dump, JIT_LINES, time, &body);
}

/* As node 20 does: freed memory in place of a name, with a zero in it. */
static void put_broken_lines(struct dump *dump, uint64_t time, uint64_t address)
{
	struct dump body = {0};

	put_64(&body, address);
	put_64(&body, 2);
	put_line(&body, address, 1, "\xbb\x99\x02");
	put(&body, "\0\0\0g\xfa/a.js", 11);
	put_line(&body, address + 4, 11, "a.js");
	put_record(dump, JIT_LINES, time, &body);
}

/* One whose lines are another function's. */
static void put_others_lines(struct dump *dump, uint64_t time, uint64_t address)
{
	put_lines(dump, time, address + 0x10000);
}

static void apply(struct jit_table *table, const struct dump *dump)
{
	for (size_t at = 0; at < dump->n;) {
		struct jit_record record;

		memcpy(&record, dump->bytes + at, sizeof(record));
		assert_int_equal(jit_table_record(table, dump->bytes + at, record.size), 0);
		at += record.size;
	}
}

static void dumps(void **state)
{
	struct jit_table table;
	struct dump dump = {0};

	(void)state;
	jit_table_init(&table);
	put_lines(&dump, 1, 0x1000);
	put_load(&dump, 2, 0x1000, 0x100, "f");
	put_load(&dump, 3, 0x2000, 0x10, "g");
	apply(&table, &dump);
	assert_string_equal(at(&table, 0x1000), "f a.js:10");
	assert_string_equal(at(&table, 0x1007), "f a.js:11");
	assert_string_equal(at(&table, 0x10ff), "f b.js:12");
	assert_string_equal(at(&table, 0x2000), "g");
	dump.n = 0;
	put_move(&dump, 4, 0x2000, 0x3000, 0x10);
	put_move(&dump, 5, 0x9000, 0x4000, 0x10);
	apply(&table, &dump);
	assert_string_equal(at(&table, 0x2000), "");
	assert_string_equal(at(&table, 0x300f), "g");
	dump.n = 0;
	put_broken_lines(&dump, 5, 0x7000);
	put_load(&dump, 5, 0x7000, 0x10, "broken");
	put_others_lines(&dump, 5, 0x8000);
	put_load(&dump, 5, 0x8000, 0x10, "others");
	apply(&table, &dump);
	assert_string_equal(at(&table, 0x7004), "broken");
	assert_string_equal(at(&table, 0x8004), "others");
	/* Cut off anywhere nothing is taken, and nothing is read beyond. */
	dump.n = 0;
	put_load(&dump, 6, 0x5000, 0x10, "h");
	for (size_t n = 0; n < dump.n - 2; n++) {
		uint8_t *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, dump.bytes, n);
		assert_int_equal(jit_table_record(&table, copy, n), 0);
		free(copy);
		assert_string_equal(at(&table, 0x5000), "");
	}
	jit_table_finish(&table);
}

/* ---- files ---- */

static void write_file(const char *path, const void *bytes, size_t n, const char *mode)
{
	FILE *file = fopen(path, mode);

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static const char *find(struct jit *jit, const char *dump, uint64_t time, uint64_t address)
{
	struct jit_place place;

	return jit_find(jit, (uint64_t)getpid(), dump, time, address, &place) == 0 ? place.function : "";
}

/* The same place is another function's later; records may come while the program runs. */
static void a_dump_goes_with_time(void **state)
{
	const struct jit_head head = {.magic = JIT_MAGIC, .version = 1, .size = sizeof(head), .machine = 62};
	char path[] = "/tmp/cr2-test-jit-XXXXXX";
	struct dump dump = {0};
	struct jit *jit;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	put(&dump, &head, sizeof(head));
	put_load(&dump, 100, 0x1000, 0x10, "first");
	put_load(&dump, 200, 0x1000, 0x10, "second");
	write_file(path, dump.bytes, dump.n, "w");
	assert_int_equal(jit_create(false, &jit), 0);
	assert_string_equal(find(jit, path, 99, 0x1000), "");
	assert_string_equal(find(jit, path, 150, 0x1000), "first");
	assert_string_equal(find(jit, path, 200, 0x1000), "second");
	assert_null(jit_refused(jit));
	jit_destroy(jit);
	assert_int_equal(jit_create(true, &jit), 0);
	assert_string_equal(find(jit, path, 200, 0x1000), "second");
	dump.n = 0;
	put_load(&dump, 201, 0x2000, 0x10, "third");
	write_file(path, dump.bytes, 20, "a"); /* not all of it yet */
	assert_string_equal(find(jit, path, 202, 0x2000), "");
	write_file(path, dump.bytes + 20, dump.n - 20, "a");
	assert_string_equal(find(jit, path, 203, 0x2000), "third");
	/* A record without a size. */
	write_file(path, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, "a");
	assert_string_equal(find(jit, path, 300000000, 0x3000), "");
	assert_non_null(strstr(jit_refused(jit), "it is damaged"));
	jit_destroy(jit);
	write_file(path, "no jitdump, but as long as the head of one would be....", 55, "w");
	assert_int_equal(jit_create(false, &jit), 0);
	assert_string_equal(find(jit, path, 1, 0x1000), "");
	assert_non_null(strstr(jit_refused(jit), "it is no jitdump"));
	jit_destroy(jit);
	unlink(path);
}

static void whose_map_file(void **state)
{
	char path[64], other[] = "/tmp/cr2-test-jit-XXXXXX";
	struct jit *jit;
	int fd = mkstemp(other);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	assert_int_equal(jit_create(true, &jit), 0);
	assert_string_equal(find(jit, NULL, 1, 0x1000), "");
	write_file(path, "1000 10 f\n2000 1", 16, "w");
	assert_string_equal(find(jit, NULL, 20000000, 0x1000), "f");
	/* The rest of a line, at once where the address is not known. */
	write_file(path, "0 g\n", 4, "a");
	assert_string_equal(find(jit, NULL, 20000001, 0x2000), "g");
	jit_destroy(jit);
	/* A link leads anywhere. */
	unlink(path);
	write_file(other, "1000 10 f\n", 10, "w");
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(jit_create(false, &jit), 0);
	assert_string_equal(find(jit, NULL, 1, 0x1000), "");
	jit_destroy(jit);
	unlink(path);
	write_file(path, "1000 10 f\n", 10, "w");
	/* Root may, unless its user namespace has nobody else. */
	if (chown(path, 65534, 65534) == 0) {
		assert_int_equal(jit_create(false, &jit), 0);
		assert_string_equal(find(jit, NULL, 1, 0x1000), "");
		assert_non_null(strstr(jit_refused(jit), "of the process's user"));
		jit_destroy(jit);
	}
	unlink(path);
	unlink(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_files),
		cmocka_unit_test(lines_that_say_nothing),
		cmocka_unit_test(many_that_overlap),
		cmocka_unit_test(dumps),
		cmocka_unit_test(a_dump_goes_with_time),
		cmocka_unit_test(whose_map_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
