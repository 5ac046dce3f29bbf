/* SPDX-License-Identifier: MIT */
/* Datagrams: the source set by control data, another descriptor, or a floating socket rebound. */
#include "send.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/likely.h"
#include "control.h"
#include "preload/process.h"
#include "preload/real/real.h"
#include "preload/sockets/note.h"
#include "preload/refusal.h"
#include "sources.h"

#define CONTROL_USUAL 256

/* The host's sockets may differ in what they set on packets: those of this sender go along. */
static size_t put_marks(char *to, int fd, int other, bool v6)
{
	const struct fd_marks *mine = &record_of(fd)->marks, *its = &record_of(other)->marks;
	size_t n = 0;

	if (mine->tos != its->tos)
		n += v6 ? control_put(to, IPPROTO_IPV6, IPV6_TCLASS, &mine->tos, sizeof(mine->tos))
			: control_put(to, IPPROTO_IP, IP_TOS, &mine->tos, sizeof(mine->tos));
	if (mine->mark != its->mark)
		n += control_put(to + n, SOL_SOCKET, SO_MARK, &mine->mark, sizeof(mine->mark));
	return n;
}

static size_t put_source(char *to, const struct addr *source, const struct member *m, bool v6)
{
	uint32_t index = m && m->device_index ? m->device_index : source->scope;

	return v6 ? control_put_source6(to, source, index) : control_put_source4(to, source, index);
}

/* As send_as(), with room for control data. */
static inline ssize_t send_with(const struct outgoing *o, int fd, const struct sender *s,
	const struct addr *source, const struct member *m, char *control)
{
	struct sockaddr_storage ss;
	struct msghdr msg = *o->msg;
	bool v6 = bits_of(fd) & FD_V6;

	/* Another descriptor may be of the other domain, and does not know the host's peer. */
	if (fd != o->fd && (!msg.msg_name || ((s->bits & FD_V6) != 0) != v6)) {
		msg.msg_name = &ss;
		msg.msg_namelen = addr_to_sockaddr(s->dst, v6 ? AF_INET6 : AF_INET, &ss);
	}
	size_t used = 0;
	int error = msg.msg_controllen ? control_copy(control, &used, &msg) : 0;
	if (error) {
		errno = error;
		return -1;
	}
	if (source)
		used += put_source(control + used, source, m, v6);
	if (fd != o->fd)
		used += put_marks(control + used, o->fd, fd, v6);
	msg.msg_control = used ? control : NULL;
	msg.msg_controllen = used;
	return real.sendmsg(fd, &msg, o->flags);
}

static __attribute__((noinline)) ssize_t send_with_much(const struct outgoing *o, int fd,
	const struct sender *s, const struct addr *source, const struct member *m)
{
	char control[CONTROL_MAX + CMSG_SPACE(64)] __attribute__((aligned(8)));

	return send_with(o, fd, s, source, m, control);
}

/* Sends on descriptor fd, from that source if it is not NULL; m, if there is one, may name a device. The
 * stack may be small. */
static ssize_t send_as(const struct outgoing *o, int fd, const struct sender *s,
	const struct addr *source, const struct member *m)
{
	char control[CONTROL_USUAL + CMSG_SPACE(64)] __attribute__((aligned(8)));

	if (unlikely(o->msg->msg_controllen > CONTROL_USUAL))
		return send_with_much(o, fd, s, source, m);
	return send_with(o, fd, s, source, m, control);
}

bool send_is_direct(const struct outgoing *o, const struct verdict *v, const struct sender *s)
{
	const struct listener *l = listeners_of_member(&this_host.listeners, v->rules, v->how.member);

	return o->call == SEND_SENDTO && o->msg->msg_name &&
		!((bits_of(v->how.fd) ^ s->bits) & FD_V6) && l && !l->any && !l->opened &&
		!v->rules->config.members[v->how.member].device_index &&
		memcmp(&record_of(o->fd)->marks, &record_of(v->how.fd)->marks,
			sizeof(struct fd_marks)) == 0;
}

static ssize_t send_on_other(const struct outgoing *o, const struct verdict *v,
	const struct sender *s, const struct member *m)
{
	const struct listener *l = listeners_of_member(&this_host.listeners, v->rules, v->how.member);

	if (likely(send_is_direct(o, v, s)))
		return real.sendto(v->how.fd, o->msg->msg_iov->iov_base, o->msg->msg_iov->iov_len, o->flags,
			o->msg->msg_name, o->msg->msg_namelen);
	return send_as(o, v->how.fd, s, (l && (l->any || l->opened)) || m->device_index ? &m->addr : NULL, m);
}

