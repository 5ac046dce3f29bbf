/* SPDX-License-Identifier: MIT */
/* link_news, links: what the kernel told in a network of veths (tests/fuzz/corpus/links), message for
 * message, what follows for members, and lengths that no kernel would send. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/links.h"
#include "rounds.h"

static struct links *view;

static void begin(void)
{
	view = calloc(1, sizeof(*view));
	cr_assert_not_null(view);
}

static void end(void)
{
	free(view);
}

TestSuite(links, .init = begin, .fini = end);

/* Takes all of a recording; how many pieces of news there were. */
static int play(const char *name)
{
	static char bytes[65536];
	char path[128];
	struct link_news n;
	int count = 0;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/links/%s", name);
	FILE *f = fopen(path, "rb");
	cr_assert_not_null(f, "%s", path);
	size_t size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	const void *at = bytes;
	while (link_news_next(&n, &at, &size)) {
		count += n.kind != NEWS_NONE && n.kind != NEWS_DONE;
		links_take(view, &n);
	}
	cr_expect_eq(size, 0, "%s: %zu bytes are left", name, size);
	return count;
}

static struct member member(const char *address, const char *device)
{
	struct member m = {.transport = TRANSPORT_UDP};

	cr_assert_eq(addr_parse(&m.addr, address, strlen(address)), 0);
	snprintf(m.device, sizeof(m.device), "%s", device);
	return m;
}

static char link_of[IF_NAMESIZE];

static enum state now(const char *address, const char *device, enum state before)
{
	struct member m = member(address, device);

	return links_state(view, &m, before, link_of);
}

static uint32_t index_of(const char *name)
{
	for (uint32_t i = 0; i < view->link_count; i++)
		if (strcmp(view->links[i].name, name) == 0)
			return view->links[i].index;
	return 0;
}

static void start(void)
{
	cr_assert_gt(play("dump-links"), 0);
	cr_assert_gt(play("dump-addresses"), 0);
	memset(link_of, 0, sizeof(link_of));
}

