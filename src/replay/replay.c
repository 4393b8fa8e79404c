/* SPDX-License-Identifier: MIT */
/*
 * A recording's order of things in the model: address spaces come with a program or by fork, calls change them,
 * faults are accesses. The recording is read twice: what files were like before stands at its end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/flags.h>

#include "base/option.h"
#include "internal.h"

#define STACK "[stack]"
#define VVAR "[vvar"
/* Pages that the model has: no fewer, and no more, whatever a file says. */
#define FRAMES_LEAST (1ULL << 20)
#define FRAMES_MOST (1ULL << 26)
#define POOL (1U << 30)
/* No kernel has longer ones. */
#define ARGUMENTS_MOST (16ULL << 20)

/* ---- address spaces ---- */

/* The model's process of an address space, from 1; 0: none is known. */
static uint64_t process_of(const struct replay *r, uint64_t space)
{
	const uint64_t process = space ? hash_get(&r->processes, space, 0) : 0;

	return process == NO_MORE ? 0 : process;
}

static void forget_ending(struct replay *r, uint32_t process)
{
	for (size_t i = 0; i < r->n_ending; i++)
		if (r->ending[i] == process)
			r->ending[i] = r->ending[--r->n_ending];
}

/*
 * An address space comes apart page by page, and only its end is told. From the last thing that happened in it on,
 * its pages may be gone or not.
 */
static int note_last(struct replay *r, uint32_t process, uint64_t time)
{
	int error;

	if (time < r->spaces[process].last)
		return 0;
	error = cr2_grow(&r->ending, &r->ending_capacity, r->n_ending + 1, sizeof(*r->ending));
	if (error == 0)
		r->ending[r->n_ending++] = process;
	return error;
}

/* Entries without a struct page are copied, where those of files are left to a fault of the child's. */
static int copy_vvar(struct replay *r, uint32_t parent, uint32_t child)
{
	struct cr2_outcome outcome;
	int error = 0;

	for (uint64_t at = r->spaces[parent].vvar; at < r->spaces[parent].vvar_end && error == 0; at += CR2_PAGE_SIZE) {
		const struct cr2_op op = {.kind = CR2_OP_ADVISE, .process = child, .object = CR2_NO_OBJECT, .address = at,
					  .length = CR2_PAGE_SIZE, .advice = CR2_ADVICE_POPULATE_READ};
		struct cr2_page_state page;

		error = cr2_model_page_state(r->model, parent, at, &page);
		if (error == 0 && page.kind == CR2_PAGE_FILE)
			error = execute(r, &op, &outcome);
	}
	return error;
}

static int fork_space(struct replay *r, const struct cr2_traced_call *call)
{
	const uint64_t parent = process_of(r, call->space);
	uint32_t child;
	int error;

	/* Threads that are processes, and vfork(), share it. */
	if (!parent || !call->child_space || call->child_space == call->space)
		return 0;
	error = make_process(r, (uint32_t)parent - 1, call->child_space, &child);
	if (error == 0)
		error = copy_vvar(r, (uint32_t)parent - 1, child);
	return error ? error : hash_set(&r->processes, call->child_space, 0, child + 1ULL);
}

static int end_space(struct replay *r, uint64_t space)
{
	const uint64_t process = process_of(r, space);
	struct cr2_outcome outcome;
	int error = process ? hash_set(&r->processes, space, 0, NO_MORE) : 0;

	if (process) {
		found_forget(r, (uint32_t)process - 1);
		forget_ending(r, (uint32_t)process - 1);
		pages_forget(&r->spaces[process - 1]);
	}
	if (!process || error || r->config->without & CR2_REPLAY_WITHOUT_EXITS)
		return error;
	return execute(r, &(struct cr2_op){.kind = CR2_OP_EXIT, .process = (uint32_t)process - 1, .object = CR2_NO_OBJECT},
		       &outcome);
}

/* ---- a program begins ---- */

static struct beginning *beginning_of(struct replay *r, uint64_t pid)
{
	const uint64_t place = hash_get(&r->beginnings, pid, 0);

