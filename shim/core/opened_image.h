/* SPDX-License-Identifier: MIT */
/* The members of an image as far as it matters who hears them (opened.h): for a thread that makes no rules of it.
 * PURE. */
#ifndef BOND_CORE_OPENED_IMAGE_H
#define BOND_CORE_OPENED_IMAGE_H

#include "image.h"

/* Member number n of a checked image into *m: transport, address, slot, device, and how it is opened; lookup: sk_lookup can be had.
 * Behind those that it has come past ones, which are not opened. False: there are no more. Constant for n of those
 * that it has. */
bool opened_image_member(const struct image *i, uint32_t n, bool lookup, struct member *m);

#endif
