/* SPDX-License-Identifier: MIT */
/* listeners: which of a host's sockets listen, in its order, and which members they carry. */
#include <pthread.h>

#include "host.h"

#define INI \
	"[bond:b]\n" \
	"member = udp:203.0.113.1:5060\n" \
	"member = udp:203.0.113.2:5060\n" \
	"member = tcp:203.0.113.1:5060\n" \
	"member = udp:[2001:db8::1]:5060\n" \
	"member = udp:203.0.113.1:5070\n" \
	"member = tls:203.0.113.1:5061\n"
enum { ONE, TWO, ONE_TCP, SIX, ONE_5070, ONE_TLS };

/* The descriptor of the listener that carries the member, -1 = none. */
static int carrier(const struct test_host *t, uint32_t member)
{
	const struct listener *l = listeners_of_member(&t->h.listeners, &t->rules, member);

	return l ? (int)l->fd : -1;
}

Test(listeners, the_members_that_they_carry)
{
	struct test_host *t = host_make(INI, "");

	for (uint32_t i = ONE; i <= ONE_TLS; i++)
		cr_expect_eq(carrier(t, i), -1);
	host_lines(t, "3 udp 203.0.113.1:5060\n");
	cr_expect_eq(carrier(t, ONE), 3);
	cr_expect_eq(carrier(t, TWO), -1, "another address");
	cr_expect_eq(carrier(t, ONE_TCP), -1, "another kind of socket");
	cr_expect_eq(carrier(t, ONE_5070), -1, "another port");
	host_lines(t, "4 tcp 203.0.113.1:5060\n5 tcp 203.0.113.1:5061\n");
	cr_expect_eq(carrier(t, ONE), 3);
	cr_expect_eq(carrier(t, ONE_TCP), 4);
	cr_expect_eq(carrier(t, ONE_TLS), 5);
	host_lines(t, "6 udp 203.0.113.2:5060 unseen\n");
	cr_expect_eq(carrier(t, TWO), -1, "only what was bound before our eyes");
	host_free(t);
}

Test(listeners, wildcards_carry_members_of_their_families)
{
	struct test_host *t = host_make(INI, "3 udp 0.0.0.0:5060\n");

	cr_expect_eq(carrier(t, ONE), 3);
	cr_expect_eq(carrier(t, TWO), 3);
	cr_expect_eq(carrier(t, SIX), -1);
	host_lines(t, "4 udp [::]:5060 v6only\n5 udp [::]:5070\n");
	cr_expect_eq(carrier(t, ONE), 3);
	cr_expect_eq(carrier(t, SIX), 4);
	cr_expect_eq(carrier(t, ONE_5070), 5, "one that takes IPv4 too");
	host_lines(t, "6 udp 203.0.113.2:5060\n");
	cr_expect_eq(carrier(t, TWO), 6, "the kernel delivers to the specific one");
	cr_expect_eq(carrier(t, ONE), 3);
	host_lines(t, "gone 6\n");
	cr_expect_eq(carrier(t, TWO), 3);
	host_lines(t, "gone 3\n");
	cr_expect_eq(carrier(t, TWO), -1, "one that takes no IPv4");
	cr_expect_eq(carrier(t, SIX), 4);
	host_free(t);
}

Test(listeners, the_specific_one_whatever_came_first)
{
	struct test_host *t = host_make(INI, "3 udp 203.0.113.1:5060\n4 udp 0.0.0.0:5060\n5 udp 203.0.113.1:5060\n");

	cr_expect_eq(carrier(t, ONE), 3, "the first of two");
	cr_expect_eq(carrier(t, TWO), 4);
	host_lines(t, "gone 3\n");
	cr_expect_eq(carrier(t, ONE), 5);
	host_lines(t, "gone 5\n");
	cr_expect_eq(carrier(t, ONE), 4);
	host_free(t);
}

