/* SPDX-License-Identifier: MIT */
/* How ladders are drawn, and which of the calls. */
#ifndef BOND_CTL_LADDER_STYLE_H
#define BOND_CTL_LADDER_STYLE_H

#include <stdbool.h>
#include <stdint.h>

struct ladder_style {
	unsigned width; /* of the terminal, in columns */
	bool utf8;      /* may be drawn with lines */
	bool svg;       /* as SVG instead */
	long zone;      /* seconds east of UTC */
	const char *call_id; /* the only one, NULL = any */
	uint64_t skip, most; /* of these calls the first ones are not drawn, and then so many; 0 = all */
};

#endif
