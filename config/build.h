/* SPDX-License-Identifier: MIT */
/* A configuration while it is being read: shared by lines.c and keys.c, endpoint.c and
 * target.c (values), finish.c (what can be told only at the end) and reach.c (warnings). */
#ifndef BOND_BUILD_H
#define BOND_BUILD_H

#include "expand.h"
#include "findings.h"

#include <stdarg.h>

/* A view of a piece of the current line. */
struct word {
	const char *s;
	size_t n;
};

/* A name of a bond that stands in a route and is looked up when all bonds are known. */
struct reference {
	const char *name; /* in the file's text */
	uint32_t length;
	uint16_t route;
	bool from; /* in `from`, else in `bond` */
	struct place place;
};

/* Names of lists, memory of malloc(). */
struct list_names {
	char **items;
	size_t count;
};

struct build {
	struct config *c;
	struct findings *f;
	struct expand expand;
	const char *text; /* the whole file, alive until the end of the load */
	size_t size;
	const char *line; /* the current one, without its end */
	size_t line_len;
	uint32_t number;
	const char **lines; /* starts of all lines; made when an old line has to be shown */
	size_t line_count;
	struct reference *references;
	size_t reference_count;
	const char *attached; /* the lists behind the INI: attached.h */
	size_t attached_n;
	const char *folder; /* of lists, NULL = that of the INI */
	uint16_t list;      /* the current line is of c->lists[list - 1], 0 = of the INI */
	struct list_names *wanted; /* not NULL: the names of lists are collected, and nothing else is done */
	struct place header, header_over_tls; /* where they are set */
	bool secret; /* the current line goes on with one */
	bool (*acts)(const struct config *c); /* of config_load_host(), NULL = not for a host */
	bool programs_only; /* of all keys `program` alone is set */
	const struct config *former; /* of config_load_again(), else NULL */
	bool no_memory;
};

/* Adds a finding. place.line may be of any line, 0 = the file as a whole. */
void build_say(struct build *b, enum finding_kind kind, struct place place, size_t length,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same about a word of the current line. */
void build_error(struct build *b, struct word w, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void build_warn(struct build *b, struct word w, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same of what is not there now, but may be later. */
void build_absent(struct build *b, struct word w, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether the key is `secret`, or may have been meant to be: its value is not shown. */
bool build_is_secret(struct word key);

struct place build_place(const struct build *b, struct word w);

/* "line 12", or "line 3 of carriers.list", into buf: of a place that a message about another one names. */
#define BUILD_WHERE_MAX 300
const char *build_where(const struct config *c, struct place place, char *buf);

/* "; did you mean X?" or "", into buf. */
#define DID_YOU_MEAN_MAX 128
const char *did_you_mean(const struct suggest *s, char *buf);

/* Makes room for one more element in *array, which holds count and is owned by the config. */
bool build_grow(struct build *b, void *array, size_t count, size_t size);
char *build_strdup(struct build *b, struct word w);

struct word word_trim(struct word w);
bool word_is(struct word w, const char *text); /* without case */

/* Takes the next item of a comma list; false at the end. Empty items are an error, but a final
 * comma is not. */
bool word_next_item(struct build *b, struct word *list, struct word *item);
/* Takes the next word of a list with blanks; false at the end. */
bool word_next(struct word *list, struct word *item);
bool word_number(struct word w, uint32_t max, uint32_t *value);

/* member.c */
void member_add(struct build *b, struct word value);

/* endpoint.c: TRANSPORT:HOST[:PORT] and what it expands to, in b->expand.found without port. */
struct endpoint {
	enum transport transport;
	uint16_t port;
	bool from_interface;
	struct word host;
};
bool endpoint_parse(struct build *b, struct word w, const char *what, struct word device,
	struct endpoint *e);
/* Adds each address of TRANSPORT:HOST[:PORT] to the list. */
void endpoint_socket(struct build *b, struct word w, const char *what, struct socket_name **list,
	size_t *count);
/* HOST[:PORT] of a name that is written in SIP messages; port 0 = not written. */
bool endpoint_name(struct build *b, struct word w, const char *what, struct word *host,
	uint16_t *port);

/* target.c */
void target_list(struct build *b, struct word value);
/* One destination, of the current line. */
void target_add(struct build *b, struct word w);
/* listed.c: all destinations of the list that "@FILE" names. */
void listed_add(struct build *b, struct word item);
/* What is wrong with a domain, NULL = nothing. */
const char *domain_fault(struct word w);
bool word_is_numeric(struct word w); /* only digits and dots: meant as an IPv4 address */
/* An address without port, "%INTERFACE" allowed; says what is wrong. */
bool address_parse(struct build *b, struct word w, struct addr *a);

/* habits.c: a destination that is written as other programs do: what to write instead, as an error; false:
 * it is none. And "2001:db8::1:5060", which is an address (a warning), or none because of its last part. */
bool habit_target(struct build *b, struct word w);
void habit_port(struct build *b, struct word w);
bool habit_port_beyond(struct build *b, struct word w);
/* The same of a domain with the labels of a service. */
bool habit_service(struct build *b, struct word w);

/* finish.c: resolves references, fills in defaults. */
void finish_load(struct build *b);

/* How to make a secret, in words that a shell takes. */
#define SECRET_COMMAND "head -c 24 /dev/urandom | base64"

/* tokens.c: what is said about `secret` and what it protects. */
void tokens_check(struct build *b);

/* arrivals.c: where nobody can say what `from` asks. */
void arrivals_check(struct build *b);

/* Of a route with `from`: what becomes of a request where that is not known, as a clause; and whether it
 * takes connections. */
const char *arrivals_fate(const struct config *c, const struct route *r);
bool arrivals_take_connections(const struct config *c, const struct route *r);

/* reach.c: warnings about bonds that stand unused and routes that nothing reaches. */
void reach_check(struct build *b);

#endif
