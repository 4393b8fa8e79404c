/* SPDX-License-Identifier: MIT */
/* What a scene shows: folded rows, who maps a frame, the walk, and what differs between two. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/flags.h>
#include <cr2/step.h>

#include "session.h"

static struct cr2_scene scene_at(struct cr2_session *session, unsigned step, unsigned fault, unsigned stage)
{
	struct cr2_position p = {step, fault, stage};
	struct cr2_scene scene;

	assert_int_equal(cr2_session_go(session, &p), 0);
	assert_int_equal(cr2_session_scene(session, &scene), 0);
	assert_int_equal(cr2_position_compare(&scene.at, &p), 0);
	return scene;
}

static const struct cr2_scene_frame *frame_of(const struct cr2_scene *scene, uint64_t pfn)
{
	for (size_t i = 0; i < scene->frames.n; i++)
		if (pfn - scene->frames.items[i].pfn < scene->frames.items[i].n)
			return &scene->frames.items[i];
	fail_msg("no frame 0x%llx", (unsigned long long)pfn);
	return NULL;
}

/* A large mapping of which little was touched has few rows; what was, has its own. */
static void untouched_pages_are_a_row(void **state)
{
	struct cr2_session *session = open_session("map m 1000000 rw\nwrite m@10..19\nread m@500000..500003\n");
	struct cr2_scene scene = scene_at(session, 15, 0, 0);
	const struct cr2_scene_page *pages = scene.pages.items;

	(void)state;
	assert_int_equal(scene.processes.n, 1);
	assert_int_equal(scene.mappings.n, 1);
	assert_int_equal(scene.pages.n, 5);
	assert_int_equal(pages[0].n, 10);
	assert_int_equal(pages[0].page.kind, CR2_PAGE_NONE);
	assert_int_equal(pages[1].n, 10);
	assert_int_equal(pages[1].page.kind, CR2_PAGE_ANON);
	assert_int_equal(pages[1].page.number, 1);
	assert_int_equal(pages[1].number_step, 1);
	assert_int_equal(pages[1].pfn_step, 1);
	assert_int_equal(pages[3].n, 4);
	assert_int_equal(pages[3].page.kind, CR2_PAGE_ZERO);
	assert_int_equal(pages[3].pfn_step, 0);
	assert_int_equal(pages[4].n, 1000000 - 500004);
	cr2_scene_finish(&scene);
	cr2_session_destroy(session);
}

static void frames_know_who_maps_them(void **state)
{
	struct cr2_session *session = open_session("map m 2 rw\nwrite m@0..1\nfork child\nchild: write m@0\n");
	struct cr2_scene before = scene_at(session, 4, 0, 0), after = scene_at(session, 5, 0, 0);
	uint64_t pfn = before.pages.items[0].pfn;
	const struct cr2_scene_frame *frame = frame_of(&before, pfn);
	const struct cr2_scene_mapper *mappers = &before.mappers.items[frame->mappers.first];

	(void)state;
	assert_int_equal(frame->n, 2);
	assert_int_equal(frame->info.use, CR2_FRAME_ANON);
	assert_int_equal(frame->info.refs, 2);
	assert_int_equal(frame->info.maps, 2);
	assert_false(frame->info.exclusive);
	assert_int_equal(frame->page.number, 1);
	assert_int_equal(frame->mappers.n, 2);
	assert_int_equal(mappers[0].process, 0);
	assert_int_equal(mappers[1].process, 1);
	assert_true(mappers[0].address == mappers[1].address);
	frame = frame_of(&after, pfn);
	assert_int_equal(frame->n, 1);
	assert_int_equal(frame->info.refs, 1);
	assert_int_equal(frame->mappers.n, 1);
	assert_int_equal(frame_of(&after, pfn + 1)->info.maps, 2);
	cr2_scene_finish(&before);
	cr2_scene_finish(&after);
	cr2_session_destroy(session);
}

/* The entries that the walk goes through, from the top table on. */
static unsigned count_walked(const struct cr2_scene *scene, const struct cr2_scene_entry **ret_last)
{
	unsigned n = 0;

	*ret_last = NULL;
	for (size_t i = 0; i < scene->entries.n; i++) {
		n += scene->entries.items[i].walked;
		if (scene->entries.items[i].last)
			*ret_last = &scene->entries.items[i];
	}
	return n;
}

/* Up to S6 memory is as the fault found it; from S7 on as it left it. */
static void the_walk_and_the_entry(void **state)
{
	struct cr2_session *session = open_session("map m 2 rw\nread m@0\nwrite m@0\n");
	const struct cr2_scene_entry *last;

	(void)state;
	for (unsigned stage = 1; stage <= 8; stage++) {
		struct cr2_scene scene = scene_at(session, 3, 1, stage);
		uint64_t zero = scene.pages.items[0].pfn;

		assert_int_equal(count_walked(&scene, &last), 4);
		assert_true(last->walked);
		assert_int_equal(last->n, 1);
		assert_int_equal(scene.pages.items[0].page.kind, stage < 7 ? CR2_PAGE_ZERO : CR2_PAGE_ANON);
		assert_int_equal(!!(last->value & CR2_PTE(W)), stage >= 7);
		assert_true((last->value & CR2_PTE_FRAME_MASK) >> 12 == zero);
		assert_true(scene.cpu.in_fault);
		assert_true(scene.cpu.cr2 == scene.mappings.items[0].vma.start);
		assert_int_equal(scene.cpu.frame.error_code, 0x7);
		cr2_scene_finish(&scene);
	}
	cr2_session_destroy(session);
}

