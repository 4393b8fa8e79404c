/* SPDX-License-Identifier: MIT */
/* The workers as processes: started, watched, replaced where one crashed, and summed up. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "target_guest.h"

#define TELL_MS 250 /* between two lines of progress */

struct pool {
	const struct fuzz_options *options;
	struct fuzz_shared *shared;
	double start;
	unsigned running;
	pid_t pids[FUZZ_JOBS_MAX]; /* 0: ended */
	int pipes[FUZZ_JOBS_MAX]; /* what they want printed */
	uint64_t crashes;
	int code;
};

static volatile sig_atomic_t interrupted; /* by this signal; 0: not */

/* The second time is the default's: it ends at once. */
static void interrupt(int signo)
{
	interrupted = signo;
}

static void catch_interrupts(void)
{
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int start(struct pool *pool, unsigned i)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cli_error(CLI_UNABLE, "a pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		for (unsigned k = 0; k < pool->options->jobs; k++)
			if (pool->pids[k])
				close(pool->pipes[k]);
		close(ends[0]);
		_exit(fuzz_work(pool->options, pool->shared, i, ends[1]));
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return cli_error(CLI_UNABLE, "another process: %s", strerror(errno));
	}
	pool->pids[i] = pid;
	pool->pipes[i] = ends[0];
	pool->running++;
	return CLI_OK;
}

/* --- what is shown meanwhile --- */

static void sum(const struct pool *pool, struct cr2_view_fuzz *fuzz, struct cr2_coverage *coverage)
{
	*coverage = (struct cr2_coverage){0};
	*fuzz = (struct cr2_view_fuzz){
		.model = pool->shared->model,
		.target = pool->shared->target,
		.seed = pool->options->seed,
		.seconds = cli_now() - pool->start,
		.findings[CR2_FUZZ_CRASH] = pool->crashes,
		.coverage = coverage,
		.interrupted = interrupted,
	};
	for (unsigned i = 0; i < pool->options->jobs; i++) {
		const struct fuzz_slot *slot = &pool->shared->slots[i];

		fuzz->steps += slot->steps;
		fuzz->scenarios += slot->scenarios;
		fuzz->skipped += slot->skipped;
		for (int k = 0; k < CR2_FUZZ_FINDINGS; k++)
			fuzz->findings[k] += slot->findings[k];
		for (int k = 0; k < CR2_WIDENING_COUNT; k++)
			fuzz->widened[k] += slot->widened[k];
		cr2_coverage_add(coverage, &slot->coverage);
	}
}

static void tell_progress(struct pool *pool)
{
	struct cr2_style style = pool->options->style;
	struct cr2_coverage coverage;
	struct cr2_view_fuzz fuzz;
	struct cr2_text text = {0};

	if (!isatty(STDERR_FILENO))
		return;
	sum(pool, &fuzz, &coverage);
	style.width = style.width > 6 ? style.width - 5 : 1;
	if (cr2_view_fuzz_progress(&fuzz, &style, &text) == 0)
		cli_progress("%s", text.data);
	cr2_text_finish(&text);
}

/* --- workers' words and ends --- */

/* Passes on what there is. Returns false at the end. */
static bool pass_on(struct pool *pool, unsigned i)
{
	char data[65536];
	ssize_t n = read(pool->pipes[i], data, sizeof(data));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	cli_progress_end();
	fwrite(data, 1, (size_t)n, stdout);
	fflush(stdout);
	return true;
}

/* The scenario that a worker was at; another takes its place. */
static int crashed(struct pool *pool, unsigned i, int signo)
{
	uint64_t busy = atomic_exchange(&pool->shared->slots[i].busy, 0), seed;
	struct cr2_text text = {0}, message = {0};
	int r;

	if (!busy)
		return cli_error(CLI_UNABLE, "a worker ended by itself: %s", strsignal(signo));
	seed = cr2_generator_seed(pool->options->seed, busy - 1);
	r = cr2_litmus_generate(seed, &pool->options->generator, &text);
	pool->crashes++;
	if (atomic_fetch_add(&pool->shared->found, 1) + 1 >= pool->options->max)
		atomic_store(&pool->shared->ending, true);
	if (r == 0)
		r = fuzz_found_crash(pool->options, seed, &text, signo, &message);
	if (r == 0) {
		cli_progress_end();
		fputs(message.data, stdout);
	}
	cr2_text_finish(&text);
	cr2_text_finish(&message);
	if (r < 0)
		return cli_error(CLI_UNABLE, "%s: %s", pool->options->out, strerror(-r));
	return atomic_load(&pool->shared->ending) ? CLI_OK : start(pool, i);
}

static void ended(struct pool *pool, unsigned i)
{
	int status, code = CLI_OK;

	close(pool->pipes[i]);
	while (waitpid(pool->pids[i], &status, 0) < 0 && errno == EINTR)
		;
	pool->pids[i] = 0;
	pool->running--;
	if (WIFSIGNALED(status))
		code = crashed(pool, i, WTERMSIG(status));
	else
		code = WEXITSTATUS(status);
	if (code > pool->code)
		pool->code = code;
	if (code != CLI_OK)
		atomic_store(&pool->shared->ending, true);
}

