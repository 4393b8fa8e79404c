/* SPDX-License-Identifier: MIT */
/* Which 2 MiB pages are split: what old kernels let us work out is what new ones tell. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <host/host.h>

#include "host.h"

#define HUGE_PAGES 3
#define LENGTH (HUGE_PAGES * CR2_HUGE_SIZE)
#define SMALL_PER_HUGE (CR2_HUGE_SIZE / CR2_PAGE_SIZE)

/* This process, looked at as if it were an actor. */
static struct subject {
	struct frames files;
	struct host_objects objects;
	struct host_sight sight;
	struct host_view before, now;
	char *map;
} s;

static int begin(void **state)
{
	static struct host_area area = {HOST_AREA_START, HOST_AREA_END};
	static const struct host_areas areas = {1, &area};
	struct cr2_text reason = {0};

	(void)state;
	memset(&s, 0, sizeof(s));
	if (frames_open(&s.files, &reason) < 0) {
		cr2_text_finish(&reason);
		s.files = (struct frames){-1, -1};
		return 0;
	}
	s.sight = (struct host_sight){
		.pid = getpid(),
		.maps = maps_open(getpid()),
		.pagemap = frames_pagemap_open(getpid()),
		.files = &s.files,
		.objects = &s.objects,
		.areas = &areas,
		.before = &s.before,
	};
	s.map = mmap((void *)CR2_LITMUS_BASE, LENGTH, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	madvise(s.map, LENGTH, MADV_HUGEPAGE);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		s.map[i * CR2_HUGE_SIZE] = 1;
	/* What is there stays; khugepaged keeps its hands off what will be split. */
	madvise(s.map, LENGTH, MADV_NOHUGEPAGE);
	return 0;
}

static int end(void **state)
{
	(void)state;
	host_view_finish(&s.before);
	host_view_finish(&s.now);
	if (s.map)
		munmap(s.map, LENGTH);
	frames_close(&s.files);
	return 0;
}

static enum cr2_page_kind kind(unsigned huge)
{
	return s.now.regions[0].pages[huge * SMALL_PER_HUGE].kind;
}

/* What the last look found becomes what was before. */
static void look(const struct cr2_op *op)
{
	struct host_view old = s.before;

	s.before = s.now;
	s.now = old;
	s.sight.op = op;
	assert_int_equal(host_view_read(&s.now, &s.sight), 0);
	assert_int_equal(s.now.count, 1);
}

/* The pages as if nobody had told which are mapped by a PMD; then worked out. */
static void look_the_old_way(enum cr2_page_kind *ret_kinds)
{
	struct host_region *region = &s.now.regions[0];

	for (unsigned i = 0; i < HUGE_PAGES; i++)
		for (unsigned k = 0; kind(i) == CR2_PAGE_HUGE && k < SMALL_PER_HUGE; k++) {
			struct host_page *page = &region->pages[i * SMALL_PER_HUGE + k];

			page->frame += k;
			if (k)
				page->kind = CR2_PAGE_ANON;
		}
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		if (kind(i) == CR2_PAGE_HUGE)
			region->pages[i * SMALL_PER_HUGE].kind = CR2_PAGE_ANON;
	assert_int_equal(host_huge_mark_by_sum(region, &s.sight), 0);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		ret_kinds[i] = kind(i);
}

static void expect(const struct cr2_op *op, enum cr2_page_kind a, enum cr2_page_kind b,
		   enum cr2_page_kind c)
{
	const enum cr2_page_kind wanted[HUGE_PAGES] = {a, b, c};
	enum cr2_page_kind worked_out[HUGE_PAGES];

	look(op);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		assert_int_equal(kind(i), wanted[i]);
	look_the_old_way(worked_out);
	assert_memory_equal(worked_out, wanted, sizeof(wanted));
}

/* Splits the PMD of one and leaves all its pages where they are. */
static struct cr2_op split(unsigned huge)
{
	char *page = s.map + huge * CR2_HUGE_SIZE + CR2_PAGE_SIZE;

	assert_int_equal(mprotect(page, CR2_PAGE_SIZE, PROT_READ), 0);
	assert_int_equal(mprotect(page, CR2_PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	return (struct cr2_op){.kind = CR2_OP_PROTECT, .address = (uintptr_t)page,
			       .length = CR2_PAGE_SIZE};
}

static void split_pages_are_told_from_whole_ones(void **state)
{
	const struct cr2_op nothing = {.kind = CR2_OP_SYNC};
	struct cr2_op op;

	(void)state;
	/* Some machines let everybody open it, and tell nobody else which frames a process has. */
	if (s.files.flags < 0 || host_view_read(&s.now, &s.sight) == -EPERM)
		test_skip("frames and their flags (/proc/kpageflags) cannot be read: run as root");
	look(&nothing);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		if (kind(i) != CR2_PAGE_HUGE)
			test_skip("no 2 MiB pages are free here");
	expect(&nothing, CR2_PAGE_HUGE, CR2_PAGE_HUGE, CR2_PAGE_HUGE);
	op = split(1);
	expect(&op, CR2_PAGE_HUGE, CR2_PAGE_ANON, CR2_PAGE_HUGE);
	expect(&nothing, CR2_PAGE_HUGE, CR2_PAGE_ANON, CR2_PAGE_HUGE);
	op = split(2);
	expect(&op, CR2_PAGE_HUGE, CR2_PAGE_ANON, CR2_PAGE_ANON);
	op = split(0);
	expect(&op, CR2_PAGE_ANON, CR2_PAGE_ANON, CR2_PAGE_ANON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(split_pages_are_told_from_whole_ones, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
