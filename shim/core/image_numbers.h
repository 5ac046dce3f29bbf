/* SPDX-License-Identifier: MIT */
/* Which domains of the table of DNS the rules name that somebody may still go by. */
#ifndef BOND_CORE_IMAGE_NUMBERS_H
#define BOND_CORE_IMAGE_NUMBERS_H

#include "dns/table_append.h"
#include "image_rest.h"

/* Adds their numbers; c->each is not the caller's. *r as image_rest() has it. False: it is not known of all,
 * or there are some that may go and are there yet: oldest is page.oldest. */
bool image_numbers_meant(struct table_numbers *n, struct image_rest *r, const struct image_chain *c, uint32_t oldest);

#endif
