/* SPDX-License-Identifier: MIT */
/* The names of sockets as they stand in Vias and URIs: those that the host writes for its own, and
 * those under which members are known to peers. The caller fills and owns the tables; edits and
 * tokens look into them. PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_SIP_NAME_H
#define BOND_SIP_NAME_H

#include "field.h"
#include "prf.h"
#include "config/model.h"

#define NAMES_HOST_MAX 256 /* what names_host() writes at most */
#define NAMES_ANY UINT16_MAX

struct shown_table;

struct name {
	/* set by the caller */
	struct addr addr;   /* of the socket; port set */
	uint8_t transport;  /* enum transport */
	bool port_always;   /* a port that the operator wrote into `as`: always shown */
	bool opened;        /* member: a listener hears it that is bound to another address */
	uint16_t owner;     /* own name: the caller's number of the listener; member: its bond, of an
			     * earlier one MODEL_NONE if that is gone */
	uint16_t port;      /* what the name stands for: addr.port, or that of the alias or `as` */
	struct span given;  /* alias or `as`, n = 0: the address itself; must outlive the table */
	/* set by names_prepare() */
	bool v6;            /* shown in brackets */
	uint8_t hint[2];    /* narrows the search for a token's name; one a key */
	uint8_t text_n;     /* of the address, printed without brackets */
	char text[46];
	struct addr shown;  /* what given means if it is an address; family 0 = a domain name */
	uint64_t given_hash;
};

struct names {
	/* The host's own, in its order: a listener's first name is the one that the host uses for it.
	 * A wildcard listener stands once for every local address, all with its own number, and once
	 * as itself, last. An alias stands once for every socket that it may mean. Behind them those that
	 * the host had under earlier configurations: calls that know it by them are understood, and nothing
	 * is called so any more. */
	struct name *own;
	size_t own_count;
	size_t own_past;
	struct name *members; /* so, too */
	size_t member_count;
	size_t member_past;
	struct prf_key keys[2]; /* [0] writes, both read */
	struct prf_key mark_keys[2]; /* so, of marks */
	size_t key_count;       /* 1 or 2 */
	struct span header;     /* X-Bond; n = 0: off */
	/* Names of sockets that are no listeners; NULL: none are looked for. And the addresses of this
	 * machine, which such a name may have. */
	const struct shown_table *shown;
	const struct addr *local;
	size_t local_count;
};

/* How the host wrote one of its names; what restores it to the byte. Other writings of an IPv6 address
 * come back as FORM_PLAIN, an alias comes back as it is given. */
enum name_form {
	FORM_PLAIN,        /* RFC 5952; every IPv4 address */
	FORM_PLAIN_UPPER,
	FORM_FULL,         /* 2001:db8:0:0:0:0:0:1 */
	FORM_FULL_UPPER,
	FORM_PADDED,       /* 2001:0db8:0000:... */
	FORM_PADDED_UPPER,
	FORM_GIVEN = 7     /* the alias */
};

/* How the name is written there: the form that restores it. */
enum name_form names_form(const struct name *name, struct span host);

/* Whether h is this name, default_port standing in for a port that is not written. */
bool names_is(const struct name *name, const struct field_host *h, uint16_t default_port);

/* Whether h is the member's name, or its address. */
bool names_reaches(const struct name *member, const struct field_host *h, uint16_t default_port);

/* The own name that h is: of that listener (NAMES_ANY = of any; then one of that transport is
 * preferred). NULL if there is none. */
const struct name *names_own(const struct names *n, const struct field_host *h,
	uint16_t default_port, uint16_t owner, enum transport prefer, enum name_form *form);

/* Whether one of the host's listeners hears that transport at that address and port. */
bool names_hears(const struct names *n, enum transport t, const struct addr *at);

/* Whether h is, or was, a member's name or address, or an own name. */
bool names_us(const struct names *n, const struct field_host *h, uint16_t default_port);

/* What the host calls its listener, for a message that came to that address: the first name of the
 * same address, else of its family, else the first. NULL: no such listener. */
const struct name *names_first(const struct names *n, uint16_t owner, const struct addr *at);

/* Writes the host part, brackets included, to buf (NAMES_HOST_MAX); returns its length. */
size_t names_host(const struct name *name, enum name_form form, char *buf);

/* Whether the name is shown with its port, where another one is replaced that had_port or not. */
bool names_shows_port(const struct name *name, uint16_t default_port, bool had_port);

#endif
