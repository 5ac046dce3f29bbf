/* SPDX-License-Identifier: MIT */
/* An INI as a picture: what leads to which route, the routes, their bonds, the members, and the sockets that carry
 * them; with what a running host has counted on the edges. Those who draw it look at nothing else. */
#ifndef BOND_CTL_GRAPH_H
#define BOND_CTL_GRAPH_H

#include "config/model.h"
#include "status.h"

struct graph {
	const struct config *config;
	const struct status *status; /* of a host that runs by these rules, NULL = none */
};

/* What is counted of a route, bond or member, by its name; NULL: no host was asked, or it has none of
 * that name. */
const struct status_route *graph_route(const struct graph *g, size_t route);
const struct status_bond *graph_bond(const struct graph *g, size_t bond);
const struct status_member *graph_member(const struct graph *g, size_t member);

/* How many names of the INI the host does not have: it runs by other rules. */
size_t graph_unknown(const struct graph *g);

/* Lines about something, as they are drawn in and below it; raw bytes of the INI may be in them. */
#define GRAPH_NOTES_MAX 16
#define GRAPH_NOTE_MAX 320
struct graph_notes {
	unsigned count;
	char lines[GRAPH_NOTES_MAX][GRAPH_NOTE_MAX];
};

/* Where a request has to come from for a route: "from internal", "socket udp:10.0.0.1:5070"; none: from anywhere. */
void graph_source_notes(const struct graph *g, size_t route, struct graph_notes *notes);

/* What else it asks for: "to carrier1.com". */
void graph_route_notes(const struct graph *g, size_t route, struct graph_notes *notes);

/* "no member: passed on". Only what is not so by itself. */
void graph_bond_notes(const struct graph *g, size_t bond, struct graph_notes *notes);

/* "udp 203.0.113.2:5060", then "as sip.example.com", "down because ...". */
void graph_member_notes(const struct graph *g, size_t member, struct graph_notes *notes);

/* What becomes of requests that no route matches. */
const char *graph_no_route(const struct graph *g);

/* What the picture is of: the file, and the host. */
void graph_title(const struct graph *g, char *text, size_t size);

#define GRAPH_COUNTS_MAX 96
/* "12 req, 3 conn, 20 in"; "" = nothing is known, "0" = nothing went by. What stands before "in" left. */
void graph_counts(const uint64_t *counts, char text[GRAPH_COUNTS_MAX]);

/* The same of an edge: from the route to its bond, and from the bond to its member. */
void graph_route_counts(const struct graph *g, size_t route, char text[GRAPH_COUNTS_MAX]);
void graph_member_counts(const struct graph *g, size_t member, char text[GRAPH_COUNTS_MAX]);

/* Whether a member cannot be sent from, as the host knows. */
bool graph_is_down(const struct graph *g, size_t member);

/* Writes it in the language of dot(1); names are escaped for it. */
void graph_dot(const struct graph *g, FILE *out);

/* Draws it with characters, no wider than so many columns unless an address is. */
struct ladder_style;
void graph_text(const struct graph *g, const struct ladder_style *style, FILE *out);

#endif
