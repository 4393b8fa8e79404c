/* SPDX-License-Identifier: MIT */
/* Accesses that end in a signal: exception, refusal, handler, sigreturn. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "bench/costs.h"
#include "bench/touch.h"

/* What the handler saw; only the thread that measures touches it. */
static volatile sig_atomic_t n_signals;
static volatile sig_atomic_t last_code;

/* A store whose r8 says where to go on if it cannot be made. */
static void store(uint8_t *at)
{
	__asm__ volatile("lea 1f(%%rip), %%r8\n\t"
			 "movb $1, (%0)\n"
			 "1:"
			 : : "r"(at) : "r8", "memory");
}

static void skip(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	(void)signal;
	n_signals = n_signals + 1;
	last_code = info->si_code;
	user->uc_mcontext.gregs[REG_RIP] = user->uc_mcontext.gregs[REG_R8];
}

static void repair(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	n_signals = n_signals + 1;
	last_code = info->si_code;
	mprotect((void *)((uintptr_t)info->si_addr & ~(uintptr_t)(CR2_PAGE_SIZE - 1)), CR2_PAGE_SIZE,
		 PROT_READ | PROT_WRITE);
}

/*
 * Signal frames lie below what the stack holds now, and take more than a page where registers are
 * wide. Pages never used, or shared since another case's fork, would be faults of the frame.
 */
static void own_stack(void)
{
	volatile uint8_t below[16 * CR2_PAGE_SIZE];

	for (size_t i = 0; i < sizeof(below); i += CR2_PAGE_SIZE)
		below[i] = 0;
}

typedef void handler_fn(int signal, siginfo_t *info, void *context);

/* One store a page, each refused once. */
static int store_refused(struct cost_bench *bench, uint8_t *base, int signal, int code,
			 handler_fn *handler, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, before;

	if (sigaction(signal, &action, &before) < 0)
		return -errno;
	own_stack();
	n_signals = 0;
	meter_start(&bench->meter);
	for (uint64_t i = 0; i < pages; i++)
		store(base + i * CR2_PAGE_SIZE);
	cost_take(bench, pages, sample);
	sigaction(signal, &before, NULL);
	sample->settled = 0;
	sample->refused = pages;
	if ((uint64_t)n_signals != pages || last_code != code)
		cost_doubt(sample, "%d signals with code %d where %llu with %d were expected",
			   (int)n_signals, (int)last_code, (unsigned long long)pages, code);
	return 0;
}

static int refuse_anon(struct cost_bench *bench, int prot, int code, handler_fn *handler,
		       struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages, bytes = pages * CR2_PAGE_SIZE;
	uint8_t *base;
	int r = bench_map(bytes, &base);

	if (r < 0)
		return r;
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
	if (mprotect(base, bytes, prot) < 0)
		r = -errno;
	if (r == 0)
		r = store_refused(bench, base, SIGSEGV, code, handler, sample);
	munmap(base, bytes);
	return r;
}

int cost_segv_accerr(struct cost_bench *bench, struct cost_sample *sample)
{
	return refuse_anon(bench, PROT_READ, SEGV_ACCERR, skip, sample);
}

int cost_segv_repair(struct cost_bench *bench, struct cost_sample *sample)
{
	return refuse_anon(bench, PROT_READ, SEGV_ACCERR, repair, sample);
}

/* Nothing else of this thread makes mappings until the stores are over. */
int cost_segv_maperr(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t bytes = bench->plan->pages * CR2_PAGE_SIZE;
	uint8_t *base;
	int r = bench_map(bytes, &base);

	if (r < 0)
		return r;
	munmap(base, bytes);
	return store_refused(bench, base, SIGSEGV, SEGV_MAPERR, skip, sample);
}

int cost_sigbus(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t bytes = bench->plan->pages * CR2_PAGE_SIZE;
	int r = cost_open_memfd(bench);
	uint8_t *base;

	if (r < 0)
		return r;
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bench->memfd, (off_t)bytes);
	if (base == MAP_FAILED)
		return -errno;
	r = store_refused(bench, base, SIGBUS, BUS_ADRERR, skip, sample);
	munmap(base, bytes);
	return r;
}
