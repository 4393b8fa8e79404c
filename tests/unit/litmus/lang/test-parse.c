/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/litmus.h>

#include "../../test.h"

static struct cr2_litmus parse(const char *text)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r = cr2_litmus_parse("t.litmus", text, strlen(text), &litmus, &diag);

	if (r < 0)
		fail_msg("%s\n%u:%u: %s (%s)", text, diag.line, diag.column,
			 diag.message ? diag.message : "", diag.hint ? diag.hint : "");
	return litmus;
}

static void settings_have_defaults(void **state)
{
	struct cr2_litmus litmus = parse("");

	(void)state;
	assert_int_equal(litmus.settings.thp, CR2_THP_NEVER);
	assert_int_equal(litmus.settings.fault_around, 16);
	assert_false(litmus.settings.fault_around_set);
	assert_false(litmus.settings.swap);
	assert_false(litmus.settings.keys);
	assert_int_equal(litmus.settings.levels, 4);
	assert_int_equal(litmus.settings.kernel, 0);
	assert_int_equal(litmus.n_statements, 0);
	assert_int_equal(litmus.names.processes.n, 1);
	assert_string_equal(litmus.names.processes.items[0], "parent");
	assert_null(litmus.title);
	cr2_litmus_finish(&litmus);
}

/* As who completes what is typed asks for them: each behind a word that begins a line. */
static void words_are_listed(void **state)
{
	const char *word, *behind, *first;
	size_t settings = 0;

	(void)state;
	while (cr2_litmus_word(settings, &behind) && !behind)
		settings++;
	assert_int_equal(settings, 8);
	for (size_t i = settings; (word = cr2_litmus_word(i, &behind)); i++) {
		bool known = cr2_op_parse(behind) >= 0 || strcmp(behind, "=>") == 0;

		for (size_t j = 0; j < settings; j++)
			known |= strcmp(cr2_litmus_word(j, &first), behind) == 0;
		if (!known)
			fail_msg("'%s' is behind '%s', which begins no line", word, behind);
	}
}

static void settings_are_read(void **state)
{
	struct cr2_litmus litmus = parse("\n## The title \n# more\nthp always 64 # why\n"
					 "fault_around 1\nswap on\nkeys on\nkernel 6.12\nhugetlb 3\ngigantic 2\nlevels 5\n");

	(void)state;
	assert_string_equal(litmus.title, "The title");
	assert_int_equal(litmus.settings.thp, CR2_THP_ALWAYS);
	assert_int_equal(litmus.settings.thp_pages, 16);
	assert_int_equal(litmus.settings.fault_around, 1);
	assert_true(litmus.settings.fault_around_set);
	assert_true(litmus.settings.swap);
	assert_true(litmus.settings.keys);
	assert_int_equal(litmus.settings.kernel, 6012);
	assert_int_equal(litmus.settings.hugetlb, 3);
	assert_int_equal(litmus.settings.gigantic, 2);
	assert_int_equal(litmus.settings.levels, 5);
	cr2_litmus_finish(&litmus);
}

static void shared_memory_has_huge_pages(void **state)
{
	struct cr2_litmus litmus = parse("thp madvise shmem within_size\n");

	(void)state;
	assert_int_equal(litmus.settings.thp, CR2_THP_MADVISE);
	assert_int_equal(litmus.settings.thp_pages, 512);
	assert_int_equal(litmus.settings.shmem_thp, CR2_SHMEM_THP_WITHIN_SIZE);
	cr2_litmus_finish(&litmus);
}

static void a_mapping_is_placed(void **state)
{
	struct cr2_litmus litmus = parse("map a 2 rw at 0x555556789000\nmap b 1 r at 0x55555678b000\nmap c 1 r at a@1\n");

	(void)state;
	assert_int_equal(litmus.statements[0].address, 0x555556789000);
	assert_false(litmus.statements[0].at);
	assert_int_equal(litmus.statements[0].map_flags, CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS);
	assert_int_equal(litmus.statements[1].address, 0x55555678b000);
	assert_int_equal(litmus.statements[2].address, 0);
	assert_true(litmus.statements[2].at);
	cr2_litmus_finish(&litmus);
}

static void a_place_may_be_a_wish(void **state)
{
	struct cr2_litmus litmus = parse("map a 2 rw at 0x0\nmap b 1 r at a@1 noreplace\nmap c 1 r hint at a@1\n");

	(void)state;
	assert_true(litmus.statements[0].placed);
	assert_int_equal(litmus.statements[0].address, 0);
	assert_int_equal(litmus.statements[1].map_flags, CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_FIXED_NOREPLACE);
	assert_int_equal(litmus.statements[2].map_flags, CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_HINT);
	assert_true(litmus.statements[2].at);
	cr2_litmus_finish(&litmus);
}

/* A process has one heap, and whom it makes by fork has the same name for its own. */
static void heaps_and_segments_are_read(void **state)
{
	struct cr2_litmus litmus = parse("fork early\nbrk h 2\nbrk h 1\nfork late\nlate: brk h 3\nearly: brk own 4\n"
					 "shm s 5\nshmat m s ro\nshmdt m\n");
	const struct cr2_statement *s = litmus.statements;

	(void)state;
	assert_int_equal(s[1].name, s[2].name);
	assert_int_equal(s[4].name, s[1].name);
	assert_int_equal(s[4].pages, 3);
	assert_int_not_equal(s[5].name, s[1].name);
	assert_int_equal(s[7].pages, 5);
	assert_int_equal(s[7].prot, CR2_PROT_READ);
	assert_int_equal(s[7].object, s[6].object);
	assert_true(s[8].ref.whole);
	cr2_litmus_finish(&litmus);
}

static void objects_and_mappings_are_read(void **state)
{
	struct cr2_litmus litmus = parse(
		"file f 8 cold\nshmem m 0\nmap a 4 rw\nmap b 2 none shared f@3 populate locked\n"
		"map c 1 xr at a@-2 noreserve\r\nmap d 16777216 w growsdown\n");
	const struct cr2_statement *s = litmus.statements;

	(void)state;
	assert_int_equal(litmus.n_statements, 6);
	assert_int_equal(s[0].kind, CR2_OP_FILE);
	assert_int_equal(s[0].object, 0);
	assert_int_equal(s[0].pages, 8);
	assert_true(s[0].cold);
	assert_int_equal(s[1].kind, CR2_OP_SHMEM);
	assert_int_equal(s[1].pages, 0);
	assert_false(s[1].cold);
	assert_int_equal(s[2].prot, CR2_PROT_READ | CR2_PROT_WRITE);
	assert_int_equal(s[2].map_flags, CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS);
	assert_int_equal(s[2].object, CR2_NO_OBJECT);
	assert_int_equal(s[3].prot, 0);
	assert_int_equal(s[3].map_flags, CR2_MAP_SHARED | CR2_MAP_POPULATE | CR2_MAP_LOCKED);
	assert_int_equal(s[3].object, 0);
	assert_int_equal(s[3].object_page, 3);
	assert_int_equal(s[4].prot, CR2_PROT_READ | CR2_PROT_EXEC);
	assert_true(s[4].at);
	assert_int_equal(s[4].ref.mapping, 0);
	assert_int_equal(s[4].ref.first, -2);
	assert_int_equal(s[4].map_flags, CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_FIXED |
						 CR2_MAP_NORESERVE);
	assert_int_equal(s[5].map_flags, CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_GROWSDOWN);
	assert_string_equal(litmus.names.mappings.items[3], "d");
	cr2_litmus_finish(&litmus);
}

