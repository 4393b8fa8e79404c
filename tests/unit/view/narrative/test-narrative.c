/* SPDX-License-Identifier: MIT */
/* Narratives of hand-made faults: each kind of stage, each way a fault can end. */
#include <stdio.h>

#include <cr2/flags.h>

#include "../../test.h"
#include "../golden.h"

#define BUF 0x200000200000ULL
#define PF(flags) ((flags) | 0x8000000000000000ULL)

static char *processes[] = {"parent", "child"}, *mappings[] = {"buf", "text", "big", "stack"},
	    *objects[] = {"lib"};
static const struct cr2_names names = {
	.processes = {CR2_ARRAY_SIZE(processes), processes},
	.mappings = {CR2_ARRAY_SIZE(mappings), mappings},
	.objects = {CR2_ARRAY_SIZE(objects), objects},
};
static const struct cr2_place place_items[] = {
	{0, BUF, 4},
	{1, 0x200040400000, 0x10},
	{2, 0x200080600000, 0x600},
	{3, 0x2000c0dfe000, 2},
};
static const struct cr2_places places = {&names, CR2_ARRAY_SIZE(place_items), place_items};

/* A byte of a page of mapping 0 ("buf"), 1 ("text"), 2 ("big") or 3 ("stack"). */
#define AT(mapping_, page, byte_) (struct cr2_ref){ \
		.mapping = (mapping_), .first = (page), .last = (page), .byte = (byte_)}
static const struct cr2_ref outside = {.mapping = CR2_NO_OBJECT, .address = 0xff11000000000000};

#define SOURCE \
	"map buf 4 rw\n" \
	"child: write buf@0 0x43   => 0x7 wp_copy # the lesson\n"

#define BUF_VMA {.start = BUF, .end = BUF + 0x4000, .vm_flags = 0x100073, \
		 .object = CR2_NO_OBJECT, .page_offset = BUF >> 12, .anonymous = true}

#define EXCEPTION(kind_, at_, code) \
	{.kind = CR2_STAGE_EXCEPTION, .exception = { \
		.vector = 14, .access = CR2_ACCESS_##kind_, .cr2 = (at_), \
		.pushed_at = 0xfffffe0000002fd0, .idt = 0xfffffe0000000000, \
		.handler = 0xffffffff82000b30, \
		.frame = {.error_code = (code), .rip = 0x401136, .cs = 0x33, .rflags = 0x10246, \
			  .rsp = 0x7ffffffde000, .ss = 0x2b}, \
		.walk = WALK}}
#define WALK_TO_PMD(at_) \
	{CR2_LEVEL_P4D, (at_) >> 39 & 511, 0x1002000 + 8 * ((at_) >> 39 & 511), 0x1003067}, \
	{CR2_LEVEL_PUD, (at_) >> 30 & 511, 0x1003000 + 8 * ((at_) >> 30 & 511), 0x1004067}
#define PMD(at_, value) \
	{CR2_LEVEL_PMD, (at_) >> 21 & 511, 0x1004000 + 8 * ((at_) >> 21 & 511), (value)}
#define PTE(at_, value) \
	{CR2_LEVEL_PTE, (at_) >> 12 & 511, 0x1006000 + 8 * ((at_) >> 12 & 511), (value)}
#define WALK_PTE(at_, value) \
	{.cr3 = 0x1002000, .levels = 4, .n = 4, .entries = { \
		WALK_TO_PMD(at_), PMD(at_, 0x1006067), PTE(at_, value)}}
#define VMA(at_, ...) \
	{.kind = CR2_STAGE_VMA, .vma = {.address = (at_), .found = true, .vma = __VA_ARGS__}}
#define PERMISSION(kind_, need, has, flags) \
	{.kind = CR2_STAGE_PERMISSION, .permission = { \
		.access = CR2_ACCESS_##kind_, .allowed = true, .required = (need), \
		.vm_flags = (has), .fault_flags = (flags)}}
