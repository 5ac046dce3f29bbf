/* SPDX-License-Identifier: MIT */
/* Who has a port, as far as this process may see (proc(5)). Not async-signal-safe: for what ends the host. */
#ifndef BOND_OPENED_IN_USE_H
#define BOND_OPENED_IN_USE_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/addr.h"

struct in_use {
	struct addr at; /* where it is bound */
	pid_t pid;      /* 0 = it may not be told */
	char name[32];  /* of the program, so */
};

/* Another socket of that port, for datagrams or listening for connections, which keeps one from being bound there,
 * or, all: to every address of the family; `own` is the inode of one that does not count. False: none is to be
 * seen. */
bool in_use_find(struct in_use *u, bool datagram, const struct addr *like, bool all, ino_t own);

/* Somebody else's datagram socket at that address and port, or at every address of the family, by which a socket that
 * shares the port (SO_REUSEADDR, SO_REUSEPORT) would not hear all that comes there. The host's own do not count, nor
 * those of programs of its name, which share as they do bare. */
bool in_use_shared(struct in_use *u, const struct addr *like);

/* The same as the begin of a sentence: "10.0.0.1:5060 is in use by sipp (process 812)". Returns the process, 0 = it
 * cannot be told. */
unsigned in_use_explain(bool datagram, const struct addr *like, bool all, ino_t own, char *text, size_t room);

/* One that was found, so. */
unsigned in_use_print(const struct in_use *u, char *text, size_t room);

#endif