static void range_operations_are_read(void **state)
{
	struct cr2_litmus litmus = parse("file f 2\nmap a 4 rw\nunmap a\nprotect a@1 r\n"
					 "advise a@-1..2 dontneed\nlock a\nunlock a@3\nremap a 9\n"
					 "sync a@0..0\nevict f\ntruncate f 0\n");
	const struct cr2_statement *s = litmus.statements;

	(void)state;
	assert_true(s[2].ref.whole);
	assert_int_equal(s[3].ref.first, 1);
	assert_int_equal(s[3].ref.last, 1);
	assert_false(s[3].ref.whole);
	assert_int_equal(s[3].prot, CR2_PROT_READ);
	assert_int_equal(s[4].ref.first, -1);
	assert_int_equal(s[4].ref.last, 2);
	assert_int_equal(s[4].advice, CR2_ADVICE_DONTNEED);
	assert_int_equal(s[7].kind, CR2_OP_REMAP);
	assert_int_equal(s[7].name, 0);
	assert_int_equal(s[7].pages, 9);
	assert_int_equal(s[9].object, 0);
	assert_int_equal(s[10].object, 0);
	assert_int_equal(s[10].pages, 0);
	cr2_litmus_finish(&litmus);
}

static void accesses_are_read(void **state)
{
	struct cr2_litmus litmus = parse("map a 4 rw\nread a\nwrite a@3+0xfff 0x43\nexec a@-1\n"
					 "kread a@2..7\nkwrite a@1+7\nread 0xffffffffffffffff\n");
	const struct cr2_statement *s = litmus.statements;

	(void)state;
	assert_int_equal(s[1].ref.first, 0);
	assert_int_equal(s[1].ref.last, 0);
	assert_false(s[1].ref.whole);
	assert_int_equal(s[2].ref.byte, 4095);
	assert_int_equal(s[2].value, 0x43);
	assert_int_equal(s[3].ref.first, -1);
	assert_int_equal(s[4].ref.last, 7);
	assert_int_equal(s[5].ref.byte, 7);
	assert_int_equal(s[5].value, 1);
	assert_int_equal(s[6].ref.mapping, CR2_NO_OBJECT);
	assert_true(s[6].ref.address == UINT64_MAX);
	cr2_litmus_finish(&litmus);
}

static void processes_are_named(void **state)
{
	struct cr2_litmus litmus = parse("map a 4 rw\nfork one\none: map b 1 r\none: fork two\n"
					 "two:read b\nparent: exit\none: exit\n");
	const struct cr2_statement *s = litmus.statements;

	(void)state;
	assert_int_equal(litmus.names.processes.n, 3);
	assert_int_equal(s[1].name, 1);
	assert_int_equal(s[3].process, 1);
	assert_int_equal(s[3].name, 2);
	assert_int_equal(s[4].process, 2);
	assert_int_equal(s[4].ref.mapping, 1);
	assert_int_equal(s[5].process, 0);
	assert_int_equal(s[6].kind, CR2_OP_EXIT);
	cr2_litmus_finish(&litmus);
}

static void expectations_are_read(void **state)
{
	struct cr2_litmus litmus = parse(
		"file f 2\nmap a 4 rw=>ok\nread a => 0x4 minor anon_zero ok value=0 map=z\n"
		"write a@9=>SEGV_MAPERR 0x6 segv_maperr\nread a => none value=0xc3 map=f:12/3\n"
		"unmap a => EINVAL\nexec a => 0x14 0x15 faults=2\n");
	const struct cr2_statement *s = litmus.statements;
	const struct cr2_expectation *e = &s[2].expect;

	(void)state;
	assert_false(s[0].expect.any);
	assert_true(s[1].expect.any && s[1].expect.has_result);
	assert_int_equal(s[1].expect.result, CR2_RESULT_OK);
	assert_true(e->n_error_codes == 1 && e->has_major && e->has_path && e->has_result &&
		    e->has_value && !e->has_faults);
	assert_int_equal(e->error_codes[0], 4);
	assert_int_equal(s[6].expect.n_error_codes, 2);
	assert_int_equal(s[6].expect.error_codes[0], 0x14);
	assert_int_equal(s[6].expect.error_codes[1], 0x15);
	assert_int_equal(s[6].expect.faults, 2);
	assert_false(e->major);
	assert_int_equal(e->path, CR2_PATH_ANON_ZERO);
	assert_int_equal(e->value, 0);
	assert_string_equal(e->map, "z");
	assert_int_equal(s[3].expect.path, CR2_PATH_SEGV_MAPERR);
	assert_int_equal(s[3].expect.result, CR2_RESULT_SEGV_MAPERR);
	assert_true(s[4].expect.none);
	assert_int_equal(s[4].expect.value, 0xc3);
	assert_string_equal(s[4].expect.map, "f:12/3");
	cr2_litmus_finish(&litmus);
}

/* Every page token of the observations can be expected. */
static void tokens_are_known(void **state)
{
	static const char *const good[] = {"!", "-", "z", "hz", "s", "a1", "a10/2", "h3", "h3/12",
					   "f:0", "f:7/2", "a1/0"};
	static const char *const bad[] = {
		"", "a", "a0", "a01", "b1", "z/2", "s1", "hz/2", "a1/1", "a1/", "a1/02", "f:", "f:01",
		"g:1", "f:1/1", "a1..a2", "-*2",
	};
	char text[100];
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(good); i++) {
		snprintf(text, sizeof(text), "file f 9\nmap a 1 r\nread a => map=%s", good[i]);
		litmus = parse(text);
		cr2_litmus_finish(&litmus);
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(bad); i++) {
		int n = snprintf(text, sizeof(text), "file f 9\nmap a 1 r\nread a => map=%s",
				 bad[i]);

		if (cr2_litmus_parse("t", text, (size_t)n, &litmus, &diag) != -EINVAL)
			fail_msg("map=%s was taken", bad[i]);
		assert_int_equal(diag.column, 15);
		cr2_diag_finish(&diag);
	}
}

