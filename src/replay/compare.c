/* SPDX-License-Identifier: MIT */
/* A recorded fault as an access in the model, and the two beside each other. */
#include <errno.h>
#include <string.h>

#include "internal.h"

/* ---- rows ---- */

static struct cr2_replay_row *row_of(struct replay *r, const struct cr2_traced_fault *f)
{
	uint64_t place = hash_get(&r->rows, f->path, f->mapping);

	if (place)
		return &r->out.rows[place - 1];
	if (cr2_grow(&r->out.rows, &r->rows_capacity, r->out.n_rows + 1, sizeof(*r->out.rows)) < 0 ||
	    hash_set(&r->rows, f->path, f->mapping, r->out.n_rows + 1) < 0)
		return NULL;
	r->out.rows[r->out.n_rows] = (struct cr2_replay_row){.path = f->path, .mapping = f->mapping};
	return &r->out.rows[r->out.n_rows++];
}

/* ---- what lies around ---- */

static bool is_in_tables(const struct cr2_trace_page *page)
{
	return page->level == CR2_LEVEL_PTE;
}

/* ---- several outcomes ---- */

/*
 * A fault of a relative on the same page at the same time. One that ended while the tracer looked at the page, before
 * this fault's time began, is told by the page having been shared.
 */
static bool met_a_relative(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	const uint64_t from = f->path == CR2_PATH_WP_COPY && f->before.maps > 1 ? 0 : f->time - f->ns;

	for (size_t i = 0; i < RECENT && i < r->n_recent; i++) {
		const struct recent *other = &r->recent[i];

		if (other->process != process && other->page == page_down(f->addr) && other->until >= from &&
		    other->from <= f->time)
			return true;
	}
	return false;
}

/* A fault of another thread on the same page at the same time: one of the two brought it. */
static bool met_a_thread(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	for (size_t i = 0; i < RECENT && i < r->n_recent; i++) {
		const struct recent *other = &r->recent[i];

		if (other->process == process && other->tid != f->tid && other->page == page_down(f->addr) &&
		    other->until >= f->time - f->ns)
			return true;
	}
	return false;
}

bool is_held_by_ending(const struct replay *r, uint32_t process, uint64_t address, uint64_t id)
{
	struct cr2_page_state state;

	for (size_t i = 0; i < r->n_ending; i++)
		if (r->ending[i] != process && cr2_model_page_state(r->model, r->ending[i], address, &state) == 0 &&
		    state.kind == CR2_PAGE_ANON && state.id == id)
			return true;
	return false;
}

/* The page before, by which the model knows it; 0: none of anonymous memory. */
static uint64_t page_id(const struct replay *r, uint32_t process, uint64_t address)
{
	struct cr2_page_state state;

	return cr2_model_page_state(r->model, process, page_down(address), &state) == 0 && state.kind == CR2_PAGE_ANON ?
		       state.id : 0;
}

static void note(struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	r->recent[r->n_recent++ % RECENT] =
		(struct recent){f->time - f->ns, f->time, page_down(f->addr), f->tid, process};
}

static bool is_of_file(const struct cr2_traced_fault *f)
{
	return f->mapping == CR2_TRACE_MAPPING_FILE || f->mapping == CR2_TRACE_MAPPING_SHMEM;
}

/* What the model shows of an access besides its fault. */
struct look {
	bool either; /* with a spurious fault and without is right */
	uint64_t page; /* page_id() before */
	unsigned near_before, near_after;
};

