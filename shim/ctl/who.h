/* SPDX-License-Identifier: MIT */
/* Whom a command asks: PID or PROGRAM of its arguments. */
#ifndef BOND_CTL_WHO_H
#define BOND_CTL_WHO_H

#include <sys/types.h>

#include "hosts.h"

struct command;

/* The process of the one host that the word names, by its number or by the program's name. 0; else,
 * after a complaint, EXIT_USAGE or EXIT_FAILURE, with *pid = 0 where no host has the name. */
int who_find(const struct command *self, const char *word, pid_t *pid);

/* The same, among hosts that are found already. */
int who_among(const struct command *self, const char *word, const struct hosts *h, pid_t *pid);

/* hosts_find(), with a complaint: 0 or EXIT_FAILURE. */
int who_hosts(struct hosts *h);

/* Says that no host has the name; returns EXIT_FAILURE. */
int who_is_nobody(const char *word, const struct hosts *h);

#endif
