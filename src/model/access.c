/* SPDX-License-Identifier: MIT */
/* Accesses: what the CPU, or the kernel's copy for the process, reads and writes; the faults on the way. */
#include "execute.h"

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
