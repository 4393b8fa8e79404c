/* SPDX-License-Identifier: MIT */
/* What each stage of a fault has to say. */
#ifndef VIEW_NARRATIVE_STAGES_H
#define VIEW_NARRATIVE_STAGES_H

#include "teller.h"

/* arrival.c: S1 to S3; tables.c: S4, S5, S7; page.c: S6; return.c: S8. */
void tell_exception(struct teller *teller, const struct cr2_stage *stage);
void tell_vma(struct teller *teller, const struct cr2_stage *stage);
void tell_permission(struct teller *teller, const struct cr2_stage *stage);
void tell_walk(struct teller *teller, const struct cr2_stage *stage);
void tell_entry(struct teller *teller, const struct cr2_stage *stage);
void tell_page(struct teller *teller, const struct cr2_stage *stage);
void tell_install(struct teller *teller, const struct cr2_stage *stage);
void tell_return(struct teller *teller, const struct cr2_stage *stage);
void tell_signal(struct teller *teller, const struct cr2_stage *stage);
void tell_extable(struct teller *teller, const struct cr2_stage *stage);
/* S8 of a fault whose access faults again. */
void tell_again(struct teller *teller);

#endif