/* text, line, column, width, message, hint */
static const struct {
	const char *text;
	unsigned line, column, width;
	const char *message, *hint;
} mistakes[] = {
	{"wirte buf", 1, 1, 5, "unknown operation 'wirte'", "did you mean 'write'?"},
	{"map a 1 r\n\n  raed a", 3, 3, 4, "unknown operation 'raed'", "did you mean 'read'?"},
	{"tph always", 1, 1, 3, "unknown operation 'tph'", "did you mean 'thp'?"},
	{"child:", 1, 1, 5, "unknown process 'child'", "'fork child' makes it"},
	{"fork child\nchlid: exit", 2, 1, 5, "unknown process 'chlid'", "did you mean 'child'?"},
	{"parent:", 1, 8, 1, "expected an operation after 'parent:'", NULL},
	{": exit", 1, 1, 1, "expected a process before ':'", NULL},
	{"fork c\nc: exit\nc: exit", 3, 1, 1, "process 'c' has ended", "it exits in line 2"},
	{"fork c\nexit\nfork d", 3, 1, 4, "process 'parent' has ended",
	 "it exits in line 2; name another: 'PROCESS: fork ...'"},
	{"fork parent", 1, 6, 6, "there is already a process 'parent'", "it is the first process"},
	{"fork c\nfork c", 2, 6, 1, "there is already a process 'c'", "it was made in line 1"},
	{"fork Child", 1, 6, 5, "'Child' is not a name",
	 "a lower-case letter, then letters, digits and _; at most 15 in all"},
	{"fork abcdefghijklmnop", 1, 6, 16, "'abcdefghijklmnop' is not a name",
	 "a lower-case letter, then letters, digits and _; at most 15 in all"},
	{"fork", 1, 5, 1, "expected a name for the child after 'fork'", NULL},
	{"fork c d", 1, 8, 1, "unexpected 'd'", "the statement is complete before it"},

	{"thp sometimes", 1, 5, 9, "'sometimes' is not a mode of huge pages",
	 "one of never, madvise, always"},
	{"thp", 1, 4, 1, "expected a mode of huge pages after 'thp'", NULL},
	{"thp never\nthp never", 2, 1, 3, "'thp' is set twice", NULL},
	{"map a 1 r\nswap on", 2, 1, 4, "'swap' comes too late",
	 "settings stand before the first operation (line 1)"},
	{"parent: swap on", 1, 9, 4, "'swap' is global: it takes no process",
	 "settings stand alone, before the first operation"},
	{"swap no", 1, 6, 2, "'no' is not on or off", "one of off, on"},
	{"thp always 65", 1, 12, 2, "65 is not a power of two", "32, 64, 128, ..."},
	{"thp madvise 16", 1, 13, 2, "16 is out of range for a size in KiB", "from 32 to 2048"},
	{"thp always shmem", 1, 17, 1, "expected a mode of shared memory's huge pages after 'shmem'", NULL},
	{"thp always shmem madvise", 1, 18, 7, "'madvise' is not a mode of shared memory's huge pages",
	 "did you mean 'advise'?"},
	{"thp always 64 shmem always", 1, 15, 5, "unexpected 'shmem'", "the statement is complete before it"},
	{"thp never shmem always", 1, 11, 5, "unexpected 'shmem'", "the statement is complete before it"},
	{"thp never 64", 1, 11, 2, "unexpected '64'", "the statement is complete before it"},
	{"fault_around 3", 1, 14, 1, "3 is not a power of two", "1, 2, 4, 8, 16, ..."},
	{"fault_around 0", 1, 14, 1, "0 is out of range for a number of pages", "from 1 to 512"},
	{"kernel 6", 1, 8, 1, "'6' is not a kernel version", "MAJOR.MINOR, such as 6.12"},
	{"kernel 6.x", 1, 10, 1, "'x' is not a kernel version", "MAJOR.MINOR, such as 6.12"},
	{"kernel 6.1 7", 1, 12, 1, "unexpected '7'", "the statement is complete before it"},
	{"swap on => ok", 1, 9, 2, "unexpected '=>'", "the statement is complete before it"},

	{"file f 16777217", 1, 8, 8, "16777217 is out of range for a size in pages",
	 "from 0 to 16777216"},
	{"file f 0x10", 1, 8, 4, "'0x10' is not a size in pages", "a decimal number"},
	{"file f 99999999999999999999999", 1, 8, 23,
	 "99999999999999999999999 is out of range for a size in pages", "from 0 to 16777216"},
	{"file f -1", 1, 8, 2, "'-1' is not a size in pages", "a decimal number"},
	{"file f 1 clod", 1, 10, 4, "'clod' is not a property of a file", "did you mean 'cold'?"},
	{"shmem f 1 cold", 1, 11, 4, "'cold' is not a property of a file", "one of full, ro, hugetlb"},
	{"shmem f 513 hugetlb", 1, 7, 1, "what is of pages of the pool has whole ones", "a multiple of 512 pages"},
	{"shmem f 512 hugetlb ro", 1, 7, 1, "a file of pages of the pool is open for writing, and on no tmpfs", NULL},
	{"shmem f 512 hugetlb\nmap m 512 rw f gigantic", 2, 16, 8, "unexpected 'gigantic': already given", NULL},
	{"shmem f 512 hugetlb\nmap m 512 rw gigantic f", 2, 5, 1, "the file's pages have 2 MiB", NULL},
	{"shmem f 1\nallocate f 1", 2, 10, 1, "pages of the pool alone are allocated without a write", "a file made as 'shmem F N hugetlb'"},
	{"shmem f 512 hugetlb\nallocate f@1+2 1", 2, 10, 5, "whole pages are allocated", NULL},
	{"shm s 1 hugetlb", 1, 5, 1, "what is of pages of the pool has whole ones", "a multiple of 512 pages"},
	{"shm s 512 huge", 1, 11, 4, "'huge' is not a kind of segment", "expected hugetlb"},
	{"file f 1 dax", 1, 10, 3, "'dax' is not in the language", "no statement makes such a file"},
	{"file f 1+4096", 1, 10, 4, "4096 is out of range for a byte in a page", "from 0 to 4095"},
	{"shmem f 0 full", 1, 11, 4, "a disk that is full has a page at least", "a file of 1 page, or more"},
	{"shmem f 1 full\nmap m 1 r f\nuffd m missing", 3, 6, 1, "userfaultfd cannot fill a disk that is full",
	 "line 1 makes one"},
	{"file f 1\nfread f@0..1", 2, 9, 4, "'0..1' is not a page number in a file", "a decimal number"},
	{"file f 1\nfwrite f@0+1 300", 2, 14, 3, "300 is out of range for a byte value", "from 0 to 255"},
	{"file f 1\nseal f", 2, 7, 1, "expected a seal after 'f'", NULL},
	{"shmem f 1\nseal f exec", 2, 8, 4, "'exec' is not a seal", "one of shrink, grow, write, future_write"},
	{"file f 1\nshmem f 1", 2, 7, 1, "there is already a file 'f'", "it was made in line 1"},
	{"file anon 1", 1, 6, 4, "a file cannot be named 'anon'",
	 "'map' knows this word in the place of a file"},

	{"map a 0 r", 1, 7, 1, "0 is out of range for a size in pages", "from 1 to 16777216"},
	{"map a 4", 1, 8, 1, "expected a protection after '4'", NULL},
	{"map a 4 => ok", 1, 9, 2, "expected a protection after '4'", NULL},
	{"map a 4 rr", 1, 9, 2, "'rr' is not a protection",
	 "'none', or of the letters r, w and x each at most once"},
	{"map a 4 rw-", 1, 9, 3, "'rw-' is not a protection", "did you mean 'rw'?"},
	{"map a 4 r-xp", 1, 9, 4, "'r-xp' is not a protection", "did you mean 'rx'?"},
	{"map a 4 ---", 1, 9, 3, "'---' is not a protection", "did you mean 'none'?"},
	{"map a 4 PROT_READ|PROT_WRITE", 1, 9, 20, "'PROT_READ|PROT_WRITE' is not a protection",
	 "did you mean 'rw'?"},
	{"map a 4 PROT_NONE", 1, 9, 9, "'PROT_NONE' is not a protection", "did you mean 'none'?"},
	{"map a 4K rw", 1, 7, 2, "'4K' is not a size in pages",
	 "sizes are numbers of pages: did you mean '1'?"},
	{"map a 2MiB rw", 1, 7, 4, "'2MiB' is not a size in pages",
	 "sizes are numbers of pages: did you mean '512'?"},
	{"file f 3K", 1, 8, 2, "'3K' is not a size in pages",
	 "sizes are numbers of pages, of 4096 bytes each"},
	{"map a 4 rw MAP_SHARED", 1, 12, 10,
	 "'MAP_SHARED' is neither a file nor an option of map", "did you mean 'shared'?"},
	{"map a 4 rw MAP_ANONYMOUS", 1, 12, 13,
	 "'MAP_ANONYMOUS' is neither a file nor an option of map", "did you mean 'anon'?"},
	{"map a 4 rw nonblock", 1, 12, 8, "'nonblock' is not in the language",
	 "no statement maps with this flag"},
	{"hugetlb 65", 1, 9, 2, "65 is out of range for a number of 2 MiB pages", "from 0 to 64"},
	{"map a 512 rw MAP_HUGE_2MB", 1, 14, 12, "'MAP_HUGE_2MB' is neither a file nor an option of map",
	 "did you mean 'hugetlb'?"},
	{"memfd_secret s 1", 1, 1, 12, "unknown operation 'memfd_secret'", "did you mean 'secret'?"},
	{"membarrier 0x1000", 1, 1, 10, "'membarrier' is not in the language",
	 "no statement makes this system call"},
	{"membarrier c", 1, 1, 10, "'membarrier' is not in the language",
	 "no statement makes this system call"},
	{"map a 1 r\nmembarrier a", 2, 1, 10, "'membarrier' is not in the language",
	 "no statement makes this system call"},
	{"mmap a 1 r", 1, 1, 4, "unknown operation 'mmap'", "did you mean 'map'?"},
	{"MUNMAP a", 1, 1, 6, "unknown operation 'MUNMAP'", "did you mean 'unmap'?"},
	{"map a 1 r\nREAD a", 2, 1, 4, "unknown operation 'READ'", "did you mean 'read'?"},
	{"map a 1 r\nadvise a MADV_DONTNEED", 2, 10, 13, "unknown advice 'MADV_DONTNEED'",
	 "did you mean 'dontneed'?"},
	{"map a 1 r\nadvise a MADV_HWPOISON", 2, 10, 13, "unknown advice 'MADV_HWPOISON'", "did you mean 'hwpoison'?"},
	{"map a 1 r\nadvise a MADV_DONTDUMP", 2, 10, 13, "'MADV_DONTDUMP' is not in the language",
	 "no statement gives this advice"},
	{"map a 1 r\nread a[0]", 2, 6, 4, "'a[0]' cannot stand here", "did you mean 'a@0'?"},
	{"map a 9 r\nread a[5]", 2, 6, 4, "'a[5]' cannot stand here",
	 "'a@5' is page 5, 'a@0+5' byte 5"},
	{"map a 9 r\nread a+4096", 2, 6, 6, "'a+4096' cannot stand here", "did you mean 'a@1'?"},
	{"map a 9 r\nread a+0x1001", 2, 6, 8, "'a+0x1001' cannot stand here",
	 "did you mean 'a@1+1'?"},
	{"map a 9 r\nunmap a+1", 2, 7, 3, "'a+1' cannot stand here",
	 "expected MAPPING, MAPPING@PAGE or MAPPING@FIRST..LAST"},
	{"read NULL", 1, 6, 4, "'NULL' cannot stand here", "did you mean '0x0'?"},
	{"read 0x0 => SIGSEGV", 1, 13, 7, "unknown expectation 'SIGSEGV'",
	 "expected SEGV_MAPERR (no mapping) or SEGV_ACCERR (not allowed)"},
	{"read 0x0 => SIGBUS", 1, 13, 6, "unknown expectation 'SIGBUS'",
	 "did you mean 'BUS_ADRERR'?"},
	{"read 0x0 => segv_mapper", 1, 13, 11, "unknown expectation 'segv_mapper'",
	 "did you mean 'segv_maperr'?"},
	{"read 0x0 => SEGV_MAPPER", 1, 13, 11, "unknown expectation 'SEGV_MAPPER'",
	 "did you mean 'SEGV_MAPERR'?"},
	{"map a 4 r private shared", 1, 19, 6, "unexpected 'shared': already given", NULL},
	{"map a 4 r populate populate", 1, 20, 8, "unexpected 'populate': already given",
	 NULL},
	{"file f 1\nmap a 4 r f anon", 2, 13, 4, "unexpected 'anon': already given", NULL},
	{"file f 1\nmap a 4 r anon f", 2, 16, 1, "unexpected 'f': a mapping has one file", NULL},
	{"file data 1\nmap a 4 r dtaa", 2, 11, 4, "'dtaa' is neither a file nor an option of map",
	 "did you mean the file 'data'?"},
	{"map a 4 r lokced", 1, 11, 6, "'lokced' is neither a file nor an option of map",
	 "did you mean 'locked'?"},
	{"file f 1\nmap a 4 r f@x", 2, 13, 1, "'x' is not a page number in a file",
	 "a decimal number"},
	{"file f 1\nmap a 4 r f@9999999999", 2, 13, 10,
	 "9999999999 is out of range for a page number in a file", "from 0 to 1073741824"},
	{"map a 4 r\nmap a 4 r", 2, 5, 1, "there is already a mapping 'a'",
	 "it was made in line 1"},
	{"map a 4 r\nmap b 4 r at a@1+1", 2, 14, 5, "'a@1+1' cannot stand here",
	 "expected MAPPING or MAPPING@PAGE"},
	{"map a 4 r\nmap b 4 r at a@1..2", 2, 14, 6, "'a@1..2' cannot stand here",
	 "expected MAPPING or MAPPING@PAGE"},
	{"map a 4 r at a@1", 1, 14, 1, "unknown mapping 'a'", NULL},
	{"map a 1 r at 0x1234", 1, 14, 6, "vm.mmap_min_addr decides whether a mapping may lie there",
	 "0x0, or an address from 0x10000 on"},
	{"map a 1 r at 0x555556789123", 1, 14, 14, "the address is not that of a page", "did you mean '0x555556789000'?"},
	{"map a 2 r at 0xfffffffffffff000", 1, 14, 18, "the mapping would end behind all addresses", NULL},
	{"map a 1 r hint", 1, 11, 4, "where is the mapping to be?", "'at MAPPING@PAGE', or 'at 0x...'"},
	{"map a 1 r at 0x10000 noreplace", 1, 22, 9, "a mapping at an address replaces nothing as it is", NULL},
	{"map a 1 r\nmap b 1 r at a hint noreplace", 2, 21, 9, "unexpected 'noreplace': already given", NULL},
	{"map a 1 r at 0x200000200000", 1, 14, 14, "other mappings are placed there",
	 "an address below 0x1fffc0200000, or from 0x500000000000 on"},
	{"map a 2 r at 0x555556789000\nmap b 1 r at 0x55555678a000", 2, 14, 14, "another mapping is placed there",
	 "that of line 1: at M@K covers it"},
	{"map a 4 r at", 1, 13, 1, "expected a mapping after 'at'", NULL},
	{"map a 4 r\nmap b 1 r at a@-1073741824\nmap c 1 r at b@-1", 3, 5, 1,
	 "the mapping lies too far below the others", "at most 1073741824 pages"},

	{"unmap buf", 1, 7, 3, "unknown mapping 'buf'", NULL},
	{"map buffer 1 r\nunmap bufer", 2, 7, 5, "unknown mapping 'bufer'",
	 "did you mean 'buffer'?"},
	{"file f 1\nread f", 2, 6, 1, "unknown mapping 'f'",
	 "'f' is a file; 'map' makes a mapping of it"},
	{"map a 1 r\nevict a", 2, 7, 1, "unknown file 'a'", NULL},
	{"map a 1 r\nunmap a@0+1", 2, 7, 5, "'a@0+1' cannot stand here",
	 "expected MAPPING, MAPPING@PAGE or MAPPING@FIRST..LAST"},
	{"unmap 0x1000", 1, 7, 6, "'0x1000' cannot stand here",
	 "expected MAPPING, MAPPING@PAGE or MAPPING@FIRST..LAST"},
	{"map a 1 r\nunmap a@2..1", 2, 12, 1, "the range ends before it begins",
	 "expected the lower page first"},
	{"map a 1 r\nunmap a@1.2", 2, 7, 5, "'a@1.2' cannot stand here",
	 "expected MAPPING, MAPPING@PAGE or MAPPING@FIRST..LAST"},
	{"map a 1 r\nunmap a@", 2, 9, 1, "'' is not a page number", "a decimal number"},
	{"map a 1 r\nunmap a@-", 2, 10, 1, "'' is not a page number", "a decimal number"},
	{"map a 1 r\nunmap a@1..", 2, 12, 1, "'' is not a page number", "a decimal number"},
	{"map a 1 r\nunmap a@--1", 2, 10, 2, "'-1' is not a page number", "a decimal number"},
	{"map a 1 r\nadvise a dontned", 2, 10, 7, "unknown advice 'dontned'",
	 "did you mean 'dontneed'?"},
	{"map a 1 r\nuffd a missing\nuffd a missing sigbus", 3, 16, 6,
	 "the process's userfaultfd was made without 'sigbus'", "line 2 made it; a process has one"},
	{"map a 1 r\nuffd a wp off", 2, 11, 3, "'off' stands alone, without a mode", NULL},
	{"map a 1 r\nuffd a wp unpopulated\nuffd a wp", 3, 8, 2, "the process's userfaultfd was made with 'unpopulated'",
	 "line 2 made it; a process has one"},
	{"map a 1 r\nuffd a wp events\nfork c\nc: uffd a wp sigbus events", 4, 21, 6,
	 "the process's userfaultfd was made without 'sigbus'", "line 2 made it; a process has one"},
	{"map a 1 r\nuffd_copy a 1 rw", 2, 15, 2, "'rw' is not how pages come", "expected wp"},
	{"map a 1 r\nuffd_continue a 7", 2, 17, 1, "'7' is not how pages come", "expected wp"},
	{"map a 1 r\nuffd_move a a@1..2", 2, 13, 6, "'a@1..2' cannot stand here", "expected MAPPING or MAPPING@PAGE"},
	{"map a 1 r\nprotect a r key 1", 2, 13, 3, "the scenario's CPU has no protection keys",
	 "'keys on' before the first operation"},
	{"key 1 all", 1, 1, 3, "the scenario's CPU has no protection keys", "'keys on' before the first operation"},
	{"keys on\nkey 0 all", 2, 5, 1, "0 is out of range for a protection key", "from 1 to 15"},
	{"keys on\nkey 1 rw", 2, 7, 2, "'rw' is not what a key allows",
	 "one of all, none, read, free"},
	{"keys on\nmap a 1 r\nprotect a r key 16", 3, 17, 2, "16 is out of range for a protection key", "from 0 to 15"},
	{"map a 1 r\npin a rw", 2, 7, 2, "'rw' is not a way to pin", "expected ro"},
	{"map a 1 r\nread8 0x1000", 2, 7, 6, "'0x1000' cannot stand here",
	 "expected MAPPING, MAPPING@PAGE, MAPPING@PAGE+BYTE or MAPPING@FIRST..LAST"},
	{"map a 1 r\nkread a bytes 0", 2, 15, 1, "0 is out of range for a number of bytes", "from 1 to 16384"},
	{"map a 1 r\nkwrite 0x1000 bytes 9", 2, 8, 6, "several bytes are copied in a mapping", "expected MAPPING@PAGE"},
	{"map a 1 r\nlock a later", 2, 8, 5, "'later' is not a way to lock", "expected onfault"},
	{"brk h 2\nbrk g 3", 2, 5, 1, "'g' is not the process's heap", "line 1 made that: 'h'"},
	{"brk h 2\nremap h 3", 2, 7, 1, "the heap stays where it is, and so does its name",
	 "name its pages, and say where they go: 'M@0..3 4 at M2'"},
	{"map h 1 r\nbrk h 2", 2, 5, 1, "there is already a mapping 'h'", "it was made in line 1"},
	{"brk h 0", 1, 7, 1, "0 is out of range for a size in pages", "from 1 to 16777216"},
	{"shm s 1\nmap m 1 r shared s", 2, 18, 1, "'s' is a System V segment",
	 "it has no descriptor: 'shmat' attaches it, no more"},
	{"shm s 1\ntruncate s 2", 2, 10, 1, "'s' is a System V segment",
	 "it has no descriptor: 'shmat' attaches it, no more"},
	{"shmem f 1\nshmat m f", 2, 9, 1, "'f' is a file", "'map' maps it; 'shm' makes a segment"},
	{"shm s 1\nshmat m t", 2, 9, 1, "unknown segment 't'", NULL},
	{"shm s 1\nshmat m s rw", 2, 11, 2, "'rw' is not a way to attach", "expected ro"},
	{"shm s 2\nshmat m s\nshmdt m@1", 3, 7, 3, "'m@1' cannot stand here", "expected MAPPING"},
	{"limit heap 3", 1, 7, 4, "'heap' is not what to limit", "one of stack, as, data, memlock, memory"},
	{"limit memory 33", 1, 14, 2, "33 is out of range for a number of pages", "from 0 to 32"},
	{"limit memory 3\nlimit memory 4", 2, 7, 6, "memory has a limit already", "line 1 set it"},
	{"limit as 1 => map=-", 1, 15, 5, "'limit' is about no page",
	 "'map=' belongs behind accesses and operations on mappings"},
	{"map a 1 r\nsync a none", 2, 8, 4, "'none' is not a way to sync", "one of async, invalidate"},
	{"map a 1 r\nmigrate a", 2, 10, 1, "expected a node after 'a'", NULL},
	{"map a 1 r\nmigrate a 1", 2, 11, 1, "'1' is not a node", "one of local, remote"},
	{"map a 1 r\nmigrate a local none", 2, 17, 4, "'none' is not which pages to move", "expected all"},
	{"map a 1 r\nclear_refs a", 2, 12, 1, "unexpected 'a'", "the statement is complete before it"},
	{"ksm_scan 3", 1, 10, 1, "unexpected '3'", "the statement is complete before it"},
	{"map a 1 r\nscan a off", 2, 8, 3, "'off' is not what to do besides", "expected protect"},
	{"map a 1 r\nuffd a wp async\nuffd a wp", 3, 8, 2, "the process's userfaultfd was made with 'async'",
	 "line 2 made it; a process has one"},
	{"map a 1 r\nnuma_scan a", 2, 11, 1, "unexpected 'a'", "the statement is complete before it"},
	{"map a 1 r\npoke a", 2, 7, 1, "expected by PROCESS after 'a'", NULL},
	{"map a 1 r\npeek a of parent", 2, 8, 2, "'of' is not by PROCESS", "expected by"},
	{"map a 1 r\npeek a by child", 2, 11, 5, "unknown process 'child'", "'fork child' makes it"},
	{"map a 1 r\nadvise a and a cold", 2, 16, 4, "madvise takes one range",
	 "process_madvise takes two: 'by PROCESS' says who, itself or another"},
	{"map a 1 r\nadvise a cold of parent", 2, 15, 2, "'of' is not by PROCESS", "expected by"},
	{"map a 1 r\nadvise a cold by parent => value=4096", 2, 28, 10, "'advise' gives no value",
	 "'value=' belongs behind read, read8, cmpxchg, peek, vmread, fread, scan and mincore, where 'bytes' are copied, "
	 "and where two ranges are advised"},
	{"mdwe => map=-", 1, 9, 5, "'mdwe' is about no page",
	 "'map=' belongs behind accesses and operations on mappings"},
	{"map a 1 r\npeek 0x1000 by parent", 2, 6, 6, "'0x1000' cannot stand here",
	 "expected MAPPING, MAPPING@PAGE, MAPPING@PAGE+BYTE or MAPPING@FIRST..LAST"},
	{"vfork c\nmap a 1 r", 2, 1, 3, "'parent' waits until 'c' exits", "that one was made by vfork in line 1"},
	{"vfork c\nparent: exit", 2, 1, 6, "'parent' waits until 'c' exits", "that one was made by vfork in line 1"},
	{"map a 1 r\nvfork c\nc: poke a by parent", 3, 14, 6, "'parent' waits until 'c' exits",
	 "that one was made by vfork in line 2"},
	{"fork c\nc: execve\nc: unlockall", 3, 1, 2, "'c' runs another program, which has none of the scenario's memory",
	 "since line 2 all that it can do is to exit"},
	{"map a 1 r\nfork c\nc: execve\npeek a by c", 4, 11, 1,
	 "'c' runs another program, which has none of the scenario's memory", "since line 3 all that it can do is to exit"},
	{"map m 1 r 32bit", 1, 5, 1, "where '32bit' puts a mapping by itself has no name", "'at 0x... hint' says what to ask for"},
	{"map m 253953 r at 0x50000000 hint 32bit", 1, 5, 1, "whether so much fits below 2 GiB is up to chance",
	 "253952 pages at most"},
	{"map m 512 rw hugetlb at 0x50000000 hint 32bit", 1, 5, 1, "pages of the pool take no notice of '32bit'", NULL},
	{"program p 1 0 1", 1, 13, 1, "a program has data", "1 page, or 0+B bytes, or more"},
	{"map data 1 rw\nprogram p 1 1 1", 2, 9, 1, "a part of it is named 'data', as a mapping is already", "it was made in line 1"},
	{"program p 1 1 1\nmap text 1 rw", 2, 5, 4, "there is already a mapping 'text'", "it was made in line 1"},
	{"program p 1 1 1\nread text", 2, 6, 4, "process 'parent' runs no program that has 'text'", "'execve PROGRAM' makes it"},
	{"program p 1 1 1\nfork c\nc: execve p\nread bss", 4, 6, 3, "process 'parent' runs no program that has 'bss'",
	 "'execve PROGRAM' makes it"},
	{"program p 1 1 1\nmap m 1 r p", 2, 11, 1, "'p' is a program", "'execve' runs it, no more"},
	{"program p 1 1 1\nevict p", 2, 7, 1, "'p' is a program", "'execve' runs it, no more"},
	{"file f 1\nexecve f", 2, 8, 1, "'f' is no program", "'program' makes one"},
	{"program p 1 1 1\nlimit as 4\nexecve p", 3, 1, 6, "limits, and a program that execve runs, are not for one scenario",
	 "line 2 sets one"},
	{"program p 1 1 1\nexecve p\nlimit as 4", 3, 1, 5, "limits, and a program that execve runs, are not for one scenario",
	 "line 2 runs one"},
	{"program p 1 1 1\nexecve p => map=-", 2, 13, 5, "'execve' is about no page",
	 "'map=' belongs behind accesses and operations on mappings"},
	{"execve => 0x2", 1, 11, 3, "'0x2' can only be expected of an access", "of 'execve' a result can: ok, EINVAL, ..."},
	{"thread t\nt: execve", 2, 4, 6, "'t' is a thread", "its process is 'parent'"},
	{"thread t\nexecve", 2, 1, 6, "'parent' has threads that still run", "each exits before its process does"},
	{"thread t\nexit", 2, 1, 4, "'parent' has threads that still run", "each exits before its process does"},
	{"thread t\nt: thread u\nt: exit\nexit", 4, 1, 4, "'parent' has threads that still run",
	 "each exits before its process does"},
	{"thread t\nt: exit\nt: exit", 3, 1, 1, "process 't' has ended", "it exits in line 2"},
	{"map a 1 r\nuffd_wp a", 2, 10, 1, "expected on or off after 'a'", NULL},
	{"map a 1 r\nremap a 0", 2, 9, 1, "0 is out of range for a size in pages",
	 "from 1 to 16777216"},
	{"map a 1 r\nremap a@0 4", 2, 7, 3, "where a part of a mapping goes has no name", "'at MAPPING@PAGE' says it, or 'inplace'"},
	{"map a 1 r\nremap a 4 dontunmap", 2, 11, 9, "'dontunmap' wants another place", "'at MAPPING@PAGE' says it"},
	{"map a 1 r\nremap a 4 at a@9 inplace", 2, 18, 7, "'inplace' stands alone", NULL},
	{"map a 1 r\nremap a 4 away", 2, 11, 4, "'away' is not a way to remap", "one of at, inplace, dontunmap"},

	{"map a 1 r\nread a@-1..65535", 2, 6, 11, "the range has 65537 pages",
	 "at most 65536: each is a step"},
	{"map a 1 r\nunmap a@-1..16777215", 2, 7, 14, "the range has 16777217 pages",
	 "at most 16777216"},
	{"read 4096", 1, 6, 4, "unknown mapping '4096'", "an absolute address is written 0x..."},
	{"read 0x", 1, 6, 2, "'0x' is not an address", "a number, decimal or 0x..."},
	{"read 0x10000000000000000", 1, 6, 19, "0x10000000000000000 is out of range for an address",
	 "from 0 to 18446744073709551615"},
	{"map a 1 r\nread a@0+4096", 2, 10, 4, "4096 is out of range for a byte in a page",
	 "from 0 to 4095"},
	{"map a 1 r\nread a@0+1..2", 2, 6, 8, "'a@0+1..2' cannot stand here",
	 "expected MAPPING, MAPPING@PAGE, MAPPING@PAGE+BYTE, MAPPING@FIRST..LAST or 0x..."},
	{"map a 1 r\nread a@1073741825", 2, 8, 10, "1073741825 is out of range for a page number",
	 "from 0 to 1073741824"},
	{"map a 1 r\nwrite a 256", 2, 9, 3, "256 is out of range for a byte value",
	 "from 0 to 255"},
	{"map a 1 r\nread a 1", 2, 8, 1, "unexpected '1'", "the statement is complete before it"},
	{"fork c\nmap a 1 r\nc: read a", 3, 9, 1, "process 'c' has no mapping 'a'",
	 "process 'parent' made it in line 2; children forked later inherit it"},
	{"fork c\nc: map a 1 r\nread a", 3, 6, 1, "process 'parent' has no mapping 'a'",
	 "process 'c' made it in line 2; children forked later inherit it"},

	{"map a 1 r\nread a =>", 2, 10, 1, "expected an expectation after '=>'", NULL},
	{"map a 1 r\nread a => wp_cpoy", 2, 11, 7, "unknown expectation 'wp_cpoy'",
	 "did you mean 'wp_copy'?"},
	{"map a 1 r\nread a => unknown", 2, 11, 7, "unknown expectation 'unknown'",
	 "none, error codes 0x..., faults=N, minor, major, a fault path, a result, value=BYTE, map=PAGE, entry=LETTERS or vmas=N"},
	{"map a 1 r\nread a => minor major", 2, 17, 5,
	 "unexpected 'major': minor or major is already given", NULL},
	{"map a 1 r\nread a => 1 2 3 4 5 6 7 8 9", 2, 27, 1, "unexpected '9'",
	 "an access takes at most 8 faults"},
	{"map a 1 r\nread a => faults=9", 2, 18, 1, "9 is out of range for a number of faults",
	 "from 0 to 8"},
	{"map a 1 r\nread a => faults=1 faults=1", 2, 20, 8,
	 "unexpected 'faults=1': a number of faults is already given", NULL},
	{"map a 1 r\nread a => 0x4 0x5 faults=1", 2, 19, 8,
	 "'faults=1' contradicts what stands before it", "'none' means: no fault, 'faults=' how many"},
	{"map a 1 r\nread a => faults=0 minor", 2, 20, 5,
	 "'minor' contradicts what stands before it", "'none' means: no fault, 'faults=' how many"},
	{"map a 1 r => faults=0", 1, 14, 8, "'faults=0' can only be expected of an access",
	 "of 'map' a result can: ok, EINVAL, ..."},
	{"map a 1 r\nread a => none 0x4", 2, 16, 3, "'0x4' contradicts what stands before it",
	 "'none' means: no fault, 'faults=' how many"},
	{"map a 1 r\nread a => minor none", 2, 17, 4, "'none' contradicts what stands before it",
	 "'none' means: no fault, 'faults=' how many"},
	{"map a 1 r\nread a => value=300", 2, 17, 3, "300 is out of range for a byte value",
	 "from 0 to 255"},
	{"map a 1 r\nwrite a => value=3", 2, 12, 7, "'write' gives no value",
	 "'value=' belongs behind read, read8, cmpxchg, peek, vmread, fread, scan and mincore, where 'bytes' are copied, "
	 "and where two ranges are advised"},
	{"map a 1 r\nkread a => value=3", 2, 12, 7, "'kread' gives no value",
	 "'value=' belongs behind read, read8, cmpxchg, peek, vmread, fread, scan and mincore, where 'bytes' are copied, "
	 "and where two ranges are advised"},
	{"map a 1 r => minor", 1, 14, 5, "'minor' can only be expected of an access",
	 "of 'map' a result can: ok, EINVAL, ..."},
	{"map a 1 rw => entry=wr", 1, 21, 2, "'wr' is no entry",
	 "letters in this order: rwxnadDsuezkhH, each where it holds; or - (docs/LITMUS.md, Entries)"},
	{"fork c => vmas=1", 1, 11, 6, "'fork' is about no page",
	 "'vmas=' belongs behind accesses and operations on mappings"},
	{"fork c => entry=-", 1, 11, 7, "'fork' is about no page",
	 "'entry=' belongs behind accesses and operations on mappings"},
	{"fork c => map=-", 1, 11, 5, "'fork' is about no page",
	 "'map=' belongs behind accesses and operations on mappings"},
	{"map a 1 r\nread a => ok => ok", 2, 14, 2, "unknown expectation '=>'",
	 "none, error codes 0x..., faults=N, minor, major, a fault path, a result, value=BYTE, map=PAGE, entry=LETTERS or vmas=N"},
};