Test(listeners, another_descriptor_takes_the_place)
{
	struct test_host *t = host_make(INI, "3 udp 203.0.113.1:5060\n9 as 3\n");
	const struct listener *l = listeners_of_member(&t->h.listeners, &t->rules, ONE);

	host_lines(t, "gone 3\n");
	cr_expect_eq(listeners_of_member(&t->h.listeners, &t->rules, ONE), l);
	cr_expect_eq(l->fd, 9);
	host_lines(t, "10 as 9\ngone 10\n");
	cr_expect_eq(l->fd, 9, "not that one");
	host_lines(t, "0 as 9\ngone 9\n4 udp 203.0.113.2:5060\n");
	cr_expect_eq(l->fd, 0, "of any number");
	cr_expect_eq(listeners_first(&t->h.listeners, TRANSPORT_UDP, AF_INET), l, "it is live still");
	host_lines(t, "gone 0\n");
	cr_expect_eq(l->fd, -1);
	cr_expect_null(listeners_of_member(&t->h.listeners, &t->rules, ONE));
	cr_expect(listeners_is_known(&t->h.listeners, 0), "another process may hold it");
	host_free(t);
}

/* "udp:10.0.0.1:5060" of the listener, "-" = none. */
static const char *text_of(const struct listener *l)
{
	static char text[ADDR_TEXT_MAX + 8];
	size_t n = l ? (size_t)sprintf(text, "%s:", transport_names[l->transport]) : 0;

	if (!l)
		return "-";
	addr_print(&l->addr, text + n);
	return text;
}

static const char *first(const struct test_host *t, enum transport transport, uint16_t family)
{
	return text_of(listeners_first(&t->h.listeners, transport, family));
}

static const char *at(const struct test_host *t, const char *socket)
{
	struct addr a;
	enum transport transport = host_socket_name(socket, &a);

	return text_of(listeners_at(&t->h.listeners, transport, &a));
}

static const char *hearing(const struct test_host *t, const char *socket)
{
	struct addr a;
	enum transport transport = host_socket_name(socket, &a);

	return text_of(listeners_hearing(&t->h.listeners, transport, &a));
}

Test(listeners, the_first_in_the_order_of_the_host)
{
	struct test_host *t = host_make(INI, "");

	cr_expect_str_eq(first(t, TRANSPORT_UDP, AF_INET), "-");
	host_lines(t, "3 udp 0.0.0.0:5060\n4 udp [2001:db8::9]:5060\n5 tcp 10.0.0.3:5060\n");
	cr_expect_str_eq(first(t, TRANSPORT_UDP, AF_INET), "-", "a wildcard names no address");
	host_lines(t, "6 udp 10.0.0.2:5060\n7 udp 10.0.0.1:5060\n8 tcp 10.0.0.1:5061\n");
	cr_expect_str_eq(first(t, TRANSPORT_UDP, AF_INET), "udp:10.0.0.2:5060");
	cr_expect_str_eq(first(t, TRANSPORT_UDP, AF_INET6), "udp:[2001:db8::9]:5060");
	cr_expect_str_eq(first(t, TRANSPORT_TCP, AF_INET), "tcp:10.0.0.3:5060");
	cr_expect_str_eq(first(t, TRANSPORT_TLS, AF_INET), "tls:10.0.0.1:5061");
	cr_expect_str_eq(first(t, TRANSPORT_TCP, AF_INET6), "-");
	host_lines(t, "gone 6\n");
	cr_expect_str_eq(first(t, TRANSPORT_UDP, AF_INET), "udp:10.0.0.1:5060", "a live one before");
	host_lines(t, "gone 7\n");
	cr_expect_str_eq(first(t, TRANSPORT_UDP, AF_INET), "udp:10.0.0.2:5060", "the first closed one");
	/* one that is bound anew has its place in the order */
	host_lines(t, "7 udp 10.0.0.1:5060\n6 udp 10.0.0.2:5060\n");
	cr_expect_str_eq(first(t, TRANSPORT_UDP, AF_INET), "udp:10.0.0.2:5060");
	host_free(t);
}

