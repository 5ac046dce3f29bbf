/* SPDX-License-Identifier: MIT */
/* How a question ends. */
#include "question.h"

#include <ares.h>

const struct dns_question *question_end(const struct dns_question *q)
{
	while (q->follow)
		q = q->follow;
	return q;
}

const char *question_failure(const struct dns_question *q)
{
	if (question_end(q)->loop)
		return "its CNAMEs lead in a circle or too far";
	switch (question_end(q)->failure) {
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION:
		return "no answer in time";
	case ARES_ESERVFAIL:
		return "the server could not answer (SERVFAIL)";
	case ARES_EREFUSED:
		return "the server refused";
	case ARES_ENOTIMP:
	case ARES_EFORMERR:
		return "the server does not understand the question";
	case ARES_ECONNREFUSED:
		return "no server can be reached";
	case ARES_EBADRESP:
		return "a damaged answer";
	case ARES_ENOMEM:
		return "out of memory";
	default:
		return "no usable answer";
	}
}

int question_status(uint8_t rcode)
{
	switch (rcode) {
	case 2:
		return ARES_ESERVFAIL;
	case 5:
		return ARES_EREFUSED;
	default:
		return ARES_ENOTIMP;
	}
}

void question_fail(struct dns_question *q, int status)
{
	q->state = QUESTION_FAILED;
	q->failure = status;
	if (status == ARES_ECONNREFUSED && q->refusal)
		q->failure = question_status(q->refusal);
}
