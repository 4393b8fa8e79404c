/* SPDX-License-Identifier: MIT */
/* Where a calibration is kept. */
#include <errno.h>
#include <string.h>

#include <cr2/calibration.h>
#include <cr2/state_file.h>

int cr2_calibration_path(struct cr2_text *text)
{
	return cr2_state_file_path("calibration.json", text);
}

int cr2_calibration_load(const char *path, struct cr2_calibration *ret_calibration,
			 struct cr2_diag *diag)
{
	struct cr2_text text = {0};
	int r = cr2_state_file_read(path, &text);

	if (r == 0)
		r = cr2_calibration_from_json(text.data ? text.data : "", text.length,
					      ret_calibration, diag);
	if (r == -EINVAL)
		diag->path = strdup(path);
	cr2_text_finish(&text);
	return r;
}

int cr2_calibration_save(const char *path, const struct cr2_calibration *calibration)
{
	struct cr2_text text = {0};
	int r = cr2_calibration_to_json(calibration, &text);

	if (r == 0)
		r = cr2_state_file_write(path, &text);
	cr2_text_finish(&text);
	return r;
}
