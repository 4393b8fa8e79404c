/* SPDX-License-Identifier: MIT */
/*
 * Twin of arch/x86/mm/fault.c: from the CPU's page fault to handle_mm_fault() or a signal.
 * Left out: what only the kernel's own bugs reach (oopses, vmalloc faults, spurious kernel
 * faults) and the vsyscall page.
 */
#include "../../../mm/mm.h"

/* Where IDT[14] leads; a place in the kernel's text, the same in every model. */
#define ASM_EXC_PAGE_FAULT 0xffffffff82000b30ULL
#define IDT 0xfffffe0000000000ULL /* the read-only mapping in the CPU entry area */
#define COPY_FIXUP 0xffffffff8210a3d9ULL /* behind the copying instruction */
#define X86_TRAP_PF 14

struct fault {
	struct cr2_model *m;
	struct process *mm;
	uint64_t address;
	uint32_t error_code;
	enum cr2_access access;
};

static OBSERVING void observe_exception(struct fault f)
{
	struct cr2_model *m = f.m;
	struct cr2_stage stage;
	struct cr2_stage_exception *exception = &stage.exception;

	/* One by one, here and below: a walk is long, and would be cleared before it is made. */
	stage.kind = CR2_STAGE_EXCEPTION;
	exception->vector = X86_TRAP_PF;
	exception->access = f.access;
	exception->cr2 = f.address;
	exception->idt = IDT;
	exception->handler = ASM_EXC_PAGE_FAULT;
	exception->frame = m->cpu.regs;
	exception->frame.error_code = f.error_code;
	exception->pushed_at = cpu_push_exception(&m->cpu, &m->phys, &exception->frame);
	mmu_walk(&m->cpu, &m->phys, f.address, &m->walk);
	exception->walk = m->walk;
	observe(m, &stage);
}

/* As this kernel numbers them. */
static uint64_t vm_flags_of(const struct cr2_model *m, const struct vma *vma)
{
	uint64_t minor;

	if (!(vma->flags & VM_UFFD_MINOR) ||
	    cr2_vm_flags_parse("ui", cr2_profile_version(m->config.profile), &minor) < 0)
		return vma->flags;
	return (vma->flags & ~VM_UFFD_MINOR) | minor;
}

void vma_view(const struct cr2_model *m, const struct vma *vma, struct cr2_vma_view *view)
{
	const struct object *object = vma_is_anonymous(vma) ? NULL : object_at(m, vma->object);

	*view = (struct cr2_vma_view){
		.start = vma->start,
		.end = vma->end,
		.vm_flags = vm_flags_of(m, vma),
		.object = object ? object->number : CR2_NO_OBJECT,
		.page_offset = vma->page_offset,
		.shared = vma->flags & VM_MAYSHARE,
		.anonymous = !object || object->number == CR2_NO_OBJECT,
	};
}

/* The one below vma; below no mapping is the highest. */
static const struct vma *vma_before(const struct fault *f, const struct vma *vma)
{
	struct tree_entry last;

	if (vma)
		return vma_at(f->m, vma->before);
	return tree_up_to(&f->m->trees, &f->mm->vmas, UINT64_MAX, &last) ? vma_at(f->m, last.value)
									 : NULL;
}

static OBSERVING void observe_vma(struct fault f, const struct vma *vma, bool found,
				  uint64_t grown_from)
{
	struct cr2_stage stage;
	const struct vma *previous = vma_before(&f, vma);

	stage.kind = CR2_STAGE_VMA;
	stage.vma = (struct cr2_stage_vma){
		.address = f.address,
		.found = found,
		.grown = grown_from != 0,
		.grown_from = grown_from,
		.has_next = vma && !found,
		.has_previous = previous && !found,
	};
	if (vma)
		vma_view(f.m, vma, &stage.vma.vma);
	if (stage.vma.has_previous)
		vma_view(f.m, previous, &stage.vma.previous);
	observe(f.m, &stage);
}

static uint64_t required_flag(enum cr2_access access)
{
	return access == CR2_ACCESS_WRITE ? VM_WRITE : access == CR2_ACCESS_FETCH ? VM_EXEC : VM_READ;
}

