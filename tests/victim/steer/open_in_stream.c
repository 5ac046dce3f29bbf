/* SPDX-License-Identifier: MIT */
/* A connection to an opened member: the host sees its own name in what arrives and in getsockname(); what it
 * sends there shows the member, which is what the connection has. On one to its own address all stays. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = tcp:10.0.1.1:5060 open=filter
member = tcp:[fd00:1::1]:5060 open
*/
/*expect v4
-- to 10.0.1.1
the host is told 10.0.2.1:5060
  - INVITE sip:h@10.0.1.1 SIP/2.0
  + INVITE sip:h@10.0.2.1 SIP/2.0
  - Route: <sip:10.0.1.1;transport=tcp;lr>
  + Route: <sip:10.0.2.1;transport=tcp;lr>
-- the answer
  - Contact: <sip:h@10.0.2.1;transport=tcp>
  + Contact: <sip:h@10.0.1.1;transport=tcp;bond=*>
-- to 10.0.1.1
the host is told 10.0.2.1:5060
  - INVITE sip:h@10.0.1.1 SIP/2.0
  + INVITE sip:h@10.0.2.1 SIP/2.0
  - Route: <sip:10.0.1.1;transport=tcp;lr>
  + Route: <sip:10.0.2.1;transport=tcp;lr>
-- the answer
  - Contact: <sip:h@10.0.2.1;transport=tcp>
  + Contact: <sip:h@10.0.1.1;transport=tcp;bond=*>
-- to 10.0.2.1
the host is told 10.0.2.1:5060
-- the answer
*/
/*expect v6
-- to fd00:1::1
the host is told [fd00:2::1]:5060
  - INVITE sip:h@[fd00:1::1] SIP/2.0
  + INVITE sip:h@[fd00:2::1] SIP/2.0
  - Route: <sip:[fd00:1::1];transport=tcp;lr>
  + Route: <sip:[fd00:2::1];transport=tcp;lr>
-- the answer
  - Contact: <sip:h@[fd00:2::1];transport=tcp>
  + Contact: <sip:h@[fd00:1::1];transport=tcp;bond=*>
-- to fd00:1::1
the host is told [fd00:2::1]:5060
  - INVITE sip:h@[fd00:1::1] SIP/2.0
  + INVITE sip:h@[fd00:2::1] SIP/2.0
  - Route: <sip:[fd00:1::1];transport=tcp;lr>
  + Route: <sip:[fd00:2::1];transport=tcp;lr>
-- the answer
  - Contact: <sip:h@[fd00:2::1];transport=tcp>
  + Contact: <sip:h@[fd00:1::1];transport=tcp;bond=*>
-- to fd00:2::1
the host is told [fd00:2::1]:5060
-- the answer
*/
#include "open.h"

/* A socket that no library sees, connected to there. */
static int caller(const char *to)
{
	struct ep there = ep(to, 5060);
	int fd = raw(SYS_socket, there.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0, 0, 0, 0);

	if (raw(SYS_connect, fd, (long)&there.ss, there.len, 0, 0, 0) != 0) {
		say("nobody listens there");
		return -1;
	}
	return fd;
}

/* All of a message that comes within a while. */
static struct text *whole(int fd, bool seen)
{
	struct text *t = text_new();

	for (t->n = 0; !t->n || !memmem(t->p, t->n, "\r\n\r\n", 4);) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) <= 0)
			return NULL;
		long n = seen ? recv(fd, t->p + t->n, 5000, MSG_DONTWAIT)
			      : raw(SYS_recvfrom, fd, (long)t->p + t->n, 5000, MSG_DONTWAIT, 0, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN && seen))
			return NULL;
		t->n += n > 0 ? n : 0;
	}
	t->p[t->n] = '\0';
	return t;
}

static void call(int listener, const char *at, int how)
{
	struct text *sent = sip("INVITE sip:h@%s SIP/2.0\nVia: SIP/2.0/TCP %s;branch=z9hG4bK-1\n"
				"Route: <sip:%s;transport=tcp;lr>\nFrom: <sip:p@x>;tag=p\nTo: <sip:h@x>\nCall-ID: 1\n"
				"CSeq: 1 INVITE\nContact: <sip:p@%s;transport=tcp>\nContent-Length: 0\n",
		bracketed(at), THERE, bracketed(at), THERE);
	char contact[200];
	int peer = caller(at);

	if (peer < 0)
		return;
	int fd = MUST(how ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : accept(listener, NULL, NULL));
	say_name("the host", fd);
	raw(SYS_write, peer, (long)sent->p, sent->n, 0, 0, 0);
	struct text *got = whole(fd, true);
	if (!got) {
		say("it does not arrive");
		return;
	}
	say_changes(sent, got);
	snprintf(contact, sizeof(contact), "Contact: <sip:h@%s;transport=tcp>\nContent-Length: 0\n", OWN);
	struct text *answer = answer_to(got, "200 OK", "", contact);
	if (send(fd, answer->p, answer->n, 0) != (long)answer->n)
		say("send: %s", strerrorname_np(errno));
	say("-- the answer");
	got = whole(peer, false);
	if (got)
		say_changes_on_wire(answer, got);
	close(fd);
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = tcp_listener(H, 5060);

	for (int how = 0; how < 2; how++) {
		say("-- to %s", M);
		call(h, M, how);
	}
	say("-- to %s", H);
	call(h, H, 0);
	return 0;
}
