/* SPDX-License-Identifier: MIT */
/* Datagrams: the source set by control data, another descriptor, or a floating socket rebound. */
#include "send.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "preload/process.h"
#include "preload/real/real.h"
#include "preload/hot.h"
#include "fast.h"
#include "preload/sockets/note.h"

#define CONTROL_MAX 4096 /* of the host's own control data that is sent on */
#define CONTROL_USUAL 256

ssize_t act_plain(const struct outgoing *o)
{
	switch (o->call) {
	case SEND_SEND:
		return real.send(o->fd, o->buf, o->n, o->flags);
	case SEND_SENDTO:
		return real.sendto(o->fd, o->buf, o->n, o->flags, o->to, o->tolen);
	case SEND_SENDMSG:
		return real.sendmsg(o->fd, o->msg, o->flags);
	case SEND_WRITE:
		return real.write(o->fd, o->buf, o->n);
	case SEND_WRITEV:
		break;
	}
	return real.writev(o->fd, o->iov, o->iov_count);
}

bool act_source_works(const struct member *m, const struct addr *dst)
{
	int saved = errno;
	struct sockaddr_storage ss;
	struct addr source = m->addr;
	int domain = source.family;
	int fd = real.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool works = false;

	source.port = 0;
	if (fd >= 0) {
		if (m->device[0])
			real.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, m->device,
				(socklen_t)strlen(m->device));
		works = real.bind(fd, &ss, addr_to_sockaddr(&source, domain, &ss)) == 0 &&
			real.connect(fd, &ss, addr_to_sockaddr(dst, domain, &ss)) == 0;
		real.close(fd);
	}
	errno = saved;
	return works;
}

static bool is_of_source(int error)
{
	return error == EADDRNOTAVAIL || error == EINVAL || error == ENETUNREACH ||
		error == EHOSTUNREACH;
}

static bool is_of_descriptor(int error)
{
	return error == EBADF || error == ENOTSOCK || error == EPIPE || error == EOPNOTSUPP;
}

bool act_may_be_refused(int error)
{
	return is_of_source(error) || is_of_descriptor(error);
}

/* The kernel's ways to refuse a source address, as opposed to an error of the message or the path. */
static bool is_refusal(int error, const struct member *m, const struct addr *dst)
{
	return is_of_source(error) && !act_source_works(m, dst);
}

static size_t put_control(char *to, int level, int type, const void *data, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)to;

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), data, n);
	return CMSG_SPACE(n);
}

/* Copies the host's control data without a source of its own. 0 or an errno. */
static int copy_control(char *to, size_t *used, const struct msghdr *host)
{
	size_t at = 0, total = host->msg_controllen;
	struct cmsghdr c;

	if (total > CONTROL_MAX)
		return ENOBUFS;
	if ((uintptr_t)host->msg_control - HOT_ADDRESS_LOW >= hot.address_span)
		return total < sizeof(c) ? 0 : EFAULT;
	while (at + sizeof(c) <= total) {
		const char *from = (const char *)host->msg_control + at;
		memcpy(&c, from, sizeof(c));
		if (c.cmsg_len < sizeof(c) || c.cmsg_len > total - at)
			return EINVAL; /* as the kernel says to it */
		if (!(c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_PKTINFO) &&
			!(c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_PKTINFO)) {
			memcpy(to + *used, from, c.cmsg_len);
			*used += CMSG_ALIGN(c.cmsg_len);
		}
		at += CMSG_ALIGN(c.cmsg_len);
	}
	return 0;
}

/* The host's sockets may differ in what they set on packets: those of this sender go along. */
static size_t put_marks(char *to, int fd, int other, bool v6)
{
	const struct fd_marks *mine = &record_of(fd)->marks, *its = &record_of(other)->marks;
	size_t n = 0;

	if (mine->tos != its->tos)
		n += v6 ? put_control(to, IPPROTO_IPV6, IPV6_TCLASS, &mine->tos, sizeof(mine->tos))
			: put_control(to, IPPROTO_IP, IP_TOS, &mine->tos, sizeof(mine->tos));
	if (mine->mark != its->mark)
		n += put_control(to + n, SOL_SOCKET, SO_MARK, &mine->mark, sizeof(mine->mark));
	return n;
}