#define RETURN(kind_, v, at_, ...) \
	{.kind = CR2_STAGE_RETURN, .ret = { \
		.rip = 0x401136, .retried = true, .tlb_miss = true, .walk = __VA_ARGS__, \
		.physical = (at_), .access = CR2_ACCESS_##kind_, .value = (v)}}

/* Draws at 80, 100 and 160 columns, with and without colour; NAME-80 and so on are golden. */
static void assert_narrative(const char *name, enum cr2_op_kind op, struct cr2_ref at,
			     const struct cr2_stage *stages, size_t n)
{
	static const unsigned widths[] = {80, 100, 160};
	struct cr2_observation o = {.step = 6, .line = 2, .process = 1, .op = op,
				    .has_at = true, .at = at};
	const struct cr2_view_step step = {.path = "catalogue/cow/child-writes.litmus",
					   .source = SOURCE, .observation = &o, .names = &names,
					   .places = &places,
					   .kernel = 6018};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(widths); i++) {
		struct cr2_style style = {.width = widths[i]};
		struct cr2_text plain = {0}, coloured = {0};
		char golden[64];

		assert_int_equal(cr2_view_narrative(&step, stages, n, &style, &plain), 0);
		assert_int_equal(cr2_view_fault_lines(&step, stages, n, &style, &plain), 0);
		style.colour = true;
		assert_int_equal(cr2_view_narrative(&step, stages, n, &style, &coloured), 0);
		assert_int_equal(cr2_view_fault_lines(&step, stages, n, &style, &coloured), 0);
		assert_same_without_colour(&coloured, &plain);
		assert_fits(&plain, widths[i]);
		snprintf(golden, sizeof(golden), "narrative-%s-%u", name, widths[i]);
		assert_golden(golden, &plain);
		cr2_text_finish(&plain);
		cr2_text_finish(&coloured);
	}
	/* Terminals may be of any width; what does not fit may stick out, but is there. */
	for (unsigned width = 0; width < 80; width++) {
		const struct cr2_style style = {.width = width};
		const char *label = width < 72 ? "\n  S1 exception\n    #PF" : "\n  S1 exception   #PF";
		struct cr2_text text = {0};

		assert_int_equal(cr2_view_narrative(&step, stages, n, &style, &text), 0);
		assert_int_equal(cr2_view_fault_lines(&step, stages, n, &style, &text), 0);
		assert_non_null(strstr(text.data, label));
		cr2_text_finish(&text);
	}
}

static void copy_on_write(void **state)
{
#define WALK WALK_PTE(BUF, PF(0xa1025))
	static const struct cr2_stage stages[] = {
		EXCEPTION(WRITE, BUF, 7),
		VMA(BUF, BUF_VMA),
		PERMISSION(WRITE, CR2_VM(WRITE), 0x100073, 0x1255),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(BUF, PF(0xa1025)),
						    .state = CR2_ENTRY_PRESENT,
						    .path = CR2_PATH_WP_COPY}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_COPIED, .path = CR2_PATH_WP_COPY,
			.old_page = {.pfn = 0xa1, .refs_before = 2, .refs_after = 1,
				     .maps_before = 2, .maps_after = 1, .kind = CR2_PAGE_ANON},
			.new_page = {.pfn = 0xb3, .refs_after = 1, .maps_after = 1,
				     .exclusive_after = true, .kind = CR2_PAGE_ANON},
			.object = CR2_NO_OBJECT, .bytes_copied = 4096}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(BUF, PF(0xb3067)),
							.old_value = PF(0xa1025), .flushed = true,
							.page_shift = 12}},
		RETURN(WRITE, 0x43, 0xb3000, WALK_PTE(BUF, PF(0xb3067))),
	};
#undef WALK

	(void)state;
	assert_narrative("copy", CR2_OP_WRITE, AT(0, 0, 0), stages, CR2_ARRAY_SIZE(stages));
}

/* The first touch of an address space: the kernel adds page tables. */
static void first_touch(void **state)
{
#define WALK {.cr3 = 0x1002000, .levels = 4, .n = 2, .entries = { \
	{CR2_LEVEL_P4D, 64, 0x1002200, 0x1003067}, {CR2_LEVEL_PUD, 0, 0x1003000, 0}}}
	static const struct cr2_stage stages[] = {
		EXCEPTION(READ, BUF + 0x1010, 4),
		VMA(BUF + 0x1010, BUF_VMA),
		PERMISSION(READ, CR2_VM(READ), 0x100073, 0x1254),
		{.kind = CR2_STAGE_WALK, .walk = {
			.walk = WALK, .tables_allocated = 2,
			.after = WALK_PTE(BUF + 0x1010, 0)}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(BUF + 0x1000, 0),
						    .path = CR2_PATH_ANON_ZERO}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_ZERO_SHARED, .path = CR2_PATH_ANON_ZERO,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 1, .kind = CR2_PAGE_ZERO}, .object = CR2_NO_OBJECT}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(BUF + 0x1000, PF(0x1225)),
							.page_shift = 12}},
		RETURN(READ, 0, 0x1010, WALK_PTE(BUF + 0x1010, PF(0x1225))),
	};
