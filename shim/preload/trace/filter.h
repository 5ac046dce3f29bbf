/* SPDX-License-Identifier: MIT */
/* The words of BOND_TRACE -> which lines are wanted. Parsed once at start; filter_wants() is
 * async-signal-safe. */
#ifndef BOND_TRACE_FILTER_H
#define BOND_TRACE_FILTER_H

#include "core/verdict.h"
#include "config/model.h"

#define FILTER_BONDS_MAX 16
#define FILTER_ERROR_SIZE 400

enum filter_call {
	CALL_ACCEPT,
	CALL_ACCEPT4,
	CALL_BIND,
	CALL_CLOSE,
	CALL_CLOSE_RANGE,
	CALL_CONNECT,
	CALL_DUP,
	CALL_DUP2,
	CALL_DUP3,
	CALL_FCNTL,
	CALL_GETSOCKNAME,
	CALL_LISTEN,
	CALL_READ,
	CALL_READV,
	CALL_RECVFROM, /* recv() too */
	CALL_RECVMMSG,
	CALL_RECVMSG,
	CALL_SENDMMSG,
	CALL_SENDMSG,
	CALL_SENDTO, /* send() too: it is the same system call */
	CALL_SOCKET,
	CALL_WRITE,
	CALL_WRITEV,
	CALL_OTHER
};

/* The words of one sign. Kinds are ANDed, the words of a kind are ORed; a kind without words holds. */
struct filter_words {
	uint32_t calls;    /* bit = enum filter_call */
	uint32_t outcomes; /* bits of enum outcome */
	uint32_t bonds[FILTER_BONDS_MAX]; /* their slots */
	unsigned bond_count;
};

struct filter {
	struct filter_words want, not; /* `not`: with "!" in front; each word alone forbids */
	bool date;                     /* lines have the date as well */
};

/* Reads a comma list; c may be NULL. 0, or EINVAL with a sentence in error[FILTER_ERROR_SIZE]. */
int filter_parse(struct filter *f, const char *text, const struct config *c, char *error);

/* CALL_OTHER if no word names it. */
enum filter_call filter_call(const char *name);

/* error = errno of a failed call, else 0. v may be NULL. */
bool filter_wants(const struct filter *f, enum filter_call call, int error,
	const struct verdict *v, const struct config *c);

#endif
