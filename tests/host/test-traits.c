/* SPDX-License-Identifier: MIT */
/* What sets this machine apart: found out the same way by a guest's end, and told by the steps that show it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <cr2/guest_runner.h>

#include "host.h"

/* What `cr2 guest-serve` answers to one question. */
static unsigned serve(void)
{
	FILE *in = fmemopen((char[]){"?\n"}, 2, "r"), *out;
	json_int_t traits = -1;
	char *answer = NULL;
	size_t size;
	json_t *object;

	out = open_memstream(&answer, &size);
	assert_true(in && out);
	assert_int_equal(cr2_guest_serve(in, out), 0);
	fclose(in);
	fclose(out);
	object = json_loads(answer, 0, NULL);
	assert_int_equal(json_unpack(object, "{s:I}", "traits", &traits), 0);
	json_decref(object);
	free(answer);
	return (unsigned)traits;
}

static void a_guest_finds_the_same(void **state)
{
	unsigned here = host_traits();

	(void)state;
	assert_int_equal(serve(), here);
	assert_int_equal(here >> CR2_TRAIT_COUNT, 0);
}

/* Each trait's own scenario comes out as expected where the machine is without it, and not where it has it. */
static void each_is_what_its_scenario_shows(void **state)
{
	unsigned here = host_traits();

	(void)state;
	for (enum cr2_trait trait = 0; trait < CR2_TRAIT_COUNT; trait++) {
		struct cr2_run run;
		int r = host_run(cr2_trait_scenario(trait), &run);
		bool has = here & 1U << trait;

		/* refused by the very trait, or by what hides it (KASLR, PTI) */
		if (r == -EOPNOTSUPP)
			assert_true(run.reason_line && (!has || strstr(run.reason, "on this machine")));
		else
			assert_true(r == 0 && !!run.n_failures == has);
		cr2_run_finish(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_finds_the_same),
		cmocka_unit_test(each_is_what_its_scenario_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
