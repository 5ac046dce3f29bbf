/* SPDX-License-Identifier: MIT */
/* What is refused, restored or removed on its way in is a line of the trace, by whichever call it came,
 * with the Call-ID; of what comes in untouched there is none. */
/*victim
unsteered: no
*/
/*ini
[host]
unknown = 403
header = X-Bond
secret = a long secret of this test
[bond:in]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
[route:peer]
to = 198.51.100.0/24, 10.0.3.1:5090
bond = in
*/
/*expect
-- no bond has the listener: each call
recvfrom(FD<UDP:[10.0.2.1:5060]>, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/"..., 65999, 0, {sa_family=AF_INET, sin_port=htons(5080), sin_addr=inet_addr("198.51.100.9")}, [128 => 16]) = N <T> ! no bond has this listener, answered 403, Call-ID "c-recvfrom"
recvfrom(FD<UDP:[10.0.2.1:5060]>, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/"..., 65999, 0, NULL, NULL) = N <T> ! no bond has this listener, answered 403, Call-ID "c-recv"
read(FD<UDP:[10.0.2.1:5060]>, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/"..., 65999) = N <T> ! no bond has this listener, answered 403, Call-ID "c-read"
readv(FD<UDP:[10.0.2.1:5060]>, [{iov_base="OPTIONS sip:a SIP/2.0\r\nVia: SIP/"..., iov_len=21999}, {iov_base="", iov_len=21999}, {iov_base="", iov_len=22001}], 3) = N <T> ! no bond has this listener, answered 403, Call-ID "c-readv"
recvmsg(FD<UDP:[10.0.2.1:5060]>, {msg_name={sa_family=AF_INET, sin_port=htons(5080), sin_addr=inet_addr("198.51.100.9")}, msg_namelen=16, msg_iov=[{iov_base="OPTIONS sip:a SIP/2.0\r\nVia: SIP/"..., iov_len=21999}, {iov_base="", iov_len=21999}, {iov_base="", iov_len=22001}], msg_iovlen=3, msg_controllen=0, msg_flags=0}, 0) = N <T> ! no bond has this listener, answered 403, Call-ID "c-recvmsg"
-- an ACK is not answered
recvfrom(FD<UDP:[10.0.2.1:5060]>, "ACK sip:a SIP/2.0\r\nVia: SIP/2.0/"..., 65999, 0, {sa_family=AF_INET, sin_port=htons(5080), sin_addr=inet_addr("198.51.100.9")}, [128 => 16]) = N <T> ! no bond has this listener, dropped, Call-ID "ack"
-- on a member: nothing to say, forged marks, odd Call-IDs
recvfrom(FD<UDP:[10.0.1.1:5060]>, "OPTIONS sip:a SIP/2.0\r\nX-Bond-In"..., 65999, 0, {sa_family=AF_INET, sin_port=htons(5080), sin_addr=inet_addr("198.51.100.9")}, [128 => 16]) = N <T> ! arrived at in udp:10.0.1.1:5060, removed bond-in header, Call-ID "forged"
recvfrom(FD<UDP:[10.0.1.1:5060]>, "OPTIONS sip:a SIP/2.0\r\nX-Bond-In"..., 65999, 0, {sa_family=AF_INET, sin_port=htons(5080), sin_addr=inet_addr("198.51.100.9")}, [128 => 16]) = N <T> ! arrived at in udp:10.0.1.1:5060, removed header, Call-ID "\33[2J\"\377"
-- a response to what was edited
recvfrom(FD<UDP:[10.0.1.1:5060]>, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP"..., 65999, 0, {sa_family=AF_INET, sin_port=htons(5080), sin_addr=inet_addr("198.51.100.9")}, [128 => 16]) = N <T> ! arrived at in udp:10.0.1.1:5060, restored via record-route, Call-ID "answer"
-- on connections: a response, two in one read, none of a bond
recvfrom(FD<TCP:[10.0.1.1:*->10.0.3.1:5090]>, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP"..., 65999, 0, NULL, NULL) = N <T> ! arrived at in tcp:10.0.1.1:5060, restored via record-route, Call-ID "c"
recvfrom(FD<TCP:[10.0.1.1:5060->10.0.3.1:*]>, "OPTIONS sip:a SIP/2.0\r\nX-Bond-In"..., 65999, 0, NULL, NULL) = N <T> ! arrived at in tcp:10.0.1.1:5060, removed bond-in, Call-ID "one" "two"
recvfrom(FD<TCP:[10.0.2.1:5060->10.0.3.1:*]>, "", 65999, 0, NULL, NULL) = N <T> ! no bond has this listener, answered 403, connection shut, Call-ID "three"
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: SIP/2.0 x5
*/
#include "stream.h"
#include "talk.h"
#include "trace_lines.h"

