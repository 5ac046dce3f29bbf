/* SPDX-License-Identifier: MIT */
/* A signal handler that sends may come in between: it finds the slot empty and does not fill it. */
#include "recent.h"

#include <signal.h>

_Thread_local struct recent recent_table[RECENT_SIZE];
static _Thread_local volatile sig_atomic_t filling;

void recent_keep(int fd, const void *to, uint32_t generation, int out, const struct addr *source,
	uint32_t interface)
{
	uint64_t destination;
	const struct sockaddr_in *in = to;

	if (in->sin_family != AF_INET || filling)
		return;
	filling = 1;
	memcpy(&destination, to, sizeof(destination));
	struct recent *r = recent_slot(fd, destination);
	r->destination = 0;
	atomic_signal_fence(memory_order_seq_cst);
	r->fd = fd;
	r->generation = generation;
	r->out = out;
	memcpy(&r->source, source->ip + 12, sizeof(r->source));
	r->interface = (int)interface;
	atomic_signal_fence(memory_order_seq_cst);
	r->destination = destination;
	filling = 0;
}

void recent_clear(void)
{
	for (int i = 0; i < RECENT_SIZE; i++)
		recent_table[i].destination = 0;
}
