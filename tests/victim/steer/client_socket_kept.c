/* SPDX-License-Identifier: MIT */
/* A client socket that was widened stays one over exec and in a process that gets it by SCM_RIGHTS; a
 * filter of the host's own and its own control data hold beside it; what ICMP says comes without anything
 * that the host has not asked for; two bonds share it. */
/*ini
[bond:one]
member = udp:10.0.1.1:5060
[bond:two]
member = udp:10.0.3.1:5060
[route:one]
to = 198.51.100.0/24
bond = one
[route:two]
to = 203.0.113.9:5060
bond = two
*/
/*expect
-- before
on the wire from 10.0.1.1:*
on the wire from 10.0.2.1:*
sendto = all
heard on it: peer saw 10.0.3.1:*
-- with a filter of the host's own
dropped: nothing to read
another address: nothing to read
kept: read 4
another address: nothing to read
dropped without it: read 4
-- its own control data
asked for: no
told: its own address
what ICMP says: ECONNREFUSED, 1 of control data
-- over exec
on the wire from 10.0.2.1:*
the host is told 10.0.2.1
on the wire from 10.0.1.1:*
  - Via: SIP/2.0/UDP 10.0.2.1:PORT;branch=z9hG4bK-exec
  + Via: SIP/2.0/UDP 10.0.1.1:PORT;branch=z9hG4bK-exec;bond=*
-- in another program that was given it
on the wire from 10.0.2.1:*
peer: udp 10.0.1.1:* > 198.51.100.9:5080: OPTIONS x2
peer: udp 10.0.2.1:* > 203.0.113.9:5080: OPTIONS x3
peer: udp 10.0.3.1:* > 203.0.113.9:5060: OPTIONS
*/
#include "talk.h"

#include <linux/errqueue.h>
#include <linux/filter.h>

static struct text *options(const char *branch)
{
	return sip("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/UDP " H4 ":%d;branch=z9hG4bK-%s\n"
		   "From: <sip:h@x>;tag=1\nTo: <sip:h@x>\nCall-ID: %s\nCSeq: 1 OPTIONS\n",
		chosen_port, branch, branch);
}

static void quietly(int fd, const char *host, const char *branch)
{
	struct text *t = options(branch);
	struct ep to = ep(host, QUIET);

	MUST(sendto(fd, t->p, t->n, 0, &to.sa, to.len));
	peer_got(host);
}

static void reads(int fd, const char *what, const char *to, const char *text)
{
	struct ep at = ep(to, chosen_port);
	struct text *t = text_new();
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char got[100];

	t->n = sprintf(t->p, "%s", text);
	peer_sends(OTHER4, QUIET, &at, t);
	if (raw(SYS_poll, (long)&p, 1, 300, 0, 0, 0) <= 0)
		say("%s: nothing to read", what);
	else
		say("%s: read %zd", what, recv(fd, got, sizeof(got), 0));
}

static void own_filter(int fd)
{
	/* takes what does not begin with 'd' */
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'd', 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
	struct sock_fprog prog = {4, code};
	int none = 0;

	say("-- with a filter of the host's own");
	MUST(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	reads(fd, "dropped", H4, "drop");
	reads(fd, "another address", "10.0.0.1", "keep");
	reads(fd, "kept", M4, "keep");
	MUST(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)));
	reads(fd, "another address", "10.0.0.1", "keep");
	reads(fd, "dropped without it", H4, "drop");
}

static void own_control(int fd)
{
	struct ep dead = ep("127.0.0.1", 7999), at = ep(H4, chosen_port);
	char control[512], bytes[600];
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control)};
	struct text *t = text_new();
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int on = 9, one = 1, count = 0;
	socklen_t len = sizeof(on);

	say("-- its own control data");
	MUST(getsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, &len));
	say("asked for: %s", on ? "yes" : "no");
	MUST(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)));
	t->n = sprintf(t->p, "keep");
	peer_sends(OTHER4, QUIET, &at, t);
	raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
	MUST(recvmsg(fd, &m, 0));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct in_pktinfo info = {0};
	if (c)
		memcpy(&info, CMSG_DATA(c), sizeof(info));
	say("told: %s", info.ipi_addr.s_addr == at.v4.sin_addr.s_addr ? "its own address" : "another");
	one = 0;
	MUST(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)));
	one = 1;
	MUST(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)));
	dead = ep("10.0.0.1", 7999);
	sendto(fd, "x", 1, 0, &dead.sa, dead.len);
	p.events = 0;
	raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
	m.msg_controllen = sizeof(control);
	long n = recvmsg(fd, &m, MSG_ERRQUEUE);
	struct sock_extended_err err = {0};
	for (c = n < 0 ? NULL : CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c), count++)
		if (c->cmsg_type == IP_RECVERR)
			memcpy(&err, CMSG_DATA(c), sizeof(err));
	say("what ICMP says: %s, %d of control data", strerrorname_np(err.ee_errno), count);
	one = 0;
	MUST(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)));
}

static void given(int fd)
{
	int pair[2], status;
	char *args[] = {"client_socket_kept", "given", NULL}, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {"x", 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	say("-- in another program that was given it");
	fflush(stdout);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (fork() == 0) {
		dup2(pair[1], 60);
		close(fd);
		execv("/proc/self/exe", args);
		_exit(1);
	}
	MUST(sendmsg(pair[0], &m, 0));
	wait(&status);
}

static int get(void)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control)};
	int fd;

	MUST(recvmsg(60, &m, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

int main(int argc, char **argv)
{
	char *args[] = {argv[0], "again", NULL};
	struct ep told, third = ep(OTHER4, 5060);
	int fd;

	if (argc == 1) {
		fd = udp(H4, 0);
		chosen_port = true_port(fd);
		say("-- before");
		quietly(fd, ROUTED4, "1");
		quietly(fd, OTHER4, "2");
		ask("sendto", fd, &third, EARS({"it", fd}));
		own_filter(fd);
		own_control(fd);
		MUST(dup2(fd, 50));
		fflush(stdout);
		execv("/proc/self/exe", args);
		die("exec");
	}
	if (argv[1][0] == 'g') {
		fd = get();
		chosen_port = true_port(fd);
		quietly(fd, OTHER4, "given");
		return 0;
	}
	fd = 50;
	chosen_port = true_port(fd);
	say("-- over exec");
	quietly(fd, OTHER4, "over");
	told = told_name(fd);
	say("the host is told %s", inet_ntoa(told.v4.sin_addr));
	goes(fd, ROUTED4, options("exec"));
	given(fd);
	return 0;
}
