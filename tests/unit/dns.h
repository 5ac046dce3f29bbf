/* SPDX-License-Identifier: MIT */
/* DNS messages byte by byte, and a small server on 127.0.0.1 that answers from a list, for the
 * tests of shim/dns. */
#ifndef TEST_DNS_H
#define TEST_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message {
	uint8_t bytes[65536];
	size_t n;
};

enum { QUESTION, ANSWER, AUTHORITY, ADDITIONAL };

/* A response with that question (name NULL = none), flags (rcode and TC) as given. */
void message_start(struct message *m, const char *name, unsigned type, unsigned flags);
/* One record; the text is as in a zone file: "1.2.3.4", "10 20 5060 a.b.", "a.b.",
 * "10 20 s SIP+D2U _sip._udp.a.b." (NAPTR with an empty regexp), a SOA's minimum. */
void message_record(struct message *m, int section, const char *owner, unsigned type, uint32_t ttl,
	const char *text);
void message_name(struct message *m, const char *name);
void message_put(struct message *m, const void *bytes, size_t n);

/* A line of the server's zone. type 0 = the name itself behaves: text is "nxdomain", "servfail",
 * "refused", "silent", "silent 28" (to that type alone), "garbage", "short", "wrong-id", "not-a-response"; of owner "*", to all
 * questions that have EDNS: "drop", "notimp", "formerr". */
struct zone_line {
	const char *owner;
	unsigned type;
	uint32_t ttl;
	const char *text;
};

/* A build machine's network may lack even that. */
bool loopback_works(void);

/* Starts a thread that serves the zone (ends with owner NULL) and writes "127.0.0.1:PORT". CNAMEs
 * are answered alone, as a server does that has no authority over their target. A "no" comes with the
 * zone's first SOA, its TTL and minimum, else with 120 seconds. */
void server_start(const struct zone_line *zone, char address[32]);
/* Ends the thread. */
void server_stop(void);
/* Another zone from now on. */
void server_change(const struct zone_line *zone);
/* Questions that came in so far. */
unsigned server_questions(void);

#endif
