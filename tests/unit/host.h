/* SPDX-License-Identifier: MIT */
/* A host in memory, of an INI and of lines that say what it has: no socket is opened, and as many hosts
 * as wanted stand side by side. The machine is that of fake_system.h where the INI names interfaces.
 *
 *	local ADDRESS ...              addresses of the machine
 *	FD udp ADDRESS [WORD ...]      a socket, bound there; port 0: the kernel chose it; "-": not bound
 *	FD tcp ADDRESS [WORD ...]      a listener; with "client" a connection that is being made
 *	FD as FD                       a duplicate
 *	gone FD                        closed
 *	dns DOMAIN[:PORT] PLACE ...    addresses of a domain, TRANSPORT:ADDRESS:PORT, or what is known:
 *	                               "empty", "partial" in front
 *	kept BRANCH DESTINATION member BOND ADDRESS [ARRIVED]
 *	kept BRANCH DESTINATION listener ADDRESS [ARRIVED]
 *	                               how the request of that branch left
 *
 * Words: sip (it sent SIP), unseen (bound before libbond looked), six (AF_INET6), v6only, wide, steered,
 * connected. */
#ifndef BOND_TEST_HOST_H
#define BOND_TEST_HOST_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "config/ini.h"
#include "core/arrival.h"
#include "core/standing.h"
#include "core/host.h"
#include "dns/targets.h"
#include "dns/table_domains.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"
#include "segment/area.h"
#include "fake_system.h"

#define HOST_FDS 32
#define HOST_LINE 300

struct test_host {
	struct host h;
	struct rules rules;
	struct fd_record records[HOST_FDS];
	void *area; /* of the table of DNS */
};

static inline struct addr host_address(const char *text)
{
	struct addr a;

	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0, "%s", text);
	return a;
}

/* "udp:10.0.0.1:5060": its transport, and its address in a. */
static inline enum transport host_socket_name(const char *text, struct addr *a)
{
	const char *colon = strchr(text, ':');
	enum transport t = colon ? transport_parse(text, (size_t)(colon - text)) : TRANSPORT_NONE;

	*a = host_address(t == TRANSPORT_NONE ? text : colon + 1);
	return t;
}

static inline uint16_t host_bond(const struct rules *r, const char *name)
{
	uint16_t bond = config_find_bond(&r->config, name, strlen(name));

	cr_assert_neq(bond, MODEL_NONE, "%s", name);
	return bond;
}

/* What the choices of that branch are kept by. */
static inline uint64_t host_transaction(const struct test_host *t, const char *branch)
{
	char text[HOST_LINE];
	struct arrival a;
	int n = snprintf(text, sizeof(text),
		"INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=%s\r\n\r\n", branch);

	arrival_read(&t->rules, &a, names_now(t->h.rules), text, (size_t)n);
	cr_assert_neq(a.transaction, 0);
	return a.transaction;
}

/* The number under which a choice keeps where its request came in: on that socket. */
static inline uint32_t host_print(const struct test_host *t, const char *socket)
{
	struct addr at;
	enum transport transport = host_socket_name(socket, &at);
	struct arrival a = {.arrived = names_at(names_now(t->h.rules), &at, transport)};

	cr_assert_not_null(a.arrived, "%s", socket);
	return arrival_print(&a);
}

static inline void host_keep(struct test_host *t, char *words)
{
	struct choice c = {.transport = TRANSPORT_UDP, .bond = UINT32_MAX};
	char *save, *branch = strtok_r(words, " ", &save);
	struct addr dst = host_address(strtok_r(NULL, " ", &save));

	c.is_listener = strcmp(strtok_r(NULL, " ", &save), "listener") == 0;
	if (!c.is_listener)
		c.bond = host_bond(&t->rules, strtok_r(NULL, " ", &save));
	c.at = host_address(strtok_r(NULL, " ", &save));
	char *arrived = strtok_r(NULL, " ", &save);
	if (arrived)
		c.arrived = host_print(t, arrived);
	choices_keep(t->h.segment.choices, t->h.segment.generation, host_transaction(t, branch), &dst, &c);
}

