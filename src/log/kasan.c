/* SPDX-License-Identifier: MIT */
/*
 * What KASAN reports, and what its shadow memory tells of an oops:
 *
 *   BUG: KASAN: slab-out-of-bounds in func+0x18/0x30 [module]
 *   Write of size 8 at addr ffff88800723007b by task prog/42
 *   CPU: ...  Call Trace: ...
 *   Allocated by task 42:
 *   Freed by task 43:
 *   The buggy address belongs to the object at ffff888007230000
 *    which belongs to the cache kmalloc-128 of size 128
 *   The buggy address is located 0 bytes to the right of
 *    allocated 123-byte region [ffff888007230000, ffff88800723007b)	"128-byte region" until 6.2
 *   The buggy address belongs to the variable:
 *    name+0x20/0x40
 *   The buggy address belongs to stack of task prog/42	"addr A is located in stack of task prog/42 at
 *    and is located at offset 42 in frame:			offset 42 in frame:" until 5.17
 *    func+0x0/0x100 [module]
 *   This frame has 2 objects:
 *    [32, 42) 'x'
 *   >ffff888007230000: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03
 *
 * Between two lines of "=". A byte of shadow stands for 8 bytes of memory.
 */
#include <string.h>

#include <cr2/base.h>

#include "recognise.h"

#define SHADOW_OFFSET 0xdffffc0000000000ULL
#define GRANULE 8
/* The shadow of the program's half and of the kernel's, with page tables of four levels. */
#define USER_SHADOW_SIZE (1ULL << 44)
#define NON_CANONICAL_END 0xffff800000000000ULL
#define KERNEL_SHADOW 0xffffec0000000000ULL
#define SHADOW_END 0xfffffc0000000000ULL

bool log_kasan_begins(struct log_span message, struct cr2_log_report *report)
{
	const char *in = log_find(message, " in ");
	struct log_span words = {message.start + strlen("BUG: "), in};
	uint64_t addr;

	if (!log_take(&message, "BUG: KASAN: ") || !in)
		return false;
	report->cause = CR2_LOG_CAUSE_KASAN;
	log_copy(words, report->words, sizeof(report->words));
	log_take_function((struct log_span){in + strlen(" in "), message.end}, report);
	/* Until 4.8. */
	message.start = log_find(message, " at addr ");
	if (message.start && log_take(&message, " at addr ") && log_take_register(&message, &addr))
		log_set_address(report, addr);
	return true;
}

/* " by task a name/42": the last slash is the kernel's. */
static void take_task(struct log_span rest, struct cr2_log_report *report)
{
	const char *slash;
	struct log_span number;
	uint64_t pid;

	if (!log_take(&rest, " by task "))
		return;
	slash = memrchr(rest.start, '/', log_length(rest));
	number = (struct log_span){slash ? slash + 1 : rest.end, rest.end};
	if (!slash || !log_take_decimal(&number, &pid) || report->has & LOG_HAS_PID)
		return;
	log_copy((struct log_span){rest.start, slash}, report->comm, sizeof(report->comm));
	report->pid = (uint32_t)pid;
	report->has |= LOG_HAS_PID;
}

/* "Write of size 8 at addr A by task T", "Read at addr A by task T", "Free of addr A by task T" */
static bool access_line(struct log_span message, struct cr2_log_report *report)
{
	bool write = log_take(&message, "Write "), read = !write && log_take(&message, "Read ");
	uint64_t size = 0, addr;

	if (!write && !read && !log_take(&message, "Free of"))
		return false;
	if (log_take(&message, "of size "))
		log_take_decimal(&message, &size);
	if (log_take(&message, " at addr ") || log_take(&message, "at addr ") || log_take(&message, " addr ")) {
		if (!log_take_register(&message, &addr))
			return true;
		log_set_address(report, addr);
	}
	if (write || read) {
		report->write = write;
		report->access_size = (uint32_t)size;
		report->has |= LOG_HAS_ACCESS;
	}
	take_task(message, report);
	return true;
}

static bool take_number(struct log_span message, const char *before, uint64_t *ret_value)
{
	message.start = log_find(message, before);
	return message.start && log_take(&message, before) && log_take_decimal(&message, ret_value);
}

