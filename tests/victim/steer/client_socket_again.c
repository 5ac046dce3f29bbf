/* SPDX-License-Identifier: MIT */
/* A client socket that is connected, connected anew and disconnected, in any order, leaves by the member
 * where a route leads and from the host's own address else, at one port; so it does in a process that had
 * it before another one sent by the member. */
/*victim
case: v4 v6 mapped
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060
member = udp:[fd00:1::1]:5060
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect
-- bound to an address
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-1;bond=*
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-3;bond=*
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-5
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-5;bond=*
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-7
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-7;bond=*
on the wire from 10.0.2.1:*
told: its own address, the port that it had
-- bound to none
on the wire from 10.0.1.1:*
on the wire from 10.0.0.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-11
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-11;bond=*
on the wire from 10.0.0.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-13
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-13;bond=*
on the wire from 10.0.0.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-15
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-15;bond=*
on the wire from 10.0.0.1:*
told: its own address, the port that it had
-- not bound
on the wire from 10.0.1.1:*
on the wire from 10.0.0.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-19
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-19;bond=*
on the wire from 10.0.0.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-21
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-21;bond=*
on the wire from 10.0.0.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-23
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-23;bond=*
on the wire from 10.0.0.1:*
told: its own address, the port that it had
-- disconnected before it is moved
on the wire from 10.0.1.1:*
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-27
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-27;bond=*
told: its own address, the port that it had
-- a child sends first
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-28
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-28;bond=*
on the wire from 10.0.2.1:*
told: its own address, the port that it had
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-29
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-29;bond=*
-- and the other one asks for its name first
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-30
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-30;bond=*
told: its own address, the port that it had
on the wire from 10.0.2.1:*
on the wire from 10.0.2.1:*
-- or connects it
on the wire from 10.0.2.1:*
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-32
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-32;bond=*
peer: udp 10.0.0.1:* > 203.0.113.9:5080: OPTIONS x8
peer: udp 10.0.1.1:* > 198.51.100.9:5080: OPTIONS x18
peer: udp 10.0.2.1:* > 203.0.113.9:5080: OPTIONS x9
*/
/*expect v6
-- bound to an address
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-1;bond=*
on the wire from [fd00:2::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-3;bond=*
on the wire from [fd00:2::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-5
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-5;bond=*
on the wire from [fd00:2::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-7
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-7;bond=*
on the wire from [fd00:2::1]:*
told: its own address, the port that it had
-- bound to none
on the wire from [fd00:1::1]:*
on the wire from [fd00::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-11
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-11;bond=*
on the wire from [fd00::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-13
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-13;bond=*
on the wire from [fd00::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-15
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-15;bond=*
on the wire from [fd00::1]:*
told: its own address, the port that it had
-- not bound
on the wire from [fd00:1::1]:*
on the wire from [fd00::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-19
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-19;bond=*
on the wire from [fd00::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-21
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-21;bond=*
on the wire from [fd00::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-23
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-23;bond=*
on the wire from [fd00::1]:*
told: its own address, the port that it had
-- disconnected before it is moved
on the wire from [fd00:1::1]:*
on the wire from [fd00:2::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-27
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-27;bond=*
told: its own address, the port that it had
-- a child sends first
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-28
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-28;bond=*
on the wire from [fd00:2::1]:*
told: its own address, the port that it had
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-29
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-29;bond=*
-- and the other one asks for its name first
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-30
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-30;bond=*
told: its own address, the port that it had
on the wire from [fd00:2::1]:*
on the wire from [fd00:2::1]:*
-- or connects it
on the wire from [fd00:2::1]:*
on the wire from [fd00:1::1]:*
  - Via: SIP/2.0/UDP [fd00:2::1]:PORT;branch=z9hG4bK-32
  + Via: SIP/2.0/UDP [fd00:1::1]:PORT;branch=z9hG4bK-32;bond=*
peer: udp [fd00:1::1]:* > [2001:db8::9]:5080: OPTIONS x18
peer: udp [fd00:2::1]:* > [2001:db8:1::9]:5080: OPTIONS x9
peer: udp [fd00::1]:* > [2001:db8:1::9]:5080: OPTIONS x8
*/
#include "talk.h"