#undef WALK

	(void)state;
	assert_narrative("touch", CR2_OP_READ, AT(0, 1, 16), stages, CR2_ARRAY_SIZE(stages));
}

/* Fetched twice: the first fault maps a page that may not be executed. */
static void refused(void **state)
{
#define WALK WALK_PTE(BUF, 0)
	static const struct cr2_stage stages[] = {
		EXCEPTION(FETCH, BUF, 0x14),
		VMA(BUF, BUF_VMA),
		PERMISSION(FETCH, CR2_VM(EXEC), 0x100073, 0x1354),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK_PTE(BUF, 0)}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(BUF, 0),
						    .path = CR2_PATH_ANON_ZERO}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_ZERO_SHARED, .path = CR2_PATH_ANON_ZERO,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 1, .kind = CR2_PAGE_ZERO}, .object = CR2_NO_OBJECT}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(BUF, PF(0x1225)),
							.page_shift = 12}},
#undef WALK
#define WALK WALK_PTE(BUF, PF(0x1225))
		EXCEPTION(FETCH, BUF, 0x15),
		VMA(BUF, BUF_VMA),
		{.kind = CR2_STAGE_PERMISSION, .permission = {
			.access = CR2_ACCESS_FETCH, .required = CR2_VM(EXEC),
			.vm_flags = 0x100073}},
		{.kind = CR2_STAGE_SIGNAL, .signal = {
			.signo = 11, .code = 2, .address = BUF, .error_code = 0x15,
			.path = CR2_PATH_SEGV_ACCERR}},
	};
#undef WALK

	(void)state;
	assert_narrative("refused", CR2_OP_EXEC, AT(0, 0, 0), stages, CR2_ARRAY_SIZE(stages));
}

/* One byte past the end of buf, text being the next mapping above. */
static void no_mapping(void **state)
{
#define WALK WALK_PTE(BUF + 0x4000, 0)
	static const struct cr2_stage stages[] = {
		EXCEPTION(READ, BUF + 0x4000, 4),
		{.kind = CR2_STAGE_VMA, .vma = {
			.address = BUF + 0x4000, .has_next = true, .has_previous = true,
			.previous = {.start = BUF, .end = BUF + 0x4000, .vm_flags = 0x100073,
				     .object = CR2_NO_OBJECT, .anonymous = true},
			.vma = {.start = 0x200040400000, .end = 0x200040410000, .vm_flags = 0x75,
				.object = 0, .page_offset = 2}}},
		{.kind = CR2_STAGE_SIGNAL, .signal = {
			.signo = 11, .code = 1, .address = BUF + 0x4000, .error_code = 4,
			.path = CR2_PATH_SEGV_MAPERR}},
	};
#undef WALK

	(void)state;
	assert_narrative("outside", CR2_OP_READ, AT(0, 4, 0), stages, CR2_ARRAY_SIZE(stages));
}

/* The kernel's own copy meets a read-only mapping: no signal, a fixup. */
static void kernel_fixup(void **state)
{
	static const struct cr2_stage stages[] = {
		{.kind = CR2_STAGE_EXCEPTION, .exception = {
			.vector = 14, .access = CR2_ACCESS_WRITE, .cr2 = 0x200040403000,
			.pushed_at = 0xffffc90000007e90, .handler = 0xffffffff82000b30,
			.frame = {.error_code = 3, .rip = 0xffffffff8210a3c4, .cs = 0x10,
				  .rflags = 0x50246, .rsp = 0xffffc90000007ec8, .ss = 0x18}}},
		VMA(0x200040403000, {.start = 0x200040400000, .end = 0x200040410000,
				     .vm_flags = 0x71, .object = 0, .page_offset = 2}),
		{.kind = CR2_STAGE_PERMISSION, .permission = {
			.access = CR2_ACCESS_WRITE, .required = CR2_VM(WRITE), .vm_flags = 0x71}},
		{.kind = CR2_STAGE_EXTABLE, .extable = {
			.ip = 0xffffffff8210a3c4, .fixup = 0xffffffff8210a3d2,
			.result = CR2_RESULT_EFAULT, .path = CR2_PATH_SEGV_ACCERR}},
	};

	(void)state;
	assert_narrative("fixup", CR2_OP_KWRITE, AT(1, 3, 0), stages, CR2_ARRAY_SIZE(stages));
}