static void mistakes_are_pointed_at(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(mistakes); i++) {
		struct cr2_litmus litmus;
		struct cr2_diag diag;
		int r = cr2_litmus_parse("t", mistakes[i].text, strlen(mistakes[i].text), &litmus,
					 &diag);
		const char *h = mistakes[i].hint;

		if (r != -EINVAL)
			fail_msg("taken: %s", mistakes[i].text);
		if (diag.line != mistakes[i].line || diag.column != mistakes[i].column ||
		    diag.width != mistakes[i].width || strcmp(diag.message, mistakes[i].message) ||
		    (h ? !diag.hint || strcmp(diag.hint, h) != 0 : diag.hint != NULL)) {
			failed++;
			print_error("%s\nwanted %u:%u+%u %s (%s)\n   got %u:%u+%u %s (%s)\n",
				 mistakes[i].text, mistakes[i].line, mistakes[i].column,
				 mistakes[i].width, mistakes[i].message, h ? h : "none", diag.line,
				 diag.column, diag.width, diag.message,
				 diag.hint ? diag.hint : "none");
		}
		cr2_diag_finish(&diag);
	}
	assert_int_equal(failed, 0);
}

/* The lines of all mistakes; "" where there is none. */
static void mistakes_are_in(const char *text, const char *lines)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_text found = {0};

	assert_int_equal(cr2_litmus_parse("t", text, strlen(text), &litmus, &diag), -EINVAL);
	for (const struct cr2_diag *d = &diag; d; d = d->next)
		assert_int_equal(cr2_text_printf(&found, "%s%u", d == &diag ? "" : " ", d->line), 0);
	assert_string_equal(found.data, lines);
	cr2_text_finish(&found);
	cr2_diag_finish(&diag);
}

