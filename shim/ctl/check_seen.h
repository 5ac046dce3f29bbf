/* SPDX-License-Identifier: MIT */
/* Of each member of TLS and WebSocket, whether libbond will see what its connections carry. */
#ifndef BOND_CTL_CHECK_SEEN_H
#define BOND_CTL_CHECK_SEEN_H

#include "config/ini.h"

/* The program that a configuration is for. */
struct check_sight {
	const char *program; /* its path; NULL = none was named */
	char idle[100];      /* why libbond does nothing in it; "" = it does, and below */
	char hidden[300];    /* what hides its TLS */
};

/* Adds a note to f for each such line of c, the usable configuration of file. */
void check_seen(struct findings *f, const struct config *c, const char *file, const struct check_sight *of);

#endif