static inline void host_answer(struct test_host *t, char *words)
{
	char *save, *name = strtok_r(words, " ", &save), *colon = strchr(name, ':');
	struct dns_place places[8];
	unsigned count = 0;
	uint16_t number;
	enum table_extent extent = TABLE_WHOLE;
	bool wildcard = strncmp(name, "*.", 2) == 0;

	if (colon)
		*colon = 0;
	cr_assert_eq(table_domain_find(&t->h.dns, name + 2 * wildcard,
		colon ? (uint16_t)atoi(colon + 1) : 0, wildcard, &number), 0, "%s", name);
	for (char *w; (w = strtok_r(NULL, " ", &save));) {
		if (strcmp(w, "empty") == 0)
			cr_assert_eq(table_clear(&t->h.dns, number, 1), 0);
		else if (strcmp(w, "partial") == 0)
			extent = TABLE_PART;
		else if (strcmp(w, "full") == 0)
			extent = TABLE_CUT;
		else
			places[count].transport = host_socket_name(w, &places[count].addr), count++;
	}
	if (count)
		cr_assert_eq(table_put(&t->h.dns, number, places, count, NULL, 0, extent, 100, 1), 0);
}

/* As the calls of a host are noted. */
static inline void host_listen(struct test_host *t, int fd, bool seen, bool v6only)
{
	struct host *h = &t->h;
	uint32_t bits = sockets_bits(&h->sockets, fd) | FD_LISTENER;
	struct listener_of of = {.fd = fd, .addr = &t->records[fd].local, .datagram = bits & FD_UDP,
		.seen = seen, .v6only = v6only};

	if (bits & FD_UDP)
		hears_add(&h->hears, h->rules, of.addr);
	if ((bits & (FD_TCP | FD_SIP)) || rules_is_sip_port(h->rules, of.addr->port)) {
		int n = listeners_add(&h->listeners, h->rules, &of);
		bits |= (uint32_t)(n + 1) << FD_LISTENER_SHIFT;
		cr_assert(names_changed(&h->names, h->rules, &h->listeners, &h->hears));
	}
	atomic_store(&h->sockets.bits[fd], bits);
}

static inline void host_socket(struct test_host *t, int fd, char *words)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} known[] = {{"sip", FD_SIP}, {"wide", FD_WIDE}, {"steered", FD_STEERED}, {"six", FD_V6},
		{"connected", FD_CONNECTED}};
	char *save, *kind = strtok_r(words, " ", &save), *at = strtok_r(NULL, " ", &save);
	bool udp = strcmp(kind, "udp") == 0, listens = true, seen = true, v6only = false;
	uint32_t bits = udp ? FD_UDP : FD_TCP;
	struct fd_record *r = &t->records[fd];

	*r = (struct fd_record){0};
	if (strcmp(at, "-") != 0)
		r->local = r->host_bound = host_address(at);
	if (udp && !r->local.port)
		bits |= FD_FLOATING;
	for (char *w; (w = strtok_r(NULL, " ", &save));) {
		size_t i = 0;
		while (i < sizeof(known) / sizeof(known[0]) && strcmp(known[i].word, w) != 0)
			i++;
		seen = seen && strcmp(w, "unseen") != 0;
		v6only = v6only || strcmp(w, "v6only") == 0;
		listens = listens && strcmp(w, "client") != 0;
		bits |= i < sizeof(known) / sizeof(known[0]) ? known[i].bit : 0;
	}
	bits |= (seen ? FD_SEEN : 0) | (r->local.family == AF_INET6 ? FD_V6 : 0);
	atomic_store(&t->h.sockets.bits[fd], bits);
	if (fd >= t->h.sockets.end)
		t->h.sockets.end = fd + 1;
	if (listens && !(bits & FD_FLOATING))
		host_listen(t, fd, seen, v6only);
}

static inline void host_duplicate(struct test_host *t, int from, int to)
{
	uint32_t bits = sockets_bits(&t->h.sockets, from);

	t->records[to] = t->records[from];
	if ((bits & (FD_LISTENER | FD_UDP)) == (FD_LISTENER | FD_UDP))
		hears_add(&t->h.hears, &t->rules, &t->records[to].local);
	atomic_store(&t->h.sockets.bits[to], bits);
	if (to >= t->h.sockets.end)
		t->h.sockets.end = to + 1;
}

