/* SPDX-License-Identifier: MIT */
/* What proc(5) says of a process in its `stat`. Async-signal-safe; raw calls, see raw.h. */
#ifndef BOND_BASE_PROCESS_STAT_H
#define BOND_BASE_PROCESS_STAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_stat {
	char state;
	uint64_t threads;
	uint64_t start; /* hundredths of a second since the machine was booted */
};

/* Reads it from a descriptor that is open on the file, at any time again; false: it cannot be seen. */
bool process_stat_read(int fd, struct process_stat *s);

/* The same of a process by its number. */
bool process_stat_of(pid_t pid, struct process_stat *s);

#endif
