/* SPDX-License-Identifier: MIT */
/* The state of this process; filled in by the constructor (init.c). */
#include "process.h"

#include "hot.h"
#include "base/generation.h"

static const struct rules no_rules;

/* Of 9 MB, which would all be in the file if one word here had a value at link time. */
struct host this_host;

/* Before init.c's, which has no priority. Until then the hooks are closed, and nothing asks for rules. */
__attribute__((constructor(101))) static void begin(void)
{
	this_host.rules = &no_rules;
}

union segment_page_room page __attribute__((aligned(SEGMENT_PAGE_SIZE)));
struct hot hot;

void hot_has_clients(void)
{
	__atomic_fetch_or(&page.p.mode, HOT_CLIENTS, __ATOMIC_SEQ_CST);
	__atomic_store_n(&page.p.active_span, 0, __ATOMIC_SEQ_CST);
}

void hot_reopen(void)
{
	uintptr_t closed = __atomic_load_n(&page.p.active_span, __ATOMIC_SEQ_CST);

	if (closed && closed < HOT_CLOSED && __atomic_load_n(&page.p.mode, __ATOMIC_SEQ_CST) == HOT_ACTIVE)
		__atomic_compare_exchange_n(&page.p.active_span, &closed, hot.address_span, false,
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
