/* SPDX-License-Identifier: MIT */
/* adopted: what one process publishes is found whole or not at all; who gives way where it is crowded; what
 * carries what; inodes of proc(5). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rounds.h"
#include "segment/adopted.h"

static struct adopted_table *t;

static void share(void)
{
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(t, MAP_FAILED);
}

TestSuite(adopted, .init = share);

static struct addr at(unsigned n)
{
	struct addr a = {.family = AF_INET, .port = (uint16_t)(5060 + n % 3), .ip = {[10] = 0xff, [11] = 0xff}};

	memcpy(a.ip + 12, &n, 4);
	return a;
}

/* All that is in it follows from n. */
static struct adopted socket_of(unsigned n)
{
	return (struct adopted){.inode = n * 7 + 1, .pid = (uint32_t)getpid(), .fd = (int)n % 100, .addr = at(n),
		.since = n, .transport = n % 2 ? TRANSPORT_UDP : TRANSPORT_TCP};
}

/* How many there are, and whether each is what it is to be. */
static unsigned count(bool (*wanted)(const struct adopted *))
{
	struct adopted a;
	uint64_t cookie;
	unsigned n = 0;

	for (uint32_t i = 0; adopted_next(t, sizeof(*t), &i, &a, &cookie);) {
		cr_assert_eq(a.inode, cookie * 7 + 1);
		cr_assert_eq(a.since, cookie);
		n += !wanted || wanted(&a);
	}
	return n;
}

static bool is_closed(const struct adopted *a)
{
	return a->flags & ADOPTED_CLOSED;
}

