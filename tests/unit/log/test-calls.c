/* SPDX-License-Identifier: MIT */
/* Call traces in all forms, from logs of real kernels and from the scripts that decode them. */
#include <stdio.h>

#include "collect.h"

/* The entries as one text: "? function+offset/size [module] <stack> @address file:line, inlined" */
static void expect_of(const struct cr2_log_report *report, const char *wanted)
{
	const struct cr2_log_call *call;
	struct cr2_text seen = {0};
	int r = cr2_text_append(&seen, "");

	for (size_t i = 0; r == 0 && (call = cr2_log_report_call(report, CR2_LOG_STACK_CRASH, i)); i++) {
		r = cr2_text_printf(&seen, "%s%s", call->reliable ? "" : "? ", call->function);
		if (r == 0 && call->has_offset)
			r = cr2_text_printf(&seen, "+%x/%x", (unsigned)call->offset, (unsigned)call->size);
		if (r == 0 && call->module[0])
			r = cr2_text_printf(&seen, " [%s]", call->module);
		if (r == 0 && call->stack[0])
			r = cr2_text_printf(&seen, " <%s>", call->stack);
		if (r == 0 && call->has_address)
			r = cr2_text_printf(&seen, " @%llx", (unsigned long long)call->address);
		if (r == 0 && call->file[0])
			r = cr2_text_printf(&seen, " %s:%u", call->file, call->line);
		if (r == 0)
			r = cr2_text_append(&seen, call->inlined ? ", inlined\n" : "\n");
	}
	assert_int_equal(r, 0);
	assert_string_equal(seen.data, wanted);
	cr2_text_finish(&seen);
}

static void expect_in(const char *file, size_t nth, const char *wanted)
{
	char *text = load_log(file);
	struct collected collected;

	collect_string(text, &collected);
	assert_true(nth < collected.n);
	expect_of(&collected.reports[nth], wanted);
	collect_finish(&collected);
	free(text);
}

#define OOPS(trace) \
	"BUG: kernel NULL pointer dereference, address: 0000000000000018\n" \
	"Oops: 0000 [#1] SMP\n" \
	"CPU: 3 PID: 7 Comm: cat Not tainted 6.1.0 #1\n" \
	"RIP: 0010:f+0x24/0x90 [m]\n" \
	"Call Trace:\n" trace \
	"---[ end trace 0000000000000000 ]---\n"

static void expect(const char *text, const char *wanted)
{
	collect_only(text, expect_of, wanted);
}

static void kernel_6_12(void **state)
{
	(void)state;
	/* What follows is the user program's, and no entry. */
	expect_in("linux-6.12.txt", 19, "crash+1bf/330 [crash] <TASK>\n"
		  "crash_write+ae/b10 [crash] <TASK>\n"
		  "proc_reg_write+5a/a0 <TASK>\n"
		  "vfs_write+f8/450 <TASK>\n"
		  "ksys_write+6f/f0 <TASK>\n"
		  "do_syscall_64+87/1b0 <TASK>\n"
		  "entry_SYSCALL_64_after_hwframe+76/7e <TASK>\n");
}

static void kernel_4_4(void **state)
{
	(void)state;
	expect_in("linux-4.4.txt", 19 + 1, "? crash+337/340 [crash] @ffffffffc0000427\n"
		  "crash_write+84/bd0 [crash] @ffffffffc00004b4\n");
}

static void stacks_of_interrupts(void **state)
{
	(void)state;
	expect(OOPS(" <IRQ>\n tick+0x1/0x2\n </IRQ>\n <TASK>\n ? idle+0x3/0x4\n </TASK>\n"),
	       "tick+1/2 <IRQ>\n? idle+3/4 <TASK>\n");
	/* Until 4.9, in the entry's line. */
	expect(OOPS(" <IRQ>  [<ffffffff81000001>] tick+0x1/0x2\n"
		    " <EOI>  [<ffffffff81000003>] ? idle+0x3/0x4\n"),
	       "tick+1/2 <IRQ> @ffffffff81000001\n? idle+3/4 @ffffffff81000003\n");
}

static void code_without_a_name(void **state)
{
	(void)state;
	expect(OOPS(" 0xffffffffc0001000\n g+0x1/0x2 [m 0123456789abcdef0123456789abcdef01234567]\n"),
	       " @ffffffffc0001000\ng+1/2 [m]\n");
}

static void decoded_by_scripts(void **state)
{
	(void)state;
	expect(OOPS(" ksys_write (fs/read_write.c:643)\n"
		    " ? g (fs/a.h:1 fs/b.c:2 (discriminator 3)) m\n"),
	       "ksys_write fs/read_write.c:643\n"
	       "?  fs/a.h:1, inlined\n? g [m] fs/b.c:2\n");
	expect(OOPS(" __dump_stack lib/dump_stack.c:94 [inline]\n"
		    " dump_stack_lvl+0x16c/0x1f0 lib/dump_stack.c:120\n"),
	       "__dump_stack lib/dump_stack.c:94, inlined\n"
	       "dump_stack_lvl+16c/1f0 lib/dump_stack.c:120\n");
}

/* As syzbot prints it, no line lies between the two. */
static void call_trace_behind_a_decoded_ip(void **state)
{
	(void)state;
	expect("BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
	       "Oops: 0000 [#1] SMP\n"
	       "RIP: 0010:f+0x24/0x90 fs/x.c:120\n"
	       "Call Trace:\n"
	       " g+0x1/0x20 (/src/y.c:5:3) [m]\n"
	       " h (??:?) m\n"
	       "---[ end trace 0000000000000000 ]---\n", "g+1/20 [m] /src/y.c:5\nh [m]\n");
}

static void a_scripts_underline_ends_nothing(void **state)
{
	(void)state;
	expect("BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
	       "Oops: 0000 [#1] SMP\n"
	       "RIP: 0010:f (fs/x.c:120)\n"
	       "Code: 48 8b 47 10 <48> 8b 40 18 5b 5d c3\n"
	       "Code starting with the faulting instruction\n"
	       "===========================================\n"
	       "   0:\t48 8b 40 18          \tmov    0x18(%rax),%rax\n"
	       "Call Trace:\n"
	       " evict (fs/inode.c:678)\n"
	       "---[ end trace 0000000000000000 ]---\n", "evict fs/inode.c:678\n");
}

/* KASAN prints it behind the stacks. */
static void a_page_is_no_entry(void **state)
{
	(void)state;
	expect(OOPS(" g+0x1/0x2\npage:000000001234abcd refcount:1 mapcount:0 mapping:0000000000000000 index:0x0\n"),
	       "g+1/2\n");
}

static void other_lines_are_no_entries(void **state)
{
	(void)state;
	expect(OOPS(" g+0x1/0x2\nModules linked in: a b+1\nRIP: 0033:0x431d20\n"
		    "RSP: 002b:00007000123456789 EFLAGS: 00000202 ORIG_RAX: 0000000000000001\n"
		    "CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033\neth0: link is up\n"),
	       "g+1/2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_6_12),
		cmocka_unit_test(kernel_4_4),
		cmocka_unit_test(stacks_of_interrupts),
		cmocka_unit_test(code_without_a_name),
		cmocka_unit_test(decoded_by_scripts),
		cmocka_unit_test(call_trace_behind_a_decoded_ip),
		cmocka_unit_test(a_scripts_underline_ends_nothing),
		cmocka_unit_test(a_page_is_no_entry),
		cmocka_unit_test(other_lines_are_no_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
