/* SPDX-License-Identifier: MIT */
/* What a refusal for lack of rights offers. */
#ifndef OBSERVE_RIGHTS_H
#define OBSERVE_RIGHTS_H

#define RIGHTS_NEEDED "run as root, or with CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH"
#define RIGHTS_ELSE "'cr2 run --on guest:6.12' needs no root"

#endif
