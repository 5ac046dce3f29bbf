/* SPDX-License-Identifier: MIT */
/* The kernel counts an address among those of a wildcard. Datagram sockets that both have SO_REUSEADDR may share
 * all the same, which is looked at in bind() alone; listeners have to have SO_REUSEPORT in bind() and in
 * listen(). That, the kernel's entry of the port remembers by the socket that was bound last
 * (inet_csk_update_fastreuse()), and would let in any program of the same user: so that is a decoy, at an
 * address that is nobody's. */
#include "share.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>

#include "preload/real/real.h"
#include "preload/sockets/note.h"

#define SHARE_MAX 64 /* sockets of one port that are changed for a call; more are left as they are */

/* 127.255.255.254 and [100::1] (RFC 6666). */
static const struct addr decoy4 = {
	.family = AF_INET, .ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [13] = 255, [14] = 255, [15] = 254}};
static const struct addr decoy6 = {.family = AF_INET6, .ip = {[0] = 1, [15] = 1}};

/* The next descriptor from `fd` on that is bound to that port in its own right, or -1. */
static int next_of_port(int fd, uint32_t bits, const struct addr *a)
{
	for (int end = sockets_end(&this_host.sockets); fd < end; fd++) {
		uint32_t is = bits_of(fd);
		const struct addr *local = &record_of(fd)->local;
		if ((is & bits & (FD_UDP | FD_TCP)) && local->port == a->port && local->family == a->family &&
			!((is & FD_TCP) && (is & (FD_ACCEPTED | FD_CONNECTED))))
			return fd;
	}
	return -1;
}

int share_with(uint32_t bits, const struct addr *a)
{
	int fd = -1;

	while ((fd = next_of_port(fd + 1, bits, a)) >= 0 && !sockets_is_opened(bits_of(fd)))
		;
	return fd;
}

static int option_of(int fd, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return real.getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : 0;
}

static void set(int fd, int name, int value)
{
	real.setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

static void bind_decoy(const struct addr *like)
{
	bool six = like->family == AF_INET6;
	struct addr at = six ? decoy6 : decoy4;
	struct sockaddr_storage ss;
	int fd = real.socket(at.family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return;
	at.port = like->port;
	set(fd, SO_REUSEPORT, 1);
	real.setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	if (six)
		real.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	real.bind(fd, &ss, addr_to_sockaddr(&at, at.family, &ss));
	real.close(fd);
}

/* What a call is made under. */
struct window {
	int lock; /* the descriptor by which one thread at a time is at it */
	int name; /* of the option */
	int changed[SHARE_MAX];
	size_t count;
	int cancel;
};

static void change(struct window *w, int fd)
{
	if (w->count < SHARE_MAX && !option_of(fd, w->name)) {
		set(fd, w->name, 1);
		w->changed[w->count++] = fd;
	}
}

static bool open_window(struct window *w, int fd, uint32_t bits, const struct addr *a, int with)
{
	w->lock = with;
	w->count = 0;
	w->name = bits & FD_UDP ? SO_REUSEADDR : SO_REUSEPORT;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &w->cancel);
	if (!note_begin_move(with)) {
		pthread_setcancelstate(w->cancel, NULL);
		return false;
	}
	change(w, fd);
	for (int i = -1; (i = next_of_port(i + 1, bits, a)) >= 0;)
		change(w, i);
	return true;
}

static void close_window(struct window *w, const struct addr *a)
{
	if (w->name == SO_REUSEPORT && w->count)
		bind_decoy(a);
	while (w->count)
		set(w->changed[--w->count], w->name, 0);
	note_change(w->lock, FD_MOVING, 0);
	pthread_setcancelstate(w->cancel, NULL);
}

int share_bind(int fd, const void *sa, socklen_t len, uint32_t bits, const struct addr *a)
{
	struct window w;
	int with = share_with(bits, a);

	if (with < 0 || !open_window(&w, fd, bits, a, with))
		return real.bind(fd, sa, len);
	int result = real.bind(fd, sa, len), error = errno;
	close_window(&w, a);
	errno = error;
	return result;
}

int share_listen(int fd, int backlog, uint32_t bits)
{
	struct addr a = {0};
	struct window w;

	if ((bits & FD_TCP) && fd < this_host.sockets.max && owner_may_change())
		a = record_of(fd)->local;
	int with = a.port ? share_with(bits, &a) : -1, other = -1;
	while (with >= 0 && (other = next_of_port(other + 1, bits, &a)) == fd)
		;
	if (with < 0 || other < 0 || !open_window(&w, fd, bits, &a, with))
		return real.listen(fd, backlog);
	int result = real.listen(fd, backlog), error = errno;
	close_window(&w, &a);
	errno = error;
	return result;
}
