/* SPDX-License-Identifier: MIT */
/*
 * Equal crashes, counted: what makes two equal is written into a key, and the groups stand in a
 * balanced tree by it. Numbers that vary are kept as the least and the greatest of them. There may be
 * many groups: a report is kept packed, and what the reports hold only of those that were known.
 */
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>
#include <cr2/log_group.h>

#include "base/option.h"

#include "pack.h"
#include "report.h"

/* Below it an ip is what a bad pointer was, not where something was loaded. */
#define LOW_IP 0x10000ULL
#define PAGE_MASK 0xfffULL

static const enum cr2_log_value values[] = {
	CR2_LOG_VALUE_ADDR, CR2_LOG_VALUE_ERROR, CR2_LOG_VALUE_IP,
	CR2_LOG_VALUE_SP, CR2_LOG_VALUE_PID, CR2_LOG_VALUE_CPU,
};
static const enum cr2_log_text texts[] = {CR2_LOG_TEXT_COMM, CR2_LOG_TEXT_KERNEL};

struct position {
	const char *source; /* not owned */
	uint64_t line;
	char when[sizeof(((struct cr2_log_report *)NULL)->when)];
};

#define N_NUMBERS (CR2_ARRAY_SIZE(values) + CR2_REGISTER_COUNT) /* the values, then the registers */
_Static_assert(N_NUMBERS <= 32, "a group has a bit for each number");

struct cr2_log_group {
	struct cr2_log_groups *groups;
	char *key; /* owned: the key, and behind it the first report's texts, NUL after each */
	uint64_t count;
	size_t order; /* among all groups, by their first report */
	struct position first, last;
	bool text_varies[CR2_ARRAY_SIZE(texts)];
	uint32_t known; /* which numbers reports hold */
	struct cr2_log_range *ranges; /* of those, owned */
	char *packed; /* the first report, owned */
};

struct cr2_log_groups {
	struct cr2_log_groups_config config;
	struct cr2_log_groups_stats stats;
	void *tree; /* of <search.h>: struct cr2_log_group by key */
	struct cr2_log_group **items; /* the same, owned */
	size_t capacity;
	bool sorted;
	struct cr2_text key; /* of the report at hand */
	struct cr2_text packed; /* the same, packed */
	const struct cr2_log_group *unpacked; /* whose report stands here; NULL: none does */
	struct cr2_log_report report;
};

int cr2_log_groups_create(const struct cr2_log_groups_config *config,
			  struct cr2_log_groups **ret_groups)
{
	struct cr2_log_groups *groups = calloc(1, sizeof(*groups));
	int r;

	if (!groups)
		return -ENOMEM;
	r = option_take(&groups->config, sizeof(groups->config), config);
	if (r < 0) {
		free(groups);
		return r;
	}
	*ret_groups = groups;
	return 0;
}

static void destroy_group(struct cr2_log_group *group)
{
	if (!group)
		return;
	free(group->key);
	free(group->ranges);
	free(group->packed);
	free(group);
}

static void keep(void *item)
{
	(void)item;
}

void cr2_log_groups_destroy(struct cr2_log_groups *groups)
{
	if (!groups)
		return;
	tdestroy(groups->tree, keep);
	for (size_t i = 0; i < groups->stats.distinct; i++)
		destroy_group(groups->items[i]);
	free(groups->items);
	cr2_text_finish(&groups->key);
	cr2_text_finish(&groups->packed);
	if (groups->unpacked)
		log_report_finish(&groups->report);
	free(groups);
}

/* ---- what makes two crashes equal ---- */

static uint64_t ip_of(const struct cr2_log_report *report)
{
	bool whole = report->ip < LOW_IP || report->kind == CR2_LOG_TRACE;

	return whole ? report->ip : report->ip & PAGE_MASK;
}

static const struct cr2_log_call *first_call(const struct cr2_log_report *report)
{
	const struct cr2_log_call *call;

	for (size_t i = 0; (call = cr2_log_report_call(report, CR2_LOG_STACK_CRASH, i)); i++)
		if (call->reliable && call->function[0])
			return call;
	return NULL;
}

