/* SPDX-License-Identifier: MIT */
/* A file that was handed in: which format it has shows in what it holds. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "grade.h"

static bool is_json(const char *s, size_t n)
{
	while (n && isspace((unsigned char)*s))
		s++, n--;
	return n && (*s == '{' || *s == '[');
}

int cr2_grades_read(struct cr2_grades *grades, const char *path, const char *data, size_t size, struct cr2_diag *diag)
{
	struct hand_in file = {.grades = grades, .data = data, .size = size, .diag = diag};
	struct cr2_text name = {0};
	int r = cr2_text_append_message(&name, path);

	if (r == 0)
		r = cr2_grow(&grades->files, &grades->files_capacity, grades->n_files + 1, sizeof(*grades->files));
	if (r < 0) {
		cr2_text_finish(&name);
		return r;
	}
	file.path = grades->files[grades->n_files++] = name.data;
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		file.data += 3;
		file.size -= 3;
	}
	if (memchr(file.data, '\0', file.size))
		return hand_in_refuse(&file, 0, "this is no text in UTF-8");
	if (is_json(file.data, file.size))
		return hand_in_json(&file);
	return hand_in_is_markdown(file.data, file.size) ? hand_in_markdown(&file) : hand_in_csv(&file);
}
