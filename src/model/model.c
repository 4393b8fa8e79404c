/* SPDX-License-Identifier: MIT */
/* The model from outside: make, copy, execute an operation, look at a page. */
#include <stdlib.h>
#include <string.h>

#include "base/linux_errno.h"
#include "base/option.h"

#include "mm/mm.h"

/* Where the model's user code is said to run; never mapped, only narrated. */
#define USER_IP 0x401136ULL
#define USER_SP 0x7ffffffde000ULL
#define KERNEL_IP 0xffffffff8210a3c4ULL /* in the routine that copies to and from user memory */
#define USER_CS 0x33
#define USER_SS 0x2b
#define KERNEL_CS 0x10
#define KERNEL_SS 0x18
#define RFLAGS 0x10246
#define RFLAGS_AC 0x40000

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

/* Accesses. */

#define USER(kind) ACCESS_BIT(CR2_ACCESS_##kind, AS_USER)

/* What an operation is as an access; others are none. */
struct op_access {
	bool access;
	uint8_t kind; /* enum cr2_access */
	uint8_t as; /* enum privilege */
	uint16_t user; /* in user mode: its ACCESS_BIT */
};

static inline const struct op_access *op_access(enum cr2_op_kind kind)
{
	static const struct op_access accesses[CR2_OP_COUNT] = {
		[CR2_OP_READ] = {true, CR2_ACCESS_READ, AS_USER, USER(READ)},
		[CR2_OP_WRITE] = {true, CR2_ACCESS_WRITE, AS_USER, USER(WRITE)},
		[CR2_OP_EXEC] = {true, CR2_ACCESS_FETCH, AS_USER, USER(FETCH)},
		[CR2_OP_READ8] = {true, CR2_ACCESS_READ, AS_USER, 0},
		[CR2_OP_WRITE8] = {true, CR2_ACCESS_WRITE, AS_USER, 0},
		[CR2_OP_CMPXCHG] = {true, CR2_ACCESS_WRITE, AS_USER, 0},
		[CR2_OP_KREAD] = {true, CR2_ACCESS_READ, AS_KERNEL_AC, 0},
		[CR2_OP_KWRITE] = {true, CR2_ACCESS_WRITE, AS_KERNEL_AC, 0},
	};

	return &accesses[(unsigned)kind < CR2_OP_COUNT ? kind : CR2_OP_FILE];
}

static OBSERVING void observe_return(struct cr2_model *m, struct access a,
				     const struct translation *t, uint8_t value)
{
	struct cr2_stage stage;

	stage.kind = CR2_STAGE_RETURN;
	stage.ret.rip = m->cpu.regs.rip;
	stage.ret.retried = m->outcome->n_faults > 0;
	stage.ret.tlb_miss = !t->tlb_hit;
	stage.ret.physical = t->physical;
	stage.ret.access = a.kind;
	stage.ret.value = value;
	mmu_walk(&m->cpu, &m->phys, a.address, &stage.ret.walk);
	observe(m, &stage);
}

/* What is stored; or loaded instead. where: the frame at physical, or NULL. */
static inline uint8_t transfer(struct cr2_model *m, const struct cr2_op *op, enum cr2_access kind,
			       uint64_t physical, struct frame *where)
{
	uint16_t at = physical % PHYS_FRAME;

	if (kind != CR2_ACCESS_WRITE)
		return where ? frame_load(where, at) : phys_read8(&m->phys, physical);
	if ((!where || !frame_store(where, at, op->value)) &&
	    phys_write8(&m->phys, physical, op->value) < 0)
		m->failed = true;
	return op->value;
}

static inline void complete(struct cr2_outcome *outcome, const struct cr2_op *op, uint8_t value)
{
	if (op->kind != CR2_OP_READ && op->kind != CR2_OP_READ8)
		return;
	outcome->has_value = true;
	outcome->value = value;
}

