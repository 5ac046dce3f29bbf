/* SPDX-License-Identifier: MIT */
/* Whether LD_PRELOAD can bring libbond.so into a program, and if not, the reason and the remedy in
 * one plain sentence. Opens the program's file and those of its interpreters; starts nothing. */
#ifndef BOND_PRELOAD_H
#define BOND_PRELOAD_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "elf.h"

#define PRELOAD_TEXT_SIZE 8192

enum preload_answer {
	PRELOAD_WORKS,
	PRELOAD_UNKNOWN,    /* the file cannot be read: text says so */
	PRELOAD_IMPOSSIBLE, /* text says why, and what to do */
	PRELOAD_NOT_STARTED /* it cannot be started at all: text says why */
};

/* The program that really runs: of a script, its interpreter. */
struct preload_program {
	char path[PATH_MAX]; /* "" = not known: the loader starts it, or it cannot be read */
	char name[PATH_MAX]; /* what it is called by, its argv[0] */
	char sanitizer[64];  /* the shared runtime of AddressSanitizer that it needs, "" = none */
	bool script;
};

/* Who will start the program, as far as execve(2) asks. */
struct preload_starter {
	uid_t user;
	gid_t group;
	bool no_new; /* PR_SET_NO_NEW_PRIVS */
};

/* The file that execvp() would start for name, in path[size]. 0; ENOENT = there is none; EACCES = not
 * executable; ENAMETOOLONG. */
int preload_find(const char *name, char *path, size_t size);

/* Whether the program at path, called by name, would load the library. text holds PRELOAD_TEXT_SIZE
 * bytes; p is filled in where it would. by NULL: this process starts it. */
enum preload_answer preload_check(const struct elf_facts *library, const char *path,
	const char *name, const struct preload_starter *by, struct preload_program *p, char *text);

/* Maps a file for reading. 0 or errno; an empty file has *n == 0. Unmapped at exit. */
int preload_map(const char *path, const void **bytes, size_t *n);

#endif
