/* SPDX-License-Identifier: MIT */
/* What changes, for people or for programs: a line each, or an object each in an array of JSON. */
#ifndef BOND_CTL_CHANGES_PRINT_H
#define BOND_CTL_CHANGES_PRINT_H

#include <stdbool.h>

#include "json.h"

enum change { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED, CHANGE_KINDS };

/* One of both. */
struct changes_out {
	FILE *text;
	struct json *json; /* an array is open */
};

enum change_of { CHANGE_OF_BOND, CHANGE_OF_MEMBER, CHANGE_OF_ROUTE, CHANGE_OF_ROUTES, CHANGE_OF_SETTING };

struct change_line {
	enum change change;
	enum change_of of;
	const char *name;   /* of the bond, the member's bond, the route; of a setting "SECTION: KEY" */
	const char *member; /* TRANSPORT:ADDRESS:PORT */
	const char *more;   /* what it is or was, as it stands behind the name; "" = nothing is said */
};

void changes_print(const struct changes_out *to, const struct change_line *l);

/* What takes effect when the process restarts. */
struct change_waits {
	const char *key;    /* in the INI */
	const char *member; /* whose it is, as above; NULL = none's */
	const char *reason; /* or NULL */
	const char *file;   /* as messages call it */
	unsigned line;      /* 0 = not told */
	int pid;
};

void changes_print_waits(const struct changes_out *to, const struct change_waits *w);

/* Whether both are the same, or both NULL. */
bool changes_same_text(const char *a, const char *b);

#endif
