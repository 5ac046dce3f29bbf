/* SPDX-License-Identifier: MIT */
/* This machine's interfaces and addresses as the kernel tells of them, and what follows for a member.
 * PURE; large: mapped. */
#ifndef BOND_CORE_LINKS_H
#define BOND_CORE_LINKS_H

#include "config/model.h"
#include "hears.h"
#include "link_news.h"
#include "segment/states.h"

#define LINKS_MAX 4096

struct link {
	uint32_t index;
	bool up, carrier;
	char name[IF_NAMESIZE];
};

struct link_address {
	struct addr addr;
	uint32_t index; /* of its interface */
	bool tentative, duplicate;
};

struct links {
	uint32_t link_count, address_count;
	bool crowded; /* there was more than fits: what is not found may be there */
	struct link links[LINKS_MAX];
	struct link_address addresses[HEARS_LOCAL_MAX];
};

/* Nothing is known. */
void links_clear(struct links *l);

/* Takes a piece of news. True: something is not as it was. */
bool links_take(struct links *l, const struct link_news *n);

/* How a member is now that was so before. link: the name of its interface, "" = not known, which is kept
 * where its address is not there. */
enum state links_state(const struct links *l, const struct member *m, enum state before,
	char link[IF_NAMESIZE]);

#endif