static __attribute__((noinline)) void set_kernel_registers(struct cr2_model *m)
{
	m->cpu.regs = (struct cr2_exception_frame){
		.rip = KERNEL_IP,
		.cs = KERNEL_CS,
		.rflags = RFLAGS | RFLAGS_AC,
		.rsp = process_at(m, m->current)->kernel_stack - 0x138,
		.ss = KERNEL_SS,
	};
}

static inline void set_registers(struct cr2_model *m, const struct cr2_op *op, bool user)
{
	struct cr2_exception_frame *regs = &m->cpu.regs;

	if (!user) {
		set_kernel_registers(m);
		return;
	}
	/* Nothing changes them but an access of the kernel. */
	if (regs->cs != USER_CS)
		*regs = (struct cr2_exception_frame){
			.cs = USER_CS,
			.rflags = RFLAGS,
			.rsp = USER_SP,
			.ss = USER_SS,
		};
	regs->rip = op->kind == CR2_OP_EXEC ? op->address : USER_IP;
}

/*
 * The kernel made the entry writable and did not flush: the CPU may hold the old one. The model's
 * does where nothing else has made it forget since, and then faults.
 */
static bool faults_on_stale_entry(struct cr2_model *m, struct access a)
{
	const struct tlb_entry *entry = tlb_find(&m->cpu, a.address);
	bool held = entry && !(entry->allow & ACCESS_BIT(a.kind, a.as));
	struct translation t;

	if (a.kind != CR2_ACCESS_WRITE || !tlb_may_hold(m, m->mm, a.address) || !tlb_forget(m, m->mm, a.address) ||
	    mmu_access(&m->cpu, &m->phys, a, &t) != MMU_OK)
		return false;
	m->outcome->either = true;
	return held;
}

/* Of accesses while the kernel has left entries stale. */
static __attribute__((noinline)) enum cr2_result settle_stale(struct cr2_model *m,
							      const struct cr2_op *op,
							      struct access a)
{
	uint32_t error_code = CR2_PF(P) | CR2_PF(W) | (a.as == AS_USER ? CR2_PF(U) : 0);

	if (!faults_on_stale_entry(m, a))
		return CR2_RESULT_OK;
	tlb_flush_page(&m->cpu, a.address);
	set_registers(m, op, a.as == AS_USER);
	return exc_page_fault(m, a.address, error_code, a.kind, NULL);
}

static inline enum cr2_result fault_at(struct cr2_model *m, const struct cr2_op *op,
				       struct access a, uint32_t error_code, uint64_t *entry)
{
	set_registers(m, op, a.as == AS_USER);
	return exc_page_fault(m, a.address, error_code, a.kind, entry);
}

/* Until the access is allowed, or what it ends in. */
static enum cr2_result translate(struct cr2_model *m, const struct cr2_op *op, struct access a, struct translation *t)
{
	enum mmu_outcome outcome;

	if (m->n_stale && settle_stale(m, op, a) != CR2_RESULT_OK)
		return CR2_RESULT_EFAULT;
	while ((outcome = mmu_access(&m->cpu, &m->phys, a, t)) == MMU_PAGE_FAULT) {
		uint64_t *entry = t->walked ? walked_entry(t->walked, a.address) : NULL;
		enum cr2_result result = fault_at(m, op, a, t->error_code, entry);

		if (result != CR2_RESULT_OK || m->failed)
			return result;
	}
	if (outcome == MMU_NON_CANONICAL)
		return a.as == AS_USER ? CR2_RESULT_GP : CR2_RESULT_EFAULT;
	return CR2_RESULT_OK;
}

static inline uint64_t left_in_page(uint64_t address)
{
	return CR2_PAGE_SIZE - address % CR2_PAGE_SIZE;
}

static uint8_t transfer_all(struct cr2_model *m, const struct cr2_op *op, enum cr2_access kind, const struct translation *t,
			    uint64_t bytes)
{
	uint8_t first = transfer(m, op, kind, t->physical, NULL);

	for (uint64_t i = 1; i < bytes && kind == CR2_ACCESS_WRITE; i++)
		transfer(m, op, kind, t->physical + i, NULL);
	return first;
}

