/* SPDX-License-Identifier: MIT */
/*
 * Page faults of real programs, each with the path that settled it. A BPF program reads the entry,
 * its page and the mapping where a fault begins and where the kernel counts it; nothing of
 * the traced programs changes, and others who trace lose nothing.
 *
 *     cr2_trace_open(&config, &trace, &reason);
 *     cr2_trace_follow(trace, pid, false);
 *     ... cr2_trace_take(trace, 100, fn, data), or nothing where faults are only counted
 *     cr2_trace_read(trace, &counts);
 *     cr2_trace_close(trace);
 */
#ifndef CR2_TRACE_H
#define CR2_TRACE_H

#include <stdbool.h>

#include <cr2/base.h>
#include <cr2/record.h>
#include <cr2/tables.h>

CR2_BEGIN_DECLS

enum cr2_trace_scope {
	CR2_TRACE_PROCESSES, /* those of cr2_trace_follow(), and the children they make from then on */
	CR2_TRACE_ALL, /* every process but the one that traces */
	CR2_TRACE_CGROUP, /* those in a control group, or in one below it */
};

/* Whom to count by itself. */
enum cr2_trace_by {
	CR2_TRACE_BY_NOBODY,
	CR2_TRACE_BY_PROCESS,
	CR2_TRACE_BY_CGROUP,
};

enum cr2_trace_stack {
	CR2_TRACE_NO_STACK,
	CR2_TRACE_FRAMES, /* followed by frame pointers when the fault ends; programs compiled without have two */
	CR2_TRACE_STACK_COPY, /* registers and a part of the stack, to be unwound later */
};
#define CR2_TRACE_STACK_BYTES_MAX (60 << 10)

/* Where faults are seen. */
enum cr2_trace_source {
	CR2_TRACE_SOURCE_ANY, /* the best that is allowed */
	CR2_TRACE_SOURCE_BPF, /* each fault's state, read while it happens */
	CR2_TRACE_SOURCE_PERF, /* perf events of one's own processes: user mode alone, and not what settled them */
};

struct cr2_trace_config {
	size_t size; /* sizeof(struct cr2_trace_config) */
	enum cr2_trace_scope scope;
	int cgroup; /* of CR2_TRACE_CGROUP: a descriptor of its folder; stays the caller's */
	bool stream; /* hand over each fault; else count them, which costs less */
	bool names; /* with each fault the file's and the program's name */
	enum cr2_trace_by by; /* count each by itself */
	uint32_t ring; /* bytes of faults that may wait for cr2_trace_take(): a power of two; 0: as many as fit its use */
	bool brief; /* stream no more of each fault than a recording keeps, which costs less */
	enum cr2_trace_stack stack; /* with each fault that is handed over */
	uint32_t stack_bytes; /* of CR2_TRACE_STACK_COPY: a multiple of 8, up to CR2_TRACE_STACK_BYTES_MAX */
	bool cgroups; /* with each fault that is handed over its control group */
	bool places; /* know what is mapped where when it is handed over: cr2_trace_map() */
	enum cr2_trace_source source;
	bool calls; /* with `stream`: also what changes address spaces between faults, and the facts of each fault that a replay needs */
};

/* What a page was, or became. */
struct cr2_trace_page {
	uint64_t entry; /* 0: none */
	unsigned level; /* enum cr2_level at which the walk ended; 0: none was made */
	unsigned near; /* present entries among the 16 of its aligned 64 KiB; of a `brief` fault: 0 */
	enum cr2_trace_page_kind kind; /* CR2_TRACE_PAGE_NONE: nothing is mapped */
	unsigned order; /* of its folio; 0: 4 KiB */
	unsigned refs; /* the folio's reference count */
	int maps; /* how often it is mapped */
	bool exclusive; /* PG_anon_exclusive */
};

/* The registers that a stack is unwound from, as perf numbers them: AX BX CX DX SI DI BP SP IP FLAGS CS SS R8 ... R15 */
#define CR2_STACK_REGISTERS 20
#define CR2_STACK_SP 7
#define CR2_STACK_IP 8
/* Where the code was called from: addresses, or what they are found from. Innermost first. */
struct cr2_trace_calls {
	const uint64_t *ips; /* in the kernel, then in the program */
	size_t n_kernel, n_user;
	const uint64_t *registers; /* CR2_STACK_REGISTERS of the program; NULL: not copied */
	const uint8_t *stack; /* what stands from its stack pointer on */
	size_t stack_bytes;
};

