/* SPDX-License-Identifier: MIT */
/*
 * The call trace of a kernel report, a line an entry:
 *
 *    <IRQ>				the stack that those below were on, up to </IRQ> or <EOI>
 *    vfs_write+0xf8/0x450
 *    ? crash+0x1bc/0x340 [crash]	found on the stack, perhaps left over from earlier
 *    [<ffffffff8120c8c9>] vfs_write+0xa9/0x1a0	until 4.9
 *    [<ffffffffc00002ac>] ? crash+0x1bc/0x340 [crash]
 *    vfs_write (fs/read_write.c:684)	scripts/decode_stacktrace.sh; see function.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "calls.h"
#include "recognise.h"

struct cr2_log_call *log_calls_add(struct log_calls *calls)
{
	if (cr2_grow(&calls->items, &calls->capacity, calls->n + 1, sizeof(*calls->items)) < 0)
		return NULL;
	calls->items[calls->n] = (struct cr2_log_call){0};
	return &calls->items[calls->n++];
}

void log_calls_finish(struct log_calls *calls)
{
	free(calls->items);
	*calls = (struct log_calls){0};
}

/* "<IRQ>", "</IRQ>", "<EOI>"; something may stand behind it. */
static bool take_stack(struct log_span *rest, struct log_calls *calls)
{
	const char *close = memchr(rest->start, '>', log_length(*rest));
	struct log_span name = {rest->start + 1, close};
	bool ends;

	if (!close || *rest->start != '<' || log_length(name) == 0 || log_length(name) > 12)
		return false;
	ends = *name.start == '/' || log_find(name, "EOI") == name.start || log_find(name, "EOE") == name.start;
	if (ends)
		name.end = name.start;
	log_copy(name, calls->stack, sizeof(calls->stack));
	rest->start = close + 1;
	log_skip_blanks(rest);
	return true;
}

static bool take_address(struct log_span *rest, struct cr2_log_call *call)
{
	struct log_span place = *rest;

	if (!log_take(&place, "[<") || !log_take_hex(&place, &call->address) || !log_take(&place, ">]"))
		return false;
	call->has_address = true;
	*rest = place;
	log_skip_blanks(rest);
	return true;
}

static bool take_question(struct log_span *rest, struct cr2_log_call *call)
{
	if (!log_take(rest, "? "))
		return false;
	call->reliable = false;
	log_skip_blanks(rest);
	return true;
}

static void take_source(const struct cr2_log_source *source, struct cr2_log_call *call)
{
	memcpy(call->file, source->file, sizeof(source->file));
	call->line = source->line;
}

/* Those that are inlined into the function stand before it. */
static int add_entries(struct log_calls *calls, const struct cr2_log_report *named,
		       const struct cr2_log_call *entry)
{
	bool whole = named->function[0];
	unsigned n_inlined = named->n_sources && whole ? named->n_sources - 1 : named->n_sources;
	struct cr2_log_call *call;

	for (unsigned i = 0; i < n_inlined; i++) {
		call = log_calls_add(calls);
		if (!call)
			return -ENOMEM;
		*call = *entry;
		call->inlined = true;
		memcpy(call->function, named->sources[i].function, sizeof(named->sources[i].function));
		take_source(&named->sources[i], call);
	}
	if (!whole)
		return 0;
	call = log_calls_add(calls);
	if (!call)
		return -ENOMEM;
	*call = *entry;
	memcpy(call->function, named->function, sizeof(named->function));
	memcpy(call->module, named->module, sizeof(named->module));
	call->has_offset = log_has(named, LOG_HAS_FUNCTION_OFFSET);
	call->offset = named->function_offset;
	call->size = named->function_size;
	if (named->n_sources)
		take_source(&named->sources[n_inlined], call);
	return 0;
}

/* "0xffffffffc0001000": code that has no name. */
static int add_bare(struct log_calls *calls, struct log_span rest, struct cr2_log_call *entry,
		    bool *ret_taken)
{
	struct log_span number = rest;
	struct cr2_log_call *call;

	if (!log_take(&number, "0x") || !log_take_hex(&rest, &entry->address) || rest.start != rest.end)
		return 0;
	entry->has_address = true;
	call = log_calls_add(calls);
	if (!call)
		return -ENOMEM;
	*call = *entry;
	*ret_taken = true;
	return 0;
}

/* "RSP: 0018:..." names a register, "page:000000001234abcd" a page; "a::b" is a function of Rust. */
static bool is_title(struct log_span rest)
{
	struct log_span word = log_take_word(&rest);
	const char *colon = memchr(word.start, ':', log_length(word));

	return word.start == word.end || (colon && (colon + 1 == word.end || colon[1] != ':'));
}

int log_calls_line(struct log_calls *calls, struct log_span message, bool *ret_taken)
{
	struct cr2_log_call entry = {.reliable = true};
	struct cr2_log_report named = {0};
	int r;

	log_skip_blanks(&message);
	*ret_taken = take_stack(&message, calls);
	if (!take_question(&message, &entry) && take_address(&message, &entry))
		take_question(&message, &entry);
	memcpy(entry.stack, calls->stack, sizeof(entry.stack));
	if (is_title(message))
		return 0;
	if (!log_take_function(message, &named))
		return add_bare(calls, message, &entry, ret_taken);
	r = add_entries(calls, &named, &entry);
	*ret_taken = *ret_taken || r == 0;
	return r;
}

const struct cr2_log_call *cr2_log_report_call(const struct cr2_log_report *report,
					       enum cr2_log_stack which, size_t i)
{
	return which < CR2_LOG_STACK_COUNT && i < report->calls[which].n ?
	       &report->calls[which].items[i] : NULL;
}
