/* SPDX-License-Identifier: MIT */
/* Twin of fs/binfmt_elf.c: what a program's file says becomes mappings. */
#include "../mm/mm.h"

/* Behind the page that describes the program. */
#define TEXT_OFFSET CR2_PAGE_SIZE

static int elf_map(struct cr2_model *m, struct process *mm, const struct cr2_op *segment)
{
	struct cr2_op map = *segment;

	map.kind = CR2_OP_MAP;
	map.flags |= CR2_MAP_PRIVATE | CR2_MAP_FIXED;
	return map.length ? do_mmap(m, mm, &map) : 0;
}

/* What the file has behind data's end in its last page is not the program's: it begins its bss with that. */
static int padzero(struct cr2_model *m, uint64_t bss)
{
	const uint64_t bytes = -bss & ~CR2_PAGE_MASK;

	return bytes && !clear_user(m, bss, bytes) ? -EFAULT : 0;
}

int load_elf_binary(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	const uint64_t data = op->address + op->length, end = data + op->new_length;
	const uint64_t bss = (end + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK;
	const struct cr2_op segments[] = {
		{.address = op->address, .length = op->length, .prot = CR2_PROT_READ | CR2_PROT_EXEC, .object = op->object,
		 .offset = TEXT_OFFSET},
		{.address = data, .length = op->new_length, .prot = CR2_PROT_READ | CR2_PROT_WRITE, .object = op->object,
		 .offset = TEXT_OFFSET + op->length},
		{.address = bss, .length = op->offset, .prot = CR2_PROT_READ | CR2_PROT_WRITE, .object = CR2_NO_OBJECT,
		 .flags = CR2_MAP_ANONYMOUS},
	};
	int r = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(segments) && r == 0; i++)
		r = elf_map(m, mm, &segments[i]);
	return r == 0 && op->offset ? padzero(m, end) : r;
}
