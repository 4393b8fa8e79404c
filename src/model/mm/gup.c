/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/gup.c: faults taken on a process's behalf, without an exception (MAP_POPULATE,
 * mlock, madvise populate, another's reach into its memory), which stop at the first that cannot be settled; and
 * references to pages, as pipes (FOLL_GET) and io_uring (FOLL_PIN, FOLL_LONGTERM) take them.
 */
#include "base/linux_errno.h"
#include "mm.h"

/* Without a fault. A hint of the scanner's is for the process itself; forced (FOLL_FORCE): in all kernels. */
static bool can_follow(const struct cr2_model *m, uint64_t pte, bool forced)
{
	return pte & ENTRY_P || (pte_present(pte) && (forced || !m->profile->gup_takes_hints));
}

static bool satisfied(const struct cr2_model *m, const struct process *mm, uint64_t address,
		      bool write, bool forced)
{
	const uint64_t *pte = leaf_peek(m, mm, address);

	return pte && can_follow(m, *pte, forced) && (!write || (*pte & ENTRY_RW));
}

/* Looked up for writing, a page counts as written to, by whatever entry it is mapped. */
static void touch_page(struct cr2_model *m, const struct process *mm, uint64_t address)
{
	const uint64_t *pte = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
	uint64_t *pmd = pte ? NULL : pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD);

	/*
	 * A PMD is made accessed and dirty itself: of those of anonymous memory all are dirty that may be written to. A PUD is
	 * left alone.
	 */
	if (pmd && *pmd & ENTRY_PS)
		*pmd = pte_mkdirty(m, *pmd) | ENTRY_A;
	if (pte && pte_present(*pte) && !pte_dirty(*pte))
		folio_mark_dirty(m, (uint32_t)pte_pfn(*pte));
}

/* No exception, nothing to narrate. */
enum vm_fault_result fault_in(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address, uint32_t flags)
{
	cr2_stage_fn *observer = m->observer;
	enum vm_fault_result r;
	struct vm_fault vmf;

	m->observer = NULL;
	vm_fault_init(&vmf, m, mm, vma, address, FAULT_FLAG_ALLOW_RETRY | flags, NULL);
	vmf.in_advance = true;
	r = handle_mm_fault(&vmf);
	m->observer = observer;
	return r;
}

static int faultin(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		   bool write, bool forced)
{
	enum vm_fault_result r = VM_FAULT_DONE;

	/* Nobody but the process itself is to have it. */
	if (vma_is_secretmem(m, vma))
		return -EFAULT;
	while (r == VM_FAULT_DONE && !satisfied(m, mm, address, write, forced))
		r = fault_in(m, mm, vma, address, write ? FAULT_FLAG_WRITE : 0);
	if (r == VM_FAULT_DONE && write)
		touch_page(m, mm, address);
	return r == VM_FAULT_DONE ? 0 : r == VM_FAULT_OOM ? -ENOMEM : r == VM_FAULT_HWPOISON ? -EHWPOISON : -EFAULT;
}

int faultin_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		 bool write)
{
	return faultin(m, mm, vma, address, write, false);
}

/*
 * May the page be written to although its entry does not allow it? It is the process's alone, in a private mapping that
 * the process itself may not write to. faulted: where no page has a mark that says so, its last fault has seen to it.
 */
static bool can_follow_write(const struct cr2_model *m, const struct vma *vma, uint64_t pte, bool faulted)
{
	const struct page *page = page_at(m, pte_pfn(pte));

	if (pte & ENTRY_RW)
		return true;
	if (vma->flags & (VM_SHARED | VM_WRITE) || pte_uffd_wp(vma, pte) || pte_needs_soft_dirty_wp(m, vma, pte) || !(page->flags & PG_ANON))
		return false;
	return m->profile->anon_exclusive ? page->flags & PG_EXCLUSIVE : faulted;
}

/* The entry that leads to the page, faulted in as far as it must be; NULL: it cannot. */
static const uint64_t *follow_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
				   bool write)
{
	const uint32_t flags = FAULT_FLAG_REMOTE | FAULT_FLAG_KILLABLE | (write ? FAULT_FLAG_WRITE : 0);

	for (bool faulted = false;; faulted = true) {
		const uint64_t *pte = leaf_peek(m, mm, address);

		if (pte && pte_present(*pte) && (!write || can_follow_write(m, vma, *pte, faulted)))
			return pte;
		if (fault_in(m, mm, vma, address, flags) != VM_FAULT_DONE || m->failed)
			return NULL;
	}
}

