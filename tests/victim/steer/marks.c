/* SPDX-License-Identifier: MIT */
/* What a mark proves: that a request came in where it says, and came so to this host. What peers see of
 * it, and send again, is worth nothing: from the same peer or another, under the same branch or another,
 * on top or below, by a way that nobody looks at, by a host that puts no Via of its own on top, or
 * twice through the host. */
/*ini
[host]
secret = a long secret of this test
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[bond:third]
member = udp:10.0.3.1:5060
[route:in-out]
from = in
bond = out
[route:rest]
bond = third
*/
/*expect
from the inside: 10.0.1.1
the peer sees another mark than the host: yes
the same peer, the same branch: not as from the inside
the other side's peer, the same branch: not as from the inside
the same, a new branch: not as from the inside
with the mark of the host's own: not as from the inside
a Via of its own on top, the same branch: not as from the inside
the replayed one twice: not as from the inside
an empty value on top: not as from the inside
read by a way that is not seen, the peer's mark: not as from the inside
read by a way that is not seen, on another branch: not as from the inside
the host puts no Via on top: not as from the inside
the host puts no Via on top, from the inside: 10.0.1.1
and the mark that leaves so is another: yes
the resend: 10.0.1.1
no branch, from the inside: 10.0.1.1
no branch, another's: not as from the inside
twice through the host: 10.0.3.1
every mark that leaves is another: yes
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x4
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: INVITE x9
*/
#include "proxy.h"

static int h, m, t;

static struct text *reads(int fd, const char *from, const struct text *message)
{
	struct text *in = text_new();
	struct ep at = true_name(fd);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	peer_sends(from, QUIET, &at, message);
	if (raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0) <= 0)
		return NULL;
	in->n = MUST(recv(fd, in->p, TEXT_MAX - 1, 0));
	in->p[in->n] = '\0';
	return in;
}

/* Sends it to the peer and says from where that saw it come. */
static struct text *leaves(const char *what, int fd, const struct text *message, bool inside)
{
	struct ep to = ep(ROUTED4, QUIET);
	struct text *wire = text_new();
	char host[64] = "nowhere";

	if (sendto(fd, message->p, message->n, 0, &to.sa, to.len) >= 0 &&
		command("TAKE " ROUTED4 " 5080\n", NULL, wire)) {
		size_t head = strcspn(wire->p, "\n") + 1;
		snprintf(host, sizeof(host), "%.*s", (int)strcspn(wire->p, ":"), wire->p);
		memmove(wire->p, wire->p + head, wire->n -= head);
		wire->p[wire->n] = '\0';
	}
	if (inside || strcmp(host, M4) == 0)
		say("%s: %s", what, host);
	else
		say("%s: not as from the inside", what);
	return wire;
}

static struct text *invite(const char *vias)
{
	return sip("INVITE sip:b@198.51.100.9:5080 SIP/2.0\n%s"
		   "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE\n", vias);
}

/* Through the proxy, which makes its branch of the request's. */
static struct text *passes(const char *what, int fd, const char *from, const char *vias, bool inside)
{
	struct text *in = reads(fd, from, invite(vias)), *out;
	char name[64];
	struct ep to, here = true_name(fd);

	if (!in) {
		say("%s: not as from the inside", what);
		return NULL;
	}
	inet_ntop(AF_INET, &here.v4.sin_addr, name, sizeof(name));
	out = proxy_request(in, name, &to);
	proxy_made = out;
	return leaves(what, fd, out, inside);
}

/* Whether no mark of one message stands in the other. */
static bool others(const struct text *was, const struct text *is)
{
	const char *p = was->p;

	while ((p = strstr(p, ";bond-in=")) && (p += 9)) {
		char mark[11];
		snprintf(mark, sizeof(mark), "%s", p);
		if (strstr(is->p, mark))
			return false;
	}
	return strstr(was->p, ";bond-in=") && strstr(is->p, ";bond-in=");
}