/* Past the end of the address space of processes: no mapping is looked for. */
static void kernel_address(void **state)
{
#define WALK {.cr3 = 0x1002000, .levels = 5, .n = 1, .entries = { \
	{CR2_LEVEL_PGD, 273, 0x1002888, 0x8000000001007063}}}
	static const struct cr2_stage stages[] = {
		EXCEPTION(READ, 0xff11000000000000, 5),
		{.kind = CR2_STAGE_SIGNAL, .signal = {
			.signo = 11, .code = 1, .address = 0xff11000000000000, .error_code = 5,
			.path = CR2_PATH_SEGV_MAPERR}},
	};
#undef WALK

	(void)state;
	assert_narrative("kernel-address", CR2_OP_READ, outside, stages,
			 CR2_ARRAY_SIZE(stages));
}

#define BIG 0x200080800000ULL
#define BIG_VMA {.start = 0x200080600000, .end = 0x200080c00000, .vm_flags = 0x20100073, \
		 .object = CR2_NO_OBJECT, .anonymous = true}

/* Decided at the PMD: one entry maps 2 MiB. */
static void huge_page(void **state)
{
#define WALK {.cr3 = 0x1002000, .levels = 4, .n = 3, \
	.entries = {WALK_TO_PMD(BIG), PMD(BIG, 0)}}
	static const struct cr2_stage stages[] = {
		EXCEPTION(WRITE, BIG + 0x5123, 6),
		VMA(BIG + 0x5123, BIG_VMA),
		PERMISSION(WRITE, CR2_VM(WRITE), 0x20100073, 0x1255),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PMD(BIG, 0),
						    .path = CR2_PATH_ANON_HUGE}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_ZEROED, .path = CR2_PATH_ANON_HUGE,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 0x12600, .refs_after = 1, .maps_after = 1,
				     .exclusive_after = true, .kind = CR2_PAGE_HUGE},
			.object = CR2_NO_OBJECT}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PMD(BIG, PF(0x126000e7)),
							.page_shift = 21}},
		RETURN(WRITE, 1, 0x12605123, {.cr3 = 0x1002000, .levels = 4, .n = 3,
			.entries = {WALK_TO_PMD(BIG), PMD(BIG, PF(0x126000e7))}}),
	};
#undef WALK

	(void)state;
	assert_narrative("huge", CR2_OP_WRITE, AT(2, 517, 291), stages, CR2_ARRAY_SIZE(stages));
}

/* A shared 2 MiB mapping is split, then one of its pages is copied: one fault, two entries. */
static void huge_page_split(void **state)
{
#define WALK {.cr3 = 0x1002000, .levels = 4, .n = 3, \
	.entries = {WALK_TO_PMD(BIG), PMD(BIG, PF(0x126000a5))}}
	static const struct cr2_stage stages[] = {
		EXCEPTION(WRITE, BIG, 7),
		VMA(BIG, BIG_VMA),
		PERMISSION(WRITE, CR2_VM(WRITE), 0x20100073, 0x1255),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK, .tables_allocated = 1}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PMD(BIG, PF(0x126000a5)),
						    .state = CR2_ENTRY_PRESENT,
						    .path = CR2_PATH_WP_HUGE_SPLIT}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_SPLIT, .path = CR2_PATH_WP_HUGE_SPLIT,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 0x12600, .refs_before = 2, .refs_after = 513,
				     .maps_before = 2, .maps_after = 2, .kind = CR2_PAGE_HUGE},
			.object = CR2_NO_OBJECT}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PMD(BIG, 0x1006067),
							.old_value = PF(0x126000a5),
							.flushed = true, .page_shift = 12}},
		RETURN(WRITE, 1, 0xb3000, WALK_PTE(BIG, PF(0xb3067))),
	};
#undef WALK

	(void)state;
	assert_narrative("split", CR2_OP_WRITE, AT(2, 512, 0), stages, CR2_ARRAY_SIZE(stages));
}

/* A read of a file page that must come from disk, and one that brings its neighbours. */
static void file_pages(void **state)
{
#define TEXT 0x200040403000ULL
#define TEXT_VMA {.start = 0x200040400000, .end = 0x200040410000, .vm_flags = 0x75, \
		  .object = 0, .page_offset = 2}
