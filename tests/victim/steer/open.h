/* SPDX-License-Identifier: MIT */
/* For victims with members that are marked open: the host binds H alone. By family, and as mapped
 * addresses. */
#ifndef OPEN_H
#define OPEN_H

#include "talk.h"

static const char *H = H4, *M = M4, *T = T4, *PEER = OTHER4, *ROUTED = ROUTED4;
static const char *OWN = H4; /* as it stands in a message */
static const char *THERE = OTHER4; /* so */

static void choose_family(const char *name)
{
	if (strcmp(name, "v6") == 0) {
		H = H6, M = M6, T = T6, PEER = OTHER6, ROUTED = ROUTED6;
		OWN = "[" H6 "]", THERE = "[" OTHER6 "]";
	} else if (strcmp(name, "mapped") == 0) {
		H = "::ffff:" H4, PEER = "::ffff:" OTHER4, ROUTED = "::ffff:" ROUTED4;
	}
}

static const char *bracketed(const char *host)
{
	static char texts[4][64];
	static int next;
	char *text = texts[next++ % 4];

	snprintf(text, 64, strchr(host, ':') ? "[%s]" : "%s", host);
	return text;
}

/* A request of the peer's from its quiet port, by the name `to`. */
static struct text *request(const char *method, const char *to, int number)
{
	return sip("%s sip:h@%s SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-p%d;rport\n"
		   "From: <sip:p@x>;tag=p\nTo: <sip:h@x>\nCall-ID: p%d\nCSeq: 1 %s\n"
		   "Contact: <sip:p@%s:5080>\n",
		method, bracketed(to), THERE, number, number, method, THERE);
}

/* One of the host's. */
static struct text *invite(int number)
{
	return sip("INVITE sip:p@%s:5080 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-h%d;rport\n"
		   "Record-Route: <sip:%s;lr>\nFrom: <sip:h@x>;tag=h\nTo: <sip:p@x>\nCall-ID: h%d\n"
		   "CSeq: 1 INVITE\nContact: <sip:h@%s>\n",
		THERE, OWN, number, OWN, number, OWN);
}

static struct text *options(int number)
{
	return sip("OPTIONS sip:p@%s:5080 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-o%d;rport\n"
		   "From: <sip:h@x>;tag=h\nTo: <sip:p@x>\nCall-ID: o%d\nCSeq: 1 OPTIONS\n",
		THERE, OWN, number, number);
}

/* A request that comes to that address of the host, and the host's answer; status NULL: none. */
static void comes_in(int h, const char *method, const char *at, const char *status, int number)
{
	struct ep to = ep(at, 5060);
	struct text *in = comes(h, PEER, &to, request(method, at, number));

	if (in && status)
		goes(h, PEER, answer_to(in, status, "", ""));
}

/* The rest of the program, in another process. */
static void in_child(void run(int h), int h)
{
	pid_t child = MUST(fork());

	if (!child) {
		run(h);
		_exit(0);
	}
	MUST(waitpid(child, NULL, 0));
}

#endif
