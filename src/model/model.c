/* SPDX-License-Identifier: MIT */
/* The model from outside: make, copy, put a page in place, look at one. Operations are in access.c and call.c. */
#include <stdlib.h>
#include <string.h>

#include "base/linux_errno.h"
#include "base/option.h"

#include "execute.h"

void (cr2_model_config_init)(struct cr2_model_config *config, enum cr2_profile profile)
{
	const struct cr2_model_config full = {
		.size = config->size,
		.profile = profile,
		.thp = CR2_THP_NEVER,
		.levels = 4,
		.fault_around = 16,
		.frames = 1UL << 22, /* 16 GiB */
		.stack_limit = 8UL << 20,
		.lock_limit = UINT64_MAX,
		.thp_pages = HPAGE_PAGES,
	};

	memcpy(config, &full, full.size < sizeof(full) ? full.size : sizeof(full));
}

static int check_config(const struct cr2_model_config *config)
{
	uint32_t around = config->fault_around, huge = config->thp_pages;

	if ((unsigned)config->profile >= CR2_PROFILE_COUNT || config->levels < 4 ||
	    config->levels > 5 || !around || (around & (around - 1)) || around > 512 ||
	    config->frames < 2UL << MAX_ORDER || config->frames > UINT32_MAX || config->hugetlb > INT32_MAX || config->gigantic > 16 || huge < 8 || huge > HPAGE_PAGES || (huge & (huge - 1)) ||
	    (unsigned)config->shmem_thp > CR2_SHMEM_THP_ALWAYS || (config->shmem_thp && config->thp == CR2_THP_NEVER))
		return -EINVAL;
	return 0;
}

static int boot(struct cr2_model *m)
{
	struct page *page;
	int r;

	m->zero_page = alloc_page(m, &page);
	if (!m->zero_page)
		return -ENOMEM;
	page->flags = PG_RESERVED;
	r = make_kernel_half(m);
	if (r == 0)
		r = process_create(m, 0);
	if (r == 0)
		switch_mm(m, 0);
	return r;
}

/* All that a model has besides its struct. */
static void init_state(struct cr2_model *m)
{
	phys_init(&m->phys, &m->failed);
	phys_init(&m->disk, &m->failed);
	phys_init(&m->swap, &m->failed);
	array_init(&m->pages, &m->failed);
	array_init(&m->processes, &m->failed);
	array_init(&m->objects, &m->failed);
	array_init(&m->slots, &m->failed);
	array_init(&m->vmas, &m->failed);
	array_init(&m->references, &m->failed);
	tree_pool_init(&m->trees, &m->failed);
}

int cr2_model_create(const struct cr2_model_config *config, struct cr2_model **ret_model)
{
	struct cr2_model_config own;
	struct cr2_model *m;
	int r;

	cr2_model_config_init(&own, config->profile);
	r = option_take(&own, sizeof(own), config);
	if (!own.thp_pages)
		own.thp_pages = HPAGE_PAGES;
	config = &own;
	if (r == 0)
		r = check_config(config);
	if (r < 0)
		return r;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->config = *config;
	m->profile = profile_get(config->profile);
	m->config.soft_dirty |= m->profile->soft_dirty;
	m->refusal = "";
	m->pools[0].pages = m->pools[0].free = (int32_t)config->hugetlb;
	m->pools[1].pages = m->pools[1].free = (int32_t)config->gigantic;
	cpu_init(&m->cpu);
	m->cpu.la57 = config->levels == 5;
	m->cpu.pke = config->protection_keys;
	init_state(m);
	r = gigantic_init(m);
	if (r == 0)
		r = boot(m);
	if (r < 0) {
		cr2_model_destroy(m);
		return r;
	}
	*ret_model = m;
	return 0;
}

static int copy_state(struct cr2_model *from, struct cr2_model *to)
{
	const struct {
		struct array *from, *to;
		const struct array_kind *kind;
	} arrays[] = {
		{&from->pages, &to->pages, &page_kind},
		{&from->processes, &to->processes, &processes_kind},
		{&from->objects, &to->objects, &objects_kind},
		{&from->slots, &to->slots, &slots_kind},
		{&from->vmas, &to->vmas, &vma_kind},
		{&from->references, &to->references, &references_kind},
	};
	int r = tree_pool_copy(&from->trees, &to->failed, &to->trees);

	if (r == 0)
		r = phys_copy_all(&from->phys, &to->failed, &to->phys);
	if (r == 0)
		r = phys_copy_all(&from->disk, &to->failed, &to->disk);
	if (r == 0)
		r = phys_copy_all(&from->swap, &to->failed, &to->swap);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(arrays) && r == 0; i++)
		r = array_copy(arrays[i].from, arrays[i].kind, &to->failed, arrays[i].to);
	return r;
}

/* What it has is about to be shared: pointers to its own would lead to what is the copy's too. */
static void forget_pointers(struct cr2_model *m)
{
	m->mm = NULL;
	memset(m->recent_vmas, 0, sizeof(m->recent_vmas));
	m->next_page = m->end_page = NULL;
	tlb_forget_frames(&m->cpu);
}

/* To share what it has, a model notes that it is shared; what it is stays the same. */
int cr2_model_copy(const struct cr2_model *model, struct cr2_model **ret_copy)
{
	struct cr2_model *copy = malloc(sizeof(*copy));
	int r;

	if (!copy)
		return -ENOMEM;
	forget_pointers((struct cr2_model *)model);
	*copy = *model;
	copy->observer = NULL;
	init_state(copy);
	r = copy_state((struct cr2_model *)model, copy);
	if (r < 0) {
		cr2_model_destroy(copy);
		return r;
	}
	*ret_copy = copy;
	return 0;
}

