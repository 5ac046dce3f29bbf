/* SPDX-License-Identifier: MIT */
/* Names are compared as text: by slots or numbers a filter would not outlive a reload. What a filter has
 * that bondctl wrote is bounded here. */
#include "wants.h"

#include <errno.h>

/* What a route or bond spoke for: steered, refused, restored or right by itself. */
static bool is_selection(const struct verdict *v)
{
	switch (v->why) {
	case WHY_NOTHING:
	case WHY_NOT_SIP:
	case WHY_RESPONSE:
	case WHY_OWN_ADDRESS: return false;
	case WHY_NO_ROUTE: return v->action == ACTION_FAIL || v->doubt.unanswered;
	default: return true;
	}
}

/* Should have left by a member and did not, or did not come in. */
static bool is_missed(const struct verdict *v)
{
	switch (v->why) {
	case WHY_NO_MEMBER:
	case WHY_MEMBER_NOT_BOUND:
	case WHY_MEMBER_REFUSED:
	case WHY_CONNECTED_LISTENER:
	case WHY_UNKNOWN:
	case WHY_UNEDITABLE:
	case WHY_NO_FRAME:
	case WHY_CANNOT_MOVE: return true;
	default: return v->action == ACTION_FAIL;
	}
}

static uint32_t outcomes_of(int error, const struct verdict *v)
{
	uint32_t outcomes = 0;

	/* A call that would block is under way, not failed. */
	if ((error && error != EAGAIN && error != EINPROGRESS) || (v && is_missed(v)))
		outcomes |= OUTCOME_FAIL;
	if (v && is_selection(v))
		outcomes |= OUTCOME_SELECT;
	if (v && (v->why == WHY_UNKNOWN || v->why == WHY_UNEDITABLE || v->why == WHY_NO_FRAME))
		outcomes |= OUTCOME_UNKNOWN;
	if (v && v->why == WHY_RESTORED)
		outcomes |= OUTCOME_RESTORE;
	return outcomes;
}

/* What the verdict has to do with, or NULL. */
static const char *bond_of(const struct wants_call *call)
{
	const struct verdict *v = call->verdict;
	const struct config *c = call->config;
	uint16_t bond = MODEL_NONE;

	if (!v || !c)
		return NULL;
	if (v->how.member < c->member_count)
		bond = c->members[v->how.member].bond;
	else if (v->route.number < c->route_count)
		bond = c->routes[v->route.number].bond;
	return bond < c->bond_count ? c->bonds[bond].name : NULL;
}

static const char *route_of(const struct wants_call *call)
{
	const struct verdict *v = call->verdict;
	const struct config *c = call->config;

	return v && c && v->route.number < c->route_count ? c->routes[v->route.number].name : NULL;
}

static bool has_name(const struct filter *f, const struct filter_names *names, const char *name)
{
	for (unsigned i = 0; name && i < names->count && i < FILTER_NAMES_MAX; i++) {
		if (!strcmp(filter_text(f, names->at[i]), name))
			return true;
	}
	return false;
}

static bool has_call_id(const struct filter *f, const struct filter_names *names, const struct call_ids *ids)
{
	for (size_t at = 0; at < ids->size; at += strlen(ids->text + at) + 1) {
		if (has_name(f, names, ids->text + at))
			return true;
	}
	return false;
}

static bool has_peer(const struct filter_words *w, const struct wants_call *call)
{
	for (unsigned i = 0; i < w->peer_count && i < FILTER_NAMES_MAX; i++) {
		const struct prefix *p = &w->peers[i];
		for (unsigned k = 0; k < call->peer_count; k++) {
			const struct addr *a = &call->peers[k];
			if (p->bits <= 128 && prefix_contains(p, a) && (!p->addr.port || p->addr.port == a->port))
				return true;
		}
	}
	return false;
}

/* The kinds that cost no look at the message. */
static bool wants_plainly(const struct filter *f, const struct wants_call *call)
{
	uint32_t outcomes = outcomes_of(call->error, call->verdict);
	const char *bond = NULL, *route = NULL;

	if ((f->want.calls && !(f->want.calls >> call->call & 1)) || (f->not.calls >> call->call & 1))
		return false;
	if ((f->want.outcomes && !(f->want.outcomes & outcomes)) || (f->not.outcomes & outcomes))
		return false;
	if (f->want.bonds.count || f->not.bonds.count)
		bond = bond_of(call);
	if (f->want.routes.count || f->not.routes.count)
		route = route_of(call);
	return (!f->want.bonds.count || has_name(f, &f->want.bonds, bond)) &&
	       !has_name(f, &f->not.bonds, bond) &&
	       (!f->want.routes.count || has_name(f, &f->want.routes, route)) &&
	       !has_name(f, &f->not.routes, route);
}

bool wants(const struct filter *f, const struct wants_call *call)
{
	if (!wants_plainly(f, call))
		return false;
	if (!call->call_ids)
		return true;
	return (!f->want.peer_count || has_peer(&f->want, call)) && !has_peer(&f->not, call) &&
	       (!f->want.call_ids.count || has_call_id(f, &f->want.call_ids, call->call_ids)) &&
	       !has_call_id(f, &f->not.call_ids, call->call_ids);
}
