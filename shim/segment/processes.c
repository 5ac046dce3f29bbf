/* SPDX-License-Identifier: MIT */
/* Each process has a word in the head, found by its number. */
#include "processes.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "file.h"

void segment_begin_fork(struct segment *s)
{
	if (!s->head)
		return;
	atomic_store(&s->head->forked, segment_now());
	atomic_fetch_add(&s->head->forks, 1);
}

void segment_child_forked(struct segment *s)
{
	if (!s->head)
		return;
	segment_join(s);
	atomic_fetch_add(&s->head->children, 1);
}

/* Takes a place that is free, its own, or, if `dead`, one of a process that is gone. */
static bool take_place(struct segment_head *head, uint64_t me, uint32_t has, bool dead)
{
	pid_t pid = segment_pid(me);

	for (unsigned n = 0; n < SEGMENT_PROBES; n++) {
		_Atomic uint64_t *place =
			&head->processes[(segment_place(pid) + n) % SEGMENT_PROCESSES];
		uint64_t now = atomic_load(place);
		bool free = now == 0 || segment_pid(now) == pid ||
			(dead && kill(segment_pid(now), 0) != 0 && errno == ESRCH);
		if (free && atomic_compare_exchange_strong(place, &now, me)) {
			atomic_store(&head->generations[place - head->processes], has);
			return true;
		}
	}
	return false;
}

void segment_join(struct segment *s)
{
	int saved = errno;

	if (!s->head)
		return;
	uint64_t me = segment_process(getpid(), segment_now());
	if (!take_place(s->head, me, s->has, false))
		take_place(s->head, me, s->has, true);
	errno = saved;
}

static void tell_generation(struct segment *s, uint32_t generation)
{
	pid_t me = getpid();

	for (unsigned n = 0; s->head && n < SEGMENT_PROBES; n++) {
		unsigned place = (segment_place(me) + n) % SEGMENT_PROCESSES;
		if (segment_pid(atomic_load(&s->head->processes[place])) == me) {
			atomic_store(&s->head->generations[place], generation);
			return;
		}
	}
}

void segment_has_generation(struct segment *s, uint32_t generation)
{
	s->has = generation;
	tell_generation(s, generation);
}

void segment_has_no_memory(struct segment *s)
{
	tell_generation(s, s->has | SEGMENT_NO_MEMORY);
}