bool clear_user(struct cr2_model *m, uint64_t address, uint64_t bytes)
{
	const struct cr2_op op = {.kind = CR2_OP_KWRITE, .process = m->current, .address = address, .length = bytes};
	struct translation t;

	if (translate(m, &op, (struct access){address, CR2_ACCESS_WRITE, AS_KERNEL_AC}, &t) != CR2_RESULT_OK || m->failed)
		return false;
	transfer_all(m, &op, CR2_ACCESS_WRITE, &t, bytes);
	return true;
}

/* Of eight bytes none is stored before both pages allow it: first the lower one, then the other. */
static enum cr2_result access8(struct cr2_model *m, const struct cr2_op *op, struct access a)
{
	uint64_t low = left_in_page(op->address) < 8 ? left_in_page(op->address) : 8;
	struct access high = {op->address + low, a.kind, a.as};
	struct translation t, above;
	enum cr2_result result = translate(m, op, a, &t);
	uint8_t value;

	if (result == CR2_RESULT_OK && !m->failed && low < 8)
		result = translate(m, op, high, &above);
	if (result != CR2_RESULT_OK || m->failed)
		return result;
	value = transfer_all(m, op, a.kind, &t, low);
	if (low < 8)
		transfer_all(m, op, a.kind, &above, 8 - low);
	complete(m->outcome, op, value);
	if (m->observer && m->outcome->n_faults)
		observe_return(m, a, &t, value);
	return CR2_RESULT_OK;
}

/* It is a store, whether the byte matches or not. */
static enum cr2_result cmpxchg(struct cr2_model *m, const struct cr2_op *op, struct access a)
{
	struct translation t;
	enum cr2_result result = translate(m, op, a, &t);
	uint8_t was;

	if (result != CR2_RESULT_OK || m->failed)
		return result;
	was = phys_read8(&m->phys, t.physical);
	if (was == 0)
		transfer(m, op, a.kind, t.physical, NULL);
	m->outcome->has_value = true;
	m->outcome->value = was;
	if (m->observer && m->outcome->n_faults)
		observe_return(m, a, &t, was);
	return CR2_RESULT_OK;
}

/*
 * By a pipe, whose buffers of a page each count where they were copied whole; where one was not, memory may have got a
 * part of it all the same.
 */
static enum cr2_result copy_bytes(struct cr2_model *m, const struct cr2_op *op, struct access a)
{
	enum cr2_result result = CR2_RESULT_OK;
	struct translation t;
	uint64_t done = 0;

	while (done < op->length && result == CR2_RESULT_OK && !m->failed) {
		uint64_t left = op->length - done, bytes;

		a.address = op->address + done;
		bytes = left_in_page(a.address) < left ? left_in_page(a.address) : left;
		result = translate(m, op, a, &t);
		if (result == CR2_RESULT_OK && !m->failed) {
			transfer_all(m, op, a.kind, &t, bytes);
			done += bytes;
		}
	}
	if (done < op->length)
		done &= CR2_PAGE_MASK;
	if (!done)
		return result;
	m->outcome->has_value = true;
	m->outcome->value = (uint32_t)done;
	return CR2_RESULT_OK;
}

/* Whatever the access may be. */
static __attribute__((noinline)) enum cr2_result do_access(struct cr2_model *m,
							   const struct cr2_op *op, struct access a)
{
	struct translation t;
	enum cr2_result result;
	uint8_t value;

	/* The kernel checks before it copies that user memory can have the address. */
	if (a.as != AS_USER && op->address >= task_size_max(m))
		return CR2_RESULT_EFAULT;
	if (a.as != AS_USER && op->length)
		return copy_bytes(m, op, a);
	if (op->kind == CR2_OP_READ8 || op->kind == CR2_OP_WRITE8)
		return access8(m, op, a);
	if (op->kind == CR2_OP_CMPXCHG)
		return cmpxchg(m, op, a);
	result = translate(m, op, a, &t);
	if (result != CR2_RESULT_OK || m->failed)
		return result;
	value = transfer(m, op, a.kind, t.physical, t.where);
	complete(m->outcome, op, value);
	if (m->observer && m->outcome->n_faults)
		observe_return(m, a, &t, value);
	return CR2_RESULT_OK;
}

