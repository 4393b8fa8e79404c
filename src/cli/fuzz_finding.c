/* SPDX-License-Identifier: MIT */
/*
 * What a scenario showed: is it so when asked again, how small can the scenario be, then files
 * in the folder for findings, and the table or the object to print.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "target_guest.h"

#define AGAIN 2 /* how often a difference is asked for again */
#define REDUCE_SECONDS 120

/* --- does it show, and how small can it be --- */

/* What a smaller scenario must show too: the same kind of thing. */
struct likeness {
	struct fuzz_worker *worker;
	enum fuzz_verdict verdict;
	bool differs; /* then: */
	enum cr2_field field;
	enum cr2_op_kind op;
	double until;
};

static enum cr2_op_kind differing_op(const struct fuzz_case *c)
{
	const struct cr2_observations *steps = &c->target.observations;
	size_t i = c->differences.items[0].observation;

	return i < steps->count ? steps->items[i].op : CR2_OP_COUNT;
}

static struct likeness likeness_of(struct fuzz_worker *worker, const struct fuzz_case *c)
{
	struct likeness like = {.worker = worker, .verdict = c->verdict};

	if (c->differences.count) {
		like.differs = true;
		like.field = c->differences.items[0].field;
		like.op = differing_op(c);
	}
	like.until = cli_now() + REDUCE_SECONDS;
	return like;
}

static bool is_like(const struct likeness *like, const struct fuzz_case *c)
{
	if (c->verdict != like->verdict)
		return false;
	return !like->differs ||
	       (c->differences.items[0].field == like->field && differing_op(c) == like->op);
}

static int shows(void *data, const char *text, size_t length)
{
	const struct likeness *like = data;
	struct fuzz_case c;
	int r;

	if (atomic_load(&like->worker->shared->hurry) || cli_now() > like->until)
		return 0;
	r = fuzz_case_run(like->worker, text, length, NULL, &c);
	if (r == 0)
		r = is_like(like, &c);
	fuzz_case_finish(&c);
	return r;
}

/* How many of AGAIN runs differ, in whatever. */
static int ask_again(struct fuzz_worker *worker, const struct cr2_text *text, unsigned *ret_n)
{
	unsigned n = 0;
	int r = 0;

	for (int i = 0; i < AGAIN && r == 0; i++) {
		struct fuzz_case c;

		r = fuzz_case_run(worker, text->data, text->length, NULL, &c);
		n += r == 0 && c.verdict == FUZZ_DIFFER;
		fuzz_case_finish(&c);
	}
	*ret_n = n;
	return r;
}

static int classify(struct fuzz_worker *worker, const struct cr2_text *text,
		    const struct fuzz_case *first, enum cr2_fuzz_finding *ret_finding)
{
	unsigned n;
	int r;

	*ret_finding = first->verdict == FUZZ_LEAK ? CR2_FUZZ_LEAK :
		       first->verdict == FUZZ_LOST ? CR2_FUZZ_LOST :
		       first->verdict == FUZZ_INVALID ? CR2_FUZZ_INVALID : CR2_FUZZ_DIFFERENCE;
	if (first->verdict != FUZZ_DIFFER)
		return 0;
	r = ask_again(worker, text, &n);
	if (r == 0 && n == 0)
		*ret_finding = CR2_FUZZ_UNSTABLE;
	return r;
}

/* The scenario with a title of its own in place of the generator's. */
static int entitle(const struct fuzz_worker *worker, enum cr2_fuzz_finding finding,
		   const char *text, struct cr2_text *ret_text)
{
	int r = cr2_text_printf(ret_text, "# %s: %s and %s, found by cr2 fuzz in scenario 0x%" PRIx64
				"\n", cr2_fuzz_finding_name(finding), worker->model.name,
				worker->target.name, worker->seed);

	if (text[0] == '#')
		text += strcspn(text, "\n") + (strchr(text, '\n') != NULL);
	return r == 0 ? cr2_text_append(ret_text, text) : r;
}

/* --- files --- */

/* Where the files of a finding go, and how their names begin: "difference-0123456789abcdef". */
struct place {
	int folder;
	char stem[48];
};