void cr2_model_destroy(struct cr2_model *m)
{
	if (!m)
		return;
	array_finish(&m->references, &references_kind);
	array_finish(&m->vmas, &vma_kind);
	array_finish(&m->slots, &slots_kind);
	array_finish(&m->objects, &objects_kind);
	array_finish(&m->processes, &processes_kind);
	array_finish(&m->pages, &page_kind);
	tree_pool_finish(&m->trees);
	phys_finish(&m->phys);
	phys_finish(&m->disk);
	phys_finish(&m->swap);
	free(m);
}

const char *cr2_model_refusal(const struct cr2_model *model)
{
	return model->refusal;
}

void cr2_model_observe(struct cr2_model *model, cr2_stage_fn *fn, void *data)
{
	model->observer = fn;
	model->observer_data = data;
}

void oom_kill_process(struct cr2_model *m)
{
	m->oom = false;
	m->outcome->result = CR2_RESULT_SIGKILL;
	m->outcome->has_value = false;
	do_exit(m, process_of(m, m->current));
}

int cr2_model_cache(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t pages, unsigned order,
		    bool mark)
{
	const uint32_t slot = object_find(m, object);
	const uint64_t unaligned = (1ULL << (order & 63)) - 1;

	if (slot == CR2_NO_OBJECT || object_at(m, slot)->kind != OBJECT_FILE || order > HPAGE_ORDER ||
	    first & unaligned || pages & unaligned)
		return -EINVAL;
	fill_cache(m, slot, first, pages, order, mark);
	return finish(m);
}

int cr2_model_place(struct cr2_model *m, uint32_t process, uint64_t address, const struct cr2_placed *page)
{
	int r;

	if (process >= m->n_processes || !process_at(m, process)->alive || address % CR2_PAGE_SIZE)
		return -EINVAL;
	r = place_page(m, process_of(m, process_at(m, process)->space), address, page);
	return finish(m) < 0 ? -ENOMEM : r;
}

int cr2_model_place_lock(struct cr2_model *m, uint32_t process, uint64_t address, uint64_t length, uint32_t flags)
{
	int r;

	if (process >= m->n_processes || !process_at(m, process)->alive || (address | length) % CR2_PAGE_SIZE)
		return -EINVAL;
	r = place_lock(m, process_of(m, process_at(m, process)->space), address, length, flags);
	return finish(m) < 0 ? -ENOMEM : r < 0 ? -EINVAL : 0;
}

bool cr2_model_swapped(const struct cr2_model *m, uint32_t process, uint64_t address, struct cr2_page_state *ret_state)
{
	const struct process *mm;
	const uint64_t *pte;

	if (process >= m->n_processes || !process_at(m, process)->alive)
		return false;
	mm = process_at(m, process_at(m, process)->space);
	pte = leaf_peek(m, mm, address);
	if (!pte || *pte & ENTRY_PS || !pte_is_swap(*pte))
		return false;
	slot_state(m, swap_slot(*pte), ret_state);
	return true;
}

int cr2_model_page_state(const struct cr2_model *m, uint32_t process, uint64_t address,
			 struct cr2_page_state *ret_state)
{
	if (process >= m->n_processes || !process_at(m, process)->alive)
		return -ESRCH;
	page_state(m, process_at(m, process_at(m, process)->space), address, ret_state);
	return 0;
}

unsigned cr2_model_near(const struct cr2_model *m, uint32_t process, uint64_t address)
{
	return process < m->n_processes && process_at(m, process)->alive ?
		       count_present(m, process_at(m, process_at(m, process)->space), address & ~(16 * CR2_PAGE_SIZE - 1), 16) : 0;
}

uint32_t cr2_model_page_marks(const struct cr2_model *m, uint32_t process, uint64_t address)
{
	return process < m->n_processes && process_at(m, process)->alive ?
		       page_marks(m, process_at(m, process_at(m, process)->space), address) : 0;
}

uint64_t cr2_model_pages_alike(const struct cr2_model *m, uint32_t process, uint64_t address,
			       uint64_t n)
{
	if (process >= m->n_processes || !process_at(m, process)->alive)
		return 1;
	return pages_alike(m, process_at(m, process_at(m, process)->space), address, n);
}

uint32_t cr2_model_page_count(const struct cr2_model *m, const struct cr2_page_state *seen)
{
	struct cr2_page_state now = {0};

	if (seen->kind == CR2_PAGE_SWAP)
		return slot_count(m, seen);
	if (seen->frame >= m->phys.n_frames)
		return 0;
	if (seen->kind == CR2_PAGE_HUGE)
		return huge_count(m, seen);
	frame_state(m, (uint32_t)seen->frame, &now);
	return now.kind == seen->kind && now.object == seen->object && now.index == seen->index &&
	       now.id == seen->id ? now.mapcount : 0;
}

uint64_t cr2_model_leaks(struct cr2_model *m)
{
	uint64_t kernel;

	for (size_t i = 0; i < m->n_processes; i++)
		if (process_of(m, i)->alive)
			do_exit(m, process_of(m, i));
	for (uint32_t i = 1; i <= m->object_numbers.n; i++)
		while (object_of(m, i)->refs)
			object_put(m, i);
	/* The zero page, the entry stack, and page tables. */
	kernel = 2 + count_tables(m, (uint64_t)m->kernel_pgd << CR2_PAGE_SHIFT);
	if (m->huge_zero_page)
		kernel += HPAGE_PAGES;
	return m->n_used - kernel + swap_used(m) + hugetlb_leaks(m);
}
