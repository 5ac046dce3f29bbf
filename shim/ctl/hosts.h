/* SPDX-License-Identifier: MIT */
/* The processes of this machine that libbond is loaded into, in whatever namespaces, by what proc(5) says
 * of them. Those that share one file are one host. */
#ifndef BOND_CTL_HOSTS_H
#define BOND_CTL_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct hosts_process {
	pid_t pid; /* as it is seen here, */
	pid_t own; /* and as itself sees it */
	uint64_t device, inode; /* of the file that it shares with the others; 0 = it has none */
	uint64_t process; /* see segment_process() */
};

struct hosts {
	struct hosts_process *processes; /* those of one host stand together */
	size_t count;
	bool denied; /* there are processes that may not be looked at */
};

/* 0 or an errno. To be given back with hosts_free(). */
int hosts_find(struct hosts *h);
void hosts_free(struct hosts *h);

/* The end of those that share a file with processes[first]. */
size_t hosts_end(const struct hosts *h, size_t first);

/* Of those of one host one that still runs; 0: all have ended meanwhile. */
pid_t hosts_alive(const struct hosts *h, size_t first, size_t end);

/* The process of that number, or count. */
size_t hosts_of_pid(const struct hosts *h, pid_t pid);

/* How many hosts have a process of that name, and of the first max of them one each. Where none has, it may be one
 * without a file. */
size_t hosts_called(const struct hosts *h, const char *name, pid_t *pids, size_t max);

/* What the kernel calls the process, as comm of proc(5), into name of HOSTS_NAME_MAX bytes; "?" = it is
 * gone. Its user may have set any bytes. */
#define HOSTS_NAME_MAX 64
void hosts_name(pid_t pid, char *name);

/* What a line of /proc/PID/maps is about, for tests; device and inode are of a host's file. */
enum hosts_map { HOSTS_MAP_OTHER, HOSTS_MAP_LIBRARY, HOSTS_MAP_FILE };
enum hosts_map hosts_read_map(const char *line, uint64_t *device, uint64_t *inode);

#endif