static struct {
	const char *any, *own, *own_text, *routed, *other;
} net = {"0.0.0.0", H4, H4, ROUTED4, OTHER4};

static struct text *options(void)
{
	static int count;

	count++;
	return sip("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK-%d\n"
		   "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: %d\nCSeq: 1 OPTIONS\n",
		net.own_text, chosen_port, count, count);
}

static void sends(int fd, const char *host)
{
	goes(fd, host, options());
}

static void connects(int fd, const char *host)
{
	struct ep to = ep(host, QUIET);

	MUST(connect(fd, &to.sa, to.len));
	if (!chosen_port)
		chosen_port = true_port(fd);
	goes_by("send", fd, host, options());
}

static void disconnects(int fd)
{
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};

	MUST(connect(fd, &unspec, sizeof(unspec)));
}

static void say_told(int fd, const char *host)
{
	struct ep told = told_name(fd), own = ep(host, ep_port(&told));

	say("told: %s, %s", strcmp(ep_text(&told), ep_text(&own)) == 0 ? "its own address" : ep_text(&told),
		ep_port(&told) == chosen_port ? "the port that it had" : "another port");
}

static int fresh(const char *host)
{
	struct ep at = ep(net.own, 0);
	int fd = MUST(socket(at.sa.sa_family, SOCK_DGRAM, 0));

	chosen_port = 0;
	if (host) {
		at = ep(host, 0);
		MUST(bind(fd, &at.sa, at.len));
		chosen_port = true_port(fd);
	}
	return fd;
}

static void by_turns(const char *host)
{
	int fd = fresh(host);

	connects(fd, net.routed);
	disconnects(fd);
	sends(fd, net.other);
	sends(fd, net.routed);
	connects(fd, net.other);
	connects(fd, net.routed);
	connects(fd, net.other);
	disconnects(fd);
	sends(fd, net.routed);
	sends(fd, net.other);
	say_told(fd, host ? host : net.any);
	close(fd);
}

/* The system takes the port away here, as it does from any such socket. */
static void disconnected_first(void)
{
	struct ep to = ep(net.other, QUIET);
	int fd = fresh(net.own);

	MUST(connect(fd, &to.sa, to.len));
	disconnects(fd);
	chosen_port = 9;
	sends(fd, net.routed);
	chosen_port = true_port(fd);
	sends(fd, net.other);
	sends(fd, net.routed);
	say_told(fd, net.own);
	close(fd);
}

static void in_a_child(int fd, const char *host)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		sends(fd, host);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
}

static void two_processes(void)
{
	int fd = fresh(net.own);

	say("-- a child sends first");
	in_a_child(fd, net.routed);
	sends(fd, net.other);
	say_told(fd, net.own);
	sends(fd, net.routed);
	close(fd);
	say("-- and the other one asks for its name first");
	fd = fresh(net.own);
	in_a_child(fd, net.routed);
	say_told(fd, net.own);
	in_a_child(fd, net.other);
	sends(fd, net.other);
	say("-- or connects it");
	connects(fd, net.other);
	connects(fd, net.routed);
	close(fd);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (strcmp(argv[1], "v6") == 0) {
		net.any = "::";
		net.own = H6;
		net.own_text = "[" H6 "]";
		net.routed = ROUTED6;
		net.other = OTHER6;
	} else if (strcmp(argv[1], "mapped") == 0) {
		net.any = "::";
		net.own = "::ffff:" H4;
		net.routed = "::ffff:" ROUTED4;
		net.other = "::ffff:" OTHER4;
	}
	say("-- bound to an address");
	by_turns(net.own);
	say("-- bound to none");
	by_turns(net.any);
	say("-- not bound");
	by_turns(NULL);
	say("-- disconnected before it is moved");
	disconnected_first();
	two_processes();
	return 0;
}
