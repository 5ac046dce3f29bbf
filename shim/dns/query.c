/* SPDX-License-Identifier: MIT */
/* One c-ares channel and the questions put to it. */
#include "query.h"
#include "channel.h"
#include "clock.h"
#include "hosts_file.h"
#include "servers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT_MAX 32
#define EDNS_SIZE 1232 /* fits every path: no fragments */

struct query {
	ares_channel channel;
	struct wire wire;
	struct query_setup setup;
	uint64_t deadline; /* milliseconds of the monotonic clock */
	int in_flight;
	bool overfull;
	bool over; /* nothing is sent any more */
	bool plain;    /* new questions go without EDNS */
	bool heard[2]; /* an answer came to one with EDNS, without */
	unsigned question_count;
	unsigned record_count;
	struct dns_question *questions[QUERY_QUESTIONS_MAX];
	struct dns_answer scratch;
};

/* What a callback needs; lives as long as the question is in flight. */
struct call {
	struct channel_call channel; /* first: c-ares has this */
	struct query *query;
	struct dns_question *question;
};

/* c-ares goes on to the next server when one says SERVFAIL, NOTIMP or REFUSED, and when the last
 * one did it has forgotten why. */
static void note_refusal(void *ctx, const uint8_t *msg, size_t n)
{
	struct query *q = ctx;
	char name[ANSWER_NAME_MAX];
	uint16_t type;
	if (answer_question(msg, n, name, &type) || (msg[3] & 0x0f) == ANSWER_NOERROR)
		return;
	for (unsigned i = 0; i < q->question_count; i++)
		if (q->questions[i]->type == type && strcmp(q->questions[i]->name, name) == 0)
			q->questions[i]->refusal = msg[3] & 0x0f;
}

int query_open(struct query **out, const struct query_setup *s)
{
	struct query *q = calloc(1, sizeof(*q));
	if (q == NULL)
		return ENOMEM;
	q->setup = *s;
	q->plain = s->plain;
	q->wire.io = s->io;
	q->wire.fd_floor = s->fd_floor;
	q->wire.received = note_refusal;
	q->wire.ctx = q;
	/* two tries, the second twice as long: timeout_ms in all for one server */
	char lookups[] = "b";
	struct ares_options o = {
		.flags = ARES_FLAG_NOALIASES | ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS,
		.timeout = (int)(s->timeout_ms / 3 > 50 ? s->timeout_ms / 3 : 50),
		.tries = 2,
		.ednspsz = EDNS_SIZE,
		.lookups = lookups,
	};
	int e = channel_open(&q->channel, &o,
		ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
			ARES_OPT_LOOKUPS,
		&q->wire);
	if (e != ARES_SUCCESS) {
		free(q);
		return e == ARES_ENOMEM ? ENOMEM : EINVAL;
	}
	e = servers_set(q->channel, s);
	if (e != ARES_SUCCESS) {
		query_close(q);
		return e == ARES_ENOMEM ? ENOMEM : EINVAL;
	}
	q->deadline = clock_ms() + 4 * (uint64_t)s->timeout_ms;
	*out = q;
	return 0;
}

void query_close(struct query *q)
{
	if (q == NULL)
		return;
	q->over = true;
	ares_destroy(q->channel);
	for (unsigned i = 0; i < q->question_count; i++) {
		free(q->questions[i]->cnames);
		free(q->questions[i]);
	}
	free(q);
}

bool query_overfull(const struct query *q)
{
	return q->overfull;
}

const struct dns_question *query_question(const struct query *q, unsigned i)
{
	return i < q->question_count ? q->questions[i] : NULL;
}

const struct dns_io *query_io(const struct query *q)
{
	return q->wire.io;
}

bool query_plain(const struct query *q)
{
	return q->plain;
}