Test(adopted, published_once)
{
	pid_t pid = fork();
	if (pid == 0) {
		for (unsigned n = 1; n <= 100; n++) {
			struct adopted a = socket_of(n);
			adopted_keep(t, n, &a);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	cr_expect_eq(count(NULL), 100);
	struct adopted a = socket_of(50);
	a.fd = 7;
	cr_expect(!adopted_keep(t, 50, &a));
	cr_expect_eq(count(NULL), 100, "the same socket has the same place");
	adopted_close(t, 50, (uint32_t)getpid() + 1);
	cr_expect_eq(count(is_closed), 0, "another process's");
	adopted_close(t, 50, (uint32_t)getpid());
	adopted_close(t, 51000, (uint32_t)getpid());
	cr_expect_eq(count(is_closed), 1);
	cr_expect_eq(count(NULL), 100, "others may have it still");
}

Test(adopted, who_gives_way)
{
	unsigned old = 0;

	/* many come and go; a few stay */
	for (unsigned n = 1; n <= 20; n++) {
		struct adopted a = socket_of(n);
		adopted_keep(t, n, &a);
	}
	for (unsigned n = 21; n <= 20000; n++) {
		struct adopted a = socket_of(n);
		cr_assert(!adopted_keep(t, n, &a), "of what is closed none is missed");
		adopted_close(t, n, a.pid);
	}
	struct adopted a;
	uint64_t cookie;
	for (uint32_t i = 0; adopted_next(t, sizeof(*t), &i, &a, &cookie);)
		old += cookie <= 20;
	cr_expect_eq(old, 20);
	/* of processes that are gone: they are spared before those that live */
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	for (unsigned n = 20001; n <= 40000; n++) {
		a = socket_of(n);
		a.pid = (uint32_t)pid;
		cr_assert(!adopted_keep(t, n, &a));
	}
	/* all live: it is told */
	bool told = false;
	for (unsigned n = 40001; n <= 42100; n++) {
		a = socket_of(n);
		told |= adopted_keep(t, n, &a);
	}
	cr_expect(told);
	cr_expect_leq(count(NULL), ADOPTED_MAX);
}

Test(adopted, whole_or_not_at_all)
{
	for (int i = 0; i < 3; i++) {
		if (fork())
			continue;
		for (unsigned n = 0; n < (unsigned)rounds(100000); n++) {
			struct adopted a = socket_of(1 + n % 4);
			a.fd = (int)(n % 97);
			adopted_keep(t, 1 + n % 4, &a);
		}
		_exit(0);
	}
	for (int i = 0; i < rounds(20000); i++)
		count(NULL);
	while (wait(NULL) > 0)
		;
	count(NULL);
}

Test(adopted, carries)
{
	struct addr member, six, other;
	struct adopted a = {.transport = TRANSPORT_UDP};

	addr_parse(&member, "192.0.2.1:5060", 14);
	addr_parse(&six, "[2001:db8::1]:5060", 18);
	addr_parse(&other, "192.0.2.2:5060", 14);
	a.addr = member;
	cr_expect(adopted_carries(&a, TRANSPORT_UDP, &member));
	cr_expect(!adopted_carries(&a, TRANSPORT_TCP, &member) && !adopted_carries(&a, TRANSPORT_UDP, &other));
	a.flags = ADOPTED_UNSEEN;
	cr_expect(!adopted_carries(&a, TRANSPORT_UDP, &member));
	a.flags = ADOPTED_CLOSED;
	cr_expect(adopted_carries(&a, TRANSPORT_UDP, &member), "another process may have it");
	addr_parse(&a.addr, "0.0.0.0:5060", 12);
	cr_expect(adopted_carries(&a, TRANSPORT_UDP, &member) && !adopted_carries(&a, TRANSPORT_UDP, &six));
	addr_parse(&a.addr, "[::]:5060", 9);
	cr_expect(!adopted_carries(&a, TRANSPORT_UDP, &member) && adopted_carries(&a, TRANSPORT_UDP, &six));
	a.flags = ADOPTED_DUAL;
	cr_expect(adopted_carries(&a, TRANSPORT_UDP, &member));
	a.transport = TRANSPORT_TCP;
	cr_expect(adopted_carries(&a, TRANSPORT_TLS, &member) && !adopted_carries(&a, TRANSPORT_UDP, &member));
	member.port = 5061;
	cr_expect(!adopted_carries(&a, TRANSPORT_TLS, &member));
	member.port = 5060;
	a.kind = ADOPTED_WIDE;
	cr_expect(!adopted_carries(&a, TRANSPORT_TLS, &member));
}

Test(adopted, inodes)
{
	static const char line[] = "  642: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000"
		"     0        0 4711 2 0000000000000000 0\n";
	static const char six[] = " 1: 00000000000000000000000001000000:13C4 00000000000000000000000000000000:0000 0A "
		"00000000:00000000 00:00000000 00000000     0        0 18446744073\n";
	uint64_t inode;

	cr_expect(adopted_inode(line, sizeof(line) - 1, &inode) && inode == 4711);
	cr_expect(adopted_inode(six, sizeof(six) - 1, &inode) && inode == 18446744073);
	static const char head[] = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
		"  timeout inode";
	cr_expect(!adopted_inode(head, sizeof(head) - 1, &inode));
	cr_expect(!adopted_inode("", 0, &inode));
	for (size_t n = 0; n < sizeof(line); n++) {
		char *part = malloc(n + 1);
		memcpy(part, line, n);
		adopted_inode(part, n, &inode);
		free(part);
	}
}

Test(adopted, without_memory)
{
	struct adopted a = socket_of(1);
	uint64_t cookie;
	uint32_t i = 0;

	cr_expect(!adopted_keep(NULL, 1, &a) && !adopted_keep(t, 0, &a));
	adopted_close(NULL, 1, 1);
	cr_expect(!adopted_next(t, 0, &i, &a, &cookie) && !adopted_next(t, sizeof(*t) - 1, &i, &a, &cookie));
}

Test(adopted, anybodys_bytes)
{
	struct adopted a;
	uint64_t cookie;

	for (int k = 0; k < rounds(200); k++) {
		for (size_t i = 0; i < sizeof(*t); i++)
			((unsigned char *)t)[i] = (unsigned char)rand();
		for (uint32_t i = 0; adopted_next(t, sizeof(*t), &i, &a, &cookie);)
			cr_assert(a.transport < TRANSPORT_COUNT && a.kind <= ADOPTED_OPENED);
	}
}