#define WALK WALK_PTE(TEXT, 0)
	static const struct cr2_stage around[] = {
		EXCEPTION(FETCH, TEXT, 0x14),
		VMA(TEXT, TEXT_VMA),
		PERMISSION(FETCH, CR2_VM(EXEC), 0x75, 0x1354),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(TEXT, 0),
						    .path = CR2_PATH_FILE_READ}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_CACHED, .path = CR2_PATH_FILE_READ,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 0x1d, .refs_before = 1, .refs_after = 2,
				     .maps_after = 1, .kind = CR2_PAGE_FILE},
			.object = 0, .index = 5, .around_first = 0, .around_count = 15}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(TEXT, 0x1d025),
							.page_shift = 12}},
		RETURN(FETCH, 0xc3, 0x1d000, WALK_PTE(TEXT, 0x1d025)),
	};
	static const struct cr2_stage major[] = {
		EXCEPTION(WRITE, TEXT, 6),
		VMA(TEXT, {.start = 0x200040400000, .end = 0x200040410000, .vm_flags = 0xfb,
			   .object = 0, .shared = true}),
		PERMISSION(WRITE, CR2_VM(WRITE), 0xfb, 0x1255),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(TEXT, 0),
						    .path = CR2_PATH_FILE_SHARED}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_READ, .path = CR2_PATH_FILE_SHARED,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 0x1d, .refs_after = 2, .maps_after = 1,
				     .kind = CR2_PAGE_FILE},
			.object = 0, .index = 3}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(TEXT, PF(0x1d067)),
							.page_shift = 12}},
		RETURN(WRITE, 0x41, 0x1d000, WALK_PTE(TEXT, PF(0x1d067))),
	};
#undef WALK

	(void)state;
	assert_narrative("around", CR2_OP_EXEC, AT(1, 3, 0), around, CR2_ARRAY_SIZE(around));
	assert_narrative("major", CR2_OP_WRITE, AT(1, 3, 0), major, CR2_ARRAY_SIZE(major));
}

/* A private file page that is read-only is copied out of the page cache. */
static void file_copy(void **state)
{
#define WALK WALK_PTE(TEXT, 0x1d025)
	static const struct cr2_stage stages[] = {
		EXCEPTION(WRITE, TEXT, 7),
		VMA(TEXT, TEXT_VMA),
		PERMISSION(WRITE, CR2_VM(WRITE), 0x77, 0x1255),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(TEXT, 0x1d025),
						    .state = CR2_ENTRY_PRESENT,
						    .path = CR2_PATH_WP_COPY}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_COPIED, .path = CR2_PATH_WP_COPY,
			.old_page = {.pfn = 0x1d, .refs_before = 2, .refs_after = 1,
				     .maps_before = 1, .kind = CR2_PAGE_FILE},
			.new_page = {.pfn = 0xb3, .refs_after = 1, .maps_after = 1,
				     .exclusive_after = true, .kind = CR2_PAGE_ANON},
			.object = 0, .index = 5, .bytes_copied = 4096}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(TEXT, PF(0xb3067)),
							.old_value = 0x1d025, .flushed = true,
							.page_shift = 12}},
		RETURN(WRITE, 0x41, 0xb3000, WALK_PTE(TEXT, PF(0xb3067))),
	};
#undef WALK

	(void)state;
	assert_narrative("file-copy", CR2_OP_WRITE, AT(1, 3, 0), stages, CR2_ARRAY_SIZE(stages));
}

static void swapped(void **state)
{
#define WALK WALK_PTE(BUF, 0x07fffffffffff408)
	static const struct cr2_stage stages[] = {
		EXCEPTION(READ, BUF, 4),
		VMA(BUF, BUF_VMA),
		PERMISSION(READ, CR2_VM(READ), 0x100073, 0x1254),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(BUF, 0x07fffffffffff408),
						    .state = CR2_ENTRY_SWAP,
						    .path = CR2_PATH_SWAP_IN}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_SWAP_READ, .path = CR2_PATH_SWAP_IN,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 0xb3, .refs_after = 2, .maps_after = 1,
				     .exclusive_after = true, .kind = CR2_PAGE_ANON},
			.object = CR2_NO_OBJECT}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(BUF, PF(0xb3025)),
							.old_value = 0x07fffffffffff408,
							.page_shift = 12}},
		RETURN(READ, 0x41, 0xb3000, WALK_PTE(BUF, PF(0xb3025))),
	};
#undef WALK

	(void)state;
	assert_narrative("swap", CR2_OP_READ, AT(0, 0, 0), stages, CR2_ARRAY_SIZE(stages));
}

