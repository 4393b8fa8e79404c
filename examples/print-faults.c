/* SPDX-License-Identifier: MIT */
/*
 * Runs a scenario in the model, through libcr2, and prints each page fault:
 *
 *     cc -o print-faults print-faults.c $(pkg-config --cflags --libs cr2)
 *     ./print-faults cow/child-writes.litmus
 */
#include <inttypes.h>
#include <stdio.h>

#include <cr2/run.h>

static int print_step(void *data, const struct cr2_step *step)
{
	const struct cr2_observation *o = step->observation;

	(void)data;
	for (size_t i = 0; o && i < o->n_faults; i++)
		printf("step %u, line %u: error code 0x%" PRIx64 ", settled by %s (%s)\n", o->step, o->line,
		       o->faults[i].error_code, cr2_path_name(o->faults[i].path),
		       cr2_path_function(o->faults[i].path));
	return 0;
}

int main(int argc, char **argv)
{
	struct cr2_model_config config;
	struct cr2_runner *runner = NULL;
	struct cr2_litmus litmus = {0};
	struct cr2_run run = {0};
	struct cr2_diag diag = {0};

	if (argc != 2 || cr2_litmus_load(argv[1], &litmus, &diag) < 0) {
		fprintf(stderr, "%s\n", diag.message ? diag.message : "usage: print-faults FILE");
		return 2;
	}
	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	if (cr2_runner_model_create(&config, &runner) == 0 &&
	    cr2_litmus_run(&litmus, runner, print_step, NULL, &run) < 0)
		fprintf(stderr, "%s\n", run.reason ? run.reason : "out of memory");
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	return 0;
}
