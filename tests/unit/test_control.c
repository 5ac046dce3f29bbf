/* SPDX-License-Identifier: MIT */
/* control: the source that a host asks for, its control data without one, and what libbond asked for apart
 * from what the host did. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>

#include "preload/datagram/control.h"
#include "preload/hot.h"

static _Alignas(8) char data[CONTROL_MAX + 64];
static size_t size;

static void start(void)
{
	hot.address_span = UINTPTR_MAX / 2;
	size = 0;
}

TestSuite(control, .init = start);

static struct addr address(const char *text)
{
	struct addr a;
	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0);
	return a;
}

static void add(int level, int type, const void *value, size_t n)
{
	size += control_put(data + size, level, type, value, n);
}

/* What the kernel tells of a datagram that came to that address. */
static void add_arrival4(const char *text)
{
	struct in_pktinfo info = {.ipi_ifindex = 2};
	cr_assert_eq(inet_pton(AF_INET, text, &info.ipi_addr), 1);
	cr_assert_eq(inet_pton(AF_INET, "9.9.9.9", &info.ipi_spec_dst), 1);
	add(IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static const int ttl = 7;

static struct msghdr message(void)
{
	return (struct msghdr){.msg_control = data, .msg_controllen = size};
}

static bool finds(const char *expected)
{
	struct msghdr msg = message();
	struct addr found = {.family = AF_INET}, wanted;
	uint32_t index = 0;

	if (!control_find_source(&msg, &found, &index))
		return !expected;
	if (!expected)
		return false;
	wanted = address(expected);
	return memcmp(found.ip, wanted.ip, sizeof(wanted.ip)) == 0;
}

Test(control, the_source_that_is_asked_for)
{
	struct addr one = address("192.0.2.1"), two = address("192.0.2.2"), six = address("2001:db8::1");

	cr_expect(finds(NULL));
	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	cr_expect(finds(NULL));
	size += control_put_source4(data + size, &one, 0);
	cr_expect(finds("192.0.2.1"));
	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	size += control_put_source4(data + size, &two, 3);
	cr_expect(finds("192.0.2.2"), "the last one holds");
	size += control_put_source6(data + size, &six, 0);
	cr_expect(finds("2001:db8::1"));
}

Test(control, no_source_where_it_is_not_whole)
{
	struct in_pktinfo info = {.ipi_ifindex = 1};
	struct addr one = address("192.0.2.1");

	add(IPPROTO_IP, IP_PKTINFO, &info, sizeof(info) - 1);
	cr_expect(finds(NULL));
	size = 0;
	add(IPPROTO_IPV6, IPV6_PKTINFO, one.ip, sizeof(one.ip)); /* no interface */
	cr_expect(finds(NULL));
	size = control_put_source4(data, &one, 0);
	size = CONTROL_MAX + 1;
	cr_expect(finds(NULL), "more than is looked at");
}

Test(control, a_copy_has_no_source)
{
	_Alignas(8) char copy[CONTROL_MAX];
	struct addr one = address("192.0.2.1"), six = address("2001:db8::1");
	struct msghdr msg;
	size_t used = 0, before;

	size += control_put_source4(data + size, &one, 0);
	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	size += control_put_source6(data + size, &six, 0);
	add(SOL_SOCKET, SO_MARK, &ttl, sizeof(ttl));
	msg = message();
	cr_assert_eq(control_copy(copy, &used, &msg), 0);
	before = size;
	size = 0;
	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	add(SOL_SOCKET, SO_MARK, &ttl, sizeof(ttl));
	cr_assert_eq(used, size);
	cr_assert_lt(used, before);
	struct cmsghdr *first = (struct cmsghdr *)copy, *second = (struct cmsghdr *)(copy + CMSG_SPACE(4));
	cr_expect(first->cmsg_level == IPPROTO_IP && first->cmsg_type == IP_TTL);
	cr_expect(second->cmsg_level == SOL_SOCKET && second->cmsg_type == SO_MARK);
}

/* Each answer is the kernel's for the same mistake. */
Test(control, a_copy_says_what_is_wrong)
{
	_Alignas(8) char copy[CONTROL_MAX];
	struct cmsghdr *last;
	struct msghdr msg;
	size_t used = 0;

	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	last = (struct cmsghdr *)(data + size);
	add(SOL_SOCKET, SO_MARK, &ttl, sizeof(ttl));
	for (size_t lie = 0; lie < 3; lie++) {
		last->cmsg_len = lie == 0 ? 0 : lie == 1 ? CMSG_LEN(100) : SIZE_MAX;
		msg = message();
		used = 0;
		cr_expect_eq(control_copy(copy, &used, &msg), EINVAL);
	}
	msg.msg_controllen = CONTROL_MAX + 1;
	cr_expect_eq(control_copy(copy, &used, &msg), ENOBUFS);
	msg = (struct msghdr){.msg_control = (void *)8, .msg_controllen = 64};
	cr_expect_eq(control_copy(copy, &used, &msg), EFAULT);
	msg.msg_controllen = 8;
	cr_expect_eq(control_copy(copy, &used, &msg), 0, "the kernel looks at no header there");
}

Test(control, libbonds_own_is_taken_out)
{
	struct addr to = {.family = AF_INET6};
	size_t others;

	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	others = size;
	add_arrival4("192.0.2.7");
	add(SOL_SOCKET, SO_MARK, &ttl, sizeof(ttl));
	others += CMSG_SPACE(sizeof(ttl));
	size_t n = control_split(data, size, CONTROL_KEEP_SOURCE, 5070, &to);
	cr_expect_eq(n, size, "the host asked for it, too");
	struct addr wanted = address("192.0.2.7:5070");
	cr_expect(addr_equal(&to, &wanted));
	n = control_split(data, size, 0, 5070, &to);
	cr_expect_eq(n, others);
	cr_expect(addr_equal(&to, &wanted));
	struct cmsghdr *second = (struct cmsghdr *)(data + CMSG_SPACE(sizeof(ttl)));
	cr_expect(second->cmsg_level == SOL_SOCKET && second->cmsg_type == SO_MARK);
	cr_expect_eq(control_split(data, n, 0, 5070, &to), n);
	cr_expect_eq(to.family, 0, "not told");
}

Test(control, libbonds_own_of_ipv6)
{
	struct addr six = address("2001:db8::7"), wanted = address("[2001:db8::7]:5070"), to;

	size += control_put_source6(data + size, &six, 2);
	cr_expect_eq(control_split(data, size, 0, 5070, &to), 0);
	cr_expect(addr_equal(&to, &wanted));
}

/* As the kernel does (put_cmsg(9)): what does not fit is cut, and said to be as long as it is there. */
Test(control, what_has_no_room_is_cut)
{
	size_t one = CMSG_SPACE(sizeof(ttl));

	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	add(SOL_SOCKET, SO_MARK, &ttl, sizeof(ttl));
	cr_expect_eq(control_cut(data, size, size), size);
	cr_expect_eq(control_cut(data, size, one + CMSG_LEN(2)), one + CMSG_LEN(2));
	struct cmsghdr *second = (struct cmsghdr *)(data + one);
	cr_expect_eq(second->cmsg_len, CMSG_LEN(2));
	second->cmsg_len = CMSG_LEN(sizeof(ttl));
	cr_expect_eq(control_cut(data, size, one + CMSG_LEN(0)), one + CMSG_LEN(0), "a header without data");
	second->cmsg_len = CMSG_LEN(sizeof(ttl));
	cr_expect_eq(control_cut(data, size, one + 3), one, "no header fits");
	cr_expect_eq(control_cut(data, size, 0), 0);
	cr_expect_eq(((struct cmsghdr *)data)->cmsg_len, CMSG_LEN(sizeof(ttl)), "the first stays whole");
}

Test(control, the_host_is_told_its_own_address)
{
	struct addr own = address("10.0.0.1:5060"), six = address("[fd00::1]:5061");
	struct in_pktinfo info;
	struct in6_pktinfo info6 = {.ipi6_ifindex = 3};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(5080)}, got;
	struct sockaddr_in6 at6 = {.sin6_family = AF_INET6, .sin6_port = htons(5080)}, got6;

	add_arrival4("192.0.2.7");
	size_t second = size;
	add(SOL_IP, IP_ORIGDSTADDR, &at, sizeof(at));
	size_t third = size;
	add(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	control_rename(data, size, &own);
	memcpy(&info, data + CMSG_LEN(0), sizeof(info));
	cr_expect(memcmp(&info.ipi_addr, own.ip + 12, 4) == 0 && memcmp(&info.ipi_spec_dst, own.ip + 12, 4) == 0);
	cr_expect_eq(info.ipi_ifindex, 2, "where it came in is the truth");
	memcpy(&got, data + second + CMSG_LEN(0), sizeof(got));
	cr_expect(memcmp(&got.sin_addr, own.ip + 12, 4) == 0 && ntohs(got.sin_port) == 5060);
	cr_expect(memcmp(data + third + CMSG_LEN(0), &ttl, sizeof(ttl)) == 0);

	size = 0;
	add(IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof(info6));
	second = size;
	add(IPPROTO_IPV6, IPV6_ORIGDSTADDR, &at6, sizeof(at6));
	control_rename(data, size, &six);
	memcpy(&info6, data + CMSG_LEN(0), sizeof(info6));
	cr_expect(memcmp(&info6.ipi6_addr, six.ip, 16) == 0 && info6.ipi6_ifindex == 3);
	memcpy(&got6, data + second + CMSG_LEN(0), sizeof(got6));
	cr_expect(memcmp(&got6.sin6_addr, six.ip, 16) == 0 && ntohs(got6.sin6_port) == 5061);

	size = 0;
	add(IPPROTO_IP, IP_PKTINFO, &info, sizeof(info) - 1);
	char before[64];
	memcpy(before, data, size);
	control_rename(data, size, &own);
	cr_expect(memcmp(before, data, size) == 0, "what is not whole stays");
}
