/* SPDX-License-Identifier: MIT */
/* A client socket is moved in a thread with the smallest stack, and by one that is cancelled meanwhile:
 * the others send on it after that. */
/*expect
-- moved with the smallest stack
on the wire from 10.0.1.1:*
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
-- moved again there
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
on the wire from 10.0.1.1:*
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
-- by a thread that is cancelled
nothing on the wire
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
-- connected anew by one
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
nothing on the wire
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
peer: udp 10.0.1.1:* > 198.51.100.9:5080: OPTIONS x8
peer: udp 10.0.2.1:* > 203.0.113.9:5080: OPTIONS x4
*/
#include "talk.h"

static int fd;

static struct text *options(void)
{
	return sip("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/UDP " H4 ":%d;branch=z9hG4bK-1\n"
		   "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: 1\nCSeq: 1 OPTIONS\n",
		chosen_port);
}

static void *in_thread(void *message)
{
	const struct text *t = message;
	struct ep to = ep(ROUTED4, QUIET), back = {.len = sizeof(back.ss)};
	char text[800];

	sendto(fd, t->p, t->n, 0, &to.sa, to.len);
	recvfrom(fd, text, sizeof(text), MSG_DONTWAIT, &back.sa, &back.len);
	return NULL;
}

static void *cancelled(void *message)
{
	pthread_cancel(pthread_self());
	return in_thread(message);
}

static void start(void *(*run)(void *))
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	/* Before glibc 2.34 the end of one that is cancelled takes 5 KiB more of it. */
	pthread_attr_setstacksize(&attr, run == cancelled && !__GLIBC_PREREQ(2, 34) ? 32768 : 16384);
	MUST(pthread_create(&t, &attr, run, options()));
	pthread_join(t, NULL);
}

static void fresh(void)
{
	close(fd);
	fd = udp(H4, 0);
	chosen_port = true_port(fd);
}

static void connect_both(void)
{
	struct ep routed = ep(ROUTED4, QUIET), other = ep(OTHER4, QUIET);
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};

	MUST(connect(fd, &routed.sa, routed.len));
	goes_by("send", fd, ROUTED4, options());
	MUST(connect(fd, &other.sa, other.len));
	MUST(connect(fd, &unspec, sizeof(unspec)));
}

static void others(void)
{
	goes(fd, OTHER4, options());
	goes(fd, ROUTED4, options());
}

int main(void)
{
	fd = udp(H4, 0);
	chosen_port = true_port(fd);
	say("-- moved with the smallest stack");
	start(in_thread);
	peer_got(ROUTED4);
	others();
	say("-- moved again there");
	fresh();
	connect_both();
	start(in_thread);
	peer_got(ROUTED4);
	others();
	say("-- by a thread that is cancelled");
	fresh();
	start(cancelled);
	peer_got(ROUTED4);
	others();
	say("-- connected anew by one");
	fresh();
	connect_both();
	start(cancelled);
	peer_got(ROUTED4);
	others();
	return 0;
}
