/* SPDX-License-Identifier: MIT */
/* A question to DNS and what became of it. */
#ifndef BOND_DNS_QUESTION_H
#define BOND_DNS_QUESTION_H

#include "answer.h"

enum question_state {
	QUESTION_WAITING,
	QUESTION_SENT,
	QUESTION_FOLLOWING, /* its CNAME ended elsewhere: see follow */
	QUESTION_DONE,      /* answered, perhaps with nothing */
	QUESTION_FAILED
};

/* Owned by its look-up. The records of a question are those of question_end(). */
struct dns_question {
	char name[ANSWER_NAME_MAX];
	uint16_t type;
	uint8_t state;
	uint8_t depth; /* CNAMEs that led here */
	uint8_t rcode;
	uint8_t refusal; /* the last rcode that made c-ares go on to the next server */
	bool from_file;  /* of /etc/hosts */
	bool plain;      /* asked without EDNS */
	bool again;      /* asked a second time, the other way */
	bool more;       /* records were left out */
	bool loop; /* failed: its CNAMEs lead in a circle or too far */
	uint16_t unusable;
	int failure;  /* a c-ares status, of QUESTION_FAILED */
	uint32_t ttl; /* least of all it kept, or how long "no" holds */
	uint16_t cname_count;
	uint16_t record_count;
	struct record *cnames;
	struct record *records;
	struct dns_question *follow;
};

/* The last question of the CNAME chain; q itself without one. */
const struct dns_question *question_end(const struct dns_question *q);
static inline bool question_pending(const struct dns_question *q)
{
	return q->state < QUESTION_DONE;
}
/* "no answer in time", "the server refused", ... */
const char *question_failure(const struct dns_question *q);

/* The question has failed: with that c-ares status, or, where no server could be reached any more, for
 * what the last one that refused said. */
void question_fail(struct dns_question *q, int status);

/* The c-ares status of an answer that is none. */
int question_status(uint8_t rcode);

#endif