/* A fresh or known question without const; NULL = no room. */
static struct dns_question *get(struct query *q, const char *name, uint16_t type, uint8_t depth)
{
	for (unsigned i = 0; i < q->question_count; i++) {
		struct dns_question *known = q->questions[i];
		if (known->type == type && strcmp(known->name, name) == 0)
			return known;
	}
	struct dns_question *fresh = NULL;
	if (q->question_count < QUERY_QUESTIONS_MAX)
		fresh = calloc(1, sizeof(*fresh));
	if (fresh == NULL) {
		q->overfull = true;
		return NULL;
	}
	snprintf(fresh->name, sizeof(fresh->name), "%s", name);
	fresh->type = type;
	fresh->depth = depth;
	if (q->over) {
		fresh->state = QUESTION_FAILED;
		fresh->failure = ARES_ETIMEOUT;
	}
	q->questions[q->question_count++] = fresh;
	return fresh;
}

const struct dns_question *query_ask(struct query *q, const char *name, enum record_type type)
{
	return get(q, name, (uint16_t)type, 0);
}

/* A server or what stands before it may not know EDNS (RFC 6891): it says so in its own way, or drops
 * the question. Then that is asked once more the other way; of one that is dropped alone, while the
 * others are answered, EDNS is not the reason. */
static bool ask_again(struct query *q, struct dns_question *one)
{
	bool dropped = one->failure == ARES_ETIMEOUT && !q->heard[one->plain];
	if (q->over || one->again ||
		!(dropped || one->failure == ARES_ENOTIMP || one->failure == ARES_EFORMERR))
		return false;
	one->again = true;
	one->plain = !one->plain;
	one->refusal = 0;
	one->failure = 0;
	one->state = QUESTION_WAITING;
	return true;
}

/* Moves the scratch answer's records into the question. */
static int keep(struct query *q, struct dns_question *one)
{
	const struct dns_answer *a = &q->scratch;
	size_t cnames = a->cname_count, records = a->record_count;
	if (records > QUERY_RECORDS_MAX - q->record_count) {
		records = QUERY_RECORDS_MAX - q->record_count;
		one->more = true;
	}
	one->rcode = a->rcode;
	one->ttl = a->ttl;
	one->more |= a->more;
	one->loop = a->loop;
	one->unusable = a->unusable;
	if (cnames + records == 0)
		return 0;
	one->cnames = calloc(cnames + records, sizeof(struct record));
	if (one->cnames == NULL)
		return ENOMEM;
	one->records = one->cnames + cnames;
	memcpy(one->cnames, a->cnames, cnames * sizeof(struct record));
	memcpy(one->records, a->records, records * sizeof(struct record));
	one->cname_count = (uint16_t)cnames;
	one->record_count = (uint16_t)records;
	q->record_count += (unsigned)records;
	return 0;
}

/* The answer may end in a CNAME that its server does not follow: then that name is asked for. A chain
 * without an end is no answer: it must not be taken for "there is no address". */
static void chase(struct query *q, struct dns_question *one)
{
	unsigned depth = one->depth + one->cname_count;
	one->state = QUESTION_DONE;
	one->loop |= depth > ANSWER_CNAMES_MAX;
	if (one->loop) {
		question_fail(one, ARES_EBADRESP);
		return;
	}
	if (one->cname_count == 0 || one->record_count > 0 || one->rcode != ANSWER_NOERROR)
		return;
	struct dns_question *next =
		get(q, one->cnames[one->cname_count - 1].name, one->type, (uint8_t)depth);
	if (next == NULL) {
		question_fail(one, ARES_ENOMEM);
		return;
	}
	for (const struct dns_question *f = next; f; f = f->follow)
		one->loop |= f == one;
	if (one->loop) {
		question_fail(one, ARES_EBADRESP);
		return;
	}
	one->follow = next;
	one->state = QUESTION_FOLLOWING;
}

static void answered(struct channel_call *channel_call, int status, const uint8_t *msg, size_t n)
{
	struct call *call = (struct call *)channel_call;
	struct query *q = call->query;
	struct dns_question *one = call->question;
	free(call);
	q->in_flight--;
	if (status != ARES_SUCCESS && status != ARES_ENODATA && status != ARES_ENOTFOUND) {
		question_fail(one, status);
		ask_again(q, one);
		return;
	}
	int e = n > 0 ? answer_parse(&q->scratch, msg, n, one->name, one->type) : EBADMSG;
	if (e || (q->scratch.rcode != ANSWER_NOERROR && q->scratch.rcode != ANSWER_NXDOMAIN)) {
		question_fail(one, e ? ARES_EBADRESP : question_status(q->scratch.rcode));
		ask_again(q, one);
		return;
	}
	q->heard[one->plain] = true;
	if (one->again)
		q->plain = one->plain;
	else if (one->refusal == ANSWER_FORMERR) /* c-ares has asked again by itself */
		q->plain = true;
	if (keep(q, one))
		question_fail(one, ARES_ENOMEM);
	else
		chase(q, one);
}

