/* SPDX-License-Identifier: MIT */
/* Several datagrams in one send or one receive (UDP_SEGMENT, UDP_GRO): each request of those is decided and edited by
 * itself, whatever the others are, on a listener of opened members and on another; what is no SIP goes as it is. What
 * comes in so is told one by one. */
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:10.0.3.1:5070
[route:r]
to = 198.51.100.0/24
bond = b
*/
/*expect
-- a listener of opened members, by a route
-- by sendmsg()
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o0;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o0;rport;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-h1;rport
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-h1;rport;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o2;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o2;rport;bond=*
-- by sendmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o3;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o3;rport;bond=*
on the wire from 10.0.2.1:5060
-- by sendmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by sendmmsg()
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o10;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o10;rport;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-h11;rport
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-h11;rport;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o12;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o12;rport;bond=*
-- by sendmmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o13;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o13;rport;bond=*
on the wire from 10.0.2.1:5060
-- by sendmmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by an option
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o20;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o20;rport;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-h21;rport
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-h21;rport;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o22;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o22;rport;bond=*
-- by an option
on the wire from 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o23;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o23;rport;bond=*
on the wire from 10.0.2.1:5060
-- by an option
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- where no route leads
-- by sendmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by sendmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by sendmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by sendmmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by sendmmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by sendmmsg()
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by an option
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by an option
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- by an option
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- another listener, by a route
-- by sendmsg()
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1:5070;bond=*>
on the wire from 10.0.3.1:5070
-- by sendmsg()
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
-- by sendmsg()
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
-- by sendmmsg()
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1:5070;bond=*>
on the wire from 10.0.3.1:5070
-- by sendmmsg()
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
-- by sendmmsg()
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
-- by an option
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.3.1:5070;bond=*>
on the wire from 10.0.3.1:5070
-- by an option
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
-- by an option
on the wire from 10.0.3.1:5070
on the wire from 10.0.3.1:5070
-- received, UDP_GRO 1
control data: 0
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
control data: 0
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
-- received, UDP_GRO 1
control data: 0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
control data: 0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x9
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: media x12
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE x3
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x9
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: media x12
peer: udp 10.0.3.1:5070 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.3.1:5070 > 198.51.100.9:5080: OPTIONS x9
peer: udp 10.0.3.1:5070 > 198.51.100.9:5080: media x12
*/
#include <netinet/udp.h>

#include "open.h"

#define SIZE 400

/* Padded to that length. */
static struct text *padded(const struct text *t)
{
	struct text *out = text_new();
	size_t head = strchr(t->p, '\n') + 1 - t->p, pad = SIZE - t->n;

	memcpy(out->p, t->p, head);
	memset(out->p + head, 'x', pad);
	memcpy(out->p + head, "X: ", 3);
	memcpy(out->p + head + pad - 2, "\r\n", 2);
	memcpy(out->p + head + pad, t->p + head, t->n - head);
	out->n = SIZE;
	return out;
}

static long send_cut(const char *how, int fd, const struct ep *to, const struct text *all)
{
	char control[CMSG_SPACE(sizeof(uint16_t))] __attribute__((aligned(8))) = {0};
	struct iovec iov[2] = {{(void *)all->p, SIZE / 3}, {(void *)(all->p + SIZE / 3), all->n - SIZE / 3}};
	struct msghdr m = {.msg_name = (void *)&to->ss, .msg_namelen = to->len, .msg_iov = iov, .msg_iovlen = 2};
	struct mmsghdr mm[2];
	uint16_t size = SIZE;

	if (strcmp(how, "by an option") == 0)
		return sendto(fd, all->p, all->n, 0, &to->sa, to->len);
	m.msg_control = control, m.msg_controllen = sizeof(control);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_UDP, c->cmsg_type = UDP_SEGMENT, c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
	if (strcmp(how, "by sendmsg()") == 0)
		return sendmsg(fd, &m, 0);
	mm[0].msg_hdr = mm[1].msg_hdr = m;
	return sendmmsg(fd, mm, 1, 0) == 1 ? (long)mm[0].msg_len : -1;
}

