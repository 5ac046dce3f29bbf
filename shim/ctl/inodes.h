/* SPDX-License-Identifier: MIT */
/* The sockets that live in the network of a process, by their inodes (proc_pid_net(5)). */
#ifndef BOND_CTL_INODES_H
#define BOND_CTL_INODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct inodes {
	uint64_t *items; /* in order */
	size_t count;
	bool out_of_memory;
};

/* False: there is no table that can be read. To be freed either way. */
bool inodes_read(struct inodes *in, pid_t pid);
void inodes_free(struct inodes *in);

/* Whether items, count of them in order, has it. */
bool inodes_have(const uint64_t *items, size_t count, uint64_t inode);

#endif
