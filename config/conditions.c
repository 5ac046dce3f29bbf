/* SPDX-License-Identifier: MIT */
/* Each condition has its bit in the table; the lists that it names are the configuration's. */
#include "conditions.h"

static inline bool sip_port(const struct match *m, uint16_t port)
{
	return m->sip_ports[port / 8] >> port % 8 & 1;
}

static bool socket_listed(const struct route *r, const struct question *q)
{
	for (size_t i = 0; i < r->socket_count; i++)
		if (r->sockets[i].transport == q->socket_transport &&
			addr_equal(&r->sockets[i].addr, q->socket))
			return true;
	return false;
}

static bool from_listed(const struct route *r, const struct question *q)
{
	for (size_t i = 0; i < r->from_count; i++) {
		for (size_t j = 0; j < q->from_count; j++) {
			if (r->from[i] == q->from[j])
				return true;
		}
	}
	return false;
}

enum holds conditions_hold(
	const struct match *m, uint16_t route, uint8_t conditions, const struct question *q)
{
	if (conditions & CONDITION_NEVER)
		return HOLDS_NOT;
	if (conditions & CONDITION_SIP_PORT && !sip_port(m, q->dst->port))
		return HOLDS_NOT;
	if (conditions & CONDITION_SOCKET && q->socket &&
		!socket_listed(&m->config->routes[route], q))
		return HOLDS_NOT;
	if (conditions & CONDITION_SOCKET && !q->socket)
		return q->probe ? HOLDS_UNKNOWN : HOLDS_NOT;
	if (!(conditions & CONDITION_FROM))
		return HOLDS;
	if (!q->from_known)
		return HOLDS_UNKNOWN;
	return from_listed(&m->config->routes[route], q) ? HOLDS : HOLDS_NOT;
}
