/* SPDX-License-Identifier: MIT */
/* An INI and the lists that it names (to = @FILE) as one text, so that whoever keeps the text of an INI keeps
 * all that it stands for. PURE.
 *
 *	INI | for each list: SIGN errno inode size changed name LF, its text, LF
 *
 * SIGN is a byte that no line of an INI or a list begins with: there it is an error. */
#ifndef BOND_ATTACHED_H
#define BOND_ATTACHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTACHED_SIGN '\x1c'

struct attached {
	int error;   /* why it could not be read, else 0 */
	const char *text;
	size_t n;
};

/* How many of the n bytes are the INI itself. */
size_t attached_begin(const char *text, size_t n);

/* Finds the list of that name behind the INI, n bytes from attached_begin() on. */
bool attached_find(const char *lists, size_t n, const char *name, size_t name_n, struct attached *found);

size_t attached_count(const char *lists, size_t n);

/* A number of all that the heads of lists say, by which it is seen that one was changed; 0 = there is none. */
uint64_t attached_stamp(const char *text, size_t n);

/* The same of one head after the other, from 0 on: line is without SIGN and LF. */
uint64_t attached_stamp_add(uint64_t stamp, const char *line, size_t n);

#endif
