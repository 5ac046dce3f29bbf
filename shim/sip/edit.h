/* SPDX-License-Identifier: MIT */
/* Edits as a bounded list of splices, so that a message goes out as an iovec and no body is copied;
 * and the rules by which a message is edited: which fields are the host's own, what they become on
 * the way out, and what restores them on the way in (RFC 3261 16.6, 16.7, 18.1, 18.2).
 * PURE: no socket, no log, no allocation; async-signal-safe. The message is never written to. */
#ifndef BOND_EDIT_H
#define BOND_EDIT_H

#include <sys/uio.h>

#include "name.h"
#include "scan.h"
#include "token.h"

#define EDIT_SPLICES 64
#define EDIT_TEXT 2048

/* At offset, cut bytes of the message give way to text_n bytes. */
struct splice {
	uint32_t offset;
	uint32_t cut;
	uint32_t row; /* where the header field (or start line) starts that it belongs to */
	uint16_t text;
	uint16_t text_n;
};

/* Which fields an edit touched; for the verdict. */
enum {
	EDIT_URI = 1,
	EDIT_VIA = 2,
	EDIT_ROUTE = 4,
	EDIT_RECORD_ROUTE = 8,
	EDIT_PATH = 16,
	EDIT_SERVICE_ROUTE = 32,
	EDIT_CONTACT = 64,
	EDIT_MARK = 128,   /* bond-in written */
	EDIT_UNMARK = 256, /* bond-in removed from a response's top Via */
	EDIT_HEADER = 512, /* NAME-In or NAME-Out removed */
	EDIT_TOLD = 8192,  /* NAME-In written */
	/* not edits: */
	EDIT_VIA_FOREIGN = 1024, /* leaves by another socket, but its top Via is not the host's name */
	EDIT_FORGED = 2048,      /* bond-in in an arriving top Via: removed */
	EDIT_NO_ROOM = 4096      /* bond-in left out: the message would outgrow its room */
};

/* Of them, those in which a name stands. */
#define EDIT_NAMES \
	(EDIT_URI | EDIT_VIA | EDIT_ROUTE | EDIT_RECORD_ROUTE | EDIT_PATH | EDIT_SERVICE_ROUTE | \
		EDIT_CONTACT)

struct edit {
	const char *base; /* offsets count from here */
	uint16_t count;
	uint16_t text_n;
	bool full;        /* something did not fit: the edit must not be used */
	uint8_t foreign;  /* tokens beside our names that are not ours */
	uint16_t fields;  /* EDIT_... */
	int32_t grows;    /* bytes the message grows by, negative: shrinks */
	bool dialog;         /* an own name was restored by which a dialog knows the host, in any message */
	bool mark;           /* text has room for bond-in's token at mark_text, for that branch */
	uint16_t mark_text;
	struct span branch;
	struct splice splices[EDIT_SPLICES]; /* by offset, not overlapping */
	char text[EDIT_TEXT];
};

/* What an edit needs to know beside the message. */
struct edit_side {
	const struct names *names;
	uint8_t transport; /* of the socket that carries the message */
	bool in;           /* arriving: restore; else leaving: rename */
	bool made;         /* a connection of the host's own making: any of its names may be on top,
			    * and what comes back on it is read by that very one */
	bool strict;       /* arriving by a stream: a request that cannot be edited must not come in */
	bool bare;         /* nothing is written or restored: only what nobody may send is removed */

	/* Leaving: the listener (number in names->own) from which the host sends, and the name under
	 * which the message leaves instead: a member, or an own name on a return path. NULL: it leaves
	 * as the host wrote it; then only what never crosses the wire is removed. */
	uint16_t socket;
	const struct name *title;
	bool unmarked; /* no mark in it is in the form that the host reads */

	/* The real port of the socket which carries the message, if that is no listener and the host has
	 * names of its own for it (in names->shown); else 0. And that of the socket itself where nobody listens
	 * under title: a peer may reach the host by this flow, and by nothing else (RFC 5626 3). */
	uint16_t client_port;
	uint16_t flow_port;

	/* Arriving: the listener on which the host reads (socket), the name in names->own or
	 * names->members of the socket it came to (NULL = not known), whether R-URI and Route may call
	 * the host by a member's name that the host does not know (the member is opened or has `as`),
	 * whether bond-in is wanted, and in the form that leaves where it names no dialog, and the bond to
	 * tell the host's script (n = 0: none). */
	const struct name *arrived;
	bool as_member;
	bool mark;
	bool sealed;
	struct span bond;
};