static bool take_track(struct log_span message, const char *before, bool *known, uint32_t *ret_pid)
{
	uint64_t pid;

	if (!log_take(&message, before))
		return false;
	if (!*known && log_take_decimal(&message, &pid)) {
		*ret_pid = (uint32_t)pid;
		*known = true;
	}
	return true;
}

/* "which belongs to the cache NAME of size 128": what is printed of the region is nearer. */
static bool cache_line(struct log_span message, struct log_allocation *allocation)
{
	struct log_span name;
	uint64_t size;

	if (!log_take(&message, "which belongs to the cache "))
		return false;
	name = message;
	name.end = log_find(message, " of size ");
	if (!name.end)
		return true;
	log_copy(name, allocation->cache, sizeof(allocation->cache));
	if (!allocation->size && take_number(message, " of size ", &size))
		allocation->size = size;
	return true;
}

/* "allocated 123-byte region [A, B)" */
static bool region_line(struct log_span message, struct log_allocation *allocation)
{
	uint64_t start, end;

	message.start = log_find(message, "-byte region [");
	if (!message.start)
		return false;
	log_take(&message, "-byte region [");
	if (!log_take_register(&message, &start) || !log_take(&message, ", ") ||
	    !log_take_register(&message, &end))
		return true;
	allocation->start = start;
	allocation->size = end - start;
	allocation->known = true;
	return true;
}

static bool object_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_allocation *allocation = &report->allocation;
	uint64_t start;

	if (log_take(&message, "The buggy address belongs to the object at ")) {
		if (!allocation->known && log_take_register(&message, &start)) {
			allocation->start = start;
			allocation->known = true;
		}
		return true;
	}
	return cache_line(message, allocation) || region_line(message, allocation);
}

/* The first lines of stacks: those of the first object stay. */
static bool stack_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_allocation *allocation = &report->allocation;

	if (take_track(message, "Allocated by task ", &allocation->allocated, &allocation->allocated_by))
		report->stack = CR2_LOG_STACK_ALLOCATED;
	else if (take_track(message, "Freed by task ", &allocation->freed, &allocation->freed_by))
		report->stack = CR2_LOG_STACK_FREED;
	else if (log_take(&message, "Last potentially related work creation:"))
		report->stack = CR2_LOG_STACK_QUEUED;
	else
		return false;
	return true;
}

/* The name stands on the next line: " name+0x20/0x40 [module]". */
static bool variable_line(struct log_span message, struct cr2_log_report *report)
{
	struct cr2_log_report scratch = {0};

	if (report->variable_next && log_take_function(message, &scratch)) {
		memcpy(report->variable, scratch.function, sizeof(report->variable));
		report->variable_offset = scratch.function_offset;
		report->variable_size = scratch.function_size;
	}
	report->variable_next = log_take(&message, "The buggy address belongs to the variable:");
	return report->variable_next || report->variable[0];
}

static int add_variable(struct log_variables *variables, const struct cr2_log_variable *variable)
{
	int r = cr2_grow(&variables->items, &variables->capacity, variables->n + 1, sizeof(*variables->items));

	if (r == 0)
		variables->items[variables->n++] = *variable;
	return r;
}

int log_kasan_variable(struct log_span message, struct log_variables *variables, bool *ret_taken)
{
	struct cr2_log_variable variable = {0};
	struct log_span name;

	*ret_taken = false;
	if (!log_take(&message, "[") || !log_take_decimal(&message, &variable.start) || !log_take(&message, ", ") ||
	    !log_take_decimal(&message, &variable.end) || !log_take(&message, ") '"))
		return 0;
	name = message;
	name.end = memchr(name.start, '\'', log_length(name));
	if (!name.end)
		return 0;
	log_copy(name, variable.name, sizeof(variable.name));
	*ret_taken = true;
	return add_variable(variables, &variable);
}

