/* SPDX-License-Identifier: MIT */
/* A host that asks where datagrams came to is told of its own address alone, as it knows no other; what it
 * answers from there leaves from the member all the same. */
/*victim
case: v4 v6 mapped
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open
*/
/*expect v4
-- not asked for
on the wire from 10.0.1.1:5060
-- asked for
recvmsg: level 0 type 8, 10.0.2.1:0
on the wire from 10.0.1.1:5060
recvmsg: level 0 type 8, 10.0.2.1:0
on the wire from 10.0.2.1:5060
-- asked for
recvmmsg: level 0 type 8, 10.0.2.1:0
on the wire from 10.0.1.1:5060
recvmmsg: level 0 type 8, 10.0.2.1:0
on the wire from 10.0.2.1:5060
-- with too little room
recvmsg: level 0 type 8, not all of it
recvmsg: cut
on the wire from 10.0.1.1:5060
-- no more
on the wire from 10.0.1.1:5060
-- the original destination
recvmsg: level 0 type 20, 10.0.2.1:5060
on the wire from 10.0.1.1:5060
recvmsg: level 0 type 20, 10.0.2.1:5060
on the wire from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x6
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x3
*/
/*expect v6
-- not asked for
on the wire from [fd00:1::1]:5060
-- asked for
recvmsg: level 41 type 50, [fd00:2::1]:0
on the wire from [fd00:1::1]:5060
recvmsg: level 41 type 50, [fd00:2::1]:0
on the wire from [fd00:2::1]:5060
-- asked for
recvmmsg: level 41 type 50, [fd00:2::1]:0
on the wire from [fd00:1::1]:5060
recvmmsg: level 41 type 50, [fd00:2::1]:0
on the wire from [fd00:2::1]:5060
-- with too little room
recvmsg: level 41 type 50, not all of it
recvmsg: cut
on the wire from [fd00:1::1]:5060
-- no more
on the wire from [fd00:1::1]:5060
-- the original destination
recvmsg: level 41 type 74, [fd00:2::1]:5060
on the wire from [fd00:1::1]:5060
recvmsg: level 41 type 74, [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x6
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x3
*/
/*expect mapped
-- not asked for
on the wire from 10.0.1.1:5060
-- asked for
recvmsg: level 41 type 50, [::ffff:10.0.2.1]:0
on the wire from 10.0.1.1:5060
recvmsg: level 41 type 50, [::ffff:10.0.2.1]:0
on the wire from 10.0.2.1:5060
-- asked for
recvmmsg: level 41 type 50, [::ffff:10.0.2.1]:0
on the wire from 10.0.1.1:5060
recvmmsg: level 41 type 50, [::ffff:10.0.2.1]:0
on the wire from 10.0.2.1:5060
-- with too little room
recvmsg: level 41 type 50, not all of it
recvmsg: cut
on the wire from 10.0.1.1:5060
-- no more
on the wire from 10.0.1.1:5060
-- the original destination
recvmsg: level 0 type 20, 10.0.2.1:5060
on the wire from 10.0.1.1:5060
recvmsg: level 0 type 20, 10.0.2.1:5060
on the wire from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x6
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x3
*/
#include "open.h"

static const char *arrival(const struct cmsghdr *c)
{
	struct ep e;

	memset(&e, 0, sizeof(e));
	if (c->cmsg_len < CMSG_LEN(sizeof(struct in_pktinfo)))
		return "not all of it";
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		const struct in_pktinfo *p = (const void *)CMSG_DATA(c);
		e.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = p->ipi_addr};
		if (p->ipi_spec_dst.s_addr != p->ipi_addr.s_addr)
			say("another specific destination");
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		const struct in6_pktinfo *p = (const void *)CMSG_DATA(c);
		e.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = p->ipi6_addr};
	} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_ORIGDSTADDR) ||
		(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_ORIGDSTADDR)) {
		memcpy(&e.ss, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	} else {
		return NULL;
	}
	return ep_text(&e);
}

static struct text *read_with(const char *call, int fd, size_t room, char *control, size_t *n)
{
	struct text *t = text_new();
	struct iovec iov = {t->p, TEXT_MAX - 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
	struct mmsghdr mm = {.msg_hdr = m};
	long ret;

	struct pollfd p = {.fd = fd, .events = POLLIN};
	if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) <= 0) {
		say("nothing to read");
		return NULL;
	}
	if (strcmp(call, "recvmsg") == 0) {
		ret = recvmsg(fd, &m, 0);
	} else {
		ret = recvmmsg(fd, &mm, 1, 0, NULL);
		ret = ret == 1 ? (long)mm.msg_len : -1;
		m = mm.msg_hdr;
	}
	if (ret < 0) {
		say("%s = -1 %s", call, strerrorname_np(errno));
		return NULL;
	}
	t->p[t->n = ret] = '\0';
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		say("%s: level %d type %d, %s", call, c->cmsg_level, c->cmsg_type,
			arrival(c) ? arrival(c) : "something else");
	if (m.msg_flags & MSG_CTRUNC)
		say("%s: cut", call);
	*n = m.msg_controllen;
	return t;
}

static void ask_for(int fd, int level, int name, int on)
{
	int value = -1;
	socklen_t len = sizeof(value);

	MUST(setsockopt(fd, level, name, &on, sizeof(on)));
	MUST(getsockopt(fd, level, name, &value, &len));
	if (value != on)
		say("asked for %d, told %d", on, value);
}

/* Reads, and answers by the same control data, as a server does that is bound to any address. */
static void turn(const char *call, int fd, const char *at, size_t room, bool with)
{
	char control[256] __attribute__((aligned(8)));
	struct ep to = ep(at, 5060), back = ep(PEER, QUIET);
	size_t n;
	struct text *in;

	peer_sends(PEER, QUIET, &to, request("OPTIONS", at, 1));
	in = read_with(call, fd, room, control, &n);
	if (!in)
		return;
	struct text *answer = answer_to(in, "200 OK", "", "");
	struct iovec iov = {answer->p, answer->n};
	struct msghdr m = {.msg_name = &back.ss, .msg_namelen = back.len, .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = with ? control : NULL, .msg_controllen = with ? n : 0};
	if (sendmsg(fd, &m, 0) != (long)answer->n)
		say("sendmsg: %s", strerrorname_np(errno));
	peer_got(PEER);
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060), six = strchr(H, ':') != NULL;
	int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	bool mapped = six && strchr(M, '.');

	say("-- not asked for");
	turn("recvmsg", h, M, 256, false);
	ask_for(h, level, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
	for (int i = 0; i < 2; i++) {
		say("-- asked for");
		turn(i ? "recvmmsg" : "recvmsg", h, M, 256, true);
		turn(i ? "recvmmsg" : "recvmsg", h, H, 256, true);
	}
	say("-- with too little room");
	turn("recvmsg", h, M, CMSG_SPACE(4), false);
	ask_for(h, level, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 0);
	say("-- no more");
	turn("recvmsg", h, M, 256, false);
	say("-- the original destination");
	ask_for(h, mapped ? IPPROTO_IP : level, six && !mapped ? IPV6_RECVORIGDSTADDR : IP_RECVORIGDSTADDR, 1);
	turn("recvmsg", h, M, 256, false);
	turn("recvmsg", h, H, 256, false);
	return 0;
}
