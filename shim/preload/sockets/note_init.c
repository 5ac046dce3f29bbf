/* SPDX-License-Identifier: MIT */
/* The table's memory. */
#include <sys/mman.h>
#include <sys/resource.h>

#include "note.h"

/* As many as the host can ever have: memory is taken only for those that it uses. */
void note_init(void)
{
	struct sockets *s = &this_host.sockets;
	struct rlimit limit;
	void *p = MAP_FAILED;

	s->max = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < FD_MAX
		? (int)limit.rlim_max
		: FD_MAX;
	for (; s->max >= 1024; s->max /= 2) {
		p = mmap(NULL, sizeof(*s->records) * (size_t)s->max, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p != MAP_FAILED)
			break;
	}
	s->records = p == MAP_FAILED ? NULL : p;
	if (!s->records)
		s->max = 0;
}
