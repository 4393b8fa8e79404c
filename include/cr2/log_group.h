/* SPDX-License-Identifier: MIT */
/*
 * Equal crashes of a log, counted. Two reports are of equal crashes where the cause and the pattern
 * are the same and the same code crashed: the same offset in the same function of the kernel; or the
 * same program, at the same offset in the same file. Where the code was loaded does not count: of
 * code in no file, and of no function, only the place in its page does, and the whole address where
 * that is small. Where no ip is known, the accessed address counts. Memory grows with the crashes
 * that differ, not with the reports.
 *
 *     cr2_log_groups_create(&config, &groups);
 *     for each report (a cr2_log_report_fn may do it)
 *             cr2_log_groups_add(groups, report, "dmesg.txt");
 *     for (size_t i = 0; (group = cr2_log_groups_get(groups, i)); i++)
 *             ...
 *     cr2_log_groups_destroy(groups);
 */
#ifndef CR2_LOG_GROUP_H
#define CR2_LOG_GROUP_H

#include <cr2/log.h>

CR2_BEGIN_DECLS

struct cr2_log_groups_config {
	size_t size; /* of this struct, as the caller was compiled */
	/* How many crashes that differ are kept; reports of further ones are only counted. 0: all. */
	size_t most;
};

struct cr2_log_groups;
/* Returns 0, -ENOMEM, or -EINVAL: the config has no size. */
int cr2_log_groups_create(const struct cr2_log_groups_config *config,
			  struct cr2_log_groups **ret_groups);
void cr2_log_groups_destroy(struct cr2_log_groups *groups); /* NULL is fine */
/*
 * source names where the log is from, or is NULL; it lives as long as the groups. Returns 0, or
 * -ENOMEM, and then the report is not counted.
 */
int cr2_log_groups_add(struct cr2_log_groups *groups, const struct cr2_log_report *report,
		       const char *source);

struct cr2_log_groups_stats {
	uint64_t reports; /* all that were added */
	uint64_t left_out; /* those of them that belong to no group that is kept */
	size_t distinct; /* groups */
};
void cr2_log_groups_get_stats(const struct cr2_log_groups *groups,
			      struct cr2_log_groups_stats *ret_stats);

/* The groups, the largest first, those of one size in order of their first report. NULL: no more. */
struct cr2_log_group;
const struct cr2_log_group *cr2_log_groups_get(struct cr2_log_groups *groups, size_t i);

uint64_t cr2_log_group_count(const struct cr2_log_group *group);
/* The first report, whole; it stays until the report of another group is asked for. NULL: out of memory. */
const struct cr2_log_report *cr2_log_group_report(const struct cr2_log_group *group);

/* Where a report stands. Texts are NULL where they are not known. */
struct cr2_log_position {
	const char *source;
	const char *when;
	uint64_t line;
};
void cr2_log_group_first(const struct cr2_log_group *group, struct cr2_log_position *ret_position);
void cr2_log_group_last(const struct cr2_log_group *group, struct cr2_log_position *ret_position);

/* What the reports of a group have for one value. */
struct cr2_log_range {
	uint64_t reports; /* that hold it */
	uint64_t min, max; /* the same number: it does not vary */
};
/* false: no report holds it, or it is none of ADDR, ERROR, IP, SP, PID, CPU. */
bool cr2_log_group_value(const struct cr2_log_group *group, enum cr2_log_value which,
			 struct cr2_log_range *ret_range);
bool cr2_log_group_register(const struct cr2_log_group *group, enum cr2_register which,
			    struct cr2_log_range *ret_range);
/* Is a text not the same in all of them? COMM and KERNEL are watched. */
bool cr2_log_group_varies(const struct cr2_log_group *group, enum cr2_log_text which);

CR2_END_DECLS

#endif
