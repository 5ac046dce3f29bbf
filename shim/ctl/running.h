/* SPDX-License-Identifier: MIT */
/* A running host, as bondctl sees it: a copy of the file that its processes share. */
#ifndef BOND_CTL_RUNNING_H
#define BOND_CTL_RUNNING_H

#include <stdio.h>

#include "dns/table.h"
#include "segment/file.h"

struct running {
	struct segment_head head;
	int fd;    /* of the file, for reading; its owner may cut it short or write to it */
	pid_t pid; /* that was asked for */
	uid_t owner;    /* of its file */
	bool elsewhere; /* in another root: its paths begin in /proc/PID/root */
	int root;       /* its root directory, see inside.h; -1 = it may not be opened */
	char ini[4200]; /* the INI that it has read, where running_check_ini() said so, */
	int ini_fd;     /* and open; -1 = not, */
	bool ini_inside; /* it is that of the host's own root */
	uint64_t ini_lists; /* attached_stamp() of its lists as the host has read them */
	char ini_why[160]; /* and then why: "it ..." */
	void *area;
	bool has_table;
	struct table table; /* valid if has_table: as it was when it was copied */
	uint32_t now;       /* the clock of the table, when it was copied */
};

/* Finds the host to which a process belongs. 0, or EXIT_FAILURE after it wrote to `complaints` why it
 * cannot be reached. To be given back with running_free(). */
int running_find(struct running *r, pid_t pid, FILE *complaints);
void running_free(struct running *r);

/* The same of an open file, which becomes r's, whoever's it is; for tests and fuzzing. */
int running_take(struct running *r, pid_t pid, int fd, FILE *complaints);
/* Copies the table of DNS anew. 0 or an errno. */
int running_copy_table(struct running *r);

#endif
