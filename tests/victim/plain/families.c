/* SPDX-License-Identifier: MIT */
/* Sockets that are none of libbond's business: UNIX, netlink, raw, packet, UDP-Lite, SCTP, vsock.
 * */
#include "../victim.h"

#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>

static void unix_sockets(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\0victim"},
			   b = {.sun_family = AF_UNIX};
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 7, blen = sizeof(b);
	int s = DID(socket(AF_UNIX, SOCK_DGRAM, 0)), t = DID(socket(AF_UNIX, SOCK_DGRAM, 0)),
	    pair[2];

	DID(bind(s, (struct sockaddr *)&a, len));
	DID(sendto(t, SIP, SIP_LEN, 0, (struct sockaddr *)&a, len));
	DID(connect(t, (struct sockaddr *)&a, len));
	DID(send(t, SIP, SIP_LEN, 0));
	DID(bind(t, (struct sockaddr *)&b, sizeof(sa_family_t))); /* a name by the kernel */
	DID(getsockname(s, (struct sockaddr *)&b, &blen));
	say("length %u", blen);
	for (int i = 0; i < 2; i++)
		DID(recv(s, (char[600]){0}, 600, MSG_DONTWAIT));
	DID(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	DID(send(pair[0], SIP, SIP_LEN, 0));
	DID(write(pair[0], "", 0));
	DID(recv(pair[1], (char[600]){0}, 600, MSG_DONTWAIT));
	s = DID(socket(AF_UNIX, SOCK_STREAM, 0));
	a.sun_path[1] = 'V';
	DID(bind(s, (struct sockaddr *)&a, len));
	DID(listen(s, 1));
	t = DID(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	DID(connect(t, (struct sockaddr *)&a, len));
	DID(accept4(s, NULL, NULL, SOCK_CLOEXEC));
}

static void netlink(void)
{
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} ask = {{sizeof(ask), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
		{.ifi_family = AF_UNSPEC}};
	socklen_t len = sizeof(nl);
	int s = DID(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	char *room = malloc(1 << 16);

	DID(bind(s, (struct sockaddr *)&nl, sizeof(nl)));
	DID(getsockname(s, (struct sockaddr *)&nl, &len));
	say("family %d length %u", nl.nl_family, len);
	nl = (struct sockaddr_nl){.nl_family = AF_NETLINK};
	DID(sendto(s, &ask, sizeof(ask), 0, (struct sockaddr *)&nl, sizeof(nl)));
	DID(recv(s, room, 1 << 16, 0) > 0);
	say("type %d", ((struct nlmsghdr *)room)->nlmsg_type);
	free(room);
}

static void raw_sockets(void)
{
	struct ep lo = ep("127.0.0.1", 0), to = ep("127.0.0.1", 7005);
	struct icmphdr ping = {.type = ICMP_ECHO, .checksum = htons(0xf7ff)};
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
	struct {
		uint16_t from, to, len, sum;
		char text[40];
	} datagram = {htons(7001), htons(7005), htons(48), 0, "INVITE sip:a SIP/2.0\r\n"};
	int s = DID(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)), ear = udp("127.0.0.1", 7005);

	DID(sendto(s, &ping, sizeof(ping), 0, &lo.sa, lo.len));
	DID(recv(s, (char[600]){0}, 600, 0));
	s = DID(socket(AF_INET, SOCK_RAW, IPPROTO_UDP));
	DID(sendto(s, &datagram, 48, 0, &lo.sa, lo.len));
	say_heard("ear", ear);
	s = DID(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	s = DID(socket(AF_PACKET, SOCK_DGRAM, 0));
	ll.sll_ifindex = if_nametoindex("lo");
	DID(bind(s, (struct sockaddr *)&ll, sizeof(ll)));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(sendto(s, SIP, SIP_LEN, 0, (struct sockaddr *)&ll, sizeof(ll)));
	close(ear);
}

static void others(void)
{
	struct ep to = ep("127.0.0.1", 7005), from = ep("127.0.0.1", 7001);
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK, .svm_cid = 2, .svm_port = 5060};
	int s = DID(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)), t;

	t = DID(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE));
	DID(bind(s, &from.sa, from.len));
	DID(bind(t, &to.sa, to.len));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("udplite", t);
	s = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
	say("sctp %s", s == -1 ? strerrorname_np(errno) : "is here");
	if (s != -1) {
		DID(bind(s, &from.sa, from.len));
		DID(listen(s, 1));
		DID(sendto(s, SIP, SIP_LEN, MSG_DONTWAIT, &to.sa, to.len));
	}
	s = socket(AF_INET, SOCK_STREAM, 262);
	say("mptcp %s", s == -1 ? strerrorname_np(errno) : "is here");
	if (s != -1) {
		tcp_listener("127.0.0.1", 7006);
		to = ep("127.0.0.1", 7006);
		DID(connect(s, &to.sa, to.len));
		DID(send(s, SIP, SIP_LEN, 0));
	}
	s = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK, 0);
	say("vsock %s", s == -1 ? strerrorname_np(errno) : "is here");
	if (s != -1)
		DID(bind(s, (struct sockaddr *)&vm, sizeof(vm)));
	DID(socket(AF_INET, 99, 0));
	DID(socket(99, SOCK_STREAM, 0));
	DID(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	DID(socket(-1, -1, -1));
	DID(socketpair(AF_INET, SOCK_STREAM, 0, &s));
	DID(socketpair(AF_UNIX, SOCK_STREAM, 0, NULL));
	DID(pipe(NULL));
}

int main(void)
{
	unix_sockets();
	netlink();
	raw_sockets();
	others();
	say_open(40);
	return 0;
}
