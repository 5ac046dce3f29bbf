/* SPDX-License-Identifier: MIT */
#include "room.h"

struct kept_text *tls_room(const struct passage *p)
{
	struct texts *t = this_host.segment.texts;
	uint32_t peer = stream_peer(&p->ends.at->peer);

	return texts_was_lost(t, p->key, peer) ? NULL : texts_take(t, p->key, peer);
}

void tls_shut(const struct passage *p, const struct bond_tls_call *call)
{
	call->real->shut(call->tls);
	texts_shut(this_host.segment.texts, p->key);
}

bool tls_is_shut(const struct passage *p, const struct bond_tls_call *call, long *result)
{
	if (!call->real->ended || !texts_is_shut(this_host.segment.texts, p->key))
		return false;
	*result = call->real->ended(call->tls, p->key & 1);
	return true;
}

bool tls_room_none(struct passage *p, const struct bond_tls_call *call)
{
	struct texts *t = this_host.segment.texts;
	bool lost = texts_was_lost(t, p->key, stream_peer(&p->ends.at->peer));
	bool begun = lost || texts_has(t, p->key ^ 1) || common_is_sip(p) || common_find(p);

	counters_add_full(this_host.segment.counters, FULL_TEXTS);
	if (!begun && !side_must_shut(&p->ends)) {
		texts_leave_alone(t, p->key);
		common_count(COUNTER_UNEDITED, 1);
		return false;
	}
	common_count(COUNTER_SHUT, 1);
	tls_shut(p, call);
	common_drop(p);
	return true;
}
