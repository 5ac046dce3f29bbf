/* SPDX-License-Identifier: MIT */
/* The order is the kernel's: filter and options first, or what is not for the host would get in. What fails
 * leaves the socket as the host made it. */
#include "bind.h"

#include <errno.h>
#include <netinet/in.h>

#include "core/opened.h"
#include "device.h"
#include "filter.h"
#include "preload/connection/options.h"
#include "preload/connection/replace.h"
#include "preload/lookup/serve.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/sockets/ask.h"
#include "preload/sockets/note.h"
#include "preload/trace/notices.h"
#include "share.h"
#include "trouble.h"

/* A socket of that kind that may be bound where fd may. */
static int like(int fd, uint32_t bits)
{
	static const struct {
		int level, name;
	} options[] = {{IPPROTO_IP, IP_FREEBIND}, {IPPROTO_IP, IP_TRANSPARENT}, {IPPROTO_IPV6, IPV6_V6ONLY},
		{IPPROTO_IPV6, IPV6_TRANSPARENT}};
	int fresh = real.socket(
		bits & FD_V6 ? AF_INET6 : AF_INET, (bits & FD_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	for (size_t i = 0; fresh >= 0 && i < sizeof(options) / sizeof(options[0]); i++) {
		int value = 0;
		socklen_t n = sizeof(value);
		if (real.getsockopt(fd, options[i].level, options[i].name, &value, &n) == 0 && value)
			real.setsockopt(fresh, options[i].level, options[i].name, &value, n);
	}
	if (fresh >= 0)
		options_copy_device(fd, fresh);
	return fresh;
}

/* What the kernel has against the address itself, which a wildcard would hide: 0 or an errno. */
static int presence(int fd, const struct addr *a, uint32_t bits)
{
	struct addr at = *a;
	struct sockaddr_storage ss;
	int fresh = like(fd, bits), error = 0;

	if (fresh < 0)
		return errno;
	at.port = 0;
	socklen_t len = addr_to_sockaddr(&at, bits & FD_V6 ? AF_INET6 : AF_INET, &ss);
	if (real.bind(fresh, &ss, len) != 0)
		error = errno;
	real.close(fresh);
	return error;
}

static int bind_wide(int fd, const struct addr *a, uint32_t bits)
{
	struct addr any = addr_any(a->family, a->port);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&any, bits & FD_V6 ? AF_INET6 : AF_INET, &ss);
	return real.bind(fd, &ss, len) == 0 ? 0 : errno;
}

/* 0: it is bound to every address. Else the socket is as it was. */
static int widen(int fd, const struct addr *a, uint32_t bits)
{
	struct filter_of of = {.own = a, .listener = true, .datagram = bits & FD_UDP};
	bool six = (bits & FD_V6) && a->family == AF_INET6, own = six && ask_is_v6only(fd);
	int one = 1, off = 0, had = filter_length(fd);
	int error = filter_prefix(fd, &of);

	if (error)
		return error;
	if (six && !own)
		real.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	error = bind_wide(fd, a, bits);
	if (!error) {
		if (bits & FD_UDP)
			ask_for_arrivals(fd, bits, 1);
		return 0;
	}
	if (six && !own)
		real.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (had == 0)
		filter_detach(fd);
	else
		filter_host(fd);
	return error;
}

/* One to which the kernel leads what comes to members. */
static int bind_led(int fd, const void *sa, socklen_t len, const struct addr *a, uint32_t bits)
{
	int result = real.bind(fd, sa, len);

	if (result == 0)
		note_change(fd, 0, serve_begin(fd, bits, a) & ~bits);
	return result;
}

static int bind_opened(int fd, const void *sa, socklen_t len, const struct addr *a, uint32_t bits)
{
	int saved = errno, error = presence(fd, a, bits);

	if (error) {
		errno = error;
		return -1;
	}
	if (device_is_deaf(fd, a, bits & FD_UDP))
		error = ENODEV;
	else
		error = (bits & FD_UDP) && trouble_is_shared(fd, a) ? EADDRINUSE : widen(fd, a, bits);
	if (error) {
		int result = real.bind(fd, sa, len); /* as it fails bare, it fails */
		int own = errno;
		if (result == 0)
			trouble_bind(fd, a, bits & FD_UDP, error);
		errno = own;
		return result;
	}
	trouble_tell(a, bits & FD_UDP, OPENING_FILTER, 0);
	trouble_mixed(a, bits & FD_UDP);
	note_change(fd, 0, bits & FD_UDP ? FD_WIDE | FD_ARRIVALS : FD_OPENED);
	hot_has_clients();
	errno = saved;
	return 0;
}

/* Where the host binds every address itself, members are adopted there as those that are not to be opened. */
static int bind_any(int fd, const void *sa, socklen_t len, const struct addr *a, uint32_t bits)
{
	const struct rules *r = rules_now();
	int result = real.bind(fd, sa, len);
	bool dual = a->family == AF_INET6 && !ask_is_v6only(fd);

	for (size_t i = 0; result == 0 && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (m->open && m->addr.port == a->port && (m->addr.family == a->family || dual) &&
			(m->transport == TRANSPORT_UDP) == !!(bits & FD_UDP)) {
			notices_heard(m, a);
			break;
		}
	}
	return result;
}

/* One that was bound before the program began is the first of its port, and hears no member. */
static bool is_after_inherited(const struct addr *a, bool datagram)
{
	const struct listeners *ls = &this_host.listeners;

	for (unsigned i = 0; i < listeners_count(ls); i++) {
		const struct listener *l = &ls->slots[i];
		if (listeners_is_known(ls, i) && !l->seen && !l->opened && (l->transport == TRANSPORT_UDP) == datagram &&
			l->addr.port == a->port && (l->addr.family == a->family || l->dual))
			return true;
	}
	return false;
}

/* The first of its port is widened, and those that have the same name: its arrivals are the members'. */
int opened_bind_slow(int fd, const void *sa, socklen_t len, uint32_t bits)
{
	struct sockaddr_storage ss;
	struct addr a;
	pid_t self;
	int with;

	if (!(bits & (FD_UDP | FD_TCP)) || fd >= this_host.sockets.max || record_of(fd)->local.port ||
		!(self = owner_may_change()) || len > sizeof(ss) || !readable_copy(&ss, sa, len, self))
		return real.bind(fd, sa, len);
	sa = &ss;
	if (addr_from_sockaddr(&a, sa, len) != 0 || !a.port)
		return real.bind(fd, sa, len);
	if (serve_wants(rules_now(), &a, bits))
		return bind_led(fd, sa, len, &a, bits);
	with = share_with(bits, &a);
	if (with >= 0 && with != fd && !addr_same_host(&record_of(with)->local, &a))
		return addr_is_any(&a) ? real.bind(fd, sa, len) : share_bind(fd, sa, len, bits, &a);
	if (addr_is_any(&a))
		return bind_any(fd, sa, len, &a, bits);
	if (!opened_first(rules_now(), &a, bits & FD_UDP) || is_after_inherited(&a, bits & FD_UDP))
		return real.bind(fd, sa, len);
	return bind_opened(fd, sa, len, &a, bits);
}

void opened_narrow_slow(int fd, uint32_t bits)
{
	int saved = errno;

	if (owner_may_change() && replace_stream_at(fd, bits, &record_of(fd)->named) == 0)
		note_change(fd, FD_OPENED, 0);
	errno = saved;
}
