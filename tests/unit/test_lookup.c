/* SPDX-License-Identifier: MIT */
/* lookup: in the kernel, in a network namespace of its own. Where that may not be had, or the kernel knows no
 * sk_lookup, the tests say so and are skipped. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/real/real.h"
#include "preload/lookup/lookup.h"
#include "preload/sockets/own.h"

static struct addr at(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(&a, text, strlen(text)) == 0);
	return a;
}

static int sock(const char *text, int domain, int type)
{
	struct addr a = at(text);
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(&a, domain, &ss);
	int fd = socket(domain, type, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	cr_assert(bind(fd, (struct sockaddr *)&ss, n) == 0, "%s: %s", text, strerror(errno));
	if (type == SOCK_STREAM)
		cr_assert(listen(fd, 5) == 0);
	return fd;
}

/* Sends there, or connects; 0 or the errno that comes back. */
static int reach(const char *text, int type)
{
	struct addr a = at(text);
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(&a, a.family, &ss), len = sizeof(int);
	int fd = socket(a.family, type, 0), error = 0;

	if (connect(fd, (struct sockaddr *)&ss, n) != 0)
		error = errno;
	else if (type == SOCK_DGRAM && send(fd, "hello", 5, 0) == 5)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len); /* over lo it is there at once */
	close(fd);
	return error;
}

static bool has_more(int fd)
{
	return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

/* A namespace with the program in it. */
static void begin(void)
{
	if (unshare(CLONE_NEWNET) != 0)
		cr_skip_test("no network namespace: %s", strerror(errno));
	cr_assert(system("ip link set lo up && ip address add 2001:db8::1/128 dev lo && "
		"ip address add 2001:db8::2/128 dev lo") == 0);
	real_init();
	int error = lookup_open(300);
	if (error)
		cr_skip_test("no sk_lookup here: %s", strerror(error));
	cr_assert(lookup_is_open());
}

static const struct lookup_maps *maps(void)
{
	static struct lookup_maps m;

	m = lookup_maps();
	return &m;
}

static void point(const char *member, uint16_t protocol, uint32_t listener)
{
	struct addr a = at(member);
	uint32_t found;

	cr_assert(lookup_point(maps(), &a, protocol, listener) == 0);
	cr_assert(lookup_points(maps(), &a, protocol, &found) && found == listener);
}

Test(lookup, a_listener_hears_members_of_any_port)
{
	begin();
	int u = sock("127.0.0.1:5060", AF_INET, SOCK_DGRAM), t = sock("127.0.0.1:5060", AF_INET, SOCK_STREAM);
	int u6 = sock("[2001:db8::1]:5060", AF_INET6, SOCK_DGRAM), m = sock("127.0.0.9:5060", AF_INET6, SOCK_DGRAM);
	int t6 = sock("[2001:db8::1]:5060", AF_INET6, SOCK_STREAM);

	cr_assert(!lookup_put(maps(), 0, u) && !lookup_put(maps(), 1, t) && !lookup_put(maps(), 2, u6) && !lookup_put(maps(), 3, m) && !lookup_put(maps(), 4, t6));
	point("127.0.0.2:5080", IPPROTO_UDP, 0);
	point("127.0.0.2:5080", IPPROTO_TCP, 1);
	point("[2001:db8::2]:5061", IPPROTO_UDP, 2);
	point("127.0.0.3:5060", IPPROTO_UDP, 3);
	point("[2001:db8::2]:5061", IPPROTO_TCP, 4);
	cr_expect(reach("127.0.0.2:5080", SOCK_DGRAM) == 0 && has_more(u));
	cr_expect(reach("127.0.0.2:5080", SOCK_STREAM) == 0 && has_more(t));
	cr_expect(reach("[2001:db8::2]:5061", SOCK_DGRAM) == 0 && has_more(u6));
	cr_expect(reach("[2001:db8::2]:5061", SOCK_STREAM) == 0 && has_more(t6));
	cr_expect(reach("127.0.0.3:5060", SOCK_DGRAM) == 0 && has_more(m), "an IPv4 listener of the other domain");
	cr_expect(reach("127.0.0.4:5060", SOCK_DGRAM) == ECONNREFUSED, "not listed: refused as without");
	cr_expect(reach("127.0.0.2:5060", SOCK_STREAM) == ECONNREFUSED);
	cr_expect(reach("[2001:db8::2]:5060", SOCK_STREAM) == ECONNREFUSED);
}

Test(lookup, members_come_and_go_as_any_user)
{
	begin();
	struct addr a = at("127.0.0.2:5080");
	struct lookup_key key = {.protocol = 0};
	int u = sock("127.0.0.1:5060", AF_INET, SOCK_DGRAM);
	uint32_t found;

	cr_assert(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
	if (lookup_put(maps(), 0, u) == EPERM)
		cr_skip_test("this kernel lets no user change maps (kernel.unprivileged_bpf_disabled before 5.19)");
	point("127.0.0.2:5080", IPPROTO_UDP, 0);
	cr_expect(reach("127.0.0.2:5080", SOCK_DGRAM) == 0 && has_more(u));
	cr_assert(lookup_next(maps(), &key));
	cr_expect(key.port == 5080 && key.protocol == IPPROTO_UDP);
	cr_expect(!lookup_next(maps(), &key));
	lookup_end(maps(), &a, IPPROTO_UDP);
	cr_expect(!lookup_points(maps(), &a, IPPROTO_UDP, &found));
	cr_expect(reach("127.0.0.2:5080", SOCK_DGRAM) == ECONNREFUSED);
}

Test(lookup, of_a_group_any_that_lives)
{
	begin();
	int fds[LOOKUP_SOCKETS + 1], heard = 0;

	point("127.0.0.2:5060", IPPROTO_UDP, 5);
	for (int i = 0; i <= LOOKUP_SOCKETS; i++) {
		fds[i] = sock("127.0.0.1:5060", AF_INET, SOCK_DGRAM);
		cr_assert(lookup_put(maps(), 5, fds[i]) == (i < LOOKUP_SOCKETS ? 0 : E2BIG));
	}
	cr_assert(lookup_put(maps(), 5, fds[0]) == 0, "it is there already");
	for (int i = 0; i < 100; i++)
		cr_assert(reach("127.0.0.2:5060", SOCK_DGRAM) == 0);
	for (int i = 0; i <= LOOKUP_SOCKETS; i++)
		heard += has_more(fds[i]);
	cr_expect(heard > LOOKUP_SOCKETS / 2, "the kernel spreads over the group: %d", heard);
	for (int i = 0; i < LOOKUP_SOCKETS - 1; i++)
		close(fds[i]);
	cr_expect(reach("127.0.0.2:5060", SOCK_DGRAM) == 0);
	cr_expect(lookup_put(maps(), 5, fds[LOOKUP_SOCKETS]) == 0, "there is room again");
	close(fds[LOOKUP_SOCKETS - 1]);
	cr_expect(reach("127.0.0.2:5060", SOCK_DGRAM) == 0 && has_more(fds[LOOKUP_SOCKETS]));
}

/* A child that was forked has it, whatever becomes of who began it; with the last it ends. */
Test(lookup, it_lives_as_long_as_anybody_has_it)
{
	begin();
	int pipes[2], u = sock("127.0.0.1:5060", AF_INET, SOCK_DGRAM), status;

	cr_assert(lookup_put(maps(), 0, u) == 0 && pipe(pipes) == 0);
	point("127.0.0.2:5060", IPPROTO_UDP, 0);
	pid_t child = fork();
	if (child == 0) {
		char byte;
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) != 0);
	}
	for (int fd = own_next(0); fd >= 0; fd = own_next((unsigned)fd + 1))
		close(fd);
	cr_expect(reach("127.0.0.2:5060", SOCK_DGRAM) == 0);
	close(pipes[1]);
	cr_assert(waitpid(child, &status, 0) == child && status == 0);
	cr_expect(reach("127.0.0.2:5060", SOCK_DGRAM) == ECONNREFUSED);
	struct addr a = at("127.0.0.3:5060");
	cr_expect(lookup_point(maps(), &a, IPPROTO_UDP, 0) != 0, "and who has it no more is told");
}