/* One fault of a real program. */
struct cr2_traced_fault {
	enum cr2_trace_source source; /* PERF: without error, pages, signal, bytes and ns, with: */
	enum cr2_trace_access access;
	uint64_t time; /* CLOCK_MONOTONIC in ns, when it was settled */
	uint64_t ns; /* from the exception to then, without the tracer's own work before */
	uint64_t addr, ip, error;
	uint64_t pid, tid;
	const char *comm; /* "": without `names` */
	enum cr2_path path;
	enum cr2_trace_mapping mapping;
	bool major, kernel;
	int signal, code; /* that it ended in; 0: none */
	uint64_t start, end; /* of the mapping; 0: none was found */
	uint64_t flags; /* its vm_flags */
	uint64_t offset; /* in the file, of the page */
	const char *name; /* the file's last component; "": none */
	struct cr2_trace_page before, after;
	uint64_t zeroed, copied; /* bytes */
	uint64_t cgroup; /* the inode of its folder; 0: not asked for */
	/* With `calls`: */
	uint64_t space; /* the address space: its address in the kernel, in a recording a number; 0: not known */
	uint64_t device, inode, file_size; /* of the mapping's file: major << 20 | minor; bytes */
	uint64_t file_page; /* of a recording: which page of the file was hit */
	uint32_t by_reference; /* pages that came to the thread by reference alone since what it did before */
	bool late; /* the mapping was found after the fault only */
	struct cr2_trace_calls calls; /* none: not asked for */
};

/* What changed an address space between faults. Which members count depends on kind. */
#define CR2_CALL_ARGS 6
struct cr2_traced_call {
	enum cr2_call_kind kind;
	uint64_t time; /* CLOCK_MONOTONIC in ns, when it was done */
	uint64_t pid, tid;
	uint64_t space;
	uint64_t child, child_space; /* FORK: the child's number; its address space is the parent's where it is shared */
	uint64_t number; /* SYSTEM, OTHER: of the system call; PAGES behind FOUND: of mappings */
	/*
	 * SYSTEM: as it was called; of mmap() and shmat() the fifth is how many pages of the file are in memory. EXEC: where
	 * the program's arguments, heap and stack begin, where the heap ends.
	 * MACHINE: transparent huge pages (0 never, 1 madvise, 2 always), bytes of fault-around, levels of page tables, whether
	 * a read of fresh memory gets a page of its own, whether there is swap, pages of memory. CACHED: the first page, how many, the
	 * order of their folios, whether the first one has the mark at which readahead goes on. PAGES: runs, CR2_PAGE_RUN().
	 * FRAMES: a run, and its frames, CR2_FRAME(). FOUND: as EXEC, and what vm_flags it gives to all that it maps. MAPPED: where
	 * it begins and ends, its vm_flags, its page of the file, how many of that are in memory.
	 */
	uint64_t args[CR2_CALL_ARGS];
	/* SYSTEM; PAGES: how many pages all runs have, CR2_PAGES_MORE before the last call; MAPPED: the how manieth it is */
	int64_t result;
	uint64_t device, inode, file_size; /* of what is MAPPED, or mmap() or shmat() mapped, ftruncate() cut */
	enum cr2_trace_mapping mapping; /* the same */
	uint8_t page_shift; /* HUGETLB: 21 or 30 */
	uint32_t by_reference; /* as a fault's */
};

/* Faults alike, counted. */
struct cr2_trace_count {
	uint64_t who; /* the process, or the number of the control group; 0: all, or those of cr2_trace_fold() */
	enum cr2_path path;
	enum cr2_trace_mapping mapping;
	bool kernel, major;
	uint64_t n, ns, longest_ns;
	uint64_t zeroed, copied; /* bytes */
	uint64_t huge, large; /* of n: mapped a 2 MiB entry; a folio of more than a page */
};

/* Durations, to within a sixteenth. */
struct cr2_trace_quantiles {
	uint64_t n, p50, p99, longest;
};

struct cr2_trace_counts {
	enum cr2_trace_source source; /* PERF: only n of the items, recorded and lost are known */
	size_t n;
	struct cr2_trace_count *items;
	struct cr2_trace_quantiles all, paths[CR2_PATH_COUNT];
	/* The books: recorded + by_reference + lost is what the kernel counted. */
	uint64_t recorded, kernel_counted, by_reference, lost;
	uint64_t undetermined; /* of those recorded: the path is not known */
	uint64_t unended; /* exceptions that the kernel does not count: signals, EFAULT */
	uint64_t signals; /* of these, that ended in one */
	uint64_t under_way; /* faults that had begun when tracing did; not recorded */
	uint64_t overhead_ns; /* the tracer's own cost, measured at one fault in 64 */
	uint64_t lost_records; /* of processes and mappings: some places may be missing or wrong */
};

struct cr2_trace;
/*
 * Returns 0, or a negative errno. *ret_reason, made anew, or NULL: what is missing, and what would bring it; where
 * any source was good enough, also why it is not the best one.
 */
int cr2_trace_open(const struct cr2_trace_config *config, struct cr2_trace **ret_trace,
		   char **ret_reason);
