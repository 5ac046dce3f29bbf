/* SPDX-License-Identifier: MIT */
/* Members that are marked `open`: whether the host has what they are opened by. */
#ifndef BOND_CTL_CHECK_OPENED_H
#define BOND_CTL_CHECK_OPENED_H

#include "config/ini.h"

#define CHECK_LISTENERS_MAX 256

/* Where a host listens, as its own configuration says. */
struct check_listeners {
	struct check_listener {
		bool datagram;
		struct addr addr;
	} items[CHECK_LISTENERS_MAX];
	size_t count;
	bool unclear; /* there are more, which cannot be told from the text */
};

void check_listeners_add(struct check_listeners *l, bool datagram, const struct addr *addr);

/* Adds warnings to f, with places in the file of c, which is usable. heard: of its host; NULL = not known. */
void check_opened(struct findings *f, const struct config *c, const char *file, const struct check_listeners *heard);

#endif
