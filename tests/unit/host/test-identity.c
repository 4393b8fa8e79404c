/* SPDX-License-Identifier: MIT */
/* Which page is which, on made-up frames: what frames alone would get wrong. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cr2/flags.h>
#include <host/host.h>

#include "../test.h"

#define BASE CR2_LITMUS_BASE
#define AT(page) (BASE + (page) * CR2_PAGE_SIZE)
#define PAGES 8
#define PROCESSES 3

/* Processes whose one mapping has PAGES pages; the test moves it about as it likes. */
static struct world {
	struct host_process processes[PROCESSES];
	struct host_region regions[2][PROCESSES];
	struct host_page pages[2][PROCESSES][PAGES];
	struct host_identity identity;
	struct frames files;
	unsigned turn;
} w;

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.files.flags = memfd_create("kpageflags", 0);
	assert_int_equal(ftruncate(w.files.flags, 4096 * 8), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	host_identity_finish(&w.identity);
	close(w.files.flags);
	return 0;
}

static struct host_page *page(unsigned process, unsigned i)
{
	return &w.pages[w.turn & 1][process][i];
}

/* A new look begins: as the one before, to be changed. */
static void turn(void)
{
	unsigned old = w.turn++ & 1, new = w.turn & 1;

	memcpy(w.regions[new], w.regions[old], sizeof(w.regions[0]));
	memcpy(w.pages[new], w.pages[old], sizeof(w.pages[0]));
	for (unsigned p = 0; p < PROCESSES; p++) {
		struct host_process *process = &w.processes[p];

		process->before = process->now;
		w.regions[new][p].pages = w.pages[new][p];
		process->now = (struct host_view){.regions = &w.regions[new][p],
						  .count = process->alive};
		for (unsigned i = 0; i < PAGES; i++)
			w.pages[new][p][i].id = 0;
	}
}

static void appear(unsigned process, uint64_t address, bool shared)
{
	struct host_region *region = &w.regions[w.turn & 1][process];

	w.processes[process].alive = true;
	w.processes[process].now.count = 1;
	region->vma = (struct maps_vma){.start = address, .end = address + PAGES * CR2_PAGE_SIZE,
		.prot = CR2_PROT_READ | CR2_PROT_WRITE, .shared = shared, .inode = shared ? 77 : 0};
	region->object = CR2_NO_OBJECT;
	for (unsigned i = 0; i < PAGES; i++)
		*page(process, i) = (struct host_page){.kind = CR2_PAGE_NONE, .frame = CR2_NO_FRAME};
}

static void hold(unsigned process, unsigned i, enum cr2_page_kind kind, uint64_t frame)
{
	*page(process, i) = (struct host_page){.kind = kind, .frame = frame};
}

static void update(const struct cr2_op *op)
{
	assert_int_equal(host_identity_update(&w.identity, &w.files, w.processes, PROCESSES, op,
					      CR2_RESULT_OK), 0);
}

static uint64_t id(unsigned process, unsigned i)
{
	return page(process, i)->id;
}

static const struct cr2_op nothing = {.kind = CR2_OP_SYNC};

/* Process 0 holds frame 100 at page 0. Returns its id. */
static uint64_t start(void)
{
	turn();
	appear(0, BASE, false);
	hold(0, 0, CR2_PAGE_ANON, 100);
	update(&(struct cr2_op){.kind = CR2_OP_WRITE, .address = AT(0)});
	assert_int_not_equal(id(0, 0), 0);
	return id(0, 0);
}

static void a_page_left_alone_stays_itself(void **state)
{
	uint64_t first = start();

	(void)state;
	turn();
	update(&nothing);
	assert_int_equal(id(0, 0), first);
}

static void a_frame_given_out_again_is_another_page(void **state)
{
	uint64_t first = start();

	(void)state;
	turn();
	hold(0, 0, CR2_PAGE_NONE, CR2_NO_FRAME);
	update(&(struct cr2_op){.kind = CR2_OP_ADVISE, .address = AT(0), .length = CR2_PAGE_SIZE});
	turn();
	hold(0, 0, CR2_PAGE_ANON, 100);
	update(&(struct cr2_op){.kind = CR2_OP_WRITE, .address = AT(0)});
	assert_int_not_equal(id(0, 0), first);
	assert_int_not_equal(id(0, 0), 0);
}

static void mapping_over_it_ends_a_page_even_if_the_frame_comes_back(void **state)
{
	uint64_t first = start();

	(void)state;
	turn();
	update(&(struct cr2_op){.kind = CR2_OP_MAP, .address = AT(0), .length = 2 * CR2_PAGE_SIZE,
				.flags = CR2_MAP_FIXED | CR2_MAP_POPULATE});
	assert_int_not_equal(id(0, 0), first);
}

