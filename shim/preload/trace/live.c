/* SPDX-License-Identifier: MIT */
/* Nothing of it is looked at unless bondctl has set HOT_TRACE_LIVE, and it does so once the memory is there. */
#include "live.h"


#include "base/raw.h"
#include "base/seconds.h"
#include "preload/hot.h"
#include "preload/process.h"

static bool holds(uint32_t now)
{
	return live_holds(atomic_load(&page.p.trace_until), now);
}

/* A bondctl that comes just now sets time, bits and span in that order: what it did before the bits were
 * taken away is seen here, and what it does later stays. */
static void end(uint32_t now)
{
	int before = __atomic_fetch_and(&page.p.mode, ~HOT_LIVE, __ATOMIC_SEQ_CST);

	if (holds(now))
		__atomic_fetch_or(&page.p.mode, before & HOT_LIVE, __ATOMIC_SEQ_CST);
	else
		hot_reopen();
}

uint16_t live_readers(unsigned want, const struct wants_call *call)
{
	struct live *live = this_host.segment.live;
	uint16_t readers = 0;

	if (!(page.p.mode & HOT_LIVE))
		return 0;
	uint32_t now = seconds_now();
	if (!holds(now)) {
		end(now);
		return 0;
	}
	if (!live || live->ring.magic != RING_MAGIC)
		return 0;
	for (unsigned i = 0; i < LIVE_SEATS; i++) {
		union live_place *s = &live->seats[i];
		if (live_holds(atomic_load_explicit(&s->until, memory_order_acquire), now) &&
			(s->wants & want) && (!call || wants(&s->filter, call)))
			readers |= (uint16_t)(1 << i);
	}
	return readers;
}

void live_put(enum ring_kind kind, uint16_t readers, const struct iovec *pieces, size_t count)
{
	struct ring_what what = {kind, readers, (pid_t)raw_syscall(SYS_gettid, 0, 0, 0, 0)};

	if (readers)
		ring_put(&this_host.segment.live->ring, &what, pieces, count);
}