static char file[] = "/tmp/trace-arrivals-XXXXXX";

/* The lines that the trace has now, without what differs from run to run. */
static void say_trace(void)
{
	for (char *line = trace_line(true); line; line = trace_line(false)) {
		char out[3000];
		size_t to = 0;
		for (char *c = line; *c && to < sizeof(out) - 20; c++) {
			char *digits = c + 1 + (*c == '(' ? 0 : 2);
			size_t count = strspn(digits, "0123456789");
			out[to++] = *c;
			if (*c == '(' && c[count + 1] == '<') {
				to += sprintf(out + to, "FD");
				c += count;
			} else if (strncmp(c, ") ", 2) == 0 && strspn(c + 1, " ") > 1) {
				c += strspn(c + 1, " ") - 1;
			} else if (strncmp(c, "= ", 2) == 0 && c[2 + (count = strspn(c + 2, "0123456789"))] == ' ' && count) {
				to += sprintf(out + to, " N");
				c += 1 + count;
			} else if (*c == '<' && strspn(c + 1, "0123456789.") && c[1 + strspn(c + 1, "0123456789.")] == '>') {
				to += sprintf(out + to, "T");
				c += strspn(c + 1, "0123456789.");
			} else if (*c == ':' && atoi(c + 1) >= CHOSEN_PORTS) {
				out[to++] = '*';
				c += strspn(c + 1, "0123456789");
			}
		}
		say("%.*s", (int)to, out);
	}
}

static struct text *request(const char *method, const char *rows, const char *call_id)
{
	return sip("%s sip:a SIP/2.0\nVia: SIP/2.0/UDP x;branch=z9hG4bK-%s%s\nFrom: <sip:x@y>;tag=1\n"
		   "To: <sip:a>\nCSeq: 1 %s\nCall-ID: %s\nContent-Length: 0\n"
		   "Subject: 0123456789012345678901234567890123456789012345678901234567890123456789\n",
		method, call_id, rows, method, call_id);
}

static void read_by(const char *call, int fd, const char *host, const struct text *message)
{
	static struct text in;
	struct ep at = ep(host, 5060);

	peer_sends(ROUTED4, QUIET, &at, message);
	wait_readable(fd);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	if (strcmp(call, "recvmsg") == 0) {
		struct ep from = {.len = 0};
		struct iovec iov[3] = {{in.p, 21999}, {in.p + 21999, 21999}, {in.p + 43998, 22001}};
		struct msghdr m = {.msg_name = &from.ss, .msg_namelen = sizeof(from.ss), .msg_iov = iov,
			.msg_iovlen = 3};
		recvmsg(fd, &m, 0);
	} else {
		receive_by(call, fd, in.p, 65999);
	}
	say_trace();
}

