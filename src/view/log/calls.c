/* SPDX-License-Identifier: MIT */
/* The kernel's call trace, and the stacks that KASAN keeps of an object. */
#include <inttypes.h>
#include <string.h>

#include "rows.h"

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static void entry(struct fields *f, const struct cr2_log_call *call)
{
	const char *function = or_null(call->function);
	enum ink ink = call->reliable ? INK_PLAIN : INK_DIM;

	fields_object(f, CR2_KEY_NONE);
	field_bool(f, RELIABLE, call->reliable, .form = "%", .ink = INK_DIM, .words = {"? ", ""}, .keep = true);
	field_text(f, FUNCTION, function, .form = "%", .ink = ink);
	field_hex(f, FUNCTION_OFFSET, call->offset, .absent = !call->has_offset, .form = "+%", .ink = ink);
	field_hex(f, FUNCTION_SIZE, call->size, .absent = !call->has_offset, .form = "/%", .ink = ink);
	field_text(f, MODULE, or_null(call->module), .form = " [%]", .ink = ink);
	field_hex(f, IP, call->address, .absent = !call->has_address,
		  .form = function ? NULL : "%", .ink = ink);
	field_bool(f, IS_INLINED, call->inlined, .ink = INK_DIM,
		   .form = !call->inlined ? NULL : function ? " (inlined)" : "(inlined)");
	field_text(f, FILE, or_null(call->file), .form = "  %", .ink = INK_BOLD);
	field_number(f, FILE_LINE, call->line, .absent = !call->line, .form = ":%", .ink = INK_BOLD);
	field_text(f, STACK, or_null(call->stack));
	fields_end(f);
}

/* All other code of the kernel runs on the task's own stack. */
static bool is_tasks_own(const char *stack)
{
	return !*stack || strcmp(stack, "TASK") == 0;
}

static const struct {
	const char *label;
	enum cr2_key key;
} stacks[CR2_LOG_STACK_COUNT] = {
	[CR2_LOG_STACK_CRASH] = {"call trace", CR2_KEY_CALLS},
	[CR2_LOG_STACK_ALLOCATED] = {"allocated by", CR2_KEY_ALLOCATED_CALLS},
	[CR2_LOG_STACK_FREED] = {"freed by", CR2_KEY_FREED_CALLS},
	[CR2_LOG_STACK_QUEUED] = {"queued by", CR2_KEY_QUEUED_CALLS},
};

static void stack_rows(struct fields *f, const struct cr2_log_report *report, enum cr2_log_stack which)
{
	const struct cr2_log_call *call;
	const char *stack = "";

	fields_list(f, stacks[which].key);
	for (size_t i = 0; (call = cr2_log_report_call(report, which, i)); i++) {
		fields_row(f, i ? "" : stacks[which].label);
		if (strcmp(call->stack, stack) != 0 && !(is_tasks_own(call->stack) && is_tasks_own(stack)))
			fields_say(f, INK_DIM, "<%s> ", is_tasks_own(call->stack) ? "TASK" :
				   fields_printf(f, "%s", call->stack));
		stack = call->stack;
		entry(f, call);
	}
	fields_end(f);
}

void log_trace_rows(struct fields *f, const struct cr2_log_report *report)
{
	for (int which = 0; which < CR2_LOG_STACK_COUNT; which++)
		stack_rows(f, report, (enum cr2_log_stack)which);
}