	return place && place != NO_MORE ? &r->begun[place - 1] : NULL;
}

static int begin(struct replay *r, uint64_t pid)
{
	size_t place = 0;
	int error;

	/* The first that is not in use: there are as many as begin at once. */
	while (place < r->n_begun && r->begun[place].pid && r->begun[place].pid != pid)
		place++;
	if (place == r->n_begun) {
		error = cr2_grow(&r->begun, &r->begun_capacity, place + 1, sizeof(*r->begun));
		if (error)
			return error;
		r->begun[r->n_begun++] = (struct beginning){0};
	}
	r->begun[place].pid = pid;
	r->begun[place].n = 0;
	return hash_set(&r->beginnings, pid, 0, place + 1);
}

static int wait_for_it(struct beginning *beginning, const struct waiting *waiting)
{
	int error = cr2_grow(&beginning->items, &beginning->capacity, beginning->n + 1, sizeof(*beginning->items));

	if (error == 0)
		beginning->items[beginning->n++] = *waiting;
	return error;
}

/* The stack, with the pages that the arguments were copied to before anything ran. */
static int map_stack(struct replay *r, struct cr2_op *op, uint64_t arguments)
{
	struct cr2_outcome outcome;
	const uint64_t end = op->address + op->length;
	int error;

	op->flags |= CR2_MAP_GROWSDOWN;
	error = execute(r, op, &outcome);
	if (end - arguments > ARGUMENTS_MOST)
		return error;
	for (uint64_t at = page_down(arguments); at < end && at >= op->address && error == 0; at += CR2_PAGE_SIZE)
		error = execute(r, &(struct cr2_op){.kind = CR2_OP_KWRITE, .process = op->process, .address = at,
						    .object = CR2_NO_OBJECT}, &outcome);
	return error;
}

/* What the kernel maps for a program: its file, the interpreter, memory, the stack, the vdso. */
static int map_for_program(struct replay *r, uint32_t process, const struct cr2_recorded_change *change,
			   uint64_t arguments)
{
	const struct cr2_recorded_map *map = &change->map;
	struct cr2_outcome outcome;
	struct cr2_op op = {
		.kind = CR2_OP_MAP, .process = process, .address = map->start, .length = map->end - map->start,
		.prot = change->prot & 7, .flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_FIXED,
		.object = CR2_NO_OBJECT};
	int error = 0;

	if (strcmp(map->file->path, STACK) == 0)
		return map_stack(r, &op, arguments);
	if (strncmp(map->file->path, "[v", 2) == 0 && op.length <= SPECIAL_MOST)
		return map_special(r, &op, strncmp(map->file->path, VVAR, strlen(VVAR)) == 0);
	if (change->inode) {
		op.flags &= ~(uint32_t)CR2_MAP_ANONYMOUS;
		op.offset = map->offset;
		error = file_object(r, change->device, change->inode, FILE_ON_DISK, map->offset + op.length, &op.object);
	}
	return error ? error : execute(r, &op, &outcome);
}

static int became(struct replay *r, const struct cr2_traced_call *call)
{
	struct beginning *beginning = beginning_of(r, call->pid);
	uint32_t process;
	int error;

	if (!beginning)
		return 0;
	error = make_process(r, 0, call->space, &process);
	if (error == 0)
		error = hash_set(&r->processes, call->space, 0, process + 1ULL);
	for (size_t i = 0; i < beginning->n && error == 0; i++) {
		const struct waiting *waiting = &beginning->items[i];

		error = waiting->is_fault ? fault_replay(r, process, &waiting->fault) :
					    map_for_program(r, process, &waiting->change, call->args[0]);
	}
	if (error == 0)
		r->spaces[process].brk = call->args[3];
	beginning->pid = 0;
	return error ? error : hash_set(&r->beginnings, call->pid, 0, NO_MORE);
}

/* ---- in order ---- */