static void watch(struct pool *pool)
{
	while (pool->running) {
		struct pollfd fds[FUZZ_JOBS_MAX];

		for (unsigned i = 0; i < pool->options->jobs; i++)
			fds[i] = (struct pollfd){pool->pids[i] ? pool->pipes[i] : -1, POLLIN, 0};
		if (poll(fds, pool->options->jobs, TELL_MS) < 0 && errno != EINTR)
			break;
		if (interrupted) {
			atomic_store(&pool->shared->hurry, true);
			atomic_store(&pool->shared->ending, true);
		}
		for (unsigned i = 0; i < pool->options->jobs; i++)
			if (pool->pids[i] && fds[i].revents && !pass_on(pool, i))
				ended(pool, i);
		tell_progress(pool);
	}
	cli_progress_end();
}

/* --- the end --- */

/* The same reason of several workers counts once. */
static size_t collect_reasons(const struct pool *pool, struct cr2_view_fuzz_reason *reasons)
{
	size_t n = 0;

	for (unsigned i = 0; i < pool->options->jobs; i++) {
		const struct fuzz_slot *slot = &pool->shared->slots[i];

		for (size_t k = 0; k < slot->n_reasons; k++) {
			const struct fuzz_reason *reason = &slot->reasons[k];
			size_t at = 0;

			while (at < n && (reasons[at].failed != reason->failed ||
					  strcmp(reasons[at].text, reason->text) != 0))
				at++;
			if (at == n)
				reasons[n++] = (struct cr2_view_fuzz_reason){reason->text, 0,
									     reason->failed};
			reasons[at].count += reason->count;
		}
	}
	return n;
}

static int print_summary(const struct pool *pool, const struct cr2_view_fuzz *fuzz)
{
	struct cr2_text text = {0};
	int r = pool->options->json ? cr2_view_fuzz_json(fuzz, &text)
				    : cr2_view_fuzz(fuzz, &pool->options->style, &text);

	if (r == 0)
		fputs(text.data, stdout);
	cr2_text_finish(&text);
	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	return r < 0 ? cli_error(CLI_UNABLE, "%s", strerror(-r)) : CLI_OK;
}

static int exit_code(const struct pool *pool, const struct cr2_view_fuzz *fuzz)
{
	if (pool->code != CLI_OK)
		return pool->code;
	for (int i = 0; i < CR2_FUZZ_FINDINGS; i++)
		if (fuzz->findings[i])
			return CLI_DIFFERENT;
	if (interrupted)
		return 128 + interrupted;
	if (!fuzz->scenarios && fuzz->skipped)
		return cli_error(CLI_UNABLE, "no scenario could run: %s", fuzz->reasons[0].text);
	return CLI_OK;
}

static int conclude(const struct pool *pool)
{
	struct cr2_view_fuzz_reason *reasons =
		calloc((size_t)pool->options->jobs * FUZZ_REASONS, sizeof(*reasons));
	struct cr2_coverage coverage;
	struct cr2_view_fuzz fuzz;
	int code;

	if (!reasons)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	sum(pool, &fuzz, &coverage);
	fuzz.n_reasons = collect_reasons(pool, reasons);
	fuzz.reasons = reasons;
	code = pool->code >= CLI_UNABLE && !fuzz.scenarios ? CLI_OK : print_summary(pool, &fuzz);
	if (code == CLI_OK)
		code = exit_code(pool, &fuzz);
	free(reasons);
	return code;
}

/* The names that the targets will have; guests are not made for that. */
static int name_targets(struct fuzz_shared *shared, const struct fuzz_options *options)
{
	struct cr2_text release = {0};
	struct target target;
	int code;

	snprintf(shared->model, sizeof(shared->model), "model %s", cr2_profile_name(options->profile));
	if (target_is_guest(options->on)) {
		if (target_guest_release(options->on, &release) == 0)
			snprintf(shared->target, sizeof(shared->target), "guest %s", release.data);
		cr2_text_finish(&release);
		return CLI_OK;
	}
	code = target_create(options->on, FUZZ_TARGET_PROFILE, 0, &target);
	if (code != CLI_OK)
		return code;
	target_tell_traits(&target, stderr);
	snprintf(shared->target, sizeof(shared->target), "%s", target.name);
	target_finish(&target);
	return CLI_OK;
}

int fuzz_pool(const struct fuzz_options *options)
{
	size_t size = sizeof(struct fuzz_shared) + options->jobs * sizeof(struct fuzz_slot);
	struct pool pool = {.options = options, .start = cli_now()};
	int code;

	pool.shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pool.shared == MAP_FAILED)
		return cli_error(CLI_UNABLE, "%s", strerror(errno));
	code = name_targets(pool.shared, options);
	if (options->seconds > 0)
		pool.shared->deadline = pool.start + options->seconds;
	catch_interrupts();
	for (unsigned i = 0; i < options->jobs && code == CLI_OK; i++)
		code = start(&pool, i);
	if (code != CLI_OK)
		atomic_store(&pool.shared->ending, true);
	watch(&pool);
	if (code == CLI_OK)
		code = conclude(&pool);
	munmap(pool.shared, size);
	return code;
}