/* Only where it is shared, or of the pool, does it count what the mapping forbids. */
int access_remote_vm(struct cr2_model *m, struct process *mm, uint64_t address, bool write, uint8_t *value)
{
	struct vma *vma = find_vma(m, mm, address);
	const uint64_t *entry;
	uint64_t physical;
	uint32_t pfn;

	if (!vma || (vma->start > address && (!(vma->flags & VM_GROWSDOWN) || expand_stack(m, mm, vma, address) < 0)))
		return -EIO;
	if (write && !(vma->flags & VM_WRITE) &&
	    (!is_cow_mapping(vma->flags) || (is_vm_hugetlb_page(vma) && !m->profile->hugetlb_forced)))
		return -EIO;
	entry = vma_is_secretmem(m, vma) ? NULL : follow_page(m, mm, vma, address, write);
	if (!entry)
		return -EIO;
	pfn = leaf_pfn(m, mm, address, entry);
	if (write && *entry & ENTRY_PS)
		touch_page(m, mm, address);
	physical = (uint64_t)pfn << CR2_PAGE_SHIFT | (address & ~CR2_PAGE_MASK);
	if (!write) {
		*value = phys_read8(&m->phys, physical);
		return 0;
	}
	if (phys_write8(&m->phys, physical, *value) < 0)
		m->failed = true;
	if (is_vm_hugetlb_page(vma))
		pfn = (uint32_t)pte_pfn(*leaf_peek(m, mm, address));
	folio_mark_dirty(m, page_at(m, pfn)->flags & PG_ANON ? compound_head(m, pfn) : pfn);
	return 0;
}

/* Private writable pages are populated by writing, so that they are there to stay. */
static int populate_vma(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			uint64_t end)
{
	bool write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	int r = vma->flags & VM_ACCESS && arch_vma_access_permitted(m, vma, write, false) ? 0 : -EFAULT;

	if (vma->flags & VM_LOCKONFAULT)
		return 0;
	for (uint64_t address = start; r == 0 && address < end; address += CR2_PAGE_SIZE)
		r = faultin(m, mm, vma, address, write, true);
	return r;
}

/* [start, end) without a hole; the first error ends it. */
int populate_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	while (start < end) {
		struct vma *vma = find_vma(m, mm, start);
		uint64_t stop = vma->end < end ? vma->end : end;
		int r = populate_vma(m, mm, vma, start, stop);

		if (r < 0)
			return r;
		start = stop;
	}
	return 0;
}

/* mmap() has succeeded by now: an error is for the next access to find. */
void mm_populate(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	while (start < end) {
		struct vma *vma = find_vma(m, mm, start);
		uint64_t stop;

		if (!vma || vma->start >= end)
			return;
		if (start < vma->start)
			start = vma->start;
		stop = vma->end < end ? vma->end : end;
		(void)populate_vma(m, mm, vma, start, stop);
		start = stop;
	}
}

/* References. */

#define GUP_PIN_COUNTING_BIAS 1024

bool folio_maybe_dma_pinned(const struct cr2_model *m, uint32_t pfn)
{
	const uint32_t head = compound_head(m, pfn);

	if (page_at(m, head)->flags & PG_HEAD)
		return large_pincount(m, head);
	return page_at(m, head)->refcount >= GUP_PIN_COUNTING_BIAS;
}

struct gup {
	bool pin, write; /* FOLL_PIN; FOLL_WRITE */
	bool remote; /* by another's call (FOLL_REMOTE), and given back at once: else a pin is FOLL_LONGTERM as well */
};

static void try_grab_folio(struct cr2_model *m, uint32_t pfn, bool pin)
{
	const uint32_t head = compound_head(m, pfn);
	const bool large = page_at(m, head)->flags & PG_HEAD;

	page_of(m, head)->refcount += pin && !large ? GUP_PIN_COUNTING_BIAS : 1;
	if (pin && large)
		large_add_pins(m, head, 1);
}

static void gup_put_folio(struct cr2_model *m, uint32_t pfn, bool pin)
{
	const uint32_t head = compound_head(m, pfn);
	const bool large = page_at(m, head)->flags & PG_HEAD;

	if (pin && large)
		large_add_pins(m, head, -1);
	if (pin && !large)
		page_of(m, head)->refcount -= GUP_PIN_COUNTING_BIAS - 1;
	put_page(m, head);
}

