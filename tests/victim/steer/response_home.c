/* SPDX-License-Identifier: MIT */
/* A stateless proxy answers from the socket on which the next hop's answer came in: by the mark in its
 * top Via it leaves from where its request came in, to a specific listener or to one that hears all
 * addresses; without a mark, with a copied one or another's, from where the proxy sends it. */
/*victim
case: sendto sendmsg sendmmsg
*/
/*ini
[host]
secret = a long secret of this test
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[bond:wide]
member = udp:10.0.3.1:5070
[route:in-out]
from = in, wide
bond = out
[route:out-in]
from = out
bond = in
*/
/*expect
-- in by 10.0.2.1
the answer, by the socket where it came in: 10.0.2.1:5060, without mark
the same with a Contact of the host: 10.0.2.1:5060, Contact 10.0.2.1
by the right one itself: 10.0.2.1:5060, without mark
-- not marked, marked for another branch, forged
from where it is sent: 10.0.1.1:5060, without mark
from where it is sent: 10.0.1.1:5060, without mark
from where it is sent: 10.0.1.1:5060, without mark
-- in by one address of a wildcard
the answer, by the socket where it came in: 10.0.3.1:5070, without mark
-- where that one is gone
from where it is sent: 10.0.1.1:5060, without mark
-- the other way round
the answer, by the socket where it came in: 10.0.1.1:5060, without mark
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x4
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0 x3
peer: udp 10.0.3.1:5070 > 203.0.113.9:5080: SIP/2.0
*/
#include "proxy.h"

static const char *call;

static struct text *reads(int fd, const char *from, const struct ep *at, const struct text *message)
{
	struct text *in = text_new();
	struct pollfd p = {.fd = fd, .events = POLLIN};

	peer_sends(from, QUIET, at, message);
	raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
	in->n = MUST(recv(fd, in->p, TEXT_MAX - 1, 0));
	in->p[in->n] = '\0';
	return in;
}

static struct text *takes(const char *host, char *from)
{
	struct text *t = text_new();
	char line[100];

	snprintf(line, sizeof(line), "TAKE %s %d\n", host, QUIET);
	strcpy(from, "nowhere");
	if (command(line, NULL, t)) {
		size_t head = strcspn(t->p, "\n") + 1;
		snprintf(from, 64, "%.*s", (int)head - 1, t->p);
		memmove(t->p, t->p + head, t->n -= head);
		t->p[t->n] = '\0';
	}
	return t;
}

/* A request passes the proxy from `in` to `out`; what the peer there got. */
static struct text *asks(const char *branch, const struct ep *at, int in, const char *from, int out,
	const char *to)
{
	char name[64], seen_from[64];
	struct ep target, own = true_name(out);
	struct text *read = reads(in, from, at,
		sip("INVITE sip:b@%s:5080 SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-%s\n"
		    "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n", to, from, branch));

	inet_ntop(AF_INET, &own.v4.sin_addr, name, sizeof(name));
	struct text *made = proxy_request(read, name, &target);
	MUST(sendto(out, made->p, made->n, 0, &target.sa, target.len));
	return takes(to, seen_from);
}

/* The proxy reads an answer from `in` and sends it on from `out`. */
static void answers(const char *what, const struct text *answer, int in, const char *from, int out,
	const char *to)
{
	struct ep target, at = true_name(in);
	char seen_from[64];
	struct text *read = reads(in, from, &at, answer), *made = proxy_response(read, &target), *got;

	if (!made) {
		say("%s: not the proxy's", what);
		return;
	}
	if (send_by(call, out, &target, made->p, made->n) != (long)made->n)
		say("%s: %s", what, strerrorname_np(errno));
	got = takes(to, seen_from);
	if (strstr(got->p, "Contact: "))
		say("%s: %s, Contact %s", what, seen_from, part(got, "Contact: <sip:b@", ">;"));
	else
		say("%s: %s, %s mark", what, seen_from, strstr(got->p, "bond-in") ? "with" : "without");
}

int main(int argc, char **argv)
{
	int h = udp(H4, 5060), m = udp(M4, 5060), wide = udp("0.0.0.0", 5070);
	struct ep at = ep(H4, 5060), many = ep(T4, 5070), out = ep(M4, 5060);
	struct text *wire, *ok, *other;
	char *mark;

	(void)argc;
	call = argv[1];
	say("-- in by 10.0.2.1");
	wire = asks("1", &at, h, OTHER4, h, ROUTED4);
	ok = answer_to(wire, "200 OK", "", "");
	answers("the answer, by the socket where it came in", ok, m, ROUTED4, m, OTHER4);
	answers("the same with a Contact of the host",
		answer_to(wire, "200 OK", "", "Contact: <sip:b@10.0.2.1>\n"), m, ROUTED4, m, OTHER4);
	answers("by the right one itself", ok, m, ROUTED4, h, OTHER4);
	say("-- not marked, marked for another branch, forged");
	other = answer_to(wire, "200 OK", "", "");
	mark = strstr(other->p, ";bond-in=");
	memcpy(mark, ";x-nd-in=", 9);
	answers("from where it is sent", other, m, ROUTED4, m, OTHER4);
	memcpy(mark, ";bond-in=", 9);
	strstr(other->p, "203.0.113.9:5080;branch=z9hG4bK-1")[32] = '2';
	answers("from where it is sent", other, m, ROUTED4, m, OTHER4);
	memcpy(mark, ";bond-in=aaaaaaaaaa", 19);
	answers("from where it is sent", other, m, ROUTED4, m, OTHER4);
	say("-- in by one address of a wildcard");
	wire = asks("3", &many, wide, OTHER4, m, ROUTED4);
	answers("the answer, by the socket where it came in", answer_to(wire, "200 OK", "", ""), m, ROUTED4,
		m, OTHER4);
	say("-- where that one is gone");
	wire = asks("4", &many, wide, OTHER4, m, ROUTED4);
	close(wide);
	answers("from where it is sent", answer_to(wire, "200 OK", "", ""), m, ROUTED4, m, OTHER4);
	say("-- the other way round");
	wire = asks("5", &out, m, ROUTED4, m, OTHER4);
	answers("the answer, by the socket where it came in", answer_to(wire, "200 OK", "", ""), h, OTHER4,
		h, ROUTED4);
	return 0;
}
