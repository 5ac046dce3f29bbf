/* SPDX-License-Identifier: MIT */
/* What stands in a value of a unit of systemd: its words, and its specifiers. */
#ifndef BOND_CTL_UNIT_WORDS_H
#define BOND_CTL_UNIT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The next word of a value, of which *s is moved behind it, without quotes, with what \x20 and the like stand for, and
 * cut to size. False: there is none. */
bool unit_word(const char **s, char *word, size_t size);

/* A value with what specifiers mean for the unit of that name, kamailio@outer.service; to be freed, NULL = no memory. What
 * depends on the machine that runs it (%H, %m, ...), and the instance of a template, is left as it stands. */
char *unit_expand(const char *name, const char *value);

#endif
