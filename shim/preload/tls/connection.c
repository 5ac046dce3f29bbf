/* SPDX-License-Identifier: MIT */
#include "connection.h"

#include <string.h>

#include "preload/rules_due.h"
#include "preload/stream/follow.h"
#include "preload/tally.h"
#include "segment/hellos.h"
#include "segment/streams.h"

_Static_assert(BOND_TLS_RANDOM == HELLO_RANDOM, "a random is one");

/* Whether those that came to the host and are not known may not pass. */
static bool fails_closed(const struct rules *r)
{
	const struct side_ends none = {.rules = r};

	return follow_wants(r) && side_must_shut(&none);
}

bool tls_any(void)
{
	const struct hellos *h = this_host.segment.hellos;

	if (!(page.p.mode & HOT_ACTIVE) || !h)
		return false;
	/* of the first connection the hellos may be still to come, within the call that asks */
	return atomic_load_explicit(&h->any, memory_order_relaxed) || follow_wants(renew_rules());
}

/* Its peer may have brought it about, by two hellos of the same randoms or by odd ones. Of what the host itself began
 * others are not looked for: it may be anything. */
static enum tls_is not_found(enum hello_found is, bool is_server)
{
	if (is == HELLO_SPOILED)
		return TLS_SHUT;
	return (is_server || is == HELLO_EQUAL) && fails_closed(renew_rules()) ? TLS_SHUT : TLS_OTHER;
}

enum tls_is tls_find(const struct bond_tls_id *id, struct tls_connection *c)
{
	struct hello_name name = {.is_server = id->is_server};
	struct segment *s = &this_host.segment;
	struct hello_end end;

	memcpy(name.client, id->client, sizeof(name.client));
	memcpy(name.server, id->server, sizeof(name.server));
	enum hello_found is = hellos_find(s->hellos, s->counters, &name, &end);
	if (is != HELLO_FOUND)
		return not_found(is, id->is_server);
	c->at = (struct fd_record){.local = end.local,
		.peer = end.peer,
		.host_bound = end.host_bound,
		.named = end.named,
		.cookie = stream_cookie_inside(end.cookie)};
	c->ends = (struct side_ends){&c->at, end.bits | FD_TCP | FD_CONNECTED, TRANSPORT_TLS, renew_rules()};
	if (unlikely(end.first))
		tally_member(c->ends.rules, side_member_inside(&c->ends), TALLY_TLS_SEEN, 1);
	/* what has begun goes on, by whatever rules */
	return side_may_be_sip(&c->ends) || streams_had_sip(s->streams, stream_key(c->at.cookie, true)) ? TLS_KNOWN
													  : TLS_OTHER;
}
