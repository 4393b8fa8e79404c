/* SPDX-License-Identifier: MIT */
/* A fault in one line: who, where, error code, path, frames, entry or refusal. */
#include <inttypes.h>

#include "teller.h"

/* Where the pieces begin, while those before them are no longer than usual. */
enum {
	PROCESS_AT = 6,
	PLACE_AT = 15,
	CODE_AT = 26,
	PATH_AT = 32,
	PAGE_AT = 54,
};

/* Pads up to the piece's place, at least two blanks, where a narrow line may break. */
static void start(struct teller *teller, unsigned at)
{
	rich_pad(&teller->line, teller->style, at - 2);
	rich_gap(&teller->line, 2);
}

static void add_place(struct teller *teller)
{
	const struct cr2_stage *exception = tell_find(teller, CR2_STAGE_EXCEPTION);
	struct rich name = {.hang = 0};

	if (!exception)
		return;
	start(teller, PLACE_AT);
	name_add_address(&name, teller->step->places, exception->exception.cr2);
	if (rich_empty(&name))
		rich_keep(&name, INK_PLAIN, "0x%" PRIx64, exception->exception.cr2);
	rich_join(&teller->line, &name);
	rich_finish(&name);
	start(teller, CODE_AT);
	rich_keep(&teller->line, INK_PLAIN, "0x%" PRIx64, exception->exception.frame.error_code);
}

static void add_path(struct teller *teller)
{
	bool major;
	enum cr2_path path = tell_path(teller, &major);

	start(teller, PATH_AT);
	rich_keep(&teller->line, INK_BOLD, "%s", cr2_path_name(path));
	if (tell_find(teller, CR2_STAGE_PAGE))
		rich_keep(&teller->line, INK_PLAIN, " %s", major ? "major" : "minor");
}

static void add_frames(struct teller *teller, const struct cr2_stage_page *p)
{
	start(teller, PAGE_AT);
	rich_keep(&teller->line, INK_PLAIN, "pfn ");
	if (p->old_page.pfn != CR2_NO_FRAME && p->old_page.pfn != p->new_page.pfn)
		rich_keep(&teller->line, INK_PLAIN, "0x%" PRIx64 " → ", p->old_page.pfn);
	rich_keep(&teller->line, INK_PLAIN, "0x%" PRIx64, p->new_page.pfn);
}

static void add_end(struct teller *teller)
{
	const struct cr2_stage *install = tell_find(teller, CR2_STAGE_INSTALL);
	const struct cr2_stage *signal = tell_find(teller, CR2_STAGE_SIGNAL);
	const struct cr2_stage *extable = tell_find(teller, CR2_STAGE_EXTABLE);

	if (install) {
		rich_gap(&teller->line, 2);
		tell_entry_name(teller, &teller->line, &install->install.entry);
		rich_keep(&teller->line, INK_PLAIN, " = 0x%" PRIx64, install->install.entry.value);
	}
	if (signal || extable) {
		enum cr2_result result = signal ? cr2_result_from_signal(signal->signal.signo,
									 signal->signal.code)
						: extable->extable.result;

		start(teller, PAGE_AT);
		rich_keep(&teller->line, INK_BAD, "%s", cr2_result_name(result));
	}
}

static int draw_line(struct teller *teller)
{
	const struct cr2_observation *o = teller->step->observation;
	const struct cr2_stage *page = tell_find(teller, CR2_STAGE_PAGE);
	int r;

	rich_keep(&teller->line, INK_DIM, "%4u", o->step);
	start(teller, PROCESS_AT);
	rich_keep(&teller->line, INK_PLAIN, "%s",
		  cr2_name(&teller->step->names->processes, o->process));
	add_place(teller);
	add_path(teller);
	if (page)
		add_frames(teller, &page->page);
	add_end(teller);
	teller->line.hang = PATH_AT;
	r = rich_paragraph(teller->text, teller->style, 0, &teller->line);
	rich_clear(&teller->line);
	return r;
}

int cr2_view_fault_lines(const struct cr2_view_step *step, const struct cr2_stage *stages,
			 size_t n, const struct cr2_style *style, struct cr2_text *text)
{
	struct teller teller = {.step = step, .style = style, .text = text};
	int r = 0;

	while (r == 0 && n) {
		teller.stages = stages;
		teller.n = tell_fault_length(stages, n);
		r = draw_line(&teller);
		stages += teller.n;
		n -= teller.n;
	}
	rich_finish(&teller.line);
	return r;
}
