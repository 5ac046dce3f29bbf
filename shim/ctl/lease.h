/* SPDX-License-Identifier: MIT */
/* One writer of rules at a time: among bondctls a lock of the file, which ends with who has it, and beside a
 * writer in the host, which has no descriptor, a lease of some seconds in its page. No mutex, whose words
 * root would follow, and no process number, which says nothing in a container. */
#ifndef BOND_CTL_LEASE_H
#define BOND_CTL_LEASE_H

#include <stdbool.h>

#include "segment/file.h"

struct lease {
	int fd;
	uint64_t page; /* in the file */
	uint64_t mine;
};

/* fd: the host's file, open for writing. Waits up to SEGMENT_WRITER_SECONDS. 0; EBUSY = another one has it; or an
 * errno. */
int lease_take(struct lease *l, int fd, const struct segment_head *head);

/* Right before something is published: whether it is still this one's; then it begins anew. */
bool lease_renew(struct lease *l);

/* Nothing where it was not taken. */
void lease_end(struct lease *l);

#endif
