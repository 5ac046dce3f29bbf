/* SPDX-License-Identifier: MIT */
/* What tells sockets apart where the kernel does not know SO_COOKIE: before Linux 4.6, and sandboxes that have
 * a part of its calls only, as gVisor and qemu-user. */
#ifndef BOND_BASE_INODE_H
#define BOND_BASE_INODE_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/raw.h"

/* The number of the socket's inode, in every process the same and not soon given to another one; 0: fd is no
 * socket. Async-signal-safe, leaves errno alone. */
static inline uint64_t inode_of_socket(int fd)
{
	struct stat st;

	return raw_syscall(SYS_fstat, fd, (long)&st, 0, 0) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

#endif
