/* SPDX-License-Identifier: MIT */
#include "changes_settings.h"

#include <string.h>
#include <strings.h>

bool changes_same_programs(const struct config *a, const struct config *b)
{
	for (size_t i = 0; i < a->program_count && i < b->program_count; i++) {
		if (strcmp(a->programs[i], b->programs[i]) != 0)
			return false;
	}
	return a->program_count == b->program_count;
}

static bool same_ports(const struct config *a, const struct config *b)
{
	return a->sip_port_count == b->sip_port_count && (!a->sip_port_count ||
		memcmp(a->sip_ports, b->sip_ports, a->sip_port_count * sizeof(*a->sip_ports)) == 0);
}

static bool same_aliases(const struct config *a, const struct config *b)
{
	for (size_t i = 0; i < a->alias_count && i < b->alias_count; i++) {
		const struct alias *x = &a->aliases[i], *y = &b->aliases[i];
		if (strcasecmp(x->name, y->name) != 0 || x->port != y->port ||
			x->listener.transport != y->listener.transport ||
			!addr_equal(&x->listener.addr, &y->listener.addr))
			return false;
	}
	return a->alias_count == b->alias_count;
}

static unsigned print(const char *key, const char *more, const struct changes_out *to)
{
	changes_print(to, &(struct change_line){CHANGE_CHANGED, CHANGE_OF_SETTING, .name = key, .more = more});
	return 1;
}

static unsigned line(bool changed, const char *key, const char *before, const char *now,
	const struct changes_out *to)
{
	char more[1024] = "";

	if (changed && before && now)
		snprintf(more, sizeof(more), ": %s -> %s", before, now);
	return changed ? print(key, more, to) : 0;
}

static unsigned word(const char *key, uint8_t before, uint8_t now, const char *const *words,
	const struct changes_out *to)
{
	return line(before != now, key, words[before], words[now], to);
}

static unsigned number(const char *key, uint32_t before, uint32_t now, const struct changes_out *to)
{
	char a[12], b[12];

	snprintf(a, sizeof(a), "%u", before);
	snprintf(b, sizeof(b), "%u", now);
	return line(before != now, key, a, b, to);
}

static bool has_key(const struct rules *r, const struct prf_key *key)
{
	for (size_t i = 0; i < r->key_count; i++) {
		if (memcmp(&r->keys[i], key, sizeof(*key)) == 0)
			return true;
	}
	return false;
}

/* Of keys nothing is said but that they are others, and that dialogs end with one. */
static unsigned secrets(const struct rules *a, const struct rules *b, const struct changes_out *to)
{
	bool first = memcmp(&a->keys[0], &b->keys[0], sizeof(a->keys[0])) != 0;
	bool rest = a->key_count != b->key_count ||
		(b->key_count > 1 && memcmp(&a->keys[1], &b->keys[1], sizeof(a->keys[1])) != 0);
	bool kept = has_key(b, &a->keys[0]), ends = a->key_count > 1 && !has_key(b, &a->keys[1]);

	if (!first && !rest)
		return 0;
	char more[160];
	snprintf(more, sizeof(more), "%s%s",
		first && kept ? ": another one; what was written with the former is read"
		: first	      ? ": another one"
			      : ": another second one",
		!kept	      ? "; dialogs of before do not go on"
			: ends ? "; dialogs that know the one before that do not go on"
			       : "");
	return print("host: secret", more, to);
}

unsigned changes_settings(const struct rules *before, const struct rules *now, const struct changes_out *to)
{
	static const char *const policies[] = {"pass", "fail"}, *const unknown[] = {"pass", "403", "drop"};
	static const char *const headers[] = {"rewrite", "keep"}, *const probe[] = {"answer", "ignore"};
	static const char *const trust[] = {"remove", "trust"};
	const struct config *a = &before->config, *b = &now->config;
	unsigned n = 0;

	n += line(!changes_same_programs(a, b), "host: program", NULL, NULL, to);
	n += line(!same_ports(a, b), "host: sip-ports", NULL, NULL, to);
	n += line(!same_aliases(a, b), "host: alias", NULL, NULL, to);
	n += secrets(before, now, to);
	n += word("host: no-route", a->no_route, b->no_route, policies, to);
	n += word("host: unknown", a->unknown, b->unknown, unknown, to);
	n += word("host: headers", a->headers_keep, b->headers_keep, headers, to);
	n += word("host: probe", a->probe_ignore, b->probe_ignore, probe, to);
	n += line(!changes_same_text(a->header, b->header), "host: header", a->header ? a->header : "off",
		b->header ? b->header : "off", to);
	n += word("host: header-over-tls", a->header_over_tls_trust, b->header_over_tls_trust, trust, to);
	n += line(!addr_equal(&a->dns_server, &b->dns_server), "dns: server", NULL, NULL, to);
	n += number("dns: timeout", a->dns_timeout, b->dns_timeout, to);
	n += number("dns: refresh", a->dns_refresh, b->dns_refresh, to);
	return n;
}
