/* SPDX-License-Identifier: MIT */
/* What the crash looks like: its pattern, and what the bytes of the pointer tell. */
#include <inttypes.h>

#include <cr2/tables.h>

#include "rows.h"

/* The pointer that went wrong: the operand's base register where it is known, else the address. */
struct pointer {
	bool known;
	bool base; /* it is the register's */
	uint64_t value;
};

static struct pointer pointer_of(const struct cr2_log_report *report)
{
	bool trap = cr2_log_report_kind(report) == CR2_LOG_TRAP;
	struct pointer p = {.known = true};

	p.base = cr2_log_report_value(report, CR2_LOG_VALUE_REGISTER_VALUE, &p.value);
	if (p.base && !log_knows(report, CR2_LOG_VALUE_INDEX))
		return p;
	if (cr2_log_report_value(report, CR2_LOG_VALUE_ADDR, &p.value))
		return p;
	if (trap && cr2_log_report_cause(report) == CR2_LOG_CAUSE_STACK_SEGMENT)
		p.known = cr2_log_report_value(report, CR2_LOG_VALUE_SP, &p.value);
	else if (trap && cr2_log_report_pattern(report) == CR2_LOG_PATTERN_NON_CANONICAL)
		p.known = cr2_log_report_value(report, CR2_LOG_VALUE_IP, &p.value);
	else
		p.known = false;
	return p;
}

static bool is_narrow(const struct cr2_log_report *report)
{
	return log_value(report, CR2_LOG_VALUE_CODE_BITS) == 32;
}

/* The number that a pointer is in the program's own width. */
static int64_t signed_pointer(const struct cr2_log_report *report, const struct pointer *p)
{
	return is_narrow(report) ? (int32_t)p->value : (int64_t)p->value;
}

/* The errno's name of an error code that is used as a pointer, or NULL. */
static const char *error_name(const struct cr2_log_report *report, const struct pointer *p)
{
	bool error = cr2_log_report_pattern(report) == CR2_LOG_PATTERN_ERROR_POINTER;

	int64_t value = signed_pointer(report, p);

	return error && p->known && value >= -4095 && value < 0 ? cr2_errno_name((unsigned)-value) : NULL;
}

static void error_words(struct fields *f, const struct cr2_log_report *report,
			const struct pointer *p)
{
	bool map = cr2_log_report_is(report, CR2_LOG_IS_USER) && signed_pointer(report, p) == -1;

	fields_say(f, INK_PLAIN, "; it is %" PRId64, signed_pointer(report, p));
	field_text(f, ERROR_NAME, error_name(report, p), .form = ", -%");
	fields_say(f, INK_PLAIN, "%s%s", map ? ", or MAP_FAILED" : "",
		   p->base && log_value(report, CR2_LOG_VALUE_DISPLACEMENT) ? ", with an offset" : "");
}

static void near_null_words(struct fields *f, const struct cr2_log_report *report,
			    const struct pointer *p)
{
	int64_t offset = (int64_t)log_value(report, CR2_LOG_VALUE_DISPLACEMENT);

	if (p->base && !p->value)
		fields_say(f, INK_PLAIN, ", at offset %s0x%" PRIx64, offset < 0 ? "-" : "",
			   offset < 0 ? -(uint64_t)offset : (uint64_t)offset);
	else if (log_knows(report, CR2_LOG_VALUE_RANGE_START))
		fields_say(f, INK_PLAIN, ": KASAN names the range 0x%" PRIx64 " to 0x%" PRIx64,
			   log_value(report, CR2_LOG_VALUE_RANGE_START),
			   log_value(report, CR2_LOG_VALUE_RANGE_END));
	else
		fields_say(f, INK_PLAIN, ", at offset 0x%" PRIx64 " if the pointer was 0",
			   log_value(report, CR2_LOG_VALUE_ADDR));
}

