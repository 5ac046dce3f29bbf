/* SPDX-License-Identifier: MIT */
/* SVG of what is written in the language of dot(1), by graphviz, which need not be there. */
#ifndef BOND_CTL_GRAPHVIZ_H
#define BOND_CTL_GRAPHVIZ_H

#include <stddef.h>
#include <stdio.h>

/* Runs dot -Tsvg on a text of n bytes, and writes what it makes to out; the text itself is in it as <metadata>. 0,
 * or EXIT_FAILURE after it wrote to standard error why not. */
int graphviz_svg(const char *dot, size_t n, FILE *out);

#endif
