/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All pages of an address space, as runs of pages alike: of one that comes to its end, when nobody uses it any more, and
 * none of them is gone yet; and, with its mappings, of one that was there before tracing began.
 */
#ifndef TRACE_BPF_PAGES_H
#define TRACE_BPF_PAGES_H

#define SPACE_KNOWN 1
#define SPACE_SEEN 2 /* its pages were looked at when it came to its end */
#define SPACE_BEGUN 3 /* a program is being put into it, and was from its beginning on */

/*
 * Set when all programs are attached and the reader is told of processes: who is in the middle of something then is found
 * as it is behind it. What changes before is in no recording.
 */
__u32 trace_calls_begun = 0;

/* Address spaces of whom is followed; whoever lets go of one last may be somebody else. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} spaces SEC(".maps");

static __always_inline void know_space(__u64 mm, __u8 known)
{
	bpf_map_update_elem(&spaces, &mm, &known, BPF_ANY);
}

static __always_inline void send_call(struct desk *desk, struct trace_call *call)
{
	call->time = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(&ring, call, sizeof(*call), wake_up(desk)))
		desk->books[TRACE_LOST_CALLS]++;
}

#define STEPS_MOST (1 << 23) /* of bpf_loop() */
#define MAPPINGS_MOST (1 << 18) /* and gaps between */
#define LINE_PAGES 8ULL /* whose entries are a cache line */

struct look {
	__u64 pgd, at, end; /* the next page that is looked at, and where there are none any more */
	__u64 first, pages, state; /* the run that is under way */
	__u64 total; /* pages of all runs */
	__u64 n; /* runs that stand in the call */
	struct trace_entry entry;
	struct trace_vma vma;
	char name[TRACE_NAME]; /* the stack has no room for it */
	struct trace_call call;
	bool found; /* frames that others have, too, are told */
	__u64 shared, n_shared, shared_maps; /* pages next to each other with such frames, which stand in this call */
	struct trace_call frames;
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

static __always_inline void name_file(struct trace_call *call, const struct trace_vma *vma)
{
	call->inode = vma->inode;
	call->size = vma->size;
	call->device = vma->device;
	call->mapping = vma->kind;
	call->page_shift = vma->page_shift;
}

/* Of the file that is mapped. */
static __always_inline __u64 pages_in_memory(struct vm_area_struct *vma)
{
	__u64 file = WORD_OF(struct vm_area_struct, vma, vm_file);

	return file ? WORD_OF(struct address_space, WORD_OF(struct inode, WORD_OF(struct file, file, f_inode), i_mapping),
			      nrpages) : 0;
}

/* Where its arguments, its heap and its stack begin, and the heap ends. */
static __always_inline void read_program(__u64 mm, uint64_t *args)
{
	args[0] = WORD_OF(struct mm_struct, mm, arg_start);
	args[1] = WORD_OF(struct mm_struct, mm, start_brk);
	args[2] = WORD_OF(struct mm_struct, mm, start_stack);
	args[3] = WORD_OF(struct mm_struct, mm, brk);
}

/* A mapping, or a gap. */
static long look_at_mapping(__u64 step, struct looking *looking)
{
	struct look *look = looking->look;
	struct trace_call *call = &look->call;
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	struct trace_vma *o = &look->vma;
	struct vm_area_struct *vma;
	__u64 last;

	(void)step;
	if (!mm || look->at >= look->end)
		return 1;
	vma = find_range(mm, look->at, looking->desk->node, &last);
	/* What is just being changed is there at the next step. */
	if (!last)
		return 0;
	if (vma && read_vma(mm, vma, look->at, o, look->name)) {
		call->args[0] = o->start;
		call->args[1] = o->end;
		call->args[2] = o->flags;
		call->args[3] = o->offset;
		call->args[4] = pages_in_memory(vma);
		name_file(call, o);
		call->result++;
		send_call(looking->desk, call);
	}
	/* The last gap ends where addresses do. */
	look->at = last < look->end >> CR2_PAGE_SHIFT ? (last + 1) << CR2_PAGE_SHIFT : look->end;
	return 0;
}

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

	if (look->state != state || look->first + look->pages != page || look->pages + pages > CR2_PAGE_RUN_MOST)
		end_run(desk, look);
	if (!look->pages)
		look->first = page;
	look->state = state;
	look->pages += pages;
}

static __always_inline void send_frames(struct desk *desk, struct look *look)
{
	if (!look->n_shared)
		return;
	look->frames.args[0] = CR2_PAGE_RUN(look->shared, look->n_shared, look->shared_maps);
	look->frames.mm = look->call.mm;
	look->frames.tgid = look->call.tgid;
	look->frames.kind = CR2_CALL_FRAMES;
	send_call(desk, &look->frames);
	look->n_shared = 0;
}

/* How often, where that is told of this page by itself; 0: not. */
static __always_inline __u64 maps_of(const struct trace_entry *e)
{
	const bool told = !e->order || (e->level == CR2_LEVEL_PMD && bpf_core_field_exists(struct folio___large, _large_mapcount));

	return told && e->maps > 0 && e->maps <= (int)CR2_PAGE_RUN_STATE ? (__u64)e->maps : 0;
}

static __always_inline bool is_swapped(const struct trace_entry *e)
{
	return e->level == CR2_LEVEL_PTE && !(e->value & (TRACE_PRESENT | TRACE_PROTNONE)) &&
	       1U << TRACE_SWAP_TYPE(e->value) & trace_kernel.swap_types;
}

