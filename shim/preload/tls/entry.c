/* SPDX-License-Identifier: MIT */
/* The one symbol of offer.h: each call finds its connection first. */
#include "offer.h"

#include "connection.h"
#include "in.h"
#include "out.h"
#include "preload/turn.h"

static bool on_read(const struct bond_tls_call *call, void *to, size_t n, bool peek, long *result)
{
	struct tls_connection c;

	if (tls_find(&call->id, &c) && tls_in(call, &c.ends, to, n, peek, result))
		return true;
	turn_end(); /* nobody knows what comes */
	return false;
}

static bool on_write(const struct bond_tls_call *call, const void *p, size_t n, long *result)
{
	struct tls_connection c;

	return tls_find(&call->id, &c) && tls_out(call, &c.ends, p, n, result);
}

static size_t on_pending(const struct bond_tls_call *call)
{
	struct tls_connection c;

	return tls_find(&call->id, &c) ? tls_in_pending(&c.ends) : 0;
}

__attribute__((visibility("default"))) const struct bond_tls *bond_tls_2(void)
{
	static const struct bond_tls offer = {tls_any, on_read, on_write, on_pending};

	return &offer;
}