/* With control data of so many bytes. */
static inline __attribute__((always_inline)) ssize_t send_controlled(
	int fd, const struct iovec *iov, int flags, const void *to, char *control, size_t used)
{
	struct msghdr msg;

	/* each once: half of it would be written twice */
	msg.msg_name = (void *)(uintptr_t)to;
	msg.msg_namelen = sizeof(struct sockaddr_in);
	msg.msg_iov = (struct iovec *)(uintptr_t)iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control;
	msg.msg_flags = 0;
	msg.msg_controllen = used;
	return real.sendmsg(fd, &msg, flags);
}

ssize_t send_pktinfo(int fd, const struct iovec *iov, int flags, const void *to, uint32_t number)
{
	uint64_t source = atomic_load_explicit(&sources[number], memory_order_relaxed);
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8)));

	return send_controlled(fd, iov, flags, to, control,
		control_put_ip4(control, sources_ip(source), sources_device(source)));
}

ssize_t send_shown(int fd, const struct iovec *iov, int flags, const void *to)
{
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8)));

	if (record_of(fd)->by_lookup) /* for the kernel it has that address alone */
		return real.sendto(fd, iov->iov_base, iov->iov_len, flags, to, sizeof(struct sockaddr_in));
	return send_controlled(fd, iov, flags, to, control, control_put_source4(control, &record_of(fd)->named, 0));
}

/* The descriptor by which a datagram of fd leaves from that source: where the port is not fd's, that of libbond's own
 * socket there (preload/lookup/source.h). */
static int from(int fd, const struct addr *source)
{
	if (likely(!record_of(fd)->ports) || !source || !source->port || source->port == record_of(fd)->local.port)
		return fd;
	const struct listener *l = listeners_at(&this_host.listeners, TRANSPORT_UDP, source);
	int other = l && l->opened == OPENED_SOURCE ? atomic_load_explicit(&l->fd, memory_order_relaxed) : -1;
	return other >= 0 && sockets_listener(bits_of(other)) == listeners_number(&this_host.listeners, l) ? other : fd;
}

/* Of ACTION_PKTINFO. */
static ssize_t send_from(const struct outgoing *o, const struct sender *s, const struct addr *source,
	const struct member *m)
{
	return send_as(o, from(o->fd, source), s, source, m);
}

/* From where a listener of the host's own sends; NULL: it has but one address. */
static const struct addr *own_source(const struct verdict *v, const struct sender *s)
{
	if (v->why == WHY_RESPONSE && s->reply)
		return s->reply;
	return sockets_is_wide(bits_of(v->how.fd)) ? &record_of(v->how.fd)->named : NULL;
}

/* The member's descriptor is no datagram socket that sends any more: the host ended it by a way that
 * is not seen, or shut it down. That is not the sender's fault. */
static bool is_stale(int fd, int error)
{
	if (!refusal_is_of_descriptor(error))
		return false;
	if (error != EPIPE)
		note_forget(fd);
	return true;
}

ssize_t send_datagram(const struct outgoing *o, const struct verdict *v, const struct sender *s,
	bool *refused)
{
	const struct member *m = v->how.member == UINT32_MAX ? NULL : &v->rules->config.members[v->how.member];
	ssize_t result;

	*refused = false;
	switch (v->action) {
	case ACTION_OTHER_FD:
		result = m ? send_on_other(o, v, s, m)
			   : send_as(o, v->how.fd, s, own_source(v, s), NULL);
		break;
	case ACTION_PKTINFO:
		result = send_from(o, s, m ? &m->addr : s->reply, m);
		break;
	case ACTION_REBIND: /* rebind_move() was there */
		result = (bits_of(o->fd) & FD_WIDE) || m->device_index
			? send_as(o, o->fd, s, &m->addr, m)
			: outgoing_plain(o);
		break;
	case ACTION_FAIL:
		errno = ENETUNREACH;
		return -1;
	default:
		result = outgoing_plain(o);
		break;
	}
	/* the host answers itself, then */
	if (unlikely(result < 0) && v->why == WHY_RESPONSE && v->action == ACTION_OTHER_FD &&
		is_stale(v->how.fd, errno))
		return outgoing_plain(o);
	/* where no other address will do, one that is gone is what routing says of it, in IPv6 too (ipv6(7)) */
	if (unlikely(result < 0) && !m && v->action == ACTION_PKTINFO && errno == EINVAL &&
		refusal_is_of_address(s->reply))
		errno = ENETUNREACH;
	if (unlikely(result < 0) && m)
		*refused = refusal_is_of_source(errno, m, s->dst) ||
			(v->action == ACTION_OTHER_FD && is_stale(v->how.fd, errno));
	return result;
}