/* No text of a report holds a newline. */
static int add_place(const struct cr2_log_report *report, struct cr2_text *key)
{
	const struct cr2_log_call *call;
	uint64_t offset;

	/* What decodes a log may leave the offset out, and say the line. */
	if (report->reporter && report->function[0])
		return cr2_text_printf(key, "reported\n%s\n%s\n%" PRIu32 "\n%" PRIx64, report->function,
				       report->sources[0].file, report->sources[0].line,
				       report->sources[0].line ? 0 : ip_of(report));
	if (log_has(report, LOG_HAS_FUNCTION))
		return cr2_text_printf(key, "function\n%s\n%s\n%" PRIx64 "\n%" PRIx64 "\n%s\n%" PRIu32,
				       report->module, report->function, report->function_offset,
				       report->function_size, report->sources[0].file,
				       report->sources[0].line);
	if (cr2_log_report_value(report, CR2_LOG_VALUE_OBJECT_OFFSET, &offset))
		return cr2_text_printf(key, "object\n%s\n%" PRIx64, report->object, offset);
	/* A jump to where no function is: who made it is what counts. */
	call = first_call(report);
	if (call)
		return cr2_text_printf(key, "call\n%s\n%s\n%" PRIx64 "\n%" PRIx64, call->module,
				       call->function, call->offset, call->size);
	if (log_has(report, LOG_HAS_IP))
		return cr2_text_printf(key, "ip\n%" PRIx64, ip_of(report));
	return cr2_text_printf(key, "address\n%d\n%" PRIx64, log_has(report, LOG_HAS_ADDR), report->addr);
}

/* A task of any name may run into the kernel's mistake. */
static int make_key(const struct cr2_log_report *report, struct cr2_text *key)
{
	int r;

	cr2_text_clear(key);
	r = cr2_text_printf(key, "%d\n%d\n%d\n%d\n%s\n%s\n", report->reporter, report->kind, report->cause, report->pattern,
			    report->words, report->kind == CR2_LOG_OOPS ? "" : report->comm);
	return r < 0 ? r : add_place(report, key);
}

static int compare_keys(const void *a, const void *b)
{
	const struct cr2_log_group *one = a, *other = b;

	return strcmp(one->key, other->key);
}

/* ---- what the reports of a group have ---- */

static void widen(struct cr2_log_range *range, uint64_t value)
{
	if (range->reports++ == 0)
		range->min = range->max = value;
	if (value < range->min)
		range->min = value;
	if (value > range->max)
		range->max = value;
}

/* A number's bit, and its place among those that are known. */
static uint32_t bit_of(size_t number)
{
	return (uint32_t)1 << number;
}

static struct cr2_log_range *range_of(const struct cr2_log_group *group, size_t number)
{
	return &group->ranges[__builtin_popcount(group->known & (bit_of(number) - 1))];
}

static bool number_of(const struct cr2_log_report *report, size_t number, uint64_t *ret_value)
{
	if (number < CR2_ARRAY_SIZE(values))
		return cr2_log_report_value(report, values[number], ret_value);
	return cr2_log_report_register(report, (enum cr2_register)(number - CR2_ARRAY_SIZE(values)), ret_value);
}

/* Room for the numbers that the report holds, and no earlier one held. */
static int make_room(struct cr2_log_group *group, const struct cr2_log_report *report)
{
	struct cr2_log_group grown = {.known = group->known};
	uint64_t value;

	for (size_t i = 0; i < N_NUMBERS; i++)
		grown.known |= number_of(report, i, &value) ? bit_of(i) : 0;
	if (grown.known == group->known)
		return 0;
	grown.ranges = calloc((size_t)__builtin_popcount(grown.known), sizeof(grown.ranges[0]));
	if (!grown.ranges)
		return -ENOMEM;
	for (size_t i = 0; i < N_NUMBERS; i++)
		if (group->known & bit_of(i))
			*range_of(&grown, i) = *range_of(group, i);
	free(group->ranges);
	group->ranges = grown.ranges;
	group->known = grown.known;
	return 0;
}

static const char *text_of(const struct cr2_log_report *report, size_t i)
{
	const char *text = cr2_log_report_text(report, texts[i]);

	return text ? text : "";
}

static int count(struct cr2_log_group *group, const struct cr2_log_report *report, const char *source)
{
	const char *first = group->key + strlen(group->key) + 1;
	uint64_t value;
	int r = make_room(group, report);

	if (r < 0)
		return r;
	group->count++;
	group->last = (struct position){.source = source, .line = report->line};
	memcpy(group->last.when, report->when, sizeof(report->when));
	for (size_t i = 0; i < N_NUMBERS; i++)
		if (number_of(report, i, &value))
			widen(range_of(group, i), value);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts); i++, first += strlen(first) + 1)
		group->text_varies[i] |= strcmp(text_of(report, i), first) != 0;
	return 0;
}

/* ---- the groups ---- */

static struct cr2_log_group *find(const struct cr2_log_groups *groups)
{
	struct cr2_log_group wanted = {.key = groups->key.data};
	struct cr2_log_group *const *found = tfind(&wanted, &groups->tree, compare_keys);

	return found ? *found : NULL;
}

static char *copy_of(const struct cr2_text *text)
{
	char *copy = malloc(text->length);

	if (copy)
		memcpy(copy, text->data, text->length);
	return copy;
}

