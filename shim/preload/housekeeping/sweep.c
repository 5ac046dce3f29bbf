/* SPDX-License-Identifier: MIT */
/* Readers are told first that it is gone (page.oldest); one that was stopped meets zeros, as ever. */
#include "sweep.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/raw.h"
#include "preload/image_now.h"
#include "preload/process.h"
#include "segment/area.h"
#include "writer.h"

#define RETRY 100 /* hundredths of a second, where another one publishes */

static bool read_mapped(void *ctx, void *to, size_t n, uint64_t at)
{
	const struct image_chain *c = ctx;

	if (at > c->end || n > c->end - at)
		return false;
	memcpy(to, segment_at(&this_host.segment, at), n);
	return true;
}

bool sweep_chain(struct image_chain *c)
{
	const struct segment *s = &this_host.segment;

	*c = (struct image_chain){.current = segment_current(s->page), .first = s->head->size,
		.end = atomic_load(&s->page->allocated), .now = segment_now(), .limit = UINT64_MAX,
		.read = read_mapped, .ctx = c};
	return c->end <= s->head->reserved;
}

/* Other writers may have gone further. */
static void raise_oldest(uint32_t generation)
{
	_Atomic uint32_t *oldest = &this_host.segment.page->oldest;
	uint32_t is = atomic_load(oldest);

	while (is < generation && !atomic_compare_exchange_weak(oldest, &is, generation))
		;
	atomic_thread_fence(memory_order_seq_cst);
}

/* The kernel takes no pages away where they cannot be written to, or are locked into memory. */
static long punch(uint64_t from, uint64_t end)
{
	long at = (long)segment_at(&this_host.segment, from), n = (long)(end - from);

	long result = raw_syscall(SYS_mprotect, at, n, PROT_READ | PROT_WRITE, 0);
	if (result == 0)
		result = raw_syscall(SYS_madvise, at, n, MADV_REMOVE, 0);
	if (result == -EINVAL && raw_syscall(SYS_munlock, at, n, 0, 0) == 0)
		result = raw_syscall(SYS_madvise, at, n, MADV_REMOVE, 0);
	raw_syscall(SYS_mprotect, at, n, PROT_READ, 0);
	return result;
}

/* False: to be tried again. */
static bool give_back(struct sweep *w, const struct image_rest *rest)
{
	uint64_t end = rest->due / SEGMENT_PAGE_SIZE * SEGMENT_PAGE_SIZE, from = this_host.segment.head->size;
	uint64_t mine = end > from ? writer_take() : 0;

	if (end <= from)
		return true;
	if (!mine)
		return false;
	raise_oldest(rest->generation);
	/* where it cannot be done the next reload does it */
	punch(from, end);
	w->swept = end;
	writer_end(mine);
	return true;
}

void sweep_step(struct sweep *w)
{
	uint32_t generation = image_generation_now();
	struct image_chain c;
	struct image_rest rest;

	if (!*this_host.segment.path || (generation == w->generation && !w->next))
		return;
	if ((generation == w->generation && segment_now() < w->next) || !sweep_chain(&c))
		return;
	image_rest(&rest, &c);
	w->generation = generation;
	w->next = rest.next;
	if (rest.due > w->swept && !give_back(w, &rest))
		w->next = c.now + RETRY;
}
