/* SPDX-License-Identifier: MIT */
/*
 * Call stacks with names. Each place in a file is looked up once; what it comes to, a function and
 * those that are inlined into it, is a list of frames that stand once each.
 */
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/symbol.h>

#include "base/hash.h"
#include "base/words.h"
#include "record/perf/programs.h"
#include "jit.h"
#include "object.h"
#include "unwind.h"

#define KERNEL "[kernel]"
#define MADE "[jit]"
#define DEEPEST 256
/* Places that are remembered; with more, the oldest are asked for again. */
#define PLACES_MOST (1 << 20)

/* Frames of one place: so many, from there on. */
struct list {
	size_t first, n;
};
struct cr2_symbols {
	struct symbols *symbols;
	struct cr2_symbols_places places;
	struct unwinder *unwinder; /* NULL: nothing was unwound yet */
	struct jit *jit; /* NULL: code that programs made has no names */
	uint64_t time; /* of the fault */
	struct hash known; /* (file or process, offset or address): a list's number plus 1 */
	size_t n_lists, lists_capacity;
	struct list *lists;
	size_t n_pool, pool_capacity;
	const struct cr2_frame **pool; /* the lists' frames */
	void *frames; /* of <search.h>: each once */
	struct words words;
	struct cr2_text text;
	size_t n, capacity; /* of the last answer */
	const struct cr2_frame **answer;
};

/* ---- words and frames, each once ---- */

/* NULL: no memory, or nothing to keep. */
static const char *word_of(struct cr2_symbols *symbols, const char *word)
{
	int64_t number = word ? words_number(&symbols->words, word) : -1;

	return number < 0 ? NULL : symbols->words.items[number];
}

/* Words stand once, so that pointers tell them apart. */
static int compare_frames(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct cr2_frame));
}

static const struct cr2_frame *frame_of(struct cr2_symbols *symbols, const char *function, bool named,
					const char *object, const char *file, int line)
{
	struct cr2_frame wanted, *made;
	void **found;

	memset(&wanted, 0, sizeof(wanted));
	wanted.function = word_of(symbols, function);
	wanted.object = word_of(symbols, object);
	wanted.file = word_of(symbols, file && file[0] ? file : NULL);
	wanted.line = wanted.file ? line : 0;
	wanted.named = named;
	wanted.kernel = object && strcmp(object, KERNEL) == 0;
	if (!wanted.function)
		return NULL;
	found = tfind(&wanted, &symbols->frames, compare_frames);
	if (found)
		return *found;
	made = malloc(sizeof(*made));
	if (!made)
		return NULL;
	memcpy(made, &wanted, sizeof(*made));
	if (tsearch(made, &symbols->frames, compare_frames))
		return made;
	free(made);
	return NULL;
}

/* ---- places ---- */

