/* SPDX-License-Identifier: MIT */
/* The C program that a learner begins with. */
#include <inttypes.h>

#include "learn.h"

static const char body[] =
	"#define _GNU_SOURCE\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include <sys/mman.h>\n"
	"#include <sys/wait.h>\n"
	"#include <unistd.h>\n"
	"\n"
	"#define ARENA ((void *)0x%llx)\n"
	"#define PAGE 4096\n"
	"\n"
	"/* Without volatile the compiler may leave an access out. */\n"
	"static volatile char *arena;\n"
	"\n"
	"int main(void)\n"
	"{\n"
	"\t/* MAP_FIXED_NOREPLACE: there, or nowhere. Change the size, the rights and what is mapped as you need it. */\n"
	"\tarena = mmap(ARENA, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);\n"
	"\tif (arena == MAP_FAILED) {\n"
	"\t\tperror(\"mmap\");\n"
	"\t\treturn 1;\n"
	"\t}\n"
	"\n"
	"\t/* Yours. */\n"
	"\n"
	"\treturn 0;\n"
	"}\n";

/* Lines of a comment. */
static int add_comment(const struct cr2_demand_task *task, struct cr2_text *text)
{
	const struct cr2_style style = {.width = 90};
	struct cr2_text task_text = {0};
	int r = cr2_view_demand_task(task, false, &style, &task_text);

	if (r == 0)
		r = cr2_text_append(text, "/*\n");
	for (char *line = task_text.data, *end; line && *line && r == 0; line = end + 1) {
		for (end = line; *end != '\n'; end++)
			;
		r = cr2_text_printf(text, " *%s%.*s\n", end == line ? "" : " ", (int)(end - line), line);
	}
	if (r == 0)
		r = cr2_text_printf(text,
				    " *\n"
				    " * To judge it:   cr2 learn force %s --seed %" PRIu64 " skeleton.c\n"
				    " * It is built as: cc -g -Wall -Wextra -o skeleton skeleton.c\n"
				    " */\n",
				    cr2_demand_name(task->demand), task->seed);
	cr2_text_finish(&task_text);
	return r;
}

int cr2_view_demand_skeleton(const struct cr2_demand_task *task, struct cr2_text *text)
{
	int r = add_comment(task, text);

	return r == 0 ? cr2_text_printf(text, body, (unsigned long long)CR2_ARENA_START) : r;
}
