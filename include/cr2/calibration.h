/* SPDX-License-Identifier: MIT */
/*
 * What faults cost on a machine, as `cr2 bench` measured it, and the file that keeps it for
 * commands that give time as a range. A cost is nanoseconds a unit; one that could not be
 * measured is there too, with the reason.
 */
#ifndef CR2_CALIBRATION_H
#define CR2_CALIBRATION_H

#include <cr2/base.h>
#include <cr2/bench.h>
#include <cr2/record.h>

CR2_BEGIN_DECLS

/* Costs hold for one machine with one kernel. */
struct cr2_machine {
	char cpu[64]; /* the model's name, as /proc/cpuinfo has it; "" where it has none */
	char kernel[65]; /* release */
	unsigned cores; /* online */
};

/* Reads what this machine is. Returns 0 or a negative errno. */
int cr2_machine_read(struct cr2_machine *ret_machine);
bool cr2_machine_same(const struct cr2_machine *a, const struct cr2_machine *b);

enum cr2_cost_group {
#define X(id, name, heading) CR2_COST_##id,
#include <cr2/tables/cost_group.def>
#undef X
	CR2_COST_GROUPS,
};

struct cr2_cost {
	char name[24]; /* of the benchmark's case: "anon_alloc" */
	enum cr2_cost_group group;
	char unit[12]; /* "fault", "page", "fork" */
	enum cr2_path path; /* of each fault; CR2_PATH_UNKNOWN where a unit is no single fault */
	bool major;
	bool wall; /* elapsed time, waiting included; else what the thread itself ran */
	struct cr2_bench_figure ns; /* n 0: not measured */
	uint64_t units; /* in a round */
	uint64_t faults; /* that a round took, as the kernel counted and the case expects */
	unsigned refused; /* rounds that do not count: they took other faults than the case says */
	char note[120]; /* what to know of it, or why there is no figure; or "" */
	char date[24]; /* when measured, UTC: "2026-11-23T11:05:00Z" */
};

#define CR2_COSTS 48
struct cr2_calibration {
	struct cr2_machine machine;
	/* What else went on while it was measured last. */
	double load; /* runnable tasks, on the average of a minute, before it began */
	double stolen; /* part of the time that a hypervisor gave to others, 0 to 1 */
	uint64_t preempted; /* times that others ran on this CPU instead */
	size_t n;
	struct cr2_cost costs[CR2_COSTS];
};

const char *cr2_cost_group_name(enum cr2_cost_group group);
/* "Faults of one thread" */
const char *cr2_cost_group_heading(enum cr2_cost_group group);

/* By the case's name; NULL: there is none. */
const struct cr2_cost *cr2_calibration_find(const struct cr2_calibration *calibration,
					    const char *name);
/*
 * What a fault on this path costs, in ns: from the lowest lower quartile to the highest upper
 * quartile of all cases that take it. Returns 0, or -ENOENT: not measured.
 */
int cr2_calibration_range(const struct cr2_calibration *calibration, enum cr2_path path, bool major,
			  double *ret_low, double *ret_high);
/*
 * Takes over update's costs by name and keeps the others, if both are of the same machine;
 * else becomes update.
 */
void cr2_calibration_merge(struct cr2_calibration *calibration,
			   const struct cr2_calibration *update);

/* As JSON, for people to look at too. Returns 0 or -ENOMEM. */
int cr2_calibration_to_json(const struct cr2_calibration *calibration, struct cr2_text *text);
/*
 * Returns 0, -ENOMEM, or -EINVAL and what is wrong in diag, which the caller finishes.
 * What a newer cr2 wrote and this one does not know is left out.
 */
int cr2_calibration_from_json(const char *json, size_t size, struct cr2_calibration *ret_calibration,
			      struct cr2_diag *diag);

/*
 * Appends where this user's calibration is: $XDG_STATE_HOME/cr2/calibration.json, or
 * ~/.local/state/cr2/calibration.json. Returns 0, -ENOMEM, or -ENOENT: neither is set.
 */
int cr2_calibration_path(struct cr2_text *text);
/*
 * Returns 0 or a negative errno: -ENOENT where there is none, -EOPNOTSUPP where it is no regular
 * file, -EINVAL with diag as above.
 */
int cr2_calibration_load(const char *path, struct cr2_calibration *ret_calibration,
			 struct cr2_diag *diag);
/* Makes the folders, and replaces the file as a whole. Returns 0 or a negative errno. */
int cr2_calibration_save(const char *path, const struct cr2_calibration *calibration);

CR2_END_DECLS

#endif
