/* SPDX-License-Identifier: MIT */
/* What a replay came to, for people. */
#include <inttypes.h>
#include <string.h>

#include <cr2/view_replay.h>

#include "view/draw/grid.h"

static uint64_t all_differ(const uint64_t differ[CR2_REPLAY_KINDS])
{
	uint64_t n = 0;

	for (size_t i = 0; i < CR2_REPLAY_KINDS; i++)
		n += differ[i];
	return n;
}

static void say_score(struct rich *line, const char *title, const struct cr2_replay *replay)
{
	const uint64_t differ = all_differ(replay->differ), accepted = replay->compared - differ;

	rich_add(line, INK_BOLD, title);
	rich_keep(line, INK_PLAIN, ": %" PRIu64 " faults of Linux %s in the model %s: ", replay->recorded, replay->release,
		  cr2_profile_name(replay->profile));
	if (!replay->compared) {
		rich_add(line, INK_WARN, "none that can be compared");
		return;
	}
	rich_keep(line, differ ? INK_BAD : INK_GOOD, "%" PRIu64 " of %" PRIu64 " agree, %.3f %%",
		  accepted, replay->compared, (double)accepted * 100 / (double)replay->compared);
	rich_add(line, INK_PLAIN, " (path, error code, and one fault)");
	if (replay->facts.lost)
		rich_keep(line, INK_BAD, "; %" PRIu64 " were lost when it was recorded", replay->facts.lost);
	if (!replay->facts.finished)
		rich_add(line, INK_WARN, "; the recorder was ended before its time");
}

static void add_heading(struct grid *grid)
{
	static const char *const words[] = {"  faults", "same", "accepted", "differ", "path", "mapping"};
	struct rich *cells = grid_row(grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words); i++)
		rich_keep(&cells[i], INK_DIM, "%s", words[i]);
}

static void add_row(struct grid *grid, const struct cr2_replay_row *row)
{
	const uint64_t differ = all_differ(row->differ);
	struct rich *cells = grid_row(grid);

	if (!cells)
		return;
	rich_keep(&cells[0], INK_PLAIN, "%8" PRIu64, row->recorded);
	rich_keep(&cells[1], INK_PLAIN, "%" PRIu64, row->same);
	if (row->allowed)
		rich_keep(&cells[2], INK_PLAIN, "%" PRIu64, row->allowed);
	if (differ)
		rich_keep(&cells[3], INK_BAD, "%" PRIu64, differ);
	rich_add(&cells[4], INK_NAME, cr2_path_name(row->path));
	rich_add(&cells[5], INK_PLAIN, cr2_trace_mapping_name(row->mapping));
}

/* "3 page_locked: fault-around passed over ..." */
static void add_counted(struct rich *line, enum ink ink, uint64_t n, const char *name, const char *sentence)
{
	if (!n)
		return;
	rich_break(line);
	rich_keep(line, ink, "%8" PRIu64 " ", n);
	rich_add(line, INK_NAME, name);
	rich_printf(line, INK_PLAIN, ": %s", sentence);
}

static void say_outcomes(struct rich *line, const struct cr2_replay *replay)
{
	for (size_t i = 0; i < CR2_REPLAY_ALLOWANCES; i++)
		add_counted(line, INK_PLAIN, replay->allowed[i], cr2_replay_allowed_name((enum cr2_replay_allowed)i),
			    cr2_replay_allowed_sentence((enum cr2_replay_allowed)i));
	for (size_t i = 0; i < CR2_REPLAY_KINDS; i++)
		add_counted(line, INK_BAD, replay->differ[i], cr2_replay_kind_name((enum cr2_replay_kind)i),
			    cr2_replay_kind_sentence((enum cr2_replay_kind)i));
}