static void stack_words(struct fields *f, const struct cr2_log_report *report)
{
	uint64_t addr, sp;

	if (!cr2_log_report_value(report, CR2_LOG_VALUE_ADDR, &addr) ||
	    !cr2_log_report_value(report, CR2_LOG_VALUE_SP, &sp) ||
	    cr2_log_report_cause(report) == CR2_LOG_CAUSE_STACK_GUARD)
		return;
	fields_say(f, INK_PLAIN, "; sp is 0x%" PRIx64 ", %" PRIu64 " bytes %s it", sp,
		   addr >= sp ? addr - sp : sp - addr, addr >= sp ? "below" : "above");
}

/* What the accessed address is in, where it is in the same file as the code. */
static void data_words(struct fields *f, const struct cr2_symbol_place *place, bool shown)
{
	const char *symbol = place->data_symbol[0] ? place->data_symbol : NULL;
	const char *section = place->data_section[0] ? place->data_section : NULL;

	shown = shown && place->data_known;
	if (shown)
		fields_say(f, INK_PLAIN, "; it is ");
	field_text(f, DATA_SYMBOL, symbol, .form = shown ? "%" : NULL, .ink = INK_BOLD);
	if (shown && symbol)
		fields_say(f, INK_BOLD, "+0x%" PRIx64, place->data_offset);
	field_text(f, DATA_SECTION, section, .form = !shown ? NULL : symbol ? " in %" : "in %");
	if (shown)
		fields_say(f, INK_PLAIN, "%s(mapped r%c%c)", symbol || section ? " " : "in a segment ",
			   place->data_write ? 'w' : '-', place->data_exec ? 'x' : '-');
}

static void pattern_row(struct fields *f, const struct cr2_log_report *report,
			const struct pointer *p)
{
	enum cr2_log_pattern pattern = cr2_log_report_pattern(report);
	bool shown = pattern != CR2_LOG_PATTERN_NONE;

	log_row(f, "pattern", shown);
	field_text(f, PATTERN, cr2_log_pattern_name(pattern), .form = "%", .ink = INK_WARN);
	log_bool(f, report, PATTERN_LIKELY, .form = shown ? "%" : NULL, .words = {"", " (likely)"});
	if (shown)
		fields_say(f, INK_PLAIN, "  %s", cr2_log_pattern_sentence(pattern));
	if (pattern == CR2_LOG_PATTERN_ERROR_POINTER && p->known)
		error_words(f, report, p);
	else
		field_text(f, ERROR_NAME, NULL, .form = NULL);
	if (pattern == CR2_LOG_PATTERN_NEAR_NULL && p->known)
		near_null_words(f, report, p);
	if (pattern == CR2_LOG_PATTERN_STACK)
		stack_words(f, report);
	data_words(f, cr2_log_report_place(report), shown && pattern != CR2_LOG_PATTERN_STACK);
}

static void range(struct fields *f, const struct cr2_log_report *report)
{
	if (!log_knows(report, CR2_LOG_VALUE_RANGE_START)) {
		field_text(f, RANGE, NULL, .form = NULL);
		return;
	}
	fields_object(f, CR2_KEY_RANGE);
	field_hex(f, START, log_value(report, CR2_LOG_VALUE_RANGE_START));
	field_hex(f, END, log_value(report, CR2_LOG_VALUE_RANGE_END));
	fields_end(f);
}

/* ---- the pointer's bytes ---- */

/* Poisons are bytes that repeat: a 32-bit one begins like the 64-bit one. */
static const struct cr2_poison *find_poison(const struct cr2_log_report *report, uint64_t *value)
{
	if (is_narrow(report))
		*value |= 0x0101010100000000 * (*value >> 24);
	return cr2_poison_find(*value);
}

/* The poison that the pointer or the address comes from, or NULL. */
static const struct cr2_poison *poison_of(const struct cr2_log_report *report,
					  const struct pointer *p, uint64_t *ret_offset)
{
	const struct cr2_poison *poison;
	uint64_t pointer = p->value, addr = p->value;
	bool known;

	if (cr2_log_report_kind(report) != CR2_LOG_OOPS || !p->known)
		return NULL;
	known = cr2_log_report_value(report, CR2_LOG_VALUE_ADDR, &addr);
	poison = find_poison(report, &pointer);
	if (!poison && known)
		poison = find_poison(report, &addr);
	if (poison)
		*ret_offset = (is_narrow(report) ? (uint32_t)addr : addr) -
			      (is_narrow(report) ? (uint32_t)poison->value : poison->value);
	return poison;
}