/* model: NULL where it has no fault. Returns whether the recording shows that Linux had a choice. */
static bool is_allowed(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f,
		       const struct cr2_fault *model, const struct look *look, enum cr2_replay_allowed *ret_allowed)
{
	const bool copies = f->path == CR2_PATH_WP_COPY, reuses = f->path == CR2_PATH_WP_REUSE;
	const enum cr2_path path = model ? model->path : CR2_PATH_UNKNOWN;

	/* Nothing was there for the CPU, and the page when the handler looked. */
	if (f->path == CR2_PATH_RACED || (f->path == CR2_PATH_SPURIOUS && !(f->error & CR2_PF(P)))) {
		*ret_allowed = CR2_REPLAY_ALLOWED_RACED;
	} else if (f->path == CR2_PATH_SPURIOUS && !model && f->before.level == CR2_LEVEL_PMD) {
		*ret_allowed = CR2_REPLAY_ALLOWED_SPLINTERED;
	} else if (f->path == CR2_PATH_WP_SHARED && !model && f->mapping == CR2_TRACE_MAPPING_FILE) {
		*ret_allowed = CR2_REPLAY_ALLOWED_WRITTEN_BACK;
	} else if (f->path == CR2_PATH_SPURIOUS && look->either) {
		*ret_allowed = CR2_REPLAY_ALLOWED_STALE;
	} else if (is_of_file(f) && f->before.kind == CR2_TRACE_PAGE_NONE && f->before.near &&
		   ((f->path == CR2_PATH_FILE_READ && !model) ||
		    (f->path == CR2_PATH_FILE_COW && path == CR2_PATH_WP_COPY) ||
		    (f->path == CR2_PATH_FILE_SHARED && path == CR2_PATH_WP_SHARED))) {
		/* The model mapped it by fault-around; so did the kernel its neighbours, but not this one. */
		*ret_allowed = CR2_REPLAY_ALLOWED_PAGE_LOCKED;
	} else if (copies && path == CR2_PATH_WP_REUSE && f->before.maps == 1 && f->before.refs > 1) {
		*ret_allowed = CR2_REPLAY_ALLOWED_EXTRA_REFERENCE;
	} else if (reuses && path == CR2_PATH_WP_COPY && look->page &&
		   is_held_by_ending(r, process, page_down(f->addr), look->page)) {
		*ret_allowed = CR2_REPLAY_ALLOWED_ENDING;
	} else if (reuses && path == CR2_PATH_WP_COPY && look->page && found_is_held(r, look->page)) {
		*ret_allowed = CR2_REPLAY_ALLOWED_UNRECORDED;
	} else if (r->spaces[process].found_until && f->time - f->ns <= r->spaces[process].found_until) {
		*ret_allowed = CR2_REPLAY_ALLOWED_LOOKED_AT;
	} else if (((copies && path == CR2_PATH_WP_REUSE) || (reuses && path == CR2_PATH_WP_COPY)) &&
		   met_a_relative(r, process, f)) {
		*ret_allowed = CR2_REPLAY_ALLOWED_RELATIVES;
	} else if (!model && f->before.kind == CR2_TRACE_PAGE_NONE && met_a_thread(r, process, f)) {
		*ret_allowed = CR2_REPLAY_ALLOWED_RACED;
	} else if (takings_meet(r, process, f)) {
		*ret_allowed = CR2_REPLAY_ALLOWED_TAKEN_AWAY;
	} else {
		return false;
	}
	return true;
}

/* ---- one fault ---- */

static struct cr2_op access_of(const struct cr2_traced_fault *f, uint32_t process)
{
	const bool write = f->error & CR2_PF(W), user = f->error & CR2_PF(U), fetch = f->error & CR2_PF(I);

	return (struct cr2_op){
		.kind = user ? (fetch ? CR2_OP_EXEC : write ? CR2_OP_WRITE : CR2_OP_READ) :
			       (write ? CR2_OP_KWRITE : CR2_OP_KREAD),
		.process = process, .object = CR2_NO_OBJECT, .address = f->addr, .value = 7};
}

/* What no scenario reaches, and no model has. */
static bool is_modelled(const struct cr2_traced_fault *f)
{
	switch (f->path) {
	case CR2_PATH_NUMA_HINT:
	case CR2_PATH_USERFAULT:
	case CR2_PATH_MIGRATION:
	case CR2_PATH_KERNEL:
	case CR2_PATH_INTERRUPTED:
	case CR2_PATH_UNKNOWN:
		return false;
	case CR2_PATH_SIGBUS: /* whether the pool had a page for it depends on all */
		return f->mapping != CR2_TRACE_MAPPING_HUGETLB;
	default:
		return true;
	}
}

/* When the kernel takes pages is not in the recording: what is in swap all the same was found there, or sent there. */
static bool is_taken_unseen(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	struct cr2_page_state page;

	return f->path == CR2_PATH_SWAP_IN && !cr2_model_swapped(r->model, process, page_down(f->addr), &page);
}

/* Memory of a device, or of pages of 1 GiB, which the model does not have. */
static bool is_left_out(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	struct cr2_page_state page;

	return (f->mapping == CR2_TRACE_MAPPING_SPECIAL || f->mapping == CR2_TRACE_MAPPING_HUGETLB) && r->spaces[process].leaves_out &&
	       cr2_model_page_state(r->model, process, page_down(f->addr), &page) == 0 && page.kind == CR2_PAGE_NOMAP;
}

/* With a scenario, for as many as were asked for. again: the access was compared before, with its first fault. */
static int say(struct replay *r, uint32_t process, struct cr2_replay_difference *difference, const struct look *look, bool again)
{
	struct cr2_recording_facts facts;
	struct cr2_text scenario = {0};
	int error = 0;

	cr2_recording_facts(r->recording, &facts);
	difference->began = facts.first;
	if (!difference->is_allowed && r->n_scenarios < r->config->scenarios) {
		r->n_scenarios++;
		if (again)
			difference->unsaid = "one access took several faults, and this is not the first";
		else if (r->spaces[process].found)
			difference->unsaid = "what was there before the recording began is not in its words";
		else
			error = scenario_make(r, difference->model, look->near_before, &scenario, &difference->unsaid);
		difference->scenario = scenario.data;
	}
	if (error == 0 && r->config->fn)
		error = r->config->fn(r->config->data, difference);
	cr2_text_finish(&scenario);
	return error;
}

