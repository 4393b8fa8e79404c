/* SPDX-License-Identifier: MIT */
/* "Code: 48 8b 5f <0f> b6 00": bytes around ip, the one at ip in angle brackets. */
#include "recognise.h"

static bool is_unreadable(struct log_span rest)
{
	return log_take(&rest, "Unable to access opcode bytes") || log_take(&rest, "Bad ");
}

/* "8b", "<8b>"; anything else is not of an x86 CPU, or cut off. */
static bool take_byte(struct log_span word, uint8_t *ret_byte, bool *ret_marked)
{
	uint64_t value;
	bool marked = log_take(&word, "<");

	if (log_length(word) != (marked ? 3 : 2) || !log_take_hex(&word, &value))
		return false;
	if (marked && !log_take(&word, ">"))
		return false;
	*ret_byte = (uint8_t)value;
	*ret_marked = marked;
	return word.start == word.end;
}

static bool take_bytes(struct log_span rest, struct log_code *code)
{
	bool found = false;

	while (code->length < LOG_CODE_MAX) {
		struct log_span word = log_take_word(&rest);
		bool marked;

		if (word.start == word.end)
			break;
		if (!take_byte(word, &code->bytes[code->length], &marked)) {
			/* The end of a line that was cut short. */
			log_skip_blanks(&rest);
			if (rest.start == rest.end)
				break;
			return false;
		}
		if (marked && found)
			return false;
		if (marked)
			code->ip = code->length;
		found |= marked;
		code->length++;
	}
	return found;
}

bool log_code_parse(struct log_span message, struct log_code *ret_code)
{
	struct log_code code = {0};

	if (!log_take(&message, "Code:"))
		return false;
	log_skip_blanks(&message);
	code.unreadable = is_unreadable(message);
	if (!code.unreadable && !take_bytes(message, &code))
		return false;
	*ret_code = code;
	return true;
}