static int do_call(struct replay *r, const struct cr2_traced_call *call)
{
	const uint64_t process = process_of(r, call->space);

	switch (call->kind) {
	case CR2_CALL_FORK:
		return fork_space(r, call);
	case CR2_CALL_EXEC:
		return became(r, call);
	case CR2_CALL_GONE:
		return end_space(r, call->space);
	case CR2_CALL_FOUND:
		return process ? 0 : found_begin(r, call);
	case CR2_CALL_MAPPED:
		return process ? found_map(r, (uint32_t)process - 1, call) : 0;
	case CR2_CALL_FRAMES:
		return process ? found_frames(r, (uint32_t)process - 1, call) : 0;
	case CR2_CALL_PAGES:
		if (process && r->spaces[process - 1].being_found)
			return found_pages(r, (uint32_t)process - 1, call);
		return process ? pages_replay(r, (uint32_t)process - 1, call) : 0;
	case CR2_CALL_SYSTEM:
	case CR2_CALL_OTHER:
		return process ? call_replay(r, (uint32_t)process - 1, call) : 0;
	default:
		return 0;
	}
}

static int on_call(struct replay *r, const struct cr2_traced_call *call)
{
	int error = do_call(r, call);
	const uint64_t process = process_of(r, call->space);

	return error || !process ? error : note_last(r, (uint32_t)process - 1, call->time);
}

static int on_change(void *data, const struct cr2_recorded_change *change)
{
	struct replay *r = data;
	struct beginning *beginning;

	if (change->kind == CR2_RECORDED_CALL)
		return on_call(r, change->call);
	if (change->kind == CR2_RECORDED_BEGIN)
		return begin(r, change->pid);
	/* What a system call maps comes with the call. */
	beginning = beginning_of(r, change->pid);
	return beginning ? wait_for_it(beginning, &(struct waiting){.change = *change}) : 0;
}

static int on_fault(struct replay *r, const struct cr2_recorded_fault *fault)
{
	const uint64_t process = process_of(r, fault->fault.space);
	struct beginning *beginning;
	int error;

	r->out.recorded++;
	if (process && r->spaces[process - 1].being_found)
		return wait_for_it(&r->spaces[process - 1].waiting, &(struct waiting){.is_fault = true, .fault = *fault});
	if (process) {
		error = fault_replay(r, (uint32_t)process - 1, fault);
		return error ? error : note_last(r, (uint32_t)process - 1, fault->fault.time);
	}
	beginning = beginning_of(r, fault->fault.pid);
	if (beginning)
		return wait_for_it(beginning, &(struct waiting){.is_fault = true, .fault = *fault});
	r->out.unplaced++;
	return 0;
}

/* ---- the two readings ---- */

static int fail(struct replay *r, int error)
{
	if (error == -EBADMSG && r->recording && !r->reason.length)
		cr2_text_append(&r->reason, cr2_recording_reason(r->recording));
	if (error == -EBADMSG && !r->reason.length)
		cr2_text_append(&r->reason, "what it says of processes makes no sense");
	return error;
}

static int refuse(struct replay *r, const char *why)
{
	cr2_text_append(&r->reason, why);
	return -EBADMSG;
}

static int on_first_change(void *data, const struct cr2_recorded_change *change)
{
	struct replay *r = data;

	if (change->kind == CR2_RECORDED_CALL && change->call->kind == CR2_CALL_MACHINE)
		memcpy(r->machine, change->call->args, sizeof(r->machine));
	if (change->kind == CR2_RECORDED_CALL && change->call->space && change->call->kind != CR2_CALL_GONE &&
	    hash_set(&r->lasts, change->call->space, 0, change->call->time) < 0)
		return -ENOMEM;
	return files_change(&r->files, change);
}

static int open_recording(struct replay *r, const struct cr2_recording_input *input, cr2_recorded_change_fn *fn)
{
	char *reason = NULL;
	int error = cr2_recording_open(input, &r->recording, &reason);

	if (error) {
		if (reason)
			cr2_text_append(&r->reason, reason);
		free(reason);
		return error;
	}
	cr2_recording_on_change(r->recording, fn, r);
	return 0;
}