static int judge(struct replay *r, uint32_t process, const struct cr2_recorded_fault *fault,
		 const struct cr2_fault *model, const struct look *look, bool again)
{
	const struct cr2_traced_fault *f = &fault->fault;
	struct cr2_replay_row *row = row_of(r, f);
	struct cr2_replay_difference difference = {.recorded = fault, .model = model, .near_before = look->near_before,
						   .near_after = look->near_after};
	const enum cr2_path path = f->path == CR2_PATH_EFAULT && model ? model->path : f->path;

	if (!row)
		return -ENOMEM;
	row->recorded++;
	r->out.compared++;
	if (model && model->path == path && model->error_code == f->error) {
		row->same++;
		r->out.same++;
		/* What the kernel still has, or has read ahead, of what is in swap is not recorded. */
		r->out.majors_differ += f->path != CR2_PATH_SWAP_IN && model->major != f->major;
		return 0;
	}
	difference.kind = !model ? CR2_REPLAY_MISSING : model->path == path ? CR2_REPLAY_ERROR : CR2_REPLAY_PATH;
	difference.is_allowed = is_allowed(r, process, f, model, look, &difference.allowed);
	if (difference.is_allowed) {
		row->allowed++;
		r->out.allowed[difference.allowed]++;
	} else {
		row->differ[difference.kind]++;
		r->out.differ[difference.kind]++;
	}
	return say(r, process, &difference, look, again);
}

static void compare_near(struct replay *r, const struct cr2_traced_fault *f, const struct look *look)
{
	if (!is_in_tables(&f->before) || !is_in_tables(&f->after) || f->mapping == CR2_TRACE_MAPPING_SPECIAL)
		return;
	r->out.near++;
	r->out.near_before_differ += look->near_before != f->before.near;
	r->out.near_after_differ += look->near_after != f->after.near;
}

/* The kernel mapped fewer pages of a file around than the model: what an address space lacks at its end. */
static int note_passed_over(struct replay *r, uint32_t process, const struct cr2_traced_fault *f, const struct look *look)
{
	const unsigned n = look->near_after - f->after.near;

	if (!is_of_file(f) || !is_in_tables(&f->after) || f->after.near >= look->near_after ||
	    n <= hash_get(&r->passed, process, window_of(f->addr)))
		return 0;
	return hash_set(&r->passed, process, window_of(f->addr), n);
}

/* The next of several faults that an access in the model took, where this is its recorded one. */
static const struct cr2_fault *take_pending(struct replay *r, const struct cr2_traced_fault *f)
{
	struct pending *pending = &r->pending;

	if (!pending->is_there || pending->space != f->space || pending->page != page_down(f->addr)) {
		pending->is_there = false;
		return NULL;
	}
	pending->is_there = pending->next + 1 < pending->outcome.n_faults;
	return &pending->outcome.faults[pending->next++];
}

int fault_replay(struct replay *r, uint32_t process, const struct cr2_recorded_fault *fault)
{
	const struct cr2_traced_fault *f = &fault->fault;
	const struct cr2_op op = access_of(f, process);
	const struct cr2_fault *model = take_pending(r, f);
	struct cr2_outcome *outcome = &r->pending.outcome;
	struct look look = {0};
	int error = 0;

	if (!is_modelled(f) || is_left_out(r, process, f) || is_taken_unseen(r, process, f)) {
		r->out.not_modelled++;
		return 0;
	}
	if (is_of_file(f) && f->file_size)
		error = file_resize(r, f->device, f->inode, f->file_size);
	if (error == 0 && is_of_file(f))
		error = file_fill(r, f->device, f->inode, f->file_page);
	if (error)
		return error;
	if (model)
		return judge(r, process, fault, model, &look, true);
	look.near_before = cr2_model_near(r->model, process, f->addr);
	look.page = page_id(r, process, f->addr);
	error = execute(r, &op, outcome);
	if (error || r->refused) {
		r->out.not_modelled += r->refused;
		return error;
	}
	look.near_after = cr2_model_near(r->model, process, f->addr);
	look.either = outcome->either;
	if (outcome->n_faults > 1)
		r->pending = (struct pending){true, f->space, page_down(f->addr), 1, *outcome};
	compare_near(r, f, &look);
	error = note_passed_over(r, process, f, &look);
	if (error == 0)
		error = judge(r, process, fault, outcome->n_faults ? &outcome->faults[0] : NULL, &look, false);
	note(r, process, f);
	return error ? error : takings_note(r, process, f);
}
