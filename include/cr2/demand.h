/* SPDX-License-Identifier: MIT */
/*
 * Faults that are demanded of a learner's program (cr2 learn force), and what the kernel's own count of them comes to.
 * Demanded are faults in the arena, a range of addresses that a program only has where it asks for it: what else it does
 * disturbs nothing, and nothing that it prints counts.
 *
 *     cr2_demand_make(demand, seed, &task);
 *     cr2_demand_report_begin(&task, CR2_TRACE_SOURCE_BPF, &report);
 *     cr2_demand_report_fault(&report, program, fault) for each fault, in their order
 *     cr2_demand_report_end(&report, ...);
 */
#ifndef CR2_DEMAND_H
#define CR2_DEMAND_H

#include <cr2/learn.h>
#include <cr2/trace.h>

CR2_BEGIN_DECLS

enum cr2_demand {
#define X(id, name, level, least, most, need, sentence) CR2_DEMAND_##id,
#include <cr2/tables/demand.def>
#undef X
	CR2_DEMANDS,
};
/* What it takes of the machine. */
enum cr2_demand_need {
#define X(id, sentence) CR2_DEMAND_NEED_##id,
#include <cr2/tables/demand_need.def>
#undef X
	CR2_DEMAND_NEEDS,
};
const char *cr2_demand_name(enum cr2_demand demand); /* "cow"; NULL outside the table */
unsigned cr2_demand_level(enum cr2_demand demand);
enum cr2_demand_need cr2_demand_need(enum cr2_demand demand);
const char *cr2_demand_need_sentence(enum cr2_demand_need need);
int cr2_demand_parse(const char *name); /* the enumerator, or -EINVAL */

#define CR2_ARENA_START 0x100000000000
#define CR2_ARENA_BYTES (64 << 20)

/* A demand with its number. */
struct cr2_demand_task {
	enum cr2_demand demand;
	uint64_t seed;
	uint32_t n; /* how many: drawn from the seed */
};
/* 0, or -EINVAL: no such demand. */
int cr2_demand_make(enum cr2_demand demand, uint64_t seed, struct cr2_demand_task *ret_task);
/* One of the demands of a level, by the seed; -EINVAL: there is no such level. */
int cr2_demand_draw(unsigned level, uint64_t seed, enum cr2_demand *ret_demand);
/* Appends what is demanded, in words. 0 or -ENOMEM. */
int cr2_demand_sentence(const struct cr2_demand_task *task, struct cr2_text *text);

/* One thing that a demand consists of. */
#define CR2_DEMAND_PARTS 4
struct cr2_demand_part {
	const char *key, *text, *hint; /* in text and hint '%' stands for the task's number */
	uint32_t wanted; /* faults; of a part that only wants the program's good end: 0 */
	bool or_more, counts; /* counts: it is about faults */
};
size_t cr2_demand_parts(const struct cr2_demand_task *task, struct cr2_demand_part ret_parts[CR2_DEMAND_PARTS]);
/* Appends a part's text or hint with the number in its place. 0 or -ENOMEM. */
int cr2_demand_text(const struct cr2_demand_task *task, const char *words, struct cr2_text *text);

enum cr2_demand_verdict {
	CR2_DEMAND_RIGHT,
	CR2_DEMAND_WRONG,
	CR2_DEMAND_NOT_RUN, /* nobody knows */
};

/* How the program ended. */
enum cr2_demand_end {
	CR2_DEMAND_EXITED, /* code: its status */
	CR2_DEMAND_KILLED, /* code: the signal */
	CR2_DEMAND_TIME_OUT, /* code: seconds */
};

#define CR2_DEMAND_FAULTS 20
struct cr2_demand_report {
	struct cr2_demand_task task;
	enum cr2_trace_source source;
	uint64_t program; /* its process */
	enum cr2_demand_end end;
	int code;
	uint64_t lost; /* faults that were not recorded, wherever they hit */
	uint64_t n_faults; /* in the arena */
	struct cr2_traced_fault faults[CR2_DEMAND_FAULTS]; /* the first of them, without names */
	size_t n_parts;
	struct cr2_demand_part parts[CR2_DEMAND_PARTS];
	struct cr2_demand_seen {
		enum cr2_demand_verdict verdict;
		uint64_t seen;
	} seen[CR2_DEMAND_PARTS];
	uint32_t mistakes; /* a bit each: rows that were seen */
};
void cr2_demand_report_begin(const struct cr2_demand_task *task, enum cr2_trace_source source,
			     struct cr2_demand_report *ret_report);
void cr2_demand_report_fault(struct cr2_demand_report *report, const struct cr2_traced_fault *fault);
void cr2_demand_report_end(struct cr2_demand_report *report, enum cr2_demand_end end, int code, uint64_t lost);
/* Right: all parts are, and the program ended in time. */
enum cr2_demand_verdict cr2_demand_verdict(const struct cr2_demand_report *report);
const char *cr2_demand_verdict_name(enum cr2_demand_verdict verdict); /* "not run" */
/*
 * What it may come from that a demand is not met: the i-th, or false. *ret_misconception: CR2_MISCONCEPTION_COUNT where
 * it is none of them.
 */
bool cr2_demand_mistake(const struct cr2_demand_report *report, size_t i, const char **ret_text,
			enum cr2_misconception *ret_misconception);

CR2_END_DECLS

#endif
