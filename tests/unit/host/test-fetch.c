/* SPDX-License-Identifier: MIT */
/* Which bytes may be executed: only what can touch nothing. */
#include <errno.h>
#include <stdlib.h>

#include <host/host.h>

#include "../test.h"

#define BASE CR2_LITMUS_BASE

static bool emulated; /* as if by QEMU */

/* Is it safe at the offset when a page of filling was written these bytes? */
static bool is_safe(uint64_t offset, uint8_t filling, const char *bytes, size_t n)
{
	struct host_written written = {0};
	struct cr2_text reason = {0};
	int r;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(host_written_add(&written, BASE + offset + i, (uint8_t)bytes[i]), 0);
	r = host_fetch_check(&written, BASE + offset, filling == 0x00, filling == 0xC3, emulated,
			     &reason);
	if (r < 0) {
		assert_int_equal(r, -EOPNOTSUPP);
		assert_non_null(strstr(reason.data, "exec 0x200000200"));
	}
	cr2_text_finish(&reason);
	free(written.items);
	return r == 0;
}

#define SAFE(filling, bytes) is_safe(0, filling, bytes, sizeof(bytes) - 1)

static void pages_as_they_come_are_safe(void **state)
{
	(void)state;
	assert_true(SAFE(0x00, ""));
	assert_true(SAFE(0xC3, ""));
}

/* So that a scenario that writes some byte and executes it is seldom refused. */
static void a_byte_at_the_start_is_mostly_safe(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned value = 0; value < 256; value++) {
		char byte = (char)value;

		n += is_safe(0, 0x00, &byte, 1);
	}
	assert_true(n >= 225); /* the others are no opcodes, or prefixes that change addresses */
}

static void what_could_touch_memory_is_not(void **state)
{
	(void)state;
	assert_false(SAFE(0x00, "\x00\x05")); /* add %al, 0(%rip) */
	assert_false(SAFE(0x00, "\x88\x05\x10\x00\x00\x00")); /* mov %al, 16(%rip) */
	assert_false(SAFE(0x00, "\x88\x04\x25\x00\x00\x20\x00")); /* mov %al, 0x200000 */
	assert_false(SAFE(0x00, "\xa2\x00\x00\x20\x00\x00\x20")); /* movabs %al, 0x200000200000 */
	assert_false(SAFE(0x00, "\x64\x88\x00")); /* mov %al, %fs:(%rax) */
	assert_false(SAFE(0x00, "\x67\x88\x00")); /* mov %al, (%eax) */
	assert_true(SAFE(0x00, "\x88\x84\x88\xff\xff\xff\x7f")); /* mov %al, 0x7fffffff(%rax,%rcx,4) */
	assert_true(SAFE(0x00, "\x88\x04\x25\x00\x00\x00\x00")); /* mov %al, 0 */
}

static void system_calls_are_not(void **state)
{
	(void)state;
	assert_false(SAFE(0x00, "\x0f\x05"));
	assert_false(SAFE(0x00, "\x0f\x34"));
	assert_false(SAFE(0x00, "\xcd\x80"));
	assert_false(SAFE(0x00, "\x0f\x01\xc1")); /* vmcall */
	assert_false(SAFE(0x00, "\x0f\x01\xd9")); /* vmmcall */
	assert_true(SAFE(0x00, "\xcd\x03"));
	assert_true(SAFE(0x00, "\xcc"));
	assert_true(SAFE(0x00, "\xf4")); /* hlt */
}

static void far_returns_are_not_where_qemu_emulates_the_cpu(void **state)
{
	static const char *const bytes[] = {"\xca", "\xcb", "\xcf", "\x48\xcb", "\x48\xcf"};

	(void)state;
	for (unsigned i = 0; i < CR2_ARRAY_SIZE(bytes); i++) {
		assert_true(is_safe(0, 0x00, bytes[i], strlen(bytes[i])));
		emulated = true;
		assert_false(is_safe(0, 0x00, bytes[i], strlen(bytes[i])));
		/* Beside what the page held before. */
		assert_false(is_safe(0, 0xC3, bytes[i], strlen(bytes[i])));
		emulated = false;
	}
}

static void the_next_page_is_not_reached(void **state)
{
	(void)state;
	assert_true(is_safe(4094, 0x00, "", 0)); /* two bytes: add %al, (%rax) */
	assert_false(is_safe(4095, 0x00, "", 0));
	assert_true(is_safe(4095, 0xC3, "", 0)); /* ret */
	assert_true(is_safe(4095, 0x00, "\x90", 1) == false); /* zero may stand there still */
	assert_false(is_safe(4093, 0xC3, "\xb8", 1)); /* mov $imm32, %eax */
}

static void bytes_written_elsewhere_count_at_their_offset(void **state)
{
	struct host_written written = {0};
	struct cr2_text reason = {0};

	(void)state;
	host_written_add(&written, BASE + 7 * CR2_PAGE_SIZE + 1, 0x05);
	assert_int_equal(host_fetch_check(&written, BASE, true, false, false, &reason), -EOPNOTSUPP);
	assert_int_equal(host_fetch_check(&written, BASE + 2, true, false, false, &reason), 0);
	assert_int_equal(host_fetch_check(&written, BASE, false, true, false, &reason), 0); /* c3 first */
	cr2_text_finish(&reason);
	free(written.items);
}

static void too_many_possibilities_are_refused(void **state)
{
	struct host_written written = {0};
	struct cr2_text reason = {0};

	(void)state;
	for (unsigned i = 0; i < 11; i++)
		host_written_add(&written, BASE + i, 0x90);
	assert_int_equal(host_fetch_check(&written, BASE, true, false, false, &reason), -EOPNOTSUPP);
	cr2_text_finish(&reason);
	free(written.items);
}

static void the_same_byte_is_kept_once(void **state)
{
	struct host_written written = {0};

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		host_written_add(&written, BASE + i * CR2_PAGE_SIZE, 1);
	assert_int_equal(written.count, 1);
	free(written.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_as_they_come_are_safe),
		cmocka_unit_test(a_byte_at_the_start_is_mostly_safe),
		cmocka_unit_test(what_could_touch_memory_is_not),
		cmocka_unit_test(system_calls_are_not),
		cmocka_unit_test(far_returns_are_not_where_qemu_emulates_the_cpu),
		cmocka_unit_test(the_next_page_is_not_reached),
		cmocka_unit_test(bytes_written_elsewhere_count_at_their_offset),
		cmocka_unit_test(too_many_possibilities_are_refused),
		cmocka_unit_test(the_same_byte_is_kept_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
