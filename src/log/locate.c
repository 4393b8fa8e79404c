/* SPDX-License-Identifier: MIT */
/* Asks the object files at hand for what a report names. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locate.h"

static void take_found(struct cr2_log_report *report, const struct symbol_found *found)
{
	report->place = found->place;
	if (found->has_offset) {
		report->file_offset = found->offset;
		report->has |= LOG_HAS_FILE_OFFSET;
	}
	if (report->code_length || !found->n_code)
		return;
	memcpy(report->insn.bytes, found->code, found->n_code);
	report->insn.length = (uint8_t)found->n_code;
	report->insn.from_file = true;
}

void log_locate(struct symbols *symbols, struct cr2_log_report *report)
{
	struct symbol_found found;

	if (report->kind == CR2_LOG_OOPS && log_has(report, LOG_HAS_FUNCTION | LOG_HAS_FUNCTION_OFFSET))
		symbols_find_function(symbols, &(struct symbol_function){
			.release = report->release, .module = report->module,
			.name = report->function, .offset = report->function_offset,
			.size = report->function_size,
		}, &found);
	else if (report->kind != CR2_LOG_OOPS && report->has & LOG_HAS_OBJECT)
		symbols_find(symbols, &(struct symbol_code){
			.object = report->object, .ip = report->ip, .start = report->object_start,
			.length = report->object_length, .offset = report->file_offset,
			.has_offset = report->has & LOG_HAS_FILE_OFFSET,
			.bytes = report->code, .n_bytes = report->code_length, .at = report->code_ip,
			/* After a trap instruction ip may be the next line's. */
			.behind = report->cause == CR2_LOG_CAUSE_INT3,
			.has_data = report->has & LOG_HAS_ADDR, .data = report->addr,
		}, &found);
	else
		return;
	take_found(report, &found);
}

/* The entry with what its file says: those inlined into it stand before it. */
static int add_located(struct log_calls *calls, const struct cr2_log_call *call,
		       const struct symbol_frames *frames)
{
	for (size_t i = 0; i < (frames->n ? frames->n : 1); i++) {
		struct cr2_log_call *added = log_calls_add(calls);

		if (!added)
			return -ENOMEM;
		*added = *call;
		if (i == frames->n)
			break;
		added->inlined = i + 1 < frames->n;
		if (added->inlined) {
			snprintf(added->function, sizeof(added->function), "%s", frames->items[i].function);
			added->has_offset = added->has_address = false;
		}
		snprintf(added->file, sizeof(added->file), "%s", frames->items[i].file);
		added->line = (uint32_t)frames->items[i].line;
	}
	return 0;
}

/* An entry is where the call returns to: the call itself is before it. */
static int locate_call(struct symbols *symbols, const char *release, const struct cr2_log_call *call,
		       struct log_calls *calls)
{
	struct symbol_frames frames = {0};
	int r = 0;

	if (call->has_offset && !call->file[0])
		r = symbols_find_frames(symbols, &(struct symbol_function){
			.release = release, .module = call->module, .name = call->function,
			.offset = call->offset - (call->offset > 0), .size = call->size,
		}, &frames);
	if (r == 0)
		r = add_located(calls, call, &frames);
	free(frames.items);
	return r;
}

static int locate_stack(struct symbols *symbols, const char *release, struct log_calls *stack)
{
	struct log_calls calls = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < stack->n; i++)
		r = locate_call(symbols, release, &stack->items[i], &calls);
	log_calls_finish(r == 0 ? stack : &calls);
	if (r == 0)
		*stack = calls;
	return r;
}

int log_locate_calls(struct symbols *symbols, struct cr2_log_report *report)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CR2_LOG_STACK_COUNT; i++)
		r = locate_stack(symbols, report->release, &report->calls[i]);
	return r;
}
