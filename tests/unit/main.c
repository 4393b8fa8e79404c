/* SPDX-License-Identifier: MIT */
/* PROGRAM NAME: the test of that name, such as base/text; without, the names of all that it holds. */
#include <stdio.h>
#include <string.h>

#define TEST(name, entry) int entry(void);
#include "tests.def"
#undef TEST

static const struct {
	const char *name;
	int (*run)(void);
} tests[] = {
#define TEST(name, entry) {name, entry},
#include "tests.def"
#undef TEST
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		if (argc < 2)
			puts(tests[i].name);
		else if (strcmp(argv[1], tests[i].name) == 0)
			return tests[i].run();
	}
	if (argc > 1)
		fprintf(stderr, "%s: no test '%s'\n", argv[0], argv[1]);
	return argc > 1;
}