/* A stack grows to reach the address; the entry turns out to allow the access already. */
static void grown_and_spurious(void **state)
{
#define STACK 0x2000c0dfe000ULL
#define WALK WALK_PTE(STACK, PF(0xb3067))
	static const struct cr2_stage stages[] = {
		EXCEPTION(WRITE, STACK + 8, 7),
		{.kind = CR2_STAGE_VMA, .vma = {
			.address = STACK + 8, .found = true, .grown = true,
			.grown_from = 0x2000c0dff000,
			.vma = {.start = STACK, .end = 0x2000c0e00000, .vm_flags = 0x100173,
				.object = CR2_NO_OBJECT, .anonymous = true}}},
		PERMISSION(WRITE, CR2_VM(WRITE), 0x100173, 0x255),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(STACK, PF(0xb3067)),
						    .state = CR2_ENTRY_PRESENT,
						    .path = CR2_PATH_SPURIOUS}},
		{.kind = CR2_STAGE_PAGE, .page = {
			.action = CR2_PAGE_UNCHANGED, .path = CR2_PATH_SPURIOUS,
			.old_page = {.pfn = CR2_NO_FRAME},
			.new_page = {.pfn = 0xb3, .refs_before = 1, .refs_after = 1,
				     .maps_before = 1, .maps_after = 1, .exclusive_before = true,
				     .exclusive_after = true, .kind = CR2_PAGE_ANON},
			.object = CR2_NO_OBJECT}},
		{.kind = CR2_STAGE_INSTALL, .install = {.entry = PTE(STACK, PF(0xb3067)),
							.old_value = PF(0xb3067), .flushed = true,
							.page_shift = 12}},
		RETURN(WRITE, 1, 0xb3008, WALK_PTE(STACK, PF(0xb3067))),
	};
#undef WALK

	(void)state;
	assert_narrative("stack", CR2_OP_WRITE, AT(3, 0, 8), stages, CR2_ARRAY_SIZE(stages));
}

static void past_the_file(void **state)
{
#define WALK WALK_PTE(TEXT, 0)
	static const struct cr2_stage stages[] = {
		EXCEPTION(READ, TEXT, 4),
		VMA(TEXT, TEXT_VMA),
		PERMISSION(READ, CR2_VM(READ), 0x75, 0x1254),
		{.kind = CR2_STAGE_WALK, .walk = {.walk = WALK}},
		{.kind = CR2_STAGE_ENTRY, .entry = {.entry = PTE(TEXT, 0),
						    .path = CR2_PATH_SIGBUS}},
		{.kind = CR2_STAGE_SIGNAL, .signal = {
			.signo = 7, .code = 2, .address = TEXT, .error_code = 4,
			.path = CR2_PATH_SIGBUS}},
	};
#undef WALK

	(void)state;
	assert_narrative("sigbus", CR2_OP_READ, AT(1, 3, 0), stages, CR2_ARRAY_SIZE(stages));
}

static void text_of(enum cr2_op_kind op, enum cr2_result result, struct cr2_text *text)
{
	struct cr2_observation o = {.step = 1, .line = 1, .process = 0, .op = op,
				    .result = result};
	const struct cr2_view_step step = {.observation = &o, .names = &names};
	const struct cr2_style style = {.width = 100};

	cr2_text_clear(text);
	assert_int_equal(cr2_view_narrative(&step, NULL, 0, &style, text), 0);
	assert_fits(text, 100);
}

static void no_fault_says_why(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	text_of(CR2_OP_READ, CR2_RESULT_OK, &text);
	assert_non_null(strstr(text.data, "no fault: the TLB or a page-table entry allows"));
	text_of(CR2_OP_READ, CR2_RESULT_GP, &text);
	assert_non_null(strstr(text.data, "the address is not canonical"));
	text_of(CR2_OP_PROTECT, CR2_RESULT_OK, &text);
	assert_non_null(strstr(text.data, "mprotect is a system call"));
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_on_write),
		cmocka_unit_test(first_touch),
		cmocka_unit_test(refused),
		cmocka_unit_test(no_mapping),
		cmocka_unit_test(kernel_fixup),
		cmocka_unit_test(kernel_address),
		cmocka_unit_test(huge_page),
		cmocka_unit_test(huge_page_split),
		cmocka_unit_test(file_pages),
		cmocka_unit_test(file_copy),
		cmocka_unit_test(swapped),
		cmocka_unit_test(grown_and_spurious),
		cmocka_unit_test(past_the_file),
		cmocka_unit_test(no_fault_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
