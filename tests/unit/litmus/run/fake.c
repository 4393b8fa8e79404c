/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "fake.h"

static struct fake_page *page_find(struct fake *fake, uint32_t process, uint64_t address)
{
	address &= CR2_PAGE_MASK;
	for (size_t i = 0; i < fake->n_pages; i++)
		if (fake->pages[i].process == process && fake->pages[i].address == address)
			return &fake->pages[i];
	return NULL;
}

static void page_add(struct fake *fake, struct fake_page page)
{
	if (cr2_grow(&fake->pages, &fake->capacity, fake->n_pages + 1, sizeof(page)) < 0)
		abort();
	fake->pages[fake->n_pages++] = page;
}

static uint32_t mapcount(const struct fake *fake, uint64_t id)
{
	uint32_t n = 0;

	for (size_t i = 0; i < fake->n_pages; i++)
		n += fake->pages[i].id == id;
	return n;
}

static void unmap(struct fake *fake, const struct cr2_op *op)
{
	size_t n = 0;

	for (size_t i = 0; i < fake->n_pages; i++) {
		const struct fake_page *p = &fake->pages[i];

		if (p->process != op->process || p->address - op->address >= op->length)
			fake->pages[n++] = *p;
	}
	fake->n_pages = n;
}

static void map(struct fake *fake, const struct cr2_op *op)
{
	unmap(fake, op);
	for (uint64_t i = 0; i < op->length; i += CR2_PAGE_SIZE)
		page_add(fake, (struct fake_page){op->process, op->address + i, 0});
}

static void move(struct fake *fake, const struct cr2_op *op)
{
	uint64_t to = op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address;

	for (size_t i = 0; i < fake->n_pages; i++)
		if (fake->pages[i].process == op->process &&
		    fake->pages[i].address - op->address < op->length)
			fake->pages[i].address += to - op->address;
	for (uint64_t i = op->length; i < op->new_length; i += CR2_PAGE_SIZE)
		page_add(fake, (struct fake_page){op->process, to + i, 0});
}

static void fork_pages(struct fake *fake, const struct cr2_op *op)
{
	for (size_t i = 0, n = fake->n_pages; i < n; i++)
		if (fake->pages[i].process == op->process)
			page_add(fake, (struct fake_page){op->child, fake->pages[i].address,
							  fake->pages[i].id});
}

static void fault(struct cr2_outcome *o, const struct cr2_op *op, uint64_t code, enum cr2_path path)
{
	o->faults[o->n_faults++] = (struct cr2_fault){
		.address = op->address,
		.process = op->process,
		.error_code = code,
		.path = path,
		.evidence = CR2_EVIDENCE_SEEN,
	};
}

static void touch(struct fake *fake, const struct cr2_op *op, struct cr2_outcome *o)
{
	struct fake_page *page = page_find(fake, op->process, op->address);
	bool write = op->kind == CR2_OP_WRITE;

	if (!page) {
		fault(o, op, write ? 6 : 4, CR2_PATH_SEGV_MAPERR);
		o->result = CR2_RESULT_SEGV_MAPERR;
		return;
	}
	if (!page->id) {
		fault(o, op, write ? 6 : 4, CR2_PATH_ANON_ALLOC);
		page->id = ++fake->last_id * 1000;
	} else if (write && mapcount(fake, page->id) > 1) {
		fault(o, op, 7, CR2_PATH_WP_COPY);
		page->id = ++fake->last_id * 1000;
	}
	o->has_value = !write;
	o->value = 7;
}

static void perform(struct fake *fake, const struct cr2_op *op, struct cr2_outcome *o)
{
	switch (op->kind) {
	case CR2_OP_MAP:
		map(fake, op);
		break;
	case CR2_OP_UNMAP:
		unmap(fake, op);
		break;
	case CR2_OP_REMAP:
		move(fake, op);
		break;
	case CR2_OP_FORK:
		fork_pages(fake, op);
		break;
	case CR2_OP_EXIT:
		unmap(fake, &(struct cr2_op){.process = op->process, .length = UINT64_MAX});
		break;
	default:
		if (cr2_op_is_access(op->kind))
			touch(fake, op, o);
	}
}

static void log_op(struct fake *fake, const struct cr2_op *op)
{
	cr2_text_printf(&fake->log, "%u:%s", op->process, cr2_op_name(op->kind));
	if (op->address)
		cr2_text_printf(&fake->log, " %" PRIx64, op->address);
	if (op->length)
		cr2_text_printf(&fake->log, "+%" PRIx64, op->length);
	if (op->kind == CR2_OP_REMAP)
		cr2_text_printf(&fake->log, " to %" PRIx64 "+%" PRIx64, op->new_address,
				op->new_length);
	cr2_text_append(&fake->log, "\n");
}

static int begin(struct cr2_runner *runner, const struct cr2_litmus *litmus)
{
	(void)litmus;
	((struct fake *)runner)->begun++;
	return 0;
}

static int execute(struct cr2_runner *runner, const struct cr2_op *op, struct cr2_outcome *o)
{
	struct fake *fake = (struct fake *)runner;

	log_op(fake, op);
	if (++fake->executed == fake->answer_at) {
		*o = fake->answer;
		return fake->answer_error;
	}
	perform(fake, op, o);
	return 0;
}

static int snapshot(struct cr2_runner *runner, uint32_t process, uint64_t address, size_t n,
		    struct cr2_page_state *states)
{
	struct fake *fake = (struct fake *)runner;

	for (size_t i = 0; i < n; i++) {
		const struct fake_page *p = page_find(fake, process, address + i * CR2_PAGE_SIZE);

		states[i] = (struct cr2_page_state){.kind = CR2_PAGE_NOMAP};
		if (p)
			states[i].kind = p->id ? CR2_PAGE_ANON : CR2_PAGE_NONE;
		if (p && p->id) {
			states[i].id = p->id;
			states[i].mapcount = mapcount(fake, p->id);
		}
	}
	return 0;
}

static int end(struct cr2_runner *runner)
{
	((struct fake *)runner)->ended++;
	return 0;
}

static const char *reason(const struct cr2_runner *runner)
{
	return ((const struct fake *)runner)->reason;
}

static void destroy(struct cr2_runner *runner)
{
	(void)runner;
}

void fake_init(struct fake *fake)
{
	static const struct cr2_runner_ops ops = {
		.name = "fake",
		.begin = begin,
		.execute = execute,
		.snapshot = snapshot,
		.end = end,
		.reason = reason,
		.destroy = destroy,
	};

	*fake = (struct fake){.runner = {.ops = &ops}};
	cr2_text_append(&fake->log, "");
}

void fake_finish(struct fake *fake)
{
	cr2_text_finish(&fake->log);
	free(fake->pages);
}
