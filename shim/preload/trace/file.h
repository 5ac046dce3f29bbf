/* SPDX-License-Identifier: MIT */
/* The descriptor that the trace is written to: a file, or a duplicate of the host's stderr, under a
 * high number that the host does not meet. The host may close it by ways that no hook sees, so each
 * write first asks whether the number still is what was opened. Real system calls only; after
 * tracefile_open() async-signal-safe. Inherited by fork, closed by exec. */
#ifndef BOND_TRACE_FILE_H
#define BOND_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Remembers what stderr is. */
void tracefile_start(void);

/* Opens file ("%p" in it = the process id), or duplicates stderr if it is NULL or empty. A former
 * one is closed. 0 or an errno; ENXIO = a pipe that nobody reads. */
int tracefile_open(const char *file);
void tracefile_close(void);

/* One write(2), which into a pipe that was opened here never waits: what finds no room is counted, and
 * told when there is some. False once there is nothing left to write to. */
bool tracefile_write(const char *p, size_t n);

/* The number, or -1. */
int tracefile_descriptor(void);
bool tracefile_owns(int fd);
void tracefile_move_away(int fd);

/* Descriptor 2 if it still is the stderr that the host started with, else -1. */
int tracefile_stderr(void);

#endif