/* What is pinned for reading is to stay what the process reads: a private mapping's page must be its alone. */
static bool gup_must_unshare(const struct cr2_model *m, const struct gup *gup, const struct vma *vma, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);

	if (!gup->pin || gup->write)
		return false;
	if (!(page->flags & PG_ANON))
		return !gup->remote && m->profile->unshares_any && !(vma->flags & VM_SHARED) && vma->flags & VM_MAYWRITE;
	return !(page->flags & PG_EXCLUSIVE);
}

/* Of a file that is written back nothing is to be pinned for writing; older kernels leave that to io_uring. */
static bool gup_fast_folio_allowed(const struct cr2_model *m, const struct gup *gup, uint64_t entry)
{
	const struct page *page = page_at(m, pte_pfn(entry));

	return !gup->pin || !gup->write || m->profile->pin_asks_file || !(page->flags & PG_FILE) ||
	       object_at(m, page->mapping)->kind != OBJECT_FILE;
}

/* Without a look at the mapping: what the entry allows. The zero page is none that counts. */
static bool gup_fast_allows(const struct cr2_model *m, const struct gup *gup, const struct vma *vma, uint64_t entry)
{
	return !gup->remote && entry & ENTRY_P && (!gup->write || entry & ENTRY_RW) && !(entry & ENTRY_SPECIAL) &&
	       gup_fast_folio_allowed(m, gup, entry) && arch_vma_access_permitted(m, vma, gup->write, false);
}

static int check_vma_flags(const struct cr2_model *m, const struct gup *gup, const struct vma *vma)
{
	const bool tracked = (vma->flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE) && vma_has_page_mkwrite(m, vma);

	if (!(vma->flags & (gup->write ? VM_WRITE : VM_READ)))
		return -EFAULT;
	/* Nobody's keys are asked for another. */
	if (gup->remote)
		return 0;
	if (!arch_vma_access_permitted(m, vma, gup->write, false))
		return -EFAULT;
	return gup->pin && gup->write && tracked && !m->profile->pin_asks_file ? -EFAULT : 0;
}

/* The page at address, faulted in as far as it must be: 0, -EFAULT or -ENOMEM. No stack grows for it. */
static int gup_page(struct cr2_model *m, struct process *mm, uint64_t address, const struct gup *gup, uint32_t *ret_pfn)
{
	struct vma *vma = vma_lookup(m, mm, address);
	enum vm_fault_result fault = VM_FAULT_DONE;
	bool checked = false;
	int r = vma && !vma_is_secretmem(m, vma) ? 0 : -EFAULT;

	while (r == 0 && fault == VM_FAULT_DONE && !m->failed) {
		const uint64_t *entry = leaf_peek(m, mm, address);
		uint32_t flags = FAULT_FLAG_KILLABLE | (gup->write ? FAULT_FLAG_WRITE : 0) |
				 (gup->remote ? FAULT_FLAG_REMOTE : 0);

		if (!checked && !(entry && gup_fast_allows(m, gup, vma, *entry)))
			r = check_vma_flags(m, gup, vma);
		checked = true;
		if (r == 0 && entry && can_follow(m, *entry, false) && (!gup->write || *entry & ENTRY_RW)) {
			*ret_pfn = leaf_pfn(m, mm, address, entry);
			if (!gup_must_unshare(m, gup, vma, (uint32_t)pte_pfn(*entry)))
				return 0;
			flags |= FAULT_FLAG_UNSHARE;
		}
		if (r == 0)
			fault = fault_in(m, mm, vma, address, flags);
	}
	return r < 0 ? r : fault == VM_FAULT_OOM ? -ENOMEM : -EFAULT;
}

int get_user_page(struct cr2_model *m, struct process *mm, uint64_t address, uint32_t *ret_pfn)
{
	return gup_page(m, mm, address, &(struct gup){0}, ret_pfn);
}

/* process_vm_rw(): a byte of it, pinned for as long as the copy takes. */
int process_vm_rw(struct cr2_model *m, struct process *mm, uint64_t address, bool write, uint8_t *value)
{
	const struct gup gup = {.pin = true, .write = write, .remote = true};
	uint64_t physical;
	uint32_t pfn;
	int r;

	mm->has_pinned = true;
	r = gup_page(m, mm, address, &gup, &pfn);
	if (r < 0)
		return r;
	physical = (uint64_t)pfn << CR2_PAGE_SHIFT | (address & ~CR2_PAGE_MASK);
	if (!write) {
		*value = phys_read8(&m->phys, physical);
		return 0;
	}
	touch_page(m, mm, address);
	if (phys_write8(&m->phys, physical, *value) < 0)
		m->failed = true;
	folio_mark_dirty(m, page_at(m, pfn)->flags & PG_ANON ? compound_head(m, pfn) : pfn);
	return 0;
}