static int read_files(struct replay *r, const struct cr2_recording_input *input)
{
	struct cr2_recorded_fault fault;
	int error = open_recording(r, input, on_first_change);

	while (error == 0 && (error = cr2_recording_next(r->recording, &fault)) > 0) {
		error = files_fault(&r->files, &fault);
		if (error == 0 && fault.fault.space)
			error = hash_set(&r->lasts, fault.fault.space, 0, fault.fault.time);
	}
	if (error == 0) {
		cr2_recording_facts(r->recording, &r->out.facts);
		snprintf(r->out.release, sizeof(r->out.release), "%s", r->out.facts.release);
		if (!r->out.facts.calls_between)
			error = refuse(r, "it has no system calls; 'cr2 record --ops' records them");
	}
	error = fail(r, error);
	cr2_recording_close(r->recording);
	r->recording = NULL;
	files_settle(&r->files, r->config->without & CR2_REPLAY_WITHOUT_CACHE);
	return error;
}

static int replay_all(struct replay *r, const struct cr2_recording_input *input)
{
	struct cr2_recorded_fault fault;
	int error = open_recording(r, input, on_change);

	while (error == 0 && (error = cr2_recording_next(r->recording, &fault)) > 0)
		error = on_fault(r, &fault);
	for (size_t i = 0; i < r->n_spaces; i++)
		found_forget(r, (uint32_t)i);
	error = fail(r, error);
	cr2_recording_close(r->recording);
	r->recording = NULL;
	return error;
}

/* ---- */

/* The newest kernel that the model knows and that is not newer than the recorded one; of older ones the oldest. */
static enum cr2_profile profile_of(const char *release)
{
	enum cr2_profile found = CR2_PROFILE_6_1;
	int version;

	if (cr2_kernel_parse(release, &version) < 0)
		return CR2_PROFILE_6_18;
	for (enum cr2_profile profile = 0; profile < CR2_PROFILE_COURSE; profile++)
		if (cr2_profile_version(profile) <= version)
			found = profile;
	return found;
}

/* As asked, or as recorded; Linux's own where that makes no sense. */
static uint32_t around_of(const struct replay *r)
{
	const uint64_t pages = r->config->fault_around ? r->config->fault_around : r->machine[1] / CR2_PAGE_SIZE;

	return pages && pages <= HUGE_PAGES && !(pages & (pages - 1)) ? (uint32_t)pages : 16;
}

static int make_model(struct replay *r)
{
	static const enum cr2_thp thps[] = {CR2_THP_NEVER, CR2_THP_MADVISE, CR2_THP_ALWAYS};
	struct cr2_model_config *config = &r->model_config;
	int kernel = 0;

	r->small_stacks = cr2_kernel_parse(r->out.release, &kernel) == 0 && cr2_kernel_in(kernel, 6007, 0);
	r->out.profile = r->config->profile < 0 ? profile_of(r->out.release) : (enum cr2_profile)r->config->profile;
	cr2_model_config_init(config, r->out.profile);
	config->thp = r->machine[0] < CR2_ARRAY_SIZE(thps) ? thps[r->machine[0]] : CR2_THP_NEVER;
	config->fault_around = around_of(r);
	config->levels = r->machine[2] == 5 ? 5 : 4;
	config->no_zero_page = r->machine[3];
	config->swap = r->machine[4];
	config->hugetlb = POOL; /* who else takes from it, and puts there, is not recorded */
	config->frames = r->machine[5] < FRAMES_LEAST ? FRAMES_LEAST :
			r->machine[5] > FRAMES_MOST ? FRAMES_MOST : r->machine[5];
	return cr2_model_create(config, &r->model);
}

static int compare_rows(const void *left, const void *right)
{
	const struct cr2_replay_row *a = left, *b = right;

	if (a->recorded != b->recorded)
		return a->recorded > b->recorded ? -1 : 1;
	return a->path != b->path ? (int)a->path - (int)b->path : (int)a->mapping - (int)b->mapping;
}

static int compare_calls(const void *left, const void *right)
{
	const struct cr2_replay_call *a = left, *b = right;

	return a->number < b->number ? -1 : a->number > b->number;
}

