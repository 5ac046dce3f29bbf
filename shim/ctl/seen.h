/* SPDX-License-Identifier: MIT */
/* Whether libbond sees what members of TLS and WebSocket carry, and edits its headers, in words; for bondctl
 * status, of a host, and bondctl check, of a file. */
#ifndef BOND_CTL_SEEN_H
#define BOND_CTL_SEEN_H

#include "config/model.h"

#define SEEN_TEXT_MAX 400

enum seen_answer { SEEN_NOT_ASKED, SEEN_YES, SEEN_NO, SEEN_NOT_KNOWN };

struct seen {
	enum seen_answer answer;
	char why[SEEN_TEXT_MAX];
};

/* What the processes of a host have loaded, as far as it may be looked at. */
struct seen_facts {
	size_t processes, with_library; /* that were looked at; of them those that have libbond-tls.so */
	char shared[64];  /* libraries of TLS that it stands before: "OpenSSL, GnuTLS"; "" = none, and below */
	size_t unread;    /* objects that could not be opened */
	const char *mute; /* one that does not tell its connections apart; NULL = none */
	char inside[160]; /* an object with TLS of its own: "libx.so (BoringSSL)" */
	uint64_t begun, seen; /* connections so far */
};

/* Whether it is asked of that transport at all: tls, ws, wss. */
bool seen_is_asked(enum transport t);

/* "seen", "not seen", "not known"; "-" of what is not asked. */
const char *seen_word(enum seen_answer answer);

/* Of a host; of transports that are not asked nothing. */
void seen_judge(struct seen *s, enum transport t, bool headers_keep, const struct seen_facts *f);

/* The facts of one more process: of its maps (proc(5)) and what is mapped there. False: they cannot be read. */
struct seen_objects {
	struct seen_object {
		uint64_t device, inode;
	} *items;
	size_t count;
};
bool seen_add_process(struct seen_facts *f, struct seen_objects *known, int pid);

#endif