static void a_frame_that_turns_up_elsewhere_is_another_page(void **state)
{
	uint64_t first = start();

	(void)state;
	turn();
	hold(0, 0, CR2_PAGE_ANON, 101);
	hold(0, 1, CR2_PAGE_ANON, 100);
	update(&(struct cr2_op){.kind = CR2_OP_ADVISE, .advice = CR2_ADVICE_POPULATE_WRITE,
				.address = AT(0), .length = 2 * CR2_PAGE_SIZE});
	assert_int_not_equal(id(0, 0), first);
	assert_int_not_equal(id(0, 1), first);
	assert_int_not_equal(id(0, 1), id(0, 0));
}

static void fork_shares_pages_and_writing_parts_them(void **state)
{
	uint64_t first = start();

	(void)state;
	turn();
	appear(1, BASE, false);
	hold(1, 0, CR2_PAGE_ANON, 100);
	update(&(struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	assert_int_equal(id(1, 0), first);
	turn();
	hold(0, 0, CR2_PAGE_ANON, 101);
	update(&(struct cr2_op){.kind = CR2_OP_WRITE, .address = AT(0)});
	assert_int_equal(id(1, 0), first);
	assert_int_not_equal(id(0, 0), first);
}

/* A page that fork copies at once (pinned ones) is new in the child. */
static void a_page_copied_by_fork_is_another(void **state)
{
	uint64_t first = start();

	(void)state;
	turn();
	appear(1, BASE, false);
	hold(1, 0, CR2_PAGE_ANON, 200);
	update(&(struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	assert_int_equal(id(0, 0), first);
	assert_int_not_equal(id(1, 0), first);
}

static void mremap_moves_pages(void **state)
{
	const uint64_t fresh = BASE + CR2_LITMUS_GAP;
	uint64_t first = start();

	(void)state;
	turn();
	appear(0, fresh, false);
	hold(0, 0, CR2_PAGE_ANON, 100);
	hold(0, 5, CR2_PAGE_ANON, 105);
	update(&(struct cr2_op){.kind = CR2_OP_REMAP, .address = AT(0), .length = 4 * CR2_PAGE_SIZE,
				.new_address = fresh, .new_length = PAGES * CR2_PAGE_SIZE,
				.flags = CR2_MREMAP_FIXED | CR2_MREMAP_MAYMOVE});
	assert_int_equal(id(0, 0), first);
	assert_int_not_equal(id(0, 5), first);
}

static void a_page_that_nobody_touched_was_migrated(void **state)
{
	uint64_t first = start();

	(void)state;
	turn();
	hold(0, 0, CR2_PAGE_ANON, 300);
	update(&(struct cr2_op){.kind = CR2_OP_SYNC, .process = 1});
	assert_int_equal(id(0, 0), first);
}

static void set_flags(uint64_t frame, uint64_t flags)
{
	assert_int_equal(pwrite(w.files.flags, &flags, 8, (off_t)(frame * 8)), 8);
}

static void swap_out(uint64_t entry)
{
	turn();
	hold(0, 0, CR2_PAGE_SWAP, CR2_NO_FRAME);
	page(0, 0)->swap = entry;
	update(&(struct cr2_op){.kind = CR2_OP_ADVISE, .advice = CR2_ADVICE_PAGEOUT,
				.address = AT(0), .length = CR2_PAGE_SIZE});
}

static void swap_in(uint64_t frame)
{
	turn();
	hold(0, 0, CR2_PAGE_ANON, frame);
	update(&(struct cr2_op){.kind = CR2_OP_READ, .address = AT(0)});
}

static void a_page_in_the_swap_cache_stays_itself(void **state)
{
	uint64_t first = start();

	(void)state;
	set_flags(100, CR2_FRAME_FLAG(SWAPCACHE));
	swap_out(0x40);
	turn();
	page(0, 0)->frame = CR2_NO_FRAME; /* as a look finds it */
	update(&nothing);
	swap_in(100);
	assert_int_equal(id(0, 0), first);
}

static void a_page_read_from_swap_is_another(void **state)
{
	uint64_t first = start();

	(void)state;
	set_flags(100, CR2_FRAME_FLAG(SWAPCACHE));
	swap_out(0x40);
	set_flags(100, 0);
	turn();
	page(0, 0)->frame = CR2_NO_FRAME;
	update(&nothing);
	swap_in(100); /* the same frame, by chance */
	assert_int_not_equal(id(0, 0), first);
}

/* The child never saw the page: it knows it by the swap entry, from the parent that read it. */
static void a_page_that_another_process_read_back_is_the_same_for_all(void **state)
{
	uint64_t second;

	(void)state;
	start();
	swap_out(0x40);
	turn();
	page(0, 0)->frame = CR2_NO_FRAME;
	appear(1, BASE, false);
	hold(1, 0, CR2_PAGE_SWAP, CR2_NO_FRAME);
	page(1, 0)->swap = 0x40;
	update(&(struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	set_flags(200, CR2_FRAME_FLAG(SWAPCACHE));
	swap_in(200);
	second = id(0, 0);
	turn();
	hold(0, 0, CR2_PAGE_ANON, 201); /* copied: the child's entry keeps the one in the cache */
	page(1, 0)->frame = CR2_NO_FRAME;
	update(&(struct cr2_op){.kind = CR2_OP_WRITE, .address = AT(0)});
	assert_int_not_equal(id(0, 0), second);
	turn();
	hold(1, 0, CR2_PAGE_ANON, 200);
	update(&(struct cr2_op){.kind = CR2_OP_READ, .process = 1, .address = AT(0)});
	assert_int_equal(id(1, 0), second);
}

static void shared_memory_is_known_by_its_place(void **state)
{
	const struct cr2_op unmap = {.kind = CR2_OP_ADVISE, .advice = CR2_ADVICE_DONTNEED,
				     .address = AT(0), .length = CR2_PAGE_SIZE};
	uint64_t first;

	(void)state;
	turn();
	appear(0, BASE, true);
	hold(0, 0, CR2_PAGE_ANON, 100);
	update(&nothing);
	first = id(0, 0);
	turn();
	hold(0, 0, CR2_PAGE_NONE, CR2_NO_FRAME);
	update(&unmap);
	turn();
	hold(0, 0, CR2_PAGE_ANON, 100);
	update(&nothing);
	assert_int_equal(id(0, 0), first);
	turn();
	hold(0, 0, CR2_PAGE_NONE, CR2_NO_FRAME);
	assert_int_equal(host_identity_forget(&w.identity, &(struct maps_vma){.inode = 77}, 0), 0);
	update(&unmap);
	turn();
	hold(0, 0, CR2_PAGE_ANON, 100);
	update(&nothing);
	assert_int_not_equal(id(0, 0), first);
}

static void pages_of_a_split_page_are_new(void **state)
{
	uint64_t huge;

	(void)state;
	turn();
	appear(0, BASE, false);
	for (unsigned i = 0; i < PAGES; i++)
		hold(0, i, CR2_PAGE_HUGE, 512);
	update(&nothing);
	huge = id(0, 0);
	assert_int_equal(id(0, PAGES - 1), huge);
	turn();
	for (unsigned i = 0; i < PAGES; i++)
		hold(0, i, CR2_PAGE_ANON, 512 + i);
	update(&nothing);
	for (unsigned i = 0; i < PAGES; i++) {
		assert_int_not_equal(id(0, i), huge);
		assert_int_not_equal(id(0, i), i ? id(0, i - 1) : 0);
	}
}

/* One entry is for all of it, wherever in it the step acts. */
static void a_page_of_1_gib_is_copied_whole(void **state)
{
	const uint64_t start = (BASE + CR2_GIGANTIC_SIZE) & ~(CR2_GIGANTIC_SIZE - 1);
	const struct cr2_op write = {.kind = CR2_OP_WRITE, .address = start + CR2_GIGANTIC_SIZE - 1};
	struct maps_vma *vma;
	uint64_t first;

	(void)state;
	turn();
	appear(0, start, false);
	vma = &w.regions[w.turn & 1][0].vma;
	vma->end = start + 2 * CR2_GIGANTIC_SIZE;
	vma->hugetlb = vma->gigantic = true;
	hold(0, 0, CR2_PAGE_HUGE, 1U << 18);
	hold(0, 1, CR2_PAGE_HUGE, 2U << 18);
	update(&nothing);
	first = id(0, 0);
	assert_int_not_equal(id(0, 1), first);
	assert_ptr_equal(host_view_page(&w.processes[0].now, start + CR2_GIGANTIC_SIZE), page(0, 1));
	turn();
	hold(0, 0, CR2_PAGE_HUGE, 3U << 18);
	update(&write);
	assert_int_not_equal(id(0, 0), first);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_left_alone_stays_itself),
		TEST(a_frame_given_out_again_is_another_page),
		TEST(mapping_over_it_ends_a_page_even_if_the_frame_comes_back),
		TEST(a_frame_that_turns_up_elsewhere_is_another_page),
		TEST(fork_shares_pages_and_writing_parts_them),
		TEST(a_page_copied_by_fork_is_another),
		TEST(mremap_moves_pages),
		TEST(a_page_that_nobody_touched_was_migrated),
		TEST(a_page_in_the_swap_cache_stays_itself),
		TEST(a_page_read_from_swap_is_another),
		TEST(a_page_that_another_process_read_back_is_the_same_for_all),
		TEST(shared_memory_is_known_by_its_place),
		TEST(pages_of_a_split_page_are_new),
		TEST(a_page_of_1_gib_is_copied_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
