/* SPDX-License-Identifier: MIT */
/* The values of ;bond= and ;bond-in=: ten characters that name a socket of the host to those who
 * hold its key, and nothing to others. They need no stored state: the same on every node with the
 * same secret, after a restart, and whatever else the configuration says by then. Ten bits say how
 * the name was written and narrow the search, forty are a keyed hash.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_TOKEN_H
#define BOND_TOKEN_H

#include "name.h"

#define TOKEN_LENGTH 10

/* What a name has prepared for its tokens: the hash of its text, and the hint by one key. */
uint64_t token_name_hash(struct span given);
uint8_t token_hint(const struct prf_key *key, const struct name *name);

/* Writes TOKEN_LENGTH characters that name own, written in that form, with its port or without. */
void token_write(const struct names *n, const struct name *own, enum name_form form, bool port,
	char *out);

/* The same by another of the keys that n has, which it may have been written by before. */
void token_write_by(const struct names *n, size_t key, const struct name *own, enum name_form form, bool port,
	char *out);

/* The own name that a token stands for, or NULL: foreign, forged, or no longer there. */
const struct name *token_read(const struct names *n, struct span text, enum name_form *form,
	bool *port);

/* Whether a token stands for that name, which need not be in the table. */
bool token_is(const struct names *n, struct span text, const struct name *own, enum name_form *form,
	bool *port);

/* What ;bond-in says of a request. */
struct token_mark {
	const struct name *arrived; /* own or member: the socket on which it came in */
	const struct name *dialog;  /* own: the name by which its dialog knows the host, or NULL */
	bool sealed;                /* read in the form that leaves this host: it proves no request */
	uint64_t seal;              /* set by token_mark_read(), for token_mark_seal() */
};

/* Writes TOKEN_LENGTH characters that hold for the Via with that branch only, in the form that the host
 * reads, or, if mark->sealed, in that which leaves. mark->arrived must be one of the table's names. */
void token_mark_write(const struct names *n, const struct token_mark *mark, struct span branch,
	char *out);

/* Reads either form. */
bool token_mark_read(const struct names *n, struct span text, struct span branch,
	struct token_mark *mark);

/* Whether a mark whose text begins there may name a dialog; by one of its characters, so false is certain. */
bool token_mark_may_have_dialog(const char *text, size_t n);

/* The form that leaves: nobody can make the other one of it who does not hold the key. mark is what was
 * read from text, not sealed. */
void token_mark_seal(const struct token_mark *mark, struct span text, char *out);

#endif
