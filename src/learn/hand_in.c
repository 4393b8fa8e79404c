/* SPDX-License-Identifier: MIT */
/* What files that were handed in say, whatever their format: whose they are, and answers as people leave them there. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "grade.h"
#include "sheet.h"

int hand_in_refuse(const struct hand_in *file, unsigned line, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = learn_vrefuse(file->diag, line, format, args);
	va_end(args);
	return r;
}

static int add_note(struct cr2_grade_notes *notes, const struct cr2_grade_note *note)
{
	int r = cr2_grow(&notes->items, &notes->capacity, notes->n + 1, sizeof(*notes->items));

	if (r == 0)
		notes->items[notes->n++] = *note;
	return r;
}

int hand_in_note(const struct hand_in *file, struct cr2_grade *grade, unsigned line, const char *format, ...)
{
	struct cr2_text text = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&text, format, args);
	va_end(args);
	if (r == 0)
		r = add_note(&grade->notes, &(struct cr2_grade_note){.file = file->path, .line = line, .message = text.data});
	if (r < 0)
		cr2_text_finish(&text);
	return r;
}

int hand_in_go_on(const struct hand_in *file, struct cr2_grade *grade, int r)
{
	struct cr2_text text = {0};

	if (r != -EINVAL)
		return r;
	/* It may name what was read, in whatever bytes. */
	r = cr2_text_append_message(&text, file->diag->message);
	if (r == 0)
		r = add_note(grade ? &grade->notes : &file->grades->notes,
			     &(struct cr2_grade_note){.file = file->path, .line = file->diag->line, .message = text.data, .unread = true});
	if (r < 0)
		cr2_text_finish(&text);
	cr2_diag_finish(file->diag);
	file->grades->n_unread += r == 0;
	return r;
}

/* ---- whose ---- */

static struct cr2_grade *find_student(const struct cr2_grades *grades, const char *id)
{
	const struct cr2_sheet *sheet = cr2_sheets_find(grades->sheets, id);

	/* Capitals are lost where people type. */
	for (size_t i = 0; i < grades->n && !sheet; i++)
		if (strcasecmp(grades->items[i].sheet->id, id) == 0)
			sheet = grades->items[i].sheet;
	return sheet ? &grades->items[sheet - grades->sheets->items] : NULL;
}

int hand_in_student(const struct hand_in *file, unsigned line, const char *id, struct cr2_grade **ret_grade)
{
	struct cr2_grade *grade = find_student(file->grades, id);

	if (!grade)
		return hand_in_refuse(file, line, "the key has no student '%s'", id);
	*ret_grade = grade;
	return hand_in_open(grade, file->grades->sheets);
}

/* The student whose ID a name begins with: ada.counter.json; of ada and ada.b the longer one. */
static struct cr2_grade *find_in_name(const struct cr2_grades *grades, const char *name, size_t n)
{
	char *id = strndup(name, n);
	struct cr2_grade *found = NULL;

	for (char *dot; id && !(found = find_student(grades, id)) && (dot = strrchr(id, '.'));)
		*dot = '\0';
	free(id);
	return found;
}

struct cr2_grade *hand_in_named(const struct hand_in *file)
{
	const char *end = file->path + strlen(file->path), *name = end;
	struct cr2_grade *grade;

	while (name > file->path && name[-1] != '/')
		name--;
	grade = find_in_name(file->grades, name, (size_t)(end - name));
	if (!grade && name > file->path) {
		const char *slash = name - 1, *folder = slash;

		while (folder > file->path && folder[-1] != '/')
			folder--;
		grade = find_in_name(file->grades, folder, (size_t)(slash - folder));
	}
	return grade;
}

int hand_in_owner(const struct hand_in *file, struct cr2_grade **ret_grade)
{
	struct cr2_grade *grade = hand_in_named(file);

	if (!grade)
		return hand_in_refuse(file, 0, "whose is it? Neither does it say so, nor has its name an ID of the key's: ID.md");
	*ret_grade = grade;
	return hand_in_open(grade, file->grades->sheets);
}

/* ---- answers ---- */

/* What people, word processors and Markdown set around an answer: blanks, quotes, what makes it bold or code. */
static bool is_around(uint32_t c)
{
	static const uint32_t around[] = {' ', '\t', '\r', '"', '\'', '`', '*', 0xa0, 0xab, 0xbb, 0x200b, 0x2018, 0x2019,
					  0x201a, 0x201c, 0x201d, 0x201e, 0xfeff};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(around); i++)
		if (c == around[i])
			return true;
	return false;
}

/* The answer as it would be typed at a terminal. */
static int clean(const char *s, struct cr2_text *ret)
{
	size_t left = strlen(s), end = 0;
	bool begun = false;
	int r = 0;

	while (left && r == 0) {
		uint32_t c = 0;
		size_t n = utf8_read(s, left, &c);
		bool around = n && is_around(c);

		bool broken = n == 0;

		if (broken)
			n = 1;
		/* Markdown's editors write do\_wp\_page. */
		if (*s == '\\' && left > 1 && ispunct((unsigned char)s[1]))
			s++, left--;
		begun |= !around;
		if (begun)
			r = broken ? cr2_text_append(ret, "\xef\xbf\xbd") : around && n > 1 ? cr2_text_append(ret, " ") :
			    cr2_text_append_n(ret, s, n);
		if (!around)
			end = ret->length;
		s += n;
		left -= n;
	}
	if (ret->data)
		ret->data[ret->length = end] = '\0';
	return r;
}

static struct cr2_grade_part *find_part(struct cr2_grade_item *item, const char *key)
{
	for (size_t i = 0; i < item->n_parts; i++)
		if (strcmp(item->parts[i].key, key) == 0)
			return &item->parts[i];
	for (size_t i = 0; i < item->n_parts; i++)
		if (strcasecmp(item->parts[i].key, key) == 0)
			return &item->parts[i];
	return NULL;
}

/* Two answers to a part: of one file the last counts; of two files nobody can tell, and a person has to. */
static int note_twice(const struct hand_in *file, struct cr2_grade *grade, unsigned line, unsigned long item,
		      const struct cr2_grade_part *part)
{
	if (part->file != file->path)
		return hand_in_go_on(file, grade, hand_in_refuse(file, line, "%lu.%s is answered in %s, too, which counts: give one "
								 "of the two", item, part->key, part->file));
	return hand_in_note(file, grade, line, "%lu.%s is answered in line %u, too: the last counts", item, part->key,
			    part->line);
}

int hand_in_answer(const struct hand_in *file, struct cr2_grade *grade, unsigned line, unsigned long item,
		   const char *key, const char *answer)
{
	struct cr2_grade_part *part = NULL;
	struct cr2_text text = {0};
	int r;

	if (item >= 1 && item <= grade->sheet->n_items)
		part = find_part(&grade->items[item - 1], key);
	if (!part)
		return hand_in_note(file, grade, line, "the sheet has no %lu.%s", item, key);
	file->grades->n_taken++;
	r = clean(answer, &text);
	if (r == 0 && text.length && part->answer && strcmp(part->answer, text.data) != 0)
		r = note_twice(file, grade, line, item, part);
	if (r == 0 && text.length && (!part->answer || part->file == file->path)) {
		free(part->answer);
		part->answer = text.data;
		part->file = file->path;
		part->line = line;
		grade->items[item - 1].handed_in = true;
		return 0;
	}
	/* A line without an answer has been seen all the same. */
	if (r == 0 && !part->file) {
		part->file = file->path;
		part->line = line;
	}
	cr2_text_finish(&text);
	return r;
}
