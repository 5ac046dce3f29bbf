/* SPDX-License-Identifier: MIT */
/* Calls in an unusual order: listen on UDP, connect twice, bind after connect, un-connect. */
#include "../victim.h"

static void datagrams(const char *host)
{
	struct ep to = ep(host, 7005), other = ep(host, 7004), e = ep(host, 7001),
		  none = {.len = 16};
	int ear = udp(host, 7005), ear2 = udp(host, 7004),
	    s = MUST(socket(to.sa.sa_family, SOCK_DGRAM, 0));

	none.sa.sa_family = AF_UNSPEC;
	say("-- udp %s", host);
	DID(listen(s, 5));
	DID(getsockname(s, &e.sa, &e.len));
	say("%s", ep_text(&e));
	DID(connect(s, &to.sa, to.len));
	e = told_name(s);
	say("%s", ep_text(&e));
	DID(send(s, SIP, SIP_LEN, 0));
	say_heard("ear", ear);
	DID(sendto(s, SIP, SIP_LEN, 0, &other.sa, other.len));
	say_heard("ear2", ear2);
	DID(bind(s, &other.sa, other.len));
	DID(connect(s, &other.sa, other.len));
	DID(send(s, SIP, SIP_LEN, 0));
	say_heard("ear2", ear2);
	DID(connect(s, &none.sa, none.len));
	e = told_name(s);
	say("%s", ep_text(&e));
	DID(send(s, SIP, SIP_LEN, 0));
	DID(getpeername(s, &e.sa, &e.len));
	e = ep(host, 7001);
	DID(bind(s, &e.sa, e.len));
	e = told_name(s);
	say("%s", ep_text(&e));
	DID(connect(s, &to.sa, to.len));
	DID(connect(s, &none.sa, none.len));
	e = told_name(s);
	say("%s", ep_text(&e));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(shutdown(s, SHUT_RDWR));
	close(s), close(ear), close(ear2);
}

static void streams(const char *host)
{
	struct ep to = ep(host, 7006), dead = ep(host, 7999), e = ep(host, 0), none = {.len = 16};
	int l = tcp_listener(host, 7006), s = MUST(socket(to.sa.sa_family, SOCK_STREAM, 0));

	none.sa.sa_family = AF_UNSPEC;
	say("-- tcp %s", host);
	DID(connect(s, &dead.sa, dead.len));
	DID(connect(s, &to.sa, to.len));
	DID(connect(s, &to.sa, to.len));
	DID(bind(s, &e.sa, e.len));
	DID(listen(s, 5));
	DID(connect(s, &none.sa, none.len));
	e = told_name(s);
	say("%s", ep_text(&e));
	DID(connect(s, &to.sa, to.len));
	close(s);
	s = MUST(socket(to.sa.sa_family, SOCK_STREAM, 0));
	DID(listen(s, 5));
	DID(listen(s, 0));
	DID(listen(s, -1));
	DID(connect(s, &to.sa, to.len));
	DID(connect(s, &none.sa, none.len));
	e = told_name(s);
	say("port %s", ep_port(&e) ? "kept" : "gone");
	e = ep(host, 7007);
	DID(bind(s, &e.sa, e.len));
	DID(connect(s, &to.sa, to.len));
	e = told_name(s);
	say("%s", ep_text(&e));
	close(s);
	s = MUST(socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0));
	DID(connect(s, &to.sa, to.len));
	DID(connect(s, &to.sa, to.len));
	DID(connect(s, &to.sa, to.len));
	DID(shutdown(s, SHUT_RDWR));
	signal(SIGPIPE, SIG_IGN);
	DID(send(s, SIP, SIP_LEN, 0));
	close(s);
	s = MUST(socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0));
	DID(connect(s, &dead.sa, dead.len) == -1 &&
		(errno == EINPROGRESS || errno == ECONNREFUSED));
	DID(send(MUST(socket(to.sa.sa_family, SOCK_STREAM, 0)), SIP, SIP_LEN, 0));
	close(s), close(l);
}

int main(void)
{
	datagrams("127.0.0.1");
	datagrams("::1");
	streams("127.0.0.1");
	streams("::1");
	return 0;
}