/* "at their ends 7,001 of 7,003 pages of 3 address spaces are right" */
static void say_pages(struct rich *line, const struct cr2_replay *replay)
{
	uint64_t differ = 0;

	for (size_t i = 0; i < CR2_REPLAY_PAGE_KINDS; i++)
		differ += replay->pages_differ[i];
	if (!replay->spaces_compared) {
		rich_add(line, INK_WARN, "No address space was seen at its end");
		return;
	}
	rich_add(line, INK_BOLD, "At their ends");
	rich_keep(line, differ ? INK_BAD : INK_GOOD, ": %" PRIu64 " of %" PRIu64 " pages agree, %.3f %%",
		  replay->pages - differ, replay->pages,
		  replay->pages ? (double)(replay->pages - differ) * 100 / (double)replay->pages : 100.0);
	rich_add(line, INK_PLAIN, " (anonymous, of a file, zero; writable; mapped once)");
	if (replay->spaces_compared < replay->processes)
		rich_keep(line, INK_WARN, "; %" PRIu64 " of %" PRIu64 " address spaces were not seen at their ends",
			  replay->processes - replay->spaces_compared, replay->processes);
	if (replay->pages_not_modelled)
		rich_keep(line, INK_WARN, "; %" PRIu64 " pages of mappings that the model does not have",
			  replay->pages_not_modelled);
	for (size_t i = 0; i < CR2_REPLAY_ALLOWANCES; i++)
		add_counted(line, INK_PLAIN, replay->pages_allowed[i],
			    cr2_replay_allowed_name((enum cr2_replay_allowed)i),
			    cr2_replay_allowed_sentence((enum cr2_replay_allowed)i));
	for (size_t i = 0; i < CR2_REPLAY_PAGE_KINDS; i++)
		add_counted(line, INK_BAD, replay->pages_differ[i], cr2_replay_page_name((enum cr2_replay_page_kind)i),
			    cr2_replay_page_sentence((enum cr2_replay_page_kind)i));
}

/* What the score does not say. */
static void say_rest(struct rich *line, const struct cr2_replay *replay)
{
	rich_keep(line, INK_PLAIN, "%" PRIu64 " operations of %" PRIu64 " address spaces", replay->operations,
		  replay->processes);
	if (replay->found)
		rich_keep(line, INK_PLAIN, ", of which %" PRIu64 " were there before, with %" PRIu64 " pages", replay->found,
			  replay->pages_found);
	if (replay->pages_swapped)
		rich_keep(line, INK_PLAIN, " (%" PRIu64 " in swap)", replay->pages_swapped);
	if (replay->pages_elsewhere)
		rich_keep(line, INK_WARN, " and %" PRIu64 " elsewhere that are left out", replay->pages_elsewhere);
	if (replay->found_in_part)
		rich_keep(line, INK_WARN, ", %" PRIu64 " left out because parts of them were lost", replay->found_in_part);
	if (replay->near)
		rich_keep(line, replay->near_before_differ + replay->near_after_differ ? INK_WARN : INK_GOOD,
			  "; entries around %" PRIu64 " faults: other counts %" PRIu64 " times before, %" PRIu64 " after",
			  replay->near, replay->near_before_differ, replay->near_after_differ);
	if (replay->majors_differ)
		rich_keep(line, INK_WARN, "; major or minor otherwise %" PRIu64 " times", replay->majors_differ);
	if (replay->by_reference)
		rich_keep(line, INK_PLAIN, "; %" PRIu64 " pages by reference", replay->by_reference);
	if (replay->by_reference_unplaced)
		rich_keep(line, INK_WARN, ", of which %" PRIu64 " by calls that do not say where",
			  replay->by_reference_unplaced);
	if (replay->not_modelled)
		rich_keep(line, INK_WARN, "; %" PRIu64 " faults of paths that the model does not have",
			  replay->not_modelled);
	if (replay->files_in_parts)
		rich_keep(line, INK_WARN, "; %" PRIu64 " files of which it is not known which pages were in memory",
			  replay->files_in_parts);
	if (replay->unplaced)
		rich_keep(line, INK_WARN, "; %" PRIu64 " of address spaces that are not in the recording, or not yet",
			  replay->unplaced);
	for (size_t i = 0; i < replay->n_calls; i++) {
		const struct cr2_replay_call *call = &replay->calls[i];
		const char *name = cr2_call_name(call->number);

		if (call->unknown)
			rich_printf(line, INK_WARN, "; %" PRIu64 " of %s left out", call->unknown, name ? name : "32-bit calls");
		if (call->refused)
			rich_printf(line, INK_WARN, "; %" PRIu64 " of %s refused by the model", call->refused,
				    name ? name : "32-bit calls");
	}
}