/* "AAAAAAAA" when all bytes of the pointer are printable, lowest byte first; else NULL. */
static const char *letters_of(struct fields *f, const struct cr2_log_report *report,
			      const struct pointer *p)
{
	char letters[9] = {0};

	if (!p->known)
		return NULL;
	for (int i = 0; i < (is_narrow(report) ? 4 : 8); i++) {
		unsigned char c = (unsigned char)(p->value >> 8 * i);

		if (c < 0x20 || c >= 0x7f)
			return NULL;
		letters[i] = (char)c;
	}
	return fields_printf(f, "%s", letters);
}

/* Is exactly one bit set in a pointer that is wild? */
static bool is_one_bit(const struct cr2_log_report *report, const struct pointer *p)
{
	enum cr2_log_pattern pattern = cr2_log_report_pattern(report);
	bool wild = pattern == CR2_LOG_PATTERN_UNMAPPED || pattern == CR2_LOG_PATTERN_USER_ADDRESS ||
		    pattern == CR2_LOG_PATTERN_NON_CANONICAL ||
		    pattern == CR2_LOG_PATTERN_JUMP_TO_UNMAPPED;

	return wild && p->known && __builtin_popcountll(p->value) == 1;
}

/* The first of these three that fits has a row. */
static void bytes_rows(struct fields *f, const struct cr2_log_report *report,
		       const struct pointer *p)
{
	uint64_t offset = 0;
	const struct cr2_poison *poison = poison_of(report, p, &offset);
	const char *letters = letters_of(f, report, p);
	bool one_bit = is_one_bit(report, p), spells = letters && !poison;
	bool bit = one_bit && !poison && !letters;

	log_row(f, "poison", poison);
	field_text(f, POISON, poison ? poison->name : NULL, .form = "%", .ink = INK_WARN);
	field_hex(f, POISON_OFFSET, offset, .absent = !poison, .form = offset ? " + %" : NULL);
	if (poison)
		fields_say(f, INK_PLAIN, ": the pointer was read from %s", poison->meaning);
	log_row(f, "letters", spells);
	if (spells)
		fields_say(f, INK_PLAIN, "the bytes of 0x%" PRIx64 " spell ", p->value);
	field_text(f, LETTERS, letters,
		   .form = spells ? "\"%\": text lies where a pointer should" : NULL);
	log_row(f, "one bit", bit);
	field_bool(f, ONE_BIT, one_bit, .form = bit ? "is set in the pointer: so a NULL pointer looks "
		   "when a bit of memory has flipped" : NULL);
}

/* A general protection fault has several causes, and a line without registers proves none. */
static void alternatives_row(struct fields *f, const struct cr2_log_report *report)
{
	if (cr2_log_report_kind(report) != CR2_LOG_TRAP ||
	    cr2_log_report_pattern(report) != CR2_LOG_PATTERN_NON_CANONICAL ||
	    !cr2_log_report_is(report, CR2_LOG_IS_PATTERN_LIKELY))
		return;
	fields_row(f, "or");
	fields_say(f, INK_PLAIN, "%s", cr2_log_report_text(report, CR2_LOG_TEXT_INSTRUCTION) ?
		   "another cause: the log has no registers that would say which" :
		   "an SSE operand that is not aligned, or a privileged instruction: the log has neither "
		   "the code nor the registers that would say which");
}

void log_pattern_rows(struct fields *f, const struct cr2_log_report *report)
{
	struct pointer p = pointer_of(report);

	pattern_row(f, report, &p);
	range(f, report);
	bytes_rows(f, report, &p);
	alternatives_row(f, report);
}
