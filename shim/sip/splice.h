/* SPDX-License-Identifier: MIT */
/* Edits as a bounded list of splices, so that a message goes out as an iovec and no body is copied:
 * what the rules write into one, and what is done with it once it is made. The message is never
 * written to. PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_SPLICE_H
#define BOND_SPLICE_H

#include <sys/uio.h>

#include "name.h"

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
	struct span bound, call_id, cseq; /* arriving, of a request: what it is told by; n = 0: not met */
	struct splice splices[EDIT_SPLICES]; /* by offset, not overlapping */
	char text[EDIT_TEXT];
};

/* Makes e an empty edit over bytes from base on. */
void splice_begin(struct edit *e, const char *base);

/* From here on cut gives way to what splice_put() adds. row is the field's start; cuts come in the
 * message's order. */
void splice_cut(struct edit *e, const char *row, struct span cut);
void splice_put(struct edit *e, const char *text, size_t n);

#define splice_put_text(e, literal) splice_put(e, literal, sizeof(literal) - 1)

/* Makes h the name, with its port or without. */
void splice_host(struct edit *e, const char *row, const struct field_host *h, const struct name *name,
	enum name_form form, bool show_port);

/* Removes the parameters of that name, `most` of them; their number. */
size_t splice_cut_params(struct edit *e, const char *row, struct span params, const char *name,
	size_t most);

/* The edited message as an iovec over p and e; 0 = it needs more than max entries. With in and
 * in_count for a message in several pieces, of which p was the start in one piece. */
size_t splice_iovec(const struct edit *e, const struct iovec *in, size_t in_count, struct iovec *out,
	size_t max);

/* Edits p[0..n) in place, in a buffer of room bytes; returns the new length, or 0 and leaves it
 * untouched if it does not fit. */
size_t splice_apply(const struct edit *e, char *p, size_t n, size_t room);

#define SPLICE_REST 512

/* Where a transfer stands that ended after some bytes of an edited message of n bytes. */
struct splice_taken {
	size_t bytes;  /* of the message that are dealt with; at least one follows if skip or rest */
	size_t skip;   /* of those that follow, how many the rest stands for */
	size_t rest_n; /* 0 = the transfer did not end inside a field that was edited */
	size_t sent;   /* the rest is too long: bytes ends before the field, of which so much is gone */
	char rest[SPLICE_REST]; /* to be transferred before anything behind skip */
};

/* p: the message. */
void splice_taken(const struct edit *e, const char *p, size_t n, size_t wire, struct splice_taken *t);

#endif
