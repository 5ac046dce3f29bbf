/* SPDX-License-Identifier: MIT */
/* Shown pairs as names in messages. PURE; async-signal-safe. */
#ifndef BOND_SHOWN_NAME_H
#define BOND_SHOWN_NAME_H

#include "name.h"
#include "shown.h"

struct shown_name {
	struct name own;  /* as the host writes it */
	struct addr real; /* on the wire; unspecified: with the address of the name that it leaves by */
};

/* Whether the host calls a socket of its own so that is no listener. */
bool shown_name_own(const struct names *n, const struct field_host *h, uint16_t default_port,
	enum transport t, enum name_form *form, struct shown_name *s);

/* Whether the wire calls such a socket so. */
bool shown_name_is_real(const struct names *n, const struct field_host *h, uint16_t default_port,
	enum transport t);

/* The same, and the token beside it is of the name that the host
 * has for it: then how that was written. */
bool shown_name_restore(const struct names *n, const struct field_host *h, uint16_t default_port,
	enum transport t, struct span token, enum name_form *form, bool *port, struct shown_name *s);

#endif
