/* SPDX-License-Identifier: MIT */
/*
 * The faults of a step, told in eight stages. Here: headings, which stages belong to which
 * fault, and how a line is laid out. What a stage says is narrative_*.c.
 */
#include "narrative.h"
#include "view/run/statement.h"

#define LABEL_AT 2
#define BODY_AT 17 /* where the lines of a stage begin, behind "  S3 permission  " */

static const struct {
	const char *label;
	void (*tell)(struct narrator *teller, const struct cr2_stage *stage);
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

unsigned tell_width(const struct narrator *teller)
{
	unsigned width = teller->style->width;

	return width > BODY_AT + 40 ? width - BODY_AT : 40;
}

void tell_row(struct narrator *teller, size_t n, const struct slot *slots, struct rich *cells)
{
	struct slot moved[8];
	struct rich row[8] = {{.hang = 0}};

	moved[0] = (struct slot){LABEL_AT, BODY_AT - LABEL_AT};
	if (teller->label)
		rich_keep(&row[0], INK_NAME, "%s", teller->label);
	teller->label = NULL;
	for (size_t i = 0; i < n; i++) {
		moved[i + 1] = (struct slot){slots[i].at + BODY_AT, slots[i].width};
		row[i + 1] = cells[i];
	}
	if (teller->error == 0)
		teller->error = rich_row(teller->text, teller->style, n + 1, moved, row);
	rich_finish(&row[0]);
	for (size_t i = 0; i < n; i++)
		rich_clear(&cells[i]);
}

void tell(struct narrator *teller, unsigned indent)
{
	const struct slot slot = {indent, tell_width(teller) - indent};

	if (!teller->line.hang)
		teller->line.hang = 2;
	tell_row(teller, 1, &slot, &teller->line);
}

const struct cr2_stage *tell_find(const struct narrator *teller, enum cr2_stage_kind kind)
{
	for (size_t i = 0; i < teller->n; i++)
		if (teller->stages[i].kind == kind)
			return &teller->stages[i];
	return NULL;
}

void tell_add(struct narrator *teller, enum ink ink, const char *format, ...)
{
	struct cr2_text text = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&text, format, args);
	va_end(args);
	if (r == 0)
		rich_add(&teller->line, ink, text.data);
	else
		teller->error = r;
	cr2_text_finish(&text);
}

void tell_flags(struct narrator *teller, struct rich *rich, enum ink ink,
		int (*format)(uint64_t value, int kernel, struct cr2_text *text), uint64_t value)
{
	struct cr2_text text = {0};
	int r = format(value, teller->step->kernel, &text);

	if (r == 0)
		rich_add(rich, ink, text.data);
	else
		teller->error = r;
	cr2_text_finish(&text);
}

void tell_entry_flags(struct narrator *teller, struct rich *rich,
		      const struct cr2_walk_entry *entry)
{
	struct cr2_text text = {0};
	int r = cr2_entry_flags_format(entry->value, entry->level, teller->step->kernel, &text);

	if (r == 0)
		rich_add(rich, INK_PLAIN, text.data);
	else
		teller->error = r;
	cr2_text_finish(&text);
}

unsigned tell_levels(const struct narrator *teller)
{
	for (size_t i = 0; i < teller->n; i++) {
		const struct cr2_stage *stage = &teller->stages[i];
		unsigned levels = stage->kind == CR2_STAGE_EXCEPTION ? stage->exception.walk.levels
				  : stage->kind == CR2_STAGE_WALK    ? stage->walk.walk.levels
								     : 0;

		if (levels)
			return levels;
	}
	return 4;
}

void tell_entry_name(struct narrator *teller, struct rich *rich,
		     const struct cr2_walk_entry *entry)
{
	rich_keep(rich, INK_BOLD, "%s[%u]", level_name(entry->level, tell_levels(teller)),
		  entry->index);
}

const char *access_word(enum cr2_access access)
{
	static const char *const words[] = {
		[CR2_ACCESS_READ] = "read", [CR2_ACCESS_WRITE] = "write",
		[CR2_ACCESS_FETCH] = "fetch",
	};

	return (size_t)access < CR2_ARRAY_SIZE(words) ? words[access] : "access";
}

