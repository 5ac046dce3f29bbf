/* SPDX-License-Identifier: MIT */
/* For every victim: printing of what happened, addresses, sockets. A victim prints facts only, the
 * same on every run: port numbers that the kernel chose are printed as "*". What is printed leaves
 * by an inline system call, so that the printing itself is never under test. */
#ifndef VICTIM_H
#define VICTIM_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "older.h"

#define CHOSEN_PORTS 32768 /* the kernel's own start here */

/* A request whose next hop is an address that no file of these tests routes. */
static const char SIP[] = "OPTIONS sip:a@192.0.2.1 SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
			  "From: <sip:b@192.0.2.2>;tag=1\r\nTo: <sip:a@192.0.2.1>\r\nCall-ID: 1\r\n"
			  "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
#define SIP_LEN (sizeof(SIP) - 1)

static int say_fd = 1;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[4096];
	int saved = errno, n;
	va_list ap;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	line[n++] = '\n';
	raw(SYS_write, say_fd, (long)line, n, 0, 0, 0);
	errno = saved;
}

static void die(const char *what)
{
	say("VICTIM BROKEN: %s: %s", what, strerrorname_np(errno));
	_exit(3);
}

#define MUST(expr)                                                                                 \
	(__extension__({                                                                           \
		long must_ = (long)(expr);                                                         \
		if (must_ == -1)                                                                   \
			die(#expr);                                                                \
		must_;                                                                             \
	}))

static long say_result(const char *what, long ret)
{
	if (ret == -1)
		say("%s = -1 %s", what, errno ? strerrorname_np(errno) : "0");
	else
		say("%s = %ld", what, ret);
	return ret;
}

/* Prints the call as it is written here and what it returned. */
#define DID(...)                                                                                   \
	(__extension__({                                                                           \
		errno = 0;                                                                         \
		say_result(#__VA_ARGS__, (long)(__VA_ARGS__));                                     \
	}))

/* An address of either family, with its length. */
struct ep {
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage ss;
	};
	socklen_t len;
};

/* host is numeric, "%interface" allowed. */
static struct ep ep(const char *host, int port)
{
	struct ep e = {.len = sizeof(struct sockaddr_in)};
	char text[64];
	char *percent;

	snprintf(text, sizeof(text), "%s", host);
	percent = strchr(text, '%');
	if (percent)
		*percent = '\0';
	if (inet_pton(AF_INET, text, &e.v4.sin_addr) == 1) {
		e.v4.sin_family = AF_INET;
		e.v4.sin_port = htons(port);
	} else if (inet_pton(AF_INET6, text, &e.v6.sin6_addr) == 1) {
		e.v6.sin6_family = AF_INET6;
		e.v6.sin6_port = htons(port);
		e.v6.sin6_scope_id = percent ? if_nametoindex(percent + 1) : 0;
		e.len = sizeof(struct sockaddr_in6);
	} else {
		errno = EINVAL;
		die(host);
	}
	return e;
}

static int ep_port(const struct ep *e)
{
	return ntohs(e->sa.sa_family == AF_INET6 ? e->v6.sin6_port : e->v4.sin_port);
}

/* "10.0.0.1:5060"; one of eight rotating buffers. */
static const char *ep_text(const struct ep *e)
{
	static char texts[8][80];
	static int next;
	char *text = texts[next++ % 8];
	char host[64] = "?", port[12] = "*";

	if (ep_port(e) < CHOSEN_PORTS)
		snprintf(port, sizeof(port), "%d", ep_port(e));
	if (e->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &e->v4.sin_addr, host, sizeof(host));
		snprintf(text, 80, "%s:%s", host, port);
	} else if (e->sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &e->v6.sin6_addr, host, sizeof(host));
		snprintf(text, 80, "[%s]:%s", host, port);
	} else {
		snprintf(text, 80, "family %d", e->sa.sa_family);
	}
	return text;
}

/* The socket's name by the kernel's own word. */
static struct ep true_name(int fd)
{
	struct ep e = {.len = sizeof(e.ss)};

	raw(SYS_getsockname, fd, (long)&e.ss, (long)&e.len, 0, 0, 0);
	return e;
}

static int true_port(int fd)
{
	struct ep e = true_name(fd);

	return ep_port(&e);
}

/* The socket's name as the program is told it. */
static struct ep told_name(int fd)
{
	struct ep e = {.len = sizeof(e.ss)};

	MUST(getsockname(fd, &e.sa, &e.len));
	return e;
}

static int family_of(const char *host)
{
	return strchr(host, ':') ? AF_INET6 : AF_INET;
}