static inline void host_close(struct test_host *t, int fd)
{
	uint32_t bits = atomic_exchange(&t->h.sockets.bits[fd], 0);

	if ((bits & (FD_LISTENER | FD_UDP)) == (FD_LISTENER | FD_UDP))
		hears_remove(&t->h.hears, &t->rules, &t->records[fd].local);
	if (sockets_listener(bits) >= 0)
		listeners_fd_gone(&t->h.listeners, &t->rules, &t->h.sockets, sockets_listener(bits), fd);
}

/* One line, as above. */
static inline void host_line(struct test_host *t, const char *line)
{
	char copy[HOST_LINE], *save, *rest = copy;
	int other;

	snprintf(copy, sizeof(copy), "%s", line);
	long fd = strtol(copy, &rest, 10);
	if (rest > copy && sscanf(rest, " as %d", &other) == 1) {
		host_duplicate(t, other, (int)fd);
	} else if (rest > copy) {
		host_socket(t, (int)fd, rest);
	} else if (sscanf(copy, "gone %d", &other) == 1) {
		host_close(t, other);
	} else if (strncmp(copy, "dns ", 4) == 0) {
		host_answer(t, copy + 4);
	} else if (strncmp(copy, "kept ", 5) == 0) {
		host_keep(t, copy + 5);
	} else {
		cr_assert_str_eq(strtok_r(copy, " ", &save), "local");
		for (char *w; (w = strtok_r(NULL, " ", &save));)
			t->h.hears.local[t->h.hears.local_count++] = host_address(w);
	}
}

static inline void host_lines(struct test_host *t, const char *lines)
{
	while (*lines) {
		char line[HOST_LINE];
		size_t n = strcspn(lines, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, lines);
		if (n)
			host_line(t, line);
		lines += n + (lines[n] == '\n');
	}
}

static inline void host_rules(struct rules *r, const char *ini)
{
	struct findings f;

	fake_system();
	int error = config_load_text(&r->config, "test.ini", ini, strlen(ini), &f);
	if (error)
		findings_print(&f, "test.ini", stderr, false);
	cr_assert_eq(error, 0);
	findings_free(&f);
	cr_assert_eq(rules_make(r), 0);
}

/* Zeroed: mapped, as most of it is never touched. */
static inline struct test_host *host_room(void)
{
	void *p = mmap(NULL, sizeof(struct test_host), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	cr_assert_neq(p, MAP_FAILED);
	return p;
}

static inline struct test_host *host_make(const char *ini, const char *lines)
{
	struct test_host *t = host_room();

	host_rules(&t->rules, ini);
	t->h.rules = &t->rules;
	t->h.sockets.records = t->records;
	t->h.sockets.max = HOST_FDS;
	size_t room = domains_room(&t->rules.config);
	if (room) {
		uint32_t domain_max, address_max;
		targets_room(&t->rules.config, &domain_max, &address_max);
		t->area = aligned_alloc(64, (room + 63) / 64 * 64);
		memset(t->area, 0, room);
		cr_assert_eq(table_format(t->area, room, domain_max, address_max), 0);
		cr_assert_eq(table_attach(&t->h.dns, t->area, room), 0);
		cr_assert(domains_make(&t->rules.domains, &t->rules.config, t->rules.match, &t->h.dns));
	}
	rules_stand(&t->rules, calloc(1, rules_room(&t->rules)));
	segment_init(&t->h.segment, &(struct segment_wants){0});
	t->h.names.shown = t->h.segment.shown;
	names_changed(&t->h.names, &t->rules, &t->h.listeners, &t->h.hears);
	host_lines(t, lines);
	return t;
}

static inline void host_free(struct test_host *t)
{
	free(t->rules.names);
	free((void *)t->rules.domains.checked);
	free(t->area);
	match_free((struct match *)(uintptr_t)t->rules.match);
	config_free(&t->rules.config);
	munmap(t, sizeof(*t));
}

#endif