static void datagrams(void)
{
	static const char *const calls[] = {"recvfrom", "recv", "read", "readv", "recvmsg"};
	int h = udp(H4, 5060), m = udp(M4, 5060);
	char id[20];

	say("-- no bond has the listener: each call");
	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "c-%s", calls[i]);
		read_by(calls[i], h, H4, request("OPTIONS", "", id));
	}
	say("-- an ACK is not answered");
	read_by("recvfrom", h, H4, request("ACK", "", "ack"));
	say("-- on a member: nothing to say, forged marks, odd Call-IDs");
	read_by("recvfrom", m, M4, request("OPTIONS", "", "plain"));
	read_by("recvfrom", m, M4, request("OPTIONS", ";bond-in=aaaaaaaaaa\nX-Bond-In: z", "forged"));
	read_by("recvfrom", m, M4, request("OPTIONS", "\nX-Bond-Out: z", "\033[2J\"\377"));
	say("-- a response to what was edited");
	struct ep to = ep(ROUTED4, QUIET);
	struct text *out = sip("INVITE sip:b@198.51.100.9 SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-9\n"
			       "Record-Route: <sip:10.0.2.1;lr>\nFrom: <sip:x@y>;tag=1\nTo: <sip:b>\n"
			       "Call-ID: answer\nCSeq: 1 INVITE\nMax-Forwards: 70\nContent-Length: 0\n");
	MUST(sendto(h, out->p, out->n, 0, &to.sa, to.len));
	static struct text got;
	char line[100];
	snprintf(line, sizeof(line), "TAKE %s %d\n", ROUTED4, QUIET);
	/* the answers with 403 stand before it */
	for (int i = 0; i < 20 && command(line, NULL, &got) && !strstr(got.p, "INVITE sip:b"); i++)
		;
	read_by("recvfrom", m, M4, answer_to(&got, "200 OK", "", ""));
}

static void connections(void)
{
	static const char two[] =
		"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP x;bond-in=aaaaaaaaaa\r\nCall-ID: one\r\n"
		"CSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nabc"
		"OPTIONS sip:a SIP/2.0\r\nv: SIP/2.0/TCP x\r\ni: two\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n";
	static const char third[] =
		"OPTIONS sip:a SIP/2.0\r\nv: SIP/2.0/TCP x;branch=z9hG4bK-3\r\nf: <sip:a>;tag=1\r\n"
		"t: <sip:a>\r\ni: three\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n"
		"Subject: 01234567890123456789012345678901234567890123456789012345678901234567890\r\n\r\n";
	static const char out[] = REQUEST("1", "0");
	static char text[66000];
	struct buffer wire = {0};
	int peer, fd;

	say("-- on connections: a response, two in one read, none of a bond");
	streams_open();
	fd = host_connect(&peer);
	MUST(send(fd, out, sizeof(out) - 1, 0));
	peer_read(peer, &wire, 2000);
	struct buffer answer = response_of(&wire, "");
	static struct buffer whole;
	char *end = memmem(answer.p, answer.n, "Content-Length", 14);
	buffer_add(&whole, answer.p, end - answer.p);
	buffer_add(&whole, "Call-ID: c\r\nContent-Length: 0\r\n\r\n", 33);
	peer_send(peer, whole.p, whole.n);
	wait_readable(fd);
	recv(fd, text, 65999, 0);
	say_trace();

	fd = host_accept(&peer);
	peer_send(peer, two, sizeof(two) - 1);
	wait_readable(fd);
	recv(fd, text, 65999, 0);
	say_trace();

	struct ep to = ep(H4, 5060), from = ep(T4, 0);
	peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, peer, (long)&from.ss, from.len, 0, 0, 0);
	raw(SYS_connect, peer, (long)&to.ss, to.len, 0, 0, 0);
	fd = MUST(accept(listener_h, NULL, NULL));
	peer_send(peer, third, sizeof(third) - 1);
	wait_readable(fd);
	recv(fd, text, 65999, 0);
	say_trace();
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		close(MUST(mkstemp(file)));
		setenv("BOND_TRACE", "unknown,restore", 1);
		setenv("BOND_TRACE_FILE", file, 1);
		execl("/proc/self/exe", argv[0], "again", NULL);
		die("exec");
	}
	datagrams();
	connections();
	unlink(getenv("BOND_TRACE_FILE"));
	return 0;
}
