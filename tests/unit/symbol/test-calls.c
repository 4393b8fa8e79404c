/* SPDX-License-Identifier: MIT */
/* Call stacks of this test itself: from its registers and a copy of its stack, and from addresses. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include <cr2/symbol.h>

#include "symbol/symbol.h"

#include "../test.h"

#define MAPS 256

struct places {
	size_t n;
	struct cr2_recorded_map maps[MAPS];
	struct cr2_recorded_file files[MAPS];
	char paths[MAPS][512];
};

static void read_places(struct places *places)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[1024];

	assert_non_null(file);
	while (places->n < MAPS - 1 && fgets(line, sizeof(line), file)) {
		struct cr2_recorded_map *map = &places->maps[places->n];
		char *path = places->paths[places->n], prot[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %511s", &map->start, &map->end,
			   prot, &map->offset, path) != 5)
			continue;
		map->executable = prot[2] == 'x';
		map->file = &places->files[places->n];
		/* The same object for each of a file's mappings, as a recording has it. */
		if (places->n && strcmp(path, places->maps[places->n - 1].file->path) == 0)
			map->file = places->maps[places->n - 1].file;
		places->files[places->n++].path = path;
	}
	fclose(file);
}

static bool map_at(void *data, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map)
{
	const struct places *places = data;

	for (size_t i = 0; pid == 7 && i < places->n; i++)
		if (address >= places->maps[i].start && address < places->maps[i].end) {
			*ret_map = places->maps[i];
			return true;
		}
	return false;
}

static const char *kernel_at(void *data, uint64_t address)
{
	(void)data;
	return address >> 12 == 0xffffffff81001 ? "handle_mm_fault" : NULL;
}

#define COPIED 16384 /* sanitizers make frames large */
struct copy {
	uint64_t end; /* of the stack */
	size_t n; /* copied */
	uint64_t registers[CR2_STACK_REGISTERS];
	uint8_t stack[COPIED];
};