static void every_mistake_is_shown_and_none_twice(void **state)
{
	(void)state;
	mistakes_are_in("wirte a\nmap b 1 r\nraed b\nread c\nread b x\n", "1 3 4 5");
	/* What a wrong line would have made is not missed. */
	mistakes_are_in("map a 1 rq\nread a\na: exit\nwrite a@0..3 => none\nread b", "1 5");
	mistakes_are_in("frok kid\nkid: map a 1 r\nread a\nkid: exit", "1");
	mistakes_are_in("fork kid now\nkid: read m", "1 2");
	mistakes_are_in("file f 4K\nmap a 1 r f\nread a => map=f:0\nevict f\nevict g", "1 5");
	mistakes_are_in("map a 1 r => oops\nfork kid\nkid: read a\nkid: unmap a", "1");
	mistakes_are_in("nobody: map a 1 r\nread a\nfork nobody", "1");
	mistakes_are_in("shm s 4 large\nshmat a s\nwrite a", "1");
	mistakes_are_in("program p 0 1 1\nexecve p\nread text", "1");
	mistakes_are_in("program p 1 1 1\nprogram q 0 1 1\nfork c\nexecve q\nread text\nexecve nosuch\nread bss", "2 6");
	/* Settings are too late behind an operation, also behind one that is wrong. */
	mistakes_are_in("read 0\nthp never\nswap on", "1 2 3");
	mistakes_are_in("\x01\n\xff\n\nread 0x0 => wp_coyp", "1 2 4");
}

