/* SPDX-License-Identifier: MIT */
/* The state of this process; filled in by the constructor (init.c). */
#include "process.h"

#include "hot.h"

static const struct rules no_rules;

struct host this_host = {.rules = &no_rules};
extern _Atomic uint32_t fast_alone;
struct hot hot = {.generation = &fast_alone};

void hot_has_clients(void)
{
	hot.mode |= HOT_CLIENTS;
	hot.active_span = 0;
}
