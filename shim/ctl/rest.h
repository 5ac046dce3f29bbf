/* SPDX-License-Identifier: MIT */
/* Rules of a running host that were replaced and whose memory is not given back yet, as its file has them. */
#ifndef BOND_CTL_REST_H
#define BOND_CTL_REST_H

#include "core/image_numbers.h"
#include "segment/file.h"

/* Bytes that they may take together with those that count, and of the file system that they lie on the
 * part. */
#define REST_MAX (UINT64_C(128) << 20)
#define REST_PART 4

/* fd: the host's file; current: what counts, as segment_current() has it. .fits by that bound. Zeros where
 * the file says nothing that can be. */
void rest_look(struct image_rest *rest, int fd, const struct segment_head *head, uint64_t current);

/* The domains of the table that somebody may mean, so: all of them where that is not known. */
void rest_domains(struct table_numbers *meant, int fd, const struct segment_head *head, uint64_t current);

/* Bytes that they take on the disk. */
uint64_t rest_bytes(int fd, const struct segment_head *head, uint64_t current);

#endif
