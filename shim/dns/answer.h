/* SPDX-License-Identifier: MIT */
/* One DNS answer: bytes -> the records that belong to the question, CNAMEs followed, TTLs kept.
 * For answers to libbond's own questions and for those that the host reads itself.
 * PURE: no socket, no log, no allocation; bounded work on any bytes. */
#ifndef BOND_DNS_ANSWER_H
#define BOND_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/addr.h"

enum record_type { /* RFC 1035, 3596, 2782, 3403 */
	RECORD_A = 1,
	RECORD_CNAME = 5,
	RECORD_SOA = 6,
	RECORD_AAAA = 28,
	RECORD_SRV = 33,
	RECORD_NAPTR = 35
};

#define ANSWER_NAME_MAX 256 /* a name as text and its NUL */
#define ANSWER_RECORDS_MAX 128
#define ANSWER_CNAMES_MAX 16 /* of one chain, in however many answers it comes */
#define ANSWER_TTL_MAX 604800 /* a week; RFC 2181 8 lets a client cap it */

/* Names are lower case without the final dot; the root is "". A name that has other bytes than
 * visible ASCII, or a dot inside a label, drops its record: no SIP host could use it. */
struct record {
	uint16_t type;              /* enum record_type */
	uint16_t first;             /* order of NAPTR, priority of SRV */
	uint16_t second;            /* preference of NAPTR, weight of SRV */
	uint16_t port;              /* of SRV */
	uint32_t ttl;               /* seconds */
	struct addr addr;           /* of A and AAAA, port 0 */
	char flags[4];              /* of NAPTR, lower case */
	char service[16];           /* of NAPTR, upper case */
	char name[ANSWER_NAME_MAX]; /* replacement, target or canonical name */
};

struct dns_answer {
	uint8_t rcode;
	bool truncated;    /* TC was set */
	bool more;         /* records were left out: there were more than fit */
	bool loop;         /* the CNAMEs lead back to one of themselves, or are too many */
	uint16_t unusable; /* records of the question that were dropped, bad names or addresses */
	uint32_t ttl;      /* least TTL of all kept records; without any, how long "no" holds */
	bool ttl_known;
	uint16_t cname_count;
	uint16_t record_count;
	struct record cnames[ANSWER_CNAMES_MAX];   /* the chain from the question's name */
	struct record records[ANSWER_RECORDS_MAX]; /* as answered */
};

enum { ANSWER_NOERROR = 0, ANSWER_FORMERR = 1, ANSWER_NXDOMAIN = 3 };

/* Reads the n bytes of a response to (name, type). 0 = a is filled in, whatever its rcode; EBADMSG
 * = not a response, or damaged: nothing of it may be used. The negative TTL follows RFC 2308 5. */
int answer_parse(
	struct dns_answer *a, const uint8_t *msg, size_t n, const char *name, uint16_t type);

/* Calls fn for each usable record of the answer to (name, type), CNAMEs followed; needs 2 KiB of
 * stack where struct dns_answer needs 48. What stands before damage is seen. */
void answer_each(const uint8_t *msg, size_t n, const char *name, uint16_t type,
	void (*fn)(void *ctx, const struct record *r), void *ctx);

/* The question of a message: its name (ANSWER_NAME_MAX bytes) and type. 0 or EBADMSG. */
int answer_question(const uint8_t *msg, size_t n, char *name, uint16_t *type);

/* Copies a host name to ANSWER_NAME_MAX bytes as the records have it: lower case, no final dot.
 * 0; EINVAL if it is none (empty, too long, a label over 63 bytes, other bytes). */
int answer_name(char *out, const char *s, size_t n);

/* Fills in a from 4 (AF_INET) or 16 (AF_INET6) bytes in network order; port 0. */
void answer_address(struct addr *a, int family, const void *bytes);

/* Whether a packet to this address could be a SIP request to a server: not any, not multicast, not
 * broadcast. */
bool answer_address_usable(const struct addr *a);

#endif