/* A first fault finds no tables; its walk ends in the top one, at an entry that is empty. */
static void the_walk_ends_early(void **state)
{
	struct cr2_session *session = open_session("map m 2 rw\nwrite m@0\n");
	struct cr2_scene scene = scene_at(session, 2, 1, 1);
	const struct cr2_scene_entry *last;

	(void)state;
	assert_int_equal(count_walked(&scene, &last), 1);
	assert_non_null(last);
	assert_int_equal(last->value, 0);
	assert_int_equal(scene.tables.n, 1);
	cr2_scene_finish(&scene);
	scene = scene_at(session, 2, 1, 7);
	assert_int_equal(count_walked(&scene, &last), 4);
	assert_int_equal(scene.tables.n, 4);
	cr2_scene_finish(&scene);
	cr2_session_destroy(session);
}

static void caches_and_swap(void **state)
{
	struct cr2_session *session = open_session("swap on\nfile f 8 cold\nmap m 8 r f\nmap a 3 rw\n"
						   "read m@0\nwrite a@0..2\nadvise a pageout\n");
	struct cr2_scene scene = scene_at(session, cr2_session_steps(session), 0, 0);

	(void)state;
	assert_int_equal(scene.objects.n, 1);
	assert_int_equal(scene.objects.items[0].view.pages, 8);
	assert_true(scene.cached.n >= 1);
	assert_int_equal(scene.cached.items[0].index, 0);
	assert_true(scene.cached.items[0].view.pfn != CR2_NO_FRAME);
	assert_int_equal(scene.slots.n, 3);
	assert_int_equal(scene.slots.items[0].view.entries, 1);
	assert_int_equal(scene.pages.items[scene.pages.n - 1].page.kind, CR2_PAGE_SWAP);
	cr2_scene_finish(&scene);
	cr2_session_destroy(session);
}

static const struct cr2_scene_change *change_of(const struct cr2_scene_change *changes, size_t n,
						enum cr2_scene_part part, uint64_t key)
{
	for (size_t i = 0; i < n; i++)
		if (changes[i].part == part && key - changes[i].key < changes[i].n * CR2_PAGE_SIZE)
			return &changes[i];
	return NULL;
}

static void differences(void **state)
{
	struct cr2_session *session = open_session("map m 1000 rw\nwrite m@0..99\nprotect m@50 r\nunmap m@60..69\n");
	struct cr2_scene first = scene_at(session, 101, 0, 0), second = scene_at(session, 102, 0, 0),
			 third = scene_at(session, 103, 0, 0);
	uint64_t m = first.mappings.items[0].vma.start;
	const struct cr2_scene_change *c;
	struct cr2_scene_change *changes;
	size_t n;

	(void)state;
	assert_int_equal(cr2_scene_compare(&first, &first, &changes, &n), 0);
	assert_int_equal(n, 0);
	free(changes);
	assert_int_equal(cr2_scene_compare(&first, &second, &changes, &n), 0);
	c = change_of(changes, n, CR2_SCENE_PAGE, m + 50 * CR2_PAGE_SIZE);
	assert_non_null(c);
	assert_int_equal(c->n, 1);
	assert_true(c->had && c->has);
	assert_true(c->before[2] == c->after[2]); /* the frame */
	assert_true(c->before[3] != c->after[3]); /* the entry's bits */
	assert_null(change_of(changes, n, CR2_SCENE_PAGE, m));
	c = change_of(changes, n, CR2_SCENE_MAPPING, m);
	assert_true(c && c->after[0] == m + 50 * CR2_PAGE_SIZE);
	c = change_of(changes, n, CR2_SCENE_MAPPING, m + 51 * CR2_PAGE_SIZE);
	assert_true(c && !c->had && c->has);
	free(changes);
	assert_int_equal(cr2_scene_compare(&second, &third, &changes, &n), 0);
	c = change_of(changes, n, CR2_SCENE_PAGE, m + 60 * CR2_PAGE_SIZE);
	assert_non_null(c);
	assert_int_equal(c->n, 10);
	assert_true(c->had && !c->has);
	free(changes);
	cr2_scene_finish(&first);
	cr2_scene_finish(&second);
	cr2_scene_finish(&third);
	cr2_session_destroy(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched_pages_are_a_row),
		cmocka_unit_test(frames_know_who_maps_them),
		cmocka_unit_test(the_walk_and_the_entry),
		cmocka_unit_test(the_walk_ends_early),
		cmocka_unit_test(caches_and_swap),
		cmocka_unit_test(differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