static void goes_cut(const char *how, int fd, const char *host, struct text *const parts[], int count)
{
	struct ep to = ep(host, QUIET);
	struct text *all = text_new(), *wire;

	say("-- %s", how);
	all->n = 0;
	for (int i = 0; i < count; i++) {
		memcpy(all->p + all->n, parts[i]->p, parts[i]->n);
		all->n += parts[i]->n;
	}
	errno = 4321;
	long n = send_cut(how, fd, &to, all);
	if (n != (long)all->n || errno != 4321)
		say("%ld of %zu, %s", n, all->n, strerrorname_np(errno));
	for (int i = 0; i < count; i++) {
		if ((wire = peer_got(host)))
			say_changes_on_wire(parts[i], wire);
	}
}

static void each_way(int fd, const char *host)
{
	static const char *const ways[] = {"by sendmsg()", "by sendmmsg()", "by an option"};
	static struct text other;
	int size = SIZE, none = 0;

	other.n = SIZE;
	memset(other.p, 'y', SIZE);
	memcpy(other.p, "media ", 6);
	for (int i = 0; i < 3; i++) {
		if (i == 2)
			MUST(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)));
		struct text *const sip[] = {padded(options(10 * i)), padded(invite(10 * i + 1)), options(10 * i + 2)};
		struct text *const mixed[] = {&other, padded(options(10 * i + 3)), &other};
		struct text *const media[] = {&other, &other};
		goes_cut(ways[i], fd, host, sip, 3);
		goes_cut(ways[i], fd, host, mixed, 3);
		goes_cut(ways[i], fd, host, media, 2);
	}
	MUST(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &none, sizeof(none)));
}

/* Two requests in one packet of the kernel's own. */
static void comes_together(int fd, const char *to)
{
	int on = 1, size = SIZE, out = raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0);
	struct text *parts[] = {padded(request("OPTIONS", to, 1)), padded(request("OPTIONS", to, 2))}, *all = text_new();
	struct ep there = ep(to, 5060), from = ep("10.0.0.1", 5081);
	socklen_t len = sizeof(on);

	MUST(setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on)));
	on = 0;
	MUST(getsockopt(fd, SOL_UDP, UDP_GRO, &on, &len));
	say("-- received, UDP_GRO %d", on);
	raw(SYS_bind, out, (long)&from.ss, from.len, 0, 0, 0);
	raw(SYS_setsockopt, out, SOL_UDP, UDP_SEGMENT, (long)&size, sizeof(size), 0);
	memcpy(all->p, parts[0]->p, SIZE);
	memcpy(all->p + SIZE, parts[1]->p, SIZE);
	raw(SYS_sendto, out, (long)all->p, 2 * SIZE, 0, (long)&there.ss, there.len);
	for (int i = 0; i < 2; i++) {
		char control[200];
		struct text *in = text_new();
		struct iovec one = {in->p, TEXT_MAX};
		struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
		wait_readable(fd);
		long n = recvmsg(fd, &m, MSG_DONTWAIT);
		if (n < 0) {
			say("recvmsg = -1 %s", strerrorname_np(errno));
			break;
		}
		in->n = n;
		say("control data: %zu", (size_t)m.msg_controllen);
		say_changes(parts[i], in);
	}
	raw(SYS_close, out, 0, 0, 0, 0, 0);
}

int main(void)
{
	int h = udp(H, 5060), other = udp(T, 5070);

	say("-- a listener of opened members, by a route");
	each_way(h, ROUTED);
	say("-- where no route leads");
	each_way(h, PEER);
	say("-- another listener, by a route");
	each_way(other, ROUTED);
	comes_together(h, M);
	comes_together(h, H);
	return 0;
}
