/* SPDX-License-Identifier: MIT */
#include "unreadable.h"

#include "preload/process.h"
#include "segment/counters.h"
#include "sip/scan.h"
#include "sip/strip.h"

bool unreadable_closes(struct leaving *l, struct verdict *v, const char *p, size_t n)
{
	struct sender *s = &l->sender;

	if (sockets_listener(s->bits) < 0 || scan_is_stun(p, n))
		return false;
	if (names_now(l->rules)->header.n &&
		strip_has_private(names_now(l->rules), false, p, n)) {
		v->why = WHY_UNREADABLE;
		v->action = ACTION_FAIL;
	} else if (l->rules->config.no_route == NO_ROUTE_FAIL) {
		struct verdict routed = VERDICT_EMPTY;
		routed.rules = l->rules;
		decide_request(&this_host, &routed, s, p, n);
		if (routed.why == WHY_NO_ROUTE && routed.action == ACTION_FAIL)
			*v = routed;
	}
	if (v->action != ACTION_FAIL)
		return false;
	counters_add(this_host.segment.counters, COUNTER_CLOSED, 1);
	return true;
}
