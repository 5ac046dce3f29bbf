/* SPDX-License-Identifier: MIT */
/* SVG 1.1, written as it goes. */
#ifndef BOND_CTL_SVG_H
#define BOND_CTL_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The n bytes as character data: markup is escaped; what is no UTF-8, or may not stand in XML, or is obeyed by
 * terminals, is written as \xNN. Newlines stay. */
void svg_put(FILE *out, const char *s, size_t n);

#endif