/* The key with its NUL, and the texts with theirs. */
static char *make_head(struct cr2_text *key, const struct cr2_log_report *report)
{
	int r = cr2_text_append_n(key, "", 1);

	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts) && r == 0; i++)
		r = cr2_text_append_n(key, text_of(report, i), strlen(text_of(report, i)) + 1);
	return r < 0 ? NULL : copy_of(key);
}

static struct cr2_log_group *create_group(struct cr2_log_groups *groups, const struct cr2_log_report *report,
					  const char *source)
{
	struct cr2_log_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	cr2_text_clear(&groups->packed);
	group->groups = groups;
	group->order = groups->stats.distinct;
	group->key = make_head(&groups->key, report);
	if (group->key && log_report_pack(report, &groups->packed) == 0)
		group->packed = copy_of(&groups->packed);
	if (!group->packed || count(group, report, source) < 0 || !tsearch(group, &groups->tree, compare_keys)) {
		destroy_group(group);
		return NULL;
	}
	group->first = group->last;
	return group;
}

static int add_new(struct cr2_log_groups *groups, const struct cr2_log_report *report,
		   const char *source)
{
	struct cr2_log_group *group;
	int r = cr2_grow(&groups->items, &groups->capacity, groups->stats.distinct + 1,
			 sizeof(groups->items[0]));

	if (r < 0)
		return r;
	group = create_group(groups, report, source);
	if (!group)
		return -ENOMEM;
	groups->items[groups->stats.distinct++] = group;
	return 0;
}

int cr2_log_groups_add(struct cr2_log_groups *groups, const struct cr2_log_report *report,
		       const char *source)
{
	struct cr2_log_group *group;
	int r = make_key(report, &groups->key);

	if (r < 0)
		return r;
	group = find(groups);
	if (group)
		r = count(group, report, source);
	else if (groups->config.most && groups->stats.distinct == groups->config.most)
		groups->stats.left_out++;
	else
		r = add_new(groups, report, source);
	if (r < 0)
		return r;
	groups->stats.reports++;
	groups->sorted = false;
	return 0;
}

void cr2_log_groups_get_stats(const struct cr2_log_groups *groups,
			      struct cr2_log_groups_stats *ret_stats)
{
	*ret_stats = groups->stats;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct cr2_log_group *one = *(struct cr2_log_group *const *)a;
	const struct cr2_log_group *other = *(struct cr2_log_group *const *)b;

	if (one->count != other->count)
		return one->count < other->count ? 1 : -1;
	return one->order < other->order ? -1 : 1;
}

const struct cr2_log_group *cr2_log_groups_get(struct cr2_log_groups *groups, size_t i)
{
	if (i >= groups->stats.distinct)
		return NULL;
	if (!groups->sorted)
		qsort(groups->items, groups->stats.distinct, sizeof(groups->items[0]), compare_sizes);
	groups->sorted = true;
	return groups->items[i];
}

/* ---- one group, as its readers see it ---- */

uint64_t cr2_log_group_count(const struct cr2_log_group *group)
{
	return group->count;
}

const struct cr2_log_report *cr2_log_group_report(const struct cr2_log_group *group)
{
	struct cr2_log_groups *groups = group->groups;

	if (groups->unpacked == group)
		return &groups->report;
	if (groups->unpacked)
		log_report_finish(&groups->report);
	groups->unpacked = NULL;
	if (log_report_unpack(group->packed, &groups->report) < 0)
		return NULL;
	groups->unpacked = group;
	return &groups->report;
}

static void give(const struct position *position, struct cr2_log_position *ret)
{
	*ret = (struct cr2_log_position){
		.source = position->source, .line = position->line,
		.when = position->when[0] ? position->when : NULL,
	};
}

void cr2_log_group_first(const struct cr2_log_group *group, struct cr2_log_position *ret_position)
{
	give(&group->first, ret_position);
}

void cr2_log_group_last(const struct cr2_log_group *group, struct cr2_log_position *ret_position)
{
	give(&group->last, ret_position);
}

static bool give_range(const struct cr2_log_group *group, size_t number, struct cr2_log_range *ret)
{
	if (!(group->known & bit_of(number)))
		return false;
	*ret = *range_of(group, number);
	return true;
}

bool cr2_log_group_value(const struct cr2_log_group *group, enum cr2_log_value which,
			 struct cr2_log_range *ret_range)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(values); i++)
		if (values[i] == which)
			return give_range(group, i, ret_range);
	return false;
}

bool cr2_log_group_register(const struct cr2_log_group *group, enum cr2_register which,
			    struct cr2_log_range *ret_range)
{
	return which < CR2_REGISTER_COUNT && give_range(group, CR2_ARRAY_SIZE(values) + which, ret_range);
}

bool cr2_log_group_varies(const struct cr2_log_group *group, enum cr2_log_text which)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts); i++)
		if (texts[i] == which)
			return group->text_varies[i];
	return false;
}
