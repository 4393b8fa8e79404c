/* SPDX-License-Identifier: MIT */
/*
 * The faults of a step, narrated in eight stages. Here: headings, and which stages belong to which
 * fault. What a stage says stands in the files that stages.h names.
 */
#include "view/run/statement.h"

#include "stages.h"

static const struct {
	const char *label;
	void (*tell)(struct teller *teller, const struct cr2_stage *stage);
} kinds[] = {
	[CR2_STAGE_EXCEPTION] = {"S1 exception", tell_exception},
	[CR2_STAGE_VMA] = {"S2 mapping", tell_vma},
	[CR2_STAGE_PERMISSION] = {"S3 permission", tell_permission},
	[CR2_STAGE_WALK] = {"S4 walk", tell_walk},
	[CR2_STAGE_ENTRY] = {"S5 entry", tell_entry},
	[CR2_STAGE_PAGE] = {"S6 page", tell_page},
	[CR2_STAGE_INSTALL] = {"S7 install", tell_install},
	[CR2_STAGE_RETURN] = {"S8 return", tell_return},
	[CR2_STAGE_SIGNAL] = {"S8 signal", tell_signal},
	[CR2_STAGE_EXTABLE] = {"S8 fixup", tell_extable},
};

static size_t count_faults(const struct cr2_stage *stages, size_t n)
{
	size_t faults = 0;

	for (size_t i = 0; i < n; i += tell_fault_length(&stages[i], n - i))
		faults++;
	return faults;
}

static int draw_heading(const struct cr2_view_step *step, const struct cr2_style *style,
			struct cr2_text *text)
{
	const struct cr2_observation *o = step->observation;
	struct rich left = {.hang = 2}, right = {.hang = 0};
	struct source source;
	int r;

	rich_printf(&left, INK_BOLD, "step %u", o->step);
	rich_gap(&left, 2);
	rich_printf(&left, INK_PLAIN, "%s: ", cr2_name(&step->names->processes, o->process));
	source_begin(&source, step->source);
	statement_add(&left, &source, step->names, o, o);
	if (step->path)
		rich_keep(&right, INK_DIM, "%s:%u", step->path, o->line);
	r = rich_ends(text, style, &left, &right);
	rich_finish(&left);
	rich_finish(&right);
	return r;
}

/* A SIGBUS has several causes. */
static const char *sentence_of(const struct teller *teller, enum cr2_path path)
{
	const struct cr2_stage *entry = tell_find(teller, CR2_STAGE_ENTRY);

	if (path == CR2_PATH_SIGBUS && entry && entry->entry.state == CR2_ENTRY_POISON)
		return "userfaultfd poisoned the page: SIGBUS";
	if (path == CR2_PATH_SIGBUS && entry && entry->entry.hugetlb)
		return entry->entry.withdrawn    ? "the page was taken back for the process that made the mapping: SIGBUS"
		       : entry->entry.behind_end ? "past the end of the file: SIGBUS"
						 : "the pool has no page that is not promised to others: SIGBUS";
	if (path == CR2_PATH_SIGBUS && entry && entry->entry.userfault)
		return "userfaultfd has the page, and gives a signal instead of waiting: SIGBUS";
	return cr2_path_sentence(path);
}

/* What the fault came to, before it is narrated: "wp_copy, minor: a write to a shared ...". */
static int draw_lesson(const struct teller *teller, size_t i, size_t faults)
{
	const struct cr2_stage *page = tell_find(teller, CR2_STAGE_PAGE);
	struct rich line = {.hang = 2};
	enum cr2_path path;
	bool major;
	int r;

	if (faults > 1)
		rich_printf(&line, INK_BOLD, "fault %zu of %zu: ", i + 1, faults);
	path = tell_path(teller, &major);
	rich_printf(&line, INK_BOLD, "%s", cr2_path_name(path));
	if (page)
		rich_add(&line, INK_PLAIN, major ? ", major" : ", minor");
	rich_printf(&line, INK_PLAIN, ": %s", sentence_of(teller, path));
	if (tell_find(teller, CR2_STAGE_EXTABLE))
		rich_add(&line, INK_PLAIN, "; but the kernel made the access, so no signal: "
					   "EFAULT");
	r = rich_paragraph(teller->text, teller->style, TELL_LABEL_AT, &line);
	rich_finish(&line);
	return r;
}