/* Behind an empty line. */
static int put_paragraph(void (*say)(struct rich *line, const struct cr2_replay *replay),
			 const struct cr2_replay *replay, const struct cr2_style *style, struct cr2_text *text)
{
	struct rich line = {0};
	int r = cr2_text_append(text, "\n");

	say(&line, replay);
	if (r == 0)
		r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r;
}

int cr2_view_replay(const char *title, const struct cr2_replay *replay, const struct cr2_style *style,
		    struct cr2_text *text)
{
	struct grid grid = {.columns = 6, .at = 2};
	struct rich line = {0};
	int r;

	say_score(&line, title, replay);
	say_outcomes(&line, replay);
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	if (replay->n_rows)
		add_heading(&grid);
	for (size_t i = 0; i < replay->n_rows; i++)
		add_row(&grid, &replay->rows[i]);
	if (r == 0 && replay->n_rows)
		r = cr2_text_append(text, "\n");
	if (r == 0 && replay->n_rows)
		r = grid_draw(&grid, style, text);
	grid_finish(&grid);
	if (r == 0)
		r = put_paragraph(say_pages, replay, style, text);
	return r ? r : put_paragraph(say_rest, replay, style, text);
}

/* A file of its own: the last access expects what Linux did. */
static int put_scenario(const struct cr2_replay_difference *difference, struct cr2_text *text)
{
	const struct cr2_traced_fault *f = &difference->recorded->fault;
	const char *at = difference->scenario, *end;
	int r = 0;

	if (difference->unsaid)
		r = cr2_text_printf(text, "    # no scenario: %s\n", difference->unsaid);
	for (; at && at[0] && r == 0; at = end + 1) {
		end = strchr(at, '\n');
		if (!end)
			break;
		r = cr2_text_printf(text, "    %.*s", (int)(end - at), at);
		if (r == 0)
			r = end[1] ? cr2_text_append(text, "\n") :
				     cr2_text_printf(text, " => %s 0x%" PRIx64 "\n", cr2_path_name(f->path), f->error);
	}
	return r;
}

/* "0.012345  1234  0x7f01...  wp_copy 0x7 on anon; the model: wp_reuse 0x7 (accepted: relatives)" */
int cr2_view_replay_difference(const struct cr2_replay_difference *difference, uint64_t began,
			       const struct cr2_style *style, struct cr2_text *text)
{
	const struct cr2_traced_fault *f = &difference->recorded->fault;
	struct rich line = {.hang = 4};
	int r;

	rich_keep(&line, INK_DIM, "%.6f ", (double)(f->time - began) / 1e9);
	rich_keep(&line, INK_PLAIN, "%" PRIu64 " %s 0x%" PRIx64 " in ", f->pid, f->comm, f->addr);
	rich_add(&line, INK_PLAIN, difference->recorded->data ? difference->recorded->data->path :
							       cr2_trace_mapping_name(f->mapping));
	rich_add(&line, INK_PLAIN, ": ");
	rich_keep(&line, INK_NAME, "%s 0x%" PRIx64, cr2_path_name(f->path), f->error);
	rich_keep(&line, INK_DIM, " (%s, maps %d, refs %u, near %u to %u)", cr2_trace_page_name(f->before.kind), f->before.maps,
		  f->before.refs, f->before.near, f->after.near);
	rich_add(&line, INK_PLAIN, "; the model: ");
	if (difference->model)
		rich_keep(&line, INK_NAME, "%s 0x%" PRIx64, cr2_path_name(difference->model->path),
			  difference->model->error_code);
	else
		rich_add(&line, INK_NAME, "no fault");
	rich_keep(&line, INK_DIM, " (near %u to %u)", difference->near_before, difference->near_after);
	if (difference->is_allowed)
		rich_printf(&line, INK_GOOD, " accepted: %s", cr2_replay_allowed_name(difference->allowed));
	else
		rich_printf(&line, INK_BAD, " %s", cr2_replay_kind_name(difference->kind));
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r ? r : put_scenario(difference, text);
}
