/* SPDX-License-Identifier: MIT */
/* What one INI means as bytes that mean the same at every address, so that one program can write them for
 * all processes of a host: texts, numbers and compiled routes; of a secret its key alone. Every process
 * makes its rules of them where they lie. Beside that, what a host must remember of earlier INIs: which
 * number a bond, member or route has for others (its slot), and names and keys that calls still use.
 *
 *	struct image | arrays, each at a multiple of 16 bytes | texts, each with its NUL
 *
 * The same INI after the same image gives the same bytes. */
#ifndef BOND_CORE_IMAGE_H
#define BOND_CORE_IMAGE_H

#include "config/match_parts.h"
#include "rules.h"

#define IMAGE_MAGIC 0x646e6f62u /* "bond" */
#define IMAGE_LAYOUT 1          /* another one is read by nobody */
#define IMAGE_ALIGN 16

#define IMAGE_SLOT_REST 600         /* seconds before what was removed lends its slot to another */
#define IMAGE_RETIRED_MAX (1u << 17)
#define IMAGE_SLOTS_MAX (1u << 24) /* of a kind */
#define IMAGE_TOMBSTONES_MAX 1024
#define IMAGE_NO_SLOT UINT32_MAX

/* Each has slots of its own, from 0 on. */
enum image_kind { IMAGE_BOND, IMAGE_MEMBER, IMAGE_ROUTE, IMAGE_KINDS };

enum image_part {
	IMAGE_BONDS,
	IMAGE_MEMBERS,
	IMAGE_FIT,
	IMAGE_ROUTES,
	IMAGE_FROMS,
	IMAGE_SOCKETS,
	IMAGE_TARGETS,        /* domains only */
	IMAGE_DOMAIN_NUMBERS, /* of each target in the table of dns/, MODEL_NONE = in none */
	IMAGE_ALIASES,
	IMAGE_PROGRAMS,
	IMAGE_PORTS,
	IMAGE_RETIRED,
	IMAGE_TOMBSTONES,
	IMAGE_MATCH, /* and the MATCH_PARTS from there */
	IMAGE_TEXTS = IMAGE_MATCH + MATCH_PARTS,
	IMAGE_PARTS
};

/* A text is the distance from the begin of the texts; 0, where none is, is the empty one. */
struct image {
	uint32_t magic, layout;
	uint32_t size; /* bytes of all */
	uint32_t generation;
	uint32_t slots_end[IMAGE_KINDS]; /* one more than the greatest in use or at rest */
	uint32_t file, header;
	uint32_t dns_timeout, dns_refresh;
	struct addr dns_server;
	uint8_t no_route, unknown, headers_keep, probe_ignore, header_over_tls_trust;
	uint8_t key_count;
	uint8_t interfaces;
	uint8_t unused[5];
	struct prf_key keys[2];
	struct prf_key proof; /* random; who writes the first image fills it in, and later ones take it over */
	struct part parts[IMAGE_PARTS];
};

struct image_bond {
	uint32_t name;
	struct place place;
	uint32_t first_member, member_count;
	uint32_t slot;
	uint8_t no_member, source_port, unused[2];
	struct fit fit[TRANSPORT_COUNT][2];
};

struct image_member {
	struct addr addr;
	uint32_t as_host, written;
	uint32_t slot;
	uint32_t device_index;
	struct place place;
	uint16_t bond, as_port;
	uint8_t transport, open, from_interface, unused;
	char device[IFNAMSIZ];
};

struct image_route {
	uint64_t to_hash;
	uint32_t to_count;
	uint32_t name;
	struct place place;
	uint32_t slot;
	uint16_t bond;
	uint8_t has_to, transport;
	uint32_t first_from, from_count;
	uint32_t first_socket, socket_count;
};

struct image_target {
	uint32_t domain;
	struct place place;
	uint16_t port, route;
	uint8_t kind, unused[3];
};

struct image_alias {
	uint32_t name;
	uint16_t port, unused;
	struct socket_name listener;
	struct place place;
};

/* A slot at rest, of what was removed at that time. */
struct image_retired {
	uint64_t identity, since;
	uint32_t kind, slot;
};

/* A name that the host had under an earlier INI: it is recognised, and never picked. */
struct image_tombstone {
	struct addr addr;   /* the member's; or the listener of an alias, family 0 = it names none */
	uint32_t name;      /* `as`, or that of an alias; 0 = the address itself */
	uint32_t bond_slot; /* of a member; IMAGE_NO_SLOT = its bond is gone, or this is an alias */
	uint16_t port;      /* as written, 0 = none */
	uint8_t transport;  /* TRANSPORT_NONE = an alias of every listener */
	uint8_t alias;
	uint32_t unused;
};

static inline const void *image_part(const struct image *i, enum image_part part)
{
	return (const char *)i + i->parts[part].at;
}

static inline uint32_t image_count(const struct image *i, enum image_part part)
{
	return i->parts[part].count;
}

static inline const char *image_text(const struct image *i, uint32_t text)
{
	return (const char *)image_part(i, IMAGE_TEXTS) + text;
}

/* Bytes of an element of that part. */
size_t image_part_size(enum image_part part);

/* Writes c, whose routes m has compiled, to *out, which the caller gives to free(). former: the image that
 * it replaces, checked, or NULL = there is none: its generation, slots, names and keys go on. now: seconds
 * of a clock that does not go back while the host lives. 0; ENOMEM; EFBIG = more than 4 GiB, or than
 * IMAGE_SLOTS_MAX of a kind; EAGAIN = too
 * many removals since IMAGE_SLOT_REST seconds; ENOSPC = more than IMAGE_TOMBSTONES_MAX earlier names. */
int image_write(struct image **out, const struct config *c, const struct match *m,
	const struct image *former, uint64_t now);

/* Whether size readable bytes, aligned to IMAGE_ALIGN, are an image which no reader can be led out of,
 * or round in circles, whoever wrote it. Linear in the size; async-signal-safe. */
bool image_check(const void *bytes, size_t size);

/* Bytes that image_attach() needs, of a checked image. */
size_t image_room(const struct image *i);

/* Makes *r of a checked image, which is read as long as r is, and so is room (zeroed or not, aligned to
 * IMAGE_ALIGN). All but r->domains, which is as none, and where the sockets stand. Only routes are looked
 * for in the image from then on (r->match): where its pages become zero, at whatever time, a search ends
 * as ever, with a route that exists or the one behind the last, of no bond; and its answer is to be thrown
 * away. No allocation, no lock; async-signal-safe. */
void image_attach(struct rules *r, const struct image *i, void *room);

/* Of each domain (r->config.targets of rules made of it) the number in the table of dns/. Who writes an
 * image fills them in. */
static inline uint16_t *image_numbers(struct image *i)
{
	return (uint16_t *)((char *)i + i->parts[IMAGE_DOMAIN_NUMBERS].at);
}

#endif