int main(void)
{
	static const char caller[] = "Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-a1";
	struct text *wire, *made, *twice;
	char vias[1000], seen_mark[20], own_mark[20];

	h = udp(H4, 5060), m = udp(M4, 5060), t = udp(T4, 5060);
	snprintf(vias, sizeof(vias), "%s\n", caller);
	wire = passes("from the inside", h, OTHER4, vias, true);
	made = proxy_made;
	say("the peer sees another mark than the host: %s", others(made, wire) ? "yes" : "no");
	snprintf(seen_mark, sizeof(seen_mark), "%s", part(wire, "bond-in=", "\r;"));
	snprintf(own_mark, sizeof(own_mark), "%s", part(made, "bond-in=", "\r;"));

	snprintf(vias, sizeof(vias), "%s;bond-in=%s\n", caller, seen_mark);
	passes("the same peer, the same branch", t, ROUTED4, vias, false);
	passes("the other side's peer, the same branch", t, OTHER4, vias, false);
	snprintf(vias, sizeof(vias), "%s9;bond-in=%s\n", caller, seen_mark);
	passes("the same, a new branch", t, ROUTED4, vias, false);
	snprintf(vias, sizeof(vias), "%s;bond-in=%s\n", caller, own_mark);
	passes("with the mark of the host's own", t, ROUTED4, vias, false);
	snprintf(vias, sizeof(vias), "Via: SIP/2.0/UDP x;branch=z9hG4bK-a1\n%s;bond-in=%s\n", caller,
		seen_mark);
	passes("a Via of its own on top, the same branch", t, ROUTED4, vias, false);
	snprintf(vias, sizeof(vias), "%s;bond-in=%s\n%s;bond-in=%s\n", caller, own_mark, caller, own_mark);
	passes("the replayed one twice", t, ROUTED4, vias, false);
	snprintf(vias, sizeof(vias), "Via: ,\n%s;bond-in=%s\n", caller, own_mark);
	passes("an empty value on top", t, ROUTED4, vias, false);

	snprintf(vias, sizeof(vias), "Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-t1\n%s;bond-in=%s\n", caller,
		seen_mark);
	leaves("read by a way that is not seen, the peer's mark", t, invite(vias), false);
	snprintf(vias, sizeof(vias), "Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-t2\n%s9;bond-in=%s\n", caller,
		own_mark);
	leaves("read by a way that is not seen, on another branch", t, invite(vias), false);

	snprintf(vias, sizeof(vias), "Via: SIP/2.0/UDP x;branch=z9hG4bK-x\n%s;bond-in=%s\n", caller, own_mark);
	leaves("the host puts no Via on top", t, reads(t, ROUTED4, invite(vias)), false);
	snprintf(vias, sizeof(vias), "%s-2\n", caller);
	made = reads(h, OTHER4, invite(vias));
	wire = leaves("the host puts no Via on top, from the inside", h, made, true);
	say("and the mark that leaves so is another: %s", others(made, wire) ? "yes" : "no");

	snprintf(vias, sizeof(vias), "%s\n", caller);
	passes("the resend", h, OTHER4, vias, true);
	wire = passes("no branch, from the inside", h, OTHER4, "Via: SIP/2.0/UDP 203.0.113.9:5080\n", true);
	snprintf(vias, sizeof(vias), "Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-t3\n"
		"Via: SIP/2.0/UDP 203.0.113.8:5080;bond-in=%s\n", part(proxy_made, "bond-in=", "\r;"));
	leaves("no branch, another's", t, invite(vias), false);

	snprintf(vias, sizeof(vias), "%s-s\n", caller);
	struct text *once = reads(h, OTHER4, invite(vias));
	struct ep at = ep(T4, 5060), to;
	made = proxy_request(once, H4, &to);
	MUST(sendto(h, made->p, made->n, 0, &at.sa, at.len));
	twice = text_new();
	struct pollfd p = {.fd = t, .events = POLLIN};
	raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
	twice->n = MUST(recv(t, twice->p, TEXT_MAX - 1, 0));
	twice->p[twice->n] = '\0';
	made = proxy_request(twice, T4, &to);
	wire = leaves("twice through the host", t, made, true);
	snprintf(own_mark, sizeof(own_mark), "%s", part(twice, "bond-in=", "\r;"));
	say("every mark that leaves is another: %s", others(once, wire) && !strstr(wire->p, own_mark) &&
		strstr(strstr(wire->p, ";bond-in=") + 9, ";bond-in=") ? "yes" : "no");
	return 0;
}
