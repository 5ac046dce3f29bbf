/* SPDX-License-Identifier: MIT */
/* The words by which an operator says which calls are to be traced: of BOND_TRACE in a host, and of
 * `bondctl trace`, which puts them into a host that runs. So a filter is plain bytes, without pointers;
 * bonds and routes stand in it by their names, which outlive a reload. */
#ifndef BOND_SEGMENT_FILTER_H
#define BOND_SEGMENT_FILTER_H

#include "config/addr.h"
#include "config/model.h"

#define FILTER_NAMES_MAX 16 /* of each of the kinds that name something */
#define FILTER_TEXT_MAX 2048 /* of all names */
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
	CALL_TLS_READ, /* of whichever library */
	CALL_TLS_WRITE,
	CALL_OTHER
};

enum filter_outcome {
	OUTCOME_SELECT = 1,
	OUTCOME_FAIL = 2,
	OUTCOME_UNKNOWN = 4,
	OUTCOME_RESTORE = 8
};

/* Names of a kind: where they begin in the filter's text. */
struct filter_names {
	uint16_t count;
	uint16_t at[FILTER_NAMES_MAX];
};

/* The words of one sign. Kinds are ANDed, the words of a kind are ORed; a kind without words holds. */
struct filter_words {
	uint32_t calls;    /* bit = enum filter_call */
	uint32_t outcomes; /* bits of enum filter_outcome */
	struct filter_names bonds, routes, call_ids;
	uint32_t peer_count;
	struct prefix peers[FILTER_NAMES_MAX]; /* port 0 = any */
};

struct filter {
	struct filter_words want, not; /* `not`: with "!" in front; each word alone forbids */
	bool date;                     /* lines have the date as well */
	uint16_t text_size;
	char text[FILTER_TEXT_MAX]; /* a NUL behind each */
};

/* For filter_parse(): any name may be that of a bond or route. */
extern const struct config filter_any;

/* Reads a comma list; "" is everything, a list without any word an error. c may be NULL: there is no bond and
 * no route. 0, or EINVAL with a sentence in error[FILTER_ERROR_SIZE]. */
int filter_parse(struct filter *f, const char *text, const struct config *c, char *error);

/* CALL_OTHER if no word names it. */
enum filter_call filter_call(const char *name);

/* The name at that place of the text; never reads beyond it, whatever stands in f. "" = there is none. */
const char *filter_text(const struct filter *f, uint16_t at);

#endif
