/* SPDX-License-Identifier: MIT */
/* cr2 learn's session: reads lines, prints replies, keeps the progress. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <cr2/state_file.h>

#include "learn.h"

#define FILE_NAME "learn.json"

/* Who begins is asked other exercises than others are. */
static uint64_t any_seed(void)
{
	uint64_t seed;

	return getrandom(&seed, sizeof(seed), 0) < 0 ? (uint64_t)(cli_now() * 1e9) : seed;
}

static int find_file(struct cr2_text *ret_path)
{
	int r = cr2_state_file_path(FILE_NAME, ret_path);

	return r == -ENOENT ? cli_error(CLI_UNABLE, "learn: neither XDG_STATE_HOME nor HOME says where to keep the "
					"progress") :
	       r < 0 ? cli_error(CLI_UNABLE, "%s", strerror(-r)) : CLI_OK;
}

/* What is not as cr2 writes it is the learner's to look at: it is never written over. */
static int damaged(const char *path, struct cr2_diag *diag)
{
	cli_error(CLI_USAGE, "learn: %s: line %u: %s; it is left as it is: move it away to begin anew", path,
		  diag->line ? diag->line : 1, diag->message);
	cr2_diag_finish(diag);
	return CLI_USAGE;
}

static int read_progress(const char *path, struct cr2_progress *ret_progress)
{
	struct cr2_text text = {0};
	struct cr2_diag diag = {0};
	int r = cr2_state_file_read(path, &text), code = CLI_OK;

	if (r == -ENOENT)
		cr2_progress_init(ret_progress, any_seed());
	else if (r == 0)
		r = cr2_progress_from_json(text.data ? text.data : "", text.length, ret_progress, &diag);
	if (r == -EINVAL)
		code = damaged(path, &diag);
	else if (r < 0 && r != -ENOENT)
		code = cli_error(CLI_UNABLE, "learn: %s: %s", path, strerror(-r));
	cr2_text_finish(&text);
	return code;
}

int learn_progress(struct cr2_progress *ret_progress)
{
	struct cr2_text path = {0};
	int code = find_file(&path);

	if (code == CLI_OK)
		code = read_progress(path.data, ret_progress);
	cr2_text_finish(&path);
	return code;
}

static int write_progress(const char *path, const struct cr2_progress *progress)
{
	struct cr2_text text = {0};
	int r = cr2_progress_to_json(progress, &text);

	if (r == 0)
		r = cr2_state_file_write(path, &text);
	cr2_text_finish(&text);
	return r < 0 ? cli_error(CLI_UNABLE, "learn: %s: %s; the progress is not kept", path, strerror(-r)) : CLI_OK;
}