Test(links, as_they_are_listed)
{
	start();
	static const char *const names[] = {"lo", "ma", "mb", "br0", "d0", "e0"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect_neq(index_of(names[i]), 0, "%s", names[i]);
	cr_expect_eq(now("10.0.1.1:5060", "", STATE_UNKNOWN), STATE_UP);
	cr_expect_str_eq(link_of, "ma");
	cr_expect_eq(now("10.0.2.1", "", STATE_UNKNOWN), STATE_UP, "of a pair the own end");
	cr_expect_eq(now("10.0.2.9", "", STATE_UNKNOWN), STATE_NEVER, "and not the other one");
	cr_expect_eq(now("10.0.3.1", "", STATE_UNKNOWN), STATE_UP, "with a label");
	cr_expect_eq(now("fd00:1::1", "", STATE_UNKNOWN), STATE_UP);
	cr_expect_eq(now("10.0.9.1", "", STATE_UNKNOWN), STATE_UP);
	cr_expect_str_eq(link_of, "d0");
	cr_expect_eq(now("127.0.0.1", "", STATE_UNKNOWN), STATE_UP);
	cr_expect_eq(now("127.9.9.9", "", STATE_UNKNOWN), STATE_UP, "all of them are this machine's");
	cr_expect_str_eq(link_of, "lo");
	cr_expect_eq(now("::1", "", STATE_UNKNOWN), STATE_UP);
	struct member m = member("fe80::1", "");
	m.addr.scope = index_of("ma");
	cr_expect_eq(links_state(view, &m, STATE_UNKNOWN, link_of), STATE_UP);
	m.addr.scope = index_of("mb");
	cr_expect_eq(links_state(view, &m, STATE_UNKNOWN, link_of), STATE_NEVER, "of another interface");
}

Test(links, addresses_come_and_go)
{
	start();
	now("10.0.1.1", "", STATE_UNKNOWN);
	cr_expect_eq(play("address-gone"), 1);
	cr_expect_eq(now("10.0.1.1", "", STATE_UP), STATE_GONE);
	cr_expect_str_eq(link_of, "ma", "where it was is not forgotten");
	cr_expect_eq(now("10.0.1.1", "", STATE_NEVER), STATE_NEVER);
	cr_expect_eq(now("10.0.2.1", "", STATE_UP), STATE_UP);
	cr_expect_eq(play("address-back"), 1);
	cr_expect_eq(now("10.0.1.1", "", STATE_GONE), STATE_UP);
	uint32_t count = view->address_count;
	play("address-back");
	cr_expect_eq(view->address_count, count, "told twice");
}

Test(links, interfaces_come_and_go)
{
	start();
	cr_expect_gt(play("carrier-lost"), 0);
	cr_expect_eq(now("10.0.1.1", "", STATE_UP), STATE_NO_CARRIER);
	cr_expect_gt(play("carrier-back"), 0);
	cr_expect_eq(now("10.0.1.1", "", STATE_NO_CARRIER), STATE_UP);
	now("fd00:1::1", "", STATE_UP);
	cr_expect_gt(play("link-down"), 0);
	cr_expect_eq(now("10.0.1.1", "", STATE_UP), STATE_LINK_DOWN, "its address is listed on");
	cr_expect_eq(now("fd00:1::1", "", STATE_UP), STATE_LINK_DOWN, "its address is not");
	cr_expect_str_eq(link_of, "ma");
	cr_expect_gt(play("link-up"), 0);
	cr_expect_eq(now("10.0.1.1", "", STATE_LINK_DOWN), STATE_UP);
}

Test(links, a_port_leaves_its_bridge)
{
	start();
	cr_expect_gt(play("bridge-port"), 0);
	cr_expect_neq(index_of("mb"), 0, "it is told of as a link that has gone, and has not");
	cr_expect_eq(now("10.0.1.1", "mb", STATE_UP), STATE_UP);
}

Test(links, names_change)
{
	start();
	uint32_t before = index_of("d0");
	cr_expect_gt(play("renamed"), 0);
	cr_expect_eq(index_of("d0"), 0);
	cr_expect_eq(index_of("d1"), before);
	cr_expect_eq(now("10.0.9.1", "", STATE_UP), STATE_UP);
	cr_expect_str_eq(link_of, "d1");
	cr_expect_eq(now("10.0.1.1", "d0", STATE_UP), STATE_LINK_GONE, "bound to one that is not there");
	cr_expect_str_eq(link_of, "d0");
	cr_expect_gt(play("link-gone"), 0);
	now("10.0.9.1", "", STATE_UP);
	memcpy(link_of, "d1", 3);
	cr_expect_eq(now("10.0.9.1", "", STATE_UP), STATE_LINK_GONE);
}

Test(links, tentative_addresses)
{
	start();
	cr_expect_eq(play("tentative"), 1);
	cr_expect_eq(now("fd00:5::1", "", STATE_UNKNOWN), STATE_TENTATIVE);
	struct link_news n = {.kind = NEWS_ADDRESS, .index = index_of("ma"), .tentative = true, .duplicate = true};
	n.addr = member("fd00:5::1", "").addr;
	cr_expect(links_take(view, &n));
	cr_expect_eq(now("fd00:5::1", "", STATE_TENTATIVE), STATE_DUPLICATE);
	n.tentative = n.duplicate = false;
	cr_expect(links_take(view, &n));
	cr_expect_eq(now("fd00:5::1", "", STATE_TENTATIVE), STATE_UP);
	cr_expect_not(links_take(view, &n), "as it was");
}

/* On two interfaces: one that is down does no harm. */
Test(links, an_address_twice)
{
	start();
	struct link_news n = {.kind = NEWS_ADDRESS, .index = index_of("d0"), .addr = member("10.0.1.1", "").addr};
	links_take(view, &n);
	play("link-down");
	cr_expect_eq(now("10.0.1.1", "", STATE_UP), STATE_UP);
	cr_expect_str_eq(link_of, "d0");
	play("address-gone");
	cr_expect_eq(now("10.0.1.1", "", STATE_UP), STATE_UP, "one of them has gone");
}

Test(links, more_than_fits)
{
	struct link_news n = {.kind = NEWS_ADDRESS, .index = 1, .addr = {.family = AF_INET6}};

	for (uint32_t i = 0; i < HEARS_LOCAL_MAX + 10; i++) {
		memcpy(n.addr.ip, &i, sizeof(i));
		n.addr.ip[15] = 1;
		links_take(view, &n);
	}
	n.kind = NEWS_LINK;
	for (uint32_t i = 0; i < LINKS_MAX + 10; i++) {
		n.index = i + 1;
		links_take(view, &n);
	}
	cr_expect_eq(view->address_count, HEARS_LOCAL_MAX);
	cr_expect_eq(view->link_count, LINKS_MAX);
	cr_expect(view->crowded);
	cr_expect_eq(now("10.7.7.7", "", STATE_UP), STATE_UNKNOWN, "it may be there");
	links_clear(view);
	cr_expect_eq(now("10.7.7.7", "", STATE_UP), STATE_GONE);
}

/* The sanitized build sees what is read beyond. */
static void take_any(const char *bytes, size_t n)
{
	char *copy = malloc(n + 1);
	const void *at = copy;
	struct link_news news;
	size_t size = n, left = n;

	memcpy(copy, bytes, n);
	while (link_news_next(&news, &at, &size)) {
		cr_assert_lt(size, left, "it goes on");
		cr_assert_eq((const char *)at, copy + n - size);
		cr_assert_lt(strnlen(news.name, sizeof(news.name)), sizeof(news.name));
		cr_assert_geq(news.error, 0);
		links_take(view, &news);
		left = size;
	}
	free(copy);
}

Test(links, hostile_lengths)
{
	static const char *const names[] = {"dump-links", "dump-addresses", "renamed", "tentative", "link-gone"};
	static char whole[65536];
	unsigned seed = 5;

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		char path[128];
		snprintf(path, sizeof(path), "tests/fuzz/corpus/links/%s", names[k]);
		FILE *f = fopen(path, "rb");
		size_t n = fread(whole, 1, sizeof(whole), f);
		fclose(f);
		for (size_t cut = 0; cut < n && cut < 400; cut++)
			take_any(whole, cut);
		for (int i = 0; i < rounds(3000); i++) {
			static char copy[sizeof(whole)];
			memcpy(copy, whole, n);
			for (int b = 0; b < 4; b++) {
				size_t at = (size_t)rand_r(&seed) % (i % 2 ? n : 200 < n ? 200 : n);
				copy[at] = (char)(i % 3 ? rand_r(&seed) : rand_r(&seed) % 2 ? 0 : -1);
			}
			take_any(copy, n);
		}
	}
}

Test(links, questions)
{
	char buf[LINK_QUESTION_MAX];
	struct nlmsghdr head;

	for (int addresses = 0; addresses < 2; addresses++) {
		size_t n = link_news_ask(buf, addresses, 77);
		memcpy(&head, buf, sizeof(head));
		cr_assert_leq(n, sizeof(buf));
		cr_expect_eq(head.nlmsg_len, n);
		cr_expect_eq(head.nlmsg_seq, 77);
		cr_expect_eq(head.nlmsg_type, addresses ? RTM_GETADDR : RTM_GETLINK);
		cr_expect_eq(head.nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
	}
}

Test(links, refused)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} m = {.head = {.nlmsg_len = sizeof(m), .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 3}};
	struct link_news n;
	static const int errors[][2] = {{-EBUSY, EBUSY}, {0, 0}, {5, 0}, {INT32_MIN, 0}};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const void *at = &m;
		size_t size = sizeof(m);
		m.error.error = errors[i][0];
		cr_assert(link_news_next(&n, &at, &size));
		cr_expect_eq(n.kind, NEWS_FAILED);
		cr_expect_eq(n.error, errors[i][1]);
		cr_expect_eq(n.sequence, 3);
	}
}
