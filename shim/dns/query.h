/* SPDX-License-Identifier: MIT */
/* Questions to DNS servers through c-ares: each question once, CNAMEs chased, /etc/hosts first,
 * everything bounded (questions, records, sockets, time). One thread at a time; signals blocked by
 * the caller. Uses malloc, so never on the send path. */
#ifndef BOND_DNS_QUERY_H
#define BOND_DNS_QUERY_H

#include "query_setup.h"
#include "question.h"

#define QUERY_QUESTIONS_MAX 320 /* of one look-up */
#define QUERY_RECORDS_MAX 2048  /* kept in one look-up */

struct query;

/* 0, ENOMEM, or EINVAL where c-ares refuses the servers. */
int query_open(struct query **q, const struct query_setup *s);
void query_close(struct query *q);

/* The question (name as answer_name() gives it), new or asked before; it is sent by query_step().
 * NULL = the look-up has no room for more, or no memory; query_overfull() is true from then on. */
const struct dns_question *query_ask(struct query *q, const char *name, enum record_type type);
bool query_overfull(const struct query *q);
/* Question number i in the order they were asked, NULL after the last. */
const struct dns_question *query_question(const struct query *q, unsigned i);
const struct dns_io *query_io(const struct query *q);
/* Whether the servers answer without EDNS alone, as far as is known now. */
bool query_plain(const struct query *q);

/* What to poll for; returns how many of the max (DNS_SOCKETS_MAX) entries were filled in. */
int query_sockets(struct query *q, struct pollfd *fds, int max);
/* Milliseconds until query_step() must be called even if nothing is ready; -1 = nothing pending. */
int query_wait(const struct query *q);
/* Sends, receives, gives up what is late. fds as polled, count 0 = only the clock moved on. */
void query_step(struct query *q, const struct pollfd *fds, int count);

#endif
