/* SPDX-License-Identifier: MIT */
#include "came.h"

#include "segment/counters.h"
#include "segment/flows.h"

void came_note(int fd, const struct addr *from, const struct addr *to)
{
	const struct segment *shared = &this_host.segment;
	const struct addr *own = &record_of(fd)->local;
	struct flow_end end = {from, own->port};

	if (!from->family || !to->family)
		return;
	if (addr_equal(to, own))
		flows_home(shared->flows, &end, false);
	else if (flows_came(shared->flows, shared->generation, &end, to))
		counters_add_full(shared->counters, FULL_FLOWS);
}
