// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table is cut into shards by the process number, each with a lock, a hash table and places
 * of its own: processes that fault at the same time on several CPUs rarely meet, and numbers given
 * one after the other fill all shards alike. A lock is held for a look-up and an addition. It is
 * taken with interrupts on: no interrupt handler faults.
 */
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "fault_table.h"

#define SHARDS 16
/* How many places are looked at for an ended process when one is needed. */
#define TRIES 8

struct place {
	struct hlist_node node; /* in heads, or in free */
	struct fault_row row; /* pid 0: free */
};

struct shard {
	raw_spinlock_t lock;
	struct hlist_head *heads;
	struct hlist_head free;
	struct place *places;
	unsigned int hand; /* the next place to look at for an ended process */
	struct fault_counts others;
	struct fault_limits limits;
};

static struct shard shards[SHARDS];
static struct place *all_places;
static struct hlist_head *all_heads;
/* Of each shard; the heads are a power of two, and no fewer. */
static unsigned int n_places, n_heads;

static struct shard *shard_of(pid_t pid)
{
	return &shards[pid % SHARDS];
}

static struct hlist_head *head_of(struct shard *shard, pid_t pid)
{
	return &shard->heads[pid / SHARDS & (n_heads - 1)];
}

static struct place *find(struct shard *shard, pid_t pid, u64 start)
{
	struct place *place;

	hlist_for_each_entry(place, head_of(shard, pid), node)
		if (place->row.pid == pid && place->row.start == start)
			return place;
	return NULL;
}

/* A zombie has ended: it waits for its parent, and its last thread is past its last fault. */
static bool has_ended(pid_t pid, u64 start)
{
	struct task_struct *task;
	bool ended;

	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_TGID);
	ended = !task || task->start_time != start ||
		(READ_ONCE(task->exit_state) && thread_group_empty(task));
	rcu_read_unlock();
	return ended;
}

static void add(struct fault_counts *to, const struct fault_counts *from)
{
	to->minor += from->minor;
	to->major += from->major;
	to->user += from->user;
	to->kernel += from->kernel;
	to->retried += from->retried;
	to->failed += from->failed;
}

static void release(struct shard *shard, struct place *place)
{
	hlist_del(&place->node);
	place->row = (struct fault_row){0};
	hlist_add_head(&place->node, &shard->free);
}

/* The hand goes round, so the entry looked at longest ago goes first. */
static void make_room(struct shard *shard)
{
	for (int i = 0; i < TRIES && hlist_empty(&shard->free); i++) {
		struct place *place = &shard->places[shard->hand];

		shard->hand = (shard->hand + 1) % n_places;
		if (!has_ended(place->row.pid, place->row.start))
			continue;
		add(&shard->others, &place->row.counts);
		shard->limits.moved++;
		release(shard, place);
	}
}

static struct place *settle(struct shard *shard, pid_t pid, u64 start)
{
	struct place *place;

	if (hlist_empty(&shard->free))
		make_room(shard);
	if (hlist_empty(&shard->free))
		return NULL;
	place = hlist_entry(shard->free.first, struct place, node);
	hlist_del(&place->node);
	place->row.pid = pid;
	place->row.start = start;
	hlist_add_head(&place->node, head_of(shard, pid));
	return place;
}

void fault_table_count(const struct fault_counts *fault)
{
	const struct task_struct *leader = current->group_leader;
	struct shard *shard = shard_of(current->tgid);
	struct place *place;

	raw_spin_lock(&shard->lock);
	place = find(shard, current->tgid, leader->start_time);
	if (!place)
		place = settle(shard, current->tgid, leader->start_time);
	if (place) {
		/* execve() and prctl() change it. */
		memcpy(place->row.comm, leader->comm, TASK_COMM_LEN - 1);
		add(&place->row.counts, fault);
	} else {
		add(&shard->others, fault);
		shard->limits.homeless++;
	}
	raw_spin_unlock(&shard->lock);
}

static size_t read_shard(struct shard *shard, struct fault_row *rows, struct fault_row *others,
			 struct fault_limits *limits)
{
	size_t n = 0;

	raw_spin_lock(&shard->lock);
	for (unsigned int i = 0; i < n_places; i++)
		if (shard->places[i].row.pid)
			rows[n++] = shard->places[i].row;
	add(&others->counts, &shard->others);
	limits->moved += shard->limits.moved;
	limits->homeless += shard->limits.homeless;
	raw_spin_unlock(&shard->lock);
	return n;
}

/*
 * Having seen that a process ended, one look more finds its last faults. If its place is
 * gone by then, row is what was there while it ran.
 */
static void finish_row(struct fault_row *row)
{
	struct shard *shard = shard_of(row->pid);
	struct place *place;

	if (!has_ended(row->pid, row->start))
		return;
	raw_spin_lock(&shard->lock);
	place = find(shard, row->pid, row->start);
	if (place) {
		*row = place->row;
		row->ended = true;
	}
	raw_spin_unlock(&shard->lock);
}

size_t fault_table_read(struct fault_row *rows, struct fault_limits *limits)
{
	struct fault_row others = {.comm = "(others)"};
	size_t n = 0;

	*limits = (struct fault_limits){0};
	for (int i = 0; i < SHARDS; i++)
		n += read_shard(&shards[i], rows + n, &others, limits);
	for (size_t i = 0; i < n; i++)
		finish_row(&rows[i]);
	rows[n] = others;
	return n + 1;
}

void fault_table_drop(const struct fault_row *row)
{
	struct shard *shard = shard_of(row->pid);
	struct place *place;

	raw_spin_lock(&shard->lock);
	place = find(shard, row->pid, row->start);
	if (place && !memcmp(&place->row.counts, &row->counts, sizeof(row->counts)))
		release(shard, place);
	raw_spin_unlock(&shard->lock);
}

static void reset_shard(struct shard *shard)
{
	raw_spin_lock(&shard->lock);
	for (unsigned int i = 0; i < n_places; i++)
		if (shard->places[i].row.pid)
			release(shard, &shard->places[i]);
	shard->others = (struct fault_counts){0};
	shard->limits = (struct fault_limits){0};
	raw_spin_unlock(&shard->lock);
}

void fault_table_reset(void)
{
	for (int i = 0; i < SHARDS; i++)
		reset_shard(&shards[i]);
}

unsigned int fault_table_size(void)
{
	return SHARDS * n_places;
}

static void init_shard(struct shard *shard, struct place *places, struct hlist_head *heads)
{
	raw_spin_lock_init(&shard->lock);
	shard->places = places;
	shard->heads = heads;
	/* The first is to be taken first. */
	for (unsigned int i = n_places; i--;)
		hlist_add_head(&places[i].node, &shard->free);
}

int fault_table_init(unsigned int most)
{
	n_places = DIV_ROUND_UP(most, SHARDS);
	n_heads = roundup_pow_of_two(n_places);
	all_places = kvcalloc(fault_table_size(), sizeof(*all_places), GFP_KERNEL);
	all_heads = kvcalloc(SHARDS * n_heads, sizeof(*all_heads), GFP_KERNEL);
	if (!all_places || !all_heads) {
		fault_table_finish();
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < SHARDS; i++)
		init_shard(&shards[i], all_places + i * n_places, all_heads + i * n_heads);
	return 0;
}

void fault_table_finish(void)
{
	kvfree(all_heads);
	kvfree(all_places);
}
