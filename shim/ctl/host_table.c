/* SPDX-License-Identifier: MIT */
/* The table has no order: places are sorted by transport and address. */
#include "host_table.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "decision.h"

#define PLACES_MAX 512

static struct table_place places[PLACES_MAX]; /* of the domain that is printed */

/* A domain of the table, in parts. */
struct entry {
	struct table_domain_info info;
	char *name;
	uint16_t port; /* 0 = none */
	bool wildcard;
};

static bool read_entry(const struct table *t, uint16_t number, struct entry *e)
{
	if (table_domain_describe(t, number, &e->info))
		return false;
	for (char *p = e->info.name; *p; p++) /* it may be anybody's word */
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	e->wildcard = strncmp(e->info.name, "*.", 2) == 0;
	e->name = e->info.name + (e->wildcard ? 2 : 0);
	char *colon = strchr(e->name, ':');
	e->port = colon ? (uint16_t)atoi(colon + 1) : 0;
	return true;
}

/* A URI without a port is at 5060 and at 5061. */
static bool port_fits(uint16_t own, uint16_t port)
{
	return !own || own == port || (!port && (own == 5060 || own == 5061));
}

/* Whether requests to the URI are of that domain. */
static bool means(const struct entry *e, const struct uri *u)
{
	char host[ANSWER_NAME_MAX];
	size_t n = strcspn(e->name, ":"), own;
	if (answer_name(host, u->host, strlen(u->host)))
		return false;
	own = strlen(host);
	if (!e->wildcard)
		return own == n && memcmp(host, e->name, n) == 0 && port_fits(e->port, u->port);
	return own > n + 1 && host[own - n - 1] == '.' && memcmp(host + own - n, e->name, n) == 0;
}

static int in_order(const void *a, const void *b)
{
	const struct table_place *x = a, *y = b;
	int d = (int)x->transport - (int)y->transport;
	if (d == 0)
		d = memcmp(x->addr.ip, y->addr.ip, sizeof(x->addr.ip));
	return d ? d : (int)x->addr.port - (int)y->addr.port;
}

static uint32_t ago(const struct running *host, uint32_t then)
{
	return host->now > then ? host->now - then : 0;
}

/* The place's object stays open. */
static void place_json(struct json *j, const struct table_place *p, const char *address, uint32_t seen)
{
	json_object(j, NULL);
	json_text(j, "transport",
		p->transport == TRANSPORT_NONE ? NULL : transport_names[p->transport]);
	json_text(j, "address", address);
	json_number(j, "seen", seen);
}

static void print_place(const struct decision *d, const struct uri *u, const struct table_place *p,
	struct json *json, FILE *out)
{
	char address[ADDR_TEXT_MAX];
	uint32_t seen = ago(d->request->dns->host, p->seen);
	bool any = p->transport == TRANSPORT_NONE; /* no SRV told of it, but the name's own record */
	struct explain_target t = {p->addr, (enum transport)p->transport, u->host, u->port, NULL};
	addr_print(&p->addr, address);
	if (json)
		place_json(json, p, address, seen);
	else if (any)
		fprintf(out, "      %s, for any transport and port, seen %u s ago\n", address, seen);
	else
		fprintf(out, "      %s:%s, seen %u s ago\n", transport_names[p->transport], address,
			seen);
	if (!any)
		decision_print((void *)(uintptr_t)d, &t, "      ", json, out);
	if (json)
		json_end(json);
}

static const char *state_name(const struct table_domain_info *info)
{
	static const char *const names[] = {[TABLE_UNKNOWN] = "unanswered",
		[TABLE_ANSWERED] = "answered",
		[TABLE_EMPTY] = "empty",
		[TABLE_PARTIAL] = "partial",
		[TABLE_FULL] = "full"};
	return info->state <= TABLE_FULL ? names[info->state] : "unanswered";
}

/* The domain's object and its places stay open. */
static void entry_json(struct json *j, const struct running *host, const struct entry *e)
{
	const struct table_domain_info *info = &e->info;
	json_object(j, NULL);
	json_text(j, "domain", info->name);
	json_text(j, "state", e->wildcard ? NULL : state_name(info));
	if (info->refreshed)
		json_number(j, "refreshed", ago(host, info->refreshed));
	json_number(j, "failures", info->failures);
	json_number(j, "left_out", info->left_out);
	json_array(j, "places");
}

static void print_entry(const struct running *host, const struct entry *e, FILE *out)
{
	const struct table_domain_info *info = &e->info;
	fprintf(out, "  process %d on %s: ", (int)host->pid, info->name);
	if (e->wildcard)
		fputs("learnt from the host's own look-ups", out);
	else if (info->state == TABLE_EMPTY)
		fputs("DNS has no address for it", out);
	else if (info->state == TABLE_UNKNOWN)
		fputs("no answer yet", out);
	else
		fprintf(out, "%sanswered %u s ago", info->state == TABLE_PARTIAL ? "partly " : "",
			ago(host, info->refreshed));
	if (info->left_out)
		fprintf(out, ", %u found no room", info->left_out);
	else if (info->state == TABLE_FULL)
		fputs(", not all of it is kept", out);
	if (info->failures)
		fprintf(out, ", %u look-up%s failed since", info->failures, plural(info->failures));
	fprintf(out, ", %u place%s\n", info->places, plural(info->places));
}

static void print_domain(const struct decision *d, const struct uri *u, const struct entry *e,
	unsigned count, struct json *json, FILE *out)
{
	const struct running *host = d->request->dns->host;
	if (json)
		entry_json(json, host, e);
	else
		print_entry(host, e, out);
	for (unsigned i = 0; i < count; i++)
		print_place(d, u, &places[i], json, out);
	if (json) {
		json_end(json);
		json_end(json);
	}
}

unsigned host_table_print(void *ctx, const struct uri *u, struct json *json, FILE *out)
{
	const struct decision *d = ctx;
	const struct dns_view *view = d->request->dns;
	unsigned found = 0, domains = 0;
	struct entry e;
	if (json) {
		json_object(json, "host");
		json_number(json, "pid", (uint64_t)view->host->pid);
		json_array(json, "domains");
	}
	for (uint16_t number = 0; view->on && number < table_domains(&view->table); number++) {
		if (!read_entry(&view->table, number, &e) || !means(&e, u))
			continue;
		unsigned count = table_places(&view->table, number, places, PLACES_MAX);
		qsort(places, count, sizeof(*places), in_order);
		print_domain(d, u, &e, count, json, out);
		found += count;
		domains++;
	}
	if (json) {
		json_end(json);
		json_end(json);
	} else if (domains == 0) {
		fprintf(out, "  process %d looks up no such domain\n", (int)view->host->pid);
	}
	return found;
}
