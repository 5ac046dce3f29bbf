/* SPDX-License-Identifier: MIT */
/* What comes in while no arrival decides is noted, so that it can be told from what comes later, should one decide
 * before the host has forwarded it (core/kept.h). */
#ifndef BOND_PRELOAD_INSIDE_H
#define BOND_PRELOAD_INSIDE_H

#include "core/rules.h"
#include "sip/splice.h"

/* A request that came in by r: e has written its mark. */
void inside_note(const struct rules *r, const struct edit *e);

/* A response leaves of which the n bytes from p on are there: its request, which had the mark at mark, the topmost
 * one, is not inside the host any more. */
void inside_answered(const char *mark, const char *p, size_t n);

#endif
