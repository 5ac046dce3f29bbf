/* SPDX-License-Identifier: MIT */
/* Loading and compiling a configuration when memory runs out: at the first allocation, at the second,
 * and so on to the last. Each time it is an error that is told, without crash or leak. The linker
 * puts __wrap_X in place of X (-Wl,--wrap). */
#include <ares.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/ini.h"
#include "core/image.h"
#include "core/standing.h"
#include "config/match.h"
#include "dns/rfc3263.h"
#include "dns.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
int __real_vasprintf(char **text, const char *format, va_list args);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
int __wrap_vasprintf(char **text, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The machine of the test has all the memory it wants. */
#define calloc __real_calloc
#include "host.h"
#undef calloc

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool counting;
static long left; /* allocations that succeed before one fails; -1 = that one is over */

static bool fails(void)
{
	return counting && left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

int __wrap_vasprintf(char **text, const char *format, va_list args)
{
	return fails() ? -1 : __real_vasprintf(text, format, args);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
	if (fails())
		return -1;
	va_list args;
	va_start(args, format);
	int n = __real_vasprintf(text, format, args);
	va_end(args);
	return n;
}

/* Fails allocation number n; returns whether there were fewer than that. */
static bool load(const char *text, long n, bool good)
{
	struct findings f;
	struct config c;
	struct match *m;
	counting = true;
	left = n;
	int error = config_load_text(&c, "x", text, strlen(text), &f);
	int compiled = error ? 0 : match_compile(&m, &c);
	counting = false;
	bool over = left >= 0;
	cr_assert(error == 0 || error == ENOMEM || (error == EINVAL && f.error_count > 0));
	cr_assert(compiled == 0 || compiled == ENOMEM);
	cr_assert(error != EINVAL || !good, "allocation %ld: a good file is called bad", n);
	cr_assert(!over || (good ? !error && !compiled : error == EINVAL));
	findings_free(&f);
	if (!error && !compiled)
		match_free(m);
	config_free(&c);
	return over;
}

Test(oom, every_allocation, .init = fake_system)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"[bond:a]\nmember = udp:eth1 as a.com device eth1\nmember = tcp:sip.example.com\n"
			"[bond:b]\nmember = udp:10.0.0.1\n"
			"[route:r]\nto = 10.0.0.0/8, 10.0.0.1:5060, a.com, *.b.com, 2001:db8::/32\n"
			"to = 10.0.0.0/8\nfrom = a, b\nsocket = udp:eth1\nbond = b\n"
			"[route:s]\nto = 10.2.0.0/16\nbond = a\n[route:t]\nbond = a\n[route:u]\nbond = b\n"
			"[host]\nprogram = x\nsip-ports = 5070\nalias = a.com udp:eth1\nsecret = x\n"
			"header = X\n", true},
		{"[bond:a]\nmember = 10.0.0.1\n[bond:a]\n[route:r]\nto = 10.0.0.1/33\nbond = aa\nx = y\n",
			false},
		{";\n", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		long n = 0;
		while (!load(cases[i].text, n, cases[i].good))
			n++;
		cr_assert_gt(n, cases[i].good && cases[i].text[0] != ';' ? 50 : 3,
			"only %ld allocations were seen: is the program linked with --wrap?", n);
	}
}

/* The same of what a host is made of; what has no memory is not there, and nothing of it is asked. */
static bool make(struct test_host *t, const char *text, long n)
{
	struct host *h = &t->h;
	struct rules *r = &t->rules;
	size_t size = table_size(8, 64);
	struct findings f;

	t->area = aligned_alloc(64, (size + 63) / 64 * 64);
	memset(t->area, 0, size);
	cr_assert_eq(config_load_text(&r->config, "x", text, strlen(text), &f), 0);
	findings_free(&f);
	cr_assert_eq(table_format(t->area, size, 8, 64), 0);
	cr_assert_eq(table_attach(&h->dns, t->area, size), 0);
	counting = true;
	left = n;
	int rules = rules_make(r);
	bool domains = rules == 0 && domains_make(&r->domains, &r->config, r->match, &h->dns);
	void *stand = rules == 0 ? calloc(1, rules_room(r)) : NULL;
	if (stand)
		rules_stand(r, stand);
	bool fits = !stand || names_changed(&h->names, r, &h->listeners, &h->hears);
	counting = false;
	bool over = left >= 0;
	cr_assert(rules == 0 || rules == ENOMEM);
	cr_assert_eq(r->domains.on, domains);
	cr_assert(fits);
	if (stand) {
		struct match_facts room;
		struct addr a = {.family = AF_INET, .port = 5060};
		size_t known = names_now(r)->member_count;
		cr_assert_eq(domains_facts(&r->domains, &a, &room) != NULL, domains);
		cr_assert_eq(known, r->config.member_count);
		cr_assert(!over || domains);
	}
	return over;
}

