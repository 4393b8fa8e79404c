/* SPDX-License-Identifier: MIT */
/*
 * One fault on purpose: the scenario of force.def runs on the host, and around its last step
 * what the kernel tells of the page and of the access is noted down.
 */
#include <cr2/flags.h>
#include <cr2/host.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

#define CHUNK 512

/* One fault being made. */
struct forcing {
	struct host_runner *host;
	const struct cr2_litmus *litmus;
	struct cr2_force_report *report;
};

/* The n-th number of a file of them; 0 where there is none, as for what is not mapped. */
static uint64_t number_at(int fd, uint64_t n)
{
	uint64_t number;

	return pread(fd, &number, sizeof(number), (off_t)(n * sizeof(number))) == sizeof(number) ?
	       number : 0;
}

static uint64_t count_present(int pagemap, uint64_t start, uint64_t end)
{
	uint64_t entries[CHUNK], present = 0;

	while (start < end) {
		size_t left = (end - start) / CR2_PAGE_SIZE, n = left < CHUNK ? left : CHUNK;
		size_t bytes = n * sizeof(*entries);
		off_t at = (off_t)(start / CR2_PAGE_SIZE * sizeof(*entries));

		if (pread(pagemap, entries, bytes, at) != (ssize_t)bytes)
			break;
		for (size_t i = 0; i < n; i++)
			present += !!(entries[i] & CR2_PAGEMAP(PRESENT));
		start += n * CR2_PAGE_SIZE;
	}
	return present;
}

static void look_at_mapping(const struct host_process *process, uint64_t address,
			    struct cr2_force_page *page)
{
	struct maps_vma vma;

	if (maps_vma_at(process->maps, address, &vma) < 0 || address < vma.start)
		return;
	page->mapped = true;
	page->start = vma.start;
	page->end = vma.end;
	page->prot = vma.prot;
	page->shared = vma.shared;
	page->present = count_present(process->pagemap, vma.start, vma.end);
}

static void look_at_page(const struct host_runner *host, const struct cr2_op *op,
			 struct cr2_force_page *page)
{
	const struct host_process *process = &host->processes[op->process];

	*page = (struct cr2_force_page){.frame = CR2_NO_FRAME};
	look_at_mapping(process, op->address, page);
	page->entry = number_at(process->pagemap, op->address / CR2_PAGE_SIZE);
	page->kind = host_page_state(&process->now, op->address).kind;
	if (!(page->entry & CR2_PAGEMAP(PRESENT)) || !(page->entry & CR2_PAGEMAP_FRAME_MASK))
		return;
	page->frame = page->entry & CR2_PAGEMAP_FRAME_MASK;
	page->flags = number_at(host->files.flags, page->frame);
	page->maps = number_at(host->files.counts, page->frame);
}

static void note_signal(const struct host_seen *seen, struct cr2_force_signal *signal)
{
	*signal = (struct cr2_force_signal){
		.number = seen->signal,
		.code = seen->code,
		.fault_address = seen->signal_address,
		.trap = seen->trap,
		.error_code = seen->error_code,
		.cr2 = seen->address,
		.ip = seen->ip,
	};
}

static void note_place(const struct cr2_names *names, const struct cr2_observation *o,
		       struct cr2_force_report *report)
{
	struct cr2_text text = {0};

	snprintf(report->process, sizeof(report->process), "%s",
		 cr2_name(&names->processes, o->process));
	if (cr2_ref_append(names, &o->at, &text) == 0)
		snprintf(report->at, sizeof(report->at), "%s", text.data);
	cr2_text_finish(&text);
}

static void note_access(const struct forcing *forcing, const struct cr2_step *step)
{
	const struct host_runner *host = forcing->host;
	struct cr2_force_report *report = forcing->report;

	note_place(&forcing->litmus->names, step->observation, report);
	report->op = step->op->kind;
	report->address = step->op->address;
	report->result = host->outcome.result;
	report->minor = host->seen.minor;
	report->major = host->seen.major;
	note_signal(&host->seen, &report->signal);
	report->exceptions = host->exceptions;
	report->n_faults = host->outcome.n_faults;
	if (report->n_faults)
		report->fault = host->outcome.faults[0];
}

static int on_step(void *data, const struct cr2_step *step)
{
	const struct forcing *forcing = data;
	const struct cr2_litmus *litmus = forcing->litmus;
	struct cr2_force_report *report = forcing->report;

	if (step->statement != &litmus->statements[litmus->n_statements - 1])
		return 0;
	if (!step->observation) {
		look_at_page(forcing->host, step->op, &report->before);
		return 0;
	}
	look_at_page(forcing->host, step->op, &report->after);
	if (report->before.frame != CR2_NO_FRAME)
		report->old_frame_maps = number_at(forcing->host->files.counts,
						   report->before.frame);
	note_access(forcing, step);
	return 0;
}

/* Only the last statement's failure is the fault's; there are no others in the scenarios. */
static int note_failure(struct cr2_run *run, struct cr2_force_report *report)
{
	if (run->n_failures == 0)
		return 0;
	report->expected = strdup(run->failures[0].expected);
	report->seen = strdup(run->failures[0].seen);
	return report->expected && report->seen ? 0 : -ENOMEM;
}

static int run_forcing(struct forcing *forcing, bool traced)
{
	struct cr2_force_report *report = forcing->report;
	struct cr2_run observed;
	int r;

	forcing->host->blind = !traced;
	r = cr2_litmus_run(forcing->litmus, &forcing->host->base, on_step, forcing, &observed);
	forcing->host->blind = false;
	report->traced = traced && r == 0;
	if (r == 0)
		r = note_failure(&observed, report);
	else if (!report->reason && observed.reason)
		report->reason = strdup(observed.reason);
	cr2_run_finish(&observed);
	return r;
}

/* A fault that comes to something else on this machine is not made. */
static int check_traits(struct forcing *forcing)
{
	struct host_runner *host = forcing->host;
	bool depends;
	int r = cr2_litmus_depends(forcing->litmus, CR2_PROFILE_6_18, host->traits, &depends);

	if (r < 0 || !depends)
		return r;
	return asprintf(&forcing->report->reason, "%s (%s)", cr2_trait_sentence(CR2_TRAIT_NO_ZERO_PAGE),
			cr2_trait_cause(CR2_TRAIT_NO_ZERO_PAGE)) < 0 ? -ENOMEM : -EOPNOTSUPP;
}

/* What cannot be seen cannot be expected. */
static void expect_nothing(struct cr2_litmus *litmus)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		litmus->statements[i].expect.any = false;
}

int cr2_force_run(struct cr2_runner *runner, enum cr2_force force,
		  struct cr2_force_report *ret_report)
{
	struct cr2_force_report report = {.force = force};
	struct forcing forcing = {.host = host_of_runner(runner), .report = &report};
	const char *text = cr2_force_scenario(force);
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r;

	if (!forcing.host || !text)
		return -EINVAL;
	r = cr2_litmus_parse(cr2_force_name(force), text, strlen(text), &litmus, &diag);
	if (r < 0) {
		cr2_diag_finish(&diag);
		return r;
	}
	forcing.litmus = &litmus;
	r = host_traits_find(forcing.host) == 0 ? check_traits(&forcing) : 0;
	if (r == 0)
		r = run_forcing(&forcing, true);
	if (r == -EPERM) {
		expect_nothing(&litmus);
		r = run_forcing(&forcing, false);
	}
	cr2_litmus_finish(&litmus);
	*ret_report = report;
	return r;
}