/* The function's name stands on the next line. */
static bool frame_line(struct log_span message, struct cr2_log_report *report)
{
	struct cr2_log_report scratch = {0};
	bool named = report->frame_next && log_take_function(message, &scratch);
	uint64_t offset;

	if (named)
		memcpy(report->frame, scratch.function, sizeof(report->frame));
	report->frame_next = log_find(message, " in frame:") && take_number(message, " at offset ", &offset);
	if (!report->frame_next)
		return named;
	report->frame_offset = offset;
	report->has |= LOG_HAS_FRAME_OFFSET;
	return true;
}

/* Whether the granule at start, whose shadow is value, may be accessed up to end. */
static bool is_allowed(uint64_t start, uint64_t value, uint64_t end)
{
	return value == 0 || (value < GRANULE && end <= start + value);
}

/* The first byte that forbids the access, where it is in the row. */
static void find_shadow(struct cr2_log_report *report, const struct cr2_log_shadow_row *row)
{
	uint64_t end = report->addr + (report->access_size ? report->access_size : 1);

	for (size_t i = 0; i < row->n && log_has(report, LOG_HAS_ADDR) && !log_has(report, LOG_HAS_SHADOW); i++) {
		uint64_t start = row->address + i * GRANULE;

		if (start >= end || start + GRANULE <= report->addr || is_allowed(start, row->bytes[i], end))
			continue;
		report->shadow = row->bytes[i];
		report->has |= LOG_HAS_SHADOW;
	}
}

/* A row of shadow, with or without ">". */
static bool memory_line(struct log_span message, struct cr2_log_report *report)
{
	struct cr2_log_shadow_row row = {0};
	uint64_t value;

	log_take(&message, ">");
	if (!log_take_register(&message, &row.address) || !log_take(&message, ":"))
		return false;
	while (row.n < sizeof(row.bytes)) {
		struct log_span word = log_take_word(&message);

		if (log_length(word) != 2 || !log_take_hex(&word, &value))
			break;
		row.bytes[row.n++] = (uint8_t)value;
	}
	find_shadow(report, &row);
	if (row.n && report->n_shadow_rows < LOG_SHADOW_MAX)
		report->shadow_rows[report->n_shadow_rows++] = row;
	return true;
}

bool log_kasan_line(struct log_span message, struct cr2_log_report *report)
{
	return access_line(message, report) || stack_line(message, report) ||
	       object_line(message, report) || memory_line(message, report) ||
	       frame_line(message, report) || variable_line(message, report);
}

/*
 * Code that KASAN checks looks at the shadow first: of a pointer that is none, there is no shadow,
 * and it is the shadow's address that the report names.
 */
void log_kasan_turn_back(struct cr2_log_report *report)
{
	uint64_t addr = report->addr;
	bool user = addr - SHADOW_OFFSET < USER_SHADOW_SIZE;
	bool kernel = addr >= KERNEL_SHADOW && addr < SHADOW_END && report->kasan;
	bool wild = addr >= SHADOW_OFFSET && addr < NON_CANONICAL_END && report->kasan;

	if (!(report->has & LOG_HAS_ADDR) || report->kernel_bits == 32 || (!user && !kernel && !wild))
		return;
	report->shadow_addr = addr;
	report->has |= LOG_HAS_SHADOW_ADDR;
	if (report->has & LOG_HAS_RANGE)
		return;
	report->range_start = (addr - SHADOW_OFFSET) * GRANULE;
	report->range_end = report->range_start + GRANULE - 1;
	report->has |= LOG_HAS_RANGE;
}

enum cr2_log_pattern log_kasan_pattern(const struct cr2_log_report *report)
{
	static const struct {
		const char *words;
		enum cr2_log_pattern pattern;
	} patterns[] = {
		{"use-after-free", CR2_LOG_PATTERN_USE_AFTER_FREE},
		{"use-after-scope", CR2_LOG_PATTERN_USE_AFTER_FREE},
		{"out-of-bounds", CR2_LOG_PATTERN_OUT_OF_BOUNDS},
		{"double-free", CR2_LOG_PATTERN_INVALID_FREE},
		{"invalid-free", CR2_LOG_PATTERN_INVALID_FREE},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(patterns); i++)
		if (strstr(report->words, patterns[i].words))
			return patterns[i].pattern;
	return CR2_LOG_PATTERN_NONE;
}
