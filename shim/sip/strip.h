/* SPDX-License-Identifier: MIT */
/* What must not cross the wire is taken out of a message where it lies: NAME-In, NAME-Out, and bond-in
 * of a topmost Via, in any number and of any size. An edit does the same by splices, of which it has
 * few; what is too much for it goes through here first. PURE: no socket, no log, no allocation;
 * async-signal-safe. */
#ifndef BOND_STRIP_H
#define BOND_STRIP_H

#include "name.h"

/* Whether what never crosses the wire stands in bytes that cannot be taken apart: NAME-In or NAME-Out
 * behind any line end, and with marks the mark of an arrival. */
bool strip_has_private(const struct names *n, bool marks, const char *p, size_t size);

/* Removes all of it from a message of size bytes; returns its size from now on. */
size_t strip_message(const struct names *n, char *p, size_t size);

/* The same in a message whose end is missing, or that must keep its size: what would be removed gets
 * another name, which means nothing. */
void strip_disguise(const struct names *n, char *p, size_t size);

/* Makes every bond-in of a Via value one, at its end, in the same number of bytes: an edit then needs
 * one splice for it. Done again it does nothing. */
void strip_gather(char *value, size_t size);

#endif