uint64_t entry_pfn(const struct cr2_walk_entry *entry)
{
	uint64_t frame = entry->value & CR2_PTE_FRAME_MASK;

	if (cr2_entry_table(entry->value, entry->level) == CR2_FLAGS_ENTRY_HUGE)
		frame &= ~(CR2_PTE(PAT_LARGE));
	return frame >> CR2_PAGE_SHIFT;
}

size_t fault_length(const struct cr2_stage *stages, size_t n)
{
	size_t length = 1;

	while (length < n && stages[length].kind != CR2_STAGE_EXCEPTION)
		length++;
	return length;
}

static size_t count_faults(const struct cr2_stage *stages, size_t n)
{
	size_t faults = 0;

	for (size_t i = 0; i < n; i += fault_length(&stages[i], n - i))
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

static bool is_major(enum cr2_page_action action)
{
	return action == CR2_PAGE_READ || action == CR2_PAGE_SWAP_READ;
}

enum cr2_path tell_path(const struct narrator *teller, bool *ret_major)
{
	enum cr2_path path = CR2_PATH_UNKNOWN;

	*ret_major = false;
	for (size_t i = 0; i < teller->n; i++) {
		const struct cr2_stage *stage = &teller->stages[i];

		if (stage->kind == CR2_STAGE_ENTRY)
			path = stage->entry.path;
		else if (stage->kind == CR2_STAGE_PAGE)
			path = stage->page.path;
		else if (stage->kind == CR2_STAGE_SIGNAL)
			path = stage->signal.path;
		else if (stage->kind == CR2_STAGE_EXTABLE)
			path = stage->extable.path;
		if (stage->kind == CR2_STAGE_PAGE)
			*ret_major |= is_major(stage->page.action);
	}
	return path;
}

/* What the fault came to, before it is told: "wp_copy, minor: a write to a shared ...". */
static int draw_lesson(const struct narrator *teller, size_t i, size_t faults)
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
	rich_printf(&line, INK_PLAIN, ": %s", cr2_path_sentence(path));
	if (tell_find(teller, CR2_STAGE_EXTABLE))
		rich_add(&line, INK_PLAIN, "; but the kernel made the access, so no signal: "
					   "EFAULT");
	r = rich_paragraph(teller->text, teller->style, LABEL_AT, &line);
	rich_finish(&line);
	return r;
}

static void tell_stage(struct narrator *teller, const struct cr2_stage *stage)
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

static int draw_fault(struct narrator *teller, size_t i, size_t faults)
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
static int draw_no_fault(struct narrator *teller)
{
	const struct cr2_observation *o = teller->step->observation;
	struct rich line = {.hang = 2};
	int r;

	if (o->result == CR2_RESULT_GP)
		rich_add(&line, INK_PLAIN, "no page fault: the address is not canonical, so the "
					   "CPU raises #GP, vector 13, before any walk; "
					   "CR2 stays as it was");
	else if (!cr2_op_is_access(o->op))
		rich_printf(&line, INK_PLAIN, "no fault: %s is a system call and touches no page "
					      "from user mode", cr2_op_sentence(o->op));
	else
		rich_add(&line, INK_PLAIN, "no fault: the TLB or a page-table entry allows the "
					   "access, so the kernel never hears of it");
	r = rich_paragraph(teller->text, teller->style, LABEL_AT, &line);
	rich_finish(&line);
	return r;
}

int cr2_view_narrative(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n,
		       const struct cr2_style *style, struct cr2_text *text)
{
	struct narrator teller = {.step = step, .style = style, .text = text};
	size_t faults = count_faults(stages, n);
	int r = draw_heading(step, style, text);

	if (r == 0 && n == 0)
		r = draw_no_fault(&teller);
	for (size_t i = 0; r == 0 && n; i++) {
		teller.stages = stages;
		teller.n = fault_length(stages, n);
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
