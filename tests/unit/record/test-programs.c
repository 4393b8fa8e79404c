/* SPDX-License-Identifier: MIT */
/* src/record/perf/programs.c: which file a process has mapped where, as time goes on. */
#include <stdio.h>

#include "record/perf/programs.h"

#include "../test.h"

static void map(struct programs *programs, uint32_t pid, uint64_t start, uint64_t end, const char *path)
{
	const struct program_map made = {.start = start, .end = end, .offset = 0x1000};

	assert_int_equal(programs_map(programs, pid, &made, path, NULL, 0), 0);
}

/* "path+offset" of an address; "": nothing is mapped there. */
static const char *at(const struct programs *programs, uint32_t pid, uint64_t address)
{
	static char text[64];
	const struct program *program = programs_find(programs, pid);
	struct program_map found;

	text[0] = '\0';
	if (program && program_at(program, address, &found))
		snprintf(text, sizeof(text), "%s+%llx", found.file->path,
			 (unsigned long long)(found.offset + address - found.start));
	return text;
}

static void a_mapping_replaces_what_it_covers(void **state)
{
	struct programs p;

	(void)state;
	programs_init(&p);
	map(&p, 1, 0x10000, 0x20000, "a");
	map(&p, 1, 0x14000, 0x15000, "b");
	assert_string_equal(at(&p, 1, 0x13fff), "a+4fff");
	assert_string_equal(at(&p, 1, 0x14000), "b+1000");
	assert_string_equal(at(&p, 1, 0x15000), "a+6000");
	map(&p, 1, 0xf000, 0x1f000, "c");
	assert_string_equal(at(&p, 1, 0x14000), "c+6000");
	assert_string_equal(at(&p, 1, 0x1f000), "a+10000");
	assert_string_equal(at(&p, 1, 0x20000), "");
	assert_string_equal(at(&p, 1, UINT64_MAX), "");
	programs_finish(&p);
}

static void children_inherit_and_part(void **state)
{
	struct programs p;

	(void)state;
	programs_init(&p);
	assert_int_equal(programs_name(&p, 1, "mother", false), 0);
	map(&p, 1, 0x1000, 0x2000, "a");
	assert_int_equal(programs_fork(&p, 2, 1), 0);
	assert_string_equal(programs_find(&p, 2)->comm, "mother");
	map(&p, 2, 0x1000, 0x2000, "b");
	assert_string_equal(at(&p, 1, 0x1000), "a+1000");
	assert_string_equal(at(&p, 2, 0x1000), "b+1000");
	assert_int_equal(programs_name(&p, 2, "child", true), 0);
	assert_string_equal(at(&p, 2, 0x1000), "");
	programs_finish(&p);
}

/* A process is gone with its last thread, and its number is another's then. */
static void processes_end(void **state)
{
	struct programs p;

	(void)state;
	programs_init(&p);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(programs_fork(&p, 7, 1), 0);
		assert_int_equal(programs_fork(&p, 7, 7), 0);
		map(&p, 7, 0x1000, 0x2000, "a");
		programs_exit(&p, 7);
		assert_non_null(programs_find(&p, 7));
		programs_exit(&p, 7);
		assert_null(programs_find(&p, 7));
		programs_exit(&p, 7);
	}
	assert_true(p.n <= 2);
	/* An end that was not seen. */
	assert_int_equal(programs_fork(&p, 7, 1), 0);
	map(&p, 7, 0x1000, 0x2000, "a");
	assert_int_equal(programs_fork(&p, 7, 1), 0);
	assert_string_equal(at(&p, 7, 0x1000), "");
	programs_finish(&p);
}

/* Sixty thousand mappings, each in the midst of another. */
static void many_mappings(void **state)
{
	struct programs p;

	(void)state;
	programs_init(&p);
	map(&p, 1, 0, 1ULL << 40, "a");
	for (uint64_t i = 0; i < 60000; i++)
		map(&p, 1, i * 0x4000, i * 0x4000 + 0x1000, "b");
	assert_string_equal(at(&p, 1, 59999 * 0x4000), "b+1000");
	assert_string_equal(at(&p, 1, 59999 * 0x4000 + 0x1000), "a+3a97e000");
	programs_finish(&p);
}