static void too_many_mistakes_end_it(void **state)
{
	struct cr2_text text = {0};
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	const struct cr2_diag *last = &diag;
	unsigned n = 1;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(cr2_text_append(&text, "tilt\n"), 0);
	assert_int_equal(cr2_litmus_parse("t", text.data, text.length, &litmus, &diag), -EINVAL);
	for (; last->next; last = last->next)
		n++;
	assert_int_equal(n, 101);
	assert_string_equal(last->message, "100 mistakes: what follows was not checked");
	cr2_diag_finish(&diag);
	cr2_text_finish(&text);
}

static void refuse(const char *text, size_t length, unsigned line, unsigned column,
		   const char *excerpt)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	assert_int_equal(cr2_litmus_parse("t", text, length, &litmus, &diag), -EINVAL);
	assert_int_equal(diag.line, line);
	assert_int_equal(diag.column, column);
	if (excerpt)
		assert_string_equal(diag.excerpt, excerpt);
	else
		assert_null(diag.excerpt);
	cr2_diag_finish(&diag);
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	refuse("# \xff\n", 4, 1, 3, "# ?");
	refuse("#\n# \xc0\x80", 6, 2, 3, "# ??");
	refuse("# \xed\xa0\x80", 5, 1, 3, "# ???");
	refuse("# \xf4\x90\x80\x80", 6, 1, 3, "# ????");
	refuse("# \xc3", 3, 1, 3, "# ?");
	refuse("re\0ad", 5, 1, 3, "re?ad");
	refuse("\x1b[2Jx", 5, 1, 1, "?[2Jx");
	refuse("# \xc2\x9b", 4, 1, 3, "# ??");
	refuse("a\rb", 3, 1, 2, "a?b");
}

