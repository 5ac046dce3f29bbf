/* SPDX-License-Identifier: MIT */
/* What a host reads of DNS, by libc or by a resolver of its own, told to the table. */
#include "learn.h"
#include "answer.h"
#include "table_domains.h"
#include "table_write.h"

#include <errno.h>
#include <strings.h>
#include <time.h>

#define LEARN_MAX 64 /* addresses of one result */

uint32_t learn_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint32_t)ts.tv_sec + 1;
}

/* _sip._udp.carrier1.com -> carrier1.com and what its records speak. */
static const char *service_base(const char *name, uint8_t *transport)
{
	static const struct {
		const char *prefix;
		uint8_t transport;
	} known[] = {
		{"_sip._udp.", TRANSPORT_UDP},
		{"_sip._tcp.", TRANSPORT_TCP},
		{"_sips._tcp.", TRANSPORT_TLS},
		{"_sip._tls.", TRANSPORT_TLS},
		{"_sip._sctp.", TRANSPORT_SCTP},
		{"_sip._ws.", TRANSPORT_WS},
		{"_sips._ws.", TRANSPORT_WSS},
		{"_sip._wss.", TRANSPORT_WSS},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].prefix);
		if (strncmp(name, known[i].prefix, n) == 0) {
			*transport = known[i].transport;
			return name + n;
		}
	}
	*transport = TRANSPORT_NONE;
	return name;
}

static uint8_t naptr_transport(const struct record *r)
{
	static const struct {
		const char *service;
		uint8_t transport;
	} known[] = {
		{"SIP+D2U", TRANSPORT_UDP},
		{"SIP+D2T", TRANSPORT_TCP},
		{"SIPS+D2T", TRANSPORT_TLS},
		{"SIP+D2S", TRANSPORT_SCTP},
		{"SIP+D2W", TRANSPORT_WS},
		{"SIPS+D2W", TRANSPORT_WSS},
	};
	if (strcmp(r->flags, "s") != 0)
		return TRANSPORT_NONE;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(r->service, known[i].service) == 0)
			return known[i].transport;
	return TRANSPORT_NONE;
}

static unsigned learn_record(
	struct table *t, const char *name, const struct record *r, uint32_t now)
{
	struct dns_name n = {.name = r->name};
	unsigned found = 0;
	switch (r->type) {
	case RECORD_A:
	case RECORD_AAAA:
		return table_learn_address(t, name, &r->addr, now);
	case RECORD_SRV:
		if (r->name[0] == '\0' || r->port == 0)
			return 0;
		n.port = r->port;
		const char *base = service_base(name, &n.transport);
		if (n.transport != TRANSPORT_NONE)
			found = table_learn_name(t, base, &n, now);
		/* a NAPTR may have led here under any name */
		return found + table_learn_name(t, name, &n, now);
	case RECORD_NAPTR:
		n.transport = naptr_transport(r);
		if (n.transport == TRANSPORT_NONE || r->name[0] == '\0')
			return 0;
		return table_learn_name(t, name, &n, now);
	default:
		return 0;
	}
}

/* One record at a time, so that no array of them needs room on the host's stack. */
struct lesson {
	struct table *t;
	const char *name;
	uint32_t now;
	unsigned found;
};

static void each_record(void *ctx, const struct record *r)
{
	struct lesson *l = ctx;
	l->found += learn_record(l->t, l->name, r, l->now);
}

unsigned learn_message(struct table *t, const void *msg, size_t n)
{
	int saved = errno;
	char name[ANSWER_NAME_MAX];
	struct lesson l = {.t = t, .name = name};
	uint16_t type;
	if (answer_question(msg, n, name, &type) == 0) {
		l.now = learn_now();
		answer_each(msg, n, name, type, each_record, &l);
	}
	errno = saved;
	return l.found;
}

unsigned learn_addrinfo(struct table *t, const char *node, const struct addrinfo *list)
{
	int saved = errno;
	char name[ANSWER_NAME_MAX];
	unsigned found = 0, looked = 0;
	if (node == NULL || answer_name(name, node, strlen(node)) || !table_interested(t, name))
		return 0;
	uint32_t now = learn_now();
	for (const struct addrinfo *i = list; i && looked < LEARN_MAX; i = i->ai_next, looked++) {
		struct addr a;
		if (addr_from_sockaddr(&a, i->ai_addr, i->ai_addrlen) || !answer_address_usable(&a))
			continue;
		found += table_learn_address(t, name, &a, now);
	}
	errno = saved;
	return found;
}

unsigned learn_hostent(struct table *t, const char *asked, const struct hostent *host)
{
	int saved = errno;
	char name[ANSWER_NAME_MAX];
	unsigned found = 0;
	if (asked == NULL || host == NULL || (host->h_length != 4 && host->h_length != 16) ||
		answer_name(name, asked, strlen(asked)) || !table_interested(t, name))
		return 0;
	uint32_t now = learn_now();
	for (unsigned i = 0; i < LEARN_MAX && host->h_addr_list[i]; i++) {
		struct addr a;
		answer_address(&a, host->h_length == 4 ? AF_INET : AF_INET6, host->h_addr_list[i]);
		if (answer_address_usable(&a))
			found += table_learn_address(t, name, &a, now);
	}
	errno = saved;
	return found;
}
