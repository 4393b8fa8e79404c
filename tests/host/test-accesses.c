/* SPDX-License-Identifier: MIT */
/* Faults whose answer the CPU's manual or long experience gives. */
#include <stdlib.h>

#include "host.h"

static void first_touches(void **state)
{
	(void)state;
	host_expect("map m 8 rw\n"
		    "read m@0 => 0x4 minor anon_zero value=0 map=z\n"
		    "write m@0 5 => 0x7 minor wp_copy map=a1\n"
		    "read m@0 => none ok value=5\n"
		    "write m@1 => 0x6 minor anon_alloc map=a2\n"
		    "kread m@2 => 0x0 anon_zero\n"
		    "kwrite m@2 => 0x3 wp_copy\n"
		    "kwrite m@3 9 => 0x2 anon_alloc\n"
		    "read m@3 => none value=9\n"
		    "read m@4+4095 => 0x4 value=0\n");
}

static void copy_on_write(void **state)
{
	(void)state;
	host_expect("map m 2 rw\n"
		    "write m@0..1 1\n"
		    "fork child\n"
		    "child: write m@0 2 => 0x7 wp_copy map=a3\n"
		    "child: kwrite m@1 3 => 0x3 wp_copy map=a4\n"
		    "write m@0 => 0x7 wp_reuse map=a1\n"
		    "child: exit\n"
		    "write m@1 => 0x7 wp_reuse map=a2\n"
		    "write m@1 => none\n");
}

static void refusals_by_the_mapping(void **state)
{
	(void)state;
	host_expect("map ro 2 r\n"
		    "map no 1 none\n"
		    "map rw 1 rw\n"
		    "read ro@0 => 0x4 ok\n"
		    "write ro@0 => 0x7 SEGV_ACCERR segv_accerr\n"
		    "write ro@1 => 0x6 SEGV_ACCERR\n"
		    "exec ro@0 => 0x15 SEGV_ACCERR\n"
		    "kwrite ro@0 => EFAULT segv_accerr\n"
		    "kread no => EFAULT segv_accerr\n"
		    "read no => 0x4 SEGV_ACCERR\n"
		    "write rw => 0x6\n"
		    "protect rw none\n"
		    "read rw => 0x4 SEGV_ACCERR\n" /* to the CPU a PROT_NONE page is not present */
		    "read rw@1 => 0x4 SEGV_MAPERR segv_maperr\n"
		    "exec rw@-1 => 0x14 SEGV_MAPERR\n");
}

static void a_fetch_brings_the_page_before_it_is_refused(void **state)
{
	(void)state;
	host_expect("file f 1\n"
		    "map ro 1 r f\n"
		    "exec ro => 0x14 file_read SEGV_ACCERR\n"
		    "exec ro => 0x15 SEGV_ACCERR\n");
}

static void addresses_outside(void **state)
{
	(void)state;
	host_expect("read 0x0 => 0x4 SEGV_MAPERR\n"
		    "write 0x10 => 0x6 SEGV_MAPERR\n"
		    "exec 0x0 => 0x14 SEGV_MAPERR\n"
		    "kread 0x0 => 0x0 EFAULT segv_maperr\n"
		    "read 0x7ffffffff000 => 0x4 SEGV_MAPERR\n"
		    "read 0x8000000000000000 => none GP\n"
		    "write 0x8000000000000000 => none GP\n"
		    "exec 0x8000000000000000 => none GP\n"
		    "kread 0x8000000000000000 => none EFAULT\n"
		    "kread 0xffffffff81000000 => none EFAULT\n");
}

static void the_kernels_addresses(void **state)
{
	(void)state;
	host_expect("read 0xffffffff81000000 => SEGV_MAPERR\n");
}

static void files(void **state)
{
	(void)state;
	host_expect("file f 40\n"
		    "map p 40 rwx f\n"
		    "map s 40 rw shared f\n"
		    "exec p@0 => 0x14 file_read minor map=f:0\n"
		    "read p@15 => none value=0xc3\n"
		    "write p@0 => 0x7 wp_copy map=a1\n"
		    "write p@20 => 0x6 file_cow map=a2\n"
		    "write s@20 7 => 0x6 file_shared map=f:20\n"
		    "read s@21 => 0x4 file_read\n"
		    "write s@21 => 0x7 wp_shared\n"
		    "read p@20+1 => none value=0xc3\n"
		    "truncate f 30\n"
		    "read s@30 => 0x4 BUS_ADRERR sigbus\n"
		    "kread s@30 => 0x0 EFAULT sigbus\n");
}

