/* SPDX-License-Identifier: MIT */
/* Which ENOMEM is the machine's refusal to promise so much, as its kernel is set. */
#include <errno.h>
#include <stdio.h>

#include <host/promise.h>

#include "../test.h"

#define HUGE_LENGTH (1ULL << 62) /* more than any machine has, and no kernel's limit on its own */
#define NO_LIMIT 1
#define STRICT 2

static int mode(void)
{
	FILE *file = fopen("/proc/sys/vm/overcommit_memory", "re");
	int value = -1;

	if (!file)
		test_skip("/proc/sys/vm/overcommit_memory cannot be read");
	assert_int_equal(fscanf(file, "%d", &value), 1);
	fclose(file);
	return value;
}

static int check(struct cr2_op op, int error, const char *part)
{
	struct cr2_text reason = {0};
	int r = host_promise_check(&op, error, &reason);

	if (r < 0)
		assert_non_null(strstr(reason.data, part));
	else
		assert_int_equal(reason.length, 0);
	cr2_text_finish(&reason);
	return r;
}

static void more_than_there_is(void **state)
{
	const struct cr2_op ops[] = {
		{.kind = CR2_OP_MAP, .length = HUGE_LENGTH},
		{.kind = CR2_OP_PROTECT, .length = HUGE_LENGTH},
		{.kind = CR2_OP_REMAP, .length = 4096, .new_length = HUGE_LENGTH},
	};
	int wanted = mode() == NO_LIMIT ? 0 : -EOPNOTSUPP;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(ops); i++)
		assert_int_equal(check(ops[i], ENOMEM, "MiB at the most (vm.overcommit_memory is"), wanted);
}

/* How much fork asks for is not known: refused where the kernel counts strictly. */
static void fork_where_it_is_counted(void **state)
{
	int wanted = mode() == STRICT ? -EOPNOTSUPP : 0;

	(void)state;
	assert_int_equal(check((struct cr2_op){.kind = CR2_OP_FORK}, ENOMEM, "vm.overcommit_memory"),
			 wanted);
}

static void other_causes(void **state)
{
	(void)state;
	assert_int_equal(check((struct cr2_op){.kind = CR2_OP_MAP, .length = HUGE_LENGTH}, 0, ""), 0);
	assert_int_equal(check((struct cr2_op){.kind = CR2_OP_MAP, .length = HUGE_LENGTH}, EINVAL, ""), 0);
	/* such as a limit on mappings */
	assert_int_equal(check((struct cr2_op){.kind = CR2_OP_MAP, .length = 0}, ENOMEM, ""), 0);
	assert_int_equal(check((struct cr2_op){.kind = CR2_OP_UNMAP, .length = HUGE_LENGTH}, ENOMEM, ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_there_is),
		cmocka_unit_test(fork_where_it_is_counted),
		cmocka_unit_test(other_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
