/* SPDX-License-Identifier: MIT */
/* Faults that are demanded of a program, counted as they come. */
#include <errno.h>
#include <string.h>

#include <cr2/demand.h>

#include "base/random.h"

enum demand_who { ANYBODY, PROGRAM, CHILD };
enum demand_mode { ANY_MODE, USER, KERNEL };
enum demand_either { EITHER, YES, NO };
/* What can be said without knowing how a fault was settled: that it was not so, or all. */
enum demand_plain { NOTHING, WRONG, ALL };

/* A fault that is meant. What is 0 does not matter. */
struct demand_match {
	uint64_t paths; /* a bit each */
	uint64_t error_mask, error;
	enum demand_who who;
	enum demand_mode mode;
	enum demand_either major;
	unsigned before, mappings; /* a bit each */
	unsigned near; /* present entries of its aligned 64 KiB afterwards */
	bool near_less; /* fewer of them than all 16 */
	bool grows; /* no mapping was there before, and one that grows down afterwards */
	enum demand_plain plain; /* told by: */
	enum cr2_trace_access access;
	bool other; /* what no part above has */
	bool survives; /* no fault: the program's end */
};

struct demand_row {
	enum cr2_demand demand;
	const char *key, *text, *hint;
	uint32_t wanted;
	bool drawn, or_more;
	struct demand_match match;
};

struct demand_mistake {
	enum cr2_demand demand;
	enum cr2_misconception misconception;
	const char *text;
	struct demand_match match;
};

#define P(id) (1ULL << CR2_PATH_##id)
#define B(id) (1U << CR2_TRACE_PAGE_##id)
#define M(id) (1U << CR2_TRACE_MAPPING_##id)
#define N .drawn = true
#define EXACTLY(n) .wanted = (n)
#define AT_LEAST(n) .wanted = (n), .or_more = true
#define CR2_MISCONCEPTION_NONE CR2_MISCONCEPTION_COUNT

