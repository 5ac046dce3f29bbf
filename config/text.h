/* SPDX-License-Identifier: MIT */
/* The bytes of a file, whole. */
#ifndef BOND_TEXT_H
#define BOND_TEXT_H

#include <stddef.h>

/* Reads the file into *text, which the caller frees also on failure. 0 or an errno; EFBIG = more than
 * 256 MiB; ETIMEDOUT = a pipe or device from which nothing came for two seconds. */
int text_read(const char *file, char **text, size_t *n);

/* The same of a descriptor that is read to its end, however long that takes. */
int text_read_stream(int fd, char **text, size_t *n);

/* The same of an open plain file, which is read from its beginning and stays open. */
int text_read_open(int fd, char **text, size_t *n);

/* Where a file is named, the text itself may stand behind this word: what a program hands to those that it starts,
 * as their environment, is there whatever descriptors, folders and users become of. */
#define TEXT_ITSELF "ini:"
#define TEXT_ITSELF_NAME "the command line" /* and what it is called */

/* What a file is called in messages: its name, or that there is none. */
const char *text_name(const char *file);

#endif
