/* SPDX-License-Identifier: MIT */
/* What cr2 learn and its kinds share: which exercise is meant, and output. */
#include <errno.h>
#include <string.h>

#include "learn.h"
#include "target.h"

error_t learn_option(struct learn_choice *choice, int key, char *arg)
{
	uint64_t level = 0;

	switch (key) {
	case LEARN_SEED:
		choice->seeded = true;
		choice->exit = cli_number("seed", arg, 0, INT64_MAX, &choice->seed);
		break;
	case LEARN_LEVEL:
		choice->leveled = true;
		choice->exit = cli_number("level", arg, 1, CR2_EXERCISE_LEVELS, &level);
		choice->level = (unsigned)level;
		break;
	case LEARN_KERNEL:
		choice->has_profile = true;
		choice->exit = target_profile(arg, &choice->profile);
		break;
	case LEARN_JSON:
		choice->json = true;
		break;
	case LEARN_TIME:
		choice->time = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return choice->exit ? EINVAL : 0;
}

void learn_settle(struct learn_choice *choice)
{
	if (choice->has_kind && choice->kind == CR2_EXERCISE_COURSE && !choice->has_profile)
		choice->profile = CR2_PROFILE_COURSE;
}

error_t learn_kind(struct learn_choice *choice, const char *word)
{
	const char *names[CR2_EXERCISE_COUNT];
	int kind = cr2_exercise_parse(word);

	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		names[i] = cr2_exercise_name((enum cr2_exercise_kind)i);
	if (kind < 0)
		choice->exit = target_unknown("exercise", word, names, CR2_EXERCISE_COUNT);
	else if (choice->has_kind)
		choice->exit = cli_error(CLI_USAGE, "learn: one EXERCISE at a time, not '%s' too", word);
	if (choice->exit)
		return EINVAL;
	choice->kind = (enum cr2_exercise_kind)kind;
	choice->has_kind = true;
	return 0;
}

int learn_refused(const char *path, struct cr2_diag *diag, int r)
{
	int code;

	if (r != -EINVAL || !diag->message)
		code = cli_error(CLI_UNABLE, "%s", strerror(-r));
	else if (diag->line)
		code = cli_error(CLI_USAGE, "%s:%u: %s", path, diag->line, diag->message);
	else
		code = cli_error(CLI_USAGE, "%s: %s", path, diag->message);
	cr2_diag_finish(diag);
	return code;
}

bool learn_calibration(struct cr2_calibration *ret_calibration)
{
	struct cr2_text path = {0};
	struct cr2_diag diag = {0};
	struct cr2_machine machine;
	int r = cr2_calibration_path(&path);

	if (r == 0)
		r = cr2_calibration_load(path.data, ret_calibration, &diag);
	if (r == -EINVAL)
		cr2_diag_finish(&diag);
	cr2_text_finish(&path);
	/* Of this machine with this kernel. */
	return r == 0 && cr2_machine_read(&machine) == 0 && cr2_machine_same(&machine, &ret_calibration->machine);
}

int learn_make(const struct learn_choice *c, uint64_t offset, struct cr2_exercise *ret_exercise)
{
	struct cr2_calibration calibration;
	bool own = c->time && learn_calibration(&calibration);
	int r = c->time ? cr2_exercise_make_timed(c->kind, c->seed + offset, c->level, c->profile, own ? &calibration : NULL,
						  ret_exercise) :
			  cr2_exercise_make(c->kind, c->seed + offset, c->level, c->profile, ret_exercise);

	return r < 0 ? cli_error(CLI_UNABLE, "%s", strerror(-r)) : CLI_OK;
}

int learn_print(struct cr2_text *text, int r)
{
	if (r < 0)
		r = cli_error(CLI_UNABLE, "%s", strerror(-r));
	else if ((text->length && fwrite(text->data, 1, text->length, stdout) != text->length) || ferror(stdout))
		r = cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	cr2_text_finish(text);
	return r;
}

char *learn_telling_line(const char *output)
{
	const char *found = NULL;
	size_t n = 0;

	for (const char *line = output; *line; line += line[strcspn(line, "\n")] != '\0') {
		const size_t length = strcspn(line, "\n");

		if (length > 0) {
			found = line;
			n = length;
		}
		if (memmem(line, length, "error:", strlen("error:")) || memmem(line, length, "ERROR:", strlen("ERROR:")))
			break;
		line += length;
	}
	return found ? strndup(found, n) : NULL;
}