static void text_in_any_script_is_welcome_in_comments(void **state)
{
	struct cr2_litmus litmus =
		parse("\xef\xbb\xbf# \xc3\xa4 \xe2\x86\x92 \xf0\x9f\x98\x80\r\n");

	(void)state;
	assert_string_equal(litmus.title, "\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x98\x80");
	cr2_litmus_finish(&litmus);
}

static void long_lines_are_cut(void **state)
{
	size_t n = 1 << 20;
	char *line = malloc(n), cut[300];

	(void)state;
	assert_non_null(line);
	memset(line, 'x', n);
	memset(cut, 'x', 200);
	strcpy(cut + 200, "...");
	refuse(line, n, 1, 1, cut);
	memset(line, ' ', n - 1);
	refuse(line, n, 1, (unsigned)n, NULL);
	free(line);
}

static void address_space_is_finite(void **state)
{
	struct cr2_text text = {0};
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	(void)state;
	for (int i = 0; i < 800; i++)
		cr2_text_printf(&text, "map m%d 16777216 r\n", i);
	assert_int_equal(cr2_litmus_parse("t", text.data, text.length, &litmus, &diag), -EINVAL);
	assert_string_equal(diag.message, "the scenario's mappings take too much address space");
	assert_int_equal(diag.line, 757);
	cr2_diag_finish(&diag);
	cr2_text_finish(&text);
}

