/* SPDX-License-Identifier: MIT */
/*
 * Lines that are data: a record of the journal (journalctl -o export, verbose, json, json-sse,
 * json-pretty), of dmesg -J, of a container's runtime. Their message is taken out, and then the
 * markup off it (plain.c). A record may be cut, or have a line for each of its fields: what
 * names a message in a line is enough.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "form.h"
#include "scan.h"

#define ARRAY_MAX 65536
#define DEPTH_MAX 4

/* Members that hold a line of a log, the likelier first; the time of it; where it is from. */
static const char *const messages[] = {"MESSAGE", "msg", "message", "log", "textPayload", "line"};
static const char *const times[] = {"@timestamp", "timestamp", "time", "__REALTIME_TIMESTAMP"};
static const char *const hosts[] = {"_HOSTNAME", "hostname", "host", "pod_name", "container_name"};

static const char *string_of(json_t *object, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_object_get(object, keys[i]));

		if (text)
			return text;
	}
	return "";
}

/* "MESSAGE":[66,85,71]: bytes that are no UTF-8, or hold an escape character; or several fields. */
static int append_array(struct cr2_text *text, json_t *array)
{
	json_t *element;
	size_t i;
	int r = 0;

	json_array_foreach(array, i, element) {
		char byte = (char)json_integer_value(element);

		if (json_is_string(element))
			return cr2_text_append(text, json_string_value(element));
		if (r == 0 && json_is_integer(element))
			r = cr2_text_append_n(text, &byte, 1);
	}
	return r;
}

/* The nearest member that may be a message, here or in a member that is an object. */
static json_t *find_message(json_t *object, int depth, json_t **ret_holder)
{
	const char *key;
	json_t *member;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(messages); i++) {
		member = json_object_get(object, messages[i]);
		if (json_is_string(member) || json_is_array(member)) {
			*ret_holder = object;
			return member;
		}
	}
	if (depth == DEPTH_MAX)
		return NULL;
	json_object_foreach(object, key, member) {
		json_t *found = json_is_object(member) ? find_message(member, depth + 1, ret_holder) : NULL;

		if (found)
			return found;
	}
	return NULL;
}

static int append_string(struct cr2_text *text, json_t *string)
{
	return cr2_text_append_n(text, json_string_value(string), json_string_length(string));
}

/* The last string of each row: [["TIME", "LINE"], ...] of Loki; or all strings; or a string. */
static int append_lines(struct cr2_text *text, json_t *member)
{
	json_t *row;
	size_t i;
	int r = 0;

	if (json_is_string(member))
		return append_string(text, member);
	json_array_foreach(member, i, row) {
		json_t *last = json_array_size(row) ? json_array_get(row, json_array_size(row) - 1) : row;

		if (r == 0 && json_is_string(last)) {
			r = i ? cr2_text_append(text, "\n") : 0;
			r = r ? r : append_string(text, last);
		}
	}
	return r;
}

/* Does it hold a word of a crash? */
static bool is_crash(const struct log_forms *forms, json_t *member)
{
	struct cr2_text lines = {0};
	bool found;

	if (!forms->scan || !(json_is_string(member) || json_is_array(member)))
		return false;
	found = append_lines(&lines, member) == 0 && lines.length &&
		log_scan_find(forms->scan, lines.data, lines.data + lines.length, NULL);
	cr2_text_finish(&lines);
	return found;
}

/* What is looked for in an object or an array, itself; NULL: it is not there. */
typedef json_t *find_fn(struct log_forms *forms, json_t *json);

