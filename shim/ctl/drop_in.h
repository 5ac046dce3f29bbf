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
	const struct config *config; /* the usable one */
};

/* Adds to f an error for each setting of the unit with which libbond would not be loaded, not find its files, or do
 * nothing in what is started, and a warning for what may keep it from its work. */
void drop_in_check(const struct drop_in *d, struct findings *f);

/* What ExecReload= is in it. Other commands of a unit with a root of its own may need to be there. */
enum drop_in_reload { DROP_IN_RELOAD_WORKS, DROP_IN_RELOAD_OUTSIDE /* of its root, as RootDirectoryStartOnly= */, DROP_IN_RELOAD_NOT };
enum drop_in_reload drop_in_reload(const struct unit *u);

/* Whether a word of its Environment= is of that name. */
bool drop_in_sets(const struct unit *u, const char *name);

/* Where its INI lies: in its RootDirectory=, unless it is bound to there. False = the name is too long. */
bool drop_in_ini(const struct drop_in *d, char path[PATH_MAX]);

/* Whether members ask for sk_lookup, and will take nothing else. */
bool drop_in_wants_lookup(const struct config *c);

/* The text of the drop-in by the template; NULL = no memory. */
char *drop_in_text(const struct drop_in *d, const char *pattern);

/* Whether it is such a text, of whatever rules, in which nobody has changed anything since. */
bool drop_in_is_own(const char *text);

#endif
