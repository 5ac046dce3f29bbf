/* SPDX-License-Identifier: MIT */
/* Ladders as one SVG, one below the other: all of it is kept until its size is known. */
#ifndef BOND_CTL_LADDER_SVG_H
#define BOND_CTL_LADDER_SVG_H

#include "ladder_call.h"

#define LADDER_SVG_MOST 32767 /* pixels, of which renderers take no more */

struct ladder_svg {
	FILE *body;
	char *text;
	size_t n;
	unsigned width, height; /* so far */
};

/* False: no memory. */
bool ladder_svg_start(struct ladder_svg *s);

/* Draws the messages that are there, and drops them. False: so large a picture cannot be shown, and they are dropped
 * alone. */
bool ladder_svg_draw(struct ladder_svg *s, const struct ladder_style *style, struct ladder_call *c);

/* Writes the picture to out, and ends. False: there was no memory for it. */
bool ladder_svg_end(struct ladder_svg *s, FILE *out);

#endif