/* How far a message is. Zero it before a message's start line. */
struct edit_progress {
	bool request;
	bool via;            /* the top Via is behind us */
	bool told;           /* NAME-In has its place */
	bool route_over;     /* no further Route value is ours */
	uint8_t cseq;        /* 0 = not met, 1 = REGISTER, 2 = another method */
	uint16_t status;
	uint16_t once;       /* EDIT_RECORD_ROUTE ...: the topmost own one is done */
	uint16_t dialog;     /* number + 1 in names->own of the dialog's name */
	bool dialog_by_route;
};

/* Edits all of a message into e. 0; EINVAL: it is not SIP; E2BIG: it needs more than an edit holds,
 * and e must not be used. room: the size that the edited message must keep, if it can by leaving
 * out bond-in; 0 = any. */
int edit_message(const struct edit_side *side, const char *p, size_t n, size_t room, struct edit *e);

/* The same in pieces, for a stream: an empty edit over bytes from base on; a start line, its line
 * end included (false: not SIP); a header field; and what is known only behind the last of them.
 * rest: the bytes that follow the field, as far as they are there. */
void edit_begin(struct edit *e, const char *base);
bool edit_start(const struct edit_side *side, struct edit_progress *at, struct span line,
	struct edit *e);
void edit_row(const struct edit_side *side, struct edit_progress *at, const struct scan_row *row,
	struct span rest, struct edit *e);
void edit_finish(const struct edit_side *side, const struct edit_progress *at, struct edit *e);

/* Whether it is one of the fields for the host's script, NAME-In or NAME-Out. */
bool edit_is_script(const struct names *n, const struct scan_row *row);

/* Whether edit_row() could touch a field of that name. */
bool edit_cares(const struct edit_side *side, const struct scan_row *row);

/* Whether what never crosses the wire stands in bytes that cannot be taken apart: NAME-In or NAME-Out
 * behind any line end, and with marks the mark of an arrival. */
bool edit_has_private(const struct names *n, bool marks, const char *p, size_t size);

/* The Via of a request that the host sends which tells of its arrival: the one that was topmost when it
 * came. That is the second, or the first still, where the host has put none on top. */
struct span edit_arrived_via(const struct scan_message *m);

/* What a Via says of the arrival of its request; mark->sealed: on the way through others. */
bool edit_mark(const struct names *n, struct span via, struct token_mark *mark);

/* What a mark in that Via is bound to: its branch, or its sent-by where it has none (RFC 2543). */
struct span edit_bound(const struct field_via *v);

/* The bond that the host's script asks for: the value of the last NAME-Out; p = NULL: there is none.
 * n->header must not be empty. */
struct span edit_wish(const struct names *n, const char *p, size_t size);

/* The edited message as an iovec over p and e; 0 = it needs more than max entries. With in and
 * in_count for a message in several pieces, of which p was the start in one piece. */
size_t edit_iovec(const struct edit *e, const struct iovec *in, size_t in_count, struct iovec *out,
	size_t max);

/* Edits p[0..n) in place, in a buffer of room bytes; returns the new length, or 0 and leaves it
 * untouched if it does not fit. */
size_t edit_apply(const struct edit *e, char *p, size_t n, size_t room);

#define EDIT_REST 512

/* Where a transfer stands that ended after some bytes of an edited message of n bytes. */
struct edit_taken {
	size_t bytes;  /* of the message that are dealt with; at least one follows if skip or rest */
	size_t skip;   /* of those that follow, how many the rest stands for */
	size_t rest_n; /* 0 = the transfer did not end inside a field that was edited */
	size_t sent;   /* the rest is too long: bytes ends before the field, of which so much is gone */
	char rest[EDIT_REST]; /* to be transferred before anything behind skip */
};

/* p: the message. */
void edit_taken(const struct edit *e, const char *p, size_t n, size_t wire, struct edit_taken *t);

/* For the rules: from here on cut gives way to what edit_put() adds. row is the field's start; cuts
 * come in the message's order. */
void edit_cut(struct edit *e, const char *row, struct span cut);
void edit_put(struct edit *e, const char *text, size_t n);

#define edit_put_text(e, literal) edit_put(e, literal, sizeof(literal) - 1)

/* Makes h the name, with its port or without. */
void edit_host(struct edit *e, const char *row, const struct field_host *h, const struct name *name,
	enum name_form form, bool show_port);

/* Removes the parameters of that name, `most` of them; their number. */
size_t edit_cut_params(struct edit *e, const char *row, struct span params, const char *name,
	size_t most);

/* What a URI speaks: its transport parameter, else tls for sips, else udp (RFC 3263 4.1). */
enum transport edit_uri_transport(const struct field_uri *u);
uint16_t edit_default_port(enum transport t);

#endif
