/* SPDX-License-Identifier: MIT */
/* Lines that were broken, and lines that lost their beginning. */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>

#include "wrap.h"

/* "8b", "<8b>", and what a break leaves of them: "8", "<8", "b>". */
static bool is_byte(struct log_span word)
{
	size_t n = 0;

	log_take(&word, "<");
	while (word.start < word.end && isxdigit((unsigned char)*word.start)) {
		word.start++;
		n++;
	}
	log_take(&word, ">");
	return word.start == word.end && n <= 2;
}

static bool are_bytes(struct log_span text, size_t least)
{
	size_t n = 0;

	for (;; n++) {
		struct log_span word = log_take_word(&text);

		if (word.start == word.end)
			return n >= least;
		if (!is_byte(word))
			return false;
	}
}

bool log_wrap_is_code(struct log_span message)
{
	return log_take(&message, "Code:") && are_bytes(message, 0);
}

bool log_wrap_code_goes_on(struct log_span next)
{
	return are_bytes(next, 1);
}

bool log_wrap_goes_on(struct log_span message, struct log_span next, const char **ret_glue)
{
	struct log_span rest = next;
	uint64_t value;

	if (log_length(message) == 0)
		return false;
	/* "RIP: 0010:func" and "+0x1/0x2" */
	if (log_take(&rest, "+0x")) {
		*ret_glue = "";
		return true;
	}
	/* "RAX: 0000000000000001 RBX:" and "0000000000000002" */
	*ret_glue = " ";
	return message.end[-1] == ':' && log_take_register(&rest, &value) && log_word_ends(rest);
}

/* What is left of line, whose last least bytes are there, at message's start; taken off *rest. */
static bool take_end(struct log_span *rest, const char *line, size_t least)
{
	for (size_t length = strlen(line); length >= least; length--, line++)
		if (rest->start < rest->end && *rest->start == *line && log_take(rest, line))
			return true;
	return false;
}

bool log_wrap_lost_head(struct log_span message, const char **ret_head, struct log_span *ret_rest)
{
	static const struct {
		const char *line;
		size_t least; /* bytes of it that must be there */
	} lines[] = {
		{"BUG: unable to handle page fault for address: ", sizeof("page fault for address: ") - 1},
		{"BUG: kernel NULL pointer dereference, address: ", sizeof("pointer dereference, address: ") - 1},
		{"BUG: unable to handle kernel NULL pointer dereference at ",
		 sizeof("pointer dereference at ") - 1},
		{"BUG: unable to handle kernel paging request at ", sizeof("paging request at ") - 1},
		{"general protection fault: ", sizeof("protection fault: ") - 1},
		{"general protection fault, ", sizeof("protection fault, ") - 1},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(lines); i++) {
		*ret_rest = message;
		*ret_head = lines[i].line;
		if (take_end(ret_rest, lines[i].line + 1, lines[i].least))
			return true;
	}
	return false;
}
