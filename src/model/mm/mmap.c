/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/mmap.c and mm/vma.c: the mappings of a process, in one sorted array. Where
 * the kernel picks an address, the source of the operations has done so already.
 */
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "mm.h"

#define MAX_MAP_COUNT 65530
#define MMAP_MIN_ADDR 65536

/* Index of the first mapping that ends above address. */
static size_t find_index(const struct process *mm, uint64_t address)
{
	size_t low = 0, high = mm->n_vmas;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mm->vmas[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct vma *find_vma(struct process *mm, uint64_t address)
{
	size_t i = mm->last_vma;

	if (i < mm->n_vmas && mm->vmas[i].start <= address && address < mm->vmas[i].end)
		return &mm->vmas[i];
	i = find_index(mm, address);
	if (i == mm->n_vmas)
		return NULL;
	mm->last_vma = i;
	return &mm->vmas[i];
}

struct vma *vma_lookup(struct process *mm, uint64_t address)
{
	struct vma *vma = find_vma(mm, address);

	return vma && vma->start <= address ? vma : NULL;
}

const struct vma *vma_peek(const struct process *mm, uint64_t address)
{
	size_t i = find_index(mm, address);

	return i < mm->n_vmas && mm->vmas[i].start <= address ? &mm->vmas[i] : NULL;
}

static int insert_at(struct cr2_model *m, struct process *mm, size_t i, const struct vma *vma)
{
	int r = cr2_grow(&mm->vmas, &mm->vmas_capacity, mm->n_vmas + 1, sizeof(*mm->vmas));

	if (r < 0) {
		m->failed = true;
		return r;
	}
	memmove(&mm->vmas[i + 1], &mm->vmas[i], (mm->n_vmas - i) * sizeof(*mm->vmas));
	mm->vmas[i] = *vma;
	mm->n_vmas++;
	return 0;
}

static void remove_at(struct process *mm, size_t i)
{
	mm->n_vmas--;
	memmove(&mm->vmas[i], &mm->vmas[i + 1], (mm->n_vmas - i) * sizeof(*mm->vmas));
	mm->last_vma = 0;
}

static void object_get(struct cr2_model *m, uint32_t object)
{
	if (object != CR2_NO_OBJECT)
		m->objects[object].refs++;
}

int vma_insert(struct cr2_model *m, struct process *mm, const struct vma *vma)
{
	int r = insert_at(m, mm, find_index(mm, vma->start), vma);

	if (r == 0)
		object_get(m, vma->object);
	return r;
}

int vma_split(struct cr2_model *m, struct process *mm, uint64_t address)
{
	struct vma *vma = vma_lookup(mm, address);
	struct vma upper;
	size_t i;
	int r;

	if (!vma || vma->start == address)
		return 0;
	if (mm->n_vmas >= MAX_MAP_COUNT)
		return -ENOMEM;
	i = (size_t)(vma - mm->vmas);
	upper = *vma;
	upper.page_offset = vma_pgoff(vma, address);
	upper.start = address;
	r = insert_at(m, mm, i + 1, &upper);
	if (r < 0)
		return r;
	object_get(m, upper.object);
	mm->vmas[i].end = address;
	vma_split_huge(m, mm, address);
	return 0;
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
	return low->end == high->start && low->flags == high->flags &&
	       low->object == high->object && vma_pgoff(low, low->end) == high->page_offset;
}

/* Makes one of the mappings i and i + 1. */
static void merge_at(struct cr2_model *m, struct process *mm, size_t i)
{
	struct vma *a = &mm->vmas[i], *b = a + 1;

	a->end = b->end;
	if (!a->anon_vma) {
		a->anon_vma = b->anon_vma;
		a->cloned = b->cloned;
	}
	if (b->object != CR2_NO_OBJECT)
		m->objects[b->object].refs--;
	remove_at(mm, i + 1);
}

void vma_merge_around(struct cr2_model *m, struct process *mm, uint64_t address, bool down)
{
	struct vma *vma = vma_lookup(mm, address);
	size_t i = (size_t)(vma - mm->vmas);
	bool before = down && i > 0 && can_merge(vma - 1, vma) && anon_vma_compatible(m, vma, vma - 1);
	bool after = i + 1 < mm->n_vmas && can_merge(vma, vma + 1) &&
		     anon_vma_compatible(m, vma, vma + 1);

	/* Both, only where the outer two agree. */
	if (before && after && vma[-1].anon_vma && vma[1].anon_vma &&
	    vma[-1].anon_vma != vma[1].anon_vma)
		after = false;
	if (after)
		merge_at(m, mm, i);
	if (before)
		merge_at(m, mm, i - 1);
}

int vma_modify_flags(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		     uint64_t flags)
{
	int r = vma_split(m, mm, start);

	if (r == 0)
		r = vma_split(m, mm, end);
	if (r < 0)
		return r;
	vma_lookup(mm, start)->flags = flags;
	vma_merge_around(m, mm, start, true);
	return 0;
}

/* A neighbour that would merge but for its rights shares its anon_vma. */
static uint32_t reusable_anon_vma(const struct vma *vma, const struct vma *near, bool after)
{
	const struct vma *low = after ? vma : near, *high = after ? near : vma;

	if (low->end != high->start || !near->anon_vma || near->cloned ||
	    low->object != high->object || vma_pgoff(low, low->end) != high->page_offset)
		return 0;
	return (low->flags ^ high->flags) & ~(uint64_t)VM_ACCESS ? 0 : near->anon_vma;
}

void anon_vma_prepare(struct cr2_model *m, struct process *mm, struct vma *vma)
{
	size_t i = (size_t)(vma - mm->vmas);

	if (vma->anon_vma)
		return;
	if (i + 1 < mm->n_vmas)
		vma->anon_vma = reusable_anon_vma(vma, vma + 1, true);
	if (!vma->anon_vma && i > 0)
		vma->anon_vma = reusable_anon_vma(vma, vma - 1, false);
	if (!vma->anon_vma)
		vma->anon_vma = ++m->next_anon_vma;
}

/*
 * A growing stack keeps a guard gap to what lies below it, unless that grows as well or
 * nobody may touch it.
 */
static bool gap_is_free(const struct process *mm, size_t i, uint64_t start)
{
	const struct vma *below = i ? &mm->vmas[i - 1] : NULL;

	if (!below || (below->flags & VM_GROWSDOWN) || !(below->flags & VM_ACCESS))
		return !below || below->end <= start;
	return start >= STACK_GUARD_GAP && below->end <= start - STACK_GUARD_GAP;
}

int expand_stack(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	uint64_t start = address & CR2_PAGE_MASK, grow = vma->start - start;

	if (start < MMAP_MIN_ADDR || !gap_is_free(mm, (size_t)(vma - mm->vmas), start))
		return -ENOMEM;
	/* It keeps its anon_vma even where the limits say no. */
	anon_vma_prepare(m, mm, vma);
	if (vma->end - start > m->config.stack_limit || vma->page_offset < grow >> CR2_PAGE_SHIFT)
		return -ENOMEM;
	if ((vma->flags & VM_LOCKED) &&
	    (mm->locked_pages << CR2_PAGE_SHIFT) + grow > m->config.lock_limit)
		return -ENOMEM;
	vma->start = start;
	vma->page_offset -= grow >> CR2_PAGE_SHIFT;
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
	if (op->flags & CR2_MAP_NORESERVE)
		flags |= VM_NORESERVE;
	if ((flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE)
		flags |= VM_ACCOUNT;
	return flags;
}

static int mmap_object(struct cr2_model *m, const struct cr2_op *op, uint32_t *ret_object)
{
	bool shared = op->flags & CR2_MAP_SHARED;

	if (!(op->flags & CR2_MAP_ANONYMOUS)) {
		*ret_object = object_find(m, op->object);
		return *ret_object == CR2_NO_OBJECT ? -EINVAL : 0;
	}
	*ret_object = CR2_NO_OBJECT;
	return shared ? object_create(m, OBJECT_ANON, CR2_NO_OBJECT, op->length >> CR2_PAGE_SHIFT,
				      false, ret_object)
		      : 0;
}

static int mmap_check(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op,
		      uint64_t length)
{
	if (!length || (op->address & ~CR2_PAGE_MASK) || (op->offset & ~CR2_PAGE_MASK))
		return -EINVAL;
	if (length > task_size_max(m) || op->address > task_size_max(m) - length)
		return -ENOMEM;
	if ((op->flags & CR2_MAP_GROWSDOWN) &&
	    ((op->flags & CR2_MAP_SHARED) || !(op->flags & CR2_MAP_ANONYMOUS)))
		return -EINVAL;
	if ((op->flags & CR2_MAP_LOCKED) &&
	    (mm->locked_pages << CR2_PAGE_SHIFT) + length > m->config.lock_limit)
		return -EAGAIN;
	if (mm->n_vmas > MAX_MAP_COUNT)
		return -ENOMEM;
	return 0;
}

int do_mmap(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	uint64_t length = (op->length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK;
	struct vma vma = {.start = op->address, .end = op->address + length};
	int r = mmap_check(m, mm, op, length);

	if (r < 0)
		return r;
	vma.flags = mmap_flags(op);
	r = mmap_object(m, op, &vma.object);
	if (r < 0)
		return r;
	vma.page_offset = vma.object == CR2_NO_OBJECT ? vma.start >> CR2_PAGE_SHIFT
						      : op->offset >> CR2_PAGE_SHIFT;
	r = do_munmap(m, mm, vma.start, length);
	if (r == 0)
		r = vma_insert(m, mm, &vma);
	/* The object of shared anonymous memory lives by its mappings alone. */
	if ((op->flags & CR2_MAP_ANONYMOUS) && vma.object != CR2_NO_OBJECT)
		object_put(m, vma.object);
	if (r < 0)
		return r;
	if (vma.flags & VM_LOCKED)
		mm->locked_pages += length >> CR2_PAGE_SHIFT;
	vma_merge_around(m, mm, vma.start, true);
	if (op->flags & (CR2_MAP_POPULATE | CR2_MAP_LOCKED))
		mm_populate(m, mm, vma.start, vma.end);
	return 0;
}

/* Takes [start, end) out of the array; borders stand at both ends. */
static void unmap_region(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	size_t first = find_index(mm, start), last = first;

	for (; last < mm->n_vmas && mm->vmas[last].start < end; last++) {
		struct vma *vma = &mm->vmas[last];

		if (vma->flags & VM_LOCKED)
			mm->locked_pages -= (vma->end - vma->start) >> CR2_PAGE_SHIFT;
		zap_page_range(m, mm, vma, vma->start, vma->end);
		object_put(m, vma->object);
	}
	mm->last_vma = 0;
	/* A process without mappings has no array yet. */
	if (last == first)
		return;
	memmove(&mm->vmas[first], &mm->vmas[last], (mm->n_vmas - last) * sizeof(*mm->vmas));
	mm->n_vmas -= last - first;
	free_pgtables(m, mm->cr3, start, end, first ? mm->vmas[first - 1].end : 0,
		      first < mm->n_vmas ? mm->vmas[first].start : UINT64_MAX);
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
	r = vma_split(m, mm, start);
	if (r == 0)
		r = vma_split(m, mm, end);
	if (r < 0)
		return r;
	unmap_region(m, mm, start, end);
	tlb_flush(&m->cpu);
	return 0;
}

void exit_mmap(struct cr2_model *m, struct process *mm)
{
	unmap_region(m, mm, 0, task_size_max(m));
	free(mm->vmas);
	mm->vmas = NULL;
	mm->vmas_capacity = 0;
}
