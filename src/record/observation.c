/* SPDX-License-Identifier: MIT */
/* Observations: who owns what. */
#include <stdlib.h>

#include <cr2/record.h>

static void process_finish(struct cr2_observed_process *process)
{
	for (size_t i = 0; i < process->n_mappings; i++) {
		free(process->mappings[i].name);
		free(process->mappings[i].tokens);
	}
	free(process->mappings);
	free(process->name);
}

void cr2_observation_finish(struct cr2_observation *o)
{
	for (size_t i = 0; i < o->n_faults; i++)
		free(o->faults[i].at);
	for (size_t i = 0; i < o->n_processes; i++)
		process_finish(&o->state[i]);
	free(o->faults);
	free(o->state);
	free(o->process);
	free(o->at);
	*o = (struct cr2_observation){0};
}

void cr2_observations_finish(struct cr2_observations *list)
{
	for (size_t i = 0; i < list->count; i++)
		cr2_observation_finish(&list->items[i]);
	free(list->items);
	*list = (struct cr2_observations){0};
}
