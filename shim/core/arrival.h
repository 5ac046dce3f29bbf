/* SPDX-License-Identifier: MIT */
/* What a request that the host sends tells of the one that it forwards: libbond's own mark in the
 * second Via. PURE; async-signal-safe. */
#ifndef BOND_CORE_ARRIVAL_H
#define BOND_CORE_ARRIVAL_H

#include "rules.h"
#include "sip/edit.h"

#define ARRIVAL_BONDS MODEL_BONDS_OF_SOCKET

struct arrival {
	bool marked;               /* the mark is valid, and proves something */
	bool beyond;               /* it came in by a transport that carries no marks: TLS, WS, SCTP */
	bool of_host;              /* there is no second Via: the host's own request */
	uint16_t bonds[ARRIVAL_BONDS]; /* that have the member on which it came in */
	size_t bond_count;
	const struct name *arrived; /* own or member's: the socket on which it came in, if that is known */
	const struct name *said;   /* so, by a mark that need not prove it: of a message that is sent again */
	const struct name *dialog; /* the own name by which its dialog knows the host, or NULL */
	uint64_t transaction;      /* hash of the top Via's branch (RFC 3261 17.2.3), 0 = none */
	struct span branch, call_id, cseq; /* what it is told by */
	struct span mark, bound;   /* as it stands in the Via of the request that it forwards, and what to */
	bool in_dialog;            /* To has a tag */
	bool invites;              /* it is an INVITE, */
	bool follows;              /* or goes where one went: a CANCEL, or the ACK to its failure */
	uint64_t own_dialog;       /* of_host and in_dialog: what the dialog is kept by, else 0 */
	struct addr came;          /* where that dialog came in, family 0 = not known; the caller's */
	struct span wish;          /* the bond that the host's script asks for, p = NULL: none */
};

/* The bonds on which the request came in that a thread is handling: what a connection is decided by,
 * which has no message of its own yet. */
struct arrival_now {
	bool known;  /* only where the configuration asks for it */
	bool turned; /* the thread may have turned to another one, if there are several */
	uint32_t stamp; /* the number of the request among those that this process has read */
	uint64_t stream; /* the connection that brought it, as streams.h names it; 0: none did */
	uint8_t bond_count;
	uint32_t bonds[ARRIVAL_BONDS]; /* their slots: the rules may change meanwhile */
};

/* Where the first mark may stand in n bytes, or NULL. */
const char *arrival_find_mark(const char *p, size_t n);

/* Whether a mark that decides where the request goes, or that must not leave as it is, may be among those
 * up to end, of which the first is at p. */
bool arrival_decides(const struct rules *r, const char *p, const char *end);

/* Both: a quick look, to be asked only where arrivals are marked. */
static inline bool arrival_may_decide(const struct rules *r, const char *p, size_t n)
{
	const char *mark = arrival_find_mark(p, n);

	return __builtin_expect(mark != NULL, 0) && arrival_decides(r, mark, p + n);
}

/* Reads all of it from a request. The spans point into p. */
void arrival_read(const struct rules *r, struct arrival *a, const struct names *n, const char *p, size_t size);

/* The bonds that a name (own or member's) belongs to as a member; returns how many. */
size_t arrival_bonds(const struct rules *r, const struct name *name, uint16_t bonds[ARRIVAL_BONDS]);

/* What a host's script is told of a request that came in on that member (NULL = on none): the first bond
 * that has it. Empty: nothing. */
struct span arrival_told(const struct rules *r, const struct names *n, const struct name *member);

/* Where a request came in, in one number; 0: not known, or it is the host's own. Of a mark that proves
 * nothing, too: it tells two requests of one branch apart. */
uint32_t arrival_print(const struct arrival *a);

/* The same of any mark that this host has made. */
uint32_t arrival_print_said(const struct arrival *a);

/* What the transaction is noted by that began with this request, or with the INVITE that it follows; 0: by
 * nothing. A branch is to be no other's (RFC 3261 8.1.1.7), but a proxy without state may write the same into
 * all it sends: a CANCEL and an ACK to a failure have Call-ID and the number of CSeq in common with the INVITE,
 * too (9.1, 17.1.1.3). */
uint64_t arrival_began(const struct arrival *a);

/* What a request is noted by that comes in while no arrival decides: its mark, in one number, and what else must be
 * the same of it: of its top Via what the mark is bound to, the Call-ID and CSeq. 0: it is no mark; nothing is
 * noted of an ACK, nor where one is missing. */
uint64_t arrival_token(struct span mark);
uint64_t arrival_came(struct span bound, struct span call_id, struct span cseq);

/* What the dialog is kept by that this response of the host's forms or goes on with: of its Call-ID and
 * the host's tag (RFC 3261 12.1.1); 0: none. */
uint64_t arrival_dialog_of_response(const char *p, size_t size);

/* Whether this response of the host's is the success of a request by which it admits others: what is forged has
 * none. */
bool arrival_is_accepted(const char *p, size_t size);

/* The name on which the request of a response came in, by the mark in the response's top Via. NULL:
 * not marked. */
const struct name *arrival_of_response(const struct names *n, const char *p, size_t size);

#endif