/* Of anonymous memory that is not this one's alone, whose relatives have the same frame; 0: it is, or has none. */
static __always_inline __u64 shared_frame(const struct trace_entry *e)
{
	if (is_swapped(e))
		return e->value & TRACE_SWAP_EXCLUSIVE || TRACE_SWAP_OFFSET(e->value) >> CR2_SLOT_BITS ? 0 :
		       CR2_SLOT(TRACE_SWAP_TYPE(e->value), TRACE_SWAP_OFFSET(e->value));
	if (e->kind != CR2_TRACE_PAGE_ANON || e->exclusive || (!e->order && e->maps == 1) || !(e->value & TRACE_PRESENT) ||
	    e->level > CR2_LEVEL_PMD)
		return 0;
	return (e->value & TRACE_FRAME) >> CR2_PAGE_SHIFT;
}

static __always_inline void add_frame(struct desk *desk, struct look *look, __u64 addr, const struct trace_entry *e)
{
	__u64 page = addr >> CR2_PAGE_SHIFT, frame = shared_frame(e), maps = maps_of(e), n;

	if (!frame || frame >> 32)
		return;
	if (e->level == CR2_LEVEL_PMD)
		page &= ~511ULL;
	if (look->n_shared >= CR2_FRAMES_MOST || look->shared + look->n_shared != page || look->shared_maps != maps ||
	    e->level == CR2_LEVEL_PMD)
		send_frames(desk, look);
	if (!look->n_shared)
		look->shared = page;
	look->shared_maps = maps;
	n = look->n_shared;
	barrier_var(n);
	if (n < CR2_FRAMES_MOST)
		((__u32 *)look->frames.args)[2 + n] = frame;
	look->n_shared = n + 1;
}

static __always_inline __u64 state_of(__u64 addr, struct trace_entry *e)
{
	__u64 state;

	forget_page(e);
	read_page(addr, e);
	if (is_swapped(e))
		return CR2_TRACE_PAGE_NONE | CR2_PAGE_RUN_SWAPPED |
		       (e->value & TRACE_SWAP_EXCLUSIVE ? CR2_PAGE_RUN_EXCLUSIVE : 0);
	state = e->kind & CR2_PAGE_RUN_KIND;
	if (e->value & TRACE_RW && e->kind != CR2_TRACE_PAGE_NONE)
		state |= CR2_PAGE_RUN_WRITABLE;
	if (e->exclusive)
		state |= CR2_PAGE_RUN_EXCLUSIVE;
	if (e->level > CR2_LEVEL_PTE)
		state |= CR2_PAGE_RUN_HUGE;
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
	if (e->value) {
		add_pages(looking->desk, look, addr, size >> CR2_PAGE_SHIFT, state_of(addr, e));
		if (look->found)
			add_frame(looking->desk, look, addr, e);
	} else if (e->level == CR2_LEVEL_PTE && is_line_empty(at))
		size = LINE_PAGES * CR2_PAGE_SIZE;
	look->at = (addr & ~(size - 1)) + size;
	return 0;
}

static __always_inline void begin_look(struct look *look, __u64 mm)
{
	__builtin_memset(look, 0, sizeof(*look));
	look->call.mm = mm;
	look->call.tgid = process_of((__u64)bpf_get_current_task_btf());
	look->pgd = WORD_OF(struct mm_struct, mm, pgd);
	look->end = 1ULL << (trace_kernel.la57 ? 56 : 47);
}

static __always_inline void look_at_pages(struct looking *looking)
{
	struct look *look = looking->look;

	look->call.kind = CR2_CALL_PAGES;
	bpf_loop(STEPS_MOST, look_at_next, looking, 0);
	end_run(looking->desk, look);
	send_frames(looking->desk, look);
	/* An address space that is larger than that was not looked at whole. */
	send_pages(looking->desk, look, look->at >= look->end ? (__s64)look->total : CR2_PAGES_MORE);
}

static __noinline int look_at_space(__u64 mm)
{
	__u32 key = 0;
	struct looking looking = {.look = bpf_map_lookup_elem(&looks, &key), .desk = desk_of(TRACE_DESK_OTHER)};

	if (!looking.look || !looking.desk)
		return 0;
	begin_look(looking.look, mm);
	look_at_pages(&looking);
	return 0;
}

/* An address space that was there before: its mappings, then its pages. */
static __noinline int look_at_found(__u64 mm)
{
	__u32 key = 0;
	struct looking looking = {.look = bpf_map_lookup_elem(&looks, &key), .desk = desk_of(TRACE_DESK_OTHER)};
	struct look *look = looking.look;
	__u32 mappings;

	if (!look || !looking.desk)
		return 0;
	begin_look(look, mm);
	look->call.kind = CR2_CALL_FOUND;
	read_program(mm, look->call.args);
	look->call.args[4] = WORD_OF(struct mm_struct, mm, def_flags);
	send_call(looking.desk, &look->call);
	look->call.kind = CR2_CALL_MAPPED;
	bpf_loop(MAPPINGS_MOST, look_at_mapping, &looking, 0);
	/* What was not reached is missing, and so is not counted to the end. */
	mappings = look->at >= look->end ? (__u32)look->call.result : ~0U;
	begin_look(look, mm);
	look->call.number = mappings;
	look->found = true;
	look_at_pages(&looking);
	return 0;
}

/*
 * Whoever is the first to do something in an address space that nobody knows looks at it, so that what is found stands
 * at one point of the order of things. One that a program is just being put into has no code yet: it is new.
 */
static __always_inline bool find_space(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	__u64 key = (__u64)mm;
	__u8 known = SPACE_KNOWN;

	if (!trace_calls_begun || !mm || !mm->end_code || bpf_map_lookup_elem(&spaces, &key) ||
	    bpf_map_update_elem(&spaces, &key, &known, BPF_NOEXIST))
		return false;
	look_at_found(key);
	return true;
}

#endif
