/* SPDX-License-Identifier: MIT */
/* The state of this process; filled in by the constructor (init.c). */
#include "process.h"

#include "hot.h"
#include "base/generation.h"

static const struct rules no_rules;

struct host this_host = {.rules = &no_rules};

union segment_page_room page __attribute__((aligned(SEGMENT_PAGE_SIZE)));
struct hot hot;

void hot_has_clients(void)
{
	page.p.mode |= HOT_CLIENTS;
	page.p.active_span = 0;
}
