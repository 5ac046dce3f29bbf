/* SPDX-License-Identifier: MIT */
/* Any bytes as a configuration: it loads or says why not, every finding points into the file, and
 * what loads can be asked for routes. Names never reach the network. */
#include <stdlib.h>

#include "config/ini.h"
#include "config/match.h"
#include "config/select.h"
#include "../unit/fake_system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
	if (!good)
		abort();
}

static size_t line_count(const char *text, size_t n)
{
	size_t lines = n > 0;
	for (size_t i = 0; i + 1 < n; i++)
		lines += text[i] == '\n';
	return lines;
}

static void check_findings(const struct findings *f, size_t lines)
{
	size_t errors = 0;
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *item = &f->items[i];
		errors += item->kind == FINDING_ERROR;
		require(item->text && item->text[0] && item->length > 0);
		require(item->place.line <= lines);
		require(item->place.line == 0 || item->place.column > 0);
		require(!item->file == !item->place.list);
		const struct place *before = i ? &f->items[i - 1].place : NULL;
		require(!before || before->list < item->place.list ||
			(before->list == item->place.list && before->line <= item->place.line));
	}
	require(errors == f->error_count);
}

static bool next_hop(void *ctx, struct next_hop *nh)
{
	*nh = *(const struct next_hop *)ctx;
	return true;
}

/* Asks for each destination that the file names, and a few others. */
static void ask(const struct config *c, const struct match *m, struct addr dst)
{
	struct next_hop nh = {.host = "x.a.com", .host_len = 7};
	struct question q = {.dst = &dst, .ctx = &nh};
	for (int i = 0; i < 8; i++) {
		struct answer a;
		q.stream = i & 1;
		q.probe = i & 2;
		q.next_hop = i & 4 ? next_hop : NULL;
		enum match_result result = match_route(m, &q, &a);
		require(result == MATCH_NONE || result == MATCH_OWN || a.route < c->route_count);
		require(!a.domain_unanswered || a.unanswered_route < c->route_count);
		if (result != MATCH_ROUTE || c->routes[a.route].bond == ROUTE_BOND_NONE)
			continue;
		enum transport t = q.stream ?
			select_stream_transport(&c->routes[a.route], &dst) : TRANSPORT_UDP;
		uint32_t member = select_next(c, c->routes[a.route].bond, t, &dst, SELECT_NONE);
		require(member == SELECT_NONE || (member < c->member_count &&
			c->members[member].addr.family == dst.family));
	}
}

static void use(const struct config *c)
{
	struct match *m;
	require(match_compile(&m, c) == 0);
	for (size_t i = 0; i < c->target_count && i < 100; i++) {
		const struct target *t = &c->targets[i];
		struct addr dst = t->prefix.addr;
		require(t->route < c->route_count);
		if (t->kind != TARGET_PREFIX)
			continue;
		dst.port = t->port ? t->port : 5060;
		ask(c, m, dst);
		for (int bit = 0; bit < 128; bit += 5) {
			struct addr near = dst;
			near.ip[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ask(c, m, near);
		}
	}
	match_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct findings f;
	struct config c;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	fake_system();
	char *text = malloc(size ? size : 1);
	memcpy(text, data, size);
	int error = config_load_text(&c, "fuzz.ini", text, size, &f);
	require(error == 0 ? f.error_count == 0 : error == EINVAL && f.error_count > 0);
	check_findings(&f, line_count(text, size));
	if (nowhere)
		findings_print(&f, "fuzz.ini", nowhere, true);
	free(text);
	findings_free(&f);
	if (error == 0)
		use(&c);
	config_free(&c);
	return 0;
}
