/* SPDX-License-Identifier: MIT */
/* What a learner has learnt: which topic's turn it is, and when a misconception is asked for again. */
#include <string.h>

#include "progress.h"

void cr2_progress_init(struct cr2_progress *progress, uint64_t seed)
{
	/* One that people can type. */
	*progress = (struct cr2_progress){.seed = seed % 1000000};
	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		progress->topics[i].level = 1;
}

static bool is_open(const struct cr2_recall *recall)
{
	return recall->seen && recall->stage < CR2_RECALL_STAGES;
}

unsigned cr2_progress_recalls(const struct cr2_progress *progress, bool due)
{
	unsigned n = 0;

	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		n += is_open(&progress->recalls[i]) &&
		     (!due || progress->recalls[i].due <= progress->exercises);
	return n;
}

bool cr2_progress_may_recall(const struct cr2_progress *progress)
{
	const struct cr2_lesson_place *place = &progress->place;

	return !place->there || place->why != CR2_LESSON_RECALL || place->wrong;
}

int progress_recall(const struct cr2_progress *progress, bool early)
{
	int found = -1;

	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++) {
		const struct cr2_recall *recall = &progress->recalls[i];

		if (is_open(recall) && (early || recall->due <= progress->exercises) &&
		    (found < 0 || recall->due < progress->recalls[found].due))
			found = i;
	}
	return found;
}

/* All topics at one level before the next: each rests on the easy half of the others. */
enum cr2_exercise_kind progress_topic(const struct cr2_progress *progress)
{
	int found = 0;

	for (int i = 1; i < CR2_EXERCISE_COUNT; i++)
		if (progress->topics[i].level < progress->topics[found].level)
			found = i;
	return (enum cr2_exercise_kind)found;
}

void progress_mistaken(struct cr2_progress *progress, enum cr2_misconception misconception)
{
	struct cr2_recall *recall = &progress->recalls[misconception];

	*recall = (struct cr2_recall){
		.seen = recall->seen + 1,
		.due = progress->exercises,
		.kind = progress->place.kind,
		.level = progress->place.level,
	};
}

void progress_later(struct cr2_progress *progress, enum cr2_misconception misconception)
{
	progress->recalls[misconception].due = progress->exercises + 2;
}

/* An exercise that would have shown the misconception, and did not. */
static void recalled(struct cr2_progress *progress, enum cr2_misconception misconception)
{
	static const unsigned pauses[CR2_RECALL_STAGES] = {2, 5, 12, 30};
	struct cr2_recall *recall = &progress->recalls[misconception];

	if (!is_open(recall))
		return;
	recall->due = progress->exercises + pauses[recall->stage];
	recall->stage++;
}

static bool rise(struct cr2_topic *topic)
{
	if (++topic->clean < CR2_TOPIC_CLEAN)
		return false;
	topic->clean = 0;
	topic->level++;
	return true;
}

/* Of the level that was its turn, or of a harder one. */
static bool note_topic(struct cr2_progress *progress)
{
	const struct cr2_lesson_place *place = &progress->place;
	struct cr2_topic *topic = &progress->topics[place->kind];
	bool whole = !strchr(place->parts, CR2_LESSON_OPEN), helped = strchr(place->parts, CR2_LESSON_SHOWN) || place->hints;

	topic->solved += whole && !strchr(place->parts, CR2_LESSON_SHOWN);
	if (place->level < topic->level || topic->level > CR2_EXERCISE_LEVELS)
		return false;
	if (whole && !helped && !place->wrong)
		return rise(topic);
	topic->clean = 0;
	return false;
}

bool progress_ended(struct cr2_progress *progress)
{
	struct cr2_lesson_place *place = &progress->place;
	bool rose, whole = !strpbrk(place->parts, (const char[]){CR2_LESSON_OPEN, CR2_LESSON_SHOWN, '\0'});

	if (place->counted)
		return false;
	place->counted = true;
	progress->exercises++;
	rose = note_topic(progress);
	/* Answered so again, it is due already. */
	if (place->why == CR2_LESSON_RECALL && !place->wrong && whole)
		recalled(progress, place->misconception);
	else if (place->why == CR2_LESSON_RECALL && !place->wrong)
		progress_later(progress, place->misconception);
	return rose;
}
