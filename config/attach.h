/* SPDX-License-Identifier: MIT */
/* Reads the lists that an INI names (to = @FILE) to behind its text: attached.h. */
#ifndef BOND_ATTACH_H
#define BOND_ATTACH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attach {
	/* Opens a list by its name in the INI: a descriptor, or -1 with errno. */
	int (*open)(const struct attach *how, const char *name);
	const char *folder; /* where names lead that do not begin with '/', */
	const char *shown;  /* and what that is called in messages, NULL = as the INI's own */
	void *ctx;
};

/* Where a list lies, into path; false: that is too long. */
bool attach_path(const char *folder, const char *name, size_t name_n, char path[PATH_MAX]);

/* The folder in which file really lies, links followed, into folder; "." if that cannot be told. */
void attach_folder(const char *file, char folder[PATH_MAX]);

/* An open() for who may read what he names. */
int attach_open(const struct attach *how, const char *name);

/* Appends to the INI in *text, memory of malloc() that may move, the lists that its routes name. One that
 * cannot be read is told by the load. 0 or ENOMEM. */
int attach_lists(char **text, size_t *n, const struct attach *how);

/* attached_stamp() of what attach_lists() would append now, without reading it. */
uint64_t attach_stamp(const char *text, size_t n, const struct attach *how);

#endif