enum cr2_trace_source cr2_trace_source(const struct cr2_trace *trace);
void cr2_trace_close(struct cr2_trace *trace);
/*
 * Follows a process and the children that it makes from then on, each thread's books beginning with
 * its next fault. from_exec: only when it becomes another program, and all of that one's.
 */
int cr2_trace_follow(struct cr2_trace *trace, uint64_t pid, bool from_exec);
/*
 * Starts argv, found as a shell would, and follows it from its first instruction on. *ret_pid is
 * the caller's to wait for. A negative errno: of fork() or exec(). trace: NULL: only starts it.
 */
int cr2_trace_run(struct cr2_trace *trace, char **argv, int *ret_pid);
/* Hands over what was recorded, waiting up to so many milliseconds for something. -EINTR, or 0. */
typedef void cr2_trace_fn(void *data, const struct cr2_traced_fault *fault);
int cr2_trace_take(struct cr2_trace *trace, int milliseconds, cr2_trace_fn *fn, void *data);
/*
 * A descriptor that is readable when something waits for cr2_trace_take(), which wants to be called soon then, also where
 * faults are only counted: a program that was followed has gained rights by execve, and the kernel took its events away
 * (until the call, how long its faults take is not known). -1: there is none.
 */
int cr2_trace_fd(const struct cr2_trace *trace);
/*
 * With `places`, and within that function: what a process had mapped around an address when the fault was settled; false:
 * not known. And the running kernel's function around one; NULL: not known.
 */
struct cr2_recorded_map;
bool cr2_trace_map(struct cr2_trace *trace, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map);
const char *cr2_trace_kernel(struct cr2_trace *trace, uint64_t address);
/* Calls are handed over by cr2_trace_take() too, in the order in which they came between faults. */
typedef void cr2_trace_call_fn(void *data, const struct cr2_traced_call *call);
void cr2_trace_on_call(struct cr2_trace *trace, cr2_trace_call_fn *fn, void *data);
/* All that was counted since the beginning. */
int cr2_trace_read(struct cr2_trace *trace, struct cr2_trace_counts *ret_counts);
/*
 * How long faults took, of each control group and path where these are counted by themselves: in octaves[i] are those
 * of at most 2^(i+3) ns that are in none before. The caller frees the items.
 */
#define CR2_TRACE_OCTAVES 40
struct cr2_trace_durations {
	uint64_t who;
	enum cr2_path path;
	uint64_t octaves[CR2_TRACE_OCTAVES];
};
int cr2_trace_durations(struct cr2_trace *trace, struct cr2_trace_durations **ret_items, size_t *ret_n);
/* The name of a process, also when it has ended, of those that are counted by themselves; or -ENOENT. */
#define CR2_COMM_SIZE 16
int cr2_trace_comm(struct cr2_trace *trace, uint64_t pid, char ret_comm[CR2_COMM_SIZE]);
/*
 * From now on counts those that are gone in one, 0, so that what is counted by itself stays as little as
 * there is. seen, sorted, is a reading that the caller is done with: what is not in it stays until the next time.
 */
typedef bool cr2_trace_gone_fn(void *data, uint64_t who);
int cr2_trace_fold(struct cr2_trace *trace, const struct cr2_trace_counts *seen, cr2_trace_gone_fn *gone,
		   void *data);
/* Adds what more counted; what sum is told apart by stays. */
void cr2_trace_count_add(struct cr2_trace_count *sum, const struct cr2_trace_count *more);
/*
 * What was counted between two readings, both sorted: no quantiles, and rows where something came. Returns 0 or
 * -ENOMEM.
 */
void cr2_trace_counts_sort(struct cr2_trace_counts *counts);
/* The row that is told apart by the same, or NULL; of sorted counts. */
const struct cr2_trace_count *cr2_trace_counts_find(const struct cr2_trace_counts *counts,
						    const struct cr2_trace_count *like);
int cr2_trace_counts_since(const struct cr2_trace_counts *counts, const struct cr2_trace_counts *before,
			   struct cr2_trace_counts *ret_counts);
void cr2_trace_counts_finish(struct cr2_trace_counts *counts);

/*
 * Page-table entries of processes that the calling thread made and that stand still: what each of the n pages from
 * address on has, as CR2_MARK(). Return 0 or a negative errno, -ESRCH where there is no such process; open appends what
 * is in the way.
 */
struct cr2_trace_entries;
int cr2_trace_entries_open(struct cr2_trace_entries **ret_entries, struct cr2_text *reason);
int cr2_trace_entries_read(struct cr2_trace_entries *entries, uint32_t pid, uint64_t address, size_t n,
			   uint32_t *ret_marks);
void cr2_trace_entries_close(struct cr2_trace_entries *entries); /* NULL is fine */

CR2_END_DECLS

#endif
