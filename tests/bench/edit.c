/* SPDX-License-Identifier: MIT */
/* The cost of an edit, without any socket: OPERATION COUNT, prints nanoseconds a message.
 *	leave    an INVITE of 700 bytes: top Via, Record-Route
 *	answer   its 200 OK arriving: top Via, Record-Route
 *	arrive   a BYE arriving: Route, and bond-in into its Via
 *	stream   the INVITE along a connection
 *	scan     one pass over the INVITE's head */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

#include "sip/name_prepare.h"
#include "sip/stream.h"
#include "sip/token.h"

#define SDP \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n" \
	"m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

#define FIELDS \
	"From: \"Alice\" <sip:alice@example.com>;tag=8d3f1a\r\nTo: <sip:bob@example.com>\r\n" \
	"Call-ID: 4b1f0c6d8b7a4e60a1f3b8c2d5e7f901@192.0.2.7\r\nCSeq: 1 INVITE\r\n" \
	"Contact: <sip:alice@192.0.2.7:5060>\r\nContent-Type: application/sdp\r\n" \
	"Content-Length: 129\r\n\r\n" SDP

static const char invite[] =
	"INVITE sip:bob@203.0.113.9:5060 SIP/2.0\r\n"
	"Record-Route: <sip:10.0.0.1;lr;ftag=8d3f1a>\r\n"
	"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1f6a.7c1d3a7c6f0b0c2e5d;i=1\r\n"
	"Via: SIP/2.0/UDP 192.0.2.7:5060;rport=5060;branch=z9hG4bK-524287-1---9a1d\r\n"
	"Max-Forwards: 69\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n" FIELDS;
static char ok[1024], bye[1024];

static struct name own[8], members[6];
static struct names names = {.own = own, .members = members, .key_count = 1};

static void add(struct name *n, const char *addr, enum transport t, uint16_t owner)
{
	n->transport = (uint8_t)t;
	n->owner = owner;
	if (addr_parse(&n->addr, addr, strlen(addr)) != 0)
		errx(1, "%s", addr);
	n->port = n->addr.port;
}

static void fill(void)
{
	static const char *const hosts[] = {"10.0.0.1:5060", "1.2.3.4:5060", "[2001:db8::a]:5060",
		"[2001:db8::b]:5060"};
	char token[TOKEN_LENGTH];

	for (uint16_t i = 0; i < 8; i++)
		add(&own[names.own_count++], hosts[i / 2], i & 1 ? TRANSPORT_TCP : TRANSPORT_UDP, i);
	for (uint16_t i = 0; i < 4; i++)
		add(&members[names.member_count++], hosts[1 + i / 2 * 2],
			i & 1 ? TRANSPORT_TCP : TRANSPORT_UDP, 0);
	prf_key(&names.keys[0], "secret", 6);
	names_prepare(&names);
	token_write(&names, &own[0], FORM_PLAIN, true, token);
	snprintf(ok, sizeof(ok), "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.2.3.4:5060;branch=z9hG4bK1f6a."
		"7c1d3a7c6f0b0c2e5d;i=1;bond=%.10s\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;rport=5060;branch="
		"z9hG4bK-524287-1---9a1d\r\nRecord-Route: <sip:1.2.3.4;lr;ftag=8d3f1a;bond=%.10s>\r\n"
		FIELDS, token, token);
	snprintf(bye, sizeof(bye), "BYE sip:alice@192.0.2.7:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113."
		"9:5060;branch=z9hG4bK-3;rport\r\nRoute: <sip:1.2.3.4;lr;ftag=8d3f1a;bond=%.10s>\r\n"
		"Max-Forwards: 70\r\n" FIELDS, token);
}

int main(int argc, char **argv)
{
	static struct edit e;
	static struct stream_step step;
	struct edit_side side = {.names = &names, .transport = TRANSPORT_UDP, .title = &members[0]};
	struct scan_message m;
	struct stream s = {0};
	struct timespec a, b;
	const char *p = invite;

	if (argc != 3)
		errx(2, "usage: edit leave | answer | arrive | stream | scan COUNT");
	fill();
	const char *what = argv[1];
	long count = atol(argv[2]);
	bool stream = strcmp(what, "stream") == 0, scan = strcmp(what, "scan") == 0;
	if (strcmp(what, "answer") == 0 || strcmp(what, "arrive") == 0) {
		p = what[1] == 'n' ? ok : bye;
		side.in = side.mark = true;
		side.arrived = side.title;
	}
	size_t n = strlen(p);
	size_t splices = 0;
	CALLGRIND_START_INSTRUMENTATION;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (long i = 0; i < count; i++) {
		if (scan) {
			scan_message(p, n, &m);
		} else if (stream) {
			stream_feed(&s, &side, p, n, true, &step);
			splices = step.edit.count;
		} else {
			if (edit_message(&side, p, n, 0, &e) != 0)
				errx(1, "edit_message");
			splices = e.count;
		}
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	CALLGRIND_STOP_INSTRUMENTATION;
	if (!scan && splices == 0)
		errx(1, "nothing was edited");
	printf("%.1f\n", ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) /
			(double)count);
	return 0;
}
