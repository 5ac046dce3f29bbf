/* SPDX-License-Identifier: MIT */
/* A host of one listener for connections accepts what comes to members of its port and of others, by sk_lookup. It is
 * told its own name for each, what it reads names it by that, and what it answers names the member; elsewhere
 * nobody listens. So in a child that is another user. */
/*victim
case: IPv4 IPv6 mapped
*/
/*ini
[bond:one]
member = tcp:10.0.1.1:5080 open=sk_lookup
member = tcp:[fd00:1::1]:5080 open=sk_lookup
member = tcp:10.0.3.1:5060 open=sk_lookup
member = tcp:[fd00:3::1]:5060 open=sk_lookup
*/
/*expect IPv4
-- 10.0.1.1:5080
told 10.0.2.1:5060
heard
Contact: <sip:h@10.0.1.1:5080;transport=tcp;bond=*>
-- 10.0.3.1:5060
told 10.0.2.1:5060
heard
Contact: <sip:h@10.0.3.1:5060;transport=tcp;bond=*>
-- 10.0.2.1:5060
told 10.0.2.1:5060
heard
Contact: <sip:h@10.0.2.1:5060;transport=tcp>
-- 10.0.1.1:5060
ECONNREFUSED
-- 10.0.3.1:5080
ECONNREFUSED
-- in a child
-- 10.0.1.1:5080
told 10.0.2.1:5060
heard
Contact: <sip:h@10.0.1.1:5080;transport=tcp;bond=*>
*/
/*expect IPv6
-- fd00:1::1:5080
told [fd00:2::1]:5060
heard
Contact: <sip:h@[fd00:1::1]:5080;transport=tcp;bond=*>
-- fd00:3::1:5060
told [fd00:2::1]:5060
heard
Contact: <sip:h@[fd00:3::1]:5060;transport=tcp;bond=*>
-- fd00:2::1:5060
told [fd00:2::1]:5060
heard
Contact: <sip:h@[fd00:2::1]:5060;transport=tcp>
-- fd00:1::1:5060
ECONNREFUSED
-- fd00:3::1:5080
ECONNREFUSED
-- in a child
-- fd00:1::1:5080
told [fd00:2::1]:5060
heard
Contact: <sip:h@[fd00:1::1]:5080;transport=tcp;bond=*>
*/
/*expect mapped
-- 10.0.1.1:5080
told [::ffff:10.0.2.1]:5060
heard
Contact: <sip:h@10.0.1.1:5080;transport=tcp;bond=*>
-- 10.0.3.1:5060
told [::ffff:10.0.2.1]:5060
heard
Contact: <sip:h@10.0.3.1:5060;transport=tcp;bond=*>
-- 10.0.2.1:5060
told [::ffff:10.0.2.1]:5060
heard
Contact: <sip:h@10.0.2.1:5060;transport=tcp>
-- 10.0.1.1:5060
ECONNREFUSED
-- 10.0.3.1:5080
ECONNREFUSED
-- in a child
-- 10.0.1.1:5080
told [::ffff:10.0.2.1]:5060
heard
Contact: <sip:h@10.0.1.1:5080;transport=tcp;bond=*>
*/
#include "steer.h"

static const char *own = H4, *own_text = H4, *member = M4, *third = T4;
static int listener;

/* Bare, so that no library sees it. */
static int dial(const char *host, int port)
{
	struct ep to = ep(host, port);
	int fd = raw(SYS_socket, to.sa.sa_family, SOCK_STREAM, 0, 0, 0, 0);
	long error = raw(SYS_connect, fd, (long)&to.sa, to.len, 0, 0, 0);

	say("-- %s:%d", host, port);
	if (error == 0)
		return fd;
	say("%s", strerrorname_np((int)-error));
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	return -1;
}

static void hide_token(char *text)
{
	char *token = strstr(text, ";bond=");

	if (token)
		memmove(token + 7, strpbrk(token, ">"), strlen(strpbrk(token, ">")) + 1), token[6] = '*';
}

static void call(const char *host, int port)
{
	char text[2000] = "", line[200];
	int peer = dial(host, port), fd, n;

	if (peer < 0)
		return;
	fd = accept(listener, NULL, NULL);
	struct ep told = told_name(fd);
	say("told %s", ep_text(&told));
	n = snprintf(text, sizeof(text), "INVITE sip:h@x SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK-1\r\n"
		"From: <sip:a@x>;tag=1\r\nTo: <sip:h@x>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	raw(SYS_sendto, peer, (long)text, n, 0, 0, 0);
	wait_readable(fd);
	text[recv(fd, text, sizeof(text) - 1, 0)] = 0;
	say("%s", memcmp(text, "INVITE sip:h@x", 14) == 0 ? "heard" : text);
	char *via = strdup(strstr(text, "Via:"));
	via[strcspn(via, "\r")] = 0;
	n = snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n%s\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:h@x>;tag=2\r\n"
		"Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:h@%s:5060;transport=tcp>\r\nContent-Length: 0\r\n\r\n", via, own_text);
	MUST(send(fd, text, n, 0));
	n = (int)raw(SYS_recvfrom, peer, (long)text, sizeof(text) - 1, 0, 0, 0);
	text[n > 0 ? n : 0] = 0;
	snprintf(line, sizeof(line), "%s", strstr(text, "Contact:"));
	line[strcspn(line, "\r")] = 0;
	hide_token(line);
	say("%s", line);
	close(fd);
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
	int status;

	(void)argc;
	if (strcmp(argv[1], "IPv6") == 0) {
		own = H6, member = M6, third = T6;
		own_text = "[" H6 "]";
	}
	listener = tcp_listener(strcmp(argv[1], "mapped") == 0 ? "::ffff:" H4 : own, 5060);
	call(member, 5080);
	call(third, 5060);
	call(own, 5060);
	call(member, 5060);
	call(third, 5080);
	fflush(stdout);
	if (fork() == 0) {
		MUST(setresuid(65534, 65534, 65534));
		say("-- in a child");
		call(member, 5080);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	return 0;
}