static void cold_files_are_major(void **state)
{
	(void)state;
	host_expect("file f 4 cold\n"
		    "file g 4\n"
		    "map f 4 r f\n"
		    "map g 4 rw shared g\n"
		    "read f@2 => 0x4 major file_read value=0xc3\n"
		    "read g@2 => 0x4 minor\n"
		    "unmap g\n"
		    "evict g\n"
		    "map h 4 rw shared g\n"
		    "write h@1 => 0x6 major file_shared\n");
}

static void shared_memory(void **state)
{
	(void)state;
	host_expect("map sh 4 rw shared anon\n"
		    "write sh@0 6 => 0x6 file_shared map=a1\n"
		    "fork c\n"
		    "c: read sh@0 => 0x4 file_read value=6 map=a1/2\n"
		    "c: write sh@0 7\n"
		    "read sh@0 => none value=7\n"
		    "shmem m 3\n"
		    "map ms 3 rw shared m\n"
		    "write ms@1 8 => 0x6 file_shared map=m:1\n");
}

static void a_stack_grows(void **state)
{
	(void)state;
	host_expect("map st 2 rw growsdown\n"
		    "write st@0 => 0x6 anon_alloc\n"
		    "write st@-1 => 0x6 ok\n"
		    "write st@-100 => 0x6 ok\n"
		    "write st@-3000 => 0x6 SEGV_MAPERR\n");
}

static void huge_pages(void **state)
{
	(void)state;
	host_expect("thp always\n"
		    "map m 1024 rw\n"
		    "write m@5 => 0x6 anon_huge map=h1\n"
		    "read m@600 => 0x4 anon_huge_zero map=hz\n"
		    "write m@600 => 0x7\n"
		    "fork c\n"
		    "c: write m@5 => 0x7\n"
		    "c: exit\n"
		    "write m@6 => 0x7\n");
}

static void paths_are_read_where_bpf_may(void **state)
{
	static const char text[] = "file f 1\nmap m 2 rw\nmap n 1 rw f\nmap r 1 r\nwrite m@0\nfork c\nc: write m@0\n"
		"write m@0\nread n\nwrite n\nwrite r\nkwrite m@1\n";
	static const enum cr2_path wanted[] = {CR2_PATH_ANON_ALLOC, CR2_PATH_WP_COPY, CR2_PATH_WP_REUSE, CR2_PATH_FILE_READ,
					       CR2_PATH_WP_COPY, CR2_PATH_SEGV_ACCERR, CR2_PATH_ANON_ALLOC};
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_run run;
	bool read = true;
	size_t n = 0;

	(void)state;
	host_traits(); /* skips where nothing can run */
	assert_int_equal(cr2_litmus_parse("t", text, strlen(text), &litmus, &diag), 0);
	assert_int_equal(cr2_runner_host_create(&runner), 0);
	assert_int_equal(cr2_litmus_run(&litmus, runner, NULL, NULL, &run), 0);
	for (size_t i = 0; i < run.observations.count; i++) {
		const struct cr2_observation *o = &run.observations.items[i];

		if (o->n_faults == 0)
			continue;
		read = n || o->faults[0].evidence != CR2_EVIDENCE_DERIVED;
		if (!read)
			break;
		assert_int_equal(o->faults[0].evidence, CR2_EVIDENCE_READ);
		assert_in_range(n, 0, CR2_ARRAY_SIZE(wanted) - 1);
		assert_int_equal(o->faults[0].path, wanted[n++]);
	}
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	if (!read)
		test_skip("no BPF program may be loaded here");
	assert_int_equal(n, CR2_ARRAY_SIZE(wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_touches),
		cmocka_unit_test(copy_on_write),
		cmocka_unit_test(refusals_by_the_mapping),
		cmocka_unit_test(a_fetch_brings_the_page_before_it_is_refused),
		cmocka_unit_test(addresses_outside),
		cmocka_unit_test(the_kernels_addresses),
		cmocka_unit_test(files),
		cmocka_unit_test(cold_files_are_major),
		cmocka_unit_test(shared_memory),
		cmocka_unit_test(a_stack_grows),
		cmocka_unit_test(huge_pages),
		cmocka_unit_test(paths_are_read_where_bpf_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
