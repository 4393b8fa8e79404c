/* SPDX-License-Identifier: MIT */
/*
 * Faults of one's own processes by perf events, for those without the right to BPF: user mode alone, address and
 * instruction, but not what settled them.
 */
#ifndef TRACE_OWN_H
#define TRACE_OWN_H

#include <cr2/recording.h>
#include <cr2/trace.h>

struct own;
/* Returns 0, or a negative errno with what failed in reason. */
int own_open(const struct cr2_trace_config *config, struct own **ret_own, struct cr2_text *reason);
void own_close(struct own *own);
/* As cr2_trace_follow(), cr2_trace_take() (fn: or NULL) and cr2_trace_read(). */
int own_follow(struct own *own, uint64_t pid, bool from_exec);
int own_take(struct own *own, int milliseconds, cr2_trace_fn *fn, void *data);
int own_read(struct own *own, struct cr2_trace_counts *ret_counts);
int own_comm(struct own *own, uint64_t pid, char ret_comm[CR2_COMM_SIZE]);
/*
 * Before anything is followed: hands over also what the kernel tells of these processes and their mappings, with build
 * ids in it, in the order of time with the faults. What fn returns, if not 0, ends it.
 */
struct perf_record;
typedef int own_record_fn(void *data, struct perf_record *record);
void own_on_record(struct own *own, own_record_fn *fn, void *data);
/* Nothing more is recorded from now on. */
void own_stop(struct own *own);
/* Faults that had no room, as far as it is certain: all, where it was stopped and then everything taken. */
uint64_t own_lost(struct own *own);
/* As cr2_trace_map(). */
bool own_map(const struct own *own, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map);

#endif
