/* SPDX-License-Identifier: MIT */
#include "ares_reads.h"

#include <ares.h>
#include <stdio.h>
#include <string.h>

#if ARES_VERSION < 0x012200

static int read_srv(const struct message *m, struct ares_record *out, int max)
{
	struct ares_srv_reply *list, *s;
	int n = 0;

	if (ares_parse_srv_reply(m->bytes, (int)m->n, &list) != ARES_SUCCESS)
		return -1;
	for (s = list; s && n < max; s = s->next, n++) {
		out[n] = (struct ares_record){.first = s->priority, .second = s->weight, .port = s->port};
		snprintf(out[n].name, sizeof(out[n].name), "%s", s->host);
	}
	ares_free_data(list);
	return n;
}

static int read_naptr(const struct message *m, struct ares_record *out, int max)
{
	struct ares_naptr_reply *list, *s;
	int n = 0;

	if (ares_parse_naptr_reply(m->bytes, (int)m->n, &list) != ARES_SUCCESS)
		return -1;
	for (s = list; s && n < max; s = s->next, n++) {
		out[n] = (struct ares_record){.first = s->order, .second = s->preference};
		snprintf(out[n].name, sizeof(out[n].name), "%s", s->replacement);
		snprintf(out[n].service, sizeof(out[n].service), "%s", (char *)s->service);
	}
	ares_free_data(list);
	return n;
}

int ares_reads(const struct message *m, unsigned type, struct ares_record *out, int max)
{
	struct ares_addrttl a[8];
	int n = max < 8 ? max : 8;

	if (type != RECORD_A)
		return type == RECORD_SRV ? read_srv(m, out, max) : read_naptr(m, out, max);
	if (ares_parse_a_reply(m->bytes, (int)m->n, NULL, a, &n) != ARES_SUCCESS)
		return -1;
	for (int i = 0; i < n; i++) {
		out[i] = (struct ares_record){.ttl = (unsigned)a[i].ttl};
		memcpy(out[i].ip4, &a[i].ipaddr, 4);
	}
	return n;
}

#else

static void read_one(const ares_dns_rr_t *r, unsigned type, struct ares_record *out)
{
	const char *name = NULL;

	*out = (struct ares_record){.ttl = ares_dns_rr_get_ttl(r)};
	if (type == RECORD_A) {
		memcpy(out->ip4, ares_dns_rr_get_addr(r, ARES_RR_A_ADDR), 4);
	} else if (type == RECORD_SRV) {
		out->first = ares_dns_rr_get_u16(r, ARES_RR_SRV_PRIORITY);
		out->second = ares_dns_rr_get_u16(r, ARES_RR_SRV_WEIGHT);
		out->port = ares_dns_rr_get_u16(r, ARES_RR_SRV_PORT);
		name = ares_dns_rr_get_str(r, ARES_RR_SRV_TARGET);
	} else {
		out->first = ares_dns_rr_get_u16(r, ARES_RR_NAPTR_ORDER);
		out->second = ares_dns_rr_get_u16(r, ARES_RR_NAPTR_PREFERENCE);
		name = ares_dns_rr_get_str(r, ARES_RR_NAPTR_REPLACEMENT);
		snprintf(out->service, sizeof(out->service), "%s", ares_dns_rr_get_str(r, ARES_RR_NAPTR_SERVICES));
	}
	if (name)
		snprintf(out->name, sizeof(out->name), "%s", name);
}

int ares_reads(const struct message *m, unsigned type, struct ares_record *out, int max)
{
	ares_dns_record_t *records;
	int n = 0;

	if (ares_dns_parse(m->bytes, m->n, 0, &records) != ARES_SUCCESS)
		return -1;
	for (size_t i = 0; i < ares_dns_record_rr_cnt(records, ARES_SECTION_ANSWER) && n < max; i++) {
		const ares_dns_rr_t *r = ares_dns_record_rr_get_const(records, ARES_SECTION_ANSWER, i);
		if (ares_dns_rr_get_type(r) == (ares_dns_rec_type_t)type)
			read_one(r, type, &out[n++]);
	}
	ares_dns_record_destroy(records);
	return n;
}

#endif
