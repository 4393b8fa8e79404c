/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of a process that stands still, for the thread that made it, which runs this by hand: it is attached to
 * nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "../entries.h"
#include "../settle.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct trace_kernel trace_kernel = {};
const volatile __u8 trace_stream = 0; /* of walk.h: no neighbours are counted */
const volatile __u8 trace_brief = 0;

/* In this order: each uses the one before. */
#include "word.h"
#include "number.h"
#include "walk.h"
#include "page.h"

#define CHILDREN_MAX (1 << 20)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entries_request);
} requests SEC(".maps");

struct looking {
	struct entries_request *request;
	__u64 at, end; /* links of the list of children */
	__u64 pgd;
};

static long look_at_child(__u64 i, struct looking *looking)
{
	__u64 task = looking->at - bpf_core_field_offset(struct task_struct, sibling);
	__u64 mm;

	(void)i;
	if (!looking->at || looking->at == looking->end)
		return 1;
	looking->at = WORD_OF(struct list_head, looking->at, next);
	if (process_of(task) != looking->request->pid)
		return 0;
	mm = WORD_OF(struct task_struct, task, mm);
	looking->pgd = mm ? WORD_OF(struct mm_struct, mm, pgd) : 0;
	return 1;
}

static long look_at_page(__u64 i, struct looking *looking)
{
	struct trace_entry e = {};
	__u64 address, at = 0;

	if (i >= ENTRIES_MAX || i >= looking->request->n)
		return 1;
	address = looking->request->address + i * CR2_PAGE_SIZE;
	descend(looking->pgd, address, &e, &at);
	/* That a large page is exclusive is a flag of its first frame. */
	if (e.level == CR2_LEVEL_PMD)
		address &= ~((1ULL << 21) - 1);
	if (e.level == CR2_LEVEL_PUD)
		address &= ~((1ULL << 30) - 1);
	forget_page(&e);
	read_page(address, &e);
	looking->request->entries[i].value = e.value;
	looking->request->entries[i].level = e.level;
	looking->request->entries[i].exclusive = e.exclusive;
	return 0;
}

SEC("raw_tp/sys_enter")
int entries(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 self = (__u64)bpf_get_current_task_btf();
	__u32 key = 0;
	struct looking looking = {.request = bpf_map_lookup_elem(&requests, &key)};

	(void)ctx;
	if (!looking.request)
		return 0;
	looking.end = self + bpf_core_field_offset(struct task_struct, children);
	looking.at = word_at(looking.end);
	bpf_loop(CHILDREN_MAX, look_at_child, &looking, 0);
	looking.request->found = looking.pgd != 0;
	if (looking.pgd)
		bpf_loop(ENTRIES_MAX, look_at_page, &looking, 0);
	return 0;
}
