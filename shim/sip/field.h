/* SPDX-License-Identifier: MIT */
/* What stands inside a header field: values, parameters, addresses, URIs, Vias (RFC 3261 7.3, 19,
 * 20, 25), as views of the message. PURE: no socket, no log, no allocation; async-signal-safe.
 * Takes any bytes, needs no NUL, never reads outside the span given. */
#ifndef BOND_FIELD_H
#define BOND_FIELD_H

#include "config/model.h"

struct span {
	const char *p;
	size_t n;
};

static inline struct span span_between(const char *from, const char *to)
{
	return (struct span){from, (size_t)(to - from)};
}

/* Without the white space (folds too) at both ends. */
struct span field_trim(struct span s);

/* Whether s is the n bytes of word in any case; word is lower case. */
bool field_is_n(struct span s, const char *word, size_t n);

/* The same with the word's length known when it is a literal. */
#define field_is(s, word) field_is_n(s, word, strlen(word))

/* Whether a and b are equal in any case. */
bool field_equal(struct span a, struct span b);

/* RFC 3261 25.1, token. */
bool field_is_token(char c);

/* Takes the next of the comma-separated values off rest (RFC 3261 7.3.1), commas within quotes and
 * <> aside; empty ones are passed over. The value is trimmed. */
bool field_value(struct span *rest, struct span *value);

/* A parameter: its value (quotes kept; empty if it has none) and all of it, from its ';' on. */
struct field_param {
	struct span value;
	struct span whole;
};

/* Finds ;name in params (";a=b;c") in any case; name is lower case. */
bool field_param(struct span params, const char *name, struct field_param *param);

/* Whether a parameter written behind s stands alone: no quote or < in s is left open. */
bool field_is_closed(struct span s);

/* A name-addr or addr-spec with its parameters (RFC 3261 20.10). */
struct field_address {
	bool bare;          /* without <>: what follows ';' belongs to the field, not to the URI */
	struct span uri;    /* without <> */
	struct span params; /* behind the URI, from ';' on */
};

bool field_address(struct span value, struct field_address *a);

/* A host with its port, as Vias and URIs write it. */
struct field_host {
	struct span host;   /* without brackets */
	struct span port;   /* its digits, empty = not written */
	struct span whole;  /* brackets and port included */
	uint16_t number;    /* 0 = port not written */
	bool v6;            /* the host stood in brackets */
};

/* A sip: or sips: URI (RFC 3261 19.1). */
struct field_uri {
	bool sips;
	struct span user;    /* with password, without '@' */
	struct field_host at;
	struct span params;  /* from ';' on */
	struct span headers; /* from '?' on */
};

/* False: another scheme, or no host and port that could be meant. */
bool field_uri(struct span text, struct field_uri *u);

/* What a URI speaks: its transport parameter, else tls for sips, else udp (RFC 3263 4.1). */
enum transport field_uri_transport(const struct field_uri *u);

/* The same of a URI in a message that goes by `by`: what speaks WebSocket above TLS writes transport=ws into its
 * sip: URIs, too (RFC 7118 5.2.2 and 8). */
enum transport field_uri_transport_by(const struct field_uri *u, enum transport by);

/* That of the transport, 5060 where it is none of ours. */
uint16_t field_default_port(enum transport t);

/* One value of Via (RFC 3261 20.42), odd white space allowed. */
struct field_via {
	struct span transport;
	struct field_host by; /* sent-by */
	struct span params;   /* from ';' on */
};

bool field_via(struct span value, struct field_via *v);

/* The value of ;tag of a From or To field; empty if there is none. */
struct span field_tag(struct span value);

#endif
