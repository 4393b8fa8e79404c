/* SPDX-License-Identifier: MIT */
/* What Linux makes of a fault: fills the causes of an error whose other members are filled. */
#ifndef DECODE_CAUSE_H
#define DECODE_CAUSE_H

#include <cr2/decode.h>

void error_causes(struct cr2_error *error);

#endif