/* A symbolic link in the place of the folder is not followed: others may have put it there. */
static int place_open(const struct fuzz_options *options, enum cr2_fuzz_finding finding, uint64_t seed,
		      struct place *ret_place)
{
	if (mkdir(options->out, 0777) < 0 && errno != EEXIST)
		return -errno;
	ret_place->folder = open(options->out, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	snprintf(ret_place->stem, sizeof(ret_place->stem), "%s-%016" PRIx64,
		 cr2_fuzz_finding_name(finding), seed);
	return ret_place->folder < 0 ? -errno : 0;
}

/* Replaces what has the name, which may be a link: nothing is written through it. */
static int write_file(const struct place *place, const char *suffix, const char *data)
{
	char name[96];
	int fd, r = 0;
	FILE *file;

	snprintf(name, sizeof(name), "%s%s", place->stem, suffix);
	if (unlinkat(place->folder, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(place->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file || fputs(data, file) < 0)
		r = -errno;
	if (file ? fclose(file) != 0 && r == 0 : fd >= 0 && close(fd) != 0)
		r = -errno;
	return r;
}

static int save_observations(const struct place *place, const char *suffix, const struct cr2_run *run)
{
	struct cr2_text text = {0};
	int r = cr2_text_append(&text, "");

	if (r == 0)
		r = cr2_observations_to_json(&run->observations, &text);
	if (r == 0)
		r = write_file(place, suffix, text.data);
	cr2_text_finish(&text);
	return r;
}

/* ".host.json", ".guest-6.1.json"; of another model ".target.json" */
static void target_suffix(const char *on, char suffix[32])
{
	const char *name = strcmp(on, "model") == 0 ? "target" : target_is_own_kernel(on) ? "guest" : on;

	snprintf(suffix, 32, ".%s.json", name);
	for (char *colon = suffix; (colon = strchr(colon, ':'));)
		*colon = '-';
}

/* whole: the scenario before it was made small, or NULL. *ret_file: the scenario's path. */
static int save(const struct fuzz_worker *worker, enum cr2_fuzz_finding finding, const char *text,
		const char *whole, const struct fuzz_case *c, char **ret_file)
{
	struct place place;
	char suffix[32];
	int r = place_open(worker->options, finding, worker->seed, &place);

	if (r < 0)
		return r;
	target_suffix(worker->options->on, suffix);
	r = write_file(&place, ".litmus", text);
	if (r == 0 && whole)
		r = write_file(&place, ".whole.litmus", whole);
	if (r == 0)
		r = save_observations(&place, ".model.json", &c->model);
	if (r == 0)
		r = save_observations(&place, suffix, &c->target);
	if (r == 0 && c->target.console)
		r = write_file(&place, ".console.txt", c->target.console);
	if (r == 0 && asprintf(ret_file, "%s/%s.litmus", worker->options->out, place.stem) < 0)
		r = -ENOMEM;
	close(place.folder);
	return r;
}

/* --- what is printed --- */

static struct cr2_view_column column_of(const struct target *target, const struct cr2_run *run)
{
	return (struct cr2_view_column){
		.name = target->name,
		.observations = &run->observations,
		.stopped = run->reason,
		.stopped_line = run->reason_line,
	};
}

static int view(const struct fuzz_worker *worker, const struct cr2_view_fuzz_found *found,
		struct cr2_text *text)
{
	int r;

	if (worker->options->json)
		return cr2_view_fuzz_found_json(found, text);
	if (found->run)
		r = cr2_view_run(found->run, &worker->options->style, text);
	else
		r = cr2_text_printf(text, "%s  %s: %s\n", found->file ? found->file : "not saved",
				    cr2_fuzz_finding_name(found->finding), found->reason);
	return r == 0 ? cr2_text_append(text, "\n") : r;
}

static int show(const struct fuzz_worker *worker, enum cr2_fuzz_finding finding, const char *file,
		const struct fuzz_case *c, struct cr2_text *text)
{
	const struct cr2_view_column columns[] = {column_of(&worker->model, &c->model),
						  column_of(&worker->target, &c->target)};
	struct cr2_view_run run = {
		.path = file ? file : "not saved",
		.title = cr2_fuzz_finding_name(finding),
		.source = c->litmus.source,
		.state = true,
		.n_columns = CR2_ARRAY_SIZE(columns),
		.columns = columns,
		.n_differences = c->differences.count,
		.differences = c->differences.items,
	};
	struct cr2_view_fuzz_found found = {finding, worker->seed, file, c->reason,
					    c->target.observations.count ? &run : NULL};

	return view(worker, &found, text);
}

static void send(const struct fuzz_worker *worker, const struct cr2_text *text)
{
	for (size_t at = 0; at < text->length;) {
		ssize_t n = write(worker->out, text->data + at, text->length - at);

		if (n < 0 && errno != EINTR)
			return; /* the first process is gone, and this one will be */
		at += n > 0 ? (size_t)n : 0;
	}
}

/*
 * c: the case of the text, of an unstable one the first; whole as for save(). What cannot be saved
 * is shown and counted all the same.
 */
static int report(struct fuzz_worker *worker, enum cr2_fuzz_finding finding, const char *text,
		  const char *whole, const struct fuzz_case *c)
{
	struct cr2_text message = {0};
	char *file = NULL;
	int saved = save(worker, finding, text, whole, c, &file);
	int r = show(worker, finding, file, c, &message);

	worker->slot->findings[finding]++;
	if (atomic_fetch_add(&worker->shared->found, 1) + 1 >= worker->options->max)
		atomic_store(&worker->shared->ending, true);
	if (r == 0)
		send(worker, &message);
	cr2_text_finish(&message);
	free(file);
	return saved < 0 ? saved : r;
}

/* As it came: the generator's title stands in the line of the new one. */
static int report_whole(struct fuzz_worker *worker, enum cr2_fuzz_finding finding,
			const struct cr2_text *text, const struct fuzz_case *first)
{
	struct cr2_text titled = {0};
	int r = entitle(worker, finding, text->data, &titled);

	if (r == 0)
		r = report(worker, finding, titled.data, NULL, first);
	cr2_text_finish(&titled);
	return r;
}

/* Reduced, or whole where the small one does not show it after all. */
static int reduce_and_report(struct fuzz_worker *worker, enum cr2_fuzz_finding finding,
			     const struct cr2_text *text, const struct fuzz_case *first)
{
	struct likeness like = likeness_of(worker, first);
	struct cr2_text small = {0}, titled = {0};
	struct fuzz_case c = {0};
	int r = cr2_litmus_reduce(text->data, text->length, shows, &like, &small);

	if (r == 0)
		r = entitle(worker, finding, small.data, &titled);
	if (r == 0)
		r = fuzz_case_run(worker, titled.data, titled.length, NULL, &c);
	if (r == 0 && is_like(&like, &c))
		r = report(worker, finding, titled.data, text->data, &c);
	else if (r == 0)
		r = report_whole(worker, finding, text, first);
	fuzz_case_finish(&c);
	cr2_text_finish(&titled);
	cr2_text_finish(&small);
	return r;
}

static int found(struct fuzz_worker *worker, const struct cr2_text *text, const struct fuzz_case *first)
{
	enum cr2_fuzz_finding finding;
	int r = classify(worker, text, first, &finding);

	if (r < 0)
		return r;
	if (finding == CR2_FUZZ_DIFFERENCE || finding == CR2_FUZZ_LEAK)
		return reduce_and_report(worker, finding, text, first);
	return report_whole(worker, finding, text, first);
}

int fuzz_found(struct fuzz_worker *worker, const struct cr2_text *text, const struct fuzz_case *first)
{
	int r = found(worker, text, first);

	return r < 0 ? cli_error(CLI_UNABLE, "%s: %s", worker->options->out, strerror(-r)) : CLI_OK;
}

int fuzz_found_crash(const struct fuzz_options *options, uint64_t seed, const struct cr2_text *text,
		     int signo, struct cr2_text *message)
{
	struct cr2_view_fuzz_found found = {.finding = CR2_FUZZ_CRASH, .scenario = seed};
	char *file = NULL, reason[64];
	struct place place;
	int r = place_open(options, CR2_FUZZ_CRASH, seed, &place);

	snprintf(reason, sizeof(reason), "%s", strsignal(signo));
	if (r == 0) {
		r = write_file(&place, ".litmus", text->data);
		close(place.folder);
	}
	if (r == 0 && asprintf(&file, "%s/%s.litmus", options->out, place.stem) < 0)
		r = -ENOMEM;
	found.file = file;
	found.reason = reason;
	if (r == 0)
		r = options->json ? cr2_view_fuzz_found_json(&found, message)
				  : cr2_text_printf(message, "%s  crash: %s\n\n", file, reason);
	free(file);
	return r;
}
