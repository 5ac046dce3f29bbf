/* SPDX-License-Identifier: MIT */
/* The one symbol of offer.h: each call finds its connection first. */
#include "offer.h"

#include "connection.h"
#include "in.h"
#include "out.h"
#include "preload/sockets/ask.h"
#include "preload/stream/common.h"
#include "preload/stream/wants.h"
#include "preload/turn.h"

/* Ends a connection that must not pass; *result: what the host's call returns then. */
static void shut(const struct bond_tls_call *call)
{
	int fd = call->real->fd(call->tls);

	common_count(COUNTER_SHUT, 1);
	/* a library may call that a descriptor which is none of this process, or none at all */
	stream_say(fd >= 0 && ask_cookie(fd) ? fd : -1, "a TLS connection is not known for sure, or not any more; it is shut");
	call->real->shut(call->tls);
}

static bool on_read(const struct bond_tls_call *call, void *to, size_t n, bool peek, long *result)
{
	struct tls_connection c;
	enum tls_is is = tls_find(&call->id, &c);

	if (is == TLS_KNOWN && tls_in(call, &c.ends, to, n, peek, result))
		return true;
	turn_end(); /* nobody knows what comes */
	if (is != TLS_SHUT)
		return false;
	shut(call);
	*result = call->real->read(call->tls, to, n);
	return true;
}

static bool on_write(const struct bond_tls_call *call, const void *p, size_t n, long *result)
{
	struct tls_connection c;
	enum tls_is is = tls_find(&call->id, &c);

	if (is != TLS_SHUT)
		return is == TLS_KNOWN && tls_out(call, &c.ends, p, n, result);
	shut(call);
	*result = call->real->write(call->tls, p, n);
	return true;
}

static size_t on_pending(const struct bond_tls_call *call)
{
	struct tls_connection c;

	return tls_find(&call->id, &c) == TLS_KNOWN ? tls_in_pending(&c.ends) : 0;
}

__attribute__((visibility("default"))) const struct bond_tls *bond_tls_3(void)
{
	static const struct bond_tls offer = {tls_any, on_read, on_write, on_pending};

	return &offer;
}