/* Two sessions would write over each other's progress: the second one ends. The lock goes with the process. */
static int lock_progress(const char *path)
{
	struct cr2_text folder = {0};
	int r = cr2_text_append_n(&folder, path, strlen(path) - strlen(FILE_NAME));
	int fd = r < 0 ? -1 : open(folder.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cr2_text_finish(&folder);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return CLI_OK;
	return cli_error(CLI_UNABLE, errno == EWOULDBLOCK ? "learn: another cr2 learn is open, which keeps the progress; end it first" :
			 "learn: the progress cannot be locked");
}

static int open_progress(const char *path, struct cr2_progress *ret_progress)
{
	int code = read_progress(path, ret_progress);

	/* There is a folder to be locked then. */
	if (code == CLI_OK && access(path, F_OK) < 0)
		code = write_progress(path, ret_progress);
	if (code == CLI_OK)
		code = lock_progress(path);
	return code == CLI_OK ? read_progress(path, ret_progress) : code;
}

int learn_keep_program(unsigned program)
{
	struct cr2_progress progress;
	struct cr2_text path = {0};
	int code = find_file(&path);

	if (code == CLI_OK)
		code = open_progress(path.data, &progress);
	if (code == CLI_OK && !(progress.programs >> program & 1)) {
		progress.programs |= 1U << program;
		code = write_progress(path.data, &progress);
	}
	cr2_text_finish(&path);
	return code;
}

struct session {
	struct cr2_lesson lesson;
	struct cr2_style style;
	const char *path;
	struct learn_kernel *kernel;
	bool echo; /* lines do not come from a terminal, which shows them */
};

static int put(struct cr2_text *text, int r)
{
	int code = learn_print(text, r);

	fflush(stdout);
	return code;
}

/* Of a prediction: when its answer has been shown, and when all of it has. */
static int ask_kernel(const struct session *s, const struct cr2_lesson_reply *reply, struct cr2_text *text)
{
	const struct cr2_exercise *e = &s->lesson.exercise;

	/* The course's is no kernel that runs anywhere. */
	if (e->profile == CR2_PROFILE_COURSE)
		return 0;
	if (reply->ended && (e->kind == CR2_EXERCISE_PREDICT || e->kind == CR2_EXERCISE_COW))
		return learn_kernel_say(s->kernel, e, 0, &s->style, text);
	if (reply->event == CR2_LESSON_WRONG && reply->check.variant)
		return learn_kernel_say(s->kernel, e, reply->part->line, &s->style, text);
	return 0;
}

static int show_reply(const struct session *s, const struct cr2_lesson_reply *reply)
{
	struct cr2_text text = {0};
	int r = cr2_view_lesson(&s->lesson, reply, &s->style, &text);

	if (r == 0)
		r = ask_kernel(s, reply, &text);
	if (r == 0 && text.length)
		r = cr2_text_append(&text, "\n");
	return put(&text, r);
}

static int show_question(const struct session *s)
{
	struct cr2_text text = {0};
	int r = cr2_view_lesson_question(&s->lesson, &s->style, &text);

	if (r == 0)
		r = cr2_text_append(&text, "> ");
	return put(&text, r);
}

static bool is_over(const struct cr2_lesson_reply *reply)
{
	return reply->event == CR2_LESSON_LEFT || reply->event == CR2_LESSON_NOTHING;
}

/* One line: what comes of it is kept before it is shown. */
static int take_line(struct session *s, const char *line, struct cr2_lesson_reply *ret_reply)
{
	int r = cr2_lesson_say(&s->lesson, line, ret_reply), code;

	if (r < 0)
		return cli_error(CLI_UNABLE, "%s", strerror(-r));
	code = write_progress(s->path, &s->lesson.progress);
	return code == CLI_OK ? show_reply(s, ret_reply) : code;
}

static int converse(struct session *s, struct cr2_lesson_reply *reply)
{
	int code = write_progress(s->path, &s->lesson.progress);
	struct cr2_text line = {0};
	int r;

	if (code == CLI_OK)
		code = show_reply(s, reply);
	while (code == CLI_OK && !is_over(reply)) {
		code = show_question(s);
		r = code == CLI_OK ? cli_read_line(stdin, &line) : 0;
		if (r <= 0) {
			putchar('\n');
			break;
		}
		if (s->echo)
			cli_print_safe(line.data), putchar('\n');
		code = take_line(s, line.data, reply);
	}
	cr2_text_finish(&line);
	return code;
}

/* Where the learner stands. */
static int greet(const struct session *s)
{
	struct cr2_text text = {0};
	int r = cr2_view_progress(&s->lesson.progress, &s->style, &text);

	if (r == 0)
		r = cr2_text_append(&text, "\nType an answer, or help.\n\n");
	return put(&text, r);
}

static int begin(struct session *s, const struct cr2_progress *progress, const struct learn_choice *choice, bool again)
{
	struct cr2_lesson_reply reply;
	uint64_t seed = choice->seeded ? choice->seed : progress->seed;
	struct cr2_calibration calibration;
	bool own = learn_calibration(&calibration);
	int code, r = cr2_lesson_begin(&s->lesson, progress, again, choice->profile, own ? &calibration : NULL, &reply);

	if (r == 0 && choice->has_kind)
		r = cr2_lesson_choose(&s->lesson, choice->kind, choice->level, seed, &reply);
	if (r < 0)
		return r == -EINVAL ? cli_error(CLI_USAGE, "%s: its exercise is not one of this cr2's; it is left as it is: "
						"move it away to begin anew", s->path) :
				      cli_error(CLI_UNABLE, "%s", strerror(-r));
	code = choice->has_kind ? CLI_OK : greet(s);
	if (code == CLI_OK)
		code = converse(s, &reply);
	cr2_lesson_finish(&s->lesson);
	return code;
}

int learn_session(const struct learn_choice *choice, bool again, bool plain)
{
	struct session s = {.style = cli_style(), .echo = !isatty(STDIN_FILENO)};
	struct cr2_progress progress;
	struct cr2_text path = {0};
	int code = find_file(&path);

	cli_no_pager();
	/* For a screen reader: a paragraph is one line. */
	if (plain)
		s.style = (struct cr2_style){.ascii = true, .width = 100000, .linear = true};
	s.path = path.data;
	s.kernel = learn_kernel_create();
	if (code == CLI_OK && !s.kernel)
		code = cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	if (code == CLI_OK)
		code = open_progress(path.data, &progress);
	if (code == CLI_OK)
		code = begin(&s, &progress, choice, again);
	learn_kernel_destroy(s.kernel);
	cr2_text_finish(&path);
	return code;
}