Test(lookup, several_in_one_namespace)
{
	begin();
	int u = sock("127.0.0.1:5060", AF_INET, SOCK_DGRAM), v = sock("127.0.0.1:5070", AF_INET, SOCK_DGRAM), status;

	cr_assert(lookup_put(maps(), 0, u) == 0);
	point("127.0.0.2:5060", IPPROTO_UDP, 0);
	pid_t child = fork();
	if (child == 0) {
		if (lookup_open(300) != 0 || lookup_put(maps(), 0, v) != 0)
			_exit(1);
		point("127.0.0.3:5060", IPPROTO_UDP, 0);
		point("127.0.0.2:5060", IPPROTO_UDP, 0);
		_exit(reach("127.0.0.3:5060", SOCK_DGRAM) != 0 || !has_more(v) ||
			reach("127.0.0.2:5060", SOCK_DGRAM) != 0 || !has_more(u));
	}
	cr_assert(waitpid(child, &status, 0) == child);
	cr_expect(status == 0, "each serves its own, and the first has what both want");
	cr_expect(reach("127.0.0.3:5060", SOCK_DGRAM) == ECONNREFUSED);
}

Test(lookup, without_the_capability_it_says_so)
{
	if (unshare(CLONE_NEWNET) != 0)
		cr_skip_test("no network namespace: %s", strerror(errno));
	cr_assert(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
	int error = lookup_open(300);
	cr_assert(error == EPERM || error == ENOSYS, "%s", strerror(error));
	cr_assert(!lookup_is_open() && own_next(0) < 0);
}
