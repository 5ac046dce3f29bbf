/* SPDX-License-Identifier: MIT */
/* How ladders are drawn. */
#ifndef BOND_CTL_LADDER_STYLE_H
#define BOND_CTL_LADDER_STYLE_H

#include <stdbool.h>

struct ladder_style {
	unsigned width; /* of the terminal, in columns */
	bool utf8;      /* may be drawn with lines */
	bool svg;       /* as SVG instead */
	long zone;      /* seconds east of UTC */
};

#endif