/* As the recorder takes them, beyond what a sanitizer takes for its own. */
__attribute__((noinline, no_sanitize("address"))) static void take_copy(struct copy *copy)
{
	static const int places[CR2_STACK_REGISTERS] = {
		REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_RIP, REG_EFL, REG_CSGSFS,
		REG_CSGSFS, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
	ucontext_t context;

	assert_int_equal(getcontext(&context), 0);
	for (size_t i = 0; i < CR2_STACK_REGISTERS; i++)
		copy->registers[i] = (uint64_t)context.uc_mcontext.gregs[places[i]];
	copy->n = copy->end - copy->registers[CR2_STACK_SP];
	copy->n = copy->n < COPIED ? copy->n : COPIED;
	for (size_t i = 0; i < copy->n; i++)
		copy->stack[i] = ((const volatile uint8_t *)copy->registers[CR2_STACK_SP])[i];
}

__attribute__((noinline)) static void called_twice(struct copy *copy)
{
	take_copy(copy);
	__asm__ volatile("" : : "r"(copy) : "memory");
}

static size_t find(const struct cr2_calls *calls, const char *function)
{
	size_t i = 0;

	while (i < calls->n && strcmp(calls->frames[i]->function, function) != 0)
		i++;
	return i;
}

static void a_copied_stack_is_unwound(void **state)
{
	struct places *places = calloc(1, sizeof(*places));
	const struct cr2_symbols_places config = {.map = map_at, .kernel = kernel_at, .data = places};
	struct cr2_recorded_fault fault = {.fault.pid = 7};
	struct cr2_recorded_map stack;
	struct cr2_symbols *symbols;
	struct cr2_calls calls;
	struct copy *copy = calloc(1, sizeof(*copy)); /* elsewhere than on the stack */
	size_t at, n;

	(void)state;
	assert_true(places && copy);
	read_places(places);
	assert_true(map_at(places, 7, (uint64_t)(uintptr_t)__builtin_frame_address(0), &stack));
	copy->end = stack.end;
	called_twice(copy);
	assert_int_equal(cr2_symbols_create(&config, &symbols), 0);
	fault.fault.ip = copy->registers[CR2_STACK_IP];
	fault.fault.calls = (struct cr2_trace_calls){
		.registers = copy->registers, .stack = copy->stack, .stack_bytes = copy->n};
	assert_int_equal(cr2_symbols_calls(symbols, &fault, true, &calls), 0);
	at = find(&calls, "take_copy");
	assert_true(at < calls.n);
	assert_true(calls.frames[at]->named);
	assert_int_equal(find(&calls, "called_twice"), at + 1);
	assert_int_equal(find(&calls, "a_copied_stack_is_unwound"), at + 2);
	assert_true(find(&calls, "main") < calls.n);
	n = calls.n;
	/* Less of the stack, fewer calls; none that were not there. */
	fault.fault.calls.stack_bytes = 64;
	assert_int_equal(cr2_symbols_calls(symbols, &fault, true, &calls), 0);
	assert_true(calls.n >= 1 && calls.n < n);
	/* The process is another program now: what was known of its files must not be believed. */
	for (size_t i = 0; i < places->n; i++) {
		places->maps[i].start += 0x10000000;
		places->maps[i].end += 0x10000000;
	}
	fault.fault.calls.stack_bytes = copy->n;
	assert_int_equal(cr2_symbols_calls(symbols, &fault, true, &calls), 0);
	assert_int_equal(calls.n, 1);
	assert_false(calls.frames[0]->named);
	cr2_symbols_destroy(symbols);
	free(copy);
	free(places);
}

/* Each address but the first is behind a call. */
static void addresses_become_calls(void **state)
{
	struct places *places = calloc(1, sizeof(*places));
	const struct cr2_symbols_places config = {.map = map_at, .kernel = kernel_at, .data = places};
	const uint64_t code = (uintptr_t)called_twice + 1;
	/* Code that a program made itself; what follows this stack's address is no chain any more. */
	const uint64_t ips[] = {0xffffffff81000000, 0xffffffff81002000, code, 0x7010, (uintptr_t)&places, code};
	const struct cr2_recorded_file anonymous = {.path = "//anon"};
	struct cr2_recorded_fault fault = {
		.fault = {.pid = 7, .kernel = true, .ip = ips[0], .calls = {.ips = ips, .n_kernel = 2, .n_user = 4}}};
	struct cr2_symbols *symbols;
	struct cr2_calls calls;
	const struct cr2_frame *frame;

	(void)state;
	assert_non_null(places);
	read_places(places);
	places->maps[places->n++] = (struct cr2_recorded_map){
		.start = 0x7000, .end = 0x8000, .file = &anonymous, .executable = true};
	assert_int_equal(cr2_symbols_create(&config, &symbols), 0);
	assert_int_equal(cr2_symbols_calls(symbols, &fault, true, &calls), 0);
	assert_string_equal(calls.frames[0]->function, "0xffffffff81000000");
	assert_true(calls.frames[0]->kernel && !calls.frames[0]->named);
	assert_int_equal(find(&calls, "handle_mm_fault"), 1);
	assert_int_equal(find(&calls, "called_twice"), 2);
	frame = calls.frames[2];
	assert_string_equal(calls.frames[3]->function, "0x700f");
	assert_int_equal(calls.n, 4);
	/* The code alone; and the same place is the same frame. */
	assert_int_equal(cr2_symbols_calls(symbols, &fault, false, &calls), 0);
	assert_int_equal(calls.n, 1);
	fault.fault.calls = (struct cr2_trace_calls){.ips = ips + 2, .n_user = 1};
	fault.fault.kernel = true;
	assert_int_equal(cr2_symbols_calls(symbols, &fault, true, &calls), 0);
	assert_int_equal(calls.n, 2);
	assert_ptr_equal(calls.frames[1], frame);
	cr2_symbols_destroy(symbols);
	free(places);
}

/* As compilers of C++ and Rust name them. */
void of_cpp(void) __asm__("_ZN3sim4GridIdE4fillEi");
__attribute__((noinline)) void of_cpp(void)
{
	__asm__ volatile("" : : : "memory");
}

void of_rust(void) __asm__("_ZN4core3fmt5write17h0123456789abcdefE");
__attribute__((noinline)) void of_rust(void)
{
	__asm__ volatile("nop" : : : "memory");
}

static void names_are_as_their_language_has_them(void **state)
{
	struct places *places = calloc(1, sizeof(*places));
	const struct cr2_symbols_places config = {.map = map_at, .kernel = kernel_at, .data = places};
	struct cr2_recorded_fault fault = {.fault = {.pid = 7, .ip = (uintptr_t)of_cpp}};
	struct cr2_symbols *symbols;
	struct cr2_calls calls;
	char *plain = symbol_demangled("_Z1av");

	(void)state;
	assert_non_null(places);
	if (!plain)
		skip();
	assert_string_equal(plain, "a");
	free(plain);
	read_places(places);
	assert_int_equal(cr2_symbols_create(&config, &symbols), 0);
	assert_int_equal(cr2_symbols_calls(symbols, &fault, false, &calls), 0);
	assert_string_equal(calls.frames[0]->function, "sim::Grid<double>::fill");
	fault.fault.ip = (uintptr_t)of_rust;
	assert_int_equal(cr2_symbols_calls(symbols, &fault, false, &calls), 0);
	assert_string_equal(calls.frames[0]->function, "core::fmt::write");
	cr2_symbols_destroy(symbols);
	free(places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copied_stack_is_unwound),
		cmocka_unit_test(addresses_become_calls),
		cmocka_unit_test(names_are_as_their_language_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
