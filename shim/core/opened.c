/* SPDX-License-Identifier: MIT */
/* Looks through the configuration: former members are not heard any more. */
#include "opened.h"

bool opened_heard(const struct addr *at, bool datagram, const struct member *m)
{
	return opened_fits(at, datagram, m) && !addr_same_host(&m->addr, at);
}

const struct member *opened_first(const struct rules *r, const struct addr *at, bool datagram)
{
	for (size_t i = 0; r->opens && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (m->open != OPEN_LOOKUP && opened_heard(at, datagram, m))
			return m;
	}
	return NULL;
}

bool opened_could_lead(const struct rules *r, const struct addr *at, enum transport t, const struct member *m)
{
	bool same_kind = (t == TRANSPORT_UDP) == (m->transport == TRANSPORT_UDP);

	if (m->addr.family != at->family || !opened_takes(at) || addr_equal(&m->addr, at))
		return false;
	return m->addr.port == at->port ? same_kind : m->transport == t && rules_is_sip_port(r, at->port);
}

bool opened_leads(const struct rules *r, const struct addr *at, enum transport t, const struct member *m)
{
	return m->open == OPEN_LOOKUP && opened_could_lead(r, at, t, m);
}

bool opened_leads_from(const struct rules *r, const struct addr *at, enum transport t, const struct addr *dst)
{
	for (size_t i = 0; r->opens && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (addr_equal(&m->addr, dst) && opened_leads(r, at, t, m))
			return true;
	}
	return false;
}

bool opened_at(const struct rules *r, const struct addr *at, bool datagram, const struct addr *dst)
{
	for (size_t i = 0; r->opens && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (opened_fits(at, datagram, m) && addr_equal(&m->addr, dst))
			return true;
	}
	return false;
}