/*
 * The same, quicker, of most that the TLB does not allow: a load or a store in user mode, w leads
 * to the last table. An entry of that table is all that the handler of a fault there changes of
 * the way to the page; to show the fault, though, other pages were walked.
 */
static inline enum cr2_result access_last(struct cr2_model *m, const struct cr2_op *op,
					  enum cr2_access kind, const struct walked *w)
{
	struct access a = {op->address, kind, AS_USER};
	uint64_t *entry = walked_entry(w, a.address);
	enum mmu_last outcome;
	struct frame *where;
	uint32_t cause;

	while ((outcome = mmu_access_last(&m->cpu, &m->phys, a, w, entry, &where, &cause)) ==
	       MMU_LAST_FAULT) {
		uint32_t error_code = mmu_error_code(&m->cpu, a) | cause;
		enum cr2_result result = fault_at(m, op, a, error_code, entry);

		if (result != CR2_RESULT_OK || m->failed)
			return result;
		/* Or a frame was freed, as of a page that went to another node. */
		if (m->observer || w->epoch != m->phys.epoch)
			return do_access(m, op, a);
	}
	if (outcome != MMU_LAST_OK)
		return do_access(m, op, a);
	complete(m->outcome, op,
		 transfer(m, op, kind, (*entry & ENTRY_FRAME) | a.address % PHYS_FRAME, where));
	return CR2_RESULT_OK;
}

/*
 * The 4 KiB TLB entry that allows an access in user mode, or NULL. The TLB's entries are the
 * current process's, so that one is alive; and no model that has failed has any.
 */
static inline const struct tlb_entry *user_hit(const struct cr2_model *m, uint32_t process,
					       uint64_t address, unsigned bit)
{
	const struct tlb_entry *entry = tlb_hit(&m->cpu, address, bit);

	return entry && entry->where && process == m->current ? entry : NULL;
}

/* What most accesses are: one that the TLB allows. False, with nothing done, for any other. */
static inline bool access_hits(struct cr2_model *m, const struct cr2_op *op,
			       const struct tlb_entry *entry, struct cr2_outcome *ret)
{
	uint16_t at = op->address % PHYS_FRAME;

	if (!entry->where || op->process != m->current)
		return false;
	/* What the TLB allows, it may not allow on a CPU that still holds the entry before. */
	if (op->kind == CR2_OP_WRITE && m->n_stale)
		return false;
	if (op->kind == CR2_OP_WRITE && !frame_store(entry->where, at, op->value))
		return false;
	ret->result = CR2_RESULT_OK;
	ret->has_value = op->kind == CR2_OP_READ;
	ret->value = ret->has_value ? frame_load(entry->where, at) : 0;
	ret->n_faults = 0;
	ret->either = false;
	return true;
}

/* Operations. */

/* Another process's reach into this one's memory. */
static int do_remote(struct cr2_model *m, const struct cr2_op *op)
{
	uint8_t value = op->value;
	int r;

	m->other = op->by + 1;
	if (op->kind == CR2_OP_VMREAD || op->kind == CR2_OP_VMWRITE)
		r = process_vm_rw(m, m->mm, op->address, op->kind == CR2_OP_VMWRITE, &value);
	else
		r = access_remote_vm(m, m->mm, op->address, op->kind == CR2_OP_POKE, &value);
	m->other = 0;
	m->outcome->has_value = r == 0 && cr2_op_gives_value(op->kind);
	m->outcome->value = m->outcome->has_value ? value : 0;
	return r;
}

/* Of the byte's page: 1 or 0. */
static int do_resident(struct cr2_model *m, const struct cr2_op *op)
{
	uint8_t resident = 0;
	int r = do_mincore(m, m->mm, op->address, &resident);

	m->outcome->has_value = r == 0;
	m->outcome->value = resident;
	return r;
}

