/* SPDX-License-Identifier: MIT */
/* Of control data the parts that strace takes apart. */
#include "messages.h"

#include <netinet/in.h>

#include "addresses.h"
#include "arguments.h"
#include "base/cmsg.h"
#include "constants.h"
#include "preload/process.h"

static void put_address_of(struct line *l, const char *key, const void *ip)
{
	struct addr a = {.family = AF_INET};

	memcpy(a.ip + 12, ip, 4);
	line_text(l, key);
	line_text(l, "inet_addr(\"");
	line_host(l, &a, false);
	line_text(l, "\")");
}

static void put_fds(struct line *l, const char *p, size_t n)
{
	line_text(l, ", cmsg_data=[");
	for (size_t i = 0; i < n / sizeof(int) && arguments_element(l, i); i++) {
		int fd;
		memcpy(&fd, p + i * sizeof(int), sizeof(int));
		bool known = (unsigned)fd < FD_MAX;
		addresses_fd(l, fd, bits_of(fd), known ? &record_of(fd)->local : NULL,
			known ? &record_of(fd)->peer : NULL);
	}
	line_char(l, ']');
}

static void put_control_data(struct line *l, const struct cmsghdr *c, const char *p, size_t n)
{
	if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_PKTINFO && n >= sizeof(struct in_pktinfo)) {
		struct in_pktinfo info;
		memcpy(&info, p, sizeof(info));
		line_text(l, ", cmsg_data={ipi_ifindex=");
		line_unsigned(l, (unsigned)info.ipi_ifindex);
		put_address_of(l, ", ipi_spec_dst=", &info.ipi_spec_dst);
		put_address_of(l, ", ipi_addr=", &info.ipi_addr);
		line_char(l, '}');
	} else if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL && n >= sizeof(int)) {
		int ttl;
		memcpy(&ttl, p, sizeof(ttl));
		line_text(l, ", cmsg_data=[");
		line_signed(l, ttl);
		line_char(l, ']');
	} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && n >= sizeof(int)) {
		put_fds(l, p, n);
	} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
		n >= sizeof(struct ucred)) {
		struct ucred id;
		memcpy(&id, p, sizeof(id));
		line_text(l, ", cmsg_data={pid=");
		line_signed(l, id.pid);
		line_text(l, ", uid=");
		line_unsigned(l, id.uid);
		line_text(l, ", gid=");
		line_unsigned(l, id.gid);
		line_char(l, '}');
	}
}

/* strace 6.1 has no names for the IPv6 ones: a comment says them. */
static void put_control_type(struct line *l, int level, int type)
{
	const char *name = NULL, *comment = NULL;

	if (level == SOL_SOCKET)
		name = type == SCM_RIGHTS ? "SCM_RIGHTS"
			: type == SCM_CREDENTIALS ? "SCM_CREDENTIALS" : NULL;
	else if (level == SOL_IP)
		name = type == IP_PKTINFO ? "IP_PKTINFO" : type == IP_TTL ? "IP_TTL"
			: type == IP_TOS ? "IP_TOS" : NULL;
	else if (level == SOL_IPV6)
		comment = type == IPV6_PKTINFO ? "IPV6_PKTINFO"
			: type == IPV6_TCLASS ? "IPV6_TCLASS" : NULL;
	line_text(l, ", cmsg_type=");
	if (name) {
		line_text(l, name);
		return;
	}
	line_hex(l, (unsigned)type);
	if (comment) {
		line_text(l, " /* ");
		line_text(l, comment);
		line_text(l, " */");
	}
}

/* left: bytes of control data from the header on. */
static void put_header(struct line *l, const struct cmsghdr *c, const char *data, size_t left)
{
	size_t len = c->cmsg_len < left ? c->cmsg_len : left;

	line_text(l, "{cmsg_len=");
	line_unsigned(l, c->cmsg_len);
	line_text(l, ", cmsg_level=");
	constants_level(l, (unsigned)c->cmsg_level);
	put_control_type(l, c->cmsg_level, c->cmsg_type);
	if (len > CMSG_LEN(0) && arguments_can_read(l, data, len - CMSG_LEN(0)))
		put_control_data(l, c, data, len - CMSG_LEN(0));
	line_char(l, '}');
	if (c->cmsg_len < CMSG_LEN(0) && left > CMSG_LEN(0)) /* no way to find the next one */
		line_text(l, ", ...");
}

static void put_control(struct line *l, const char *p, size_t n)
{
	struct cmsg c = {.next = 0};
	bool goes_on = true;

	line_char(l, '[');
	for (size_t i = 0; goes_on && cmsg_follows(&c, n) && arguments_element(l, i); i++) {
		size_t at = c.next;
		if (!arguments_can_read(l, p + at, sizeof(c.head)))
			break;
		goes_on = cmsg_next(&c, p, n);
		put_header(l, &c.head, p + at + CMSG_LEN(0), n - at);
	}
	line_char(l, ']');
}

static void put_msghdr(struct line *l, const struct msghdr *m)
{
	line_text(l, "{msg_name=");
	addresses_sockaddr(l, m->msg_name, m->msg_namelen);
	line_text(l, ", msg_namelen=");
	line_signed(l, (int)m->msg_namelen);
	line_text(l, ", msg_iov=");
	arguments_iovec(l, m->msg_iov, m->msg_iovlen);
	line_text(l, ", msg_iovlen=");
	line_unsigned(l, m->msg_iovlen);
	if (m->msg_controllen) {
		line_text(l, ", msg_control=");
		if (m->msg_controllen >= sizeof(struct cmsghdr) &&
			arguments_can_read(l, m->msg_control, sizeof(struct cmsghdr)))
			put_control(l, m->msg_control, m->msg_controllen);
		else
			line_pointer(l, m->msg_control);
	}
	line_text(l, ", msg_controllen=");
	line_unsigned(l, m->msg_controllen);
	line_text(l, ", msg_flags=");
	constants_message_flags(l, m->msg_flags);
	line_char(l, '}');
}

void messages_msghdr(struct line *l, const struct msghdr *msg)
{
	if (!arguments_can_read(l, msg, sizeof(*msg)))
		line_pointer(l, msg);
	else
		put_msghdr(l, msg);
}

void messages_mmsghdr(struct line *l, const struct mmsghdr *msgs, unsigned count, long sent)
{
	if (!msgs || (count && !arguments_can_read(l, msgs, sizeof(*msgs)))) {
		line_pointer(l, msgs);
		return;
	}
	line_char(l, '[');
	for (unsigned i = 0; i < count && arguments_element(l, i); i++) {
		if (!arguments_can_read(l, &msgs[i], sizeof(*msgs))) {
			line_text(l, "... /* ");
			line_pointer(l, &msgs[i]);
			line_text(l, " */");
			break;
		}
		if (l->filled != SIZE_MAX)
			l->filled = msgs[i].msg_len;
		line_text(l, "{msg_hdr=");
		put_msghdr(l, &msgs[i].msg_hdr);
		if ((long)i < sent) {
			line_text(l, ", msg_len=");
			line_unsigned(l, msgs[i].msg_len);
		}
		line_char(l, '}');
	}
	line_char(l, ']');
}
