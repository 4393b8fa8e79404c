/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All pages of an address space that comes to its end: nobody uses it any more, and none of them is gone yet. Sent as
 * runs of pages alike. Behind what calls are.
 */
#ifndef TRACE_BPF_PAGES_H
#define TRACE_BPF_PAGES_H

#define STEPS_MOST (1 << 23) /* of bpf_loop() */
#define RUN_MOST 4095ULL /* pages */
#define LINE_PAGES 8ULL /* whose entries are a cache line */

struct look {
	__u64 pgd, at, end; /* the next page that is looked at, and where there are none any more */
	__u64 first, pages, state; /* the run that is under way */
	__u64 total; /* pages of all runs */
	__u64 n; /* runs that stand in the call */
	struct trace_entry entry;
	struct trace_call call;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct look);
} looks SEC(".maps");

/* The stack holds no more for a loop than where the rest is. */
struct looking {
	struct look *look;
	struct desk *desk;
};

static __always_inline void send_pages(struct desk *desk, struct look *look, __s64 result)
{
	look->call.result = result;
	send_call(desk, &look->call);
	__builtin_memset(look->call.args, 0, sizeof(look->call.args));
	look->n = 0;
}

static __always_inline void end_run(struct desk *desk, struct look *look)
{
	__u64 n = look->n;

	if (!look->pages)
		return;
	barrier_var(n);
	if (n < TRACE_CALL_ARGS)
		look->call.args[n] = CR2_PAGE_RUN(look->first, look->pages, look->state);
	look->n = n + 1;
	look->total += look->pages;
	look->pages = 0;
	if (look->n >= TRACE_CALL_ARGS)
		send_pages(desk, look, CR2_PAGES_MORE);
}

static __always_inline void add_pages(struct desk *desk, struct look *look, __u64 addr, __u64 pages, __u64 state)
{
	__u64 page = addr >> CR2_PAGE_SHIFT;

	if (look->state != state || look->first + look->pages != page || look->pages + pages > RUN_MOST)
		end_run(desk, look);
	if (!look->pages)
		look->first = page;
	look->state = state;
	look->pages += pages;
}

static __always_inline __u64 state_of(__u64 addr, struct trace_entry *e)
{
	__u64 state;

	forget_page(e);
	read_page(addr, e);
	state = e->kind & CR2_PAGE_RUN_KIND;
	if (e->value & TRACE_RW && e->kind != CR2_TRACE_PAGE_NONE)
		state |= CR2_PAGE_RUN_WRITABLE;
	if (e->order)
		state |= CR2_PAGE_RUN_LARGE;
	else if (e->maps == 1)
		state |= CR2_PAGE_RUN_ONCE;
	return state;
}

/* Eight entries at once: most of a table is empty. */
static __always_inline bool is_line_empty(__u64 at)
{
	__u64 all = 0;

	at &= ~(LINE_PAGES * 8 - 1);
#pragma unroll
	for (int i = 0; i < (int)LINE_PAGES; i++)
		all |= word_at(at + 8 * i);
	return !all;
}

static long look_at_next(__u64 step, struct looking *looking)
{
	struct look *look = looking->look;
	struct trace_entry *e = &look->entry;
	__u64 addr = look->at, at = 0, size;

	(void)step;
	if (addr >= look->end)
		return 1;
	descend(look->pgd, addr, e, &at);
	/* Entries for more than 2 MiB are taken in parts. */
	size = CR2_PAGE_SIZE;
	if (e->level >= CR2_LEVEL_PMD)
		size = 1ULL << 21;
	if (e->level >= CR2_LEVEL_PUD && !e->value)
		size = 1ULL << 30;
	if (e->level >= CR2_LEVEL_P4D)
		size = 1ULL << 39;
	if (e->value)
		add_pages(looking->desk, look, addr, size >> CR2_PAGE_SHIFT, state_of(addr, e));
	else if (e->level == CR2_LEVEL_PTE && is_line_empty(at))
		size = LINE_PAGES * CR2_PAGE_SIZE;
	look->at = (addr & ~(size - 1)) + size;
	return 0;
}

static __always_inline void look_at_space(__u64 mm)
{
	__u32 key = 0;
	struct looking looking = {.look = bpf_map_lookup_elem(&looks, &key), .desk = desk_of(TRACE_DESK_OTHER)};
	struct look *look = looking.look;

	if (!look || !looking.desk)
		return;
	__builtin_memset(look, 0, sizeof(*look));
	look->call.kind = CR2_CALL_PAGES;
	look->call.mm = mm;
	look->call.tgid = process_of((__u64)bpf_get_current_task_btf());
	look->pgd = WORD_OF(struct mm_struct, mm, pgd);
	look->end = 1ULL << (trace_kernel.la57 ? 56 : 47);
	bpf_loop(STEPS_MOST, look_at_next, &looking, 0);
	end_run(looking.desk, look);
	/* An address space that is larger than that was not looked at whole. */
	send_pages(looking.desk, look, look->at >= look->end ? (__s64)look->total : CR2_PAGES_MORE);
}

/*
 * The last thing before exit_mmap() takes the pages is that it takes the lock: whoever used the address space, by
 * whatever it ended, and whoever it is that lets go of it.
 */
SEC("raw_tp/mmap_lock_acquire_returned")
int call_space_ends(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 mm = ctx->args[0];
	__u8 *known;

	if ((int)PART_OF(struct mm_struct, mm, mm_users))
		return 0;
	known = bpf_map_lookup_elem(&spaces, &mm);
	if (!known || *known == SPACE_SEEN)
		return 0;
	*known = SPACE_SEEN;
	look_at_space(mm);
	return 0;
}

#endif