static const struct demand_row rows[] = {
#define PART(id, key_, text_, hint_, many, ...) \
	{.demand = CR2_DEMAND_##id, .key = (key_), .text = (text_), .hint = (hint_), many, .match = {__VA_ARGS__}},
#define MISTAKE(...)
#include "demand_part.def"
#undef PART
#undef MISTAKE
};

static const struct demand_mistake mistakes[] = {
#define PART(...)
#define MISTAKE(id, misconception_, text_, ...) \
	{.demand = CR2_DEMAND_##id, .misconception = CR2_MISCONCEPTION_##misconception_, .text = (text_), .match = {__VA_ARGS__}},
#include "demand_part.def"
#undef PART
#undef MISTAKE
};

#undef P
#undef B
#undef M
#undef N

static const struct {
	const char *name, *sentence;
	unsigned level;
	uint32_t least, most;
	enum cr2_demand_need need;
} demands[] = {
#define X(id, name_, level_, least_, most_, need_, sentence_) [CR2_DEMAND_##id] = { \
	.name = (name_), .sentence = (sentence_), .level = (level_), .least = (least_), .most = (most_), .need = CR2_DEMAND_NEED_##need_},
#include <cr2/tables/demand.def>
#undef X
};

/* ---- what there is ---- */

const char *cr2_demand_name(enum cr2_demand demand)
{
	return (unsigned)demand < CR2_DEMANDS ? demands[demand].name : NULL;
}

unsigned cr2_demand_level(enum cr2_demand demand)
{
	return demands[demand].level;
}

enum cr2_demand_need cr2_demand_need(enum cr2_demand demand)
{
	return demands[demand].need;
}

const char *cr2_demand_need_sentence(enum cr2_demand_need need)
{
	static const char *const sentences[] = {
#define X(id, sentence) sentence,
#include <cr2/tables/demand_need.def>
#undef X
	};

	return sentences[need];
}

int cr2_demand_parse(const char *name)
{
	for (int i = 0; i < CR2_DEMANDS; i++)
		if (strcmp(demands[i].name, name) == 0)
			return i;
	return -EINVAL;
}

int cr2_demand_make(enum cr2_demand demand, uint64_t seed, struct cr2_demand_task *ret_task)
{
	struct random random;

	if ((unsigned)demand >= CR2_DEMANDS)
		return -EINVAL;
	random_init(&random, random_seed(seed, demand));
	*ret_task = (struct cr2_demand_task){.demand = demand, .seed = seed};
	ret_task->n = demands[demand].least +
		      (uint32_t)random_below(&random, demands[demand].most - demands[demand].least + 1);
	return 0;
}

int cr2_demand_draw(unsigned level, uint64_t seed, enum cr2_demand *ret_demand)
{
	enum cr2_demand found[CR2_DEMANDS];
	struct random random;
	size_t n = 0;

	for (int i = 0; i < CR2_DEMANDS; i++)
		if (demands[i].level == level)
			found[n++] = (enum cr2_demand)i;
	if (n == 0)
		return -EINVAL;
	random_init(&random, random_seed(seed, level));
	*ret_demand = found[random_below(&random, n)];
	return 0;
}

int cr2_demand_text(const struct cr2_demand_task *task, const char *words, struct cr2_text *text)
{
	const char *at = strchr(words, '%');

	if (!at)
		return cr2_text_append(text, words);
	return cr2_text_printf(text, "%.*s%u%s", (int)(at - words), words, task->n, at + 1);
}

int cr2_demand_sentence(const struct cr2_demand_task *task, struct cr2_text *text)
{
	return cr2_demand_text(task, demands[task->demand].sentence, text);
}

/* The first row of a demand; the others follow it. */
static const struct demand_row *rows_of(enum cr2_demand demand, size_t *ret_n)
{
	size_t first = 0, n = 0;

	while (rows[first].demand != demand)
		first++;
	while (first + n < CR2_ARRAY_SIZE(rows) && rows[first + n].demand == demand)
		n++;
	*ret_n = n;
	return &rows[first];
}

size_t cr2_demand_parts(const struct cr2_demand_task *task, struct cr2_demand_part ret_parts[CR2_DEMAND_PARTS])
{
	size_t n;
	const struct demand_row *row = rows_of(task->demand, &n);

	for (size_t i = 0; i < n; i++, row++)
		ret_parts[i] = (struct cr2_demand_part){.key = row->key, .text = row->text, .hint = row->hint,
							.wanted = row->drawn ? task->n : row->wanted, .or_more = row->or_more,
							.counts = !row->match.survives};
	return n;
}

/* ---- faults ---- */

static bool bit_of(uint64_t bits, unsigned number)
{
	return !bits || (bits >> number & 1);
}

static bool either_is(enum demand_either wanted, bool is)
{
	return wanted == EITHER || (wanted == YES) == is;
}

static bool grew(const struct cr2_traced_fault *fault)
{
	return fault->path == CR2_PATH_ANON_ALLOC && fault->late && fault->flags & CR2_VM(GROWSDOWN);
}

/* What each source knows. */
static bool is_who(const struct cr2_demand_report *report, const struct demand_match *m, const struct cr2_traced_fault *fault)
{
	return (m->who == ANYBODY || (m->who == PROGRAM) == (fault->pid == report->program)) &&
	       (m->mode == ANY_MODE || (m->mode == KERNEL) == fault->kernel) && either_is(m->major, fault->major);
}

static bool is_meant(const struct cr2_demand_report *report, const struct demand_match *m, const struct cr2_traced_fault *fault)
{
	if (m->survives || m->other || !is_who(report, m, fault))
		return false;
	if (report->source == CR2_TRACE_SOURCE_PERF)
		return m->plain && (!m->access || m->access == fault->access);
	return bit_of(m->paths, fault->path) && (fault->error & m->error_mask) == m->error && bit_of(m->before, fault->before.kind) &&
	       bit_of(m->mappings, fault->mapping) && (!m->near || m->near == fault->after.near) &&
	       (!m->near_less || fault->after.near < 16) && (!m->grows || grew(fault));
}

void cr2_demand_report_begin(const struct cr2_demand_task *task, enum cr2_trace_source source,
			     struct cr2_demand_report *ret_report)
{
	*ret_report = (struct cr2_demand_report){.task = *task, .source = source};
	ret_report->n_parts = cr2_demand_parts(task, ret_report->parts);
}

void cr2_demand_report_fault(struct cr2_demand_report *report, const struct cr2_traced_fault *fault)
{
	const enum cr2_demand demand = report->task.demand;
	const struct demand_row *row;
	bool found = false;
	size_t n;

	if (fault->addr - CR2_ARENA_START >= CR2_ARENA_BYTES)
		return;
	if (report->n_faults < CR2_DEMAND_FAULTS) {
		struct cr2_traced_fault *kept = &report->faults[report->n_faults];

		*kept = *fault;
		kept->comm = kept->name = "";
		kept->calls = (struct cr2_trace_calls){0};
	}
	report->n_faults++;
	row = rows_of(demand, &n);
	for (size_t i = 0; i < n; i++, row++)
		if (row->match.other ? !found && is_who(report, &row->match, fault) : is_meant(report, &row->match, fault)) {
			report->seen[i].seen++;
			found = true;
		}
	for (size_t i = 0, bit = 0; i < CR2_ARRAY_SIZE(mistakes); i++)
		if (mistakes[i].demand == demand) {
			if (is_meant(report, &mistakes[i].match, fault))
				report->mistakes |= 1U << bit;
			bit++;
		}
}

/* ---- what it comes to ---- */

static enum cr2_demand_verdict judge_part(const struct cr2_demand_report *report, const struct demand_row *row, size_t i)
{
	const struct cr2_demand_part *part = &report->parts[i];
	const uint64_t seen = report->seen[i].seen;

	if (row->match.survives)
		return report->end == CR2_DEMAND_EXITED && report->code == 0 ? CR2_DEMAND_RIGHT : CR2_DEMAND_WRONG;
	if (report->source == CR2_TRACE_SOURCE_PERF && !row->match.plain)
		return CR2_DEMAND_NOT_RUN;
	if (seen > part->wanted && !part->or_more)
		return CR2_DEMAND_WRONG; /* more than that can only be worse */
	if (report->lost)
		return CR2_DEMAND_NOT_RUN;
	if (seen < part->wanted)
		return CR2_DEMAND_WRONG;
	return report->source == CR2_TRACE_SOURCE_PERF && row->match.plain == WRONG ? CR2_DEMAND_NOT_RUN : CR2_DEMAND_RIGHT;
}

void cr2_demand_report_end(struct cr2_demand_report *report, enum cr2_demand_end end, int code, uint64_t lost)
{
	size_t n;
	const struct demand_row *row = rows_of(report->task.demand, &n);

	report->end = end;
	report->code = code;
	report->lost = lost;
	for (size_t i = 0; i < n; i++, row++)
		report->seen[i].verdict = judge_part(report, row, i);
}

enum cr2_demand_verdict cr2_demand_verdict(const struct cr2_demand_report *report)
{
	enum cr2_demand_verdict verdict = report->end == CR2_DEMAND_TIME_OUT ? CR2_DEMAND_WRONG : CR2_DEMAND_RIGHT;

	for (size_t i = 0; i < report->n_parts && verdict != CR2_DEMAND_WRONG; i++)
		if (report->seen[i].verdict != CR2_DEMAND_RIGHT)
			verdict = report->seen[i].verdict;
	return verdict;
}

const char *cr2_demand_verdict_name(enum cr2_demand_verdict verdict)
{
	static const char *const names[] = {
		[CR2_DEMAND_RIGHT] = "right", [CR2_DEMAND_WRONG] = "wrong", [CR2_DEMAND_NOT_RUN] = "not run"};

	return names[verdict];
}

bool cr2_demand_mistake(const struct cr2_demand_report *report, size_t i, const char **ret_text,
			enum cr2_misconception *ret_misconception)
{
	if (cr2_demand_verdict(report) != CR2_DEMAND_WRONG)
		return false;
	for (size_t j = 0, bit = 0; j < CR2_ARRAY_SIZE(mistakes); j++) {
		if (mistakes[j].demand != report->task.demand)
			continue;
		if (report->mistakes >> bit++ & 1 && i-- == 0) {
			*ret_text = mistakes[j].text;
			*ret_misconception = mistakes[j].misconception;
			return true;
		}
	}
	return false;
}
