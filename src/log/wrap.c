/* SPDX-License-Identifier: MIT */
/* Lines that were broken, and lines that lost their beginning. */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>

#include "wrap.h"

#define DIGITS_MAX 16

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

/* "func+0x24/0x90", "? func+0x24/0x90 [mod]" */
bool log_wrap_is_call(struct log_span message)
{
	const char *slash;
	struct log_span word, size;
	uint64_t number;

	log_skip_blanks(&message);
	log_take(&message, "? ");
	word = log_take_word(&message);
	slash = memrchr(word.start, '/', log_length(word));
	size = (struct log_span){slash, word.end};
	return slash && *word.start != '+' && memchr(word.start, '+', (size_t)(slash - word.start)) &&
	       log_take(&size, "/0x") && log_take_hex(&size, &number) && size.start == size.end &&
	       (message.start == message.end || message.end[-1] == ']');
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool log_wrap_digits_go_on(struct log_span message, struct log_span next)
{
	const char *p = next.start, *last = message.end;

	while (last > message.start && isxdigit((unsigned char)last[-1]))
		last--;
	if (last == message.end || (last > message.start && is_word_char(last[-1]) && last[-1] != 'x'))
		return false;
	while (p < next.end && isxdigit((unsigned char)*p))
		p++;
	return p > next.start && p - next.start <= DIGITS_MAX && (p == next.end || (!is_word_char(*p) && *p != ':'));
}

/* What is left of line, whose last least bytes are there, at message's start; taken off *rest. */
static bool take_end(struct log_span *rest, const char *line, size_t least)
{
	for (size_t length = strlen(line); length >= least; length--, line++)
		if (rest->start < rest->end && *rest->start == *line && log_take(rest, line))
			return true;
	return false;
}

/* First lines, and how many bytes of their ends must be there. */
static const struct {
	const char *line;
	size_t least;
} first_lines[] = {
	{"BUG: unable to handle page fault for address: ", sizeof("t for address: ") - 1},
	{"BUG: kernel NULL pointer dereference, address: ", sizeof("dereference, address: ") - 1},
	{"BUG: unable to handle kernel NULL pointer dereference at ", sizeof("dereference at ") - 1},
	{"BUG: unable to handle kernel paging request at ", sizeof("request at ") - 1},
	{"general protection fault: ", sizeof("protection fault: ") - 1},
	{"general protection fault, ", sizeof("protection fault, ") - 1},
};

bool log_wrap_lost_head(struct log_span message, const char **ret_head, struct log_span *ret_rest)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(first_lines); i++) {
		*ret_rest = message;
		*ret_head = first_lines[i].line;
		if (take_end(ret_rest, first_lines[i].line + 1, first_lines[i].least))
			return true;
	}
	return false;
}

bool log_wrap_holds_rest(struct log_span text)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(first_lines); i++)
		if (log_find(text, first_lines[i].line + strlen(first_lines[i].line) - first_lines[i].least))
			return true;
	return false;
}
