/* SPDX-License-Identifier: MIT */
/*
 * Reports that cr2 does not explain, as far as to see where they stand in one that it does: they
 * have a RIP, a Code: and a task of their own. Many have no line that ends them.
 */
#include <string.h>

#include <cr2/base.h>

#include "recognise.h"

#define END_TRACE "---[ end trace "
#define RULE "=================="
/* As decode_stacktrace.sh underlines "Code starting with the faulting instruction". */
#define SCRIPT_RULE_LENGTH 43

static const struct {
	const char *begins;
	bool within; /* not only at the message's start */
	const char *ends; /* NULL: nothing says that it does */
} kinds[] = {
	{"------------[ cut here ]", false, END_TRACE},
	{"WARNING: CPU: ", false, END_TRACE},
	{"kernel BUG at ", false, END_TRACE},
	{RULE, false, RULE}, /* sanitisers; the lock checker draws no second one */
	{"BUG: KFENCE: ", false, RULE},
	{"BUG: KMSAN: ", false, RULE},
	{"BUG: KCSAN: ", false, RULE},
	{"BUG: ", false, NULL},
	{"NMI backtrace for cpu ", false, NULL},
	{"BUG: soft lockup", true, NULL},
	{"BUG: workqueue lockup", true, NULL},
	{"etected hard LOCKUP", true, NULL},
	{"detected stall", true, NULL},
	{" blocked for more than ", true, NULL},
	{"page allocation failure: ", true, NULL},
	{" invoked oom-killer: ", true, NULL},
};

/* No sentence begins so. */
static const char *const titles[] = {
	"RIP: ", "Code: ", "RSP: ", "RAX: ", "RDX: ", "RBP: ", "R10: ", "R13: ", "EIP: ", "EAX: ", "ESI: ", "FS: ", "CS: ",
	"CR2: ", "CR0: ", "PKRU: ", "#PF: ", "PGD ", "CPU: ", "Call Trace:", "Modules linked in:", "Hardware name: ",
	"<TASK>", "</TASK>", "<IRQ>", "</IRQ>", "---[ end trace ",
};

bool log_oops_is_titled(struct log_span message)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(titles); i++)
		if (log_take(&message, titles[i]))
			return true;
	return false;
}

bool log_is_rule(struct log_span message)
{
	return log_take(&message, RULE) && log_length(message) + strlen(RULE) != SCRIPT_RULE_LENGTH;
}

/* "invalid opcode: 0000 [#2]": a death that cr2 does not explain, or another one's. */
static bool is_death(struct log_span message)
{
	const char *number = log_find(message, " [#");
	uint64_t value;
	struct log_span rest = {number, message.end};

	return number && log_take(&rest, " [#") && log_take_decimal(&rest, &value) && log_take(&rest, "]") &&
	       number - message.start > 6 && log_find((struct log_span){number - 6, number}, ": ") == number - 6;
}

bool log_foreign_line(struct log_foreign *foreign, struct log_span message)
{
	bool titled = log_oops_is_titled(message);
	struct log_span rest = message;

	if (log_take(&rest, RULE) && !log_is_rule(message))
		return false;
	rest = message;
	if (foreign->within && foreign->ends && log_take(&rest, foreign->ends)) {
		*foreign = (struct log_foreign){0};
		return true;
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds) && !titled; i++) {
		rest = message;
		if (!(kinds[i].within ? log_find(rest, kinds[i].begins) != NULL :
					log_take(&rest, kinds[i].begins)))
			continue;
		*foreign = (struct log_foreign){.within = true, .ends = kinds[i].ends};
		return true;
	}
	if (titled || !is_death(message))
		return false;
	*foreign = (struct log_foreign){.within = true, .ends = END_TRACE};
	return true;
}
