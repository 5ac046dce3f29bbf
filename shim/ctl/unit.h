/* SPDX-License-Identifier: MIT */
/* A service of systemd as its files have it: the settings of [Service], with those of its drop-ins. systemd itself is
 * not asked, so that this works in an image as well. */
#ifndef BOND_CTL_UNIT_H
#define BOND_CTL_UNIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "unit_words.h"

struct unit {
	char name[256];      /* with .service; not an alias */
	char alias[256];     /* by which it was asked for, "" = by its name */
	char path[PATH_MAX]; /* of its file, in root */
	const char *root;    /* "" = this machine's; borrowed */
	struct unit_setting {
		char *key, *value; /* value: lines that go on are one, without blanks around it, and specifiers stand for
		                    * what they mean; those of the machine that runs it, as %H, are left */
		char *raw;         /* the value as it stands */
		char *file;        /* where, in root */
	} *settings;           /* as systemd reads them: the file's, then the drop-ins' */
	size_t count;
};

/* Finds the unit by name, ".service" may be left out, and reads it but for the drop-in of that name. 0; ENOENT; EINVAL =
 * no name of a service; ECANCELED = it is masked; ENOMEM; another errno of a file. To be given back with
 * unit_free() in any case. */
int unit_read(struct unit *u, const char *root, const char *name, const char *but);
void unit_free(struct unit *u);

/* The n-th setting of a key that counts, 0 the first, not those before an empty one, which resets a list. NULL = no such
 * one. */
const struct unit_setting *unit_setting(const struct unit *u, const char *key, size_t n);

/* Its value, 0 the first, not those before an empty one, which resets a list; NULL = no such one. */
const char *unit_value(const struct unit *u, const char *key, size_t n);

/* The last value of a key, NULL = none or empty. */
const char *unit_last(const struct unit *u, const char *key);

/* Whether it is set, and to anything but no. */
bool unit_is_on(const struct unit *u, const char *key);

/* Whether that is one word of its values. */
bool unit_lists(const struct unit *u, const char *key, const char *word);

/* Whether it stands anywhere, also empty. */
bool unit_names(const struct unit *u, const char *key);

#endif