/* The CPU says so only where a page is present. */
static bool key_refuses(const struct fault *f, const struct vma *vma)
{
	return f->error_code & CR2_PF(PK) ||
	       !arch_vma_access_permitted(f->m, vma, f->error_code & CR2_PF(W), f->error_code & CR2_PF(I));
}

static OBSERVING void observe_permission(struct fault f, const struct vma *vma,
					 bool allowed, uint32_t flags)
{
	struct cr2_stage stage;

	stage.kind = CR2_STAGE_PERMISSION;
	stage.permission = (struct cr2_stage_permission){
		.access = f.access,
		.allowed = allowed,
		.pkey = key_refuses(&f, vma),
		.required = required_flag(f.access),
		.vm_flags = vma->flags,
		.fault_flags = flags,
	};
	observe(f.m, &stage);
}

static OBSERVING void observe_signal(struct fault f, enum cr2_path path,
				     enum cr2_result result)
{
	struct cr2_stage stage = {.kind = CR2_STAGE_SIGNAL};

	stage.signal.path = path;
	stage.signal.signo = cr2_result_signal(result, &stage.signal.code);
	stage.signal.address = f.address;
	stage.signal.error_code = f.error_code;
	/* Whether a kernel address is mapped is nobody's business: it always looks so. */
	if (f.address >= task_size_max(f.m))
		stage.signal.error_code |= CR2_PF(P);
	observe(f.m, &stage);
}

static OBSERVING void observe_fixup(struct fault f, enum cr2_path path)
{
	struct cr2_stage stage = {.kind = CR2_STAGE_EXTABLE};

	stage.extable.ip = f.m->cpu.regs.rip;
	stage.extable.fixup = COPY_FIXUP;
	stage.extable.result = CR2_RESULT_EFAULT;
	stage.extable.path = path;
	observe(f.m, &stage);
}

/* What became of the fault. */
static inline struct cr2_fault *record_fault(const struct fault *f, enum cr2_path path,
					     enum cr2_result result)
{
	struct cr2_outcome *outcome = f->m->outcome;
	/* More faults than an outcome holds would be a loop in the model: the last is reused. */
	unsigned i = outcome->n_faults < CR2_OUTCOME_FAULTS ? outcome->n_faults++
							    : CR2_OUTCOME_FAULTS - 1;
	struct cr2_fault *record = &outcome->faults[i];

	*record = (struct cr2_fault){
		.address = f->address,
		.ip = f->m->cpu.regs.rip,
		.error_code = f->error_code,
		.frame_before = CR2_NO_FRAME,
		.frame_after = CR2_NO_FRAME,
		.process = f->m->current,
		.path = path,
		.evidence = CR2_EVIDENCE_REPLAYED,
		.result = result,
	};
	return record;
}

/* A refused access: a signal for user mode, a fixup that gives EFAULT for the kernel's own. */
static __attribute__((noinline)) enum cr2_result bad_area(struct fault f, enum cr2_path path,
							  enum cr2_result result)
{
	bool user = f.error_code & CR2_PF(U);

	if (!user)
		result = CR2_RESULT_EFAULT;
	record_fault(&f, path, result);
	if (f.m->observer && user)
		observe_signal(f, path, result);
	if (f.m->observer && !user)
		observe_fixup(f, path);
	return result;
}

/* Not settled. */
static __attribute__((noinline)) enum cr2_result mm_fault_error(struct fault f,
								enum vm_fault_result r)
{
	if (r == VM_FAULT_SIGBUS)
		return bad_area(f, CR2_PATH_SIGBUS, CR2_RESULT_BUS_ADRERR);
	if (r == VM_FAULT_SIGSEGV)
		return bad_area(f, CR2_PATH_SEGV_GUARD, CR2_RESULT_SEGV_MAPERR);
	if (r == VM_FAULT_HWPOISON)
		return bad_area(f, CR2_PATH_SIGBUS,
				f.m->config.no_memory_failure ? CR2_RESULT_BUS_ADRERR : CR2_RESULT_BUS_MCEERR_AR);
	return bad_area(f, CR2_PATH_OOM, f.m->oom ? CR2_RESULT_SIGKILL : CR2_RESULT_ENOMEM);
}