static uint64_t owner_of(const struct programs *programs, uint32_t pid, uint64_t address)
{
	uint64_t owner;

	program_owned(programs_find(programs, pid), address, address + 1, &owner);
	return owner;
}

/* The last who brought a page has it; what was brought beside fills gaps only. */
static void pages_have_owners(void **state)
{
	struct programs p;
	uint64_t owner;

	(void)state;
	programs_init(&p);
	assert_int_equal(programs_own(&p, 1, 0x10000, 0x20000, false, 1), 0);
	assert_int_equal(programs_own(&p, 1, 0x14000, 0x15000, false, 2), 0);
	assert_int_equal(programs_own(&p, 1, 0x1f000, 0x22000, true, 3), 0);
	assert_int_equal(owner_of(&p, 1, 0xffff), 0);
	assert_int_equal(owner_of(&p, 1, 0x13fff), 1);
	assert_int_equal(owner_of(&p, 1, 0x14000), 2);
	assert_int_equal(owner_of(&p, 1, 0x15000), 1);
	assert_int_equal(owner_of(&p, 1, 0x1f000), 1);
	assert_int_equal(owner_of(&p, 1, 0x20000), 3);
	assert_int_equal(owner_of(&p, 1, 0x22000), 0);
	assert_int_equal(owner_of(&p, 1, 0x22000), 0);
	assert_int_equal(program_owned(programs_find(&p, 1), 0xf000, 0x30000, &owner), 0x10000);
	assert_int_equal(owner, 0);
	assert_int_equal(program_owned(programs_find(&p, 1), 0x10000, 0x30000, &owner), 0x14000);
	assert_int_equal(owner, 1);
	/* A child begins with its parent's, and each goes its own way. */
	assert_int_equal(programs_fork(&p, 2, 1), 0);
	assert_int_equal(programs_own(&p, 2, 0x10000, 0x11000, false, 9), 0);
	assert_int_equal(owner_of(&p, 2, 0x10000), 9);
	assert_int_equal(owner_of(&p, 2, 0x11000), 1);
	assert_int_equal(owner_of(&p, 1, 0x10000), 1);
	/* Another program has nothing of it. */
	assert_int_equal(programs_name(&p, 2, "new", true), 0);
	assert_int_equal(owner_of(&p, 2, 0x11000), 0);
	programs_exit(&p, 2);
	programs_finish(&p);
}

/* Mapped as code, by its name; a child has its parent's until it becomes another program. */
static void jitdumps(void **state)
{
	static const char *const others[] = {"/tmp/jit-.dump", "/tmp/jit-7.dump2", "/jit-7.dump/x", "/tmp/ajit-7.dump"};
	struct program_map code = {.start = 0x1000, .end = 0x2000, .flags = PROGRAM_EXEC};
	struct cr2_recorded_map found;
	struct programs p;

	(void)state;
	programs_init(&p);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(others); i++) {
		assert_int_equal(programs_map(&p, 1, &code, others[i], NULL, 0), 0);
		assert_true(programs_at(&p, 1, 0x1000, &found));
		assert_null(found.jitdump);
	}
	map(&p, 1, 0x1000, 0x2000, "/tmp/jit-7.dump");
	assert_true(programs_at(&p, 1, 0x1000, &found) && !found.jitdump);
	assert_int_equal(programs_map(&p, 1, &code, "/tmp/jit-7.dump", NULL, 0), 0);
	map(&p, 1, 0x3000, 0x4000, "a");
	assert_int_equal(programs_fork(&p, 2, 1), 0);
	for (uint32_t pid = 1; pid <= 2; pid++) {
		assert_true(programs_at(&p, pid, 0x3000, &found));
		assert_string_equal(found.jitdump, "/tmp/jit-7.dump");
	}
	assert_int_equal(programs_name(&p, 2, "new", true), 0);
	map(&p, 2, 0x3000, 0x4000, "a");
	assert_true(programs_at(&p, 2, 0x3000, &found));
	assert_null(found.jitdump);
	programs_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jitdumps),
		cmocka_unit_test(pages_have_owners),
		cmocka_unit_test(a_mapping_replaces_what_it_covers),
		cmocka_unit_test(children_inherit_and_part),
		cmocka_unit_test(processes_end),
		cmocka_unit_test(many_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
