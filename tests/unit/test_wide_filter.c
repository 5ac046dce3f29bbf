/* SPDX-License-Identifier: MIT */
/* wide_filter: what a wildcard socket of this machine takes through it, by the kernel's own word. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "core/wide_filter.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct addr at(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(&a, text, strlen(text)) == 0);
	return a;
}

/* A list of count addresses that nobody here has, with one of them at that place. */
static void fill(struct addr *list, size_t count, int family, const char *one, size_t place)
{
	for (size_t i = 0; i < count; i++) {
		list[i] = at(family == AF_INET ? "192.0.2.1" : "2001:db8::1");
		list[i].ip[14] = (uint8_t)(i >> 8);
		list[i].ip[15] = (uint8_t)i;
	}
	if (one)
		list[place] = at(one);
}

static int receiver(int family, struct sockaddr_storage *ss, socklen_t *len)
{
	int fd = socket(family, SOCK_DGRAM, 0), one = 1;
	struct addr any = {.family = (uint16_t)family};

	if (fd < 0)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	else
		any = at("0.0.0.0");
	*len = addr_to_sockaddr(&any, family, ss);
	if (bind(fd, (struct sockaddr *)ss, *len) != 0 ||
		getsockname(fd, (struct sockaddr *)ss, len) != 0)
		cr_assert_fail("no socket");
	return fd;
}

/* Whether what is sent to that address comes through; -1: the machine has no such address. */
static int takes(int fd, const struct sockaddr_storage *bound, const char *to, const char *text)
{
	struct sockaddr_storage ss;
	struct addr a = at(to), port;
	int from = socket(bound->ss_family, SOCK_DGRAM, 0);
	char got[16];

	addr_from_sockaddr(&port, bound, sizeof(*bound));
	a.port = port.port;
	socklen_t len = addr_to_sockaddr(&a, bound->ss_family, &ss);
	ssize_t n = sendto(from, text, strlen(text), 0, (struct sockaddr *)&ss, len);
	close(from);
	if (n < 0)
		return -1;
	return recv(fd, got, sizeof(got), MSG_DONTWAIT) == n; /* loopback delivers at once */
}

static size_t attach(int fd, const struct addr *list, size_t count, const struct sock_filter *then,
	size_t then_count)
{
	static struct sock_filter program[WIDE_FILTER_LENGTH + 2 + BPF_MAXINSNS];
	struct sock_fprog prog = {.filter = program};
	size_t n = wide_filter(program, list, count, then, then_count);

	cr_assert(n <= WIDE_FILTER_LENGTH + 2 + then_count);
	prog.len = (unsigned short)n;
	cr_assert(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0, "%zu: %s", n,
		strerror(errno));
	return n;
}

static void check(int family, const char *one, const char *other, size_t most)
{
	static struct addr list[WIDE_FILTER_IPV4_MAX];
	const size_t counts[] = {1, 2, 3, 60, 109, most};
	struct sockaddr_storage ss;
	socklen_t len;
	int fd = receiver(family, &ss, &len);

	if (fd < 0 || takes(fd, &ss, one, "x") < 0)
		cr_skip_test("there is no %s here", one);
	for (size_t i = 0; i < COUNT(counts); i++) {
		for (size_t place = 0; place < counts[i]; place += counts[i] > 3 ? counts[i] - 1 : 1) {
			fill(list, counts[i], family, one, place);
			attach(fd, list, counts[i], NULL, 0);
			cr_expect(takes(fd, &ss, one, "x") == 1, "%s is %zu of %zu", one, place, counts[i]);
			if (other)
				cr_expect(takes(fd, &ss, other, "x") == 0, "%s", other);
		}
		fill(list, counts[i], family, NULL, 0);
		attach(fd, list, counts[i], NULL, 0);
		cr_expect(takes(fd, &ss, one, "x") == 0, "%s is none of %zu", one, counts[i]);
	}
	close(fd);
}

Test(wide_filter, ipv4)
{
	check(AF_INET, "127.0.0.1", "127.0.0.2", WIDE_FILTER_IPV4_MAX);
}

Test(wide_filter, ipv6)
{
	check(AF_INET6, "::1", NULL, WIDE_FILTER_IPV6_MAX);
}

/* The host's own filter judges what comes through, from a clean start. */
Test(wide_filter, then)
{
	/* A and X as they are found have to be 0; what begins with 'd' is dropped */
	static const struct sock_filter own[] = {BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'd', 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
	static struct addr list[WIDE_FILTER_IPV4_MAX];
	struct sockaddr_storage ss;
	socklen_t len;
	int fd = receiver(AF_INET, &ss, &len);

	for (size_t count = 2; count <= COUNT(list); count += COUNT(list) - 2) {
		fill(list, count, AF_INET, "127.0.0.1", count - 1);
		attach(fd, list, count, own, COUNT(own));
		if (takes(fd, &ss, "127.0.0.1", "keep") < 0)
			cr_skip_test("there is no loopback here");
		cr_expect(takes(fd, &ss, "127.0.0.1", "keep") == 1);
		cr_expect(takes(fd, &ss, "127.0.0.1", "drop") == 0);
		cr_expect(takes(fd, &ss, "127.0.0.2", "keep") == 0);
	}
	close(fd);
}

Test(wide_filter, recognised)
{
	static struct sock_filter program[WIDE_FILTER_LENGTH + 2];
	static const char *const first[] = {"10.1.2.3", "2001:db8:1:2:3:4:5:6"};
	static const struct sock_filter others[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0)};
	struct addr list[2], found;

	for (size_t i = 0; i < COUNT(first); i++) {
		list[0] = at(first[i]);
		list[1] = at(i ? "2001:db8::2" : "192.0.2.2");
		size_t n = wide_filter(program, list, 2, NULL, 0);
		cr_assert(wide_filter_first(program, n, &found));
		cr_expect(addr_same_host(&found, &list[0]) && found.family == list[0].family);
		for (size_t k = 0; k < n; k++)
			wide_filter_first(program, k, &found); /* within what is there */
	}
	cr_expect(!wide_filter_first(others, COUNT(others), &found));
	cr_expect(!wide_filter_first(others, 0, &found));
}
