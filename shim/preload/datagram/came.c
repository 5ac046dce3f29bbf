/* SPDX-License-Identifier: MIT */
#include "came.h"

#include "preload/stream/peer.h"
#include "segment/counters.h"
#include "segment/flows.h"

void came_note(int fd, const struct addr *from, const struct addr *to)
{
	const struct segment *shared = &this_host.segment;
	const struct addr *own = &record_of(fd)->local;
	struct flow_end end = {from, own->port};

	if (!from->family || !to->family)
		return;
	if (addr_equal(to, own)) {
		flows_home(shared->flows, &end, false);
		return;
	}
	unsigned became = flows_keep(shared->flows, shared->generation, &end, to, FLOW_CAME);
	if (became & FLOW_KEPT)
		peer_came(from, to, own, FLOW_CAME);
	if (became & FLOW_DROPPED)
		counters_add_full(shared->counters, FULL_FLOWS);
}