Test(listeners, the_one_at_an_address)
{
	struct test_host *t = host_make(INI, "3 udp 10.0.0.1:5060\n4 udp 10.0.0.1:5070\n5 tcp 10.0.0.1:5060\n"
		"6 udp 0.0.0.0:5060\n7 udp [::]:5080 sip\n8 udp [::]:5090 v6only sip\n");

	cr_expect_str_eq(at(t, "udp:10.0.0.1:5070"), "udp:10.0.0.1:5070");
	cr_expect_str_eq(at(t, "udp:10.0.0.1"), "udp:10.0.0.1:5060", "of any port: the first");
	cr_expect_str_eq(at(t, "tcp:10.0.0.1:5060"), "tcp:10.0.0.1:5060");
	cr_expect_str_eq(at(t, "tcp:10.0.0.1:5070"), "-");
	cr_expect_str_eq(at(t, "udp:10.0.0.2:5060"), "-", "exactly that address");
	cr_expect_str_eq(at(t, "udp:0.0.0.0:5060"), "udp:0.0.0.0:5060");
	cr_expect_str_eq(hearing(t, "udp:10.0.0.1:5060"), "udp:10.0.0.1:5060");
	cr_expect_str_eq(hearing(t, "udp:10.0.0.2:5060"), "udp:0.0.0.0:5060");
	cr_expect_str_eq(hearing(t, "udp:10.0.0.2:5070"), "-", "not that port");
	cr_expect_str_eq(hearing(t, "tcp:10.0.0.2:5060"), "-", "not that kind");
	cr_expect_str_eq(hearing(t, "udp:[2001:db8::9]:5060"), "-", "not that family");
	cr_expect_str_eq(hearing(t, "udp:10.0.0.2:5080"), "udp:[::]:5080", "both");
	cr_expect_str_eq(hearing(t, "udp:[2001:db8::9]:5080"), "udp:[::]:5080");
	cr_expect_str_eq(hearing(t, "udp:10.0.0.2:5090"), "-", "IPv6 alone");
	host_lines(t, "gone 6\n9 udp 0.0.0.0:5070\n");
	cr_expect_str_eq(hearing(t, "udp:10.0.0.2:5060"), "udp:0.0.0.0:5060", "a closed one too");
	cr_expect_str_eq(hearing(t, "udp:10.0.0.2:5070"), "udp:0.0.0.0:5070");
	host_free(t);
}

static bool own_stream(const struct test_host *t, const char *address)
{
	struct addr a = host_address(address);

	return listeners_own_stream(&t->h.listeners, &t->rules, &t->h.hears, &a);
}

Test(listeners, where_the_host_takes_connections)
{
	struct test_host *t = host_make(INI, "local 10.0.0.1 2001:db8::9\n3 udp 10.0.0.1:5080\n"
		"4 tcp 10.0.0.9:5060\n5 tcp 0.0.0.0:5070\n6 tcp [::]:5090\n7 tcp [::]:5100 v6only\n");

	cr_expect(own_stream(t, "10.0.0.9:5060"), "an address of its own, the machine's or not");
	cr_expect(!own_stream(t, "10.0.0.1:5060"));
	cr_expect(!own_stream(t, "10.0.0.1:5080"), "a socket of datagrams");
	cr_expect(own_stream(t, "10.0.0.1:5070"));
	cr_expect(own_stream(t, "127.0.0.1:5070"));
	cr_expect(!own_stream(t, "10.0.0.9:5070"), "no address of the machine");
	cr_expect(!own_stream(t, "[2001:db8::9]:5070"));
	cr_expect(own_stream(t, "[2001:db8::9]:5090"));
	cr_expect(own_stream(t, "10.0.0.1:5090"));
	cr_expect(!own_stream(t, "10.0.0.1:5100"));
	cr_expect(own_stream(t, "[::1]:5100"));
	host_lines(t, "gone 4\n");
	cr_expect(own_stream(t, "10.0.0.9:5060"), "whichever process holds it");
	host_free(t);
}

static bool hear(const struct test_host *t, uint32_t member)
{
	return listeners_hear(&t->h.listeners, &t->rules.config.members[member]);
}