Test(oom, every_allocation_of_a_host, .init = fake_system)
{
	static const char text[] = "[bond:a]\nmember = udp:eth1\nmember = tcp:eth1\n"
		"[route:r]\nto = 10.9.0.0/16, one.example.com, *.two.example.com\nbond = a\n";
	long n = 0;

	for (bool over = false; !over; n++) {
		struct test_host *t = host_room();
		over = make(t, text, n);
		host_free(t);
	}
	cr_assert_gt(n, 10);
}

Test(oom, every_allocation_of_an_image, .init = fake_system)
{
	static const char *const texts[] = {
		"[bond:a]\nmember = udp:eth1 as x.example\n[route:r]\nto = 10.9.0.0/16, a.com\nbond = a\n",
		"[bond:b]\nmember = tcp:eth1\n[route:s]\nto = 10.9.0.0/16\nbond = b\n"};
	struct rules r[2] = {0};
	struct image *i[2] = {NULL, NULL};
	struct findings f;

	for (int k = 0; k < 2; k++) {
		cr_assert_eq(config_load_text(&r[k].config, "x", texts[k], strlen(texts[k]), &f), 0);
		findings_free(&f);
		cr_assert_eq(rules_make(&r[k]), 0);
		long n = 0;
		for (bool over = false; !over; n++) {
			counting = true;
			left = n;
			int error = image_write(&i[k], &r[k].config, r[k].match, k ? i[0] : NULL, 1);
			counting = false;
			over = left >= 0;
			cr_assert_eq(error, over ? 0 : ENOMEM);
		}
		cr_assert_gt(n, k ? 15 : 10);
		cr_assert(image_check(i[k], i[k]->size));
		match_free((struct match *)(uintptr_t)r[k].match);
		config_free(&r[k].config);
	}
	free(i[0]);
	free(i[1]);
}

static const struct zone_line zone[] = {
	{"a.example", RECORD_NAPTR, 60, "1 1 s SIP+D2U _sip._udp.a.example"},
	{"_sip._udp.a.example", RECORD_SRV, 60, "1 1 5060 b.example"},
	{"b.example", RECORD_CNAME, 60, "c.example"},
	{"c.example", RECORD_A, 60, "192.0.2.1"},
	{NULL, 0, 0, NULL},
};

static const struct zone_line without_edns[] = {
	{"*", 0, 0, "notimp"},
	{"_sip._udp.a.example", RECORD_SRV, 60, "1 1 5060 c.example"},
	{"c.example", RECORD_A, 60, "192.0.2.1"},
	{NULL, 0, 0, NULL},
};

/* As load(), of a look-up; what could be found is found or told to have failed. */
static bool look_up(const char *servers, long n)
{
	struct query_setup s = {.io = &dns_io_own, .servers = servers, .timeout_ms = 150,
		.hosts_file = true};
	struct uri u = {.host = "a.example"};
	struct rfc3263 *l;
	counting = true;
	left = n;
	int error = rfc3263_start(&l, &u, &s, RFC3263_ORDERED | RFC3263_SUPERSET);
	if (error == 0)
		rfc3263_run(l);
	counting = false;
	bool over = left >= 0;
	cr_assert(error == 0 || error == ENOMEM || error == EINVAL);
	cr_assert(!over || error == 0);
	if (error)
		return over;
	cr_assert(l->outcome != RFC3263_PENDING && l->outcome != RFC3263_NEGATIVE);
	cr_assert(l->outcome != RFC3263_ANSWERED || l->target_count == 1);
	cr_assert(!over || l->outcome == RFC3263_ANSWERED);
	rfc3263_free(l);
	return over;
}

/* Without memory c-ares 1.34 uses entries of /etc/hosts and connections that it has freed: there its own
 * allocations do not fail. */
#define ARES_FAILS (ARES_VERSION < 0x012200)

Test(oom, every_allocation_of_a_look_up)
{
	char address[32];
	if (!ARES_FAILS)
		cr_assert_eq(ares_library_init_mem(ARES_LIB_INIT_ALL, __real_malloc, free, __real_realloc), 0);
	server_start(zone, address);
	for (int i = 0; i < 2; i++) {
		long n = 0;
		while (!look_up(address, n))
			n++;
		cr_assert_gt(n, ARES_FAILS ? 50 : 5);
		server_change(without_edns);
	}
	server_stop();
}