static int add_reference(struct cr2_model *m, struct process *mm, uint64_t address, uint32_t pfn, bool pin)
{
	const uint64_t key = address >> CR2_PAGE_SHIFT;
	uint32_t number = numbers_take(&m->trees, &m->reference_numbers), next = 0;

	if (!number || array_reserve(&m->references, &references_kind, number + 1UL) < 0 || !reference_of(m, number)) {
		m->failed = true;
		return -ENOMEM;
	}
	(void)tree_find(&m->trees, &mm->references, key, &next);
	*reference_of(m, number) = (struct reference){pfn, next, pin};
	if (tree_set(&m->trees, &mm->references, key, number) < 0)
		m->failed = true;
	try_grab_folio(m, pfn, pin);
	return 0;
}

/* The last that was taken at the page. */
static void drop_reference(struct cr2_model *m, struct process *mm, uint64_t key, uint32_t number)
{
	const struct reference reference = *reference_of(m, number);

	if (!reference.next)
		tree_delete(&m->trees, &mm->references, key);
	else if (tree_set(&m->trees, &mm->references, key, reference.next) < 0)
		m->failed = true;
	if (numbers_give(&m->trees, &m->reference_numbers, number) < 0)
		m->failed = true;
	gup_put_folio(m, reference.pfn, reference.pin);
}

void release_references(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	struct tree_entry entry;

	while (!m->failed && tree_from(&m->trees, &mm->references, start >> CR2_PAGE_SHIFT, &entry) &&
	       entry.key < end >> CR2_PAGE_SHIFT)
		drop_reference(m, mm, entry.key, entry.value);
}

static int reference_page(struct cr2_model *m, struct process *mm, uint64_t address, const struct gup *gup)
{
	uint32_t pfn;
	int r = gup_page(m, mm, address, gup, &pfn);
	const struct vma *vma = r == 0 ? vma_lookup(m, mm, address) : NULL;

	/* io_uring looks at what it has got: for it shared memory of System V is a file, too. */
	if (vma && gup->pin && gup->write && m->profile->pin_asks_file && !vma_is_anonymous(vma) &&
	    (vma->attached || object_at(m, vma->object)->kind == OBJECT_FILE))
		return -EOPNOTSUPP;
	return r == 0 ? add_reference(m, mm, address, pfn, gup->pin) : r;
}

int do_reference(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	const struct gup gup = {.pin = op->kind == CR2_OP_PIN, .write = op->kind == CR2_OP_PIN && !(op->flags & CR2_PIN_RO)};
	uint64_t at = op->address, end = op->address + op->length;
	uint32_t number;
	int r = 0;

	mm->has_pinned |= gup.pin;
	for (; r == 0 && at < end; at += r == 0 ? CR2_PAGE_SIZE : 0)
		r = reference_page(m, mm, at, &gup);
	while (r < 0 && at > op->address && !m->failed) {
		at -= CR2_PAGE_SIZE;
		if (tree_find(&m->trees, &mm->references, at >> CR2_PAGE_SHIFT, &number))
			drop_reference(m, mm, at >> CR2_PAGE_SHIFT, number);
	}
	return r;
}

const char *reference_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	const struct vma *vma = vma_peek_next(m, mm, op->address);

	if (op->kind != CR2_OP_HOLD && m->config.profile == CR2_PROFILE_COURSE)
		return "pinned pages, which the course leaves out";
	if (op->kind == CR2_OP_VMREAD || op->kind == CR2_OP_VMWRITE)
		return vma && vma->start <= op->address && is_vm_hugetlb_page(vma) ? "another's copies of hugetlb pages" : NULL;
	for (; vma && vma->start < op->address + op->length; vma = vma_at(m, vma->after)) {
		if (is_vm_hugetlb_page(vma))
			return "references to hugetlb pages";
		if (!vma_is_anonymous(vma) && (m->config.thp != CR2_THP_NEVER || (m->profile->large_folios && vma->flags & VM_HUGEPAGE)))
			return "references to pages of files that may be large";
	}
	return NULL;
}