/* The first one that there is, here or in what this holds. */
static json_t *find_within(struct log_forms *forms, json_t *json, find_fn *find, int depth)
{
	json_t *found = find(forms, json), *member;
	const char *key;
	size_t i;

	if (found || depth == DEPTH_MAX)
		return found;
	json_object_foreach(json, key, member) {
		found = find_within(forms, member, find, depth + 1);
		if (found)
			return found;
	}
	json_array_foreach(json, i, member) {
		found = find_within(forms, member, find, depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

/* A member of any name that holds a crash, or whose name is that of one which did. */
static json_t *find_crash(struct log_forms *forms, json_t *json)
{
	json_t *member = forms->key[0] ? json_object_get(json, forms->key) : NULL;
	const char *key;

	if (json_is_string(member) || json_is_array(member))
		return member;
	json_object_foreach(json, key, member) {
		if (strlen(key) >= sizeof(forms->key) || !is_crash(forms, member))
			continue;
		strcpy(forms->key, key);
		return member;
	}
	return NULL;
}

/* An array of records, and one of them holds a crash: [{"message": "LINE"}, ...]. */
static json_t *find_rows(struct log_forms *forms, json_t *json)
{
	json_t *member, *holder;
	size_t i;

	json_array_foreach(json, i, member) {
		json_t *message = json_is_object(member) ? find_message(member, 0, &holder) : NULL;

		if (message && is_crash(forms, message))
			return json;
	}
	return NULL;
}

static int append_rows(struct cr2_text *text, json_t *rows)
{
	json_t *row, *holder;
	size_t i;
	int r = 0;

	json_array_foreach(rows, i, row) {
		json_t *message = json_is_object(row) ? find_message(row, 0, &holder) : NULL;

		if (message && r == 0 && text->length)
			r = cr2_text_append(text, "\n");
		if (message && r == 0)
			r = json_is_array(message) ? append_array(text, message) : append_string(text, message);
	}
	return r;
}

/* The member whose name says that it is a message; or another, where that one holds no crash and this does. */
static json_t *choose_message(struct log_forms *forms, json_t *object, json_t **ret_holder, bool *ret_known)
{
	json_t *known = find_message(object, 0, ret_holder), *other = NULL;

	if (known && is_crash(forms, known))
		forms->key[0] = '\0';
	else
		other = find_within(forms, object, find_crash, 0);
	*ret_known = !other;
	return other ? other : known;
}

static int take_object(struct log_forms *forms, json_t *object, bool *ret_found);

/* A message that is an object in its turn: '{"log": "{\"message\": \"LINE\"}"}'. */
static int take_inner(struct log_forms *forms, json_t *message, bool *ret_found)
{
	const char *text = json_is_string(message) ? json_string_value(message) : "";
	json_t *inner = *text == '{' ? json_loads(text, 0, NULL) : NULL;
	int r = json_is_object(inner) ? take_object(forms, inner, ret_found) : 0;

	json_decref(inner);
	return r;
}

/* An object, or an array of objects or of lines. */
static int take_object(struct log_forms *forms, json_t *object, bool *ret_found)
{
	struct cr2_text *record = &forms->record;
	json_t *holder = object, *message, *rows;
	bool known, found = false;
	int r;

	message = choose_message(forms, object, &holder, &known);
	rows = known && message && is_crash(forms, message) ? NULL : find_within(forms, object, find_rows, 0);
	*ret_found = message || rows;
	r = known && !rows ? take_inner(forms, message, &found) : 0;
	if (!*ret_found || found || r < 0)
		return r;
	cr2_text_clear(record);
	r = rows ? append_rows(record, rows) :
	    known && json_is_array(message) ? append_array(record, message) : append_lines(record, message);
	forms->when_at = record->length;
	if (r == 0)
		r = cr2_text_append(record, string_of(holder, times, CR2_ARRAY_SIZE(times)));
	forms->host_at = record->length;
	if (r == 0)
		r = cr2_text_append(record, string_of(holder, hosts, CR2_ARRAY_SIZE(hosts)));
	return r;
}

/* '["LINE", "LINE"]' */
static int take_lines(struct log_forms *forms, json_t *lines, bool *ret_found)
{
	int r;

	cr2_text_clear(&forms->record);
	r = append_lines(&forms->record, lines);
	forms->when_at = forms->host_at = forms->record.length;
	*ret_found = true;
	return r;
}

/* Where a line has a whole object, or an array of such: '{"', '[{"'. NULL: nowhere. */
static const char *find_json(struct log_span line)
{
	const char *brace = memchr(line.start, '{', log_length(line));

	if (!brace || !memchr(brace, '"', (size_t)(line.end - brace)))
		return log_take(&line, "[\"") ? line.start - 2 : NULL;
	return brace > line.start && brace[-1] == '[' ? brace - 1 : brace;
}

/* Whatever stands before it ("data: " of json-sse, CRI's head). */
static int take_json(struct log_forms *forms, struct log_span line, bool *ret_found)
{
	const char *start = find_json(line);
	json_t *json;
	int r = 0;

	*ret_found = false;
	if (!start)
		return 0;
	json = json_loadb(start, (size_t)(line.end - start), JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);
	if (json_is_object(json) || (json_is_array(json) && find_within(forms, json, find_rows, 0)))
		r = take_object(forms, json, ret_found);
	else if (json_is_array(json) && is_crash(forms, json))
		r = take_lines(forms, json, ret_found);
	json_decref(json);
	return r;
}

static bool is_message_key(const struct log_forms *forms, struct log_span key)
{
	if (log_length(key) && log_length(key) == strlen(forms->key) &&
	    memcmp(key.start, forms->key, log_length(key)) == 0)
		return true;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(messages); i++)
		if (log_length(key) == strlen(messages[i]) && memcmp(key.start, messages[i], log_length(key)) == 0)
			return true;
	return false;
}

/* Takes '"KEY" :'. */
static bool take_key(struct log_span *line, struct log_span *ret_key)
{
	struct log_span rest = *line, key;

	log_skip_blanks(&rest);
	if (!log_take(&rest, "\""))
		return false;
	key = rest;
	while (rest.start < rest.end && (isalnum((unsigned char)*rest.start) || strchr("_@.-", *rest.start)) &&
	       *rest.start)
		rest.start++;
	key.end = rest.start;
	if (!log_take(&rest, "\""))
		return false;
	log_skip_blanks(&rest);
	if (!log_take(&rest, ":"))
		return false;
	log_skip_blanks(&rest);
	*line = rest;
	*ret_key = key;
	return true;
}

/* A string behind its first quotation mark, up to the one that ends it, or the line. */
static int take_string(struct log_forms *forms, struct log_span rest, bool *ret_found)
{
	struct cr2_text array = {0};
	const char *p = rest.start;
	json_t *json = NULL;
	int r;

	while (p < rest.end && *p != '"')
		p += *p == '\\' && p + 1 < rest.end ? 2 : 1;
	rest.end = p < rest.end ? p : rest.end;
	r = cr2_text_append(&array, "[\"");
	if (r == 0)
		r = cr2_text_append_n(&array, rest.start, log_length(rest));
	if (r == 0)
		r = cr2_text_append(&array, "\"]");
	if (r == 0)
		json = json_loadb(array.data, array.length, JSON_ALLOW_NUL, NULL);
	cr2_text_clear(&forms->record);
	if (r == 0 && json)
		r = append_array(&forms->record, json);
	else if (r == 0)
		r = cr2_text_append_n(&forms->record, rest.start, log_length(rest));
	forms->when_at = forms->host_at = forms->record.length;
	json_decref(json);
	cr2_text_finish(&array);
	*ret_found = true;
	return r;
}

/* A string of another name that holds a crash: so may the next lines' of that name. */
static bool is_crash_key(struct log_forms *forms, struct log_span key, struct log_span string)
{
	if (!log_length(key) || log_length(key) >= sizeof(forms->key) || !forms->scan ||
	    !log_scan_find(forms->scan, string.start, string.end, NULL))
		return false;
	memcpy(forms->key, key.start, log_length(key));
	forms->key[log_length(key)] = '\0';
	return true;
}

/* A member that has a line of its own, or whose object was cut. */
static int take_member(struct log_forms *forms, struct log_span line, bool *ret_found)
{
	struct log_span rest = line, key;

	*ret_found = false;
	log_skip_blanks(&rest);
	if (rest.start == rest.end || (*rest.start != '{' && *rest.start != '"'))
		return 0;
	while (rest.start < rest.end) {
		struct log_span member;

		rest.start = memchr(rest.start, '"', log_length(rest));
		if (!rest.start)
			return 0;
		member = rest;
		if (take_key(&member, &key) && log_take(&member, "\"") &&
		    (is_message_key(forms, key) || is_crash_key(forms, key, member)))
			return take_string(forms, member, ret_found);
		rest.start++;
	}
	return 0;
}

/* json-pretty's array: '"MESSAGE" : [', a number a line, ']'. */
static bool array_begins(struct log_forms *forms, struct log_span line)
{
	struct log_span key;

	if (!take_key(&line, &key) || !is_message_key(forms, key) || !log_take(&line, "["))
		return false;
	if (line.start != line.end)
		return false;
	forms->in_array = true;
	cr2_text_clear(&forms->record);
	return true;
}

static int array_goes_on(struct log_forms *forms, struct log_span line, bool *ret_ended)
{
	uint64_t value;
	char byte;

	log_skip_blanks(&line);
	*ret_ended = log_take(&line, "]");
	if (*ret_ended || !log_take_decimal(&line, &value) || value > 255 ||
	    forms->record.length == ARRAY_MAX) {
		forms->in_array = false;
		forms->when_at = forms->host_at = forms->record.length;
		return 0;
	}
	byte = (char)value;
	return cr2_text_append_n(&forms->record, &byte, 1);
}

/* "MESSAGE=" of export and verbose; there a field that is no text has its length before it. */
static bool take_field(struct log_span *line)
{
	struct log_span rest = *line;

	log_skip_blanks(&rest);
	if (log_take(&rest, "MESSAGE=")) {
		*line = rest;
		return true;
	}
	/* Eight bytes, little-endian; seven where the lowest was a newline. */
	for (size_t low = 3; low >= 2; low--)
		if (log_length(*line) > low + 5 && memcmp(line->start + low, "\0\0\0\0\0", 5) == 0) {
			line->start += low + 5;
			return true;
		}
	return false;
}

/* "_PID=77", "MESSAGE", '"PRIORITY" : "6",', "},{", and the line that begins a record of -o verbose. */
static bool is_frame(struct log_span line)
{
	struct log_span rest = line, key;
	const char *p;

	log_skip_blanks(&rest);
	if (rest.start == rest.end || take_key(&rest, &key))
		return true;
	for (p = rest.start; p < rest.end && memchr("{}[], \t", *p, 7); p++)
		;
	if (p == rest.end)
		return true;
	for (p = rest.start; p < rest.end && (isupper((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '_'); p++)
		;
	/* Not "PC=0x401136" of other reports. */
	if (p < rest.end && *p == '=' && (memchr(rest.start, '_', (size_t)(p - rest.start)) ||
					  log_take(&rest, "PRIORITY=")))
		return true;
	if (log_take(&rest, "MESSAGE"))
		return rest.start == rest.end;
	return rest.end[-1] == ']' && log_find(rest, " [s=") && log_find(rest, ";i=");
}

/* What the record says, its markup taken off. */
static int give_record(struct log_forms *forms, struct log_plain *ret_plain)
{
	const struct cr2_text *record = &forms->record;
	const char *start = record->data;
	int r;

	cr2_text_clear(&forms->text);
	r = record->length ? log_plain_append(&forms->text, (struct log_span){start, start + forms->when_at}) : 0;
	if (r < 0)
		return r;
	*ret_plain = (struct log_plain){.text = {"", ""}};
	if (forms->text.length)
		ret_plain->text = (struct log_span){forms->text.data, forms->text.data + forms->text.length};
	if (record->length) {
		ret_plain->when = (struct log_span){start + forms->when_at, start + forms->host_at};
		ret_plain->host = (struct log_span){start + forms->host_at, start + record->length};
	}
	return 0;
}

static int give_text(struct log_forms *forms, struct log_span line, struct log_plain *ret_plain)
{
	int r;

	*ret_plain = (struct log_plain){.text = line};
	if (log_plain_is(line))
		return 0;
	cr2_text_clear(&forms->text);
	r = log_plain_append(&forms->text, line);
	ret_plain->text = (struct log_span){forms->text.data, forms->text.data + forms->text.length};
	if (!forms->text.length)
		ret_plain->text = (struct log_span){line.start, line.start};
	return r;
}

static int read_array(struct log_forms *forms, struct log_span line, struct log_plain *ret_plain)
{
	bool ended;
	int r = array_goes_on(forms, line, &ended);

	if (r == 0 && ended)
		return give_record(forms, ret_plain);
	/* Numbers that are no message: none is the rest of a broken line. */
	*ret_plain = (struct log_plain){.text = {line.start, line.start}, .frame = true};
	return r;
}

/* What ends it as text of DOS, and as cat -A prints it. */
static struct log_span without_end(struct log_span line)
{
	if (line.end > line.start && line.end[-1] == '$')
		line.end--;
	while (log_length(line) >= 2 && memcmp(line.end - 2, "^M", 2) == 0)
		line.end -= 2;
	while (line.end > line.start && line.end[-1] == '\r')
		line.end--;
	return line;
}

int log_form_read(struct log_forms *forms, struct log_span line, struct log_plain *ret_plain)
{
	bool found;
	int r;

	line = without_end(line);
	if (forms->in_array)
		return read_array(forms, line, ret_plain);
	r = take_json(forms, line, &found);
	if (r == 0 && !found)
		r = take_member(forms, line, &found);
	if (r < 0)
		return r;
	if (found)
		return give_record(forms, ret_plain);
	if (take_field(&line))
		return give_text(forms, line, ret_plain);
	r = give_text(forms, line, ret_plain);
	ret_plain->frame = array_begins(forms, line) || is_frame(line);
	return r;
}

void log_forms_finish(struct log_forms *forms)
{
	cr2_text_finish(&forms->text);
	cr2_text_finish(&forms->record);
}
