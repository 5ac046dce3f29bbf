/* SPDX-License-Identifier: MIT */
/* The drop-in by which systemd starts a service with libbond: what is in it, and whether the service can have it. */
#ifndef BOND_CTL_DROP_IN_H
#define BOND_CTL_DROP_IN_H

#include "config/ini.h"
#include "unit.h"

#define DROP_IN_NAME "libbond.conf"

struct drop_in {
	struct unit unit;
	const char *root;            /* "" = this machine; paths of the service begin there */
	char ini[PATH_MAX];          /* these as the service sees them */
	char library[PATH_MAX], tls[PATH_MAX], bondctl[PATH_MAX];
	char program[PATH_MAX];      /* what it starts; "" = its first word has a variable, and is not known */
	const struct config *config; /* the usable one */
};

/* Fills in program by ExecStart=. What is wrong with that is an error in f. */
void drop_in_program(struct drop_in *d, struct findings *f);

/* Adds to f an error for each setting of the unit with which libbond would not be loaded, or not find its files,
 * and a warning for what may keep it from its work. */
void drop_in_check(const struct drop_in *d, struct findings *f);

/* The text of the drop-in by the template; NULL = no memory. */
char *drop_in_text(const struct drop_in *d, const char *pattern);

#endif
