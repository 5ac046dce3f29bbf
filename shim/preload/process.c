/* SPDX-License-Identifier: MIT */
/* The state of this process; filled in by the constructor (init.c). */
#include "process.h"

#include "hot.h"
#include "segment/generation.h"

static const struct rules no_rules;

struct host this_host = {.rules = &no_rules};

static _Atomic uint32_t generation_alone = GENERATION_FIRST; /* until there is memory to share */
struct hot hot = {.generation = &generation_alone};

void hot_has_clients(void)
{
	hot.mode |= HOT_CLIENTS;
	hot.active_span = 0;
}
