/* SPDX-License-Identifier: MIT */
/* A service of systemd as its files have it: the settings of [Service], with those of its drop-ins. systemd itself is
 * not asked, so that this works in an image as well. */
#ifndef BOND_CTL_UNIT_H
#define BOND_CTL_UNIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct unit {
	char name[256];      /* with .service */
	char path[PATH_MAX]; /* of its file, below root */
	const char *root;    /* "" = this machine's; borrowed */
	struct unit_setting {
		char *key, *value; /* value: lines that go on are one, without blanks around it */
	} *settings;           /* as systemd reads them: the file's, then the drop-ins' */
	size_t count;
};

/* Finds the unit by name, ".service" may be left out, and reads it but for the drop-in of that name. 0; ENOENT; EINVAL =
 * no name of a service; ECANCELED = it is masked; ENOMEM; another errno of a file. To be given back with
 * unit_free() in any case. */
int unit_read(struct unit *u, const char *root, const char *name, const char *but);
void unit_free(struct unit *u);

/* The n-th value of a key, 0 the first, not those before an empty one, which resets a list; NULL = no such one. */
const char *unit_value(const struct unit *u, const char *key, size_t n);

/* The last value of a key, NULL = none or empty. */
const char *unit_last(const struct unit *u, const char *key);

/* Whether it is set, and to anything but no. */
bool unit_is_on(const struct unit *u, const char *key);

/* The next word of a value, of which *s is moved behind it, without quotes and cut to size. False: there is none. */
bool unit_word(const char **s, char *word, size_t size);

#endif
