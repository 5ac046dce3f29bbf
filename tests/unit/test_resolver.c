/* SPDX-License-Identifier: MIT */
/* resolver: the table follows DNS, keeps what it has while DNS fails, and empties on "no". */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "dns/resolver.h"
#include "dns/learn.h"
#include "dns/table.h"
#include "dns/targets.h"
#include "dns/table_domains.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"
#include "dns.h"

static const struct zone_line first[] = {
	{"carrier1.com", RECORD_A, 5, "192.0.2.1"},
	{"_sips._tcp.carrier1.com", RECORD_SRV, 5, "1 1 5070 sbc.carrier1.com"},
	{"sbc.carrier1.com", RECORD_AAAA, 5, "2001:db8::1"},
	{"carrier3.org", RECORD_A, 5, "192.0.2.3"},
	{NULL, 0, 0, NULL},
};
static const struct zone_line second[] = {
	{"carrier1.com", RECORD_A, 5, "192.0.2.11"},
	{"carrier3.org", 0, 0, "servfail"},
	{NULL, 0, 0, NULL},
};
static const struct zone_line nothing[] = {
	{"example", RECORD_SOA, 600, "1"},
	{"carrier3.org", 0, 0, "silent"},
	{NULL, 0, 0, NULL},
};

static struct target targets[] = {
	{.kind = TARGET_DOMAIN, .domain = "carrier1.com"},
	{.kind = TARGET_PREFIX},
	{.kind = TARGET_WILDCARD, .domain = "carrier2.net"},
	{.kind = TARGET_DOMAIN, .domain = "carrier3.org", .port = 5080},
	{.kind = TARGET_DOMAIN, .domain = "carrier1.com"},
};
static struct config config = {.targets = targets, .target_count = 5, .dns_timeout = 1};
static struct table t;
static struct resolver *r;
static char said[4096];
static uint16_t numbers[5];

static void say(void *ctx, const char *text)
{
	(void)ctx;
	size_t n = strlen(said);
	snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static void make(void)
{
	char address[32];
	size_t size = table_size(8, 64);
	void *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct resolver_setup s = {.config = &config, .table = &t, .io = &dns_io_own, .say = say};
	cr_assert_eq(table_format(area, size, 8, 64), 0);
	cr_assert_eq(table_attach(&t, area, size), 0);
	server_start(first, address);
	cr_assert_eq(addr_parse(&config.dns_server, address, strlen(address)), 0);
	cr_assert_eq(targets_register(&t, &config, numbers), 0);
	cr_assert_eq(resolver_open(&r, &s), 0);
}

static void end(void)
{
	resolver_close(r);
	server_stop();
}

TestSuite(resolver, .init = make, .fini = end);

/* Steps until so many look-ups are complete. */
static void turn(unsigned long lookups)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX];
	int count = 0;
	unsigned long until = resolver_lookups(r) + lookups;
	while (resolver_lookups(r) < until) {
		resolver_step(r, fds, count);
		count = resolver_sockets(r, fds, RESOLVER_SOCKETS_MAX);
		int wait = resolver_wait(r);
		if (poll(fds, (nfds_t)count, wait < 100 ? wait : 100) <= 0)
			count = 0;
	}
}

static bool found(const char *text, uint16_t number, unsigned services)
{
	struct addr a;
	struct table_hit hit;
	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0);
	return table_lookup(&t, &a, &hit) && hit.domains[0] == number &&
	       table_services(&t, &a) == services;
}

Test(resolver, follows_dns)
{
	cr_assert(targets_are_asked(&config));
	cr_assert_eq(numbers[1], MODEL_NONE);
	cr_assert_eq(numbers[4], numbers[0]);
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_UNKNOWN);
	turn(2);
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_ANSWERED);
	cr_assert_eq(table_state(&t, numbers[2]), TABLE_UNKNOWN);
	cr_assert(found("192.0.2.1:5060", numbers[0], 0));
	cr_assert(found("[2001:db8::1]:5070", numbers[0], 1 << TRANSPORT_TLS));
	cr_assert(found("192.0.2.3:5080", numbers[3], 0));
	cr_assert_str_eq(said, "");
	server_change(second);
	resolver_hurry(r);
	turn(2);
	cr_assert(found("192.0.2.11:5060", numbers[0], 0));
	cr_assert(found("192.0.2.1:5060", numbers[0], 0), "the answers of a day are kept");
	cr_assert(found("192.0.2.3:5080", numbers[3], 0), "the server failed");
	cr_assert_str_eq(said, "carrier3.org: the server could not answer (SERVFAIL); "
			       "the last answer is kept\n");
	resolver_hurry(r);
	turn(2);
	said[0] = '\0';
	server_change(first);
	resolver_hurry(r);
	turn(2);
	cr_assert_str_eq(said, "carrier3.org: DNS answers now\n", "%s", said);
}