static void tell_stage(struct teller *teller, const struct cr2_stage *stage)
{
	if ((size_t)stage->kind >= CR2_ARRAY_SIZE(kinds))
		return;
	teller->label = kinds[stage->kind].label;
	kinds[stage->kind].tell(teller, stage);
}

static bool ends_fault(enum cr2_stage_kind kind)
{
	return kind == CR2_STAGE_RETURN || kind == CR2_STAGE_SIGNAL || kind == CR2_STAGE_EXTABLE;
}

static int draw_fault(struct teller *teller, size_t i, size_t faults)
{
	int r = draw_lesson(teller, i, faults);

	for (size_t s = 0; r == 0 && s < teller->n; s++) {
		tell_stage(teller, &teller->stages[s]);
		r = teller->error;
	}
	if (r == 0 && !teller->last && !ends_fault(teller->stages[teller->n - 1].kind)) {
		teller->label = kinds[CR2_STAGE_RETURN].label;
		tell_again(teller);
		r = teller->error;
	}
	return r;
}

/* A step that took no fault, or whose access never got as far as one. */
static int draw_no_fault(struct teller *teller)
{
	const struct cr2_observation *o = teller->step->observation;
	struct rich line = {.hang = 2};
	int r;

	if (o->result == CR2_RESULT_GP)
		rich_add(&line, INK_PLAIN, "no page fault: the address is not canonical, so the "
					   "CPU raises #GP, vector 13, before any walk; "
					   "CR2 stays as it was");
	else if (cr2_op_is_remote(o->op))
		rich_printf(&line, INK_PLAIN, "no fault: it is another process's access; the kernel looks the page up in the "
					   "tables, and brings it as a fault would where it must "
					   "(%s)", o->op == CR2_OP_PEEK || o->op == CR2_OP_POKE ? "access_remote_vm" : "process_vm_rw");
	else if (!cr2_op_is_access(o->op) || o->op == CR2_OP_MINCORE)
		rich_printf(&line, INK_PLAIN, "no fault: %s is a system call and touches no page "
					      "from user mode", cr2_op_sentence(o->op));
	else
		rich_add(&line, INK_PLAIN, "no fault: the TLB or a page-table entry allows the "
					   "access, so the kernel never hears of it");
	r = rich_paragraph(teller->text, teller->style, TELL_LABEL_AT, &line);
	rich_finish(&line);
	return r;
}

/* One is told as among the others of its fault. */
int cr2_view_stage(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n, size_t i,
		   const struct cr2_style *style, struct cr2_text *text)
{
	struct teller teller = {.step = step, .style = style, .text = text, .last = true};

	while (n && i >= tell_fault_length(stages, n)) {
		size_t length = tell_fault_length(stages, n);

		stages += length;
		n -= length;
		i -= length;
	}
	if (!n)
		return draw_no_fault(&teller);
	teller.stages = stages;
	teller.n = tell_fault_length(stages, n);
	tell_stage(&teller, &stages[i]);
	rich_finish(&teller.line);
	return teller.error;
}

int cr2_view_narrative(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n,
		       const struct cr2_style *style, struct cr2_text *text)
{
	struct teller teller = {.step = step, .style = style, .text = text};
	size_t faults = count_faults(stages, n);
	int r = draw_heading(step, style, text);

	if (r == 0 && n == 0)
		r = draw_no_fault(&teller);
	for (size_t i = 0; r == 0 && n; i++) {
		teller.stages = stages;
		teller.n = tell_fault_length(stages, n);
		teller.last = teller.n == n;
		stages += teller.n;
		n -= teller.n;
		if (i > 0)
			r = cr2_text_append(text, "\n");
		if (r == 0)
			r = draw_fault(&teller, i, faults);
	}
	rich_finish(&teller.line);
	return r;
}
