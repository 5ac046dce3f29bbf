/* SPDX-License-Identifier: MIT */
/* The value of socket= in an opensips.cfg. */
#ifndef BOND_CTL_OPENSIPS_SOCKET_H
#define BOND_CTL_OPENSIPS_SOCKET_H

#include "opensips.h"
#include "opensips_token.h"

/* Reads what stands behind the '=' of that line, with its words. */
void opensips_socket_read(struct opensips *o, struct tokens *t, uint32_t line);

/* The same of alias=, of which there may be several, and of advertised_address=. */
void opensips_alias_read(struct opensips *o, struct tokens *t, uint32_t line, bool advertised);

/* A port. False: it is none. */
bool opensips_port_read(struct tokens *t, uint16_t *port);

/* Bonds may stand before their sockets: looks these up, once all of both are read. */
void opensips_bonds_finish(struct opensips *o);

#endif