static int do_object(struct cr2_model *m, const struct cr2_op *op)
{
	struct object *object;
	uint32_t slot;
	enum object_kind kind = op->kind == CR2_OP_FILE ? OBJECT_FILE : op->kind == CR2_OP_SECRET ? OBJECT_SECRET :
				op->flags & CR2_FILE_HUGETLB ? OBJECT_HUGETLB : OBJECT_SHMEM;
	bool empty = op->cold || kind == OBJECT_SECRET || kind == OBJECT_HUGETLB || op->kind == CR2_OP_SHM;
	int r = object_create(m, kind, op->object, op->length, empty, &slot);

	if (r < 0)
		return r;
	/* A segment is promised all that it can have. */
	if (kind == OBJECT_HUGETLB && op->kind == CR2_OP_SHM)
		r = hugetlb_reserve_pages(m, slot, 0, op->length >> CR2_PAGE_SHIFT);
	object = object_of(m, slot);
	object->absent = r < 0;
	object->read_only = op->flags & CR2_FILE_READ_ONLY;
	if (op->flags & CR2_FILE_FULL)
		object->room = object->used = object->pages;
	return r;
}

/* Of a page that describes it, its text and its data. */
static int do_program(struct cr2_model *m, const struct cr2_op *op)
{
	uint32_t slot;
	int r = object_create(m, OBJECT_FILE, op->object, CR2_PAGE_SIZE + op->length + op->new_length, false, &slot);

	if (r == 0)
		object_of(m, slot)->read_only = object_of(m, slot)->program = true;
	return r;
}

/* Behind the file's end nothing is read, which is no mistake. */
static int do_fread(struct cr2_model *m, const struct cr2_op *op)
{
	uint8_t value = 0;
	int r = do_pread(m, object_find(m, op->object), op->offset, &value);

	m->outcome->has_value = r == 0;
	m->outcome->value = value;
	return r == -ENODATA ? 0 : r;
}

static int do_scan(struct cr2_model *m, const struct cr2_op *op)
{
	uint32_t pages;
	int r = do_pagemap_scan(m, m->mm, op, &pages);

	m->outcome->has_value = r == 0;
	m->outcome->value = pages;
	return r;
}

