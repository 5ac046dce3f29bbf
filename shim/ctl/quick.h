/* SPDX-License-Identifier: MIT */
/* A bond and a route that are written on bondrun's command line, for a quick try: they become the text of an INI in
 * the environment, which everything that the program starts can read, whatever it closes. */
#ifndef BOND_CTL_QUICK_H
#define BOND_CTL_QUICK_H

#include <stdbool.h>
#include <stddef.h>

#define QUICK_MAX 256 /* options */

struct quick {
	struct quick_option {
		bool member; /* else `to` */
		const char *value;
	} options[QUICK_MAX];
	size_t count;
};

/* False: there are too many. */
bool quick_add(struct quick *q, bool member, const char *value);

/* The value of BOND_CONFIG, which is the caller's to free. NULL after errors were said on standard error, each with
 * the option that it is about; *status is what to exit with: 78, or 75 where something is only not there now. */
char *quick_config(const struct quick *q, int *status);

#endif