Test(listeners, what_takes_what_comes_to_a_member)
{
	struct test_host *t = host_make(INI, "3 udp 203.0.113.1:5060 unseen\n4 tcp 0.0.0.0:5061\n");

	cr_expect(hear(t, ONE), "seen or not");
	cr_expect(!hear(t, TWO));
	cr_expect(!hear(t, ONE_TCP));
	cr_expect(!hear(t, ONE_5070));
	cr_expect(hear(t, ONE_TLS));
	cr_expect(!hear(t, SIX));
	host_lines(t, "gone 3\n5 udp [::]:5070\n6 udp [::]:5060 v6only\n");
	cr_expect(hear(t, ONE), "whichever process holds it");
	cr_expect(hear(t, ONE_5070));
	cr_expect(hear(t, SIX));
	cr_expect(!hear(t, TWO));
	host_free(t);
}

static bool needs_arrivals(const struct test_host *t, int fd)
{
	return listeners_needs_arrivals(&t->h.listeners, &t->rules,
		sockets_listener(sockets_bits(&t->h.sockets, fd)));
}

Test(listeners, where_the_address_of_an_arrival_matters)
{
	struct test_host *t = host_make(INI, "3 udp 203.0.113.1:5060\n4 udp 0.0.0.0:5060\n5 udp 0.0.0.0:5090 sip\n"
		"6 udp [::]:5070\n7 udp [::]:5060 unseen\n8 udp [::]:5080 sip\n");

	cr_expect(!needs_arrivals(t, 3), "there is one address");
	cr_expect(needs_arrivals(t, 4));
	cr_expect(!needs_arrivals(t, 5), "no member at that port");
	cr_expect(needs_arrivals(t, 6));
	cr_expect(!needs_arrivals(t, 7), "it carries none");
	cr_expect(!needs_arrivals(t, 8));
	host_free(t);
}

static struct addr numbered(unsigned n)
{
	struct addr a = host_address("10.1.0.0:5060");

	a.ip[14] = (uint8_t)(n >> 8);
	a.ip[15] = (uint8_t)n;
	return a;
}

static int add(struct test_host *t, const struct addr *a, bool datagram)
{
	struct listener_of of = {.fd = 5, .addr = a, .datagram = datagram, .seen = true};

	return listeners_add(&t->h.listeners, &t->rules, &of);
}

Test(listeners, numbers_and_room)
{
	struct test_host *t = host_make(INI, "");
	struct listeners *ls = &t->h.listeners;
	struct addr a = numbered(LISTENERS_MAX), b = numbered(LISTENERS_MAX + 1), seventh = numbered(7);

	for (unsigned i = 0; i < LISTENERS_MAX; i++) {
		struct addr at_i = numbered(i);
		cr_assert_eq(listeners_count(ls), i);
		cr_assert(!listeners_is_known(ls, i));
		cr_assert_eq(add(t, &at_i, true), (int)i);
		cr_assert(listeners_is_known(ls, i));
		cr_assert_eq(listeners_number(ls, &ls->slots[i]), (int)i);
	}
	cr_expect_eq(add(t, &a, true), -1, "the table is full");
	cr_expect_eq(add(t, &seventh, true), -1, "all are live");
	cr_expect_eq(listeners_count(ls), LISTENERS_MAX);
	/* one that is closed leaves its place, last of all in the order */
	listeners_fd_gone(ls, &t->rules, &t->h.sockets, 7, 5);
	cr_expect(listeners_is_known(ls, 7));
	cr_expect_eq(add(t, &a, true), 7);
	cr_expect_eq(ls->slots[7].order, LISTENERS_MAX);
	cr_expect_eq(add(t, &b, true), -1);
	listeners_fd_gone(ls, &t->rules, &t->h.sockets, 9, 5);
	listeners_fd_gone(ls, &t->rules, &t->h.sockets, 11, 5);
	/* to that address: the one that it had, in its order */
	struct addr eleventh = numbered(11);
	cr_expect_eq(add(t, &eleventh, true), 11);
	cr_expect_eq(ls->slots[11].order, 11);
	/* not of the other kind */
	listeners_fd_gone(ls, &t->rules, &t->h.sockets, 11, 5);
	cr_expect_eq(add(t, &eleventh, false), 9);
	cr_expect_eq(ls->slots[9].transport, TRANSPORT_TCP);
	cr_expect_eq(listeners_count(ls), LISTENERS_MAX);
	/* the order is that of binding, not of the slots, and the live are before the closed */
	struct addr same = numbered(20), any_port = numbered(20);
	same.port = 5070;
	any_port.port = 0;
	listeners_fd_gone(ls, &t->rules, &t->h.sockets, 11, 5);
	cr_expect_eq(add(t, &same, true), 11);
	cr_expect_eq(listeners_at(ls, TRANSPORT_UDP, &any_port), &ls->slots[20]);
	listeners_fd_gone(ls, &t->rules, &t->h.sockets, 20, 5);
	cr_expect_eq(listeners_at(ls, TRANSPORT_UDP, &any_port), &ls->slots[11]);
	host_free(t);
}