/* Whether /etc/hosts has the answer. */
static bool ask_file(struct query *q, struct dns_question *one)
{
	if (!q->setup.hosts_file || (one->type != RECORD_A && one->type != RECORD_AAAA) ||
		!hosts_file_answer(q->channel, one->name, one->type, &q->scratch) || keep(q, one))
		return false;
	one->from_file = true;
	one->state = QUESTION_DONE;
	return true;
}

static void send_waiting(struct query *q)
{
	for (unsigned i = 0; i < q->question_count && q->in_flight < IN_FLIGHT_MAX; i++) {
		struct dns_question *one = q->questions[i];
		if (one->state != QUESTION_WAITING || ask_file(q, one))
			continue;
		struct call *call = malloc(sizeof(*call));
		if (call == NULL) {
			question_fail(one, ARES_ENOMEM);
			continue;
		}
		*call = (struct call){{answered}, q, one};
		one->state = QUESTION_SENT;
		q->in_flight++;
		if (!one->again)
			one->plain = q->plain;
		channel_ask(q->channel, one->name, one->type, one->plain, &call->channel);
	}
}

/* A question whose CNAME was chased shares the fate of the last one. */
static void settle(struct query *q)
{
	for (unsigned i = 0; i < q->question_count; i++) {
		struct dns_question *one = q->questions[i];
		if (one->state != QUESTION_FOLLOWING)
			continue;
		const struct dns_question *end = question_end(one);
		if (!question_pending(end))
			one->state = end->state;
	}
}

static void give_up(struct query *q)
{
	q->over = true;
	ares_cancel(q->channel);
	for (unsigned i = 0; i < q->question_count; i++)
		if (q->questions[i]->state == QUESTION_WAITING)
			question_fail(q->questions[i], ARES_ETIMEOUT);
}

int query_sockets(struct query *q, struct pollfd *fds, int max)
{
	return channel_sockets(q->channel, &q->wire, fds, max);
}

int query_wait(const struct query *q)
{
	bool pending = false, unsent = false;
	for (unsigned i = 0; i < q->question_count; i++) {
		pending |= question_pending(q->questions[i]);
		unsent |= q->questions[i]->state == QUESTION_WAITING;
	}
	if (!pending)
		return -1;
	if (unsent && q->in_flight < IN_FLIGHT_MAX)
		return 0;
	uint64_t now = clock_ms();
	if (now >= q->deadline)
		return 0;
	uint64_t left = q->deadline - now;
	struct timeval most = {
		.tv_sec = (time_t)(left / 1000), .tv_usec = (suseconds_t)(left % 1000 * 1000)};
	struct timeval tv;
	struct timeval *t = ares_timeout(q->channel, &most, &tv);
	return (int)(t->tv_sec * 1000 + (t->tv_usec + 999) / 1000);
}

void query_step(struct query *q, const struct pollfd *fds, int count)
{
	if (clock_ms() >= q->deadline && !q->over)
		give_up(q);
	if (!q->over)
		send_waiting(q);
	for (int i = 0; i < count; i++) {
		short got = fds[i].revents;
		if (got == 0)
			continue;
		bool broken = got & (POLLERR | POLLHUP | POLLNVAL);
		ares_process_fd(q->channel,
			got & POLLIN || (broken && fds[i].events & POLLIN) ? fds[i].fd
									   : ARES_SOCKET_BAD,
			got & POLLOUT || (broken && fds[i].events & POLLOUT) ? fds[i].fd
									     : ARES_SOCKET_BAD);
	}
	ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	settle(q);
	if (!q->over)
		send_waiting(q); /* what a chased CNAME asks */
}
