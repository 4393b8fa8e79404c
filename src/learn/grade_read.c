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

/* What is no text, by how it begins; NULL: it may be some. */
static const char *not_text(const char *data, size_t size)
{
	if (size >= 4 && memcmp(data, "PK\3\4", 4) == 0)
		return "this is a ZIP archive, or a document of an office program: give the text that is in it";
	return memchr(data, '\0', size) ? "this is no text in UTF-8: save it as UTF-8" : NULL;
}

static int read_text(struct hand_in *file)
{
	const char *reason = not_text(file->data, file->size);

	if (reason)
		return hand_in_refuse(file, 0, "%s", reason);
	if (file->size >= 3 && memcmp(file->data, "\xef\xbb\xbf", 3) == 0) {
		file->data += 3;
		file->size -= 3;
	}
	if (is_json(file->data, file->size))
		return hand_in_json(file);
	return hand_in_is_markdown(file->data, file->size) ? hand_in_markdown(file) : hand_in_csv(file);
}

/* From now on the grades know the file. */
static int add_file(struct cr2_grades *grades, const char *path, const char **ret_path)
{
	struct cr2_text name = {0};
	int r = cr2_text_append_message(&name, path);

	if (r == 0)
		r = cr2_grow(&grades->files, &grades->files_capacity, grades->n_files + 1, sizeof(*grades->files));
	if (r < 0) {
		cr2_text_finish(&name);
		return r;
	}
	*ret_path = grades->files[grades->n_files++] = name.data;
	return 0;
}

int cr2_grades_read(struct cr2_grades *grades, const char *path, const char *data, size_t size)
{
	struct cr2_diag diag = {0};
	struct hand_in file = {.grades = grades, .data = data, .size = size, .diag = &diag};
	int r = add_file(grades, path, &file.path);

	return r < 0 ? r : hand_in_go_on(&file, hand_in_named(&file), read_text(&file));
}

int cr2_grades_unread(struct cr2_grades *grades, const char *path, const char *reason)
{
	struct cr2_diag diag = {0};
	struct hand_in file = {.grades = grades, .diag = &diag};
	int r = add_file(grades, path, &file.path);

	return r < 0 ? r : hand_in_go_on(&file, hand_in_named(&file), hand_in_refuse(&file, 0, "%s", reason));
}