static int system_call(struct cr2_model *m, const struct cr2_op *op)
{
	struct process *mm = m->mm;

	switch (op->kind) {
	case CR2_OP_FILE:
	case CR2_OP_SHMEM:
	case CR2_OP_SECRET:
	case CR2_OP_SHM:
		return do_object(m, op);
	case CR2_OP_PROGRAM:
		return do_program(m, op);
	case CR2_OP_MAP:
		return do_mmap(m, mm, op);
	case CR2_OP_BRK:
		return do_brk(m, mm, op->address, op->new_length);
	case CR2_OP_SHMAT:
		return do_shmat(m, mm, op);
	case CR2_OP_SHMDT:
		return do_shmdt(m, mm, op->address);
	case CR2_OP_UNMAP:
		return do_munmap(m, mm, op->address, op->length);
	case CR2_OP_PROTECT:
		return do_mprotect(m, mm, op);
	case CR2_OP_KEY:
		return do_key(m, mm, op->key, op->flags);
	case CR2_OP_ADVISE:
		if (op->flags & CR2_ADVISE_BY)
			return process_madvise(m, mm, op);
		return do_madvise(m, mm, op->address, op->length, op->advice);
	case CR2_OP_MSEAL:
		return do_mseal(m, mm, op->address, op->length);
	case CR2_OP_MDWE:
		if (!m->profile->mdwe)
			return -EINVAL;
		mm->mdwe = true;
		return 0;
	case CR2_OP_LOCK:
		return do_mlock(m, mm, op->address, op->length, op->flags);
	case CR2_OP_LOCKALL:
		return do_mlockall(m, mm, op->flags);
	case CR2_OP_UNLOCKALL:
		return do_munlockall(m, mm);
	case CR2_OP_LIMIT:
		if (op->flags == CR2_LIMIT_MEMORY)
			return set_memory_limit(m, op->length >> CR2_PAGE_SHIFT);
		process_of(m, m->current)->limits[op->flags] = op->length;
		return 0;
	case CR2_OP_UNLOCK:
		return do_munlock(m, mm, op->address, op->length);
	case CR2_OP_REMAP:
		return do_mremap(m, mm, op);
	case CR2_OP_UFFD:
	case CR2_OP_UFFD_COPY:
	case CR2_OP_UFFD_ZERO:
	case CR2_OP_UFFD_WP:
	case CR2_OP_UFFD_CONTINUE:
	case CR2_OP_UFFD_POISON:
	case CR2_OP_UFFD_MOVE:
		return do_userfaultfd(m, mm, op);
	case CR2_OP_HOLD:
	case CR2_OP_PIN:
		return do_reference(m, mm, op);
	case CR2_OP_RELEASE:
		release_references(m, mm, op->address, op->address + op->length);
		return 0;
	case CR2_OP_MIGRATE:
		return do_move_pages(m, mm, op->address, op->length, op->flags);
	case CR2_OP_KSM_SCAN:
		ksm_do_scan(m);
		return 0;
	case CR2_OP_CLEAR_REFS:
		clear_soft_dirty(m, mm);
		return 0;
	case CR2_OP_NUMA_SCAN:
		task_numa_work(m, mm);
		return 0;
	case CR2_OP_SCAN:
		return do_scan(m, op);
	case CR2_OP_SYNC:
		return do_msync(m, mm, op->address, op->length, op->flags);
	case CR2_OP_EVICT:
		return do_evict(m, object_find(m, op->object));
	case CR2_OP_TRUNCATE:
		return do_truncate(m, object_find(m, op->object), op->length);
	case CR2_OP_ALLOCATE:
		return hugetlbfs_fallocate(m, mm, object_find(m, op->object), op->offset >> CR2_PAGE_SHIFT,
					   (op->offset + op->length) >> CR2_PAGE_SHIFT);
	case CR2_OP_FWRITE:
		return do_pwrite(m, object_find(m, op->object), op->offset, op->value);
	case CR2_OP_FREAD:
		return do_fread(m, op);
	case CR2_OP_SEAL:
		return do_seal(m, object_find(m, op->object), op->flags);
	case CR2_OP_FORK:
		return do_fork(m, mm->number, op->child);
	case CR2_OP_THREAD:
	case CR2_OP_VFORK:
		return do_share(m, mm, op->child);
	case CR2_OP_EXECVE:
		return do_execve(m, process_of(m, op->process), op);
	case CR2_OP_EXIT:
		do_exit(m, process_of(m, op->process));
		return 0;
	case CR2_OP_PEEK:
	case CR2_OP_POKE:
	case CR2_OP_VMREAD:
	case CR2_OP_VMWRITE:
		return do_remote(m, op);
	case CR2_OP_MINCORE:
		return do_resident(m, op);
	default:
		return -ENOSYS;
	}
}

static const char *refuses_advice_of(const struct cr2_model *m, const struct vma *vma,
				     const struct cr2_op *op)
{
	uint64_t start = op->address > vma->start ? op->address : vma->start;
	uint64_t end = op->address + op->length < vma->end ? op->address + op->length : vma->end;

	const char *cut = op->advice == CR2_ADVICE_REMOVE ?
		shmem_cut_refuses(m, vma->object, vma_pgoff(vma, start) << CR2_PAGE_SHIFT) : NULL;

	if (!cut && op->advice == CR2_ADVICE_REMOVE)
		cut = shmem_cut_refuses(m, vma->object, vma_pgoff(vma, end) << CR2_PAGE_SHIFT);
	if (cut)
		return cut;
	if (op->advice == CR2_ADVICE_GUARD_INSTALL && m->profile->guard_pages && vma_keeps_wp_markers(vma))
		return "guard pages where userfaultfd protects shared memory or tmpfs: the kernel tries without end";
	if (op->advice == CR2_ADVICE_COLLAPSE && object_at(m, vma->object)->room)
		return "madvise collapse in a tmpfs that is full";
	return NULL;
}

