/* SPDX-License-Identifier: MIT */
/*
 * Explains what people have in their hands: error codes, page-table entries, addresses, words
 * of flags, the registers of a probe. Functions fill structs; the views draw them.
 */
#ifndef CR2_DECODE_H
#define CR2_DECODE_H

#include <cr2/flags.h>
#include <cr2/stage.h>

#endif
