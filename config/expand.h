/* SPDX-License-Identifier: MIT */
/* Names of interfaces and hosts -> addresses, as this machine sees them at load. Blocks on DNS. */
#ifndef BOND_EXPAND_H
#define BOND_EXPAND_H

#include "addr.h"
#include "suggest.h"

#include <ifaddrs.h>
#include <netdb.h>

/* The system's own functions; tests and fuzzing put theirs in. */
struct expand_system {
	int (*getifaddrs)(struct ifaddrs **list);
	void (*freeifaddrs)(struct ifaddrs *list);
	unsigned (*if_nametoindex)(const char *name);
	char *(*if_indextoname)(unsigned index, char *name);
	int (*getaddrinfo)(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **list);
	void (*freeaddrinfo)(struct addrinfo *list);

	/* Where the machine is not the one that a file is for: whatever could be an interface is one, and no
	 * address is missed. NULL: it is. The number of an interface of that name, and addr_print() of an
	 * address that stands for a name, 0 = it stands for none. */
	unsigned (*assume)(const char *name);
	size_t (*print)(const struct addr *a, char *buf);
};
extern const struct expand_system *expand_system;

/* One load's view of the machine, which is asked for its interfaces when something needs them. found
 * belongs to it and is replaced by the next expansion. */
struct expand {
	struct ifaddrs *interfaces; /* NULL = not listed yet, or none */
	bool listed;
	int error; /* of listing them */
	struct addr *found;
	size_t count;
	size_t room;
};

void expand_start(struct expand *x);
void expand_end(struct expand *x);

/* Lists the interfaces, once. 0, or the errno why they cannot be listed. */
int expand_list(struct expand *x);

/* Adds an address to what was found, once, without its port. False: no memory. */
bool expand_add(struct expand *x, const struct addr *a);

/* All addresses of the interface but its link-local ones, in the kernel's order, without port.
 * 0 (found may be empty), ENODEV if there is no such interface, ENOMEM, an errno of expand_list(). */
int expand_interface(struct expand *x, const char *name, size_t n);

/* All addresses of the host name, without port. 0 or an EAI_ code for gai_strerror(). */
int expand_host(struct expand *x, const char *name, size_t n);

/* The number of the interface, 0 = there is none. */
uint32_t expand_index(struct expand *x, const char *name, size_t n);

/* The same where an interface is meant and nothing else: of a machine that is not asked, a number all the
 * same. */
uint32_t expand_index_meant(struct expand *x, const char *name, size_t n);

/* Whether the address is one of this machine's (all of 127.0.0.0/8 is), as far as is known. */
bool expand_present(struct expand *x, const struct addr *a);

/* The name of the interface that has the address, NULL = none. */
const char *expand_interface_of(struct expand *x, const struct addr *a);

/* As addr_print(), with the name of the interface in place of its number, and a name in place of the address
 * that stands for it. buf holds ADDR_TEXT_MAX bytes. */
size_t expand_print(const struct addr *a, char *buf);

/* Offers the names of all interfaces. */
void expand_suggest(struct expand *x, struct suggest *s);

#endif
