/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/mmap.c and mm/vma.c: the mappings of a process, in a tree by where they start, each
 * with its neighbours. Where the kernel picks an address, the source of the operations has done
 * so already.
 */
#include "mm.h"

#define MAX_MAP_COUNT 65530
#define MMAP_MIN_ADDR 65536
#define END_32BIT 0x80000000ULL /* of what MAP_32BIT allows */

/* How much there is, and may be. */

static bool is_data_mapping(uint64_t flags)
{
	return (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

void vm_stat_account(struct process *mm, uint64_t flags, uint64_t pages)
{
	mm->total_vm += pages;
	mm->data_vm += is_data_mapping(flags) ? pages : 0;
}

/* Of whoever acts. */
uint64_t rlimit_pages(const struct cr2_model *m, enum cr2_limit limit)
{
	return process_at(m, m->other ? m->other - 1 : m->current)->limits[limit] >> CR2_PAGE_SHIFT;
}

bool may_expand_vm(const struct cr2_model *m, const struct process *mm, uint64_t flags, uint64_t pages)
{
	return mm->total_vm + pages <= rlimit_pages(m, CR2_LIMIT_AS) &&
	       (!is_data_mapping(flags) || mm->data_vm + pages <= rlimit_pages(m, CR2_LIMIT_DATA));
}

/* The last that starts at or below address, or 0. */
static uint32_t floor_vma(const struct cr2_model *m, const struct process *mm, uint64_t address)
{
	struct tree_entry entry;

	return tree_up_to(&m->trees, &mm->vmas, address, &entry) ? entry.value : 0;
}

struct vma *find_other_vma(struct cr2_model *m, struct process *mm, uint64_t address)
{
	struct vma *vma = vma_of(m, floor_vma(m, mm, address));

	if (!vma)
		vma = vma_of(m, mm->first_vma);
	else if (vma->end <= address)
		vma = vma_of(m, vma->after);
	if (vma)
		*recent_vma(m, mm, address) = vma;
	return vma;
}

struct vma *vma_lookup(struct cr2_model *m, struct process *mm, uint64_t address)
{
	struct vma *vma = find_vma(m, mm, address);

	return vma && vma->start <= address ? vma : NULL;
}

const struct vma *vma_peek_next(const struct cr2_model *m, const struct process *mm,
				uint64_t address)
{
	const struct vma *vma = vma_at(m, floor_vma(m, mm, address));

	if (!vma)
		return vma_at(m, mm->first_vma);
	return vma->end <= address ? vma_at(m, vma->after) : vma;
}

const struct vma *vma_peek(const struct cr2_model *m, const struct process *mm, uint64_t address)
{
	const struct vma *vma = vma_at(m, floor_vma(m, mm, address));

	return vma && address < vma->end ? vma : NULL;
}

/* The object's list of mappings. */

static void object_link(struct cr2_model *m, struct vma *vma)
{
	struct object *object;

	if (vma->object == CR2_NO_OBJECT)
		return;
	object = object_of(m, vma->object);
	object->refs++;
	vma->object_before = 0;
	vma->object_after = object->vmas;
	if (object->vmas)
		vma_of(m, object->vmas)->object_before = vma->number;
	object->vmas = vma->number;
}

static void object_unlink(struct cr2_model *m, const struct vma *vma)
{
	if (vma->object == CR2_NO_OBJECT)
		return;
	if (vma->object_before)
		vma_of(m, vma->object_before)->object_after = vma->object_after;
	else
		object_of(m, vma->object)->vmas = vma->object_after;
	if (vma->object_after)
		vma_of(m, vma->object_after)->object_before = vma->object_before;
	object_put(m, vma->object);
}

/* Neighbours by address. */

static void link_after(struct cr2_model *m, struct process *mm, uint32_t before, struct vma *vma)
{
	uint32_t *from = before ? &vma_of(m, before)->after : &mm->first_vma;

	vma->before = before;
	vma->after = *from;
	*from = vma->number;
	if (vma->after)
		vma_of(m, vma->after)->before = vma->number;
}

static void unlink_vma(struct cr2_model *m, struct process *mm, const struct vma *vma)
{
	if (vma->before)
		vma_of(m, vma->before)->after = vma->after;
	else
		mm->first_vma = vma->after;
	if (vma->after)
		vma_of(m, vma->after)->before = vma->before;
}

/* Its number alone is set; NULL: memory ran out. */
static struct vma *vma_new(struct cr2_model *m)
{
	uint32_t number = numbers_take(&m->trees, &m->vma_numbers);
	struct vma *vma;

	if (!number || array_reserve(&m->vmas, &vma_kind, number + 1UL) < 0)
		return NULL;
	vma = vma_of(m, number);
	if (vma)
		vma->number = number;
	return vma;
}

int vma_insert(struct cr2_model *m, struct process *mm, const struct vma *template)
{
	uint32_t before = floor_vma(m, mm, template->start);
	struct vma *vma = vma_new(m);
	uint32_t number;

	if (!vma)
		goto failed;
	number = vma->number;
	if (tree_set(&m->trees, &mm->vmas, template->start, number) < 0)
		goto failed;
	*vma = *template;
	vma->number = number;
	vma->process = mm->number;
	link_after(m, mm, before, vma);
	object_link(m, vma);
	mm->n_vmas++;
	return 0;
failed:
	m->failed = true;
	return -ENOMEM;
}

static void vma_remove(struct cr2_model *m, struct process *mm, struct vma *vma)
{
	uint32_t number = vma->number;

	tree_delete(&m->trees, &mm->vmas, vma->start);
	unlink_vma(m, mm, vma);
	object_unlink(m, vma);
	*vma = (struct vma){0};
	mm->n_vmas--;
	if (numbers_give(&m->trees, &m->vma_numbers, number) < 0)
		m->failed = true;
}

int vma_split(struct cr2_model *m, struct process *mm, uint64_t address)
{
	struct vma *vma = vma_lookup(m, mm, address);
	struct vma upper;
	int r;

	if (!vma || vma->start == address)
		return 0;
	if (address & (vma_kernel_pagesize(vma) - 1))
		return -EINVAL;
	if (mm->n_vmas >= MAX_MAP_COUNT)
		return -ENOMEM;
	upper = *vma;
	upper.page_offset = vma_pgoff(vma, address);
	upper.start = address;
	vma->end = address;
	r = vma_insert(m, mm, &upper);
	if (r < 0)
		return r;
	vma_split_huge(m, mm, address);
	return 0;
}

int vma_split_borders(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	int r = vma_split(m, mm, start);

	return r == 0 ? vma_split(m, mm, end) : r;
}

/*
 * Before what lies there is to go. What is sealed stays, with all around it; where it is found behind the
 * first mapping, that one has been split by then.
 */
static int split_to_unmap(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	struct vma *vma = find_vma(m, mm, start);
	int r;

	for (; vma && vma->start < end; vma = vma_of(m, vma->after)) {
		if (!(vma->flags & VM_SEALED))
			continue;
		r = vma->start < start ? 0 : vma_split(m, mm, start);
		return r < 0 ? r : -EPERM;
	}
	return vma_split_borders(m, mm, start, end);
}

/*
 * May a mapping take in its neighbour's pages? One without anonymous pages joins one that has
 * them, unless those came through fork. Kernels before 6.16 let only the changed one join.
 */
static bool anon_vma_compatible(const struct cr2_model *m, const struct vma *changed,
				const struct vma *neighbour)
{
	if (!changed->anon_vma == !neighbour->anon_vma)
		return changed->anon_vma == neighbour->anon_vma;
	if (neighbour->anon_vma)
		return !neighbour->cloned;
	return m->profile->merge_into_unfaulted && !changed->cloned;
}

static bool can_merge(const struct vma *low, const struct vma *high)
{
	return low->end == high->start && !((low->flags ^ high->flags) & ~(uint64_t)VM_STICKY) &&
	       !(low->flags & VM_DONTEXPAND) && low->object == high->object && low->attached == high->attached && vma_pgoff(low, low->end) == high->page_offset;
}

/* Makes one of two neighbours. Soft-dirty it is where the one that takes in the other was. */
static void merge(struct cr2_model *m, struct process *mm, struct vma *low, struct vma *high, const struct vma *taker)
{
	const uint64_t soft = taker->flags & VM_SOFTDIRTY;

	low->end = high->end;
	low->flags = ((low->flags | high->flags) & ~(uint64_t)VM_SOFTDIRTY) | soft;
	if (!low->anon_vma) {
		low->anon_vma = high->anon_vma;
		low->cloned = high->cloned;
	}
	vma_remove(m, mm, high);
}

void vma_merge_around(struct cr2_model *m, struct process *mm, uint64_t address, bool down, uint32_t except)
{
	struct vma *vma = vma_lookup(m, mm, address);
	struct vma *low = vma_of(m, down ? vma->before : 0), *high = vma_of(m, vma->after);

	if (low && !(low->number != except && can_merge(low, vma) && anon_vma_compatible(m, vma, low)))
		low = NULL;
	if (high && !(high->number != except && can_merge(vma, high) && anon_vma_compatible(m, vma, high)))
		high = NULL;
	/* Of what shmat attached, whose end somebody hears of, none goes that was there. */
	if (vma->attached && (low || !m->profile->merges_attached))
		high = NULL;
	if (vma->attached && !m->profile->merges_attached)
		low = NULL;
	/* Both, only where the outer two agree. */
	if (low && high && low->anon_vma && high->anon_vma && low->anon_vma != high->anon_vma)
		high = NULL;
	if (high)
		merge(m, mm, vma, high, high);
	if (low)
		merge(m, mm, low, vma, low);
}

int vma_modify_flags(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		     uint64_t flags)
{
	const struct vma *vma = vma_lookup(m, mm, start);
	const bool goes = vma->attached && vma->start == start && vma->end == end;
	int r = vma_split_borders(m, mm, start, end);

	if (r < 0)
		return r;
	vma_lookup(m, mm, start)->flags = flags;
	if (!goes)
		vma_merge_around(m, mm, start, true, 0);
	return 0;
}

/* A neighbour that would merge but for its rights shares its anon_vma. */
static uint32_t reusable_anon_vma(const struct vma *vma, const struct vma *near, bool after)
{
	const struct vma *low = after ? vma : near, *high = after ? near : vma;

	if (low->end != high->start || !near->anon_vma || near->cloned ||
	    low->object != high->object || vma_pgoff(low, low->end) != high->page_offset)
		return 0;
	return (low->flags ^ high->flags) & ~(uint64_t)(VM_ACCESS | VM_STICKY) ? 0 : near->anon_vma;
}

void anon_vma_new(struct cr2_model *m, struct vma *vma)
{
	const struct vma *before = vma_of(m, vma->before), *after = vma_of(m, vma->after);

	if (after)
		vma->anon_vma = reusable_anon_vma(vma, after, true);
	if (!vma->anon_vma && before)
		vma->anon_vma = reusable_anon_vma(vma, before, false);
	if (!vma->anon_vma)
		vma->anon_vma = ++m->next_anon_vma;
}

/*
 * A growing stack keeps a guard gap to what lies below it, unless that grows as well or
 * nobody may touch it.
 */
static bool gap_is_free(const struct vma *below, uint64_t start)
{
	if (!below || (below->flags & VM_GROWSDOWN) || !(below->flags & VM_ACCESS))
		return !below || below->end <= start;
	return start >= STACK_GUARD_GAP && below->end <= start - STACK_GUARD_GAP;
}

static int move_start(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start)
{
	if (tree_set(&m->trees, &mm->vmas, start, vma->number) < 0) {
		m->failed = true;
		return -ENOMEM;
	}
	tree_delete(&m->trees, &mm->vmas, vma->start);
	vma->start = start;
	return 0;
}

static bool acct_stack_growth(const struct cr2_model *m, const struct process *mm, const struct vma *vma,
			      uint64_t size, uint64_t grow)
{
	return may_expand_vm(m, mm, vma->flags, grow >> CR2_PAGE_SHIFT) &&
	       size >> CR2_PAGE_SHIFT <= rlimit_pages(m, CR2_LIMIT_STACK) &&
	       mlock_future_ok(m, mm, vma->flags, grow >> CR2_PAGE_SHIFT);
}

/* What the kernel maps for itself (the vDSO) lies between a process's stack and what is far below: that is not its growth. */
#define VDSO 0x7ffff7fff000ULL

int expand_stack(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	uint64_t start = address & CR2_PAGE_MASK, grow = vma->start - start;

	if (start < MMAP_MIN_ADDR || (start < VDSO && vma->start > VDSO) || !gap_is_free(vma_of(m, vma->before), start))
		return -ENOMEM;
	/* It keeps its anon_vma even where the limits say no. */
	anon_vma_prepare(m, vma);
	if (vma->page_offset < grow >> CR2_PAGE_SHIFT || !acct_stack_growth(m, mm, vma, vma->end - start, grow))
		return -ENOMEM;
	if (move_start(m, mm, vma, start) < 0)
		return -ENOMEM;
	vma->page_offset -= grow >> CR2_PAGE_SHIFT;
	vm_stat_account(mm, vma->flags, grow >> CR2_PAGE_SHIFT);
	if (vma->flags & VM_LOCKED)
		mm->locked_pages += grow >> CR2_PAGE_SHIFT;
	return 0;
}

static uint64_t mmap_flags(const struct cr2_op *op)
{
	uint64_t flags = op->prot & VM_ACCESS;

	flags |= VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	if (op->flags & CR2_MAP_SHARED)
		flags |= VM_SHARED | VM_MAYSHARE;
	if (op->flags & CR2_MAP_GROWSDOWN)
		flags |= VM_GROWSDOWN;
	if (op->flags & CR2_MAP_LOCKED)
		flags |= VM_LOCKED;
	if (op->flags & CR2_MAP_DROPPABLE)
		flags |= VM_DROPPABLE | VM_WIPEONFORK | VM_NORESERVE;
	if (op->flags & CR2_MAP_NORESERVE)
		flags |= VM_NORESERVE;
	if (op->flags & CR2_MAP_HUGETLB)
		flags |= VM_HUGETLB | VM_DONTEXPAND;
	else if ((flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE)
		flags |= VM_ACCOUNT;
	return flags;
}

static int mmap_object(struct cr2_model *m, const struct cr2_op *op, uint64_t length, uint32_t *ret_object)
{
	bool shared = op->flags & CR2_MAP_SHARED;
	int r;

	if (!(op->flags & CR2_MAP_ANONYMOUS)) {
		*ret_object = object_find(m, op->object);
		return *ret_object == CR2_NO_OBJECT ? -EINVAL : 0;
	}
	*ret_object = CR2_NO_OBJECT;
	if (!shared && !(op->flags & CR2_MAP_HUGETLB))
		return 0;
	r = object_create(m, op->flags & CR2_MAP_HUGETLB ? OBJECT_HUGETLB : OBJECT_ANON, CR2_NO_OBJECT,
			  length, false, ret_object);
	if (r == 0 && cr2_map_unit(op->flags) == CR2_GIGANTIC_SIZE)
		object_of(m, *ret_object)->gigantic = true;
	return r;
}

/* What the file's being open for reading alone (SHM_RDONLY), or sealed, leaves of a mapping's rights. */
static int mmap_file_flags(const struct cr2_model *m, const struct cr2_op *op, uint32_t number, uint64_t *flags)
{
	const struct object *object;

	if (op->flags & CR2_MAP_ANONYMOUS || !(op->flags & CR2_MAP_SHARED))
		return 0;
	object = object_at(m, number);
	if (object->read_only && *flags & VM_WRITE)
		return -EACCES;
	if (object->read_only || (op->kind == CR2_OP_SHMAT && !(op->prot & CR2_PROT_WRITE)))
		*flags &= ~(VM_MAYWRITE | VM_SHARED);
	return seal_check_write(object, flags);
}

/* Beyond 47 bits lies what is asked for there, and nothing half of which would. */
static bool is_in_window(uint64_t address)
{
	return address <= CR2_TASK_SIZE_MAX(4);
}

/* Would it lie there? Before a stack a gap is left free. */
static bool hint_holds(struct cr2_model *m, struct process *mm, const struct cr2_op *op, uint64_t length)
{
	const struct vma *next = find_vma(m, mm, op->address);
	uint64_t gap = next && next->flags & VM_GROWSDOWN ? STACK_GUARD_GAP : 0;

	if (op->flags & CR2_MAP_32BIT && (length > END_32BIT || op->address > END_32BIT - length))
		return false;
	if (op->address < MMAP_MIN_ADDR || length > task_size_max(m) || op->address > task_size_max(m) - length ||
	    op->address & (cr2_map_unit(op->flags) - 1) || is_in_window(op->address) != is_in_window(op->address + length))
		return false;
	return !next || (next->start >= gap && op->address + length <= next->start - gap);
}

/* May it lie where it is to, in spite of what is there? Who names page 0 and need not be obeyed has no privilege. */
static int check_mmap_place(struct cr2_model *m, struct process *mm, const struct cr2_op *op, uint64_t length)
{
	const struct vma *there;

	if (op->flags & CR2_MAP_HINT)
		return hint_holds(m, mm, op, length) ? 0 : -EEXIST;
	if (!(op->flags & CR2_MAP_FIXED) && op->address < MMAP_MIN_ADDR)
		return -EPERM;
	there = op->flags & CR2_MAP_FIXED_NOREPLACE ? find_vma(m, mm, op->address) : NULL;
	return there && there->start < op->address + length ? -EEXIST : 0;
}

static bool maps_hugetlb(const struct cr2_model *m, const struct cr2_op *op)
{
	const uint32_t object = op->flags & CR2_MAP_ANONYMOUS ? CR2_NO_OBJECT : object_find(m, op->object);

	return op->flags & CR2_MAP_ANONYMOUS || (object != CR2_NO_OBJECT && object_at(m, object)->kind == OBJECT_HUGETLB);
}

static int check_mmap_arguments(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op,
				uint64_t length)
{
	if (!length || (op->address & ~CR2_PAGE_MASK) || (op->offset & ~CR2_PAGE_MASK))
		return -EINVAL;
	if (length > task_size_max(m) || op->address > task_size_max(m) - length)
		return -ENOMEM;
	if ((op->flags & CR2_MAP_HUGETLB) &&
	    (!maps_hugetlb(m, op) || (op->address & (cr2_map_unit(op->flags) - 1))))
		return -EINVAL;
	if (mm->n_vmas > MAX_MAP_COUNT)
		return -ENOMEM;
	return 0;
}

/* What is not asked where the place is taken. */
static int mmap_check(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op,
		      uint64_t length)
{
	if ((op->flags & CR2_MAP_LOCKED) && !can_do_mlock(m))
		return -EPERM;
	if (!mlock_future_ok(m, mm, (op->flags & CR2_MAP_LOCKED ? VM_LOCKED : 0) | mm->def_flags,
			     length >> CR2_PAGE_SHIFT))
		return -EAGAIN;
	if ((op->flags & CR2_MAP_DROPPABLE) &&
	    (!m->profile->droppable || !(op->flags & CR2_MAP_ANONYMOUS) ||
	     (op->flags & (CR2_MAP_LOCKED | CR2_MAP_HUGETLB | CR2_MAP_GROWSDOWN))))
		return -EINVAL;
	if ((op->flags & CR2_MAP_GROWSDOWN) &&
	    ((op->flags & (CR2_MAP_SHARED | CR2_MAP_HUGETLB)) || !(op->flags & CR2_MAP_ANONYMOUS)))
		return -EINVAL;
	return 0;
}

static uint64_t count_vma_pages_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	uint64_t bytes = 0;

	for (const struct vma *vma = find_vma(m, mm, start); vma && vma->start < end; vma = vma_at(m, vma->after))
		bytes += (vma->end < end ? vma->end : end) - (vma->start > start ? vma->start : start);
	return bytes >> CR2_PAGE_SHIFT;
}

/* What is there goes, where the limits allow what comes. */
static int make_place(struct cr2_model *m, struct process *mm, const struct vma *vma)
{
	uint64_t length = vma->end - vma->start;
	uint64_t there = count_vma_pages_range(m, mm, vma->start, vma->end);
	int r = 0;

	if (m->profile->mmap_splits_first)
		r = split_to_unmap(m, mm, vma->start, vma->end);
	if (r == 0 && !may_expand_vm(m, mm, vma->flags, (length >> CR2_PAGE_SHIFT) - there))
		return -ENOMEM;
	if (r == 0)
		r = do_munmap(m, mm, vma->start, length);
	return r < 0 && !m->profile->mmap_says_why ? -ENOMEM : r;
}

static int mmap_region(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	const uint64_t unit = cr2_map_unit(op->flags);
	uint64_t length = (op->length + unit - 1) & ~(unit - 1);
	struct vma vma = {.start = op->address, .end = op->address + length, .gigantic = unit == CR2_GIGANTIC_SIZE};
	const uint64_t pkey = mmap_pkey(m, mm, op->prot);
	bool populates = op->flags & CR2_MAP_POPULATE, denied;
	int r = op->flags & CR2_MAP_HINT ? check_mmap_place(m, mm, op, length) : 0;

	if (r == 0)
		r = check_mmap_arguments(m, mm, op, length);
	if (r == 0)
		r = check_mmap_place(m, mm, op, length);
	if (r == 0)
		r = mmap_check(m, mm, op, length);
	if (r == 0 && secretmem_is_noexec(m, op))
		r = -EPERM;
	if (r < 0)
		return r;
	vma.flags = mmap_flags(op) | pkey | mm->def_flags | (m->config.soft_dirty ? VM_SOFTDIRTY : 0);
	denied = map_deny_write_exec(mm, vma.flags, vma.flags);
	if (denied && op->flags & CR2_MAP_ANONYMOUS)
		return -EACCES;
	r = mmap_object(m, op, length, &vma.object);
	if (r == 0)
		r = mmap_file_flags(m, op, vma.object, &vma.flags);
	/* What a file allows was asked before. */
	if (r == 0 && denied)
		r = -EACCES;
	if (r < 0)
		return r;
	vma.page_offset = vma.object == CR2_NO_OBJECT ? vma.start >> CR2_PAGE_SHIFT
						      : op->offset >> CR2_PAGE_SHIFT;
	if (op->kind == CR2_OP_SHMAT)
		vma.attached = ++m->next_attached;
	populates |= (vma.flags & VM_LOCKED) != 0;
	if (vma_is_never_locked(&vma))
		vma.flags &= ~VM_LOCKED_MASK;
	r = make_place(m, mm, &vma);
	if (r == 0 && vma_is_secretmem(m, &vma))
		r = secretmem_mmap(m, mm, &vma);
	if (r == 0 && is_vm_hugetlb_page(&vma))
		r = hugetlbfs_file_mmap(m, &vma);
	if (r == 0)
		r = vma_insert(m, mm, &vma);
	/* The object of shared anonymous memory lives by its mappings alone. */
	if ((op->flags & CR2_MAP_ANONYMOUS) && vma.object != CR2_NO_OBJECT)
		object_put(m, vma.object);
	if (r < 0)
		return r;
	vm_stat_account(mm, vma.flags, length >> CR2_PAGE_SHIFT);
	if (vma.flags & VM_LOCKED)
		mm->locked_pages += length >> CR2_PAGE_SHIFT;
	vma_merge_around(m, mm, vma.start, true, 0);
	/* All of it, where it merged. */
	vma_lookup(m, mm, vma.start)->flags |= vma.flags & VM_SOFTDIRTY;
	if (populates)
		mm_populate(m, mm, vma.start, vma.end);
	return 0;
}

/* The file behind what it replaces is closed when all else is done. */
int do_mmap(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	int r;

	m->evicts_later = true;
	r = mmap_region(m, mm, op);
	hugetlb_evict(m);
	return r;
}

/* Takes away what lies in [start, end); borders stand at both ends. */
static void unmap_region(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	struct vma *vma = find_vma(m, mm, start), *after;
	uint64_t floor = 0, last = 0;

	if (!vma || vma->start >= end)
		return;
	if (vma->before)
		floor = vma_of(m, vma->before)->end;
	start = vma->start;
	for (; vma && vma->start < end; vma = after) {
		after = vma_of(m, vma->after);
		last = vma->end;
		vm_stat_account(mm, vma->flags, -((vma->end - vma->start) >> CR2_PAGE_SHIFT));
		if (vma->flags & VM_LOCKED)
			mm->locked_pages -= (vma->end - vma->start) >> CR2_PAGE_SHIFT;
		markers_remove(m, mm, vma->start, vma->end);
		userfaultfd_reset(vma);
		zap_page_range(m, mm, vma, vma->start, vma->end);
		hugetlb_vm_op_close(m, mm, vma);
		vma_remove(m, mm, vma);
	}
	free_pgtables(m, mm->cr3, start, last, floor, vma ? vma->start : UINT64_MAX);
}

int do_munmap(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length)
{
	uint64_t end;
	int r;

	length = (length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK;
	if ((start & ~CR2_PAGE_MASK) || !length || start > task_size_max(m) ||
	    length > task_size_max(m) - start)
		return -EINVAL;
	end = start + length;
	r = split_to_unmap(m, mm, start, end);
	if (r < 0)
		return r;
	unmap_region(m, mm, start, end);
	flush_tlb_range(m, mm, start, end);
	return 0;
}

/* A page stays free between the heap and what is mapped above it, and before a stack its gap. */
static bool heap_can_grow(struct cr2_model *m, struct process *mm, uint64_t end)
{
	const struct vma *next = find_vma(m, mm, mm->brk);
	uint64_t gap = next && next->flags & VM_GROWSDOWN ? STACK_GUARD_GAP : 0;

	return !next || (next->start >= gap && end + CR2_PAGE_SIZE <= next->start - gap);
}

static int grow_heap(struct cr2_model *m, struct process *mm, uint64_t end)
{
	const struct cr2_op map = {
		.kind = CR2_OP_MAP, .address = mm->brk, .length = end - mm->brk, .prot = VM_READ | VM_WRITE,
		.flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS, .object = CR2_NO_OBJECT,
	};

	return heap_can_grow(m, mm, end) ? do_mmap(m, mm, &map) : -ENOMEM;
}

/* Where nothing at all is mapped of what is to go, it does not. */
static int shrink_heap(struct cr2_model *m, struct process *mm, uint64_t end)
{
	const struct vma *vma = find_vma(m, mm, end);

	return vma && vma->start < mm->brk ? do_munmap(m, mm, end, mm->brk - end) : -ENOMEM;
}

/* The heap begins at start, unless there is one. The call gives no errno but the end that there was; libc's has ENOMEM. */
int do_brk(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length)
{
	uint64_t end;
	int r = 0;

	if (!mm->start_brk)
		mm->start_brk = mm->brk = start;
	end = mm->start_brk + length;
	if (end != mm->brk)
		r = end > mm->brk ? grow_heap(m, mm, end) : shrink_heap(m, mm, end);
	if (r < 0)
		return -ENOMEM;
	mm->brk = end;
	return 0;
}

void exit_mmap(struct cr2_model *m, struct process *mm)
{
	ksm_exit(m, mm);
	unmap_region(m, mm, 0, task_size_max(m));
}
