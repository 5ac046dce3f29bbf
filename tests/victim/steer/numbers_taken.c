/* SPDX-License-Identifier: MIT */
/* Sockets of SIP whose numbers a file, a pipe or an eventfd has taken, both unseen by libc (as by
 * io_uring): what reads and writes them reads and writes that, and it is found out once only. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
[route:far]
to = 198.51.100.0/24, 10.0.3.1:5090
bond = ext
[route:side]
from = ext
bond = none
[host]
secret = a long secret of this test
*/
/*expect
a listener: all 8 calls as on a file, then ENOTSOCK twice
a wildcard listener: all 8 calls as on a file, then ENOTSOCK twice
a connected listener: all 8 calls as on a file, then ENOTSOCK twice
a client's socket: all 8 calls as on a file, then ENOTSOCK twice
a connection: all 8 calls as on a file, then ENOTSOCK twice
a connection in a message: all 8 calls as on a file, then ENOTSOCK twice
a pipe: all 2 calls
an eventfd: all 2 calls
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include <sys/eventfd.h>

#include "stream.h"

extern ssize_t __read_chk(int fd, void *buf, size_t n, size_t room);
static const char text[] = REQUEST("1", "0");
#define TEXT (sizeof(text) - 1)

/* The number closes and is a file with that text. */
static void take(int fd)
{
	int file = raw(SYS_memfd_create, (long)"x", 0, 0, 0, 0, 0);

	raw(SYS_write, file, (long)text, TEXT, 0, 0, 0);
	raw(SYS_lseek, file, 0, SEEK_SET, 0, 0, 0);
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	if (raw(SYS_dup2, file, fd, 0, 0, 0, 0) != fd)
		die("the number is not free");
	raw(SYS_close, file, 0, 0, 0, 0, 0);
}

static bool reads(const char *call, int fd)
{
	char buf[2000];
	struct iovec iov[2] = {{buf, 100}, {buf + 100, sizeof(buf) - 100}};
	ssize_t n = 0;

	raw(SYS_lseek, fd, 0, SEEK_SET, 0, 0, 0);
	if (strcmp(call, "read") == 0)
		n = read(fd, buf, sizeof(buf));
	else if (strcmp(call, "__read_chk") == 0)
		n = __read_chk(fd, buf, sizeof(buf), sizeof(buf));
	else
		n = readv(fd, iov, 2);
	return n == TEXT && memcmp(buf, text, TEXT) == 0;
}

static bool writes(const char *call, int fd)
{
	char buf[2000];

	raw(SYS_ftruncate, fd, 0, 0, 0, 0, 0);
	raw(SYS_lseek, fd, 0, SEEK_SET, 0, 0, 0);
	if (send_by(call, fd, NULL, text, TEXT) != TEXT)
		return false;
	return raw(SYS_pread64, fd, (long)buf, sizeof(buf), 0, 0, 0) == TEXT &&
		memcmp(buf, text, TEXT) == 0;
}

/* make: a new socket of the same kind for each call, because one call finds it out. */
static void check(const char *what, int (*make)(void))
{
	static const char *const calls[] = {"read", "__read_chk", "readv", "write", "writev",
		"writev-bytes", "write", "read"};
	int right = 0, fd = -1;
	char c[100];

	for (int i = 0; i < 8; i++) {
		if (i < 6) /* the last two: once more */
			fd = make();
		take(fd);
		errno = 4321;
		right += (calls[i][0] == 'w' ? writes(calls[i], fd) : reads(calls[i], fd)) &&
			errno == 4321;
		if (i != 5 && i != 6)
			close(fd);
	}
	fd = make();
	take(fd);
	bool none = recv(fd, c, sizeof(c), MSG_DONTWAIT) < 0 && errno == ENOTSOCK;
	none = none && send(fd, text, TEXT, 0) < 0 && errno == ENOTSOCK;
	say("%s: all %d calls as on a file, then ENOTSOCK %s", what, right, none ? "twice" : "not");
	close(fd);
}

static int made_listener(void)
{
	return udp(H4, 5070);
}

static int made_wildcard(void)
{
	return udp("0.0.0.0", 5060);
}

static int made_connected(void)
{
	struct ep to = ep(ROUTED4, 5060);
	int fd = udp(H4, 5070);

	MUST(connect(fd, &to.sa, to.len));
	return fd;
}

static int made_client(void)
{
	struct ep to = ep(ROUTED4, 5060);
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(connect(fd, &to.sa, to.len));
	return fd;
}

static int made_connection(void)
{
	int peer, fd = host_connect(&peer);

	send(fd, text, TEXT, 0);
	peer_close(peer);
	return fd;
}

static int made_connection_within(void)
{
	int peer, fd = host_connect(&peer);

	send(fd, text, 70, 0);
	peer_close(peer);
	return fd;
}

int main(void)
{
	struct ep to = ep(ROUTED4, 5060);
	int pair[2], fd, m;
	uint64_t seven = 7;
	char c[8];

	peer_open();
	check("a listener", made_listener);
	check("a wildcard listener", made_wildcard);
	check("a connected listener", made_connected);
	check("a client's socket", made_client);
	check("a connection", made_connection);
	check("a connection in a message", made_connection_within);
	raw(SYS_pipe, (long)pair, 0, 0, 0, 0, 0);
	fd = udp(H4, 5060);
	raw(SYS_dup2, pair[0], fd, 0, 0, 0, 0);
	raw(SYS_write, pair[1], (long)"seven", 5, 0, 0, 0);
	say("a pipe: all %d calls", (read(fd, c, 8) == 5) + (write(fd, c, 1) < 0 && errno == EBADF));
	close(fd);
	fd = udp(H4, 5060);
	m = raw(SYS_eventfd2, 0, 0, 0, 0, 0, 0);
	raw(SYS_dup2, m, fd, 0, 0, 0, 0);
	say("an eventfd: all %d calls", (write(fd, &seven, 8) == 8) + (read(fd, c, 8) == 8));
	close(fd);
	/* the number is a socket's again */
	fd = udp(H4, 5060);
	m = udp(M4, 5060);
	MUST(sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len));
	ask("sendto", fd, &to, EARS({"M", m}));
	return 0;
}
