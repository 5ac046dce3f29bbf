/* SPDX-License-Identifier: MIT */
/* What an opensips.cfg says of sockets, bonds, and which of them its script chooses. */
#ifndef BOND_CTL_OPENSIPS_H
#define BOND_CTL_OPENSIPS_H

#include <stdio.h>

#include "config/model.h"

#define OPENSIPS_NAME_MAX 256

/* One socket= line, for each of its ports. */
struct opensips_socket {
	enum transport transport;
	char host[OPENSIPS_NAME_MAX]; /* as written, IPv6 without brackets; "*" = all addresses, of a family too */
	uint16_t port;                /* always set */
	char as[OPENSIPS_NAME_MAX];   /* IPv6 without brackets; "" = none */
	uint16_t as_port;             /* 0 = none */
	uint32_t line;
};

struct opensips_bond {
	char name[OPENSIPS_NAME_MAX];
	size_t *members; /* numbers of sockets, in their order; a socket once */
	size_t member_count;
	char *written;   /* the members as written, each ends with a line end */
	uint32_t line;
};

/* Where the script chooses a socket to send from. */
struct opensips_choice {
	char bond[OPENSIPS_NAME_MAX];  /* "" = what stands in what */
	char from[OPENSIPS_NAME_MAX];  /* the bond that it was asked for around it: socket_belongs_to_bond(); "" = none */
	bool narrowed;                 /* something else is asked around it as well */
	char what[OPENSIPS_NAME_MAX];  /* as written */
	uint32_t line;
};

/* A name of the host itself: alias=, or advertised_address=. */
struct opensips_alias {
	char name[OPENSIPS_NAME_MAX]; /* IPv6 without brackets */
	uint16_t port;                /* 0 = none */
	bool advertised;              /* with the port of advertised_port= */
};

/* Lines of one file, from one of the whole text on. */
struct opensips_part {
	uint32_t first; /* of the whole, which is what `line` means above */
	uint32_t line;  /* the same in the file */
	char *file;
};

struct opensips {
	struct opensips_socket *sockets;
	size_t socket_count;
	struct opensips_bond *bonds;
	size_t bond_count;
	struct opensips_choice *choices;
	size_t choice_count;
	struct opensips_alias *aliases;
	size_t alias_count;
	struct opensips_part *parts; /* in their order; none = all is of `file` */
	size_t part_count;
	uint16_t advertised_port; /* 0 = none */
	const char *file;
	FILE *complaints; /* file:line: what cannot be converted */
	size_t left_out;  /* how many of them */
	bool no_memory;
};

void opensips_free(struct opensips *o);

/* Room for one more element of *array, zeroed and counted; NULL, and o->no_memory, where there is none. */
void *opensips_grow(struct opensips *o, void *array, size_t *count, size_t size);

/* The file that a line of the whole is in; *line becomes that of the file. */
const char *opensips_place(const struct opensips *o, uint32_t *line);

/* Tells of a line that is not, or not wholly, converted. */
void opensips_complain(struct opensips *o, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The bond of that name in any case, NULL = there is none. */
const struct opensips_bond *opensips_find_bond(const struct opensips *o, const char *name);

/* AF_INET or AF_INET6 of a literal address, 0 = it is a name, or all addresses. */
int opensips_family(const char *host);

/* Whether a host can stand in an INI: an address, or a name. What a program that writes the file puts in first, as
 * ${ADDRESS}, cannot. */
bool opensips_is_host(const char *host);

#endif