static void finish(struct replay *r)
{
	for (size_t i = 0; i < r->n_begun; i++)
		free(r->begun[i].items);
	free(r->begun);
	for (size_t i = 0; i < r->n_spaces; i++) {
		free(r->spaces[i].waiting.items);
		pages_forget(&r->spaces[i]);
	}
	free(r->spaces);
	free(r->ending);
	free(r->log);
	hash_finish(&r->objects);
	hash_finish(&r->attached);
	hash_finish(&r->passed);
	hash_finish(&r->held);
	hash_finish(&r->frames);
	free(r->ties);
	hash_finish(&r->doubtful);
	hash_finish(&r->lasts);
	hash_finish(&r->processes);
	hash_finish(&r->beginnings);
	hash_finish(&r->rows);
	hash_finish(&r->calls);
	files_finish(&r->files);
	cr2_model_destroy(r->model);
}

int cr2_replay_run(const struct cr2_recording_input *input, const struct cr2_replay_config *config,
		   struct cr2_replay *ret_replay, char **ret_reason)
{
	struct cr2_replay_config own = {.size = sizeof(own), .profile = -1};
	struct replay r = {.config = &own};
	int error = option_take(&own, sizeof(own), config);

	*ret_reason = NULL;
	if (error == 0)
		error = read_files(&r, input);
	if (error == 0)
		error = make_model(&r);
	/* The empty process that all programs begin as. */
	if (error == 0)
		error = cr2_grow(&r.spaces, &r.spaces_capacity, 1, sizeof(*r.spaces));
	if (error == 0) {
		r.spaces[r.n_spaces++] = (struct space){0};
		error = replay_all(&r, input);
	}
	finish(&r);
	if (error) {
		cr2_replay_finish(&r.out);
		*ret_reason = r.reason.data;
		return error;
	}
	cr2_text_finish(&r.reason);
	if (r.out.n_rows)
		qsort(r.out.rows, r.out.n_rows, sizeof(*r.out.rows), compare_rows);
	if (r.out.n_calls)
		qsort(r.out.calls, r.out.n_calls, sizeof(*r.out.calls), compare_calls);
	*ret_replay = r.out;
	return 0;
}

void cr2_replay_finish(struct cr2_replay *replay)
{
	free(replay->rows);
	free(replay->calls);
	*replay = (struct cr2_replay){0};
}

/* ---- names ---- */

static const struct {
	const char *name, *sentence;
} kinds[] = {
#define X(id, name, sentence) [CR2_REPLAY_##id] = {name, sentence},
#include <cr2/tables/replay_kind.def>
#undef X
}, pages[] = {
#define X(id, name, sentence) [CR2_REPLAY_PAGE_##id] = {name, sentence},
#include <cr2/tables/replay_page.def>
#undef X
}, allowances[] = {
#define X(id, name, sentence) [CR2_REPLAY_ALLOWED_##id] = {name, sentence},
#include <cr2/tables/replay_allowed.def>
#undef X
};

const char *cr2_replay_kind_name(enum cr2_replay_kind kind)
{
	return (size_t)kind < CR2_ARRAY_SIZE(kinds) ? kinds[kind].name : NULL;
}

const char *cr2_replay_kind_sentence(enum cr2_replay_kind kind)
{
	return (size_t)kind < CR2_ARRAY_SIZE(kinds) ? kinds[kind].sentence : NULL;
}

const char *cr2_replay_page_name(enum cr2_replay_page_kind kind)
{
	return (size_t)kind < CR2_ARRAY_SIZE(pages) ? pages[kind].name : NULL;
}

const char *cr2_replay_page_sentence(enum cr2_replay_page_kind kind)
{
	return (size_t)kind < CR2_ARRAY_SIZE(pages) ? pages[kind].sentence : NULL;
}

const char *cr2_replay_allowed_name(enum cr2_replay_allowed allowed)
{
	return (size_t)allowed < CR2_ARRAY_SIZE(allowances) ? allowances[allowed].name : NULL;
}

const char *cr2_replay_allowed_sentence(enum cr2_replay_allowed allowed)
{
	return (size_t)allowed < CR2_ARRAY_SIZE(allowances) ? allowances[allowed].sentence : NULL;
}
