/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <time.h>
#include <unistd.h>

#include "base/raw.h"
#include "preload/process.h"
#include "segment/file.h"

uint64_t writer_take(void)
{
	struct segment_page *p = this_host.segment.page;
	const struct timespec nap = {.tv_nsec = 50000000};
	uint64_t writer = atomic_load(&p->writer), clock = segment_now();
	uint64_t mine = (clock << 16 | ((uint64_t)getpid() & 0xffff)) & ~SEGMENT_WRITER_TOOL;
	uint32_t until = atomic_load(&p->writer_until), now = (uint32_t)(clock / 100);

	if (writer && until > now && until - now <= SEGMENT_WRITER_SECONDS)
		return 0;
	atomic_store(&p->writer_until, now + SEGMENT_WRITER_SECONDS);
	if (!atomic_compare_exchange_strong(&p->writer, &writer, mine))
		return 0;
	/* bondctl writes its word whatever stands there: who wrote last has it */
	raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, (long)&nap, 0);
	return writer_holds(mine) ? mine : 0;
}

bool writer_holds(uint64_t mine)
{
	return atomic_load(&this_host.segment.page->writer) == mine;
}

void writer_end(uint64_t mine)
{
	atomic_compare_exchange_strong(&this_host.segment.page->writer, &mine, 0);
}