/* Adds a frame to the list that is being made. */
static int add(struct cr2_symbols *symbols, const struct cr2_frame *frame)
{
	if (!frame || cr2_grow(&symbols->pool, &symbols->pool_capacity, symbols->n_pool + 1,
			       sizeof(*symbols->pool)) < 0)
		return -ENOMEM;
	symbols->pool[symbols->n_pool++] = frame;
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "libc.so.6+0x1234" or "0x7f..." */
static int add_unnamed(struct cr2_symbols *symbols, const char *object, uint64_t offset)
{
	int r;

	cr2_text_clear(&symbols->text);
	if (object)
		r = cr2_text_printf(&symbols->text, "%s+0x%" PRIx64, base_name(object), offset);
	else
		r = cr2_text_printf(&symbols->text, "0x%" PRIx64, offset);
	return r ? r : add(symbols, frame_of(symbols, symbols->text.data, false, object, NULL, 0));
}

/* The function by its symbol, with what the source says of it where that is at hand. */
static int add_file_place(struct cr2_symbols *symbols, const struct cr2_recorded_file *file, uint64_t offset)
{
	struct symbol_frames frames = {0};
	int r;

	cr2_text_clear(&symbols->text);
	r = symbols_frames_at(symbols->symbols, file->path, file->build_id, file->n_build_id, offset,
			      &symbols->text, &frames);
	if (r == -ENOENT)
		return add_unnamed(symbols, file->path, offset);
	for (size_t i = 0; r == 0 && i + 1 < frames.n; i++)
		r = add(symbols, frame_of(symbols, frames.items[i].function, true, file->path,
					  frames.items[i].file, frames.items[i].line));
	if (r == 0) {
		const struct symbol_frame *outer = frames.n ? &frames.items[frames.n - 1] : NULL;

		r = add(symbols, frame_of(symbols, symbols->text.data, true, file->path,
					  outer ? outer->file : NULL, outer ? outer->line : 0));
	}
	free(frames.items);
	return r;
}

/* The place's list, made where it is not known. at_hand: the file is. */
static int list_of(struct cr2_symbols *symbols, const struct cr2_recorded_file *file, bool at_hand, uint64_t offset,
		   struct list *ret_list)
{
	const uint64_t a = (uint64_t)(uintptr_t)file | at_hand, number = hash_get(&symbols->known, a, offset);
	struct list list = {.first = symbols->n_pool};
	int r;

	if (number) {
		*ret_list = symbols->lists[number - 1];
		return 0;
	}
	r = at_hand ? add_file_place(symbols, file, offset) : add_unnamed(symbols, file ? file->path : NULL, offset);
	list.n = symbols->n_pool - list.first;
	if (r == 0)
		r = cr2_grow(&symbols->lists, &symbols->lists_capacity, symbols->n_lists + 1,
			     sizeof(*symbols->lists));
	if (r == 0)
		r = hash_set(&symbols->known, a, offset, symbols->n_lists + 1);
	if (r == 0)
		symbols->lists[symbols->n_lists++] = *ret_list = list;
	return r;
}

/* ---- stacks ---- */

static bool is_vdso(const struct cr2_recorded_file *file)
{
	return strcmp(file->path, OBJECT_VDSO) == 0;
}

/* Another kernel has another vdso, and so have programs of 32 bits. */
static int answer(struct cr2_symbols *symbols, const struct cr2_recorded_file *file, uint64_t offset, uint64_t ip)
{
	const bool at_hand = file && (!is_vdso(file) || (symbols->places.same_kernel && ip > UINT32_MAX));
	struct list list;
	int r = list_of(symbols, file, at_hand, offset, &list);

	if (r == 0)
		r = cr2_grow(&symbols->answer, &symbols->capacity, symbols->n + list.n, sizeof(*symbols->answer));
	if (r == 0 && list.n) {
		memcpy(symbols->answer + symbols->n, symbols->pool + list.first,
		       list.n * sizeof(*symbols->answer));
		symbols->n += list.n;
	}
	return r;
}

static int answer_kernel(struct cr2_symbols *symbols, uint64_t ip)
{
	const char *name = symbols->places.kernel(symbols->places.data, ip);
	const struct cr2_frame *frame;
	int r;

	cr2_text_clear(&symbols->text);
	r = name ? 0 : cr2_text_printf(&symbols->text, "0x%" PRIx64, ip);
	frame = r == 0 ? frame_of(symbols, name ? name : symbols->text.data, name, KERNEL, NULL, 0) : NULL;
	if (!frame || cr2_grow(&symbols->answer, &symbols->capacity, symbols->n + 1, sizeof(*symbols->answer)) < 0)
		return -ENOMEM;
	symbols->answer[symbols->n++] = frame;
	return 0;
}

/* Of other files code may be mapped that the program made itself. */
static bool is_object(const struct cr2_recorded_file *file)
{
	return perf_mapping_of(file->path) == CR2_TRACE_MAPPING_FILE || is_vdso(file);
}

/* Code that the program made while it ran: 0, -ENOENT or -ENOMEM. */
static int answer_made(struct cr2_symbols *symbols, uint64_t pid, const char *dump, uint64_t ip)
{
	const struct cr2_frame *frame;
	struct jit_place place;
	int r = symbols->jit ? jit_find(symbols->jit, pid, dump, symbols->time, ip, &place) : -ENOENT;

	if (r < 0)
		return r;
	frame = frame_of(symbols, place.function, true, MADE, place.file, place.line);
	if (!frame || cr2_grow(&symbols->answer, &symbols->capacity, symbols->n + 1, sizeof(*symbols->answer)) < 0)
		return -ENOMEM;
	symbols->answer[symbols->n++] = frame;
	return 0;
}

/* Code of the program at an address. */
static int answer_address(struct cr2_symbols *symbols, uint64_t pid, uint64_t ip)
{
	struct cr2_recorded_map map = {0};
	const bool known = symbols->places.map(symbols->places.data, pid, ip, &map);
	int r;

	if (known && is_object(map.file))
		return answer(symbols, map.file, map.offset + (ip - map.start), ip);
	r = answer_made(symbols, pid, map.jitdump, ip);
	if (r != -ENOENT)
		return r;
	return known && cr2_recorded_file_is_named(map.file) ?
		answer(symbols, map.file, map.offset + (ip - map.start), ip) : answer(symbols, NULL, ip, ip);
}

/* The instruction that faulted. */
static int answer_ip(struct cr2_symbols *symbols, const struct cr2_recorded_fault *fault)
{
	if (fault->fault.kernel)
		return answer_kernel(symbols, fault->fault.ip);
	if (fault->code && is_object(fault->code))
		return answer(symbols, fault->code, fault->code_offset, fault->fault.ip);
	return answer_address(symbols, fault->fault.pid, fault->fault.ip);
}

/*
 * Code that uses the frame pointer for something else has a number in it: a chain goes on to what
 * lies there. Where that is no address of code, it was no chain from there on.
 */
static bool is_code(struct cr2_symbols *symbols, uint64_t pid, uint64_t ip)
{
	struct cr2_recorded_map map;

	return symbols->places.map(symbols->places.data, pid, ip, &map) && map.executable;
}

/* Each address but the first is behind a call. */
static int answer_chain(struct cr2_symbols *symbols, const struct cr2_recorded_fault *fault)
{
	const struct cr2_trace_calls *calls = &fault->fault.calls;
	const size_t n = calls->n_kernel + calls->n_user;
	/* The first is the instruction itself, but where the kernel's were not followed. */
	const size_t first = fault->fault.kernel && !calls->n_kernel ? 0 : 1;
	int r = answer_ip(symbols, fault);

	for (size_t i = first; i < n && r == 0; i++)
		if (i < calls->n_kernel)
			r = answer_kernel(symbols, calls->ips[i] - 1);
		else if (is_code(symbols, fault->fault.pid, calls->ips[i] - 1))
			r = answer_address(symbols, fault->fault.pid, calls->ips[i] - 1);
		else
			break;
	return r;
}

/* What is copied is the program's; the kernel's part is addresses also then. */
static int answer_copy(struct cr2_symbols *symbols, const struct cr2_recorded_fault *fault)
{
	const struct cr2_traced_fault *f = &fault->fault;
	uint64_t ips[DEEPEST];
	size_t n;
	int r = f->calls.n_kernel ? answer_chain(symbols, fault) : 0;

	if (r == 0 && !symbols->unwinder)
		r = unwinder_create(symbols->symbols, &symbols->places, &symbols->unwinder);
	if (r < 0)
		return r;
	n = unwinder_unwind(symbols->unwinder, f, ips, DEEPEST);
	for (size_t i = 0; i < n && r == 0; i++)
		r = answer_address(symbols, f->pid, ips[i]);
	return r;
}

int cr2_symbols_calls(struct cr2_symbols *symbols, const struct cr2_recorded_fault *fault, bool all,
		      struct cr2_calls *ret_calls)
{
	int r;

	if (symbols->known.count >= PLACES_MOST) {
		hash_clear(&symbols->known);
		symbols->n_lists = symbols->n_pool = 0;
	}
	symbols->n = 0;
	symbols->time = fault->fault.time;
	if (!all)
		r = answer_ip(symbols, fault);
	else
		r = fault->fault.calls.registers ? answer_copy(symbols, fault) : answer_chain(symbols, fault);
	if (r == 0)
		*ret_calls = (struct cr2_calls){symbols->n, symbols->answer};
	return r;
}

/* ---- */

int cr2_symbols_create(const struct cr2_symbols_places *places, struct cr2_symbols **ret_symbols)
{
	struct cr2_symbols *symbols = calloc(1, sizeof(*symbols));
	int r = symbols ? symbols_create(NULL, 0, &symbols->symbols) : -ENOMEM;

	if (r == 0 && places->made)
		r = jit_create(places->made == CR2_SYMBOLS_MADE_NOW, &symbols->jit);
	if (r < 0) {
		cr2_symbols_destroy(symbols);
		return r;
	}
	symbols->places = *places;
	*ret_symbols = symbols;
	return 0;
}

void cr2_symbols_destroy(struct cr2_symbols *symbols)
{
	if (!symbols)
		return;
	unwinder_destroy(symbols->unwinder);
	symbols_destroy(symbols->symbols);
	jit_destroy(symbols->jit);
	hash_finish(&symbols->known);
	tdestroy(symbols->frames, free);
	words_finish(&symbols->words);
	cr2_text_finish(&symbols->text);
	free(symbols->lists);
	free(symbols->pool);
	free(symbols->answer);
	free(symbols);
}

const char *cr2_symbols_refused(const struct cr2_symbols *symbols)
{
	return symbols->jit ? jit_refused(symbols->jit) : NULL;
}
