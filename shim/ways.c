/* SPDX-License-Identifier: MIT */
/* Keeps the ways. A signal handler that sends may come in between: it finds the place empty and does
 * not fill it. */
#include "ways.h"

#include <signal.h>

#include "own.h"

_Thread_local struct ways ways_table;
static _Thread_local volatile sig_atomic_t filling;

static _Atomic uint32_t alone = 1; /* until there is memory to share */
_Atomic uint32_t *ways_generation = &alone;

void ways_share(_Atomic uint32_t *counter)
{
	if (ways_generation != &alone)
		return;
	*counter = 1;
	ways_generation = counter;
}

uint32_t ways_any_list(const struct sockaddr_in *to)
{
	uint32_t list = match_list4(shim_match, (const uint8_t *)&to->sin_addr);

	return domains_on ? list ^ domains_route(to->sin_addr.s_addr) : list;
}

/* Whether one socket's requests to all addresses of that list are decided alike. */
static bool is_common(uint32_t list)
{
	const struct candidate *c = match_candidates(shim_match, list);

	if (c->conditions[0] & ~(CONDITION_END | CONDITION_DOMAIN) || c->kind == LIST_THIS_HOST)
		return false;
	/* any address of 127/8 is this machine's, and a wildcard socket hears it */
	return c->kind != LIST_LOOPBACK || !own_hears_all();
}

static void keep(int fd, uint32_t list, uint32_t generation, int out)
{
	struct way *w = ways_place(fd, list);

	w->fd = -1;
	atomic_signal_fence(memory_order_seq_cst);
	w->list = list;
	*ways_out_of(w) = (struct way_out){generation, out};
	atomic_signal_fence(memory_order_seq_cst);
	w->fd = fd;
}

void ways_keep(int fd, const struct sockaddr_in *to, uint32_t generation, int out)
{
	uint32_t list = match_list4(shim_match, (const uint8_t *)&to->sin_addr);
	uint32_t route = domains_on ? domains_route(to->sin_addr.s_addr) : 0;

	if (route == DOMAINS_MIXED || !is_common(list) || filling)
		return;
	filling = 1;
	/* the host's own call is right for its own addresses, too */
	if (out != WAY_OWN && out != WAY_UNMARKED && own_in_list(list)) {
		keep(fd, list ^ route, generation, WAY_LOOK);
		route |= WAYS_CLOSE;
	}
	keep(fd, list ^ route, generation, out);
	filling = 0;
}

void ways_clear(void)
{
	for (int i = 0; i < WAYS_MAX; i++)
		ways_table.from[i].fd = -1;
}