/* The host's control data with that address as source. 0 or an errno. */
static int build_control(char *to, size_t *used, const struct msghdr *host, bool v6,
	const struct addr *source, uint32_t device)
{
	uint32_t index = device ? device : source->scope;

	*used = 0;
	if (host && host->msg_controllen) {
		int error = copy_control(to, used, host);
		if (error)
			return error;
	}
	if (v6) {
		struct in6_pktinfo info = {.ipi6_ifindex = index};
		memcpy(&info.ipi6_addr, source->ip, sizeof(info.ipi6_addr));
		*used += put_control(to + *used, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	} else {
		struct in_pktinfo info = {.ipi_ifindex = (int)index};
		memcpy(&info.ipi_spec_dst, source->ip + 12, sizeof(info.ipi_spec_dst));
		*used += put_control(to + *used, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
	return 0;
}

/* As send_as(), with room for control data. */
static inline ssize_t send_with(const struct outgoing *o, int fd, const struct sender *s,
	const struct addr *source, const struct member *m, char *control)
{
	struct sockaddr_storage ss;
	struct iovec iov;
	struct msghdr msg;
	bool v6 = bits_of(fd) & FD_V6;

	if (o->call == SEND_SENDMSG) {
		msg = *o->msg;
	} else {
		memset(&msg, 0, sizeof(msg));
		if (o->call == SEND_WRITEV) {
			msg.msg_iov = (struct iovec *)(uintptr_t)o->iov;
			msg.msg_iovlen = (size_t)o->iov_count;
		} else {
			iov.iov_base = (void *)(uintptr_t)o->buf;
			iov.iov_len = o->n;
			msg.msg_iov = &iov;
			msg.msg_iovlen = 1;
			if (o->call == SEND_SENDTO && o->to) {
				msg.msg_name = (void *)(uintptr_t)o->to;
				msg.msg_namelen = o->tolen;
			}
		}
	}
	/* Another descriptor may be of the other domain, and does not know the host's peer. */
	if (fd != o->fd && (!msg.msg_name || ((s->bits & FD_V6) != 0) != v6)) {
		msg.msg_name = &ss;
		msg.msg_namelen = addr_to_sockaddr(s->dst, v6 ? AF_INET6 : AF_INET, &ss);
	}
	size_t used = 0;
	if (source) {
		int error = build_control(
			control, &used, o->call == SEND_SENDMSG ? o->msg : NULL, v6, source,
			m ? m->device_index : 0);
		if (error) {
			errno = error;
			return -1;
		}
	} else if (o->call == SEND_SENDMSG && o->msg->msg_controllen) {
		int error = copy_control(control, &used, o->msg);
		if (error) {
			errno = error;
			return -1;
		}
	}
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

	if (unlikely(o->call == SEND_SENDMSG && o->msg->msg_controllen > CONTROL_USUAL))
		return send_with_much(o, fd, s, source, m);
	return send_with(o, fd, s, source, m, control);
}

/* Whether the other descriptor's own source, marks and address form are what the datagram needs. */
static bool is_direct(const struct outgoing *o, const struct verdict *v, const struct sender *s,
	const struct member *m)
{
	const struct listener *l = listeners_of_member(&this_host.listeners, v->how.member);

	return o->call == SEND_SENDTO && o->to && !((bits_of(v->how.fd) ^ s->bits) & FD_V6) && l &&
		!l->any && !m->device_index &&
		memcmp(&record_of(o->fd)->marks, &record_of(v->how.fd)->marks,
			sizeof(struct fd_marks)) == 0;
}

static ssize_t send_on_other(const struct outgoing *o, const struct verdict *v,
	const struct sender *s, const struct member *m)
{
	const struct listener *l = listeners_of_member(&this_host.listeners, v->how.member);

	if (likely(is_direct(o, v, s, m)))
		return real.sendto(v->how.fd, o->buf, o->n, o->flags, o->to, o->tolen);
	return send_as(o, v->how.fd, s, (l && l->any) || m->device_index ? &m->addr : NULL, m);
}

ssize_t act_pktinfo(
	int fd, const struct iovec *iov, int flags, const void *to, uint32_t member)
{
	const struct member *m = &config_now()->members[member];
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8)));
	struct in_pktinfo info = {.ipi_ifindex = (int)m->device_index};
	struct msghdr msg = {.msg_name = (void *)(uintptr_t)to,
		.msg_namelen = sizeof(struct sockaddr_in),
		.msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = 1,
		.msg_control = control};

	memcpy(&info.ipi_spec_dst, m->addr.ip + 12, sizeof(info.ipi_spec_dst));
	msg.msg_controllen = put_control(control, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	return real.sendmsg(fd, &msg, flags);
}

/* The member's descriptor is no datagram socket that sends any more: the host ended it by a way that
 * is not seen, or shut it down. That is not the sender's fault. */
static bool is_stale(int fd, int error)
{
	if (!is_of_descriptor(error))
		return false;
	if (error != EPIPE)
		note_forget(fd);
	return true;
}

/* Whether no other member could be tried, and none must be passed over. */
static bool is_sole(const struct member *m)
{
	const struct bond *b = &config_now()->bonds[m->bond];

	return b->fit[TRANSPORT_UDP][family_index(AF_INET)].count == 1 &&
		b->no_member == NO_MEMBER_FAIL;
}

bool act_way(
	const struct outgoing *o, const struct verdict *v, const struct sender *s, int *out)
{
	const struct member *m =
		v->how.member == UINT32_MAX ? NULL : &config_now()->members[v->how.member];

	*out = m && !is_sole(m) ? FAST_CAREFUL : 0;
	if (v->why == WHY_STEERED && v->action == ACTION_PKTINFO)
		*out += FAST_MEMBER + (int)v->how.member;
	else if (v->why == WHY_STEERED && v->action == ACTION_OTHER_FD && is_direct(o, v, s, m))
		*out += v->how.fd;
	else if (v->why == WHY_ALREADY)
		*out += o->fd;
	else
		return false;
	return true;
}

ssize_t act_datagram(const struct outgoing *o, const struct verdict *v, const struct sender *s,
	bool *refused)
{
	const struct member *m = v->how.member == UINT32_MAX ? NULL : &config_now()->members[v->how.member];
	ssize_t result;

	*refused = false;
	switch (v->action) {
	case ACTION_OTHER_FD:
		result = m ? send_on_other(o, v, s, m)
			   : send_as(o, v->how.fd, s, v->why == WHY_RESPONSE ? s->reply : NULL, NULL);
		break;
	case ACTION_PKTINFO:
		result = send_as(o, o->fd, s, m ? &m->addr : s->reply, m);
		break;
	case ACTION_REBIND: /* client_move() was there */
		result = (bits_of(o->fd) & FD_WIDE) || m->device_index
			? send_as(o, o->fd, s, &m->addr, m)
			: act_plain(o);
		break;
	case ACTION_FAIL:
		errno = ENETUNREACH;
		return -1;
	default:
		result = act_plain(o);
		break;
	}
	/* the host answers itself, then */
	if (unlikely(result < 0) && v->why == WHY_RESPONSE && v->action == ACTION_OTHER_FD &&
		is_stale(v->how.fd, errno))
		return act_plain(o);
	if (unlikely(result < 0) && m)
		*refused = is_refusal(errno, m, s->dst) ||
			(v->action == ACTION_OTHER_FD && is_stale(v->how.fd, errno));
	return result;
}
