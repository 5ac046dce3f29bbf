/* SPDX-License-Identifier: MIT */
#include "held.h"

#include <strings.h>

bool held_headers(const struct config *c, const struct config *former)
{
	return c->headers_keep != former->headers_keep;
}

bool held_header(const struct config *c, const struct config *former)
{
	return !c->header != !former->header || (c->header && strcasecmp(c->header, former->header) != 0);
}

void held_keep(struct config *c, const struct config *former)
{
	c->headers_keep = former->headers_keep;
	c->header = former->header;
}