static const struct zone_line no_aaaa[] = {
	{"carrier1.com", 0, 0, "silent 28"},
	{"carrier1.com", RECORD_A, 5, "192.0.2.1"},
	{"_sips._tcp.carrier1.com", RECORD_SRV, 5, "1 1 5070 sbc.carrier1.com"},
	{"sbc.carrier1.com", RECORD_AAAA, 5, "2001:db8::1"},
	{"carrier3.org", 0, 0, "silent 28"},
	{"carrier3.org", RECORD_A, 5, "192.0.2.3"},
	{NULL, 0, 0, NULL},
};

Test(resolver, what_is_known_does_not_wait_for_what_is_not_answered)
{
	struct config patient = config;
	struct resolver_setup s = {.config = &patient, .table = &t, .io = &dns_io_own, .say = say};
	struct pollfd fds[RESOLVER_SOCKETS_MAX];
	int count = 0;
	resolver_close(r);
	server_change(no_aaaa);
	patient.dns_timeout = 60;
	cr_assert_eq(resolver_open(&r, &s), 0);
	while (!found("[2001:db8::1]:5070", numbers[0], 1 << TRANSPORT_TLS)) {
		cr_assert_eq(resolver_lookups(r), 0);
		resolver_step(r, fds, count);
		count = resolver_sockets(r, fds, RESOLVER_SOCKETS_MAX);
		if (poll(fds, (nfds_t)count, resolver_wait(r)) <= 0)
			count = 0;
	}
	cr_assert(found("192.0.2.1:5060", numbers[0], 0));
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_PARTIAL);
	cr_assert_str_eq(said, "");
}

Test(resolver, parts_stay_parts_until_all_is_answered)
{
	server_change(no_aaaa);
	turn(2);
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_PARTIAL);
	cr_assert(found("192.0.2.1:5060", numbers[0], 0));
	cr_assert_not_null(strstr(said, "carrier1.com: no answer in time; 2 of its addresses are known, "
					"for others the text of a request decides"), "%s", said);
	server_change(first);
	resolver_hurry(r);
	turn(2);
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_ANSWERED);
	server_change(no_aaaa);
	resolver_hurry(r);
	turn(2);
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_ANSWERED);
	cr_assert_not_null(strstr(said, "its other addresses are kept"), "%s", said);
}

Test(resolver, what_never_was_answered_is_not_told_to_be_kept)
{
	server_change(second);
	turn(2);
	cr_assert_str_eq(said, "carrier3.org: the server could not answer (SERVFAIL); until DNS "
			       "answers the text of a request decides, and connections do not match\n");
	server_change(first);
	resolver_hurry(r);
	turn(2);
	cr_assert_not_null(strstr(said, "carrier3.org: DNS answers now\n"));
}

/* However often "no" is said before the first one has expired. */
Test(resolver, no_that_does_not_stand_empties_nothing)
{
	static const struct zone_line none[] = {{NULL, 0, 0, NULL}};
	turn(2);
	server_change(none); /* for 120 seconds */
	for (int i = 0; i < 10; i++) {
		resolver_hurry(r);
		turn(2);
	}
	cr_assert(found("192.0.2.1:5060", numbers[0], 0));
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_ANSWERED);
	server_change(first);
	resolver_hurry(r);
	turn(2);
	cr_assert(strstr(said, "carrier1.com: DNS answers now\n"));
}

Test(resolver, no_that_stands_empties)
{
	turn(2);
	server_change(nothing);
	resolver_hurry(r);
	turn(1);
	cr_assert(found("192.0.2.1:5060", numbers[0], 0));
	cr_assert_str_eq(said, "carrier1.com: DNS has no address for it\n");
	while (table_state(&t, numbers[0]) != TABLE_EMPTY)
		turn(1);
	cr_assert(!found("192.0.2.1:5060", numbers[0], 0));
	cr_assert(found("192.0.2.3:5080", numbers[3], 0));
}

Test(resolver, names_that_lead_in_a_circle_lose_nothing)
{
	static const struct zone_line circle[] = {
		{"carrier1.com", RECORD_CNAME, 5, "carrier3.org"},
		{"carrier3.org", RECORD_CNAME, 5, "carrier1.com"},
		{NULL, 0, 0, NULL},
	};
	turn(2);
	server_change(circle);
	for (int i = 0; i < 3; i++) {
		resolver_hurry(r);
		turn(2);
	}
	cr_assert(found("192.0.2.1:5060", numbers[0], 0));
	cr_assert(found("192.0.2.3:5080", numbers[3], 0));
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_ANSWERED);
	cr_assert_not_null(strstr(said, "carrier1.com: its CNAMEs lead in a circle or too far; "
					"the last answer is kept\n"), "%s", said);
}