static void many_names_are_found(void **state)
{
	struct cr2_text text = {0};
	struct cr2_litmus litmus;

	(void)state;
	for (int i = 0; i < 20000; i++)
		cr2_text_printf(&text, "map m%d 1 r\nread m%d\n", i, i / 2);
	litmus = parse(text.data);
	assert_int_equal(litmus.names.mappings.n, 20000);
	assert_int_equal(litmus.statements[39999].ref.mapping, 9999);
	cr2_litmus_finish(&litmus);
	cr2_text_finish(&text);
}

static void a_file_that_is_none_is_reported(void **state)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	(void)state;
	assert_int_equal(cr2_litmus_load("/no/such.litmus", &litmus, &diag), -ENOENT);
	assert_string_equal(diag.path, "/no/such.litmus");
	assert_string_equal(diag.message, "no such file");
	cr2_diag_finish(&diag);
	assert_int_equal(cr2_litmus_load("/", &litmus, &diag), -EISDIR);
	cr2_diag_finish(&diag);
}

/* A long line of descent: which processes have a mapping is found without walking it. */
static void descendants_know_what_was_there(void **state)
{
	enum { DEPTH = 3000 };
	struct cr2_text text = {0};
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};

	(void)state;
	assert_int_equal(cr2_text_append(&text, "map early 1 rw\nfork p1\nmap late 1 rw\n"), 0);
	for (unsigned i = 1; i < DEPTH; i++)
		assert_int_equal(cr2_text_printf(&text, "p%u: map m%u 1 rw\np%u: fork p%u\n"
						 "p%u: map n%u 1 rw\n", i, i, i, i + 1, i, i), 0);
	for (unsigned i = 1; i < DEPTH; i++)
		assert_int_equal(cr2_text_printf(&text, "p%u: read m%u\n", DEPTH, i), 0);
	assert_int_equal(cr2_text_printf(&text, "p%u: read early\n", DEPTH), 0);
	litmus = parse(text.data);
	cr2_litmus_finish(&litmus);
	for (unsigned i = 0; i < 2; i++) {
		size_t length = text.length;

		assert_int_equal(cr2_text_printf(&text, "p%u: read %s\n", DEPTH, i ? "n1234" : "late"), 0);
		assert_int_equal(cr2_litmus_parse("t", text.data, text.length, &litmus, &diag), -EINVAL);
		assert_non_null(strstr(diag.message, "has no mapping"));
		cr2_diag_finish(&diag);
		text.length = length;
		text.data[length] = '\0';
	}
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_have_defaults),
		cmocka_unit_test(descendants_know_what_was_there),
		cmocka_unit_test(settings_are_read),
		cmocka_unit_test(shared_memory_has_huge_pages),
		cmocka_unit_test(words_are_listed),
		cmocka_unit_test(a_place_may_be_a_wish),
		cmocka_unit_test(heaps_and_segments_are_read),
		cmocka_unit_test(objects_and_mappings_are_read),
		cmocka_unit_test(a_mapping_is_placed),
		cmocka_unit_test(range_operations_are_read),
		cmocka_unit_test(accesses_are_read),
		cmocka_unit_test(processes_are_named),
		cmocka_unit_test(expectations_are_read),
		cmocka_unit_test(tokens_are_known),
		cmocka_unit_test(mistakes_are_pointed_at),
		cmocka_unit_test(every_mistake_is_shown_and_none_twice),
		cmocka_unit_test(too_many_mistakes_end_it),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(text_in_any_script_is_welcome_in_comments),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(address_space_is_finite),
		cmocka_unit_test(many_names_are_found),
		cmocka_unit_test(a_file_that_is_none_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
