/* SPDX-License-Identifier: MIT */
/* src/trace/lanes.c: what several processors write comes in the order of time. */
#include <stdlib.h>

#include "trace/clock.h"
#include "trace/lanes.h"

#include "../test.h"

#define CPUS 2
#define MOST 64

/* The processors' side, as the programs do it. */
static void write_brief(struct trace_lane *lane, uint64_t time)
{
	lane->briefs[lane->written % TRACE_LANE] = (struct trace_brief){.time = time};
	lane->written++;
}

struct seen {
	size_t n;
	uint64_t times[MOST];
};

static void see(void *data, const struct trace_brief *brief)
{
	struct seen *seen = data;

	if (seen->n < MOST)
		seen->times[seen->n] = brief->time;
	seen->n++;
}

static struct lanes two_lanes(struct trace_lane *room)
{
	return (struct lanes){.cpus = CPUS, .lanes = room};
}

static struct trace_lane *make_room(void)
{
	struct trace_lane *room = calloc(CPUS, sizeof(*room));

	assert_non_null(room);
	return room;
}

static void finish(struct lanes *lanes)
{
	queue_finish(&lanes->waiting);
	free(lanes->lanes);
}

static void faults_of_all_come_in_the_order_of_time(void **state)
{
	struct lanes lanes = two_lanes(make_room());
	const struct trace_brief through_ring = {.time = 3};
	static const uint64_t wanted[] = {1, 2, 3, 4, 5};
	struct seen seen = {0};

	(void)state;
	write_brief(lanes.lanes, 2);
	write_brief(lanes.lanes, 5);
	write_brief(lanes.lanes + 1, 1);
	write_brief(lanes.lanes + 1, 4);
	assert_int_equal(lanes_add(&lanes, &through_ring), 0);
	assert_int_equal(lanes_read(&lanes, true, see, &seen), 0);
	assert_int_equal(seen.n, CR2_ARRAY_SIZE(wanted));
	assert_memory_equal(seen.times, wanted, sizeof(wanted));
	finish(&lanes);
}

/* What another processor wrote before may still come: it must not be too late. */
static void what_is_new_waits_for_what_is_older(void **state)
{
	struct lanes lanes = two_lanes(make_room());
	const uint64_t early = trace_now();
	uint64_t late;
	struct seen seen = {0};

	(void)state;
	assert_int_equal(lanes_read(&lanes, false, see, &seen), 0);
	late = trace_now();
	write_brief(lanes.lanes, late);
	assert_int_equal(lanes_read(&lanes, false, see, &seen), 0);
	assert_int_equal(seen.n, 0);
	assert_true(lanes.handed_over >= early && lanes.handed_over < late);
	write_brief(lanes.lanes + 1, early);
	assert_int_equal(lanes_read(&lanes, false, see, &seen), 0);
	assert_int_equal(seen.n, 2);
	assert_true(lanes.handed_over >= late);
	assert_int_equal(seen.times[0], early);
	assert_int_equal(seen.times[1], late);
	finish(&lanes);
}

static void a_lane_is_used_again_and_again(void **state)
{
	struct lanes lanes = two_lanes(make_room());
	uint64_t time = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		struct seen seen = {0};

		for (int i = 0; i < TRACE_LANE - 1; i++)
			write_brief(lanes.lanes, ++time);
		assert_int_equal(lanes_read(&lanes, true, see, &seen), 0);
		assert_int_equal(seen.n, TRACE_LANE - 1);
		assert_int_equal(seen.times[0], time - TRACE_LANE + 2);
		assert_int_equal(lanes.lanes->read, lanes.lanes->written);
	}
	finish(&lanes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_of_all_come_in_the_order_of_time),
		cmocka_unit_test(what_is_new_waits_for_what_is_older),
		cmocka_unit_test(a_lane_is_used_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