enum { THREADS = 8, EACH = 200 };

struct binder {
	struct test_host *t;
	pthread_barrier_t *start;
	unsigned number;
	int slots[EACH];
};

static void *bind_all(void *arg)
{
	struct binder *b = arg;

	pthread_barrier_wait(b->start);
	for (unsigned i = 0; i < EACH; i++) {
		struct addr a = host_address("10.1.0.0:5060");
		a.ip[14] = (uint8_t)b->number;
		a.ip[15] = (uint8_t)i;
		struct listener_of of = {.fd = 5, .addr = &a, .datagram = true, .seen = true};
		b->slots[i] = listeners_add(&b->t->h.listeners, &b->t->rules, &of);
	}
	return NULL;
}

/* Threads of a host that bind at the same time get a slot each. */
Test(listeners, bound_at_the_same_time)
{
	struct test_host *t = host_make(INI, "");
	static struct binder binders[THREADS];
	static bool taken[THREADS * EACH];
	pthread_t threads[THREADS];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		binders[i] = (struct binder){.t = t, .start = &start, .number = i};
		cr_assert_eq(pthread_create(&threads[i], NULL, bind_all, &binders[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(listeners_count(&t->h.listeners), THREADS * EACH);
	for (unsigned i = 0; i < THREADS; i++) {
		for (unsigned k = 0; k < EACH; k++) {
			int slot = binders[i].slots[k];
			cr_assert(slot >= 0 && slot < THREADS * EACH && !taken[slot]);
			taken[slot] = true;
			cr_assert_eq(t->h.listeners.slots[slot].addr.ip[14], i);
			cr_assert_eq(t->h.listeners.slots[slot].addr.ip[15], k);
		}
	}
	host_free(t);
}

/* What a slot is filled with. */
Test(listeners, as_they_were_bound)
{
	struct test_host *t = host_make(INI, "3 udp 10.0.0.1:5060\n4 udp [::]:5060\n5 udp [::]:5061 v6only sip\n"
		"6 tcp 10.0.0.1:5061\n7 udp 0.0.0.0:5061 unseen sip\n");
	const struct listener *l = t->h.listeners.slots;

	cr_expect(!l[0].any && !l[0].dual && l[0].seen && l[0].transport == TRANSPORT_UDP && l[0].fd == 3);
	cr_expect(l[1].any && l[1].dual && l[1].seen);
	cr_expect(l[2].any && !l[2].dual);
	cr_expect(!l[3].any && l[3].transport == TRANSPORT_TLS);
	cr_expect(l[4].any && !l[4].dual && !l[4].seen && l[4].transport == TRANSPORT_UDP);
	host_free(t);
}

/* Without members there is nothing to carry. */
Test(listeners, of_a_host_without_members)
{
	struct test_host *t = host_make(";\n", "3 udp 10.0.0.1:5060 sip\n4 tcp 10.0.0.1:5060\ngone 3\n");

	cr_expect_eq(listeners_count(&t->h.listeners), 2);
	host_free(t);
}
