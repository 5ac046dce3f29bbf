/* SPDX-License-Identifier: MIT */
/* What the host sends on a connection: its own names become those of the member, and what libbond
 * wrote for the host alone is removed. Called by datagram/leave. No malloc, no lock,
 * async-signal-safe; the host's memory is never written; nothing is held while a call may wait. */
#ifndef BOND_STREAM_OUT_H
#define BOND_STREAM_OUT_H

#include "core/verdict.h"
#include "preload/outgoing.h"

/* Sends o on a connection of which stream_wants() said yes, or which is followed. Returns what the host's call returns,
 * with errno: how many of its bytes are taken. What is told is in the kernel. Of a field that is
 * edited not all is told, as long as the last byte that it became is not in the kernel; nor is the
 * beginning of one whose rest is not there, unless it is all there is: that goes at once, as it
 * is. */
ssize_t stream_out(const struct outgoing *o, struct verdict *v);

#endif
