/* SPDX-License-Identifier: MIT */
/* What a refusal for lack of rights offers. */
#ifndef OBSERVE_RIGHTS_H
#define OBSERVE_RIGHTS_H

/* What brings the rights to look at all memory; what brings those to change settings. */
const char *rights_to_look(void);
const char *rights_to_set(void);

#define RIGHTS_ELSE "'cr2 run --on guest:6.12' needs no root"

#endif
