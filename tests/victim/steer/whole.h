/* SPDX-License-Identifier: MIT */
/* Whole calls of a host with one wildcard socket, as the programs of the field make them: what name it
 * writes into its messages is the only thing that they differ in. */
#ifndef WHOLE_H
#define WHOLE_H

#include "talk.h"

struct host {
	int fd;
	const char *(*name)(const char *peer); /* of the next message to that peer, with its port */
};

struct side {
	const char *peer, *peer_name;
	const char *tag; /* of the peer, once the host knows it */
	int call, cseq;
	struct ep at; /* where the peer sends to: what the Contact that it was told says */
};

static struct ep contact_at(const struct text *wire)
{
	const char *host = part(wire, "Contact: <sip:h@", ";>");
	char text[64];

	if (host[0] == '[')
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(host + 1, "]"), host + 1);
	else
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(host, ":"), host);
	return ep(text, 5060);
}

/* An answer with a tag of the one who gives it. */
static struct text *answer(const struct text *request, const char *tag, const char *contact)
{
	struct text *t = text_new();

	t->n = sprintf(t->p, "SIP/2.0 200 OK\r\n");
	copy_rows(t, request, "Via", "");
	copy_rows(t, request, "From", "");
	copy_rows(t, request, "To", strstr(part(request, "\nTo:", "\r"), ";tag=") ? "" : tag);
	copy_rows(t, request, "Call-ID", "");
	copy_rows(t, request, "CSeq", "");
	t->n += sprintf(t->p + t->n, "%s%s\r\n", contact, contact[0] ? "\r\n" : "");
	return t;
}

static struct text *requests(const struct host *h, struct side *s, const char *method)
{
	const char *name = h->name(s->peer);

	if (strcmp(method, "ACK") != 0)
		s->cseq++;
	return goes(h->fd, s->peer,
		sip("%s sip:p@%s:5080 SIP/2.0\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK-%d-%d%s\n"
		    "Max-Forwards: 70\nFrom: <sip:h@x>;tag=host\nTo: <sip:p@x>%s\nCall-ID: %d\n"
		    "CSeq: %d %s\nContact: <sip:h@%s>\n", method, s->peer_name, name, s->call,
			s->cseq, method, s->tag, s->call, s->cseq, method, name));
}

/* The peer's final answer to what it got, and the host's ACK. */
static void is_answered(const struct host *h, struct side *s, const struct text *wire)
{
	char contact[100];

	if (!wire)
		return;
	s->at = contact_at(wire);
	s->tag = ";tag=peer";
	snprintf(contact, sizeof(contact), "Contact: <sip:p@%s:5080>", s->peer_name);
	say("its answer");
	comes(h->fd, s->peer, &s->at, answer(wire, ";tag=peer", contact));
}

/* A request of the peer to the Contact that it was told, and the host's answer. */
static void is_asked(const struct host *h, struct side *s, const char *method, const char *uri)
{
	static int number;
	struct text *in, *wire;
	char contact[100] = "";

	number++;
	in = comes(h->fd, s->peer, &s->at,
		sip("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-p%d\nMax-Forwards: 70\n"
		    "From: <sip:p@x>;tag=peer\nTo: <sip:h@x>%s\nCall-ID: %d\nCSeq: %d %s\n",
			method, uri, s->peer_name, number, s->cseq ? ";tag=host" : "", s->call,
			number, method));
	if (!in || strcmp(method, "ACK") == 0)
		return;
	if (strcmp(method, "INVITE") == 0)
		snprintf(contact, sizeof(contact), "Contact: <sip:h@%s>", h->name(s->peer));
	wire = goes(h->fd, s->peer, answer(in, ";tag=host", contact));
	if (wire && contact[0])
		s->at = contact_at(wire);
}

static void reinvites_and_ends(const struct host *h, struct side *s)
{
	say("re-INVITE by the host");
	is_answered(h, s, requests(h, s, "INVITE"));
	say("ACK");
	requests(h, s, "ACK");
	say("BYE by the host");
	is_answered(h, s, requests(h, s, "BYE"));
}

static void calls(const struct host *h, const char *peer, const char *peer_name, int number)
{
	struct side s = {.peer = peer, .peer_name = peer_name, .tag = "", .call = number};
	struct text *wire;
	const char *uri;

	say("-- calls %s", peer);
	wire = requests(h, &s, "INVITE");
	if (!wire)
		return;
	uri = part(wire, "Contact: <", ">");
	is_answered(h, &s, wire);
	say("ACK");
	requests(h, &s, "ACK");
	say("re-INVITE by the peer");
	is_asked(h, &s, "INVITE", uri);
	reinvites_and_ends(h, &s);
}

static void is_called(const struct host *h, const char *peer, const char *peer_name, const char *at,
	int number)
{
	struct side s = {.peer = peer, .peer_name = peer_name, .tag = ";tag=peer", .call = number,
		.at = ep(at, 5060)};
	char uri[100];

	say("-- is called by %s at %s", peer, at);
	snprintf(uri, sizeof(uri), strchr(at, ':') ? "sip:h@[%s]" : "sip:h@%s", at);
	is_asked(h, &s, "INVITE", uri);
	reinvites_and_ends(h, &s);
}

/* "Which address would I use?": of a socket of its own; with the listener's port behind it. */
static const char *probed(const char *peer, int port)
{
	static char text[80];
	struct ep to = ep(peer, port), told;
	int fd = MUST(socket(to.sa.sa_family, SOCK_DGRAM, 0));

	MUST(connect(fd, &to.sa, to.len));
	told = told_name(fd);
	close(fd);
	if (told.sa.sa_family == AF_INET)
		told.v4.sin_port = htons(5060);
	else
		told.v6.sin6_port = htons(5060);
	snprintf(text, sizeof(text), "%s", ep_text(&told));
	return text;
}

#ifdef MEMBERS_2
#define SECOND4 T4
#define SECOND6 T6
#else
#define SECOND4 M4
#define SECOND6 M6
#endif

static int whole(const char *(*name)(const char *))
{
	struct host four = {udp("0.0.0.0", 5060), name}, six;

	calls(&four, ROUTED4, ROUTED4, 1);
	is_called(&four, ROUTED4, ROUTED4, M4, 2);
	is_called(&four, ROUTED4, ROUTED4, SECOND4, 3);
	is_called(&four, OTHER4, OTHER4, SECOND4, 4);
	calls(&four, OTHER4, OTHER4, 5);
	is_called(&four, OTHER4, OTHER4, H4, 6);
	close(four.fd);
	six = (struct host){bound(SOCK_DGRAM, "::", 5060), name};
	calls(&six, ROUTED6, "[" ROUTED6 "]", 7);
	is_called(&six, ROUTED6, "[" ROUTED6 "]", SECOND6, 8);
	return 0;
}

#endif
