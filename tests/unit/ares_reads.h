/* SPDX-License-Identifier: MIT */
/* What c-ares itself reads in an answer, by the parsers that its release has. */
#ifndef TEST_ARES_READS_H
#define TEST_ARES_READS_H

#include "dns/answer.h"
#include "dns.h"

/* The records of type SRV, NAPTR or A, at most max; of A the bytes of the address stand in ip4. The number of
 * records, -1 = c-ares takes the message for none. */
struct ares_record {
	char name[ANSWER_NAME_MAX], service[16];
	unsigned first, second, port, ttl;
	unsigned char ip4[4];
};
int ares_reads(const struct message *m, unsigned type, struct ares_record *out, int max);

#endif
