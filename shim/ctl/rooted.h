/* SPDX-License-Identifier: MIT */
/* Paths of an image of a system, as the machine sees them that starts from it. */
#ifndef BOND_CTL_ROOTED_H
#define BOND_CTL_ROOTED_H

#include <limits.h>
#include <stdbool.h>

/* Where a path of the image really lies, in out: links on the way, the last one too, lead where they do in the image,
 * absolute ones and ".." never out of it. What is not there is taken as it stands. root "" = this machine, whose paths
 * are left as they are. False: it is too long, or links go round. */
bool rooted_path(const char *root, const char *path, char out[PATH_MAX]);

/* The same on this machine too: no link is left in it. */
bool rooted_real(const char *root, const char *path, char out[PATH_MAX]);

#endif