static const char *refuses_advice(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	const struct vma *vma = find_vma(m, mm, op->address);
	const char *reason = NULL;
	struct cr2_op second;

	for (; !reason && vma && vma->start < op->address + op->length; vma = vma_of(m, vma->after))
		if (!vma_is_anonymous(vma) && object_of(m, vma->object)->kind != OBJECT_FILE)
			reason = refuses_advice_of(m, vma, op);
	return reason || !cr2_op_second(op, &second) ? reason : refuses_advice(m, mm, &second);
}

/* What is not modelled: the reason, or NULL. */
static const char *refuses(struct cr2_model *m, const struct cr2_op *op)
{
	struct process *mm = process_of(m, process_at(m, op->process)->space);
	const char *reason = m->config.shmem_thp ? shmem_huge_refuses(m) : NULL;

	if (!reason)
		reason = secretmem_refuses(m, mm, op);
	if (reason)
		return reason;
	if (op->kind == CR2_OP_TRUNCATE)
		return truncate_refuses(m, object_find(m, op->object), op->length);
	reason = memory_limit_refuses(m, op);
	if (!reason)
		reason = hugetlb_refuses(m, mm, op);
	if (!reason && m->config.thp != CR2_THP_NEVER && m->config.thp_pages < HPAGE_PAGES)
		reason = folio_refuses(m, op);
	if (!reason)
		reason = migrate_refuses(m, mm, op);
	if (!reason)
		reason = memory_failure_refuses(m, mm, op);
	if (!reason)
		reason = ksm_refuses(m, op);
	if (!reason)
		reason = execve_refuses(m, mm, op);
	if (reason)
		return reason;
	if (cr2_op_is_userfault(op->kind) || op->kind == CR2_OP_SCAN)
		return userfaultfd_refuses(m, op);
	if (op->kind == CR2_OP_CLEAR_REFS && m->config.profile == CR2_PROFILE_COURSE)
		return "soft-dirty bits, which the course leaves out";
	if (op->kind == CR2_OP_HOLD || op->kind == CR2_OP_PIN || op->kind == CR2_OP_VMREAD || op->kind == CR2_OP_VMWRITE)
		return reference_refuses(m, mm, op);
	return op->kind == CR2_OP_ADVISE ? refuses_advice(m, mm, op) : NULL;
}

static int check_process(const struct cr2_model *m, const struct cr2_op *op)
{
	return op->process < m->n_processes && process_at(m, op->process)->alive ? 0 : -EINVAL;
}

static int check_call(struct cr2_model *m, const struct cr2_op *op)
{
	bool names_object = cr2_op_names_file(op->kind) || op->kind == CR2_OP_SHMAT || (op->kind == CR2_OP_MAP && !(op->flags & CR2_MAP_ANONYMOUS)) ||
			    (op->kind == CR2_OP_EXECVE && op->object != CR2_NO_OBJECT);
	const char *refusal;

	if (op->kind == CR2_OP_LIMIT && op->flags > CR2_LIMIT_MEMORY)
		return -EINVAL;
	if (cr2_op_makes_process(op->kind) && op->child != m->n_processes)
		return -EINVAL;
	if (names_object && object_find(m, op->object) == CR2_NO_OBJECT)
		return -EINVAL;
	refusal = refuses(m, op);
	if (!refusal)
		return 0;
	m->refusal = refusal;
	return -EOPNOTSUPP;
}

static inline void begin_call(struct cr2_model *m, const struct cr2_op *op,
			      struct cr2_outcome *ret_outcome)
{
	ret_outcome->n_faults = 0;
	ret_outcome->either = false;
	ret_outcome->has_value = false;
	ret_outcome->value = 0;
	m->outcome = ret_outcome;
	if (op->process != m->current || !m->mm)
		switch_mm(m, op->process);
}