Test(resolver, a_domain_that_finds_no_room_goes_by_its_text_until_it_does)
{
	static struct zone_line large[44] = {{"carrier3.org", RECORD_A, 5, "192.0.2.3"}};
	static char names[40][16];
	for (int i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "10.0.0.%d", i + 1);
		large[i + 1] = (struct zone_line){"carrier1.com", RECORD_A, 5, names[i]};
	}
	server_change(large);
	for (unsigned i = 0; i < 50; i++) { /* others take room */
		struct dns_place e = {.addr.port = 5060};
		uint32_t ip = 0x01020310 + (i << 24);
		answer_address(&e.addr, AF_INET, &ip);
		cr_assert_eq(table_put(&t, numbers[2], &e, 1, NULL, 0, TABLE_PART, 1, learn_now()),
			0);
	}
	turn(2);
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_FULL, "%s", said);
	unsigned without = 0, of = 0;
	char *line = strstr(said, "carrier1.com: ");
	cr_assert_eq(sscanf(line ? line : "", "carrier1.com: %u of its %u addresses found no room",
			     &without, &of), 2, "%s", said);
	cr_assert_eq(of, 40);
	struct table_domain_info info;
	cr_assert_eq(table_domain_describe(&t, numbers[0], &info), 0);
	cr_assert_eq(without + info.places, of);
	cr_assert_not_null(strstr(said, "as prefixes in `to`"));
	said[0] = '\0';
	server_change(first); /* less to keep, and what was kept goes */
	cr_assert_eq(table_forget(&t, numbers[2]), 0);
	resolver_hurry(r);
	turn(2);
	cr_assert_eq(table_state(&t, numbers[0]), TABLE_ANSWERED);
	cr_assert_not_null(strstr(said, "carrier1.com: all its addresses have room now\n"), "%s", said);
}

Test(resolver, room_for_few_and_for_many)
{
	struct target many[200];
	struct config c = {.targets = many};
	uint32_t domains, addresses;
	for (size_t i = 0; i < 200; i++)
		many[i] = (struct target){.kind = i ? TARGET_DOMAIN : TARGET_PREFIX};
	static const uint32_t rows[][3] = {{2, 1, 1024}, {5, 4, 2048}, {9, 8, 4096}, {101, 100, 4096},
		{200, 199, 199 * 32}};
	for (size_t i = 0; i < 5; i++) {
		c.target_count = rows[i][0];
		targets_room(&c, &domains, &addresses);
		cr_expect_eq(domains, rows[i][1]);
		cr_expect_eq(addresses, rows[i][2], "%u domains: %u", domains, addresses);
		cr_expect_gt(table_size(domains, addresses), 0);
	}
}

/* Until its number is another's: one that comes back has its answer at once. */
Test(resolver, what_the_configuration_no_longer_has_keeps_its_answer)
{
	turn(2);
	resolver_close(r);
	struct config less = config;
	struct resolver_setup s = {.config = &less, .table = &t, .io = &dns_io_own};
	less.target_count = 1;
	cr_assert_eq(resolver_open(&r, &s), 0);
	cr_assert(found("192.0.2.1:5060", numbers[0], 0));
	cr_assert(found("192.0.2.3:5080", numbers[3], 0));
	cr_assert_eq(table_state(&t, numbers[3]), TABLE_ANSWERED);
	cr_assert_eq(resolver_domains(r), 1, "and is not asked for");
	less.target_count = 0;
	cr_assert(!targets_are_asked(&less));
}

static _Atomic int stop;

static void *run(void *arg)
{
	resolver_run(r, &stop, *(int *)arg);
	return NULL;
}

Test(resolver, its_own_loop_ends)
{
	int wake[2];
	pthread_t thread;
	cr_assert_eq(pipe(wake), 0);
	cr_assert_eq(pthread_create(&thread, NULL, run, &wake[0]), 0);
	while (table_state(&t, numbers[0]) != TABLE_ANSWERED)
		usleep(1000);
	stop = 1;
	cr_assert_eq(write(wake[1], "x", 1), 1);
	pthread_join(thread, NULL);
}

struct own {
	int error;
	int socket;
	bool kept, left;
	pthread_barrier_t here, there;
};

static void *leave(void *arg)
{
	struct own *o = arg;
	int keep[] = {0, 2, 120};
	o->error = descriptors_leave(keep, 3);
	o->kept = fcntl(2, F_GETFD) != -1 && fcntl(120, F_GETFD) != -1;
	o->left = fcntl(121, F_GETFD) == -1 && fcntl(1, F_GETFD) == -1;
	o->socket = fcntl(socket(AF_INET, SOCK_DGRAM, 0), F_DUPFD, 200);
	pthread_barrier_wait(&o->here);
	pthread_barrier_wait(&o->there);
	o->kept &= fcntl(o->socket, F_GETFD) != -1;
	return NULL;
}

Test(resolver, its_thread_leaves_the_descriptors_of_the_host)
{
	struct own o = {0};
	pthread_t thread;
	pthread_barrier_init(&o.here, NULL, 2);
	pthread_barrier_init(&o.there, NULL, 2);
	cr_assert_eq(dup2(1, 120), 120);
	cr_assert_eq(dup2(1, 121), 121);
	cr_assert_eq(pthread_create(&thread, NULL, leave, &o), 0);
	pthread_barrier_wait(&o.here);
	if (o.error != ENOSYS) { /* as under valgrind */
		cr_expect_eq(o.error, 0);
		cr_expect(o.left);
		cr_expect_eq(fcntl(o.socket, F_GETFD), -1);
		cr_expect_neq(fcntl(121, F_GETFD), -1);
		close(120); /* the host closes what it likes */
	}
	pthread_barrier_wait(&o.there);
	pthread_join(thread, NULL);
	cr_expect(o.kept);
}
