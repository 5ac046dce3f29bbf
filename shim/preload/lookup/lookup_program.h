/* SPDX-License-Identifier: MIT */
/* The program by which the kernel finds the host's own listener for what comes to an opened member
 * (BPF_PROG_TYPE_SK_LOOKUP, Linux 5.9): a table of members says which listener, an array of sockets holds
 * its sockets. What is in neither goes the way that it goes without. PURE: no system call, no log, no
 * allocation. */
#ifndef BOND_LOOKUP_PROGRAM_H
#define BOND_LOOKUP_PROGRAM_H

#include <linux/bpf.h>

#include "config/addr.h"

#define LOOKUP_PROGRAM_MAX 64 /* instructions */

/* So many sockets may a listener have (SO_REUSEPORT, one for each worker), of which any leads to all. */
#define LOOKUP_SOCKETS 16

/* What the table of members is asked by; its answer is the number of the listener's first socket, an
 * uint32_t. */
struct lookup_key {
	uint8_t ip[16];    /* as in struct addr */
	uint16_t port;     /* in the machine's order */
	uint16_t protocol; /* IPPROTO_UDP, IPPROTO_TCP */
	uint32_t scope;    /* interface of a link-local address, else 0 */
};
_Static_assert(sizeof(struct lookup_key) == 24, "no byte in it is unset");

struct lookup_key lookup_key(const struct addr *member, uint16_t protocol);

/* Writes the program to out, of LOOKUP_PROGRAM_MAX; returns its length. The descriptors are those of the
 * table and of the array. scopes: link-local addresses are told apart by their interface, which Linux says
 * since 5.17; without, none is found. */
size_t lookup_program(struct bpf_insn *out, int members, int sockets, bool scopes);

#endif