/* The OOM killer's choice is whoever asked: the others are kept from it. */
static __attribute__((noinline)) void oom_kill_process(struct cr2_model *m)
{
	m->oom = false;
	m->outcome->result = CR2_RESULT_SIGKILL;
	m->outcome->has_value = false;
	do_exit(m, process_of(m, m->current));
}

static inline int finish(struct cr2_model *m)
{
	if (m->oom)
		oom_kill_process(m);
	m->outcome = NULL;
	if (!m->failed)
		return 0;
	tlb_flush(&m->cpu);
	return *m->refusal ? -EOPNOTSUPP : -ENOMEM;
}

/* missed: the TLB has just been asked, and does not allow it. */
static inline enum cr2_result do_some_access(struct cr2_model *m, const struct cr2_op *op,
					     const struct op_access *how, bool missed)
{
	const struct walked *w = NULL;

	if (missed && !m->n_stale && !tlb_has_large(&m->cpu))
		w = mmu_walked(&m->cpu, &m->phys, op->address);
	/* With constants they come to much less. */
	if (w && how->user == USER(WRITE))
		return access_last(m, op, CR2_ACCESS_WRITE, w);
	if (w && how->user == USER(READ))
		return access_last(m, op, CR2_ACCESS_READ, w);
	return do_access(m, op, (struct access){op->address, how->kind, how->as});
}

/* Apart from access_hits(), which would have to save the registers that this one needs. */
static __attribute__((noinline)) int execute_access(struct cr2_model *m, const struct cr2_op *op,
						    const struct op_access *how, bool missed,
						    struct cr2_outcome *ret_outcome)
{
	int r = 0;

	/* Most often the process has made the access before as well. */
	if (op->process != m->current || !m->mm)
		r = check_process(m, op);
	if (r < 0)
		return r;
	begin_call(m, op, ret_outcome);
	ret_outcome->result = do_some_access(m, op, how, missed);
	return finish(m);
}

static __attribute__((noinline)) int execute_call(struct cr2_model *m, const struct cr2_op *op,
						  struct cr2_outcome *ret_outcome)
{
	int r = check_process(m, op);

	if (r == 0)
		r = check_call(m, op);
	if (r < 0)
		return r;
	begin_call(m, op, ret_outcome);
	r = system_call(m, op);
	ret_outcome->result = cr2_result_from_errno(-r);
	if (r == -EHWPOISON && op->kind == CR2_OP_ADVISE && op->advice == CR2_ADVICE_HWPOISON)
		ret_outcome->result = CR2_RESULT_BUS_MCEERR_AR;
	return finish(m);
}

int cr2_model_execute(struct cr2_model *m, const struct cr2_op *op,
		      struct cr2_outcome *ret_outcome)
{
	const struct op_access *how = op_access(op->kind);
	const struct tlb_entry *entry = tlb_hit(&m->cpu, op->address, how->user);

	if (!entry && how->user)
		return execute_access(m, op, how, true, ret_outcome);
	if (entry && access_hits(m, op, entry, ret_outcome))
		return 0;
	return how->access ? execute_access(m, op, how, false, ret_outcome)
			   : execute_call(m, op, ret_outcome);
}

static __attribute__((noinline)) int read_by_operation(struct cr2_model *m, uint32_t process,
							uint64_t address)
{
	struct cr2_op op = {.kind = CR2_OP_READ, .process = process, .address = address};
	struct cr2_outcome outcome;
	int r = execute_access(m, &op, op_access(CR2_OP_READ), false, &outcome);

	if (r < 0)
		return r;
	return outcome.result == CR2_RESULT_OK ? (int)outcome.value : -EFAULT;
}

int cr2_model_read(struct cr2_model *m, uint32_t process, uint64_t address)
{
	const struct tlb_entry *entry = user_hit(m, process, address, USER(READ));

	return entry ? frame_load(entry->where, address % PHYS_FRAME)
		     : read_by_operation(m, process, address);
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
