/* SPDX-License-Identifier: MIT */
/* What the operator's INI means: bonds, members, routes, host settings.
 * Built once by ini.c and expand.c, immutable afterwards; shared by the shim and bondctl. */
#ifndef BOND_MODEL_H
#define BOND_MODEL_H

#include "addr.h"

#include <net/if.h>

enum transport {
	TRANSPORT_NONE,
	TRANSPORT_UDP,
	TRANSPORT_TCP,
	TRANSPORT_TLS,
	TRANSPORT_WS,
	TRANSPORT_WSS,
	TRANSPORT_SCTP,
	TRANSPORT_COUNT
};

/* How the host's listener comes to hear a member: not, as fits this machine, by a filter on it, by sk_lookup. */
enum open_way { OPEN_NOT, OPEN_ANY, OPEN_FILTER, OPEN_LOOKUP };
enum no_member { NO_MEMBER_FAIL, NO_MEMBER_PASS };
enum source_port { SOURCE_PORT_ANY, SOURCE_PORT_MEMBER };
enum no_route { NO_ROUTE_PASS, NO_ROUTE_FAIL };
enum unknown { UNKNOWN_PASS, UNKNOWN_403, UNKNOWN_DROP };

/* Where a piece of the file stands; columns and lines count from 1. */
struct place {
	uint32_t line;
	uint16_t column; /* of what is further right the last one */
	uint16_t list;   /* 0 = in the INI, else in config.lists[list - 1] */
};

/* A list that the INI names (to = @FILE). */
struct list_file {
	const char *name; /* as written */
	const char *path; /* the same from where the INI was named */
};

/* One real address of a member; an interface or a host name in the INI becomes several. */
struct member {
	struct addr addr; /* port is always set */
	uint16_t bond;
	uint8_t transport;
	uint8_t open;             /* enum open_way: the host's own listener is made to hear it */
	bool from_interface;      /* the INI names an interface */
	char device[IFNAMSIZ];    /* SO_BINDTODEVICE, "" = none */
	uint32_t device_index;    /* of device, 0 = none or not present */
	const char *as_host;      /* name in Via, Record-Route, Contact; NULL = the address */
	uint16_t as_port;         /* 0 = addr.port */
	uint32_t slot;            /* see struct bond */
	const char *written;      /* the member's value in the INI */
	struct place place;
};

/* Member numbers of one transport and family, in file order: config.fit[first .. first+count). */
struct fit {
	uint32_t first;
	uint32_t count;
};

struct bond {
	const char *name; /* as written in its section; compared without case */
	struct place place;
	uint32_t first_member; /* members of a bond are contiguous in config.members */
	uint32_t member_count;
	uint8_t no_member;   /* enum no_member */
	uint8_t source_port; /* enum source_port */
	uint8_t open;        /* of its members that do not say how, enum open_way; OPEN_NOT = as the host's */
	uint32_t slot; /* the number by which others than this configuration know it: the same in the next */
	struct fit fit[TRANSPORT_COUNT][2]; /* [..][0] IPv4, [1] IPv6 */
};

enum target_kind { TARGET_PREFIX, TARGET_DOMAIN, TARGET_WILDCARD };

/* One entry of a `to` list. */
struct target {
	uint8_t kind;       /* enum target_kind */
	uint16_t port;      /* 0 = any */
	uint16_t route;
	struct prefix prefix; /* TARGET_PREFIX */
	const char *domain; /* lower case, no final dot; of *.domain the part after "*." */
	struct place place;
};

/* A socket of the host as an operator writes it: `socket =`, or the LISTENER of an alias. */
struct socket_name {
	struct addr addr; /* port always set */
	uint8_t transport;
	struct place place;
};

#define ROUTE_BOND_NONE UINT16_MAX /* bond = none: leave alone */

struct route {
	const char *name;
	struct place place;
	bool has_to; /* false: anywhere */
	uint32_t to_count; /* entries of `to`, and a number by which two lists of them are told apart, */
	uint64_t to_hash;  /* whatever their order; 0 = none */
	uint8_t transport; /* what a connection there speaks; TRANSPORT_NONE = not said */
	uint16_t bond;     /* or ROUTE_BOND_NONE */
	uint32_t slot;     /* see struct bond */
	uint16_t *from;    /* bonds */
	size_t from_count;
	struct socket_name *sockets;
	size_t socket_count;
};

struct alias {
	const char *name;
	uint16_t port; /* 0 = not written */
	struct socket_name listener; /* transport TRANSPORT_NONE = every listener of that port */
	struct place place;
};

#define MODEL_NONE UINT16_MAX
#define MODEL_DOMAINS_MAX 4096   /* of `to`, that have room for what DNS says of them */
#define MODEL_BONDS_OF_SOCKET 32 /* that one socket may be a member of */

struct config {
	const char *file;
	struct bond *bonds;
	size_t bond_count;
	struct member *members;
	size_t member_count;
	uint32_t *fit;
	struct route *routes;
	size_t route_count;
	struct target *targets; /* in file order */
	size_t target_count;
	struct list_file *lists; /* as long as targets have their places */
	size_t list_count;

	/* [host] */
	const char **programs;
	size_t program_count;
	uint16_t *sip_ports;
	size_t sip_port_count;
	struct alias *aliases;
	size_t alias_count;
	const char *secrets[2];
	size_t secret_count;
	uint8_t no_route; /* enum no_route */
	uint8_t unknown;  /* enum unknown */
	uint8_t open;     /* of bonds that do not say how, enum open_way */
	bool headers_keep;
	bool probe_ignore;
	bool header_over_tls_trust;
	bool interfaces; /* it names some: which addresses it means can change while a host runs */
	const char *header; /* NULL = off */

	/* [dns] */
	struct addr dns_server; /* family 0 = resolv.conf */
	uint32_t dns_timeout;   /* seconds */
	uint32_t dns_refresh;   /* seconds, 0 = the record's TTL */

	struct block *blocks; /* owner of every text and array above, see model.c */
};

extern const char *const transport_names[TRANSPORT_COUNT]; /* "none", "udp", ... */

/* TRANSPORT_NONE if the n bytes name no transport (any case). */
enum transport transport_parse(const char *s, size_t n);
uint16_t transport_default_port(enum transport t);
/* Whether members of that transport are datagram sockets (udp). */
bool transport_is_datagram(enum transport t);

/* Whether that transport lies above TLS (tls, wss). */
bool transport_is_secure(enum transport t);

/* Whether libbond sees into what goes by that transport, and edits it: UDP and TCP and, unless headers = keep,
 * WebSocket and, with libbond-tls.so, which is preloaded then, what lies above TLS. */
bool config_sees(const struct config *c, enum transport t);

/* The bond of that name in any case, or MODEL_NONE. */
uint16_t config_find_bond(const struct config *c, const char *name, size_t n);

static inline int family_index(uint16_t family)
{
	return family == AF_INET6;
}

/* Memory that lives as long as the config; NULL when there is no more. */
void *config_alloc(struct config *c, size_t size);
char *config_strdup(struct config *c, const char *s, size_t n);

/* As realloc() for memory of config_alloc(); NULL leaves p as it was. */
void *config_resize(struct config *c, void *p, size_t size);

/* Fills fit of every bond from the members; slots are what comes first. 0 or ENOMEM. */
int config_index(struct config *c);

/* Leaves only the domains in c->targets and gives the memory of the prefixes back: for a process
 * that keeps the config, once match_compile() has its own form of them. */
void config_drop_prefixes(struct config *c);

void config_free(struct config *c);

#endif
