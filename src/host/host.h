/* SPDX-License-Identifier: MIT */
/*
 * The host runner's parts. The runner (in cr2) forks actors, the scenario's processes; an
 * actor executes one operation at a time (actor.c) that it is handed over a
 * channel (channel.c), and survives what its accesses raise (probe.c). Before a fetch the
 * runner makes sure that what would be executed is harmless (fetch.c). Around each step the
 * runner drains the CPU's page batches (drain.c), collects the page-fault exceptions
 * (observe/fault_ring.c), looks at mappings (observe/maps.c) and pages (view.c), and tells which pages are
 * the same as before (identity.c). Files and system settings: objects.c, settings.c.
 */
#ifndef HOST_H
#define HOST_H

#include <sys/types.h>

#include <cr2/litmus.h>

/*
 * Where mappings of a scenario may lie: from one gap below the first to where nothing else
 * of a process begins. Everything outside is the actor's own.
 */
#define HOST_AREA_START (CR2_LITMUS_BASE - CR2_LITMUS_GAP)
#define HOST_AREA_END 0x300000000000ULL

/* Why a call fails, one line; returns err. */
int host_refuse(struct cr2_text *reason, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- one access that may be refused by the kernel (probe.c) --- */

/*
 * Lies at the start of a block of HOST_PROBE_BLOCK bytes, aligned to its size, the rest of
 * which is the signal stack: the handler finds it from its own stack pointer. The assembly
 * knows the first members' offsets.
 */
#define HOST_PROBE_BLOCK 65536UL
struct host_probe {
	uint64_t stack; /* of the access under way; 0: none */
	uint64_t value; /* loaded, or to be stored */
	uint32_t mxcsr;
	uint16_t x87_control;
	uint64_t thread_pointer;
	int signal, code; /* what ended the access: signal 0 when nothing did */
	uint64_t signal_address; /* si_addr */
	uint64_t address, error_code, trap, ip; /* as the signal frame has them */
};

struct host_probe *host_probe_create(void);
void host_probe_destroy(struct host_probe *probe);
/* In the actor: catch signals from now on. Returns 0 or a negative errno. */
int host_probe_arm(struct host_probe *probe);
/* Does the access; signal and what follows it say how it ended. */
void host_probe_access(struct host_probe *probe, enum cr2_op_kind kind, uint64_t address,
		       uint8_t value);
/*
 * Accesses of all kinds that page nothing in: what they, signals and their handler need of the
 * process itself, code and stacks, is in memory then.
 */
void host_probe_rehearse(struct host_probe *probe);
/* The access's result: what the signal says, or OK. */
enum cr2_result host_probe_result(const struct host_probe *probe, enum cr2_op_kind kind,
				  uint64_t address);

/* --- operations handed to actors (channel.c) --- */

struct host_request {
	struct cr2_op op;
	int fd; /* of op.object, or -1 */
};
/* An access as the process that made it saw it. */
struct host_seen {
	uint64_t from, to; /* CLOCK_MONOTONIC_RAW around it, as hits are timed */
	uint64_t minor, major; /* what getrusage(2) counted meanwhile */
	int signal, code; /* signal 0: none, and none of what follows */
	uint64_t signal_address, address, error_code, trap, ip;
};
struct host_reply {
	int error; /* positive errno, 0 */
	enum cr2_result result; /* of accesses */
	uint8_t value;
	pid_t child;
	struct host_seen seen; /* of accesses */
};
struct host_slot {
	_Alignas(64) uint32_t asked; /* futex words: number of the last request and reply */
	_Alignas(64) uint32_t answered;
	struct host_request request;
	struct host_reply reply;
};
/* Slots in memory that all processes share, one a process of the scenario. */
struct host_channel {
	size_t n;
	struct host_slot *slots;
};
int host_channel_create(struct host_channel *channel, size_t n);
void host_channel_destroy(struct host_channel *channel);
/* The runner's side. Returns 0, -ECHILD (the process died) or -ETIMEDOUT. */
int host_channel_ask(struct host_slot *slot, pid_t pid, const struct host_request *request,
		     struct host_reply *ret_reply);
/* The same without waiting for a reply. */
void host_channel_tell(struct host_slot *slot, const struct host_request *request);
/* The actor's side. */
void host_channel_wait(struct host_slot *slot);
void host_channel_answer(struct host_slot *slot, const struct host_reply *reply);

/* --- actors (actor.c) --- */

struct host_actor_config {
	struct host_slot *slots;
	struct host_probe *probe;
	int pipe[2]; /* for accesses by the kernel */
	bool thp_disable;
};
/*
 * Starts process 0. Actors share the runner's file descriptors, are its children, and die
 * with the thread that started the first. Returns 0 or a negative errno.
 */
int host_actor_start(const struct host_actor_config *config, pid_t *ret_pid);
/* Waits for a process's end, killing it first when end is set. */
void host_actor_reap(pid_t pid, bool end);

/* --- page-fault exceptions (observe/fault_ring.c) --- */

struct host_hit {
	uint64_t address, ip, error_code;
	uint64_t time; /* CLOCK_MONOTONIC_RAW */
	bool kernel; /* taken in kernel mode */
	bool major;
};
struct host_tracer {
	bool open;
	struct {
		uint32_t type;
		uint64_t config;
		int keep; /* an idle event: registering the first and dropping the last is slow */
	} events[3];
	size_t at_address, at_ip, at_error; /* in the raw record */
};
struct host_ring {
	int fds[3];
	uint64_t ids[3];
	void *map;
};
int host_tracer_open(struct host_tracer *tracer, struct cr2_text *reason);
void host_tracer_close(struct host_tracer *tracer);
int host_ring_open(const struct host_tracer *tracer, pid_t pid, struct host_ring *ring,
		   struct cr2_text *reason);
void host_ring_close(struct host_ring *ring);
/*
 * Takes what happened since the last call: fn is told each exception, in order, with major
 * known. Returns 0 or -EOVERFLOW (events were lost).
 */
typedef void host_hit_fn(void *data, const struct host_hit *hit);
int host_ring_take(const struct host_tracer *tracer, struct host_ring *ring, host_hit_fn *fn,
		   void *data);

/* --- mappings (observe/maps.c) --- */

struct host_vma {
	uint64_t start, end;
	uint64_t offset; /* bytes into the file */
	uint64_t inode; /* 0: none */
	uint64_t device;
	uint8_t prot; /* CR2_PROT_ */
	bool shared;
};
struct host_vmas {
	struct host_vma *items;
	size_t count, capacity;
};
/* Opens what the others read: a process's maps. */
int host_maps_open(pid_t pid);
/* The mappings that touch [start, end), by address. */
int host_vmas_read(int maps, uint64_t start, uint64_t end, struct host_vmas *vmas);
/* The same as kernels before 6.11 are asked. */
int host_vmas_read_text(int maps, uint64_t start, uint64_t end, struct host_vmas *vmas);
/* The mapping that holds address, or the next above it; -ENOENT: none. */
int host_vma_at(int maps, uint64_t address, struct host_vma *ret_vma);

/* --- objects (objects.c) --- */

struct host_object {
	int fd; /* -1: not created yet */
	bool shmem;
	bool zeros; /* may hold zeros: was cut, grown or punched */
	uint64_t inode, device; /* as maps shows them */
};
struct host_objects {
	struct host_object *items;
	size_t count;
	int directory; /* on a disk filesystem; -1: not looked for yet */
};
int host_objects_begin(struct host_objects *objects, size_t n);
void host_objects_end(struct host_objects *objects);
void host_objects_finish(struct host_objects *objects);
int host_object_create(struct host_objects *objects, const struct cr2_op *op,
		       struct cr2_text *reason);
/* The object that a mapping maps, or CR2_NO_OBJECT. */
uint32_t host_object_find(const struct host_objects *objects, const struct host_vma *vma);

/* --- pages (view.c) --- */

/* What a page is now, with what tells it from others. */
struct host_page {
	enum cr2_page_kind kind;
	uint32_t mapcount;
	uint64_t frame; /* HUGE: the first; SWAP: of its copy in the swap cache, or CR2_NO_FRAME */
	uint64_t swap; /* SWAP: the entry */
	uint64_t id; /* ANON HUGE SWAP; 0: not known */
};
/* A mapping with its pages. */
struct host_region {
	struct host_vma vma;
	uint32_t object;
	struct host_page *pages;
};
struct host_view {
	struct host_region *regions;
	size_t count, capacity;
	struct host_page *pages; /* of all regions */
	size_t n_pages, page_capacity;
};
struct host_page_files {
	int flags, counts; /* /proc/kpageflags, /proc/kpagecount */
};
int host_page_files_open(struct host_page_files *files, struct cr2_text *reason);
void host_page_files_close(struct host_page_files *files);
int host_pagemap_open(pid_t pid);
int host_page_flags(const struct host_page_files *files, uint64_t frame, uint64_t *ret_flags);
/* What a process is looked at through, and what is known of it already. */
struct host_sight {
	pid_t pid;
	int maps, pagemap;
	const struct host_page_files *files;
	const struct host_objects *objects;
	const struct host_view *before; /* of the process, or of the one that it was forked from */
	const struct cr2_op *op; /* what happened since; NULL: something else's */
};
/*
 * Looks at every page of the scenario's mappings; ids are not filled. Returns 0, -E2BIG (too
 * many pages to watch), -ENODATA (see host_huge_mark) or another negative errno.
 */
int host_view_read(struct host_view *view, const struct host_sight *sight);
void host_view_finish(struct host_view *view);
const struct host_region *host_view_region(const struct host_view *view, uint64_t address);
const struct host_page *host_view_page(const struct host_view *view, uint64_t address);
/* The page number in its file or object of the page at address. */
uint64_t host_region_index(const struct host_region *region, uint64_t address);

/* --- 2 MiB pages (huge.c) --- */

/*
 * Makes those of the region's anonymous pages that one PMD maps HUGE. Returns 0, -ENODATA (an
 * old kernel does not tell which they are) or another negative errno.
 */
int host_huge_mark(struct host_region *region, const struct host_sight *sight);
/* How kernels before 6.7 are asked. */
int host_huge_mark_by_sum(struct host_region *region, const struct host_sight *sight);
/* Did the operation act in the 2 MiB around address? */
bool host_op_acts_near(const struct cr2_op *op, uint64_t address);

/* --- page batches (drain.c) --- */

struct host_drain {
	int local, global; /* the methods that work, or -1 */
	bool everywhere;
	void *page; /* of our own */
	bool pinned;
	void *affinity; /* of the calling thread before it was pinned: cpu_set_t */
};
/*
 * Binds the calling thread to its CPU: what it starts stays there too. everywhere: other CPUs
 * will have a hand in it all the same.
 */
int host_drain_begin(struct host_drain *drain, bool everywhere, struct cr2_text *reason);
/* Finds out what works, once. */
int host_drain_probe(struct host_drain *drain, const struct host_page_files *files,
		     struct cr2_text *reason);
/* Empties the per-CPU LRU and mlock batches that the scenario's pages can be in. */
int host_drain(const struct host_drain *drain);
void host_drain_end(struct host_drain *drain);
void host_drain_finish(struct host_drain *drain);

/* --- which page is which (identity.c) --- */

struct host_table { /* numbers by key; 0 is no value */
	struct host_entry {
		uint64_t a, b, value;
	} *entries;
	size_t capacity, count;
};
struct host_identity {
	uint64_t last; /* id given */
	struct host_table live; /* frames that hold a known page now */
	struct host_table shared; /* pages of shared anonymous objects, while these live */
};
/* One process before and after a step. */
struct host_process {
	bool alive;
	pid_t pid;
	int maps, pagemap;
	struct host_ring ring;
	struct host_view before, now;
};
void host_identity_clear(struct host_identity *identity);
void host_identity_finish(struct host_identity *identity);
/* Gives every page of processes[].now its id. op is what was done and result how it ended. */
int host_identity_update(struct host_identity *identity, const struct host_page_files *files,
			 struct host_process *processes, size_t n, const struct cr2_op *op,
			 enum cr2_result result);
/* The page of a shared anonymous object is gone: what comes in its place is another. */
int host_identity_forget(struct host_identity *identity, uint64_t inode, uint64_t index);

/* Forgets what the operation freed (shared.c); before the update. */
int host_shared_forget(struct host_identity *identity, const struct host_process *process,
		       const struct cr2_op *op);

/* --- fetches (fetch.c) --- */

/* Every byte value that the scenario stored at an offset in a page, anywhere. */
struct host_written {
	struct host_byte {
		uint16_t offset;
		uint8_t value;
	} *items;
	size_t count, capacity;
};
int host_written_add(struct host_written *written, uint64_t address, uint8_t value);
/*
 * Is whatever may stand at address harmless to execute? zeros, returns: may the page hold
 * 0x00 or 0xC3 where nothing was stored. Returns 0 or -EOPNOTSUPP.
 */
int host_fetch_check(const struct host_written *written, uint64_t address, bool zeros,
		     bool returns, struct cr2_text *reason);

/* --- system settings (settings.c) --- */

struct host_settings {
	int lock; /* other runners wait, or -1 */
	int pipe; /* the guardian restores when it closes, or -1 */
	pid_t guardian;
};
int host_settings_begin(struct host_settings *settings, const struct cr2_litmus *litmus,
			struct cr2_text *reason);
/* Returns -EIO when not all could be put back. */
int host_settings_end(struct host_settings *settings);
/* Does the scenario ask for pages to be written out while it goes on? */
bool host_pages_out(const struct cr2_litmus *litmus);

/* A file and what it shall say. */
struct host_setting {
	char path[96];
	char wanted[32];
	char saved[32];
};
struct host_list {
	struct host_setting items[48];
	size_t n;
};
/* guardian.c: puts the list's saved values back, last first, at host_guardian_end() or death. */
int host_setting_write(const char *path, const char *value);
int host_guardian_start(struct host_settings *settings, const struct host_list *list);
int host_guardian_end(struct host_settings *settings);

/* --- the runner (host_runner.c) --- */

struct host_runner {
	struct cr2_runner base;
	struct cr2_text reason;
	/*
	 * Without privileges: no faults are traced, no page frames looked at, all pages look as if
	 * they were not there. Only for scenarios known to execute nothing (check.c).
	 */
	bool blind;
	/* kept from one scenario to the next */
	bool probed;
	struct host_page_files files;
	struct host_tracer tracer;
	struct host_drain drain;
	struct host_objects objects;
	struct host_identity identity;
	struct host_probe *probe;
	int pipe[2];
	/* of the scenario under way */
	bool running;
	struct host_settings settings;
	struct host_channel channel;
	struct host_process *processes;
	size_t n_processes;
	struct host_written written;
	/* of the last step */
	struct cr2_outcome outcome;
	struct host_seen seen; /* where it was an access */
	unsigned exceptions; /* while the access was under way, wherever they hit */
};

/* The runner behind the interface; NULL: it is another's. */
struct host_runner *host_of_runner(struct cr2_runner *runner);

/* process.c: the runner's side of actors. */
int host_processes_create(struct host_runner *host, size_t n);
int host_process_start(struct host_runner *host, bool thp_disable); /* the first */
int host_process_watch(struct host_runner *host, struct host_process *process, pid_t pid);
void host_process_close(struct host_process *process);
void host_processes_end(struct host_runner *host);

/* look.c: fills before and now of every process. */
int host_look(struct host_runner *host, const struct cr2_op *op, enum cr2_result result);
struct cr2_page_state host_page_state(const struct host_view *view, uint64_t address);

/* layout.c: 0, or -EOPNOTSUPP where the kernel's memory around address is not in its usual place. */
int host_layout_check(uint64_t address, struct cr2_text *reason);

/* check.c: 0, or why an operation cannot be done here. */
int host_check(struct host_runner *host, const struct cr2_op *op);
bool host_op_uses_object(const struct cr2_op *op);
/* Remembers what later fetches have to reckon with. */
int host_take_note(struct host_runner *host, const struct cr2_op *op);

/* explain.c: the step's faults, after host_look(). */
int host_explain(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *outcome);

/* step.c */
int host_step(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *ret_outcome);

#endif