static int bound(int type, const char *host, int port)
{
	struct ep e = ep(host, port);
	int one = 1;
	int fd = MUST(socket(e.sa.sa_family, type, 0));

	if ((type & 0xf) == SOCK_STREAM)
		MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	MUST(bind(fd, &e.sa, e.len));
	return fd;
}

static int udp(const char *host, int port)
{
	return bound(SOCK_DGRAM, host, port);
}

static int tcp_listener(const char *host, int port)
{
	int fd = bound(SOCK_STREAM, host, port);

	MUST(listen(fd, 16));
	return fd;
}

static int tcp_to(const char *host, int port)
{
	struct ep e = ep(host, port);
	int fd = MUST(socket(e.sa.sa_family, SOCK_STREAM, 0));

	MUST(connect(fd, &e.sa, e.len));
	return fd;
}

/* Milliseconds that what will come is waited for: long, as the machine may be slow. Without the library
 * it may be that nothing comes, and nobody minds. */
static int patience(void)
{
	return getenv("VICTIM_BARE") ? 2000 : 20000;
}

/* Milliseconds in which what is not for the victim would have come. */
#define SILENCE 300

static void wait_readable_in(int ms, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	raw(SYS_poll, (long)&p, 1, ms, 0, 0, 0);
}

static void wait_readable(int fd)
{
	wait_readable_in(patience(), fd);
}

/* Waits that long for one message or piece and prints it: length, first word, sender. */
static void say_heard_in(int ms, const char *who, int fd)
{
	struct ep from = {.len = sizeof(from.ss)};
	char text[2048];
	ssize_t n;

	wait_readable_in(ms, fd);
	n = recvfrom(fd, text, sizeof(text) - 1, MSG_DONTWAIT, &from.sa, &from.len);
	if (n == -1) {
		say("%s hears -1 %s", who, strerrorname_np(errno));
		return;
	}
	text[n] = '\0';
	text[strcspn(text, " \r\n")] = '\0';
	say("%s hears %zd \"%s\" from %s", who, n, text, from.len ? ep_text(&from) : "-");
}

static void say_heard(const char *who, int fd)
{
	say_heard_in(patience(), who, fd);
}

/* Prints what really stands behind a number. */
static void say_what(int fd)
{
	struct stat st;
	int type = 0, flags = raw(SYS_fcntl, fd, F_GETFD, 0, 0, 0, 0);
	socklen_t len = sizeof(type);
	struct ep e;

	if (flags < 0) {
		say("fd %d: closed", fd);
		return;
	}
	fstat(fd, &st);
	if (!S_ISSOCK(st.st_mode)) {
		say("fd %d: mode %o%s", fd, st.st_mode & S_IFMT, flags ? " cloexec" : "");
		return;
	}
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	e = true_name(fd);
	say("fd %d: socket type %d %s%s", fd, type, ep_text(&e), flags ? " cloexec" : "");
}

static void say_open(int upto)
{
	for (int fd = 3; fd < upto; fd++)
		say_what(fd);
}

/* Waits for a child and prints how it ended. */
static void say_child(const char *who, pid_t pid)
{
	int status = 0;

	while (raw(SYS_wait4, pid, (long)&status, 0, 0, 0, 0) == -EINTR)
		;
	if (WIFEXITED(status))
		say("%s: exit %d", who, WEXITSTATUS(status));
	else
		say("%s: signal %d", who, WTERMSIG(status));
}

/* Sends fds over a UNIX socket; the number of bytes or -1. */
static ssize_t pass_fds(int over, const int *fds, int count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(16 * sizeof(int))];
	} control;
	struct iovec iov = {"x", 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(count * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	memset(&control, 0, sizeof(control));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	return sendmsg(over, &msg, 0);
}

/* Takes up to room descriptors; how many came, and msg_flags. */
static int take_fds(int over, int *fds, int room, int flags, int *msg_flags)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(16 * sizeof(int))];
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(room * sizeof(int))};
	struct cmsghdr *c;
	int count;

	memset(&control, 0, sizeof(control));
	if (recvmsg(over, &msg, flags) == -1)
		return -1;
	if (msg_flags)
		*msg_flags = msg.msg_flags;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return 0;
	count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), count * sizeof(int));
	return count;
}

/* Sleeps until thread tid of this process waits inside the kernel. */
static void wait_blocked(pid_t tid)
{
	char path[64], text[256];
	const struct timespec moment = {0, 2000000};

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	for (int i = 0; i < 1000; i++) {
		int fd = raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0, 0, 0);
		long n = raw(SYS_read, fd, (long)text, sizeof(text) - 1, 0, 0, 0);

		raw(SYS_close, fd, 0, 0, 0, 0, 0);
		if (n > 0 && strncmp(text, "running", 7) != 0 && i > 5)
			return;
		nanosleep(&moment, NULL);
	}
}

#endif