static bool access_error(const struct fault *f, const struct vma *vma)
{
	if (key_refuses(f, vma))
		return true;
	if (f->error_code & CR2_PF(W))
		return !(vma->flags & VM_WRITE);
	if (f->error_code & CR2_PF(P))
		return true;
	return !(vma->flags & VM_ACCESS);
}

static uint32_t fault_flags(const struct fault *f)
{
	bool user = f->error_code & CR2_PF(U);

	return FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE | FAULT_FLAG_INTERRUPTIBLE |
	       (f->error_code & CR2_PF(W) ? FAULT_FLAG_WRITE : 0) |
	       (f->error_code & CR2_PF(I) ? FAULT_FLAG_INSTRUCTION : 0) |
	       (user ? FAULT_FLAG_USER : 0) |
	       (user && f->m->profile->vma_lock ? FAULT_FLAG_VMA_LOCK : 0);
}

static inline enum cr2_result settle(const struct fault *f, struct vma *vma, uint32_t flags,
				     uint64_t *entry)
{
	struct cr2_fault *record;
	struct vm_fault vmf;
	enum vm_fault_result r;

	vm_fault_init(&vmf, f->m, f->mm, vma, f->address, flags, entry);
	r = handle_mm_fault(&vmf);
	if (r == VM_FAULT_RETRY)
		r = userfaultfd_wait(&vmf);
	if (r != VM_FAULT_DONE)
		return mm_fault_error(*f, r);
	record = record_fault(f, vmf.path, CR2_RESULT_OK);
	record->major = vmf.major;
	record->page_shift = (uint8_t)level_shift(vmf.level);
	record->frame_before = vmf.page.old_page.pfn;
	record->frame_after = vmf.page.new_page.pfn;
	return CR2_RESULT_OK;
}

/* None holds the address: the one above may grow down to it. False: it cannot. */
static __attribute__((noinline)) bool grow_stack(struct fault f, struct vma *vma)
{
	return vma && (vma->flags & VM_GROWSDOWN) && expand_stack(f.m, f.mm, vma, f.address) == 0;
}

static inline enum cr2_result do_user_addr_fault(const struct fault *f, uint64_t *entry)
{
	struct cr2_model *m = f->m;
	struct vma *vma = find_vma(m, f->mm, f->address);
	uint32_t flags = fault_flags(f);
	uint64_t grown_from = 0;
	bool found = true;

	if (!vma || vma->start > f->address) {
		grown_from = vma ? vma->start : 0;
		found = grow_stack(*f, vma);
		flags &= ~FAULT_FLAG_VMA_LOCK; /* only the mmap lock lets a mapping grow */
	}
	if (m->observer)
		observe_vma(*f, vma, found, found ? grown_from : 0);
	if (!found)
		return bad_area(*f, CR2_PATH_SEGV_MAPERR, CR2_RESULT_SEGV_MAPERR);
	if (m->observer)
		observe_permission(*f, vma, !access_error(f, vma), flags);
	if (access_error(f, vma))
		return key_refuses(f, vma)
			       ? bad_area(*f, CR2_PATH_SEGV_PKUERR, CR2_RESULT_SEGV_PKUERR)
			       : bad_area(*f, CR2_PATH_SEGV_ACCERR, CR2_RESULT_SEGV_ACCERR);
	return settle(f, vma, flags, entry);
}

enum cr2_result exc_page_fault(struct cr2_model *m, uint64_t address, uint32_t error_code,
			       enum cr2_access access, uint64_t *entry)
{
	struct fault f = {
		.m = m,
		.mm = m->mm,
		.address = address,
		.error_code = error_code,
		.access = access,
	};

	if (m->n_stale)
		tlb_forget(m, f.mm, address);
	if (m->observer)
		observe_exception(f);
	if (address >= task_size_max(m))
		return bad_area(f, CR2_PATH_SEGV_MAPERR, CR2_RESULT_SEGV_MAPERR);
	return do_user_addr_fault(&f, entry);
}
