/* SPDX-License-Identifier: MIT */
/* The image of rules that counts for all processes of the host. */
#ifndef BOND_IMAGE_NOW_H
#define BOND_IMAGE_NOW_H

#include "core/image.h"

/* The image that counts, believed as far as it has to be; NULL: there is none, or it is gone already. What
 * was read of it holds if its generation is not below page.p.oldest behind that. */
const struct image *image_now(void);

/* Its generation, 0 = there is none. */
uint32_t image_generation_now(void);

#endif
